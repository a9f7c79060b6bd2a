//! NAT gateways.

use std::collections::BTreeSet;

use ec2_api::shapes::{
    AssignPrivateNatGatewayAddressRequest, AssignPrivateNatGatewayAddressResult, AssociateNatGatewayAddressRequest,
    AssociateNatGatewayAddressResult, CreateNatGatewayRequest, CreateNatGatewayResult, DeleteNatGatewayRequest, DeleteNatGatewayResult,
    DescribeNatGatewaysRequest, DescribeNatGatewaysResult, DisassociateNatGatewayAddressRequest, DisassociateNatGatewayAddressResult,
    NatGateway as Answer, NatGatewayAddress, UnassignPrivateNatGatewayAddressRequest, UnassignPrivateNatGatewayAddressResult,
};
use ec2_api::{ApiError, ErrorCode, Timestamp};
use model::ids::{AllocationId, NatGatewayId, SubnetId};
use model::nat_gateway::{self, Address, NatGateway, NatGatewayState, NewNatGateway};
use model::subnet::Subnet;
use model::{Ctx, Draft, Realm, ResourceId};

use super::describe::{Ids, Query, describe};
use super::lookup::{id_in, ids, ipv4, refuse, required_id, required_id_in, row};
use super::once::Telling;
use super::tag_spec::{self, NewTags};
use super::{View, operations};
use crate::errors;
use crate::id_errors::in_nat_gateways;

operations! {
    make CreateNatGateway => create => created,
    read DescribeNatGateways => describe_all,
    write DeleteNatGateway => delete,
    write AssignPrivateNatGatewayAddress => assign,
    write UnassignPrivateNatGatewayAddress => unassign,
    write AssociateNatGatewayAddress => associate,
    write DisassociateNatGatewayAddress => disassociate,
}

/// How long existing connections may go on, in seconds. Source: the API reference of DisassociateNatGatewayAddress.
const DRAIN_SECONDS: std::ops::RangeInclusive<i32> = 1..=4000;

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateNatGatewayRequest) -> Result<NatGatewayId, ApiError> {
    let CreateNatGatewayRequest {
        availability_mode,
        allocation_id,
        client_token: _,
        dry_run: _,
        subnet_id,
        vpc_id,
        availability_zone_addresses,
        tag_specifications,
        connectivity_type,
        private_ip_address,
        secondary_allocation_ids,
        secondary_private_ip_addresses,
        secondary_private_ip_address_count,
    } = input;
    refuse(availability_mode.is_some_and(|mode| mode != "zonal"), "AvailabilityMode other than zonal")?;
    refuse(vpc_id.is_some(), "VpcId")?;
    refuse(!availability_zone_addresses.is_empty(), "AvailabilityZoneAddress")?;
    let tags = NewTags::new(tag_specifications, &["natgateway"])?;
    let subnet: SubnetId = required_id_in(in_nat_gateways, subnet_id.as_deref(), "SubnetId")?;
    row::<Subnet, _>(draft.realm(), subnet)?;
    let public = match connectivity_type.as_deref() {
        None | Some("public") => true,
        Some("private") => false,
        Some(other) => return Err(ApiError::invalid_value(other, "connectivityType", "Valid values are public and private.")),
    };
    let secondary_addresses = secondary_private_ip_addresses.iter().map(|text| ipv4(text)).collect::<Result<Vec<_>, _>>()?;
    let mut secondary_count = count(secondary_private_ip_address_count, "secondaryPrivateIpAddressCount")?;
    let mut allocations: Vec<AllocationId> = Vec::new();
    if public {
        let allocation = allocation_id.filter(|text| !text.is_empty()).ok_or_else(no_allocation)?;
        allocations.push(id_in(in_nat_gateways, &allocation)?);
        allocations.extend(read_allocations(&secondary_allocation_ids)?);
        if secondary_private_ip_address_count.is_some() {
            return Err(combination("secondaryPrivateIpAddressCount", "a public NAT gateway"));
        }
        if secondary_addresses.len() > secondary_allocation_ids.len() {
            return Err(combination("secondaryPrivateIpAddresses", "fewer secondaryAllocationIds"));
        }
        // Each Elastic IP needs a private address: one that is named, or else a free one.
        secondary_count = u32::try_from(secondary_allocation_ids.len() - secondary_addresses.len()).unwrap_or(u32::MAX);
    } else {
        if allocation_id.is_some() || !secondary_allocation_ids.is_empty() {
            return Err(combination("allocationId", "a private NAT gateway"));
        }
        if !secondary_addresses.is_empty() && secondary_private_ip_address_count.is_some() {
            return Err(combination("secondaryPrivateIpAddresses", "secondaryPrivateIpAddressCount"));
        }
    }
    let primary = private_ip_address.map(|text| ipv4(&text)).transpose()?;
    let request = NewNatGateway { subnet, allocations, primary, secondary: secondary_addresses, secondary_count };
    let gateway = nat_gateway::create(draft, ctx, request).map_err(errors::answer)?;
    tags.put(draft, gateway)?;
    Ok(gateway)
}

