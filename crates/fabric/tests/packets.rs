//! What a packet meets in a VPC, as promises, through real kernels' namespaces.

#![allow(clippy::unwrap_used, clippy::panic)]

mod lab;

use std::io::{ErrorKind, Read, Write};
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use lab::net::{Guest, Net, block, member_of};
use model::ids::{SubnetId, VpcId};
use model::instance::InstanceState;
use model::route_table::RouteTarget;
use model::security_group::{Direction, Protocol};

/// A VPC with a way to the internet, a subnet, and two instances that let everything through.
struct Pair {
    net: Net,
    vpc: VpcId,
    subnet: SubnetId,
    a: Guest,
    b: Guest,
}

fn pair() -> Pair {
    let mut net = Net::new();
    let vpc = net.public_vpc("10.0.0.0/16", "2001:db8:1::/56");
    let subnet = net.subnet(vpc, "10.0.1.0/24", Some("2001:db8:1::/64"));
    let group = net.open_group(vpc);
    let a = net.launch(subnet, &["10.0.1.10", "2001:db8:1::a"], &[group]);
    let b = net.launch(subnet, &["10.0.1.11", "10.0.1.20", "2001:db8:1::b"], &[group]);
    Pair { net, vpc, subnet, a, b }
}

#[test]
fn instances_of_a_subnet_reach_each_other_over_ipv4_and_ipv6() {
    let Pair { net, a, .. } = pair();
    assert!(net.ping(&a.id, "10.0.1.11"));
    assert!(net.ping(&a.id, "2001:db8:1::b"));
    assert!(net.lab.can(&a.id, "ping -n -c 1 -W 1 -M do -s 8900 10.0.1.11"), "jumbo frames");
    assert!(net.lab.can(&a.id, "ping -n -c 1 -W 1 -s 20000 10.0.1.11"), "fragments");
}

#[test]
fn an_unknown_address_gets_no_arp_answer() {
    let Pair { net, a, .. } = pair();
    assert!(net.no_ping(&a.id, "10.0.1.99"));
    assert!(!net.lab.run(&a.id, "ip neigh show 10.0.1.99").contains("lladdr"));
    assert!(net.ping(&a.id, "10.0.1.11"));
    assert!(net.lab.run(&a.id, "ip neigh show 10.0.1.11").contains("lladdr"), "a known one does");
}

#[test]
fn a_guest_may_look_for_duplicates_of_its_own_addresses() {
    let Pair { net, b, .. } = pair();
    net.lab.run(&b.id, "ip addr add 10.0.1.20/32 dev eth0");
    // A request that asks for an address of the very interface that it comes from.
    assert!(net.lab.can(&b.id, "ip neigh flush dev eth0 && ping -n -c 1 -W 1 10.0.1.10"));
    assert!(!net.lab.run(&b.id, "ip neigh").contains("10.0.1.20"));
}

#[test]
fn an_address_is_reachable_only_while_it_is_assigned() {
    let Pair { mut net, a, b, .. } = pair();
    net.lab.run(&b.id, "ip addr add 10.0.1.20/32 dev eth0; ip addr add 10.0.1.21/32 dev eth0");
    assert!(net.ping(&a.id, "10.0.1.20"));
    assert!(net.no_ping(&a.id, "10.0.1.21"));
    let own: Vec<std::net::Ipv4Addr> = ["10.0.1.11", "10.0.1.21"].iter().map(|text| text.parse().unwrap()).collect();
    net.edit(b.interface, |row| row.ipv4 = own);
    assert!(net.no_ping(&a.id, "10.0.1.20"));
    assert!(net.ping(&a.id, "10.0.1.21"));
}

#[test]
fn an_address_is_delivered_without_asking_the_guest_for_it() {
    let Pair { mut net, a, b, .. } = pair();
    net.edit(b.interface, |row| row.ipv4_prefixes = vec!["10.0.1.48/28".parse().unwrap()]);
    net.lab.run(&b.id, "sysctl -w net.ipv4.conf.all.arp_ignore=1 && ip addr add 10.0.1.50/32 dev lo && ip addr add 10.0.1.20/32 dev lo");
    assert!(net.ping(&a.id, "10.0.1.20"), "a secondary address on lo");
    assert!(net.ping(&a.id, "10.0.1.50"), "an address of a delegated prefix");
}

#[test]
fn spoofed_sources_are_dropped() {
    let Pair { net, a, b, .. } = pair();
    net.lab.run(&a.id, "ip addr add 10.0.1.20/32 dev lo; ip addr add 192.0.2.1/32 dev lo; ip addr add 2001:db8:1::99/128 dev lo nodad");
    // Sent without waiting for an answer; what arrives is counted at the receiver.
    let before = counter(&net, &b);
    for source in ["10.0.1.20", "192.0.2.1"] {
        assert!(!net.lab.can(&a.id, &format!("ping -n -c 2 -i 0.1 -W 0.3 -I {source} 10.0.1.11")));
    }
    assert!(!net.lab.can(&a.id, "ping -n -c 2 -i 0.1 -W 0.3 -I 2001:db8:1::99 2001:db8:1::b"));
    assert_eq!(counter(&net, &b), before, "nothing arrived");
    assert!(net.ping(&a.id, "10.0.1.11"));
    assert!(counter(&net, &b) > before, "the count counts");
}

#[test]
fn no_frame_that_a_guest_makes_up_carries_a_source_that_is_not_its_own() {
    let Pair { net, vpc, a, b, .. } = pair();
    // Before anything that the receiver itself might drop.
    net.lab.run(&b.id, "nft 'add table inet seen; add chain inet seen c { type filter hook prerouting priority -500; }; add counter inet seen n; add rule inet seen c icmp type echo-request counter name n; add rule inet seen c icmpv6 type echo-request counter name n'");
    let none_seen = || net.lab.run(&b.id, "nft reset counter inet seen n").contains("packets 0 ");
    assert!(net.ping(&a.id, "10.0.1.11") && net.ping(&a.id, "2001:db8:1::b"));
    assert!(!none_seen(), "the count counts");
    let link = fabric::names::interface_link(&a.interface.to_string());
    let text = net.lab.run(&vpc.to_string(), &format!("ip -br link show {link}"));
    let router =
        text.split_whitespace().nth(2).unwrap().split(':').map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect::<Vec<_>>();
    let broadcast = vec![0xff; 6];
    let mac = net.realm().interfaces.get(&a.interface).unwrap().mac.0;
    let own = ["10.0.1.10", "2001:db8:1::a"];
    let others = [
        "0.0.0.0",
        "127.0.0.1",
        "169.254.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "10.0.1.0",
        "10.0.1.1",
        "10.0.1.11",
        "10.0.1.20",
        "10.0.1.99",
        "203.0.113.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::2",
        "fe80::bad",
        "ff02::1",
        "::ffff:10.0.1.10",
        "2001:db8:1::b",
        "2001:db8:1::99",
        "2001:db8::1",
    ];
    let send = |sources: &[&str], mac: [u8; 6], to: &[u8]| {
        let frames: Vec<_> = sources.iter().map(|source| echo_request(to, mac, source.parse().unwrap())).collect();
        fabric::netns::run_in(&net.lab.path(&a.id), || frames.iter().for_each(|frame| send_frame("eth0", frame))).unwrap();
        // What was sent before this has arrived, if it does.
        assert!(net.ping(&b.id, "10.0.1.10"));
    };
    send(&own, mac, &router);
    assert!(!none_seen(), "a frame made up well arrives");
    for destination in [&router, &broadcast] {
        send(&others, mac, destination);
        assert!(none_seen(), "none arrives");
    }
    send(&own, mac, &broadcast);
    assert!(none_seen(), "nor does one that was not for the router");
    send(&own, [2, 0, 0, 0, 0, 9], &router);
    assert!(none_seen(), "nor one from another Ethernet address");
}

