//! A network interface: what holds addresses.

mod attach;
mod create;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{AttachmentId, InstanceId, NetworkInterfaceId, ResourceId, SecurityGroupId, SubnetId, VpcId};
use crate::index::{Entry, Indexed};
use crate::realm::{AccountId, Scope, Zone};
use crate::time::Timestamp;

pub use attach::{NewAttachment, attach, detach};
pub use create::{NewInterface, create_interface, delete_interface, set_groups};

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkInterface {
    /// Its id.
    pub id: NetworkInterfaceId,
    /// The VPC of its subnet.
    pub vpc: VpcId,
    /// The subnet its addresses are from.
    pub subnet: SubnetId,
    /// The zone of its subnet.
    pub zone: Zone,
    /// Free text.
    pub description: String,
    /// `interface`, or what EC2 calls a special kind (`nat_gateway`, `efa`, …).
    pub interface_type: String,
    /// Its Ethernet address.
    pub mac: MacAddress,
    /// Its IPv4 addresses: the primary first, the others in the order in which they were assigned. Empty only in an
    /// IPv6-only subnet.
    pub ipv4: Vec<Ipv4Addr>,
    /// The delegated /28 blocks, in the order in which they were assigned.
    pub ipv4_prefixes: Vec<Ipv4Net>,
    /// Its IPv6 addresses, in the order in which they were assigned.
    pub ipv6: Vec<Ipv6Addr>,
    /// The delegated /80 blocks, in the order in which they were assigned.
    pub ipv6_prefixes: Vec<Ipv6Net>,
    /// Whether the first IPv6 address is a primary one, which cannot be unassigned.
    pub primary_ipv6: bool,
    /// The public address that EC2 gave the primary address at launch; not an Elastic IP.
    pub auto_public_ipv4: Option<Ipv4Addr>,
    /// Whether it is to have such an address where it is an instance's primary interface, which it becomes at a launch
    /// only. What an interface that is one has is up to its instance.
    #[serde(default)]
    pub associate_public_ipv4: bool,
    /// The security groups that judge its traffic.
    pub groups: Vec<SecurityGroupId>,
    /// Whether packets that are neither from nor for its own addresses are dropped.
    pub source_dest_check: bool,
    /// The instance it is attached to.
    pub attachment: Option<Attachment>,
    /// Whether a service, not the user, manages it; the user cannot change it.
    pub requester_managed: bool,
    /// Who asked for it: an account, or the name of a service.
    pub requester: Option<String>,
    /// Idle timeouts of tracked connections, where they were set.
    #[serde(default)]
    pub connection_tracking: ConnectionTracking,
    /// When it was made.
    pub created: Timestamp,
}

/// The attachment of an interface to an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The instance.
    pub instance: InstanceId,
    /// The account that the instance belongs to, where it is not the interface's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_owner: Option<AccountId>,
    /// `eth<device index>` on the first card.
    pub device_index: u16,
    /// The network card it is on.
    pub network_card_index: u16,
    /// When it was attached.
    pub attached: Timestamp,
    /// Whether the interface is deleted with its instance.
    pub delete_on_termination: bool,
    /// Whether the kernel has it: `attaching` until then, `attached` after.
    pub complete: bool,
}

/// `ConnectionTrackingSpecification`: how long connections of an interface are tracked that nothing is heard of, in seconds. Where
/// none is set, EC2's default holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionTracking {
    /// 60 to 432,000.
    pub tcp_established_seconds: Option<i32>,
    /// 60 to 180.
    pub udp_stream_seconds: Option<i32>,
    /// 30 to 60.
    pub udp_seconds: Option<i32>,
}

impl Attachment {
    /// The realm of the instance, given that of the interface.
    pub fn scope(&self, interface: Scope) -> Scope {
        Scope { account: self.instance_owner.unwrap_or(interface.account), ..interface }
    }
}

impl ConnectionTracking {
    /// EC2's default for established TCP connections, on all but the newest instance types.
    pub const TCP_ESTABLISHED_SECONDS_DEFAULT: i32 = 432_000;
    /// EC2's default for UDP with more than one request and response.
    pub const UDP_STREAM_SECONDS_DEFAULT: i32 = 180;
    /// EC2's default for other UDP.
    pub const UDP_SECONDS_DEFAULT: i32 = 30;
}

impl NetworkInterface {
    /// The primary private IPv4 address.
    pub fn primary_ipv4(&self) -> Option<Ipv4Addr> {
        self.ipv4.first().copied()
    }

    /// The secondary private IPv4 addresses, in the order in which they were assigned.
    pub fn secondary_ipv4(&self) -> &[Ipv4Addr] {
        self.ipv4.get(1..).unwrap_or_default()
    }

    /// Every address and prefix as a block, for routing.
    pub fn blocks(&self) -> impl Iterator<Item = IpNet> {
        let v4 = self.ipv4.iter().map(|&address| IpAddr::from(address).into());
        let v6 = self.ipv6.iter().map(|&address| IpAddr::from(address).into());
        let prefixes = self.ipv4_prefixes.iter().map(|&prefix| prefix.into());
        v4.chain(v6).chain(prefixes).chain(self.ipv6_prefixes.iter().map(|&prefix| prefix.into()))
    }

    /// Whether an address is one of its own, prefixes included.
    pub fn holds(&self, address: IpAddr) -> bool {
        self.blocks().any(|block| block.contains(&address))
    }

    /// The instance it is attached to.
    pub fn instance(&self) -> Option<InstanceId> {
        self.attachment.as_ref().map(|attachment| attachment.instance)
    }
}

impl Indexed for NetworkInterface {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::Reference(self.vpc.into(), self.id.into()));
        out.push(Entry::Reference(self.subnet.into(), self.id.into()));
        out.extend(self.groups.iter().map(|&group| Entry::Reference(group.into(), self.id.into())));
        if let Some(attachment) = &self.attachment {
            let owner = attachment.instance_owner;
            out.push(Entry::Reference(attachment.instance.into(), self.id.into()).of_account(owner));
            // Either side may detach it.
            out.push(Entry::Attachment(attachment.id, self.id));
            out.push(Entry::Attachment(attachment.id, self.id).of_account(owner));
        }
        out.extend(self.blocks().map(|block| Entry::Address { vpc: self.vpc, subnet: self.subnet, block, interface: self.id }));
        out.extend(self.auto_public_ipv4.map(|address| Entry::PublicAddress(address, self.id.into())));
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}

/// An Ethernet address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress(pub [u8; 6]);

impl MacAddress {
    /// A locally administered unicast address, as EC2's are (`02:…`, `06:…`, `0a:…`, `0e:…`).
    pub fn from_bits(bits: u64) -> Self {
        let [_, _, mut octets @ ..] = bits.to_be_bytes();
        octets[0] = octets[0] & 0x0c | 0x02;
        Self(octets)
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, f] = self.0;
        write!(out, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
    }
}

impl fmt::Debug for MacAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for MacAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed = || format!("'{text}' is not an Ethernet address");
        let mut octets = [0; 6];
        let mut parts = text.split(':');
        for octet in &mut octets {
            let part = parts.next().filter(|part| part.len() == 2).ok_or_else(malformed)?;
            *octet = u8::from_str_radix(part, 16).map_err(|_| malformed())?;
        }
        if parts.next().is_some() { Err(malformed()) } else { Ok(Self(octets)) }
    }
}

impl Serialize for MacAddress {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MacAddress {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
