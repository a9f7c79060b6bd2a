//! From parameters to an answer: finds the operation, runs it on the right state, and does what all operations share.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use ec2_api::constant_read::CONSTANT_READS;
use ec2_api::query::{self, Params};
use ec2_api::{ApiError, ErrorCode};
use model::default_vpc;
use model::{Change, Ctx, Draft, Random, Realm, Scope, State, Timestamp, World};

use crate::commit::{Committer, Unanswered};
use crate::readers::{Readers, Whose};
use ops::checks::ReadChecks;
use ops::key_material::{KeyMaterial, KeyType};
use ops::work;
use ops::{Entry, Handler, OPERATIONS, ReadConsole, View, constant_read, internal_error};

/// What a read may cost on the thread that serves its connection: tenths of a millisecond, such as some dozens of rows by
/// their ids. One that costs more is begun anew on another thread, which costs it as much again at most.
const UNITS_AT_ONCE_MAX: u32 = 500;
/// A read with more parameters goes to the other threads at once: they are read into what the operation takes first.
const PARAMETERS_AT_ONCE_MAX: usize = 100;

static BY_NAME: LazyLock<HashMap<&'static str, &'static Handler>> = LazyLock::new(|| {
    let entries = OPERATIONS.iter().flat_map(|entries| entries.iter()).map(|Entry { name, handler }| (*name, handler));
    entries.chain(CONSTANT_READS.iter().map(|read| (read.info.name, &CONSTANT_READ))).collect()
});

static CONSTANT_READ: Handler = Handler::Read(constant_read::answer);

/// What operations are run with.
pub struct Served {
    /// Where changes go and states come from.
    pub committer: Committer,
    /// Pools, quotas and images.
    pub world: Arc<World>,
    /// Reads the clock.
    pub now: fn() -> Timestamp,
    /// Makes a source of random bits for one operation.
    pub random: fn() -> Box<dyn Random>,
    /// Reads what an instance wrote to its console.
    pub console: Arc<ReadConsole>,
    /// Reads the status checks of an instance.
    pub checks: Arc<ReadChecks>,
    /// Where what takes long is done.
    pub readers: Readers,
}

/// Runs the operation that the parameters ask for, and returns the body of its answer, without the envelope.
///
/// # Errors
/// Whatever EC2 answers instead.
pub async fn dispatch(served: &Served, scope: Scope, params: Params) -> Result<String, ApiError> {
    let Some(handler) = BY_NAME.get(params.action()) else { return Err(query::unknown_action(params.action())) };
    match **handler {
        Handler::Read(handler) => {
            ensure_realm(served, scope).await?;
            let read = Read::new(served, scope, handler);
            if params.count() <= PARAMETERS_AT_ONCE_MAX
                && let Some(answer) = work::within(UNITS_AT_ONCE_MAX, || read.run(params.clone()))
            {
                return answer;
            }
            served.readers.run(Whose::Read(scope.account), move || read.run(params)).await.map_err(unanswered)?
        }
        Handler::Write(handler) => submit(served, scope, handler, params).await,
        Handler::WriteWithKey(handler) => {
            // A key takes long to make: what is refused, and a dry run, is answered without one.
            let key_type = KeyType::named(params.get("KeyType"))?;
            let stand_in = KeyMaterial::stand_in(key_type);
            rehearse(served, scope, |draft, ctx, params| handler(draft, ctx, params, &stand_in), params.clone())?;
            let make = move || KeyMaterial::generate(key_type, &mut ssh_key::rand_core::OsRng);
            let key = served.readers.run(Whose::Key(scope.account), make).await.map_err(unanswered)?.ok_or_else(internal_error)?;
            submit(served, scope, move |draft, ctx, params| handler(draft, ctx, params, &key), params).await
        }
    }
}

async fn submit(served: &Served, scope: Scope, handler: impl WriteHandler + Send + 'static, params: Params) -> Result<String, ApiError> {
    let (world, now, random) = (Arc::clone(&served.world), (served.now)(), served.random);
    let run = move |state: State| {
        let mut random = random();
        let mut ctx = Ctx { scope, now, random: &mut *random, world: &world };
        write(state, &mut ctx, handler, params)
    };
    served.committer.submit(run).await.map_err(unanswered)?
}

