//! The status checks of instances: what the kernel says of those that run.
//!
//! EC2's check of an instance sends an ARP request to its interface; here the pair of links tells as much: the VPC's end has a
//! carrier while the guest's end is up. What a guest does above that (addresses, firewall) is not looked at. The system's check
//! fails while something of the instance's network cannot be made.

use std::time::SystemTime;

use model::ids::InstanceId;
use model::{Here, Timestamp};

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// All is well.
    Passed,
    /// The instance is booting.
    Initializing,
    /// It has failed since then.
    Failed(Timestamp),
}

/// The checks of a running instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checks {
    /// Of the instance: its processes, and its primary interface inside.
    pub instance: Check,
    /// Of what it runs on.
    pub system: Check,
}

impl Checks {
    /// Where nothing runs, nothing fails.
    pub const PASSED: Checks = Checks { instance: Check::Passed, system: Check::Passed };
}

impl Check {
    /// Failed since then, if ever.
    pub fn failed_since(since: Option<SystemTime>) -> Check {
        since.map_or(Check::Passed, |since| Check::Failed(timestamp(since)))
    }
}

/// A time of the kernel's side as one of the API's.
pub fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Reads the checks of an instance, which no row holds.
pub type ReadChecks = dyn Fn(Here<'_>, InstanceId) -> Checks + Send + Sync;
