//! The default VPC that every account has in every region.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html>.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::ctx::Ctx;
use crate::error::Error;
use crate::gateway::InternetGateway;
use crate::ids::{InternetGatewayId, SubnetCidrAssociationId, SubnetId, VpcId};
use crate::network_acl;
use crate::realm::Zone;
use crate::route_table::{Destination, Route, RouteTable, RouteTarget};
use crate::state::{Draft, Realm};
use crate::subnet::{self, Subnet, SubnetIpv6Block};
use crate::vpc::{self, Vpc};

const DEFAULT_SUBNET_LENGTH: u8 = 20;

/// Makes what an account has in a region before it makes anything itself: the default DHCP options and VPC. Does
/// nothing in a realm that was used before.
pub fn ensure_realm(draft: &mut Draft, ctx: &mut Ctx<'_>) {
    if draft.state().realm(ctx.scope).is_some() {
        return;
    }
    put(draft, ctx);
}

/// Makes a default VPC for a user who deleted the first.
///
/// # Errors
/// When there is one.
pub fn create(draft: &mut Draft, ctx: &mut Ctx<'_>) -> Result<VpcId, Error> {
    if find(draft.realm()).is_some() {
        return Err(Error::DefaultVpcExists);
    }
    if ctx.world.quotas.vpcs.is_some_and(|most| draft.realm().vpcs.len() >= most as usize) {
        return Err(Error::Quota("vpcs"));
    }
    Ok(put(draft, ctx))
}

/// The default VPC.
pub fn find(realm: &Realm) -> Option<&Vpc> {
    realm.vpcs.iter().find(|vpc| vpc.is_default).map(|vpc| &**vpc)
}

/// Makes the default VPC, with an internet gateway and a subnet in each zone.
fn put(draft: &mut Draft, ctx: &mut Ctx<'_>) -> VpcId {
    let block = Ipv4Net::new_assert(Ipv4Addr::new(172, 31, 0, 0), 16);
    let vpc = vpc::put(draft, ctx, block, "default", true);
    let gateway = InternetGatewayId::random(ctx.random);
    draft.put(InternetGateway { id: gateway, vpc: Some(vpc) });
    let main = draft.realm().index.main_route_table(vpc);
    if let Some(table) = main.and_then(|id| draft.realm().route_tables.get(&id)) {
        let everywhere = Destination::Ipv4(Ipv4Net::default());
        let routes = vec![Route { destination: everywhere, target: RouteTarget::InternetGateway(gateway) }];
        let table = RouteTable { routes, ..RouteTable::clone(table) };
        draft.put(table);
    }
    for zone in ctx.scope.region.zones() {
        put_subnet(draft, ctx, vpc, zone, Some(place(block, zone)), Vec::new());
    }
    vpc
}

/// Makes the default subnet of a zone that has none any more: a /20, or without IPv4 addresses.
///
/// # Errors
/// When there is one, or no default VPC, or no addresses are left in it.
pub fn create_subnet(draft: &mut Draft, ctx: &mut Ctx<'_>, zone: Zone, ipv6_native: bool) -> Result<SubnetId, Error> {
    let realm = draft.realm();
    let vpc = find(realm).ok_or(Error::NoDefaultVpc)?;
    let (id, block) = (vpc.id, vpc.primary_block().unwrap_or_default());
    let own: Vec<_> = subnet::of_vpc(realm, id).collect();
    if let Some(subnet) = own.iter().find(|subnet| subnet.default_for_az && subnet.zone == zone) {
        return Err(Error::DefaultSubnetExists { subnet: subnet.id, zone });
    }
    if ipv6_native {
        // Nothing says which code EC2 answers without an IPv6 block; this one says what is missing.
        let cidr = subnet::free_ipv6_block(realm, vpc).ok_or(Error::NoFreeIpv6Blocks)?;
        let ipv6 = SubnetIpv6Block { association: SubnetCidrAssociationId::random(ctx.random), cidr };
        return Ok(put_subnet(draft, ctx, id, zone, None, vec![ipv6]));
    }
    let places = block.subnets(DEFAULT_SUBNET_LENGTH).ok().into_iter().flatten();
    let free = |cidr: &Ipv4Net| !own.iter().filter_map(|subnet| subnet.cidr).any(|taken| taken.contains(cidr) || cidr.contains(&taken));
    // The zone's own place, as long as no other subnet took it.
    let cidr = std::iter::once(place(block, zone)).chain(places).find(free).ok_or(Error::SubnetBlockConflict(block.into()))?;
    Ok(put_subnet(draft, ctx, id, zone, Some(cidr), Vec::new()))
}

/// The /20 of the default VPC's block that stands at the zone's place.
fn place(block: Ipv4Net, zone: Zone) -> Ipv4Net {
    let first = u32::from(block.network()) + (u32::from(zone.index()) << (32 - DEFAULT_SUBNET_LENGTH));
    Ipv4Net::new_assert(first.into(), DEFAULT_SUBNET_LENGTH)
}

fn put_subnet(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    vpc: VpcId,
    zone: Zone,
    cidr: Option<Ipv4Net>,
    ipv6_blocks: Vec<SubnetIpv6Block>,
) -> SubnetId {
    let id = SubnetId::random(ctx.random);
    let public = cidr.is_some();
    draft.put(Subnet { default_for_az: true, map_public_ip_on_launch: public, ..Subnet::new(id, vpc, zone, cidr, ipv6_blocks) });
    network_acl::join_default(draft, ctx, vpc, id);
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::invariants;
    use crate::realm::{AccountId, Region, Scope};
    use crate::state::State;
    use crate::time::Timestamp;
    use crate::world::World;

    #[test]
    fn a_new_realm_has_a_default_vpc_that_keeps_every_invariant() {
        let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
        let world = World::default();
        let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(1), world: &world };
        let mut draft = Draft::new(State::default(), scope);
        ensure_realm(&mut draft, &mut ctx);
        ensure_realm(&mut draft, &mut ctx);
        let realm = draft.realm();
        assert_eq!((realm.vpcs.len(), realm.subnets.len()), (1, 6));
        assert!(realm.subnets.iter().all(|subnet| realm.index.pool(subnet.id).is_some_and(|pool| pool.free() == 4091)));
        assert_eq!(invariants::check(draft.state()), []);
    }

    #[test]
    fn a_zone_has_one_default_subnet_which_comes_back_where_it_was() {
        let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
        let world = World::default();
        let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(1), world: &world };
        let mut draft = Draft::new(State::default(), scope);
        ensure_realm(&mut draft, &mut ctx);
        assert_eq!(create(&mut draft, &mut ctx), Err(Error::DefaultVpcExists));
        let zone = scope.region.zones().nth(2).unwrap();
        let first = draft.realm().subnets.iter().find(|subnet| subnet.zone == zone).unwrap().clone();
        assert_eq!(create_subnet(&mut draft, &mut ctx, zone, false), Err(Error::DefaultSubnetExists { subnet: first.id, zone }));
        subnet::delete(&mut draft, first.id).unwrap();
        assert_eq!(create_subnet(&mut draft, &mut ctx, zone, true), Err(Error::NoFreeIpv6Blocks));
        let second = create_subnet(&mut draft, &mut ctx, zone, false).unwrap();
        assert_eq!(draft.realm().subnets.get(&second).unwrap().cidr, first.cidr);
        assert_eq!(invariants::check(draft.state()), []);
    }
}
