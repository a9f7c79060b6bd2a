//! The rules that IPv4 and IPv6 share, each held for both, so that no half can be forgotten.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use model::addressing::{WantedIpv4, WantedIpv6, assign_ipv4, assign_ipv6};
use model::ids::{InternetGatewayId, NetworkInterfaceId, SubnetId};
use model::instance::InstanceState::Stopped;
use model::interface::NewInterface;
use model::network_acl::{self, NetworkAclEntry};
use model::prefix_list::{self, PrefixListEntry};
use model::route_table::{self, Destination, Route, RouteTarget};
use model::security_group::{self, Direction, Peer, Permission, Protocol};
use model::subnet_reservation::{Purpose, create as reserve};
use model::{Ctx, Error, Random, vpc_block};

use crate::given::{Given, net4, net6};

/// One of the two kinds of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

const BOTH: [Family; 2] = [Family::V4, Family::V6];

/// What is to be assigned, of one family.
#[derive(Clone, Debug, Default)]
struct Wanted {
    addresses: Vec<IpAddr>,
    count: u32,
    prefixes: Vec<IpNet>,
    prefix_count: u32,
}

impl Family {
    fn other(self) -> Self {
        if self == Self::V4 { Self::V6 } else { Self::V4 }
    }

    /// The block of this family that the test's subnet has.
    fn block(self) -> IpNet {
        match self {
            Self::V4 => net4("10.0.0.0/24").into(),
            Self::V6 => net6("2001:db8:0:100::/64").into(),
        }
    }

    /// An address of the subnet by its number, from the last one backwards if it is negative.
    fn address(self, number: i32) -> IpAddr {
        let offset = |base: u128, last: u128| if number < 0 { last - (-number - 1) as u128 } else { base + number as u128 };
        match self.block() {
            IpNet::V4(block) => {
                Ipv4Addr::from(offset(u32::from(block.network()).into(), u32::from(block.broadcast()).into()) as u32).into()
            }
            IpNet::V6(block) => Ipv6Addr::from(offset(block.network().into(), block.broadcast().into())).into(),
        }
    }

    /// A delegated prefix of the subnet by its number, from the last one backwards if it is negative.
    fn prefix(self, number: i32) -> IpNet {
        let length = self.prefix_length();
        let size: i128 = 1 << (self.block().max_prefix_len() - length);
        let (network, last) = match self.block() {
            IpNet::V4(block) => (u32::from(block.network()).into(), u32::from(block.broadcast()).into()),
            IpNet::V6(block) => (u128::from(block.network()), u128::from(block.broadcast())),
        };
        let first = if number < 0 { last.wrapping_add(1) as i128 } else { network as i128 } + i128::from(number) * size;
        let address = match self {
            Self::V4 => IpAddr::from(Ipv4Addr::from(first as u32)),
            Self::V6 => IpAddr::from(Ipv6Addr::from(first as u128)),
        };
        IpNet::new(address, length).unwrap()
    }

    fn prefix_length(self) -> u8 {
        if self == Self::V4 { 28 } else { 80 }
    }

    /// A block outside of everything, by its number.
    fn elsewhere(self, number: u32) -> IpNet {
        match self {
            Self::V4 => net4(&format!("192.168.{number}.0/24")).into(),
            Self::V6 => net6(&format!("2001:db8:f{number:03x}::/48")).into(),
        }
    }

    fn peer(self, number: u32) -> Peer {
        match self.elsewhere(number) {
            IpNet::V4(block) => Peer::Ipv4(block),
            IpNet::V6(block) => Peer::Ipv6(block),
        }
    }

    fn destination(self, number: u32) -> Destination {
        match self.elsewhere(number) {
            IpNet::V4(block) => Destination::Ipv4(block),
            IpNet::V6(block) => Destination::Ipv6(block),
        }
    }

    fn list_family(self) -> prefix_list::Family {
        if self == Self::V4 { prefix_list::Family::Ipv4 } else { prefix_list::Family::Ipv6 }
    }

    fn wanted_ipv4(wanted: Wanted) -> WantedIpv4 {
        let v4 = |address: IpAddr| if let IpAddr::V4(address) = address { Some(address) } else { None };
        let net = |block: IpNet| if let IpNet::V4(block) = block { Some(block) } else { None };
        let (addresses, prefixes): (Vec<Ipv4Addr>, Vec<Ipv4Net>) =
            (wanted.addresses.into_iter().filter_map(v4).collect(), wanted.prefixes.into_iter().filter_map(net).collect());
        WantedIpv4 { addresses, count: wanted.count, prefixes, prefix_count: wanted.prefix_count, allow_reassignment: false }
    }

