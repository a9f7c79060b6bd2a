//! Names and numbers of kernel objects, each a function of EC2 ids alone: the same state always wants the same kernel objects,
//! and after a restart everything is recognised.

use model::ids::{InstanceId, NatGatewayId, NetworkAclId, NetworkInterfaceId, SecurityGroupId, SubnetId, VpcId};
use sha2::{Digest, Sha256};

use crate::kernel::Namespace;

/// The VPC's end of the pair to the host: its internet gateway.
pub const IGW: &str = "igw";
/// The VPC's end of the pair to the host that lets IPv6 out only.
pub const EIGW: &str = "eigw";
/// The host's end of a link that holds the host's address on the internet.
pub const HOST_LINK: &str = "enid0";
/// Its other end, only there because a veth needs one (the `dummy` driver is not in every kernel).
pub const HOST_LINK_PEER: &str = "enid0-peer";
/// The routing table with a VPC's addresses.
pub const ADDRESSES_TABLE: u32 = 200;
/// `proto` of routes in the host's namespace: what bears it is enid's.
pub const ROUTE_PROTOCOL: u8 = 0xe1;
/// Metric of routes in the host's namespace.
pub const HOST_METRIC: u32 = 225;
/// Names of the host's ends of internet gateways begin with this.
pub const HOST_PREFIX: &str = "enid-";

/// First four bytes of a SHA-256.
pub fn hash32(text: &str) -> u32 {
    let digest = Sha256::digest(text.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// The digits of an id such as `eni-0123456789abcdef0`, without its kind.
fn digits(id: &str) -> &str {
    id.rsplit_once('-').map_or(id, |(_, digits)| digits)
}

/// The VPC's end of an interface's link, of at most 15 bytes: `e` and the first 14 digits of the interface's id.
pub fn interface_link(interface_id: &str) -> String {
    format!("e{}", digits(interface_id).chars().take(14).collect::<String>())
}

/// The name that a guest knows its interface by: `eth` and the device index; with several network cards, where device indexes repeat,
/// the card's number stands between.
pub fn guest_link(card: u16, device: u16) -> String {
    if card == 0 { format!("eth{device}") } else { format!("eth{card}n{device}") }
}

/// The NAT gateway's end of its interface's link.
pub const NAT_GATEWAY_LINK: &str = "eth0";

/// The host's end of a VPC's internet gateway, of at most 15 bytes.
pub fn host_link(vpc_id: &str) -> String {
    format!("{HOST_PREFIX}{}", digits(vpc_id).chars().take(10).collect::<String>())
}

/// The host's end of a VPC's egress-only internet gateway. No id has an `x` among its digits.
pub fn egress_only_host_link(vpc_id: &str) -> String {
    format!("{HOST_PREFIX}x{}", digits(vpc_id).chars().take(9).collect::<String>())
}

/// Both ends of a peering connection, one in each VPC.
pub fn peering_link(peering_id: &str) -> String {
    format!("p{}", digits(peering_id).chars().take(14).collect::<String>())
}

/// The kernel's table, and mark, for a route table. Below 1000 are the kernel's own tables and that of addresses.
pub fn route_table(route_table_id: &str) -> u32 {
    1000 + hash32(route_table_id) % 0x7fff_0000
}

/// The conntrack zone of an interface, in 16..=65535. Two interfaces may share one: then flows of both through one appliance with
/// equal addresses and ports would be taken for one another, which needs equal addresses.
pub fn zone(interface_id: &str) -> u16 {
    let zone = 16 + hash32(interface_id) % (65536 - 16);
    u16::try_from(zone).unwrap_or(16)
}

/// The key of a link's name in nftables: 16 bytes.
pub fn link_key(name: &str) -> [u8; 16] {
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(name.bytes().take(15)) {
        *to = from;
    }
    key
}

/// Aliases of the links that enid makes begin with this.
pub const ALIAS_PREFIX: &str = "enid: ";

/// A hardware address of a link's end that is no guest's: locally administered, unicast.
pub fn mac(of: &str) -> [u8; 6] {
    let [a, b, c, d] = hash32(of).to_be_bytes();
    [0x02, 0xe1, a, b, c, d]
}

/// The hardware address of the router on an interface's link.
pub fn router_mac(id: NetworkInterfaceId) -> [u8; 6] {
    mac(&format!("{id} router"))
}

/// The number that stands for a subnet in packet marks; never 0, which is no subnet.
pub fn subnet(id: SubnetId) -> u32 {
    hash32(&id.to_string()).max(1)
}

/// The number that stands for a network ACL in packet marks; never 0, which is no ACL.
pub fn network_acl(id: NetworkAclId) -> u32 {
    hash32(&id.to_string()).max(1)
}

/// The number that stands for the groups of an interface, in order, in packet marks; never 0, which is no groups. Two of the sets of a VPC
/// have the same with a chance of one in four thousand million a pair.
pub fn group_set<'a>(groups: impl IntoIterator<Item = &'a SecurityGroupId>) -> u32 {
    let text: String = groups.into_iter().map(|group| format!("{group},")).collect();
    hash32(&text).max(1)
}

/// The number in the place of [`group_set`] for links that groups do not apply to.
pub fn open_group_set() -> u32 {
    hash32("no groups apply").max(1)
}

/// The namespace of a VPC.
pub fn vpc_namespace(id: VpcId) -> Namespace {
    Namespace::named(&id.to_string())
}

/// Whether a namespace of enid's could have this name: the id of a VPC, an instance or a NAT gateway.
pub fn is_namespace(name: &str) -> bool {
    name.parse::<VpcId>().is_ok() || name.parse::<InstanceId>().is_ok() || name.parse::<NatGatewayId>().is_ok()
}

/// The instance that a namespace is of, by the kind of id that it is named after.
pub fn guest_id(namespace: &Namespace) -> Option<InstanceId> {
    match namespace {
        Namespace::Named(id) => id.parse().ok(),
        Namespace::Host => None,
    }
}

/// Whether a namespace is an instance's.
pub fn is_guest(namespace: &Namespace) -> bool {
    guest_id(namespace).is_some()
}