#[test]
fn no_guest_tells_another_that_it_is_the_router() {
    let Pair { net, vpc, a, b, .. } = pair();
    let router = |guest: &Guest| {
        let link = fabric::names::interface_link(&guest.interface.to_string());
        net.lab.run(&vpc.to_string(), &format!("ip -br link show {link}")).split_whitespace().nth(2).unwrap().to_owned()
    };
    let known = || net.lab.run(&b.id, "ip -6 neighbour show fe80::1 dev eth0");
    assert!(net.ping(&b.id, "2001:db8:1::a"));
    assert!(known().contains(&router(&b)));
    let to: Vec<_> = router(&a).split(':').map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect();
    let frame = advertisement(&to, net.realm().interfaces.get(&a.interface).unwrap().mac.0);
    fabric::netns::run_in(&net.lab.path(&a.id), || send_frame("eth0", &frame)).unwrap();
    // What was sent before this has arrived, if it does.
    assert!(net.ping(&a.id, "10.0.1.11"));
    assert!(known().contains(&router(&b)), "{}", known());
}

/// A neighbour advertisement from the pair's first instance to the second that the router has this address, as a frame.
fn advertisement(to: &[u8], mac: [u8; 6]) -> Vec<u8> {
    let addresses: Vec<u8> =
        ["2001:db8:1::a", "2001:db8:1::b"].iter().flat_map(|text| text.parse::<std::net::Ipv6Addr>().unwrap().octets()).collect();
    let target = fabric::desired::routing::ROUTER_V6.octets();
    // Override what is known; the option is the target's Ethernet address.
    let mut message = [&[136, 0, 0, 0, 0x20, 0, 0, 0], target.as_slice(), &[2, 1], mac.as_slice()].concat();
    let summed = [addresses.as_slice(), &[0, 0, 0, 32, 0, 0, 0, 58], &message].concat();
    let sum: u32 = summed.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
    let checksum = !((sum & 0xffff) + (sum >> 16)) as u16;
    message[2..4].copy_from_slice(&checksum.to_be_bytes());
    [to, mac.as_slice(), &[0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255], &addresses, &message].concat()
}

/// An echo request to the pair's second instance, as a frame.
fn echo_request(to: &[u8], mac: [u8; 6], source: std::net::IpAddr) -> Vec<u8> {
    let mut frame = to.to_vec();
    frame.extend(mac);
    match source {
        std::net::IpAddr::V4(source) => {
            frame.extend([0x08, 0x00, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0]);
            frame.extend(source.octets());
            frame.extend([10, 0, 1, 11]);
            let sum: u32 = frame[14..].chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
            let checksum = !((sum & 0xffff) + (sum >> 16)) as u16;
            frame[24..26].copy_from_slice(&checksum.to_be_bytes());
            frame.extend([8, 0, 0xf7, 0xfd, 0, 1, 0, 1]);
        }
        std::net::IpAddr::V6(source) => {
            frame.extend([0x86, 0xdd, 0x60, 0, 0, 0, 0, 8, 58, 64]);
            frame.extend(source.octets());
            frame.extend("2001:db8:1::b".parse::<std::net::Ipv6Addr>().unwrap().octets());
            // Nobody on the way minds the checksum.
            frame.extend([128, 0, 0, 0, 0, 1, 0, 1]);
        }
    }
    frame
}

/// Sends a frame as it is on a link of the calling thread's namespace.
fn send_frame(link: &str, frame: &[u8]) {
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    let name = std::ffi::CString::new(link).unwrap();
    // SAFETY: the name ends in a zero byte; the descriptor is new and nobody else's; the address is a valid structure for the time of the call.
    let sent = unsafe {
        let socket = OwnedFd::from_raw_fd(libc::socket(libc::AF_PACKET, libc::SOCK_RAW, 0));
        let mut address: libc::sockaddr_ll = std::mem::zeroed();
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_ifindex = libc::if_nametoindex(name.as_ptr()) as i32;
        let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
        libc::sendto(socket.as_raw_fd(), frame.as_ptr().cast(), frame.len(), 0, (&raw const address).cast(), length)
    };
    assert_eq!(usize::try_from(sent).ok(), Some(frame.len()), "{}", std::io::Error::last_os_error());
}

/// ICMP echo requests that an instance received, of both versions.
fn counter(net: &Net, guest: &Guest) -> u64 {
    let text = net.lab.run(&guest.id, "nstat -asz IcmpInEchos Icmp6InEchos");
    text.lines().filter(|line| line.contains("InEchos")).filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum()
}

#[test]
fn an_elastic_ip_carries_ping_tcp_and_udp_both_ways() {
    let Pair { mut net, a, b, .. } = pair();
    net.elastic_ip("203.0.113.10", a.interface, "10.0.1.10");
    assert!(net.host_ping("203.0.113.10"));
    assert!(net.ping(&a.id, "203.0.113.1"));
    assert!(net.no_ping(&b.id, "203.0.113.1"), "no way out without a public address");
    assert!(net.no_host_ping("203.0.113.11"), "no way in to an unknown one");
    assert!(net.host_ping("2001:db8:1::a"));
    assert!(net.ping(&b.id, "2001:db8::1"));

    let listener = net.listen(&a.id, "10.0.1.10:80");
    let server = thread::spawn(move || {
        let (mut stream, peer) = listener.accept().unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        stream.write_all(&received).unwrap();
        peer
    });
    let mut stream = std::net::TcpStream::connect("203.0.113.10:80").unwrap();
    let sent = vec![7u8; 3_000_000];
    let mut reader = stream.try_clone().unwrap();
    let echo = thread::spawn(move || {
        let mut received = Vec::new();
        reader.read_to_end(&mut received).unwrap();
        received
    });
    stream.write_all(&sent).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(echo.join().unwrap().len(), sent.len());
    assert_eq!(server.join().unwrap().ip().to_string(), "203.0.113.1");

    let listener = std::net::TcpListener::bind("203.0.113.1:81").unwrap();
    let stream = net.connect(&a.id, "203.0.113.1:81").unwrap();
    let (_, peer) = listener.accept().unwrap();
    assert_eq!(peer.ip().to_string(), "203.0.113.10", "the internet sees the Elastic IP");
    drop(stream);

    let guest = net.udp(&a.id, "10.0.1.10:5000");
    let host = UdpSocket::bind("203.0.113.1:5000").unwrap();
    host.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut buffer = [0; 2000];
    host.send_to(b"in", "203.0.113.10:5000").unwrap();
    assert_eq!(guest.recv_from(&mut buffer).unwrap().1.to_string(), "203.0.113.1:5000");
    guest.send_to(b"out", "203.0.113.1:5000").unwrap();
    assert_eq!(host.recv_from(&mut buffer).unwrap().1.to_string(), "203.0.113.10:5000");
}

