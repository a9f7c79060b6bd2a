//! EC2 networks in a laboratory: a state, the model's own operations on it, and a reconciler that programs the kernel.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use fabric::kernel::linux::LinuxKernel;
use fabric::reconcile::{Reconciler, Settings};
use fabric::{boot, netns};
use ipnet::IpNet;
use model::ctx::SeededRandom;
use model::elastic_ip::{ElasticIp, ElasticIpAssociation};
use model::gateway::InternetGateway;
use model::ids::*;
use model::instance::{Instance, InstanceState};
use model::interface::{Attachment, NetworkInterface};
use model::route_table::{AssociationTarget, Destination, Route, RouteTable, RouteTableAssociation, RouteTarget};
use model::security_group::{Direction, Peer, Protocol, SecurityGroup, SecurityGroupRule};
use model::subnet::{Subnet, SubnetIpv6Block};
use model::vpc::{Vpc, VpcIpv6Block};
use model::{AccountId, Ctx, Draft, Realm, Region, Scope, State, Timestamp, World};

use super::Lab;

pub const SCOPE: Scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };

/// How long the kernel may take to be as the state wants it; far more than it needs.
pub const SETTLE: Duration = Duration::from_secs(120);

/// What a rule allows: direction, protocol, ports, peer.
pub type Allowed = (Direction, Protocol, Option<i32>, Option<i32>, Peer);

pub struct Net {
    pub state: State,
    pub reconciler: Option<Reconciler>,
    random: SeededRandom,
    next: u64,
    // Last, so that the namespaces go when nobody works on them any more.
    pub lab: Lab,
}

/// An instance with one interface.
#[derive(Clone)]
pub struct Guest {
    pub instance: InstanceId,
    pub interface: NetworkInterfaceId,
    pub id: String,
}

impl Net {
    pub fn new() -> Net {
        let lab = Lab::new();
        let mut net = Net { lab, state: State::default(), reconciler: None, random: SeededRandom(1), next: 0 };
        net.reconciler = Some(net.start());
        net
    }

    pub fn start(&self) -> Reconciler {
        let kernel = LinuxKernel::new(self.lab.data()).unwrap();
        // No timer: what is mended must have been noticed, however slow the machine.
        let settings = Settings { full_every: Duration::from_secs(24 * 3600), ..Settings::new(model::world::Pools::default()) };
        Reconciler::start(kernel, self.state.clone(), settings).unwrap()
    }

