//! The one writer. Operations run one after the other on the newest state; what came in while the last fsync ran is
//! written with the next one; an answer leaves only when its changes are safe.
//!
//! Readers see the published state: everything that was acknowledged, nothing that was not.
//!
//! What could be faster: the writer does not prepare the next batch while an fsync runs. A second thread for the store
//! would overlap the two; then jobs would run on a state that is not safe yet, and a failed fsync would have to take all
//! of it back. With dozens of clients a batch already holds as many jobs, and `cargo xtask bench` shows thousands of
//! durable operations a second, so that has not been worth its price.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use arc_swap::ArcSwap;
use model::{Change, State};
use tokio::sync::oneshot;

use crate::panics::{CANNOT_GO_ON, contain};
use crate::store::Store;
use crate::terminal;

/// Requests that wait for the writer at most. A longer queue would only make answers later than clients wait for.
const QUEUE_JOBS_MAX: usize = 4096;
/// Jobs of one fsync at most, so that none waits for ever behind a stream of others.
const BATCH_JOBS_MAX: usize = 512;

/// What a job made of the state.
struct Outcome {
    /// The new state and what led to it; none when nothing changed.
    commit: Option<(State, Vec<Change>)>,
    /// Sends the answer, once the changes are safe.
    answer: Box<dyn FnOnce() + Send>,
}

type Job = Box<dyn FnOnce(State) -> Outcome + Send>;

/// Is told of every committed change, after it is safe. Must not block: the writer calls it.
pub trait Observer: Send {
    /// The new state, and the changes that led to it.
    fn committed(&mut self, state: &Arc<State>, changes: &[Change]);
}

/// Hands operations to the writer, and readers the published state.
#[derive(Clone)]
pub struct Committer {
    jobs: SyncSender<Job>,
    published: Arc<ArcSwap<State>>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// The writer has more to do than it can queue; the operation did not run.
    Overloaded,
    /// The operation panicked and changed nothing, or the writer is gone.
    Failed,
}

impl Committer {
    /// Starts the writer on a loaded state.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(state: State, store: Box<dyn Store>, observers: Vec<Box<dyn Observer>>) -> std::io::Result<Self> {
        let published = Arc::new(ArcSwap::from_pointee(state));
        let (jobs, queue) = sync_channel(QUEUE_JOBS_MAX);
        let writer = Writer { queue, store, published: Arc::clone(&published), observers };
        thread::Builder::new().name("writer".into()).spawn(move || writer.run())?;
        Ok(Self { jobs, published })
    }

    /// The state as it was last acknowledged.
    pub fn state(&self) -> Arc<State> {
        self.published.load_full()
    }

    /// Runs an operation on the newest state and waits until what it changed is safe. The operation returns its
    /// answer and, if it changed anything, the new state with its changes.
    ///
    /// # Errors
    /// When the queue is full, the operation panics, or the writer is gone.
    pub async fn submit<T: Send + 'static>(
        &self,
        operation: impl FnOnce(State) -> (T, Option<(State, Vec<Change>)>) + Send + 'static,
    ) -> Result<T, Unanswered> {
        let (sender, receiver) = oneshot::channel();
        let job = job(operation, move |answer| drop(sender.send(answer)));
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Unanswered::Overloaded,
            TrySendError::Disconnected(_) => Unanswered::Failed,
        })?;
        receiver.await.map_err(|_| Unanswered::Failed)
    }

    /// Like [`Self::submit`], for a thread that may block: waits for a place in the queue too.
    ///
    /// # Errors
    /// When the operation panics or the writer is gone.
    pub fn submit_blocking<T: Send + 'static>(
        &self,
        operation: impl FnOnce(State) -> (T, Option<(State, Vec<Change>)>) + Send + 'static,
    ) -> Result<T, Unanswered> {
        let (sender, receiver) = sync_channel(1);
        self.jobs.send(job(operation, move |answer| drop(sender.send(answer)))).map_err(|_| Unanswered::Failed)?;
        receiver.recv().map_err(|_| Unanswered::Failed)
    }
}

fn job<T: Send + 'static>(
    operation: impl FnOnce(State) -> (T, Option<(State, Vec<Change>)>) + Send + 'static,
    reply: impl FnOnce(T) + Send + 'static,
) -> Job {
    Box::new(move |state| {
        match contain(|| operation(state)) {
            Some((answer, commit)) => Outcome { commit, answer: Box::new(move || reply(answer)) },
            // Its caller hears that no answer will come, and the others get theirs.
            None => Outcome { commit: None, answer: Box::new(move || drop(reply)) },
        }
    })
}

struct Writer {
    queue: Receiver<Job>,
    store: Box<dyn Store>,
    published: Arc<ArcSwap<State>>,
    observers: Vec<Box<dyn Observer>>,
}

impl Writer {
    fn run(mut self) {
        while let Ok(first) = self.queue.recv() {
            let mut state = State::clone(&self.published.load());
            let mut changes = Vec::new();
            let mut answers = Vec::new();
            let more = std::iter::from_fn(|| self.queue.try_recv().ok());
            for job in std::iter::once(first).chain(more).take(BATCH_JOBS_MAX) {
                let outcome = job(state.clone());
                if let Some((next, made)) = outcome.commit {
                    state = next;
                    changes.extend(made);
                }
                answers.push(outcome.answer);
            }
            if !changes.is_empty() {
                self.commit(state, &changes);
            }
            answers.into_iter().for_each(|answer| answer());
        }
    }

    fn commit(&mut self, state: State, changes: &[Change]) {
        if let Err(error) = self.store.commit(changes) {
            // What is on disk is unknown now. Going on would acknowledge what may be lost; the next start reads
            // what is really there.
            let consequence = "ending, so that nothing is acknowledged that was not kept";
            terminal::warn(format_args!("cannot write the data folder: {error}; {consequence}"));
            std::process::exit(CANNOT_GO_ON);
        }
        let state = Arc::new(state);
        self.published.store(Arc::clone(&state));
        for observer in &mut self.observers {
            observer.committed(&state, changes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryStore;

    #[test]
    fn an_operation_that_panics_costs_its_caller_the_answer_and_nobody_else() {
        let committer = Committer::start(State::default(), Box::new(MemoryStore), Vec::new()).unwrap();
        let failed = committer.submit_blocking(|_| -> ((), _) { unreachable!("as the test wants") });
        assert_eq!(failed, Err(Unanswered::Failed));
        assert_eq!(committer.submit_blocking(|_| (7, None)), Ok(7));
    }
}
