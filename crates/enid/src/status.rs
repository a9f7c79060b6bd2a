//! What `enid status` tells: instances, interfaces, gateways and VPCs, and what of it the kernel has.

use std::collections::BTreeMap;

use fabric::names::guest_link;
use model::ids::{ResourceId, VpcId};
use model::instance::{Instance, InstanceState};
use model::interface::NetworkInterface;
use model::nat_gateway::{self, NatGateway, NatGatewayState};
use model::vpc::Vpc;
use model::{Here, Realm, State};
use serde::{Deserialize, Serialize};

/// The tag that names a resource.
const NAME: &str = "Name";

/// The whole report.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Whether packets move, and if not, why.
    pub fabric: String,
    /// Instances that are not terminated.
    pub instances: Vec<InstanceReport>,
    /// Interfaces that are attached to none of them.
    pub detached: Vec<InterfaceReport>,
    /// Internet gateways, egress-only ones and NAT gateways.
    pub gateways: Vec<GatewayReport>,
    /// VPCs.
    pub vpcs: Vec<VpcReport>,
    /// What is programmed in the kernel, by kind; empty when packets do not move.
    pub kernel: Vec<(String, usize)>,
    /// What could not be programmed, and is tried again, and what else is not as it should be.
    pub problems: Vec<String>,
    /// What somebody else had changed in the kernel and was put back lately, with the time.
    pub drift: Vec<String>,
}

/// An instance.
#[derive(Debug, Serialize, Deserialize)]
pub struct InstanceReport {
    /// Its id.
    pub id: String,
    /// The value of its tag `Name`.
    pub name: Option<String>,
    /// The account and region it is in.
    pub realm: String,
    /// `m5.large`.
    pub instance_type: String,
    /// EC2's word.
    pub state: String,
    /// Its availability zone.
    pub zone: String,
    /// The VPC of its primary interface.
    pub vpc: String,
    /// The subnet of its primary interface.
    pub subnet: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What is wrong with it, as its status checks say.
    pub problems: Vec<String>,
    /// Its interfaces, in the order of their cards and device indexes.
    pub interfaces: Vec<InterfaceReport>,
}

/// An interface.
#[derive(Debug, Serialize, Deserialize)]
pub struct InterfaceReport {
    /// Its id.
    pub id: String,
    /// The value of its tag `Name`.
    pub name: Option<String>,
    /// The account and region it is in.
    pub realm: String,
    /// The name of its link in its instance.
    pub device: Option<String>,
    /// Its availability zone.
    pub zone: Option<String>,
    /// Its VPC.
    pub vpc: String,
    /// Its subnet.
    pub subnet: String,
    /// Its Ethernet address.
    pub mac: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its addresses and prefixes, the primary first.
    pub addresses: Vec<AddressReport>,
    /// What is wrong with it.
    pub problems: Vec<String>,
}

/// An address or a delegated prefix.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddressReport {
    /// As text; a prefix with its length.
    pub address: String,
    /// The public address that stands for it.
    pub public: Option<String>,
}

/// An internet gateway, an egress-only one or a NAT gateway.
#[derive(Debug, Serialize, Deserialize)]
pub struct GatewayReport {
    /// Its id.
    pub id: String,
    /// `internet`, `egress-only`, `nat`.
    pub kind: String,
    /// The value of its tag `Name`.
    pub name: Option<String>,
    /// The account and region it is in.
    pub realm: String,
    /// EC2's word.
    pub state: String,
    /// Its availability zone, if it is in one.
    pub zone: Option<String>,
    /// The VPC that it is of.
    pub vpc: Option<String>,
    /// The subnet that it is in.
    pub subnet: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The addresses that it translates to.
    pub addresses: Vec<AddressReport>,
}

/// A VPC.
#[derive(Debug, Serialize, Deserialize)]
pub struct VpcReport {
    /// Its id.
    pub id: String,
    /// The value of its tag `Name`.
    pub name: Option<String>,
    /// The account and region it is in.
    pub realm: String,
    /// Its blocks, the primary first.
    pub blocks: Vec<String>,
    /// Whether it is the region's default VPC.
    pub is_default: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// An instance, as short as commands that look for one need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// The value of its tag `Name`.
    pub name: Option<String>,
    /// EC2's word.
    pub state: String,
}

/// The instances that are not terminated.
pub fn listed(state: &State) -> Vec<Listed> {
    let all = state.realms().flat_map(|(_, realm)| live(realm).map(move |instance| (realm, instance)));
    let listed = |(realm, instance): (&Realm, &Instance)| Listed {
        id: instance.id.to_string(),
        name: tags(realm, instance.id).remove(NAME),
        state: instance.state.code_and_name().1.into(),
    };
    all.map(listed).collect()
}

/// Reports on a state.
pub fn report(state: &State, fabric: String) -> Report {
    let mut report = Report { fabric, ..Report::default() };
    for (scope, realm) in state.realms() {
        let here = Here { state, scope, realm };
        report.instances.extend(live(realm).map(|instance| instance_report(here, instance)));
        let detached = realm.interfaces.iter().filter(|row| row.attachment.is_none() && row.interface_type != nat_gateway::INTERFACE_TYPE);
        report.detached.extend(detached.map(|interface| interface_report(here, interface)));
        report.gateways.extend(gateways(here));
        report.vpcs.extend(realm.vpcs.iter().map(|vpc| vpc_report(here, vpc)));
    }
    report
}

