//! The walk itself: draws a step, takes it, and holds the server to its promises.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use ec2_api::constant_read::{CONSTANT_READS, ConstantRead};
use ec2_api::operations::{self, OperationInfo};
use ec2_api::shape::Kind;
use model::client_token::{ClientTokenKey, Made, REMEMBERED_SECONDS};
use model::state::RowParser;
use model::{AccountId, Change, Realm, Region, Row, Scope, State, invariants};
use ops::OPERATIONS;
use serde::de::DeserializeOwned;

use crate::draw::{Dice, Draw};
use crate::filled::{self, Members};
use crate::goals::Goals;
use crate::known::Known;
use crate::server::{Answer, Server};
use crate::step::{Form, Step, What};
use crate::templates::{BUILDING, OTHER_ACCOUNT, TAKING_AWAY};
use crate::undo;

/// With more rows than this, the walk mostly takes away: checking is linear in them.
const ROWS_MANY: usize = 170;
/// How often everything is checked during a walk, in steps that changed something: it is linear in the rows. A failure
/// is looked for step by step, so that the one that led to it is found all the same.
const CHECK_PERIOD: usize = 4;
/// How often the store is read back during a walk, in steps.
const RELOAD_PERIOD: u64 = 10;
/// Requests with a client token that are asked for again.
const TOKENED_MAX: usize = 30;

/// What a walk came to, by operation: how often it was accepted and refused.
#[derive(Default)]
pub struct Tally {
    counts: BTreeMap<&'static str, (u64, u64)>,
    filled: Members,
    /// The situations that it did not get into.
    missed: Vec<&'static str>,
}

/// A walk under way.
pub struct Walk {
    dice: Dice,
    server: Server,
    known: Known,
    operations: Vec<&'static OperationInfo>,
    /// Parameters that an operation was found to need, by operation and generic path.
    needed: BTreeSet<(String, String)>,
    /// Requests with a client token, which are asked for again.
    tokened: Vec<(Scope, Form)>,
    steps: Vec<Step>,
    unchecked: usize,
    milliseconds: i64,
    goals: Goals,
    tally: Tally,
}

impl Walk {
    /// A walk on an empty server.
    pub fn new(seed: u64, server: Server) -> Self {
        let served: BTreeSet<&str> = OPERATIONS.iter().flat_map(|entries| entries.iter()).map(|entry| entry.name).collect();
        let operations: Vec<_> = operations::OPERATIONS.iter().filter(|operation| served.contains(operation.name)).collect();
        assert_eq!(operations.len(), served.len(), "an operation is served whose shapes are not known");
        let counts = operations.iter().map(|operation| (operation.name, (0, 0))).collect();
        let tally = Tally { counts, ..Tally::default() };
        Self {
            dice: Dice::new(seed),
            server,
            known: Known::default(),
            operations,
            needed: BTreeSet::new(),
            tokened: Vec::new(),
            steps: Vec::new(),
            unchecked: 0,
            milliseconds: 0,
            goals: Goals::default(),
            tally,
        }
    }

    /// Takes so many steps.
    ///
    /// # Errors
    /// Says which promise was broken by the last step.
    pub fn go(&mut self, steps: u64) -> Result<(), String> {
        for taken in 0..steps {
            let step = self.draw();
            let _answered = self.take(step)?;
            if taken % RELOAD_PERIOD == 0 {
                self.reload()?;
            }
        }
        everything_holds(&self.server)?;
        self.reload()
    }

    /// Takes everything away that was made.
    ///
    /// # Errors
    /// Says what could not be taken away, or which promise was broken.
    pub fn undo(&mut self) -> Result<(), String> {
        undo::everything(self)?;
        everything_holds(&self.server)?;
        self.reload()
    }

    /// The steps taken so far.
    pub fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    /// What it came to.
    pub fn into_tally(self) -> Tally {
        Tally { missed: self.goals.missed(), ..self.tally }
    }

    /// The state as it is now.
    pub fn state(&self) -> Arc<State> {
        self.server.state()
    }

