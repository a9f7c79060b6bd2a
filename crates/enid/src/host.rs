//! Runs instances on this host: the network by the fabric, processes by the machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use fabric::kernel::linux::LinuxKernel;
use fabric::kernel::{Kernel as _, Namespace};
use fabric::reconcile::{Reconciler, Settings};
use model::ids::InstanceId;
use model::instance::{Instance, InstanceState};
use model::interface::NetworkInterface;
use model::{Change, Here, Scope, State, World};

use crate::config::LimitChoice;
use crate::holder::{self, HeldNamespaces};
use crate::status::Report;
use crate::supervisor::{Host, Supervisor};
use engine::commit::Observer;
use machine::files::{private_dir, replace};
use machine::terminal;
use machine::{Ended, MachineSpec, Machines, Stop};
use ops::checks::{Check, Checks, timestamp};

/// How long the network of a launch may take. It takes milliseconds, unless thousands of others are launched too.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Names the mount namespace whose userland instances get, for a server that is confined to mounts of its own.
const USERLAND: &str = "ENID_USERLAND";

/// An instance ended by itself: which, in which boot where that is known (else the one that was last begun), and how.
type News = (InstanceId, Option<u64>, Ended);

/// This host.
pub struct LinuxHost {
    data: PathBuf,
    machines: Arc<Machines>,
    reconciler: Reconciler,
    limits: LimitChoice,
    /// Which boot of each instance runs.
    boots: Mutex<BTreeMap<InstanceId, u64>>,
    /// Instances that ended by themselves, for the thread that tells the supervisor.
    ended: Mutex<Option<Receiver<News>>>,
    tell_ended: Sender<News>,
}

impl LinuxHost {
    /// Takes over what an earlier server left running, and begins to make the network what the state says.
    ///
    /// # Errors
    /// When the kernel cannot be opened or no thread can be started.
    pub fn start(data: &Path, state: &State, world: &World, limits: LimitChoice) -> Result<Arc<Self>, String> {
        let mut kernel = LinuxKernel::new(data).map_err(|error| format!("cannot open the kernel's netlink: {error}"))?;
        if let Some(owner) = kernel.other_owner().map_err(|error| format!("cannot read the host's links: {error}"))? {
            return Err(format!(
                "the network of another enid is on this host, that of {owner}; remove it first (enid down --data {owner}), \
                 or start this one in a network namespace of its own, or with --fabric none"
            ));
        }
        let (tell_ended, ended) = channel();
        // Only the news is handed on: the machine must not wait for the state.
        let tell = tell_ended.clone();
        let on_end = move |id: &str, how| drop(id.parse().map(|id| tell.send((id, None, how))));
        let machines = Machines::new(data, on_end).map_err(|error| error.to_string())?;
        for reason in machines.unlimited() {
            terminal::warn(format_args!("instances are not limited in what they take, as the configuration asks: {reason}"));
        }
        let machines = Arc::new(machines.userland(std::env::var_os(USERLAND).map(PathBuf::from)));
        let (running, problems) = machines.take_over();
        problems.iter().for_each(terminal::warn);
        forget_the_gone(&machines, state);
        // Before anything is compared or booted: this server's mounts may hold none of the namespaces that the last one left.
        kernel = kernel.kept_by(Box::new(HeldNamespaces::new(data, Arc::clone(&machines))));
        let keeping = kernel.keep_namespaces();
        keeping.failed.iter().for_each(|(_, error)| terminal::warn(error));
        for namespace in keeping.exchanged {
            terminal::warn(format_args!(
                "{namespace} had another network namespace than the one that it runs in, and gets its network back"
            ));
        }
        let running: Vec<&str> = running.iter().map(|running| &*running.id).collect();
        for vpc in holder::lost_networks(state, &running, |id| kernel.exists(&Namespace::named(id)) != Ok(false)) {
            terminal::warn(holder::lost_network(vpc));
        }
        let settings = Settings::new(world.pools.clone());
        let reconciler = Reconciler::start(kernel, state.clone(), settings).map_err(|error| error.to_string())?;
        let ended = Mutex::new(Some(ended));
        Ok(Arc::new(Self { data: data.to_owned(), machines, reconciler, limits, boots: Mutex::default(), ended, tell_ended }))
    }

