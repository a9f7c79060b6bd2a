//! A VPC: blocks of addresses and the settings that apply to all of it.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::ids::{DhcpOptionsId, ResourceId, VpcCidrAssociationId, VpcId};
use crate::index::{Entry, Indexed};

/// A virtual private cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpc {
    /// Its id.
    pub id: VpcId,
    /// Its IPv4 blocks; the first is the one it was created with and cannot be removed.
    pub ipv4_blocks: Vec<VpcIpv4Block>,
    /// Its IPv6 blocks.
    pub ipv6_blocks: Vec<VpcIpv6Block>,
    /// Whether it is the region's default VPC.
    pub is_default: bool,
    /// `default` or `dedicated`.
    pub tenancy: String,
    /// The DHCP options that its instances are given.
    pub dhcp_options: DhcpOptionsId,
    /// Attribute `enableDnsSupport`.
    pub dns_support: bool,
    /// Attribute `enableDnsHostnames`: true for default VPCs only, unless changed.
    pub dns_hostnames: bool,
    /// Attribute `enableNetworkAddressUsageMetrics`.
    pub network_address_usage_metrics: bool,
}

/// An IPv4 block of a VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VpcIpv4Block {
    /// Names the block in its VPC.
    pub association: VpcCidrAssociationId,
    /// The addresses.
    pub cidr: Ipv4Net,
}

/// An IPv6 block of a VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VpcIpv6Block {
    /// Names the block in its VPC.
    pub association: VpcCidrAssociationId,
    /// The addresses.
    pub cidr: Ipv6Net,
    /// Where it comes from: `Amazon` or the id of a pool.
    pub pool: String,
}

impl Vpc {
    /// The block it was created with.
    pub fn primary_block(&self) -> Option<Ipv4Net> {
        self.ipv4_blocks.first().map(|block| block.cidr)
    }

    /// All its blocks, IPv4 first.
    pub fn blocks(&self) -> impl Iterator<Item = IpNet> {
        let v4 = self.ipv4_blocks.iter().map(|block| block.cidr.into());
        v4.chain(self.ipv6_blocks.iter().map(|block| block.cidr.into()))
    }
}

impl Indexed for Vpc {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::Reference(self.dhcp_options.into(), self.id.into()));
        out.extend(self.ipv6_blocks.iter().map(|block| Entry::Ipv6Block(block.cidr, self.id)));
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}
