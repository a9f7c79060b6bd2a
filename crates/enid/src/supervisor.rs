//! Brings instances from the state they are in to the one that was asked for: starts and ends what runs them, then says
//! so to the state.
//!
//! Commits only mark instances and interfaces; what is to be done is decided by looking at the state, so that a mark too
//! many does no harm and a start of the server is the same as marking everything.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use model::ids::{InstanceId, NetworkInterfaceId};
use model::instance::{Instance, InstanceState, StateReason};
use model::interface::{Attachment, NetworkInterface};
use model::{Change, Ctx, Draft, Row, Scope, State, World, housekeeping, life_cycle};

use engine::clock_and_random;
use engine::commit::{Committer, Observer};
use engine::panics::contain;
use machine::Ended;
use machine::terminal;

/// Instances that start or stop at once. Starting one takes milliseconds, stopping one up to seconds.
const WORKERS: usize = 8;
/// How often what has had its time is forgotten (terminated instances, client tokens), and what failed is tried again.
const HOUSEKEEPING_PERIOD: Duration = Duration::from_secs(60);
/// How long instances that are being started or stopped when the server ends may take.
const CLOSING_LIMIT: Duration = Duration::from_secs(10);

/// What runs instances.
pub trait Host: Send + Sync {
    /// Starts an instance, or starts it anew when it runs an earlier boot, and returns when it runs with its network.
    ///
    /// # Errors
    /// Says why it cannot run.
    fn run(&self, state: &State, scope: Scope, instance: &Instance) -> Result<(), String>;

    /// Ends an instance, in the way that was asked for, and returns when nothing of it runs.
    ///
    /// # Errors
    /// Says what could not be ended.
    fn stop(&self, instance: &Instance) -> Result<(), String>;

    /// Forgets what is kept of an instance that will never run again.
    fn forget(&self, id: InstanceId);

    /// Returns when the network is what was last committed.
    ///
    /// # Errors
    /// Says what of the network could not be made.
    fn settle(&self) -> Result<(), String>;
}

/// Runs nothing: every transition ends at once. For an API without packets.
pub struct NoHost;

impl Host for NoHost {
    fn run(&self, _state: &State, _scope: Scope, _instance: &Instance) -> Result<(), String> {
        Ok(())
    }

    fn stop(&self, _instance: &Instance) -> Result<(), String> {
        Ok(())
    }

    fn forget(&self, _id: InstanceId) {}

    fn settle(&self) -> Result<(), String> {
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    Instance(Scope, InstanceId),
    Interface(Scope, NetworkInterfaceId),
}

/// Tasks to do, each once, and those being done. At most as many as there are instances and interfaces.
#[derive(Default)]
struct Tasks {
    waiting: BTreeSet<Task>,
    busy: BTreeSet<Task>,
    /// No more are begun.
    closed: bool,
}

/// The tasks, shared between the writer that marks and the workers that do.
#[derive(Clone, Default)]
pub struct Marks(Arc<(Mutex<Tasks>, Condvar)>);

impl Marks {
    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        // A worker that panicked left the sets whole: every change to them is one call.
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mark(&self, tasks: impl Iterator<Item = Task>) {
        self.tasks().waiting.extend(tasks);
        self.0.1.notify_all();
    }

