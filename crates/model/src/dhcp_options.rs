//! Sets of DHCP options.

use serde::{Deserialize, Serialize};

use crate::ids::{DhcpOptionsId, ResourceId};
use crate::index::{Entry, Indexed};

/// A set of DHCP options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpOptions {
    /// Its id.
    pub id: DhcpOptionsId,
    /// Options by EC2's names (`domain-name-servers`, …), each with its values.
    pub options: Vec<(String, Vec<String>)>,
}

impl Indexed for DhcpOptions {
    fn entries(&self, _out: &mut Vec<Entry>) {}

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}
