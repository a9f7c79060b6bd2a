//! Sequences of assigning, moving and unassigning against a naive model: who holds which address, as a plain map.

use std::collections::BTreeMap;

use model::addressing::{WantedIpv4, assign_ipv4, unassign_ipv4};
use model::instance::InstanceState::Stopped;
use proptest::prelude::*;

use crate::given::{Given, v4};

/// A step on one of three interfaces, with up to three addresses of a /28.
#[derive(Clone, Debug)]
enum Step {
    Assign { interface: usize, last: Vec<u8>, moving: bool },
    Automatic { interface: usize, count: u32 },
    Unassign { interface: usize, last: Vec<u8> },
}

fn step() -> impl Strategy<Value = Step> {
    let last = || prop::collection::btree_set(0u8..16, 1..4).prop_map(|set| set.into_iter().collect::<Vec<_>>());
    prop_oneof![
        4 => (0usize..3, last(), any::<bool>()).prop_map(|(interface, last, moving)| Step::Assign { interface, last, moving }),
        1 => (0usize..3, 1u32..4).prop_map(|(interface, count)| Step::Automatic { interface, count }),
        3 => (0usize..3, last()).prop_map(|(interface, last)| Step::Unassign { interface, last }),
    ]
}

/// Who holds what: the naive model. The third interface is attached to a t2.micro, which allows two addresses.
#[derive(Clone, Default)]
struct Naive {
    secondary: BTreeMap<u8, usize>,
}

const PRIMARY: [u8; 3] = [4, 5, 6];
const LIMITED: usize = 2;

impl Naive {
    fn count(&self, interface: usize) -> usize {
        1 + self.secondary.values().filter(|&&holder| holder == interface).count()
    }

    fn keeps_limits(&self) -> bool {
        self.count(LIMITED) <= 2
    }

    fn assign(&self, interface: usize, last: &[u8], moving: bool) -> Option<Self> {
        let mut after = self.clone();
        for &address in last {
            let legal = (4..15).contains(&address) && !PRIMARY.contains(&address);
            let held = self.secondary.get(&address);
            if !legal || held.is_some_and(|&holder| holder != interface && !moving) {
                return None;
            }
            after.secondary.insert(address, interface);
        }
        after.keeps_limits().then_some(after)
    }

    fn unassign(&self, interface: usize, last: &[u8]) -> Option<Self> {
        let mut after = self.clone();
        last.iter().all(|address| after.secondary.remove(address) == Some(interface)).then_some(after)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is done in whatever order, enid and a plain map agree on what is accepted and on who holds what, and
    /// an Elastic IP is where its address is.
    #[test]
    fn assigning_moving_and_unassigning_agree_with_a_naive_map(seed in any::<u64>(), steps in prop::collection::vec(step(), 1..25)) {
        let mut given = Given::new(seed);
        let subnet = given.subnet("10.0.0.0/28");
        let mut interfaces = vec![given.interface(subnet, "10.0.0.4"), given.interface(subnet, "10.0.0.5")];
        interfaces.push(given.instance(subnet, "10.0.0.6", "t2.micro", Stopped).1);
        let mut naive = Naive::default();
        let mut elastic = None;
        for step in steps {
            let address = |last: u8| v4(&format!("10.0.0.{last}"));
            let (expected, done) = match step {
                Step::Assign { interface, last, moving } => {
                    let wanted = WantedIpv4 { addresses: last.iter().map(|&last| address(last)).collect(), allow_reassignment: moving, ..WantedIpv4::default() };
                    let done = given.attempt(|draft, ctx| assign_ipv4(draft, ctx, interfaces[interface], &wanted));
                    (naive.assign(interface, &last, moving), done.map(|_| ()))
                }
                Step::Automatic { interface, count } => {
                    let wanted = WantedIpv4 { count, ..WantedIpv4::default() };
                    let done = given.attempt(|draft, ctx| assign_ipv4(draft, ctx, interfaces[interface], &wanted));
                    let last: Vec<u8> = done.iter().flat_map(|done| &done.addresses).map(|address| address.octets()[3]).collect();
                    let free = 8 - naive.secondary.len();
                    let fits = free >= count as usize && (interface != LIMITED || naive.count(LIMITED) + count as usize <= 2);
                    (fits.then(|| naive.assign(interface, &last, false)).flatten(), done.map(|_| ()))
                }
                Step::Unassign { interface, last } => {
                    let addresses: Vec<_> = last.iter().map(|&last| address(last)).collect();
                    let done = given.attempt(|draft, _| unassign_ipv4(draft, interfaces[interface], &addresses, &[]));
                    (naive.unassign(interface, &last), done)
                }
            };
            prop_assert_eq!(expected.is_some(), done.is_ok(), "{:?}", done);
            naive = expected.unwrap_or(naive);
            for (index, &interface) in interfaces.iter().enumerate() {
                let mut held: Vec<u8> = given.row(interface).secondary_ipv4().iter().map(|address| address.octets()[3]).collect();
                held.sort_unstable();
                let expected: Vec<u8> = naive.secondary.iter().filter(|(_, holder)| **holder == index).map(|(last, _)| *last).collect();
                prop_assert_eq!(held, expected);
            }
            prop_assert_eq!(given.draft.realm().index.pool(subnet).unwrap().free() as usize, 8 - naive.secondary.len());
            if let Some((id, last)) = elastic {
                let expected = naive.secondary.get(&last).map(|&holder| (interfaces[holder], address(last).to_string()));
                prop_assert_eq!(given.stands_for(id), expected.clone());
                if expected.is_none() {
                    elastic = None;
                }
            }
            if elastic.is_none() && let Some((&last, &holder)) = naive.secondary.iter().next() {
                elastic = Some((given.elastic_ip(interfaces[holder], &address(last).to_string()).0, last));
            }
        }
    }
}
