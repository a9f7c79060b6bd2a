//! Network ACLs: what packets may pass into and out of a subnet, whatever connection they belong to.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{NetworkAclAssociationId, NetworkAclId, ResourceId, SubnetId, VpcId};
use crate::index::{Entry, Indexed};
use crate::quotas::ENTRIES_PER_NETWORK_ACL;
use crate::security_group::{Direction, Protocol};
use crate::state::{Draft, Key, Realm};

/// Numbers that users can give to entries.
pub const NUMBERS: std::ops::RangeInclusive<u16> = 1..=32766;
/// The last entry of every ACL, which denies what no other one matched, for IPv4 and IPv6.
const LAST_V4: u16 = 32767;
const LAST_V6: u16 = 32768;
/// The entry that lets everything through in a VPC's default ACL, for IPv4 and IPv6.
const DEFAULT_V4: u16 = 100;
const DEFAULT_V6: u16 = 101;

/// A network ACL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAcl {
    /// Its id.
    pub id: NetworkAclId,
    /// The VPC it is of.
    pub vpc: VpcId,
    /// Whether new subnets of the VPC use it.
    pub is_default: bool,
    /// The subnets that use it. Every subnet uses exactly one.
    pub associations: Vec<NetworkAclAssociation>,
    /// The entries, without those that every ACL ends with; a direction and number occur once.
    pub entries: Vec<NetworkAclEntry>,
}

/// The use of a network ACL by a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAclAssociation {
    /// Its id.
    pub id: NetworkAclAssociationId,
    /// The subnet.
    pub subnet: SubnetId,
}

/// An entry: the first that matches a packet, in the order of their numbers, decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAclEntry {
    /// Packets into the subnet, or out of it.
    pub direction: Direction,
    /// Its place in the order.
    pub number: u16,
    /// Of which protocol.
    pub protocol: Protocol,
    /// Whether the packets pass.
    pub allow: bool,
    /// From or to which addresses.
    pub block: IpNet,
    /// The first and last port, for TCP and UDP.
    pub ports: Option<(u16, u16)>,
    /// Type and code, for ICMP and ICMPv6; -1: all.
    pub icmp: Option<(i32, i32)>,
}

impl NetworkAclEntry {
    fn of_all(direction: Direction, number: u16, allow: bool, block: IpNet) -> Self {
        Self { direction, number, protocol: Protocol::All, allow, block, ports: None, icmp: None }
    }
}

impl NetworkAcl {
    /// Every entry in the order in which they are tried, outgoing ones first as EC2 lists them, with those that every
    /// ACL ends with; the ones of IPv6 are there when the VPC has an IPv6 block.
    pub fn effective_entries(&self, realm: &Realm) -> Vec<NetworkAclEntry> {
        let has_ipv6 = realm.vpcs.get(&self.vpc).is_some_and(|vpc| !vpc.ipv6_blocks.is_empty());
        let mut entries = Vec::new();
        for direction in [Direction::Egress, Direction::Ingress] {
            let mut own: Vec<_> = self.entries.iter().filter(|entry| entry.direction == direction).cloned().collect();
            own.sort_by_key(|entry| entry.number);
            entries.append(&mut own);
            entries.push(NetworkAclEntry::of_all(direction, LAST_V4, false, Ipv4Net::default().into()));
            if has_ipv6 {
                entries.push(NetworkAclEntry::of_all(direction, LAST_V6, false, Ipv6Net::default().into()));
            }
        }
        entries
    }

    fn position(&self, direction: Direction, number: u16) -> Option<usize> {
        self.entries.iter().position(|entry| (entry.direction, entry.number) == (direction, number))
    }
}

impl Indexed for NetworkAcl {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::Reference(self.vpc.into(), self.id.into()));
        if self.is_default {
            out.push(Entry::NetworkAclOf(self.vpc.into(), self.id));
        }
        for association in &self.associations {
            out.push(Entry::NetworkAclOf(association.subnet.into(), self.id));
            out.push(Entry::NetworkAclAssociation(association.id, self.id));
        }
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}