    /// Commits what the closure does to the state, and waits until the kernel has it.
    pub fn commit<T>(&mut self, work: impl FnOnce(&mut Draft, &mut Ctx<'_>) -> T) -> T {
        let world = World::default();
        let mut ctx = Ctx { scope: SCOPE, now: Timestamp(0), random: &mut self.random, world: &world };
        let mut draft = Draft::new(self.state.clone(), SCOPE);
        let result = work(&mut draft, &mut ctx);
        let (state, changes) = draft.finish();
        self.state = state.clone();
        let reconciler = self.reconciler.as_ref().unwrap();
        reconciler.committed(state, &changes);
        if let Err(error) = reconciler.settle(SETTLE) {
            panic!("{error}");
        }
        result
    }

    pub fn settle(&self) {
        self.reconciler.as_ref().unwrap().settle(SETTLE).unwrap();
    }

    pub fn realm(&self) -> &Realm {
        self.state.realm(SCOPE).unwrap()
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        // The digits that names are made of are the first of an id.
        self.next << 40 | self.next
    }

    pub fn vpc(&mut self, cidr: &str) -> VpcId {
        let cidr = cidr.parse().unwrap();
        self.commit(|draft, ctx| model::vpc::put(draft, ctx, cidr, "default", false))
    }

    /// A VPC with an IPv6 block and an internet gateway that its main route table leads to.
    pub fn public_vpc(&mut self, cidr: &str, ipv6: &str) -> VpcId {
        let id = self.vpc(cidr);
        let number = self.number();
        let block =
            VpcIpv6Block { association: VpcCidrAssociationId::from_number(number), cidr: ipv6.parse().unwrap(), pool: "Amazon".into() };
        let gateway = InternetGatewayId::from_number(number);
        self.commit(|draft, _| {
            let vpc = draft.realm().vpcs.get(&id).unwrap();
            draft.put(Vpc { ipv6_blocks: vec![block], ..Vpc::clone(vpc) });
            draft.put(InternetGateway { id: gateway, vpc: Some(id) });
        });
        self.route(id, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
        self.route(id, "::/0", RouteTarget::InternetGateway(gateway));
        id
    }

    fn put_route(draft: &mut Draft, id: RouteTableId, destination: IpNet, target: RouteTarget) {
        let table = draft.realm().route_tables.get(&id).unwrap();
        let destination = match destination {
            IpNet::V4(net) => Destination::Ipv4(net),
            IpNet::V6(net) => Destination::Ipv6(net),
        };
        let mut table = RouteTable::clone(table);
        table.routes.retain(|route| route.destination != destination);
        table.routes.push(Route { destination, target });
        draft.put(table);
    }

    /// Adds a route to the main route table.
    pub fn route(&mut self, vpc: VpcId, destination: &str, target: RouteTarget) {
        let destination = destination.parse().unwrap();
        self.commit(|draft, _| {
            let id = draft.realm().index.main_route_table(vpc).unwrap();
            Self::put_route(draft, id, destination, target);
        });
    }

    /// Gives a subnet a route table of its own with this route.
    pub fn subnet_route(&mut self, subnet: SubnetId, destination: &str, target: RouteTarget) {
        let destination = destination.parse().unwrap();
        let number = self.number();
        self.commit(|draft, _| {
            let vpc = draft.realm().subnets.get(&subnet).unwrap().vpc;
            let id = draft.realm().index.own_route_table(subnet).unwrap_or_else(|| {
                let id = RouteTableId::from_number(number);
                let association =
                    RouteTableAssociation { id: RouteTableAssociationId::from_number(number), target: AssociationTarget::Subnet(subnet) };
                draft.put(RouteTable { id, vpc, associations: vec![association], routes: Vec::new() });
                id
            });
            Self::put_route(draft, id, destination, target);
        });
    }

    pub fn subnet(&mut self, vpc: VpcId, cidr: &str, ipv6: Option<&str>) -> SubnetId {
        let number = self.number();
        let id = SubnetId::from_number(number);
        let zone = SCOPE.region.zones().next().unwrap();
        let blocks =
            ipv6.map(|cidr| SubnetIpv6Block { association: SubnetCidrAssociationId::from_number(number), cidr: cidr.parse().unwrap() });
        let subnet = Subnet::new(id, vpc, zone, Some(cidr.parse().unwrap()), blocks.into_iter().collect());
        self.commit(|draft, _| draft.put(subnet));
        id
    }

    /// A group that lets everything in and out.
    pub fn open_group(&mut self, vpc: VpcId) -> SecurityGroupId {
        let all = |peer: &str| match peer.parse().unwrap() {
            IpNet::V4(net) => Peer::Ipv4(net),
            IpNet::V6(net) => Peer::Ipv6(net),
        };
        let rules = [Direction::Ingress, Direction::Egress]
            .into_iter()
            .flat_map(|direction| ["0.0.0.0/0", "::/0"].map(|peer| (direction, Protocol::All, None, None, all(peer))))
            .collect::<Vec<_>>();
        let id = self.group(vpc);
        self.rules(id, rules);
        id
    }

    /// A group without rules.
    pub fn group(&mut self, vpc: VpcId) -> SecurityGroupId {
        let number = self.number();
        let id = SecurityGroupId::from_number(number);
        let name = format!("group {number}");
        self.commit(|draft, _| draft.put(SecurityGroup { id, vpc, name, description: String::new(), rules: Vec::new() }));
        id
    }

    /// Gives a group these rules and no others.
    pub fn rules(&mut self, id: SecurityGroupId, rules: Vec<Allowed>) {
        let rules = rules
            .into_iter()
            .map(|(direction, protocol, from_port, to_port, peer)| SecurityGroupRule {
                id: SecurityGroupRuleId::from_number(self.number()),
                direction,
                protocol,
                from_port,
                to_port,
                peer,
                description: None,
            })
            .collect();
        self.commit(|draft, _| {
            let group = draft.realm().security_groups.get(&id).unwrap();
            draft.put(SecurityGroup { rules, ..SecurityGroup::clone(group) });
        });
    }

    /// A running instance with one interface, whose addresses are these; the first IPv4 and IPv6 ones are configured inside.
    pub fn launch(&mut self, subnet: SubnetId, addresses: &[&str], groups: &[SecurityGroupId]) -> Guest {
        let instance = InstanceId::from_number(self.number());
        let row = Subnet::clone(self.realm().subnets.get(&subnet).unwrap());
        let number = self.number();
        let instance_row = super::walk::instance_row(instance, &row, number);
        self.commit(|draft, _| draft.put(instance_row));
        let interface = self.interface(subnet, addresses, groups);
        self.attach(interface, instance, 0);
        self.boot(instance);
        Guest { instance, interface, id: instance.to_string() }
    }

    /// What a boot does for the network.
    pub fn boot(&self, instance: InstanceId) {
        boot::configure(self.lab.data(), self.state.here(SCOPE).unwrap(), instance).unwrap();
    }

    /// An interface that is attached to nothing.
    pub fn interface(&mut self, subnet: SubnetId, addresses: &[&str], groups: &[SecurityGroupId]) -> NetworkInterfaceId {
        let groups = groups.to_vec();
        let mut request = model::interface::NewInterface { groups, ..model::interface::NewInterface::in_subnet(subnet) };
        request.primary_ipv4 = addresses.iter().find_map(|text| text.parse().ok());
        let id = self.commit(|draft, ctx| model::interface::create_interface(draft, ctx, request)).unwrap();
        self.edit(id, |row| {
            row.ipv4 = addresses.iter().filter_map(|text| text.parse().ok()).collect();
            row.ipv6 = addresses.iter().filter_map(|text| text.parse().ok()).collect();
            row.ipv4_prefixes = addresses.iter().filter_map(|text| text.parse().ok()).collect();
            row.ipv6_prefixes = addresses.iter().filter_map(|text| text.parse().ok()).collect();
        });
        id
    }

    pub fn attach(&mut self, interface: NetworkInterfaceId, instance: InstanceId, device_index: u16) {
        let id = AttachmentId::from_number(self.number());
        self.edit(interface, |row| {
            row.attachment = Some(Attachment {
                id,
                instance,
                instance_owner: None,
                device_index,
                network_card_index: 0,
                attached: Timestamp(0),
                delete_on_termination: true,
                complete: true,
            });
        });
    }

    pub fn edit(&mut self, id: NetworkInterfaceId, change: impl FnOnce(&mut NetworkInterface)) {
        self.commit(|draft, _| {
            let mut row = NetworkInterface::clone(draft.realm().interfaces.get(&id).unwrap());
            change(&mut row);
            draft.put(row);
        });
    }

    pub fn edit_instance(&mut self, id: InstanceId, state: InstanceState) {
        self.commit(|draft, _| {
            let row = Instance::clone(draft.realm().instances.get(&id).unwrap());
            draft.put(Instance { state, ..row });
        });
    }

    /// Moves an address from one interface to another in one commit.
    pub fn reassign(&mut self, address: &str, from: NetworkInterfaceId, to: NetworkInterfaceId) {
        let address: Ipv4Addr = address.parse().unwrap();
        self.commit(|draft, _| {
            let mut row = NetworkInterface::clone(draft.realm().interfaces.get(&from).unwrap());
            row.ipv4.retain(|other| *other != address);
            draft.put(row);
            let mut row = NetworkInterface::clone(draft.realm().interfaces.get(&to).unwrap());
            row.ipv4.push(address);
            draft.put(row);
            let moved: Vec<_> = draft.realm().elastic_ips.iter().filter(|row| stands_for(row, from, address)).cloned().collect();
            for row in moved {
                let association = row.association.clone().map(|old| ElasticIpAssociation { interface: to, ..old });
                draft.put(ElasticIp { association, ..ElasticIp::clone(&row) });
            }
        });
    }

    /// Lets a public address stand for a private one.
    pub fn elastic_ip(&mut self, public: &str, interface: NetworkInterfaceId, private: &str) -> AllocationId {
        let number = self.number();
        let id = AllocationId::from_number(number);
        let row = ElasticIp {
            id,
            public: public.parse().unwrap(),
            association: Some(ElasticIpAssociation {
                id: AssociationId::from_number(number),
                interface,
                interface_owner: None,
                private: private.parse().unwrap(),
            }),
            public_ipv4_pool: "amazon".into(),
            network_border_group: "us-east-1".into(),
            domain_name: None,
        };
        self.commit(|draft, _| draft.put(row));
        id
    }

    /// Pings an address that must answer. Not the first time, if a new IPv6 address is not in use yet: the kernel sees to that later.
    pub fn ping(&self, from: &str, to: &str) -> bool {
        (0..5).any(|_| self.lab.can(from, &format!("ping -n -c 1 -W 1 {to}")))
    }

    /// Pings an address that must not answer.
    pub fn no_ping(&self, from: &str, to: &str) -> bool {
        !self.lab.can(from, &format!("ping -n -c 1 -W 0.3 {to}"))
    }

    pub fn host_ping(&self, to: &str) -> bool {
        (0..5).any(|_| self.lab.host_can(&format!("ping -n -c 1 -W 1 {to}")))
    }

    pub fn no_host_ping(&self, to: &str) -> bool {
        !self.lab.host_can(&format!("ping -n -c 1 -W 0.3 {to}"))
    }

    /// A socket in an instance.
    pub fn listen(&self, id: &str, address: &str) -> TcpListener {
        netns::run_in(&self.lab.path(id), || TcpListener::bind(address)).unwrap().unwrap()
    }

    pub fn connect(&self, id: &str, address: &str) -> io::Result<TcpStream> {
        let address: SocketAddr = address.parse().unwrap();
        netns::run_in(&self.lab.path(id), || TcpStream::connect_timeout(&address, Duration::from_millis(400))).unwrap()
    }

    pub fn udp(&self, id: &str, address: &str) -> UdpSocket {
        let socket = netns::run_in(&self.lab.path(id), || UdpSocket::bind(address)).unwrap().unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        socket
    }
}

fn stands_for(row: &Arc<ElasticIp>, interface: NetworkInterfaceId, address: Ipv4Addr) -> bool {
    row.association.as_ref().is_some_and(|old| old.interface == interface && old.private == address)
}

pub fn block(text: &str) -> Peer {
    match text.parse().unwrap() {
        IpNet::V4(net) => Peer::Ipv4(net),
        IpNet::V6(net) => Peer::Ipv6(net),
    }
}

pub fn member_of(group: SecurityGroupId) -> Peer {
    Peer::Group { group, account: AccountId::DEFAULT, vpc: None, peering: None }
}
