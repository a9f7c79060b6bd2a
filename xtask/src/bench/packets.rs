//! Figures with packets: the server runs in a network namespace of its own, which plays the host.

use std::error::Error;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::measure::{Latencies, block_on};
use super::ping::Pinger;
use super::{Effort, Figure};
use crate::client::{Client, element, elements};
use crate::enid::{DataFolder, Enid};

/// Where the addresses to assign begin in the subnet. Launches take theirs at random: of 4,091 addresses, that one is
/// among these is unlikely, and then the benchmark says so.
const FIRST_OFFSET: u32 = 2000;

/// Runs this command again inside a namespace and reads what it measured.
pub fn measure_in_a_namespace(quick: bool) -> Result<Vec<Figure>, Box<dyn Error>> {
    let mut command = Command::new("unshare");
    command.args(["--net", "--mount", "--propagation", "private"]).arg(std::env::current_exe()?).args(["bench", "--inside", "--json"]);
    if quick {
        command.arg("--quick");
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("the packet figures could not be measured; they need root".into());
    }
    let figures: Value = serde_json::from_slice(&output.stdout)?;
    Ok(figures.as_array().into_iter().flatten().filter_map(Figure::from_json).collect())
}

/// Measures, inside the namespace.
pub fn measure(binary: &Path, effort: Effort) -> Result<Vec<Figure>, Box<dyn Error>> {
    must(Command::new("ip").args(["link", "set", "lo", "up"]))?;
    let folder = DataFolder::new("bench-packets")?;
    let enid = Enid::start(binary, &folder, &["--fabric", "require"])?;
    let data = enid.data().to_owned();
    let figures = block_on(with_instances(binary, &enid, effort));
    let stopped = enid.stop();
    // Instances and namespaces outlive the server, as they should; not the benchmark, whatever came of it.
    let down = must(Command::new(binary).arg("down").arg("--data").arg(&data));
    stopped.and(down)?;
    figures
}

async fn with_instances(binary: &Path, enid: &Enid, effort: Effort) -> Result<Vec<Figure>, Box<dyn Error>> {
    let mut client = Client::connect(enid).await?;
    let host = Pinger::here()?;
    let subnets = client.accepted("DescribeSubnets", "").await?;
    let subnet = element(&subnets, "subnetId").ok_or("there is no default subnet")?.to_owned();
    let cidr = element(&subnets, "cidrBlock").ok_or("the subnet has no addresses")?;
    let base: Ipv4Addr = cidr.split('/').next().unwrap_or_default().parse()?;
    let groups = client.accepted("DescribeSecurityGroups", "").await?;
    let group = element(&groups, "groupId").ok_or("there is no default group")?;
    let rule =
        "IpPermissions.1.IpProtocol=icmp&IpPermissions.1.FromPort=-1&IpPermissions.1.ToPort=-1&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0";
    client.accepted("AuthorizeSecurityGroupIngress", &format!("GroupId={group}&{rule}")).await?;
    let images = client.accepted("DescribeImages", "Owner.1=amazon&Filter.1.Name=architecture&Filter.1.Value.1=x86_64").await?;
    let image = element(&images, "imageId").ok_or("there is no image")?.to_owned();

    let mut launched = Latencies::default();
    let mut restarted = Latencies::default();
    for turn in 0..effort.repetitions {
        let interface = client.accepted("CreateNetworkInterface", &format!("SubnetId={subnet}")).await?;
        let interface = element(&interface, "networkInterfaceId").ok_or("no interface")?.to_owned();
        let public = elastic_ip(&mut client, &interface, None).await?;
        let begun = Instant::now();
        let parameters = format!("ImageId={image}&MinCount=1&MaxCount=1&InstanceType=m5.large&NetworkInterface.1.DeviceIndex=0");
        let parameters = format!("{parameters}&NetworkInterface.1.NetworkInterfaceId={interface}");
        let instance = client.accepted("RunInstances", &parameters).await?;
        launched.push(host.first_answer(public.address, turn as u16)? - begun);
        let instance = element(&instance, "instanceId").ok_or("no instance")?.to_owned();
        if turn < effort.repetitions.min(5) {
            restarted.push(stop_and_start(&mut client, &host, &instance, public.address).await?);
        }
        client.accepted("TerminateInstances", &format!("InstanceId.1={instance}")).await?;
        in_state(&mut client, &instance, "terminated").await?;
        public.release(&mut client).await?;
        client.accepted("DeleteNetworkInterface", &format!("NetworkInterfaceId={interface}")).await?;
    }

    // The sender is in another subnet. In the same one, its own kernel would remember for a second that nobody answered
    // its ARP request for an address that was not assigned yet.
    let elsewhere = elements(&subnets, "subnetId").find(|id| **id != subnet).ok_or("there is only one default subnet")?;
    let sender = &launch(&mut client, &image, elsewhere).await?;
    let receiver = &launch(&mut client, &image, &subnet).await?;
    let filter = format!("Filter.1.Name=attachment.instance-id&Filter.1.Value.1={receiver}");
    let interfaces = client.accepted("DescribeNetworkInterfaces", &filter).await?;
    let interface = element(&interfaces, "networkInterfaceId").ok_or("the instance has no interface")?.to_owned();
    let neighbour = Pinger::inside(&enid.data().join("netns").join(sender))?;

    let mut assigned = Latencies::default();
    let mut associated = Latencies::default();
    for turn in 0..effort.repetitions {
        let address = Ipv4Addr::from(u32::from(base) + FIRST_OFFSET + turn as u32);
        // What is configured in a guest is its own business; the address carries packets once it is assigned.
        let configure = format!("ip addr add {address}/32 dev eth0");
        must(Command::new(binary).args(["exec", "--data"]).arg(enid.data()).args([receiver, "--", "sh", "-c", &configure]))?;
        let sequence = turn as u16;
        if !neighbour.is_silent(address, sequence)? {
            return Err(format!("{address} answers before it is assigned").into());
        }
        let parameters = format!("NetworkInterfaceId={interface}&PrivateIpAddress.1={address}");
        client.accepted("AssignPrivateIpAddresses", &parameters).await?;
        let answered = Instant::now();
        assigned.push(neighbour.first_answer(address, sequence + 1)? - answered);
        let allocation = Public::allocate(&mut client).await?;
        allocation.associate(&mut client, &interface, Some(address)).await?;
        let answered = Instant::now();
        associated.push(host.first_answer(allocation.address, sequence)? - answered);
        allocation.release(&mut client).await?;
        client.accepted("UnassignPrivateIpAddresses", &parameters).await?;
    }
    Ok(vec![
        launched.figure("launch: RunInstances sent to first ping answered".into(), None),
        restarted.figure("stopped: StartInstances sent to first ping answered".into(), None),
        assigned.figure("AssignPrivateIpAddresses answered to first ping answered, from the VPC".into(), None),
        associated.figure("AssociateAddress answered to first ping answered, from the host".into(), None),
    ])
}

