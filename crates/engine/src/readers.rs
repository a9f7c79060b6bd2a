//! The threads for what takes long and changes nothing: reads that look at many rows, signatures of large bodies, keys.
//!
//! The threads that serve connections must never be kept busy, or every other client waits. What is work goes here. Accounts
//! take turns, and a connection has one request at a time, so that neither can keep the others waiting for long. A job whose
//! client has gone leaves the queue, or stops at its next look. A full queue refuses.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

use model::AccountId;
use tokio::sync::oneshot;

use crate::commit::Unanswered;
use crate::panics::contain;
use ops::work;

/// Jobs of one account that wait at most. Accounts are those of the configuration.
const WAITING_MAX: usize = 256;
/// Threads at least: one long job must not keep all others waiting.
const THREADS_MIN: usize = 2;
/// Threads at most.
const THREADS_MAX: usize = 8;
/// How far the threads stand back behind those that serve connections (`nice`).
const NICENESS: libc::c_int = 5;

/// Whose work it is, and of what kind: turns are by both, so that keys do not keep an account's reads waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The signature of a large body: who signed it is not known yet.
    Signature,
    /// A read of an account.
    Read(AccountId),
    /// A key for an account.
    Key(AccountId),
}
type Job = Box<dyn FnOnce() + Send>;

/// Hands jobs to the threads. They end with it.
pub struct Readers(Arc<Queue>);

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    more: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// Who has jobs, in the order of their turns.
    turns: VecDeque<Whose>,
    /// The jobs of each, by the order in which they came.
    jobs: HashMap<Whose, BTreeMap<u64, Job>>,
    last: u64,
    is_closed: bool,
}

impl Readers {
    /// Starts the threads. Each waits for `room` before a job: what the last jobs made may be too much as it is.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(room: impl Fn() + Clone + Send + 'static) -> io::Result<Self> {
        let readers = Self(Arc::default());
        let threads = thread::available_parallelism().map_or(THREADS_MIN, usize::from).clamp(THREADS_MIN, THREADS_MAX);
        for _ in 0..threads {
            let (queue, room) = (Arc::clone(&readers.0), room.clone());
            thread::Builder::new().name("reader".into()).spawn(move || {
                stand_back();
                while let Some(job) = queue.next(&room) {
                    job();
                }
            })?;
        }
        Ok(readers)
    }

    /// Runs a job and waits for what it gives. Whoever stops waiting stops the job.
    ///
    /// # Errors
    /// When too much waits already, or the job panicked.
    pub async fn run<T: Send + 'static>(&self, whose: Whose, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Unanswered> {
        let (sender, receiver) = oneshot::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let number = self.0.enter(
            whose,
            Box::new(move || {
                if let Some(Some(result)) = contain(|| work::until_stopped(&stopped, job)) {
                    let _ = sender.send(result);
                }
            }),
        )?;
        let _waiter = Waiter { queue: &self.0, whose, number, stop };
        receiver.await.map_err(|_| Unanswered::Failed)
    }

    /// How many jobs wait.
    #[cfg(test)]
    fn waiting(&self) -> usize {
        self.0.waiting().jobs.values().map(BTreeMap::len).sum()
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.0.waiting().is_closed = true;
        self.0.more.notify_all();
    }
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, whose: Whose, job: Job) -> Result<u64, Unanswered> {
        let mut waiting = self.waiting();
        let Waiting { turns, jobs, last, .. } = &mut *waiting;
        let own = jobs.entry(whose).or_default();
        if own.len() >= WAITING_MAX {
            return Err(Unanswered::Overloaded);
        }
        if own.is_empty() {
            turns.push_back(whose);
        }
        *last += 1;
        own.insert(*last, job);
        let number = *last;
        drop(waiting);
        self.more.notify_one();
        Ok(number)
    }

    /// Waits for the next job; none once the queue is closed.
    fn next(&self, room: &impl Fn()) -> Option<Job> {
        let idle = |waiting: &mut Waiting| waiting.turns.is_empty() && !waiting.is_closed;
        drop(self.more.wait_while(self.waiting(), idle).unwrap_or_else(PoisonError::into_inner));
        room();
        let mut waiting = self.more.wait_while(self.waiting(), idle).unwrap_or_else(PoisonError::into_inner);
        if waiting.is_closed {
            return None;
        }
        let whose = waiting.turns.pop_front()?;
        let own = waiting.jobs.get_mut(&whose)?;
        let (_, job) = own.pop_first()?;
        if own.is_empty() {
            waiting.jobs.remove(&whose);
        } else {
            waiting.turns.push_back(whose);
        }
        Some(job)
    }

    fn leave(&self, whose: Whose, number: u64) -> Option<Job> {
        let mut waiting = self.waiting();
        let own = waiting.jobs.get_mut(&whose)?;
        let job = own.remove(&number);
        if own.is_empty() {
            waiting.jobs.remove(&whose);
            waiting.turns.retain(|other| *other != whose);
        }
        job
    }
}

