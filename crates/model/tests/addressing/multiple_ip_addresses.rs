//! EC2's user guide, "Multiple IP Addresses": each sentence that is a rule of addressing is a test of its name.

use model::Error;
use model::addressing::{WantedIpv4, WantedIpv6};
use model::elastic_ip::{WantedAddress, allocate, associate, disassociate, give_public_address, release_public_address};
use model::instance::InstanceState::{Running, Stopped};
use model::interface::{NewInterface, create_interface, delete_interface, detach};
use model::life_cycle::{advance, request_terminate};

use crate::given::{Given, these, these_moved, these_v6, v4, v6};

#[test]
fn a_secondary_ipv4_address_can_be_assigned_to_any_interface_attached_or_not() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let detached = given.interface(subnet, "10.0.0.10");
    let (instance, primary) = given.instance(subnet, "10.0.0.20", "m5.large", Running);
    let second = given.interface(subnet, "10.0.0.30");
    given.attach(second, instance, 1).unwrap();
    for (interface, address) in [(detached, "10.0.0.11"), (primary, "10.0.0.21"), (second, "10.0.0.31")] {
        let assigned = given.assign(interface, &these(&[address])).unwrap();
        assert_eq!(assigned.addresses, [v4(address)]);
        assert_eq!(given.row(interface).secondary_ipv4(), [v4(address)]);
    }
}

#[test]
fn several_ipv6_addresses_can_be_assigned_in_a_subnet_with_an_ipv6_block() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let interface = given.interface(subnet, "10.0.0.10");
    given.assign_v6(interface, &these_v6(&["2001:db8:0:100::a", "2001:db8:0:100::b"])).unwrap();
    let automatic = given.assign_v6(interface, &WantedIpv6 { count: 3, ..WantedIpv6::default() }).unwrap();
    assert_eq!(automatic.addresses.len(), 3);
    assert_eq!(given.addresses_v6(interface)[..2], ["2001:db8:0:100::a", "2001:db8:0:100::b"]);
    assert_eq!(given.row(interface).ipv6.len(), 5);
}

#[test]
fn an_ipv6_address_needs_a_subnet_with_an_ipv6_block() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let interface = given.interface(subnet, "10.0.0.10");
    let refused = Error::NoIpv6Block(subnet);
    assert_eq!(given.assign_v6(interface, &WantedIpv6 { count: 1, ..WantedIpv6::default() }), Err(refused.clone()));
    assert_eq!(given.assign_v6(interface, &these_v6(&["2001:db8:0:100::a"])), Err(refused.clone()));
    assert_eq!(given.try_create(NewInterface { ipv6_count: Some(1), ..NewInterface::in_subnet(subnet) }), Err(refused));
}

#[test]
fn a_secondary_ipv4_address_must_be_in_the_range_of_the_subnet() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    given.subnet("10.0.1.0/24");
    let interface = given.interface(subnet, "10.0.0.10");
    for outside in ["10.0.1.10", "10.1.0.10", "192.0.2.1"] {
        assert_eq!(given.assign(interface, &these(&[outside])), Err(Error::AddressOutsideSubnet(v4(outside).into())));
    }
}

#[test]
fn an_ipv6_address_must_be_in_the_range_of_the_subnet() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let interface = given.interface(subnet, "10.0.0.10");
    let refused = given.assign_v6(interface, &these_v6(&["2001:db8:0:101::a"]));
    assert_eq!(refused, Err(Error::AddressOutsideSubnet(v6("2001:db8:0:101::a").into())));
}

