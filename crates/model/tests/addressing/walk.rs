//! Sequences of assigning, moving and unassigning against a naive model: who holds which address, as a plain map.

use std::collections::BTreeMap;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use model::addressing::{WantedIpv4, WantedIpv6, assign_ipv4, assign_ipv6, unassign_ipv4, unassign_ipv6};
use model::instance::InstanceState::Stopped;
use proptest::prelude::*;

use crate::given::{Given, v4, v6};

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

/// A step with blocks of both families: IPv4 in a /25 (addresses from four of its /28s, or whole ones), IPv6 in a
/// /64 (addresses of four /80s, or whole ones).
#[derive(Clone, Debug)]
enum BlockStep {
    Assign { interface: usize, block: IpNet },
    Automatic { interface: usize, ipv4: bool, prefix: bool },
    Unassign { interface: usize, block: IpNet },
}

fn block() -> impl Strategy<Value = IpNet> {
    let ipv4 = (1u8..5, 0u8..3, any::<bool>()).prop_map(|(part, last, prefix)| {
        let address = v4(&format!("10.0.0.{}", part * 16 + if prefix { 0 } else { last }));
        IpNet::V4(Ipv4Net::new(address, if prefix { 28 } else { 32 }).unwrap())
    });
    let ipv6 = (1u8..5, 0u8..3, any::<bool>()).prop_map(|(part, last, prefix)| {
        let address = v6(&format!("2001:db8:0:100:{part:x}::{}", if prefix { 0 } else { last }));
        IpNet::V6(Ipv6Net::new(address, if prefix { 80 } else { 128 }).unwrap())
    });
    prop_oneof![ipv4, ipv6]
}

fn block_step() -> impl Strategy<Value = BlockStep> {
    prop_oneof![
        4 => (0usize..2, block()).prop_map(|(interface, block)| BlockStep::Assign { interface, block }),
        1 => (0usize..2, any::<bool>(), any::<bool>()).prop_map(|(interface, ipv4, prefix)| BlockStep::Automatic { interface, ipv4, prefix }),
        3 => (0usize..2, block()).prop_map(|(interface, block)| BlockStep::Unassign { interface, block }),
    ]
}

fn is_prefix(block: IpNet) -> bool {
    block.prefix_len() != block.max_prefix_len()
}

/// One block as wishes of both families.
fn wanted(block: IpNet) -> (WantedIpv4, WantedIpv6) {
    let (mut ipv4, mut ipv6) = (WantedIpv4::default(), WantedIpv6::default());
    match block {
        IpNet::V4(net) if is_prefix(block) => ipv4.prefixes.push(net),
        IpNet::V4(net) => ipv4.addresses.push(net.addr()),
        IpNet::V6(net) if is_prefix(block) => ipv6.prefixes.push(net),
        IpNet::V6(net) => ipv6.addresses.push(net.addr()),
    }
    (ipv4, ipv6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Addresses and prefixes of both families come and go as a plain map from blocks to holders says, where a new
    /// block may overlap nothing, and what is chosen automatically overlaps nothing.
    #[test]
    fn addresses_and_prefixes_agree_with_a_naive_map(seed in any::<u64>(), steps in prop::collection::vec(block_step(), 1..30)) {
        let mut given = Given::new(seed);
        let subnet = given.dual_subnet("10.0.0.0/25", "2001:db8:0:100::/64");
        let interfaces = [given.interface(subnet, "10.0.0.4"), given.interface(subnet, "10.0.0.5")];
        let mut naive: BTreeMap<IpNet, usize> = BTreeMap::new();
        let overlaps = |a: &IpNet, b: &IpNet| a.contains(b) || b.contains(a);
        for step in steps {
            match step {
                BlockStep::Assign { interface, block } => {
                    let (ipv4, ipv6) = wanted(block);
                    let id = interfaces[interface];
                    let done = match block {
                        IpNet::V4(_) => given.attempt(|draft, ctx| assign_ipv4(draft, ctx, id, &ipv4)).map(drop),
                        IpNet::V6(_) => given.attempt(|draft, ctx| assign_ipv6(draft, ctx, id, &ipv6)).map(drop),
                    };
                    let in_the_way: Vec<_> = naive.iter().filter(|(held, _)| overlaps(held, &block)).collect();
                    // An address that the interface has already is no obstacle.
                    let own = !is_prefix(block) && in_the_way == [(&block, &interface)];
                    prop_assert_eq!(done.is_ok(), in_the_way.is_empty() || own, "{:?}", done);
                    if done.is_ok() {
                        naive.insert(block, interface);
                    }
                }
                BlockStep::Automatic { interface, ipv4, prefix } => {
                    let (count, prefix_count) = (u32::from(!prefix), u32::from(prefix));
                    let id = interfaces[interface];
                    let chosen: Vec<IpNet> = if ipv4 {
                        let wanted = WantedIpv4 { count, prefix_count, ..WantedIpv4::default() };
                        let done = given.attempt(|draft, ctx| assign_ipv4(draft, ctx, id, &wanted)).ok();
                        done.iter().flat_map(|done| done.addresses.iter().map(|&a| IpNet::V4(a.into())).chain(done.prefixes.iter().map(|&p| p.into()))).collect()
                    } else {
                        let wanted = WantedIpv6 { count, prefix_count, ..WantedIpv6::default() };
                        let done = given.attempt(|draft, ctx| assign_ipv6(draft, ctx, id, &wanted)).ok();
                        done.iter().flat_map(|done| done.addresses.iter().map(|&a| IpNet::V6(a.into())).chain(done.prefixes.iter().map(|&p| p.into()))).collect()
                    };
                    for block in chosen {
                        prop_assert!(!naive.keys().any(|held| overlaps(held, &block)));
                        naive.insert(block, interface);
                    }
                }
                BlockStep::Unassign { interface, block } => {
                    let (ipv4, ipv6) = wanted(block);
                    let id = interfaces[interface];
                    let done = match block {
                        IpNet::V4(_) => given.attempt(|draft, _| unassign_ipv4(draft, id, &ipv4.addresses, &ipv4.prefixes)),
                        IpNet::V6(_) => given.attempt(|draft, _| unassign_ipv6(draft, id, &ipv6.addresses, &ipv6.prefixes)),
                    };
                    prop_assert_eq!(done.is_ok(), naive.get(&block) == Some(&interface), "{:?}", done);
                    if done.is_ok() {
                        naive.remove(&block);
                    }
                }
            }
            for (index, &id) in interfaces.iter().enumerate() {
                let mut held: Vec<IpNet> = given.row(id).blocks().filter(|block| Some(block.addr()) != given.row(id).primary_ipv4().map(Into::into)).collect();
                held.sort();
                let expected: Vec<IpNet> = naive.iter().filter(|(_, holder)| **holder == index).map(|(block, _)| *block).collect();
                prop_assert_eq!(held, expected);
            }
        }
    }
}
