//! The random walk: thousands of operations, valid and not, drawn from a seed and taken on the road that requests take.
//!
//! After each: what must hold holds, a refused operation left the state as it was, a repeated request with the same
//! client token was answered the same. At the end the reloaded store equals the state, and everything can be undone.
//!
//! A failure prints its seed and the fewest steps found that lead to it. `ENID_WALK_SEED` and `ENID_WALK_STEPS` walk
//! elsewhere or further.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod draw;
mod known;
mod server;
mod shrink;
mod step;
mod templates;
mod undo;
mod walk;

use crate::server::Server;
use crate::walk::{Tally, Walk};

fn number_from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

/// Walks; a failure is shrunk and told.
fn walk(default_seed: u64, default_steps: u64, on_disk: bool) -> Tally {
    let seed = number_from_environment("ENID_WALK_SEED").unwrap_or(default_seed);
    let steps = number_from_environment("ENID_WALK_STEPS").unwrap_or(default_steps);
    let mut walk = Walk::new(seed, Server::start(on_disk));
    match walk.go(steps) {
        Ok(()) => walk.into_tally(),
        Err(failure) => {
            let taken = walk.into_steps();
            let (fewest, failure) = shrink::shrink(taken, failure);
            let listing: Vec<String> = fewest.iter().map(ToString::to_string).collect();
            panic!("ENID_WALK_SEED={seed}: {failure}\nafter the last of these steps:\n{}", listing.join("\n"));
        }
    }
}

#[test]
fn a_walk_in_memory_keeps_every_invariant_and_can_be_undone() {
    let tally = walk(1, 16_000, false);
    tally.print();
    // Another seed or fewer steps may miss one.
    if number_from_environment("ENID_WALK_SEED").or(number_from_environment("ENID_WALK_STEPS")).is_none() {
        tally.every_operation_was_accepted_and_refused();
    }
}

#[test]
fn a_walk_on_disk_is_reloaded_as_it_was() {
    walk(2, 1_500, true);
}