#[test]
fn the_four_first_addresses_and_the_last_are_never_assigned() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/28", "2001:db8:0:100::/64");
    let interface = given.interface(subnet, "10.0.0.4");
    for reserved in ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.15"] {
        assert_eq!(given.assign(interface, &these(&[reserved])), Err(Error::AddressReserved(v4(reserved).into())));
    }
    for reserved in ["2001:db8:0:100::", "2001:db8:0:100::3", "2001:db8:0:100:ffff:ffff:ffff:ffff"] {
        assert_eq!(given.assign_v6(interface, &these_v6(&[reserved])), Err(Error::AddressReserved(v6(reserved).into())));
    }
    let rest = given.assign(interface, &WantedIpv4 { count: 10, ..WantedIpv4::default() }).unwrap();
    assert!(rest.addresses.iter().all(|address| (5..15).contains(&address.octets()[3])));
    let one_more = given.assign(interface, &WantedIpv4 { count: 1, ..WantedIpv4::default() });
    assert_eq!(one_more, Err(Error::NoFreeAddresses(subnet)));
}

#[test]
fn security_groups_are_those_of_the_interface_whatever_address_it_gains() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let interface = given.interface(subnet, "10.0.0.10");
    let default = given.draft.realm().index.group_named(given.vpc, "default").unwrap();
    assert_eq!(given.row(interface).groups, [default]);
    given.assign(interface, &these(&["10.0.0.11"])).unwrap();
    assert_eq!(given.row(interface).groups, [default]);
}

#[test]
fn addresses_are_assigned_and_unassigned_on_running_and_on_stopped_instances() {
    for state in [Running, Stopped] {
        let mut given = Given::new(1);
        let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
        let (_, interface) = given.instance(subnet, "10.0.0.10", "m5.large", state);
        given.assign(interface, &these(&["10.0.0.11"])).unwrap();
        given.assign_v6(interface, &these_v6(&["2001:db8:0:100::a"])).unwrap();
        assert_eq!(given.addresses(interface), ["10.0.0.10", "10.0.0.11"]);
        given.unassign(interface, &["10.0.0.11"]).unwrap();
        given.unassign_v6(interface, &["2001:db8:0:100::a"]).unwrap();
        assert_eq!(given.addresses(interface), ["10.0.0.10"]);
        assert_eq!(given.addresses_v6(interface), [""; 0]);
    }
}

#[test]
fn a_secondary_address_is_reassigned_if_that_is_explicitly_allowed() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (one, two) = (given.interface(subnet, "10.0.0.10"), given.interface(subnet, "10.0.0.20"));
    given.assign(one, &these(&["10.0.0.11"])).unwrap();
    assert_eq!(given.assign(two, &these(&["10.0.0.11"])), Err(Error::MoveNotAllowed(vec![v4("10.0.0.11").into()])));
    assert_eq!(given.assign(two, &these_moved(&["10.0.0.11"])).unwrap().addresses, [v4("10.0.0.11")]);
    assert_eq!((given.addresses(one), given.addresses(two)), (vec!["10.0.0.10".into()], vec!["10.0.0.20".into(), "10.0.0.11".into()]));
}

#[test]
fn a_primary_address_is_never_reassigned() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (one, two) = (given.interface(subnet, "10.0.0.10"), given.interface(subnet, "10.0.0.20"));
    assert_eq!(given.assign(two, &these_moved(&["10.0.0.10"])), Err(Error::PrimaryCannotMove(v4("10.0.0.10").into())));
    assert_eq!(given.assign(one, &these(&["10.0.0.10"])), Err(Error::MoveNotAllowed(vec![v4("10.0.0.10").into()])));
}

#[test]
fn an_address_that_the_interface_has_already_stays_in_its_place_and_is_not_answered() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let interface = given.interface(subnet, "10.0.0.10");
    given.assign(interface, &these(&["10.0.0.11", "10.0.0.12"])).unwrap();
    for wanted in [these(&["10.0.0.11", "10.0.0.13"]), these_moved(&["10.0.0.12", "10.0.0.14"])] {
        assert_eq!(given.assign(interface, &wanted).unwrap().addresses, wanted.addresses[1..]);
    }
    assert_eq!(given.addresses(interface), ["10.0.0.10", "10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.14"]);
}

