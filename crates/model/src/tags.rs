//! The tags of one resource.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::ResourceId;
use crate::index::{Entry, Indexed};

/// The tags of one resource; there is no row for a resource without tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagSet {
    /// What is tagged.
    pub resource: ResourceId,
    /// Values by key.
    pub tags: BTreeMap<String, String>,
}

impl Indexed for TagSet {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.extend(self.tags.iter().map(|(key, value)| Entry::Tag(key.clone(), value.clone(), self.resource)));
    }

    fn resource(&self) -> Option<ResourceId> {
        None
    }
}