fn created(telling: &Telling<'_>, gateway: NatGatewayId) -> Result<CreateNatGatewayResult, ApiError> {
    let gateway = row::<NatGateway, _>(telling.here.realm, gateway)?;
    let mut shown = answer(telling.here.realm, &gateway);
    if telling.is_new {
        // It works already, or has failed, but clients are told, as by EC2, that it is on its way.
        shown.state = Some("pending".into());
        (shown.failure_code, shown.failure_message, shown.delete_time) = (None, None, None);
        // Nothing is known of its addresses then but the Elastic IPs that were asked for [doc].
        let asked = |address: NatGatewayAddress| NatGatewayAddress { allocation_id: address.allocation_id, ..NatGatewayAddress::default() };
        shown.nat_gateway_addresses = shown.nat_gateway_addresses.into_iter().map(asked).collect();
    }
    Ok(CreateNatGatewayResult { client_token: telling.client_token.clone(), nat_gateway: Some(shown) })
}

fn describe_all(view: &View<'_>, input: DescribeNatGatewaysRequest) -> Result<DescribeNatGatewaysResult, ApiError> {
    let DescribeNatGatewaysRequest { dry_run: _, filter, max_results, nat_gateway_ids, next_token } = input;
    for id in ids::<NatGatewayId>(&nat_gateway_ids)? {
        nat_gateway::find(view.realm, view.now, id).map_err(errors::answer)?;
    }
    let listed = view.realm.nat_gateways.iter().filter(|gateway| gateway.is_listed(view.now));
    let listed: BTreeSet<NatGatewayId> = listed.map(|gateway| gateway.id).collect();
    let (nat_gateways, next_token) = describe(
        view.realm,
        Query {
            ids: Ids("NatGatewayIds", &nat_gateway_ids),
            filters: filter,
            known_filters: &["nat-gateway-id", "state", "subnet-id", "vpc-id"],
            max_results,
            next_token: next_token.as_deref(),
        },
        |_| Some(listed.clone()),
        |gateway: &NatGateway, name| match name {
            "nat-gateway-id" => vec![gateway.id.to_string()],
            "state" => vec![state(gateway).to_owned()],
            "subnet-id" => vec![gateway.subnet.to_string()],
            "vpc-id" => vec![gateway.vpc.to_string()],
            _ => Vec::new(),
        },
        |gateway| answer(view.realm, gateway),
    )?;
    Ok(DescribeNatGatewaysResult { nat_gateways, next_token })
}

fn delete(draft: &mut Draft, ctx: &mut Ctx<'_>, input: DeleteNatGatewayRequest) -> Result<DeleteNatGatewayResult, ApiError> {
    let DeleteNatGatewayRequest { dry_run: _, nat_gateway_id } = input;
    let gateway: NatGatewayId = required_id(nat_gateway_id.as_deref(), "NatGatewayId")?;
    nat_gateway::delete(draft, ctx, gateway).map_err(errors::answer)?;
    Ok(DeleteNatGatewayResult { nat_gateway_id: Some(gateway.to_string()) })
}

