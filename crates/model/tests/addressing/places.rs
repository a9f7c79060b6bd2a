//! Where interfaces can be attached, and which groups they can be in.

use model::Error;
use model::elastic_ip::WantedAddress;
use model::ids::{NetworkInterfaceId, SecurityGroupId};
use model::instance::InstanceState::{Running, Stopped};
use model::interface::{NewAttachment, NewInterface, attach, set_groups};
use model::security_group::SecurityGroup;

use crate::given::{Given, net4, these_moved, v4};

#[test]
fn an_interface_must_be_in_the_zone_of_the_instance() {
    let mut given = Given::new(1);
    let here = given.subnet("10.0.0.0/24");
    let there = given.subnet_in('b', Some("10.0.1.0/24"), &[]);
    let (instance, _) = given.instance(here, "10.0.0.10", "m5.large", Running);
    let interface = given.interface(there, "10.0.1.10");
    assert_eq!(given.attach(interface, instance, 1), Err(Error::DifferentZones { interface, instance }));
}

#[test]
fn a_device_index_is_used_once() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (instance, _) = given.instance(subnet, "10.0.0.10", "m5.large", Running);
    let interface = given.interface(subnet, "10.0.0.20");
    assert_eq!(given.attach(interface, instance, 0), Err(Error::DeviceIndexInUse { instance, device_index: 0 }));
    given.attach(interface, instance, 2).unwrap();
    let attached = given.draft.here().interfaces_of(instance);
    let places: Vec<_> = attached.iter().filter_map(|(_, row)| row.attachment.clone()).collect();
    assert_eq!(places.iter().map(|place| place.device_index).collect::<Vec<_>>(), [0, 2]);
}

#[test]
fn each_network_card_has_its_own_limit_and_device_indexes() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (instance, _) = given.instance(subnet, "10.0.0.10", "p4d.24xlarge", Stopped);
    let on_card = |given: &mut Given, card, device_index, last: u16| {
        let interface = given.interface(subnet, &format!("10.0.0.{last}"));
        let place = NewAttachment { interface, instance, device_index, network_card_index: card, delete_on_termination: false };
        given.attempt(|draft, ctx| attach(draft, ctx, place))
    };
    for index in 1..=15 {
        on_card(&mut given, 1, index, 20 + index).unwrap();
    }
    let limit = Error::InterfaceLimit { instance_type: "p4d.24xlarge".into(), wanted: 16 };
    assert_eq!(on_card(&mut given, 1, 16, 50), Err(limit));
    on_card(&mut given, 2, 1, 51).unwrap();
    assert_eq!(on_card(&mut given, 4, 1, 52), Err(Error::NoNetworkCard { instance_type: "p4d.24xlarge", card: 4 }));
}

#[test]
fn an_attachment_waits_for_the_data_plane_only_where_there_is_one_and_the_instance_runs() {
    for (data_plane, state, complete) in [(false, Running, true), (true, Stopped, true), (true, Running, false)] {
        let mut given = Given::new(1);
        given.world.data_plane = data_plane;
        let subnet = given.subnet("10.0.0.0/24");
        let (_, interface) = given.instance(subnet, "10.0.0.10", "m5.large", state);
        assert_eq!(given.row(interface).attachment.as_ref().unwrap().complete, complete);
    }
}

fn group(given: &mut Given, number: u64) -> SecurityGroupId {
    let id = SecurityGroupId::from_number(number);
    let vpc = given.vpc;
    given.act(|draft, _| draft.put(SecurityGroup { id, vpc, name: format!("g{number}"), description: "d".into(), rules: Vec::new() }));
    id
}

#[test]
fn an_interface_is_in_at_most_five_groups_of_its_own_vpc() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let groups: Vec<_> = (1..=6).map(|number| group(&mut given, number)).collect();
    let with = |groups: &[SecurityGroupId]| NewInterface { groups: groups.to_vec(), ..NewInterface::in_subnet(subnet) };
    let interface = given.try_create(with(&groups[..5])).unwrap();
    assert_eq!(given.row(interface).groups, groups[..5]);
    assert_eq!(given.try_create(with(&groups)), Err(Error::TooManyGroups));
    assert_eq!(given.attempt(|draft, _| set_groups(draft, interface, groups.clone())), Err(Error::TooManyGroups));
    let realm = given.draft.realm();
    let default_vpc = realm.vpcs.iter().find(|vpc| vpc.is_default).unwrap().id;
    let foreign = realm.index.group_named(default_vpc, "default").unwrap();
    assert_eq!(given.try_create(with(&[foreign])), Err(Error::GroupOfOtherVpc { group: foreign, subnet }));
    let missing = SecurityGroupId::from_number(99);
    assert_eq!(given.try_create(with(&[missing])), Err(Error::NotFound(missing.into())));
    given.attempt(|draft, _| set_groups(draft, interface, vec![groups[5]])).unwrap();
    assert_eq!(given.row(interface).groups, [groups[5]]);
}

#[test]
fn an_interface_in_an_ipv6_only_subnet_has_no_ipv4_address_and_one_of_ipv6() {
    let mut given = Given::new(1);
    let subnet = given.subnet_in('a', None, &["2001:db8:0:101::/64"]);
    let interface = given.try_create(NewInterface::in_subnet(subnet)).unwrap();
    assert_eq!((given.row(interface).ipv4.len(), given.row(interface).ipv6.len()), (0, 1));
    let only = given.addresses_v6(interface)[0].clone();
    assert!(matches!(given.unassign_v6(interface, &[&only]), Err(Error::PrimaryCannotBeUnassigned(_))));
    let with_ipv4 = NewInterface { primary_ipv4: Some(v4("10.0.0.10")), ..NewInterface::in_subnet(subnet) };
    assert_eq!(given.try_create(with_ipv4), Err(Error::NoIpv4Block(subnet)));
}

