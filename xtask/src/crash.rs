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
use crate::client::{Answer, Client, element, elements};
use crate::enid::{self, DataFolder, Enid};

/// Kills at most; each takes about half a second.
const ROUNDS_MAX: u64 = 1_000;
const ROUNDS_DEFAULT: u64 = 25;
const CLIENTS: usize = 24;
/// A round's server lives this long at least and at most, in milliseconds.
const LIFE_MS: (u64, u64) = (5, 250);
/// Fewer acknowledged writes a round than this, on average, and the kills hit nothing. A loaded machine has many times more.
const ACKNOWLEDGED_A_ROUND: u64 = 20;
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
    /// An address that moves between two interfaces.
    moving: Option<Moving>,
    /// What was asked for and not answered.
    open: Option<Request>,
}

struct Moving {
    address: String,
    /// The interface that was last acknowledged to have it, and the other one.
    holder: String,
    other: String,
}

#[derive(Clone)]
enum Request {
    Create { token: String },
    Tag { table: String, value: String },
    Delete { table: String },
    Move { address: String, to: String },
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
    // A server that hardly answers would lose hardly anything.
    let floor = rounds * ACKNOWLEDGED_A_ROUND;
    if acknowledged < floor {
        return Err(format!("seed {seed}: {rounds} kills show nothing with {acknowledged} acknowledged writes; {floor} at least").into());
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
        let subnets = first.accepted("DescribeSubnets", "").await?;
        let subnet = element(&subnets, "subnetId").ok_or("the default VPC has no subnet")?.to_owned();
        let mut tasks = Vec::new();
        for (index, own) in notes.drain(..).enumerate() {
            let (mut client, vpc, subnet, seed) = (Client::connect(&enid).await?, vpc.clone(), subnet.clone(), random.next_u64());
            tasks.push(tokio::task::spawn_local(async move {
                let name = format!("r{round}c{index}");
                work(&mut client, own, &vpc, &subnet, &name, SeededRandom(seed)).await
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
async fn work(client: &mut Client, mut notes: Notes, vpc: &str, subnet: &str, name: &str, mut random: SeededRandom) -> (Notes, u64) {
    let mut acknowledged = 0;
    for turn in 0.. {
        let tables: Vec<String> = notes.tables.keys().cloned().collect();
        let any = tables.get((random.next_u64() % tables.len().max(1) as u64) as usize).cloned();
        if notes.moving.is_none() {
            notes.moving = moving(client, subnet).await.ok();
        }
        let request = match (random.next_u64() % 4, any, &notes.moving) {
            (1, Some(table), _) => Request::Tag { table, value: format!("{name}-{turn}") },
            (3, _, Some(moving)) => Request::Move { address: moving.address.clone(), to: moving.other.clone() },
            (2, Some(table), _) if tables.len() > TABLES_MAX => Request::Delete { table },
            _ => Request::Create { token: format!("{name}-{turn}") },
        };
        notes.open = Some(request.clone());
        let answer = match &request {
            Request::Create { token } => client.accepted("CreateRouteTable", &format!("VpcId={vpc}&ClientToken={token}")).await,
            Request::Tag { table, value } => {
                client.accepted("CreateTags", &format!("ResourceId.1={table}&Tag.1.Key=last&Tag.1.Value={value}")).await
            }
            Request::Delete { table } => client.accepted("DeleteRouteTable", &format!("RouteTableId={table}")).await,
            Request::Move { address, to } => {
                let parameters = format!("NetworkInterfaceId={to}&PrivateIpAddress.1={address}&AllowReassignment=true");
                client.accepted("AssignPrivateIpAddresses", &parameters).await
            }
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
            Request::Move { .. } => notes.moving.as_mut().into_iter().for_each(Moving::swap),
        }
    }
    (notes, acknowledged)
}

/// Two interfaces, and an address on the first.
async fn moving(client: &mut Client, subnet: &str) -> Result<Moving, Box<dyn Error>> {
    let first = client.accepted("CreateNetworkInterface", &format!("SubnetId={subnet}&SecondaryPrivateIpAddressCount=1")).await?;
    let second = client.accepted("CreateNetworkInterface", &format!("SubnetId={subnet}")).await?;
    let id = |answer: &str| element(answer, "networkInterfaceId").map(str::to_owned).ok_or("no interface");
    let addresses = first.split_once("<privateIpAddressesSet>").map_or("", |(_, after)| after);
    let address = elements(addresses, "privateIpAddress").nth(1).ok_or("no secondary address")?.to_owned();
    Ok(Moving { address, holder: id(&first)?, other: id(&second)? })
}

impl Moving {
    fn swap(&mut self) {
        std::mem::swap(&mut self.holder, &mut self.other);
    }

    /// The address is where it was acknowledged to be, or where it was on its way to; nowhere else, and not in both.
    async fn verify(&mut self, client: &mut Client, open: Option<&Request>) -> Result<(), Box<dyn Error>> {
        let mut holders = Vec::new();
        for interface in [&self.holder, &self.other] {
            let answer = client.accepted("DescribeNetworkInterfaces", &format!("NetworkInterfaceId.1={interface}")).await?;
            if elements(&answer, "privateIpAddress").any(|address| address == self.address) {
                holders.push(interface.clone());
            }
        }
        match holders.as_slice() {
            [holder] if *holder == self.holder => Ok(()),
            [_] if matches!(open, Some(Request::Move { .. })) => {
                self.swap();
                Ok(())
            }
            _ => Err(format!("{} was acknowledged to be of {}, and is of {holders:?}", self.address, self.holder).into()),
        }
    }
}

/// Holds the server to every client's notes, and settles what was open.
async fn verify(client: &mut Client, notes: &mut [Notes]) -> Result<(), Box<dyn Error>> {
    let found = tables(client).await?;
    for own in notes {
        let open = own.open.take();
        if let Some(moving) = &mut own.moving {
            moving.verify(client, open.as_ref()).await?;
        }
        let Some(vpc) = found.values().next().map(|table| table.vpc.clone()) else { continue };
        // Replaying a token answers what it made, also when nobody heard of it at the time; if that is gone, it says so.
        if let Some(Request::Create { token }) = &open {
            let answer = client.accepted("CreateRouteTable", &format!("VpcId={vpc}&ClientToken={token}")).await?;
            let table = element(&answer, "routeTableId").unwrap_or_default().to_owned();
            own.tables.insert(table.clone(), None);
            own.tokens.insert(token.clone(), table);
        }
        if let Some((token, table)) = own.tokens.iter().next_back() {
            let Answer { body, .. } = client.ask("CreateRouteTable", &format!("VpcId={vpc}&ClientToken={token}")).await?;
            let is_kept = match element(&body, "routeTableId") {
                Some(answered) => answered == table,
                None => !found.contains_key(table) && element(&body, "Code") == Some("IdempotentParameterMismatch"),
            };
            if !is_kept {
                return Err(format!("token {token} made {table}; replayed, it was answered {body}").into());
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
