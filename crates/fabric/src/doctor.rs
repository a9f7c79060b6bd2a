//! What this machine has of what the data plane needs. Each check tries the thing itself, in a namespace that ends with the check.

use std::path::Path;
use std::thread;

use model::interface::ConnectionTracking;
use nix::sched::{CloneFlags, unshare};

use crate::desired::{connection_tracking, routing};
use crate::kernel::linux::LinuxKernel;
use crate::kernel::{Kernel, Key, Link, LinkKind, Name, Namespace, Objects, Peer, RouteTarget, Value};
use crate::names;
use crate::plan::plan;
use crate::ruleset::ruleset;

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Why it does not do; none: it does.
    pub problem: Option<String>,
    /// What helps.
    pub remedy: &'static str,
}

impl Check {
    /// Whether what was looked at is there.
    pub fn ok(&self) -> bool {
        self.problem.is_none()
    }
}

/// Checks everything that the data plane needs of the machine. Changes nothing.
pub fn checks() -> Vec<Check> {
    let mut checks = vec![Check {
        name: "root",
        problem: (!nix::unistd::geteuid().is_root()).then(|| "not running as root".to_owned()),
        remedy: "run enid as root (it needs CAP_NET_ADMIN and CAP_SYS_ADMIN)",
    }];
    let tried = thread::Builder::new().name("doctor".into()).spawn(try_features).map(thread::JoinHandle::join);
    match tried {
        Ok(Ok(tried)) => checks.extend(tried),
        _ => checks.push(Check {
            name: "network namespaces",
            problem: Some("the check itself failed".into()),
            remedy: "report it, with the output of `dmesg`",
        }),
    }
    checks
}

/// Tries one feature after the other in a namespace of the calling thread's own.
fn try_features() -> Vec<Check> {
    let mut checks = Vec::new();
    let namespaces = unshare(CloneFlags::CLONE_NEWNET);
    let entered = namespaces.is_ok();
    checks.push(Check {
        name: "network namespaces",
        problem: namespaces.err().map(|error| error.to_string()),
        remedy: "a kernel with CONFIG_NET_NS, and CAP_SYS_ADMIN",
    });
    // Never on the host itself.
    if !entered {
        return checks;
    }
    let mut kernel = match LinuxKernel::new(Path::new("/")) {
        Ok(kernel) => kernel,
        Err(error) => {
            checks.push(Check { name: "/proc", problem: Some(error.to_string()), remedy: "mount /proc" });
            return checks;
        }
    };
    for (name, remedy, objects) in features() {
        let steps = plan(&Objects::new(), &objects);
        let problem = kernel.apply(&steps).into_iter().find_map(Result::err).map(|error| error.to_string());
        checks.push(Check { name, problem, remedy });
    }
    checks
}

/// Features by the objects that need them, each building on those before.
fn features() -> Vec<(&'static str, &'static str, Objects)> {
    let namespace = Namespace::Host;
    let link = Name::from("enid-doctor");
    let veth = |peer| LinkKind::Veth { mac: names::mac("doctor"), mtu: routing::MTU, alias: Name::from("enid: doctor"), peer };
    let peer = Peer { namespace: namespace.clone(), name: Name::from("enid-peer"), mac: names::mac("peer"), alias: None };
    let links = Objects::from([(
        Key::Link { namespace: namespace.clone(), name: link.clone() },
        Value::Link(Link { kind: veth(Some(peer)), up: true }),
    )]);
    let path = |path: &str| Key::Sysctl { namespace: namespace.clone(), path: Name::from(path) };
    let forwarding = Objects::from([(path("ipv4/ip_forward"), Value::Sysctl(Name::from("1")))]);
    let forwarding6 = Objects::from([(path("ipv6/conf/all/forwarding"), Value::Sysctl(Name::from("1")))]);
    let destinations = ["192.0.2.1/32", "192.0.2.0/24"].map(str::parse);
    let routes = destinations.into_iter().flatten().zip([RouteTarget::Blackhole, RouteTarget::Throw]).map(|(destination, target)| {
        (Key::Route { namespace: namespace.clone(), table: names::route_table("doctor"), destination }, routing::route_to(target))
    });
    let sets = |interval: bool| {
        let sets = ruleset().sets.iter().filter(move |(_, set)| set.interval == interval);
        let namespace = namespace.clone();
        sets.map(move |(name, set)| (Key::Set { namespace: namespace.clone(), name: Name::from(*name) }, Value::Set(set.clone())))
    };
    let chains = ruleset()
        .chains
        .iter()
        .map(|chain| (Key::Chain { namespace: namespace.clone(), name: Name::from(chain.name) }, Value::Chain(chain.object())));
    let tracking = ConnectionTracking { tcp_established_seconds: Some(60), udp_stream_seconds: Some(60), ..ConnectionTracking::default() };
    let mut timeouts = connection_tracking::objects(&namespace, &link, &tracking);
    timeouts.extend(connection_tracking::defaults(&namespace));
    let mut tables = Objects::from([(Key::Table(namespace.clone()), Value::Exists)]);
    tables.extend(sets(false));
    vec![
        ("veth links", "a kernel with CONFIG_VETH (module veth)", links),
        ("IPv4 forwarding", "a writable /proc/sys", forwarding),
        ("IPv6", "boot without ipv6.disable=1", forwarding6),
        ("routing tables", "a kernel with CONFIG_IP_MULTIPLE_TABLES", routes.collect()),
        ("nftables", "a kernel with CONFIG_NF_TABLES, CONFIG_NF_TABLES_INET and CONFIG_NFT_LIMIT (modules nf_tables, nft_limit)", tables),
        ("nftables sets of concatenated ranges", "Linux 5.6 or later", sets(true).collect()),
        (
            "nftables fib and ct, conntrack zones",
            "a kernel with CONFIG_NFT_FIB_INET, CONFIG_NFT_CT and CONFIG_NF_CONNTRACK_ZONES (modules nft_fib_inet, nft_ct)",
            chains.collect(),
        ),
        ("conntrack timeouts", "a kernel with CONFIG_NF_CONNTRACK_TIMEOUT, and a writable /proc/sys", timeouts),
    ]
}
