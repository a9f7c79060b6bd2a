//! An interface as answers show it.

use std::net::Ipv4Addr;

use ec2_api::shapes::{
    ConnectionTrackingConfiguration, GroupIdentifier, Ipv4PrefixSpecification, Ipv6PrefixSpecification, NetworkInterface as Answer,
    NetworkInterfaceAssociation, NetworkInterfaceAttachment, NetworkInterfaceIpv6Address, NetworkInterfacePrivateIpAddress,
};
use model::elastic_ip::ElasticIp;
use model::ids::{SecurityGroupId, VpcId};
use model::interface::{Attachment, ConnectionTracking, NetworkInterface};
use model::{AccountId, Here, Realm, Scope, dns_name};

use super::super::describe::unmanaged;
use super::super::tag_spec;
use super::timestamp;

/// The public address that a private one is known by.
pub struct PublicAddress<'a> {
    /// The address.
    pub address: Ipv4Addr,
    /// The Elastic IP that it is, with its owner; none: EC2 gave it for as long as the instance runs.
    pub elastic_ip: Option<(AccountId, &'a ElasticIp)>,
}

impl PublicAddress<'_> {
    /// Who owns the address: an account, or `amazon`.
    pub fn owner(&self) -> String {
        self.elastic_ip.map_or_else(|| "amazon".into(), |(account, _)| account.to_string())
    }
}

/// The public address of a private one of an interface from here.
pub fn public_address<'a>(here: Here<'a>, interface: &NetworkInterface, private: Ipv4Addr) -> Option<PublicAddress<'a>> {
    if let Some((owner, elastic_ip)) = here.elastic_ip_of(interface.id, private) {
        return Some(PublicAddress { address: elastic_ip.public, elastic_ip: Some((owner.scope.account, elastic_ip)) });
    }
    let address = interface.auto_public_ipv4.filter(|_| interface.primary_ipv4() == Some(private))?;
    Some(PublicAddress { address, elastic_ip: None })
}

/// Whether addresses of a VPC have DNS names.
pub fn is_hostnames_on(realm: &Realm, vpc: VpcId) -> bool {
    realm.vpcs.get(&vpc).is_some_and(|vpc| vpc.dns_support && vpc.dns_hostnames)
}

/// The association of a private address with a public one, if it has one.
fn association(here: Here<'_>, interface: &NetworkInterface, private: Ipv4Addr) -> Option<NetworkInterfaceAssociation> {
    let Here { scope, realm, .. } = here;
    let public = public_address(here, interface, private)?;
    let elastic = public.elastic_ip.map(|(_, elastic)| elastic);
    let name = if is_hostnames_on(realm, interface.vpc) { dns_name::public(scope.region, public.address) } else { String::new() };
    Some(NetworkInterfaceAssociation {
        allocation_id: elastic.map(|elastic| elastic.id.to_string()),
        association_id: elastic.and_then(|elastic| elastic.association.as_ref()).map(|association| association.id.to_string()),
        ip_owner_id: Some(public.owner()),
        public_dns_name: Some(name),
        public_ip: Some(public.address.to_string()),
        customer_owned_ip: None,
        carrier_ip: None,
    })
}

/// `available`, or `in-use` once it is attached: to an instance, or to the service that manages it.
pub fn status(interface: &NetworkInterface) -> &'static str {
    if interface.attachment.is_some() || interface.requester_managed { "in-use" } else { "available" }
}

/// Begins the ids of attachments to services.
pub const SERVICE_ATTACHMENT: &str = "ela-attach-";

/// The attachment of an interface to the service that manages it [seen].
fn service_attachment(interface: &NetworkInterface) -> NetworkInterfaceAttachment {
    NetworkInterfaceAttachment {
        attach_time: Some(timestamp(interface.created)),
        attachment_id: Some(format!("{SERVICE_ATTACHMENT}{:017x}", interface.id.number())),
        delete_on_termination: Some(false),
        device_index: Some(1),
        network_card_index: Some(0),
        instance_id: None,
        instance_owner_id: Some("amazon-aws".into()),
        status: Some("attached".into()),
        ena_srd_specification: None,
        ena_queue_count: None,
    }
}

/// What an interface is attached to.
pub fn attachment_of(scope: Scope, interface: &NetworkInterface) -> Option<NetworkInterfaceAttachment> {
    let service = interface.requester_managed.then(|| service_attachment(interface));
    interface.attachment.as_ref().map(|place| attachment(scope, place)).or(service)
}

fn attachment_status(attachment: &Attachment) -> &'static str {
    if attachment.complete { "attached" } else { "attaching" }
}

/// An attachment.
fn attachment(scope: Scope, attachment: &Attachment) -> NetworkInterfaceAttachment {
    NetworkInterfaceAttachment {
        attach_time: Some(timestamp(attachment.attached)),
        attachment_id: Some(attachment.id.to_string()),
        delete_on_termination: Some(attachment.delete_on_termination),
        device_index: Some(attachment.device_index.into()),
        network_card_index: Some(attachment.network_card_index.into()),
        instance_id: Some(attachment.instance.to_string()),
        instance_owner_id: Some(attachment.scope(scope).account.to_string()),
        status: Some(attachment_status(attachment).into()),
        ena_srd_specification: None,
        ena_queue_count: None,
    }
}