/// What a write would be answered, if it came to the writer now.
fn rehearse(served: &Served, scope: Scope, handler: impl WriteHandler, params: Params) -> Result<String, ApiError> {
    let mut random = (served.random)();
    let mut ctx = Ctx { scope, now: (served.now)(), random: &mut *random, world: &served.world };
    write(State::clone(&served.committer.state()), &mut ctx, handler, params).0
}

/// What a writing operation is to the writer.
trait WriteHandler: FnOnce(&mut Draft, &mut Ctx<'_>, Params) -> Result<String, ApiError> {}

impl<F: FnOnce(&mut Draft, &mut Ctx<'_>, Params) -> Result<String, ApiError>> WriteHandler for F {}

/// Each account and region starts with AWS's default VPC; it is made when the realm is first used.
async fn ensure_realm(served: &Served, scope: Scope) -> Result<(), ApiError> {
    if served.committer.state().realm(scope).is_some() {
        return Ok(());
    }
    let (world, now, random) = (Arc::clone(&served.world), (served.now)(), served.random);
    let run = move |state: State| {
        let mut random = random();
        let mut ctx = Ctx { scope, now, random: &mut *random, world: &world };
        let mut draft = Draft::new(state, scope);
        default_vpc::ensure_realm(&mut draft, &mut ctx);
        let (state, changes) = draft.finish();
        ((), (!changes.is_empty()).then_some((state, changes)))
    };
    served.committer.submit(run).await.map_err(unanswered)
}

/// A read with all it takes, so that it can be done on any thread.
struct Read {
    state: Arc<State>,
    scope: Scope,
    handler: fn(&View<'_>, Params) -> Result<String, ApiError>,
    now: Timestamp,
    world: Arc<World>,
    console: Arc<ReadConsole>,
    checks: Arc<ReadChecks>,
}

impl Read {
    fn new(served: &Served, scope: Scope, handler: fn(&View<'_>, Params) -> Result<String, ApiError>) -> Self {
        let (world, console, checks) = (Arc::clone(&served.world), Arc::clone(&served.console), Arc::clone(&served.checks));
        Self { state: served.committer.state(), scope, handler, now: (served.now)(), world, console, checks }
    }

    fn run(&self, params: Params) -> Result<String, ApiError> {
        let Self { state, scope, handler, now, world, console, checks } = self;
        let empty = Realm::default();
        let realm = state.realm(*scope).unwrap_or(&empty);
        let dry_run = is_dry_run(&params);
        let view = View { state, scope: *scope, realm, now: *now, world, console: &**console, checks: &**checks };
        let answer = handler(&view, params)?;
        if dry_run { Err(would_have_succeeded()) } else { Ok(answer) }
    }
}

type Written = (Result<String, ApiError>, Option<(State, Vec<Change>)>);

fn write(state: State, ctx: &mut Ctx<'_>, handler: impl WriteHandler, params: Params) -> Written {
    let mut draft = Draft::new(state, ctx.scope);
    default_vpc::ensure_realm(&mut draft, ctx);
    let dry_run = is_dry_run(&params);
    let answer = match handler(&mut draft, ctx, params) {
        Ok(_) if dry_run => return (Err(would_have_succeeded()), None),
        Ok(answer) => answer,
        Err(error) => return (Err(error), None),
    };
    let (state, changes) = draft.finish();
    (Ok(answer), (!changes.is_empty()).then_some((state, changes)))
}

/// What the decoder takes for true must be so here too: a dry run that runs is the worst of all.
fn is_dry_run(params: &Params) -> bool {
    params.get("DryRun").is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
}

fn would_have_succeeded() -> ApiError {
    ApiError::new(ErrorCode::DryRunOperation, "Request would have succeeded, but DryRun flag is set.")
}

/// What is answered where the work was not done.
pub fn unanswered(why: Unanswered) -> ApiError {
    match why {
        Unanswered::Overloaded => ApiError::new(ErrorCode::RequestLimitExceeded, "Request limit exceeded."),
        Unanswered::Failed => internal_error(),
    }
}
