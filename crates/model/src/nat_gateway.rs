//! NAT gateways: one address, or a few, that many instances use to get out.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html>.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::addressing::{WantedIpv4, assign_ipv4, unassign_ipv4};
use crate::ctx::Ctx;
use crate::elastic_ip;
use crate::error::Error;
use crate::ids::{AllocationId, AssociationId, InternetGatewayId, NatGatewayId, NetworkInterfaceId, ResourceId, SubnetId, VpcId};
use crate::index::{Entry, Indexed};
use crate::interface::{NetworkInterface, NewInterface, create_interface, delete_interface};
use crate::state::{Draft, Key, Realm};
use crate::time::Timestamp;

/// What EC2 calls the interfaces of NAT gateways.
pub const INTERFACE_TYPE: &str = "nat_gateway";
/// Private addresses of one gateway at most.
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-gateways>.
const ADDRESSES_MAX: usize = 8;
/// What EC2 says of a gateway for which a subnet has too few addresses.
const INSUFFICIENT: (&str, &str) =
    ("InsufficientFreeAddressesInSubnet", "Subnet has insufficient free addresses to create this NAT gateway");
/// How long a gateway that is gone or never worked is listed, in seconds: "a short while (usually about an hour)".
const LISTED_SECONDS: i64 = 3600;

/// A NAT gateway. Its private addresses are those of its interface, in their order, and its public ones the Elastic
/// IPs that stand for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatGateway {
    /// Its id.
    pub id: NatGatewayId,
    /// The VPC of its subnet.
    pub vpc: VpcId,
    /// Where it is.
    pub subnet: SubnetId,
    /// Whether it translates to public addresses.
    pub public: bool,
    /// Where it is in its life.
    pub state: NatGatewayState,
    /// When it was made.
    pub created: Timestamp,
}

/// Where a NAT gateway is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NatGatewayState {
    /// It works, with this interface, which the user cannot change.
    Available(NetworkInterfaceId),
    /// It could not be made.
    Failed {
        /// EC2's code.
        code: String,
        /// EC2's words.
        message: String,
    },
    /// It is gone, and listed for a while yet.
    Deleted {
        /// Since when.
        at: Timestamp,
        /// The addresses that it had, private and public.
        addresses: Vec<FormerAddress>,
    },
}

/// An address of a NAT gateway that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerAddress {
    /// The interface that held it.
    pub interface: NetworkInterfaceId,
    /// The private address.
    pub private: Ipv4Addr,
    /// The Elastic IP that stood for it: its allocation and address.
    pub public: Option<(AllocationId, Ipv4Addr)>,
}

/// An address of a NAT gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The interface that holds it, or held it.
    pub interface: NetworkInterfaceId,
    /// The private address.
    pub private: Ipv4Addr,
    /// The Elastic IP that stands for it: its allocation, address and, while the gateway works, association.
    pub public: Option<(AllocationId, Ipv4Addr, Option<AssociationId>)>,
}

impl NatGateway {
    /// Its addresses, or those that it had, the primary one first.
    pub fn addresses(&self, realm: &Realm) -> Vec<Address> {
        match &self.state {
            NatGatewayState::Available(interface) => addresses(realm, *interface),
            NatGatewayState::Failed { .. } => Vec::new(),
            NatGatewayState::Deleted { addresses, .. } => {
                let former = |address: &FormerAddress| Address {
                    interface: address.interface,
                    private: address.private,
                    public: address.public.map(|(allocation, public)| (allocation, public, None)),
                };
                addresses.iter().map(former).collect()
            }
        }
    }

    /// Whether it is still listed.
    pub fn is_listed(&self, now: Timestamp) -> bool {
        match self.state {
            NatGatewayState::Available(_) => true,
            NatGatewayState::Failed { .. } => self.created.plus_seconds(LISTED_SECONDS) > now,
            NatGatewayState::Deleted { at, .. } => at.plus_seconds(LISTED_SECONDS) > now,
        }
    }