#[test]
fn an_ipv6_address_is_not_reassigned_but_can_be_assigned_once_it_is_unassigned() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let (one, two) = (given.interface(subnet, "10.0.0.10"), given.interface(subnet, "10.0.0.20"));
    let wanted = these_v6(&["2001:db8:0:100::a"]);
    given.assign_v6(one, &wanted).unwrap();
    assert_eq!(given.assign_v6(two, &wanted), Err(Error::AddressInUse(v6("2001:db8:0:100::a").into())));
    given.unassign_v6(one, &["2001:db8:0:100::a"]).unwrap();
    given.assign_v6(two, &wanted).unwrap();
    assert_eq!(given.addresses_v6(two), ["2001:db8:0:100::a"]);
}

#[test]
fn the_entire_operation_fails_if_one_address_cannot_be_assigned() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let (one, two) = (given.interface(subnet, "10.0.0.10"), given.interface(subnet, "10.0.0.20"));
    given.assign(one, &these(&["10.0.0.11"])).unwrap();
    given.assign_v6(one, &these_v6(&["2001:db8:0:100::a"])).unwrap();
    for bad in ["10.0.0.11", "10.0.0.10", "10.0.0.1", "10.0.9.9"] {
        // `attempt` sees to it that nothing changed.
        given.assign(two, &these(&["10.0.0.21", bad])).unwrap_err();
        given.assign(two, &these(&[bad, "10.0.0.21"])).unwrap_err();
    }
    given.assign_v6(two, &these_v6(&["2001:db8:0:100::b", "2001:db8:0:100::a"])).unwrap_err();
    given.assign(two, &these_moved(&["10.0.0.11", "10.0.0.10"])).unwrap_err();
    given.unassign(one, &["10.0.0.11", "10.0.0.99"]).unwrap_err();
    assert_eq!((given.addresses(one).len(), given.addresses(two).len()), (2, 1));
}

#[test]
fn every_address_that_may_not_move_is_named() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (one, two) = (given.interface(subnet, "10.0.0.10"), given.interface(subnet, "10.0.0.20"));
    given.assign(one, &these(&["10.0.0.11", "10.0.0.12"])).unwrap();
    let refused = given.assign(two, &these(&["10.0.0.12", "10.0.0.21", "10.0.0.11"]));
    assert_eq!(refused, Err(Error::MoveNotAllowed(vec![v4("10.0.0.12").into(), v4("10.0.0.11").into()])));
}

#[test]
fn addresses_and_elastic_ips_remain_with_an_interface_that_is_detached_and_attached_elsewhere() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let (one, _) = given.instance(subnet, "10.0.0.10", "m5.large", Running);
    let (two, _) = given.instance(subnet, "10.0.0.20", "m5.large", Running);
    let moving = given.interface(subnet, "10.0.0.30");
    given.assign(moving, &these(&["10.0.0.31"])).unwrap();
    given.assign_v6(moving, &these_v6(&["2001:db8:0:100::a"])).unwrap();
    let of_primary = given.elastic_ip(moving, "10.0.0.30").0;
    let of_secondary = given.elastic_ip(moving, "10.0.0.31").0;
    let attachment = given.attach(moving, one, 1).unwrap();
    let expect_all = |given: &Given| {
        assert_eq!(given.addresses(moving), ["10.0.0.30", "10.0.0.31"]);
        assert_eq!(given.addresses_v6(moving), ["2001:db8:0:100::a"]);
        assert_eq!(given.stands_for(of_primary), Some((moving, "10.0.0.30".into())));
        assert_eq!(given.stands_for(of_secondary), Some((moving, "10.0.0.31".into())));
    };
    expect_all(&given);
    given.attempt(|draft, _| detach(draft, attachment)).unwrap();
    assert_eq!(given.row(moving).attachment, None);
    expect_all(&given);
    given.attach(moving, two, 1).unwrap();
    assert_eq!(given.row(moving).instance(), Some(two));
    expect_all(&given);
}

