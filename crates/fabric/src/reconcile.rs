//! Keeps the kernel as the state wants it.
//!
//! A thread of its own. Commits mark what is dirty and return at once; the thread computes what the changed rows want, compares it with
//! what they wanted before, and takes the steps between. Everything is compared with the kernel itself at start, when marks were lost, and on a
//! timer; a namespace is, when a step in it failed or when the kernel says that somebody else changed it.
//!
//! Invariants
//! - Level-triggered: whatever happened in between, the next comparison leads to the same end. Nothing depends on having seen an event.
//! - Queues are bounded ([`CHANGES_MAX`]): what does not fit leads to a full comparison, never to waiting.
//! - A failing step delays no other; it is tried again, ever more slowly.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};
use std::{fmt, io};

use model::ids::InstanceId;
use model::instance::{Instance, InstanceState};
use model::world::Pools;
use model::{Change, Scope, State};
use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::desired::Desired;
use crate::kernel::{Kernel, KernelError, Key, Link, LinkKind, Name, Namespace, Objects, Route, RouteTarget, Step, Value};
use crate::plan::plan;
use crate::{boot, names};

/// Changed rows that may wait. More than that, and comparing everything is no more work.
pub const CHANGES_MAX: usize = 100_000;
/// Comparing everything takes at most one part in so many of the thread's time.
const FULL_SHARE: u32 = 20;
/// How many failures the status names.
const FAILURES_MAX: usize = 100;
/// How many of the latest changes by others the status names.
const DRIFT_MAX: usize = 20;
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_LONGEST: Duration = Duration::from_secs(30);
/// How long changes by others are collected before the namespace is compared.
const QUIET: Duration = Duration::from_millis(20);

/// How to reconcile.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The ranges that public addresses come from.
    pub pools: Pools,
    /// How often everything is compared.
    pub full_every: Duration,
}

impl Settings {
    /// The usual: everything every 30 seconds.
    pub fn new(pools: Pools) -> Settings {
        Settings { pools, full_every: Duration::from_secs(30) }
    }
}

/// What is programmed, and what could not be.
#[derive(Debug, Clone, Default)]
pub struct Status {
    /// How many kernel objects of each kind the state wants, as [`Key::kind`] names it.
    pub kinds: BTreeMap<&'static str, usize>,
    /// Steps taken since the start.
    pub steps: u64,
    /// Full comparisons since the start.
    pub full: u64,
    /// Steps that the last full comparison found necessary: 0 when nobody meddled and nothing was missed.
    pub mended: usize,
    /// Namespaces compared with the kernel since the start, because a step failed there or somebody else changed something.
    pub compared: u64,
    /// Whether changes wait to be programmed.
    pub pending: bool,
    /// What failed, and is tried again; at most a hundred.
    pub failures: Vec<String>,
    /// What somebody else had changed and was put back lately, the newest last.
    pub drift: Vec<Drift>,
}

/// Something that somebody else had changed, and that was put back.
#[derive(Debug, Clone)]
pub struct Drift {
    /// When it was put back.
    pub at: SystemTime,
    /// What.
    pub what: String,
}

/// Why settling did not succeed.
#[derive(Debug, Clone)]
pub enum Unsettled {
    /// It took longer than the caller wanted to wait.
    Timeout,
    /// The thread is gone.
    Stopped,
    /// These steps failed; they are tried again.
    Failed(Vec<String>),
}

impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsettled::Timeout => f.write_str("the kernel is not programmed yet"),
            Unsettled::Stopped => f.write_str("the data plane has stopped"),
            Unsettled::Failed(failures) => write!(f, "the kernel could not be programmed: {}", failures.join("; ")),
        }
    }
}

impl std::error::Error for Unsettled {}

#[derive(Default)]
struct Inbox {
    state: State,
    changes: Vec<Change>,
    /// Instances whose namespace is to be a new one.
    renewals: Vec<(Scope, InstanceId)>,
    /// Compare everything.
    full: bool,
    /// Counts commits and requests for full comparisons.
    wanted: u64,
    stop: bool,
}