    fn reload(&self) -> Result<(), String> {
        match self.server.reloaded() {
            Some(reloaded) if reloaded != *self.server.state() => Err("the reloaded store differs from the state".into()),
            _ => Ok(()),
        }
    }

    /// Asks for something beside what is drawn.
    ///
    /// # Errors
    /// Says which promise was broken.
    pub fn ask(&mut self, scope: Scope, what: What) -> Result<Answer, String> {
        let step = Step { seed: self.dice.bits(), milliseconds: self.milliseconds, scope, what };
        self.take(step)
    }

    /// Ends the transitions that instances are in.
    ///
    /// # Errors
    /// Says which promise was broken.
    pub fn advance(&mut self, scope: Scope) -> Result<(), String> {
        self.ask(scope, What::Advance).map(drop)
    }

    /// Lets time pass.
    pub fn wait_seconds(&mut self, seconds: i64) {
        self.milliseconds += seconds * 1000;
    }

    fn draw(&mut self) -> Step {
        self.milliseconds += self.dice.below(2_000) as i64;
        if self.dice.percent(1) {
            self.wait_seconds(4_000);
        }
        let home = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
        let scope = match self.dice.below(100) {
            0..8 => Scope { region: "eu-west-1".parse().unwrap_or(Region::DEFAULT), ..home },
            8..20 => Scope { account: OTHER_ACCOUNT.parse().unwrap_or(AccountId::DEFAULT), ..home },
            _ => home,
        };
        let seed = self.dice.bits();
        let what = match self.dice.below(100) {
            0..8 => What::Advance,
            _ => What::Request(with_quick_key(self.form(scope))),
        };
        Step { seed, milliseconds: self.milliseconds, scope, what }
    }

    fn form(&mut self, scope: Scope) -> Form {
        if self.dice.percent(2)
            && let Some((_, form)) = self.dice.pick(&self.tokened)
        {
            return form.clone();
        }
        let state = self.server.state();
        let empty = Realm::default();
        let realm = state.realm(scope).unwrap_or(&empty);
        let mut draw = Draw { dice: &mut self.dice, known: &self.known, scope, state: &state, realm };
        // Towards a situation that it never was in.
        if draw.dice.percent(20)
            && let Some(name) = self.goals.next(draw.dice)
            && let Some((.., template)) = BUILDING.iter().find(|(_, known, _)| *known == name)
            && let Some(form) = template(&mut draw)
        {
            return form;
        }
        if draw.dice.percent(65) {
            let many = realm.rows().nth(ROWS_MANY).is_some();
            let taking_away = draw.dice.percent(if many { 80 } else { 35 });
            let templates = if taking_away { TAKING_AWAY } else { BUILDING };
            let served: Vec<_> = templates.iter().filter(|(_, name, _)| self.operations.iter().any(|known| known.name == *name)).collect();
            let total: u64 = served.iter().map(|(weight, ..)| weight).sum();
            let mut place = draw.dice.below(total);
            let chosen = served.iter().find(|(weight, ..)| {
                let here = place < *weight;
                place = place.saturating_sub(*weight);
                here
            });
            if let Some(form) = chosen.and_then(|(.., template)| template(&mut draw)) {
                return mutated(&mut draw, form);
            }
        }
        if draw.dice.percent(2)
            && let Some(read) = draw.dice.pick(CONSTANT_READS)
        {
            return draw.any_form(&read.info, &|path| read.required.contains(&path));
        }
        // Of three, the one that was accepted least often so far.
        let three: Vec<_> = (0..3).filter_map(|_| draw.dice.pick(&self.operations).copied()).collect();
        let accepted = |operation: &&&OperationInfo| self.tally.counts.get(operation.name).map_or(0, |counts| counts.0);
        let Some(operation) = three.iter().min_by_key(accepted).copied() else { return Form::new("DescribeVpcs") };
        let needed = |path: &str| self.needed.contains(&(operation.name.to_owned(), path.to_owned()));
        draw.any_form(operation, &needed)
    }

