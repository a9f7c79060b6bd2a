//! Who reaches whom in a random network, asked of Linux by packets, is what a reading of EC2's rules by somebody in no hurry says.
//!
//! The reading uses nothing of the data plane's code, and of the model's nothing but rows. It looks at everything each time.

#![allow(clippy::unwrap_used, clippy::panic)]

mod lab;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use fabric::kernel::linux::LinuxKernel;
use fabric::reconcile::{Reconciler, Settings};
use fabric::{boot, netns};
use ipnet::{IpNet, Ipv4Net};
use lab::net::{SCOPE, SETTLE};
use lab::walk::Walk;
use model::Realm;
use model::ids::{NetworkInterfaceId, PrefixListId, SubnetId};
use model::instance::InstanceState;
use model::interface::NetworkInterface;
use model::route_table::{AssociationTarget, Destination, RouteTarget};
use model::security_group::{Direction, Peer, Protocol};

const PORTS: [u16; 4] = [7, 300, 900, 1_500];
const SEEDS: u64 = 10;
const STEPS: usize = 300;
/// How long packets that shall arrive may take, and how long the others are waited for once those are there.
const ARRIVAL: Duration = Duration::from_secs(10);
const GRACE: Duration = Duration::from_millis(300);

/// A UDP packet that starts a flow.
struct Packet<'a> {
    from: &'a NetworkInterface,
    source: Ipv4Addr,
    to: &'a NetworkInterface,
    destination: Ipv4Addr,
    port: u16,
}

fn listed(realm: &Realm, list: PrefixListId) -> Vec<IpNet> {
    realm.prefix_lists.get(&list).map(|list| list.entries.iter().map(|entry| entry.block).collect()).unwrap_or_default()
}

fn contains(block: IpNet, address: Ipv4Addr) -> bool {
    matches!(block, IpNet::V4(block) if block.contains(&address))
}

/// Where the most specific route of the sender's subnet leads.
fn way(realm: &Realm, packet: &Packet<'_>) -> Option<RouteTarget> {
    let serves = |target: AssociationTarget| {
        move |table: &&Arc<model::route_table::RouteTable>| {
            table.vpc == packet.from.vpc && table.associations.iter().any(|association| association.target == target)
        }
    };
    let own = realm.route_tables.iter().find(serves(AssociationTarget::Subnet(packet.from.subnet)));
    let table = own.or_else(|| realm.route_tables.iter().find(serves(AssociationTarget::Main)))?;
    let mut routes: Vec<(Ipv4Net, u8, RouteTarget)> = Vec::new();
    let mut add = |block: IpNet, rank, target| {
        if let IpNet::V4(block) = block {
            routes.push((block.trunc(), rank, target));
        }
    };
    // Of two routes for one block, the one that was made for it goes before an entry of a list, and that before `local`.
    realm.vpcs.get(&table.vpc).unwrap().ipv4_blocks.iter().for_each(|block| add(block.cidr.into(), 0, RouteTarget::Local));
    for route in &table.routes {
        match route.destination {
            Destination::Ipv4(block) => add(block.into(), 2, route.target),
            Destination::Ipv6(_) => {}
            Destination::PrefixList(list) => listed(realm, list).into_iter().for_each(|block| add(block, 1, route.target)),
        }
    }
    let fitting = routes.into_iter().filter(|(block, ..)| block.contains(&packet.destination));
    fitting.max_by_key(|(block, rank, _)| (block.prefix_len(), *rank)).map(|(.., target)| target)
}

/// Whether a group of an interface lets the packet out or in.
fn groups_allow(realm: &Realm, packet: &Packet<'_>, direction: Direction) -> bool {
    let (own, other, address) = match direction {
        Direction::Egress => (packet.from, packet.to, packet.destination),
        Direction::Ingress => (packet.to, packet.from, packet.source),
    };
    let rules = own.groups.iter().filter_map(|id| realm.security_groups.get(id)).flat_map(|group| &group.rules);
    rules.filter(|rule| rule.direction == direction).any(|rule| {
        let protocol = match rule.protocol {
            Protocol::All => true,
            Protocol::UDP => (rule.from_port.unwrap()..=rule.to_port.unwrap()).contains(&i32::from(packet.port)),
            Protocol::Number(_) => false,
        };
        let peer = match &rule.peer {
            Peer::Ipv4(block) => block.contains(&address),
            Peer::Ipv6(_) => false,
            // Both are of one VPC, so that no group of a peered one is meant.
            Peer::Group { group, .. } => other.groups.contains(group),
            Peer::PrefixList(list) => listed(realm, *list).into_iter().any(|block| contains(block, address)),
        };
        protocol && peer
    })
}

/// Whether the network ACL of a subnet lets the packet out or in: the lowest number that matches decides.
fn acl_allows(realm: &Realm, packet: &Packet<'_>, subnet: SubnetId, direction: Direction) -> bool {
    let address = if direction == Direction::Egress { packet.destination } else { packet.source };
    let of_subnet = |acl: &&Arc<model::network_acl::NetworkAcl>| acl.associations.iter().any(|association| association.subnet == subnet);
    let acl = realm.network_acls.iter().find(of_subnet).unwrap();
    let matching = acl.entries.iter().filter(|entry| entry.direction == direction && contains(entry.block, address)).filter(|entry| {
        match entry.protocol {
            Protocol::All => true,
            Protocol::UDP => entry.ports.is_none_or(|(from, to)| (from..=to).contains(&packet.port)),
            Protocol::Number(_) => false,
        }
    });
    matching.min_by_key(|entry| entry.number).is_some_and(|entry| entry.allow)
}

