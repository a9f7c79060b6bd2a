//! A subnet: a part of a VPC's addresses, in one zone.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::ended::{self, Ended};
use crate::error::Error;
use crate::ids::{ResourceId, SubnetCidrAssociationId, SubnetCidrReservationId, SubnetId, VpcId};
use crate::index::{Entry, Indexed};
use crate::network_acl;
use crate::realm::Zone;
use crate::route_table::{AssociationTarget, RouteTable};
use crate::state::{Draft, Key, Realm};
use crate::time::Timestamp;
use crate::vpc::Vpc;

/// The length of the IPv6 block that is chosen for a subnet.
const IPV6_LENGTH: u8 = 64;

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
    /// The IPv6 addresses that it had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended_ipv6_blocks: Vec<Ended<SubnetIpv6Block>>,
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

impl Subnet {
    /// A subnet with EC2's defaults. One without IPv4 addresses gives every interface an IPv6 address and names
    /// instances by their ids, since there is nothing else it could do.
    pub fn new(id: SubnetId, vpc: VpcId, zone: Zone, cidr: Option<Ipv4Net>, ipv6_blocks: Vec<SubnetIpv6Block>) -> Self {
        let ipv6_native = cidr.is_none();
        Self {
            id,
            vpc,
            zone,
            cidr,
            ipv6_blocks,
            ended_ipv6_blocks: Vec::new(),
            default_for_az: false,
            map_public_ip_on_launch: false,
            assign_ipv6_address_on_creation: ipv6_native,
            enable_dns64: false,
            private_dns_hostname_type: if ipv6_native { RESOURCE_NAME } else { IP_NAME }.into(),
            resource_name_dns_a_record: false,
            resource_name_dns_aaaa_record: false,
        }
    }

    /// Its blocks, IPv4 first.
    pub fn blocks(&self) -> impl Iterator<Item = IpNet> {
        let v4 = self.cidr.into_iter().map(IpNet::from);
        v4.chain(self.ipv6_blocks.iter().map(|block| block.cidr.into()))
    }
}

/// Instances are named by their private address.
const IP_NAME: &str = "ip-name";
/// Instances are named by their id.
const RESOURCE_NAME: &str = "resource-name";

/// The subnets of a VPC.
pub fn of_vpc(realm: &Realm, vpc: VpcId) -> impl Iterator<Item = &Subnet> {
    realm.index.referrers_of_kind::<SubnetId>(vpc).filter_map(|id| realm.subnets.get(&id)).map(|subnet| &**subnet)
}

/// Makes a subnet. Blocks are taken without their host bits.
///
/// # Errors
/// When a block is not a part of the VPC, has a length that no subnet has, or overlaps another subnet.
pub fn create(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    vpc: VpcId,
    zone: Zone,
    cidr: Option<Ipv4Net>,
    ipv6: Option<Ipv6Net>,
) -> Result<SubnetId, Error> {
    let realm = draft.realm();
    let row = realm.vpcs.get(&vpc).ok_or(Error::NotFound(vpc.into()))?;
    let cidr = cidr.map(|block| check_ipv4(realm, row, block)).transpose()?;
    let ipv6 = ipv6.map(|block| check_ipv6(realm, row, block)).transpose()?;
    if ctx.world.quotas.subnets_per_vpc.is_some_and(|most| of_vpc(realm, vpc).count() >= most as usize) {
        return Err(Error::Quota("subnets_per_vpc"));
    }
    let id = SubnetId::random(ctx.random);
    let blocks = ipv6.map(|cidr| SubnetIpv6Block { association: SubnetCidrAssociationId::random(ctx.random), cidr });
    draft.put(Subnet::new(id, vpc, zone, cidr, blocks.into_iter().collect()));
    network_acl::join_default(draft, ctx, vpc, id);
    Ok(id)
}

