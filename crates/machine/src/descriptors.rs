//! How many files a process may have open.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// The usual limit. Programs that use select(2), or close all that could be open, expect it; they may raise it themselves.
const USUAL: u64 = 1024;

/// Lets the process have as many open files as it may: a connection takes one, a VPC takes five. Failing that, what goes beyond
/// the limit fails by name.
pub fn allow_many() {
    set_soft_limit(u64::MAX);
}

/// Undoes [`allow_many`] for whoever comes next.
pub fn allow_usual() {
    set_soft_limit(USUAL);
}

fn set_soft_limit(wanted: u64) {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, wanted.min(most), most);
    }
}
