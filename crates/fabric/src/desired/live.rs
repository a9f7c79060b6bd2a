//! What of the state is in the kernel: which interfaces have a link, and which gateways their VPC.

use model::ids::{EgressOnlyInternetGatewayId, InstanceId, InternetGatewayId, NatGatewayId, VpcId};
use model::interface::NetworkInterface;
use model::{Here, Realm};

use crate::kernel::Name;
use crate::names;

/// Where an interface leads: to an instance that has its network, or to a NAT gateway.
pub enum Place {
    /// An instance, in which the interface's link has this name.
    Instance {
        /// The instance.
        id: InstanceId,
        /// The name of the link in it.
        link: Name,
    },
    /// A NAT gateway.
    NatGateway(NatGatewayId),
}

/// Where an interface leads; `None` for one that is not in the kernel.
pub fn place(here: Here<'_>, row: &NetworkInterface) -> Option<Place> {
    if let Some(attachment) = &row.attachment {
        let instance = here.instance_of(row)?;
        let link = Name::from(names::guest_link(attachment.network_card_index, attachment.device_index));
        return instance.state.has_network().then_some(Place::Instance { id: instance.id, link });
    }
    nat_gateway_of(here.realm, row).map(Place::NatGateway)
}

/// The NAT gateway whose interface this is.
pub fn nat_gateway_of(realm: &Realm, row: &NetworkInterface) -> Option<NatGatewayId> {
    if !row.requester_managed {
        return None;
    }
    let gateways = realm.index.referrers_of_kind::<NatGatewayId>(row.subnet);
    gateways.filter_map(|id| realm.nat_gateways.get(&id)).find(|gateway| gateway.interface() == Some(row.id)).map(|gateway| gateway.id)
}

/// Whether an interface is in the kernel.
pub fn is_live(here: Here<'_>, row: &NetworkInterface) -> bool {
    place(here, row).is_some()
}

/// The internet gateway that is attached to a VPC.
pub fn internet_gateway(realm: &Realm, vpc: VpcId) -> Option<InternetGatewayId> {
    realm.index.referrers_of_kind(vpc).next()
}

/// The egress-only internet gateway of a VPC.
pub fn egress_only_internet_gateway(realm: &Realm, vpc: VpcId) -> Option<EgressOnlyInternetGatewayId> {
    realm.index.referrers_of_kind(vpc).next()
}