#[test]
fn what_is_for_the_instances_own_link_never_leaves_by_the_gateway() {
    let Pair { mut net, a, .. } = pair();
    net.elastic_ip("203.0.113.10", a.interface, "10.0.1.10");
    // As on a machine of a cloud, whose metadata holds credentials.
    net.lab.host("ip addr add 169.254.169.254/32 dev lo && ip addr add fd00:ec2::254/128 dev lo nodad && ip addr add 192.0.2.9/32 dev lo");
    assert!(net.ping(&a.id, "192.0.2.9"), "what else the host has is its internet's");
    assert!(net.no_ping(&a.id, "169.254.169.254"));
    assert!(net.no_ping(&a.id, "fd00:ec2::254"));
}

/// Everything out, and in what the rest says.
fn out_and(net: &mut Net, vpc: VpcId, ingress: Vec<lab::net::Allowed>) -> model::ids::SecurityGroupId {
    let group = net.group(vpc);
    let out = |text| (Direction::Egress, Protocol::All, None, None, block(text));
    net.rules(group, [vec![out("0.0.0.0/0"), out("::/0")], ingress].concat());
    group
}

/// An instance of two addresses, each with an Elastic IP, that lets in what these rules say.
fn behind_elastic_ips(ingress: Vec<lab::net::Allowed>) -> (Net, Guest) {
    let mut net = Net::new();
    let vpc = net.public_vpc("10.0.0.0/16", "2001:db8:1::/56");
    let subnet = net.subnet(vpc, "10.0.1.0/24", Some("2001:db8:1::/64"));
    let group = out_and(&mut net, vpc, ingress);
    let guest = net.launch(subnet, &["10.0.1.10", "10.0.1.20", "2001:db8:1::a"], &[group]);
    net.elastic_ip("203.0.113.10", guest.interface, "10.0.1.10");
    net.elastic_ip("203.0.113.20", guest.interface, "10.0.1.20");
    (net, guest)
}

