//! Security groups as elements of interval sets.
//!
//! The interfaces of a VPC that have the same groups form a *group set*; rules are looked up for the set, so that a changed rule touches
//! the sets with its group, however many interfaces there are. The kernel refuses elements that overlap, while EC2's rules overlap
//! freely, so each block keeps only what no block around it lets through already.
//!
//! A packet does not say which groups its sender in a peered VPC has. A rule that names a group of there stands for the addresses of the
//! interfaces that have it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use model::aws_prefix_list;
use model::ids::{NetworkInterfaceId, SecurityGroupId};
use model::security_group::{Direction, Peer, Protocol, SecurityGroupRule};
use model::{Here, Scope};

use super::group_sets::GroupSet;
use super::live::is_live;
use super::ranges::{self, Range, intersect, subtract, union};
use crate::kernel::{Namespace, Objects};
use crate::names;
use crate::ruleset;

/// Per block what it lets through beyond the blocks around it.
fn disjoint(rules: &BTreeMap<IpNet, Vec<Range>>) -> Vec<(IpNet, Vec<Range>)> {
    let unions: Vec<(IpNet, Vec<Range>)> = rules.iter().map(|(block, ranges)| (*block, union(ranges.clone()))).collect();
    unions
        .iter()
        .map(|(block, ranges)| {
            let around = unions.iter().filter(|(other, _)| other != block && other.contains(block));
            let covered = union(around.flat_map(|(_, ranges)| ranges.iter().copied()).collect());
            (*block, subtract(ranges, &covered))
        })
        .filter(|(_, ranges)| !ranges.is_empty())
        .collect()
}

/// The elements that let everything through for [`names::open_group_set`].
pub fn open_elements(namespace: &Namespace) -> Objects {
    let mut objects = Objects::new();
    for (set, bytes) in [(ruleset::INGRESS4, 4), (ruleset::EGRESS4, 4), (ruleset::INGRESS6, 16), (ruleset::EGRESS6, 16)] {
        let everywhere = Some((vec![0; bytes], vec![0xff; bytes]));
        ranges::put(&mut objects, namespace, set, &[names::open_group_set()], ranges::EVERYTHING, &everywhere);
    }
    objects
}

fn range_of(rule: &SecurityGroupRule) -> Range {
    ranges::range(rule.protocol, rule.from_port, rule.to_port)
}

/// The elements of a group set: what its groups' rules let through, to and from blocks and the other sets of the VPC.
pub fn elements<'a>(here: Here<'_>, namespace: &Namespace, set: &GroupSet, others: impl Iterator<Item = &'a GroupSet> + Clone) -> Objects {
    let mut objects = Objects::new();
    let realm = here.realm;
    let own = names::group_set(set);
    let mut open: [BTreeMap<IpNet, Vec<Range>>; 2] = Default::default();
    for direction in [Direction::Ingress, Direction::Egress] {
        let (sets, references) = match direction {
            Direction::Ingress => ([ruleset::INGRESS4, ruleset::INGRESS6], ruleset::INGRESS_GROUPS),
            Direction::Egress => ([ruleset::EGRESS4, ruleset::EGRESS6], ruleset::EGRESS_GROUPS),
        };
        let mut blocks: BTreeMap<IpNet, Vec<Range>> = BTreeMap::new();
        let mut peers: BTreeMap<SecurityGroupId, Vec<Range>> = BTreeMap::new();
        for rule in set.iter().filter_map(|group| realm.security_groups.get(group)).flat_map(|group| group.rules(direction)) {
            match &rule.peer {
                Peer::Ipv4(block) => blocks.entry(block.trunc().into()).or_default().push(range_of(rule)),
                Peer::Ipv6(block) => blocks.entry(block.trunc().into()).or_default().push(range_of(rule)),
                Peer::Group { group, account, peering: Some(peering), .. } => {
                    if realm.vpc_peering_connections.get(peering).is_some_and(|connection| connection.is_active()) {
                        let far = here.state.here(Scope { account: *account, ..here.scope });
                        for block in far.into_iter().flat_map(|far| addresses(far, *group)) {
                            blocks.entry(block).or_default().push(range_of(rule));
                        }
                    }
                }
                Peer::Group { group, .. } => peers.entry(*group).or_default().push(range_of(rule)),
                Peer::PrefixList(list) => {
                    for entry in aws_prefix_list::find(realm, here.scope.region, *list).iter().flat_map(|list| &list.entries) {
                        blocks.entry(entry.block.trunc()).or_default().push(range_of(rule));
                    }
                }
            }
        }
        let everywhere = blocks.iter().filter(|(block, _)| block.prefix_len() == 0);
        open[usize::from(direction == Direction::Egress)] = everywhere.map(|(block, ranges)| (*block, union(ranges.clone()))).collect();
        for (block, ranges) in disjoint(&blocks) {
            let (name, first, last) = match block {
                IpNet::V4(net) => (sets[0], Ipv4Addr::octets(&net.network()).to_vec(), net.broadcast().octets().to_vec()),
                IpNet::V6(net) => (sets[1], Ipv6Addr::octets(&net.network()).to_vec(), net.broadcast().octets().to_vec()),
            };
            for range in ranges {
                ranges::put(&mut objects, namespace, name, &[own], range, &Some((first.clone(), last.clone())));
            }
        }
        if peers.is_empty() {
            continue;
        }
        for other in others.clone() {
            let ranges = other.iter().filter_map(|group| peers.get(group)).flatten().copied().collect();
            for range in union(ranges) {
                ranges::put(&mut objects, namespace, references, &[own, names::group_set(other)], range, &None);
            }
        }
    }
    let [ingress, egress] = &open;
    for (there, back, sets) in [
        (ingress, egress, [ruleset::UNTRACKED_INGRESS4, ruleset::UNTRACKED_INGRESS6]),
        (egress, ingress, [ruleset::UNTRACKED_EGRESS4, ruleset::UNTRACKED_EGRESS6]),
    ] {
        for (block, ranges) in there {
            let set = if block.addr().is_ipv4() { sets[0] } else { sets[1] };
            for range in back.get(block).iter().flat_map(|back| untracked(ranges, back)) {
                ranges::put(&mut objects, namespace, set, &[own], range, &None);
            }
        }
    }
    objects
}

