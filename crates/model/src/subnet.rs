//! A subnet: a part of a VPC's addresses, in one zone.

use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::ids::{ResourceId, SubnetCidrAssociationId, SubnetId, VpcId};
use crate::index::{Entry, Indexed};
use crate::realm::Zone;

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    /// Its id.
    pub id: SubnetId,
    /// The VPC whose addresses it divides.
    pub vpc: VpcId,
    /// Where it is.
    pub zone: Zone,
    /// Its IPv4 addresses; none in an IPv6-only subnet.
    pub cidr: Option<Ipv4Net>,
    /// Its IPv6 addresses.
    pub ipv6_blocks: Vec<SubnetIpv6Block>,
    /// Whether it is the zone's default subnet.
    pub default_for_az: bool,
    /// Whether instances launched here get a public IPv4 address unless the launch says otherwise.
    pub map_public_ip_on_launch: bool,
    /// Whether new interfaces get an IPv6 address unless the request names one.
    pub assign_ipv6_address_on_creation: bool,
    /// Whether DNS answers synthetic IPv6 addresses for IPv4-only names.
    pub enable_dns64: bool,
    /// `ip-name` or `resource-name`.
    pub private_dns_hostname_type: String,
    /// Whether instances get A records of their resource name.
    pub resource_name_dns_a_record: bool,
    /// Whether instances get AAAA records of their resource name.
    pub resource_name_dns_aaaa_record: bool,
}

/// An IPv6 block of a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubnetIpv6Block {
    /// Names the block in its subnet.
    pub association: SubnetCidrAssociationId,
    /// The addresses.
    pub cidr: Ipv6Net,
}

impl Indexed for Subnet {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::Reference(self.vpc.into(), self.id.into()));
        out.extend(self.cidr.map(|cidr| Entry::Pool(self.id, cidr)));
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}