    /// Its interface, while it works.
    pub fn interface(&self) -> Option<NetworkInterfaceId> {
        match self.state {
            NatGatewayState::Available(interface) => Some(interface),
            _ => None,
        }
    }
}

impl Indexed for NatGateway {
    fn entries(&self, out: &mut Vec<Entry>) {
        // One that is gone or never worked stays listed but holds on to nothing.
        if self.interface().is_some() {
            out.push(Entry::Reference(self.vpc.into(), self.id.into()));
            out.push(Entry::Reference(self.subnet.into(), self.id.into()));
        }
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}

/// What a new NAT gateway is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNatGateway {
    /// Where.
    pub subnet: SubnetId,
    /// The Elastic IPs of its addresses, the primary one first; none: it is a private one.
    pub allocations: Vec<AllocationId>,
    /// Its primary private address; none: a free one.
    pub primary: Option<Ipv4Addr>,
    /// Secondary private addresses.
    pub secondary: Vec<Ipv4Addr>,
    /// As many free secondary addresses.
    pub secondary_count: u32,
}

/// Makes a NAT gateway. Without an internet gateway, with an Elastic IP that is in use, or without a free address, it is
/// made and has failed, as at EC2.
///
/// # Errors
/// When something that is named does not exist, or an address is not one that it can have.
pub fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, request: NewNatGateway) -> Result<NatGatewayId, Error> {
    let NewNatGateway { subnet, allocations, primary, secondary, secondary_count } = request;
    let realm = draft.realm();
    let vpc = realm.subnets.get(&subnet).map(|row| row.vpc).ok_or(Error::NotFound(subnet.into()))?;
    let public = !allocations.is_empty();
    let wanted = 1 + secondary.len() + secondary_count as usize;
    if wanted > ADDRESSES_MAX {
        return Err(Error::NatGatewayAddressLimit(ADDRESSES_MAX));
    }
    for id in &allocations {
        realm.elastic_ips.get(id).ok_or(Error::NotFound((*id).into()))?;
    }
    let id = NatGatewayId::random(ctx.random);
    let created = ctx.now;
    let row = |state| NatGateway { id, vpc, subnet, public, state, created };
    if let Some((code, message)) = failure(realm, vpc, subnet, &allocations, wanted) {
        draft.put(row(NatGatewayState::Failed { code: code.into(), message }));
        return Ok(id);
    }
    let interface = match create_interface(
        draft,
        ctx,
        NewInterface {
            description: format!("Interface for NAT Gateway {id}"),
            interface_type: INTERFACE_TYPE.into(),
            primary_ipv4: primary,
            secondary_ipv4: secondary,
            secondary_ipv4_count: secondary_count,
            ipv6_count: Some(0),
            source_dest_check: false,
            managed_by: Some("amazon-aws".into()),
            ..NewInterface::in_subnet(subnet)
        },
    ) {
        // Those that are free are reserved for requests that name them.
        Err(Error::NoFreeAddresses(_)) => {
            let (code, message) = INSUFFICIENT;
            draft.put(row(NatGatewayState::Failed { code: code.into(), message: message.into() }));
            return Ok(id);
        }
        made => made?,
    };
    // Security groups do not apply to NAT gateways.
    let bare = draft.realm().interfaces.get(&interface).map(|row| NetworkInterface { groups: Vec::new(), ..NetworkInterface::clone(row) });
    let Some(bare) = bare else { return Err(Error::NotFound(interface.into())) };
    let privates = bare.ipv4.clone();
    draft.put(bare);
    for (allocation, private) in allocations.into_iter().zip(privates) {
        elastic_ip::associate(draft, ctx, allocation, interface, Some(private), false)?;
    }
    draft.put(row(NatGatewayState::Available(interface)));
    Ok(id)
}

