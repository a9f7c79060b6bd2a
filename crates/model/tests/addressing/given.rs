//! A small network to try rules on: one VPC with an internet gateway, and a check after every step.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::{Ipv4Net, Ipv6Net};
use model::addressing::{Assigned, WantedIpv4, WantedIpv6, assign_ipv4, assign_ipv6, unassign_ipv4, unassign_ipv6};
use model::ctx::{Random, SeededRandom};
use model::elastic_ip::{ElasticIp, WantedAddress, allocate, associate};
use model::gateway::InternetGateway;
use model::ids::{
    AllocationId, AssociationId, AttachmentId, ImageId, InstanceId, InternetGatewayId, NetworkInterfaceId, ReservationId, SnapshotId,
    SubnetCidrAssociationId, SubnetId, VolumeId, VpcCidrAssociationId, VpcId,
};
use model::instance::{Instance, InstanceState, MetadataOptions, PrivateDnsOptions, RootVolume};
use model::interface::{NetworkInterface, NewAttachment, NewInterface, attach, create_interface};
use model::network_acl;
use model::realm::Zone;
use model::subnet::{Subnet, SubnetIpv6Block};
use model::vpc::{Vpc, VpcIpv6Block};
use model::{AccountId, Ctx, Draft, Error, Region, Scope, State, Timestamp, World, default_vpc, invariants, vpc};

pub struct Given {
    pub draft: Draft,
    pub world: World,
    pub vpc: VpcId,
    random: SeededRandom,
    scope: Scope,
}

