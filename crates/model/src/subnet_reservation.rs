//! Subnet CIDR reservations: parts of a subnet that automatic addresses never come from.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-cidr-reservation.html>.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{ResourceId, SubnetCidrReservationId, SubnetId};
use crate::index::{Entry, Indexed};
use crate::state::{Draft, Realm};

/// A reserved part of a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubnetCidrReservation {
    /// Its id.
    pub id: SubnetCidrReservationId,
    /// The subnet that it is a part of.
    pub subnet: SubnetId,
    /// The addresses.
    pub cidr: IpNet,
    /// What they are kept for.
    pub purpose: Purpose,
    /// Free text.
    pub description: Option<String>,
}

/// What reserved addresses are kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// Delegated prefixes that EC2 chooses.
    Prefix,
    /// Addresses and prefixes that a request names.
    Explicit,
}

impl Indexed for SubnetCidrReservation {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::Reference(self.subnet.into(), self.id.into()));
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}

/// The reserved parts of one subnet, for choosing addresses and prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reserved(Vec<(IpNet, Purpose)>);

impl Reserved {
    /// The reserved parts of a subnet.
    pub fn of(realm: &Realm, subnet: SubnetId) -> Self {
        let ids = realm.index.referrers_of_kind::<SubnetCidrReservationId>(subnet);
        Self(ids.filter_map(|id| realm.subnet_cidr_reservations.get(&id)).map(|row| (row.cidr, row.purpose)).collect())
    }

    /// Whether an address is reserved, for whatever purpose: it is then not chosen for an interface.
    pub fn covers(&self, address: IpAddr) -> bool {
        self.0.iter().any(|(cidr, _)| cidr.contains(&address))
    }

    /// Whether any address of a block is reserved for requests that name it: the block is then not chosen as a prefix.
    pub fn explicit_overlaps(&self, block: IpNet) -> bool {
        self.0.iter().any(|(cidr, purpose)| *purpose == Purpose::Explicit && overlap(*cidr, block))
    }

    /// The parts that chosen prefixes of one address family come from. When there are none, prefixes come from
    /// wherever the subnet is free and not [explicitly reserved](Self::explicit_overlaps).
    pub fn for_prefixes(&self, ipv4: bool) -> impl Iterator<Item = IpNet> {
        let wanted = move |(cidr, purpose): &&(IpNet, Purpose)| *purpose == Purpose::Prefix && cidr.addr().is_ipv4() == ipv4;
        self.0.iter().filter(wanted).map(|(cidr, _)| *cidr)
    }
}

/// Reserves a part of a subnet. Addresses in use stay as they are, even inside the part.
///
/// # Errors
/// When the part lies outside the subnet or overlaps another reservation.
pub fn create(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    subnet: SubnetId,
    cidr: IpNet,
    purpose: Purpose,
    description: Option<String>,
) -> Result<SubnetCidrReservation, Error> {
    let realm = draft.realm();
    let row = realm.subnets.get(&subnet).ok_or(Error::NotFound(subnet.into()))?;
    let cidr = cidr.trunc();
    if !row.blocks().any(|block| block.contains(&cidr)) {
        return Err(Error::ReservationOutsideSubnet(cidr));
    }
    if Reserved::of(realm, subnet).0.iter().any(|(other, _)| overlap(*other, cidr)) {
        return Err(Error::ReservationOverlaps(cidr));
    }
    let reservation = SubnetCidrReservation { id: SubnetCidrReservationId::random(ctx.random), subnet, cidr, purpose, description };
    draft.put(reservation.clone());
    Ok(reservation)
}

/// Whether two blocks have an address in common.
fn overlap(a: IpNet, b: IpNet) -> bool {
    a.contains(&b) || b.contains(&a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::default_vpc::ensure_realm;
    use crate::invariants;
    use crate::realm::{AccountId, Region, Scope};
    use crate::state::{Key, State};
    use crate::subnet;
    use crate::time::Timestamp;
    use crate::world::World;

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }

    #[test]
    fn reservations_cannot_overlap_and_go_with_their_subnet() {
        let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
        let world = World::default();
        let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(1), world: &world };
        let mut draft = Draft::new(State::default(), scope);
        ensure_realm(&mut draft, &mut ctx);
        let of = draft.realm().subnets.iter().find(|row| row.cidr == Some("172.31.16.0/20".parse().unwrap())).unwrap().id;
        let mut reserve = |cidr: &str, purpose| create(&mut draft, &mut ctx, of, net(cidr), purpose, None);
        reserve("172.31.16.16/28", Purpose::Explicit).unwrap();
        reserve("172.31.17.5/24", Purpose::Prefix).unwrap();
        assert_eq!(reserve("172.31.16.0/24", Purpose::Prefix), Err(Error::ReservationOverlaps(net("172.31.16.0/24"))));
        assert_eq!(reserve("172.31.17.1/32", Purpose::Explicit), Err(Error::ReservationOverlaps(net("172.31.17.1/32"))));
        assert_eq!(reserve("172.31.0.0/28", Purpose::Prefix), Err(Error::ReservationOutsideSubnet(net("172.31.0.0/28"))));
        let reserved = Reserved::of(draft.realm(), of);
        assert!(reserved.covers("172.31.16.20".parse().unwrap()) && reserved.covers("172.31.17.9".parse().unwrap()));
        assert!(!reserved.covers("172.31.18.1".parse().unwrap()));
        assert!(reserved.explicit_overlaps(net("172.31.16.16/32")) && !reserved.explicit_overlaps(net("172.31.17.0/28")));
        assert_eq!(reserved.for_prefixes(true).collect::<Vec<_>>(), [net("172.31.17.0/24")]);
        assert_eq!(reserved.for_prefixes(false).count(), 0);
        assert_eq!(invariants::check(draft.state()), []);
        subnet::delete(&mut draft, of).unwrap();
        assert!(draft.realm().subnet_cidr_reservations.is_empty());
        assert!(draft.realm().row(&Key::Subnet(of)).is_none());
        assert_eq!(invariants::check(draft.state()), []);
    }
}
