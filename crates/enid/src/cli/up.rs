//! `enid up`: the server.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use ipnet::{IpNet, Ipv4Net};
use model::instance::InstanceState;
use model::world::Pools;
use model::{State, World};
use serde_json::Value;
use tokio::net::TcpSocket;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::{DataFolder, doctor, down, ensure_not_emptied, find, print};
use crate::answer::Answers;
use crate::body::LargeBodies;
use crate::config::{Config, Listen};
use crate::credentials::{self, Credentials};
use crate::detach::{self, Reporter, Side};
use crate::folder::{Folder, ServerFile};
use crate::health::{FabricState, Health};
use crate::host::{LinuxHost, NetworkObserver};
use crate::host_network::{self, HostNetwork};
use crate::server::{self, Api};
use crate::supervisor::{Host, Marks, NoHost, Supervisor};
use crate::{control, health, memory, notify, status, version};
use engine::commit::{Committer, Observer};
use engine::dispatch::Served;
use engine::readers::Readers;
use engine::store::Store;
use engine::store::memory::MemoryStore;
use engine::store::redb::RedbStore;
use engine::{clock_and_random, panics};
use machine::{descriptors, folders, terminal};
use ops::checks::{Checks, timestamp};

/// Connections that may wait for the server to accept them.
const WAITING_CONNECTIONS_MAX: u32 = 1024;

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
    /// Serve in the background, and return once requests are answered; the log is server.log in the data folder
    #[arg(long, short)]
    detach: bool,
    /// As --detach, and return only when the network of what runs is complete, after so many seconds at most
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "60", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    wait: Option<u32>,
    /// Print where the server is as JSON
    #[arg(long)]
    json: bool,
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
        let starter = if self.is_detached() {
            match detach::detach(&folder.log())? {
                Side::Starter(said) => return self.started(&folder, &said),
                Side::Server(starter) => starter,
            }
        } else {
            Reporter::default()
        };
        let mut result = self.serve(&config, &folder, &starter);
        if self.ephemeral {
            let removed = down::remove(folder.path());
            let removed = removed.and_then(|_| folder.remove());
            result = result.and(removed.map(|()| terminal::say("Everything was removed, as --ephemeral asks.")));
        }
        if let Err(error) = &result {
            starter.failed(error);
        }
        result
    }

    fn is_detached(&self) -> bool {
        self.detach || self.wait.is_some()
    }

    /// What is left to do for who started a server in the background.
    fn started(&self, folder: &Folder, said: &str) -> Result<(), String> {
        print(said)?;
        let Some(seconds) = self.wait else { return Ok(()) };
        let programmed = health::poll(folder, Duration::from_secs(seconds.into()), |health| {
            matches!(health.fabric.state, FabricState::None | FabricState::Programmed)
        });
        programmed
            .map_err(|_| format!("the network is not complete after {seconds} s; `enid status` says what lacks, and the server goes on"))
    }

    fn serve(&self, config: &Config, folder: &Folder, starter: &Reporter) -> Result<(), String> {
        ensure_not_emptied(folder)?;
        // Instances run as root too; others' folders are closed to those who are not.
        if nix::unistd::geteuid().is_root()
            && let Err(error) = folders::note(folder.path())
        {
            terminal::warn(format_args!("the instances of other servers of this host can see {}: {error}", folder.path().display()));
        }
        let mut store: Box<dyn Store> = if self.ephemeral {
            Box::new(MemoryStore)
        } else {
            Box::new(RedbStore::open(&folder.store()).map_err(|error| error.to_string())?)
        };
        // Before anything is made in the kernel: a server that cannot be asked must not change it.
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
        let told = runtime.block_on(async { Told::listen() }).map_err(|error| error.to_string())?;
        let socket = self.socket(config)?;
        // A killed server's file would be taken for this one's.
        folder.remove_server();
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
        let health = health_of(host.clone(), fabric.clone());
        let answer = status_of(committer.clone(), host.clone(), fabric.clone(), Arc::clone(&health));
        control::serve(&folder.control(), Arc::new(answer)).map_err(|error| format!("{}: {error}", folder.control().display()))?;
        let console_of = host.clone();
        let console = Arc::new(move |id| console_of.as_ref().map(|host| host.console(id)).unwrap_or_default());
        let answers = Arc::<Answers>::default();
        let readers = {
            let answers = Arc::clone(&answers);
            Readers::start(move || answers.wait_for_room())
        }
        .map_err(|error| error.to_string())?;
        let line = status_line(committer.clone(), Arc::clone(&health));
        let checked = host.clone();
        let checks = Arc::new(move |here: model::Here<'_>, id| checked.as_ref().map_or(Checks::PASSED, |host| host.checks(here, id)));
        let served = Served { committer, world, now: clock_and_random::now, random: clock_and_random::random, console, checks, readers };
        let api = Arc::new(Api { served, credentials, verbose: self.verbose, large_bodies: LargeBodies::default(), answers, health });
        let serving = Serving { listen: socket.local_addr().map_err(|error| error.to_string())?, folder, fabric: &fabric };
        let result = runtime.block_on(self.until_told(told, socket, api, serving, line, starter));
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

    /// The socket to listen on. Until it listens, clients find no server: once they find one, there is a key to sign with and
    /// the other commands know of it.
    fn socket(&self, config: &Config) -> Result<TcpSocket, String> {
        let listen = self.listen.as_ref().or(config.listen.as_ref()).cloned().unwrap_or_default();
        let refused = |error: String| format!("cannot listen on {listen}: {error}; choose another with --listen");
        let mut why = "it has no address".to_owned();
        for address in listen.addresses().map_err(refused)? {
            match bound(address) {
                Ok(socket) => return Ok(socket),
                Err(error) => why = error.to_string(),
            }
        }
        Err(refused(why))
    }

    /// What instances run on, and in words how that was decided.
    fn host(&self, state: &State, config: &Config, world: &mut World, folder: &Folder) -> Result<(Option<Arc<LinuxHost>>, String), String> {
        if self.fabric == Fabric::None {
            return Ok((None, "none, as asked: the API answers, no packets move".into()));
        }
        let missing = doctor::missing(folder.path());
        if missing.is_empty() {
            self.spare_the_host(state, config, &mut world.pools)?;
            let host = LinuxHost::start(folder.path(), state, world, config.limits)?;
            return Ok((Some(host), "the kernel of this host".into()));
        }
        if self.fabric == Fabric::Require {
            return Err(format!("--fabric require, and this machine lacks what it takes:\n  {}", missing.join("\n  ")));
        }
        let names: Vec<&str> = missing.iter().map(|missing| missing.split_once(':').map_or(missing.as_str(), |(name, _)| name)).collect();
        let fabric =
            format!("none: the API answers, no packets move, since this machine lacks {}; `enid doctor` says more", names.join(", "));
        Ok((None, fabric))
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
fn status_of(
    committer: Committer,
    host: Option<Arc<LinuxHost>>,
    fabric: String,
    health: Arc<dyn Fn() -> Health + Send + Sync>,
) -> impl Fn(&str) -> Option<Value> + Send + Sync {
    move |question| {
        if question == health::QUESTION {
            return serde_json::to_value(health()).ok();
        }
        if question == find::QUESTION {
            return serde_json::to_value(status::listed(&committer.state())).ok();
        }
        if question != "status" {
            return None;
        }
        let state = committer.state();
        let mut report = status::report(&state, fabric.clone());
        if let Some(host) = &host {
            host.add_problems(&state, &mut report);
            let network = host.network();
            report.kernel = network.kinds.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
            report.drift = network.drift.iter().map(|drift| format!("{}: {}", timestamp(drift.at).reason_text(), drift.what)).collect();
            report.problems.extend(network.failures);
            if network.pending {
                report.problems.push("changes wait to be programmed".into());
            }
        }
        serde_json::to_value(report).ok()
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn health_of(host: Option<Arc<LinuxHost>>, fabric: String) -> Arc<dyn Fn() -> Health + Send + Sync> {
    Arc::new(move || {
        let state = match host.as_ref().map(|host| host.network()) {
            None => FabricState::None,
            Some(network) if !network.failures.is_empty() => FabricState::Failing,
            Some(network) if network.pending => FabricState::Pending,
            Some(_) => FabricState::Programmed,
        };
        Health::serving(state, fabric.clone())
    })
}

/// What the server says of itself when a signal asks.
fn status_line(committer: Committer, health: Arc<dyn Fn() -> Health + Send + Sync>) -> impl Fn() -> String {
    move || {
        let state = committer.state();
        let instances = || state.realms().flat_map(|(_, realm)| realm.instances.iter());
        let count = |wanted: InstanceState| instances().filter(|instance| instance.state == wanted).count();
        let there = instances().count() - count(InstanceState::Terminated);
        let (running, fabric) = (count(InstanceState::Running), health().fabric);
        format!("enid {} serves: {there} instances, {running} of them running; packets: {}", version::VERSION, fabric.detail)
    }
}

/// What is told of a server that serves.
struct Serving<'a> {
    listen: SocketAddr,
    folder: &'a Folder,
    fabric: &'a str,
}

impl Up {
    async fn until_told(
        &self,
        mut told: Told,
        socket: TcpSocket,
        api: Arc<Api>,
        serving: Serving<'_>,
        line: impl Fn() -> String,
        starter: &Reporter,
    ) -> Result<(), String> {
        let listen = serving.listen;
        let listener = socket.listen(WAITING_CONNECTIONS_MAX).map_err(|error| format!("cannot listen on {listen}: {error}"))?;
        serving.folder.write_server(&ServerFile { listen: serving.listen, pid: std::process::id() })?;
        let said = if self.json { self.described(&serving) } else { self.announcement(&serving) };
        // At once, so that nothing else comes between; where a shell waits at its prompt, on a line of its own.
        let begin = if detach::is_in_background() { "\n" } else { "" };
        terminal::say(format_args!("{begin}{said}"));
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::serve(listener, api, stopped));
        starter.serves(&format!("{said}\n"));
        notify::ready();
        let log = self.is_detached().then(|| serving.folder.log());
        let signal = told.until_end(|| terminal::say(line()), log.as_deref()).await;
        terminal::say(format_args!("enid ends, as {signal} asks."));
        notify::stopping();
        let _ = stop.send(true);
        server.await.map_err(|error| error.to_string())
    }

    fn announcement(&self, serving: &Serving<'_>) -> String {
        let Serving { listen, folder, fabric } = serving;
        let mut lines = vec![format!("enid listens on http://{listen}, data in {}", folder.path().display()), format!("Packets: {fabric}")];
        if !listen.ip().is_loopback() {
            lines.push(
                "Others can reach this address. Who has a key can run commands on this host as this user; requests and answers are not encrypted."
                    .into(),
            );
        }
        let data = if folder.path() == Folder::default_path() { String::new() } else { format!(" --data {}", for_shell(folder.path())) };
        let here = self.is_detached() || detach::is_in_background();
        lines.push(if here { "To use it:" } else { "In another shell:" }.into());
        lines.push(format!("  eval \"$(enid env{data})\"\n  aws ec2 describe-vpcs"));
        if self.is_detached() {
            lines.push(format!("`kill {}` ends it.", std::process::id()));
        }
        lines.join("\n")
    }

    fn described(&self, serving: &Serving<'_>) -> String {
        let Serving { listen, folder, fabric } = serving;
        let log = self.is_detached().then(|| folder.log());
        let url = format!("http://{listen}");
        serde_json::json!({ "url": url, "pid": std::process::id(), "data": folder.path(), "fabric": fabric, "log": log }).to_string()
    }
}

/// The signals that concern the server. Those that come before they are waited for count too.
struct Told {
    interrupt: Signal,
    terminate: Signal,
    quit: Signal,
    /// What else would end a process without a word. They ask for a line on how things stand.
    asking: [Signal; 2],
    /// A terminal that is closed ends the server as Ctrl-C does, unless it was started to outlive the terminal (`nohup`).
    hangup: Option<Signal>,
}

impl Told {
    fn listen() -> io::Result<Self> {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
        let heeded = ignored.is_none_or(|ignored| ignored & (1 << (libc::SIGHUP - 1)) == 0);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            quit: signal(SignalKind::quit())?,
            asking: [signal(SignalKind::user_defined1())?, signal(SignalKind::user_defined2())?],
            hangup: if heeded { Some(signal(SignalKind::hangup())?) } else { None },
        })
    }

    /// Waits for a signal to end, and gives its name. `tell` answers those that ask. With a log file, which no terminal stands behind,
    /// a hangup says that the file was moved away.
    async fn until_end(&mut self, tell: impl Fn(), log: Option<&Path>) -> &'static str {
        let [first, second] = &mut self.asking;
        loop {
            let hangup = async {
                match &mut self.hangup {
                    Some(hangup) => drop(hangup.recv().await),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => return "SIGINT",
                _ = self.terminate.recv() => return "SIGTERM",
                _ = self.quit.recv() => return "SIGQUIT",
                _ = first.recv() => tell(),
                _ = second.recv() => tell(),
                () = hangup => match log {
                    Some(log) => detach::reopen(log),
                    None => return "SIGHUP",
                },
            }
        }
    }
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
