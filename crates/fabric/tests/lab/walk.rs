//! A random walk through states, by the model's own rules where they do not matter to the walk, by hand where they would be in its way.

#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::panic)]

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use model::addressing::{WantedIpv4, assign_ipv4, unassign_ipv4};
use model::ctx::{Random, SeededRandom};
use model::egress_only_internet_gateway::EgressOnlyInternetGateway;
use model::gateway::InternetGateway;
use model::ids::*;
use model::instance::{Instance, InstanceState, MetadataOptions, PrivateDnsOptions, RootVolume};
use model::interface::{ConnectionTracking, NetworkInterface, NewAttachment, NewInterface, attach, create_interface, detach};
use model::nat_gateway::{self, NewNatGateway};
use model::network_acl::{NetworkAcl, NetworkAclAssociation, NetworkAclEntry};
use model::prefix_list::{PrefixList, PrefixListEntry};
use model::route_table::{AssociationTarget, Destination, Route, RouteTable, RouteTableAssociation, RouteTarget};
use model::security_group::{Direction, Peer, Protocol, SecurityGroup, SecurityGroupRule};
use model::subnet::Subnet;
use model::vpc::{Vpc, VpcIpv6Block};
use model::vpc_peering::{PeeringSide, PeeringState, VpcPeeringConnection};
use model::{AccountId, Change, Ctx, Draft, Realm, Region, Scope, State, Timestamp, World, elastic_ip};

const SCOPE: Scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };

/// A walk through states by a seed.
pub struct Walk {
    pub state: State,
    random: SeededRandom,
    next: u64,
}

impl Walk {
    pub fn new(seed: u64) -> Walk {
        Walk { state: State::default(), random: SeededRandom(seed), next: 0 }
    }

    /// Does one thing, or nothing where it is not possible, and returns the rows that changed.
    pub fn step(&mut self) -> Vec<Change> {
        self.next += 1;
        let number = self.next << 40 | self.next;
        let choice = self.random.next_u64() % 25;
        let world = World::default();
        let mut draft = Draft::new(self.state.clone(), SCOPE);
        let mut ctx = Ctx { scope: SCOPE, now: Timestamp(0), random: &mut self.random, world: &world };
        // What is not possible is left undone as a whole.
        match act(&mut draft, &mut ctx, choice, number) {
            Some(()) => {
                let (state, changes) = draft.finish();
                self.state = state;
                changes
            }
            None => Vec::new(),
        }
    }
}

/// One of these, by chance.
fn any<T>(ctx: &mut Ctx<'_>, rows: impl Iterator<Item = T>) -> Option<T> {
    let mut rows: Vec<T> = rows.collect();
    let index = ctx.below(rows.len() as u64) as usize;
    (index < rows.len()).then(|| rows.swap_remove(index))
}

