//! A step of a walk: all that is needed to take it again.

use std::fmt;

use model::{Scope, Timestamp};

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where chance comes from: of the step's own, so that the ids it makes stay when other steps are left out.
    pub seed: u64,
    /// The clock, from the walk's start.
    pub milliseconds: i64,
    /// Who asks.
    pub scope: Scope,
    /// What is done.
    pub what: What,
}

/// The clock at the first step.
const START: Timestamp = Timestamp(1_700_000_000_000);

impl Step {
    /// What the clock says.
    pub fn time(&self) -> Timestamp {
        Timestamp(START.0 + self.milliseconds)
    }
}

/// What is done in a step.
#[derive(Clone, Debug)]
pub enum What {
    /// A request to the API.
    Request(Form),
    /// Instances end the transitions they are in.
    Advance,
}

impl Step {
    /// As a line of a file of failures: chance, clock, who, and what.
    pub fn line(&self) -> String {
        let what = match &self.what {
            What::Request(form) => form.encoded(),
            What::Advance => "-".to_owned(),
        };
        format!("{} {} {} {} {what}", self.seed, self.milliseconds, self.scope.account, self.scope.region)
    }

    /// The step of a [`Step::line`].
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (seed, milliseconds) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let scope = Scope { account: words.next()?.parse().ok()?, region: words.next()?.parse().ok()? };
        let what = match words.next()? {
            "-" => What::Advance,
            body => What::Request(Form::decoded(body)?),
        };
        Some(Self { seed, milliseconds, scope, what })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.milliseconds / 1000;
        match &self.what {
            What::Request(form) => write!(out, "{seconds:>6} s  {}  {form}", self.scope),
            What::Advance => write!(out, "{seconds:>6} s  {}  (transitions end)", self.scope),
        }
    }
}

/// The parameters of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The operation.
    pub action: String,
    /// Names and values, unescaped.
    pub pairs: Vec<(String, String)>,
}

impl Form {
    /// A request without parameters.
    pub fn new(action: &str) -> Self {
        Self { action: action.to_owned(), pairs: Vec::new() }
    }

    /// With one more parameter.
    pub fn with(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.pairs.push((name.into(), value.to_string()));
        self
    }

    /// With a parameter for each item of a list: `Name.1`, `Name.2`, …
    pub fn with_each<T: ToString>(self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        values.into_iter().enumerate().fold(self, |form, (index, value)| form.with(format!("{name}.{}", index + 1), value))
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }

    /// The request of an [`encoded`](Self::encoded) form.
    fn decoded(body: &str) -> Option<Self> {
        let mut pairs = body.split('&').map(|pair| pair.split_once('=')).map(|pair| Some((unescaped(pair?.0)?, unescaped(pair?.1)?)));
        let (_, action) = pairs.next()??;
        // The version comes second, and is always the same.
        Some(Self { action, pairs: pairs.skip(1).collect::<Option<_>>()? })
    }

    /// As it is sent.
    pub fn encoded(&self) -> String {
        let mut text = format!("Action={}&Version={}", escaped(&self.action), ec2_api::query::VERSION);
        for (name, value) in &self.pairs {
            text.push_str(&format!("&{}={}", escaped(name), escaped(value)));
        }
        text
    }
}

impl fmt::Display for Form {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.action)?;
        self.pairs.iter().try_for_each(|(name, value)| write!(out, " {name}={value:?}"))
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(byte.into()),
            byte => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[test]
fn a_step_is_read_from_its_line_as_it_was() {
    let scope = Scope { account: model::AccountId::DEFAULT, region: model::Region::DEFAULT };
    let form = Form::new("CreateTags").with("Tag.1.Value", "<&> = %é").with("ResourceId.1", "");
    for what in [What::Request(form), What::Advance] {
        let step = Step { seed: 7, milliseconds: -3, scope, what };
        let line = step.line();
        assert_eq!(Step::parse(&line).map(|step| step.line()), Some(line));
    }
}
