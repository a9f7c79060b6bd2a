//! Transfers of Elastic IPs from one account to another of the same region.
//!
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/transfer-EIPs-intro-ec2.html>.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::elastic_ip::{self, AMAZON_POOL, ElasticIp};
use crate::error::Error;
use crate::ids::{AllocationId, ResourceId};
use crate::index::{Entry, Indexed};
use crate::realm::AccountId;
use crate::state::{Draft, Key};
use crate::time::Timestamp;

/// How long an offer stands: seven days.
const OFFER_SECONDS: i64 = 7 * 24 * 3600;
/// How long the giver sees that it was accepted: fourteen days.
const ACCEPTED_SECONDS: i64 = 14 * 24 * 3600;

/// The transfer of an Elastic IP, as the account that gives it sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressTransfer {
    /// The allocation, which is the giver's until the transfer is accepted.
    pub allocation: AllocationId,
    /// The address.
    pub public: Ipv4Addr,
    /// Who may accept it.
    pub to: AccountId,
    /// Until when.
    pub expires: Timestamp,
    /// When it was accepted.
    pub accepted: Option<Timestamp>,
}

impl AddressTransfer {
    /// Whether it can be accepted at this time.
    pub fn is_pending(&self, now: Timestamp) -> bool {
        self.accepted.is_none() && now < self.expires
    }

    /// Whether the giver still sees it.
    pub fn is_listed(&self, now: Timestamp) -> bool {
        self.is_pending(now) || self.accepted.is_some_and(|at| now < at.plus_seconds(ACCEPTED_SECONDS))
    }
}

impl Indexed for AddressTransfer {
    fn entries(&self, _out: &mut Vec<Entry>) {}

    // The allocation is a resource of its own, whose tags do not go with this row.
    fn resource(&self) -> Option<ResourceId> {
        None
    }
}

/// Offers an Elastic IP to another account; an offer that stands is replaced.
///
/// # Errors
/// When there is no such Elastic IP, the account is the caller's own, or the address is of a range that was brought along.
pub fn enable(draft: &mut Draft, ctx: &Ctx<'_>, allocation: AllocationId, to: AccountId) -> Result<AddressTransfer, Error> {
    let elastic = draft.realm().elastic_ips.get(&allocation).ok_or(Error::NotFound(allocation.into()))?;
    if to == ctx.scope.account {
        return Err(Error::TransferToSelf(to));
    }
    if elastic.public_ipv4_pool != AMAZON_POOL {
        return Err(Error::TransferOfBrought(elastic.public));
    }
    let row = AddressTransfer { allocation, public: elastic.public, to, expires: ctx.now.plus_seconds(OFFER_SECONDS), accepted: None };
    draft.put(row.clone());
    Ok(row)
}

/// Takes an offer back.
///
/// # Errors
/// When there is no such Elastic IP, or it is not offered.
pub fn disable(draft: &mut Draft, ctx: &Ctx<'_>, allocation: AllocationId) -> Result<AddressTransfer, Error> {
    let realm = draft.realm();
    let elastic = realm.elastic_ips.get(&allocation).ok_or(Error::NotFound(allocation.into()))?;
    let offer = realm.address_transfers.get(&allocation).filter(|offer| offer.is_pending(ctx.now));
    let offer = offer.ok_or(Error::NotOffered(elastic.public))?;
    let row = AddressTransfer::clone(offer);
    draft.delete(Key::AddressTransfer(allocation));
    Ok(row)
}

/// Accepts an Elastic IP that another account offers. Its tags stay behind.
///
/// # Errors
/// When it is not offered to the caller, is in use, has a reverse DNS record, or the caller's quota is used up.
pub fn accept(draft: &mut Draft, ctx: &Ctx<'_>, public: Ipv4Addr) -> Result<AddressTransfer, Error> {
    let not_offered = Error::NotOffered(public);
    let Some((giver, ResourceId::ElasticIp(allocation))) = draft.state().public_address(public) else {
        return Err(not_offered);
    };
    let from = draft.state().realm(giver).filter(|_| giver.region == ctx.scope.region && giver != ctx.scope);
    let from = from.ok_or_else(|| not_offered.clone())?;
    let offer = from.address_transfers.get(&allocation).filter(|offer| offer.to == ctx.scope.account && offer.is_pending(ctx.now));
    let (Some(offer), Some(elastic)) = (offer, from.elastic_ips.get(&allocation)) else {
        return Err(not_offered);
    };
    if elastic.association.is_some() {
        return Err(Error::TransferAssociated(public));
    }
    if elastic.domain_name.is_some() {
        return Err(Error::TransferWithDomainName(public));
    }
    elastic_ip::check_quota(draft.realm(), ctx)?;
    let elastic = ElasticIp::clone(elastic);
    let accepted = AddressTransfer { accepted: Some(ctx.now), ..AddressTransfer::clone(offer) };
    draft.delete_in(giver, Key::ElasticIp(allocation));
    draft.put_in(giver, accepted.clone());
    draft.put(elastic);
    Ok(accepted)
}

