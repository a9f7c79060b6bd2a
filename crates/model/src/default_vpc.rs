//! The default VPC that every account has in every region.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html>.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::ctx::Ctx;
use crate::dhcp_options::DhcpOptions;
use crate::gateway::InternetGateway;
use crate::ids::{DhcpOptionsId, InternetGatewayId, SubnetId, VpcId};
use crate::realm::Zone;
use crate::route_table::{Destination, Route, RouteTable, RouteTarget};
use crate::state::Draft;
use crate::subnet::Subnet;
use crate::vpc;

/// Makes what an account has in a region before it makes anything itself: the default DHCP options and VPC. Does
/// nothing in a realm that was used before.
pub fn ensure_realm(draft: &mut Draft, ctx: &mut Ctx<'_>) {
    if draft.state().realm(ctx.scope).is_some() {
        return;
    }
    let domain = ctx.scope.region.private_dns_suffix();
    let options = vec![("domain-name".to_owned(), vec![domain]), ("domain-name-servers".to_owned(), vec!["AmazonProvidedDNS".to_owned()])];
    draft.put(DhcpOptions { id: DhcpOptionsId::random(ctx.random), options });
    create(draft, ctx);
}

/// Makes the default VPC, with an internet gateway and a subnet in each zone. The caller has seen that there is none.
pub fn create(draft: &mut Draft, ctx: &mut Ctx<'_>) -> VpcId {
    let block = Ipv4Net::new_assert(Ipv4Addr::new(172, 31, 0, 0), 16);
    let vpc = vpc::create(draft, ctx, block, "default", true);
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
        create_subnet(draft, ctx, vpc, block, zone);
    }
    vpc
}

/// Makes the default subnet of a zone: the /20 of the default VPC's block that stands at the zone's place.
pub fn create_subnet(draft: &mut Draft, ctx: &mut Ctx<'_>, vpc: VpcId, block: Ipv4Net, zone: Zone) -> SubnetId {
    let id = SubnetId::random(ctx.random);
    let first = u32::from(block.network()) + u32::from(zone.index()) * 4096;
    draft.put(Subnet {
        id,
        vpc,
        zone,
        cidr: Some(Ipv4Net::new_assert(first.into(), 20)),
        ipv6_blocks: Vec::new(),
        default_for_az: true,
        map_public_ip_on_launch: true,
        assign_ipv6_address_on_creation: false,
        enable_dns64: false,
        private_dns_hostname_type: "ip-name".into(),
        resource_name_dns_a_record: false,
        resource_name_dns_aaaa_record: false,
    });
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
}
