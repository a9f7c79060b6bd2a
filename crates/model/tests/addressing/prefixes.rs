//! EC2's user guide, "Prefix delegation for Amazon EC2 network interfaces".

use model::Error;
use model::addressing::{WantedIpv4, WantedIpv6, unassign_ipv4, unassign_ipv6};
use model::instance::InstanceState::Stopped;
use model::interface::NewInterface;
use model::subnet_reservation::{Purpose, create as reserve};

use crate::given::{Given, net4, net6, these, these_moved, v4};

fn prefix4(prefixes: &[&str]) -> WantedIpv4 {
    WantedIpv4 { prefixes: prefixes.iter().map(|text| net4(text)).collect(), ..WantedIpv4::default() }
}

fn prefix6(prefixes: &[&str]) -> WantedIpv6 {
    WantedIpv6 { prefixes: prefixes.iter().map(|text| net6(text)).collect(), ..WantedIpv6::default() }
}

#[test]
fn a_prefix_is_an_aligned_28_or_80_of_the_subnet() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let interface = given.interface(subnet, "10.0.0.10");
    given.assign(interface, &prefix4(&["10.0.0.32/28"])).unwrap();
    given.assign_v6(interface, &prefix6(&["2001:db8:0:100:1::/80"])).unwrap();
    for malformed in ["10.0.0.65/28", "10.0.0.64/29", "10.0.0.64/27", "10.0.0.64/32"] {
        assert_eq!(given.assign(interface, &prefix4(&[malformed])), Err(Error::PrefixMalformed(net4(malformed).into())));
    }
    for malformed in ["2001:db8:0:100:2::1/80", "2001:db8:0:100::/79", "2001:db8:0:100:2::/96"] {
        assert_eq!(given.assign_v6(interface, &prefix6(&[malformed])), Err(Error::PrefixMalformed(net6(malformed).into())));
    }
    assert!(matches!(given.assign(interface, &prefix4(&["10.0.1.0/28"])), Err(Error::AddressOutsideSubnet(_))));
    assert!(matches!(given.assign_v6(interface, &prefix6(&["2001:db8:0:101:1::/80"])), Err(Error::AddressOutsideSubnet(_))));
}

#[test]
fn a_prefix_overlaps_nothing_in_use() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let (one, two) = (given.interface(subnet, "10.0.0.20"), given.interface(subnet, "10.0.0.200"));
    let in_use = |text: &str| Err(Error::PrefixInUse(net4(text).into()));
    // An address, its own or another's; the reserved ones; another prefix.
    for taken in ["10.0.0.16/28", "10.0.0.192/28", "10.0.0.0/28", "10.0.0.240/28"] {
        assert_eq!(given.assign(one, &prefix4(&[taken])), in_use(taken));
    }
    given.assign(one, &prefix4(&["10.0.0.32/28"])).unwrap();
    assert_eq!(given.assign(two, &prefix4(&["10.0.0.32/28"])), in_use("10.0.0.32/28"));
    assert_eq!(given.assign(two, &prefix4(&["10.0.0.64/28", "10.0.0.64/28"])), in_use("10.0.0.64/28"));
    let beside = WantedIpv4 { prefixes: vec![net4("10.0.0.64/28")], ..these(&["10.0.0.70"]) };
    assert_eq!(given.assign(two, &beside), in_use("10.0.0.64/28"));
    // An address of a prefix is in use, and does not move by itself.
    for wanted in [these(&["10.0.0.33"]), these_moved(&["10.0.0.33"])] {
        assert_eq!(given.assign(two, &wanted), Err(Error::MoveNotAllowed(vec![v4("10.0.0.33").into()])));
    }
    assert_eq!(
        given.try_create(NewInterface { primary_ipv4: Some(v4("10.0.0.33")), ..NewInterface::in_subnet(subnet) }),
        Err(Error::AddressInUse(v4("10.0.0.33").into()))
    );
}

#[test]
fn automatic_prefixes_are_free_ones_until_there_is_none() {
    let mut given = Given::new(7);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let interface = given.interface(subnet, "10.0.0.100");
    // Of 16 blocks the first and last hold reserved addresses and one the primary address.
    let assigned = given.assign(interface, &WantedIpv4 { prefix_count: 13, ..WantedIpv4::default() }).unwrap();
    assert_eq!(assigned.prefixes.len(), 13);
    let one_more = given.assign(interface, &WantedIpv4 { prefix_count: 1, ..WantedIpv4::default() });
    assert_eq!(one_more, Err(Error::NoFreePrefixes(subnet)));
    let ipv6 = given.assign_v6(interface, &WantedIpv6 { prefix_count: 40, count: 2, ..WantedIpv6::default() }).unwrap();
    assert_eq!((ipv6.prefixes.len(), ipv6.addresses.len()), (40, 2));
}