/// Takes the job back from whoever stops waiting for it.
struct Waiter<'a> {
    queue: &'a Queue,
    whose: Whose,
    number: u64,
    stop: Arc<AtomicBool>,
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Dropped outside the lock, since it may hold much.
        drop(self.queue.leave(self.whose, self.number));
    }
}

/// Lets the threads that serve connections run first.
fn stand_back() {
    // SAFETY: only numbers are passed; on Linux, 0 names the calling thread.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::task::{Context, Waker};

    type Run<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unanswered>> + 'a>>;

    /// Puts a job into the queue; it leaves when what is returned is dropped.
    fn begun<T: Send + 'static>(readers: &Readers, whose: Whose, job: impl FnOnce() -> T + Send + 'static) -> Run<'_, T> {
        let mut run = Box::pin(readers.run(whose, job));
        assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        run
    }

    /// Keeps every thread busy until the sender is dropped.
    fn kept_busy(readers: &Readers) -> (Vec<Run<'_, ()>>, Sender<()>) {
        let (sender, receiver) = channel::<()>();
        let receiver = Arc::new(Mutex::new(receiver));
        let (began, begins) = channel();
        let threads = thread::available_parallelism().unwrap().get().clamp(THREADS_MIN, THREADS_MAX);
        let jobs = (0..threads).map(|_| {
            let (receiver, began) = (Arc::clone(&receiver), began.clone());
            begun(readers, Whose::Signature, move || {
                began.send(()).unwrap();
                let held: MutexGuard<'_, Receiver<()>> = receiver.lock().unwrap();
                let _ = held.recv();
            })
        });
        let jobs = jobs.collect();
        (0..threads).for_each(|_| begins.recv().unwrap());
        (jobs, sender)
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn accounts_take_turns_and_no_job_is_lost() {
        let readers = Readers::start(|| ()).unwrap();
        let (busy, end) = kept_busy(&readers);
        let order = Arc::new(Mutex::new(Vec::new()));
        let other: AccountId = "210987654321".parse().unwrap();
        let runs: Vec<_> = [AccountId::DEFAULT; 20]
            .into_iter()
            .chain([other; 2])
            .map(|whose| {
                let order = Arc::clone(&order);
                begun(&readers, Whose::Read(whose), move || order.lock().unwrap().push(whose))
            })
            .collect();
        drop(end);
        runs.into_iter().for_each(|run| block_on(run).unwrap());
        busy.into_iter().for_each(|run| block_on(run).unwrap());
        let order = order.lock().unwrap();
        // Several threads take jobs: the second of the other account is the fourth, give or take a few.
        let place = order.iter().rposition(|whose| *whose == other).unwrap();
        assert!(order.len() == 22 && place < 14, "{place}");
    }

    #[test]
    fn a_job_that_nobody_waits_for_leaves_the_queue_or_stops() {
        let readers = Readers::start(|| ()).unwrap();
        let (busy, end) = kept_busy(&readers);
        let never = begun(&readers, Whose::Signature, || unreachable!("it was taken back"));
        assert_eq!(readers.waiting(), 1);
        drop::<Run<'_, ()>>(never);
        assert_eq!(readers.waiting(), 0);
        drop((busy, end));
        let (began, begins) = channel();
        let (ended, ends) = channel();
        let endless = begun(&readers, Whose::Signature, move || {
            began.send(()).unwrap();
            while work::spend(1) {}
            ended.send(()).unwrap();
        });
        begins.recv().unwrap();
        assert!(ends.try_recv().is_err());
        drop(endless);
        ends.recv().unwrap();
    }

    #[test]
    fn a_full_queue_refuses_its_account_and_no_other_and_a_panic_costs_one_job() {
        let readers = Readers::start(|| ()).unwrap();
        let (busy, end) = kept_busy(&readers);
        let own = Whose::Read(AccountId::DEFAULT);
        let full: Vec<_> = (0..WAITING_MAX).map(|_| begun(&readers, own, || ())).collect();
        assert_eq!(block_on(readers.run(own, || ())), Err(Unanswered::Overloaded));
        let panics = begun(&readers, Whose::Signature, || -> () { unreachable!("as the test wants") });
        drop(end);
        assert_eq!(block_on(panics), Err(Unanswered::Failed));
        full.into_iter().for_each(|run| block_on(run).unwrap());
        drop(busy);
        assert_eq!(block_on(pin!(readers.run(own, || 7))), Ok(7));
    }
}
