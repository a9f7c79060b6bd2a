//! Launching instances, and changing them when they are stopped.

use model::Error;
use model::ids::{NetworkInterfaceId, SubnetId};
use model::instance::InstanceState::{Pending, Running, Stopped};
use model::instance_type::InstanceType;
use model::interface::{NetworkInterface, NewInterface};
use model::launch::{InterfaceSource, LaunchInterface, launch};
use model::modify_instance::{change_type, sole_interface};
use model::subnet::Subnet;

use crate::given::{Given, these, v4};

fn new(interface: NewInterface, device_index: u16) -> LaunchInterface {
    let source = InterfaceSource::New(Box::new(interface));
    LaunchInterface { source, device_index, network_card_index: 0, delete_on_termination: true }
}

fn existing(interface: NetworkInterfaceId) -> LaunchInterface {
    LaunchInterface { source: InterfaceSource::Existing(interface), device_index: 0, network_card_index: 0, delete_on_termination: false }
}

/// A subnet that gives instances public addresses, or not.
fn subnet(given: &mut Given, map_public_ip_on_launch: bool) -> SubnetId {
    let id = given.subnet("10.0.0.0/24");
    given.act(|draft, _| {
        let row = Subnet::clone(draft.realm().subnets.get(&id).unwrap());
        draft.put(Subnet { map_public_ip_on_launch, ..row });
    });
    id
}

/// Launches, and tells which interfaces have a public address.
fn public(given: &mut Given, subnet: SubnetId, interfaces: Vec<LaunchInterface>, wanted: Option<bool>) -> Vec<bool> {
    let row = given.instance_row(subnet, "m5.large", Pending);
    let id = row.id;
    given.act(|draft, ctx| launch(draft, ctx, row, interfaces, wanted)).unwrap();
    let realm = given.draft.realm();
    let public: Vec<bool> = given.draft.here().interfaces_of(id).iter().map(|(_, row)| row.auto_public_ipv4.is_some()).collect();
    let kept = realm.instances.get(&id).unwrap().auto_public_address;
    assert_eq!(kept, public.contains(&true), "a start gives what the launch gave");
    public
}

#[test]
fn the_sole_new_interface_gets_the_public_address_that_the_request_or_else_the_subnet_wants() {
    for (subnet_gives, wanted, gets) in [(true, None, true), (false, None, false), (true, Some(false), false), (false, Some(true), true)] {
        let mut given = Given::new(1);
        let subnet = subnet(&mut given, subnet_gives);
        let interfaces = vec![new(NewInterface::in_subnet(subnet), 0)];
        assert_eq!(public(&mut given, subnet, interfaces, wanted), [gets], "{subnet_gives} {wanted:?}");
    }
}

#[test]
fn when_you_add_a_second_interface_no_public_address_is_assigned() {
    let mut given = Given::new(1);
    let subnet = subnet(&mut given, true);
    let two = vec![new(NewInterface::in_subnet(subnet), 0), new(NewInterface::in_subnet(subnet), 1)];
    assert_eq!(public(&mut given, subnet, two, None), [false, false]);
}

#[test]
fn an_interface_that_was_there_before_gets_a_public_address_only_if_it_is_to_have_one_itself() {
    for wanted in [false, true] {
        let mut given = Given::new(1);
        let subnet = subnet(&mut given, !wanted);
        let interface = given.interface(subnet, "10.0.0.10");
        given.act(|draft, _| {
            let row = NetworkInterface::clone(draft.realm().interfaces.get(&interface).unwrap());
            draft.put(NetworkInterface { associate_public_ipv4: wanted, ..row });
        });
        assert_eq!(public(&mut given, subnet, vec![existing(interface)], None), [wanted]);
    }
}

#[test]
fn secondary_addresses_can_be_assigned_when_launching() {
    let mut given = Given::new(1);
    let subnet = given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64");
    let named = NewInterface {
        primary_ipv4: Some(v4("10.0.0.10")),
        secondary_ipv4: vec![v4("10.0.0.30"), v4("10.0.0.20")],
        ipv6_count: Some(2),
        ..NewInterface::in_subnet(subnet)
    };
    let row = given.instance_row(subnet, "m5.large", Pending);
    let made = given.act(|draft, ctx| launch(draft, ctx, row, vec![new(named, 0)], None)).unwrap();
    assert_eq!(given.addresses(made[0]), ["10.0.0.10", "10.0.0.30", "10.0.0.20"]);
    assert_eq!(given.addresses_v6(made[0]).len(), 2);
}

#[test]
fn the_limits_of_the_type_hold_at_launch() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let crowded = NewInterface { secondary_ipv4_count: 2, ..NewInterface::in_subnet(subnet) };
    let row = given.instance_row(subnet, "t3.micro", Pending);
    let attempt = |given: &Given, interfaces: Vec<LaunchInterface>| {
        let mut tried = Given::new(1);
        tried.draft = given.draft.clone();
        let (mut draft, row) = (tried.draft.clone(), row.clone());
        tried.act(|_, ctx| launch(&mut draft, ctx, row, interfaces, None))
    };
    let crowded = attempt(&given, vec![new(crowded, 0)]);
    assert!(matches!(crowded, Err(Error::InterfaceAddressLimit { instance_type: "t3.micro", wanted: 3, .. })), "{crowded:?}");
    let three = (0..3).map(|index| new(NewInterface::in_subnet(subnet), index)).collect();
    let limit = Error::InterfaceLimit { instance_type: "t3.micro".into(), wanted: 3 };
    assert_eq!(attempt(&given, three), Err(limit));
}

#[test]
fn a_type_is_changed_while_stopped_and_within_its_limits() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (running, _) = given.instance(subnet, "10.0.0.10", "m5.large", Running);
    let (stopped, interface) = given.instance(subnet, "10.0.0.20", "m5.large", Stopped);
    let named = |name| InstanceType::named(name).unwrap();
    let small = given.attempt(|draft, _| change_type(draft, running, named("t3.micro")));
    assert_eq!(small, Err(Error::NotStopped(running)));
    given.assign(interface, &these(&["10.0.0.21", "10.0.0.22"])).unwrap();
    let small = given.attempt(|draft, _| change_type(draft, stopped, named("t3.micro")));
    assert_eq!(small, Err(Error::InterfaceAddressLimit { interface, instance_type: "t3.micro", wanted: 3 }));
    given.attempt(|draft, _| change_type(draft, stopped, named("t3.small"))).unwrap();
    let row = given.draft.realm().instances.get(&stopped).unwrap();
    assert_eq!((row.instance_type.as_str(), row.cpu_credits.as_deref()), ("t3.small", Some("unlimited")));
}

#[test]
fn attributes_of_the_sole_interface_mean_nothing_with_several() {
    let mut given = Given::new(1);
    let subnet = given.subnet("10.0.0.0/24");
    let (instance, primary) = given.instance(subnet, "10.0.0.10", "m5.large", Running);
    assert_eq!(sole_interface(given.draft.realm(), instance), Ok(primary));
    let second = given.interface(subnet, "10.0.0.20");
    given.attach(second, instance, 1).unwrap();
    assert_eq!(sole_interface(given.draft.realm(), instance), Err(Error::NotOneInterface(instance)));
}
