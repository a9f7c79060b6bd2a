//! The sets and maps of a VPC's table: their names, keys and data. Their elements are the desired state's.

use crate::kernel::{Set, SetData, SetField};

/// Links by which fragments come, each for as many as it may bring in a second.
pub const FRAGMENTS: &str = "fragments";
/// Fragments that a link may bring in a second. What they can fill of the memory for reassembly while they wait there is far from all of
/// it: see the sysctls of a VPC. With jumbo frames, 9,001 bytes long, they are 360 Mbit/s.
const FRAGMENTS_PER_SECOND: u32 = 5_000;
/// Pairs of an interface's link and the Ethernet address that it sends from.
pub const SENDERS: &str = "senders";
/// Links whose source/destination check is off.
pub const UNCHECKED: &str = "unchecked";
/// Pairs of an interface's link with itself: what is looked up to see that two links are the same.
pub const SAME_LINK: &str = "same_link";
/// Link to the mark of its subnet's route table.
pub const ROUTE_TABLES: &str = "route_tables";
/// Link to the conntrack zone of flows between it and an appliance.
pub const ZONES: &str = "zones";
/// Link and protocol to conntrack timeouts.
pub const TIMEOUTS: &str = "timeouts";
/// Elastic IP to private address.
pub const ELASTIC_IN: &str = "elastic_in";
/// Private address to Elastic IP.
pub const ELASTIC_OUT: &str = "elastic_out";
/// Link to the number of its set of security groups.
pub const GROUPS: &str = "groups";
/// Protocols that security group rules tell apart by port or ICMP type.
pub const KEYED: &str = "keyed_protocols";
/// Links that lead out of the VPC: to the internet, to peers.
pub const OUTSIDE: &str = "outside";
/// Links that let nobody begin a conversation from their other end.
pub const EGRESS_ONLY: &str = "egress_only";
/// Links to peers.
pub const PEERS: &str = "peers";
/// The IPv4 blocks that packets from a peer can be from.
pub const PEER_SOURCES4: &str = "peer_sources4";
/// The IPv6 blocks that packets from a peer can be from.
pub const PEER_SOURCES6: &str = "peer_sources6";
/// Link to its subnet.
pub const SUBNETS: &str = "subnets";
/// Pairs of a subnet with itself: between them no network ACL judges.
pub const SAME_SUBNET: &str = "same_subnet";
/// Link to its network ACL, unless that lets everything out.
pub const ACLS_EGRESS: &str = "acls_egress";
/// Link to its network ACL, unless that lets everything in.
pub const ACLS_INGRESS: &str = "acls_ingress";
/// What network ACLs let out to IPv4 addresses.
pub const ACL_EGRESS4: &str = "acl_egress4";
/// What network ACLs let out to IPv6 addresses.
pub const ACL_EGRESS6: &str = "acl_egress6";
/// What network ACLs let in from IPv4 addresses.
pub const ACL_INGRESS4: &str = "acl_ingress4";
/// What network ACLs let in from IPv6 addresses.
pub const ACL_INGRESS6: &str = "acl_ingress6";
/// Egress rules to IPv4 blocks.
pub const EGRESS4: &str = "egress4";
/// Egress rules to IPv6 blocks.
pub const EGRESS6: &str = "egress6";
/// What egress rules let out to everywhere, over IPv4, whose answers ingress rules let in from everywhere.
pub const UNTRACKED_EGRESS4: &str = "untracked_egress4";
/// The same over IPv6.
pub const UNTRACKED_EGRESS6: &str = "untracked_egress6";
/// What ingress rules let in from everywhere, over IPv4, whose answers egress rules let out to everywhere.
pub const UNTRACKED_INGRESS4: &str = "untracked_ingress4";
/// The same over IPv6.
pub const UNTRACKED_INGRESS6: &str = "untracked_ingress6";
/// Links by which all connections are tracked.
pub const TRACKED: &str = "tracked";
/// Egress rules to security groups.
pub const EGRESS_GROUPS: &str = "egress_groups";
/// Ingress rules from IPv4 blocks.
pub const INGRESS4: &str = "ingress4";
/// Ingress rules from IPv6 blocks.
pub const INGRESS6: &str = "ingress6";
/// Ingress rules from security groups.
pub const INGRESS_GROUPS: &str = "ingress_groups";

/// All of them.
pub(super) fn sets() -> Vec<(&'static str, Set)> {
    use SetField::{Ethernet, Ipv4, Ipv6, LinkName, Mark, Priority, Protocol, Service};
    let set = |key: &[SetField]| Set { key: key.to_vec(), data: SetData::None, interval: false, beyond_per_second: None };
    let map = |key: &[SetField], data| Set { data: SetData::Fields(vec![data]), ..set(key) };
    let ranges = |key: &[SetField]| Set { interval: true, ..set(key) };
    let blocks = |address| ranges(&[Mark, Protocol, Service, address]);
    let services = || ranges(&[Mark, Protocol, Service]);
    let references = || ranges(&[Mark, Priority, Protocol, Service]);
    vec![
        (FRAGMENTS, Set { beyond_per_second: Some(FRAGMENTS_PER_SECOND), ..set(&[LinkName]) }),
        (SENDERS, set(&[LinkName, Ethernet])),
        (UNCHECKED, set(&[LinkName])),
        (SAME_LINK, set(&[LinkName, LinkName])),
        (ROUTE_TABLES, map(&[LinkName], Mark)),
        (ZONES, map(&[LinkName], Service)),
        (TIMEOUTS, Set { data: SetData::Timeouts, ..set(&[LinkName, Protocol]) }),
        (ELASTIC_IN, map(&[Ipv4], Ipv4)),
        (ELASTIC_OUT, map(&[Ipv4], Ipv4)),
        (GROUPS, map(&[LinkName], Mark)),
        (KEYED, set(&[Protocol])),
        (OUTSIDE, set(&[LinkName])),
        (EGRESS_ONLY, set(&[LinkName])),
        (PEERS, set(&[LinkName])),
        (PEER_SOURCES4, ranges(&[LinkName, Ipv4])),
        (PEER_SOURCES6, ranges(&[LinkName, Ipv6])),
        (SUBNETS, map(&[LinkName], Mark)),
        (SAME_SUBNET, set(&[Mark, Priority])),
        (ACLS_EGRESS, map(&[LinkName], Mark)),
        (ACLS_INGRESS, map(&[LinkName], Mark)),
        (ACL_EGRESS4, blocks(Ipv4)),
        (ACL_EGRESS6, blocks(Ipv6)),
        (ACL_INGRESS4, blocks(Ipv4)),
        (ACL_INGRESS6, blocks(Ipv6)),
        (EGRESS4, blocks(Ipv4)),
        (EGRESS6, blocks(Ipv6)),
        (EGRESS_GROUPS, references()),
        (UNTRACKED_EGRESS4, services()),
        (UNTRACKED_EGRESS6, services()),
        (UNTRACKED_INGRESS4, services()),
        (UNTRACKED_INGRESS6, services()),
        (TRACKED, set(&[LinkName])),
        (INGRESS4, blocks(Ipv4)),
        (INGRESS6, blocks(Ipv6)),
        (INGRESS_GROUPS, references()),
    ]
}