    fn wanted_ipv6(wanted: Wanted) -> WantedIpv6 {
        let v6 = |address: IpAddr| if let IpAddr::V6(address) = address { Some(address) } else { None };
        let net = |block: IpNet| if let IpNet::V6(block) = block { Some(block) } else { None };
        let (addresses, prefixes): (Vec<Ipv6Addr>, Vec<Ipv6Net>) =
            (wanted.addresses.into_iter().filter_map(v6).collect(), wanted.prefixes.into_iter().filter_map(net).collect());
        WantedIpv6 { addresses, count: wanted.count, prefixes, prefix_count: wanted.prefix_count }
    }

    /// Assigns, and gives what was new.
    fn assign(self, given: &mut Given, id: NetworkInterfaceId, wanted: Wanted) -> Result<Vec<IpNet>, Error> {
        given.attempt(|draft, ctx| self.assign_in(draft, ctx, id, wanted))
    }

    fn assign_in(self, draft: &mut model::Draft, ctx: &mut Ctx<'_>, id: NetworkInterfaceId, wanted: Wanted) -> Result<Vec<IpNet>, Error> {
        match self {
            Self::V4 => {
                let new = assign_ipv4(draft, ctx, id, &Self::wanted_ipv4(wanted))?;
                let addresses = new.addresses.into_iter().map(|address| IpAddr::from(address).into());
                Ok(addresses.chain(new.prefixes.into_iter().map(IpNet::from)).collect())
            }
            Self::V6 => {
                let new = assign_ipv6(draft, ctx, id, &Self::wanted_ipv6(wanted))?;
                let addresses = new.addresses.into_iter().map(|address| IpAddr::from(address).into());
                Ok(addresses.chain(new.prefixes.into_iter().map(IpNet::from)).collect())
            }
        }
    }

    /// Assigns with chance that gives these numbers in turn, and the last one for ever.
    fn assign_by(self, given: &mut Given, id: NetworkInterfaceId, wanted: Wanted, numbers: &[u64]) -> Vec<IpNet> {
        let mut random = Scripted { numbers: numbers.to_vec() };
        given
            .attempt(|draft, ctx| {
                let mut ctx = Ctx { random: &mut random, scope: ctx.scope, now: ctx.now, world: ctx.world };
                self.assign_in(draft, &mut ctx, id, wanted)
            })
            .unwrap()
    }
}

/// Chance that was written down. After the last number it counts on from there.
#[derive(Debug)]
struct Scripted {
    numbers: Vec<u64>,
}

impl Random for Scripted {
    fn next_u64(&mut self) -> u64 {
        let next = self.numbers[0];
        if self.numbers.len() > 1 {
            self.numbers.remove(0);
        } else {
            self.numbers[0] = next.wrapping_add(1);
        }
        next
    }
}

/// A subnet of both families.
fn dual(given: &mut Given) -> SubnetId {
    given.dual_subnet("10.0.0.0/24", "2001:db8:0:100::/64")
}

fn addresses(addresses: impl IntoIterator<Item = IpAddr>) -> Wanted {
    Wanted { addresses: addresses.into_iter().collect(), ..Wanted::default() }
}

fn prefixes(prefixes: impl IntoIterator<Item = IpNet>) -> Wanted {
    Wanted { prefixes: prefixes.into_iter().collect(), ..Wanted::default() }
}

/// An interface that holds one address of the family, on an instance that may hold two (t3.micro).
fn with_one_of_two(given: &mut Given, family: Family, subnet: SubnetId) -> NetworkInterfaceId {
    let (_, interface) = given.instance(subnet, "10.0.0.100", "t3.micro", Stopped);
    if family == Family::V6 {
        family.assign(given, interface, addresses([family.address(100)])).unwrap();
    }
    interface
}

