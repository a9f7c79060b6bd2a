//! From the text of a request to ids, addresses and rows, with EC2's errors where there is none.

use std::fmt::Display;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use ec2_api::{ApiError, ErrorCode};
use ipnet::{Ipv4Net, Ipv6Net};
use model::ids::{IdKind, MalformedId};
use model::state::AsTable;
use model::{Realm, ResourceId};

use crate::id_errors::{self, Dialect};

/// An id from its text.
///
/// # Errors
/// When the text is no id of this kind: EC2's code for the kind.
pub fn id<T: FromStr<Err = MalformedId>>(text: &str) -> Result<T, ApiError> {
    id_in(id_errors::malformed, text)
}

/// An id from its text, for an operation that has words of its own for what is no id.
///
/// # Errors
/// When the text is no id of this kind.
pub fn id_in<T: FromStr<Err = MalformedId>>(dialect: Dialect, text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|error| dialect(&error))
}

/// An id from a member that must be given. `name` is the member's name on the wire.
///
/// # Errors
/// When it was not given, or is no id of this kind.
pub fn required_id<T: FromStr<Err = MalformedId>>(text: Option<&str>, name: &str) -> Result<T, ApiError> {
    required_id_in(id_errors::malformed, text, name)
}

/// An id from a member that must be given, for an operation that has words of its own for what is no id.
///
/// # Errors
/// When it was not given, or is no id of this kind.
pub fn required_id_in<T: FromStr<Err = MalformedId>>(dialect: Dialect, text: Option<&str>, name: &str) -> Result<T, ApiError> {
    required(text, name)?.parse().map_err(|error| match error {
        MalformedId { kind: IdKind::Instance, given } if given.is_empty() => ApiError::missing_parameter(name),
        error => dialect(&error),
    })
}

/// A member that must be given.
///
/// # Errors
/// When it was not.
pub fn required<T>(value: Option<T>, name: &str) -> Result<T, ApiError> {
    value.ok_or_else(|| ApiError::missing_parameter(name))
}

/// Ids from a list.
///
/// # Errors
/// When one is no id of this kind.
pub fn ids<T: FromStr<Err = MalformedId>>(texts: &[String]) -> Result<Vec<T>, ApiError> {
    texts.iter().map(|text| id(text)).collect()
}

/// The row of an id.
///
/// # Errors
/// When there is none: EC2's code for the kind.
pub fn row<R, K>(realm: &Realm, id: K) -> Result<Arc<R>, ApiError>
where
    Realm: AsTable<R, Key = K>,
    K: Ord + Clone + Into<ResourceId>,
{
    AsTable::<R>::table(realm).get(&id).cloned().ok_or_else(|| id_errors::not_found(id.into()))
}

/// Refuses a member that enid cannot honour, by its name on the wire: silence would let a client believe in what it
/// asked for.
///
/// # Errors
/// When it was given.
pub fn refuse(given: bool, name: &str) -> Result<(), ApiError> {
    if given { Err(ApiError::new(ErrorCode::UnsupportedOperation, format!("The parameter {name} is not supported."))) } else { Ok(()) }
}

/// An IPv4 address.
///
/// # Errors
/// When the text is none [seen].
pub fn ipv4(text: &str) -> Result<Ipv4Addr, ApiError> {
    parsed(text, "address")
}

/// An IPv6 address.
///
/// # Errors
/// When the text is none.
pub fn ipv6(text: &str) -> Result<Ipv6Addr, ApiError> {
    parsed(text, "ipv6Address")
}

/// An IPv4 block, with its host bits as they were given.
///
/// # Errors
/// When the text is none [seen].
pub fn ipv4_block(text: &str, name: &str) -> Result<Ipv4Net, ApiError> {
    text.parse().map_err(|_| not_a_block(text, name))
}

/// An IPv6 block, with its host bits as they were given.
///
/// # Errors
/// When the text is none.
pub fn ipv6_block(text: &str, name: &str) -> Result<Ipv6Net, ApiError> {
    text.parse().map_err(|_| not_a_block(text, name))
}

fn parsed<T: FromStr>(text: &str, name: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::new(ErrorCode::InvalidParameterValue, format!("invalid value for parameter {name}: {text}")))
}

fn not_a_block(text: &str, name: impl Display) -> ApiError {
    let message = format!("Value ({text}) for parameter {name} is invalid. This is not a valid CIDR block.");
    ApiError::new(ErrorCode::InvalidParameterValue, message)
}
