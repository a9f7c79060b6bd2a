//! The kernel as a flat set of keyed objects, and the two ways to change it.
//!
//! Everything the data plane makes is one [`Key`] with one [`Value`]. Comparing what is wanted with what is there is then
//! a comparison of two sorted maps, and [`crate::plan`] needs to know no netlink.
//!
//! Invariants
//! - [`Kernel::dump`] returns only objects that enid could have made: in namespaces of enid's everything that the kernel
//!   does not make by itself, in the host's namespace what bears enid's names and route protocol.
//! - [`Kernel::apply`] never stops at an error: each step has its own result.
//! - Deleting what is already gone succeeds.

pub mod linux;
pub mod memory;
mod object;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::os::fd::RawFd;

pub use object::{
    Chain, Family, Hook, Key, Link, LinkKind, Name, Namespace, Peer, Route, RouteTarget, Set, SetData, SetField, Timeouts, Value, datatype,
};

/// A set of kernel objects.
pub type Objects = BTreeMap<Key, Value>;

/// One change of one kernel object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make the object, or make it have this value. `old` is what it had, if it exists.
    Put {
        /// Which object.
        key: Key,
        /// What it shall be.
        value: Value,
        /// What it is now, where known.
        old: Option<Value>,
    },
    /// Remove the object.
    Delete {
        /// Which object.
        key: Key,
        /// What it is now.
        old: Value,
    },
}

impl Step {
    /// The object that this step changes.
    pub fn key(&self) -> &Key {
        match self {
            Step::Put { key, .. } | Step::Delete { key, .. } => key,
        }
    }
}

/// Why the kernel refused something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelError {
    /// What was tried, in words.
    pub what: String,
    /// The kernel's error number, 0 where there is none.
    pub errno: i32,
    /// The kernel's own explanation, or that of the error number.
    pub message: String,
}

impl KernelError {
    /// An error that bears no error number.
    pub fn new(what: impl Into<String>, message: impl Into<String>) -> KernelError {
        KernelError { what: what.into(), errno: 0, message: message.into() }
    }

    /// The error of a system call.
    pub fn io(what: impl Into<String>, error: &std::io::Error) -> KernelError {
        KernelError { what: what.into(), errno: error.raw_os_error().unwrap_or(0), message: error.to_string() }
    }
}

impl fmt::Display for KernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.message)
    }
}

impl std::error::Error for KernelError {}

/// What [`Kernel::keep_namespaces`] came to.
#[derive(Debug, Default)]
pub struct Keeping {
    /// What could not be done, and for which namespace; the host stands for all.
    pub failed: Vec<(Namespace, KernelError)>,
    /// The namespaces that were another one than they are now.
    pub exchanged: Vec<Namespace>,
}

/// Something that holds kernel objects: Linux, or a map in memory.
pub trait Kernel {
    /// The namespaces that exist, without the host's own.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn namespaces(&mut self) -> Result<Vec<Namespace>, KernelError>;

    /// Whether a namespace exists.
    ///
    /// # Errors
    /// When that cannot be told.
    fn exists(&mut self, namespace: &Namespace) -> Result<bool, KernelError> {
        Ok(*namespace == Namespace::Host || self.namespaces()?.contains(namespace))
    }

    /// Sees to it that the namespaces outlive this process, and that each one is the one that its instance's processes are in.
    fn keep_namespaces(&mut self) -> Keeping {
        Keeping::default()
    }

    /// Whether the namespaces would not outlive this process any more, since the last call of [`Kernel::keep_namespaces`].
    fn lost_keeper(&mut self) -> bool {
        false
    }

    /// The objects in these namespaces, each with its [`Key::Namespace`]. A namespace that does not exist yields nothing.
    ///
    /// # Errors
    /// When the kernel cannot be read; nothing may be concluded from a part of it.
    fn dump(&mut self, namespaces: &[Namespace]) -> Result<Objects, KernelError>;

    /// Takes the steps in order, all of them, and returns a result for each.
    fn apply(&mut self, steps: &[Step]) -> Vec<Result<(), KernelError>>;

    /// Descriptors that become readable when somebody else may have changed something.
    fn descriptors(&self) -> Vec<RawFd> {
        Vec::new()
    }

    /// The namespaces in which somebody else changed something since the last call, as far as was noticed.
    fn touched(&mut self) -> BTreeSet<Namespace> {
        BTreeSet::new()
    }

    /// The links in VPCs whose other end takes no packets, since it was set down, as far as was noticed.
    fn silent(&self) -> BTreeSet<(Namespace, Name)> {
        BTreeSet::new()
    }
}