/// Makes the default ACL of a new VPC, which lets everything through.
pub fn create_default(draft: &mut Draft, ctx: &mut Ctx<'_>, vpc: VpcId) {
    let everything = |direction| NetworkAclEntry::of_all(direction, DEFAULT_V4, true, Ipv4Net::default().into());
    let entries = [Direction::Egress, Direction::Ingress].map(everything).to_vec();
    draft.put(NetworkAcl { id: NetworkAclId::random(ctx.random), vpc, is_default: true, associations: Vec::new(), entries });
}

/// Has the default ACL let IPv6 through, now that its VPC has an IPv6 block; in each direction unless users have changed
/// its entries.
pub fn let_ipv6_through(draft: &mut Draft, vpc: VpcId) {
    let realm = draft.realm();
    let default = realm.index.default_network_acl(vpc).and_then(|id| find(realm, id).ok());
    let Some(mut acl) = default else { return };
    for direction in [Direction::Egress, Direction::Ingress] {
        let untouched = NetworkAclEntry::of_all(direction, DEFAULT_V4, true, Ipv4Net::default().into());
        if acl.entries.iter().filter(|entry| entry.direction == direction).eq([&untouched]) {
            acl.entries.push(NetworkAclEntry::of_all(direction, DEFAULT_V6, true, Ipv6Net::default().into()));
        }
    }
    draft.put(acl);
}

/// Has a new subnet use its VPC's default ACL.
pub fn join_default(draft: &mut Draft, ctx: &mut Ctx<'_>, vpc: VpcId, subnet: SubnetId) {
    let realm = draft.realm();
    if let Some(mut acl) = realm.index.default_network_acl(vpc).and_then(|id| find(realm, id).ok()) {
        acl.associations.push(NetworkAclAssociation { id: NetworkAclAssociationId::random(ctx.random), subnet });
        draft.put(acl);
    }
}

/// Ends the use of an ACL by a subnet that is about to go.
pub fn leave(draft: &mut Draft, subnet: SubnetId) {
    let realm = draft.realm();
    if let Some(mut acl) = realm.index.network_acl_of(subnet).and_then(|id| find(realm, id).ok()) {
        acl.associations.retain(|association| association.subnet != subnet);
        draft.put(acl);
    }
}

/// Makes an ACL, which lets nothing through.
///
/// # Errors
/// When the VPC does not exist.
pub fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, vpc: VpcId) -> Result<NetworkAclId, Error> {
    if !draft.realm().vpcs.contains(&vpc) {
        return Err(Error::NotFound(vpc.into()));
    }
    let id = NetworkAclId::random(ctx.random);
    draft.put(NetworkAcl { id, vpc, is_default: false, associations: Vec::new(), entries: Vec::new() });
    Ok(id)
}

/// Deletes an ACL that no subnet uses.
///
/// # Errors
/// When one does, or it is its VPC's default one.
pub fn delete(draft: &mut Draft, id: NetworkAclId) -> Result<(), Error> {
    let acl = find(draft.realm(), id)?;
    if acl.is_default {
        return Err(Error::DefaultNetworkAcl(id));
    }
    if !acl.associations.is_empty() {
        return Err(Error::DependencyViolation(id.into()));
    }
    draft.delete(Key::NetworkAcl(id));
    Ok(())
}

/// Adds an entry.
///
/// # Errors
/// When there is one of its number, or there would be too many.
pub fn add_entry(draft: &mut Draft, id: NetworkAclId, entry: NetworkAclEntry) -> Result<(), Error> {
    let mut acl = find(draft.realm(), id)?;
    let direction = entry.direction;
    if acl.position(direction, entry.number).is_some() {
        return Err(Error::NetworkAclEntryExists(entry.number));
    }
    acl.entries.push(entry);
    check_limit(&acl, direction)?;
    draft.put(acl);
    Ok(())
}

/// Whether the entries of a direction are few enough; the limit holds for IPv4 and IPv6 apart.
fn check_limit(acl: &NetworkAcl, direction: Direction) -> Result<(), Error> {
    let count =
        |ipv4: bool| acl.entries.iter().filter(|entry| entry.direction == direction && entry.block.addr().is_ipv4() == ipv4).count();
    if count(true).max(count(false)) > ENTRIES_PER_NETWORK_ACL { Err(Error::NetworkAclEntryLimit) } else { Ok(()) }
}