fn act(draft: &mut Draft, ctx: &mut Ctx<'_>, choice: u64, number: u64) -> Option<()> {
    let realm: Realm = draft.realm().clone();
    let vpcs = || realm.vpcs.iter().map(|row| row.id);
    let interfaces = || realm.interfaces.iter().map(|row| row.id);
    match choice {
        0 | 1 if realm.vpcs.len() < 3 => {
            model::vpc::put(draft, ctx, Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 16), "default", false);
        }
        2 | 3 => {
            let vpc = any(ctx, vpcs())?;
            let cidr = Ipv4Net::new_assert(Ipv4Addr::new(10, 0, ctx.below(8) as u8, 0), 24);
            if model::subnet::of_vpc(&realm, vpc).any(|subnet| subnet.cidr == Some(cidr)) {
                return None;
            }
            let id = SubnetId::from_number(number);
            draft.put(Subnet::new(id, vpc, ctx.scope.region.zones().next()?, Some(cidr), Vec::new()));
            model::network_acl::join_default(draft, ctx, vpc, id);
        }
        4 => {
            let vpc = any(ctx, vpcs())?;
            let gateway = realm.internet_gateways.iter().find(|row| row.vpc == Some(vpc));
            match gateway {
                Some(gateway) => draft.put(InternetGateway { vpc: None, ..InternetGateway::clone(gateway) }),
                None => draft.put(InternetGateway { id: InternetGatewayId::from_number(number), vpc: Some(vpc) }),
            }
        }
        5 => {
            let vpc = any(ctx, vpcs())?;
            let id = SecurityGroupId::from_number(number);
            draft.put(SecurityGroup { id, vpc, name: format!("{number}"), description: String::new(), rules: Vec::new() });
        }
        6 | 7 => {
            let group = any(ctx, realm.security_groups.iter().cloned())?;
            let peer = match ctx.below(3) {
                0 => {
                    // Often everywhere: what may come from and go to there is not tracked.
                    let length = if ctx.below(2) == 0 { 0 } else { ctx.below(25) as u8 };
                    Peer::Ipv4(Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), length).trunc())
                }
                1 => Peer::Ipv6(["::/0", "2001:db8::/32"][ctx.below(2) as usize].parse().ok()?),
                _ => {
                    let peered = realm.vpc_peering_connections.iter().filter_map(|row| Some((row.id, row.sides_from(group.vpc)?.1.vpc)));
                    let (peering, vpc) = match any(ctx, peered).filter(|_| ctx.below(2) == 0) {
                        Some((peering, far)) => (Some(peering), Some(far)),
                        None => (None, None),
                    };
                    let peers = realm.security_groups.iter().filter(|peer| peer.vpc == vpc.unwrap_or(group.vpc));
                    Peer::Group { group: any(ctx, peers)?.id, account: AccountId::DEFAULT, vpc, peering }
                }
            };
            let from = ctx.below(1000) as i32;
            let rule = SecurityGroupRule {
                id: SecurityGroupRuleId::from_number(number),
                direction: if ctx.below(2) == 0 { Direction::Ingress } else { Direction::Egress },
                protocol: [Protocol::All, Protocol::TCP, Protocol::UDP][ctx.below(3) as usize],
                from_port: Some(from),
                to_port: Some(from + ctx.below(1000) as i32),
                peer,
                description: None,
            };
            let mut group = SecurityGroup::clone(&group);
            if ctx.below(3) == 0 {
                group.rules.pop();
            } else {
                group.rules.push(rule);
            }
            draft.put(group);
        }
        8 | 9 => {
            let subnet = any(ctx, realm.subnets.iter().cloned())?;
            let instance = InstanceId::from_number(number);
            draft.put(instance_row(instance, &subnet, number));
            let interface = create_interface(draft, ctx, NewInterface::in_subnet(subnet.id)).ok()?;
            let place = NewAttachment { interface, instance, device_index: 0, network_card_index: 0, delete_on_termination: true };
            attach(draft, ctx, place).ok()?;
        }
        10 => {
            let row = any(ctx, realm.instances.iter().cloned())?;
            let states = [InstanceState::Running, InstanceState::Stopped, InstanceState::Pending, InstanceState::Stopping];
            draft.put(Instance { state: states[ctx.below(4) as usize], ..Instance::clone(&row) });
        }
        11 => {
            let subnet = any(ctx, realm.subnets.iter().cloned())?;
            create_interface(draft, ctx, NewInterface::in_subnet(subnet.id)).ok()?;
        }
        12 => {
            let row = any(ctx, realm.interfaces.iter().filter(|row| !row.requester_managed).cloned())?;
            match &row.attachment {
                Some(attachment) if attachment.device_index > 0 => {
                    detach(draft, attachment.id).ok()?;
                }
                Some(_) => return None,
                None => {
                    let instance = any(ctx, realm.instances.iter().filter(|instance| instance.vpc == row.vpc))?.id;
                    let device_index = 1 + ctx.below(2) as u16;
                    let place =
                        NewAttachment { interface: row.id, instance, device_index, network_card_index: 0, delete_on_termination: false };
                    attach(draft, ctx, place).ok()?;
                }
            }
        }
        13 => {
            let id = any(ctx, interfaces())?;
            let wanted = WantedIpv4 { count: 1 + ctx.below(2) as u32, ..WantedIpv4::default() };
            assign_ipv4(draft, ctx, id, &wanted).ok()?;
        }
        14 => {
            let row = any(ctx, realm.interfaces.iter().cloned())?;
            let address = *row.secondary_ipv4().first()?;
            unassign_ipv4(draft, row.id, &[address], &[]).ok()?;
        }
        15 => {
            // Reassignment.
            let from = any(ctx, realm.interfaces.iter().filter(|row| !row.secondary_ipv4().is_empty()))?;
            let to = any(ctx, realm.interfaces.iter().filter(|row| row.subnet == from.subnet && row.id != from.id))?;
            let addresses = from.secondary_ipv4().to_vec();
            assign_ipv4(draft, ctx, to.id, &WantedIpv4 { addresses, allow_reassignment: true, ..WantedIpv4::default() }).ok()?;
        }
        16 => {
            let row = any(ctx, realm.interfaces.iter().cloned())?;
            let check = !row.source_dest_check;
            let group = any(ctx, realm.security_groups.iter().filter(|group| group.vpc == row.vpc))?.id;
            let mut groups = row.groups.clone();
            if !groups.contains(&group) {
                groups.push(group);
            }
            let mut seconds = |values: [i32; 2]| values.get(ctx.below(3) as usize).copied();
            let connection_tracking = ConnectionTracking {
                tcp_established_seconds: seconds([60, 432_000]),
                udp_stream_seconds: seconds([60, 180]),
                udp_seconds: seconds([30, 60]),
            };
            draft.put(NetworkInterface { source_dest_check: check, groups, connection_tracking, ..NetworkInterface::clone(&row) });
        }
        17 => {
            let table = any(ctx, realm.route_tables.iter().cloned())?;
            let target = match ctx.below(3) {
                0 => RouteTarget::InternetGateway(any(ctx, realm.internet_gateways.iter())?.id),
                1 => RouteTarget::NetworkInterface(any(ctx, interfaces())?),
                _ => RouteTarget::Local,
            };
            let destination = Destination::Ipv4(Ipv4Net::new_assert(Ipv4Addr::new(10, 0, ctx.below(4) as u8, 0), 24));
            let mut table = RouteTable::clone(&table);
            table.routes.retain(|route| route.destination != destination);
            table.routes.push(Route { destination, target });
            draft.put(table);
        }
        18 => {
            let subnet = any(ctx, realm.subnets.iter().cloned())?;
            match realm.index.own_route_table(subnet.id).and_then(|id| realm.route_tables.get(&id)) {
                Some(table) => draft.put(RouteTable { associations: Vec::new(), ..RouteTable::clone(table) }),
                None => draft.put(RouteTable {
                    id: RouteTableId::from_number(number),
                    vpc: subnet.vpc,
                    associations: vec![RouteTableAssociation {
                        id: RouteTableAssociationId::from_number(number),
                        target: AssociationTarget::Subnet(subnet.id),
                    }],
                    routes: Vec::new(),
                }),
            }
        }
        19 => {
            let acl = any(ctx, realm.network_acls.iter().cloned())?;
            let mut acl = NetworkAcl::clone(&acl);
            if ctx.below(3) == 0 {
                let subnet = any(ctx, realm.subnets.iter().filter(|subnet| subnet.vpc == acl.vpc))?.id;
                let id = NetworkAclAssociationId::from_number(number);
                let association = NetworkAclAssociation { id, subnet };
                if let Some(other) = realm.index.network_acl_of(subnet).and_then(|id| realm.network_acls.get(&id)) {
                    let mut other = NetworkAcl::clone(other);
                    other.associations.retain(|association| association.subnet != subnet);
                    if other.id == acl.id {
                        acl = other;
                    } else {
                        draft.put(other);
                    }
                }
                acl.associations.push(association);
            } else {
                let from = ctx.below(1000) as u16;
                acl.entries.push(NetworkAclEntry {
                    direction: if ctx.below(2) == 0 { Direction::Ingress } else { Direction::Egress },
                    number: 1 + ctx.below(200) as u16,
                    protocol: [Protocol::All, Protocol::TCP, Protocol::UDP][ctx.below(3) as usize],
                    allow: ctx.below(2) == 0,
                    block: if ctx.below(3) == 0 {
                        ["::/0", "2001:db8::/32", "2001:db8:1::/48"][ctx.below(3) as usize].parse().ok()?
                    } else {
                        Ipv4Net::new_assert(Ipv4Addr::new(10, 0, ctx.below(4) as u8, 0), 16 + ctx.below(9) as u8).trunc().into()
                    },
                    ports: Some((from, from + ctx.below(1000) as u16)),
                    icmp: None,
                });
            }
            draft.put(acl);
        }
        20 => {
            let vpc = any(ctx, realm.vpcs.iter())?;
            match realm.egress_only_internet_gateways.iter().find(|row| row.vpc == vpc.id) {
                Some(row) => draft.delete(model::Key::EgressOnlyInternetGateway(row.id)),
                None => {
                    let id = EgressOnlyInternetGatewayId::from_number(number);
                    draft.put(EgressOnlyInternetGateway { id, vpc: vpc.id });
                    let block = VpcIpv6Block {
                        association: VpcCidrAssociationId::from_number(number),
                        cidr: format!("2001:db8:{:x}::/56", number & 0xffff).parse().ok()?,
                        pool: "Amazon".into(),
                    };
                    draft.put(Vpc { ipv6_blocks: vec![block], ..Vpc::clone(vpc) });
                }
            }
        }
        21 => {
            let (one, other) = (any(ctx, vpcs())?, any(ctx, vpcs())?);
            let between = realm.vpc_peering_connections.iter().find(|row| row.requester.vpc == one && row.accepter.vpc == other);
            let side = |vpc| PeeringSide { scope: SCOPE, vpc, allow_dns_resolution: false };
            let state = match between {
                Some(row) if row.is_active() => PeeringState::Rejected,
                _ => PeeringState::Active,
            };
            if one == other {
                return None;
            }
            let id = between.map_or(VpcPeeringConnectionId::from_number(number), |row| row.id);
            let row = VpcPeeringConnection { id, here: SCOPE, requester: side(one), accepter: side(other), state, since: Timestamp(0) };
            draft.put(row);
            let table = realm.index.main_route_table(one).and_then(|id| realm.route_tables.get(&id))?;
            let mut table = RouteTable::clone(table);
            table.routes.push(Route {
                destination: Destination::Ipv4(Ipv4Net::new_assert(Ipv4Addr::new(172, 16, low_octet(number), 0), 24)),
                target: RouteTarget::VpcPeeringConnection(id),
            });
            draft.put(table);
        }
        22 => {
            let gateway = any(ctx, realm.nat_gateways.iter().filter(|row| row.interface().is_some()));
            let table = any(ctx, realm.route_tables.iter().cloned())?;
            match gateway {
                Some(gateway) if ctx.below(2) == 0 => nat_gateway::delete(draft, ctx, gateway.id).ok()?,
                Some(gateway) => {
                    let mut table = RouteTable::clone(&table);
                    let destination = Destination::Ipv4("198.51.100.0/24".parse().ok()?);
                    table.routes.retain(|route| route.destination != destination);
                    table.routes.push(Route { destination, target: RouteTarget::NatGateway(gateway.id) });
                    draft.put(table);
                }
                None => {
                    let subnet = any(ctx, realm.subnets.iter())?.id;
                    let wanted =
                        NewNatGateway { subnet, allocations: Vec::new(), primary: None, secondary: Vec::new(), secondary_count: 1 };
                    nat_gateway::create(draft, ctx, wanted).ok()?;
                }
            }
        }
        23 => {
            // A prefix list, in rules and routes or out of them, and with other entries.
            let entries = (0..1 + ctx.below(3)).map(|_| {
                let block = Ipv4Net::new_assert(Ipv4Addr::new(10, 0, ctx.below(8) as u8, ctx.below(3) as u8 * 64), 22 + ctx.below(5) as u8);
                PrefixListEntry { block: block.trunc().into(), description: None }
            });
            let mut entries: Vec<_> = entries.collect();
            entries.sort_by_key(|entry| entry.block);
            entries.dedup_by_key(|entry| entry.block);
            let known = any(ctx, realm.prefix_lists.iter().cloned()).filter(|_| realm.prefix_lists.len() > 2 || ctx.below(3) > 0);
            let list = match known {
                Some(list) => PrefixList { entries, version: list.version + 1, ..PrefixList::clone(&list) },
                None => PrefixList {
                    id: PrefixListId::from_number(number),
                    name: "walk".into(),
                    family: model::prefix_list::Family::Ipv4,
                    max_entries: 5,
                    version: 1,
                    entries,
                    older: Vec::new(),
                    state: "create-complete".into(),
                },
            };
            let id = list.id;
            draft.put(list);
            match ctx.below(3) {
                0 => {
                    let group = any(ctx, realm.security_groups.iter().cloned())?;
                    let rule = SecurityGroupRule {
                        id: SecurityGroupRuleId::from_number(number),
                        direction: if ctx.below(2) == 0 { Direction::Ingress } else { Direction::Egress },
                        protocol: [Protocol::All, Protocol::UDP][ctx.below(2) as usize],
                        from_port: Some(0),
                        to_port: Some(1_000),
                        peer: Peer::PrefixList(id),
                        description: None,
                    };
                    let mut group = SecurityGroup::clone(&group);
                    group.rules.push(rule);
                    draft.put(group);
                }
                1 => {
                    let table = any(ctx, realm.route_tables.iter().cloned())?;
                    let mut table = RouteTable::clone(&table);
                    let destination = Destination::PrefixList(id);
                    let with_it = table.routes.len();
                    table.routes.retain(|route| route.destination != destination);
                    if table.routes.len() == with_it {
                        table.routes.push(Route { destination, target: RouteTarget::NetworkInterface(any(ctx, interfaces())?) });
                    }
                    draft.put(table);
                }
                _ => {}
            }
        }
        _ => {
            let row = any(ctx, realm.interfaces.iter().cloned())?;
            let private = any(ctx, row.ipv4.iter().copied());
            let id = elastic_ip::allocate(draft, ctx, elastic_ip::WantedAddress::Any).ok()?;
            elastic_ip::associate(draft, ctx, id, row.id, private, true).ok()?;
        }
    }
    Some(())
}