/// Whether the packet arrives; none where EC2's rules leave it open.
fn arrives(realm: &Realm, packet: &Packet<'_>) -> Option<bool> {
    let within = packet.from.subnet == packet.to.subnet;
    match way(realm, packet)? {
        RouteTarget::Local => {}
        _ if within => return None,
        RouteTarget::NetworkInterface(id) if id == packet.to.id => {}
        // Guests of this test forward nothing.
        _ => return Some(false),
    }
    let acls = within
        || acl_allows(realm, packet, packet.from.subnet, Direction::Egress)
            && acl_allows(realm, packet, packet.to.subnet, Direction::Ingress);
    Some(acls && groups_allow(realm, packet, Direction::Egress) && groups_allow(realm, packet, Direction::Ingress))
}

/// Running instances that have one interface.
fn guests(realm: &Realm) -> Vec<(String, Arc<NetworkInterface>)> {
    let running = realm.instances.iter().filter(|instance| instance.state == InstanceState::Running);
    let alone = running.filter_map(|instance| {
        let on = |row: &&Arc<NetworkInterface>| row.attachment.as_ref().is_some_and(|attachment| attachment.instance == instance.id);
        let interfaces: Vec<_> = realm.interfaces.iter().filter(on).cloned().collect();
        let [one] = interfaces.as_slice() else { return None };
        Some((instance.id.to_string(), Arc::clone(one)))
    });
    alone.collect()
}

type Arrival = (NetworkInterfaceId, NetworkInterfaceId, u16);

#[test]
fn packets_arrive_where_a_slow_reading_of_the_rules_says() {
    let lab = lab::Lab::new();
    let mut seen = [0, 0];
    for seed in 0..SEEDS {
        let mut walk = Walk::new(seed);
        (0..STEPS).for_each(|_| drop(walk.step()));
        let settings = Settings::new(model::world::Pools::default());
        let reconciler = Reconciler::start(LinuxKernel::new(lab.data()).unwrap(), walk.state.clone(), settings).unwrap();
        reconciler.settle(SETTLE).unwrap();
        let realm = walk.state.realm(SCOPE).unwrap();
        let guests = guests(realm);
        let mut sockets = Vec::new();
        for (id, row) in &guests {
            let instance = row.attachment.as_ref().unwrap().instance;
            boot::configure(lab.data(), walk.state.here(SCOPE).unwrap(), instance).unwrap();
            lab.run(id, "sysctl -w net.ipv4.ip_forward=0");
            let own = row.primary_ipv4().unwrap();
            let open = || [0].iter().chain(&PORTS).map(|port| UdpSocket::bind((own, *port)).unwrap()).collect::<Vec<_>>();
            sockets.push(netns::run_in(&lab.path(id), open).unwrap());
        }
        let (mut shall, mut open) = (BTreeSet::<Arrival>::new(), BTreeSet::<Arrival>::new());
        let mut all = BTreeSet::<Arrival>::new();
        for (sender, (_, from)) in guests.iter().enumerate() {
            for (_, to) in guests.iter().filter(|(_, to)| to.vpc == from.vpc && to.id != from.id) {
                for port in PORTS {
                    let (source, destination) = (from.primary_ipv4().unwrap(), to.primary_ipv4().unwrap());
                    let packet = Packet { from, source, to, destination, port };
                    let key = (from.id, to.id, port);
                    match arrives(realm, &packet) {
                        Some(true) => _ = shall.insert(key),
                        Some(false) => {}
                        None => _ = open.insert(key),
                    }
                    all.insert(key);
                    sockets[sender][0].send_to(from.id.to_string().as_bytes(), (destination, port)).unwrap();
                }
            }
        }
        let mut did = BTreeSet::<Arrival>::new();
        let mut receive = || {
            for ((_, to), sockets) in guests.iter().zip(&sockets) {
                for (socket, port) in sockets.iter().skip(1).zip(PORTS) {
                    socket.set_nonblocking(true).unwrap();
                    let mut bytes = [0; 100];
                    while let Ok(length) = socket.recv(&mut bytes) {
                        did.insert((std::str::from_utf8(&bytes[..length]).unwrap().parse().unwrap(), to.id, port));
                    }
                }
            }
            did.clone()
        };
        let deadline = Instant::now() + ARRIVAL;
        while !shall.is_subset(&receive()) && Instant::now() < deadline {
            sleep(Duration::from_millis(20));
        }
        sleep(GRACE);
        let did: BTreeSet<Arrival> = receive().difference(&open).copied().collect();
        let told = |missed: &BTreeSet<Arrival>, other: &BTreeSet<Arrival>| missed.difference(other).copied().collect::<Vec<_>>();
        assert_eq!((told(&shall, &did), told(&did, &shall)), (vec![], vec![]), "seed {seed}: lost, and arrived though they must not");
        seen[0] += shall.len();
        seen[1] += all.len() - shall.len() - open.len();
        drop(sockets);
        drop(reconciler);
        assert!(fabric::down::down(lab.data()).is_empty());
    }
    println!("{} packets arrived, {} did not", seen[0], seen[1]);
    assert!(seen.iter().all(|count| *count > 100), "too few packets to show anything: {seen:?}");
}