/// The values of an attachment for the filter `attachment.<name>`.
pub fn attachment_values(attachment: &NetworkInterfaceAttachment, name: &str) -> Vec<String> {
    let value = match name {
        "attach-time" | "attach.time" => attachment.attach_time.map(|at| at.whole_seconds().to_string()),
        "attachment-id" => attachment.attachment_id.clone(),
        "delete-on-termination" => attachment.delete_on_termination.map(|flag| flag.to_string()),
        "device-index" => attachment.device_index.map(|index| index.to_string()),
        "instance-id" => attachment.instance_id.clone(),
        "instance-owner-id" => attachment.instance_owner_id.clone(),
        "network-card-index" => attachment.network_card_index.map(|index| index.to_string()),
        "status" => attachment.status.clone(),
        _ => None,
    };
    value.into_iter().collect()
}

/// The groups of an interface, with their names.
pub fn groups(realm: &Realm, groups: &[SecurityGroupId]) -> Vec<GroupIdentifier> {
    let name = |group| realm.security_groups.get(group).map(|row| row.name.clone());
    groups.iter().map(|group| GroupIdentifier { group_id: Some(group.to_string()), group_name: name(group) }).collect()
}

fn connection_tracking(tracking: &ConnectionTracking) -> Option<ConnectionTrackingConfiguration> {
    (*tracking != ConnectionTracking::default()).then_some(ConnectionTrackingConfiguration {
        tcp_established_timeout: tracking.tcp_established_seconds,
        udp_stream_timeout: tracking.udp_stream_seconds,
        udp_timeout: tracking.udp_seconds,
    })
}

/// An interface from here.
pub fn interface(here: Here<'_>, interface: &NetworkInterface) -> Answer {
    let Here { scope, realm, .. } = here;
    let hostnames = is_hostnames_on(realm, interface.vpc);
    let dns_name = |address| hostnames.then(|| dns_name::private(scope.region, address));
    let primary = interface.primary_ipv4();
    let associated = primary.and_then(|private| association(here, interface, private));
    let address = |(place, &private): (usize, &Ipv4Addr)| NetworkInterfacePrivateIpAddress {
        association: association(here, interface, private),
        primary: Some(place == 0),
        private_dns_name: dns_name(private),
        private_ip_address: Some(private.to_string()),
    };
    let ipv6_native = realm.subnets.get(&interface.subnet).is_some_and(|subnet| subnet.cidr.is_none());
    Answer {
        public_dns_name: associated.as_ref().and_then(|association| association.public_dns_name.clone()).filter(|name| !name.is_empty()),
        association: associated,
        attachment: attachment_of(scope, interface),
        availability_zone: Some(interface.zone.to_string()),
        connection_tracking_configuration: connection_tracking(&interface.connection_tracking),
        description: Some(interface.description.clone()),
        groups: groups(realm, &interface.groups),
        interface_type: Some(interface.interface_type.clone()),
        ipv6_addresses: (interface.ipv6.iter().enumerate())
            .map(|(place, address)| NetworkInterfaceIpv6Address {
                ipv6_address: Some(address.to_string()),
                public_ipv6_dns_name: None,
                is_primary_ipv6: Some(interface.primary_ipv6 && place == 0),
            })
            .collect(),
        mac_address: Some(interface.mac.to_string()),
        network_interface_id: Some(interface.id.to_string()),
        outpost_arn: None,
        owner_id: Some(scope.account.to_string()),
        private_dns_name: primary.and_then(dns_name),
        public_ip_dns_name_options: None,
        private_ip_address: primary.map(|address| address.to_string()),
        private_ip_addresses: interface.ipv4.iter().enumerate().map(address).collect(),
        ipv4_prefixes: interface
            .ipv4_prefixes
            .iter()
            .map(|prefix| Ipv4PrefixSpecification { ipv4_prefix: Some(prefix.to_string()) })
            .collect(),
        ipv6_prefixes: interface
            .ipv6_prefixes
            .iter()
            .map(|prefix| Ipv6PrefixSpecification { ipv6_prefix: Some(prefix.to_string()) })
            .collect(),
        requester_id: Some(interface.requester.clone().unwrap_or_else(|| scope.account.to_string())),
        requester_managed: Some(interface.requester_managed),
        source_dest_check: Some(interface.source_dest_check),
        status: Some(status(interface).into()),
        subnet_id: Some(interface.subnet.to_string()),
        tag_set: tag_spec::answer(realm, interface.id),
        vpc_id: Some(interface.vpc.to_string()),
        deny_all_igw_traffic: None,
        ipv6_native: ipv6_native.then_some(true),
        ipv6_address: interface.ipv6.first().map(ToString::to_string),
        operator: Some(unmanaged()),
        associated_subnets: Vec::new(),
        availability_zone_id: Some(interface.zone.id()),
    }
}
