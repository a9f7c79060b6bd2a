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

/// What the thread's next panic costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Costs {
    TheProcess,
    /// What is contained; the bug is told of.
    ItsPart,
    /// What is contained, and the caller says why: it is no bug.
    ItsPartQuietly,
}

thread_local! {
    static COSTS: Cell<Costs> = const { Cell::new(Costs::TheProcess) };
}

/// Runs what may panic; none if it did. To be used only around what leaves nothing half done behind: states are copies,
/// and a copy that is not handed back is gone.
pub fn contain<T>(run: impl FnOnce() -> T) -> Option<T> {
    contain_as(Costs::ItsPart, run)
}

/// As [`contain`], where a panic says that the input is bad, and the caller tells of that.
pub fn contain_quietly<T>(run: impl FnOnce() -> T) -> Option<T> {
    contain_as(Costs::ItsPartQuietly, run)
}

fn contain_as<T>(costs: Costs, run: impl FnOnce() -> T) -> Option<T> {
    let outer = COSTS.replace(costs);
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    COSTS.set(outer);
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
        let costs = COSTS.get();
        if costs != Costs::ItsPartQuietly {
            terminal::warn(format_args!("this is a bug in enid: {info}"));
        }
        if costs == Costs::TheProcess {
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
        assert_eq!(COSTS.get(), Costs::TheProcess);
    }
}