/// Forgets the transfers of the caller's realm that are no longer listed.
pub fn purge(draft: &mut Draft, now: Timestamp) {
    let unlisted: Vec<AllocationId> =
        draft.realm().address_transfers.iter().filter(|transfer| !transfer.is_listed(now)).map(|transfer| transfer.allocation).collect();
    unlisted.into_iter().for_each(|id| draft.delete(Key::AddressTransfer(id)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::elastic_ip::{WantedAddress, allocate};
    use crate::realm::{Region, Scope};
    use crate::state::State;
    use crate::world::World;
    use crate::{default_vpc, invariants};

    const GIVER: Scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };

    /// Two accounts, one of which has an Elastic IP.
    struct Stage {
        state: State,
        world: World,
        random: SeededRandom,
        now: Timestamp,
        taker: Scope,
        public: Ipv4Addr,
        allocation: AllocationId,
    }

    impl Stage {
        fn new() -> Self {
            let taker = Scope { account: "999999999999".parse().unwrap(), region: Region::DEFAULT };
            let (world, public, allocation) = (World::default(), Ipv4Addr::UNSPECIFIED, AllocationId::MIN);
            let mut stage = Self { state: State::default(), world, random: SeededRandom(1), now: Timestamp(0), taker, public, allocation };
            for scope in [GIVER, taker] {
                stage
                    .act(scope, |draft, ctx| {
                        default_vpc::ensure_realm(draft, ctx);
                        Ok(())
                    })
                    .unwrap();
            }
            stage.allocation = stage.act(GIVER, |draft, ctx| allocate(draft, ctx, WantedAddress::Any)).unwrap();
            stage.public = stage.state.realm(GIVER).unwrap().elastic_ips.get(&stage.allocation).unwrap().public;
            stage
        }

        fn act<T>(&mut self, scope: Scope, act: impl FnOnce(&mut Draft, &mut Ctx<'_>) -> Result<T, Error>) -> Result<T, Error> {
            let mut draft = Draft::new(self.state.clone(), scope);
            let mut ctx = Ctx { scope, now: self.now, random: &mut self.random, world: &self.world };
            let done = act(&mut draft, &mut ctx)?;
            self.state = draft.finish().0;
            assert_eq!(invariants::check(&self.state), []);
            Ok(done)
        }

        fn offer(&mut self) {
            let (allocation, to) = (self.allocation, self.taker.account);
            self.act(GIVER, |draft, ctx| enable(draft, ctx, allocation, to)).unwrap();
        }

        fn accept(&mut self) -> Result<AddressTransfer, Error> {
            let public = self.public;
            self.act(self.taker, |draft, ctx| accept(draft, ctx, public))
        }
    }

    #[test]
    fn an_accepted_address_is_the_taker_s_and_listed_by_the_giver_for_fourteen_days() {
        let mut stage = Stage::new();
        assert_eq!(stage.accept(), Err(Error::NotOffered(stage.public)));
        stage.offer();
        stage.accept().unwrap();
        assert_eq!(stage.state.public_address(stage.public), Some((stage.taker, stage.allocation.into())));
        let given = stage.state.realm(GIVER).unwrap();
        assert!(given.elastic_ips.is_empty());
        let transfer = given.address_transfers.get(&stage.allocation).unwrap();
        assert!(transfer.is_listed(Timestamp(0).plus_seconds(ACCEPTED_SECONDS - 1)));
        assert!(!transfer.is_listed(Timestamp(0).plus_seconds(ACCEPTED_SECONDS)));
        assert_eq!(stage.accept(), Err(Error::NotOffered(stage.public)));
    }

    #[test]
    fn an_offer_ends_after_seven_days_or_when_it_is_taken_back() {
        let mut stage = Stage::new();
        stage.offer();
        stage.now = stage.now.plus_seconds(OFFER_SECONDS);
        assert_eq!(stage.accept(), Err(Error::NotOffered(stage.public)));
        stage.offer();
        let allocation = stage.allocation;
        stage.act(GIVER, |draft, ctx| disable(draft, ctx, allocation)).unwrap();
        assert_eq!(stage.accept(), Err(Error::NotOffered(stage.public)));
        assert_eq!(stage.act(GIVER, |draft, ctx| disable(draft, ctx, allocation)), Err(Error::NotOffered(stage.public)));
    }

    #[test]
    fn an_address_with_a_domain_name_is_not_transferred_nor_released() {
        let mut stage = Stage::new();
        stage.offer();
        let allocation = stage.allocation;
        let row = stage.state.realm(GIVER).unwrap().elastic_ips.get(&allocation).unwrap().as_ref().clone();
        stage
            .act(GIVER, |draft, _| {
                draft.put(ElasticIp { domain_name: Some("a.example.".into()), ..row });
                Ok(())
            })
            .unwrap();
        assert_eq!(stage.accept(), Err(Error::TransferWithDomainName(stage.public)));
        let released = stage.act(GIVER, |draft, _| elastic_ip::release(draft, allocation));
        assert_eq!(released, Err(Error::ElasticIpWithDomainName(allocation)));
    }

    #[test]
    fn the_taker_s_quota_holds() {
        let mut stage = Stage::new();
        stage.offer();
        stage.world.quotas.elastic_ips = Some(0);
        assert_eq!(stage.accept(), Err(Error::Quota("elastic_ips")));
    }
}
