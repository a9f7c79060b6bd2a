//! Which blocks of addresses a VPC can have.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>.

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use crate::ctx::Ctx;
use crate::ended;
use crate::error::Error;
use crate::ids::{RouteTableId, SubnetId, VpcCidrAssociationId, VpcId};
use crate::network_acl;
use crate::quotas::CIDR_BLOCKS_PER_VPC;
use crate::route_table::Destination;
use crate::security_group;
use crate::state::{Draft, Realm, State};
use crate::time::Timestamp;
use crate::vpc::{Vpc, VpcIpv4Block, VpcIpv6Block};
use crate::vpc_peering::{self, PeeringState};

const fn net(a: u8, b: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, 0, 0), length)
}

/// "This" network, loopback, link-local and multicast: never a VPC's.
const RESERVED: [Ipv4Net; 4] = [net(0, 0, 8), net(127, 0, 8), net(169, 254, 16), net(224, 0, 4)];
/// The private ranges of RFC 1918. Blocks of two of them do not go together.
const PRIVATE: [Ipv4Net; 3] = [net(10, 0, 8), net(172, 16, 12), net(192, 168, 16)];
/// What AWS uses itself for VPCs with private addresses.
const SERVICE: Ipv4Net = net(198, 19, 16);

/// A block of a VPC, as it was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removed {
    /// An IPv4 block.
    Ipv4(VpcIpv4Block),
    /// An IPv6 block.
    Ipv6(VpcIpv6Block),
}

/// Checks that a VPC can be created with a block, and gives the block without host bits.
///
/// # Errors
/// When the block is not a /16 to a /28, or is of a range that no VPC can have.
pub fn check(block: Ipv4Net) -> Result<Ipv4Net, Error> {
    let canonical = block.trunc();
    let legal = (16..=28).contains(&block.prefix_len()) && !RESERVED.iter().any(|range| range.contains(&canonical));
    if legal { Ok(canonical) } else { Err(Error::VpcBlockInvalid(block)) }
}

/// Adds a secondary IPv4 block.
///
/// # Errors
/// When the block is no VPC's, does not go with the others, or there are too many.
pub fn add_ipv4(draft: &mut Draft, ctx: &mut Ctx<'_>, id: VpcId, block: Ipv4Net) -> Result<VpcIpv4Block, Error> {
    let realm = draft.realm();
    let vpc = realm.vpcs.get(&id).ok_or(Error::NotFound(id.into()))?;
    let cidr = check(block)?;
    if vpc.ipv4_blocks.len() >= CIDR_BLOCKS_PER_VPC {
        return Err(Error::VpcBlockLimit(id));
    }
    let taken = vpc.ipv4_blocks.iter().any(|own| overlap(own.cidr, cidr));
    if taken || covers_a_route(realm, id, cidr) || conflicts_with_a_peer(draft.state(), realm, ctx.now, id, cidr) {
        return Err(Error::VpcBlockConflict(cidr));
    }
    if is_restricted(vpc, cidr) {
        return Err(Error::VpcBlockRestricted(cidr));
    }
    let added = VpcIpv4Block { association: VpcCidrAssociationId::random(ctx.random), cidr };
    let mut vpc = Vpc::clone(vpc);
    vpc.ipv4_blocks.push(added.clone());
    draft.put(vpc);
    vpc_peering::fail_impossible_requests(draft, ctx, id);
    Ok(added)
}

/// Adds a /56 of the IPv6 addresses that EC2 gives to VPCs.
///
/// # Errors
/// When the VPC has too many blocks or none is left.
pub fn add_amazon_ipv6(draft: &mut Draft, ctx: &mut Ctx<'_>, id: VpcId) -> Result<VpcIpv6Block, Error> {
    let vpc = draft.realm().vpcs.get(&id).ok_or(Error::NotFound(id.into()))?;
    if vpc.ipv6_blocks.len() >= CIDR_BLOCKS_PER_VPC {
        return Err(Error::VpcBlockLimit(id));
    }
    let mut vpc = Vpc::clone(vpc);
    let cidr = draft.state().free_ipv6_block(ctx).ok_or(Error::NoFreeIpv6Blocks)?;
    let added = VpcIpv6Block { association: VpcCidrAssociationId::random(ctx.random), cidr, pool: "Amazon".into() };
    vpc.ipv6_blocks.push(added.clone());
    draft.put(vpc);
    network_acl::let_ipv6_through(draft, id);
    security_group::let_ipv6_out(draft, ctx, id);
    Ok(added)
}

