//! The EC2 Query protocol's requests: a form of dotted names (`NetworkInterface.1.SubnetId=subnet-1`) read into a tree,
//! from which an operation's input is decoded.
//!
//! Everything is bounded by the limits below, and nothing is ignored: a parameter that the operation does not know, a
//! name given twice and a value of the wrong type are errors that name the parameter. A name given twice is an error
//! rather than "the last one counts", because the caller cannot have meant both.

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::decode::{Decode, Field};
use crate::operations::exists_in_ec2;
use crate::shape::Operation;
use crate::{ApiError, ErrorCode};

/// Parameters in one request. EC2's largest calls name a thousand resources, or as many rules of a few members each.
pub const PARAMETERS_MAX: usize = 10_000;
/// Bytes of a name, decoded.
pub const NAME_BYTES_MAX: usize = 256;
/// Segments of a name. The model's deepest has seven.
pub const SEGMENTS_MAX: usize = 12;
/// Digits of a list index.
pub const INDEX_DIGITS_MAX: usize = 6;
/// Bytes of a value, decoded. The largest that EC2 takes is user data: 16 KiB, in base64.
pub const VALUE_BYTES_MAX: usize = 128 * 1024;

/// The version of the EC2 API that the shapes belong to.
pub const VERSION: &str = "2016-11-15";

/// The members of a presigned request's query that belong to SigV4 and not to the operation.
const PRESIGNING: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

/// A request: an action, a version of the API, and parameters.
#[derive(Debug, Clone)]
pub struct Params {
    action: String,
    version: Option<String>,
    root: Node,
    count: usize,
}

/// Reads a form: the body of a POST or the query of a GET, as it was sent.
pub fn parse(form: &[u8]) -> Result<Params, ApiError> {
    let mut root = Node::default();
    let pairs = form_pairs(form)?;
    let count = pairs.len();
    for (name, value) in pairs {
        let (Ok(name), Ok(value)) = (String::from_utf8(name), String::from_utf8(value)) else {
            return Err(malformed("A parameter is not UTF-8"));
        };
        if name.len() > NAME_BYTES_MAX {
            return Err(malformed(format!("A parameter's name is longer than {NAME_BYTES_MAX} bytes")));
        }
        if value.len() > VALUE_BYTES_MAX {
            return Err(malformed(format!("The value of {name} is longer than {VALUE_BYTES_MAX} bytes")));
        }
        root.insert(&name, value)?;
    }
    let mut scalar = |name: &str| root.children.remove(name).and_then(|node| node.value);
    let version = scalar("Version");
    match scalar("Action") {
        Some(action) if !action.is_empty() => Ok(Params { action, version, root, count }),
        _ => Err(ApiError::new(ErrorCode::MissingAction, "The request must contain the parameter Action")),
    }
}

/// The query of a presigned request, without what belongs to the signature and not to the operation. In a request that is
/// signed in its headers, and in a body, such parameters are like others that no operation has.
///
/// # Errors
/// When it is no form.
pub fn without_signature(query: &str) -> Result<String, ApiError> {
    let mut kept: Vec<&str> = Vec::new();
    for pair in query.split('&') {
        let name = url_decode(pair.split('=').next().unwrap_or_default().as_bytes())?;
        if !PRESIGNING.iter().any(|of_signature| of_signature.as_bytes() == name) {
            kept.push(pair);
        }
    }
    Ok(kept.join("&"))
}

/// The answer to an action that is not served: one that EC2 has is told apart from a mistyped one.
pub fn unknown_action(action: &str) -> ApiError {
    if exists_in_ec2(action) {
        return ApiError::new(ErrorCode::UnsupportedOperation, format!("enid does not serve {action} (yet)"));
    }
    let message = format!("The action {action} is not valid for this web service.");
    ApiError::new(ErrorCode::InvalidAction, message)
}

/// A name and a value, decoded.
pub type Pair = (Vec<u8>, Vec<u8>);

/// The names and values of a form, decoded, in the order they were sent.
pub(crate) fn form_pairs(form: &[u8]) -> Result<Vec<Pair>, ApiError> {
    let mut pairs = Vec::new();
    for pair in form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        if pairs.len() == PARAMETERS_MAX {
            return Err(malformed(format!("More than {PARAMETERS_MAX} parameters")));
        }
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let mut half = || url_decode(halves.next().unwrap_or_default());
        pairs.push((half()?, half()?));
    }
    Ok(pairs)
}

/// Undoes `application/x-www-form-urlencoded`, strictly: no half escapes.
fn url_decode(text: &[u8]) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(*byte).to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => (high * 16 + low) as u8,
                    _ => return Err(malformed("A % is not followed by two hexadecimal digits")),
                }
            }
            byte => *byte,
        });
    }
    Ok(bytes)
}

