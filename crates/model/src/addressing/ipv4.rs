//! Assigning and unassigning IPv4 addresses and prefixes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::choose::Chooser;
use super::limits::{check_asked, check_counts};
use crate::ctx::Ctx;
use crate::elastic_ip;
use crate::error::Error;
use crate::ids::{NetworkInterfaceId, SubnetId};
use crate::interface::NetworkInterface;
use crate::state::{Draft, Realm};
use crate::subnet::Subnet;

/// What is to be assigned. Named ones come before automatic ones, in the order in which they were named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedIpv4 {
    /// These addresses.
    pub addresses: Vec<Ipv4Addr>,
    /// As many free addresses.
    pub count: u32,
    /// These prefixes.
    pub prefixes: Vec<Ipv4Net>,
    /// As many free prefixes.
    pub prefix_count: u32,
    /// Whether an address may be taken from another interface.
    pub allow_reassignment: bool,
}

/// What was newly assigned, in the order in which the interface now has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned<Address, Prefix> {
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Prefixes.
    pub prefixes: Vec<Prefix>,
}

/// Assigns secondary addresses and prefixes to an interface, attached or not. An address that it has already stays
/// where it is and is not answered. An Elastic IP moves with its address.
///
/// # Errors
/// When one of them cannot be assigned; then nothing is.
pub fn assign_ipv4(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    id: NetworkInterfaceId,
    wanted: &WantedIpv4,
) -> Result<Assigned<Ipv4Addr, Ipv4Net>, Error> {
    let realm = draft.realm();
    let mut interface = NetworkInterface::clone(interface(realm, id)?);
    check_asked([wanted.count, wanted.prefix_count])?;
    let mut chooser = Chooser::new(realm, subnet(realm, interface.subnet)?);
    let mut assigned = Assigned { addresses: Vec::new(), prefixes: Vec::new() };
    let mut moved: BTreeMap<NetworkInterfaceId, Vec<Ipv4Addr>> = BTreeMap::new();
    let mut held_elsewhere: Vec<IpAddr> = Vec::new();
    for &address in &wanted.addresses {
        match chooser.named_ipv4(address)? {
            Some(holder) if holder == id => {
                // A delegated prefix's address is the interface's own, but cannot be assigned beside the prefix.
                if !interface.ipv4.contains(&address) || interface.primary_ipv4() == Some(address) {
                    held_elsewhere.push(address.into());
                }
                continue;
            }
            Some(holder) if wanted.allow_reassignment => {
                let holder_row = self::interface(realm, holder)?;
                may_move(holder_row, &interface, address)?;
                moved.entry(holder).or_default().push(address);
            }
            Some(_) => {
                held_elsewhere.push(address.into());
                continue;
            }
            None => {}
        }
        assigned.addresses.push(address);
    }
    if !held_elsewhere.is_empty() {
        return Err(Error::MoveNotAllowed(held_elsewhere));
    }
    for &prefix in &wanted.prefixes {
        chooser.named_ipv4_prefix(prefix)?;
        assigned.prefixes.push(prefix);
    }
    for _ in 0..wanted.count {
        assigned.addresses.push(chooser.ipv4(ctx)?);
    }
    assigned.prefixes.extend(chooser.ipv4_prefixes(ctx, wanted.prefix_count)?);
    interface.ipv4.extend(&assigned.addresses);
    interface.ipv4_prefixes.extend(&assigned.prefixes);
    check_counts(draft, &interface)?;
    let mut givers = Vec::with_capacity(moved.len());
    for (&holder, addresses) in &moved {
        let mut giver = NetworkInterface::clone(self::interface(realm, holder)?);
        giver.ipv4.retain(|address| !addresses.contains(address));
        givers.push(giver);
    }
    for giver in givers {
        draft.put(giver);
    }
    draft.put(interface);
    for (holder, addresses) in moved {
        for address in addresses {
            elastic_ip::follow(draft, holder, id, address);
        }
    }
    Ok(assigned)
}

/// Whether an address may move to another interface: only a secondary one, to an interface that users manage too.
fn may_move(holder: &NetworkInterface, to: &NetworkInterface, address: Ipv4Addr) -> Result<(), Error> {
    if holder.primary_ipv4() == Some(address) {
        return Err(Error::PrimaryCannotMove(address.into()));
    }
    // An address of a delegated prefix is not one that was assigned; a service's interface is not the user's to change.
    if !holder.ipv4.contains(&address) || holder.requester_managed != to.requester_managed {
        return Err(Error::MoveNotAllowed(vec![address.into()]));
    }
    Ok(())
}

/// Unassigns secondary addresses and prefixes. An Elastic IP of one of them is disassociated.
///
/// # Errors
/// When one of them is the primary address or not the interface's; then nothing is unassigned.
pub fn unassign_ipv4(draft: &mut Draft, id: NetworkInterfaceId, addresses: &[Ipv4Addr], prefixes: &[Ipv4Net]) -> Result<(), Error> {
    let mut interface = NetworkInterface::clone(interface(draft.realm(), id)?);
    let addresses: BTreeSet<Ipv4Addr> = addresses.iter().copied().collect();
    let prefixes: BTreeSet<Ipv4Net> = prefixes.iter().copied().collect();
    if let Some(primary) = interface.primary_ipv4().filter(|primary| addresses.contains(primary)) {
        return Err(Error::PrimaryCannotBeUnassigned(primary.into()));
    }
    let foreign_addresses =
        addresses.iter().filter(|address| !interface.ipv4.contains(address)).map(|&address| IpAddr::from(address).into());
    let foreign_prefixes = prefixes.iter().filter(|prefix| !interface.ipv4_prefixes.contains(prefix)).map(|&prefix| prefix.into());
    let foreign: Vec<IpNet> = foreign_addresses.chain(foreign_prefixes).collect();
    if !foreign.is_empty() {
        return Err(Error::NotAssigned { interface: id, blocks: foreign });
    }
    interface.ipv4.retain(|address| !addresses.contains(address));
    interface.ipv4_prefixes.retain(|prefix| !prefixes.contains(prefix));
    let gone = |private: Ipv4Addr| addresses.contains(&private) || prefixes.iter().any(|prefix| prefix.contains(&private));
    elastic_ip::disassociate_where(draft, id, gone);
    draft.put(interface);
    Ok(())
}

pub(super) fn interface(realm: &Realm, id: NetworkInterfaceId) -> Result<&NetworkInterface, Error> {
    realm.interfaces.get(&id).map(|row| &**row).ok_or(Error::NotFound(id.into()))
}

pub(super) fn subnet(realm: &Realm, id: SubnetId) -> Result<&Subnet, Error> {
    realm.subnets.get(&id).map(|row| &**row).ok_or(Error::NotFound(id.into()))
}
