//! The server without its sockets: the same dispatch, writer and store, with a clock and chance of the walk's own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ec2_api::ApiError;
use ec2_api::query;
use engine::commit::{Committer, Observer};
use engine::dispatch::{Served, dispatch};
use engine::readers::Readers;
use engine::store::memory::MemoryStore;
use engine::store::redb::RedbStore;
use engine::store::{Store, StoreError};
use model::ctx::SeededRandom;
use model::interface::{Attachment, NetworkInterface};
use model::{Change, Ctx, Draft, Here, Random, Scope, State, Timestamp, World, housekeeping, life_cycle};
use ops::checks::{Check, Checks};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::network::{KernelKind, Network};
use crate::step::{Form, Step, What};

/// `Served` reads the clock and chance through plain functions, so what they give is the process's: one walk at a time.
static NOW: AtomicI64 = AtomicI64::new(0);
static SEED: AtomicU64 = AtomicU64::new(0);
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What a step was answered: the body, or the code and message of a refusal.
pub type Answer = Result<String, ApiError>;

/// A server in this process.
pub struct Server {
    served: Served,
    runtime: Runtime,
    changes: Arc<Mutex<Vec<Change>>>,
    disk: Option<Disk>,
    network: Network,
    _alone: MutexGuard<'static, ()>,
}

struct Disk {
    store: Arc<Mutex<RedbStore>>,
    _folder: TempDir,
}

impl Server {
    /// A server that keeps its rows in memory or on disk, before a kernel.
    pub fn start(on_disk: bool, kernel: KernelKind) -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let disk = on_disk.then(|| {
            let folder = tempfile::tempdir().expect("a folder for the store");
            let store = RedbStore::open(&folder.path().join("state.redb")).expect("a store");
            Disk { store: Arc::new(Mutex::new(store)), _folder: folder }
        });
        let store: Box<dyn Store> = match &disk {
            Some(disk) => Box::new(Shared(Arc::clone(&disk.store))),
            None => Box::new(MemoryStore),
        };
        let changes = Arc::new(Mutex::new(Vec::new()));
        let network = Network::start(kernel);
        let recorder: Box<dyn Observer> = Box::new(Recorder(Arc::clone(&changes)));
        let committer = Committer::start(State::default(), store, vec![recorder, network.observer()]).expect("a writer");
        let served = Served {
            committer,
            world: Arc::new(World::default()),
            now,
            random,
            console: Arc::new(|_| b"booted\n".to_vec()),
            // Every second instance has its interface down.
            checks: Arc::new(|_: Here<'_>, id| match id.to_string().as_bytes().last() {
                Some(last) if last % 2 == 0 => Checks { instance: Check::Failed(now()), system: Check::Passed },
                _ => Checks::PASSED,
            }),
            readers: Readers::start(|| ()).expect("readers"),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        Self { served, runtime, changes, disk, network, _alone: alone }
    }

    /// The state as readers see it.
    pub fn state(&self) -> Arc<State> {
        self.served.committer.state()
    }

    /// What was committed since this was last asked.
    pub fn take_changes(&self) -> Vec<Change> {
        std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The kernel that follows.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The state as the next start would read it; none for a server that keeps nothing.
    pub fn reloaded(&self) -> Option<State> {
        let disk = self.disk.as_ref()?;
        Some(disk.store.lock().unwrap_or_else(PoisonError::into_inner).load().expect("what was written can be read"))
    }

    /// Takes a step. What it does depends on nothing but the step and the state.
    ///
    /// # Errors
    /// When the server did what it must never do: panic or lose its writer.
    pub fn take(&self, step: &Step) -> Result<Answer, String> {
        SEED.store(step.seed, Ordering::SeqCst);
        NOW.store(step.time().0, Ordering::SeqCst);
        match &step.what {
            What::Request(form) => self.request(step.scope, form),
            What::Advance => self.advance(step.scope),
        }
    }

    fn request(&self, scope: Scope, form: &Form) -> Result<Answer, String> {
        let params = match query::parse(form.encoded().as_bytes()) {
            Ok(params) => params,
            Err(error) => return Ok(Err(error)),
        };
        let answer = catch_unwind(AssertUnwindSafe(|| self.runtime.block_on(dispatch(&self.served, scope, params))));
        match answer {
            Err(_) => Err("a reading operation panicked".into()),
            Ok(Err(error)) if error.code.as_str() == "RequestLimitExceeded" => {
                Err("the writer has ended: a writing operation panicked".into())
            }
            Ok(Err(error)) if error.code.status() >= 500 => Err(format!("an internal error: {error}")),
            Ok(answer) => Ok(answer),
        }
    }

    /// What the supervisor does, at once: every transition ends, and what was terminated long ago is forgotten.
    fn advance(&self, scope: Scope) -> Result<Answer, String> {
        let world = Arc::clone(&self.served.world);
        let run = move |state: State| {
            let mut random = random();
            let ctx = Ctx { scope, now: now(), random: &mut *random, world: &world };
            let mut draft = Draft::new(state, scope);
            let instances: Vec<_> = draft.realm().instances.iter().map(|instance| instance.id).collect();
            for id in instances {
                while life_cycle::advance(&mut draft, &ctx, id).is_some() {}
            }
            housekeeping::forget(&mut draft, ctx.now);
            complete_attachments(&mut draft);
            let (state, changes) = draft.finish();
            (Ok(String::new()), (!changes.is_empty()).then_some((state, changes)))
        };
        self.served.committer.submit_blocking(run).map_err(|_| "the writer has ended: the life cycle panicked".to_owned())
    }
}

/// An interface that was attached to a running instance arrives in it.
fn complete_attachments(draft: &mut Draft) {
    let attaching = |interface: &NetworkInterface| interface.attachment.as_ref().is_some_and(|attachment| !attachment.complete);
    let interfaces: Vec<_> = draft.realm().interfaces.iter().filter(|interface| attaching(interface)).cloned().collect();
    for interface in interfaces {
        let attachment = interface.attachment.clone().map(|attachment| Attachment { complete: true, ..attachment });
        draft.put(NetworkInterface { attachment, ..NetworkInterface::clone(&interface) });
    }
}

fn now() -> Timestamp {
    Timestamp(NOW.load(Ordering::SeqCst))
}

fn random() -> Box<dyn Random> {
    let mut seeds = SeededRandom(SEED.load(Ordering::SeqCst));
    let random = SeededRandom(seeds.next_u64());
    // The first request in a realm makes the realm too, with chance of its own.
    SEED.store(seeds.next_u64(), Ordering::SeqCst);
    Box::new(random)
}

struct Recorder(Arc<Mutex<Vec<Change>>>);

impl Observer for Recorder {
    fn committed(&mut self, _state: &Arc<State>, changes: &[Change]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(changes);
    }
}

/// A store that the walk can read while the writer has it.
struct Shared(Arc<Mutex<RedbStore>>);

impl Store for Shared {
    fn load(&mut self) -> Result<State, StoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).load()
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).commit(changes)
    }
}
