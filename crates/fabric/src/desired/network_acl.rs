//! Network ACLs as elements of interval sets.
//!
//! An ACL decides by its first entry that matches, which sets cannot do. So it is turned into what it lets through: the addresses are cut
//! where an entry's block begins or ends, and in each piece the entries are gone through in their order. An ACL that lets everything
//! through, as a VPC's default does, needs nothing in the kernel, and costs packets nothing.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use model::Realm;
use model::network_acl::{NetworkAcl, NetworkAclEntry};
use model::security_group::Direction;

use super::ranges::{self, EVERYTHING, Range, subtract, union};
use crate::kernel::{Family, Objects};
use crate::names;
use crate::ruleset;

/// First and last address of a block, IPv4 ones as the lowest numbers.
fn ends(block: IpNet) -> (u128, u128) {
    match block {
        IpNet::V4(net) => (u32::from(net.network()).into(), u32::from(net.broadcast()).into()),
        IpNet::V6(net) => (net.network().into(), net.broadcast().into()),
    }
}

fn range_of(entry: &NetworkAclEntry) -> Range {
    let (from, to) = match (entry.ports, entry.icmp) {
        (Some((from, to)), _) => (Some(i32::from(from)), Some(i32::from(to))),
        (None, Some((kind, code))) => (Some(kind), Some(code)),
        (None, None) => (None, None),
    };
    ranges::range(entry.protocol, from, to)
}

/// What an ACL lets through in a direction: addresses from and to, and ranges of ports there. Neighbouring addresses for which
/// the same holds are together.
fn allowed(acl: &NetworkAcl, direction: Direction, family: Family) -> Vec<(u128, u128, Vec<Range>)> {
    let mut entries: Vec<_> =
        acl.entries.iter().filter(|entry| entry.direction == direction && Family::of(entry.block.addr()) == family).collect();
    entries.sort_by_key(|entry| entry.number);
    let most = match family {
        Family::V4 => u32::MAX.into(),
        Family::V6 => u128::MAX,
    };
    let mut cuts = BTreeSet::from([0]);
    for (first, last) in entries.iter().map(|entry| ends(entry.block)) {
        cuts.insert(first);
        cuts.extend(last.checked_add(1).filter(|next| *next <= most));
    }
    let cuts: Vec<u128> = cuts.into_iter().collect();
    let mut pieces: Vec<(u128, u128, Vec<Range>)> = Vec::new();
    for (index, first) in cuts.iter().enumerate() {
        let last = cuts.get(index + 1).map_or(most, |next| next - 1);
        let mut decided = Vec::new();
        let mut passes = Vec::new();
        for entry in &entries {
            let (from, to) = ends(entry.block);
            if from <= *first && last <= to {
                let range = range_of(entry);
                if entry.allow {
                    passes.extend(subtract(&[range], &decided));
                }
                decided = union([decided, vec![range]].concat());
            }
        }
        let passes = union(passes);
        match pieces.last_mut() {
            Some(before) if before.2 == passes => before.1 = last,
            _ => pieces.push((*first, last, passes)),
        }
    }
    pieces.retain(|(_, _, passes)| !passes.is_empty());
    pieces
}

/// Whether an ACL lets everything through in a direction. IPv6 does not matter where there is none.
pub fn is_open(realm: &Realm, acl: &NetworkAcl, direction: Direction) -> bool {
    let open = |family| matches!(allowed(acl, direction, family).as_slice(), [(0, _, passes)] if passes == &[EVERYTHING]);
    let has_ipv6 = realm.vpcs.get(&acl.vpc).is_some_and(|vpc| !vpc.ipv6_blocks.is_empty());
    open(Family::V4) && (!has_ipv6 || open(Family::V6))
}

/// The elements of an ACL, for the directions in which it does not let everything through.
pub fn objects(realm: &Realm, acl: &NetworkAcl) -> Objects {
    let namespace = names::vpc_namespace(acl.vpc);
    let mut objects = Objects::new();
    for (direction, sets) in [
        (Direction::Ingress, [ruleset::ACL_INGRESS4, ruleset::ACL_INGRESS6]),
        (Direction::Egress, [ruleset::ACL_EGRESS4, ruleset::ACL_EGRESS6]),
    ] {
        if is_open(realm, acl, direction) {
            continue;
        }
        for (family, set) in [Family::V4, Family::V6].into_iter().zip(sets) {
            for (first, last, passes) in allowed(acl, direction, family) {
                let bytes = |address: u128| match family {
                    Family::V4 => Ipv4Addr::from(u32::try_from(address).unwrap_or(u32::MAX)).octets().to_vec(),
                    Family::V6 => Ipv6Addr::from(address).octets().to_vec(),
                };
                let addresses = Some((bytes(first), bytes(last)));
                for range in passes {
                    ranges::put(&mut objects, &namespace, set, &[names::network_acl(acl.id)], range, &addresses);
                }
            }
        }
    }
    objects
}

#[cfg(test)]
mod tests {
    use ipnet::Ipv4Net;
    use model::ids::{NetworkAclId, VpcId};
    use model::security_group::Protocol;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_entry_that_matches_decides(
            entries in prop::collection::vec((0..4u8, 0..3u8, any::<bool>(), 0..500u16, 0..500u16), 0..8),
            high in 0..3u8, port in 0..600u16,
        ) {
            let entries: Vec<_> = entries
                .into_iter()
                .zip(1..)
                .map(|((length, high, allow, one, other), number)| NetworkAclEntry {
                    direction: Direction::Ingress,
                    number,
                    protocol: Protocol::TCP,
                    allow,
                    block: Ipv4Net::new(Ipv4Addr::new(high, high, 0, 0), length * 8).unwrap().trunc().into(),
                    ports: Some((one.min(other), one.max(other))),
                    icmp: None,
                })
                .collect();
            let address = Ipv4Addr::new(high, high, 0, 1);
            let matches = |entry: &&NetworkAclEntry| {
                entry.block.contains(&std::net::IpAddr::V4(address)) && entry.ports.is_some_and(|(from, to)| (from..=to).contains(&port))
            };
            let wanted = entries.iter().find(matches).is_some_and(|entry| entry.allow);
            let id = NetworkAclId::from_number(1);
            let acl = NetworkAcl { id, vpc: VpcId::from_number(1), is_default: false, associations: Vec::new(), entries };
            let number = u128::from(u32::from(address));
            let key = 6 * (1 << 16) + u32::from(port);
            let hits = allowed(&acl, Direction::Ingress, Family::V4)
                .iter()
                .filter(|(first, last, _)| (*first..=*last).contains(&number))
                .flat_map(|(_, _, passes)| passes)
                .filter(|(from, to)| (*from..=*to).contains(&key))
                .count();
            prop_assert_eq!(hits, usize::from(wanted));
        }
    }
}
