//! Memory that large answers took goes back to the system.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// The C library keeps what is smaller, for the next who wants it.
const RETURNED_BYTES_MIN: libc::c_int = 256 << 10;
/// How often memory is gathered and given back at most: that takes milliseconds.
const PAUSE: Duration = Duration::from_secs(1);

static LAST: Mutex<Option<Instant>> = Mutex::new(None);

/// Has the C library take large pieces of memory from the system, and give them back as soon as they are free. Left to itself, it
/// takes a large piece that was freed for a sign that it should keep such pieces.
pub fn return_large_pieces() {
    #[cfg(target_env = "gnu")]
    // SAFETY: sets a number in the C library; no pointers are passed.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, RETURNED_BYTES_MIN);
        libc::mallopt(libc::M_TRIM_THRESHOLD, RETURNED_BYTES_MIN);
    }
}

/// Much was freed: gives back also what is left of it in small pieces, unless that was just done.
pub fn was_freed() {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.is_some_and(|last| last.elapsed() < PAUSE) {
        return;
    }
    *last = Some(Instant::now());
    drop(last);
    #[cfg(target_env = "gnu")]
    // SAFETY: takes no pointers, and may be called at any time on any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}
