//! Assigning and unassigning IPv6 addresses and prefixes. An IPv6 address never moves: it is unassigned first.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv6Net};

use super::choose::Chooser;
use super::ipv4::{Assigned, interface, subnet};
use super::limits::{check_asked, check_counts};
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::NetworkInterfaceId;
use crate::interface::NetworkInterface;
use crate::state::Draft;

/// What is to be assigned. Named ones come before automatic ones, in the order in which they were named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedIpv6 {
    /// These addresses.
    pub addresses: Vec<Ipv6Addr>,
    /// As many free addresses.
    pub count: u32,
    /// These prefixes.
    pub prefixes: Vec<Ipv6Net>,
    /// As many free prefixes.
    pub prefix_count: u32,
}

/// Assigns IPv6 addresses and prefixes to an interface, attached or not. An address that it has already stays where
/// it is and is not answered.
///
/// # Errors
/// When one of them cannot be assigned; then nothing is.
pub fn assign_ipv6(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    id: NetworkInterfaceId,
    wanted: &WantedIpv6,
) -> Result<Assigned<Ipv6Addr, Ipv6Net>, Error> {
    let realm = draft.realm();
    let mut interface = NetworkInterface::clone(interface(realm, id)?);
    check_asked([wanted.count, wanted.prefix_count])?;
    let mut chooser = Chooser::new(realm, subnet(realm, interface.subnet)?);
    let mut assigned = Assigned { addresses: Vec::new(), prefixes: Vec::new() };
    for &address in &wanted.addresses {
        match chooser.named_ipv6(address)? {
            Some(holder) if holder == id && interface.ipv6.contains(&address) => {}
            Some(_) => return Err(Error::AddressInUse(address.into())),
            None => assigned.addresses.push(address),
        }
    }
    for &prefix in &wanted.prefixes {
        chooser.named_ipv6_prefix(prefix)?;
        assigned.prefixes.push(prefix);
    }
    for _ in 0..wanted.count {
        assigned.addresses.push(chooser.ipv6(ctx)?);
    }
    for _ in 0..wanted.prefix_count {
        assigned.prefixes.push(chooser.ipv6_prefix(ctx)?);
    }
    interface.ipv6.extend(&assigned.addresses);
    interface.ipv6_prefixes.extend(&assigned.prefixes);
    check_counts(draft, &interface)?;
    draft.put(interface);
    Ok(assigned)
}

/// Unassigns IPv6 addresses and prefixes.
///
/// # Errors
/// When one of them is the primary IPv6 address, the only address of an interface without IPv4, or not the
/// interface's; then nothing is unassigned.
pub fn unassign_ipv6(draft: &mut Draft, id: NetworkInterfaceId, addresses: &[Ipv6Addr], prefixes: &[Ipv6Net]) -> Result<(), Error> {
    let mut interface = NetworkInterface::clone(interface(draft.realm(), id)?);
    let addresses: BTreeSet<Ipv6Addr> = addresses.iter().copied().collect();
    let prefixes: BTreeSet<Ipv6Net> = prefixes.iter().copied().collect();
    let keeps_first = interface.primary_ipv6 || interface.ipv4.is_empty();
    if let Some(primary) = interface.ipv6.first().filter(|first| keeps_first && addresses.contains(first)) {
        return Err(Error::PrimaryCannotBeUnassigned((*primary).into()));
    }
    let foreign_addresses =
        addresses.iter().filter(|address| !interface.ipv6.contains(address)).map(|&address| IpAddr::from(address).into());
    let foreign_prefixes = prefixes.iter().filter(|prefix| !interface.ipv6_prefixes.contains(prefix)).map(|&prefix| prefix.into());
    let foreign: Vec<IpNet> = foreign_addresses.chain(foreign_prefixes).collect();
    if !foreign.is_empty() {
        return Err(Error::NotAssigned { interface: id, blocks: foreign });
    }
    interface.ipv6.retain(|address| !addresses.contains(address));
    interface.ipv6_prefixes.retain(|prefix| !prefixes.contains(prefix));
    draft.put(interface);
    Ok(())
}