/// Deletes a subnet, with its reservations and its place in route tables.
///
/// # Errors
/// When there is no such subnet, or interfaces or instances are left in it.
pub fn delete(draft: &mut Draft, id: SubnetId) -> Result<(), Error> {
    let realm = draft.realm();
    if !realm.subnets.contains(&id) {
        return Err(Error::NotFound(id.into()));
    }
    let reservation = |part| match part {
        ResourceId::SubnetCidrReservation(id) => Some(Key::SubnetCidrReservation(id)),
        _ => None,
    };
    let parts: Option<Vec<Key>> = realm.index.referrers(id).map(reservation).collect();
    let parts = parts.ok_or(Error::DependencyViolation(id.into()))?;
    let table = realm.index.own_route_table(id).and_then(|table| realm.route_tables.get(&table)).cloned();
    if let Some(table) = table {
        let mut table = RouteTable::clone(&table);
        table.associations.retain(|association| association.target != AssociationTarget::Subnet(id));
        draft.put(table);
    }
    for part in parts {
        draft.delete(part);
    }
    network_acl::leave(draft, id);
    draft.delete(Key::Subnet(id));
    Ok(())
}

/// Gives a subnet its IPv6 block.
///
/// # Errors
/// When it has one, or cannot have this one.
pub fn add_ipv6(draft: &mut Draft, ctx: &mut Ctx<'_>, id: SubnetId, block: Ipv6Net) -> Result<SubnetIpv6Block, Error> {
    let realm = draft.realm();
    let subnet = realm.subnets.get(&id).ok_or(Error::NotFound(id.into()))?;
    let vpc = realm.vpcs.get(&subnet.vpc).ok_or(Error::NotFound(subnet.vpc.into()))?;
    // "You can associate a single IPv6 CIDR block with a subnet."
    if !subnet.ipv6_blocks.is_empty() {
        return Err(Error::SubnetBlockLimit(id));
    }
    let cidr = check_ipv6(realm, vpc, block)?;
    let added = SubnetIpv6Block { association: SubnetCidrAssociationId::random(ctx.random), cidr };
    let subnet = Subnet { ipv6_blocks: vec![added.clone()], ..Subnet::clone(subnet) };
    draft.put(subnet);
    Ok(added)
}

/// Takes an IPv6 block from its subnet, with the reservations in it. It stays listed for a while.
///
/// # Errors
/// When there is no such block, addresses of it are in use or are given to new interfaces, or the subnet has nothing
/// else.
pub fn remove_ipv6(draft: &mut Draft, ctx: &Ctx<'_>, association: SubnetCidrAssociationId) -> Result<(SubnetId, SubnetIpv6Block), Error> {
    let realm = draft.realm();
    // Rare enough that no index of these associations is kept.
    let find = |subnet: &Subnet| subnet.ipv6_blocks.iter().find(|block| block.association == association).cloned();
    let found = realm.subnets.iter().find_map(|subnet| Some((subnet, find(subnet)?)));
    let (subnet, removed) = found.ok_or(Error::NotFound(association.into()))?;
    let used = realm.index.held_within(subnet.vpc, removed.cidr.into()).next().is_some();
    if used || subnet.cidr.is_none() {
        return Err(Error::SubnetBlockInUse(association));
    }
    if subnet.assign_ipv6_address_on_creation {
        return Err(Error::SubnetBlockAssigned(association));
    }
    let reservations = realm.index.referrers_of_kind::<SubnetCidrReservationId>(subnet.id);
    let within = |id: &SubnetCidrReservationId| {
        realm.subnet_cidr_reservations.get(id).is_some_and(|reservation| IpNet::from(removed.cidr).contains(&reservation.cidr))
    };
    let reservations: Vec<_> = reservations.filter(within).collect();
    let mut subnet = Subnet::clone(subnet);
    subnet.ipv6_blocks.retain(|block| block.association != association);
    ended::note(&mut subnet.ended_ipv6_blocks, removed.clone(), ctx.now);
    let id = subnet.id;
    draft.put(subnet);
    for reservation in reservations {
        draft.delete(Key::SubnetCidrReservation(reservation));
    }
    Ok((id, removed))
}

/// Forgets the blocks of the caller's subnets that ended and are no longer listed.
pub fn purge(draft: &mut Draft, now: Timestamp) {
    let ended = draft.realm().subnets.iter().filter(|subnet| !subnet.ended_ipv6_blocks.is_empty());
    let subnets: Vec<Subnet> = ended.map(|subnet| Subnet::clone(subnet)).collect();
    for mut subnet in subnets {
        if ended::forget(&mut subnet.ended_ipv6_blocks, now) {
            draft.put(subnet);
        }
    }
}

