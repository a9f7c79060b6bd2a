//! `cargo xtask crash`: kills the server (`kill -9`) at random moments under concurrent writes, over and over on the same
//! data, and sees after each start that everything that was acknowledged is there.
//!
//! Each client works on resources of its own and notes what was acknowledged. What it had asked for when the server died
//! may have happened or not, but nothing in between.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use model::Random as _;
use model::ctx::SeededRandom;

use crate::Outcome;
use crate::bench::block_on;
use crate::client::{Client, element, elements};
use crate::enid::{self, DataFolder, Enid};

/// Kills at most; each takes about half a second.
const ROUNDS_MAX: u64 = 1_000;
const ROUNDS_DEFAULT: u64 = 25;
const CLIENTS: usize = 24;
/// A round's server lives this long at least and at most, in milliseconds.
const LIFE_MS: (u64, u64) = (5, 250);
/// Tables that a client keeps; with more it deletes.
const TABLES_MAX: usize = 12;

/// What one client was told, and what it last asked for.
#[derive(Default)]
struct Notes {
    /// The route tables that were made, each with the tag value that was last acknowledged.
    tables: BTreeMap<String, Option<String>>,
    /// The tables that were deleted.
    deleted: BTreeSet<String>,
    /// The client tokens that were used, and the tables that they made.
    tokens: BTreeMap<String, String>,
    /// What was asked for and not answered.
    open: Option<Request>,
}

#[derive(Clone)]
enum Request {
    Create { token: String },
    Tag { table: String, value: String },
    Delete { table: String },
}

/// Runs it: `crash [rounds] [seed]`.
pub fn run(words: &[&str]) -> Outcome {
    let number = |at: usize, default: u64| words.get(at).map_or(Ok(default), |word| word.parse::<u64>());
    let rounds = number(0, ROUNDS_DEFAULT)?.min(ROUNDS_MAX);
    let seed = number(1, u64::from(std::process::id()))?;
    let binary = enid::build(false)?;
    let folder = DataFolder::new("crash")?;
    let mut random = SeededRandom(seed);
    let mut notes: Vec<Notes> = (0..CLIENTS).map(|_| Notes::default()).collect();
    let mut acknowledged = 0;
    for round in 0..rounds {
        let life = Duration::from_millis(LIFE_MS.0 + random.next_u64() % (LIFE_MS.1 - LIFE_MS.0));
        let told = one_round(&binary, &folder, round, life, &mut notes, &mut random);
        acknowledged += told.map_err(|error| format!("seed {seed}, round {round}, killed after {life:?}: {error}"))?;
    }
    println!("{rounds} kills, {acknowledged} acknowledged writes: all there, all invariants hold");
    Ok(())
}