#[derive(Default)]
struct Outcome {
    /// What `wanted` was of all that is programmed now.
    done: u64,
    status: Status,
    /// Every step that failed last time, and where.
    failures: Vec<(Namespace, String)>,
    /// The namespaces in which something failed, and since when.
    failing: BTreeMap<Namespace, SystemTime>,
    /// The links whose other end is down, and since when.
    silent: BTreeMap<(Namespace, Name), SystemTime>,
    stopped: bool,
}

struct Shared {
    inbox: Mutex<Inbox>,
    outcome: Mutex<Outcome>,
    changed: Condvar,
    waker: EventFd,
}

/// A lock that a panicking thread held is still a lock: its data is replaced as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running reconciler. Dropping it stops the thread and leaves the kernel as it is.
pub struct Reconciler {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Reconciler {
    /// Starts with a full comparison. The kernel must have been opened in the host's namespace.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(kernel: impl Kernel + Send + 'static, state: State, settings: Settings) -> io::Result<Reconciler> {
        let waker = EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
        let shared = Arc::new(Shared {
            inbox: Mutex::new(Inbox { state: state.clone(), full: true, wanted: 1, ..Inbox::default() }),
            outcome: Mutex::default(),
            changed: Condvar::new(),
            waker,
        });
        let thread = thread::Builder::new().name("reconcile".into()).spawn({
            let shared = Arc::clone(&shared);
            move || {
                // Dropped last, when the kernel is let go of.
                let _ended = Ended(Arc::clone(&shared));
                let desired = Desired::new(&state, &settings.pools);
                let mut worker = Worker {
                    kernel,
                    settings,
                    shared,
                    state,
                    desired,
                    retries: BTreeMap::new(),
                    failures: BTreeMap::new(),
                    unkept: Vec::new(),
                    status: Status::default(),
                };
                worker.run();
            }
        })?;
        Ok(Reconciler { shared, thread: Some(thread) })
    }

    /// Tells of a commit: the state after it, and the rows that it changed. Returns at once.
    pub fn committed(&self, state: State, changes: &[Change]) {
        let mut inbox = lock(&self.shared.inbox);
        inbox.state = state;
        inbox.wanted += 1;
        if inbox.changes.len() + changes.len() > CHANGES_MAX {
            inbox.full = true;
            inbox.changes.clear();
        } else if !inbox.full {
            inbox.changes.extend_from_slice(changes);
        }
        drop(inbox);
        self.wake();
    }

    /// Asks for a full comparison.
    pub fn compare_everything(&self) {
        let mut inbox = lock(&self.shared.inbox);
        inbox.full = true;
        inbox.changes.clear();
        inbox.wanted += 1;
        drop(inbox);
        self.wake();
    }

    /// Takes an instance's network away and makes it anew, since it is to boot: nothing of what the guest had made of it is left.
    /// Nothing may run in it. As with a commit, wait for it with [`Reconciler::settle_in`].
    pub fn renew(&self, scope: Scope, instance: InstanceId) {
        let mut inbox = lock(&self.shared.inbox);
        inbox.renewals.push((scope, instance));
        inbox.wanted += 1;
        drop(inbox);
        self.wake();
    }

    /// Waits until everything that was committed before is programmed.
    ///
    /// # Errors
    /// When that takes too long, or a step fails.
    pub fn settle(&self, timeout: Duration) -> Result<(), Unsettled> {
        self.settle_where(timeout, |_| true)
    }

    /// As [`Reconciler::settle`], but failures in other namespaces than these do not matter: a launch need not fail because of
    /// another VPC.
    ///
    /// # Errors
    /// When it takes too long, or a step in these namespaces fails.
    pub fn settle_in(&self, namespaces: &[Namespace], timeout: Duration) -> Result<(), Unsettled> {
        self.settle_where(timeout, |namespace| namespaces.contains(namespace))
    }

