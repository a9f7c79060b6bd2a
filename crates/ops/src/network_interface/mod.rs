//! Network interfaces: making, describing, attaching, changing and deleting them. Their addresses are in
//! `private_address`.

mod answer;
mod attachment;
mod attribute;
mod new;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use ec2_api::shapes::{
    CreateNetworkInterfaceRequest, CreateNetworkInterfaceResult, DeleteNetworkInterfaceRequest, DescribeNetworkInterfacesRequest,
    DescribeNetworkInterfacesResult, ReturnTrue,
};
use ec2_api::{ApiError, ErrorCode, Timestamp};
use model::ids::{AllocationId, AssociationId, AttachmentId, InstanceId, NetworkInterfaceId, SecurityGroupId, SubnetId, VpcId};
use model::interface::{NetworkInterface, create_interface, delete_interface};
use model::interface_permission::{self, Permission};
use model::subnet::Subnet;
use model::{Ctx, Draft, Here, Realm, dns_name};

use super::describe::{self, Ids, Query, describe};
use super::filter::Filters;
use super::lookup::{refuse, required_id, row};
use super::once::Telling;
use super::tag_spec::NewTags;
use super::{View, operations};
use crate::errors;
use crate::work;

pub use answer::{groups, is_hostnames_on, public_address};
pub use new::{InterfaceMembers, count};

operations! {
    make CreateNetworkInterface => create => created,
    read DescribeNetworkInterfaces => describe_all,
    write DeleteNetworkInterface => delete,
    write AttachNetworkInterface => attachment::attach_interface,
    write DetachNetworkInterface => attachment::detach_interface,
    write ModifyNetworkInterfaceAttribute => attribute::modify,
    write ResetNetworkInterfaceAttribute => attribute::reset,
    read DescribeNetworkInterfaceAttribute => attribute::describe_one,
}

/// The kinds of interface that a user can create. `efa-only` ones have no address at all, which enid has no place for.
const TYPES: &[&str] = &["interface", "efa", "branch", "trunk"];

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateNetworkInterfaceRequest) -> Result<NetworkInterfaceId, ApiError> {
    let CreateNetworkInterfaceRequest {
        ipv4_prefixes,
        ipv4_prefix_count,
        ipv6_prefixes,
        ipv6_prefix_count,
        interface_type,
        tag_specifications,
        client_token: _,
        enable_primary_ipv6,
        connection_tracking_specification,
        operator,
        subnet_id,
        description,
        private_ip_address,
        groups,
        private_ip_addresses,
        secondary_private_ip_address_count,
        ipv6_addresses,
        ipv6_address_count,
        dry_run: _,
    } = input;
    refuse(operator.is_some(), "Operator")?;
    refuse(interface_type.as_deref() == Some("efa-only"), "InterfaceType efa-only")?;
    if let Some(unknown) = interface_type.as_deref().filter(|name| !TYPES.contains(name)) {
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, format!("Invalid value '{unknown}' for InterfaceType.")));
    }
    let subnet: SubnetId = required_id(subnet_id.as_deref(), "SubnetId")?;
    row::<Subnet, _>(draft.realm(), subnet)?;
    let tags = NewTags::new(tag_specifications, &["network-interface"])?;
    let members = InterfaceMembers {
        description,
        interface_type,
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
        primary_ipv6: enable_primary_ipv6,
        connection_tracking_specification,
    };
    let id = create_interface(draft, ctx, members.read(subnet)?).map_err(errors::answer)?;
    tags.put(draft, id)?;
    Ok(id)
}

fn created(telling: &Telling<'_>, id: NetworkInterfaceId) -> Result<CreateNetworkInterfaceResult, ApiError> {
    let interface = row::<NetworkInterface, _>(telling.here.realm, id)?;
    let mut answer = answer::interface(telling.here, &interface);
    if telling.is_new {
        // EC2 answers before the interface is ready; the describe that clients wait with says `available`.
        answer.status = Some("pending".into());
    }
    Ok(CreateNetworkInterfaceResult { network_interface: Some(answer), client_token: telling.client_token.clone() })
}

fn delete(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DeleteNetworkInterfaceRequest) -> Result<ReturnTrue, ApiError> {
    let DeleteNetworkInterfaceRequest { dry_run: _, network_interface_id } = input;
    let id: NetworkInterfaceId = required_id(network_interface_id.as_deref(), "NetworkInterfaceId")?;
    let interface = row::<NetworkInterface, _>(draft.realm(), id)?;
    // [seen]: EC2's words for an interface that is attached, and for one that a service manages.
    if interface.attachment.is_some() || interface.requester_managed {
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, format!("Network interface '{id}' is currently in use.")));
    }
    delete_interface(draft, id).map_err(errors::answer)?;
    Ok(ReturnTrue)
}

