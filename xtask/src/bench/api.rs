//! The API alone: durable assigns and describes by id, with ever more interfaces and with one client or many.

use std::cell::RefCell;
use std::error::Error;
use std::path::Path;
use std::rc::Rc;

use model::Random as _;
use model::ctx::SeededRandom;

use super::measure::{block_on, load};
use super::{Effort, Figure};
use crate::client::{Client, element};
use crate::enid::{DataFolder, Enid};

/// Clients at once: alone, and as many as a busy controller has.
const CLIENTS: [usize; 2] = [1, 64];
/// Subnets of /16 that the interfaces are spread over, each in a VPC of its own.
const SUBNETS: usize = 8;

/// A subnet and the interfaces in it.
struct Place {
    subnet: String,
    interfaces: Vec<String>,
}

/// A client that moves one address to and fro between the interfaces of a subnet.
struct Mover {
    client: Client,
    random: SeededRandom,
    place: usize,
    address: String,
    holder: String,
    places: Rc<RefCell<Vec<Place>>>,
}

/// Measures it.
pub fn measure(binary: &Path, effort: Effort) -> Result<Vec<Figure>, Box<dyn Error>> {
    let folder = DataFolder::new("bench")?;
    let enid = Enid::start(binary, &folder, &["--fabric", "none"])?;
    let mut figures = Vec::new();
    block_on(async {
        let places = Rc::new(RefCell::new(places(&enid).await?));
        let mut movers = Vec::new();
        for &interfaces in effort.interfaces {
            figures.push(create(&enid, &places, interfaces).await?);
            eprintln!("{interfaces} interfaces: {} MiB of memory", enid.resident_bytes() >> 20);
            if movers.is_empty() {
                movers = self::movers(&enid, &places).await?;
            }
            for clients in CLIENTS {
                let what = format!("DescribeNetworkInterfaces by id, {interfaces} interfaces, {}", noun(clients));
                let connected = connected(&enid, &mut movers, clients).await?;
                let (figure, back) = load(what, connected, effort.seconds, Mover::describe).await?;
                figures.push(figure);
                movers.extend(back);
            }
            for clients in CLIENTS {
                let what = format!("durable AssignPrivateIpAddresses, {interfaces} interfaces, {}", noun(clients));
                let connected = connected(&enid, &mut movers, clients).await?;
                let (figure, back) = load(what, connected, effort.seconds, Mover::assign).await?;
                figures.push(figure);
                movers.extend(back);
            }
        }
        Ok(())
    })?;
    // A clean end is part of what is measured: a server that lost its writer under load would not end well.
    enid.stop()?;
    let restarted = std::time::Instant::now();
    let enid = Enid::start(binary, &folder, &["--fabric", "none"])?;
    let most = effort.interfaces.iter().max().copied().unwrap_or(0);
    let mut start = super::measure::Latencies::default();
    start.push(restarted.elapsed());
    figures.push(start.figure(format!("start with {most} interfaces on disk"), None));
    enid.stop()?;
    Ok(figures)
}

fn noun(clients: usize) -> String {
    if clients == 1 { "1 client".into() } else { format!("{clients} clients") }
}

/// So many of the clients, connected anew: the server closes connections that were idle for long.
async fn connected(enid: &Enid, movers: &mut Vec<Mover>, count: usize) -> Result<Vec<Mover>, Box<dyn Error>> {
    let mut taken = movers.split_off(movers.len() - count);
    for mover in &mut taken {
        mover.client = Client::connect(enid).await?;
    }
    Ok(taken)
}

async fn places(enid: &Enid) -> Result<Vec<Place>, Box<dyn Error>> {
    let mut client = Client::connect(enid).await?;
    let mut places = Vec::new();
    for index in 0..SUBNETS {
        let block = format!("10.{index}.0.0/16");
        let vpc = client.accepted("CreateVpc", &format!("CidrBlock={block}")).await?;
        let vpc = element(&vpc, "vpcId").ok_or("CreateVpc names no VPC")?;
        let subnet = client.accepted("CreateSubnet", &format!("VpcId={vpc}&CidrBlock={block}")).await?;
        let subnet = element(&subnet, "subnetId").ok_or("CreateSubnet names no subnet")?.to_owned();
        places.push(Place { subnet, interfaces: Vec::new() });
    }
    Ok(places)
}

