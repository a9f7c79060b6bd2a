//! Changing an instance after its launch: what may be changed in which state.
//!
//! Source: the API reference of ModifyInstanceAttribute.

use crate::addressing::check_type;
use crate::error::Error;
use crate::ids::{InstanceId, NetworkInterfaceId};
use crate::instance::{Instance, InstanceState};
use crate::instance_type::InstanceType;
use crate::interface::NetworkInterface;
use crate::route_table;
use crate::state::{Draft, Realm};

/// An instance that may be changed: one that is not gone.
///
/// # Errors
/// When there is none or it is terminated.
pub fn changeable(realm: &Realm, id: InstanceId) -> Result<Instance, Error> {
    let instance = realm.instances.get(&id).ok_or(Error::NotFound(id.into()))?;
    if matches!(instance.state, InstanceState::ShuttingDown | InstanceState::Terminated) {
        return Err(Error::IncorrectInstanceState { instance: id, action: "modified" });
    }
    Ok(Instance::clone(instance))
}

/// An instance that may be changed in what it takes at boot: a stopped one.
///
/// # Errors
/// When there is none or it is not stopped.
pub fn stopped(realm: &Realm, id: InstanceId) -> Result<Instance, Error> {
    let instance = changeable(realm, id)?;
    if instance.state == InstanceState::Stopped { Ok(instance) } else { Err(Error::NotStopped(id)) }
}

/// Makes a stopped instance one of another type. Its interfaces and their addresses must be such as the new type allows.
///
/// # Errors
/// When it is not stopped or the type's limits are smaller than what it has.
pub fn change_type(draft: &mut Draft, id: InstanceId, instance_type: &'static InstanceType) -> Result<(), Error> {
    let instance = stopped(draft.realm(), id)?;
    let interfaces: Vec<_> = draft.here().interfaces_of(id).into_iter().map(|(_, row)| row).collect();
    for (card, wanted) in per_card(&interfaces) {
        let Some(&most) = instance_type.network_cards.get(usize::from(card)) else {
            return Err(Error::NoNetworkCard { instance_type: instance_type.name, card });
        };
        if wanted > most.min(instance_type.interfaces_max) {
            return Err(Error::InterfaceLimit { instance_type: instance_type.name.into(), wanted });
        }
    }
    for interface in interfaces {
        check_type(instance_type, interface)?;
    }
    // Cores and credits are those of the type: what was chosen for the old one does not carry over.
    let cpu_credits = instance_type.default_cpu_credits().map(Into::into);
    draft.put(Instance { instance_type: instance_type.name.into(), cpu_options: None, cpu_credits, ..instance });
    Ok(())
}

fn per_card(interfaces: &[&NetworkInterface]) -> std::collections::BTreeMap<u16, u32> {
    let mut cards = std::collections::BTreeMap::new();
    for attachment in interfaces.iter().filter_map(|interface| interface.attachment.as_ref()) {
        *cards.entry(attachment.network_card_index).or_default() += 1;
    }
    cards
}

/// The interface that an attribute of an instance is about, which must be its only one.
///
/// # Errors
/// When there is no such instance, or it has several interfaces.
pub fn sole_interface(realm: &Realm, id: InstanceId) -> Result<NetworkInterfaceId, Error> {
    changeable(realm, id)?;
    route_table::sole_interface(realm, id)
}
