//! Choosing addresses and prefixes in a subnet: checking the ones that were named, picking the others by chance.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::NetworkInterfaceId;
use crate::pool::{PREFIX_ADDRESSES, Pool};
use crate::state::Realm;
use crate::subnet::Subnet;
use crate::subnet_reservation::Reserved;

/// The length of a delegated IPv4 prefix.
const IPV4_PREFIX_LENGTH: u8 = 28;
/// The length of a delegated IPv6 prefix.
const IPV6_PREFIX_LENGTH: u8 = 80;
/// How many places in an IPv6 block are tried. A /64 has 65,536 prefixes, so that all of them are; an address is
/// found at once unless reservations cover nearly everything.
const IPV6_TRIES_MAX: u64 = 65_536;

/// Chooses in one subnet, for one request: what it has chosen is taken, though no row says so yet.
pub(crate) struct Chooser<'a> {
    realm: &'a Realm,
    subnet: &'a Subnet,
    reserved: Reserved,
    chosen: BTreeSet<IpNet>,
}

impl<'a> Chooser<'a> {
    /// Begins to choose for a request.
    pub fn new(realm: &'a Realm, subnet: &'a Subnet) -> Self {
        Self { realm, subnet, reserved: Reserved::of(realm, subnet.id), chosen: BTreeSet::new() }
    }

    /// Takes an address that was named, and says who holds it so far.
    ///
    /// # Errors
    /// When it is no address of the subnet that an interface can have, or was named twice.
    pub fn named_ipv4(&mut self, address: Ipv4Addr) -> Result<Option<NetworkInterfaceId>, Error> {
        let cidr = self.subnet.cidr.ok_or(Error::NoIpv4Block(self.subnet.id))?;
        if !cidr.contains(&address) {
            return Err(Error::AddressOutsideSubnet(address.into()));
        }
        if Pool::is_reserved(cidr, address) {
            return Err(Error::AddressReserved(address.into()));
        }
        self.take_named(address.into())
    }

    /// Takes an IPv6 address that was named, and says who holds it so far.
    ///
    /// # Errors
    /// When it is no address of the subnet that an interface can have, or was named twice.
    pub fn named_ipv6(&mut self, address: Ipv6Addr) -> Result<Option<NetworkInterfaceId>, Error> {
        let block = self.ipv6_block_of(Ipv6Net::from(address))?;
        if is_reserved_ipv6(block, address) {
            return Err(Error::AddressReserved(address.into()));
        }
        self.take_named(address.into())
    }

    /// Takes an IPv4 prefix that was named.
    ///
    /// # Errors
    /// When it is no prefix of the subnet, or overlaps what is taken.
    pub fn named_ipv4_prefix(&mut self, prefix: Ipv4Net) -> Result<(), Error> {
        let cidr = self.subnet.cidr.ok_or(Error::NoIpv4Block(self.subnet.id))?;
        if prefix.prefix_len() != IPV4_PREFIX_LENGTH || prefix.trunc() != prefix {
            return Err(Error::PrefixMalformed(prefix.into()));
        }
        if !cidr.contains(&prefix) {
            return Err(Error::AddressOutsideSubnet(prefix.addr().into()));
        }
        let free = self.realm.index.pool(self.subnet.id).is_some_and(|pool| pool.is_free_block(prefix));
        self.take_prefix(prefix.into(), free)
    }

    /// Takes an IPv6 prefix that was named.
    ///
    /// # Errors
    /// When it is no prefix of the subnet, or overlaps what is taken.
    pub fn named_ipv6_prefix(&mut self, prefix: Ipv6Net) -> Result<(), Error> {
        if prefix.prefix_len() != IPV6_PREFIX_LENGTH || prefix.trunc() != prefix {
            return Err(Error::PrefixMalformed(prefix.into()));
        }
        let block = self.ipv6_block_of(prefix)?;
        let free = !has_reserved_ipv6(block, prefix) && !self.is_held(prefix.into());
        self.take_prefix(prefix.into(), free)
    }

    /// Takes a free address.
    ///
    /// # Errors
    /// When there is none.
    pub fn ipv4(&mut self, ctx: &mut Ctx<'_>) -> Result<Ipv4Addr, Error> {
        let cidr = self.subnet.cidr.ok_or(Error::NoIpv4Block(self.subnet.id))?;
        let start = random_offset(ctx, cidr);
        let usable = |address: Ipv4Addr| {
            let address = IpAddr::from(address);
            !self.overlaps_chosen(address.into()) && !self.reserved.covers(address)
        };
        let pool = self.realm.index.pool(self.subnet.id);
        let address = pool.and_then(|pool| pool.find(start, usable)).ok_or(Error::NoFreeAddresses(self.subnet.id))?;
        self.chosen.insert(IpAddr::from(address).into());
        Ok(address)
    }