/// Removes a block, which stays listed for a while. Gives the VPC it was of.
///
/// # Errors
/// When there is no such block, it is the primary one, or subnets have addresses of it.
pub fn remove(draft: &mut Draft, ctx: &Ctx<'_>, association: VpcCidrAssociationId) -> Result<(VpcId, Removed), Error> {
    let realm = draft.realm();
    // Blocks come and go rarely, and a region has few VPCs: no index of their associations is kept.
    let find = |vpc: &Vpc| {
        let v4 = vpc.ipv4_blocks.iter().find(|block| block.association == association).cloned().map(Removed::Ipv4);
        v4.or_else(|| vpc.ipv6_blocks.iter().find(|block| block.association == association).cloned().map(Removed::Ipv6))
    };
    let found = realm.vpcs.iter().find_map(|vpc| Some((vpc, find(vpc)?)));
    let (vpc, removed) = found.ok_or(Error::NotFound(association.into()))?;
    if vpc.ipv4_blocks.first().is_some_and(|primary| primary.association == association) {
        return Err(Error::PrimaryVpcBlock(association));
    }
    let block: IpNet = match &removed {
        Removed::Ipv4(block) => block.cidr.into(),
        Removed::Ipv6(block) => block.cidr.into(),
    };
    let subnets = realm.index.referrers_of_kind::<SubnetId>(vpc.id).filter_map(|id| realm.subnets.get(&id));
    if subnets.into_iter().any(|subnet| subnet.blocks().any(|part| block.contains(&part))) {
        return Err(Error::VpcBlockInUse { vpc: vpc.id, block });
    }
    let mut vpc = Vpc::clone(vpc);
    vpc.ipv4_blocks.retain(|block| block.association != association);
    vpc.ipv6_blocks.retain(|block| block.association != association);
    match &removed {
        Removed::Ipv4(block) => ended::note(&mut vpc.ended_ipv4_blocks, block.clone(), ctx.now),
        Removed::Ipv6(block) => ended::note(&mut vpc.ended_ipv6_blocks, block.clone(), ctx.now),
    }
    let id = vpc.id;
    draft.put(vpc);
    Ok((id, removed))
}

/// Forgets the blocks of the caller's VPCs that ended and are no longer listed.
pub fn purge(draft: &mut Draft, now: Timestamp) {
    let has_ended = |vpc: &Vpc| !vpc.ended_ipv4_blocks.is_empty() || !vpc.ended_ipv6_blocks.is_empty();
    let vpcs: Vec<Vpc> = draft.realm().vpcs.iter().filter(|vpc| has_ended(vpc)).map(|vpc| Vpc::clone(vpc)).collect();
    for mut vpc in vpcs {
        let ipv4 = ended::forget(&mut vpc.ended_ipv4_blocks, now);
        let ipv6 = ended::forget(&mut vpc.ended_ipv6_blocks, now);
        if ipv4 || ipv6 {
            draft.put(vpc);
        }
    }
}

/// EC2's table "IPv4 CIDR block association restrictions".
fn is_restricted(vpc: &Vpc, block: Ipv4Net) -> bool {
    let primary = vpc.primary_block().unwrap_or_default();
    let private = |of: Ipv4Net| PRIVATE.iter().find(|range| overlap(**range, of));
    // A /10 to a /15 around a reserved range cannot be given, so that overlapping is lying inside.
    let service = overlap(SERVICE, block);
    match private(primary) {
        Some(range) => {
            let low = *range == PRIVATE[0]
                && vpc.ipv4_blocks.iter().any(|own| net(10, 0, 15).contains(&own.cidr))
                && net(10, 0, 16).contains(&block);
            let default_range = *range == PRIVATE[1] && net(172, 31, 16).contains(&block);
            service || low || default_range || private(block).is_some_and(|other| other != range)
        }
        None if overlap(SERVICE, primary) => private(block).is_some(),
        None => service || private(block).is_some(),
    }
}

