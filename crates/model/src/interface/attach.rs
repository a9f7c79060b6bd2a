//! Attaching interfaces to instances, and detaching them.

use super::{Attachment, NetworkInterface};
use crate::addressing::check_type;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{AttachmentId, InstanceId, NetworkInterfaceId};
use crate::instance::InstanceState;
use crate::instance_type::InstanceType;
use crate::interface_permission::{self, Permission};
use crate::state::Draft;

/// How an interface is to be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewAttachment {
    /// What is attached.
    pub interface: NetworkInterfaceId,
    /// To which instance.
    pub instance: InstanceId,
    /// `eth<device index>` on the first card.
    pub device_index: u16,
    /// The network card.
    pub network_card_index: u16,
    /// Whether the interface is deleted with the instance.
    pub delete_on_termination: bool,
}

/// Attaches an interface to an instance, at launch or later. Addresses stay with the interface. Whether the instance
/// is in a state for it is for the caller to see: at launch it is not running yet.
///
/// # Errors
/// When the instance type's limits or the places of either forbid it.
pub fn attach(draft: &mut Draft, ctx: &mut Ctx<'_>, request: NewAttachment) -> Result<AttachmentId, Error> {
    let NewAttachment { interface, instance, device_index, network_card_index, delete_on_termination } = request;
    let (here, scope) = (draft.here(), draft.scope());
    let instance_row = here.realm.instances.get(&instance).ok_or(Error::NotFound(instance.into()))?;
    let (owner, row) = interface_permission::usable(here, interface, Permission::InstanceAttach)?;
    let owner = owner.scope;
    // Where an instance is, is where its primary interface is, and that is a subnet of its own account.
    if owner != scope && (network_card_index, device_index) == (0, 0) {
        return Err(Error::PrimaryInterfaceOfOtherAccount { interface, owner: owner.account });
    }
    if row.attachment.is_some() {
        return Err(Error::InterfaceInUse(interface));
    }
    if row.zone != instance_row.zone {
        return Err(Error::DifferentZones { interface, instance });
    }
    let others = here.interfaces_of(instance);
    let others: Vec<&Attachment> = others.iter().filter_map(|(_, other)| other.attachment.as_ref()).collect();
    if others.iter().any(|other| (other.network_card_index, other.device_index) == (network_card_index, device_index)) {
        return Err(Error::DeviceIndexInUse { instance, device_index });
    }
    if let Some(instance_type) = InstanceType::named(&instance_row.instance_type) {
        let on_card = others.iter().filter(|other| other.network_card_index == network_card_index).count();
        check_places(instance_type, network_card_index, on_card, others.len())?;
        check_type(instance_type, row)?;
    }
    // At launch interfaces are attached once the instance runs. What does not run has no packets to wait for.
    let complete = match instance_row.state {
        InstanceState::Pending => false,
        state => !ctx.world.data_plane || !state.has_network(),
    };
    let id = AttachmentId::random(ctx.random);
    let attachment = Attachment {
        id,
        instance,
        instance_owner: (owner != scope).then_some(scope.account),
        device_index,
        network_card_index,
        attached: ctx.now,
        delete_on_termination,
        complete,
    };
    let row = NetworkInterface { attachment: Some(attachment), ..row.clone() };
    draft.put_in(owner, row);
    Ok(id)
}

fn check_places(instance_type: &InstanceType, card: u16, on_card: usize, in_all: usize) -> Result<(), Error> {
    let wanted = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
    let Some(&card_max) = instance_type.network_cards.get(usize::from(card)) else {
        return Err(Error::NoNetworkCard { instance_type: instance_type.name, card });
    };
    for (count, limit) in [(in_all, instance_type.interfaces_max), (on_card, card_max)] {
        if wanted(count) > limit {
            return Err(Error::InterfaceLimit { instance_type: instance_type.name.to_owned(), wanted: wanted(count) });
        }
    }
    Ok(())
}

/// Detaches an interface; its addresses and Elastic IPs stay with it. Its owner may do so, and the instance's.
///
/// # Errors
/// When there is no such attachment, or it is that of a primary interface.
pub fn detach(draft: &mut Draft, attachment: AttachmentId) -> Result<NetworkInterfaceId, Error> {
    let id = draft.realm().index.attachment(attachment).ok_or(Error::NotFound(attachment.into()))?;
    let (owner, row) = draft.here().interface(id).ok_or(Error::NotFound(id.into()))?;
    let place = row.attachment.as_ref().ok_or(Error::NotFound(attachment.into()))?;
    if (place.network_card_index, place.device_index) == (0, 0) {
        return Err(Error::PrimaryInterfaceCannotBeDetached);
    }
    // An address is the primary IPv6 one "until the instance is terminated or the network interface is detached".
    let (owner, row) = (owner.scope, NetworkInterface { attachment: None, primary_ipv6: false, ..row.clone() });
    draft.put_in(owner, row);
    Ok(id)
}
