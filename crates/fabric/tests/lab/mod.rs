//! A laboratory for packet tests: the calling thread in a network namespace of its own that plays the host, and the tools of
//! iproute2 and nftables as independent witnesses.

#![allow(dead_code, unused_imports, missing_docs, clippy::unwrap_used, clippy::panic, clippy::expect_used)]

pub mod net;
pub mod walk;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fabric::netns;
use nix::sched::{CloneFlags, unshare};

/// A namespace to play the host, and a data folder. What is left in it when it ends is removed.
pub struct Lab {
    folder: tempfile::TempDir,
}

impl Lab {
    /// Moves the calling thread into a namespace of its own. Each test runs on its own thread.
    pub fn new() -> Lab {
        assert!(nix::unistd::geteuid().is_root(), "packet tests need root; they do not pass without it");
        unshare(CloneFlags::CLONE_NEWNET).expect("a network namespace of its own");
        let lab = Lab { folder: tempfile::tempdir().unwrap() };
        lab.host("ip link set lo up");
        lab
    }

    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, id: &str) -> PathBuf {
        netns::path(&self.folder.path().canonicalize().unwrap(), id)
    }

    /// Runs a command line on the host; it must succeed.
    pub fn host(&self, line: &str) -> String {
        succeed(line, shell(line))
    }

    /// Runs a command line on the host and says whether it succeeded.
    pub fn host_can(&self, line: &str) -> bool {
        shell(line).status.success()
    }

    /// Runs a command line in a namespace; it must succeed.
    pub fn run(&self, id: &str, line: &str) -> String {
        succeed(line, netns::run_in(&self.path(id), || shell(line)).unwrap())
    }

    /// Runs a command line in a namespace and says whether it succeeded.
    pub fn can(&self, id: &str, line: &str) -> bool {
        netns::run_in(&self.path(id), || shell(line)).unwrap().status.success()
    }

    /// What one needs to see when a packet does not arrive.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for line in ["ip -br addr", "ip route show table all"] {
            text += &format!("--- host: {line}\n{}", String::from_utf8_lossy(&shell(line).stdout));
        }
        for id in netns::list(&self.folder.path().canonicalize().unwrap()).unwrap_or_default() {
            for line in [
                "ip -br addr",
                "ip rule",
                "ip route show table all",
                "ip -6 route show table all",
                "ip neigh",
                "nft list ruleset",
                "conntrack -L",
            ] {
                let output = netns::run_in(&self.path(&id), || shell(line)).unwrap();
                text += &format!("--- {id}: {line}\n{}", String::from_utf8_lossy(&output.stdout));
            }
        }
        text
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let path = std::env::temp_dir().join(format!("fabric-failure-{}.txt", std::process::id()));
            let _ = std::fs::write(&path, self.describe());
            eprintln!("the state of all namespaces is in {}", path.display());
        }
        let data = self.folder.path().canonicalize().unwrap();
        for id in netns::list(&data).unwrap_or_default() {
            let _ = netns::remove(&data, &id);
        }
        let _ = netns::remove_directory(&data);
    }
}

/// Runs a command line where the thread is.
pub fn shell(line: &str) -> Output {
    Command::new("sh").args(["-c", line]).output().unwrap()
}

fn succeed(line: &str, output: Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{line}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}
