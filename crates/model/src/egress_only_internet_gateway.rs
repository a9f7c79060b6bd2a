//! Egress-only internet gateways: the way out for IPv6, and none in.

use serde::{Deserialize, Serialize};

use crate::ids::{EgressOnlyInternetGatewayId, ResourceId, VpcId};
use crate::index::{Entry, Indexed};

/// An egress-only internet gateway. It is attached to its VPC from beginning to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EgressOnlyInternetGateway {
    /// Its id.
    pub id: EgressOnlyInternetGatewayId,
    /// The VPC it lets out.
    pub vpc: VpcId,
}

impl Indexed for EgressOnlyInternetGateway {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::Reference(self.vpc.into(), self.id.into()));
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}
