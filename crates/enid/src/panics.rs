//! What a bug may cost: the request or task it is in, not the server. A panic anywhere else ends the process at once, since
//! a server without its writer or its reconciler answers as if all were well; what was acknowledged is on disk.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::process;
use std::task::Poll;

use crate::terminal;

/// The exit code of a server that cannot go on (`EX_SOFTWARE` of sysexits.h).
pub const CANNOT_GO_ON: i32 = 70;

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs what may panic; none if it did. To be used only around what leaves nothing half done behind: states are copies,
/// and a copy that is not handed back is gone.
pub fn contain<T>(run: impl FnOnce() -> T) -> Option<T> {
    let outer = CONTAINED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    CONTAINED.set(outer);
    result.ok()
}

/// As [`contain`], for a future.
pub async fn contain_future<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match contain(|| future.as_mut().poll(context)) {
        Some(Poll::Ready(output)) => Poll::Ready(Some(output)),
        Some(Poll::Pending) => Poll::Pending,
        None => Poll::Ready(None),
    })
    .await
}

/// From now on, a panic that is not contained ends the process.
pub fn end_the_process() {
    panic::set_hook(Box::new(|info| {
        terminal::warn(format_args!("this is a bug in enid: {info}"));
        if !CONTAINED.get() {
            process::exit(CANNOT_GO_ON);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_contained_and_what_follows_is_not() {
        assert_eq!(contain(|| 7), Some(7));
        assert_eq!(contain(|| -> u8 { unreachable!("as the test wants") }), None);
        assert!(!CONTAINED.get());
    }
}