/// An address from its text.
pub fn v4(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

/// An IPv6 address from its text.
pub fn v6(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

/// A block from its text.
pub fn net4(text: &str) -> Ipv4Net {
    text.parse().unwrap()
}

/// An IPv6 block from its text.
pub fn net6(text: &str) -> Ipv6Net {
    text.parse().unwrap()
}

/// A wish for these addresses.
pub fn these(addresses: &[&str]) -> WantedIpv4 {
    WantedIpv4 { addresses: addresses.iter().map(|text| v4(text)).collect(), ..WantedIpv4::default() }
}

/// A wish for these addresses, even if others hold them.
pub fn these_moved(addresses: &[&str]) -> WantedIpv4 {
    WantedIpv4 { allow_reassignment: true, ..these(addresses) }
}

/// A wish for these IPv6 addresses.
pub fn these_v6(addresses: &[&str]) -> WantedIpv6 {
    WantedIpv6 { addresses: addresses.iter().map(|text| v6(text)).collect(), ..WantedIpv6::default() }
}

impl Given {
    /// A VPC 10.0.0.0/16 and 2001:db8:0:100::/56 with an internet gateway and no subnet.
    pub fn new(seed: u64) -> Self {
        let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
        let draft = Draft::new(State::default(), scope);
        let mut given = Self { draft, world: World::default(), vpc: VpcId::MIN, random: SeededRandom(seed), scope };
        given.vpc = given.act(|draft, ctx| {
            default_vpc::ensure_realm(draft, ctx);
            let id = vpc::put(draft, ctx, net4("10.0.0.0/16"), "default", false);
            let row = Arc::clone(draft.realm().vpcs.get(&id).unwrap());
            let association = VpcCidrAssociationId::random(ctx.random);
            let block = VpcIpv6Block { association, cidr: net6("2001:db8:0:100::/56"), pool: "Amazon".into() };
            draft.put(Vpc { ipv6_blocks: vec![block], ..Vpc::clone(&row) });
            draft.put(InternetGateway { id: InternetGatewayId::random(ctx.random), vpc: Some(id) });
            id
        });
        given
    }

    /// Does something that cannot fail, and checks the state after it.
    pub fn act<T>(&mut self, act: impl FnOnce(&mut Draft, &mut Ctx<'_>) -> T) -> T {
        let mut ctx = Ctx { scope: self.scope, now: Timestamp(0), random: &mut self.random, world: &self.world };
        let done = act(&mut self.draft, &mut ctx);
        assert_eq!(invariants::check(self.draft.state()), []);
        done
    }

    /// Tries something, and checks the state after it: what failed has changed nothing.
    pub fn attempt<T>(&mut self, act: impl FnOnce(&mut Draft, &mut Ctx<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let before = self.draft.state().clone();
        let done = self.act(act);
        if done.is_err() {
            assert!(*self.draft.state() == before, "a failed call changed the state");
        }
        done
    }

    fn zone(letter: char) -> Zone {
        format!("us-east-1{letter}").parse().unwrap()
    }

    /// A subnet in zone a.
    pub fn subnet(&mut self, cidr: &str) -> SubnetId {
        self.subnet_in('a', Some(cidr), &[])
    }

    /// A subnet in zone a with an IPv6 block.
    pub fn dual_subnet(&mut self, cidr: &str, ipv6: &str) -> SubnetId {
        self.subnet_in('a', Some(cidr), &[ipv6])
    }

    /// A subnet.
    pub fn subnet_in(&mut self, zone: char, cidr: Option<&str>, ipv6: &[&str]) -> SubnetId {
        let vpc = self.vpc;
        self.act(|draft, ctx| {
            let id = SubnetId::random(ctx.random);
            let block = |text: &&str| SubnetIpv6Block { association: SubnetCidrAssociationId::from_number(1), cidr: net6(text) };
            draft.put(Subnet {
                id,
                vpc,
                zone: Self::zone(zone),
                cidr: cidr.map(net4),
                ipv6_blocks: ipv6.iter().map(block).collect(),
                ended_ipv6_blocks: Vec::new(),
                default_for_az: false,
                map_public_ip_on_launch: false,
                assign_ipv6_address_on_creation: false,
                enable_dns64: false,
                private_dns_hostname_type: "ip-name".into(),
                resource_name_dns_a_record: false,
                resource_name_dns_aaaa_record: false,
            });
            network_acl::join_default(draft, ctx, vpc, id);
            id
        })
    }

    pub fn try_create(&mut self, request: NewInterface) -> Result<NetworkInterfaceId, Error> {
        self.attempt(|draft, ctx| create_interface(draft, ctx, request))
    }

    /// An interface with this primary address.
    pub fn interface(&mut self, subnet: SubnetId, primary: &str) -> NetworkInterfaceId {
        self.try_create(NewInterface { primary_ipv4: Some(v4(primary)), ..NewInterface::in_subnet(subnet) }).unwrap()
    }

    pub fn assign(&mut self, id: NetworkInterfaceId, wanted: &WantedIpv4) -> Result<Assigned<Ipv4Addr, Ipv4Net>, Error> {
        self.attempt(|draft, ctx| assign_ipv4(draft, ctx, id, wanted))
    }

    pub fn assign_v6(&mut self, id: NetworkInterfaceId, wanted: &WantedIpv6) -> Result<Assigned<Ipv6Addr, Ipv6Net>, Error> {
        self.attempt(|draft, ctx| assign_ipv6(draft, ctx, id, wanted))
    }

    pub fn unassign(&mut self, id: NetworkInterfaceId, addresses: &[&str]) -> Result<(), Error> {
        let addresses: Vec<Ipv4Addr> = addresses.iter().map(|text| v4(text)).collect();
        self.attempt(|draft, _| unassign_ipv4(draft, id, &addresses, &[]))
    }

    pub fn unassign_v6(&mut self, id: NetworkInterfaceId, addresses: &[&str]) -> Result<(), Error> {
        let addresses: Vec<Ipv6Addr> = addresses.iter().map(|text| v6(text)).collect();
        self.attempt(|draft, _| unassign_ipv6(draft, id, &addresses, &[]))
    }

    /// The row of an instance that has no interface yet.
    pub fn instance_row(&mut self, subnet: SubnetId, instance_type: &str, state: InstanceState) -> Instance {
        let row = Arc::clone(self.draft.realm().subnets.get(&subnet).unwrap());
        let id = InstanceId::random(&mut self.random as &mut dyn Random);
        Instance {
            id,
            reservation: ReservationId::random(&mut self.random),
            launch_index: 0,
            image: ImageId::from_number(1),
            instance_type: instance_type.into(),
            key_name: None,
            subnet,
            vpc: self.vpc,
            zone: row.zone,
            state,
            state_transition_reason: String::new(),
            state_reason: None,
            launched: Timestamp(0),
            created: Timestamp(0),
            terminated: None,
            boot: 1,
            architecture: "x86_64".into(),
            boot_mode: None,
            root_volume: RootVolume {
                id: VolumeId::random(&mut self.random),
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

    /// An instance in a state, with a primary interface of this address.
    pub fn instance(
        &mut self,
        subnet: SubnetId,
        primary: &str,
        instance_type: &str,
        state: InstanceState,
    ) -> (InstanceId, NetworkInterfaceId) {
        let interface = self.interface(subnet, primary);
        let instance = self.instance_row(subnet, instance_type, state);
        let id = instance.id;
        let place = NewAttachment { interface, instance: id, device_index: 0, network_card_index: 0, delete_on_termination: true };
        self.attempt(|draft, ctx| {
            draft.put(instance);
            attach(draft, ctx, place)
        })
        .unwrap();
        (id, interface)
    }

    pub fn attach(&mut self, interface: NetworkInterfaceId, instance: InstanceId, device_index: u16) -> Result<AttachmentId, Error> {
        let place = NewAttachment { interface, instance, device_index, network_card_index: 0, delete_on_termination: false };
        self.attempt(|draft, ctx| attach(draft, ctx, place))
    }

    pub fn row(&self, id: NetworkInterfaceId) -> &NetworkInterface {
        self.draft.realm().interfaces.get(&id).unwrap()
    }

    /// The IPv4 addresses of an interface, in order.
    pub fn addresses(&self, id: NetworkInterfaceId) -> Vec<String> {
        self.row(id).ipv4.iter().map(ToString::to_string).collect()
    }

    /// The IPv6 addresses of an interface, in order.
    pub fn addresses_v6(&self, id: NetworkInterfaceId) -> Vec<String> {
        self.row(id).ipv6.iter().map(ToString::to_string).collect()
    }

    /// A new Elastic IP for a private address of an interface.
    pub fn elastic_ip(&mut self, interface: NetworkInterfaceId, private: &str) -> (AllocationId, AssociationId) {
        self.attempt(|draft, ctx| {
            let id = allocate(draft, ctx, WantedAddress::Any)?;
            Ok((id, associate(draft, ctx, id, interface, Some(v4(private)), false)?))
        })
        .unwrap()
    }

    pub fn elastic_row(&self, id: AllocationId) -> &ElasticIp {
        self.draft.realm().elastic_ips.get(&id).unwrap()
    }

    /// The interface and private address that an Elastic IP stands for.
    pub fn stands_for(&self, id: AllocationId) -> Option<(NetworkInterfaceId, String)> {
        let association = self.elastic_row(id).association.as_ref()?;
        Some((association.interface, association.private.to_string()))
    }
}