    /// Tells the supervisor of instances that end by themselves, from now on.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn report_to(self: &Arc<Self>, supervisor: Arc<Supervisor>) -> std::io::Result<()> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        let host = Arc::clone(self);
        thread::Builder::new().name("ended".into()).spawn(move || {
            for (id, boot, how) in ended.into_iter().flatten() {
                if let Some(boot) = boot.or_else(|| host.boot(id)) {
                    supervisor.ended(id, boot, how);
                }
            }
        })?;
        Ok(())
    }

    /// What is programmed in the kernel.
    pub fn network(&self) -> fabric::reconcile::Status {
        self.reconciler.status()
    }

    /// Stops making the network what the state says; what is there stays.
    pub fn leave_network(&self) {
        self.reconciler.stop();
    }

    /// What an instance wrote to its console.
    pub fn console(&self, id: InstanceId) -> Vec<u8> {
        self.machines.console(&id.to_string()).unwrap_or_default()
    }

    /// The status checks of a running instance.
    pub fn checks(&self, here: Here<'_>, id: InstanceId) -> Checks {
        let attached = here.interfaces_of(id);
        let namespaces: Vec<Namespace> =
            attached.iter().map(|(_, row)| row.vpc.to_string()).chain([id.to_string()]).map(|id| Namespace::named(&id)).collect();
        let system = Check::failed_since(self.reconciler.failing_since(&namespaces));
        // Its link is taken away and made anew while it boots.
        if !self.machines.is_running(&id.to_string()) {
            return Checks { instance: Check::Initializing, system };
        }
        let silent = attached.first().and_then(|(_, primary)| self.silent_since(primary));
        Checks { instance: Check::failed_since(silent), system }
    }

    /// Since when an interface's link is down inside its instance.
    fn silent_since(&self, row: &NetworkInterface) -> Option<SystemTime> {
        let link = fabric::names::interface_link(&row.id.to_string());
        self.reconciler.silent_since(&Namespace::named(&row.vpc.to_string()), &link)
    }

    /// Adds to a report what is wrong with instances and their interfaces.
    pub fn add_problems(&self, state: &State, report: &mut Report) {
        let rows = state.realms().flat_map(|(scope, realm)| realm.instances.iter().map(move |row| (Here { state, scope, realm }, row)));
        let rows: BTreeMap<String, _> =
            rows.filter(|(_, row)| row.state == InstanceState::Running).map(|row| (row.1.id.to_string(), row)).collect();
        for told in &mut report.instances {
            let Some((here, instance)) = rows.get(&told.id) else { continue };
            let checks = self.checks(*here, instance.id);
            for (name, check) in [("instance", checks.instance), ("system", checks.system)] {
                match check {
                    Check::Passed => {}
                    Check::Initializing => told.problems.push(format!("{name} status check: initializing, it is booting")),
                    Check::Failed(since) => told.problems.push(format!("{name} status check: impaired since {}", since.reason_text())),
                }
            }
            for ((_, row), interface) in here.interfaces_of(instance.id).into_iter().zip(&mut told.interfaces) {
                let silent = self.silent_since(row).map(timestamp);
                interface.problems.extend(silent.map(|since| format!("down inside the instance since {}", since.reason_text())));
            }
        }
    }

    fn boot(&self, id: InstanceId) -> Option<u64> {
        let known = self.boots.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied();
        known.or_else(|| fs::read_to_string(self.boot_file(id)).ok()?.trim().parse().ok())
    }

    fn set_boot(&self, id: InstanceId, boot: u64) {
        self.boots.lock().unwrap_or_else(PoisonError::into_inner).insert(id, boot);
    }

    /// Keeps the boot beside the instance's other files, so that a reboot asked for just before a crash still happens.
    fn note_boot(&self, id: InstanceId, boot: u64) -> Result<(), String> {
        let path = self.boot_file(id);
        path.parent()
            .map_or(Ok(()), private_dir)
            .and_then(|()| replace(&path, boot.to_string().as_bytes(), 0o600))
            .map_err(|error| format!("cannot note the boot: {error}"))
    }

    fn boot_file(&self, id: InstanceId) -> PathBuf {
        self.data.join("instances").join(id.to_string()).join("boot")
    }

    /// Boots an instance that does not run, in a network of which no earlier boot has seen anything.
    fn boot_anew(&self, here: Here<'_>, instance: &Instance, first: bool) -> Result<(), String> {
        if !first {
            self.reconciler.renew(here.scope, instance.id);
        }
        let attached = here.interfaces_of(instance.id);
        let vpcs = attached.iter().map(|(_, interface)| interface.vpc.to_string());
        let namespaces: Vec<Namespace> = vpcs.chain([instance.id.to_string()]).map(|id| Namespace::named(id.as_str())).collect();
        self.reconciler.settle_in(&namespaces, SETTLE_TIMEOUT).map_err(|error| error.to_string())?;
        fabric::boot::configure(&self.data, here, instance.id).map_err(|errors| {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            format!("its addresses could not be configured: {}", errors.join("; "))
        })?;
        let primary = attached.first().map(|(_, interface)| *interface);
        let spec = MachineSpec {
            id: instance.id.to_string(),
            hostname: hostname(here.scope, instance, primary),
            address: primary.and_then(|interface| interface.primary_ipv4()).map(Into::into),
            netns: fabric::netns::path(&self.data, &instance.id.to_string()),
            nameservers: Vec::new(),
            search: Some(here.scope.region.private_dns_suffix()),
            limits: self.limits.of(&instance.instance_type),
            user_data: instance.user_data.clone(),
        };
        self.machines.start(&spec).map(drop).map_err(|error| error.to_string())
    }
}

