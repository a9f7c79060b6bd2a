//! Ranges of protocols and ports, and how they become elements of sets that may not overlap.

use model::security_group::Protocol;

use crate::kernel::{Key, Name, Namespace, Objects, Value};
use crate::ruleset::{self, TYPED};

/// Both ends included. Protocol in the upper byte, port or ICMP type and code in the lower two.
pub type Range = (u32, u32);

const KEYS_PER_PROTOCOL: u32 = 1 << 16;
/// All protocols and ports.
pub const EVERYTHING: Range = (0, 256 * KEYS_PER_PROTOCOL - 1);

/// What a protocol and ports, or an ICMP type and code, stand for. None or -1: all.
pub fn range(protocol: Protocol, from: Option<i32>, to: Option<i32>) -> Range {
    let Protocol::Number(protocol) = protocol else { return EVERYTHING };
    let first = u32::from(protocol) * KEYS_PER_PROTOCOL;
    let given = |value: Option<i32>, most: u32| value.and_then(|value| u32::try_from(value).ok()).filter(|value| *value <= most);
    let (first_key, last_key) = if ruleset::PORTED.contains(&protocol) {
        (given(from, 0xffff).unwrap_or(0), given(to, 0xffff).unwrap_or(0xffff))
    } else if TYPED.contains(&protocol) {
        match (given(from, 0xff), given(to, 0xff)) {
            (None, _) => (0, 0xffff),
            (Some(kind), None) => (kind << 8, kind << 8 | 0xff),
            (Some(kind), Some(code)) => (kind << 8 | code, kind << 8 | code),
        }
    } else {
        (0, 0xffff)
    };
    (first + first_key, first + last_key)
}

/// The same keys in as few ranges as possible, in order.
pub fn union(mut ranges: Vec<Range>) -> Vec<Range> {
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
pub fn subtract(ranges: &[Range], without: &[Range]) -> Vec<Range> {
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

/// The keys that are in both; both as [`union`] gives them.
pub fn intersect(ranges: &[Range], others: &[Range]) -> Vec<Range> {
    subtract(ranges, &subtract(ranges, others))
}

/// A range as boxes of a range of protocols and a range of keys.
pub fn boxes((from, to): Range) -> Vec<((u8, u8), (u16, u16))> {
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

/// First and last address of an element, where its set has addresses.
pub type Addresses = Option<(Vec<u8>, Vec<u8>)>;

/// Puts the elements of a range: numbers, protocol, port, addresses.
pub fn put(objects: &mut Objects, namespace: &Namespace, set: &str, own: &[u32], range: Range, addresses: &Addresses) {
    for (protocols, keys) in boxes(range) {
        let key = |protocol: u8, key: u16, address: Option<&[u8]>| {
            let mut bytes = Vec::new();
            own.iter().for_each(|number| padded(&mut bytes, &number.to_ne_bytes()));
            padded(&mut bytes, &[protocol]);
            padded(&mut bytes, &key.to_be_bytes());
            bytes.extend(address.unwrap_or_default());
            bytes.into_boxed_slice()
        };
        let (first, last) = match addresses {
            Some((first, last)) => (Some(first.as_slice()), Some(last.as_slice())),
            None => (None, None),
        };
        let element = Key::Element {
            namespace: namespace.clone(),
            set: Name::from(set),
            key: key(protocols.0, keys.0, first),
            key_end: Some(key(protocols.1, keys.1, last)),
        };
        objects.insert(element, Value::Element(Box::default()));
    }
}

fn padded(key: &mut Vec<u8>, bytes: &[u8]) {
    key.extend(bytes);
    key.resize(key.len().next_multiple_of(4), 0);
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
    }
}