fn live(realm: &Realm) -> impl Iterator<Item = &Instance> {
    realm.instances.iter().map(|row| &**row).filter(|instance| instance.state != InstanceState::Terminated)
}

fn tags(realm: &Realm, id: impl Into<ResourceId>) -> BTreeMap<String, String> {
    realm.tags_of(id).cloned().unwrap_or_default()
}

fn instance_report(here: Here<'_>, instance: &Instance) -> InstanceReport {
    let tags = tags(here.realm, instance.id);
    let attached = here.interfaces_of(instance.id);
    InstanceReport {
        id: instance.id.to_string(),
        name: tags.get(NAME).cloned(),
        realm: here.scope.to_string(),
        instance_type: instance.instance_type.clone(),
        state: instance.state.code_and_name().1.into(),
        zone: instance.zone.to_string(),
        vpc: instance.vpc.to_string(),
        subnet: instance.subnet.to_string(),
        tags,
        problems: Vec::new(),
        interfaces: attached.into_iter().map(|(owner, interface)| interface_report(owner, interface)).collect(),
    }
}

fn interface_report(here: Here<'_>, interface: &NetworkInterface) -> InterfaceReport {
    let tags = tags(here.realm, interface.id);
    let plain = |address: String| AddressReport { address, public: None };
    let prefixes = interface.ipv4_prefixes.iter().map(|prefix| plain(prefix.to_string()));
    let ipv6 = interface.ipv6.iter().map(|address| plain(address.to_string()));
    let ipv6_prefixes = interface.ipv6_prefixes.iter().map(|prefix| plain(prefix.to_string()));
    InterfaceReport {
        id: interface.id.to_string(),
        name: tags.get(NAME).cloned(),
        realm: here.scope.to_string(),
        device: interface.attachment.as_ref().map(|place| guest_link(place.network_card_index, place.device_index)),
        zone: here.realm.subnets.get(&interface.subnet).map(|subnet| subnet.zone.to_string()),
        vpc: interface.vpc.to_string(),
        subnet: interface.subnet.to_string(),
        mac: interface.mac.to_string(),
        tags,
        addresses: ipv4(here, interface).into_iter().chain(prefixes).chain(ipv6).chain(ipv6_prefixes).collect(),
        problems: Vec::new(),
    }
}

/// The IPv4 addresses of an interface with their public ones.
fn ipv4(here: Here<'_>, interface: &NetworkInterface) -> Vec<AddressReport> {
    let addresses = interface.ipv4.iter().enumerate().map(|(place, &address)| {
        let elastic = here.elastic_ip_of(interface.id, address).map(|(_, elastic)| elastic.public);
        let public = elastic.or(interface.auto_public_ipv4.filter(|_| place == 0));
        AddressReport { address: address.to_string(), public: public.map(|public| public.to_string()) }
    });
    addresses.collect()
}

fn gateways(here: Here<'_>) -> Vec<GatewayReport> {
    let realm = here.realm;
    let gateway = |id: ResourceId, kind: &str, state: &str, vpc: Option<VpcId>| {
        let tags = tags(realm, id);
        GatewayReport {
            id: id.to_string(),
            kind: kind.into(),
            name: tags.get(NAME).cloned(),
            realm: here.scope.to_string(),
            state: state.into(),
            zone: None,
            vpc: vpc.map(|vpc| vpc.to_string()),
            subnet: None,
            tags,
            addresses: Vec::new(),
        }
    };
    let internet = realm.internet_gateways.iter().map(|row| {
        let state = if row.vpc.is_some() { "attached" } else { "detached" };
        gateway(row.id.into(), "internet", state, row.vpc)
    });
    let egress_only =
        realm.egress_only_internet_gateways.iter().map(|row| gateway(row.id.into(), "egress-only", "attached", Some(row.vpc)));
    // One that is gone is told by the API for a while, and is nothing that could be looked at here.
    let there = realm.nat_gateways.iter().filter(|row| !matches!(row.state, NatGatewayState::Deleted { .. }));
    let nat = there.map(|row| {
        let state = if row.interface().is_some() { "available" } else { "failed" };
        let subnet = realm.subnets.get(&row.subnet);
        GatewayReport {
            zone: subnet.map(|subnet| subnet.zone.to_string()),
            subnet: Some(row.subnet.to_string()),
            addresses: nat_addresses(realm, row),
            ..gateway(row.id.into(), "nat", state, Some(row.vpc))
        }
    });
    internet.chain(egress_only).chain(nat).collect()
}

fn nat_addresses(realm: &Realm, row: &NatGateway) -> Vec<AddressReport> {
    let address = |address: nat_gateway::Address| AddressReport {
        address: address.private.to_string(),
        public: address.public.map(|(_, public, _)| public.to_string()),
    };
    row.addresses(realm).into_iter().map(address).collect()
}

fn vpc_report(here: Here<'_>, vpc: &Vpc) -> VpcReport {
    let tags = tags(here.realm, vpc.id);
    let ipv4 = vpc.ipv4_blocks.iter().map(|block| block.cidr.to_string());
    let ipv6 = vpc.ipv6_blocks.iter().map(|block| block.cidr.to_string());
    VpcReport {
        id: vpc.id.to_string(),
        name: tags.get(NAME).cloned(),
        realm: here.scope.to_string(),
        blocks: ipv4.chain(ipv6).collect(),
        is_default: vpc.is_default,
        tags,
    }
}
