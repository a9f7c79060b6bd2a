//! From parameters to an answer: finds the operation, runs it on the right state, and does what all operations share.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use ec2_api::query::{self, Params};
use ec2_api::{ApiError, ErrorCode};
use model::default_vpc;
use model::{Change, Ctx, Draft, Random, Realm, Scope, State, Timestamp, World};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::{Entry, Handler, OPERATIONS, ReadConsole, View};
use crate::commit::{Committer, Unanswered};
use crate::panics::contain;

/// Keys that are made at the same time at most: making one keeps a processor busy.
static KEYS_AT_ONCE: Semaphore = Semaphore::const_new(2);

static BY_NAME: LazyLock<HashMap<&'static str, &'static Entry>> =
    LazyLock::new(|| OPERATIONS.iter().flat_map(|entries| entries.iter()).map(|entry| (entry.name, entry)).collect());

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
    pub console: Box<ReadConsole>,
}

/// Runs the operation that the parameters ask for, and returns the body of its answer, without the envelope.
///
/// # Errors
/// Whatever EC2 answers instead.
pub async fn dispatch(served: &Served, scope: Scope, params: Params) -> Result<String, ApiError> {
    let Some(entry) = BY_NAME.get(params.action()) else { return Err(query::unknown_action(params.action())) };
    match entry.handler {
        Handler::Read(handler) => {
            ensure_realm(served, scope).await?;
            let state = served.committer.state();
            read(&state, scope, served, handler, params)
        }
        Handler::Write(handler) => submit(served, scope, handler, params).await,
        Handler::WriteWithKey(make_key, handler) => {
            let _turn = KEYS_AT_ONCE.acquire().await.map_err(|_| internal_error())?;
            let made = spawn_blocking(move || contain(|| make_key(&params).map(|key| (key, params)))).await;
            let (key, params) = made.ok().flatten().ok_or_else(internal_error)??;
            submit(served, scope, move |draft, ctx, params| handler(draft, ctx, params, &key), params).await
        }
    }
}

async fn submit(served: &Served, scope: Scope, handler: impl WriteHandler, params: Params) -> Result<String, ApiError> {
    let (world, now, random) = (Arc::clone(&served.world), (served.now)(), served.random);
    let run = move |state: State| {
        let mut random = random();
        let mut ctx = Ctx { scope, now, random: &mut *random, world: &world };
        write(state, &mut ctx, handler, params)
    };
    served.committer.submit(run).await.map_err(unanswered)?
}

/// What a writing operation is to the writer.
trait WriteHandler: FnOnce(&mut Draft, &mut Ctx<'_>, Params) -> Result<String, ApiError> + Send + 'static {}

impl<F: FnOnce(&mut Draft, &mut Ctx<'_>, Params) -> Result<String, ApiError> + Send + 'static> WriteHandler for F {}

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

fn read(
    state: &State,
    scope: Scope,
    served: &Served,
    handler: fn(&View<'_>, Params) -> Result<String, ApiError>,
    params: Params,
) -> Result<String, ApiError> {
    let empty = Realm::default();
    let realm = state.realm(scope).unwrap_or(&empty);
    let dry_run = is_dry_run(&params);
    let answer = handler(&View { state, scope, realm, now: (served.now)(), world: &served.world, console: &*served.console }, params)?;
    if dry_run { Err(would_have_succeeded()) } else { Ok(answer) }
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

fn unanswered(why: Unanswered) -> ApiError {
    match why {
        Unanswered::Overloaded => ApiError::new(ErrorCode::RequestLimitExceeded, "Request limit exceeded."),
        Unanswered::Failed => internal_error(),
    }
}

/// What is answered where a bug kept enid from answering.
pub fn internal_error() -> ApiError {
    ApiError::new(ErrorCode::InternalError, "An internal error has occurred")
}
