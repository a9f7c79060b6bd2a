//! Security groups and their rules.

use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::ids::{PrefixListId, ResourceId, SecurityGroupId, SecurityGroupRuleId, VpcId, VpcPeeringConnectionId};
use crate::index::{Entry, Indexed};
use crate::realm::AccountId;

/// A security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// Its id.
    pub id: SecurityGroupId,
    /// The VPC it is of.
    pub vpc: VpcId,
    /// Unique in the VPC.
    pub name: String,
    /// Free text.
    pub description: String,
    /// What it lets in and out.
    pub rules: Vec<SecurityGroupRule>,
}

/// A rule: one protocol, one range of ports, one peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroupRule {
    /// Its id.
    pub id: SecurityGroupRuleId,
    /// Which way the connections go that it lets through.
    pub direction: Direction,
    /// Of which protocol.
    pub protocol: Protocol,
    /// The first port, or ICMP type; -1 or none: all.
    pub from_port: Option<i32>,
    /// The last port, or ICMP code; -1 or none: all.
    pub to_port: Option<i32>,
    /// From or to whom.
    pub peer: Peer,
    /// Free text.
    pub description: Option<String>,
}

/// Seen from the interface that has the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Connections to the interface.
    Ingress,
    /// Connections from the interface.
    Egress,
}

/// An IP protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// `-1`: any.
    All,
    /// By its IANA number.
    Number(u8),
}

impl Protocol {
    /// TCP.
    pub const TCP: Self = Self::Number(6);
    /// UDP.
    pub const UDP: Self = Self::Number(17);
    /// ICMP.
    pub const ICMP: Self = Self::Number(1);
    /// ICMPv6.
    pub const ICMPV6: Self = Self::Number(58);
}

/// Whose connections a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Peer {
    /// These IPv4 addresses.
    Ipv4(Ipv4Net),
    /// These IPv6 addresses.
    Ipv6(Ipv6Net),
    /// The interfaces that have a group.
    Group {
        /// The group.
        group: SecurityGroupId,
        /// The account it is of.
        account: AccountId,
        /// The VPC it is of, where that is another one.
        vpc: Option<VpcId>,
        /// The peering that leads to it, where there is one.
        peering: Option<VpcPeeringConnectionId>,
    },
    /// The addresses of a prefix list.
    PrefixList(PrefixListId),
}

impl SecurityGroup {
    /// The rules of one direction.
    pub fn rules(&self, direction: Direction) -> impl Iterator<Item = &SecurityGroupRule> {
        self.rules.iter().filter(move |rule| rule.direction == direction)
    }
}

impl Indexed for SecurityGroup {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::Reference(self.vpc.into(), self.id.into()));
        out.push(Entry::GroupName(self.vpc, self.name.clone(), self.id));
        for rule in &self.rules {
            out.push(Entry::GroupRule(rule.id, self.id));
            if let Peer::Group { group, .. } = rule.peer {
                out.push(Entry::GroupPeer(group, self.id));
            }
        }
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}
