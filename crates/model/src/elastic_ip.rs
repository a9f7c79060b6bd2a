//! An Elastic IP address: a public IPv4 address that belongs to an account until it is released.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{AllocationId, AssociationId, InstanceId, InternetGatewayId, NetworkInterfaceId, PublicIpv4PoolId, ResourceId};
use crate::index::{Entry, Indexed};
use crate::instance::InstanceState;
use crate::interface::NetworkInterface;
use crate::interface_permission::{self, Permission};
use crate::realm::{AccountId, Scope};
use crate::state::{Draft, Key, Realm};

/// The name of the pool that every account has.
pub const AMAZON_POOL: &str = "amazon";

/// An Elastic IP address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElasticIp {
    /// Names the allocation.
    pub id: AllocationId,
    /// The public address.
    pub public: Ipv4Addr,
    /// The private address it stands for.
    pub association: Option<ElasticIpAssociation>,
    /// The pool it came from: `amazon` or an id.
    pub public_ipv4_pool: String,
    /// The border group that announces it: the region's name.
    pub network_border_group: String,
    /// The name that reverse DNS gives it, with a final dot.
    pub domain_name: Option<String>,
}

/// Which private address an Elastic IP stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElasticIpAssociation {
    /// Names the association.
    pub id: AssociationId,
    /// The interface that holds the private address.
    pub interface: NetworkInterfaceId,
    /// The account that the interface belongs to, where it is not the Elastic IP's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface_owner: Option<AccountId>,
    /// The private address, which may lie in a delegated prefix.
    pub private: Ipv4Addr,
}

impl ElasticIpAssociation {
    /// The realm of the interface, given that of the Elastic IP.
    pub fn scope(&self, elastic_ip: Scope) -> Scope {
        Scope { account: self.interface_owner.unwrap_or(elastic_ip.account), ..elastic_ip }
    }
}

impl Indexed for ElasticIp {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::PublicAddress(self.public, self.id.into()));
        if let Some(association) = &self.association {
            let owner = association.interface_owner;
            out.push(Entry::Reference(association.interface.into(), self.id.into()).of_account(owner));
            out.push(Entry::ElasticIpOf(association.interface, association.private, self.id).of_account(owner));
            out.push(Entry::ElasticIpAssociation(association.id, self.id));
        }
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}

/// Which address is to be allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantedAddress {
    /// Any free one of Amazon's.
    Any,
    /// Any free one of a pool that the account brought along.
    OfPool(PublicIpv4PoolId),
    /// This one, of any pool.
    This(Ipv4Addr),
}

/// Allocates an Elastic IP.
///
/// # Errors
/// When the address is not free, none is, or the quota is used up.
pub fn allocate(draft: &mut Draft, ctx: &mut Ctx<'_>, wanted: WantedAddress) -> Result<AllocationId, Error> {
    check_quota(draft.realm(), ctx)?;
    let state = draft.state();
    let pools = &ctx.world.pools;
    let (public, pool) = match wanted {
        WantedAddress::Any => (state.free_public_address(ctx).ok_or(Error::NoFreePublicAddresses)?, None),
        WantedAddress::OfPool(id) => {
            let (_, range) = pools.brought().find(|(known, _)| *known == id).ok_or(Error::NotFound(id.into()))?;
            let address = state.free_public_address_of(ctx, range, |_| true).ok_or(Error::NoFreePublicAddresses)?;
            (address, Some(id))
        }
        WantedAddress::This(address) => {
            let pool = pools.brought().find(|(_, range)| range.contains(&address)).map(|(id, _)| id);
            let known = pool.is_some() || pools.hands_out(address);
            let free = known && state.public_address(address).is_none();
            (free.then_some(address).ok_or(Error::PublicAddressUnavailable(address))?, pool)
        }
    };
    let id = AllocationId::random(ctx.random);
    draft.put(ElasticIp {
        id,
        public,
        association: None,
        public_ipv4_pool: pool.map_or_else(|| AMAZON_POOL.into(), |pool| pool.to_string()),
        network_border_group: ctx.scope.region.name().to_owned(),
        domain_name: None,
    });
    Ok(id)
}

/// Whether the account may have one more Elastic IP in the region.
pub(crate) fn check_quota(realm: &Realm, ctx: &Ctx<'_>) -> Result<(), Error> {
    let used_up = ctx.world.quotas.elastic_ips.is_some_and(|most| realm.elastic_ips.len() >= most as usize);
    if used_up { Err(Error::Quota("elastic_ips")) } else { Ok(()) }
}