#[test]
fn the_primary_interface_cannot_be_moved_but_its_secondary_addresses_can() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (_, primary) = given.instance(subnet, "10.0.0.10", "m5.large", Running);
    let (_, standby) = given.instance(subnet, "10.0.0.20", "m5.large", Running);
    given.assign(primary, &these(&["10.0.0.11"])).unwrap();
    let attachment = given.row(primary).attachment.as_ref().unwrap().id;
    assert_eq!(given.attempt(|draft, _| detach(draft, attachment)), Err(Error::PrimaryInterfaceCannotBeDetached));
    given.assign(standby, &these_moved(&["10.0.0.11"])).unwrap();
    assert_eq!(given.addresses(standby), ["10.0.0.20", "10.0.0.11"]);
}

#[test]
fn an_additional_interface_moves_from_one_instance_to_another() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (one, _) = given.instance(subnet, "10.0.0.10", "m5.large", Running);
    let (two, _) = given.instance(subnet, "10.0.0.20", "m5.large", Stopped);
    let moving = given.interface(subnet, "10.0.0.30");
    let attachment = given.attach(moving, one, 1).unwrap();
    assert_eq!(given.attach(moving, two, 1), Err(Error::InterfaceInUse(moving)));
    given.attempt(|draft, _| detach(draft, attachment)).unwrap();
    given.attach(moving, two, 1).unwrap();
    assert_eq!(given.row(moving).instance(), Some(two));
}

#[test]
fn each_private_address_has_a_single_elastic_ip_and_vice_versa() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let interface = given.interface(subnet, "10.0.0.10");
    given.assign(interface, &these(&["10.0.0.11"])).unwrap();
    let (first, association) = given.elastic_ip(interface, "10.0.0.11");
    let second = given.attempt(|draft, ctx| allocate(draft, ctx, WantedAddress::Any)).unwrap();
    let onto_11 = Some(v4("10.0.0.11"));
    let refused = given.attempt(|draft, ctx| associate(draft, ctx, second, interface, onto_11, false));
    assert_eq!(refused, Err(Error::AlreadyAssociated { allocation: first, association }));
    // Reassociation takes the place of the address's old Elastic IP …
    given.attempt(|draft, ctx| associate(draft, ctx, second, interface, onto_11, true)).unwrap();
    assert_eq!((given.stands_for(first), given.stands_for(second)), (None, Some((interface, "10.0.0.11".into()))));
    // … and of the Elastic IP's old address.
    let to_primary = given.attempt(|draft, ctx| associate(draft, ctx, second, interface, None, true)).unwrap();
    assert_eq!(given.stands_for(second), Some((interface, "10.0.0.10".into())));
    // The same again keeps its association.
    assert_eq!(given.attempt(|draft, ctx| associate(draft, ctx, second, interface, None, false)), Ok(to_primary));
    given.attempt(|draft, ctx| disassociate(draft, ctx, to_primary)).unwrap();
    assert_eq!(given.stands_for(second), None);
}

#[test]
fn a_reassigned_address_retains_its_elastic_ip() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (one, two) = (given.interface(subnet, "10.0.0.10"), given.interface(subnet, "10.0.0.20"));
    given.assign(one, &these(&["10.0.0.11"])).unwrap();
    let (elastic, association) = given.elastic_ip(one, "10.0.0.11");
    given.assign(two, &these_moved(&["10.0.0.11"])).unwrap();
    assert_eq!(given.stands_for(elastic), Some((two, "10.0.0.11".into())));
    assert_eq!(given.elastic_row(elastic).association.as_ref().unwrap().id, association);
}