/// An attribute of a subnet that can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Whether new interfaces get an IPv6 address.
    AssignIpv6AddressOnCreation(bool),
    /// Whether instances get a public IPv4 address.
    MapPublicIpOnLaunch(bool),
    /// Whether DNS answers synthetic IPv6 addresses for IPv4-only names.
    EnableDns64(bool),
    /// Whether instances are named by their id instead of their address.
    NameByResource(bool),
    /// Whether the resource name has an A record.
    ResourceNameDnsARecord(bool),
    /// Whether the resource name has an AAAA record.
    ResourceNameDnsAaaaRecord(bool),
}

/// Changes an attribute.
///
/// # Errors
/// When the subnet has no addresses of the family that the attribute is about.
pub fn modify(draft: &mut Draft, id: SubnetId, attribute: Attribute) -> Result<(), Error> {
    let subnet = draft.realm().subnets.get(&id).ok_or(Error::NotFound(id.into()))?;
    let mut changed = Subnet::clone(subnet);
    let needs = |given: bool, attribute, value: &str, family, has: bool| {
        let error = || Error::SubnetAttributeNeeds { subnet: id, attribute, value: value.to_owned(), family };
        if given && !has { Err(error()) } else { Ok(()) }
    };
    let (v4, v6) = (subnet.cidr.is_some(), !subnet.ipv6_blocks.is_empty());
    match attribute {
        Attribute::AssignIpv6AddressOnCreation(on) => {
            needs(on, "assign-ipv6-address-on-creation", "true", "IPv6", v6)?;
            changed.assign_ipv6_address_on_creation = on;
        }
        Attribute::MapPublicIpOnLaunch(on) => {
            needs(on, "map-public-ip-on-launch", "true", "IPv4", v4)?;
            changed.map_public_ip_on_launch = on;
        }
        Attribute::EnableDns64(on) => {
            needs(on, "enable-dns64", "true", "IPv6", v6)?;
            changed.enable_dns64 = on;
        }
        Attribute::NameByResource(on) => {
            needs(!on, "private-dns-hostname-type-on-launch", IP_NAME, "IPv4", v4)?;
            changed.private_dns_hostname_type = if on { RESOURCE_NAME } else { IP_NAME }.into();
        }
        Attribute::ResourceNameDnsARecord(on) => {
            needs(on, "enable-resource-name-dns-a-record-on-launch", "true", "IPv4", v4)?;
            changed.resource_name_dns_a_record = on;
        }
        Attribute::ResourceNameDnsAaaaRecord(on) => {
            needs(on, "enable-resource-name-dns-aaaa-record-on-launch", "true", "IPv6", v6)?;
            changed.resource_name_dns_aaaa_record = on;
        }
    }
    draft.put(changed);
    Ok(())
}

/// The first /64 of a VPC's IPv6 blocks that no subnet has.
pub fn free_ipv6_block(realm: &Realm, vpc: &Vpc) -> Option<Ipv6Net> {
    let taken: Vec<Ipv6Net> = of_vpc(realm, vpc.id).flat_map(|subnet| &subnet.ipv6_blocks).map(|block| block.cidr).collect();
    let parts = vpc.ipv6_blocks.iter().filter_map(|block| block.cidr.subnets(IPV6_LENGTH).ok()).flatten();
    parts.into_iter().find(|part| !taken.iter().any(|other| other.contains(part)))
}

fn check_ipv4(realm: &Realm, vpc: &Vpc, block: Ipv4Net) -> Result<Ipv4Net, Error> {
    let cidr = block.trunc();
    if !(16..=28).contains(&cidr.prefix_len()) || !vpc.ipv4_blocks.iter().any(|own| own.cidr.contains(&cidr)) {
        return Err(Error::SubnetBlockInvalid(block.into()));
    }
    if of_vpc(realm, vpc.id).filter_map(|other| other.cidr).any(|other| other.contains(&cidr) || cidr.contains(&other)) {
        return Err(Error::SubnetBlockConflict(cidr.into()));
    }
    Ok(cidr)
}