#[test]
fn addresses_and_prefixes_count_together_towards_the_limit_of_the_type() {
    for family in BOTH {
        let third = || [addresses([family.address(33)]), prefixes([family.prefix(5)])];
        let automatic = || [Wanted { count: 1, ..Wanted::default() }, Wanted { prefix_count: 1, ..Wanted::default() }];
        for second in [addresses([family.address(32)]), prefixes([family.prefix(4)])] {
            let mut given = Given::new(1);
            let subnet = dual(&mut given);
            let interface = with_one_of_two(&mut given, family, subnet);
            family.assign(&mut given, interface, second).unwrap();
            for wanted in third().into_iter().chain(automatic()) {
                let refused = family.assign(&mut given, interface, wanted.clone());
                assert!(matches!(refused, Err(Error::AddressLimit { limit: 2, wanted: 3, .. })), "{family:?} {wanted:?}: {refused:?}");
            }
            // What one family has used up is the other's own.
            let other = family.other();
            let room = if other == Family::V4 { 1 } else { 2 };
            let wanted = Wanted { prefix_count: room, ..Wanted::default() };
            assert_eq!(other.assign(&mut given, interface, wanted).map(|new| new.len()), Ok(room as usize), "{family:?}");
        }
    }
}

#[test]
fn an_interface_that_holds_more_than_the_type_allows_is_not_attached() {
    for family in BOTH {
        for (many, fits) in [(prefixes([family.prefix(4), family.prefix(5)]), false), (prefixes([family.prefix(4)]), true)] {
            let mut given = Given::new(1);
            let subnet = dual(&mut given);
            let (instance, _) = given.instance(subnet, "10.0.0.100", "t3.micro", Stopped);
            let interface = given.interface(subnet, "10.0.0.101");
            if family == Family::V6 {
                family.assign(&mut given, interface, addresses([family.address(101)])).unwrap();
            }
            family.assign(&mut given, interface, many).unwrap();
            let attached = given.attach(interface, instance, 1);
            assert_eq!(attached.is_ok(), fits, "{family:?}: {attached:?}");
        }
    }
}

#[test]
fn the_first_four_addresses_and_the_last_of_a_block_are_nobody_s() {
    for family in BOTH {
        let mut given = Given::new(1);
        let subnet = dual(&mut given);
        let interface = given.interface(subnet, "10.0.0.100");
        for number in [0, 1, 2, 3, -1] {
            let address = family.address(number);
            assert_eq!(family.assign(&mut given, interface, addresses([address])), Err(Error::AddressReserved(address)));
        }
        for number in [0, -1] {
            let prefix = family.prefix(number);
            assert_eq!(family.assign(&mut given, interface, prefixes([prefix])), Err(Error::PrefixInUse(prefix)));
        }
        for number in [4, -2] {
            family.assign(&mut given, interface, addresses([family.address(number)])).unwrap();
        }
        for number in [1, -2] {
            family.assign(&mut given, interface, prefixes([family.prefix(number)])).unwrap();
        }
    }
}

/// Chance that falls on this address of the subnet, and then on the hundredth. An IPv6 address takes two numbers.
fn falling_on(family: Family, number: u64) -> Vec<u64> {
    if family == Family::V4 { vec![number] } else { vec![0, number, 0, 100] }
}

#[test]
fn chance_never_falls_on_an_address_that_is_nobody_s() {
    for family in BOTH {
        for number in [0, 1, 2, 3, u64::MAX] {
            let mut given = Given::new(1);
            let subnet = dual(&mut given);
            let interface = given.interface(subnet, "10.0.0.100");
            // The next one that is free is taken of IPv4, any other one of IPv6.
            let expected = if family == Family::V4 { 4 } else { 100 };
            let one = family.assign_by(&mut given, interface, Wanted { count: 1, ..Wanted::default() }, &falling_on(family, number));
            assert_eq!(one, [IpNet::from(family.address(expected))], "{family:?} {number}");
            let prefix = family.assign_by(
                &mut given,
                interface,
                Wanted { prefix_count: 1, ..Wanted::default() },
                &[if number == u64::MAX { number } else { 0 }],
            );
            assert_eq!(prefix, [family.prefix(1)], "{family:?} {number}");
        }
    }
}