async fn launch(client: &mut Client, image: &str, subnet: &str) -> Result<String, Box<dyn Error>> {
    let parameters = format!("ImageId={image}&MinCount=1&MaxCount=1&InstanceType=m5.large&SubnetId={subnet}");
    let launched = client.accepted("RunInstances", &parameters).await?;
    let instance = element(&launched, "instanceId").ok_or("no instance")?.to_owned();
    in_state(client, &instance, "running").await?;
    Ok(instance)
}

async fn stop_and_start(client: &mut Client, host: &Pinger, instance: &str, public: Ipv4Addr) -> Result<Duration, Box<dyn Error>> {
    in_state(client, instance, "running").await?;
    client.accepted("StopInstances", &format!("InstanceId.1={instance}")).await?;
    in_state(client, instance, "stopped").await?;
    let begun = Instant::now();
    client.accepted("StartInstances", &format!("InstanceId.1={instance}")).await?;
    let answered = host.first_answer(public, u16::MAX)?;
    in_state(client, instance, "running").await?;
    Ok(answered - begun)
}

/// Waits until an instance is in a state.
async fn in_state(client: &mut Client, instance: &str, state: &str) -> Result<(), Box<dyn Error>> {
    let until = Instant::now() + Duration::from_secs(30);
    while Instant::now() < until {
        let described = client.accepted("DescribeInstances", &format!("InstanceId.1={instance}")).await?;
        let part = described.split_once("<instanceState>").map_or("", |(_, after)| after);
        if element(part, "name") == Some(state) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Err(format!("{instance} did not become {state}").into())
}

/// An Elastic IP.
struct Public {
    allocation: String,
    address: Ipv4Addr,
}

async fn elastic_ip(client: &mut Client, interface: &str, private: Option<Ipv4Addr>) -> Result<Public, Box<dyn Error>> {
    let public = Public::allocate(client).await?;
    public.associate(client, interface, private).await?;
    Ok(public)
}

impl Public {
    async fn allocate(client: &mut Client) -> Result<Self, Box<dyn Error>> {
        let allocated = client.accepted("AllocateAddress", "Domain=vpc").await?;
        let allocation = element(&allocated, "allocationId").ok_or("no allocation")?.to_owned();
        let address = element(&allocated, "publicIp").ok_or("no public address")?.parse()?;
        Ok(Self { allocation, address })
    }

    async fn associate(&self, client: &mut Client, interface: &str, private: Option<Ipv4Addr>) -> Result<(), Box<dyn Error>> {
        let private = private.map_or_else(String::new, |address| format!("&PrivateIpAddress={address}"));
        let parameters = format!("AllocationId={}&NetworkInterfaceId={interface}{private}", self.allocation);
        client.accepted("AssociateAddress", &parameters).await.map(drop)
    }

    async fn release(self, client: &mut Client) -> Result<(), Box<dyn Error>> {
        let described = client.accepted("DescribeAddresses", &format!("AllocationId.1={}", self.allocation)).await?;
        if let Some(association) = element(&described, "associationId") {
            client.accepted("DisassociateAddress", &format!("AssociationId={association}")).await?;
        }
        client.accepted("ReleaseAddress", &format!("AllocationId={}", self.allocation)).await.map(drop)
    }
}

fn must(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
}
