//! `enid down`: removes what enid made of this data folder in the kernel, and nothing else.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::{DataFolder, print};
use crate::holder::{self, Holder};
use machine::{self, folders};

/// Remove every namespace, link and process that enid made for this data folder, and nothing else.
///
/// The data stays: the next `enid up` makes the network again.
#[derive(Args)]
pub struct Down {
    #[command(flatten)]
    data: DataFolder,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was removed.
#[derive(Serialize)]
pub struct Removed {
    /// The instances that were ended.
    instances: Vec<String>,
    /// The network namespaces.
    namespaces: BTreeSet<String>,
}

impl fmt::Display for Removed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Ended {} instances and removed {} network namespaces.", self.instances.len(), self.namespaces.len())
    }
}

impl Down {
    /// Removes it, going on where something cannot be removed.
    ///
    /// # Errors
    /// When a server is running, or with everything that could not be removed.
    pub fn run(&self) -> Result<(), String> {
        let folder = self.data.folder();
        if let Some(server) = folder.running_server() {
            return Err(format!("the server is running (process {}); stop it first, or it would make everything again", server.pid));
        }
        let path = folder.path();
        match path.read_dir() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(format!("there is no data folder {}; --data names another", path.display()));
            }
            Err(error) => return Err(format!("cannot read {}: {error}; run enid down as the user who ran enid up", path.display())),
            Ok(_) => {}
        }
        if !folder.is_enids() {
            return Err(format!("{} is not a data folder of enid's, and is left as it is; --data names another", path.display()));
        }
        // Whoever is not root can have made nothing but the folder.
        if !nix::unistd::geteuid().is_root() && fabric::netns::list(path).is_ok_and(|namespaces| !namespaces.is_empty()) {
            return Err(format!("removing the network of {} takes root", path.display()));
        }
        let removed = remove(path)?;
        if self.json {
            return print(&format!("{:#}\n", serde_json::to_value(removed).unwrap_or_default()));
        }
        print(&format!("{removed}\n"))
    }
}

/// Ends the instances and removes the network of a data folder; says what was removed.
///
/// # Errors
/// With everything that could not be removed; the rest is.
pub fn remove(data: &Path) -> Result<Removed, String> {
    let mut problems = Vec::new();
    let instances = machine::down(data);
    problems.extend(instances.problems.iter().map(ToString::to_string));
    let mut namespaces: BTreeSet<String> = fabric::netns::list(data).unwrap_or_default().into_iter().collect();
    if nix::unistd::geteuid().is_root() {
        // What is pinned goes by name; what only the holder has, made by a server with mounts of its own, goes with it.
        let holder = Holder::find(data).unwrap_or_else(|error| {
            problems.push(format!("cannot ask the holder of the networks: {error}"));
            None
        });
        if let Some(holder) = &holder {
            namespaces.extend(holder.list().unwrap_or_default().into_keys());
        }
        problems.extend(fabric::down::down(data).iter().map(ToString::to_string));
        if let Some(Err(error)) = holder.map(|holder| holder.end(data)) {
            problems.push(format!("cannot end the holder of the networks: {error}"));
        }
        if let Err(error) = holder::remove_cgroup(data) {
            problems.push(format!("cannot remove the cgroup of the holder of the networks: {error}"));
        }
    }
    if !problems.is_empty() {
        return Err(format!("not everything could be removed:\n  {}", problems.join("\n  ")));
    }
    folders::forget(data);
    Ok(Removed { instances: instances.ended, namespaces })
}
