//! The random walk: thousands of operations, valid and not, drawn from a seed and taken on the road that requests take.
//!
//! After each: what must hold holds, a refused operation left the state as it was, a repeated request with the same
//! client token made nothing and told of what the first one made, and the kernel that followed step by step is what the
//! state wants from scratch. At the end the reloaded store equals the state, and everything can be undone.
//!
//! The walks of CI are those of fixed seeds, and one of a seed that nobody knows before. A failure prints its seed and the
//! fewest steps found that lead to it, and keeps these in `failures/`, to be committed with what mends it: they are taken
//! again with every run. `ENID_WALK_SEED` and `ENID_WALK_STEPS` walk elsewhere or further.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod draw;
mod filled;
mod goals;
mod known;
mod network;
mod server;
mod shrink;
mod step;
mod templates;
mod undo;
mod walk;

use std::path::{Path, PathBuf};

use crate::network::KernelKind;
use crate::server::Server;
use crate::step::Step;
use crate::walk::{Tally, Walk};

/// Steps that a failure lists.
const LISTED_MAX: usize = 60;

fn number_from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

/// Walks; a failure is shrunk and told.
fn walk(default_seed: u64, default_steps: u64, on_disk: bool, kernel: KernelKind) -> Tally {
    let seed = number_from_environment("ENID_WALK_SEED").unwrap_or(default_seed);
    let steps = number_from_environment("ENID_WALK_STEPS").unwrap_or(default_steps);
    let mut walk = Walk::new(seed, Server::start(on_disk, kernel));
    if let Err(failure) = walk.go(steps) {
        let (fewest, failure) = shrink::shrink(walk.into_steps(), failure);
        let kept = keep(seed, &failure, &fewest);
        tell(seed, &format!("{failure} ({kept})"), &fewest);
    }
    if let Err(failure) = walk.undo() {
        tell(seed, &failure, &walk.into_steps());
    }
    walk.into_tally()
}

/// Where the steps of failures are kept.
fn failures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/walk/failures")
}

/// Keeps the steps that led to a failure, and says where.
fn keep(seed: u64, failure: &str, steps: &[Step]) -> String {
    let path = failures().join(format!("{seed}.txt"));
    let lines: Vec<String> = steps.iter().map(Step::line).collect();
    let text = format!("# {}\n{}\n", failure.replace('\n', " "), lines.join("\n"));
    match std::fs::create_dir_all(failures()).and_then(|()| std::fs::write(&path, text)) {
        Ok(()) => format!("kept in {}", path.display()),
        Err(error) => format!("not kept in {}: {error}", path.display()),
    }
}

fn tell(seed: u64, failure: &str, steps: &[Step]) -> ! {
    let last = &steps[steps.len().saturating_sub(LISTED_MAX)..];
    let listing: Vec<String> = last.iter().map(ToString::to_string).collect();
    panic!("ENID_WALK_SEED={seed}: {failure}\nafter {} steps, the last of which are\n{}", steps.len(), listing.join("\n"));
}

#[test]
fn a_walk_in_memory_keeps_every_invariant_and_can_be_undone() {
    let tally = walk(1, 16_000, false, KernelKind::Memory);
    tally.print();
    if let Some(folder) = std::env::var_os("ENID_COVERAGE") {
        tally.write_coverage(Path::new(&folder));
    }
    // Another seed or fewer steps may miss one.
    if number_from_environment("ENID_WALK_SEED").or(number_from_environment("ENID_WALK_STEPS")).is_none() {
        tally.every_operation_was_accepted_and_refused();
        tally.every_situation_was_there();
    }
}

#[test]
fn a_walk_of_a_seed_that_nobody_chose_keeps_every_invariant_too() {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    let seed = u64::from(since_1970.subsec_nanos()) ^ u64::from(std::process::id()) << 32;
    println!("ENID_WALK_SEED={seed}");
    walk(seed, 1_500, true, KernelKind::Memory);
}

#[test]
fn what_once_failed_does_not_fail_again() {
    for entry in std::fs::read_dir(failures()).expect("the folder of failures") {
        let path = entry.expect("a file").path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a file of steps");
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let steps: Vec<Step> = lines.map(|line| Step::parse(line).unwrap_or_else(|| panic!("{}: {line}", path.display()))).collect();
        if let Some((at, failure)) = shrink::first_failure(&steps) {
            panic!("{}, step {at}: {failure}", path.display());
        }
    }
}

#[test]
fn a_walk_on_disk_is_reloaded_as_it_was() {
    walk(2, 1_500, true, KernelKind::Memory);
}

#[test]
fn a_walk_beside_linux_leaves_it_as_the_state_wants() {
    walk(3, 600, false, KernelKind::Linux);
}
