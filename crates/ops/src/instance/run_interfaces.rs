//! The addressing members of RunInstances: those at the top level, which are about the primary interface, and those of
//! each `NetworkInterface.N`; one or the other.

use std::sync::Arc;

use ec2_api::shapes::{
    EnaSrdSpecificationRequest, EnaSrdUdpSpecificationRequest, InstanceIpv6Address, InstanceNetworkInterfaceSpecification,
};
use ec2_api::{ApiError, ErrorCode};
use model::error::Error;
use model::ids::{NetworkInterfaceId, SubnetId};
use model::interface_permission::Permission;
use model::launch::{InterfaceSource, LaunchInterface};
use model::realm::Zone;
use model::subnet::Subnet;
use model::vpc::Vpc;
use model::{Draft, Realm};

use super::run_options::one_of;
use crate::errors;
use crate::lookup::{self, refuse, row};
use crate::network_interface::{InterfaceMembers, usable};

/// The interfaces of a launch.
#[derive(Clone)]
pub struct Interfaces {
    /// The interfaces, with the primary first.
    pub list: Vec<LaunchInterface>,
    /// Whether the primary is to have an automatic public address; none: the subnet decides.
    pub public_address: Option<bool>,
}

/// The members at the top level.
pub struct TopLevel {
    /// `SubnetId`.
    pub subnet_id: Option<String>,
    /// `Placement.AvailabilityZone`.
    pub zone: Option<Zone>,
    /// `SecurityGroupId.N`.
    pub security_group_ids: Vec<String>,
    /// `SecurityGroup.N`: names.
    pub security_groups: Vec<String>,
    /// `PrivateIpAddress`.
    pub private_ip_address: Option<String>,
    /// `Ipv6AddressCount`.
    pub ipv6_address_count: Option<i32>,
    /// `Ipv6Address.N`.
    pub ipv6_addresses: Vec<InstanceIpv6Address>,
    /// `EnablePrimaryIpv6`.
    pub enable_primary_ipv6: Option<bool>,
}

/// Reads both kinds of members, and finds the subnet of the primary interface.
///
/// # Errors
/// When they do not go together, or name what does not exist.
pub fn read(
    draft: &Draft,
    top: TopLevel,
    specifications: Vec<InstanceNetworkInterfaceSpecification>,
) -> Result<(Arc<Subnet>, Interfaces), ApiError> {
    if specifications.is_empty() {
        return from_top_level(draft.realm(), top);
    }
    // [seen]
    for (given, what) in [
        (top.subnet_id.is_some(), "subnet ID"),
        (!top.security_group_ids.is_empty() || !top.security_groups.is_empty(), "security groups"),
        (top.private_ip_address.is_some(), "private IP address"),
        (top.ipv6_address_count.is_some() || !top.ipv6_addresses.is_empty(), "IPv6 addresses"),
        (top.enable_primary_ipv6.is_some(), "primary IPv6"),
    ] {
        if given {
            return Err(combination(format!("Network interfaces and an instance-level {what} may not be specified on the same request")));
        }
    }
    from_specifications(draft, top.zone, specifications)
}

fn from_top_level(realm: &Realm, top: TopLevel) -> Result<(Arc<Subnet>, Interfaces), ApiError> {
    let TopLevel {
        subnet_id,
        zone,
        security_group_ids,
        security_groups,
        private_ip_address,
        ipv6_address_count,
        ipv6_addresses,
        enable_primary_ipv6,
    } = top;
    if subnet_id.is_some() && !security_groups.is_empty() {
        // [seen]
        return Err(combination("The parameter groupName cannot be used with the parameter subnet"));
    }
    if !security_group_ids.is_empty() && !security_groups.is_empty() {
        // Source: the API reference of RequestLaunchTemplateData.
        return Err(combination("You cannot specify both a security group ID and a security group name in the same request"));
    }
    if security_group_ids.iter().any(String::is_empty) {
        // [launch-group-empty]
        return Err(ApiError::invalid_value("", "groupId", "The value cannot be empty"));
    }
    let subnet = subnet_of(realm, subnet_id.as_deref(), zone)?;
    let mut interface = InterfaceMembers {
        groups: security_group_ids,
        private_ip_address,
        ipv6_address_count,
        ipv6_addresses,
        primary_ipv6: enable_primary_ipv6,
        ..InterfaceMembers::default()
    }
    .read(subnet.id)?;
    for name in &security_groups {
        interface.groups.push(realm.index.group_named(subnet.vpc, name).ok_or_else(|| {
            // [seen]
            let message = format!("The security group '{name}' does not exist in default VPC '{}'", subnet.vpc);
            ApiError::new(ErrorCode::InvalidGroupNotFound, message)
        })?);
    }
    let primary = LaunchInterface {
        source: InterfaceSource::New(Box::new(interface)),
        device_index: 0,
        network_card_index: 0,
        delete_on_termination: true,
    };
    Ok((subnet, Interfaces { list: vec![primary], public_address: None }))
}

