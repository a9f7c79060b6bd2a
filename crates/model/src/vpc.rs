//! A VPC: blocks of addresses and the settings that apply to all of it.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::dhcp_options;
use crate::ended::Ended;
use crate::error::Error;
use crate::ids::{
    DhcpOptionsId, ResourceId, RouteTableAssociationId, RouteTableId, SecurityGroupId, SecurityGroupRuleId, VpcCidrAssociationId, VpcId,
};
use crate::index::{Entry, Indexed};
use crate::network_acl;
use crate::route_table::{AssociationTarget, RouteTable, RouteTableAssociation};
use crate::security_group::{self, DEFAULT_NAME, Direction, Peer, Protocol, SecurityGroup, SecurityGroupRule};
use crate::state::{Draft, Key, Realm};
use crate::vpc_block;

/// A virtual private cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpc {
    /// Its id.
    pub id: VpcId,
    /// Its IPv4 blocks; the first is the one it was created with and cannot be removed.
    pub ipv4_blocks: Vec<VpcIpv4Block>,
    /// Its IPv6 blocks.
    pub ipv6_blocks: Vec<VpcIpv6Block>,
    /// The IPv4 blocks that it had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended_ipv4_blocks: Vec<Ended<VpcIpv4Block>>,
    /// The IPv6 blocks that it had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended_ipv6_blocks: Vec<Ended<VpcIpv6Block>>,
    /// Whether it is the region's default VPC.
    pub is_default: bool,
    /// `default` or `dedicated`.
    pub tenancy: String,
    /// The DHCP options that its instances are given; none after they were set to `default`.
    pub dhcp_options: Option<DhcpOptionsId>,
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
        out.extend(self.dhcp_options.map(|options| Entry::Reference(options.into(), self.id.into())));
        out.extend(self.ipv6_blocks.iter().map(|block| Entry::Ipv6Block(block.cidr, self.id)));
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}

/// Makes a VPC that a user asks for.
///
/// # Errors
/// When no VPC can have the block, or the quota is used up.
pub fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, block: Ipv4Net, tenancy: &str) -> Result<VpcId, Error> {
    let block = vpc_block::check(block)?;
    if ctx.world.quotas.vpcs.is_some_and(|most| draft.realm().vpcs.len() >= most as usize) {
        return Err(Error::Quota("vpcs"));
    }
    Ok(put(draft, ctx, block, tenancy, false))
}

/// Makes a VPC with what EC2 gives each: a main route table, a network ACL and a security group named `default`, which lets its
/// members talk to one another and everything out. It takes the region's default DHCP options.
pub fn put(draft: &mut Draft, ctx: &mut Ctx<'_>, block: Ipv4Net, tenancy: &str, is_default: bool) -> VpcId {
    let id = VpcId::random(ctx.random);
    let dhcp_options = dhcp_options::region_default(draft, ctx);
    let association = VpcCidrAssociationId::random(ctx.random);
    draft.put(Vpc {
        id,
        ipv4_blocks: vec![VpcIpv4Block { association, cidr: block }],
        ipv6_blocks: Vec::new(),
        ended_ipv4_blocks: Vec::new(),
        ended_ipv6_blocks: Vec::new(),
        is_default,
        tenancy: tenancy.into(),
        dhcp_options: Some(dhcp_options),
        dns_support: true,
        dns_hostnames: is_default,
        network_address_usage_metrics: false,
    });
    let main = RouteTableAssociation { id: RouteTableAssociationId::random(ctx.random), target: AssociationTarget::Main };
    draft.put(RouteTable { id: RouteTableId::random(ctx.random), vpc: id, associations: vec![main], routes: Vec::new() });
    network_acl::create_default(draft, ctx, id);
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
    draft.put(SecurityGroup { id: group, vpc: id, name: DEFAULT_NAME.into(), description: "default VPC security group".into(), rules });
    id
}