/// Which of the flows between an interface and everywhere EC2 does not track: those of TCP and UDP whose answers may come from, or go to,
/// every port.
fn untracked(there: &[Range], back: &[Range]) -> Vec<Range> {
    let protocols = [Protocol::TCP, Protocol::UDP].map(|protocol| ranges::range(protocol, None, None));
    let answered: Vec<Range> = protocols.into_iter().filter(|all| back.iter().any(|(from, to)| *from <= all.0 && all.1 <= *to)).collect();
    intersect(there, &union(answered))
}

/// The addresses and prefixes of the interfaces in the kernel that have a group.
fn addresses(here: Here<'_>, group: SecurityGroupId) -> BTreeSet<IpNet> {
    let members = here.realm.index.referrers_of_kind::<NetworkInterfaceId>(group).filter_map(|id| here.realm.interfaces.get(&id));
    members.filter(|row| is_live(here, row)).flat_map(|row| row.blocks()).map(|block| block.trunc()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranges() -> impl Strategy<Value = Vec<Range>> {
        prop::collection::vec((0..600u32, 0..600u32).prop_map(|(a, b)| (a.min(b), a.max(b))), 0..6)
    }

    proptest! {
        #[test]
        fn nested_blocks_let_through_what_their_rules_say_and_do_not_overlap(
            rules in prop::collection::vec((0..4u8, 0..3u8, ranges()), 0..8),
            probe in any::<[u8; 4]>(), key in 0..600u32,
        ) {
            let mut blocks: BTreeMap<IpNet, Vec<Range>> = BTreeMap::new();
            for (length, high, ranges) in rules {
                let net = ipnet::Ipv4Net::new(Ipv4Addr::new(high, high, 0, 0), length * 8).unwrap().trunc();
                blocks.entry(net.into()).or_default().extend(ranges);
            }
            let address = std::net::IpAddr::V4(Ipv4Addr::new(probe[0] % 3, probe[1] % 3, 0, 1));
            let holds = |ranges: &[Range]| ranges.iter().any(|(from, to)| (*from..=*to).contains(&key));
            let wanted = blocks.iter().any(|(net, ranges)| net.contains(&address) && holds(ranges));
            let hits = disjoint(&blocks).iter().filter(|(net, ranges)| net.contains(&address) && holds(ranges)).count();
            prop_assert_eq!(hits, usize::from(wanted));
        }
    }
}