/// The row of an interface that a user may change.
///
/// # Errors
/// When there is none, or a service manages it [seen].
pub fn changeable(realm: &Realm, id: NetworkInterfaceId) -> Result<Arc<NetworkInterface>, ApiError> {
    let interface = row::<NetworkInterface, _>(realm, id)?;
    if interface.requester_managed {
        return Err(ApiError::not_permitted("You do not have permission to access the specified resource."));
    }
    Ok(interface)
}

/// The row of an interface that the caller may use so: its own, or another account's that permits it. With its owner.
///
/// # Errors
/// As of [`changeable`].
pub fn usable(draft: &Draft, id: NetworkInterfaceId, permission: Permission) -> Result<(Here<'_>, &NetworkInterface), ApiError> {
    let (owner, interface) = interface_permission::usable(draft.here(), id, permission).map_err(errors::answer)?;
    changeable(owner.realm, id)?;
    Ok((owner, interface))
}

const FILTERS: &[&str] = &[
    "addresses.association.owner-id",
    "addresses.association.public-ip",
    "addresses.primary",
    "addresses.private-ip-address",
    "association.allocation-id",
    "association.association-id",
    "association.ip-owner-id",
    "association.public-dns-name",
    "association.public-ip",
    "attachment.attach-time",
    // The API reference has named this filter both ways.
    "attachment.attach.time",
    "attachment.attachment-id",
    "attachment.delete-on-termination",
    "attachment.device-index",
    "attachment.instance-id",
    "attachment.instance-owner-id",
    "attachment.nat-gateway-id",
    "attachment.network-card-index",
    "attachment.status",
    "availability-zone",
    "availability-zone-id",
    "description",
    "group-id",
    "group-name",
    "interface-type",
    "ipv6-addresses.ipv6-address",
    "mac-address",
    "network-interface-id",
    "operator.managed",
    "operator.principal",
    "owner-id",
    "private-dns-name",
    "private-ip-address",
    "requester-id",
    "requester-managed",
    "source-dest-check",
    "status",
    "subnet-id",
    "vpc-id",
];

fn describe_all(view: &View<'_>, input: DescribeNetworkInterfacesRequest) -> Result<DescribeNetworkInterfacesResult, ApiError> {
    let DescribeNetworkInterfacesRequest {
        next_token,
        max_results,
        // There is nothing that a service hides.
        include_managed_resources: _,
        dry_run: _,
        network_interface_ids,
        filters,
    } = input;
    let (network_interfaces, next_token) = describe(
        view.realm,
        Query {
            ids: Ids("NetworkInterfaceIds", &network_interface_ids),
            filters,
            known_filters: FILTERS,
            max_results,
            next_token: next_token.as_deref(),
        },
        |filters| narrow(view, filters),
        |interface: &NetworkInterface, name| values(view, interface, name),
        |interface| answer::interface(view.here(), interface),
    )?;
    Ok(DescribeNetworkInterfacesResult { network_interfaces, next_token })
}

/// The interfaces that the most telling filter leaves, from an index.
fn narrow(view: &View<'_>, filters: &Filters) -> Option<BTreeSet<NetworkInterfaceId>> {
    let realm = view.realm;
    if let Some(ids) = filters.literals("network-interface-id") {
        return Some(ids.iter().filter_map(|text| text.parse().ok()).collect());
    }
    if let Some(ids) = filters.literals("attachment.attachment-id") {
        let of_service = |text: &str| text.strip_prefix(answer::SERVICE_ATTACHMENT).and_then(|digits| format!("eni-{digits}").parse().ok());
        let of_instance = |text: &str| realm.index.attachment(text.parse::<AttachmentId>().ok()?);
        return Some(ids.iter().filter_map(|text| of_instance(text).or_else(|| of_service(text))).collect());
    }
    let by_address = ["private-ip-address", "addresses.private-ip-address", "ipv6-addresses.ipv6-address"];
    if let Some(texts) = by_address.iter().find_map(|name| filters.literals(name)) {
        let addresses: Vec<IpAddr> = texts.iter().filter_map(|text| text.parse().ok()).collect();
        return Some(held(realm, &addresses));
    }
    if let Some(names) = filters.literals("private-dns-name") {
        let primary = |name: &String| dns_name::private_address(name).map(IpAddr::from);
        let addresses: Vec<IpAddr> = names.iter().filter_map(primary).collect();
        return Some(held(realm, &addresses));
    }
    let elastic = |allocation: Option<AllocationId>| realm.elastic_ips.get(&allocation?)?.association.as_ref().map(|of| of.interface);
    if let Some(ids) = filters.literals("association.allocation-id") {
        return Some(ids.iter().filter_map(|text| elastic(text.parse().ok())).collect());
    }
    if let Some(ids) = filters.literals("association.association-id") {
        let allocation = |text: &String| realm.index.elastic_ip_association(text.parse::<AssociationId>().ok()?);
        return Some(ids.iter().filter_map(|text| elastic(allocation(text))).collect());
    }
    describe::belonging_to::<InstanceId, _>(view, filters, "attachment.instance-id")
        .or_else(|| describe::belonging_to::<SecurityGroupId, _>(view, filters, "group-id"))
        .or_else(|| describe::belonging_to::<SubnetId, _>(view, filters, "subnet-id"))
        .or_else(|| describe::belonging_to::<VpcId, _>(view, filters, "vpc-id"))
}