fn assign(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: AssignPrivateNatGatewayAddressRequest,
) -> Result<AssignPrivateNatGatewayAddressResult, ApiError> {
    let AssignPrivateNatGatewayAddressRequest { nat_gateway_id, private_ip_addresses, private_ip_address_count, dry_run: _ } = input;
    let gateway: NatGatewayId = required_id(nat_gateway_id.as_deref(), "NatGatewayId")?;
    let addresses = private_ip_addresses.iter().map(|text| ipv4(text)).collect::<Result<Vec<_>, _>>()?;
    match (addresses.is_empty(), private_ip_address_count) {
        (true, None) => return Err(ApiError::missing_parameter("PrivateIpAddress or PrivateIpAddressCount")),
        (false, Some(_)) => return Err(combination("privateIpAddresses", "privateIpAddressCount")),
        _ => {}
    }
    let count = count(private_ip_address_count, "privateIpAddressCount")?;
    let new = nat_gateway::assign(draft, ctx, gateway, addresses, count).map_err(errors::answer)?;
    let nat_gateway_addresses = coming(shown(draft.realm(), gateway, &new, "assigning"));
    Ok(AssignPrivateNatGatewayAddressResult { nat_gateway_id: Some(gateway.to_string()), nat_gateway_addresses })
}

fn unassign(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: UnassignPrivateNatGatewayAddressRequest,
) -> Result<UnassignPrivateNatGatewayAddressResult, ApiError> {
    let UnassignPrivateNatGatewayAddressRequest { nat_gateway_id, private_ip_addresses, max_drain_duration_seconds, dry_run: _ } = input;
    let gateway: NatGatewayId = required_id(nat_gateway_id.as_deref(), "NatGatewayId")?;
    check_drain(max_drain_duration_seconds)?;
    if private_ip_addresses.is_empty() {
        return Err(ApiError::missing_parameter("PrivateIpAddress"));
    }
    let addresses = private_ip_addresses.iter().map(|text| ipv4(text)).collect::<Result<Vec<_>, _>>()?;
    let gone = nat_gateway::unassign(draft, ctx, gateway, &addresses).map_err(errors::answer)?;
    let nat_gateway_addresses = shown(draft.realm(), gateway, &gone, "unassigning");
    Ok(UnassignPrivateNatGatewayAddressResult { nat_gateway_id: Some(gateway.to_string()), nat_gateway_addresses })
}

fn associate(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: AssociateNatGatewayAddressRequest,
) -> Result<AssociateNatGatewayAddressResult, ApiError> {
    let AssociateNatGatewayAddressRequest {
        nat_gateway_id,
        allocation_ids,
        private_ip_addresses,
        dry_run: _,
        availability_zone,
        availability_zone_id,
    } = input;
    refuse(availability_zone.is_some(), "AvailabilityZone")?;
    refuse(availability_zone_id.is_some(), "AvailabilityZoneId")?;
    let gateway: NatGatewayId = required_id(nat_gateway_id.as_deref(), "NatGatewayId")?;
    if allocation_ids.is_empty() {
        return Err(ApiError::missing_parameter("AllocationId"));
    }
    let allocations = read_allocations(&allocation_ids)?;
    let addresses = private_ip_addresses.iter().map(|text| ipv4(text)).collect::<Result<Vec<_>, _>>()?;
    if addresses.len() > allocations.len() {
        return Err(combination("privateIpAddresses", "fewer allocationIds"));
    }
    let new = nat_gateway::associate(draft, ctx, gateway, allocations, addresses).map_err(errors::answer)?;
    let nat_gateway_addresses = coming(shown(draft.realm(), gateway, &new, "associating"));
    Ok(AssociateNatGatewayAddressResult { nat_gateway_id: Some(gateway.to_string()), nat_gateway_addresses })
}

fn read_allocations(texts: &[String]) -> Result<Vec<AllocationId>, ApiError> {
    texts.iter().map(|text| id_in(in_nat_gateways, text)).collect()
}

/// [nat-gateway-no-allocation]
fn no_allocation() -> ApiError {
    let message = "The request must include the AllocationId parameter. Add the required parameter and retry the request.";
    ApiError::new(ErrorCode::MissingParameter, message)
}

fn disassociate(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: DisassociateNatGatewayAddressRequest,
) -> Result<DisassociateNatGatewayAddressResult, ApiError> {
    let DisassociateNatGatewayAddressRequest { nat_gateway_id, association_ids, max_drain_duration_seconds, dry_run: _ } = input;
    let gateway: NatGatewayId = required_id(nat_gateway_id.as_deref(), "NatGatewayId")?;
    check_drain(max_drain_duration_seconds)?;
    if association_ids.is_empty() {
        return Err(ApiError::missing_parameter("AssociationId"));
    }
    let gone = nat_gateway::disassociate(draft, ctx, gateway, &ids(&association_ids)?).map_err(errors::answer)?;
    let nat_gateway_addresses = shown(draft.realm(), gateway, &gone, "disassociating");
    Ok(DisassociateNatGatewayAddressResult { nat_gateway_id: Some(gateway.to_string()), nat_gateway_addresses })
}