/// Makes interfaces through the API until there are so many.
async fn create(enid: &Enid, places: &Rc<RefCell<Vec<Place>>>, wanted: usize) -> Result<Figure, Box<dyn Error>> {
    let begun = std::time::Instant::now();
    let before: usize = places.borrow().iter().map(|place| place.interfaces.len()).sum();
    let next = Rc::new(std::cell::Cell::new(before));
    let mut tasks = Vec::new();
    for _ in 0..CLIENTS[1] {
        let mut client = Client::connect(enid).await?;
        let (places, next) = (Rc::clone(places), Rc::clone(&next));
        tasks.push(tokio::task::spawn_local(async move {
            let mut latencies = Vec::new();
            while next.get() < wanted {
                let index = next.replace(next.get() + 1) % SUBNETS;
                let subnet = format!("SubnetId={}", places.borrow()[index].subnet);
                let sent = std::time::Instant::now();
                let answer = client.accepted("CreateNetworkInterface", &subnet).await.map_err(|error| error.to_string())?;
                latencies.push(sent.elapsed());
                let id = element(&answer, "networkInterfaceId").ok_or("CreateNetworkInterface names no interface")?;
                places.borrow_mut()[index].interfaces.push(id.to_owned());
            }
            Ok::<_, String>(latencies)
        }));
    }
    let mut all = super::measure::Latencies::default();
    for task in tasks {
        task.await??.into_iter().for_each(|latency| all.push(latency));
    }
    Ok(all.figure(format!("durable CreateNetworkInterface, up to {wanted} interfaces, {}", noun(CLIENTS[1])), Some(begun.elapsed())))
}

/// Clients, each with an address of its own to move.
async fn movers(enid: &Enid, places: &Rc<RefCell<Vec<Place>>>) -> Result<Vec<Mover>, Box<dyn Error>> {
    let mut movers = Vec::new();
    for index in 0..CLIENTS[1] {
        let mut client = Client::connect(enid).await?;
        // With few interfaces, only the first subnets have two to move an address between.
        let usable = places.borrow().iter().filter(|place| place.interfaces.len() > 1).count().max(1);
        let place = index % usable;
        let first = places.borrow()[place].interfaces.first().cloned().ok_or("there is no interface")?;
        let parameters = format!("NetworkInterfaceId={first}&SecondaryPrivateIpAddressCount=1");
        let assigned = client.accepted("AssignPrivateIpAddresses", &parameters).await?;
        let address = element(&assigned, "privateIpAddress").ok_or("AssignPrivateIpAddresses names no address")?.to_owned();
        movers.push(Mover { client, random: SeededRandom(index as u64), place, address, holder: first, places: Rc::clone(places) });
    }
    Ok(movers)
}

impl Mover {
    fn any_interface(&mut self, place: usize) -> String {
        let places = self.places.borrow();
        let interfaces = &places[place].interfaces;
        interfaces[(self.random.next_u64() % interfaces.len() as u64) as usize].clone()
    }

    /// Moves the address to any other interface of its subnet.
    async fn assign(&mut self) -> Result<(), Box<dyn Error>> {
        let mut interface = self.any_interface(self.place);
        while interface == self.holder {
            interface = self.any_interface(self.place);
        }
        let parameters = format!("NetworkInterfaceId={interface}&PrivateIpAddress.1={}&AllowReassignment=true", self.address);
        self.client.accepted("AssignPrivateIpAddresses", &parameters).await?;
        self.holder = interface;
        Ok(())
    }

    /// Describes any interface.
    async fn describe(&mut self) -> Result<(), Box<dyn Error>> {
        let place = (self.random.next_u64() % SUBNETS as u64) as usize;
        let interface = self.any_interface(place);
        let answer = self.client.accepted("DescribeNetworkInterfaces", &format!("NetworkInterfaceId.1={interface}")).await?;
        if answer.contains(&interface) { Ok(()) } else { Err(format!("{interface} is not in its own description").into()) }
    }
}
