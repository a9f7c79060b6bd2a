//! NAT gateways: one address, or a few, that many instances use to get out.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html>.

use serde::{Deserialize, Serialize};

use crate::ids::{NatGatewayId, NetworkInterfaceId, ResourceId, SubnetId, VpcId};
use crate::index::{Entry, Indexed};
use crate::time::Timestamp;

/// A NAT gateway. Its private addresses are those of its interface, in their order, and its public ones the Elastic
/// IPs that stand for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatGateway {
    /// Its id.
    pub id: NatGatewayId,
    /// The VPC of its subnet.
    pub vpc: VpcId,
    /// Where it is.
    pub subnet: SubnetId,
    /// Whether it translates to public addresses.
    pub public: bool,
    /// Where it is in its life.
    pub state: NatGatewayState,
    /// When it was made.
    pub created: Timestamp,
}

/// Where a NAT gateway is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NatGatewayState {
    /// It works, with this interface, which the user cannot change.
    Available(NetworkInterfaceId),
    /// It could not be made.
    Failed {
        /// EC2's code.
        code: String,
        /// EC2's words.
        message: String,
    },
    /// It is gone, and listed for a while yet.
    Deleted {
        /// Since when.
        at: Timestamp,
        /// The addresses that it had, private and public.
        addresses: Vec<FormerAddress>,
    },
}

/// An address of a NAT gateway that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerAddress {
    /// The interface that held it.
    pub interface: NetworkInterfaceId,
    /// The private address.
    pub private: std::net::Ipv4Addr,
    /// The Elastic IP that stood for it: its allocation and address.
    pub public: Option<(crate::ids::AllocationId, std::net::Ipv4Addr)>,
}

impl NatGateway {
    /// Its interface, while it works.
    pub fn interface(&self) -> Option<NetworkInterfaceId> {
        match self.state {
            NatGatewayState::Available(interface) => Some(interface),
            _ => None,
        }
    }
}

impl Indexed for NatGateway {
    fn entries(&self, out: &mut Vec<Entry>) {
        // One that is gone or never worked stays listed but holds on to nothing.
        if self.interface().is_some() {
            out.push(Entry::Reference(self.vpc.into(), self.id.into()));
            out.push(Entry::Reference(self.subnet.into(), self.id.into()));
        }
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}
