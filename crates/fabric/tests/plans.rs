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
use ipnet::IpNet;
use lab::walk::{Walk, instance_row};
use model::addressing::{WantedIpv4, assign_ipv4};
use model::ctx::{Random, SeededRandom};
use model::gateway::InternetGateway;
use model::ids::{InstanceId, InternetGatewayId, NetworkInterfaceId, PrefixListId, SecurityGroupRuleId, SubnetId, VpcId};
use model::instance::{Instance, InstanceState};
use model::interface::{NewAttachment, NewInterface, attach, create_interface, detach};
use model::interface_permission::{self, Permission};
use model::prefix_list::{PrefixList, PrefixListEntry};
use model::route_table::{Destination, Route, RouteTable, RouteTarget};
use model::security_group::{Direction, Peer, Protocol, SecurityGroup, SecurityGroupRule};
use model::subnet::Subnet;
use model::vpc::Vpc;
use model::world::Pools;
use model::{AccountId, Ctx, Draft, Region, Scope, State, Timestamp, World, elastic_ip, vpc_peering};
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

/// What is known of the desired state by small steps, which is the same as if it were computed anew.
struct Known {
    state: State,
    desired: Desired,
    random: SeededRandom,
}

impl Known {
    fn new() -> Known {
        let state = State::default();
        Known { desired: Desired::new(&state, &Pools::default()), state, random: SeededRandom(1) }
    }