    /// Takes free prefixes: of those set aside for prefixes, or else any others.
    ///
    /// # Errors
    /// When there are too few: because there are not even so many free addresses, or these lie scattered.
    pub fn ipv4_prefixes(&mut self, ctx: &mut Ctx<'_>, count: u32) -> Result<Vec<Ipv4Net>, Error> {
        let free = self.free_ipv4();
        let prefixes: Result<Vec<_>, Error> = (0..count).map(|_| self.ipv4_prefix(ctx)).collect();
        if prefixes.is_err() && count.saturating_mul(PREFIX_ADDRESSES) > free {
            return Err(Error::NoFreeAddressesForPrefixes(self.subnet.id));
        }
        prefixes
    }

    /// How many addresses are free and not chosen yet.
    fn free_ipv4(&self) -> u32 {
        let Some(pool) = self.realm.index.pool(self.subnet.id) else { return 0 };
        let chosen = self.chosen.iter().map(|&block| match block {
            IpNet::V4(prefix) if prefix.prefix_len() == IPV4_PREFIX_LENGTH => PREFIX_ADDRESSES,
            // One that moves here was not free.
            IpNet::V4(address) => u32::from(pool.is_free(address.addr())),
            IpNet::V6(_) => 0,
        });
        pool.free().saturating_sub(chosen.sum())
    }

    fn ipv4_prefix(&mut self, ctx: &mut Ctx<'_>) -> Result<Ipv4Net, Error> {
        let cidr = self.subnet.cidr.ok_or(Error::NoIpv4Block(self.subnet.id))?;
        let start = random_offset(ctx, cidr);
        let free = |prefix: Ipv4Net| !self.overlaps_chosen(prefix.into());
        let set_aside = |prefix: Ipv4Net| self.reserved.for_prefixes(true).any(|part| part.contains(&IpNet::from(prefix)));
        let pool = self.realm.index.pool(self.subnet.id).ok_or(Error::NoFreePrefixes(self.subnet.id))?;
        let first = if self.reserved.for_prefixes(true).next().is_some() {
            pool.find_prefix(start, |prefix| free(prefix) && set_aside(prefix))
        } else {
            None
        };
        let prefix = first
            .or_else(|| pool.find_prefix(start, |prefix| free(prefix) && !self.reserved.explicit_overlaps(prefix.into())))
            .ok_or(Error::NoFreePrefixes(self.subnet.id))?;
        self.chosen.insert(prefix.into());
        Ok(prefix)
    }

    /// Takes a free IPv6 address.
    ///
    /// # Errors
    /// When there is none.
    pub fn ipv6(&mut self, ctx: &mut Ctx<'_>) -> Result<Ipv6Addr, Error> {
        let block = self.ipv6_block()?;
        let host_bits = 128 - u32::from(block.prefix_len());
        for _ in 0..IPV6_TRIES_MAX {
            let bits = (u128::from(ctx.random.next_u64()) << 64) | u128::from(ctx.random.next_u64());
            let address = Ipv6Addr::from(u128::from(block.network()) | low_bits(bits, host_bits));
            let net = IpNet::from(IpAddr::from(address));
            let free = !is_reserved_ipv6(block, address)
                && self.realm.index.holder(self.subnet.vpc, address.into()).is_none()
                && !self.overlaps_chosen(net);
            if free && !self.reserved.covers(address.into()) {
                self.chosen.insert(net);
                return Ok(address);
            }
        }
        Err(Error::NoFreeAddresses(self.subnet.id))
    }

    /// Takes a free IPv6 prefix: one of those set aside for prefixes, or else any other.
    ///
    /// # Errors
    /// When there is none.
    pub fn ipv6_prefix(&mut self, ctx: &mut Ctx<'_>) -> Result<Ipv6Net, Error> {
        let block = self.ipv6_block()?;
        let set_aside: Vec<Ipv6Net> = self.reserved.for_prefixes(false).filter_map(as_ipv6).filter(|part| block.contains(part)).collect();
        let reserved = set_aside.iter().find_map(|part| self.find_ipv6_prefix(ctx, *part, block, |_| true));
        let prefix = reserved
            .or_else(|| self.find_ipv6_prefix(ctx, block, block, |prefix| !self.reserved.explicit_overlaps(prefix.into())))
            .ok_or(Error::NoFreePrefixes(self.subnet.id))?;
        self.chosen.insert(prefix.into());
        Ok(prefix)
    }