#[test]
fn an_unassigned_address_loses_its_elastic_ip() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let interface = given.interface(subnet, "10.0.0.10");
    given.assign(interface, &these(&["10.0.0.11", "10.0.0.12"])).unwrap();
    let (gone, kept) = (given.elastic_ip(interface, "10.0.0.11").0, given.elastic_ip(interface, "10.0.0.12").0);
    given.unassign(interface, &["10.0.0.11"]).unwrap();
    assert_eq!((given.stands_for(gone), given.stands_for(kept)), (None, Some((interface, "10.0.0.12".into()))));
}

#[test]
fn without_a_private_address_an_elastic_ip_stands_for_the_primary_one() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let interface = given.interface(subnet, "10.0.0.10");
    given.assign(interface, &these(&["10.0.0.11"])).unwrap();
    let elastic = given.attempt(|draft, ctx| allocate(draft, ctx, WantedAddress::Any)).unwrap();
    given.attempt(|draft, ctx| associate(draft, ctx, elastic, interface, None, true)).unwrap();
    assert_eq!(given.stands_for(elastic), Some((interface, "10.0.0.10".into())));
}

#[test]
fn an_elastic_ip_takes_the_place_of_an_automatic_public_address() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (_, interface) = given.instance(subnet, "10.0.0.10", "m5.large", Running);
    given.attempt(|draft, ctx| give_public_address(draft, ctx, interface)).unwrap();
    let automatic = given.row(interface).auto_public_ipv4.unwrap();
    assert!(given.world.pools.hands_out(automatic));
    given.assign(interface, &these(&["10.0.0.11"])).unwrap();
    given.elastic_ip(interface, "10.0.0.11");
    assert_eq!(given.row(interface).auto_public_ipv4, Some(automatic), "an Elastic IP of a secondary address leaves it");
    let (_, association) = given.elastic_ip(interface, "10.0.0.10");
    assert_eq!(given.row(interface).auto_public_ipv4, None);
    assert_eq!(given.draft.state().public_address(automatic), None);
    given.attempt(|draft, ctx| give_public_address(draft, ctx, interface)).unwrap();
    assert_eq!(given.row(interface).auto_public_ipv4, None, "an address with an Elastic IP gets no automatic one");
    given.attempt(|draft, ctx| disassociate(draft, ctx, association)).unwrap();
    given.attempt(|draft, ctx| give_public_address(draft, ctx, interface)).unwrap();
    given.attempt(|draft, _| release_public_address(draft, interface)).unwrap();
    assert_eq!(given.row(interface).auto_public_ipv4, None);
}

#[test]
fn the_primary_address_cannot_be_unassigned() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let interface = given.interface(subnet, "10.0.0.10");
    given.assign(interface, &these(&["10.0.0.11"])).unwrap();
    let refused = given.unassign(interface, &["10.0.0.11", "10.0.0.10"]);
    assert_eq!(refused, Err(Error::PrimaryCannotBeUnassigned(v4("10.0.0.10").into())));
}

#[test]
fn only_addresses_of_the_interface_can_be_unassigned() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let (one, two) = (given.interface(subnet, "10.0.0.10"), given.interface(subnet, "10.0.0.20"));
    given.assign(one, &these(&["10.0.0.11"])).unwrap();
    assert!(matches!(given.unassign(two, &["10.0.0.11"]), Err(Error::NotAssigned { interface, .. }) if interface == two));
    assert!(matches!(given.unassign_v6(two, &["2001:db8:0:100::a"]), Err(Error::NotAssigned { .. })));
}