    fn step<T>(&mut self, scope: Scope, act: impl FnOnce(&mut Draft, &mut Ctx<'_>) -> T) -> T {
        let (world, pools) = (World::default(), Pools::default());
        let mut draft = Draft::new(self.state.clone(), scope);
        let done = act(&mut draft, &mut Ctx { scope, now: Timestamp(0), random: &mut self.random, world: &world });
        let (after, changes) = draft.finish();
        self.desired.update(&self.state, &after, &changes);
        self.state = after;
        let (known, whole) = (self.desired.objects(), desired(&self.state, &pools));
        assert_eq!((plan(&known, &whole), plan(&whole, &known)), (vec![], vec![]), "after {changes:?}");
        done
    }
}

fn accounts() -> [Scope; 2] {
    ["123456789012", "111122223333"].map(|account| Scope { account: account.parse().unwrap(), region: Region::DEFAULT })
}

/// A VPC of one subnet with a running instance.
fn launch(draft: &mut Draft, ctx: &mut Ctx<'_>, block: &str) -> (VpcId, InstanceId, NetworkInterfaceId) {
    let vpc = model::vpc::put(draft, ctx, block.parse().unwrap(), "default", false);
    let subnet = Subnet::new(SubnetId::random(ctx.random), vpc, ctx.scope.region.zones().next().unwrap(), block.parse().ok(), vec![]);
    let instance = InstanceId::random(ctx.random);
    draft.put(instance_row(instance, &subnet, 1));
    draft.put(subnet.clone());
    let interface = create_interface(draft, ctx, NewInterface::in_subnet(subnet.id)).unwrap();
    let place = NewAttachment { interface, instance, device_index: 0, network_card_index: 0, delete_on_termination: true };
    attach(draft, ctx, place).unwrap();
    (vpc, instance, interface)
}

fn set_state(draft: &mut Draft, instance: InstanceId, state: InstanceState) {
    let row = Instance::clone(draft.realm().instances.get(&instance).unwrap());
    draft.put(Instance { state, ..row });
}

#[test]
fn a_rule_that_names_a_group_of_another_account_follows_its_members_step_by_step() {
    let [near, far] = accounts();
    let mut known = Known::new();
    let mut step = |scope, act: &mut dyn FnMut(&mut Draft, &mut Ctx<'_>)| {
        known.step(scope, act);
        let is_ingress = |key: &Key| matches!(key, Key::Element { set, .. } if &**set == ruleset::INGRESS4);
        known.desired.objects().keys().filter(|key| is_ingress(key)).count()
    };
    let mut vpcs = Vec::new();
    for (scope, block) in [(near, "10.0.0.0/16"), (far, "10.1.0.0/16")] {
        step(scope, &mut |draft, ctx| {
            let (vpc, instance, interface) = launch(draft, ctx, block);
            let group = draft.realm().index.group_named(vpc, "default").unwrap();
            vpcs.push((vpc, group, instance, interface));
        });
    }
    let [(near_vpc, near_group, ..), (far_vpc, far_group, instance, interface)] = vpcs[..] else { unreachable!() };
    let mut peering = None;
    step(near, &mut |draft, ctx| peering = vpc_peering::request(draft, ctx, near_vpc, far, far_vpc).ok());
    let peering = peering.unwrap();
    let none = step(near, &mut |draft, ctx| {
        let mut group = SecurityGroup::clone(draft.realm().security_groups.get(&near_group).unwrap());
        group.rules.push(SecurityGroupRule {
            id: SecurityGroupRuleId::random(ctx.random),
            direction: Direction::Ingress,
            protocol: Protocol::TCP,
            from_port: Some(80),
            to_port: Some(80),
            peer: Peer::Group { group: far_group, account: far.account, vpc: Some(far_vpc), peering: Some(peering) },
            description: None,
        });
        draft.put(group);
    });
    assert_eq!(step(far, &mut |draft, ctx| vpc_peering::accept(draft, ctx, peering).unwrap()), none + 1);
    let two = WantedIpv4 { count: 2, ..WantedIpv4::default() };
    assert_eq!(step(far, &mut |draft, ctx| drop(assign_ipv4(draft, ctx, interface, &two).unwrap())), none + 3);
    for (state, count) in [(InstanceState::Stopped, none), (InstanceState::Running, none + 3)] {
        assert_eq!(step(far, &mut |draft, _| set_state(draft, instance, state)), count, "{state:?}");
    }
    assert_eq!(step(far, &mut |draft, ctx| vpc_peering::delete(draft, ctx, peering).unwrap()), none);
}

#[test]
fn a_route_of_its_own_goes_before_an_entry_of_a_prefix_list() {
    let mut known = Known::new();
    let block: IpNet = "192.0.2.0/24".parse().unwrap();
    let (table, interface) = known.step(accounts()[0], |draft, ctx| {
        let (vpc, _, interface) = launch(draft, ctx, "10.0.0.0/16");
        let gateway = InternetGatewayId::random(ctx.random);
        draft.put(InternetGateway { id: gateway, vpc: Some(vpc) });
        let list = PrefixList {
            id: PrefixListId::random(ctx.random),
            name: "list".into(),
            family: model::prefix_list::Family::Ipv4,
            max_entries: 5,
            version: 1,
            entries: vec![PrefixListEntry { block, description: None }],
            older: Vec::new(),
            state: "create-complete".into(),
        };
        let id = draft.realm().index.main_route_table(vpc).unwrap();
        let mut table = RouteTable::clone(draft.realm().route_tables.get(&id).unwrap());
        let IpNet::V4(own) = block else { unreachable!() };
        // The route of its own comes first: what goes before does not depend on the order in which they were made.
        table.routes.push(Route { destination: Destination::Ipv4(own), target: RouteTarget::NetworkInterface(interface) });
        table.routes.push(Route { destination: Destination::PrefixList(list.id), target: RouteTarget::InternetGateway(gateway) });
        draft.put(list);
        draft.put(table);
        (id, interface)
    });
    let number = fabric::names::route_table(&table.to_string());
    let objects = known.desired.objects();
    let found =
        objects.iter().find(|(key, _)| matches!(key, Key::Route { table, destination, .. } if (*table, *destination) == (number, block)));
    let (_, value) = found.unwrap();
    let link = fabric::names::interface_link(&interface.to_string());
    assert!(
        matches!(value, Value::Route(fabric::kernel::Route { target: fabric::kernel::RouteTarget::Via { link: through, .. }, .. }) if **through == *link),
        "{value:?}"
    );
}

#[test]
fn a_lent_interface_follows_the_other_account_s_instance_and_its_elastic_ip_the_gateway() {
    let [owner, borrower] = accounts();
    let mut known = Known::new();
    let (vpc, _, primary) = known.step(owner, |draft, ctx| launch(draft, ctx, "10.0.0.0/16"));
    let gateway = InternetGatewayId::from_number(1);
    known.step(owner, |draft, _| draft.put(InternetGateway { id: gateway, vpc: Some(vpc) }));
    let lent = known.step(owner, |draft, ctx| {
        let subnet = draft.realm().interfaces.get(&primary).unwrap().subnet;
        let lent = create_interface(draft, ctx, NewInterface::in_subnet(subnet)).unwrap();
        for permission in [Permission::InstanceAttach, Permission::EipAssociate] {
            interface_permission::grant(draft, ctx, lent, borrower.account, permission).unwrap();
        }
        lent
    });
    let (_, instance, _) = known.step(borrower, |draft, ctx| launch(draft, ctx, "10.0.0.0/16"));
    let counts = |known: &Known| {
        let of = |name| known.desired.objects().keys().filter(|key| matches!(key, Key::Element { set, .. } if &**set == name)).count();
        [ruleset::GROUPS, ruleset::ELASTIC_IN].map(of)
    };
    let [alone, _] = counts(&known);
    let attachment = known.step(borrower, |draft, ctx| {
        let place = NewAttachment { interface: lent, instance, device_index: 1, network_card_index: 0, delete_on_termination: false };
        attach(draft, ctx, place).unwrap()
    });
    known.step(borrower, |draft, ctx| {
        let id = elastic_ip::allocate(draft, ctx, elastic_ip::WantedAddress::Any).unwrap();
        elastic_ip::associate(draft, ctx, id, lent, None, true).unwrap()
    });
    assert_eq!(counts(&known), [alone + 1, 1]);
    known.step(borrower, |draft, _| set_state(draft, instance, InstanceState::Stopped));
    assert_eq!(counts(&known), [alone - 1, 1]);
    known.step(borrower, |draft, _| set_state(draft, instance, InstanceState::Running));
    assert_eq!(counts(&known), [alone + 1, 1]);
    known.step(owner, |draft, _| draft.put(InternetGateway { id: gateway, vpc: None }));
    assert_eq!(counts(&known), [alone + 1, 0]);
    known.step(owner, |draft, _| draft.put(InternetGateway { id: gateway, vpc: Some(vpc) }));
    assert_eq!(counts(&known), [alone + 1, 1]);
    known.step(owner, |draft, _| detach(draft, attachment).unwrap());
    assert_eq!(counts(&known), [alone, 1]);
}

/// A kernel that takes no step while the test holds it, and counts how often it was read as a whole.
struct Held(MemoryKernel, std::sync::Arc<std::sync::Mutex<()>>);

impl Kernel for Held {
    fn namespaces(&mut self) -> Result<Vec<Namespace>, fabric::kernel::KernelError> {
        self.0.namespaces()
    }

