//! What somebody does by hand is undone, a restart changes nothing, and `down` leaves nothing.

#![allow(clippy::unwrap_used, clippy::panic)]

mod lab;

use std::thread;
use std::time::{Duration, Instant};

use fabric::desired::desired;
use fabric::down::down;
use fabric::kernel::linux::LinuxKernel;
use fabric::kernel::{Kernel, KernelError, Key, Namespace, Objects, Step, Value};
use fabric::names;
use fabric::plan::plan;
use fabric::reconcile::{Reconciler, Settings};
use lab::net::{Guest, Net};
use lab::walk::Walk;
use model::ids::VpcId;

/// A VPC with an internet gateway, two open instances, an Elastic IP on the first, and timeouts of the second.
fn site() -> (Net, VpcId, Guest, Guest) {
    let mut net = Net::new();
    let vpc = net.public_vpc("10.0.0.0/16", "2001:db8:1::/56");
    let subnet = net.subnet(vpc, "10.0.1.0/24", Some("2001:db8:1::/64"));
    let group = net.open_group(vpc);
    let a = net.launch(subnet, &["10.0.1.10", "2001:db8:1::a"], &[group]);
    let b = net.launch(subnet, &["10.0.1.11", "10.0.1.20", "2001:db8:1::b"], &[group]);
    net.elastic_ip("203.0.113.10", a.interface, "10.0.1.10");
    net.edit(b.interface, |row| row.connection_tracking.tcp_established_seconds = Some(60));
    (net, vpc, a, b)
}

/// Fails with the lines that differ.
fn same(before: &str, after: &str) {
    let missing: Vec<_> = before.lines().filter(|line| !after.lines().any(|other| other == *line)).collect();
    let added: Vec<_> = after.lines().filter(|line| !before.lines().any(|other| other == *line)).collect();
    assert!(before == after, "gone: {missing:#?}, new: {added:#?}");
}