/// Why a gateway would fail. Source of the words: EC2's guide, "Troubleshoot NAT gateways".
fn failure(realm: &Realm, vpc: VpcId, subnet: SubnetId, allocations: &[AllocationId], wanted: usize) -> Option<(&'static str, String)> {
    let taken = allocations.iter().find(|id| realm.elastic_ips.get(id).is_some_and(|elastic| elastic.association.is_some()));
    if let Some(taken) = taken {
        return Some(("Resource.AlreadyAssociated", format!("Elastic IP address [{taken}] is already associated")));
    }
    if !allocations.is_empty() && realm.index.referrers_of_kind::<InternetGatewayId>(vpc).next().is_none() {
        return Some(("Gateway.NotAttached", format!("Network {vpc} has no Internet gateway attached")));
    }
    if realm.index.pool(subnet).is_none_or(|pool| (pool.free() as usize) < wanted) {
        return Some((INSUFFICIENT.0, INSUFFICIENT.1.into()));
    }
    None
}

/// Deletes a gateway. Its Elastic IPs stay allocated, and routes to it become blackholes. One that is deleted already, and still
/// listed, is left as it is.
///
/// # Errors
/// When there is none.
pub fn delete(draft: &mut Draft, ctx: &Ctx<'_>, id: NatGatewayId) -> Result<(), Error> {
    let gateway = find(draft.realm(), ctx.now, id)?;
    let former = gateway.addresses(draft.realm()).into_iter().map(|Address { interface, private, public }| FormerAddress {
        interface,
        private,
        public: public.map(|(allocation, public, _)| (allocation, public)),
    });
    let former = former.collect();
    match gateway.state {
        NatGatewayState::Available(interface) => delete_interface(draft, interface)?,
        NatGatewayState::Failed { .. } => {}
        NatGatewayState::Deleted { .. } => return Ok(()),
    }
    draft.put(NatGateway { state: NatGatewayState::Deleted { at: ctx.now, addresses: former }, ..gateway });
    Ok(())
}

/// Assigns further private addresses to a private gateway, and returns them.
///
/// # Errors
/// When it is not a private one that works, or an address is not one that it can have.
pub fn assign(draft: &mut Draft, ctx: &mut Ctx<'_>, id: NatGatewayId, addresses: Vec<Ipv4Addr>, count: u32) -> Result<Vec<Address>, Error> {
    let (gateway, interface) = working(draft.realm(), ctx.now, id)?;
    if gateway.public {
        return Err(Error::NatGatewayKind { id, public: true });
    }
    let new = take(draft, ctx, interface, addresses, count)?;
    Ok(gateway.addresses(draft.realm()).into_iter().filter(|address| new.contains(&address.private)).collect())
}

/// Takes secondary private addresses from a private gateway, and returns them as they were.
///
/// # Errors
/// When it is not a private one that works, or does not have the addresses, or one is its primary.
pub fn unassign(draft: &mut Draft, ctx: &Ctx<'_>, id: NatGatewayId, gone: &[Ipv4Addr]) -> Result<Vec<Address>, Error> {
    let (gateway, interface) = working(draft.realm(), ctx.now, id)?;
    if gateway.public {
        return Err(Error::NatGatewayKind { id, public: true });
    }
    let before = gateway.addresses(draft.realm());
    unassign_ipv4(draft, interface, gone, &[])?;
    Ok(before.into_iter().filter(|address| gone.contains(&address.private)).collect())
}

/// Gives a public gateway further Elastic IPs, each with a private address: one of those named, or a free one.
///
/// # Errors
/// When it is not a public one that works, an Elastic IP is in use, or an address is not one that it can have.
pub fn associate(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    id: NatGatewayId,
    allocations: Vec<AllocationId>,
    addresses: Vec<Ipv4Addr>,
) -> Result<Vec<Address>, Error> {
    let (gateway, interface) = working(draft.realm(), ctx.now, id)?;
    if !gateway.public {
        return Err(Error::NatGatewayKind { id, public: false });
    }
    let count = allocations.len().saturating_sub(addresses.len()) as u32;
    let new = take(draft, ctx, interface, addresses, count)?;
    for (allocation, private) in allocations.into_iter().zip(&new) {
        elastic_ip::associate(draft, ctx, allocation, interface, Some(*private), false)?;
    }
    Ok(gateway.addresses(draft.realm()).into_iter().filter(|address| new.contains(&address.private)).collect())
}

