//! The data plane beside a walk: a kernel that follows every commit, in memory or Linux itself in a namespace of its own.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::commit::Observer;
use fabric::kernel::linux::LinuxKernel;
use fabric::kernel::memory::MemoryKernel;
use fabric::kernel::{Kernel, KernelError, Namespace, Objects, Step};
use fabric::netns;
use fabric::reconcile::{Reconciler, Settings};
use model::world::Pools;
use model::{Change, State};
use nix::sched::{CloneFlags, unshare};
use tempfile::TempDir;

/// How long the kernel may take to be what was committed.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Which kernel follows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum KernelKind {
    /// A map that is as strict as Linux.
    Memory,
    /// Linux, in a network namespace that plays the host; the calling thread moves into it.
    Linux,
}

/// A kernel and what keeps it so.
pub struct Network {
    // Ends before the namespaces are removed.
    reconciler: Arc<Reconciler>,
    kind: KernelKind,
    /// The steps that failed in memory, and why.
    failed: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

/// A kernel in memory that notes what failed.
struct Noting(MemoryKernel, Arc<Mutex<Vec<String>>>);

impl Kernel for Noting {
    fn namespaces(&mut self) -> Result<Vec<Namespace>, KernelError> {
        self.0.namespaces()
    }

    fn dump(&mut self, namespaces: &[Namespace]) -> Result<Objects, KernelError> {
        self.0.dump(namespaces)
    }

    fn apply(&mut self, steps: &[Step]) -> Vec<Result<(), KernelError>> {
        let results = self.0.apply(steps);
        let failed = steps.iter().zip(&results).filter_map(|(step, result)| Some(format!("{step:?}: {}", result.as_ref().err()?)));
        self.1.lock().unwrap_or_else(PoisonError::into_inner).extend(failed);
        results
    }
}

impl Network {
    /// An empty network.
    pub fn start(kind: KernelKind) -> Self {
        let folder = tempfile::tempdir().expect("a folder for namespaces");
        let settings = Settings { full_every: Duration::from_secs(24 * 3600), ..Settings::new(Pools::default()) };
        let failed = Arc::default();
        let reconciler = match kind {
            KernelKind::Memory => Reconciler::start(Noting(MemoryKernel::new(), Arc::clone(&failed)), State::default(), settings),
            KernelKind::Linux => {
                assert!(nix::unistd::geteuid().is_root(), "the walk on Linux needs root; it does not pass without it");
                unshare(CloneFlags::CLONE_NEWNET).expect("a network namespace of its own");
                let up = Command::new("ip").args(["link", "set", "lo", "up"]).status().expect("iproute2");
                assert!(up.success());
                let kernel = LinuxKernel::new(folder.path()).expect("netlink");
                Reconciler::start(kernel, State::default(), settings)
            }
        };
        let reconciler = Arc::new(reconciler.expect("a reconciler"));
        reconciler.settle(SETTLE_TIMEOUT).expect("an empty network");
        Self { reconciler, kind, failed, folder }
    }

    /// What tells the kernel of commits.
    pub fn observer(&self) -> Box<dyn Observer> {
        Box::new(Follower(Arc::clone(&self.reconciler)))
    }

    /// What was reached step by step is what the state wants, computed and compared from nothing.
    ///
    /// # Errors
    /// Says what was not so.
    pub fn is_as_desired(&self) -> Result<(), String> {
        let unsettled = |error: fabric::reconcile::Unsettled| format!("the kernel does not follow: {error}");
        self.reconciler.settle(SETTLE_TIMEOUT).map_err(unsettled)?;
        // Namespaces are compared when a step failed in them, which mends what the steps missed. On Linux also when the
        // kernel itself changes something.
        let compared = self.reconciler.status().compared;
        if compared > 0 && self.kind == KernelKind::Memory {
            let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner).join("; ");
            return Err(format!("steps failed in the kernel, so that it had to be compared {compared} times: {failed}"));
        }
        self.reconciler.compare_everything();
        self.reconciler.settle(SETTLE_TIMEOUT).map_err(unsettled)?;
        match self.reconciler.status().mended {
            0 => Ok(()),
            mended => Err(format!("{mended} kernel objects were not as the state wants them")),
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.reconciler.stop();
        let Ok(data) = self.folder.path().canonicalize() else { return };
        for id in netns::list(&data).unwrap_or_default() {
            let _ = netns::remove(&data, &id);
        }
        let _ = netns::remove_directory(&data);
    }
}

struct Follower(Arc<Reconciler>);

impl Observer for Follower {
    fn committed(&mut self, state: &Arc<State>, changes: &[Change]) {
        self.0.committed(State::clone(state), changes);
    }
}