fn low_octet(number: u64) -> u8 {
    number.to_le_bytes()[0]
}

pub fn instance_row(id: InstanceId, subnet: &Subnet, number: u64) -> Instance {
    Instance {
        id,
        reservation: ReservationId::from_number(number),
        launch_index: 0,
        image: ImageId::from_number(1),
        instance_type: "m5.large".into(),
        key_name: None,
        subnet: subnet.id,
        vpc: subnet.vpc,
        zone: subnet.zone,
        state: InstanceState::Running,
        state_transition_reason: String::new(),
        state_reason: None,
        launched: Timestamp(0),
        created: Timestamp(0),
        terminated: None,
        boot: 1,
        architecture: "x86_64".into(),
        boot_mode: None,
        root_volume: RootVolume {
            id: VolumeId::from_number(number),
            device_name: "/dev/xvda".into(),
            size_gib: 8,
            volume_type: "gp3".into(),
            iops: None,
            throughput: None,
            encrypted: false,
            snapshot: SnapshotId::from_number(1),
            delete_on_termination: true,
        },
        auto_public_address: false,
        tenancy: "default".into(),
        auto_recovery: "default".into(),
        user_data: None,
        disable_api_termination: false,
        disable_api_stop: false,
        shutdown_behavior: "stop".into(),
        skip_os_shutdown: false,
        monitoring: false,
        ebs_optimized: false,
        cpu_options: None,
        cpu_credits: None,
        metadata_options: MetadataOptions::default(),
        private_dns: PrivateDnsOptions::default(),
        iam_instance_profile: None,
        client_token: None,
    }
}