#[test]
fn the_number_of_addresses_depends_on_the_instance_type() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    // t2.micro: two interfaces, two IPv4 and two IPv6 addresses each.
    let (instance, primary) = given.instance(subnet, "10.0.0.10", "t2.micro", Stopped);
    given.assign(primary, &these(&["10.0.0.11"])).unwrap();
    assert_eq!(given.assign(primary, &these(&["10.0.0.12"])), Err(Error::AddressLimit { limit: 2, wanted: 3 }));
    given.assign_v6(primary, &WantedIpv6 { count: 2, ..WantedIpv6::default() }).unwrap();
    let third = given.assign_v6(primary, &WantedIpv6 { count: 1, ..WantedIpv6::default() });
    assert_eq!(third, Err(Error::AddressLimit { limit: 2, wanted: 3 }));
    // The limit binds when an interface that holds more is attached.
    let full = given.interface(subnet, "10.0.0.30");
    given.assign(full, &these(&["10.0.0.31", "10.0.0.32"])).unwrap();
    let too_full = Error::InterfaceAddressLimit { interface: full, instance_type: "t2.micro", wanted: 3 };
    assert_eq!(given.attach(full, instance, 1), Err(too_full));
    given.unassign(full, &["10.0.0.31"]).unwrap();
    given.attach(full, instance, 1).unwrap();
    // What the interface already has does not count again, and what moves in counts.
    given.assign(primary, &these(&["10.0.0.11"])).unwrap();
    assert_eq!(given.assign(primary, &these_moved(&["10.0.0.32"])), Err(Error::AddressLimit { limit: 2, wanted: 3 }));
}

#[test]
fn the_number_of_interfaces_depends_on_the_instance_type() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (instance, _) = given.instance(subnet, "10.0.0.10", "m5.large", Stopped);
    for index in 1..3 {
        let interface = given.interface(subnet, &format!("10.0.0.{}", 20 + index));
        given.attach(interface, instance, index).unwrap();
    }
    let fourth = given.interface(subnet, "10.0.0.30");
    assert_eq!(given.attach(fourth, instance, 3), Err(Error::InterfaceLimit { instance_type: "m5.large".into(), wanted: 4 }));
}

#[test]
fn an_interface_can_be_made_with_several_addresses_of_each_kind() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let named = given
        .try_create(NewInterface {
            primary_ipv4: Some(v4("10.0.0.10")),
            secondary_ipv4: vec![v4("10.0.0.12"), v4("10.0.0.11")],
            ipv6: vec![v6("2001:db8:0:100::b"), v6("2001:db8:0:100::a")],
            ..NewInterface::in_subnet(subnet)
        })
        .unwrap();
    assert_eq!(given.addresses(named), ["10.0.0.10", "10.0.0.12", "10.0.0.11"]);
    assert_eq!(given.addresses_v6(named), ["2001:db8:0:100::b", "2001:db8:0:100::a"]);
    let counted =
        given.try_create(NewInterface { secondary_ipv4_count: 4, ipv6_count: Some(2), ..NewInterface::in_subnet(subnet) }).unwrap();
    assert_eq!((given.row(counted).ipv4.len(), given.row(counted).ipv6.len()), (5, 2));
    // Without a primary one that is named, the primary is a free one and still the first.
    let mixed = given.try_create(NewInterface { secondary_ipv4: vec![v4("10.0.0.50")], ..NewInterface::in_subnet(subnet) }).unwrap();
    assert_eq!(given.row(mixed).secondary_ipv4(), [v4("10.0.0.50")]);
}

#[test]
fn an_interface_is_not_made_with_an_address_that_is_in_use() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let one = given.interface(subnet, "10.0.0.10");
    given.assign(one, &these(&["10.0.0.11"])).unwrap();
    given.assign_v6(one, &these_v6(&["2001:db8:0:100::a"])).unwrap();
    for taken in ["10.0.0.10", "10.0.0.11"] {
        let as_primary = NewInterface { primary_ipv4: Some(v4(taken)), ..NewInterface::in_subnet(subnet) };
        let as_secondary = NewInterface { secondary_ipv4: vec![v4(taken)], ..NewInterface::in_subnet(subnet) };
        for request in [as_primary, as_secondary] {
            assert_eq!(given.try_create(request), Err(Error::AddressInUse(v4(taken).into())));
        }
    }
    let ipv6 = NewInterface { ipv6: vec![v6("2001:db8:0:100::a")], ..NewInterface::in_subnet(subnet) };
    assert_eq!(given.try_create(ipv6), Err(Error::AddressInUse(v6("2001:db8:0:100::a").into())));
    let twice = NewInterface { secondary_ipv4: vec![v4("10.0.0.12"); 2], ..NewInterface::in_subnet(subnet) };
    assert_eq!(given.try_create(twice), Err(Error::AddressRepeated(v4("10.0.0.12").into())));
}