    fn dump(&mut self, namespaces: &[Namespace]) -> Result<Objects, fabric::kernel::KernelError> {
        self.0.dump(namespaces)
    }

    fn apply(&mut self, steps: &[fabric::kernel::Step]) -> Vec<Result<(), fabric::kernel::KernelError>> {
        let _free = self.1.lock().unwrap();
        self.0.apply(steps)
    }
}

#[test]
fn more_changes_than_may_wait_lead_to_a_full_comparison_and_to_the_same_end() {
    let hold = std::sync::Arc::new(std::sync::Mutex::new(()));
    let mut walk = Walk::new(11);
    let settings = Settings { full_every: Duration::from_secs(24 * 3600), ..Settings::new(Pools::default()) };
    let reconciler = Reconciler::start(Held(MemoryKernel::new(), hold.clone()), walk.state.clone(), settings).unwrap();
    reconciler.settle(Duration::from_secs(60)).unwrap();
    let full = reconciler.status().full;
    let held = hold.lock().unwrap();
    // The first changes are at work when the others come; all but the first few are lost as marks, not as changes.
    let mut told = 0;
    for number in 0..400 {
        let changes = walk.step();
        let many = if number < 300 { 1 } else { 1 + fabric::reconcile::CHANGES_MAX / 50 };
        for _ in 0..many {
            reconciler.committed(walk.state.clone(), &changes);
            told += changes.len();
        }
    }
    assert!(told > fabric::reconcile::CHANGES_MAX, "{told} changes are no overflow");
    drop(held);
    reconciler.settle(Duration::from_secs(120)).unwrap();
    assert_eq!(reconciler.status().full, full + 1, "a full comparison was asked for, once");
    reconciler.compare_everything();
    reconciler.settle(Duration::from_secs(120)).unwrap();
    assert_eq!((reconciler.status().full, reconciler.status().mended), (full + 2, 0), "it led to what the state wants");
}

#[test]
fn the_walk_goes_everywhere() {
    // The walk has IPv6 only where it has an egress-only gateway.
    let rare = [ruleset::PEER_SOURCES6];
    let sets = ruleset::ruleset().sets.iter().map(|(name, _)| *name).filter(|name| !rare.contains(name));
    let mut missing: BTreeSet<String> = sets.map(|name| format!("element of {name}")).collect();
    let others =
        ["Namespace", "Sysctl", "Table", "Set", "Chain", "Link", "LinkSysctl", "Address", "Neighbour", "Route", "Rule", "Timeouts"];
    missing.extend(others.map(str::to_owned));
    missing.insert("route on the host /32".to_owned());
    // Some are there in one of a hundred walks only.
    for seed in 0..500 {
        let mut walk = Walk::new(seed);
        for _ in 0..120 {
            walk.step();
        }
        for key in desired(&walk.state, &Pools::default()).keys() {
            missing.remove(&match key {
                Key::Element { set, .. } => format!("element of {set}"),
                Key::Route { namespace: Namespace::Host, destination, .. } => format!("route on the host /{}", destination.prefix_len()),
                key => format!("{key:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
            });
        }
        if missing.is_empty() {
            return;
        }
    }
    panic!("the walk never came to {missing:?}");
}

fn any_seed() -> impl Strategy<Value = u64> {
    proptest::num::u64::ANY
}
