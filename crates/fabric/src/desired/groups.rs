//! Security groups as elements of interval sets.
//!
//! The interfaces of a VPC that have the same groups form a *group set*; rules are looked up for the set, so that a changed rule touches
//! the sets with its group, however many interfaces there are. The kernel refuses elements that overlap, while EC2's rules overlap
//! freely, so each block keeps only what no block around it lets through already.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use model::Realm;
use model::ids::SecurityGroupId;
use model::security_group::{Direction, Peer, Protocol, SecurityGroupRule};

use crate::kernel::{Key, Name, Namespace, Objects, Value};
use crate::names;
use crate::ruleset::{self, TYPED};

/// The groups of an interface, in order and each once.
pub type GroupSet = BTreeSet<SecurityGroupId>;

/// The number that stands for a group set in packet marks; never 0, which is no set. Two of the sets of a VPC have the same with a chance
/// of one in four thousand million a pair.
pub fn number(set: &GroupSet) -> u32 {
    let text: String = set.iter().map(|group| format!("{group},")).collect();
    names::hash32(&text).max(1)
}

/// Both ends included. Protocol in the upper byte, port or ICMP type and code in the lower two.
type Range = (u32, u32);

const KEYS_PER_PROTOCOL: u32 = 1 << 16;
const EVERYTHING: Range = (0, 256 * KEYS_PER_PROTOCOL - 1);

/// What a rule lets through, of protocols and ports.
fn range(rule: &SecurityGroupRule) -> Range {
    let Protocol::Number(protocol) = rule.protocol else { return EVERYTHING };
    let first = u32::from(protocol) * KEYS_PER_PROTOCOL;
    let given = |value: Option<i32>, most: u32| value.and_then(|value| u32::try_from(value).ok()).filter(|value| *value <= most);
    let (from, to) = if ruleset::PORTED.contains(&protocol) {
        (given(rule.from_port, 0xffff).unwrap_or(0), given(rule.to_port, 0xffff).unwrap_or(0xffff))
    } else if TYPED.contains(&protocol) {
        match (given(rule.from_port, 0xff), given(rule.to_port, 0xff)) {
            (None, _) => (0, 0xffff),
            (Some(kind), None) => (kind << 8, kind << 8 | 0xff),
            (Some(kind), Some(code)) => (kind << 8 | code, kind << 8 | code),
        }
    } else {
        (0, 0xffff)
    };
    (first + from, first + to)
}