#[test]
fn a_subnet_with_fewer_free_addresses_than_prefixes_have_is_told_from_a_scattered_one() {
    let mut given = Given::new(7);
    let count = |prefix_count| WantedIpv4 { prefix_count, ..WantedIpv4::default() };
    // 11 addresses but for the primary; then 59, of which two blocks of four are whole.
    let (small, large) = (given.subnet("10.0.0.0/28"), given.subnet("10.0.1.0/26"));
    let interface = given.interface(small, "10.0.0.4");
    assert_eq!(given.assign(interface, &count(1)), Err(Error::NoFreeAddressesForPrefixes(small)));
    let wanted = NewInterface { ipv4_prefix_count: 1, ..NewInterface::in_subnet(small) };
    assert_eq!(given.try_create(wanted), Err(Error::NoFreeAddressesForPrefixes(small)));
    let interface = given.interface(large, "10.0.1.4");
    assert_eq!(given.assign(interface, &count(3)), Err(Error::NoFreePrefixes(large)));
    assert_eq!(given.assign(interface, &count(4)), Err(Error::NoFreeAddressesForPrefixes(large)));
    given.assign(interface, &count(2)).unwrap();
    assert_eq!(given.assign(interface, &count(1)), Err(Error::NoFreePrefixes(large)));
    // An address that moves was not free before, one that is named was.
    let other = given.interface(large, "10.0.1.5");
    let nine: Vec<String> = (6..15).map(|number| format!("10.0.1.{number}")).collect();
    given.assign(other, &these(&nine.iter().map(String::as_str).collect::<Vec<_>>())).unwrap();
    let beside = |wanted: WantedIpv4| WantedIpv4 { prefix_count: 1, ..wanted };
    assert_eq!(given.assign(interface, &beside(these_moved(&["10.0.1.6"]))), Err(Error::NoFreePrefixes(large)));
    assert_eq!(given.assign(interface, &beside(these(&["10.0.1.15"]))), Err(Error::NoFreeAddressesForPrefixes(large)));
}

#[test]
fn prefixes_need_a_nitro_instance_and_count_as_addresses() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let (xen, on_xen) = given.instance(subnet, "10.0.0.10", "t2.large", Stopped);
    assert_eq!(given.assign(on_xen, &prefix4(&["10.0.0.32/28"])), Err(Error::PrefixesUnsupported("t2.large")));
    assert_eq!(given.assign_v6(on_xen, &prefix6(&["2001:db8:0:100:1::/80"])), Err(Error::PrefixesUnsupported("t2.large")));
    let with_prefix = given.try_create(NewInterface { ipv4_prefix_count: 1, ..NewInterface::in_subnet(subnet) }).unwrap();
    assert_eq!(given.attach(with_prefix, xen, 1), Err(Error::PrefixesUnsupported("t2.large")));
    // t3.micro: two addresses an interface, the primary one included.
    let (_, on_nitro) = given.instance(subnet, "10.0.0.11", "t3.micro", Stopped);
    given.assign(on_nitro, &prefix4(&["10.0.0.32/28"])).unwrap();
    assert_eq!(given.assign(on_nitro, &these(&["10.0.0.12"])), Err(Error::AddressLimit { limit: 2, wanted: 3 }));
}

#[test]
fn an_address_of_a_prefix_can_have_an_elastic_ip_and_loses_it_with_the_prefix() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let interface = given.interface(subnet, "10.0.0.10");
    given.assign(interface, &prefix4(&["10.0.0.32/28"])).unwrap();
    let (elastic, _) = given.elastic_ip(interface, "10.0.0.40");
    assert_eq!(given.stands_for(elastic), Some((interface, "10.0.0.40".into())));
    assert!(matches!(given.unassign(interface, &["10.0.0.40"]), Err(Error::NotAssigned { .. })), "a single address stays with its prefix");
    given.attempt(|draft, _| unassign_ipv4(draft, interface, &[], &[net4("10.0.0.32/28")])).unwrap();
    assert_eq!((given.stands_for(elastic), given.row(interface).ipv4_prefixes.len()), (None, 0));
}

#[test]
fn prefixes_are_unassigned_whole() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let interface = given.interface(subnet, "10.0.0.10");
    given.assign_v6(interface, &prefix6(&["2001:db8:0:100:1::/80"])).unwrap();
    assert!(matches!(given.unassign_v6(interface, &["2001:db8:0:100:1::5"]), Err(Error::NotAssigned { .. })));
    given.attempt(|draft, _| unassign_ipv6(draft, interface, &[], &[net6("2001:db8:0:100:1::/80")])).unwrap();
    assert_eq!(given.row(interface).ipv6_prefixes, []);
}

#[test]
fn automatic_prefixes_come_from_prefix_reservations_first_and_automatic_addresses_never() {
    let mut given = Given::new(3);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    for (cidr, purpose) in
        [("10.0.0.32/27", Purpose::Prefix), ("10.0.0.128/25", Purpose::Explicit), ("2001:db8:0:100:aaaa::/79", Purpose::Prefix)]
    {
        given.attempt(|draft, ctx| reserve(draft, ctx, subnet, cidr.parse().unwrap(), purpose, None)).unwrap();
    }
    let interface = given.interface(subnet, "10.0.0.130");
    let two = given.assign(interface, &WantedIpv4 { prefix_count: 2, ..WantedIpv4::default() }).unwrap();
    assert!(two.prefixes.iter().all(|prefix| net4("10.0.0.32/27").contains(prefix)));
    let two = given.assign_v6(interface, &WantedIpv6 { prefix_count: 2, ..WantedIpv6::default() }).unwrap();
    assert!(two.prefixes.iter().all(|prefix| net6("2001:db8:0:100:aaaa::/79").contains(prefix)));
    // Then from the rest: neither reserved nor in use (10.0.0.0/28 has the reserved addresses).
    let rest = given.assign(interface, &WantedIpv4 { prefix_count: 4, ..WantedIpv4::default() }).unwrap();
    assert!(rest.prefixes.iter().all(|prefix| prefix.network() < v4("10.0.0.128")));
    let few = given.assign(interface, &WantedIpv4 { count: 12, ..WantedIpv4::default() }).unwrap();
    assert!(few.addresses.iter().all(|address| net4("10.0.0.0/25").contains(address)));
    let more = given.assign(interface, &WantedIpv4 { count: 30, ..WantedIpv4::default() });
    assert_eq!(more, Err(Error::NoFreeAddresses(subnet)));
    given.assign(interface, &these(&["10.0.0.140"])).unwrap();
}
