//! The private addresses and prefixes of interfaces: assigning, moving and unassigning them.

use ec2_api::shapes::{
    AssignIpv6AddressesRequest, AssignIpv6AddressesResult, AssignPrivateIpAddressesRequest, AssignPrivateIpAddressesResult,
    AssignedPrivateIpAddress, Ipv4PrefixSpecification, ReturnTrue, UnassignIpv6AddressesRequest, UnassignIpv6AddressesResult,
    UnassignPrivateIpAddressesRequest,
};
use ec2_api::{ApiError, ErrorCode};
use ipnet::{Ipv4Net, Ipv6Net};
use model::addressing::{WantedIpv4, WantedIpv6, assign_ipv4, assign_ipv6, unassign_ipv4, unassign_ipv6};
use model::ids::NetworkInterfaceId;
use model::{Ctx, Draft};

use super::lookup::{ipv4, ipv4_block, ipv6, ipv6_block, required_id};
use super::network_interface::{changeable, count};
use super::operations;
use crate::errors;

operations! {
    write AssignPrivateIpAddresses => assign_private,
    write UnassignPrivateIpAddresses => unassign_private,
    write AssignIpv6Addresses => assign_v6,
    write UnassignIpv6Addresses => unassign_v6,
}

fn assign_private(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: AssignPrivateIpAddressesRequest,
) -> Result<AssignPrivateIpAddressesResult, ApiError> {
    let AssignPrivateIpAddressesRequest {
        ipv4_prefixes,
        ipv4_prefix_count,
        network_interface_id,
        private_ip_addresses,
        secondary_private_ip_address_count,
        allow_reassignment,
    } = input;
    let id: NetworkInterfaceId = required_id(network_interface_id.as_deref(), "NetworkInterfaceId")?;
    let wanted = WantedIpv4 {
        addresses: private_ip_addresses.iter().map(|text| ipv4(text)).collect::<Result<_, _>>()?,
        count: count(secondary_private_ip_address_count, "secondaryPrivateIpAddressCount")?,
        prefixes: ipv4_blocks(&ipv4_prefixes)?,
        prefix_count: count(ipv4_prefix_count, "ipv4PrefixCount")?,
        allow_reassignment: allow_reassignment.unwrap_or_default(),
    };
    something_once(&[
        ("privateIpAddresses", !wanted.addresses.is_empty()),
        ("secondaryPrivateIpAddressCount", wanted.count > 0),
        ("ipv4Prefixes", !wanted.prefixes.is_empty()),
        ("ipv4PrefixCount", wanted.prefix_count > 0),
    ])?;
    changeable(draft.realm(), id)?;
    let assigned = assign_ipv4(draft, ctx, id, &wanted).map_err(errors::answer)?;
    let address = |address: &std::net::Ipv4Addr| AssignedPrivateIpAddress { private_ip_address: Some(address.to_string()) };
    let prefix = |prefix: &Ipv4Net| Ipv4PrefixSpecification { ipv4_prefix: Some(prefix.to_string()) };
    Ok(AssignPrivateIpAddressesResult {
        network_interface_id: Some(id.to_string()),
        assigned_private_ip_addresses: assigned.addresses.iter().map(address).collect(),
        assigned_ipv4_prefixes: assigned.prefixes.iter().map(prefix).collect(),
    })
}

fn unassign_private(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: UnassignPrivateIpAddressesRequest) -> Result<ReturnTrue, ApiError> {
    let UnassignPrivateIpAddressesRequest { ipv4_prefixes, network_interface_id, private_ip_addresses } = input;
    let id: NetworkInterfaceId = required_id(network_interface_id.as_deref(), "NetworkInterfaceId")?;
    let addresses = private_ip_addresses.iter().map(|text| ipv4(text)).collect::<Result<Vec<_>, _>>()?;
    let prefixes = ipv4_blocks(&ipv4_prefixes)?;
    something(&[("privateIpAddresses", !addresses.is_empty()), ("ipv4Prefixes", !prefixes.is_empty())])?;
    changeable(draft.realm(), id)?;
    unassign_ipv4(draft, id, &addresses, &prefixes).map_err(errors::answer)?;
    Ok(ReturnTrue)
}