/// Takes secondary Elastic IPs, with their private addresses, from a public gateway, and returns them as they were.
///
/// # Errors
/// When it is not a public one that works, or an association is not one of its own, or its primary one.
pub fn disassociate(draft: &mut Draft, ctx: &Ctx<'_>, id: NatGatewayId, associations: &[AssociationId]) -> Result<Vec<Address>, Error> {
    let (gateway, interface) = working(draft.realm(), ctx.now, id)?;
    if !gateway.public {
        return Err(Error::NatGatewayKind { id, public: false });
    }
    let before = gateway.addresses(draft.realm());
    let mut ended = Vec::new();
    for association in associations {
        let of = |address: &&Address| address.public.is_some_and(|(_, _, own)| own == Some(*association));
        ended.push(before.iter().find(of).cloned().ok_or(Error::NotFound((*association).into()))?);
    }
    let gone: Vec<Ipv4Addr> = ended.iter().map(|address| address.private).collect();
    unassign_ipv4(draft, interface, &gone, &[])?;
    Ok(ended)
}

/// A gateway that is listed.
///
/// # Errors
/// When there is none, or none any longer.
pub fn find(realm: &Realm, now: Timestamp, id: NatGatewayId) -> Result<NatGateway, Error> {
    let found = realm.nat_gateways.get(&id).filter(|gateway| gateway.is_listed(now));
    found.map(|gateway| NatGateway::clone(gateway)).ok_or(Error::NotFound(id.into()))
}

/// Forgets the gateways of the caller's realm that are no longer listed.
pub fn purge(draft: &mut Draft, now: Timestamp) {
    let unlisted = draft.realm().nat_gateways.iter().filter(|gateway| !gateway.is_listed(now));
    let unlisted: Vec<NatGatewayId> = unlisted.map(|gateway| gateway.id).collect();
    unlisted.into_iter().for_each(|id| draft.delete(Key::NatGateway(id)));
}

fn working(realm: &Realm, now: Timestamp, id: NatGatewayId) -> Result<(NatGateway, NetworkInterfaceId), Error> {
    let gateway = find(realm, now, id)?;
    match gateway.interface() {
        Some(interface) => Ok((gateway, interface)),
        None => Err(Error::NotFound(id.into())),
    }
}

fn take(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    interface: NetworkInterfaceId,
    addresses: Vec<Ipv4Addr>,
    count: u32,
) -> Result<Vec<Ipv4Addr>, Error> {
    let held = draft.realm().interfaces.get(&interface).map_or(0, |row| row.ipv4.len());
    if held + addresses.len() + count as usize > ADDRESSES_MAX {
        return Err(Error::NatGatewayAddressLimit(ADDRESSES_MAX));
    }
    let wanted = WantedIpv4 { addresses, count, ..WantedIpv4::default() };
    Ok(assign_ipv4(draft, ctx, interface, &wanted)?.addresses)
}