/// The same keys in as few ranges as possible, in order.
fn union(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.retain(|(from, to)| from <= to);
    ranges.sort_unstable();
    let mut merged: Vec<Range> = Vec::new();
    for (from, to) in ranges {
        match merged.last_mut() {
            Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// The keys of `ranges` that are not in `without`; both as [`union`] gives them.
fn subtract(ranges: &[Range], without: &[Range]) -> Vec<Range> {
    let mut left = Vec::new();
    for (from, to) in ranges {
        let mut start = *from;
        let mut done = false;
        for (hole_from, hole_to) in without.iter().filter(|(_, hole_to)| hole_to >= from) {
            if hole_from > to {
                break;
            }
            if *hole_from > start {
                left.push((start, hole_from - 1));
            }
            start = start.max(hole_to.saturating_add(1));
            done = *hole_to >= *to;
            if done {
                break;
            }
        }
        if !done && start <= *to {
            left.push((start, *to));
        }
    }
    left
}

/// A range as boxes of a range of protocols and a range of keys.
fn boxes((from, to): Range) -> Vec<((u8, u8), (u16, u16))> {
    const LAST: u16 = u16::MAX;
    let [_, first_protocol, high, low] = from.to_be_bytes();
    let first_key = u16::from_be_bytes([high, low]);
    let [_, last_protocol, high, low] = to.to_be_bytes();
    let last_key = u16::from_be_bytes([high, low]);
    if first_protocol == last_protocol {
        return vec![((first_protocol, last_protocol), (first_key, last_key))];
    }
    let mut found = Vec::new();
    let mut whole = (first_protocol, last_protocol);
    if first_key > 0 {
        found.push(((first_protocol, first_protocol), (first_key, LAST)));
        whole.0 += 1;
    }
    if last_key < LAST {
        found.push(((last_protocol, last_protocol), (0, last_key)));
        whole.1 -= 1;
    }
    if whole.0 <= whole.1 {
        found.push((whole, (0, LAST)));
    }
    found
}

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

fn padded(key: &mut Vec<u8>, bytes: &[u8]) {
    key.extend(bytes);
    key.resize(key.len().next_multiple_of(4), 0);
}

/// The elements of a group set: what its groups' rules let through, to and from blocks and the other sets of the VPC.
pub fn elements<'a>(realm: &Realm, namespace: &Namespace, set: &GroupSet, others: impl Iterator<Item = &'a GroupSet> + Clone) -> Objects {
    let mut objects = Objects::new();
    for direction in [Direction::Ingress, Direction::Egress] {
        let (sets, references) = match direction {
            Direction::Ingress => ([ruleset::INGRESS4, ruleset::INGRESS6], ruleset::INGRESS_GROUPS),
            Direction::Egress => ([ruleset::EGRESS4, ruleset::EGRESS6], ruleset::EGRESS_GROUPS),
        };
        let mut blocks: BTreeMap<IpNet, Vec<Range>> = BTreeMap::new();
        let mut peers: BTreeMap<SecurityGroupId, Vec<Range>> = BTreeMap::new();
        for rule in set.iter().filter_map(|group| realm.security_groups.get(group)).flat_map(|group| group.rules(direction)) {
            match &rule.peer {
                Peer::Ipv4(block) => blocks.entry(block.trunc().into()).or_default().push(range(rule)),
                Peer::Ipv6(block) => blocks.entry(block.trunc().into()).or_default().push(range(rule)),
                Peer::Group { group, .. } => peers.entry(*group).or_default().push(range(rule)),
                Peer::PrefixList(list) => {
                    for entry in realm.prefix_lists.get(list).iter().flat_map(|list| &list.entries) {
                        blocks.entry(entry.block.trunc()).or_default().push(range(rule));
                    }
                }
            }
        }
        let mut put = |name: &str, own: &[u32], range: Range, address: Option<(Vec<u8>, Vec<u8>)>| {
            for (protocols, keys) in boxes(range) {
                let key = |protocol: u8, key: u16, address: Option<&[u8]>| {
                    let mut bytes = Vec::new();
                    own.iter().for_each(|number| padded(&mut bytes, &number.to_ne_bytes()));
                    padded(&mut bytes, &[protocol]);
                    padded(&mut bytes, &key.to_be_bytes());
                    bytes.extend(address.unwrap_or_default());
                    bytes.into_boxed_slice()
                };
                let (first, last) = match &address {
                    Some((first, last)) => (Some(first.as_slice()), Some(last.as_slice())),
                    None => (None, None),
                };
                let element = Key::Element {
                    namespace: namespace.clone(),
                    set: Name::from(name),
                    key: key(protocols.0, keys.0, first),
                    key_end: Some(key(protocols.1, keys.1, last)),
                };
                objects.insert(element, Value::Element(Box::default()));
            }
        };
        let own = number(set);
        for (block, ranges) in disjoint(&blocks) {
            let (name, first, last) = match block {
                IpNet::V4(net) => (sets[0], Ipv4Addr::octets(&net.network()).to_vec(), net.broadcast().octets().to_vec()),
                IpNet::V6(net) => (sets[1], Ipv6Addr::octets(&net.network()).to_vec(), net.broadcast().octets().to_vec()),
            };
            for range in ranges {
                put(name, &[own], range, Some((first.clone(), last.clone())));
            }
        }
        if peers.is_empty() {
            continue;
        }
        for other in others.clone() {
            let ranges = other.iter().filter_map(|group| peers.get(group)).flatten().copied().collect();
            for range in union(ranges) {
                put(references, &[own, number(other)], range, None);
            }
        }
    }
    objects
}

/// The groups that rules of a set's groups name as peers.
pub fn peers(realm: &Realm, set: &GroupSet) -> BTreeSet<SecurityGroupId> {
    set.iter()
        .filter_map(|group| realm.security_groups.get(group))
        .flat_map(|group| &group.rules)
        .filter_map(|rule| match rule.peer {
            Peer::Group { group, .. } => Some(group),
            _ => None,
        })
        .collect()
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
        fn ranges_are_joined_and_subtracted_as_sets_are(one in ranges(), other in ranges()) {
            let holds = |ranges: &[Range], key: u32| ranges.iter().filter(|(from, to)| (*from..=*to).contains(&key)).count();
            let (joined, without) = (union(one.clone()), union(other.clone()));
            let left = subtract(&joined, &without);
            for key in 0..=601 {
                prop_assert_eq!(holds(&joined, key), usize::from(holds(&one, key) > 0));
                prop_assert_eq!(holds(&left, key), usize::from(holds(&one, key) > 0 && holds(&other, key) == 0));
            }
        }

        #[test]
        fn boxes_hold_each_key_of_their_range_once(from in 0..EVERYTHING.1, length in 0..0x40_0000u32, key in 0..=EVERYTHING.1) {
            let to = (from + length).min(EVERYTHING.1);
            for key in [key, from, to, from.saturating_sub(1), (to + 1).min(EVERYTHING.1)] {
                let (protocol, port) = ((key >> 16) as u8, (key & 0xffff) as u16);
                let holding = boxes((from, to))
                    .iter()
                    .filter(|(protocols, ports)| (protocols.0..=protocols.1).contains(&protocol) && (ports.0..=ports.1).contains(&port))
                    .count();
                prop_assert_eq!(holding, usize::from((from..=to).contains(&key)));
            }
        }

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