#[test]
fn reservations_bind_what_is_chosen_and_not_what_is_named() {
    for family in BOTH {
        for purpose in [Purpose::Prefix, Purpose::Explicit] {
            let stage = || {
                let mut given = Given::new(1);
                let subnet = dual(&mut given);
                given.attempt(|draft, ctx| reserve(draft, ctx, subnet, family.prefix(2), purpose, None)).unwrap();
                let interface = given.interface(subnet, "10.0.0.200");
                (given, interface)
            };
            let (mut given, interface) = stage();
            let inside = if family == Family::V4 { 32 } else { 2 << 48 };
            let chosen = family.assign_by(&mut given, interface, Wanted { count: 1, ..Wanted::default() }, &falling_on(family, inside));
            assert!(!family.prefix(2).contains(&chosen[0]), "{family:?} {purpose:?}: {chosen:?} was chosen");
            // Prefixes come out of what is kept for them, and out of nothing that is kept for other things.
            let (mut given, interface) = stage();
            let (start, expected) = if purpose == Purpose::Explicit { (2, 3) } else { (7, 2) };
            let start = if family == Family::V4 { start * 16 } else { start };
            let prefix = family.assign_by(&mut given, interface, Wanted { prefix_count: 1, ..Wanted::default() }, &[start]);
            assert_eq!(prefix, [family.prefix(expected)], "{family:?} {purpose:?}");
            // What is named comes from anywhere.
            let (mut given, interface) = stage();
            let named = family.prefix(2).network();
            family.assign(&mut given, interface, addresses([named])).unwrap();
            let (mut given, interface) = stage();
            family.assign(&mut given, interface, prefixes([family.prefix(2)])).unwrap();
        }
    }
}

#[test]
fn an_automatic_address_of_a_new_interface_is_bound_too() {
    // All of the IPv4 block but its two outermost sixteenths.
    let mut given = Given::new(5);
    let subnet = dual(&mut given);
    for cidr in ["10.0.0.128/26", "10.0.0.64/26", "10.0.0.32/27", "10.0.0.16/28", "10.0.0.192/27", "10.0.0.224/28"] {
        given.attempt(|draft, ctx| reserve(draft, ctx, subnet, cidr.parse().unwrap(), Purpose::Explicit, None)).unwrap();
    }
    // All of the IPv6 block but its upper half.
    given.attempt(|draft, ctx| reserve(draft, ctx, subnet, "2001:db8:0:100::/65".parse().unwrap(), Purpose::Explicit, None)).unwrap();
    for _ in 0..20 {
        let wanted = NewInterface { ipv6_count: Some(3), ..NewInterface::in_subnet(subnet) };
        let made = given.try_create(wanted).unwrap();
        let row = given.row(made);
        let last = row.ipv4[0].octets()[3];
        assert!(!(16..240).contains(&last), "{last} is reserved");
        assert!(row.ipv6.iter().all(|address| address.segments()[4] >= 0x8000), "{:?} are reserved", row.ipv6);
    }
}

#[test]
fn a_table_takes_fifty_routes_of_either_family_apart() {
    for family in BOTH {
        let mut given = Given::new(1);
        let vpc = given.vpc;
        let table = given.attempt(|draft, ctx| route_table::create(draft, ctx, vpc)).unwrap();
        let gateway = given.draft.realm().index.referrers_of_kind::<InternetGatewayId>(vpc).next().unwrap();
        let route =
            |family: Family, number| Route { destination: family.destination(number), target: RouteTarget::InternetGateway(gateway) };
        for number in 0..50 {
            given.attempt(|draft, _| route_table::add_route(draft, table, route(family, number))).unwrap();
        }
        let one_more = given.attempt(|draft, _| route_table::add_route(draft, table, route(family, 50)));
        assert_eq!(one_more, Err(Error::RouteLimit), "{family:?}");
        // A list counts with its size, for its own family.
        for (of, fits) in [(family, false), (family.other(), true)] {
            let list =
                given.attempt(|draft, ctx| prefix_list::create(draft, ctx, "some".into(), of.list_family(), 50, Vec::new())).unwrap();
            let listed = Route { destination: Destination::PrefixList(list), target: RouteTarget::InternetGateway(gateway) };
            let added = given.attempt(|draft, _| route_table::add_route(draft, table, listed));
            assert_eq!(added.is_ok(), fits, "{family:?} and a list of {of:?}: {added:?}");
        }
        let other = given.attempt(|draft, _| route_table::add_route(draft, table, route(family.other(), 0)));
        assert_eq!(other, Err(Error::RouteLimit), "the list has used up the {:?} half", family.other());
    }
}

