//! How much an interface may hold, by the type of the instance it is attached to.
//!
//! Source: EC2's user guide, "IP addresses per network interface per instance type". A prefix counts as one address.

use crate::error::Error;
use crate::instance_type::InstanceType;
use crate::interface::NetworkInterface;
use crate::state::Draft;

/// Addresses and prefixes of one family on an interface that is not attached. EC2 names no limit; no instance type
/// takes more than a tenth of this, and it bounds what one request can ask for.
const DETACHED_MAX: u32 = 1_024;

/// Whether an interface, as it would be, keeps the limits of where it is attached.
///
/// # Errors
/// When it does not.
pub(crate) fn check_counts(draft: &Draft, interface: &NetworkInterface) -> Result<(), Error> {
    let instance = draft.here().instance_of(interface);
    match instance.and_then(|instance| InstanceType::named(&instance.instance_type)) {
        Some(instance_type) => check(instance_type, interface, |limit, wanted| Error::AddressLimit { limit, wanted }),
        None => {
            let too_many = |limit, wanted| Error::AddressLimit { limit, wanted };
            within(DETACHED_MAX, ipv4_count(interface), too_many)?;
            within(DETACHED_MAX, ipv6_count(interface), too_many)
        }
    }
}

/// Whether an instance of this type can have the interface.
///
/// # Errors
/// When it holds more than the type allows.
pub(crate) fn check_type(instance_type: &'static InstanceType, interface: &NetworkInterface) -> Result<(), Error> {
    let too_many = |_, wanted| Error::InterfaceAddressLimit { interface: interface.id, instance_type: instance_type.name, wanted };
    check(instance_type, interface, too_many)
}

fn check(instance_type: &'static InstanceType, interface: &NetworkInterface, too_many: impl Fn(u32, u32) -> Error) -> Result<(), Error> {
    let has_prefixes = !interface.ipv4_prefixes.is_empty() || !interface.ipv6_prefixes.is_empty();
    if has_prefixes && !instance_type.is_nitro() {
        return Err(Error::PrefixesUnsupported(instance_type.name));
    }
    // Source: <https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html>.
    if interface.ipv4.is_empty() && !instance_type.is_nitro() {
        return Err(Error::Ipv6OnlyUnsupported(instance_type.name));
    }
    within(instance_type.ipv4_per_interface_max, ipv4_count(interface), &too_many)?;
    if ipv6_count(interface) > 0 && !instance_type.ipv6_supported {
        return Err(Error::Ipv6Unsupported(instance_type.name));
    }
    within(instance_type.ipv6_per_interface_max, ipv6_count(interface), &too_many)
}

fn ipv4_count(interface: &NetworkInterface) -> usize {
    interface.ipv4.len() + interface.ipv4_prefixes.len()
}

fn ipv6_count(interface: &NetworkInterface) -> usize {
    interface.ipv6.len() + interface.ipv6_prefixes.len()
}

fn within(limit: u32, wanted: usize, too_many: impl Fn(u32, u32) -> Error) -> Result<(), Error> {
    let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
    if wanted > limit { Err(too_many(limit, wanted)) } else { Ok(()) }
}

/// Refuses a count that no interface can have before anything is chosen for it.
///
/// # Errors
/// When it is more than any interface can hold.
pub(crate) fn check_asked(counts: [u32; 2]) -> Result<(), Error> {
    let wanted = counts[0].saturating_add(counts[1]);
    if wanted > DETACHED_MAX { Err(Error::AddressLimit { limit: DETACHED_MAX, wanted }) } else { Ok(()) }
}
