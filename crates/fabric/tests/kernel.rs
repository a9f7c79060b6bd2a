//! The Linux kernel takes every kind of object, and gives it back as it was.

#![allow(clippy::unwrap_used, clippy::panic)]

mod lab;

use fabric::kernel::linux::LinuxKernel;
use fabric::kernel::{Family, Kernel, Key, Link, LinkKind, Name, Namespace, Objects, Peer, Route, RouteTarget, SetData, Timeouts, Value};
use fabric::plan::plan;
use fabric::{names, ruleset};
use lab::Lab;

fn vpc() -> Namespace {
    Namespace::named("vpc-0123456789abcdef0")
}

/// Some of everything.
fn objects() -> Objects {
    let namespace = vpc();
    let guest = Namespace::named("i-0123456789abcdef0");
    let link = Name::from("e0123456789abcd");
    let mut objects = Objects::new();
    objects.insert(Key::Namespace(namespace.clone()), Value::Exists);
    objects.insert(Key::Namespace(guest.clone()), Value::Exists);
    for (path, value) in [("ipv4/ip_forward", "1"), ("ipv6/conf/all/forwarding", "1"), ("ipv6/conf/default/addr_gen_mode", "1")] {
        objects.insert(Key::Sysctl { namespace: namespace.clone(), path: Name::from(path) }, Value::Sysctl(Name::from(value)));
    }
    objects.insert(
        Key::Link { namespace: namespace.clone(), name: Name::from("lo") },
        Value::Link(Link { kind: LinkKind::Loopback, up: true }),
    );
    objects.insert(
        Key::Link { namespace: namespace.clone(), name: link.clone() },
        Value::Link(Link {
            kind: LinkKind::Veth {
                mac: [2, 0, 0, 0, 0, 1],
                mtu: 9001,
                alias: Name::from("enid: test"),
                peer: Some(Peer { namespace: guest, name: Name::from("eth0"), mac: [2, 0, 0, 0, 0, 2], alias: None }),
            },
            up: true,
        }),
    );
    objects.insert(
        Key::LinkSysctl { namespace: namespace.clone(), link: link.clone(), path: Name::from("ipv4/neigh/{}/proxy_delay") },
        Value::Sysctl(Name::from("0")),
    );
    for address in ["fe80::1/64", "10.0.0.1/32"] {
        objects.insert(Key::Address { namespace: namespace.clone(), link: link.clone(), address: address.parse().unwrap() }, Value::Exists);
    }
    for address in ["fe80::2", "169.254.0.1"] {
        objects.insert(
            Key::Neighbour { namespace: namespace.clone(), link: link.clone(), address: address.parse().unwrap() },
            Value::Neighbour([2, 0, 0, 0, 0, 2]),
        );
    }
    let via = |gateway: &str| RouteTarget::Via { link: link.clone(), gateway: gateway.parse().unwrap() };
    for (destination, target) in [
        ("0.0.0.0/0", RouteTarget::Blackhole),
        ("::/0", RouteTarget::Blackhole),
        ("10.0.0.0/16", RouteTarget::Throw),
        ("2001:db8::/56", RouteTarget::Throw),
        ("10.0.0.4/32", via("169.254.0.1")),
        ("10.0.0.16/28", via("169.254.0.1")),
        ("2001:db8::4/128", via("fe80::2")),
    ] {
        objects.insert(
            Key::Route { namespace: namespace.clone(), table: 70_000, destination: destination.parse().unwrap() },
            Value::Route(Route { target, source: None }),
        );
    }
    for family in [Family::V4, Family::V6] {
        for mark in [None, Some(70_000)] {
            objects.insert(Key::Rule { namespace: namespace.clone(), family, preference: 100, mark }, Value::Rule(70_000));
        }
    }
    for family in [Family::V4, Family::V6] {
        // The kernel's own, which each namespace begins with.
        objects.insert(Key::Rule { namespace: namespace.clone(), family, preference: 32766, mark: None }, Value::Rule(254));
    }
    objects.insert(Key::Table(namespace.clone()), Value::Exists);
    for (name, set) in &ruleset::ruleset().sets {
        let name = Name::from(*name);
        objects.insert(Key::Set { namespace: namespace.clone(), name: name.clone() }, Value::Set(set.clone()));
        let zeros = |len: u32| vec![0u8; len as usize].into_boxed_slice();
        objects.insert(
            Key::Element {
                namespace: namespace.clone(),
                set: name,
                key: zeros(set.key_len()),
                key_end: set.interval.then(|| zeros(set.key_len())),
            },
            match set.data {
                SetData::Timeouts => Value::Reference(Name::from("tcp_60")),
                SetData::None | SetData::Fields(_) => Value::Element(vec![7; set.data_len() as usize].into()),
            },
        );
    }
    for (name, timeouts) in [
        ("tcp_60", Timeouts::Tcp { established_seconds: 60 }),
        ("udp_45_120", Timeouts::Udp { unreplied_seconds: 45, replied_seconds: 120 }),
    ] {
        objects.insert(Key::Timeouts { namespace: namespace.clone(), name: Name::from(name) }, Value::Timeouts(timeouts));
    }
    for chain in &ruleset::ruleset().chains {
        objects.insert(Key::Chain { namespace: namespace.clone(), name: Name::from(chain.name) }, Value::Chain(chain.object()));
    }
    objects
}