#[test]
fn a_group_takes_sixty_rules_of_either_family_apart_and_those_of_groups_count_for_both() {
    for family in BOTH {
        for direction in [Direction::Ingress, Direction::Egress] {
            let mut given = Given::new(1);
            let vpc = given.vpc;
            let group = given.attempt(|draft, ctx| security_group::create(draft, ctx, vpc, "g".into(), "g".into())).unwrap();
            // A new group lets everything out, in a rule for each family.
            let own = given.draft.realm().security_groups.get(&group).unwrap().rules(direction).cloned().collect::<Vec<_>>();
            let own: Vec<_> = own.iter().map(|rule| rule.id).collect();
            given.attempt(|draft, _| security_group::revoke_by_ids(draft, group, direction, &own).map(drop)).unwrap();
            let permission = |peer| (Permission::new(Protocol::TCP, Some(1), Some(1), peer).unwrap(), None);
            let mut add = |peers: Vec<Peer>| {
                let permissions = peers.into_iter().map(permission).collect();
                given.attempt(|draft, ctx| security_group::authorize(draft, ctx, group, direction, permissions).map(|added| added.len()))
            };
            assert_eq!(add((0..60).map(|number| family.peer(number)).collect()), Ok(60));
            assert_eq!(add(vec![family.peer(60)]), Err(Error::RuleLimit), "{family:?}");
            let of_group = Peer::Group { group, account: model::AccountId::DEFAULT, vpc: None, peering: None };
            assert_eq!(add(vec![of_group]), Err(Error::RuleLimit), "{family:?}: a rule that names a group counts for both");
            assert_eq!(add((0..60).map(|number| family.other().peer(number)).collect()), Ok(60));
            assert_eq!(add(vec![family.other().peer(60)]), Err(Error::RuleLimit));
        }
    }
}

#[test]
fn an_acl_takes_twenty_entries_of_either_family_apart_however_they_come_there() {
    for family in BOTH {
        for direction in [Direction::Ingress, Direction::Egress] {
            let mut given = Given::new(1);
            let vpc = given.vpc;
            let acl = given.attempt(|draft, ctx| network_acl::create(draft, ctx, vpc)).unwrap();
            let entry = |family: Family, number: u16| NetworkAclEntry {
                direction,
                number,
                protocol: Protocol::All,
                allow: true,
                block: family.elsewhere(number.into()),
                ports: None,
                icmp: None,
            };
            // From the last to the first, so that the order of numbers is not that of insertion.
            for number in (1..=20).rev() {
                given.attempt(|draft, _| network_acl::add_entry(draft, acl, entry(family, number))).unwrap();
            }
            let limit = Err(Error::NetworkAclEntryLimit);
            assert_eq!(given.attempt(|draft, _| network_acl::add_entry(draft, acl, entry(family, 21))), limit, "{family:?}");
            given.attempt(|draft, _| network_acl::add_entry(draft, acl, entry(family.other(), 22))).unwrap();
            let turned = given.attempt(|draft, _| network_acl::replace_entry(draft, acl, entry(family, 22)));
            assert_eq!(turned, limit, "{family:?}: an entry turned into one of the other family");
            given.attempt(|draft, _| network_acl::replace_entry(draft, acl, entry(family.other(), 20))).unwrap();
            given.attempt(|draft, _| network_acl::add_entry(draft, acl, entry(family, 21))).unwrap();
        }
    }
}

#[test]
fn a_vpc_has_five_blocks_of_either_family_apart() {
    for family in BOTH {
        let mut given = Given::new(1);
        let vpc = given.vpc;
        let mut add = |family: Family, number: u32| {
            given.attempt(|draft, ctx| match family {
                Family::V4 => vpc_block::add_ipv4(draft, ctx, vpc, net4(&format!("10.{number}.0.0/16"))).map(drop),
                Family::V6 => vpc_block::add_amazon_ipv6(draft, ctx, vpc).map(drop),
            })
        };
        for number in 1..5 {
            add(family, number).unwrap();
        }
        assert_eq!(add(family, 5), Err(Error::VpcBlockLimit(vpc)), "{family:?}");
        add(family.other(), 6).unwrap();
    }
}

#[test]
fn a_list_takes_entries_of_its_own_family_only() {
    for family in BOTH {
        let mut given = Given::new(1);
        let entry = |family: Family| vec![PrefixListEntry { block: family.elsewhere(1), description: None }];
        let mut create = |entries| {
            given.attempt(|draft, ctx| prefix_list::create(draft, ctx, "some".into(), family.list_family(), 2, entries).map(drop))
        };
        assert_eq!(create(entry(family)), Ok(()));
        assert!(create(entry(family.other())).is_err(), "{family:?}");
    }
}