#[test]
fn a_terminated_instance_keeps_or_deletes_its_interfaces_by_their_flag() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (instance, primary) = given.instance(subnet, "10.0.0.10", "m5.large", Running);
    given.attempt(|draft, ctx| give_public_address(draft, ctx, primary)).unwrap();
    let kept = given.interface(subnet, "10.0.0.20");
    given.attach(kept, instance, 1).unwrap();
    let (elastic, _) = given.elastic_ip(kept, "10.0.0.20");
    given
        .attempt(|draft, ctx| {
            request_terminate(draft, ctx, instance, false)?;
            Ok(advance(draft, ctx, instance))
        })
        .unwrap();
    assert!(!given.draft.realm().interfaces.contains(&primary));
    assert_eq!(given.row(kept).attachment, None);
    assert_eq!(given.stands_for(elastic), Some((kept, "10.0.0.20".into())));
}

#[test]
fn an_interface_in_use_is_not_deleted_and_a_deleted_one_gives_its_addresses_back() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/28");
    let (_, attached) = given.instance(subnet, "10.0.0.10", "m5.large", Stopped);
    assert_eq!(given.attempt(|draft, _| delete_interface(draft, attached)), Err(Error::InterfaceInUse(attached)));
    let free = |given: &Given| given.draft.realm().index.pool(subnet).unwrap().free();
    let before = free(&given);
    let interface = given.interface(subnet, "10.0.0.5");
    given.assign(interface, &these(&["10.0.0.6"])).unwrap();
    let (elastic, _) = given.elastic_ip(interface, "10.0.0.6");
    assert_eq!(free(&given), before - 2);
    given.attempt(|draft, _| delete_interface(draft, interface)).unwrap();
    assert_eq!((free(&given), given.stands_for(elastic)), (before, None));
}

#[test]
fn a_subnet_can_give_every_new_interface_an_ipv6_address() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let row = given.draft.realm().subnets.get(&subnet).unwrap().as_ref().clone();
    given.act(|draft, _| draft.put(model::subnet::Subnet { assign_ipv6_address_on_creation: true, ..row }));
    let counts = |given: &mut Given, request| {
        let id = given.attempt(|draft, ctx| create_interface(draft, ctx, request)).unwrap();
        given.row(id).ipv6.len()
    };
    assert_eq!(counts(&mut given, NewInterface::in_subnet(subnet)), 1);
    assert_eq!(counts(&mut given, NewInterface { ipv6_count: Some(0), ..NewInterface::in_subnet(subnet) }), 0);
    assert_eq!(counts(&mut given, NewInterface { ipv6_prefix_count: 1, ..NewInterface::in_subnet(subnet) }), 0);
    let named = NewInterface { ipv6: vec![v6("2001:db8:0:100::a")], ..NewInterface::in_subnet(subnet) };
    assert_eq!(counts(&mut given, named), 1);
}

#[test]
fn an_ipv6_address_needs_an_instance_type_that_supports_ipv6() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let (instance, primary) = given.instance(subnet, "10.0.0.10", "m1.large", Stopped);
    assert_eq!(given.assign_v6(primary, &these_v6(&["2001:db8:0:100::a"])), Err(Error::Ipv6Unsupported("m1.large")));
    let with_ipv6 = given.try_create(NewInterface { ipv6_count: Some(1), ..NewInterface::in_subnet(subnet) }).unwrap();
    assert_eq!(given.attach(with_ipv6, instance, 1), Err(Error::Ipv6Unsupported("m1.large")));
}
