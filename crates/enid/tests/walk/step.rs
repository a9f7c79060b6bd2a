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