fn from_specifications(
    draft: &Draft,
    zone: Option<Zone>,
    specifications: Vec<InstanceNetworkInterfaceSpecification>,
) -> Result<(Arc<Subnet>, Interfaces), ApiError> {
    let public_address = public_address_wanted(&specifications)?;
    let mut list = specifications.into_iter().map(|specification| read_one(draft, zone, specification)).collect::<Result<Vec<_>, _>>()?;
    list.sort_by_key(|interface| (interface.network_card_index, interface.device_index));
    let primary = list.first().filter(|primary| (primary.network_card_index, primary.device_index) == (0, 0));
    let Some(primary) = primary else {
        // [seen], but for the code.
        let message = "When specifying network interfaces, you must include a device at index 0.";
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    };
    let subnet = match &primary.source {
        InterfaceSource::New(new) => new.subnet,
        InterfaceSource::Existing(id) => {
            let (owner, interface) = usable(draft, *id, Permission::InstanceAttach)?;
            if owner.scope != draft.scope() {
                return Err(errors::answer(Error::PrimaryInterfaceOfOtherAccount { interface: *id, owner: owner.scope.account }));
            }
            interface.subnet
        }
    };
    Ok((row(draft.realm(), subnet)?, Interfaces { list, public_address }))
}

/// What `AssociatePublicIpAddress` says, where it may be said [seen].
fn public_address_wanted(specifications: &[InstanceNetworkInterfaceSpecification]) -> Result<Option<bool>, ApiError> {
    let said = specifications.iter().find(|specification| specification.associate_public_ip_address.is_some());
    let Some(InstanceNetworkInterfaceSpecification { associate_public_ip_address, network_interface_id, device_index, .. }) = said else {
        return Ok(None);
    };
    let why = if specifications.len() > 1 {
        "cannot be specified when launching with multiple network interfaces."
    } else if network_interface_id.is_some() {
        "cannot be specified for a network interface with an ID."
    } else if device_index.is_some_and(|index| index != 0) {
        "can only be specified for the network interface with DeviceIndex 0."
    } else {
        return Ok(*associate_public_ip_address);
    };
    Err(combination(format!("The associatePublicIPAddress parameter {why}")))
}

