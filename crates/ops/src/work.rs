//! What an answer costs, counted while it is made: a request that turns out to be work is taken off the threads that serve
//! everybody, and one whose client has gone stops.
//!
//! Loops over rows [`spend`]. Where the allowance is over, `spend` says so, the loop ends early, and whoever gave the
//! allowance throws the answer away. So a pure function need not know where it runs. The count is the thread's own; code that
//! nobody gave an allowance, such as the writer, goes on for ever.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a row that is shown costs, in rows that are looked at: its answer is built and written as XML.
pub const SHOWN: u32 = 10;
/// How much is done between two looks at whether to stop: tenths of a millisecond.
const UNITS_BETWEEN_LOOKS: i64 = 500;

thread_local! {
    static LEFT: Cell<i64> = const { Cell::new(i64::MAX) };
    static STOP: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// Runs what may cost so many units; none if it would have cost more.
pub fn within<T>(units: u32, run: impl FnOnce() -> T) -> Option<T> {
    metered(i64::from(units), None, run)
}

/// Runs what may cost as much as it takes, until it is told to stop; none if it was.
pub fn until_stopped<T>(stop: &Arc<AtomicBool>, run: impl FnOnce() -> T) -> Option<T> {
    metered(0, Some(Arc::clone(stop)), run)
}

/// Counts work. One unit is about what it takes to look at a row. False when there is to be no more.
pub fn spend(units: u32) -> bool {
    let left = LEFT.get().saturating_sub(i64::from(units));
    LEFT.set(left);
    left >= 0 || may_go_on()
}

/// For loops: `rows.take_while(work::goes_on)` looks at each row, as long as there is to be more.
pub fn goes_on<T>(_row: &T) -> bool {
    spend(1)
}

#[cold]
fn may_go_on() -> bool {
    let goes_on = STOP.with_borrow(|stop| stop.as_ref().is_some_and(|stop| !stop.load(Ordering::Relaxed)));
    LEFT.set(if goes_on { UNITS_BETWEEN_LOOKS } else { -1 });
    goes_on
}

fn metered<T>(units: i64, stop: Option<Arc<AtomicBool>>, run: impl FnOnce() -> T) -> Option<T> {
    /// Takes the allowance back, also when what ran panicked.
    struct Back(i64, Option<Arc<AtomicBool>>);
    impl Drop for Back {
        fn drop(&mut self) {
            LEFT.set(self.0);
            STOP.set(self.1.take());
        }
    }
    let _back = Back(LEFT.replace(units), STOP.replace(stop));
    let result = run();
    // What ended early has left nothing.
    (LEFT.get() >= 0 || may_go_on()).then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count_to(most: u32) -> u32 {
        (0..most).take_while(|_| spend(1)).count() as u32
    }

    #[test]
    fn what_costs_more_than_it_may_gives_nothing_and_ends_early() {
        assert_eq!(within(10, || count_to(10)), Some(10));
        let mut counted = 0;
        assert_eq!(within(10, || counted = count_to(1_000_000)), None);
        assert_eq!(counted, 10);
        assert_eq!(count_to(1_000_000), 1_000_000);
    }

    #[test]
    fn what_is_told_to_stop_stops_soon_and_gives_nothing() {
        let stop = Arc::new(AtomicBool::new(false));
        assert_eq!(until_stopped(&stop, || count_to(1_000_000)), Some(1_000_000));
        let mut counted = 0;
        let run = || {
            for at in 0..1_000_000 {
                stop.store(at == 100_000 || stop.load(Ordering::Relaxed), Ordering::Relaxed);
                if !spend(1) {
                    break;
                }
                counted = at;
            }
        };
        assert_eq!(until_stopped(&stop, run), None);
        assert!((100_000..101_000).contains(&counted), "{counted}");
    }

    #[test]
    fn a_panic_gives_the_allowance_back() {
        assert_eq!(std::panic::catch_unwind(|| within(1, || -> u8 { unreachable!("as the test wants") })).ok(), None);
        assert_eq!(count_to(100), 100);
    }
}
