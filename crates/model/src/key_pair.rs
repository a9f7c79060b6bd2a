//! Key pairs: the public half of what users log in with.

use serde::{Deserialize, Serialize};

use crate::ids::{KeyPairId, ResourceId};
use crate::index::{Entry, Indexed};
use crate::time::Timestamp;

/// A key pair. The private half is answered once, at creation, and never stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPair {
    /// Its id.
    pub id: KeyPairId,
    /// Unique in the region of the account.
    pub name: String,
    /// `rsa` or `ed25519`.
    pub key_type: String,
    /// As EC2 computes it for this type and way of creation.
    pub fingerprint: String,
    /// In OpenSSH's form.
    pub public_key: String,
    /// When it was made.
    pub created: Timestamp,
}

impl Indexed for KeyPair {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::KeyPairName(self.name.clone(), self.id));
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}
