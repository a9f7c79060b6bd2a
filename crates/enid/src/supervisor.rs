//! Brings instances from the state they are in to the one that was asked for: starts and ends their processes, then
//! says so to the state.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use model::{Change, State};

use crate::commit::{Committer, Observer};

/// Wakes the supervisor. One wake-up that is not yet seen is as good as many: it looks at the state, not at events.
struct Waker(SyncSender<()>);

impl Observer for Waker {
    fn committed(&mut self, _state: &Arc<State>, _changes: &[Change]) {
        match self.0.try_send(()) {
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }
}

/// The supervisor's observer, to be given to the committer, and what the supervisor is started with.
pub fn channel() -> (Box<dyn Observer>, Wakeups) {
    let (sender, receiver) = sync_channel(1);
    (Box::new(Waker(sender)), Wakeups(receiver))
}

/// Receives wake-ups.
pub struct Wakeups(Receiver<()>);

/// Starts the supervisor.
///
/// # Errors
/// When no thread can be started.
pub fn start(wakeups: Wakeups, _committer: Committer) -> std::io::Result<()> {
    thread::Builder::new().name("supervisor".into()).spawn(move || while wakeups.0.recv().is_ok() {})?;
    Ok(())
}