fn assign_v6(draft: &mut Draft, ctx: &mut Ctx<'_>, input: AssignIpv6AddressesRequest) -> Result<AssignIpv6AddressesResult, ApiError> {
    let AssignIpv6AddressesRequest { ipv6_prefix_count, ipv6_prefixes, network_interface_id, ipv6_addresses, ipv6_address_count } = input;
    let id: NetworkInterfaceId = required_id(network_interface_id.as_deref(), "NetworkInterfaceId")?;
    let wanted = WantedIpv6 {
        addresses: ipv6_addresses.iter().map(|text| ipv6(text)).collect::<Result<_, _>>()?,
        count: count(ipv6_address_count, "ipv6AddressCount")?,
        prefixes: ipv6_blocks(&ipv6_prefixes)?,
        prefix_count: count(ipv6_prefix_count, "ipv6PrefixCount")?,
    };
    something_once(&[
        ("ipv6Addresses", !wanted.addresses.is_empty()),
        ("ipv6AddressCount", wanted.count > 0),
        ("ipv6Prefixes", !wanted.prefixes.is_empty()),
        ("ipv6PrefixCount", wanted.prefix_count > 0),
    ])?;
    changeable(draft.realm(), id)?;
    let assigned = assign_ipv6(draft, ctx, id, &wanted).map_err(errors::answer)?;
    Ok(AssignIpv6AddressesResult {
        assigned_ipv6_addresses: assigned.addresses.iter().map(ToString::to_string).collect(),
        assigned_ipv6_prefixes: assigned.prefixes.iter().map(ToString::to_string).collect(),
        network_interface_id: Some(id.to_string()),
    })
}

fn unassign_v6(
    draft: &mut Draft,
    _ctx: &mut Ctx<'_>,
    input: UnassignIpv6AddressesRequest,
) -> Result<UnassignIpv6AddressesResult, ApiError> {
    let UnassignIpv6AddressesRequest { ipv6_prefixes, network_interface_id, ipv6_addresses } = input;
    let id: NetworkInterfaceId = required_id(network_interface_id.as_deref(), "NetworkInterfaceId")?;
    let addresses = ipv6_addresses.iter().map(|text| ipv6(text)).collect::<Result<Vec<_>, _>>()?;
    let prefixes = ipv6_blocks(&ipv6_prefixes)?;
    something(&[("ipv6Addresses", !addresses.is_empty()), ("ipv6Prefixes", !prefixes.is_empty())])?;
    changeable(draft.realm(), id)?;
    unassign_ipv6(draft, id, &addresses, &prefixes).map_err(errors::answer)?;
    Ok(UnassignIpv6AddressesResult {
        network_interface_id: Some(id.to_string()),
        unassigned_ipv6_addresses: addresses.iter().map(ToString::to_string).collect(),
        unassigned_ipv6_prefixes: prefixes.iter().map(ToString::to_string).collect(),
    })
}

fn ipv4_blocks(texts: &[String]) -> Result<Vec<Ipv4Net>, ApiError> {
    texts.iter().map(|text| ipv4_block(text, "ipv4Prefix")).collect()
}

fn ipv6_blocks(texts: &[String]) -> Result<Vec<Ipv6Net>, ApiError> {
    texts.iter().map(|text| ipv6_block(text, "ipv6Prefix")).collect()
}

/// Whether anything was asked for at all.
fn something(given: &[(&str, bool)]) -> Result<(), ApiError> {
    if given.iter().any(|(_, given)| *given) {
        return Ok(());
    }
    let names: Vec<&str> = given.iter().map(|(name, _)| *name).collect();
    Err(ApiError::new(ErrorCode::MissingParameter, format!("The request must contain one of: {}", names.join(", "))))
}

/// Whether anything was asked for, and neither addresses nor prefixes both by name and by number: the API reference
/// forbids each of the two.
fn something_once(given: &[(&str, bool); 4]) -> Result<(), ApiError> {
    something(given)?;
    for pair in given.chunks_exact(2) {
        if let [(named, true), (counted, true)] = pair {
            let message = format!("The parameter {named} cannot be used with the parameter {counted}");
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
        }
    }
    Ok(())
}
