//! What a new interface is to be, from the members that CreateNetworkInterface and a launch have in common.

use std::net::{Ipv4Addr, Ipv6Addr};

use ec2_api::shapes::{
    ConnectionTrackingSpecificationRequest, InstanceIpv6Address, Ipv4PrefixSpecificationRequest, Ipv6PrefixSpecificationRequest,
    PrivateIpAddressSpecification,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::SubnetId;
use model::interface::{ConnectionTracking, NewInterface};

use super::super::lookup::{self, ids, ipv4, ipv4_block, ipv6, ipv6_block};

/// The members of a request that say what a new interface is to be.
#[derive(Debug, Default)]
pub struct InterfaceMembers {
    /// `Description`.
    pub description: Option<String>,
    /// `InterfaceType`.
    pub interface_type: Option<String>,
    /// `SecurityGroupId.N`.
    pub groups: Vec<String>,
    /// `PrivateIpAddress`.
    pub private_ip_address: Option<String>,
    /// `PrivateIpAddresses.N`.
    pub private_ip_addresses: Vec<PrivateIpAddressSpecification>,
    /// `SecondaryPrivateIpAddressCount`.
    pub secondary_private_ip_address_count: Option<i32>,
    /// `Ipv4Prefix.N`.
    pub ipv4_prefixes: Vec<Ipv4PrefixSpecificationRequest>,
    /// `Ipv4PrefixCount`.
    pub ipv4_prefix_count: Option<i32>,
    /// `Ipv6Addresses.N`.
    pub ipv6_addresses: Vec<InstanceIpv6Address>,
    /// `Ipv6AddressCount`.
    pub ipv6_address_count: Option<i32>,
    /// `Ipv6Prefix.N`.
    pub ipv6_prefixes: Vec<Ipv6PrefixSpecificationRequest>,
    /// `Ipv6PrefixCount`.
    pub ipv6_prefix_count: Option<i32>,
    /// `EnablePrimaryIpv6`, or a launch's `PrimaryIpv6`.
    pub primary_ipv6: Option<bool>,
    /// `ConnectionTrackingSpecification`.
    pub connection_tracking_specification: Option<ConnectionTrackingSpecificationRequest>,
}

impl InterfaceMembers {
    /// Reads the members.
    ///
    /// # Errors
    /// When one is malformed, or they do not go together.
    pub fn read(self, subnet: SubnetId) -> Result<NewInterface, ApiError> {
        let (primary_ipv4, secondary_ipv4) = private_addresses(self.private_ip_address.as_deref(), self.private_ip_addresses)?;
        let secondary_ipv4_count = count(self.secondary_private_ip_address_count, "secondaryPrivateIpAddressCount")?;
        let ipv4_prefixes = self.ipv4_prefixes.iter().filter_map(|prefix| prefix.ipv4_prefix.as_deref());
        let ipv4_prefixes = ipv4_prefixes.map(|text| ipv4_block(text, "ipv4Prefix")).collect::<Result<Vec<_>, _>>()?;
        let ipv4_prefix_count = count(self.ipv4_prefix_count, "ipv4PrefixCount")?;
        only_one(
            [!secondary_ipv4.is_empty(), secondary_ipv4_count > 0, !ipv4_prefixes.is_empty(), ipv4_prefix_count > 0],
            "private IP addresses, a count of private IP addresses, IPv4 prefixes, a count of IPv4 prefixes",
        )?;
        let (ipv6, primary_ipv6) = ipv6_addresses(&self.ipv6_addresses)?;
        let ipv6_count = self.ipv6_address_count.map(|wanted| count(Some(wanted), "ipv6AddressCount")).transpose()?;
        let ipv6_prefixes = self.ipv6_prefixes.iter().filter_map(|prefix| prefix.ipv6_prefix.as_deref());
        let ipv6_prefixes = ipv6_prefixes.map(|text| ipv6_block(text, "ipv6Prefix")).collect::<Result<Vec<_>, _>>()?;
        let ipv6_prefix_count = count(self.ipv6_prefix_count, "ipv6PrefixCount")?;
        only_one(
            [!ipv6.is_empty(), ipv6_count.is_some_and(|count| count > 0), !ipv6_prefixes.is_empty(), ipv6_prefix_count > 0],
            "IPv6 addresses, a count of IPv6 addresses, IPv6 prefixes, a count of IPv6 prefixes",
        )?;
        let connection_tracking = self.connection_tracking_specification.map(connection_tracking).transpose()?.unwrap_or_default();
        Ok(NewInterface {
            description: self.description.unwrap_or_default(),
            interface_type: self.interface_type.unwrap_or_else(|| "interface".into()),
            groups: ids(&self.groups)?,
            primary_ipv4,
            secondary_ipv4,
            secondary_ipv4_count,
            ipv4_prefixes,
            ipv4_prefix_count,
            ipv6,
            ipv6_count,
            ipv6_prefixes,
            ipv6_prefix_count,
            primary_ipv6: primary_ipv6 || self.primary_ipv6.unwrap_or_default(),
            connection_tracking,
            ..NewInterface::in_subnet(subnet)
        })
    }
}

/// A number of addresses or prefixes; none given is none wanted.
///
/// # Errors
/// When it is negative.
pub fn count(given: Option<i32>, name: &str) -> Result<u32, ApiError> {
    let given = given.unwrap_or_default();
    u32::try_from(given).map_err(|_| {
        ApiError::new(
            ErrorCode::InvalidParameterValue,
            format!("Value ({given}) for parameter {name} is invalid. It must not be negative."),
        )
    })
}

fn only_one(given: [bool; 4], names: &str) -> Result<(), ApiError> {
    if given.iter().filter(|given| **given).count() > 1 {
        let message = format!("You can specify only one of the following: {names}.");
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
    }
    Ok(())
}

/// The primary address, if one is named, and the secondary ones in their order. An entry of the list that is not
/// marked as primary is a secondary address; without a primary one EC2 picks it.
fn private_addresses(
    alone: Option<&str>,
    listed: Vec<PrivateIpAddressSpecification>,
) -> Result<(Option<Ipv4Addr>, Vec<Ipv4Addr>), ApiError> {
    let mut primary = alone.map(ipv4).transpose()?;
    let mut secondary = Vec::new();
    for PrivateIpAddressSpecification { primary: is_primary, private_ip_address } in listed {
        let address = ipv4(lookup::required(private_ip_address.as_deref(), "PrivateIpAddresses.PrivateIpAddress")?)?;
        if !is_primary.unwrap_or_default() {
            // Said twice that it is the primary one: once by its name alone, once in the list.
            if primary != Some(address) || alone.is_none() {
                secondary.push(address);
            }
        } else if primary.replace(address).is_some() {
            let message = "Only one primary private IP address can be specified.";
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
        }
    }
    Ok((primary, secondary))
}

/// The IPv6 addresses, and whether the first is to be the primary one.
fn ipv6_addresses(listed: &[InstanceIpv6Address]) -> Result<(Vec<Ipv6Addr>, bool), ApiError> {
    let mut addresses = Vec::with_capacity(listed.len());
    let mut has_primary = false;
    for InstanceIpv6Address { ipv6_address, is_primary_ipv6 } in listed {
        let address = ipv6(lookup::required(ipv6_address.as_deref(), "Ipv6Addresses.Ipv6Address")?)?;
        if is_primary_ipv6.unwrap_or_default() && !has_primary {
            has_primary = true;
            addresses.insert(0, address);
        } else {
            addresses.push(address);
        }
    }
    Ok((addresses, has_primary))
}

/// Idle timeouts of tracked connections.
///
/// # Errors
/// When one is out of EC2's range.
pub fn connection_tracking(given: ConnectionTrackingSpecificationRequest) -> Result<ConnectionTracking, ApiError> {
    let ConnectionTrackingSpecificationRequest { tcp_established_timeout, udp_stream_timeout, udp_timeout } = given;
    for (name, value, range) in [
        ("TcpEstablishedTimeout", tcp_established_timeout, 60..=432_000),
        ("UdpStreamTimeout", udp_stream_timeout, 60..=180),
        ("UdpTimeout", udp_timeout, 30..=60),
    ] {
        if let Some(value) = value.filter(|value| !range.contains(value)) {
            let message = format!("Value ({value}) for parameter {name} is invalid. It must be from {} to {}.", range.start(), range.end());
            return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
        }
    }
    Ok(ConnectionTracking {
        tcp_established_seconds: tcp_established_timeout,
        udp_stream_seconds: udp_stream_timeout,
        udp_seconds: udp_timeout,
    })
}
