//! Plans, applied to a kernel in memory that is as strict as Linux, lead from any state to any other; and small steps lead to where one
//! large step does.

#![allow(clippy::unwrap_used, clippy::panic)]

mod lab;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fabric::desired::{Desired, desired};
use fabric::kernel::memory::MemoryKernel;
use fabric::kernel::{Kernel, Key, LinkKind, Namespace, Objects, Value};
use fabric::plan::plan;
use fabric::reconcile::{Reconciler, Settings};
use fabric::ruleset;
use lab::walk::Walk;
use model::ctx::{Random, SeededRandom};
use model::gateway::InternetGateway;
use model::ids::{InternetGatewayId, VpcId};
use model::vpc::Vpc;
use model::world::Pools;
use model::{AccountId, Ctx, Draft, Region, Scope, State, Timestamp, World};
use proptest::prelude::*;

/// Takes the steps from one set of objects to another; every one must succeed.
fn reach(kernel: &mut MemoryKernel, current: &Objects, wanted: &Objects) {
    let steps = plan(current, wanted);
    for (step, result) in steps.iter().zip(kernel.apply(&steps)) {
        if let Err(error) = result {
            panic!("{step:?}: {error}");
        }
    }
}

/// The objects without what ends by itself only: sysctls.
fn lasting(objects: &Objects) -> Objects {
    let sysctl = |key: &Key| matches!(key, Key::Sysctl { .. } | Key::LinkSysctl { .. });
    objects.iter().filter(|(key, _)| !sysctl(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn far_ends_aside(objects: &Objects) -> Objects {
    let mut objects = lasting(objects);
    for value in objects.values_mut() {
        if let Value::Link(link) = value
            && let LinkKind::Veth { peer, .. } = &mut link.kind
        {
            *peer = None;
        }
    }
    objects
}

/// What Linux makes by itself in a namespace of its own, so that deleting it is no part of a plan.
fn is_loopback(key: &Key) -> bool {
    matches!(key, Key::Link { name, .. } if &**name == "lo")
}

fn objects_of(kernel: &MemoryKernel) -> Objects {
    far_ends_aside(kernel.objects())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 30, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn small_steps_lead_where_one_large_step_does(seed in any_seed()) {
        let pools = Pools::default();
        let mut walk = Walk::new(seed);
        let mut known = Desired::new(&walk.state, &pools);
        let mut kernel = MemoryKernel::new();
        reach(&mut kernel, &Objects::new(), &known.objects());
        for _ in 0..120 {
            let before = walk.state.clone();
            let changes = walk.step();
            if changes.is_empty() {
                continue;
            }
            let difference = known.update(&before, &walk.state, &changes);
            let whole = desired(&walk.state, &pools);
            prop_assert_eq!(plan(&known.objects(), &whole), vec![], "after {:?}", changes);
            prop_assert_eq!(plan(&whole, &known.objects()), vec![], "after {:?}", changes);
            prop_assert_eq!(plan(&whole, &whole), vec![]);
            let mut kinds = BTreeMap::new();
            for key in whole.keys() {
                *kinds.entry(key.kind()).or_insert(0) += 1;
            }
            prop_assert_eq!(known.kinds(), &kinds, "after {:?}", changes);
            reach(&mut kernel, &difference.before, &difference.after);
            prop_assert_eq!(plan(&objects_of(&kernel), &far_ends_aside(&whole)), vec![], "after {:?}", changes);
        }
        prop_assert_eq!(known.collisions(), vec![]);
    }

    #[test]
    fn a_plan_leads_from_any_state_to_any_other(one in any_seed(), other in any_seed()) {
        let pools = Pools::default();
        let state = |seed| {
            let mut walk = Walk::new(seed);
            for _ in 0..100 {
                walk.step();
            }
            desired(&walk.state, &pools)
        };
        let (one, other) = (state(one), state(other));
        let mut kernel = MemoryKernel::new();
        reach(&mut kernel, &Objects::new(), &one);
        reach(&mut kernel, &one, &other);
        prop_assert_eq!(objects_of(&kernel), far_ends_aside(&other));
        // And to nothing at all.
        reach(&mut kernel, &other, &Objects::new());
        let left: Objects = objects_of(&kernel).into_iter().filter(|(key, _)| !is_loopback(key)).collect();
        prop_assert_eq!(left, Objects::new());
    }

    #[test]
    fn whatever_is_missing_or_altered_is_mended(seed in any_seed(), damage in any_seed()) {
        let pools = Pools::default();
        let mut walk = Walk::new(seed);
        for _ in 0..100 {
            walk.step();
        }
        let wanted = desired(&walk.state, &pools);
        let mut kernel = MemoryKernel::new();
        reach(&mut kernel, &Objects::new(), &wanted);
        // Somebody deletes things, with all that goes with them.
        let mut random = SeededRandom(damage);
        let victims: Vec<_> = wanted.iter().filter(|_| random.next_u64().is_multiple_of(10)).collect();
        for (key, value) in victims {
            kernel.apply(&[fabric::kernel::Step::Delete { key: key.clone(), old: value.clone() }]);
        }
        let mut namespaces = kernel.namespaces().unwrap();
        namespaces.push(Namespace::Host);
        let mut current = kernel.dump(&namespaces).unwrap();
        current.remove(&Key::Namespace(Namespace::Host));
        reach(&mut kernel, &current, &wanted);
        prop_assert_eq!(objects_of(&kernel), far_ends_aside(&wanted));
    }
}

#[test]
fn two_ids_that_shorten_to_the_same_name_are_reported() {
    const SCOPE: Scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
    let mut draft = Draft::new(State::default(), SCOPE);
    let (world, mut random) = (World::default(), SeededRandom(1));
    let mut ctx = Ctx { scope: SCOPE, now: Timestamp(0), random: &mut random, world: &world };
    let like = model::vpc::put(&mut draft, &mut ctx, "10.0.0.0/16".parse().unwrap(), "default", false);
    let like = Vpc::clone(draft.realm().vpcs.get(&like).unwrap());
    // Of the host's ends of their gateways, the first ten digits tell them apart.
    for number in [1, 2] {
        let id = VpcId::from_number(number);
        draft.put(Vpc { id, ..like.clone() });
        draft.put(InternetGateway { id: InternetGatewayId::from_number(number), vpc: Some(id) });
    }
    let (state, _) = draft.finish();
    let settings = Settings { full_every: Duration::from_secs(24 * 3600), ..Settings::new(Pools::default()) };
    let reconciler = Reconciler::start(MemoryKernel::new(), state, settings).unwrap();
    while reconciler.status().pending {
        std::thread::yield_now();
    }
    let error = reconciler.settle_in(&[Namespace::Host], Duration::ZERO).unwrap_err().to_string();
    for number in [1, 2] {
        assert!(error.contains(&format!("{:?}", VpcId::from_number(number))), "{error}");
    }
}

#[test]
fn the_walk_goes_everywhere() {
    let mut kinds = BTreeSet::new();
    for seed in 0..20 {
        let mut walk = Walk::new(seed);
        for _ in 0..120 {
            walk.step();
        }
        for key in desired(&walk.state, &Pools::default()).keys() {
            kinds.insert(match key {
                Key::Element { set, .. } => format!("element of {set}"),
                Key::Route { namespace: Namespace::Host, destination, .. } => format!("route on the host /{}", destination.prefix_len()),
                key => format!("{key:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
            });
        }
    }
    for (name, _) in &ruleset::ruleset().sets {
        // The walk has IPv6 only where it has an egress-only gateway.
        let rare = [ruleset::PEER_SOURCES6];
        assert!(kinds.contains(&format!("element of {name}")) || rare.contains(name), "nothing in {name}");
    }
    for kind in ["Namespace", "Sysctl", "Table", "Set", "Chain", "Link", "LinkSysctl", "Address", "Neighbour", "Route", "Rule", "Timeouts"]
    {
        assert!(kinds.contains(kind), "no {kind}");
    }
    assert!(kinds.contains("route on the host /32"));
}

fn any_seed() -> impl Strategy<Value = u64> {
    proptest::num::u64::ANY
}
