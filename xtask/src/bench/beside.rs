//! How long a cheap request takes beside clients that ask for the worst that there is, again and again.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::measure::{block_on, load};
use super::{Effort, Figure};
use crate::client::{Client, element};
use crate::enid::{DataFolder, Enid};

/// Clients that ask for the worst.
const HEAVY_CLIENTS: usize = 8;
/// Clients that make the interfaces.
const MAKERS: usize = 64;
/// Interfaces that a subnet of /16 takes, and some more would fit.
const SUBNET_INTERFACES_MAX: usize = 60_000;
/// Values of a filter at most.
const VALUES: usize = 200;

/// Measures it.
pub fn measure(binary: &Path, effort: Effort) -> Result<Vec<Figure>, Box<dyn Error>> {
    let folder = DataFolder::new("beside")?;
    let enid = Arc::new(Enid::start(binary, &folder, &["--fabric", "none"])?);
    let mut figures = Vec::new();
    block_on(async { create(&enid, effort.tagged).await })?;
    for (what, action, parameters) in worst() {
        let stop = Arc::new(AtomicBool::new(false));
        let heavy = (0..if action.is_empty() { 0 } else { HEAVY_CLIENTS }).map(|_| {
            let (enid, stop, parameters) = (Arc::clone(&enid), Arc::clone(&stop), parameters.clone());
            // Threads of their own: what is measured shares none with them.
            thread::spawn(move || block_on(repeat(&enid, &stop, action, &parameters)).map_err(|error| error.to_string()))
        });
        let heavy: Vec<_> = heavy.collect();
        let measured = block_on(async {
            let cheap = vec![Client::connect(&enid).await?];
            let what = format!("DescribeRegions beside {what}, {} tagged interfaces", effort.tagged);
            load(what, cheap, effort.seconds, async |client: &mut Client| client.accepted("DescribeRegions", "").await.map(drop)).await
        });
        stop.store(true, Ordering::Relaxed);
        for client in heavy {
            client.join().map_err(|_| "a client panicked")??;
        }
        figures.push(measured?.0);
    }
    Ok(figures)
}

/// What costs most, of each kind: rows that are held to filters, rows that are shown, what is the same for all, and what is read before it is
/// known whose it is.
fn worst() -> Vec<(String, &'static str, String)> {
    let beside = |what: &str| format!("{HEAVY_CLIENTS} clients with {what}");
    let filter = |value: &dyn Fn(usize) -> String| {
        let values = (1..=VALUES).map(|number| format!("&Filter.1.Value.{number}={}", value(number))).collect::<String>();
        format!("Filter.1.Name=tag%3AName{values}")
    };
    let digit = |seed: usize, at: usize| (seed * 7919 + at * at * 31 + at * 17) % 10;
    vec![
        ("nobody".into(), "", String::new()),
        (beside("200 values with wildcards"), "DescribeNetworkInterfaces", filter(&|number| format!("*e*n*i*-*n*u*m*b*e*r*-*{number}x"))),
        (
            beside("200 values of 255 characters"),
            "DescribeNetworkInterfaces",
            filter(&|number| (0..127).map(|at| format!("*{}", digit(number, at))).collect::<String>() + "x"),
        ),
        (beside("pages of 1000"), "DescribeNetworkInterfaces", "MaxResults=1000".into()),
        (beside("all instance types"), "DescribeInstanceTypes", String::new()),
    ]
}

async fn repeat(enid: &Enid, stop: &AtomicBool, action: &str, parameters: &str) -> Result<(), Box<dyn Error>> {
    let mut client = Client::connect(enid).await?;
    while !stop.load(Ordering::Relaxed) {
        client.accepted(action, parameters).await?;
    }
    Ok(())
}

async fn create(enid: &Arc<Enid>, wanted: usize) -> Result<(), Box<dyn Error>> {
    let mut client = Client::connect(enid).await?;
    let mut subnets = Vec::new();
    for index in 0..1 + wanted / SUBNET_INTERFACES_MAX {
        let block = format!("10.{index}.0.0/16");
        let vpc = client.accepted("CreateVpc", &format!("CidrBlock={block}")).await?;
        let vpc = element(&vpc, "vpcId").ok_or("CreateVpc names no VPC")?;
        let subnet = client.accepted("CreateSubnet", &format!("VpcId={vpc}&CidrBlock={block}")).await?;
        subnets.push(element(&subnet, "subnetId").ok_or("CreateSubnet names no subnet")?.to_owned());
    }
    let subnets = Arc::new(subnets);
    let tasks: Vec<_> = (0..MAKERS)
        .map(|maker| {
            let (enid, subnets) = (Arc::clone(enid), Arc::clone(&subnets));
            tokio::task::spawn_local(async move {
                let mut client = Client::connect(&enid).await.map_err(|error| error.to_string())?;
                for number in (maker..wanted).step_by(MAKERS) {
                    let tag = "TagSpecification.1.ResourceType=network-interface&TagSpecification.1.Tag.1.Key=Name";
                    let subnet = &subnets[number % subnets.len()];
                    let parameters = format!("SubnetId={subnet}&{tag}&TagSpecification.1.Tag.1.Value=eni-number-{number}");
                    client.accepted("CreateNetworkInterface", &parameters).await.map_err(|error| error.to_string())?;
                }
                Ok::<_, String>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}