impl Host for LinuxHost {
    fn run(&self, state: &State, scope: Scope, instance: &Instance) -> Result<(), String> {
        let Some(here) = state.here(scope) else { return Ok(()) };
        let id = instance.id.to_string();
        // The number of a boot is known before the boot begins, since it may end at once. On disk, that of a start is there
        // before it (what runs has one), that of a reboot after it: a crash between the two repeats it rather than lose it.
        let noted = self.boot(instance.id);
        if !self.machines.is_running(&id) {
            if noted == Some(instance.boot)
                && let Some(how @ (Ended::PowerOff | Ended::Reboot)) = self.machines.how_ended(&id)
            {
                // It did so while no server ran, or its news is just on its way: twice is as good as once.
                let _ = self.tell_ended.send((instance.id, Some(instance.boot), how));
                return Ok(());
            }
            self.machines.forget_end(&id).map_err(|error| error.to_string())?;
            self.set_boot(instance.id, instance.boot);
            self.note_boot(instance.id, instance.boot)?;
            self.boot_anew(here, instance, noted.is_none())
        } else if noted != Some(instance.boot) {
            self.set_boot(instance.id, instance.boot);
            match self.machines.stop(&id, Stop::Clean) {
                Ok(()) | Err(machine::Error::NotRunning(_)) => {}
                Err(error) => return Err(error.to_string()),
            }
            self.boot_anew(here, instance, false)?;
            self.note_boot(instance.id, instance.boot)
        } else {
            Ok(())
        }
    }

    fn stop(&self, instance: &Instance) -> Result<(), String> {
        let how = if instance.skip_os_shutdown { Stop::Force } else { Stop::Clean };
        match self.machines.stop(&instance.id.to_string(), how) {
            // One that ended by itself, or never began, is as good as stopped.
            Ok(()) | Err(machine::Error::NotRunning(_)) => {}
            Err(error) => return Err(error.to_string()),
        }
        self.boots.lock().unwrap_or_else(PoisonError::into_inner).remove(&instance.id);
        Ok(())
    }

    fn forget(&self, id: InstanceId) {
        if let Err(error) = self.machines.forget(&id.to_string()) {
            terminal::warn(format_args!("{id}: {error}"));
        }
    }

    fn settle(&self) -> Result<(), String> {
        self.reconciler.settle(SETTLE_TIMEOUT).map_err(|error| error.to_string())
    }
}

/// Removes what is stored of instances that the state does not have any more: the last server died between the commit of
/// their end and this. User data may hold secrets.
fn forget_the_gone(machines: &Machines, state: &State) {
    let live = state.realms().flat_map(|(_, realm)| realm.instances.iter());
    let live: BTreeSet<String> = live.filter(|row| row.state != InstanceState::Terminated).map(|row| row.id.to_string()).collect();
    for id in machines.stored().iter().filter(|id| !live.contains(*id)) {
        let stopped = match machines.stop(id, Stop::Force) {
            Err(machine::Error::NotRunning(_)) => Ok(()),
            answer => answer,
        };
        if let Err(error) = stopped.and_then(|()| machines.forget(id)) {
            terminal::warn(error);
        }
    }
}

/// Marks for the fabric what a commit changed.
pub struct NetworkObserver(pub Arc<LinuxHost>);

impl Observer for NetworkObserver {
    fn committed(&mut self, state: &Arc<State>, changes: &[Change]) {
        self.0.reconciler.committed(State::clone(state), changes);
    }
}

/// The host name that EC2 gives: after the primary address, or after the id where the instance or its lack of IPv4 says so.
fn hostname(scope: Scope, instance: &Instance, primary: Option<&NetworkInterface>) -> String {
    let suffix = scope.region.private_dns_suffix();
    match primary.and_then(NetworkInterface::primary_ipv4) {
        Some(address) if instance.private_dns.hostname_type != "resource-name" => {
            format!("ip-{}.{suffix}", address.to_string().replace('.', "-"))
        }
        _ => format!("{}.{suffix}", instance.id),
    }
}
