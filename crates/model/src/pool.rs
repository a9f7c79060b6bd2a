//! Which IPv4 addresses of one subnet are taken: a bit each, so that finding a free address or a free /28 reads
//! words, not rows.

use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

const WORD_BITS: u32 = u64::BITS;
/// Addresses in a delegated prefix (/28).
pub const PREFIX_ADDRESSES: u32 = 16;

/// The addresses of a subnet (a /16 to a /28), taken or free. The four first and the last are taken from the start.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    base: u32,
    size: u32,
    free: u32,
    taken: Arc<[u64]>,
}

impl Pool {
    /// The pool of an empty subnet.
    pub fn new(subnet: Ipv4Net) -> Self {
        let size = 1u32.checked_shl(u32::from(32 - subnet.prefix_len())).unwrap_or(u32::MAX);
        let mut taken = vec![0u64; size.div_ceil(WORD_BITS) as usize];
        for past_the_end in size..(taken.len() as u32 * WORD_BITS) {
            taken[(past_the_end / WORD_BITS) as usize] |= 1 << (past_the_end % WORD_BITS);
        }
        let mut pool = Self { base: subnet.network().into(), size, free: size, taken: taken.into() };
        for offset in [0, 1, 2, 3, size - 1] {
            pool.set(offset, true);
        }
        pool
    }

    /// Whether EC2 keeps this address of the subnet for itself: network, router, DNS, future use, broadcast.
    pub fn is_reserved(subnet: Ipv4Net, address: Ipv4Addr) -> bool {
        let offset = u32::from(address).wrapping_sub(subnet.network().into());
        offset < 4 || address == subnet.broadcast()
    }

    /// Free addresses, as `AvailableIpAddressCount` gives them.
    pub fn free(&self) -> u32 {
        self.free
    }

    /// Whether this address of the subnet is free.
    pub fn is_free(&self, address: Ipv4Addr) -> bool {
        self.offset(address).is_some_and(|offset| !self.get(offset))
    }

    /// Whether every address of a block of the subnet is free.
    pub fn is_free_block(&self, block: Ipv4Net) -> bool {
        block.hosts().chain([block.network(), block.broadcast()]).all(|address| self.is_free(address))
    }

    /// The first free address at or after offset `start` (wrapping around) that `usable` accepts.
    pub fn find(&self, start: u32, usable: impl Fn(Ipv4Addr) -> bool) -> Option<Ipv4Addr> {
        let words = self.taken.len() as u32;
        let start = start % self.size;
        // One word more than there are: the word of `start` is read twice, for the bits after it and before it.
        for step in 0..=words {
            let word = (start / WORD_BITS + step) % words;
            let mut free = !self.taken[word as usize];
            if step == 0 {
                free &= u64::MAX << (start % WORD_BITS);
            }
            while free != 0 {
                let address = Ipv4Addr::from(self.base + word * WORD_BITS + free.trailing_zeros());
                if usable(address) {
                    return Some(address);
                }
                free &= free - 1;
            }
        }
        None
    }

    /// The first wholly free /28 at or after the one that holds offset `start` (wrapping around) that `usable` accepts.
    pub fn find_prefix(&self, start: u32, usable: impl Fn(Ipv4Net) -> bool) -> Option<Ipv4Net> {
        let prefixes = self.size / PREFIX_ADDRESSES;
        (0..prefixes).find_map(|step| {
            let offset = (start / PREFIX_ADDRESSES + step) % prefixes * PREFIX_ADDRESSES;
            let word = self.taken[(offset / WORD_BITS) as usize];
            let used = (word >> (offset % WORD_BITS)) & u64::from(u16::MAX);
            let prefix = Ipv4Net::new(Ipv4Addr::from(self.base + offset), 28).ok()?;
            (used == 0 && usable(prefix)).then_some(prefix)
        })
    }

    pub(crate) fn mark(&mut self, block: Ipv4Net, taken: bool) {
        for address in u32::from(block.network())..=u32::from(block.broadcast()) {
            if let Some(offset) = self.offset(address.into()) {
                self.set(offset, taken);
            }
        }
    }

    fn offset(&self, address: Ipv4Addr) -> Option<u32> {
        u32::from(address).checked_sub(self.base).filter(|&offset| offset < self.size)
    }

    fn get(&self, offset: u32) -> bool {
        self.taken[(offset / WORD_BITS) as usize] & (1 << (offset % WORD_BITS)) != 0
    }

    fn set(&mut self, offset: u32, taken: bool) {
        if self.get(offset) == taken {
            return;
        }
        Arc::make_mut(&mut self.taken)[(offset / WORD_BITS) as usize] ^= 1 << (offset % WORD_BITS);
        self.free = if taken { self.free - 1 } else { self.free + 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    #[test]
    fn a_new_subnet_has_all_but_five_addresses() {
        for (cidr, free) in [("10.0.0.0/28", 11), ("10.0.0.0/24", 251), ("172.31.16.0/20", 4091), ("10.0.0.0/16", 65_531)] {
            assert_eq!(Pool::new(net(cidr)).free(), free, "{cidr}");
        }
        assert!(Pool::is_reserved(net("10.0.0.0/24"), "10.0.0.3".parse().unwrap()));
        assert!(Pool::is_reserved(net("10.0.0.0/24"), "10.0.0.255".parse().unwrap()));
        assert!(!Pool::is_reserved(net("10.0.0.0/24"), "10.0.0.4".parse().unwrap()));
    }

    #[test]
    fn a_full_subnet_finds_nothing() {
        let mut pool = Pool::new(net("10.0.0.0/28"));
        for start in 0..11 {
            let address = pool.find(start, |_| true).unwrap();
            pool.mark(address.into(), true);
        }
        assert_eq!((pool.free(), pool.find(7, |_| true)), (0, None));
    }

    proptest! {
        /// The bits agree with a plain set of addresses, whatever is taken and given back in whatever order.
        #[test]
        fn a_pool_agrees_with_a_naive_set(length in 24u8..=28, steps in prop::collection::vec((any::<u8>(), any::<bool>(), any::<bool>()), 0..200)) {
            let subnet = Ipv4Net::new("10.1.2.0".parse().unwrap(), length).unwrap();
            let size = 1u32 << (32 - length);
            let usable: BTreeSet<u32> = (4..size - 1).collect();
            let mut pool = Pool::new(subnet);
            let mut free = usable.clone();
            let base = u32::from(subnet.network());
            for (pick, taken, whole_prefix) in steps {
                let offset = u32::from(pick) % size;
                let block = if whole_prefix {
                    Ipv4Net::new((base + offset / 16 * 16).into(), 28).unwrap()
                } else {
                    Ipv4Net::from(Ipv4Addr::from(base + offset))
                };
                let offsets: Vec<u32> = (u32::from(block.network()) - base..=u32::from(block.broadcast()) - base).collect();
                if !offsets.iter().all(|offset| usable.contains(offset)) {
                    continue;
                }
                pool.mark(block, taken);
                for offset in offsets {
                    if taken { free.remove(&offset); } else { free.insert(offset); }
                }
                prop_assert_eq!(pool.free() as usize, free.len());
                let found = pool.find(offset, |_| true).map(|address| u32::from(address) - base);
                let naive = free.range(offset..).chain(free.range(..offset)).next().copied();
                prop_assert_eq!(found, naive);
                let prefix = pool.find_prefix(0, |_| true).map(|prefix| u32::from(prefix.network()) - base);
                let naive = (0..size / 16).map(|index| index * 16).find(|&first| (first..first + 16).all(|offset| free.contains(&offset)));
                prop_assert_eq!(prefix, naive);
            }
        }
    }
}
