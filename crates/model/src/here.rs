//! A realm among the others: rows of one account may refer to those of another.

use std::net::Ipv4Addr;

use crate::elastic_ip::ElasticIp;
use crate::ids::{InstanceId, NetworkInterfaceId, ResourceId};
use crate::instance::Instance;
use crate::interface::NetworkInterface;
use crate::realm::Scope;
use crate::state::{Realm, State};

/// The resources of one account in one region, and where to look for those that they have to do with.
#[derive(Clone, Copy, Debug)]
pub struct Here<'a> {
    /// Everything.
    pub state: &'a State,
    /// Whose resources these are.
    pub scope: Scope,
    /// The resources.
    pub realm: &'a Realm,
}

impl<'a> Here<'a> {
    /// Where a row is that one from here may refer to: here, or with another account of the same region. Ids are unique
    /// among all accounts.
    pub fn owner_of(self, id: impl Into<ResourceId>) -> Option<Self> {
        let id = id.into();
        if self.realm.has(id) {
            return Some(self);
        }
        let mut others = self.state.realms().filter(|(other, _)| other.region == self.scope.region);
        others.find(|(_, realm)| realm.has(id)).map(|(scope, realm)| Self { scope, realm, ..self })
    }

    /// An interface from here or of another account, with its owner. Whether it may be used from here is not asked: see
    /// [`usable`](crate::interface_permission::usable).
    pub fn interface(self, id: NetworkInterfaceId) -> Option<(Self, &'a NetworkInterface)> {
        let owner = self.owner_of(id)?;
        Some((owner, owner.realm.interfaces.get(&id)?))
    }

    /// The interfaces of an instance from here with their owners, in the order of their cards and device indexes.
    pub fn interfaces_of(self, instance: InstanceId) -> Vec<(Self, &'a NetworkInterface)> {
        let attached = self.realm.index.referrers_of_kind::<NetworkInterfaceId>(instance);
        let mut interfaces: Vec<_> = attached.filter_map(|id| self.interface(id)).collect();
        interfaces.sort_by_key(|(_, interface)| interface.attachment.as_ref().map(|place| (place.network_card_index, place.device_index)));
        interfaces
    }

    /// The instance that an interface from here is attached to.
    pub fn instance_of(self, interface: &NetworkInterface) -> Option<&'a Instance> {
        let attachment = interface.attachment.as_ref()?;
        let owner = self.state.realm(attachment.scope(self.scope))?;
        owner.instances.get(&attachment.instance).map(|row| &**row)
    }

    /// The Elastic IP of a private address of an interface from here, with its owner.
    pub fn elastic_ip_of(self, interface: NetworkInterfaceId, private: Ipv4Addr) -> Option<(Self, &'a ElasticIp)> {
        let id = self.realm.index.elastic_ip_of(interface, private)?;
        let owner = self.owner_of(id)?;
        Some((owner, owner.realm.elastic_ips.get(&id)?))
    }
}