    /// The next task that nobody is doing; none when there are to be no more.
    fn take(&self) -> Option<Task> {
        let mut tasks = self.tasks();
        loop {
            if tasks.closed {
                return None;
            }
            let next = tasks.waiting.difference(&tasks.busy).next().copied();
            if let Some(task) = next {
                tasks.waiting.remove(&task);
                tasks.busy.insert(task);
                return Some(task);
            }
            tasks = self.0.1.wait(tasks).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn done(&self, task: Task) {
        self.tasks().busy.remove(&task);
        self.0.1.notify_all();
    }

    /// Begins no more tasks, and waits for those being done.
    fn close(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let mut tasks = self.tasks();
        tasks.closed = true;
        self.0.1.notify_all();
        while !tasks.busy.is_empty() && Instant::now() < deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            tasks = self.0.1.wait_timeout(tasks, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn is_closed(&self) -> bool {
        self.tasks().closed
    }
}

impl Observer for Marks {
    fn committed(&mut self, _state: &Arc<State>, changes: &[Change]) {
        let tasks: Vec<Task> = changes.iter().filter_map(|change| task_of(change.scope, change.row.as_ref()?)).collect();
        if !tasks.is_empty() {
            self.mark(tasks.into_iter());
        }
    }
}

fn task_of(scope: Scope, row: &Row) -> Option<Task> {
    match row {
        Row::Instance(instance) => {
            let settled = matches!(instance.state, InstanceState::Stopped | InstanceState::Terminated);
            (!settled).then_some(Task::Instance(scope, instance.id))
        }
        Row::NetworkInterface(interface) => {
            let attaching = interface.attachment.as_ref().is_some_and(|attachment| !attachment.complete);
            attaching.then_some(Task::Interface(scope, interface.id))
        }
        _ => None,
    }
}

/// The tasks that a whole state gives rise to.
fn unsettled(state: &State, wanted: impl Fn(&Row) -> bool) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (scope, realm) in state.realms() {
        let instances = realm.instances.iter().map(|row| Row::Instance(Arc::clone(row)));
        let interfaces = realm.interfaces.iter().map(|row| Row::NetworkInterface(Arc::clone(row)));
        tasks.extend(instances.chain(interfaces).filter(&wanted).filter_map(|row| task_of(scope, &row)));
    }
    tasks
}

/// Brings instances to the state that was asked for.
pub struct Supervisor {
    committer: Committer,
    marks: Marks,
    host: Arc<dyn Host>,
    world: Arc<World>,
}

impl Supervisor {
    /// Starts the workers. `marks` is the observer that the committer was given.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(committer: Committer, marks: Marks, host: Arc<dyn Host>, world: Arc<World>) -> std::io::Result<Arc<Self>> {
        let state = committer.state();
        marks.mark(unsettled(&state, |_| true).into_iter());
        let supervisor = Arc::new(Self { committer, marks, host, world });
        for worker in 0..WORKERS {
            let supervisor = Arc::clone(&supervisor);
            thread::Builder::new().name(format!("supervisor-{worker}")).spawn(move || {
                while let Some(task) = supervisor.marks.take() {
                    // A panic has been told of; the instance is tried again with the next mark.
                    let _ = contain(|| supervisor.perform(task));
                    supervisor.marks.done(task);
                }
            })?;
        }
        let housekeeper = Arc::clone(&supervisor);
        thread::Builder::new().name("housekeeping".into()).spawn(move || {
            loop {
                thread::sleep(HOUSEKEEPING_PERIOD);
                housekeeper.keep_house();
            }
        })?;
        Ok(supervisor)
    }

    /// An instance ended by itself in one of its boots: it was shut down or rebooted from inside, or its first process died.
    /// A later boot, if one was asked for meanwhile, is not what ended.
    pub fn ended(&self, id: InstanceId, boot: u64, how: Ended) {
        let state = self.committer.state();
        let found = state.realms().find(|(_, realm)| realm.instances.contains(&id)).map(|(scope, _)| scope);
        if let Some(scope) = found {
            self.change(scope, move |draft, ctx| {
                let now = draft.realm().instances.get(&id).map(|now| (now.state, now.boot));
                if now == Some((InstanceState::Pending, boot)) {
                    // It was quicker than the word that it runs: user data that ends in a shutdown.
                    life_cycle::advance(draft, ctx, id);
                }
                if now.is_some_and(|(_, current)| current == boot) {
                    match how {
                        Ended::Reboot => life_cycle::reboot_from_inside(draft, id),
                        Ended::PowerOff | Ended::Cut => life_cycle::shut_down_from_inside(draft, id),
                    }
                }
            });
        }
    }

    /// Begins no more starts and stops, and waits for those under way; the next server goes on with the rest.
    pub fn close(&self) {
        self.marks.close(CLOSING_LIMIT);
    }

    fn perform(&self, task: Task) {
        match task {
            Task::Instance(scope, id) => self.bring_to_state(scope, id),
            Task::Interface(scope, id) => self.complete_attachment(scope, id),
        }
    }

    fn bring_to_state(&self, scope: Scope, id: InstanceId) {
        let state = self.committer.state();
        let Some(instance) = state.realm(scope).and_then(|realm| realm.instances.get(&id)) else { return };
        let result = match instance.state {
            InstanceState::Pending | InstanceState::Running => self.host.run(&state, scope, instance),
            InstanceState::Stopping | InstanceState::ShuttingDown => self.host.stop(instance),
            InstanceState::Stopped | InstanceState::Terminated => return,
        };
        let (seen, boot) = (instance.state, instance.boot);
        match result {
            // An instance that runs already, and still does, needs no word.
            Ok(()) if seen == InstanceState::Running => {}
            Ok(()) => self.change(scope, move |draft, ctx| {
                // What was asked for may have changed meanwhile; its commit has marked the instance again.
                let same = draft.realm().instances.get(&id).is_some_and(|now| now.state == seen && now.boot == boot);
                if same {
                    life_cycle::advance(draft, ctx, id);
                }
            }),
            // What fails because the server ends says nothing of the instance.
            Err(_) if self.marks.is_closed() => return,
            Err(problem) => {
                terminal::warn(format_args!("{id}: {problem}"));
                self.change(scope, move |draft, _| give_up(draft, id, seen, &problem));
            }
        }
        if seen == InstanceState::ShuttingDown {
            self.host.forget(id);
        }
    }

    fn complete_attachment(&self, scope: Scope, id: NetworkInterfaceId) {
        let state = self.committer.state();
        let seen = state.realm(scope).and_then(|realm| realm.interfaces.get(&id)?.attachment.as_ref()).map(|attachment| attachment.id);
        if let Err(problem) = self.host.settle() {
            terminal::warn(format_args!("{id}: {problem}"));
        }
        self.change(scope, move |draft, _| {
            let Some(interface) = draft.realm().interfaces.get(&id).map(|row| NetworkInterface::clone(row)) else { return };
            // It may have been detached meanwhile, or attached elsewhere, which its own mark sees to.
            let Some(attachment) = interface.attachment.clone().filter(|now| seen == Some(now.id) && !now.complete) else { return };
            draft.put(NetworkInterface { attachment: Some(Attachment { complete: true, ..attachment }), ..interface });
        });
    }

    fn keep_house(&self) {
        let state = self.committer.state();
        // What runs is left alone: one that is just ending by itself must not be started anew.
        let in_transition = |row: &Row| !matches!(row, Row::Instance(instance) if instance.state == InstanceState::Running);
        self.marks.mark(unsettled(&state, in_transition).into_iter());
        for (scope, _) in state.realms() {
            self.change(scope, |draft, ctx| housekeeping::forget(draft, ctx.now));
        }
    }

    fn change(&self, scope: Scope, change: impl FnOnce(&mut Draft, &mut Ctx<'_>) + Send + 'static) {
        let world = Arc::clone(&self.world);
        let run = move |state: State| {
            let mut random = clock_and_random::random();
            let mut ctx = Ctx { scope, now: clock_and_random::now(), random: &mut *random, world: &world };
            let mut draft = Draft::new(state, scope);
            change(&mut draft, &mut ctx);
            let (state, changes) = draft.finish();
            ((), (!changes.is_empty()).then_some((state, changes)))
        };
        if self.committer.submit_blocking(run).is_err() {
            terminal::warn("an instance stays in the state it is in, since a bug kept its row from being changed");
        }
    }
}

/// An instance that cannot run is stopped, or terminated if it never ran, with the reason, as EC2 does; one that cannot
/// be ended stays as it is and is tried again within the minute.
fn give_up(draft: &mut Draft, id: InstanceId, seen: InstanceState, problem: &str) {
    let Some(instance) = draft.realm().instances.get(&id).filter(|now| now.state == seen).map(|row| Instance::clone(row)) else { return };
    let state = match (seen, instance.boot) {
        (InstanceState::Pending, 1) => InstanceState::ShuttingDown,
        (InstanceState::Pending | InstanceState::Running, _) => InstanceState::Stopping,
        _ => return,
    };
    let reason = StateReason { code: "Server.InternalError".into(), message: format!("Server.InternalError: {problem}") };
    draft.put(Instance { state, state_transition_reason: "Server.InternalError".into(), state_reason: Some(reason), ..instance });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::mpsc::sync_channel;

    use ec2_api::query;
    use engine::dispatch::{Served, dispatch};
    use engine::readers::Readers;
    use engine::store::memory::MemoryStore;
    use model::{AccountId, Region};

    const SCOPE: Scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };

    type Deed = Box<dyn FnOnce() -> Result<(), String> + Send>;

    /// Does as it is told, then as `NoHost` does.
    #[derive(Default)]
    struct Told(Mutex<VecDeque<Deed>>);

    impl Told {
        fn next(&self) -> Result<(), String> {
            let deed = self.0.lock().unwrap().pop_front();
            deed.map_or(Ok(()), |deed| deed())
        }
    }

    impl Host for Told {
        fn run(&self, _state: &State, _scope: Scope, _instance: &Instance) -> Result<(), String> {
            self.next()
        }

        fn stop(&self, _instance: &Instance) -> Result<(), String> {
            self.next()
        }

        fn forget(&self, _id: InstanceId) {}

        fn settle(&self) -> Result<(), String> {
            Ok(())
        }
    }

    /// A server with one instance that was just launched.
    struct Stage {
        supervisor: Arc<Supervisor>,
        id: InstanceId,
    }

    impl Stage {
        fn new(deeds: Vec<Deed>) -> Self {
            let (world, marks) = (Arc::new(World::default()), Marks::default());
            let committer = Committer::start(State::default(), Box::new(MemoryStore), vec![Box::new(marks.clone())]).unwrap();
            let console = Arc::new(|_| Vec::new());
            let checks = Arc::new(|_: model::Here<'_>, _| ops::checks::Checks::PASSED);
            let readers = Readers::start(|| ()).unwrap();
            let (now, random) = (clock_and_random::now, clock_and_random::random);
            let served = Served { committer: committer.clone(), world: Arc::clone(&world), now, random, console, checks, readers };
            let image = world.images.listed[0].id;
            let form = format!("Action=RunInstances&Version=2016-11-15&MinCount=1&MaxCount=1&ImageId={image}");
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(dispatch(&served, SCOPE, query::parse(form.as_bytes()).unwrap())).unwrap();
            let id = committer.state().realm(SCOPE).unwrap().instances.iter().next().unwrap().id;
            let host = Arc::new(Told(Mutex::new(deeds.into())));
            Self { supervisor: Supervisor::start(committer, marks, host, world).unwrap(), id }
        }

        fn state(&self) -> InstanceState {
            self.supervisor.committer.state().realm(SCOPE).unwrap().instances.get(&self.id).unwrap().state
        }

        fn boot(&self) -> u64 {
            self.supervisor.committer.state().realm(SCOPE).unwrap().instances.get(&self.id).unwrap().boot
        }

        /// Waits until nothing is to be done, and says where that led.
        fn settled(&self) -> InstanceState {
            loop {
                let tasks = self.supervisor.marks.tasks();
                if tasks.waiting.is_empty() && tasks.busy.is_empty() {
                    drop(tasks);
                    return self.state();
                }
                drop(tasks);
                thread::sleep(Duration::from_millis(1));
            }
        }

        fn stop(&self) {
            let id = self.id;
            self.supervisor.change(SCOPE, move |draft, ctx| drop(life_cycle::request_stop(draft, ctx, id, false)));
        }
    }

    fn task(number: u64) -> Task {
        Task::Instance(SCOPE, InstanceId::from_number(number))
    }

    #[test]
    fn an_instance_that_is_worked_on_is_given_to_nobody_else_and_not_forgotten() {
        let marks = Marks::default();
        marks.mark([task(1)].into_iter());
        assert_eq!(marks.take(), Some(task(1)));
        // Marked again while it is worked on: another instance goes first, and it is not lost.
        marks.mark([task(1), task(2)].into_iter());
        assert_eq!(marks.take(), Some(task(2)));
        marks.done(task(1));
        assert_eq!(marks.take(), Some(task(1)));
        assert!(marks.tasks().waiting.is_empty());
    }

    #[test]
    fn however_often_it_is_marked_an_instance_has_one_worker_at_a_time() {
        use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
        const INSTANCES: usize = 3;
        let marks = Marks::default();
        let busy: Vec<AtomicBool> = (0..INSTANCES).map(|_| AtomicBool::new(false)).collect();
        let (twice, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let of = |task: Task| (0..INSTANCES).find(|number| task == self::task(*number as u64)).unwrap();
        thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(|| {
                    while let Some(task) = marks.take() {
                        taken.fetch_add(1, Ordering::SeqCst);
                        if busy[of(task)].swap(true, Ordering::SeqCst) {
                            twice.fetch_add(1, Ordering::SeqCst);
                        }
                        thread::yield_now();
                        busy[of(task)].store(false, Ordering::SeqCst);
                        marks.done(task);
                    }
                });
            }
            while taken.load(Ordering::SeqCst) < 2_000 {
                marks.mark((0..INSTANCES as u64).map(task));
                thread::yield_now();
            }
            marks.close(Duration::from_secs(60));
        });
        assert_eq!(twice.into_inner(), 0);
    }

    #[test]
    fn a_stop_that_failed_is_tried_again() {
        let stage = Stage::new(vec![Box::new(|| Ok(())), Box::new(|| Ok(())), Box::new(|| Err("busy".into()))]);
        assert_eq!(stage.settled(), InstanceState::Running);
        stage.stop();
        assert_eq!(stage.settled(), InstanceState::Stopping);
        stage.supervisor.keep_house();
        assert_eq!(stage.settled(), InstanceState::Stopped);
    }

    #[test]
    fn a_start_that_panicked_is_tried_again() {
        let stage = Stage::new(vec![Box::new(|| unreachable!("as the test wants"))]);
        assert_eq!(stage.settled(), InstanceState::Pending);
        stage.supervisor.keep_house();
        assert_eq!(stage.settled(), InstanceState::Running);
    }

    #[test]
    fn an_instance_that_ended_before_it_was_said_to_run_is_not_started_again() {
        let (go, wait) = sync_channel::<()>(1);
        let stage = Stage::new(vec![Box::new(move || wait.recv().map_err(|error| error.to_string()))]);
        stage.supervisor.ended(stage.id, 1, Ended::PowerOff);
        go.send(()).unwrap();
        assert_eq!(stage.settled(), InstanceState::Stopped);
    }

    #[test]
    fn the_end_of_an_earlier_boot_does_not_stop_a_later_one() {
        let stage = Stage::new(Vec::new());
        assert_eq!(stage.settled(), InstanceState::Running);
        stage.supervisor.ended(stage.id, 0, Ended::PowerOff);
        assert_eq!(stage.settled(), InstanceState::Running);
    }

    #[test]
    fn a_reboot_from_inside_is_another_boot_and_a_shutdown_is_none() {
        let stage = Stage::new(Vec::new());
        assert_eq!(stage.settled(), InstanceState::Running);
        stage.supervisor.ended(stage.id, 1, Ended::Reboot);
        assert_eq!((stage.settled(), stage.boot()), (InstanceState::Running, 2));
        // The same news twice is no second reboot.
        stage.supervisor.ended(stage.id, 1, Ended::Reboot);
        assert_eq!((stage.settled(), stage.boot()), (InstanceState::Running, 2));
        stage.supervisor.ended(stage.id, 2, Ended::PowerOff);
        assert_eq!((stage.settled(), stage.boot()), (InstanceState::Stopped, 2));
    }

    #[test]
    fn what_fails_because_the_server_ends_is_left_for_the_next_one() {
        let (go, wait) = sync_channel::<()>(1);
        let stage = Stage::new(vec![Box::new(move || wait.recv().map_err(|error| error.to_string()).and(Err("no network".into())))]);
        let marks = stage.supervisor.marks.clone();
        let closing = thread::spawn(move || marks.close(Duration::from_secs(10)));
        while !stage.supervisor.marks.is_closed() {
            thread::yield_now();
        }
        go.send(()).unwrap();
        closing.join().unwrap();
        assert_eq!(stage.state(), InstanceState::Pending);
    }
}