    fn find_ipv6_prefix(&self, ctx: &mut Ctx<'_>, part: Ipv6Net, block: Ipv6Net, usable: impl Fn(Ipv6Net) -> bool) -> Option<Ipv6Net> {
        let bits = u32::from(IPV6_PREFIX_LENGTH.checked_sub(part.prefix_len())?);
        let prefixes = 1u128 << bits;
        let start = u128::from(ctx.random.next_u64());
        (0..prefixes.min(u128::from(IPV6_TRIES_MAX))).find_map(|step| {
            let number = (start + step) % prefixes;
            let address = Ipv6Addr::from(u128::from(part.network()) | (number << (128 - u32::from(IPV6_PREFIX_LENGTH))));
            let prefix = Ipv6Net::new(address, IPV6_PREFIX_LENGTH).ok()?;
            let free = !has_reserved_ipv6(block, prefix) && !self.is_held(prefix.into()) && !self.overlaps_chosen(prefix.into());
            (free && usable(prefix)).then_some(prefix)
        })
    }

    fn ipv6_block(&self) -> Result<Ipv6Net, Error> {
        self.subnet.ipv6_blocks.first().map(|block| block.cidr).ok_or(Error::NoIpv6Block(self.subnet.id))
    }

    fn ipv6_block_of(&self, part: Ipv6Net) -> Result<Ipv6Net, Error> {
        self.ipv6_block()?;
        let block = self.subnet.ipv6_blocks.iter().map(|block| block.cidr).find(|block| block.contains(&part));
        block.ok_or(Error::AddressOutsideSubnet(part.addr().into()))
    }

    fn is_held(&self, block: IpNet) -> bool {
        self.realm.index.held_within(self.subnet.vpc, block).next().is_some()
    }

    fn take_named(&mut self, address: IpAddr) -> Result<Option<NetworkInterfaceId>, Error> {
        if self.overlaps_chosen(address.into()) {
            return Err(Error::AddressRepeated(address));
        }
        self.chosen.insert(address.into());
        Ok(self.realm.index.holder(self.subnet.vpc, address))
    }

    fn take_prefix(&mut self, prefix: IpNet, free: bool) -> Result<(), Error> {
        if !free || self.overlaps_chosen(prefix) {
            return Err(Error::PrefixInUse(prefix));
        }
        self.chosen.insert(prefix);
        Ok(())
    }

    /// Whether a block overlaps what this request has chosen. Blocks nest or are apart, so that a block overlaps what
    /// lies in it and the one prefix that it may lie in.
    fn overlaps_chosen(&self, block: IpNet) -> bool {
        let length = if block.addr().is_ipv4() { IPV4_PREFIX_LENGTH } else { IPV6_PREFIX_LENGTH };
        let around = IpNet::new(block.addr(), length).map(|net| net.trunc());
        let inside = || {
            let first = IpNet::new(block.network(), 0).unwrap_or(block);
            self.chosen.range(first..).next().is_some_and(|chosen| block.contains(&chosen.network()))
        };
        around.is_ok_and(|around| self.chosen.contains(&around)) || inside()
    }
}

/// Whether EC2 keeps this address for itself: the first four and the last of a subnet's IPv6 block.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>.
fn is_reserved_ipv6(block: Ipv6Net, address: Ipv6Addr) -> bool {
    u128::from(address).wrapping_sub(u128::from(block.network())) < 4 || address == block.broadcast()
}

fn has_reserved_ipv6(block: Ipv6Net, prefix: Ipv6Net) -> bool {
    prefix.contains(&block.network()) || prefix.contains(&block.broadcast())
}

fn low_bits(bits: u128, count: u32) -> u128 {
    if count >= u128::BITS { bits } else { bits & ((1 << count) - 1) }
}

fn random_offset(ctx: &mut Ctx<'_>, cidr: Ipv4Net) -> u32 {
    ctx.below(1 << (32 - u32::from(cidr.prefix_len()))) as u32
}

fn as_ipv6(net: IpNet) -> Option<Ipv6Net> {
    match net {
        IpNet::V6(net) => Some(net),
        IpNet::V4(_) => None,
    }
}