/// Puts an entry in the place of the one of its number.
///
/// # Errors
/// When there is none, or there would be too many of its address family.
pub fn replace_entry(draft: &mut Draft, id: NetworkAclId, entry: NetworkAclEntry) -> Result<(), Error> {
    let mut acl = find(draft.realm(), id)?;
    let (direction, number) = (entry.direction, entry.number);
    let place = acl.position(direction, number).and_then(|place| acl.entries.get_mut(place));
    *place.ok_or(Error::NetworkAclEntryNotFound { acl: id, direction, number })? = entry;
    check_limit(&acl, direction)?;
    draft.put(acl);
    Ok(())
}

/// Removes an entry.
///
/// # Errors
/// When there is none of this number.
pub fn delete_entry(draft: &mut Draft, id: NetworkAclId, direction: Direction, number: u16) -> Result<(), Error> {
    let mut acl = find(draft.realm(), id)?;
    let place = acl.position(direction, number).ok_or(Error::NetworkAclEntryNotFound { acl: id, direction, number })?;
    acl.entries.remove(place);
    draft.put(acl);
    Ok(())
}

/// Has the subnet of an association use another ACL, and returns the new association.
///
/// # Errors
/// When there is no such association or ACL, or they are of different VPCs.
pub fn replace_association(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    association: NetworkAclAssociationId,
    to: NetworkAclId,
) -> Result<NetworkAclAssociationId, Error> {
    let realm = draft.realm();
    let from = realm.index.network_acl_association(association).ok_or(Error::NotFound(association.into()))?;
    let mut from = find(realm, from)?;
    let subnet = from.associations.iter().find(|own| own.id == association).map(|own| own.subnet);
    let subnet = subnet.ok_or(Error::NotFound(association.into()))?;
    if find(realm, to)?.vpc != from.vpc {
        return Err(Error::NetworkAclElsewhere { acl: to, subnet });
    }
    from.associations.retain(|own| own.id != association);
    draft.put(from);
    let mut to = find(draft.realm(), to)?;
    let id = NetworkAclAssociationId::random(ctx.random);
    to.associations.push(NetworkAclAssociation { id, subnet });
    draft.put(to);
    Ok(id)
}

