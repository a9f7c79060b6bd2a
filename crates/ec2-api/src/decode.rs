//! Values out of a request's tree.

use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::query::{Node, Path};
use crate::shape::Kind;
use crate::{ApiError, Timestamp};

/// Bytes, base64 on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

/// A type that a request can hold: a scalar or a structure.
pub trait Decode: Sized {
    /// Its type in the model.
    const KIND: Kind;
    /// Reads it; `at` is for error messages.
    fn decode(node: Node, at: &Path<'_>) -> Result<Self, ApiError>;
}

/// A member of a structure: `Option` of a scalar or structure, or `Vec`.
pub trait Field: Default {
    /// Its type in the model.
    const KIND: Kind;
    /// Reads it from what was given.
    fn decode(node: Node, at: &Path<'_>) -> Result<Self, ApiError>;
    /// Whether it holds anything.
    fn is_given(&self) -> bool;
}

impl<T: Decode> Field for Option<T> {
    const KIND: Kind = T::KIND;

    fn decode(node: Node, at: &Path<'_>) -> Result<Self, ApiError> {
        T::decode(node, at).map(Some)
    }

    fn is_given(&self) -> bool {
        self.is_some()
    }
}

impl<T: Decode> Field for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);

    fn decode(node: Node, at: &Path<'_>) -> Result<Self, ApiError> {
        if node.is_one_value() && !matches!(T::KIND, Kind::Structure(_)) {
            return Ok(vec![T::decode(node, at)?]);
        }
        let items = node.into_items(at)?;
        items.into_iter().map(|(index, node)| T::decode(node, &at.child(&index.to_string()))).collect()
    }

    fn is_given(&self) -> bool {
        !self.is_empty()
    }
}

impl Decode for String {
    const KIND: Kind = Kind::String;

    fn decode(node: Node, at: &Path<'_>) -> Result<Self, ApiError> {
        node.into_scalar(at)
    }
}

/// A scalar that not every text is.
fn scalar<T>(node: Node, at: &Path<'_>, expected: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, ApiError> {
    let text = node.into_scalar(at)?;
    read(&text).ok_or_else(|| invalid(&text, at, expected))
}

/// The value is repeated only as far as it helps: it may be large.
fn invalid(text: &str, at: &dyn Display, expected: &str) -> ApiError {
    let shown: String = text.chars().take(100).collect();
    ApiError::invalid_value(shown, at, expected)
}

impl Decode for bool {
    const KIND: Kind = Kind::Boolean;

    /// SDKs send `true` and `false`; `1`, `0` and capitals come from hand-written requests.
    fn decode(node: Node, at: &Path<'_>) -> Result<Self, ApiError> {
        scalar(node, at, "Expecting true or false.", |text| match text {
            "1" => Some(true),
            "0" => Some(false),
            _ if text.eq_ignore_ascii_case("true") => Some(true),
            _ if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        })
    }
}

macro_rules! parsed_scalars {
    ($($ty:ty, $kind:ident, $expected:literal;)*) => {$(
        impl Decode for $ty {
            const KIND: Kind = Kind::$kind;

            fn decode(node: Node, at: &Path<'_>) -> Result<Self, ApiError> {
                scalar(node, at, $expected, |text| text.parse().ok())
            }
        }
    )*};
}

parsed_scalars! {
    i32, Integer, "Expecting a 32-bit integer.";
    i64, Long, "Expecting a 64-bit integer.";
    Timestamp, Timestamp, "Expecting an ISO 8601 timestamp such as 2026-11-22T19:00:00Z.";
}

impl Decode for f64 {
    const KIND: Kind = Kind::Double;

    /// Rust also reads "nan" and "inf", which no parameter of EC2 can be.
    fn decode(node: Node, at: &Path<'_>) -> Result<Self, ApiError> {
        scalar(node, at, "Expecting a number.", |text| text.parse().ok().filter(|number: &f64| number.is_finite()))
    }
}

impl Decode for Blob {
    const KIND: Kind = Kind::Blob;

    fn decode(node: Node, at: &Path<'_>) -> Result<Self, ApiError> {
        // Some encoders, such as Ruby's and Perl's, break it into lines.
        let unbroken = |text: &str| text.split_ascii_whitespace().collect::<String>();
        scalar(node, at, "Expecting base64.", |text| BASE64.decode(unbroken(text)).ok().map(Blob))
    }
}
