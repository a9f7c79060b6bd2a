//! What an operation is given beside the state: time, randomness and the world that rules depend on.

use crate::realm::Scope;
use crate::time::Timestamp;
use crate::world::World;

/// A source of random bits. Seeded in tests, so that a run can be repeated.
pub trait Random {
    /// The next 64 random bits.
    fn next_u64(&mut self) -> u64;
}

/// SplitMix64: small, seedable, good enough to pick ids and addresses in tests and replays. Secrets never come from it.
#[derive(Debug, Clone)]
pub struct SeededRandom(pub u64);

impl Random for SeededRandom {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

/// Where, when and by what chance an operation runs. With the same `Ctx` and the same state it gives the same changes.
pub struct Ctx<'a> {
    /// The account and region whose resources the caller works on.
    pub scope: Scope,
    /// The time that new resources carry.
    pub now: Timestamp,
    /// Where new ids and automatic addresses come from.
    pub random: &'a mut dyn Random,
    /// What the configuration says of the world around: pools, quotas, images.
    pub world: &'a World,
}

impl Ctx<'_> {
    /// A random number below `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.random.next_u64() % bound }
    }
}