fn apply(kernel: &mut LinuxKernel, current: &Objects, desired: &Objects) {
    let steps = plan(current, desired);
    let results = kernel.apply(&steps);
    let errors: Vec<String> = results.iter().filter_map(|result| result.as_ref().err()).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn what_is_set_is_read_back_the_same() {
    let lab = Lab::new();
    let mut kernel = LinuxKernel::new(lab.data()).unwrap();
    let desired = objects();
    apply(&mut kernel, &Objects::new(), &desired);
    let listed = lab.run("vpc-0123456789abcdef0", "nft list ruleset");
    for line in [
        "ip daddr set ip daddr map @elastic_in",
        "icmp type destination-unreachable @th,160,32 set @th,160,32 map @elastic_in",
        "iifname . @ll,48,48 != @senders",
        "iifname != @unchecked fib saddr . iif oif 0",
        "iifname @unchecked ct zone set fib daddr . mark oifname map @zones",
        "oifname != @outside oifname != @unchecked fib daddr oifname . oifname != @same_link",
        "iifname . ip saddr != @peer_sources4",
        "ip6 nexthdr ipv6-frag iifname @fragments",
        "limit rate over 5000/second",
        "ct state related",
        "ct state established ct mark 0x00000000",
        "ct state established ct direction reply ct mark & 0x00000002 != 0x00000000",
        "ct mark set ct mark | 0x00000001",
        "ct timeout set iifname . meta l4proto map @timeouts",
        "established : 60",
        "unreplied : 45",
        "meta mark . meta l4proto . tcp dport . ip daddr @egress4",
        "meta mark . meta priority . meta l4proto . udp dport @ingress_groups",
    ] {
        assert!(listed.contains(line), "nft does not read {line} in {listed}");
    }
    let namespaces = kernel.namespaces().unwrap();
    assert_eq!(namespaces.len(), 2);
    let mut current = kernel.dump(&[vpc()]).unwrap();
    current.insert(Key::Namespace(namespaces[0].clone()), Value::Exists);
    assert_eq!(plan(&current, &desired), vec![], "a second plan has nothing to do");
}

#[test]
fn no_link_leads_into_a_namespace_before_its_rules_are_in_place() {
    let lab = Lab::new();
    let mut kernel = LinuxKernel::new(lab.data()).unwrap();
    let mut desired = objects();
    // Longer a key than the kernel takes, and with it the whole transaction is refused.
    let impossible = ruleset::ruleset().sets.iter().find(|(_, set)| set.interval).unwrap().1.clone();
    let key = Key::Set { namespace: vpc(), name: Name::from("impossible") };
    let fields = [impossible.key.clone(), impossible.key.repeat(4)].concat();
    desired.insert(key.clone(), Value::Set(fabric::kernel::Set { key: fields, ..impossible }));
    let steps = plan(&Objects::new(), &desired);
    let results = kernel.apply(&steps);
    assert_eq!(lab.run("vpc-0123456789abcdef0", "nft list ruleset"), "", "no rules");
    let links = lab.run("vpc-0123456789abcdef0", "ip -br link");
    assert!(!links.contains("e0123456789abcd"), "no rules, and a way in: {links}");
    let said = results.iter().filter_map(|result| result.as_ref().err()).any(|error| error.to_string().contains("before the rules"));
    assert!(said);
    desired.remove(&key);
    let mut current = kernel.dump(&[vpc()]).unwrap();
    current.insert(Key::Namespace(Namespace::named("i-0123456789abcdef0")), Value::Exists);
    apply(&mut kernel, &current, &desired);
    assert!(lab.run("vpc-0123456789abcdef0", "ip -br link").contains("e0123456789abcd"));
}

#[test]
fn everything_can_be_removed_again() {
    let lab = Lab::new();
    let mut kernel = LinuxKernel::new(lab.data()).unwrap();
    let desired = objects();
    apply(&mut kernel, &Objects::new(), &desired);
    let namespaces: Objects =
        desired.iter().filter(|(key, _)| matches!(key, Key::Namespace(_))).map(|(k, v)| (k.clone(), v.clone())).collect();
    apply(&mut kernel, &desired, &namespaces);
    assert_eq!(lab.run("vpc-0123456789abcdef0", "nft list ruleset"), "");
    assert_eq!(lab.run("vpc-0123456789abcdef0", "ip route show table 70000"), "");
    apply(&mut kernel, &namespaces, &Objects::new());
    assert!(kernel.namespaces().unwrap().is_empty());
}

#[test]
fn ten_thousand_routes_are_set_and_read_back() {
    let lab = Lab::new();
    let mut kernel = LinuxKernel::new(lab.data()).unwrap();
    let mut desired = objects();
    apply(&mut kernel, &Objects::new(), &desired);
    let before = desired.clone();
    for number in 0..10_000u32 {
        let address = std::net::Ipv4Addr::from(0x0a01_0000 + number);
        desired.insert(
            Key::Route { namespace: vpc(), table: names::ADDRESSES_TABLE, destination: std::net::IpAddr::V4(address).into() },
            Value::Route(Route {
                target: RouteTarget::Via { link: Name::from("e0123456789abcd"), gateway: "169.254.0.1".parse().unwrap() },
                source: None,
            }),
        );
    }
    apply(&mut kernel, &before, &desired);
    let mut current = kernel.dump(&[vpc()]).unwrap();
    current.insert(Key::Namespace(Namespace::named("i-0123456789abcdef0")), Value::Exists);
    assert_eq!(plan(&current, &desired), vec![]);
}
