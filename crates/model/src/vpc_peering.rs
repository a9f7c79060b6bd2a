//! VPC peering connections: two VPCs, of any accounts and regions, whose routers know each other.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html>.

use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{ResourceId, VpcId, VpcPeeringConnectionId};
use crate::index::{Entry, Indexed};
use crate::realm::{AccountId, Scope};
use crate::state::{Draft, Key, Realm, State};
use crate::time::Timestamp;

/// How long a request waits to be accepted, in seconds.
const PENDING_SECONDS: i64 = 7 * 24 * 3600;
/// How long a connection that has come to nothing is listed, in seconds.
const LISTED_SECONDS: i64 = 2 * 3600;

/// A VPC peering connection. There is a row of it in the realm of each side, which differ in `here` alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VpcPeeringConnection {
    /// Its id.
    pub id: VpcPeeringConnectionId,
    /// The realm that this row is in.
    pub here: Scope,
    /// Who asked for it.
    pub requester: PeeringSide,
    /// Who was asked.
    pub accepter: PeeringSide,
    /// Where it is in its life.
    pub state: PeeringState,
    /// When it came into this state.
    pub since: Timestamp,
}

/// One side of a peering connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeeringSide {
    /// The account and region.
    pub scope: Scope,
    /// The VPC.
    pub vpc: VpcId,
    /// Whether public DNS names of this side's instances resolve to private addresses for the other side.
    pub allow_dns_resolution: bool,
}

/// Where a peering connection is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PeeringState {
    /// The other side is asked; after a week without an answer the request has expired.
    PendingAcceptance,
    /// Routes can lead through it.
    Active,
    /// The other side does not want it.
    Rejected,
    /// It could not be made.
    Failed,
    /// This account ended it.
    Deleted(AccountId),
    /// Nobody accepted in time. Only answers know this state: it is never stored.
    Expired,
}

impl VpcPeeringConnection {
    /// The state at a time.
    pub fn state_at(&self, now: Timestamp) -> PeeringState {
        if self.state == PeeringState::PendingAcceptance && self.expires() <= now { PeeringState::Expired } else { self.state }
    }

    /// When a request expires.
    pub fn expires(&self) -> Timestamp {
        self.since.plus_seconds(PENDING_SECONDS)
    }

    /// Whether it is still listed: one that has come to nothing is, for a while.
    pub fn is_listed(&self, now: Timestamp) -> bool {
        match self.state_at(now) {
            PeeringState::PendingAcceptance | PeeringState::Active => true,
            PeeringState::Expired => self.expires().plus_seconds(LISTED_SECONDS) > now,
            PeeringState::Rejected | PeeringState::Failed | PeeringState::Deleted(_) => self.since.plus_seconds(LISTED_SECONDS) > now,
        }
    }

    /// Whether packets can pass.
    pub fn is_active(&self) -> bool {
        self.state == PeeringState::Active
    }

    /// The side of a VPC and the other one.
    pub fn sides_from(&self, vpc: VpcId) -> Option<(&PeeringSide, &PeeringSide)> {
        let is = |side: &PeeringSide| side.scope == self.here && side.vpc == vpc;
        if is(&self.requester) {
            Some((&self.requester, &self.accepter))
        } else {
            is(&self.accepter).then_some((&self.accepter, &self.requester))
        }
    }

    fn scopes(&self) -> impl Iterator<Item = Scope> {
        let second = (self.accepter.scope != self.requester.scope).then_some(self.accepter.scope);
        std::iter::once(self.requester.scope).chain(second)
    }
}