fn check_ipv6(realm: &Realm, vpc: &Vpc, block: Ipv6Net) -> Result<Ipv6Net, Error> {
    let cidr = block.trunc();
    // "Possible IPv6 netmask lengths are between /44 and /64 in increments of /4."
    if !(44..=IPV6_LENGTH).contains(&cidr.prefix_len()) || !cidr.prefix_len().is_multiple_of(4) {
        return Err(Error::SubnetBlockLength(block));
    }
    if !vpc.ipv6_blocks.iter().any(|own| own.cidr.contains(&cidr)) {
        return Err(Error::SubnetBlockInvalid(block.into()));
    }
    let others = of_vpc(realm, vpc.id).flat_map(|other| &other.ipv6_blocks).map(|other| other.cidr);
    if others.into_iter().any(|other| other.contains(&cidr) || cidr.contains(&other)) {
        return Err(Error::SubnetBlockConflict(cidr.into()));
    }
    Ok(cidr)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::ids::{RouteTableAssociationId, RouteTableId};
    use crate::invariants;
    use crate::realm::{AccountId, Region, Scope};
    use crate::route_table::RouteTableAssociation;
    use crate::state::State;
    use crate::time::Timestamp;
    use crate::world::World;
    use crate::{vpc, vpc_block};

    const SCOPE: Scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };

    /// Runs a test on a VPC 10.0.0.0/16 with an IPv6 block.
    fn in_vpc(test: impl FnOnce(&mut Draft, &mut Ctx<'_>, VpcId, Ipv6Net)) {
        let world = World::default();
        let mut ctx = Ctx { scope: SCOPE, now: Timestamp(0), random: &mut SeededRandom(5), world: &world };
        let mut draft = Draft::new(State::default(), SCOPE);
        let vpc = vpc::create(&mut draft, &mut ctx, "10.0.0.0/16".parse().unwrap(), "default").unwrap();
        let ipv6 = vpc_block::add_amazon_ipv6(&mut draft, &mut ctx, vpc).unwrap().cidr;
        test(&mut draft, &mut ctx, vpc, ipv6);
        assert_eq!(invariants::check(draft.state()), []);
    }

    fn zone() -> Zone {
        SCOPE.region.zones().next().unwrap()
    }

    fn part(block: Ipv6Net, length: u8, index: usize) -> Ipv6Net {
        block.subnets(length).unwrap().nth(index).unwrap()
    }

    #[test]
    fn a_subnet_is_a_part_of_the_vpc_that_no_other_has() {
        in_vpc(|draft, ctx, vpc, _| {
            let mut make = |text: &str| create(draft, ctx, vpc, zone(), Some(text.parse().unwrap()), None);
            make("10.0.1.7/24").unwrap();
            for (text, conflict) in [("10.0.1.0/24", true), ("10.0.1.128/25", true), ("10.0.0.0/16", true), ("10.1.0.0/24", false)] {
                let block: Ipv4Net = text.parse().unwrap();
                let error = if conflict { Error::SubnetBlockConflict(block.into()) } else { Error::SubnetBlockInvalid(block.into()) };
                assert_eq!(make(text), Err(error), "{text}");
            }
            for text in ["10.0.2.0/29", "10.0.0.0/15"] {
                assert_eq!(make(text), Err(Error::SubnetBlockInvalid(text.parse().unwrap())), "{text}");
            }
            make("10.0.0.0/24").unwrap();
            let found: Vec<_> = of_vpc(draft.realm(), vpc).filter_map(|subnet| subnet.cidr).collect();
            assert!(found.contains(&"10.0.1.0/24".parse().unwrap()), "blocks are modified to their canonical form");
        });
    }

    #[test]
    fn the_ipv6_block_of_a_subnet_is_a_part_of_the_vpcs_in_steps_of_four_bits() {
        in_vpc(|draft, ctx, vpc, block| {
            let mut make = |ipv6: Ipv6Net| create(draft, ctx, vpc, zone(), None, Some(ipv6));
            let first = part(block, 64, 0);
            make(first).unwrap();
            assert_eq!(make(first), Err(Error::SubnetBlockConflict(first.into())));
            assert_eq!(make(part(block, 60, 0)), Err(Error::SubnetBlockConflict(part(block, 60, 0).into())));
            assert_eq!(make(part(block, 62, 1)), Err(Error::SubnetBlockLength(part(block, 62, 1))));
            let elsewhere: Ipv6Net = "2001:db9::/64".parse().unwrap();
            assert_eq!(make(elsewhere), Err(Error::SubnetBlockInvalid(elsewhere.into())));
            make(part(block, 60, 1)).unwrap();
            let vpc = draft.realm().vpcs.get(&vpc).unwrap();
            assert_eq!(free_ipv6_block(draft.realm(), vpc), Some(part(block, 64, 1)));
        });
    }

    #[test]
    fn an_ipv6_block_stays_while_new_interfaces_get_addresses_of_it() {
        in_vpc(|draft, ctx, vpc, block| {
            let id = create(draft, ctx, vpc, zone(), Some("10.0.0.0/24".parse().unwrap()), None).unwrap();
            let assign = Attribute::AssignIpv6AddressOnCreation(true);
            assert!(matches!(modify(draft, id, assign.clone()), Err(Error::SubnetAttributeNeeds { family: "IPv6", .. })));
            let added = add_ipv6(draft, ctx, id, part(block, 64, 3)).unwrap();
            assert_eq!(add_ipv6(draft, ctx, id, part(block, 64, 4)), Err(Error::SubnetBlockLimit(id)));
            modify(draft, id, assign).unwrap();
            assert_eq!(remove_ipv6(draft, ctx, added.association), Err(Error::SubnetBlockAssigned(added.association)));
            modify(draft, id, Attribute::AssignIpv6AddressOnCreation(false)).unwrap();
            assert_eq!(remove_ipv6(draft, ctx, added.association), Ok((id, added.clone())));
            assert_eq!(remove_ipv6(draft, ctx, added.association), Err(Error::NotFound(added.association.into())));

            let next = add_ipv6(draft, ctx, id, part(block, 64, 3)).unwrap();
            let row = |draft: &Draft| Subnet::clone(draft.realm().subnets.get(&id).unwrap());
            let (soon, late) = (ctx.now.plus_seconds(3599), ctx.now.plus_seconds(3600));
            let listed = |draft: &Draft, now| ended::listed(&row(draft).ended_ipv6_blocks, now).cloned().collect::<Vec<_>>();
            purge(draft, soon);
            assert_eq!((listed(draft, soon), row(draft).ipv6_blocks), (vec![added], vec![next.clone()]));
            assert_eq!((listed(draft, late), row(draft).ended_ipv6_blocks.len()), (Vec::new(), 1));
            purge(draft, late);
            assert_eq!((row(draft).ended_ipv6_blocks, row(draft).ipv6_blocks), (Vec::new(), vec![next]));
        });
    }

    #[test]
    fn an_ipv6_only_subnet_has_no_attributes_of_ipv4() {
        in_vpc(|draft, ctx, vpc, block| {
            let id = create(draft, ctx, vpc, zone(), None, Some(part(block, 64, 0))).unwrap();
            let row = draft.realm().subnets.get(&id).unwrap();
            assert!(row.assign_ipv6_address_on_creation && row.private_dns_hostname_type == "resource-name");
            assert_eq!(draft.realm().index.pool(id), None);
            for attribute in
                [Attribute::MapPublicIpOnLaunch(true), Attribute::NameByResource(false), Attribute::ResourceNameDnsARecord(true)]
            {
                assert!(matches!(modify(draft, id, attribute), Err(Error::SubnetAttributeNeeds { family: "IPv4", .. })));
            }
            modify(draft, id, Attribute::EnableDns64(true)).unwrap();
            modify(draft, id, Attribute::ResourceNameDnsAaaaRecord(true)).unwrap();
        });
    }

    #[test]
    fn a_deleted_subnet_leaves_its_route_table() {
        in_vpc(|draft, ctx, vpc, _| {
            let id = create(draft, ctx, vpc, zone(), Some("10.0.0.0/24".parse().unwrap()), None).unwrap();
            let association =
                RouteTableAssociation { id: RouteTableAssociationId::random(ctx.random), target: AssociationTarget::Subnet(id) };
            let table = RouteTable { id: RouteTableId::random(ctx.random), vpc, associations: vec![association], routes: Vec::new() };
            draft.put(table.clone());
            delete(draft, id).unwrap();
            assert!(draft.realm().route_tables.get(&table.id).unwrap().associations.is_empty());
        });
    }
}