#[test]
fn time_exceeded_on_the_way_out_comes_back_to_whom_it_is_for() {
    // Nothing is let in but what is related to what went out.
    let (net, guest) = behind_elastic_ips(Vec::new());
    net.lab.host("sysctl -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
    net.lab.host("ip link add beyond type bridge && ip link set beyond up");
    net.lab.host("ip route add 192.0.2.0/24 dev beyond && ip route add 2001:db8:2::/48 dev beyond");
    net.lab.run(&guest.id, "ip addr add 10.0.1.20/32 dev eth0");
    // The host is the first hop; the VPC's router is none. `ping` takes the message for its own by the packet that it quotes.
    for (source, beyond, router) in [
        ("10.0.1.10", "192.0.2.9", "203.0.113.1"),
        ("10.0.1.20", "192.0.2.9", "203.0.113.1"),
        ("2001:db8:1::a", "2001:db8:2::9", "2001:db8:"),
    ] {
        let text = net.lab.run(&guest.id, &format!("ping -n -c 1 -W 1 -t 1 -I {source} {beyond} || true"));
        let told = text.lines().find(|line| line.contains("ime to live exceeded") || line.contains("Hop limit"));
        assert!(told.is_some_and(|line| line.contains(&format!("From {router}"))), "{source}: {text}");
    }
    assert!(net.no_host_ping("203.0.113.10"), "nothing else is let in");
}

#[test]
fn time_exceeded_on_the_way_in_shows_the_internet_its_own_addresses_only() {
    let ping = |text| (Direction::Ingress, Protocol::ICMP, Some(8), Some(-1), block(text));
    let (net, guest) = behind_elastic_ips(vec![ping("203.0.113.1/32")]);
    // The guest forwards its second address, so that a packet for it can end on the way.
    net.lab.run(&guest.id, "sysctl -w net.ipv4.ip_forward=1 && ip link add inner type bridge && ip link set inner up");
    net.lab.run(&guest.id, "ip route add 10.0.1.20/32 dev inner");
    let text = String::from_utf8_lossy(&lab::shell("ping -n -c 1 -W 1 -t 1 203.0.113.20").stdout).into_owned();
    assert!(text.contains("From 203.0.113.10") && text.contains("ime to live exceeded"), "{text}");
}

#[test]
fn a_foreign_source_does_not_leave_the_vpc_even_with_the_check_off() {
    let Pair { mut net, a, b, .. } = pair();
    net.elastic_ip("203.0.113.10", a.interface, "10.0.1.10");
    net.edit(a.interface, |row| row.source_dest_check = false);
    let seen = |name: &str, net: &Net, id: Option<&Guest>| {
        let line = format!("nft reset counter inet seen {name}");
        let text = id.map_or_else(|| net.lab.host(&line), |guest| net.lab.run(&guest.id, &line));
        !text.contains("packets 0 ")
    };
    let count = "nft 'add table inet seen; add chain inet seen c { type filter hook prerouting priority -500; }; \
        add counter inet seen n4; add counter inet seen n6; \
        add rule inet seen c ip saddr SOURCE4 icmp type echo-request counter name n4; \
        add rule inet seen c ip6 saddr SOURCE6 icmpv6 type echo-request counter name n6'";
    // What is own is seen at the host, so that the count counts.
    for (source4, source6, sources, leaves) in [
        ("203.0.113.10", "2001:db8:1::a", ["10.0.1.10", "2001:db8:1::a"], true),
        ("198.51.100.7", "2001:db8:7::7", ["198.51.100.7", "2001:db8:7::7"], false),
        // Of the VPC, but nobody's there.
        ("10.0.9.9", "2001:db8:1::99", ["10.0.9.9", "2001:db8:1::99"], false),
    ] {
        let count = count.replace("SOURCE4", source4).replace("SOURCE6", source6);
        net.lab.host(&count);
        for (source, host) in [(sources[0], "203.0.113.1"), (sources[1], "2001:db8::1")] {
            let length = if source.contains(':') { 128 } else { 32 };
            net.lab.run(
                &a.id,
                &format!("ip addr add {source}/{length} dev lo $(echo {source} | grep -q : && echo nodad) 2>/dev/null || true"),
            );
            net.lab.can(&a.id, &format!("ping -n -c 2 -i 0.1 -W 0.3 -I {source} {host}"));
        }
        let told = [seen("n4", &net, None), seen("n6", &net, None)];
        assert_eq!(told, [leaves, leaves], "{sources:?} at the host, by IPv4 and IPv6");
        net.lab.host("nft delete table inet seen");
    }
    // Within the VPC it passes: that is what the check is off for.
    net.lab.run(&b.id, &count.replace("SOURCE4", "198.51.100.7").replace("SOURCE6", "2001:db8:7::7"));
    for (source, to) in [("198.51.100.7", "10.0.1.11"), ("2001:db8:7::7", "2001:db8:1::b")] {
        net.lab.can(&a.id, &format!("ping -n -c 2 -i 0.1 -W 0.3 -I {source} {to}"));
    }
    assert_eq!([seen("n4", &net, Some(&b)), seen("n6", &net, Some(&b))], [true, true]);
}

#[test]
fn port_unreachable_finds_its_way_through_an_elastic_ip() {
    // The instance's own error answers what it let in; the internet's is let in only as related to what went out.
    let (net, a) = behind_elastic_ips(vec![(Direction::Ingress, Protocol::UDP, Some(9), Some(9), block("203.0.113.1/32"))]);
    let refused = |socket: UdpSocket| {
        socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        socket.send(b"?").unwrap();
        socket.recv(&mut [0; 10]).unwrap_err().kind()
    };
    let host = UdpSocket::bind("203.0.113.1:0").unwrap();
    host.connect("203.0.113.10:9").unwrap();
    assert_eq!(refused(host), ErrorKind::ConnectionRefused, "from the instance to the internet");
    let guest = net.udp(&a.id, "10.0.1.10:0");
    guest.connect("203.0.113.1:9").unwrap();
    assert_eq!(refused(guest), ErrorKind::ConnectionRefused, "from the internet to the instance");
}

#[test]
fn too_large_a_packet_for_the_internet_is_answered_with_the_mtu() {
    let (net, a) = behind_elastic_ips(vec![(Direction::Ingress, Protocol::ICMPV6, Some(128), Some(-1), block("2001:db8::1/128"))]);
    let text = net.lab.run(&a.id, "ping -n -c 1 -W 1 -M do -s 3000 203.0.113.1 || true");
    assert!(text.contains("mtu = 1500"), "{text}");
    // Over IPv6 nobody but the sender makes fragments, so the first packets tell it to: how many, a loaded machine decides.
    assert!((0..5).any(|_| net.lab.can(&a.id, "ping -n -c 3 -i 0.2 -W 1 -s 5000 2001:db8::1")));
    assert!((0..5).any(|_| net.lab.host_can("ping -n -c 3 -i 0.2 -W 1 -s 5000 2001:db8:1::a")));
}

#[test]
fn fragments_find_their_way_through_an_elastic_ip() {
    let Pair { mut net, a, .. } = pair();
    net.elastic_ip("203.0.113.10", a.interface, "10.0.1.10");
    let guest = net.udp(&a.id, "10.0.1.10:5000");
    let host = UdpSocket::bind("203.0.113.1:5000").unwrap();
    host.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut buffer = [0; 10_000];
    host.send_to(&[7; 8_000], "203.0.113.10:5000").unwrap();
    assert_eq!(guest.recv(&mut buffer).unwrap(), 8_000, "in");
    // Its own link takes the datagram whole, so it learns of the internet's MTU first.
    assert!((0..5).any(|_| guest.send_to(&[7; 8_000], "203.0.113.1:5000").is_ok() && host.recv(&mut buffer).is_ok()), "out");
}

#[test]
fn a_reassigned_address_takes_its_flow_along_without_losing_a_packet() {
    const PACKETS_EACH: u32 = 2_000;
    let Pair { mut net, a, b, .. } = pair();
    net.elastic_ip("203.0.113.10", b.interface, "10.0.1.20");
    for guest in [&a, &b] {
        net.lab.run(&guest.id, "ip addr add 10.0.1.20/32 dev eth0");
    }
    let (sent, stop) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let receivers = [&a, &b].map(|guest| {
        let socket = net.udp(&guest.id, "10.0.1.20:5000");
        // A receiver that gets no turn for a while must not be what loses packets.
        nix::sys::socket::setsockopt(&socket, nix::sys::socket::sockopt::RcvBufForce, &(64 << 20)).unwrap();
        let stop = Arc::clone(&stop);
        thread::spawn(move || {
            let mut count = 0u32;
            loop {
                let last = stop.load(Ordering::SeqCst);
                match socket.recv(&mut [0; 100]) {
                    Ok(_) => count += 1,
                    Err(_) if last => return count,
                    Err(_) => {}
                }
            }
        })
    });
    let sender = thread::spawn({
        let (sent, stop) = (Arc::clone(&sent), Arc::clone(&stop));
        move || {
            let socket = UdpSocket::bind("203.0.113.1:5000").unwrap();
            while !stop.load(Ordering::SeqCst) {
                socket.send_to(b"packet", "203.0.113.10:5000").unwrap();
                sent.fetch_add(1, Ordering::SeqCst);
                thread::sleep(Duration::from_micros(100));
            }
        }
    });
    let more = || {
        let until = sent.load(Ordering::SeqCst) + PACKETS_EACH;
        while sent.load(Ordering::SeqCst) < until && !sender.is_finished() {
            thread::sleep(Duration::from_millis(5));
        }
    };
    more();
    net.reassign("10.0.1.20", b.interface, a.interface);
    more();
    stop.store(true, Ordering::SeqCst);
    sender.join().unwrap();
    let [to_a, to_b] = receivers.map(|receiver| receiver.join().unwrap());
    assert!(to_a >= PACKETS_EACH && to_b >= PACKETS_EACH, "{to_b} before, {to_a} after");
    assert_eq!(to_a + to_b, sent.load(Ordering::SeqCst));
}

#[test]
fn an_elastic_ip_that_moves_takes_effect_on_the_next_packet_of_a_flow() {
    let Pair { mut net, a, b, .. } = pair();
    let id = net.elastic_ip("203.0.113.10", a.interface, "10.0.1.10");
    let sockets = [(&a, "10.0.1.10"), (&b, "10.0.1.11")].map(|(guest, address)| net.udp(&guest.id, &format!("{address}:5000")));
    let host = UdpSocket::bind("203.0.113.1:5000").unwrap();
    host.send_to(b"one", "203.0.113.10:5000").unwrap();
    assert!(sockets[0].recv(&mut [0; 10]).is_ok());
    net.commit(|draft, _| {
        let row = draft.realm().elastic_ips.get(&id).unwrap();
        let mut row = model::elastic_ip::ElasticIp::clone(row);
        let association = row.association.as_mut().unwrap();
        association.interface = b.interface;
        association.private = "10.0.1.11".parse().unwrap();
        draft.put(row);
    });
    host.send_to(b"two", "203.0.113.10:5000").unwrap();
    assert!(sockets[1].recv(&mut [0; 10]).is_ok());
}

#[test]
fn vpcs_with_the_same_addresses_do_not_see_each_other() {
    let Pair { mut net, a, b, .. } = pair();
    let other = net.vpc("10.0.0.0/16");
    let subnet = net.subnet(other, "10.0.1.0/24", None);
    let group = net.open_group(other);
    let c = net.launch(subnet, &["10.0.1.11"], &[group]);
    let d = net.launch(subnet, &["10.0.1.99"], &[group]);
    assert!(net.ping(&c.id, "10.0.1.99"));
    assert!(net.no_ping(&a.id, "10.0.1.99"));
    let before = (counter(&net, &b), counter(&net, &c));
    assert!(net.ping(&d.id, "10.0.1.11"));
    assert_eq!(counter(&net, &b), before.0);
    assert_eq!(counter(&net, &c), before.1 + 1);
}

#[test]
fn an_elastic_ip_reaches_that_of_another_vpc() {
    let Pair { mut net, a, .. } = pair();
    let other = net.public_vpc("10.0.0.0/16", "2001:db8:2::/56");
    let subnet = net.subnet(other, "10.0.1.0/24", None);
    let group = net.open_group(other);
    let c = net.launch(subnet, &["10.0.1.10"], &[group]);
    net.elastic_ip("203.0.113.10", a.interface, "10.0.1.10");
    net.elastic_ip("203.0.113.20", c.interface, "10.0.1.10");
    assert!(net.ping(&a.id, "203.0.113.20"));
}

#[test]
fn a_blackhole_route_drops_and_a_route_table_is_its_subnets_own() {
    let Pair { mut net, vpc, a, b, .. } = pair();
    let group = net.open_group(vpc);
    let subnet = net.subnet(vpc, "10.0.2.0/24", None);
    let c = net.launch(subnet, &["10.0.2.10"], &[group]);
    net.elastic_ip("203.0.113.10", a.interface, "10.0.1.10");
    net.elastic_ip("203.0.113.20", c.interface, "10.0.2.10");
    assert!(net.ping(&c.id, "203.0.113.1"));
    // A gateway that is attached to another VPC, or to none.
    net.subnet_route(subnet, "0.0.0.0/0", RouteTarget::InternetGateway(model::ids::InternetGatewayId::from_number(99)));
    assert!(net.no_ping(&c.id, "203.0.113.1"));
    assert!(net.ping(&a.id, "203.0.113.1"), "the other subnet still uses the main table");
    assert!(net.ping(&c.id, "10.0.1.11"), "local routes stay");
    let _ = b;
}

/// Two subnets, each with an instance, and an appliance with an interface in each that the subnets' route tables lead to.
struct Appliance {
    net: Net,
    a: Guest,
    b: Guest,
    x: Guest,
    second: model::ids::NetworkInterfaceId,
    group_b: model::ids::SecurityGroupId,
}

fn appliance() -> Appliance {
    let mut net = Net::new();
    let vpc = net.vpc("10.0.0.0/16");
    let one = net.subnet(vpc, "10.0.1.0/24", None);
    let two = net.subnet(vpc, "10.0.2.0/24", None);
    let open = net.open_group(vpc);
    let group_b = net.open_group(vpc);
    let a = net.launch(one, &["10.0.1.10"], &[open]);
    let b = net.launch(two, &["10.0.2.10"], &[group_b]);
    let x = net.launch(one, &["10.0.1.5"], &[open]);
    let second = net.interface(two, &["10.0.2.5"], &[open]);
    net.attach(second, x.instance, 1);
    net.lab.run(
        &x.id,
        "sysctl -w net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0 net.ipv4.conf.eth1.rp_filter=0",
    );
    // More specific than `local`.
    net.subnet_route(one, "10.0.2.0/24", RouteTarget::NetworkInterface(x.interface));
    net.subnet_route(two, "10.0.1.0/24", RouteTarget::NetworkInterface(second));
    Appliance { net, a, b, x, second, group_b }
}

impl Appliance {
    fn check(&mut self, on: bool) {
        for id in [self.x.interface, self.second] {
            self.net.edit(id, |row| row.source_dest_check = on);
        }
    }

    /// Packets that the appliance forwarded.
    fn forwarded(&self) -> u64 {
        let text = self.net.lab.run(&self.x.id, "nstat -asz IpForwDatagrams");
        text.lines().filter_map(|line| line.strip_prefix("IpForwDatagrams")?.split_whitespace().next()?.parse::<u64>().ok()).sum()
    }
}

#[test]
fn an_appliance_forwards_with_the_check_off_and_not_with_it_on() {
    let mut site = appliance();
    assert!(site.net.no_ping(&site.a.id, "10.0.2.10"), "the destination check is on");
    assert_eq!(site.forwarded(), 0, "not even offered to it");
    site.check(false);
    assert!(site.net.ping(&site.a.id, "10.0.2.10"));
    assert_eq!(site.forwarded(), 2, "there and back");
    assert!(site.net.ping(&site.b.id, "10.0.1.10"), "the other way");
    assert!(site.net.ping(&site.a.id, "10.0.1.5"), "the appliance itself");
    let listener = site.net.listen(&site.b.id, "10.0.2.10:80");
    assert!(site.net.connect(&site.a.id, "10.0.2.10:80").is_ok());
    drop(listener);
    site.check(true);
    assert!(site.net.no_ping(&site.a.id, "10.0.2.10"), "on again");
}

#[test]
fn the_second_pass_of_a_forwarded_packet_is_judged_by_groups() {
    let mut site = appliance();
    site.check(false);
    let listener = site.net.listen(&site.b.id, "10.0.2.10:80");
    assert!(site.net.connect(&site.a.id, "10.0.2.10:80").is_ok());
    let out = (Direction::Egress, Protocol::All, None, None, block("0.0.0.0/0"));
    site.net.rules(site.group_b, vec![out.clone(), (Direction::Ingress, Protocol::TCP, Some(81), Some(81), block("0.0.0.0/0"))]);
    assert!(site.net.connect(&site.a.id, "10.0.2.10:80").is_err(), "the receiver's group says no");
    site.net.rules(site.group_b, vec![out, (Direction::Ingress, Protocol::TCP, Some(80), Some(80), block("10.0.1.10/32"))]);
    assert!(site.net.connect(&site.a.id, "10.0.2.10:80").is_ok());
    drop(listener);
}

#[test]
fn an_interface_of_a_stopped_instance_makes_its_routes_blackholes() {
    let mut site = appliance();
    site.check(false);
    assert!(site.net.ping(&site.a.id, "10.0.2.10"));
    let instance = site.x.instance;
    site.net.edit_instance(instance, InstanceState::Stopped);
    assert!(site.net.no_ping(&site.a.id, "10.0.2.10"));
    assert!(!fabric::netns::is_alive(&site.net.lab.path(&site.x.id)), "its namespace is gone");
}

/// Whether a TCP connection gets through, on a port where somebody listens.
fn tcp(net: &Net, from: &Guest, to: &Guest, address: &str, port: u16) -> bool {
    let listener = net.listen(&to.id, &format!("{address}:{port}"));
    let connected = net.connect(&from.id, &format!("{address}:{port}")).is_ok();
    drop(listener);
    connected
}

#[test]
fn groups_let_through_what_their_rules_say() {
    let mut net = Net::new();
    let vpc = net.vpc("10.0.0.0/16");
    let subnet = net.subnet(vpc, "10.0.1.0/24", None);
    let (client, server) = (net.group(vpc), net.group(vpc));
    let a = net.launch(subnet, &["10.0.1.10"], &[client]);
    let b = net.launch(subnet, &["10.0.1.11"], &[server]);
    let out = (Direction::Egress, Protocol::All, None, None, block("0.0.0.0/0"));
    let allows = |net: &Net, port| tcp(net, &a, &b, "10.0.1.11", port);

    assert!(!allows(&net, 80), "no rules at all");
    net.rules(client, vec![out.clone()]);
    assert!(!allows(&net, 80), "egress alone does not do");
    net.rules(server, vec![(Direction::Ingress, Protocol::TCP, Some(80), Some(90), block("10.0.1.0/24"))]);
    assert!(allows(&net, 80) && allows(&net, 90), "both ends of a range");
    assert!(!allows(&net, 79) && !allows(&net, 91), "and not beyond");
    assert!(!tcp(&net, &b, &a, "10.0.1.10", 80), "the server may not begin");
    net.rules(client, Vec::new());
    assert!(!allows(&net, 80), "ingress alone does not do");
    net.rules(client, vec![(Direction::Egress, Protocol::TCP, Some(85), Some(85), block("10.0.1.11/32"))]);
    assert!(allows(&net, 85) && !allows(&net, 80), "egress by port");
    net.rules(client, vec![out.clone()]);

    // Overlapping rules, in blocks within blocks.
    net.rules(
        server,
        vec![
            (Direction::Ingress, Protocol::TCP, Some(0), Some(100), block("10.0.0.0/8")),
            (Direction::Ingress, Protocol::TCP, Some(50), Some(200), block("10.0.1.10/32")),
            (Direction::Ingress, Protocol::All, None, None, block("10.9.0.0/16")),
        ],
    );
    assert!(allows(&net, 30) && allows(&net, 70) && allows(&net, 150) && !allows(&net, 250));

    net.rules(server, vec![(Direction::Ingress, Protocol::TCP, Some(80), Some(80), member_of(client))]);
    assert!(allows(&net, 80), "members of a group");
    net.rules(server, vec![(Direction::Ingress, Protocol::TCP, Some(80), Some(80), member_of(server))]);
    assert!(!allows(&net, 80), "not members of another");
    net.edit(a.interface, |row| row.groups = vec![client, server]);
    assert!(allows(&net, 80), "a member by now");
    net.rules(server, vec![(Direction::Ingress, Protocol::UDP, Some(80), Some(80), member_of(server))]);
    assert!(!allows(&net, 80), "another protocol");

    let icmp = |kind, code| vec![(Direction::Ingress, Protocol::ICMP, Some(kind), Some(code), block("0.0.0.0/0"))];
    net.rules(server, icmp(8, -1));
    assert!(net.ping(&a.id, "10.0.1.11"), "ICMP by type");
    net.rules(server, icmp(13, 0));
    assert!(net.no_ping(&a.id, "10.0.1.11"), "another type");
    net.rules(server, icmp(-1, -1));
    assert!(net.ping(&a.id, "10.0.1.11"), "all types");
    assert!(!allows(&net, 80));
    net.rules(server, vec![(Direction::Ingress, Protocol::All, None, None, member_of(client))]);
    assert!(net.ping(&a.id, "10.0.1.11") && allows(&net, 80), "everything from a group");
}

#[test]
fn groups_judge_ipv6_too() {
    let mut net = Net::new();
    let vpc = net.public_vpc("10.0.0.0/16", "2001:db8:1::/56");
    let subnet = net.subnet(vpc, "10.0.1.0/24", Some("2001:db8:1::/64"));
    let (client, server) = (net.open_group(vpc), net.group(vpc));
    let a = net.launch(subnet, &["10.0.1.10", "2001:db8:1::a"], &[client]);
    let b = net.launch(subnet, &["10.0.1.11", "2001:db8:1::b"], &[server]);
    let allows = |net: &Net| tcp(net, &a, &b, "[2001:db8:1::b]", 80);
    assert!(!allows(&net));
    net.rules(server, vec![(Direction::Ingress, Protocol::TCP, Some(80), Some(80), block("0.0.0.0/0"))]);
    assert!(!allows(&net), "a rule for IPv4");
    net.rules(server, vec![(Direction::Ingress, Protocol::TCP, Some(80), Some(80), block("2001:db8:1::a/128"))]);
    assert!(allows(&net));
    assert!(net.no_ping(&a.id, "2001:db8:1::b"));
    net.rules(server, vec![(Direction::Ingress, Protocol::ICMPV6, Some(128), Some(-1), member_of(client))]);
    assert!(net.ping(&a.id, "2001:db8:1::b"));
    assert!(net.no_host_ping("2001:db8:1::b"), "the internet is no member");
    net.rules(server, vec![(Direction::Ingress, Protocol::ICMPV6, Some(-1), Some(-1), block("::/0"))]);
    assert!(net.host_ping("2001:db8:1::b"));
}

#[test]
fn peers_reach_each_other_and_nothing_beyond() {
    use model::vpc_peering::{PeeringSide, PeeringState, VpcPeeringConnection};
    let Pair { mut net, vpc, a, b, .. } = pair();
    let other = net.public_vpc("10.1.0.0/16", "2001:db8:2::/56");
    let third = net.vpc("10.2.0.0/16");
    let subnet = net.subnet(other, "10.1.1.0/24", Some("2001:db8:2::/64"));
    let subnet_of_third = net.subnet(third, "10.2.1.0/24", None);
    let group = net.group(other);
    let group_of_third = net.open_group(third);
    let c = net.launch(subnet, &["10.1.1.10", "2001:db8:2::c"], &[group]);
    net.launch(subnet_of_third, &["10.2.1.10"], &[group_of_third]);
    let side = |vpc| PeeringSide { scope: lab::net::SCOPE, vpc, allow_dns_resolution: false };
    let connection = |number: u64, accepter| VpcPeeringConnection {
        id: model::ids::VpcPeeringConnectionId::from_number(number << 40),
        here: lab::net::SCOPE,
        requester: side(vpc),
        accepter: side(accepter),
        state: PeeringState::Active,
        since: model::Timestamp(0),
    };
    let (one, two) = (connection(1, other), connection(2, third));
    for row in [&one, &two] {
        net.commit(|draft, _| draft.put(row.clone()));
    }
    net.route(vpc, "10.1.0.0/16", RouteTarget::VpcPeeringConnection(one.id));
    net.route(vpc, "2001:db8:2::/56", RouteTarget::VpcPeeringConnection(one.id));
    net.route(other, "10.0.0.0/16", RouteTarget::VpcPeeringConnection(one.id));
    net.route(other, "2001:db8:1::/56", RouteTarget::VpcPeeringConnection(one.id));
    let out = (Direction::Egress, Protocol::All, None, None, block("0.0.0.0/0"));
    net.rules(group, vec![out.clone(), (Direction::Ingress, Protocol::All, None, None, block("10.0.1.11/32"))]);
    assert!(net.no_ping(&a.id, "10.1.1.10"), "the other side's groups judge");
    let from = |text| (Direction::Ingress, Protocol::All, None, None, block(text));
    net.rules(group, vec![out, from("10.0.1.10/32"), from("2001:db8:1::/56")]);
    assert!(net.ping(&a.id, "10.1.1.10"));
    assert!(net.ping(&a.id, "2001:db8:2::c"), "IPv6 takes the peering, not the internet");
    assert!(net.no_ping(&b.id, "10.1.1.10"));
    assert!(net.ping(&c.id, "10.0.1.10"));
    // A VPC is no way to a third one, nor to its internet gateway.
    net.route(other, "10.2.0.0/16", RouteTarget::VpcPeeringConnection(one.id));
    net.route(third, "10.1.0.0/16", RouteTarget::VpcPeeringConnection(two.id));
    net.route(vpc, "10.2.0.0/16", RouteTarget::VpcPeeringConnection(two.id));
    assert!(net.no_ping(&c.id, "10.2.1.10"));
    net.commit(|draft, _| draft.put(VpcPeeringConnection { state: PeeringState::Deleted(lab::net::SCOPE.account), ..one }));
    assert!(net.no_ping(&a.id, "10.1.1.10"));
}

#[test]
fn a_nat_gateway_lets_many_out_by_its_addresses_and_nobody_in() {
    use model::nat_gateway::{self, NewNatGateway};
    let mut net = Net::new();
    let vpc = net.public_vpc("10.0.0.0/16", "2001:db8:1::/56");
    let public = net.subnet(vpc, "10.0.0.0/24", None);
    let private = net.subnet(vpc, "10.0.1.0/24", None);
    let group = net.open_group(vpc);
    let a = net.launch(private, &["10.0.1.10"], &[group]);
    let b = net.launch(private, &["10.0.1.11"], &[group]);
    assert!(net.no_ping(&a.id, "203.0.113.1"));
    let (id, address) = net.commit(|draft, ctx| {
        let allocation = model::elastic_ip::allocate(draft, ctx, model::elastic_ip::WantedAddress::Any).unwrap();
        let wanted =
            NewNatGateway { subnet: public, allocations: vec![allocation], primary: None, secondary: Vec::new(), secondary_count: 0 };
        let id = nat_gateway::create(draft, ctx, wanted).unwrap();
        (id, draft.realm().elastic_ips.get(&allocation).unwrap().public)
    });
    net.subnet_route(private, "0.0.0.0/0", RouteTarget::NatGateway(id));
    assert!(net.ping(&a.id, "203.0.113.1"));
    assert!(net.ping(&b.id, "203.0.113.1"));
    assert!(net.ping(&a.id, "10.0.1.11"), "inside it is not in the way");
    let listener = std::net::TcpListener::bind("203.0.113.1:80").unwrap();
    for guest in [&a, &b] {
        let _stream = net.connect(&guest.id, "203.0.113.1:80").unwrap();
        assert_eq!(listener.accept().unwrap().1.ip(), address, "the internet sees the gateway");
    }
    let refused = net.udp(&a.id, "10.0.1.10:0");
    refused.connect("203.0.113.1:9").unwrap();
    refused.send(b"?").unwrap();
    assert_eq!(refused.recv(&mut [0; 10]).unwrap_err().kind(), ErrorKind::ConnectionRefused, "errors find their way back");
    assert!(net.no_host_ping(&address.to_string()));
    net.commit(|draft, ctx| nat_gateway::delete(draft, ctx, id).unwrap());
    assert!(net.no_ping(&a.id, "203.0.113.1"));
    assert!(!fabric::netns::is_alive(&net.lab.path(&id.to_string())));
}

#[test]
fn an_egress_only_gateway_lets_ipv6_out_and_nobody_in() {
    use model::egress_only_internet_gateway::EgressOnlyInternetGateway;
    let mut net = Net::new();
    let vpc = net.vpc("10.0.0.0/16");
    let block = model::vpc::VpcIpv6Block {
        association: model::ids::VpcCidrAssociationId::from_number(3),
        cidr: "2001:db8:1::/56".parse().unwrap(),
        pool: "Amazon".into(),
    };
    let id = model::ids::EgressOnlyInternetGatewayId::from_number(3);
    net.commit(|draft, _| {
        let row = draft.realm().vpcs.get(&vpc).unwrap();
        draft.put(model::vpc::Vpc { ipv6_blocks: vec![block], ..model::vpc::Vpc::clone(row) });
        draft.put(EgressOnlyInternetGateway { id, vpc });
    });
    let subnet = net.subnet(vpc, "10.0.1.0/24", Some("2001:db8:1::/64"));
    let group = net.open_group(vpc);
    let a = net.launch(subnet, &["10.0.1.10", "2001:db8:1::a"], &[group]);
    assert!(net.no_ping(&a.id, "2001:db8::1"), "no route yet");
    net.route(vpc, "::/0", RouteTarget::EgressOnlyInternetGateway(id));
    assert!(net.ping(&a.id, "2001:db8::1"));
    assert!(net.no_host_ping("2001:db8:1::a"));
    let listener = net.listen(&a.id, "[2001:db8:1::a]:80");
    let address = "[2001:db8:1::a]:80".parse().unwrap();
    assert!(std::net::TcpStream::connect_timeout(&address, Duration::from_millis(300)).is_err());
    drop(listener);
    net.commit(|draft, _| draft.delete(model::Key::EgressOnlyInternetGateway(id)));
    assert!(net.no_ping(&a.id, "2001:db8::1"));
}

#[test]
fn a_network_acl_judges_every_packet_into_and_out_of_its_subnet() {
    use model::network_acl::{NetworkAcl, NetworkAclAssociation, NetworkAclEntry};
    let mut net = Net::new();
    let vpc = net.public_vpc("10.0.0.0/16", "2001:db8:1::/56");
    let one = net.subnet(vpc, "10.0.1.0/24", None);
    let two = net.subnet(vpc, "10.0.2.0/24", None);
    let group = net.open_group(vpc);
    let a = net.launch(one, &["10.0.1.10"], &[group]);
    let b = net.launch(two, &["10.0.2.10"], &[group]);
    let c = net.launch(two, &["10.0.2.11"], &[group]);
    net.elastic_ip("203.0.113.20", b.interface, "10.0.2.10");
    let id = model::ids::NetworkAclId::from_number(5);
    let entry = |direction, number, protocol, allow, block: &str, ports| NetworkAclEntry {
        direction,
        number,
        protocol,
        allow,
        block: block.parse().unwrap(),
        ports,
        icmp: None,
    };
    let mut put = |entries: Vec<NetworkAclEntry>| {
        let association = NetworkAclAssociation { id: model::ids::NetworkAclAssociationId::from_number(5), subnet: two };
        net.commit(|draft, _| draft.put(NetworkAcl { id, vpc, is_default: false, associations: vec![association], entries }));
    };
    put(Vec::new());
    assert!(net.no_ping(&a.id, "10.0.2.10"), "an empty ACL lets nothing in");
    assert!(net.ping(&c.id, "10.0.2.10"), "within the subnet it does not judge");
    assert!(net.no_host_ping("203.0.113.20"));
    let set = |net: &mut Net, entries: Vec<NetworkAclEntry>| {
        net.commit(|draft, _| {
            let acl = draft.realm().network_acls.get(&id).unwrap();
            draft.put(NetworkAcl { entries, ..NetworkAcl::clone(acl) });
        });
    };
    let (tcp_in, all) = (Protocol::TCP, Protocol::All);
    set(&mut net, vec![entry(Direction::Ingress, 100, tcp_in, true, "10.0.1.0/24", Some((80, 80)))]);
    assert!(!tcp(&net, &a, &b, "10.0.2.10", 80), "the answer does not get out: an ACL knows no connections");
    let ephemeral = entry(Direction::Egress, 100, tcp_in, true, "10.0.1.0/24", Some((1024, 65535)));
    set(&mut net, vec![entry(Direction::Ingress, 100, tcp_in, true, "10.0.1.0/24", Some((80, 80))), ephemeral.clone()]);
    assert!(tcp(&net, &a, &b, "10.0.2.10", 80));
    assert!(!tcp(&net, &a, &b, "10.0.2.10", 81));
    set(
        &mut net,
        vec![
            // Not in the order of their numbers.
            entry(Direction::Ingress, 100, all, true, "0.0.0.0/0", None),
            entry(Direction::Ingress, 50, tcp_in, false, "10.0.1.10/32", Some((80, 80))),
            entry(Direction::Ingress, 40, tcp_in, true, "10.0.1.10/32", Some((82, 82))),
            entry(Direction::Egress, 100, all, true, "0.0.0.0/0", None),
        ],
    );
    assert!(!tcp(&net, &a, &b, "10.0.2.10", 80), "the lower number decides");
    assert!(tcp(&net, &a, &b, "10.0.2.10", 82));
    assert!(tcp(&net, &a, &b, "10.0.2.10", 81));
    assert!(net.host_ping("203.0.113.20"));
    set(
        &mut net,
        vec![entry(Direction::Ingress, 100, all, true, "0.0.0.0/0", None), entry(Direction::Egress, 100, all, true, "0.0.0.0/0", None)],
    );
    assert!(tcp(&net, &a, &b, "10.0.2.10", 80));
}

#[test]
fn prefix_lists_stand_for_their_blocks_in_groups_and_routes() {
    use model::prefix_list::{Family, PrefixList, PrefixListEntry};
    let Pair { mut net, vpc, a, subnet, .. } = pair();
    let list = |blocks: &[&str]| PrefixList {
        id: model::ids::PrefixListId::from_number(7),
        name: "list".into(),
        family: Family::Ipv4,
        max_entries: 10,
        version: 1,
        entries: blocks.iter().map(|text| PrefixListEntry { block: text.parse().unwrap(), description: None }).collect(),
        older: Vec::new(),
        state: "create-complete".into(),
    };
    let put = |net: &mut Net, blocks: &[&str]| net.commit(|draft, _| draft.put(list(blocks)));
    put(&mut net, &["192.0.2.0/24"]);
    let group = net.group(vpc);
    net.launch(subnet, &["10.0.1.40"], &[group]);
    let peer = model::security_group::Peer::PrefixList(list(&[]).id);
    net.rules(group, vec![(Direction::Ingress, Protocol::All, None, None, peer)]);
    assert!(net.no_ping(&a.id, "10.0.1.40"));
    put(&mut net, &["192.0.2.0/24", "10.0.1.10/32"]);
    assert!(net.ping(&a.id, "10.0.1.40"), "the changed list is what the rule means");

    net.elastic_ip("203.0.113.10", a.interface, "10.0.1.10");
    assert!(net.ping(&a.id, "203.0.113.1"));
    let table = net.realm().index.main_route_table(vpc).unwrap();
    net.commit(|draft, _| {
        let mut row = model::route_table::RouteTable::clone(draft.realm().route_tables.get(&table).unwrap());
        let gone = RouteTarget::InternetGateway(model::ids::InternetGatewayId::from_number(99));
        row.routes.push(model::route_table::Route { destination: model::route_table::Destination::PrefixList(list(&[]).id), target: gone });
        draft.put(row);
    });
    assert!(net.ping(&a.id, "203.0.113.1"));
    put(&mut net, &["203.0.113.0/24"]);
    assert!(net.no_ping(&a.id, "203.0.113.1"), "an entry's route is a blackhole");
}

#[test]
fn the_lists_of_aws_stand_for_their_blocks_too() {
    let Pair { mut net, vpc, subnet, .. } = pair();
    // com.amazonaws.us-east-1.s3 has 54.231.0.0/16.
    let s3: model::ids::PrefixListId = "pl-63a5400a".parse().unwrap();
    net.lab.host("ip address add 54.231.1.1/32 dev lo");
    let group = net.group(vpc);
    let c = net.launch(subnet, &["10.0.1.40"], &[group]);
    net.elastic_ip("203.0.113.40", c.interface, "10.0.1.40");
    net.rules(group, vec![(Direction::Egress, Protocol::All, None, None, model::security_group::Peer::PrefixList(s3))]);
    assert!(net.ping(&c.id, "54.231.1.1"));
    assert!(net.no_ping(&c.id, "203.0.113.1"));
    let table = net.realm().index.main_route_table(vpc).unwrap();
    net.commit(|draft, _| {
        let mut row = model::route_table::RouteTable::clone(draft.realm().route_tables.get(&table).unwrap());
        let gone = RouteTarget::InternetGateway(model::ids::InternetGatewayId::from_number(99));
        row.routes.push(model::route_table::Route { destination: model::route_table::Destination::PrefixList(s3), target: gone });
        draft.put(row);
    });
    assert!(net.no_ping(&c.id, "54.231.1.1"), "an entry's route is a blackhole");
}

#[test]
fn an_established_flow_outlives_its_rule_and_a_new_one_does_not() {
    let mut net = Net::new();
    let vpc = net.vpc("10.0.0.0/16");
    let subnet = net.subnet(vpc, "10.0.1.0/24", None);
    let (open, server) = (net.open_group(vpc), net.group(vpc));
    let a = net.launch(subnet, &["10.0.1.10"], &[open]);
    let b = net.launch(subnet, &["10.0.1.11"], &[server]);
    net.rules(server, vec![(Direction::Ingress, Protocol::TCP, Some(80), Some(80), block("10.0.1.10/32"))]);
    let listener = net.listen(&b.id, "10.0.1.11:80");
    let mut stream = net.connect(&a.id, "10.0.1.11:80").unwrap();
    let (mut accepted, _) = listener.accept().unwrap();
    net.rules(server, Vec::new());
    stream.write_all(b"still").unwrap();
    accepted.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut received = [0; 5];
    accepted.read_exact(&mut received).unwrap();
    assert_eq!(&received, b"still");
    assert!(net.connect(&a.id, "10.0.1.11:80").is_err());
}

#[test]
fn a_stopped_instance_keeps_its_addresses_for_its_return() {
    let Pair { mut net, a, b, subnet, .. } = pair();
    assert!(net.ping(&a.id, "10.0.1.11"));
    net.edit_instance(b.instance, InstanceState::Stopped);
    assert!(net.no_ping(&a.id, "10.0.1.11"));
    assert!(!net.lab.host("ip -br link").contains("eth"), "nothing strands on the host");
    net.edit_instance(b.instance, InstanceState::Pending);
    net.boot(b.instance);
    assert!(net.ping(&a.id, "10.0.1.11"));
    // Hot attach, and detach.
    let third = net.interface(subnet, &["10.0.1.30"], &[net.realm().interfaces.get(&a.interface).unwrap().groups[0]]);
    net.attach(third, b.instance, 3);
    // As on EC2, what answers from an interface's address must leave by that interface.
    net.lab.run(&b.id, "ip addr add 10.0.1.30/32 dev eth3");
    net.lab.run(&b.id, "ip route add default via 10.0.1.1 dev eth3 onlink table 103 && ip rule add from 10.0.1.30 lookup 103");
    assert!(net.ping(&a.id, "10.0.1.30"));
    net.edit(third, |row| row.attachment = None);
    assert!(!net.lab.can(&b.id, "ip link show eth3"));
}
