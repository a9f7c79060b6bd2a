//! The clock and the kernel's randomness: the only places where they come in.

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

use model::ctx::SeededRandom;
use model::{Random, Timestamp};

/// The time now.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

thread_local! {
    static SEEDS: RefCell<SeededRandom> = RefCell::new(SeededRandom(seed()));
}

/// A source of random bits that differs from every other one: for ids and addresses, not for secrets.
pub fn random() -> Box<dyn Random> {
    Box::new(SeededRandom(SEEDS.with_borrow_mut(SeededRandom::next_u64)))
}

/// Fills the bytes from the kernel's randomness: for secrets.
///
/// # Errors
/// When the kernel gives none.
pub fn secret(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
    getrandom::fill(bytes)
}

fn seed() -> u64 {
    let mut bytes = [0; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u64::from_ne_bytes(bytes),
        // Without the kernel's randomness, at least no two starts are alike.
        Err(_) => now().0.unsigned_abs() ^ u64::from(std::process::id()),
    }
}