    fn take(&mut self, step: Step) -> Result<Answer, String> {
        let before = self.server.state();
        self.steps.push(step.clone());
        let answer = take(&self.server, &before, &step)?;
        if !Arc::ptr_eq(&before, &self.server.state()) {
            self.unchecked += 1;
        }
        if self.unchecked >= CHECK_PERIOD {
            self.unchecked = 0;
            everything_holds(&self.server)?;
        }
        let changes = self.server.take_changes();
        changes.iter().try_for_each(survives)?;
        self.known.learn(changes);
        self.goals.note(&self.server.state());
        let What::Request(form) = &step.what else { return Ok(answer) };
        let counts = self.tally.counts.iter_mut().find(|(name, _)| **name == form.action).map(|(_, counts)| counts);
        match (&answer, counts) {
            (Ok(_), Some(counts)) => counts.0 += 1,
            (Err(_), Some(counts)) => counts.1 += 1,
            (_, None) => {}
        }
        match &answer {
            Ok(body) => {
                self.known.learn_answer(body);
                if let Some(operation) = self.operations.iter().find(|operation| operation.name == form.action) {
                    filled::note(operation.output, body, &mut self.tally.filled);
                }
                self.remember(step.scope, form);
            }
            Err(error) if error.code.as_str() == "MissingParameter" => {
                if let Some((_, path)) = error.message.rsplit_once(' ') {
                    self.needed.insert((form.action.clone(), generic(path)));
                }
            }
            Err(_) => {}
        }
        Ok(answer)
    }

    /// Requests with a client token are asked for again later.
    fn remember(&mut self, scope: Scope, form: &Form) {
        let known = (scope, form.clone());
        if form.get("ClientToken").is_some() && self.tokened.len() < TOKENED_MAX && !self.tokened.contains(&known) {
            self.tokened.push(known);
        }
    }
}

/// What an earlier request with the same client token made.
fn made_before(before: &State, step: &Step) -> Option<Made> {
    let What::Request(form) = &step.what else { return None };
    let key = ClientTokenKey { action: form.action.clone(), token: form.get("ClientToken")?.to_owned() };
    let known = before.realm(step.scope)?.client_tokens.get(&key)?;
    known.made.filter(|_| known.used.plus_seconds(REMEMBERED_SECONDS) > step.time())
}

/// A request with a client token that is known makes nothing, and if it is accepted, tells of what the first one made.
fn is_repeated(answer: &Answer, made: Made, unchanged: bool) -> Result<(), String> {
    let id = match made {
        Made::Resource(id) => id.to_string(),
        Made::LaunchTemplateVersion(template, _) => template.to_string(),
    };
    match answer {
        _ if !unchanged => Err("a repeated request changed the state".into()),
        Ok(body) if !body.contains(&id) => Err(format!("a repeated request, which made {id}, was answered {body:?}")),
        _ => Ok(()),
    }
}

/// Takes a step and holds the server to what is promised of every step.
///
/// # Errors
/// Says which promise was broken.
pub fn take(server: &Server, before: &Arc<State>, step: &Step) -> Result<Answer, String> {
    let answer = server.take(step)?;
    let unchanged = Arc::ptr_eq(before, &server.state());
    if let Some(made) = made_before(before, step) {
        is_repeated(&answer, made, unchanged)?;
    }
    if let What::Request(form) = &step.what
        && let Some(read) = ConstantRead::named(&form.action)
        && answer.as_ref().is_ok_and(|body| body != read.answer)
    {
        return Err(format!("{} told of something that is not there: {answer:?}", form.action));
    }
    // The first request in a realm makes its default VPC, whatever else comes of it.
    if before.realm(step.scope).is_none() || unchanged {
        return Ok(answer);
    }
    match (&answer, &step.what) {
        (Err(error), _) => Err(format!("refused ({error}), yet the state changed")),
        (Ok(_), What::Request(form)) if form.action.starts_with("Describe") || form.action.starts_with("Get") => {
            Err("a reading operation changed the state".into())
        }
        (Ok(_), _) => Ok(answer),
    }
}

