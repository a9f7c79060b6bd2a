//! For how long connections are tracked that nothing is heard of: EC2's defaults as sysctls of the VPC, and what an interface's
//! `ConnectionTrackingSpecification` sets as a policy per protocol, which one map finds by link and protocol.
//!
//! EC2 tracks a connection between two interfaces at each of them, and each forgets it in its own time. Here both share one entry, which
//! has the timeouts of the interface that began the connection, and for a protocol that it sets none for, those of the other one. Once
//! an entry is gone, packets are judged as new ones. Those of the side that began pass by the same rules as its first one; answers need
//! a rule that lets them in there, and usual groups have none. So that side's tracking is the one whose end is felt.
//!
//! A policy belongs to one interface, and its name says all of it, since the kernel cannot change one. Connections keep the policy
//! that they began with. When it is removed they lose it, and have the VPC's timeouts from their next packet on.

use model::interface::ConnectionTracking;

use super::nftables::element;
use crate::kernel::{Key, Name, Namespace, Objects, Timeouts, Value};
use crate::names;
use crate::ruleset;

/// EC2's defaults, as sysctls of a VPC's namespace. A namespace has them once conntrack is loaded, which [`crate::doctor`] does as it looks
/// for it.
pub fn defaults(namespace: &Namespace) -> impl Iterator<Item = (Key, Value)> {
    [
        ("netfilter/nf_conntrack_tcp_timeout_established", ConnectionTracking::TCP_ESTABLISHED_SECONDS_DEFAULT),
        ("netfilter/nf_conntrack_udp_timeout", ConnectionTracking::UDP_SECONDS_DEFAULT),
        ("netfilter/nf_conntrack_udp_timeout_stream", ConnectionTracking::UDP_STREAM_SECONDS_DEFAULT),
    ]
    .into_iter()
    .map(move |(path, seconds)| {
        let key = Key::Sysctl { namespace: namespace.clone(), path: Name::from(path) };
        (key, Value::Sysctl(Name::from(seconds.to_string())))
    })
}

/// The policies of an interface, and where they are found.
pub fn objects(namespace: &Namespace, link: &Name, wanted: &ConnectionTracking) -> Objects {
    let mut objects = Objects::new();
    for policy in policies(wanted) {
        let name = Name::from(match policy {
            Timeouts::Tcp { established_seconds } => format!("{link}_tcp_{established_seconds}"),
            Timeouts::Udp { unreplied_seconds, replied_seconds } => format!("{link}_udp_{unreplied_seconds}_{replied_seconds}"),
        });
        objects.insert(Key::Timeouts { namespace: namespace.clone(), name: name.clone() }, Value::Timeouts(policy));
        let key = [names::link_key(link).as_slice(), &[policy.protocol(), 0, 0, 0]].concat();
        let (element, _) = element(namespace, ruleset::TIMEOUTS, &key, &[]);
        objects.insert(element, Value::Reference(name));
    }
    objects
}

fn policies(wanted: &ConnectionTracking) -> impl Iterator<Item = Timeouts> {
    let ConnectionTracking { tcp_established_seconds, udp_stream_seconds, udp_seconds } = wanted;
    let tcp = tcp_established_seconds.map(|seconds| Timeouts::Tcp { established_seconds: seconds.cast_unsigned() });
    let is_udp = udp_stream_seconds.is_some() || udp_seconds.is_some();
    let udp = is_udp.then_some(Timeouts::Udp {
        unreplied_seconds: udp_seconds.unwrap_or(ConnectionTracking::UDP_SECONDS_DEFAULT).cast_unsigned(),
        replied_seconds: udp_stream_seconds.unwrap_or(ConnectionTracking::UDP_STREAM_SECONDS_DEFAULT).cast_unsigned(),
    });
    [tcp, udp].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Step;
    use crate::plan::plan;

    #[test]
    fn a_change_of_one_timeout_touches_its_protocol_alone_and_removes_what_is_not_used_any_more() {
        let (vpc, link) = (Namespace::named("vpc-1"), Name::from("e1"));
        let wanted = |seconds| ConnectionTracking {
            tcp_established_seconds: Some(seconds),
            udp_stream_seconds: None,
            udp_seconds: Some(ConnectionTracking::UDP_SECONDS_DEFAULT),
        };
        let (before, after) = (objects(&vpc, &link, &wanted(60)), objects(&vpc, &link, &wanted(70)));
        let said = |step: &Step| match step {
            Step::Put { key, .. } => format!("put {key}"),
            Step::Delete { key, .. } => format!("delete {key}"),
        };
        let steps: Vec<_> = plan(&before, &after).iter().map(said).collect();
        // The name in 16 bytes, and TCP's number.
        let element = format!("put vpc-1: element of timeouts 6531{}06000000", "0".repeat(28));
        // The kernel removes no policy that an element refers to.
        assert_eq!(steps, ["put vpc-1: conntrack timeouts e1_tcp_70", &element, "delete vpc-1: conntrack timeouts e1_tcp_60"]);
    }
}