fn read_one(draft: &Draft, zone: Option<Zone>, specification: InstanceNetworkInterfaceSpecification) -> Result<LaunchInterface, ApiError> {
    let InstanceNetworkInterfaceSpecification {
        associate_public_ip_address: _,
        delete_on_termination,
        description,
        device_index,
        groups,
        ipv6_address_count,
        ipv6_addresses,
        network_interface_id,
        private_ip_address,
        private_ip_addresses,
        secondary_private_ip_address_count,
        subnet_id,
        associate_carrier_ip_address,
        interface_type,
        network_card_index,
        ipv4_prefixes,
        ipv4_prefix_count,
        ipv6_prefixes,
        ipv6_prefix_count,
        primary_ipv6,
        ena_srd_specification,
        connection_tracking_specification,
        ena_queue_count,
    } = specification;
    refuse(associate_carrier_ip_address == Some(true), "NetworkInterface.AssociateCarrierIpAddress")?;
    refuse(ena_queue_count.is_some(), "NetworkInterface.EnaQueueCount")?;
    refuse(ena_srd_specification.is_some_and(wants_ena_express), "NetworkInterface.EnaSrdSpecification")?;
    // [seen]
    let device_index = device_index
        .ok_or_else(|| ApiError::new(ErrorCode::InvalidParameter, "Each network interface requires a device index."))
        .and_then(|index| place(index, "DeviceIndex"))?;
    let network_card_index = place(network_card_index.unwrap_or_default(), "NetworkCardIndex")?;
    if let Some(id) = network_interface_id {
        // [seen]
        for (given, what) in [
            (subnet_id.is_some(), "a subnet"),
            (!groups.is_empty(), "security groups"),
            (private_ip_address.is_some() || !private_ip_addresses.is_empty(), "a private IP address"),
            (secondary_private_ip_address_count.is_some(), "a secondary private IP address count"),
            (ipv6_address_count.is_some() || !ipv6_addresses.is_empty(), "IPv6 addresses"),
            (ipv4_prefix_count.is_some() || !ipv4_prefixes.is_empty(), "IPv4 prefixes"),
            (ipv6_prefix_count.is_some() || !ipv6_prefixes.is_empty(), "IPv6 prefixes"),
            (description.is_some(), "a description"),
            (interface_type.is_some(), "an interface type"),
            (primary_ipv6.is_some(), "a primary IPv6 address"),
            (connection_tracking_specification.is_some(), "connection tracking"),
            (delete_on_termination == Some(true), "delete on termination as true"),
        ] {
            if given {
                return Err(combination(format!("A network interface may not specify both a network interface ID and {what}")));
            }
        }
        let id: NetworkInterfaceId = lookup::id(&id)?;
        usable(draft, id, Permission::InstanceAttach)?;
        let source = InterfaceSource::Existing(id);
        return Ok(LaunchInterface { source, device_index, network_card_index, delete_on_termination: false });
    }
    let interface_type = interface_type.unwrap_or_else(|| "interface".into());
    refuse(interface_type == "efa-only", "NetworkInterface.InterfaceType=efa-only")?;
    // An `efa` one is an ordinary one here: what it adds to it is a way past the kernel.
    let interface_type = one_of(Some(interface_type), "InterfaceType", &["interface", "efa"])?;
    let subnet = subnet_of(draft.realm(), subnet_id.as_deref(), zone)?;
    let members = InterfaceMembers {
        description,
        interface_type: Some(interface_type),
        groups,
        private_ip_address,
        private_ip_addresses,
        secondary_private_ip_address_count,
        ipv4_prefixes,
        ipv4_prefix_count,
        ipv6_addresses,
        ipv6_address_count,
        ipv6_prefixes,
        ipv6_prefix_count,
        primary_ipv6,
        connection_tracking_specification,
    };
    let interface = members.read(subnet.id)?;
    Ok(LaunchInterface {
        source: InterfaceSource::New(Box::new(interface)),
        device_index,
        network_card_index,
        // EC2's default for an interface that is made at launch, of any index.
        delete_on_termination: delete_on_termination.unwrap_or(true),
    })
}

/// Whether ENA Express is to be on, for any protocol.
fn wants_ena_express(specification: EnaSrdSpecificationRequest) -> bool {
    let EnaSrdSpecificationRequest { ena_srd_enabled, ena_srd_udp_specification } = specification;
    let EnaSrdUdpSpecificationRequest { ena_srd_udp_enabled } = ena_srd_udp_specification.unwrap_or_default();
    ena_srd_enabled == Some(true) || ena_srd_udp_enabled == Some(true)
}

/// The subnet that is named, or the default VPC's default one: in the zone that is asked for, or the first.
fn subnet_of(realm: &Realm, id: Option<&str>, zone: Option<Zone>) -> Result<Arc<Subnet>, ApiError> {
    if let Some(id) = id {
        let subnet: Arc<Subnet> = row(realm, lookup::id::<SubnetId>(id)?)?;
        if let Some(zone) = zone.filter(|zone| *zone != subnet.zone) {
            let message = format!("The availability zone '{zone}' is not that of the subnet '{}', which is '{}'.", subnet.id, subnet.zone);
            return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
        }
        return Ok(subnet);
    }
    let vpc: &Vpc = realm.vpcs.iter().find(|vpc| vpc.is_default).ok_or_else(|| {
        // [seen]
        let message = "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.";
        ApiError::new(ErrorCode::VPCIdNotSpecified, message)
    })?;
    let subnets = realm.index.referrers_of_kind::<SubnetId>(vpc.id).filter_map(|id| realm.subnets.get(&id));
    let defaults = subnets.filter(|subnet| subnet.default_for_az && zone.is_none_or(|zone| subnet.zone == zone));
    defaults.min_by_key(|subnet| subnet.zone).cloned().ok_or_else(|| {
        // [seen]
        let message = match zone {
            Some(zone) => format!("No default subnet for availability zone: '{zone}'."),
            None => format!("No subnets found for the default VPC '{}'. Please specify a subnet.", vpc.id),
        };
        ApiError::new(ErrorCode::MissingInput, message)
    })
}

fn place(given: i32, name: &str) -> Result<u16, ApiError> {
    u16::try_from(given).map_err(|_| ApiError::invalid_value(given, name, "It must be from 0 to 65535."))
}

fn combination(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidParameterCombination, message)
}