    fn settle_where(&self, timeout: Duration, concerns: impl Fn(&Namespace) -> bool) -> Result<(), Unsettled> {
        let wanted = lock(&self.shared.inbox).wanted;
        let deadline = Instant::now() + timeout;
        let mut outcome = lock(&self.shared.outcome);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let failures: Vec<&String> =
                outcome.failures.iter().filter(|(namespace, _)| concerns(namespace)).map(|(_, failure)| failure).collect();
            if outcome.done >= wanted && failures.is_empty() {
                return Ok(());
            }
            if outcome.stopped {
                return Err(Unsettled::Stopped);
            }
            if left.is_zero() {
                let failures: Vec<String> = failures.into_iter().take(FAILURES_MAX).cloned().collect();
                return Err(if failures.is_empty() { Unsettled::Timeout } else { Unsettled::Failed(failures) });
            }
            outcome = self.shared.changed.wait_timeout(outcome, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Since when the other end of a link is down: the guest's, if it is an interface's.
    pub fn silent_since(&self, namespace: &Namespace, link: &str) -> Option<SystemTime> {
        lock(&self.shared.outcome).silent.get(&(namespace.clone(), Name::from(link))).copied()
    }

    /// Since when something cannot be programmed in one of these namespaces.
    pub fn failing_since(&self, namespaces: &[Namespace]) -> Option<SystemTime> {
        let outcome = lock(&self.shared.outcome);
        namespaces.iter().filter_map(|namespace| outcome.failing.get(namespace)).min().copied()
    }

    /// What is programmed, and what is not.
    pub fn status(&self) -> Status {
        let wanted = lock(&self.shared.inbox).wanted;
        let outcome = lock(&self.shared.outcome);
        Status { pending: outcome.done < wanted, ..outcome.status.clone() }
    }

    /// Stops the thread and leaves the kernel as it is; returns when no step is taken any more.
    pub fn stop(&self) {
        lock(&self.shared.inbox).stop = true;
        self.wake();
        let mut outcome = lock(&self.shared.outcome);
        while !outcome.stopped {
            outcome = self.shared.changed.wait(outcome).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wake(&self) {
        // The counter can only be full when the thread is awake anyway.
        let _ = self.shared.waker.write(1);
    }
}

impl Drop for Reconciler {
    fn drop(&mut self) {
        lock(&self.shared.inbox).stop = true;
        self.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Tells those who wait that the thread has ended, however it did.
struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        lock(&self.0.outcome).stopped = true;
        self.0.changed.notify_all();
    }
}

struct Worker<K> {
    kernel: K,
    settings: Settings,
    shared: Arc<Shared>,
    /// The state that `desired` is of.
    state: State,
    desired: Desired,
    /// Namespaces to compare, when, and how often that failed.
    retries: BTreeMap<Namespace, (Instant, u32)>,
    /// Failed steps, by object.
    failures: BTreeMap<Key, String>,
    /// What of the namespaces would not outlive the server.
    unkept: Vec<String>,
    status: Status,
}

impl<K: Kernel> Worker<K> {
    fn run(&mut self) {
        let mut next_full = Instant::now();
        loop {
            let (state, changes, renewals, mut full, wanted, stop) = {
                let mut inbox = lock(&self.shared.inbox);
                let full = std::mem::take(&mut inbox.full);
                let (changes, renewals) = (std::mem::take(&mut inbox.changes), std::mem::take(&mut inbox.renewals));
                (inbox.state.clone(), changes, renewals, full, inbox.wanted, inbox.stop)
            };
            if stop {
                return;
            }
            let before = std::mem::replace(&mut self.state, state);
            full |= Instant::now() >= next_full || self.kernel.lost_keeper();
            if full {
                // Marks may have been lost, so what is known of the desired state counts for nothing.
                self.desired = Desired::new(&self.state, &self.settings.pools);
                let start = Instant::now();
                self.compare_everything();
                // Never more than a small part of the time, however much there is.
                next_full = Instant::now() + self.settings.full_every.max(start.elapsed() * FULL_SHARE);
            } else if !changes.is_empty() {
                let difference = self.desired.update(&before, &self.state, &changes);
                let steps = plan(&difference.before, &difference.after);
                let failed = self.take(&steps);
                self.configure_new_links(&steps, &failed, |instance| instance.state == InstanceState::Running);
            }
            for (scope, instance) in renewals {
                let renewal = self.desired.renewal(&self.state, scope, instance);
                self.take(&plan(&renewal.whole, &renewal.kept));
                self.take(&plan(&renewal.kept, &renewal.whole));
            }
            self.compare_due();
            self.report(wanted);
            self.wait(next_full);
        }
    }

    /// Compares the whole kernel with the whole desired state.
    fn compare_everything(&mut self) {
        let mut desired = self.desired.objects();
        let keeping = self.kernel.keep_namespaces();
        let existing = match self.kernel.namespaces() {
            Ok(existing) => existing,
            Err(error) => return self.failed(Namespace::Host, Key::Namespace(Namespace::Host), &error),
        };
        let mut namespaces: BTreeSet<Namespace> = existing.into_iter().collect();
        namespaces.insert(Namespace::Host);
        desired.insert(Key::Namespace(Namespace::Host), Value::Exists);
        self.retries.clear();
        let known = std::mem::take(&mut self.failures);
        let (current, unreadable) = self.dump(&namespaces);
        desired.retain(|key, _| !unreadable.contains(key.namespace()));
        let steps = plan(&current, &desired);
        self.status.full += 1;
        self.status.mended = steps.len();
        // At the start there is nothing that this server had made.
        if self.status.full > 1 {
            self.note_drift(&steps, &known);
            keeping.exchanged.iter().for_each(|namespace| self.note(format!("namespace {namespace} was another one")));
        }
        let failed = self.take(&steps);
        self.configure_new_links(&steps, &failed, |_| true);
        self.failures.extend(self.desired.collisions());
        // They are tried again with the next comparison, so nothing waits for them.
        let (unkept, of_one): (Vec<_>, Vec<_>) = keeping.failed.into_iter().partition(|(namespace, _)| *namespace == Namespace::Host);
        self.unkept = unkept.iter().map(|(_, error)| error.to_string()).collect();
        self.failures.extend(of_one.into_iter().map(|(namespace, error)| (Key::Namespace(namespace), error.to_string())));
    }

    /// What is in these namespaces, and which of them cannot be read: they are tried again later, and delay no other. Of an instance's only
    /// that it is there: its inside is the guest's.
    fn dump(&mut self, namespaces: &BTreeSet<Namespace>) -> (Objects, BTreeSet<Namespace>) {
        let mut objects = Objects::new();
        let mut unreadable = BTreeSet::new();
        for namespace in namespaces {
            if names::is_guest(namespace) {
                objects.insert(Key::Namespace(namespace.clone()), Value::Exists);
                continue;
            }
            match self.kernel.dump(std::slice::from_ref(namespace)) {
                Ok(found) => objects.extend(found),
                Err(error) => {
                    self.failed(namespace.clone(), Key::Namespace(namespace.clone()), &error);
                    unreadable.insert(namespace.clone());
                }
            }
        }
        (objects, unreadable)
    }

    /// Compares the namespaces whose time has come.
    fn compare_due(&mut self) {
        let now = Instant::now();
        let due: BTreeSet<Namespace> =
            self.retries.iter().filter(|(_, (when, _))| *when <= now).map(|(namespace, _)| namespace.clone()).collect();
        if due.is_empty() {
            return;
        }
        let mut there = BTreeSet::new();
        for namespace in &due {
            match self.kernel.exists(namespace) {
                Ok(true) => _ = there.insert(namespace.clone()),
                Ok(false) => {}
                Err(error) => {
                    return due.into_iter().for_each(|namespace| self.failed(namespace.clone(), Key::Namespace(namespace), &error));
                }
            }
        }
        self.status.compared += there.len() as u64;
        let (known, others) = std::mem::take(&mut self.failures).into_iter().partition(|(key, _)| due.contains(key.namespace()));
        self.failures = others;
        let (current, unreadable) = self.dump(&there);
        let mut desired = self.desired.objects_in(&due.iter().cloned().collect::<HashSet<_>>());
        if due.contains(&Namespace::Host) {
            desired.insert(Key::Namespace(Namespace::Host), Value::Exists);
        }
        desired.retain(|key, _| !unreadable.contains(key.namespace()));
        let steps = plan(&current, &desired);
        self.note_drift(&steps, &known);
        let failed = self.take(&steps);
        self.configure_new_links(&steps, &failed, |_| true);
        // What a step needed may be in a namespace that nobody looks at, as a guest's: see to it all.
        for namespace in due {
            if !failed.contains(&namespace) && !unreadable.contains(&namespace) {
                self.retries.remove(&namespace);
            }
        }
    }

    /// Takes the steps; returns the namespaces in which one failed, which are compared again later.
    fn take(&mut self, steps: &[Step]) -> BTreeSet<Namespace> {
        let mut namespaces = BTreeSet::new();
        let results = self.kernel.apply(steps);
        self.status.steps += steps.len() as u64;
        for (step, result) in steps.iter().zip(results) {
            match result {
                Ok(()) => {
                    self.failures.remove(step.key());
                }
                Err(error) => {
                    namespaces.insert(step.key().namespace().clone());
                    self.failures.insert(step.key().clone(), error.to_string());
                    if let Some(guest) = guest_of(step) {
                        namespaces.insert(guest);
                    }
                }
            }
        }
        for namespace in &namespaces {
            self.retry(namespace.clone());
        }
        namespaces
    }

    /// Gives new links into these guests what they are given at boot, as a DHCP client would ask for it: links that are attached to one
    /// that runs, and those that had to be made anew, with which the guest lost it.
    fn configure_new_links(&mut self, steps: &[Step], failed: &BTreeSet<Namespace>, wanted: impl Fn(&Instance) -> bool) {
        let mut objects = Objects::new();
        for step in steps {
            let Step::Put { value: Value::Link(Link { kind: LinkKind::Veth { peer: Some(peer), .. }, .. }), .. } = step else { continue };
            let Some(instance) = names::guest_id(&peer.namespace).filter(|_| !failed.contains(&peer.namespace)) else { continue };
            let owner = self.state.realms().find(|(_, realm)| realm.instances.get(&instance).is_some_and(|row| wanted(row)));
            let here = owner.and_then(|(scope, _)| self.state.here(scope));
            let given = here.map(|here| boot::objects(here, instance)).unwrap_or_default();
            objects.extend(given.into_iter().filter(|(key, value)| is_on_link(key, value, &peer.name)));
        }
        let steps = plan(&Objects::new(), &objects);
        self.take(&steps);
    }

    /// Notes what somebody else had changed. A step that failed before is no news.
    fn note_drift(&mut self, steps: &[Step], known: &BTreeMap<Key, String>) {
        let mut news = steps.iter().map(Step::key).filter(|key| !known.contains_key(key));
        let Some(first) = news.next() else { return };
        let others = news.count();
        let what = if others == 0 { first.to_string() } else { format!("{first} and {others} more") };
        self.note(what);
    }

    fn note(&mut self, what: String) {
        self.status.drift.push(Drift { at: SystemTime::now(), what });
        let excess = self.status.drift.len().saturating_sub(DRIFT_MAX);
        self.status.drift.drain(..excess);
    }

    fn failed(&mut self, namespace: Namespace, key: Key, error: &KernelError) {
        self.failures.insert(key, error.to_string());
        self.retry(namespace);
    }

    fn retry(&mut self, namespace: Namespace) {
        let tries = self.retries.get(&namespace).map_or(0, |(_, tries)| tries + 1);
        let delay = RETRY_FIRST.saturating_mul(1 << tries.min(16)).min(RETRY_LONGEST);
        self.retries.insert(namespace, (Instant::now() + delay, tries));
    }

    fn report(&mut self, wanted: u64) {
        self.status.kinds.clone_from(self.desired.kinds());
        self.status.failures = self.unkept.iter().chain(self.failures.values()).take(FAILURES_MAX).cloned().collect();
        let mut outcome = lock(&self.shared.outcome);
        outcome.done = wanted;
        outcome.status = self.status.clone();
        outcome.failures = self.failures.iter().map(|(key, failure)| (key.namespace().clone(), failure.clone())).collect();
        since(&mut outcome.failing, self.failures.keys().map(|key| key.namespace().clone()));
        since(&mut outcome.silent, self.kernel.silent().into_iter());
        drop(outcome);
        self.shared.changed.notify_all();
    }

    /// Sleeps until there is something to do.
    fn wait(&mut self, next_full: Instant) {
        let next_retry = self.retries.values().map(|(when, _)| *when).min();
        let until = next_retry.map_or(next_full, |when| when.min(next_full));
        let mut readable = vec![self.shared.waker.as_raw_fd()];
        readable.extend(self.kernel.descriptors());
        poll(&readable, until.saturating_duration_since(Instant::now()));
        let _ = self.shared.waker.read();
        for namespace in self.kernel.touched() {
            // Whoever changes things does so in bursts.
            self.retries.entry(namespace).or_insert((Instant::now() + QUIET, 0));
        }
    }
}

/// Keeps the time of what is still so, and begins that of what is so from now on. A key may come several times.
fn since<K: Ord>(times: &mut BTreeMap<K, SystemTime>, now: impl Iterator<Item = K>) {
    let mut before = std::mem::take(times);
    for key in now {
        let at = before.remove(&key);
        times.entry(key).or_insert_with(|| at.unwrap_or_else(SystemTime::now));
    }
}

/// Whether an object is an address on a link or a route through it; or the loopback, in case its namespace had to be made anew too.
fn is_on_link(key: &Key, value: &Value, link: &Name) -> bool {
    match (key, value) {
        (_, Value::Link(Link { kind: LinkKind::Loopback, .. })) => true,
        (Key::Address { .. }, _) => key.link() == Some(link),
        (Key::Route { .. }, Value::Route(Route { target: RouteTarget::Via { link: through, .. }, .. })) => through == link,
        _ => false,
    }
}

/// The guest's namespace that a link needs.
fn guest_of(step: &Step) -> Option<Namespace> {
    match step {
        Step::Put { value: Value::Link(link), .. } => match &link.kind {
            LinkKind::Veth { peer: Some(peer), .. } => Some(peer.namespace.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Waits until one of these is readable, or for so long.
fn poll(readable: &[RawFd], timeout: Duration) {
    let mut descriptors: Vec<libc::pollfd> = readable.iter().map(|fd| libc::pollfd { fd: *fd, events: libc::POLLIN, revents: 0 }).collect();
    // Rounded up, so as not to wake just before the time.
    let milliseconds = libc::c_int::try_from(timeout.as_millis() + 1).unwrap_or(libc::c_int::MAX);
    let count = descriptors.len() as libc::nfds_t;
    // SAFETY: the array is valid for the number of its entries. Whatever the outcome, the caller looks for itself.
    unsafe {
        libc::poll(descriptors.as_mut_ptr(), count, milliseconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_goes_on_to_fail_since_it_first_did() {
        let mut times = BTreeMap::new();
        since(&mut times, ["a", "b"].into_iter());
        let begun = times.clone();
        thread::sleep(Duration::from_millis(2));
        since(&mut times, ["b", "b", "c"].into_iter());
        assert_eq!(times.get("b"), begun.get("b"));
        assert!(times["c"] > begun["b"] && !times.contains_key("a"));
    }
}
