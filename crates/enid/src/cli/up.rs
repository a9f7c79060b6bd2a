//! `enid up`: the server.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use ipnet::{IpNet, Ipv4Net};
use model::world::Pools;
use model::{State, World};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::{DataFolder, doctor, down, ensure_not_emptied};
use crate::answer::Answers;
use crate::body::LargeBodies;
use crate::commit::{Committer, Observer};
use crate::config::{Config, Listen};
use crate::credentials::{self, Credentials};
use crate::folder::{Folder, ServerFile};
use crate::host::{LinuxHost, NetworkObserver};
use crate::host_network::{self, HostNetwork};
use crate::ops::Served;
use crate::readers::Readers;
use crate::server::{self, Api};
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::store::redb::RedbStore;
use crate::supervisor::{Host, Marks, NoHost, Supervisor};
use crate::{chance, control, descriptors, memory, panics, status, terminal};

/// Start the server: the API on one address, and the network behind it.
#[derive(Args)]
pub struct Up {
    #[command(flatten)]
    data: DataFolder,
    /// The address to listen on [default: 127.0.0.1:8773]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<Listen>,
    /// Whether packets move: auto uses the kernel if it can, none answers the API only, require refuses to start
    /// without
    #[arg(long, value_enum, default_value_t = Fabric::Auto)]
    fabric: Fabric,
    /// A configuration file: accounts, quotas, address pools, images
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Take over the address pools although this host uses addresses of them itself, which it then cannot reach
    #[arg(long)]
    allow_overlap: bool,
    /// Keep nothing: a folder of its own, and the network removed at exit
    #[arg(long)]
    ephemeral: bool,
    /// Print a line for each request: its action, how long it took, and what was answered
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fabric {
    Auto,
    None,
    Require,
}

impl Up {
    /// Serves until told to stop.
    ///
    /// # Errors
    /// When the server cannot start.
    pub fn run(&self) -> Result<(), String> {
        let config = self.config.as_deref().map(Config::read).transpose()?.unwrap_or_default();
        panics::end_the_process();
        // Access keys and user data are not for core dumps.
        let _ = nix::sys::prctl::set_dumpable(false);
        descriptors::allow_many();
        memory::return_large_pieces();
        let path = self.data.path();
        // What is removed at exit must be what this run made.
        if self.ephemeral && self.data.data.is_some() && path.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(format!("--ephemeral removes its folder at exit, and {} is not empty; choose another with --data", path.display()));
        }
        let folder = if self.ephemeral && self.data.data.is_none() { Folder::make_temporary()? } else { Folder::make(&path)? };
        let result = self.serve(&config, &folder);
        if self.ephemeral {
            let removed = down::remove(folder.path());
            let _ = std::fs::remove_dir_all(folder.path());
            return result.and(removed.map(|_| terminal::say("Everything was removed, as --ephemeral asks.")));
        }
        result
    }