/// "The CIDR block must not be the same or larger than a destination CIDR range in a route in any of the VPC route
/// tables."
fn covers_a_route(realm: &Realm, vpc: VpcId, block: Ipv4Net) -> bool {
    let tables = realm.index.referrers_of_kind::<RouteTableId>(vpc).filter_map(|id| realm.route_tables.get(&id));
    tables.into_iter().flat_map(|table| &table.routes).any(|route| match route.destination {
        Destination::Ipv4(destination) => block.contains(&destination),
        _ => false,
    })
}

/// Blocks can be added "provided they do not overlap with a CIDR block of the peer VPC"; and while a request of its own
/// waits to be accepted, a VPC gets no blocks at all. One that is asked can add any, whereupon the request may fail.
fn conflicts_with_a_peer(state: &State, realm: &Realm, now: Timestamp, vpc: VpcId, block: Ipv4Net) -> bool {
    realm.vpc_peering_connections.iter().any(|peering| {
        let Some((own, other)) = peering.sides_from(vpc) else { return false };
        let blocks = || state.realm(other.scope).and_then(|realm| realm.vpcs.get(&other.vpc)).map(|vpc| vpc.ipv4_blocks.as_slice());
        let overlaps = || blocks().unwrap_or_default().iter().any(|other| overlap(other.cidr, block));
        match peering.state_at(now) {
            PeeringState::Active => overlaps(),
            PeeringState::PendingAcceptance => *own == peering.requester,
            PeeringState::Rejected | PeeringState::Failed | PeeringState::Deleted(_) | PeeringState::Expired => false,
        }
    })
}