fn malformed(why: impl fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::MalformedQueryString, format!("The query string contains a syntax error: {why}"))
}

fn unknown(at: &Path<'_>) -> ApiError {
    ApiError::new(ErrorCode::UnknownParameter, format!("The parameter {at} is not recognized"))
}

impl Params {
    /// The operation asked for.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// How many parameters the request was sent with.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The value of a top-level scalar, as it was given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.root.children.get(name)?.scalar()
    }

    /// The parameters below a name, by their paths from there.
    pub fn below(&self, name: &str) -> BTreeMap<String, String> {
        let mut parameters = BTreeMap::new();
        if let Some(node) = self.root.children.get(name) {
            node.children.iter().for_each(|(name, child)| child.flatten(name, &mut parameters));
        }
        parameters
    }

    /// The request with further parameters, by their paths.
    pub fn with(mut self, parameters: impl IntoIterator<Item = (String, String)>) -> Result<Self, ApiError> {
        for (path, value) in parameters {
            self.root.insert(&path, value)?;
        }
        Ok(self)
    }

    /// The request with what further parameters say about top-level names that it does not have itself.
    pub fn or(self, parameters: &BTreeMap<String, String>) -> Result<Self, ApiError> {
        let is_said = |path: &str| self.root.children.contains_key(path.split('.').next().unwrap_or_default());
        let added: Vec<_> =
            parameters.iter().filter(|(path, _)| !is_said(path)).map(|(path, value)| (path.clone(), value.clone())).collect();
        self.with(added)
    }

    /// A request of its own, without parameters.
    pub fn empty(action: &str) -> Self {
        Self { action: action.to_owned(), version: None, root: Node::default(), count: 0 }
    }

    /// A digest of the action and every parameter but the client token and `DryRun`: two requests of the same digest ask
    /// for the same, in whatever order they name it. What EC2 makes of a dry run with a known token is not documented.
    pub fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(self.action.as_bytes());
        for (name, node) in self.root.children.iter().filter(|(name, _)| !matches!(name.as_str(), "ClientToken" | "DryRun")) {
            node.digest(name, &mut digest);
        }
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The version of the API, if the request named one.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Refuses a version of the API other than the one served. EC2 keeps old versions, which have other shapes;
    /// answering them with these would be wrong without a word.
    pub fn check_version(&self, served: &str) -> Result<(), ApiError> {
        match self.version() {
            None => Err(ApiError::missing_parameter("Version")),
            Some(version) if version == served => Ok(()),
            Some(version) => Err(ApiError::new(
                ErrorCode::NoSuchVersion,
                format!("The requested version ({version}) of service AmazonEC2 does not exist"),
            )),
        }
    }

    /// The parameters one by one, for an operation that has no types of its own.
    pub fn into_members(self) -> Result<Members<'static>, ApiError> {
        self.root.into_members(&Path::ROOT)
    }

    /// The operation's input, if every parameter given is one of its and has its type.
    pub fn decode<O: Operation>(self) -> Result<O::Input, ApiError> {
        for (path, reason) in O::REFUSED {
            if let Some(given) = self.root.find(path) {
                let message = format!("The parameter {given} is not supported: {reason}");
                return Err(ApiError::new(ErrorCode::UnsupportedOperation, message));
            }
        }
        O::Input::decode(self.root, &Path::ROOT)
    }
}

/// A parameter or the parameters below a name.
#[derive(Debug, Default, Clone)]
pub struct Node {
    value: Option<String>,
    children: BTreeMap<String, Node>,
}

impl Node {
    fn insert(&mut self, name: &str, value: String) -> Result<(), ApiError> {
        let mut node = self;
        for (depth, segment) in name.split('.').enumerate() {
            if segment.is_empty() {
                return Err(malformed(format!("'{name}' is not the name of a parameter")));
            }
            if depth == SEGMENTS_MAX {
                return Err(malformed(format!("'{name}' has more than {SEGMENTS_MAX} segments")));
            }
            // Looking before inserting spares an allocation for every further member of a list's item.
            if !node.children.contains_key(segment) {
                node.children.insert(segment.to_owned(), Node::default());
            }
            node = match node.children.get_mut(segment) {
                Some(child) => child,
                None => return Err(malformed(name)),
            };
        }
        match node.value.replace(value) {
            None => Ok(()),
            Some(_) => Err(malformed(format!("The parameter {name} is given more than once"))),
        }
    }

    fn flatten(&self, path: &str, parameters: &mut BTreeMap<String, String>) {
        if let Some(value) = &self.value {
            parameters.insert(path.to_owned(), value.clone());
        }
        self.children.iter().for_each(|(name, child)| child.flatten(&format!("{path}.{name}"), parameters));
    }