    fn serve(&self, config: &Config, folder: &Folder) -> Result<(), String> {
        ensure_not_emptied(folder)?;
        let mut store: Box<dyn Store> = if self.ephemeral {
            Box::new(MemoryStore)
        } else {
            Box::new(RedbStore::open(&folder.store()).map_err(|error| error.to_string())?)
        };
        // Before anything is made in the kernel: a server that cannot be asked must not change it.
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
        let told = runtime.block_on(async { told() }).map_err(|error| error.to_string())?;
        let listener = runtime.block_on(self.listener(config))?;
        let key = credentials::read_or_make(folder.path())?;
        let credentials = Credentials::new(&key, &config.accounts)?;
        let state = store.load().map_err(|error| error.to_string())?;
        let mut world = config.world.clone();
        let (host, fabric) = self.host(&state, config, &mut world, folder)?;
        world.data_plane = host.is_some();
        let world = Arc::new(world);
        let marks = Marks::default();
        // The network is marked before the instances: whoever then waits for the network waits for this commit's.
        let network = host.clone().map(|host| Box::new(NetworkObserver(host)) as Box<dyn Observer>);
        let observers = network.into_iter().chain([Box::new(marks.clone()) as Box<dyn Observer>]).collect();
        let committer = Committer::start(state, store, observers).map_err(|error| error.to_string())?;
        let runs: Arc<dyn Host> = match &host {
            Some(host) => Arc::clone(host) as _,
            None => Arc::new(NoHost),
        };
        let supervisor = Supervisor::start(committer.clone(), marks, runs, Arc::clone(&world)).map_err(|error| error.to_string())?;
        if let Some(host) = &host {
            host.report_to(Arc::clone(&supervisor)).map_err(|error| error.to_string())?;
        }
        let answer = status_of(committer.clone(), host.clone(), fabric.clone());
        control::serve(&folder.control(), Arc::new(answer)).map_err(|error| format!("{}: {error}", folder.control().display()))?;
        let console_of = host.clone();
        let console = Arc::new(move |id| console_of.as_ref().map(|host| host.console(id)).unwrap_or_default());
        let answers = Arc::<Answers>::default();
        let readers = {
            let answers = Arc::clone(&answers);
            Readers::start(move || answers.wait_for_room())
        }
        .map_err(|error| error.to_string())?;
        let served = Served { committer, world, now: chance::now, random: chance::random, console, readers };
        let api = Arc::new(Api { served, credentials, verbose: self.verbose, large_bodies: LargeBodies::default(), answers });
        let result = runtime.block_on(until_told(told, listener, api, folder, &fabric));
        // Before the network: what is just starting needs it.
        supervisor.close();
        folder.remove_server();
        if let Some(host) = host {
            host.leave_network();
            if !self.ephemeral {
                terminal::say(
                    "The instances and their network keep running. The next `enid up` takes them over; `enid down` removes them.",
                );
            }
        }
        result
    }

    async fn listener(&self, config: &Config) -> Result<TcpListener, String> {
        let listen = self.listen.as_ref().or(config.listen.as_ref()).cloned().unwrap_or_default();
        let refused = |error: String| format!("cannot listen on {listen}: {error}; choose another with --listen");
        let addresses = listen.addresses().map_err(refused)?;
        TcpListener::bind(addresses.as_slice()).await.map_err(|error| refused(error.to_string()))
    }

    /// What instances run on, and in words how that was decided.
    fn host(&self, state: &State, config: &Config, world: &mut World, folder: &Folder) -> Result<(Option<Arc<LinuxHost>>, String), String> {
        if self.fabric == Fabric::None {
            return Ok((None, "none, as asked: the API answers, no packets move".into()));
        }
        let missing = doctor::missing(folder.path());
        if missing.is_empty() {
            self.spare_the_host(state, config, &mut world.pools)?;
            let host = LinuxHost::start(folder.path(), state, world)?;
            return Ok((Some(host), "the kernel of this host".into()));
        }
        let missing = missing.join("\n  ");
        if self.fabric == Fabric::Require {
            return Err(format!("--fabric require, and this machine lacks what it takes:\n  {missing}"));
        }
        terminal::warn(format_args!("no packets will move, since this machine lacks what it takes:\n  {missing}"));
        Ok((None, "none: the API answers, no packets move; `enid doctor` says why".into()))
    }