impl Indexed for VpcPeeringConnection {
    fn entries(&self, out: &mut Vec<Entry>) {
        if self.is_active() {
            let own = [&self.requester, &self.accepter].into_iter().filter(|side| side.scope == self.here);
            out.extend(own.map(|side| Entry::Reference(side.vpc.into(), self.id.into())));
        }
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}

/// Asks for a peering. VPCs that cannot be peers make a connection that has failed, as at EC2.
///
/// # Errors
/// When the requester's VPC does not exist, or the two are connected already, or are the same.
pub fn request(draft: &mut Draft, ctx: &mut Ctx<'_>, vpc: VpcId, to: Scope, peer: VpcId) -> Result<VpcPeeringConnectionId, Error> {
    let realm = draft.realm();
    if !realm.vpcs.contains(&vpc) {
        return Err(Error::NotFound(vpc.into()));
    }
    if to == ctx.scope {
        if !realm.vpcs.contains(&peer) {
            return Err(Error::NotFound(peer.into()));
        }
        if vpc == peer {
            return Err(Error::PeeringWithItself(vpc));
        }
    }
    if let Some(known) = between(realm, ctx.scope, vpc, to, peer, ctx.now) {
        return Err(Error::PeeringExists(known));
    }
    let peers = peerable(draft.state(), ctx.scope, vpc, to, peer);
    let id = VpcPeeringConnectionId::random(ctx.random);
    let side = |scope, vpc| PeeringSide { scope, vpc, allow_dns_resolution: false };
    let state = if peers { PeeringState::PendingAcceptance } else { PeeringState::Failed };
    let connection =
        VpcPeeringConnection { id, here: ctx.scope, requester: side(ctx.scope, vpc), accepter: side(to, peer), state, since: ctx.now };
    if peers {
        put(draft, &connection);
    } else {
        // Nobody but the requester ever hears of it.
        draft.put(connection);
    }
    Ok(id)
}

/// Accepts a request.
///
/// # Errors
/// When the caller is not the one asked, or the request is not pending.
pub fn accept(draft: &mut Draft, ctx: &Ctx<'_>, id: VpcPeeringConnectionId) -> Result<(), Error> {
    const WANTED: &str = "provisioning";
    let connection = pending(draft.realm(), ctx, id, WANTED)?;
    let VpcPeeringConnection { requester, accepter, .. } = &connection;
    check_accepter(&connection, ctx.scope, "accept", "accepted")?;
    if !peerable(draft.state(), requester.scope, requester.vpc, accepter.scope, accepter.vpc) {
        return Err(Error::PeeringState { id, state: connection.state_at(ctx.now), wanted: WANTED });
    }
    put(draft, &VpcPeeringConnection { state: PeeringState::Active, since: ctx.now, ..connection });
    Ok(())
}

/// Rejects a request.
///
/// # Errors
/// When the caller is not the one asked, or the request is not pending.
pub fn reject(draft: &mut Draft, ctx: &Ctx<'_>, id: VpcPeeringConnectionId) -> Result<(), Error> {
    let connection = pending(draft.realm(), ctx, id, "rejected")?;
    check_accepter(&connection, ctx.scope, "reject", "rejected")?;
    put(draft, &VpcPeeringConnection { state: PeeringState::Rejected, since: ctx.now, ..connection });
    Ok(())
}

/// Sees that it is the one asked who answers, in the region that was asked for.
fn check_accepter(connection: &VpcPeeringConnection, caller: Scope, action: &'static str, done: &'static str) -> Result<(), Error> {
    let (id, accepter) = (connection.id, connection.accepter.scope);
    if accepter.account != caller.account {
        return Err(Error::PeeringOtherAccount { id, account: caller.account, action });
    }
    if accepter.region != caller.region {
        return Err(Error::PeeringOtherRegion { id, region: caller.region, accepter: accepter.region, done });
    }
    Ok(())
}

/// Ends a connection, by either side, or takes a request back, by the requester.
///
/// # Errors
/// When it is in no state for that.
pub fn delete(draft: &mut Draft, ctx: &Ctx<'_>, id: VpcPeeringConnectionId) -> Result<(), Error> {
    let connection = find(draft.realm(), ctx.now, id)?;
    match connection.state_at(ctx.now) {
        PeeringState::Active => {}
        PeeringState::PendingAcceptance if connection.requester.scope == ctx.scope => {}
        state => return Err(Error::PeeringState { id, state, wanted: "deleting" }),
    }
    put(draft, &VpcPeeringConnection { state: PeeringState::Deleted(ctx.scope.account), since: ctx.now, ..connection });
    Ok(())
}

/// Ends the requests to a VPC that cannot be accepted any more, since it got a block that the requester has.
pub(crate) fn fail_impossible_requests(draft: &mut Draft, ctx: &Ctx<'_>, vpc: VpcId) {
    let connections = draft.realm().vpc_peering_connections.iter();
    let asked = |connection: &VpcPeeringConnection| {
        let VpcPeeringConnection { requester, accepter, .. } = connection;
        let pending = connection.state_at(ctx.now) == PeeringState::PendingAcceptance;
        let asked = accepter.scope == ctx.scope && accepter.vpc == vpc;
        asked && pending && !peerable(draft.state(), requester.scope, requester.vpc, accepter.scope, accepter.vpc)
    };
    let failed: Vec<_> = connections.filter(|connection| asked(connection)).map(|row| VpcPeeringConnection::clone(row)).collect();
    for connection in failed {
        put(draft, &VpcPeeringConnection { state: PeeringState::Failed, since: ctx.now, ..connection });
    }
}

/// Sets the options of an active connection, each side its own.
///
/// # Errors
/// When the connection is not active, or the side is not the caller's.
pub fn set_options(
    draft: &mut Draft,
    ctx: &Ctx<'_>,
    id: VpcPeeringConnectionId,
    requester: Option<bool>,
    accepter: Option<bool>,
) -> Result<(), Error> {
    let mut connection = find(draft.realm(), ctx.now, id)?;
    if !connection.is_active() {
        return Err(Error::PeeringNotActive(id));
    }
    for (name, side, wanted) in [("requester", &mut connection.requester, requester), ("accepter", &mut connection.accepter, accepter)] {
        let Some(wanted) = wanted else { continue };
        if side.scope != ctx.scope {
            return Err(Error::PeeringOtherSide { account: ctx.scope.account, side: name });
        }
        side.allow_dns_resolution = wanted;
    }
    put(draft, &connection);
    Ok(())
}

/// A connection that the caller can see.
///
/// # Errors
/// When there is none, or none any longer.
pub fn find(realm: &Realm, now: Timestamp, id: VpcPeeringConnectionId) -> Result<VpcPeeringConnection, Error> {
    let found = realm.vpc_peering_connections.get(&id).filter(|connection| connection.is_listed(now));
    found.map(|connection| VpcPeeringConnection::clone(connection)).ok_or(Error::NotFound(id.into()))
}

/// The active connection between a VPC of this realm and another VPC.
pub fn active_between(realm: &Realm, vpc: VpcId, peer: VpcId) -> Option<&VpcPeeringConnection> {
    let connections = realm.index.referrers_of_kind::<VpcPeeringConnectionId>(vpc);
    let mut connections = connections.filter_map(|id| realm.vpc_peering_connections.get(&id));
    connections.find(|connection| connection.sides_from(vpc).is_some_and(|(_, other)| other.vpc == peer)).map(|connection| &**connection)
}

fn pending(realm: &Realm, ctx: &Ctx<'_>, id: VpcPeeringConnectionId, wanted: &'static str) -> Result<VpcPeeringConnection, Error> {
    let connection = find(realm, ctx.now, id)?;
    match connection.state_at(ctx.now) {
        PeeringState::PendingAcceptance => Ok(connection),
        state => Err(Error::PeeringState { id, state, wanted }),
    }
}

fn put(draft: &mut Draft, connection: &VpcPeeringConnection) {
    for here in connection.scopes() {
        draft.put_in(here, VpcPeeringConnection { here, ..connection.clone() });
    }
}

/// A connection between two VPCs, in either direction, that is pending or active.
fn between(realm: &Realm, scope: Scope, vpc: VpcId, to: Scope, peer: VpcId, now: Timestamp) -> Option<VpcPeeringConnectionId> {
    let ends = [(scope, vpc), (to, peer)];
    let same = |connection: &VpcPeeringConnection| {
        let own = [&connection.requester, &connection.accepter].map(|side| (side.scope, side.vpc));
        own == ends || own == [ends[1], ends[0]]
    };
    let lives =
        |connection: &VpcPeeringConnection| matches!(connection.state_at(now), PeeringState::PendingAcceptance | PeeringState::Active);
    realm.vpc_peering_connections.iter().find(|connection| same(connection) && lives(connection)).map(|connection| connection.id)
}

/// Whether both VPCs exist and share no address.
fn peerable(state: &State, scope: Scope, vpc: VpcId, to: Scope, peer: VpcId) -> bool {
    let find = |scope, id| state.realm(scope).and_then(|realm| realm.vpcs.get(&id));
    let (Some(vpc), Some(peer)) = (find(scope, vpc), find(to, peer)) else { return false };
    !vpc.blocks().any(|block| peer.blocks().any(|other| block.contains(&other) || other.contains(&block)))
}

/// Forgets the connections of the caller's realm that are no longer listed.
pub fn purge(draft: &mut Draft, now: Timestamp) {
    let unlisted = draft.realm().vpc_peering_connections.iter().filter(|connection| !connection.is_listed(now));
    let unlisted: Vec<VpcPeeringConnectionId> = unlisted.map(|connection| connection.id).collect();
    unlisted.into_iter().for_each(|id| draft.delete(Key::VpcPeeringConnection(id)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::invariants;
    use crate::realm::Region;
    use crate::vpc;
    use crate::world::World;

    const HERE: Scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };

    fn there() -> Scope {
        Scope { account: "210987654321".parse().unwrap(), region: "eu-west-1".parse().unwrap() }
    }

    fn within<T>(state: &mut State, scope: Scope, now: i64, act: impl FnOnce(&mut Draft, &mut Ctx<'_>) -> T) -> T {
        let world = World::default();
        let mut random = SeededRandom(now as u64 + 99 * u64::from(scope == HERE));
        let mut ctx = Ctx { scope, now: Timestamp(now * 1000), random: &mut random, world: &world };
        let mut draft = Draft::new(state.clone(), scope);
        let done = act(&mut draft, &mut ctx);
        *state = draft.finish().0;
        assert_eq!(invariants::check(state), []);
        done
    }

    fn make_vpc(state: &mut State, scope: Scope, now: i64, block: &str) -> VpcId {
        within(state, scope, now, |draft, ctx| vpc::create(draft, ctx, block.parse().unwrap(), "default").unwrap())
    }

    fn state_of(state: &State, scope: Scope, id: VpcPeeringConnectionId) -> PeeringState {
        state.realm(scope).unwrap().vpc_peering_connections.get(&id).unwrap().state
    }

    #[test]
    fn the_other_account_accepts_and_both_see_the_same() {
        let mut state = State::default();
        let vpc = make_vpc(&mut state, HERE, 1, "10.0.0.0/16");
        let peer = make_vpc(&mut state, there(), 2, "10.1.0.0/16");
        let id = within(&mut state, HERE, 3, |draft, ctx| request(draft, ctx, vpc, there(), peer)).unwrap();
        let again = within(&mut state, HERE, 4, |draft, ctx| request(draft, ctx, vpc, there(), peer));
        assert_eq!(again, Err(Error::PeeringExists(id)));
        let own = within(&mut state, HERE, 5, |draft, ctx| accept(draft, ctx, id));
        assert_eq!(own, Err(Error::PeeringOtherAccount { id, account: HERE.account, action: "accept" }));
        within(&mut state, there(), 6, |draft, ctx| accept(draft, ctx, id)).unwrap();
        assert_eq!((state_of(&state, HERE, id), state_of(&state, there(), id)), (PeeringState::Active, PeeringState::Active));
        assert!(active_between(state.realm(there()).unwrap(), peer, vpc).is_some());
        within(&mut state, HERE, 7, |draft, ctx| delete(draft, ctx, id)).unwrap();
        assert_eq!(state_of(&state, there(), id), PeeringState::Deleted(HERE.account));
    }

    #[test]
    fn vpcs_that_share_addresses_or_do_not_exist_make_a_connection_that_failed() {
        let mut state = State::default();
        let vpc = make_vpc(&mut state, HERE, 1, "10.0.0.0/16");
        let same = make_vpc(&mut state, there(), 2, "10.0.128.0/17");
        for peer in [same, VpcId::from_number(7)] {
            let id = within(&mut state, HERE, 3, |draft, ctx| request(draft, ctx, vpc, there(), peer)).unwrap();
            assert_eq!(state_of(&state, HERE, id), PeeringState::Failed);
            assert!(!state.realm(there()).unwrap().vpc_peering_connections.contains(&id));
        }
    }

    #[test]
    fn a_request_expires_after_a_week_and_is_gone_two_hours_later() {
        let mut state = State::default();
        let vpc = make_vpc(&mut state, HERE, 1, "10.0.0.0/16");
        let peer = make_vpc(&mut state, HERE, 2, "10.1.0.0/16");
        let id = within(&mut state, HERE, 3, |draft, ctx| request(draft, ctx, vpc, HERE, peer)).unwrap();
        let late = within(&mut state, HERE, 3 + PENDING_SECONDS, |draft, ctx| accept(draft, ctx, id));
        assert_eq!(late, Err(Error::PeeringState { id, state: PeeringState::Expired, wanted: "provisioning" }));
        let gone = within(&mut state, HERE, 3 + PENDING_SECONDS + LISTED_SECONDS, |draft, ctx| accept(draft, ctx, id));
        assert_eq!(gone, Err(Error::NotFound(id.into())));
    }
}