fn addresses(realm: &Realm, interface: NetworkInterfaceId) -> Vec<Address> {
    let held = realm.interfaces.get(&interface).map(|row| row.ipv4.clone()).unwrap_or_default();
    let address = |private| {
        let elastic = realm.index.elastic_ip_of(interface, private).and_then(|id| realm.elastic_ips.get(&id));
        let association = |elastic: &elastic_ip::ElasticIp| elastic.association.as_ref().map(|association| association.id);
        Address { interface, private, public: elastic.map(|elastic| (elastic.id, elastic.public, association(elastic))) }
    };
    held.into_iter().map(address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::gateway::InternetGateway;
    use crate::invariants;
    use crate::realm::{AccountId, Region, Scope};
    use crate::state::State;
    use crate::world::World;
    use crate::{subnet, subnet_reservation, vpc};

    fn on_stage(test: impl FnOnce(&mut Draft, &mut Ctx<'_>, VpcId, SubnetId)) {
        let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
        let world = World::default();
        let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(3), world: &world };
        let mut draft = Draft::new(State::default(), scope);
        let vpc = vpc::create(&mut draft, &mut ctx, "10.0.0.0/16".parse().unwrap(), "default").unwrap();
        let zone = scope.region.zones().next().unwrap();
        let subnet = subnet::create(&mut draft, &mut ctx, vpc, zone, Some("10.0.1.0/28".parse().unwrap()), None).unwrap();
        test(&mut draft, &mut ctx, vpc, subnet);
        assert_eq!(invariants::check(draft.state()), []);
    }

    fn plain(subnet: SubnetId, allocations: Vec<AllocationId>) -> NewNatGateway {
        NewNatGateway { subnet, allocations, primary: None, secondary: Vec::new(), secondary_count: 0 }
    }

    fn state(draft: &Draft, id: NatGatewayId) -> NatGatewayState {
        draft.realm().nat_gateways.get(&id).unwrap().state.clone()
    }

    #[test]
    fn without_an_internet_gateway_or_with_an_address_in_use_a_public_gateway_fails() {
        on_stage(|draft, ctx, vpc, subnet| {
            let allocation = elastic_ip::allocate(draft, ctx, elastic_ip::WantedAddress::Any).unwrap();
            let code = |draft: &Draft, id| match state(draft, id) {
                NatGatewayState::Failed { code, .. } => code,
                state => format!("{state:?}"),
            };
            let id = create(draft, ctx, plain(subnet, vec![allocation])).unwrap();
            assert_eq!(code(draft, id), "Gateway.NotAttached");
            draft.put(InternetGateway { id: InternetGatewayId::random(ctx.random), vpc: Some(vpc) });
            let id = create(draft, ctx, plain(subnet, vec![allocation])).unwrap();
            assert!(matches!(state(draft, id), NatGatewayState::Available(_)));
            let id = create(draft, ctx, plain(subnet, vec![allocation])).unwrap();
            assert_eq!(code(draft, id), "Resource.AlreadyAssociated");
        });
    }

    #[test]
    fn a_deleted_gateway_gives_its_addresses_back_and_is_listed_for_an_hour() {
        on_stage(|draft, ctx, _, subnet| {
            let before = draft.realm().index.pool(subnet).unwrap().free();
            let id = create(draft, ctx, NewNatGateway { secondary_count: 2, ..plain(subnet, Vec::new()) }).unwrap();
            assert_eq!(draft.realm().index.pool(subnet).unwrap().free(), before - 3);
            assert_eq!(subnet::delete(draft, subnet), Err(Error::DependencyViolation(subnet.into())));
            delete(draft, ctx, id).unwrap();
            assert_eq!(draft.realm().index.pool(subnet).unwrap().free(), before);
            assert_eq!(find(draft.realm(), ctx.now, id).unwrap().addresses(draft.realm()).len(), 3);
            let deleted = find(draft.realm(), ctx.now, id).unwrap();
            let later = Ctx { now: ctx.now.plus_seconds(60), scope: ctx.scope, random: &mut *ctx.random, world: ctx.world };
            delete(draft, &later, id).unwrap();
            assert_eq!(find(draft.realm(), later.now, id), Ok(deleted), "it was deleted once, and is listed from then on");
            assert_eq!(find(draft.realm(), ctx.now.plus_seconds(3600), id), Err(Error::NotFound(id.into())));
            purge(draft, ctx.now.plus_seconds(3599));
            assert!(draft.realm().nat_gateways.contains(&id));
            purge(draft, ctx.now.plus_seconds(3600));
            assert!(!draft.realm().nat_gateways.contains(&id));
            subnet::delete(draft, subnet).unwrap();
        });
    }

    #[test]
    fn private_gateways_get_private_addresses_and_public_ones_elastic_ips() {
        on_stage(|draft, ctx, vpc, subnet| {
            let private = create(draft, ctx, plain(subnet, Vec::new())).unwrap();
            let assigned = assign(draft, ctx, private, vec!["10.0.1.9".parse().unwrap()], 0).unwrap();
            assert_eq!(assigned.len(), 1);
            assert!(matches!(unassign(draft, ctx, private, &["10.0.1.9".parse().unwrap()]).as_deref(), Ok([_])));
            let primary = find(draft.realm(), ctx.now, private).unwrap().addresses(draft.realm())[0].private;
            assert_eq!(unassign(draft, ctx, private, &[primary]), Err(Error::PrimaryCannotBeUnassigned(primary.into())));
            assert_eq!(associate(draft, ctx, private, Vec::new(), Vec::new()), Err(Error::NatGatewayKind { id: private, public: false }));

            draft.put(InternetGateway { id: InternetGatewayId::random(ctx.random), vpc: Some(vpc) });
            let [first, second] = [(); 2].map(|()| elastic_ip::allocate(draft, ctx, elastic_ip::WantedAddress::Any).unwrap());
            let public = create(draft, ctx, plain(subnet, vec![first])).unwrap();
            let added = associate(draft, ctx, public, vec![second], Vec::new()).unwrap();
            let (allocation, _, association) = added[0].public.unwrap();
            assert_eq!(allocation, second);
            disassociate(draft, ctx, public, &[association.unwrap()]).unwrap();
            assert_eq!(find(draft.realm(), ctx.now, public).unwrap().addresses(draft.realm()).len(), 1);
            assert_eq!(assign(draft, ctx, public, Vec::new(), 1), Err(Error::NatGatewayKind { id: public, public: true }));
        });
    }

    #[test]
    fn the_last_free_address_of_a_subnet_is_enough_and_none_or_a_reserved_one_is_not() {
        let short = NatGatewayState::Failed {
            code: "InsufficientFreeAddressesInSubnet".into(),
            message: "Subnet has insufficient free addresses to create this NAT gateway".into(),
        };
        // Eleven addresses; so many are left.
        for (left, secondary_count, reserved, works) in
            [(1, 0, false, true), (0, 0, false, false), (1, 1, false, false), (2, 1, false, true), (1, 0, true, false)]
        {
            on_stage(|draft, ctx, _, subnet| {
                for last in 0..11 - left {
                    let primary = Some(Ipv4Addr::new(10, 0, 1, 4 + last));
                    create_interface(draft, ctx, NewInterface { primary_ipv4: primary, ..NewInterface::in_subnet(subnet) }).unwrap();
                }
                if reserved {
                    let last = "10.0.1.14/32".parse().unwrap();
                    subnet_reservation::create(draft, ctx, subnet, last, subnet_reservation::Purpose::Explicit, None).unwrap();
                }
                let id = create(draft, ctx, NewNatGateway { secondary_count, ..plain(subnet, Vec::new()) }).unwrap();
                let free = draft.realm().index.pool(subnet).unwrap().free();
                if works {
                    assert!(matches!(state(draft, id), NatGatewayState::Available(_)), "{left} free");
                    assert_eq!(free, 0);
                } else {
                    assert_eq!((state(draft, id), free), (short.clone(), left.into()), "{left} free, {secondary_count} more wanted");
                }
            });
        }
    }

    #[test]
    fn a_gateway_has_eight_addresses_at_most() {
        on_stage(|draft, ctx, _, subnet| {
            let id = create(draft, ctx, plain(subnet, Vec::new())).unwrap();
            assign(draft, ctx, id, Vec::new(), 7).unwrap();
            assert_eq!(assign(draft, ctx, id, Vec::new(), 1), Err(Error::NatGatewayAddressLimit(8)));
        });
    }
}