    /// Keeps the pools from cutting the host off from what it reaches today. Of the default ranges, those beyond the first are left out
    /// where they would.
    fn spare_the_host(&self, state: &State, config: &Config, pools: &mut Pools) -> Result<(), String> {
        let clashes = HostNetwork::read()?.clashes(pools, Some(state));
        if self.allow_overlap {
            if !clashes.is_empty() {
                terminal::warn(format_args!(
                    "this host can no longer reach what it has in enid's pools:\n{}",
                    host_network::describe(&clashes)
                ));
            }
            return Ok(());
        }
        let spared: Vec<Ipv4Net> = pools.ipv4.iter().skip(1).filter(|_| !config.names_ipv4_pools).copied().collect();
        let is_spared = |range: Ipv4Net| spared.contains(&range) && state.public_addresses_within(range) == 0;
        let (left_out, refused): (Vec<_>, Vec<_>) =
            clashes.into_iter().partition(|clash| matches!(clash.range, IpNet::V4(range) if is_spared(range)));
        if !refused.is_empty() {
            return Err(format!(
                "this host uses addresses that enid would hand out, and could not reach them any more:\n{}\n\
                 or go on with --allow-overlap; --fabric none leaves the host's network alone",
                host_network::describe(&refused)
            ));
        }
        for clash in &left_out {
            pools.ipv4.retain(|range| clash.range != IpNet::V4(*range));
            terminal::warn(format_args!("no public addresses come from {}, which this host uses: {}", clash.range, clash.uses.join("; ")));
        }
        Ok(())
    }
}

/// Answers the questions of other commands.
fn status_of(committer: Committer, host: Option<Arc<LinuxHost>>, fabric: String) -> impl Fn(&str) -> Option<Value> + Send + Sync {
    move |question| {
        if question != "status" {
            return None;
        }
        let mut report = status::report(&committer.state(), fabric.clone());
        if let Some(host) = &host {
            let network = host.network();
            report.kernel = network.kinds.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
            report.problems = network.failures;
            if network.pending {
                report.problems.push("changes wait to be programmed".into());
            }
        }
        serde_json::to_value(report).ok()
    }
}

async fn until_told(
    told: impl Future<Output = ()>,
    listener: TcpListener,
    api: Arc<Api>,
    folder: &Folder,
    fabric: &str,
) -> Result<(), String> {
    let listen = listener.local_addr().map_err(|error| error.to_string())?;
    folder.write_server(&ServerFile { listen, pid: std::process::id() })?;
    announce(listen, folder, fabric);
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(server::serve(listener, api, stopped));
    told.await;
    let _ = stop.send(true);
    server.await.map_err(|error| error.to_string())
}

/// Listens for the signals that tell the server to end; those that come before the future is waited for count too.
fn told() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let hangup = hangup()?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = hangup => {}
        }
    })
}

/// A terminal that is closed ends the server as Ctrl-C does, unless it was started to outlive the terminal (`nohup`).
fn hangup() -> io::Result<impl Future<Output = ()>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let heeded = ignored.is_none_or(|ignored| ignored & (1 << (libc::SIGHUP - 1)) == 0);
    let mut hangup = if heeded { Some(signal(SignalKind::hangup())?) } else { None };
    Ok(async move {
        match &mut hangup {
            Some(hangup) => drop(hangup.recv().await),
            None => std::future::pending().await,
        }
    })
}

fn announce(listen: SocketAddr, folder: &Folder, fabric: &str) {
    terminal::say(format_args!("enid listens on http://{listen}, data in {}", folder.path().display()));
    terminal::say(format_args!("Packets: {fabric}"));
    if !listen.ip().is_loopback() {
        terminal::say(
            "Others can reach this address. Who has a key can run commands on this host as this user; requests and answers are not encrypted.",
        );
    }
    let data = if folder.path() == Folder::default_path() { String::new() } else { format!(" --data {}", for_shell(folder.path())) };
    terminal::say(format_args!("In another shell:\n  eval \"$(enid env{data})\"\n  aws ec2 describe-vpcs"));
}

/// A path as one word of a shell's.
fn for_shell(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+=:@%".contains(letter);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_to_a_shell() {
        for (path, word) in [("/var/lib/enid", "/var/lib/enid"), ("/my data", "'/my data'"), ("/it's$(x)", r"'/it'\''s$(x)'")] {
            assert_eq!(for_shell(Path::new(path)), word);
        }
    }
}