#[test]
fn a_region_s_quota_of_interfaces_and_elastic_ips_holds_where_it_is_set() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    (given.world.quotas.interfaces, given.world.quotas.elastic_ips) = (Some(1), Some(1));
    let interface: NetworkInterfaceId = given.interface(subnet, "10.0.0.10");
    assert_eq!(given.try_create(NewInterface::in_subnet(subnet)), Err(Error::Quota("interfaces")));
    given.elastic_ip(interface, "10.0.0.10");
    assert_eq!(given.attempt(|draft, ctx| model::elastic_ip::allocate(draft, ctx, WantedAddress::Any)), Err(Error::Quota("elastic_ips")));
}

#[test]
fn public_addresses_run_out() {
    let mut given = Given::new(1);
    given.world.pools.ipv4 = vec![net4("198.51.100.0/29")];
    for _ in 0..5 {
        given.attempt(|draft, ctx| model::elastic_ip::allocate(draft, ctx, WantedAddress::Any)).unwrap();
    }
    let refused = given.attempt(|draft, ctx| model::elastic_ip::allocate(draft, ctx, WantedAddress::Any));
    assert_eq!(refused, Err(Error::NoFreePublicAddresses));
    let refused = given.attempt(|draft, ctx| model::elastic_ip::allocate(draft, ctx, WantedAddress::This(v4("198.51.100.1"))));
    assert_eq!(refused, Err(Error::PublicAddressUnavailable(v4("198.51.100.1"))));
}

#[test]
fn when_a_range_of_public_addresses_is_used_up_the_next_one_gives() {
    let mut given = Given::new(1);
    let (small, next) = (net4("198.51.100.0/29"), net4("198.18.0.0/30"));
    given.world.pools.ipv4 = vec![small, next];
    assert_eq!(given.world.pools.ipv4_count(), 5 + 2);
    let mut allocate = |wanted| {
        let id = given.attempt(|draft, ctx| model::elastic_ip::allocate(draft, ctx, wanted))?;
        Ok(given.elastic_row(id).public)
    };
    for _ in 0..5 {
        assert!(small.contains(&allocate(WantedAddress::Any).unwrap()));
    }
    // Only the first range has an address that is the host's own.
    let mut last: Vec<_> = (0..2).map(|_| allocate(WantedAddress::Any).unwrap()).collect();
    last.sort();
    assert_eq!(last, [v4("198.18.0.1"), v4("198.18.0.2")]);
    assert_eq!(allocate(WantedAddress::Any), Err(Error::NoFreePublicAddresses));
    for reserved in ["198.51.100.1", "198.18.0.0", "198.18.0.3", "198.51.100.7"] {
        assert_eq!(allocate(WantedAddress::This(v4(reserved))), Err(Error::PublicAddressUnavailable(v4(reserved))));
    }
}

#[test]
fn a_pool_of_one_s_own_gives_addresses_only_when_it_is_named() {
    let mut given = Given::new(1);
    given.world.pools.brought = vec![net4("198.51.100.8/30")];
    let (pool, _) = given.world.pools.brought().next().unwrap();
    let allocate = |given: &mut Given, wanted| {
        let id = given.attempt(|draft, ctx| model::elastic_ip::allocate(draft, ctx, wanted))?;
        Ok((given.elastic_row(id).public, given.elastic_row(id).public_ipv4_pool.clone()))
    };
    assert_eq!(allocate(&mut given, WantedAddress::This(v4("198.51.100.9"))), Ok((v4("198.51.100.9"), pool.to_string())));
    for _ in 0..3 {
        let (address, of) = allocate(&mut given, WantedAddress::OfPool(pool)).unwrap();
        assert!(net4("198.51.100.8/30").contains(&address) && of == pool.to_string());
    }
    assert_eq!(allocate(&mut given, WantedAddress::OfPool(pool)), Err(Error::NoFreePublicAddresses));
    assert_eq!(allocate(&mut given, WantedAddress::Any).unwrap().1, "amazon");
    assert_eq!(given.draft.state().public_addresses_within(net4("198.51.100.8/30")), 4);
}

#[test]
fn an_address_does_not_move_between_a_service_and_a_user() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let managed = NewInterface {
        primary_ipv4: Some(v4("10.0.0.10")),
        secondary_ipv4: vec![v4("10.0.0.11")],
        managed_by: Some("amazon-nat".into()),
        ..NewInterface::in_subnet(subnet)
    };
    let managed = given.try_create(managed).unwrap();
    assert!(given.row(managed).requester_managed);
    let own = given.interface(subnet, "10.0.0.20");
    assert_eq!(given.assign(own, &these_moved(&["10.0.0.11"])), Err(Error::MoveNotAllowed(vec![v4("10.0.0.11").into()])));
}

#[test]
fn a_deleted_interface_takes_its_permissions_along() {
    use model::interface_permission::{Permission, grant};
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let interface = given.interface(subnet, "10.0.0.10");
    let other = "999999999999".parse().unwrap();
    given.attempt(|draft, ctx| grant(draft, ctx, interface, other, Permission::InstanceAttach)).unwrap();
    let again = given.attempt(|draft, ctx| grant(draft, ctx, interface, other, Permission::InstanceAttach));
    assert_eq!(again, Err(Error::InterfacePermissionExists(interface)));
    given.attempt(|draft, _| model::interface::delete_interface(draft, interface)).unwrap();
    assert!(given.draft.realm().network_interface_permissions.is_empty());
}