fn one_round(
    binary: &Path,
    folder: &DataFolder,
    round: u64,
    life: Duration,
    notes: &mut Vec<Notes>,
    random: &mut SeededRandom,
) -> Result<u64, Box<dyn Error>> {
    let enid = Enid::start(binary, folder, &["--fabric", "none"])?;
    let acknowledged = block_on(async {
        let mut first = Client::connect(&enid).await?;
        verify(&mut first, notes).await?;
        let gateways = first.accepted("DescribeInternetGateways", "").await?;
        let vpc = element(&gateways, "vpcId").ok_or("the default VPC has no gateway")?.to_owned();
        let mut tasks = Vec::new();
        for (index, own) in notes.drain(..).enumerate() {
            let (mut client, vpc, seed) = (Client::connect(&enid).await?, vpc.clone(), random.next_u64());
            tasks.push(tokio::task::spawn_local(async move {
                let name = format!("r{round}c{index}");
                work(&mut client, own, &vpc, &name, SeededRandom(seed)).await
            }));
        }
        tokio::time::sleep(life).await;
        enid.kill()?;
        let mut acknowledged = 0;
        for task in tasks {
            let (own, told) = task.await?;
            acknowledged += told;
            notes.push(own);
        }
        Ok(acknowledged)
    })?;
    let check = Command::new(binary).arg("check").arg("--data").arg(folder.path().join("data")).output()?;
    if !check.status.success() {
        let told = [check.stdout, check.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        return Err(format!("enid check: {told}").into());
    }
    Ok(acknowledged)
}

/// Asks for one thing after the other until the server is gone.
async fn work(client: &mut Client, mut notes: Notes, vpc: &str, name: &str, mut random: SeededRandom) -> (Notes, u64) {
    let mut acknowledged = 0;
    for turn in 0.. {
        let tables: Vec<String> = notes.tables.keys().cloned().collect();
        let any = tables.get((random.next_u64() % tables.len().max(1) as u64) as usize).cloned();
        let request = match (random.next_u64() % 3, any) {
            (1, Some(table)) => Request::Tag { table, value: format!("{name}-{turn}") },
            (2, Some(table)) if tables.len() > TABLES_MAX => Request::Delete { table },
            _ => Request::Create { token: format!("{name}-{turn}") },
        };
        notes.open = Some(request.clone());
        let answer = match &request {
            Request::Create { token } => client.accepted("CreateRouteTable", &format!("VpcId={vpc}&ClientToken={token}")).await,
            Request::Tag { table, value } => {
                client.accepted("CreateTags", &format!("ResourceId.1={table}&Tag.1.Key=last&Tag.1.Value={value}")).await
            }
            Request::Delete { table } => client.accepted("DeleteRouteTable", &format!("RouteTableId={table}")).await,
        };
        let Ok(answer) = answer else { break };
        notes.open = None;
        acknowledged += 1;
        match request {
            Request::Create { token } => {
                let table = element(&answer, "routeTableId").unwrap_or_default().to_owned();
                notes.tables.insert(table.clone(), None);
                notes.tokens.insert(token, table);
            }
            Request::Tag { table, value } => _ = notes.tables.insert(table, Some(value)),
            Request::Delete { table } => {
                notes.tables.remove(&table);
                notes.deleted.insert(table);
            }
        }
    }
    (notes, acknowledged)
}

/// Holds the server to every client's notes, and settles what was open.
async fn verify(client: &mut Client, notes: &mut [Notes]) -> Result<(), Box<dyn Error>> {
    let found = tables(client).await?;
    for own in notes {
        let open = own.open.take();
        let Some(vpc) = found.values().next().map(|table| table.vpc.clone()) else { continue };
        // Replaying a token answers what it made, also when nobody heard of it at the time.
        if let Some(Request::Create { token }) = &open {
            let answer = client.accepted("CreateRouteTable", &format!("VpcId={vpc}&ClientToken={token}")).await?;
            let table = element(&answer, "routeTableId").unwrap_or_default().to_owned();
            own.tables.insert(table.clone(), None);
            own.tokens.insert(token.clone(), table);
        }
        if let Some((token, table)) = own.tokens.iter().next_back() {
            let answer = client.accepted("CreateRouteTable", &format!("VpcId={vpc}&ClientToken={token}")).await?;
            if element(&answer, "routeTableId") != Some(table) {
                return Err(format!("token {token} made {table}; replayed, it was answered {answer}").into());
            }
        }
        for (table, value) in &mut own.tables {
            match (found.get(table), &open) {
                (None, Some(Request::Create { token })) if own.tokens.get(token) == Some(table) => {}
                (None, Some(Request::Delete { table: asked })) if asked == table => {
                    own.deleted.insert(table.clone());
                }
                (None, _) => return Err(format!("{table} was acknowledged and is gone").into()),
                (Some(kept), _) if kept.last == *value => {}
                (Some(kept), Some(Request::Tag { table: asked, value: wanted }))
                    if asked == table && kept.last.as_ref() == Some(wanted) =>
                {
                    value.clone_from(&kept.last);
                }
                (Some(kept), _) => return Err(format!("{table} was acknowledged with tag {value:?} and has {:?}", kept.last).into()),
            }
        }
        own.tables.retain(|table, _| !own.deleted.contains(table));
        if let Some(table) = own.deleted.iter().find(|table| found.contains_key(*table)) {
            return Err(format!("{table} was deleted and is back").into());
        }
    }
    Ok(())
}

struct Table {
    vpc: String,
    last: Option<String>,
}

async fn tables(client: &mut Client) -> Result<BTreeMap<String, Table>, Box<dyn Error>> {
    let answer = client.accepted("DescribeRouteTables", "").await?;
    // The owner stands last in a table; the table's own id after those in its associations.
    let parts: Vec<&str> = answer.split("</ownerId>").collect();
    let table = |part: &&str| {
        let id = elements(part, "routeTableId").last()?.to_owned();
        Some((id, Table { vpc: element(part, "vpcId")?.to_owned(), last: element(part, "value").map(str::to_owned) }))
    };
    Ok(parts.iter().filter_map(table).collect())
}
