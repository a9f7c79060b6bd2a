//! A VPC: blocks of addresses and the settings that apply to all of it.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::ids::{
    DhcpOptionsId, ResourceId, RouteTableAssociationId, RouteTableId, SecurityGroupId, SecurityGroupRuleId, VpcCidrAssociationId, VpcId,
};
use crate::index::{Entry, Indexed};
use crate::route_table::{AssociationTarget, RouteTable, RouteTableAssociation};
use crate::security_group::{Direction, Peer, Protocol, SecurityGroup, SecurityGroupRule};
use crate::state::Draft;

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

/// Makes a VPC with what EC2 gives each: a main route table and a security group named `default`, which lets its
/// members talk to one another and everything out. It takes the region's default DHCP options.
pub fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, block: Ipv4Net, tenancy: &str, is_default: bool) -> VpcId {
    let id = VpcId::random(ctx.random);
    // The default set is the realm's oldest; it cannot be deleted, so there always is one.
    let dhcp_options = draft.realm().dhcp_options.iter().next().map_or(DhcpOptionsId::MIN, |options| options.id);
    let association = VpcCidrAssociationId::random(ctx.random);
    draft.put(Vpc {
        id,
        ipv4_blocks: vec![VpcIpv4Block { association, cidr: block }],
        ipv6_blocks: Vec::new(),
        is_default,
        tenancy: tenancy.into(),
        dhcp_options,
        dns_support: true,
        dns_hostnames: is_default,
        network_address_usage_metrics: false,
    });
    let main = RouteTableAssociation { id: RouteTableAssociationId::random(ctx.random), target: AssociationTarget::Main };
    draft.put(RouteTable { id: RouteTableId::random(ctx.random), vpc: id, associations: vec![main], routes: Vec::new() });
    let group = SecurityGroupId::random(ctx.random);
    let mut rule = |direction, peer| SecurityGroupRule {
        id: SecurityGroupRuleId::random(ctx.random),
        direction,
        protocol: Protocol::All,
        from_port: None,
        to_port: None,
        peer,
        description: None,
    };
    let members = Peer::Group { group, account: ctx.scope.account, vpc: None, peering: None };
    let rules = vec![rule(Direction::Ingress, members), rule(Direction::Egress, Peer::Ipv4(Ipv4Net::default()))];
    draft.put(SecurityGroup { id: group, vpc: id, name: "default".into(), description: "default VPC security group".into(), rules });
    id
}
