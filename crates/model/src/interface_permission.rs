//! Permissions on network interfaces: what another account may do with them.
//!
//! The interface stays its owner's, in the owner's VPC; an instance or an Elastic IP of the other account refers to it. What the
//! interface's row says of the instance is in the index of both (see [`Entry::Elsewhere`]).

use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::here::Here;
use crate::ids::{NetworkInterfaceId, NetworkInterfacePermissionId, ResourceId};
use crate::index::{Entry, Indexed};
use crate::interface::NetworkInterface;
use crate::realm::AccountId;
use crate::state::{Draft, Key, Realm};

/// What another account may do with an interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkInterfacePermission {
    /// Its id.
    pub id: NetworkInterfacePermissionId,
    /// Which interface.
    pub interface: NetworkInterfaceId,
    /// Who may do it.
    pub account: AccountId,
    /// What may be done.
    pub permission: Permission,
}

/// What may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Permission {
    /// Attaching the interface to an instance of the account.
    InstanceAttach,
    /// Associating an Elastic IP of the account with it.
    EipAssociate,
}

impl Indexed for NetworkInterfacePermission {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::Reference(self.interface.into(), self.id.into()));
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}

/// An interface that the account here may use so, with its owner: its own, or another account's that permits it.
///
/// # Errors
/// When there is none, or it is not for this account to know of.
pub fn usable(here: Here<'_>, id: NetworkInterfaceId, permission: Permission) -> Result<(Here<'_>, &NetworkInterface), Error> {
    let (owner, interface) = here.interface(id).ok_or(Error::NotFound(id.into()))?;
    let is_permitted = || find(owner.realm, id, here.scope.account, permission).is_some();
    if owner.scope == here.scope || is_permitted() { Ok((owner, interface)) } else { Err(Error::NotFound(id.into())) }
}

fn find(realm: &Realm, interface: NetworkInterfaceId, account: AccountId, permission: Permission) -> Option<&NetworkInterfacePermission> {
    let given = realm.index.referrers_of_kind::<NetworkInterfacePermissionId>(interface);
    let mut rows = given.filter_map(|id| realm.network_interface_permissions.get(&id)).map(|row| &**row);
    rows.find(|row| row.account == account && row.permission == permission)
}

/// Gives a permission.
///
/// # Errors
/// When there is no such interface, or it is given already.
pub fn grant(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    interface: NetworkInterfaceId,
    account: AccountId,
    permission: Permission,
) -> Result<NetworkInterfacePermission, Error> {
    let realm = draft.realm();
    if !realm.interfaces.contains(&interface) {
        return Err(Error::NotFound(interface.into()));
    }
    if find(realm, interface, account, permission).is_some() {
        return Err(Error::InterfacePermissionExists(interface));
    }
    let row = NetworkInterfacePermission { id: NetworkInterfacePermissionId::random(ctx.random), interface, account, permission };
    draft.put(row.clone());
    Ok(row)
}

/// Takes a permission back. An attachment made by it stays, as do associated Elastic IPs.
///
/// # Errors
/// When there is no such permission or, unless forced, the account has attached the interface to an instance.
pub fn revoke(draft: &mut Draft, id: NetworkInterfacePermissionId, force: bool) -> Result<(), Error> {
    let realm = draft.realm();
    let row = realm.network_interface_permissions.get(&id).ok_or(Error::NotFound(id.into()))?;
    let attachment = realm.interfaces.get(&row.interface).and_then(|interface| interface.attachment.as_ref());
    let in_use = attachment.is_some_and(|attachment| attachment.instance_owner == Some(row.account));
    if in_use && row.permission == Permission::InstanceAttach && !force {
        return Err(Error::InterfacePermissionInUse { permission: id, interface: row.interface, account: row.account });
    }
    draft.delete(Key::NetworkInterfacePermission(id));
    Ok(())
}