/// Waits for something to become true without the timer's help, which is not due before the end of the test.
fn becomes(mut check: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < lab::net::SETTLE {
        if check() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

fn soon(what: &str, check: impl FnMut() -> bool) {
    assert!(becomes(check), "{what}: what it removed did not come back");
}

/// Why the reconciler cannot do what it should.
fn failure(reconciler: &Reconciler) -> String {
    assert!(becomes(|| !reconciler.status().failures.is_empty()), "nothing fails");
    reconciler.settle(Duration::ZERO).unwrap_err().to_string()
}

#[test]
fn what_is_deleted_by_hand_comes_back_at_once() {
    let (net, vpc, a, b) = site();
    let vpc = vpc.to_string();
    let link = names::interface_link(&b.interface.to_string());
    let whole = |net: &Net| {
        strip_counters(&net.lab.run(&vpc, "nft -s list ruleset"))
            + &net.lab.run(&vpc, "ip rule | grep -v default; ip -6 rule; ip route show table 200; ip -6 route show table 200")
            + &net.lab.run(&vpc, "ip -br addr; ip neigh show nud permanent; ip -6 neigh show nud permanent")
    };
    let before = whole(&net);
    for line in [
        "ip route del 10.0.1.11/32 table 200",
        "ip -6 route flush table 200",
        "ip route flush table 200",
        "ip rule del pref 200",
        "ip rule flush",
        "nft delete element inet enid groups '{ \"LINK\" }'",
        "nft delete element inet enid elastic_in '{ 203.0.113.10 }'",
        "nft flush chain inet enid raw",
        "nft delete element inet enid timeouts '{ \"LINK\" . tcp }'",
        "nft 'flush map inet enid timeouts; delete ct timeout inet enid LINK_tcp_60'",
        "nft 'flush map inet enid timeouts; delete ct timeout inet enid LINK_tcp_60; \
            add ct timeout inet enid LINK_tcp_60 { protocol tcp; policy = { established : 70 }; }'",
        "nft add ct timeout inet enid mine '{ protocol udp; policy = { replied : 70 }; }'",
        "nft flush ruleset",
        "nft add rule inet enid forward drop",
        "nft insert rule inet enid raw drop",
        "nft add element inet enid unchecked '{ \"LINK\" }'",
        "ip link set LINK down",
        "ip addr flush dev lo scope global",
        "ip neigh del 169.254.0.1 dev LINK lladdr 02:00:00:00:00:00",
        "ip route replace blackhole 10.0.1.11/32 table 200",
        "ip route add 10.0.1.77/32 via 169.254.0.1 dev LINK onlink table 200",
    ] {
        let line = line.replace("LINK", &link);
        net.lab.run(&vpc, &line);
        becomes(|| whole(&net) == before);
        same(&before, &whole(&net));
        assert!(net.ping(&a.id, "10.0.1.11") && net.ping(&b.id, "2001:db8:1::a"), "{line}");
    }
    net.settle();
}

/// `nft` without the counts.
fn strip_counters(text: &str) -> String {
    text.lines().map(|line| line.split(" counter").next().unwrap_or(line).to_owned() + "\n").collect()
}

#[test]
fn a_deleted_link_comes_back_with_all_that_was_on_it() {
    let (net, vpc, a, b) = site();
    let link = names::interface_link(&b.interface.to_string());
    net.lab.run(&vpc.to_string(), &format!("ip link del {link}"));
    soon("the link", || net.lab.can(&b.id, "ip link show eth0"));
    net.settle();
    // What was configured inside the guest went with its interface.
    net.boot(b.instance);
    soon("the way to it", || net.ping(&a.id, "10.0.1.11"));
}

#[test]
fn what_is_deleted_on_the_host_comes_back_at_once() {
    let (net, vpc, _, _) = site();
    let link = names::host_link(&vpc.to_string());
    for line in ["ip route del 203.0.113.10/32", "ip link del LINK", "ip link set LINK down", "ip link del enid0"] {
        let line = line.replace("LINK", &link);
        assert!(net.host_ping("203.0.113.10"));
        net.lab.host(&line);
        soon(&line, || net.host_ping("203.0.113.10") && net.host_ping("2001:db8:1::a"));
    }
}

#[test]
fn the_timer_finds_what_no_notification_told() {
    let (net, vpc, a, _) = site();
    let vpc = vpc.to_string();
    // A sysctl tells nobody.
    net.lab.run(&vpc, "sysctl -w net.ipv4.ip_forward=0");
    assert!(net.no_ping(&a.id, "10.0.1.11"));
    net.reconciler.as_ref().unwrap().compare_everything();
    net.settle();
    assert!(net.ping(&a.id, "10.0.1.11"));
}

#[test]
fn a_restart_takes_everything_over_and_changes_nothing() {
    let (mut net, vpc, a, _) = site();
    drop(net.reconciler.take());
    assert!(net.ping(&a.id, "10.0.1.11"), "the network stays without enid");
    // Handles are given anew to what is made anew.
    let whole = |net: &Net| {
        let nft = strip_counters(&net.lab.run(&vpc.to_string(), "nft -sa list ruleset"));
        nft + &net.lab.run(
            &vpc.to_string(),
            "ip -d link; ip route show table all | grep -v 'proto kernel'; ip -6 route show table all | grep -v 'proto kernel'",
        )
    };
    let before = whole(&net);
    let reconciler = net.start();
    reconciler.settle(lab::net::SETTLE).unwrap();
    let status = reconciler.status();
    assert_eq!((status.full, status.mended, status.steps), (1, 0, 0));
    same(&before, &whole(&net));
}

#[test]
fn what_changed_while_enid_was_down_is_made_up_for_at_start() {
    let (mut net, vpc, a, b) = site();
    drop(net.reconciler.take());
    net.lab.run(&vpc.to_string(), "nft delete table inet enid && ip route flush table 200");
    net.reconciler = Some(net.start());
    net.settle();
    assert!(net.ping(&a.id, "10.0.1.11"));
    // A namespace whose mount is gone, as after a reboot: only the file is left.
    drop(net.reconciler.take());
    nix::mount::umount2(&net.lab.path(&b.id), nix::mount::MntFlags::MNT_DETACH).unwrap();
    net.reconciler = Some(net.start());
    net.settle();
    assert!(fabric::netns::is_alive(&net.lab.path(&b.id)));
}

#[test]
fn down_removes_all_of_enid_and_nothing_else() {
    let (mut net, ..) = site();
    let lab = &net.lab;
    lab.host("ip link add enid-mine type bridge && ip link add other type bridge && ip link set other up && ip route add 198.51.100.0/24 dev other");
    lab.host("nft add table inet other");
    drop(net.reconciler.take());
    assert!(net.lab.host("ip -br link").contains("enid0"));
    let errors = down(net.lab.data());
    assert!(errors.is_empty(), "{errors:?}");
    let links = net.lab.host("ip -br link");
    assert!(!links.contains("enid0"), "{links}");
    assert!(links.contains("enid-mine") && links.contains("other"), "a name alone does not make a link enid's: {links}");
    let routes = net.lab.host("ip route show table all; ip -6 route show table all");
    assert!(routes.contains("198.51.100.0/24") && !routes.contains("203.0.113"), "{routes}");
    assert!(net.lab.host("nft list tables").contains("other"));
    assert!(!net.lab.data().join("netns").exists());
    assert!(down(net.lab.data()).is_empty(), "a second time there is nothing to do");
}

#[test]
fn deleting_a_vpc_leaves_nothing_of_it() {
    let (mut net, vpc, ..) = site();
    net.commit(|draft, _| {
        let rows: Vec<_> = draft.realm().rows().map(|row| row.key()).collect();
        rows.into_iter().rev().for_each(|key| draft.delete(key));
    });
    assert!(!fabric::netns::is_alive(&net.lab.path(&vpc.to_string())));
    let links = net.lab.host("ip -br link");
    assert!(!links.contains("enid-"), "{links}");
    assert!(!net.lab.host("ip route show").contains("203.0.113.10"));
}

#[test]
fn a_step_that_fails_is_reported_and_delays_nothing_else() {
    let (mut net, _, a, _) = site();
    let other = net.vpc("10.0.0.0/16");
    // The host has a link of the name that the new gateway's needs.
    let name = names::host_link(&other.to_string());
    net.lab.host(&format!("ip link add {name} type bridge"));
    let reconciler = net.reconciler.take().unwrap();
    let mut draft = model::Draft::new(net.state.clone(), lab::net::SCOPE);
    draft.put(model::gateway::InternetGateway { id: model::ids::InternetGatewayId::from_number(77), vpc: Some(other) });
    let (state, changes) = draft.finish();
    reconciler.committed(state.clone(), &changes);
    let error = failure(&reconciler);
    assert!(error.contains("igw"), "{error}");
    let own = [Namespace::named(&a.id)];
    reconciler.settle_in(&own, lab::net::SETTLE).unwrap();
    assert!(net.ping(&a.id, "10.0.1.11"), "the rest works");
    net.lab.host(&format!("ip link del {name}"));
    reconciler.settle(lab::net::SETTLE).unwrap();
    assert!(net.lab.host("ip -br link").contains(&name), "it was tried again");
    net.state = state;
    net.reconciler = Some(reconciler);
}

/// A kernel that cannot read one namespace.
struct Unreadable(LinuxKernel, Namespace);

impl Kernel for Unreadable {
    fn namespaces(&mut self) -> Result<Vec<Namespace>, KernelError> {
        self.0.namespaces()
    }

    fn dump(&mut self, namespaces: &[Namespace]) -> Result<Objects, KernelError> {
        if namespaces.contains(&self.1) {
            return Err(KernelError::new("read", "no such luck"));
        }
        self.0.dump(namespaces)
    }

    fn apply(&mut self, steps: &[Step]) -> Vec<Result<(), KernelError>> {
        self.0.apply(steps)
    }
}

#[test]
fn a_namespace_that_cannot_be_read_is_reported_and_delays_no_other() {
    let (mut net, _, a, _) = site();
    let other = net.vpc("10.0.0.0/16").to_string();
    drop(net.reconciler.take());
    net.lab.host("ip route del 203.0.113.10/32");
    let kernel = Unreadable(LinuxKernel::new(net.lab.data()).unwrap(), Namespace::named(&other));
    let settings = Settings::new(model::world::Pools::default());
    let reconciler = Reconciler::start(kernel, net.state.clone(), settings).unwrap();
    assert!(failure(&reconciler).contains("no such luck"));
    // So that the status checks of those who are in it can say so, and only of those.
    let failing = |id: &str| reconciler.failing_since(&[Namespace::named(id)]);
    let since = failing(&other);
    assert!(since.is_some() && failing(&a.id).is_none());
    assert!(net.host_ping("203.0.113.10"), "the rest is mended");
    assert!(net.ping(&a.id, "10.0.1.11"));
    assert_eq!(failing(&other), since, "it has failed since then");
    assert!(net.lab.run(&other, "nft list tables").contains("enid"), "nothing is concluded from what is not known");
}

#[test]
fn a_link_of_another_kind_makes_room_for_an_interface() {
    let (mut net, vpc, a, b) = site();
    let link = names::interface_link(&b.interface.to_string());
    drop(net.reconciler.take());
    net.lab.run(&vpc.to_string(), &format!("ip link del {link} && ip link add {link} type bridge"));
    net.reconciler = Some(net.start());
    net.settle();
    net.boot(b.instance);
    assert!(net.ping(&a.id, "10.0.1.11"));
}

#[test]
fn an_interface_that_moves_to_another_instance_at_once_is_led_there() {
    let (mut net, _, a, b) = site();
    let second = {
        let row = net.realm().interfaces.get(&b.interface).unwrap().clone();
        net.interface(row.subnet, &["10.0.1.30"], &row.groups)
    };
    net.attach(second, a.instance, 1);
    assert!(net.lab.can(&a.id, "ip link show eth1"));
    net.attach(second, b.instance, 2);
    assert!(!net.lab.can(&a.id, "ip link show eth1"));
    net.lab.run(&b.id, "ip addr add 10.0.1.30/32 dev lo && ip route add default via 10.0.1.1 dev eth2 onlink table 102 && ip rule add from 10.0.1.30 lookup 102");
    assert!(net.ping(&a.id, "10.0.1.30"));
}

#[test]
fn after_a_random_walk_the_kernel_is_as_the_state_wants_it() {
    let lab = lab::Lab::new();
    for seed in 0..6 {
        let mut walk = Walk::new(seed);
        let open = || LinuxKernel::new(lab.data()).unwrap();
        let settings = Settings::new(model::world::Pools::default());
        let reconciler = Reconciler::start(open(), walk.state.clone(), settings.clone()).unwrap();
        for number in 0..250 {
            let changes = walk.step();
            reconciler.committed(walk.state.clone(), &changes);
            // Sometimes one commit at a time, sometimes many at once.
            if number % 50 < 10 {
                reconciler.settle(lab::net::SETTLE).unwrap();
            }
        }
        reconciler.settle(lab::net::SETTLE).unwrap();
        let status = reconciler.status();
        drop(reconciler);
        let mut kernel = open();
        let (guests, mut ours): (Vec<_>, Vec<_>) = kernel.namespaces().unwrap().into_iter().partition(names::is_guest);
        ours.push(Namespace::Host);
        let mut current = kernel.dump(&ours).unwrap();
        current.extend(guests.into_iter().map(|namespace| (Key::Namespace(namespace), Value::Exists)));
        let mut wanted = desired(&walk.state, &settings.pools);
        wanted.insert(Key::Namespace(Namespace::Host), Value::Exists);
        assert_eq!(plan(&current, &wanted), vec![]);
        // Another one finds nothing to do.
        let reconciler = Reconciler::start(open(), walk.state.clone(), settings).unwrap();
        reconciler.settle(lab::net::SETTLE).unwrap();
        println!("{status:?}, then {:?}", reconciler.status());
        assert_eq!((reconciler.status().mended, reconciler.status().steps), (0, 0));
        assert_eq!(status.full, 1, "no failure, no overrun");
        drop(reconciler);
        assert!(down(lab.data()).is_empty());
    }
}

#[test]
fn what_enid_does_itself_gives_no_cause_to_compare() {
    let (mut net, _, a, b) = site();
    for _ in 0..5 {
        net.reassign("10.0.1.20", b.interface, a.interface);
        net.reassign("10.0.1.20", a.interface, b.interface);
    }
    net.edit_instance(b.instance, model::instance::InstanceState::Stopped);
    net.edit_instance(b.instance, model::instance::InstanceState::Running);
    thread::sleep(Duration::from_millis(100));
    let status = net.reconciler.as_ref().unwrap().status();
    assert_eq!(status.compared, 0);
}

#[test]
fn what_a_guest_does_inside_gives_no_cause_to_compare() {
    let (net, vpc, _, b) = site();
    let link = names::interface_link(&b.interface.to_string());
    // Its link was made anew and configured, so the reconciler has been inside.
    net.lab.run(&vpc.to_string(), &format!("ip link del {link}"));
    soon("the link and its address", || net.lab.can(&b.id, "ip addr show eth0 | grep -q 10.0.1.11"));
    net.reconciler.as_ref().unwrap().compare_everything();
    net.settle();
    thread::sleep(Duration::from_millis(200));
    let before = net.reconciler.as_ref().unwrap().status().compared;
    net.lab.run(&b.id, "for n in 1 2 3 4 5; do ip addr add 192.0.2.$n/32 dev lo; ip link set lo down; ip link set lo up; done");
    thread::sleep(Duration::from_millis(200));
    assert_eq!(net.reconciler.as_ref().unwrap().status().compared, before);
}

#[test]
fn this_machine_has_what_the_data_plane_needs() {
    let _lab = lab::Lab::new();
    let checks = fabric::doctor::checks();
    assert!(checks.len() >= 8);
    for check in &checks {
        assert!(check.ok(), "{check:?}");
    }
}

#[test]
fn two_servers_on_one_host_leave_each_other_alone() {
    let (net, vpc, a, _) = site();
    let link = names::host_link(&vpc.to_string());
    let before = net.lab.host("ip -d link show enid0; ip -d link show enid0-peer; ip addr show enid0 scope global");
    let folder = tempfile::tempdir().unwrap();
    let kernel = LinuxKernel::new(folder.path()).unwrap();
    let settings = Settings::new(model::world::Pools::default());
    let other = Reconciler::start(kernel, model::State::default(), settings).unwrap();
    let error = failure(&other);
    assert!(error.contains("enid0") && error.contains("not enid's"), "{error}");
    assert_eq!(
        net.lab.host("ip -d link show enid0; ip -d link show enid0-peer; ip addr show enid0 scope global"),
        before,
        "not a byte is changed"
    );
    assert!(net.host_ping("203.0.113.10"));
    drop(other);
    assert!(down(folder.path()).is_empty());
    assert!(net.lab.host("ip -br link").contains(&link));
    assert!(net.host_ping("203.0.113.10"));
    assert!(net.ping(&a.id, "10.0.1.11"));
}

#[test]
fn routes_of_the_hosts_own_stay() {
    let lab = lab::Lab::new();
    lab.host("ip link add mine type bridge && ip link set mine up && ip addr add 192.0.2.1/24 dev mine");
    let own = "203.0.113.0/24 via 192.0.2.2 dev mine";
    lab.host(&format!("ip route add {own} onlink"));
    let settings = Settings::new(model::world::Pools::default());
    let reconciler = Reconciler::start(LinuxKernel::new(lab.data()).unwrap(), model::State::default(), settings).unwrap();
    reconciler.settle(lab::net::SETTLE).unwrap();
    assert!(lab.host("ip route").contains(own), "its owner's route goes first");
    drop(reconciler);
    assert!(down(lab.data()).is_empty());
    assert!(lab.host("ip route").contains(own));
}

#[test]
fn hundreds_of_vpcs_are_no_matter() {
    let lab = lab::Lab::new();
    let mut draft = model::Draft::new(model::State::default(), lab::net::SCOPE);
    let world = model::World::default();
    let mut random = model::ctx::SeededRandom(1);
    for _ in 0..300 {
        let mut ctx = model::Ctx { scope: lab::net::SCOPE, now: model::Timestamp(0), random: &mut random, world: &world };
        model::vpc::put(&mut draft, &mut ctx, "10.0.0.0/16".parse().unwrap(), "default", false);
    }
    let (state, _) = draft.finish();
    let settings = Settings::new(model::world::Pools::default());
    let reconciler = Reconciler::start(LinuxKernel::new(lab.data()).unwrap(), state, settings).unwrap();
    reconciler.settle(lab::net::SETTLE).unwrap();
    reconciler.compare_everything();
    reconciler.settle(lab::net::SETTLE).unwrap();
    assert_eq!(reconciler.status().mended, 0);
    drop(reconciler);
    assert!(down(lab.data()).is_empty());
}
