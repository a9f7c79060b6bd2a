//! What the configuration says of the world around: the ranges that public addresses come from, quotas, images.

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
    /// Whether a data plane carries packets: attachments to running instances are complete when it says so.
    pub data_plane: bool,
}

/// The ranges that Elastic IPs, automatic public addresses and Amazon-provided IPv6 blocks come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pools {
    /// Public IPv4 addresses. The first and the last of it are never handed out, nor is [`Pools::host_v4`].
    pub ipv4: Ipv4Net,
    /// VPCs get /56 blocks of this.
    pub ipv6: Ipv6Net,
    /// Public IPv4 ranges that accounts brought along ("BYOIP"). Each is a pool of its own, which Elastic IPs come from
    /// only when they are asked for by its id or by their address.
    pub brought: Vec<Ipv4Net>,
}

impl Default for Pools {
    /// The documentation ranges (RFC 5737, RFC 3849), which no real host has.
    fn default() -> Self {
        Self {
            ipv4: Ipv4Net::new_assert(Ipv4Addr::new(203, 0, 113, 0), 24),
            ipv6: Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
            brought: Vec::new(),
        }
    }
}

impl Pools {
    /// The host's own address on the "internet" that it plays: the pool's second address (203.0.113.1).
    pub fn host_v4(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.ipv4.network()).wrapping_add(1))
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

    /// Whether this address of the pool may be given to a user.
    pub fn hands_out(&self, address: Ipv4Addr) -> bool {
        self.ipv4.contains(&address) && address != self.ipv4.network() && address != self.ipv4.broadcast() && address != self.host_v4()
    }
}
