//! Permissions on network interfaces: what another account may do with them.
//!
//! Accounts do not meet here, so that a permission is kept and told of, and nothing acts on it.

use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{NetworkInterfaceId, NetworkInterfacePermissionId, ResourceId};
use crate::index::{Entry, Indexed};
use crate::realm::AccountId;
use crate::state::Draft;

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
    let same = |id| {
        let row = realm.network_interface_permissions.get(&id);
        row.is_some_and(|row| row.account == account && row.permission == permission)
    };
    if realm.index.referrers_of_kind::<NetworkInterfacePermissionId>(interface).any(same) {
        return Err(Error::InterfacePermissionExists(interface));
    }
    let row = NetworkInterfacePermission { id: NetworkInterfacePermissionId::random(ctx.random), interface, account, permission };
    draft.put(row.clone());
    Ok(row)
}