/// Who holds any of these addresses, in any VPC.
fn held(realm: &Realm, addresses: &[IpAddr]) -> BTreeSet<NetworkInterfaceId> {
    let looked_up = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    let in_vpc = |vpc: VpcId| addresses.iter().filter_map(move |&address| realm.index.holder_of_block(vpc, address.into()));
    realm.vpcs.iter().take_while(|_| work::spend(looked_up)).flat_map(|vpc| in_vpc(vpc.id)).collect()
}

fn values(view: &View<'_>, interface: &NetworkInterface, name: &str) -> Vec<String> {
    let realm = view.realm;
    let account = || vec![view.scope.account.to_string()];
    let region = view.scope.region;
    let public = |private| public_address(view.here(), interface, private);
    let primary = interface.primary_ipv4();
    let associated = primary.and_then(public).and_then(|public| public.elastic_ip).map(|(_, elastic)| elastic);
    if let Some(name) = name.strip_prefix("attachment.") {
        let attachment = answer::attachment_of(view.scope, interface);
        return attachment.map(|attachment| answer::attachment_values(&attachment, name)).unwrap_or_default();
    }
    match name {
        "addresses.association.owner-id" | "association.ip-owner-id" => {
            let of: Vec<_> = if name.starts_with("addresses") { interface.ipv4.clone() } else { primary.into_iter().collect() };
            of.into_iter().filter_map(public).map(|public| public.owner()).collect()
        }
        "addresses.association.public-ip" => {
            interface.ipv4.iter().filter_map(|&private| public(private)).map(|public| public.address.to_string()).collect()
        }
        "addresses.primary" => {
            let kinds = [!interface.ipv4.is_empty(), !interface.secondary_ipv4().is_empty()];
            ["true", "false"].iter().zip(kinds).filter(|(_, has)| *has).map(|(text, _)| (*text).to_owned()).collect()
        }
        "addresses.private-ip-address" | "private-ip-address" => interface.ipv4.iter().map(ToString::to_string).collect(),
        "association.allocation-id" => associated.map(|elastic| elastic.id.to_string()).into_iter().collect(),
        "association.association-id" => {
            associated.and_then(|elastic| elastic.association.as_ref()).map(|association| association.id.to_string()).into_iter().collect()
        }
        "association.public-dns-name" => {
            let public = primary.and_then(public).filter(|_| is_hostnames_on(realm, interface.vpc));
            public.map(|public| dns_name::public(region, public.address)).into_iter().collect()
        }
        "association.public-ip" => primary.and_then(public).map(|public| public.address.to_string()).into_iter().collect(),
        "availability-zone" => vec![interface.zone.to_string()],
        "availability-zone-id" => vec![interface.zone.id()],
        "description" => vec![interface.description.clone()],
        "group-id" => interface.groups.iter().map(ToString::to_string).collect(),
        "group-name" => {
            interface.groups.iter().filter_map(|group| realm.security_groups.get(group)).map(|group| group.name.clone()).collect()
        }
        "interface-type" => vec![interface.interface_type.clone()],
        "ipv6-addresses.ipv6-address" => interface.ipv6.iter().map(ToString::to_string).collect(),
        "mac-address" => vec![interface.mac.to_string()],
        "network-interface-id" => vec![interface.id.to_string()],
        "operator.managed" => describe::truth(false),
        "owner-id" => account(),
        "private-dns-name" => {
            let hostnames = is_hostnames_on(realm, interface.vpc);
            primary.filter(|_| hostnames).map(|address| dns_name::private(region, address)).into_iter().collect()
        }
        "requester-id" => interface.requester.clone().map_or_else(account, |requester| vec![requester]),
        "requester-managed" => describe::truth(interface.requester_managed),
        "source-dest-check" => describe::truth(interface.source_dest_check),
        "status" => vec![answer::status(interface).to_owned()],
        "subnet-id" => vec![interface.subnet.to_string()],
        "vpc-id" => vec![interface.vpc.to_string()],
        _ => Vec::new(),
    }
}

/// A time of the model as the wire writes it.
fn timestamp(at: model::Timestamp) -> Timestamp {
    Timestamp(at.0)
}
