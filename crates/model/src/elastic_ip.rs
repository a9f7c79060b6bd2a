//! An Elastic IP address: a public IPv4 address that belongs to an account until it is released.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::ids::{AllocationId, AssociationId, NetworkInterfaceId, ResourceId};
use crate::index::{Entry, Indexed};

/// An Elastic IP address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElasticIp {
    /// Names the allocation.
    pub id: AllocationId,
    /// The public address.
    pub public: Ipv4Addr,
    /// The private address it stands for.
    pub association: Option<ElasticIpAssociation>,
    /// The pool it came from: `amazon` or an id.
    pub public_ipv4_pool: String,
    /// The border group that announces it: the region's name.
    pub network_border_group: String,
}

/// Which private address an Elastic IP stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElasticIpAssociation {
    /// Names the association.
    pub id: AssociationId,
    /// The interface that holds the private address.
    pub interface: NetworkInterfaceId,
    /// The private address, which may lie in a delegated prefix.
    pub private: Ipv4Addr,
}

impl Indexed for ElasticIp {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::PublicAddress(self.public, self.id.into()));
        if let Some(association) = &self.association {
            out.push(Entry::Reference(association.interface.into(), self.id.into()));
            out.push(Entry::ElasticIpOf(association.interface, association.private, self.id));
            out.push(Entry::ElasticIpAssociation(association.id, self.id));
        }
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}