/// Whether a changed row is the same when it was written and is read again, though no store is there.
fn survives(change: &Change) -> Result<(), String> {
    let Some(row) = &change.row else { return Ok(()) };
    let mut json = Vec::new();
    row.write(&mut serde_json::Serializer::new(&mut json)).map_err(|error| error.to_string())?;
    let read: Result<Row, String> = Row::read(change.key.table(), Json(&json));
    match read {
        Ok(read) if read == *row && read.key() == change.key => Ok(()),
        Ok(_) => Err(format!("{} is read as another row than was written", change.key.text())),
        Err(error) => Err(format!("{} cannot be read: {error}", change.key.text())),
    }
}

struct Json<'a>(&'a [u8]);

impl RowParser<String> for Json<'_> {
    fn parse<T: DeserializeOwned>(&mut self) -> Result<T, String> {
        serde_json::from_slice(self.0).map_err(|error| error.to_string())
    }
}

/// Whether everything that must hold of the state does, and the kernel is what it wants.
///
/// # Errors
/// Says what is not so.
pub fn everything_holds(server: &Server) -> Result<(), String> {
    let violations: Vec<String> = invariants::check(&server.state()).iter().map(ToString::to_string).collect();
    if violations.is_empty() { server.network().is_as_desired() } else { Err(violations.join("; ")) }
}

/// Making an RSA key takes the time of a thousand other steps; tests of key pairs make some.
fn with_quick_key(mut form: Form) -> Form {
    if form.action == "CreateKeyPair" {
        form.pairs.retain(|(name, value)| name != "KeyType" || value != "rsa");
        if form.get("KeyType").is_none() {
            form = form.with("KeyType", "ed25519");
        }
    }
    form
}

/// Now and then one parameter is dropped, doubled, changed or added.
fn mutated(draw: &mut Draw<'_>, mut form: Form) -> Form {
    let at = draw.dice.below(form.pairs.len() as u64) as usize;
    match draw.dice.below(100) {
        0..4 if !form.pairs.is_empty() => _ = form.pairs.remove(at),
        4..8 if !form.pairs.is_empty() => {
            let path = form.pairs[at].0.clone();
            let kind = [Kind::String, Kind::Integer, Kind::Boolean][draw.dice.below(3) as usize];
            form.pairs[at].1 = draw.scalar(kind, &path, &form);
        }
        8..9 if !form.pairs.is_empty() => form.pairs.push(form.pairs[at].clone()),
        9..12 => form.pairs.push(("DryRun".into(), "true".into())),
        12 => form.pairs.push(("Colour".into(), "red".into())),
        _ => {}
    }
    form
}

/// `NetworkInterface.2.SubnetId` → `NetworkInterface.N.SubnetId`
fn generic(path: &str) -> String {
    let segments = path.split('.').map(|segment| if segment.bytes().all(|byte| byte.is_ascii_digit()) { "N" } else { segment });
    segments.collect::<Vec<_>>().join(".")
}

impl Tally {
    /// Prints how often each operation was accepted and refused.
    pub fn print(&self) {
        println!("{:>8} {:>8}", "accepted", "refused");
        self.counts.iter().for_each(|(name, (accepted, refused))| println!("{accepted:>8} {refused:>8}  {name}"));
    }

    /// A walk that never got an operation through, or never one refused, shows nothing about it.
    pub fn every_operation_was_accepted_and_refused(&self) {
        let one_sided: Vec<_> = self.counts.iter().filter(|(_, (accepted, refused))| *accepted == 0 || *refused == 0).collect();
        assert!(one_sided.is_empty(), "operations that the walk only accepted or only refused (accepted, refused): {one_sided:?}");
    }

    /// A walk that was never in a situation shows nothing about it.
    pub fn every_situation_was_there(&self) {
        assert!(self.missed.is_empty(), "situations that the walk never got into: {:?}", self.missed);
    }

    /// Writes what was seen of the API, for `cargo xtask coverage`.
    pub fn write_coverage(&self, folder: &Path) {
        let lines = self.filled.iter().map(|(structure, member)| format!("filled {structure} {member}\n"));
        std::fs::create_dir_all(folder).expect("a folder for the coverage");
        std::fs::write(folder.join("walk.txt"), lines.collect::<String>()).expect("a file for the coverage");
    }
}