/// Gives an Elastic IP back. An offer to transfer it ends.
///
/// # Errors
/// When it is associated, or has a reverse DNS record.
pub fn release(draft: &mut Draft, id: AllocationId) -> Result<(), Error> {
    let elastic = elastic_ip(draft.realm(), id)?;
    if elastic.association.is_some() {
        return Err(Error::ElasticIpInUse(elastic.public));
    }
    if elastic.domain_name.is_some() {
        return Err(Error::ElasticIpWithDomainName(id));
    }
    draft.delete(Key::ElasticIp(id));
    // EC2 names nothing about an offer that would keep its owner from releasing the address, so the offer goes with it.
    if draft.realm().address_transfers.contains(&id) {
        draft.delete(Key::AddressTransfer(id));
    }
    Ok(())
}

/// Lets an Elastic IP stand for a private address of an interface: the primary one, if none is named. What the Elastic
/// IP or the private address was associated with before is disassociated. An association that is there already keeps
/// its id.
///
/// # Errors
/// When the interface does not hold the private address, its VPC has no internet gateway, or something would have to
/// be disassociated and `allow_reassociation` is off.
pub fn associate(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    id: AllocationId,
    interface: NetworkInterfaceId,
    private: Option<Ipv4Addr>,
    allow_reassociation: bool,
) -> Result<AssociationId, Error> {
    let elastic = elastic_ip(draft.realm(), id)?;
    let (owner, holder) = interface_permission::usable(draft.here(), interface, Permission::EipAssociate)?;
    let private = private.or_else(|| holder.primary_ipv4()).ok_or(Error::NoIpv4Block(holder.subnet))?;
    if !holder.holds(private.into()) {
        return Err(Error::NotAssigned { interface, blocks: vec![IpAddr::from(private).into()] });
    }
    if let Some(same) = elastic.association.as_ref().filter(|old| (old.interface, old.private) == (interface, private)) {
        return Ok(same.id);
    }
    if owner.realm.index.referrers_of_kind::<InternetGatewayId>(holder.vpc).next().is_none() {
        return Err(Error::NoInternetGateway(holder.vpc));
    }
    let displaced = owner.elastic_ip_of(interface, private).map(|(owner, row)| (owner.scope, row.clone()));
    for in_the_way in [Some(elastic), displaced.as_ref().map(|(_, row)| row)].into_iter().flatten() {
        if let (Some(association), false) = (&in_the_way.association, allow_reassociation) {
            return Err(Error::AlreadyAssociated { allocation: in_the_way.id, association: association.id });
        }
    }
    let association = AssociationId::random(ctx.random);
    let left = elastic.association.as_ref().map(|old| (old.scope(draft.scope()), old.interface));
    let is_primary = holder.primary_ipv4() == Some(private);
    let owner = owner.scope;
    let interface_owner = (owner != draft.scope()).then_some(owner.account);
    let association_row = ElasticIpAssociation { id: association, interface, interface_owner, private };
    let row = ElasticIp { association: Some(association_row), ..elastic.clone() };
    if is_primary {
        draft.within(owner, |draft| release_public_address(draft, interface))?;
    }
    if let Some((owner, displaced)) = displaced {
        draft.put_in(owner, ElasticIp { association: None, ..displaced });
    }
    draft.put(row);
    if let Some((owner, left)) = left {
        draft.within(owner, |draft| give_public_address_back(draft, ctx, left))?;
    }
    Ok(association)
}

/// Ends an association; the Elastic IP stays allocated. An instance whose automatic public address it took the place of
/// is given a new one.
///
/// # Errors
/// When there is none.
pub fn disassociate(draft: &mut Draft, ctx: &mut Ctx<'_>, id: AssociationId) -> Result<AllocationId, Error> {
    let allocation = draft.realm().index.elastic_ip_association(id).ok_or(Error::NotFound(id.into()))?;
    let elastic = elastic_ip(draft.realm(), allocation)?;
    let left = elastic.association.as_ref().map(|old| (old.scope(draft.scope()), old.interface));
    let row = ElasticIp { association: None, ..elastic.clone() };
    draft.put(row);
    if let Some((owner, left)) = left {
        draft.within(owner, |draft| give_public_address_back(draft, ctx, left))?;
    }
    Ok(allocation)
}