    /// Lengths stand before names and values, so that no two trees give the same bytes.
    fn digest(&self, name: &str, digest: &mut Sha256) {
        let value = self.value.as_deref().unwrap_or_default();
        for text in [name, value] {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        }
        digest.update((self.children.len() as u64).to_be_bytes());
        self.children.iter().for_each(|(name, child)| child.digest(name, digest));
    }

    /// The first name given that matches a path such as `NetworkInterface.N.Groups`.
    fn find(&self, path: &str) -> Option<String> {
        let (segment, rest) = match path.split_once('.') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (path, None),
        };
        let index = |name: &str| segment == "N" && name.bytes().all(|byte| byte.is_ascii_digit());
        self.children.iter().filter(|(name, _)| *name == segment || index(name)).find_map(|(name, child)| match rest {
            None => Some(name.clone()),
            Some(rest) => child.find(rest).map(|below| format!("{name}.{below}")),
        })
    }

    /// Whether this is a value where a list could be: `KeyName=a` for `KeyName.1=a`. What EC2 does with it is not
    /// documented; it is read as the list's one item, since libcloud asks EC2 for a key pair so.
    pub(crate) fn is_one_value(&self) -> bool {
        self.children.is_empty() && self.value.as_deref().is_some_and(|value| !value.is_empty())
    }

    /// The value of a scalar, which may also come as the one item of a list: boto 2 asks EC2 for the console output of
    /// `InstanceId.1`.
    fn scalar(&self) -> Option<&str> {
        match (&self.value, self.children.len()) {
            (Some(value), 0) => Some(value),
            (None, 1) => self.children.get("1").filter(|only| only.children.is_empty())?.value.as_deref(),
            _ => None,
        }
    }

    /// As the value of a scalar.
    pub fn into_scalar(self, at: &Path<'_>) -> Result<String, ApiError> {
        match (self.scalar(), self.children.keys().next()) {
            (Some(value), _) => Ok(value.to_owned()),
            (None, Some(child)) => Err(unknown(&at.child(child))),
            (None, None) => Err(unknown(at)),
        }
    }

    /// As the members of a structure. A structure without members may be sent as an empty value.
    pub fn into_members<'p>(self, at: &'p Path<'p>) -> Result<Members<'p>, ApiError> {
        self.without_value(at)?;
        Ok(Members { children: self.children, at })
    }

    /// As the items of a list, in the order of their indexes, whose gaps mean nothing. An empty list may be sent as an
    /// empty value, as the JavaScript SDK does.
    pub fn into_items(self, at: &Path<'_>) -> Result<BTreeMap<u32, Node>, ApiError> {
        self.without_value(at)?;
        let mut items = BTreeMap::new();
        for (name, node) in self.children {
            let digits = (1..=INDEX_DIGITS_MAX).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_digit());
            let index = name.parse().ok().filter(|_| digits).ok_or_else(|| unknown(&at.child(&name)))?;
            if items.insert(index, node).is_some() {
                return Err(malformed(format!("The parameter {} is given more than once", at.child(&name))));
            }
        }
        Ok(items)
    }

    fn without_value(&self, at: &Path<'_>) -> Result<(), ApiError> {
        match self.value.as_deref() {
            None | Some("") => Ok(()),
            Some(_) => Err(unknown(at)),
        }
    }
}

/// The members of a structure that have not been asked for yet.
#[derive(Debug)]
pub struct Members<'p> {
    children: BTreeMap<String, Node>,
    at: &'p Path<'p>,
}

impl Members<'_> {
    /// Whether a member is there.
    pub fn has(&self, name: &str) -> bool {
        self.children.contains_key(name)
    }

    /// A member that may be left out.
    pub fn optional<F: Field>(&mut self, name: &str) -> Result<F, ApiError> {
        match self.children.remove(name) {
            Some(node) => F::decode(node, &self.at.child(name)),
            None => Ok(F::default()),
        }
    }

    /// A member that must be there, and hold an item if it is a list.
    pub fn required<F: Field>(&mut self, name: &str) -> Result<F, ApiError> {
        let field: F = self.optional(name)?;
        match field.is_given() {
            true => Ok(field),
            false => Err(ApiError::missing_parameter(self.at.child(name))),
        }
    }

    /// Refuses what nobody asked for.
    pub fn finish(self) -> Result<(), ApiError> {
        match self.children.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(unknown(&self.at.child(&name))),
        }
    }
}

/// Where in a request something is, written as a parameter's name.
#[derive(Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    name: &'a str,
}

impl Path<'_> {
    const ROOT: Path<'static> = Path { parent: None, name: "" };

    pub(crate) fn child<'a>(&'a self, name: &'a str) -> Path<'a> {
        Path { parent: Some(self), name }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent.filter(|parent| parent.parent.is_some()) {
            write!(f, "{parent}.")?;
        }
        f.write_str(self.name)
    }
}