/// Whether two blocks have an address in common.
fn overlap(a: Ipv4Net, b: Ipv4Net) -> bool {
    a.contains(&b) || b.contains(&a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::invariants;
    use crate::realm::{AccountId, Region, Scope};
    use crate::vpc;
    use crate::world::{Pools, World};

    const SCOPE: Scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };

    fn with<T>(world: &World, test: impl FnOnce(&mut Draft, &mut Ctx<'_>) -> T) -> T {
        let mut ctx = Ctx { scope: SCOPE, now: Timestamp(0), random: &mut SeededRandom(3), world };
        let mut draft = Draft::new(State::default(), SCOPE);
        let result = test(&mut draft, &mut ctx);
        assert_eq!(invariants::check(draft.state()), []);
        result
    }

    fn block(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    #[test]
    fn the_allowed_block_size_is_between_a_28_netmask_and_16_netmask() {
        for legal in ["10.0.0.0/16", "10.0.0.0/28", "203.0.113.0/24", "100.64.0.0/16"] {
            assert_eq!(check(block(legal)), Ok(block(legal)));
        }
        for illegal in ["10.0.0.0/15", "10.0.0.0/29", "0.0.0.0/16", "127.0.0.0/16", "169.254.0.0/16", "230.1.0.0/16", "10.0.0.0/8"] {
            assert_eq!(check(block(illegal)), Err(Error::VpcBlockInvalid(block(illegal))));
        }
        assert_eq!(check(block("100.68.0.18/18")), Ok(block("100.68.0.0/18")), "blocks are modified to their canonical form");
    }

    /// What can be added to a VPC with a primary block.
    fn permitted(primary: &str, second: &str) -> bool {
        with(&World::default(), |draft, ctx| {
            let vpc = vpc::create(draft, ctx, block(primary), "default").unwrap();
            match add_ipv4(draft, ctx, vpc, block(second)) {
                Ok(_) => true,
                Err(error) => {
                    assert_eq!(error, Error::VpcBlockRestricted(block(second)));
                    false
                }
            }
        })
    }

    #[test]
    fn the_table_of_restricted_associations_holds() {
        for (primary, second, legal) in [
            ("10.0.0.0/16", "172.16.0.0/16", false),
            ("10.0.0.0/16", "192.168.0.0/16", false),
            ("10.1.0.0/16", "10.0.0.0/16", false),
            ("10.2.0.0/16", "10.0.0.0/16", true),
            ("10.0.0.0/16", "10.3.0.0/16", true),
            ("10.0.0.0/16", "198.19.0.0/16", false),
            ("10.0.0.0/16", "100.64.0.0/16", true),
            ("10.0.0.0/16", "203.0.112.0/20", true),
            ("172.16.0.0/16", "172.31.0.0/16", false),
            ("172.16.0.0/16", "172.17.0.0/16", true),
            ("172.16.0.0/16", "10.0.0.0/16", false),
            ("192.168.0.0/24", "192.168.1.0/24", true),
            ("192.168.0.0/24", "172.16.0.0/16", false),
            ("198.19.0.0/24", "10.0.0.0/16", false),
            ("198.19.0.0/24", "198.19.1.0/24", true),
            ("198.19.0.0/24", "100.64.0.0/16", true),
            ("100.64.0.0/16", "10.0.0.0/16", false),
            ("100.64.0.0/16", "198.19.0.0/16", false),
            ("100.64.0.0/16", "100.65.0.0/16", true),
        ] {
            assert_eq!(permitted(primary, second), legal, "{second} to {primary}");
        }
    }

    #[test]
    fn a_vpc_has_five_blocks_at_most_and_keeps_its_first() {
        with(&World::default(), |draft, ctx| {
            let vpc = vpc::create(draft, ctx, block("10.2.0.0/16"), "default").unwrap();
            for number in 3..7 {
                add_ipv4(draft, ctx, vpc, block(&format!("10.{number}.0.0/16"))).unwrap();
            }
            assert_eq!(add_ipv4(draft, ctx, vpc, block("10.9.0.0/16")), Err(Error::VpcBlockLimit(vpc)));
            let blocks = draft.realm().vpcs.get(&vpc).unwrap().ipv4_blocks.clone();
            assert_eq!(remove(draft, ctx, blocks[0].association), Err(Error::PrimaryVpcBlock(blocks[0].association)));
            assert_eq!(remove(draft, ctx, blocks[4].association), Ok((vpc, Removed::Ipv4(blocks[4].clone()))));
            let overlapping = block("10.3.128.0/17");
            assert_eq!(add_ipv4(draft, ctx, vpc, overlapping), Err(Error::VpcBlockConflict(overlapping)));
        });
    }

    #[test]
    fn a_removed_block_is_listed_for_an_hour_and_holds_nothing_meanwhile() {
        with(&World::default(), |draft, ctx| {
            let vpc = vpc::create(draft, ctx, block("10.2.0.0/16"), "default").unwrap();
            let ipv4 = add_ipv4(draft, ctx, vpc, block("10.3.0.0/16")).unwrap();
            let ipv6 = add_amazon_ipv6(draft, ctx, vpc).unwrap();
            remove(draft, ctx, ipv4.association).unwrap();
            let second = Ctx { now: ctx.now.plus_seconds(1), scope: SCOPE, random: &mut *ctx.random, world: ctx.world };
            remove(draft, &second, ipv6.association).unwrap();
            assert_eq!(remove(draft, ctx, ipv4.association), Err(Error::NotFound(ipv4.association.into())));
            let again = add_ipv4(draft, ctx, vpc, block("10.3.0.0/16")).unwrap();
            let row = |draft: &Draft| Vpc::clone(draft.realm().vpcs.get(&vpc).unwrap());
            assert_eq!(row(draft).ipv4_blocks[1..], [again]);
            assert_eq!(row(draft).ipv6_blocks, []);
            let ended = |draft: &Draft, now| {
                let row = row(draft);
                let ipv4: Vec<_> = ended::listed(&row.ended_ipv4_blocks, now).cloned().collect();
                let ipv6: Vec<_> = ended::listed(&row.ended_ipv6_blocks, now).cloned().collect();
                (ipv4, ipv6)
            };
            let (soon, late) = (ctx.now.plus_seconds(3599), ctx.now.plus_seconds(3600));
            purge(draft, soon);
            assert_eq!(ended(draft, soon), (vec![ipv4], vec![ipv6.clone()]));
            assert_eq!(ended(draft, late), (Vec::new(), vec![ipv6.clone()]));
            assert_eq!(row(draft).ended_ipv4_blocks.len(), 1);
            // Each is forgotten in its own time.
            purge(draft, late);
            assert_eq!((row(draft).ended_ipv4_blocks, ended(draft, late)), (Vec::new(), (Vec::new(), vec![ipv6])));
            purge(draft, late.plus_seconds(1));
            assert_eq!(row(draft).ended_ipv6_blocks, Vec::new());
        });
    }

    #[test]
    fn only_the_latest_blocks_that_ended_are_kept() {
        with(&World::default(), |draft, ctx| {
            let vpc = vpc::create(draft, ctx, block("10.2.0.0/16"), "default").unwrap();
            let mut last = None;
            for _ in 0..2 * ended::ENDED_MAX {
                let added = add_ipv4(draft, ctx, vpc, block("10.3.0.0/16")).unwrap();
                remove(draft, ctx, added.association).unwrap();
                last = Some(added);
            }
            let ended = draft.realm().vpcs.get(&vpc).unwrap().ended_ipv4_blocks.clone();
            assert_eq!((ended.len(), ended.last().map(|ended| ended.was.clone())), (ended::ENDED_MAX, last));
        });
    }

    #[test]
    fn a_block_that_a_peer_has_cannot_be_added() {
        with(&World::default(), |draft, ctx| {
            let ours = vpc::create(draft, ctx, block("10.2.0.0/16"), "default").unwrap();
            let theirs = vpc::create(draft, ctx, block("10.3.0.0/16"), "default").unwrap();
            let peering = vpc_peering::request(draft, ctx, ours, SCOPE, theirs).unwrap();
            assert_eq!(add_ipv4(draft, ctx, ours, block("10.9.0.0/16")), Err(Error::VpcBlockConflict(block("10.9.0.0/16"))));
            vpc_peering::accept(draft, ctx, peering).unwrap();
            assert_eq!(add_ipv4(draft, ctx, ours, block("10.3.0.0/24")), Err(Error::VpcBlockConflict(block("10.3.0.0/24"))));
            add_ipv4(draft, ctx, ours, block("10.9.0.0/16")).unwrap();
            assert_eq!(add_ipv4(draft, ctx, theirs, block("10.9.1.0/24")), Err(Error::VpcBlockConflict(block("10.9.1.0/24"))));
        });
    }

    #[test]
    fn a_request_fails_when_the_accepter_adds_an_overlapping_block() {
        with(&World::default(), |draft, ctx| {
            let ours = vpc::create(draft, ctx, block("10.2.0.0/16"), "default").unwrap();
            let theirs = vpc::create(draft, ctx, block("10.3.0.0/16"), "default").unwrap();
            let peering = vpc_peering::request(draft, ctx, ours, SCOPE, theirs).unwrap();
            let state = |draft: &Draft| draft.realm().vpc_peering_connections.get(&peering).unwrap().state;
            add_ipv4(draft, ctx, theirs, block("10.9.0.0/16")).unwrap();
            assert_eq!(state(draft), PeeringState::PendingAcceptance);
            add_ipv4(draft, ctx, theirs, block("10.2.0.0/24")).unwrap();
            assert_eq!(state(draft), PeeringState::Failed);
        });
    }

    #[test]
    fn every_56_of_the_pool_is_handed_out_once_but_for_the_hosts_own() {
        let world = World { pools: Pools { ipv6: "2001:db8::/54".parse().unwrap(), ..Pools::default() }, ..World::default() };
        with(&world, |draft, ctx| {
            let vpc = vpc::create(draft, ctx, block("10.0.0.0/16"), "default").unwrap();
            let mut blocks: Vec<_> = (0..3).map(|_| add_amazon_ipv6(draft, ctx, vpc).unwrap().cidr.to_string()).collect();
            blocks.sort();
            assert_eq!(blocks, ["2001:db8:0:100::/56", "2001:db8:0:200::/56", "2001:db8:0:300::/56"]);
            assert_eq!(add_amazon_ipv6(draft, ctx, vpc), Err(Error::NoFreeIpv6Blocks));
        });
    }
}
