//! Internet gateways.

use serde::{Deserialize, Serialize};

use crate::ids::{InternetGatewayId, ResourceId, VpcId};
use crate::index::{Entry, Indexed};

/// An internet gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternetGateway {
    /// Its id.
    pub id: InternetGatewayId,
    /// The VPC it is attached to; a VPC has at most one.
    pub vpc: Option<VpcId>,
}

impl Indexed for InternetGateway {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.extend(self.vpc.map(|vpc| Entry::Reference(vpc.into(), self.id.into())));
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}