/// Ends the associations of the private addresses of an interface that are going.
pub(crate) fn disassociate_where(draft: &mut Draft, interface: NetworkInterfaceId, gone: impl Fn(Ipv4Addr) -> bool) {
    let of_interface = draft.realm().index.referrers_of_kind::<AllocationId>(interface).filter_map(|id| {
        let owner = draft.here().owner_of(id)?;
        Some((owner.scope, ElasticIp::clone(owner.realm.elastic_ips.get(&id)?)))
    });
    let going = |elastic: &ElasticIp| elastic.association.as_ref().is_some_and(|association| gone(association.private));
    let ended: Vec<(Scope, ElasticIp)> = of_interface.filter(|(_, elastic)| going(elastic)).collect();
    for (owner, elastic) in ended {
        draft.put_in(owner, ElasticIp { association: None, ..elastic });
    }
}

/// Lets the Elastic IP of a private address, if it has one, follow it to the interface it moved to. The association
/// keeps its id.
pub(crate) fn follow(draft: &mut Draft, from: NetworkInterfaceId, to: NetworkInterfaceId, private: Ipv4Addr) {
    let Some((owner, elastic)) = draft.here().elastic_ip_of(from, private) else {
        return;
    };
    let (owner, mut moved) = (owner.scope, elastic.clone());
    if let Some(association) = &mut moved.association {
        association.interface = to;
    }
    draft.put_in(owner, moved);
}

/// Gives the primary address of an interface an automatic public address, for as long as its instance runs. Does nothing if
/// it has a public address already.
///
/// # Errors
/// When no public address is free.
pub fn give_public_address(draft: &mut Draft, ctx: &mut Ctx<'_>, id: NetworkInterfaceId) -> Result<(), Error> {
    let realm = draft.realm();
    let interface = realm.interfaces.get(&id).ok_or(Error::NotFound(id.into()))?;
    let Some(primary) = interface.primary_ipv4() else { return Ok(()) };
    if interface.auto_public_ipv4.is_some() || realm.index.elastic_ip_of(id, primary).is_some() {
        return Ok(());
    }
    let public = draft.state().free_public_address(ctx).ok_or(Error::NoFreePublicAddresses)?;
    let row = NetworkInterface { auto_public_ipv4: Some(public), ..NetworkInterface::clone(interface) };
    draft.put(row);
    Ok(())
}

/// Gives an instance that is to have an automatic public address one, where EC2 does: only to a sole interface, none of whose
/// addresses has an Elastic IP.
///
/// Source: EC2's user guide, "Amazon EC2 instance IP addressing", "Public IPv4 addresses".
///
/// # Errors
/// When no public address is free.
pub(crate) fn give_instance_public_address(draft: &mut Draft, ctx: &mut Ctx<'_>, id: InstanceId) -> Result<(), Error> {
    let realm = draft.realm();
    let [(_, sole)] = draft.here().interfaces_of(id)[..] else { return Ok(()) };
    let interface = sole.id;
    let wanted = realm.instances.get(&id).is_some_and(|instance| instance.auto_public_address);
    if wanted && realm.index.referrers_of_kind::<AllocationId>(interface).next().is_none() {
        give_public_address(draft, ctx, interface)?;
    }
    Ok(())
}

/// Gives the instance of an interface that an Elastic IP has left what the Elastic IP had taken the place of. Where no
/// address is free it goes without: EC2, too, gives the address later and apart from the request.
fn give_public_address_back(draft: &mut Draft, ctx: &mut Ctx<'_>, left: NetworkInterfaceId) -> Result<(), Error> {
    let instance = draft.realm().interfaces.get(&left).and_then(|interface| draft.here().instance_of(interface));
    let up = instance.filter(|instance| matches!(instance.state, InstanceState::Pending | InstanceState::Running));
    let Some(id) = up.map(|instance| instance.id) else { return Ok(()) };
    match give_instance_public_address(draft, ctx, id) {
        Err(Error::NoFreePublicAddresses) => Ok(()),
        done => done,
    }
}

/// Takes the automatic public address of an interface back: its instance stops, or an Elastic IP takes its place.
///
/// # Errors
/// When there is no such interface.
pub fn release_public_address(draft: &mut Draft, id: NetworkInterfaceId) -> Result<(), Error> {
    let interface = draft.realm().interfaces.get(&id).ok_or(Error::NotFound(id.into()))?;
    if interface.auto_public_ipv4.is_some() {
        let row = NetworkInterface { auto_public_ipv4: None, ..NetworkInterface::clone(interface) };
        draft.put(row);
    }
    Ok(())
}

fn elastic_ip(realm: &Realm, id: AllocationId) -> Result<&ElasticIp, Error> {
    realm.elastic_ips.get(&id).map(|row| &**row).ok_or(Error::NotFound(id.into()))
}