/// Deletes a VPC with what EC2 made for it.
///
/// # Errors
/// When there is no such VPC, or anything else is left in it.
pub fn delete(draft: &mut Draft, id: VpcId) -> Result<(), Error> {
    let realm = draft.realm();
    if !realm.vpcs.contains(&id) {
        return Err(Error::NotFound(id.into()));
    }
    let parts: Option<Vec<Key>> = realm.index.referrers(id).map(|part| part_of_every_vpc(realm, part)).collect();
    for part in parts.ok_or(Error::DependencyViolation(id.into()))? {
        match part {
            Key::SecurityGroup(id) => security_group::discard(draft, id),
            part => draft.delete(part),
        }
    }
    draft.delete(Key::Vpc(id));
    Ok(())
}

/// The row of something that EC2 makes with a VPC and deletes with it.
fn part_of_every_vpc(realm: &Realm, part: ResourceId) -> Option<Key> {
    match part {
        ResourceId::RouteTable(id) => {
            let main = |association: &RouteTableAssociation| association.target == AssociationTarget::Main;
            realm.route_tables.get(&id).filter(|table| table.associations.iter().any(main)).map(|_| Key::RouteTable(id))
        }
        ResourceId::SecurityGroup(id) => {
            realm.security_groups.get(&id).filter(|group| group.name == DEFAULT_NAME).map(|_| Key::SecurityGroup(id))
        }
        ResourceId::NetworkAcl(id) => realm.network_acls.get(&id).filter(|acl| acl.is_default).map(|_| Key::NetworkAcl(id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::default_vpc::ensure_realm;
    use crate::invariants;
    use crate::quotas::Quotas;
    use crate::realm::{AccountId, Region, Scope};
    use crate::state::State;
    use crate::tags::TagSet;
    use crate::time::Timestamp;
    use crate::world::World;

    const SCOPE: Scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };

    #[test]
    fn a_vpc_is_deleted_with_what_ec2_made_for_it_and_nothing_else() {
        let world = World::default();
        let mut ctx = Ctx { scope: SCOPE, now: Timestamp(0), random: &mut SeededRandom(1), world: &world };
        let mut draft = Draft::new(State::default(), SCOPE);
        ensure_realm(&mut draft, &mut ctx);
        let before = draft.state().clone();
        let id = create(&mut draft, &mut ctx, "10.0.0.0/16".parse().unwrap(), "default").unwrap();
        let table = RouteTable { id: RouteTableId::random(ctx.random), vpc: id, associations: Vec::new(), routes: Vec::new() };
        draft.put(table.clone());
        assert_eq!(delete(&mut draft, id), Err(Error::DependencyViolation(id.into())));
        let group = draft.realm().index.group_named(id, DEFAULT_NAME).and_then(|id| draft.realm().security_groups.get(&id)).unwrap();
        let (resource, tags) = (group.rules[0].id.into(), [("k".into(), "v".into())].into());
        draft.put(TagSet { resource, tags });
        draft.delete(Key::RouteTable(table.id));
        delete(&mut draft, id).unwrap();
        assert_eq!(*draft.state(), before);
        assert_eq!(delete(&mut draft, id), Err(Error::NotFound(id.into())));
        assert_eq!(invariants::check(draft.state()), []);
    }

    #[test]
    fn with_awss_quotas_a_region_has_five_vpcs() {
        let world = World { quotas: Quotas::AWS, ..World::default() };
        let mut ctx = Ctx { scope: SCOPE, now: Timestamp(0), random: &mut SeededRandom(1), world: &world };
        let mut draft = Draft::new(State::default(), SCOPE);
        ensure_realm(&mut draft, &mut ctx);
        let mut make = || create(&mut draft, &mut ctx, "10.0.0.0/16".parse().unwrap(), "default");
        assert_eq!((0..4).filter(|_| make().is_ok()).count(), 4);
        assert_eq!(make(), Err(Error::Quota("vpcs")));
    }
}