/// Connections do not outlive their address here, which is within every time that a request can allow them.
fn check_drain(seconds: Option<i32>) -> Result<(), ApiError> {
    match seconds {
        Some(seconds) if !DRAIN_SECONDS.contains(&seconds) => {
            Err(ApiError::invalid_value(seconds, "maxDrainDurationSeconds", "It must be between 1 and 4000."))
        }
        _ => Ok(()),
    }
}

fn count(given: Option<i32>, name: &str) -> Result<u32, ApiError> {
    match given {
        None => Ok(0),
        Some(count) => {
            let legal = u32::try_from(count).ok().filter(|count| *count > 0);
            legal.ok_or_else(|| ApiError::invalid_value(count, name, "It must be a positive number."))
        }
    }
}

fn combination(parameter: &str, with: &str) -> ApiError {
    let message = format!("The parameter {parameter} may not be used in combination with {with}");
    ApiError::new(ErrorCode::InvalidParameterCombination, message)
}

fn state(gateway: &NatGateway) -> &'static str {
    match gateway.state {
        NatGatewayState::Available(_) => "available",
        NatGatewayState::Failed { .. } => "failed",
        NatGatewayState::Deleted { .. } => "deleted",
    }
}

/// Addresses in a passing status, as the operations that change them answer.
fn shown(realm: &Realm, gateway: NatGatewayId, addresses: &[Address], status: &str) -> Vec<NatGatewayAddress> {
    let row = realm.nat_gateways.get(&gateway);
    let primary = row.and_then(|gateway| gateway.addresses(realm).first().map(|address| address.private));
    addresses.iter().map(|address| address_answer(address, primary == Some(address.private), status)).collect()
}

/// Addresses that the gateway is about to get: what they are is told only once it has them [doc].
fn coming(addresses: Vec<NatGatewayAddress>) -> Vec<NatGatewayAddress> {
    let unknown = |address| NatGatewayAddress { private_ip: None, public_ip: None, association_id: None, ..address };
    addresses.into_iter().map(unknown).collect()
}

fn address_answer(address: &Address, is_primary: bool, status: &str) -> NatGatewayAddress {
    let (allocation, public, association) = match address.public {
        Some((allocation, public, association)) => (Some(allocation), Some(public), association),
        None => (None, None, None),
    };
    NatGatewayAddress {
        allocation_id: allocation.map(|id| id.to_string()),
        network_interface_id: Some(address.interface.to_string()),
        private_ip: Some(address.private.to_string()),
        public_ip: public.map(|address| address.to_string()),
        association_id: association.map(|id| id.to_string()),
        is_primary: Some(is_primary),
        failure_message: None,
        status: Some(status.into()),
        availability_zone: None,
        availability_zone_id: None,
    }
}

fn answer(realm: &Realm, gateway: &NatGateway) -> Answer {
    let (failure_code, failure_message) = match &gateway.state {
        NatGatewayState::Failed { code, message } => (Some(code.clone()), Some(message.clone())),
        _ => (None, None),
    };
    let delete_time = match &gateway.state {
        NatGatewayState::Deleted { at, .. } => Some(Timestamp(at.0)),
        NatGatewayState::Failed { .. } => Some(Timestamp(gateway.created.0)),
        NatGatewayState::Available(_) => None,
    };
    let addresses = gateway.addresses(realm);
    let shown = addresses.iter().enumerate().map(|(place, address)| address_answer(address, place == 0, "succeeded"));
    Answer {
        create_time: Some(Timestamp(gateway.created.0)),
        delete_time,
        failure_code,
        failure_message,
        nat_gateway_addresses: shown.collect(),
        nat_gateway_id: Some(gateway.id.to_string()),
        provisioned_bandwidth: None,
        state: Some(state(gateway).into()),
        subnet_id: Some(gateway.subnet.to_string()),
        vpc_id: Some(gateway.vpc.to_string()),
        tags: tag_spec::answer(realm, ResourceId::from(gateway.id)),
        connectivity_type: Some(if gateway.public { "public" } else { "private" }.into()),
        availability_mode: Some("zonal".into()),
        auto_scaling_ips: None,
        auto_provision_zones: None,
        attached_appliances: Vec::new(),
        route_table_id: None,
    }
}
