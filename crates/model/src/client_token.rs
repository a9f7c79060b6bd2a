//! Client tokens: what makes a repeated request answer what the first one did.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::ResourceId;
use crate::index::{Entry, Indexed};
use crate::time::Timestamp;

/// Names a token: tokens of different actions do not meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientTokenKey {
    /// The action it was given to.
    pub action: String,
    /// What the client chose.
    pub token: String,
}

impl fmt::Display for ClientTokenKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.action, self.token)
    }
}

/// A token that was used, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientToken {
    /// Which token.
    pub key: ClientTokenKey,
    /// A digest of the other parameters: the same token with others is refused.
    pub fingerprint: String,
    /// The answer, without its request id.
    pub answer: String,
    /// When it was used.
    pub used: Timestamp,
}

impl Indexed for ClientToken {
    fn entries(&self, _out: &mut Vec<Entry>) {}

    fn resource(&self) -> Option<ResourceId> {
        None
    }
}