fn find(realm: &Realm, id: NetworkAclId) -> Result<NetworkAcl, Error> {
    realm.network_acls.get(&id).map(|acl| NetworkAcl::clone(acl)).ok_or(Error::NotFound(id.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::invariants;
    use crate::realm::{AccountId, Region, Scope};
    use crate::state::State;
    use crate::time::Timestamp;
    use crate::world::World;
    use crate::{subnet, vpc, vpc_block};

    fn on_stage(test: impl FnOnce(&mut Draft, &mut Ctx<'_>, VpcId, SubnetId)) {
        let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
        let world = World::default();
        let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(3), world: &world };
        let mut draft = Draft::new(State::default(), scope);
        let vpc = vpc::create(&mut draft, &mut ctx, "10.0.0.0/16".parse().unwrap(), "default").unwrap();
        let zone = scope.region.zones().next().unwrap();
        let subnet = subnet::create(&mut draft, &mut ctx, vpc, zone, Some("10.0.1.0/24".parse().unwrap()), None).unwrap();
        test(&mut draft, &mut ctx, vpc, subnet);
        assert_eq!(invariants::check(draft.state()), []);
    }

    fn numbers(draft: &Draft, id: NetworkAclId) -> Vec<(Direction, u16, bool)> {
        let acl = draft.realm().network_acls.get(&id).unwrap();
        acl.effective_entries(draft.realm()).iter().map(|entry| (entry.direction, entry.number, entry.allow)).collect()
    }

    fn entry(number: u16) -> NetworkAclEntry {
        NetworkAclEntry::of_all(Direction::Ingress, number, true, Ipv4Net::default().into())
    }

    #[test]
    fn every_subnet_uses_the_default_acl_which_lets_all_through() {
        on_stage(|draft, _, vpc, subnet| {
            let acl = draft.realm().index.network_acl_of(subnet).unwrap();
            assert_eq!(draft.realm().index.default_network_acl(vpc), Some(acl));
            use Direction::{Egress, Ingress};
            let expected = [(Egress, 100, true), (Egress, 32767, false), (Ingress, 100, true), (Ingress, 32767, false)];
            assert_eq!(numbers(draft, acl), expected);
            assert_eq!(delete(draft, acl), Err(Error::DefaultNetworkAcl(acl)));
        });
    }

    #[test]
    fn with_an_ipv6_block_come_entries_for_ipv6() {
        on_stage(|draft, ctx, vpc, subnet| {
            vpc_block::add_amazon_ipv6(draft, ctx, vpc).unwrap();
            let acl = draft.realm().index.network_acl_of(subnet).unwrap();
            let inwards: Vec<_> = numbers(draft, acl).split_off(4).iter().map(|(_, number, _)| *number).collect();
            assert_eq!(inwards, [100, 101, 32767, 32768]);
        });
    }

    #[test]
    fn a_direction_that_users_changed_is_left_alone_by_an_ipv6_block() {
        on_stage(|draft, ctx, vpc, subnet| {
            let acl = draft.realm().index.network_acl_of(subnet).unwrap();
            add_entry(draft, acl, entry(7)).unwrap();
            vpc_block::add_amazon_ipv6(draft, ctx, vpc).unwrap();
            let numbers = numbers(draft, acl);
            let of =
                |wanted| numbers.iter().filter(|(direction, ..)| *direction == wanted).map(|(_, number, _)| *number).collect::<Vec<_>>();
            assert_eq!(of(Direction::Egress), [100, 101, 32767, 32768]);
            assert_eq!(of(Direction::Ingress), [7, 100, 32767, 32768]);
        });
    }

    #[test]
    fn a_number_is_given_once_in_a_direction() {
        on_stage(|draft, ctx, vpc, _| {
            let acl = create(draft, ctx, vpc).unwrap();
            let missing = Error::NetworkAclEntryNotFound { acl, direction: Direction::Ingress, number: 7 };
            assert_eq!(replace_entry(draft, acl, entry(7)), Err(missing.clone()));
            add_entry(draft, acl, entry(7)).unwrap();
            assert_eq!(add_entry(draft, acl, entry(7)), Err(Error::NetworkAclEntryExists(7)));
            add_entry(draft, acl, NetworkAclEntry { direction: Direction::Egress, ..entry(7) }).unwrap();
            replace_entry(draft, acl, NetworkAclEntry { allow: false, ..entry(7) }).unwrap();
            delete_entry(draft, acl, Direction::Ingress, 7).unwrap();
            assert_eq!(delete_entry(draft, acl, Direction::Ingress, 7), Err(missing));
        });
    }

    #[test]
    fn an_acl_takes_twenty_entries_in_a_direction() {
        on_stage(|draft, ctx, vpc, _| {
            let acl = create(draft, ctx, vpc).unwrap();
            (1..=20).for_each(|number| add_entry(draft, acl, entry(number)).unwrap());
            assert_eq!(add_entry(draft, acl, entry(21)), Err(Error::NetworkAclEntryLimit));
            add_entry(draft, acl, NetworkAclEntry { direction: Direction::Egress, ..entry(21) }).unwrap();
        });
    }

    #[test]
    fn a_subnet_moves_from_one_acl_to_another_and_a_used_one_stays() {
        on_stage(|draft, ctx, vpc, subnet| {
            let acl = create(draft, ctx, vpc).unwrap();
            let old = draft.realm().index.network_acl_of(subnet).unwrap();
            let association = draft.realm().network_acls.get(&old).unwrap().associations[0].id;
            let new = replace_association(draft, ctx, association, acl).unwrap();
            assert_eq!(draft.realm().index.network_acl_of(subnet), Some(acl));
            assert_eq!(delete(draft, acl), Err(Error::DependencyViolation(acl.into())));
            assert_eq!(replace_association(draft, ctx, association, old), Err(Error::NotFound(association.into())));
            replace_association(draft, ctx, new, old).unwrap();
            delete(draft, acl).unwrap();
        });
    }
}
