//! What the configuration says of the world around: the ranges that public addresses come from, quotas, images.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use crate::ids::PublicIpv4PoolId;
use crate::image::Images;
use crate::quotas::Quotas;

/// What the configuration says of the world around.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The ranges that public addresses come from.
    pub pools: Pools,
    /// What an account may have of each kind in a region.
    pub quotas: Quotas,
    /// What can be launched.
    pub images: Images,
    /// The names of the IAM instance profiles that there are.
    pub instance_profiles: BTreeSet<String>,
    /// Whether a data plane carries packets: attachments to running instances are complete when it says so.
    pub data_plane: bool,
}

/// The ranges that Elastic IPs, automatic public addresses and Amazon-provided IPv6 blocks come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pools {
    /// Ranges of public IPv4 addresses, never none. Those of the first are handed out first; of each, the first and the last
    /// address never are, nor is [`Pools::host_v4`].
    pub ipv4: Vec<Ipv4Net>,
    /// VPCs get /56 blocks of this.
    pub ipv6: Ipv6Net,
    /// Public IPv4 ranges that accounts brought along ("BYOIP"). Each is a pool of its own, which Elastic IPs come from
    /// only when they are asked for by its id or by their address.
    pub brought: Vec<Ipv4Net>,
}

impl Default for Pools {
    /// The documentation ranges (RFC 5737, RFC 3849), which no real host has, and that for tests of network devices (RFC 2544),
    /// since 253 addresses are soon used up.
    fn default() -> Self {
        let ipv4 = |address: [u8; 4], length| Ipv4Net::new_assert(Ipv4Addr::from(address), length);
        Self {
            ipv4: vec![ipv4([203, 0, 113, 0], 24), ipv4([198, 18, 0, 0], 15)],
            ipv6: Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
            brought: Vec::new(),
        }
    }
}

impl Pools {
    /// The host's own address on the "internet" that it plays: the second address of the first range (203.0.113.1).
    pub fn host_v4(&self) -> Ipv4Addr {
        let first = self.ipv4.first().map_or(Ipv4Addr::UNSPECIFIED, Ipv4Net::network);
        Ipv4Addr::from(u32::from(first).wrapping_add(1))
    }

    /// The host's own IPv6 address: `::1` of the pool, whose first /56 no VPC gets.
    pub fn host_v6(&self) -> Ipv6Addr {
        Ipv6Addr::from(u128::from(self.ipv6.network()).wrapping_add(1))
    }

    /// The pools that accounts brought along, by their ids, which follow from their addresses.
    pub fn brought(&self) -> impl Iterator<Item = (PublicIpv4PoolId, Ipv4Net)> {
        let id =
            |range: &Ipv4Net| PublicIpv4PoolId::from_number((u64::from(u32::from(range.network())) << 8) | u64::from(range.prefix_len()));
        self.brought.iter().map(move |range| (id(range), *range))
    }

    /// Whether this address may be given to a user: it is of a range, and nobody's own.
    pub fn hands_out(&self, address: Ipv4Addr) -> bool {
        let of = |range: &Ipv4Net| range.contains(&address) && address != range.network() && address != range.broadcast();
        self.ipv4.iter().any(of) && address != self.host_v4()
    }

    /// How many addresses can be handed out, all taken together.
    pub fn ipv4_count(&self) -> u64 {
        let size = |range: &Ipv4Net| u64::from(u32::from(range.broadcast()) - u32::from(range.network())) + 1;
        self.ipv4.iter().map(|range| size(range).saturating_sub(2)).sum::<u64>().saturating_sub(1)
    }
}
