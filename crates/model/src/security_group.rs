//! Security groups. What their rules can say and how they change is in `rule`.

mod rule;
#[cfg(test)]
mod tests;

use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{NetworkInterfaceId, PrefixListId, ResourceId, SecurityGroupId, SecurityGroupRuleId, VpcId, VpcPeeringConnectionId};
use crate::index::{Entry, Indexed};
use crate::quotas::{GROUPS_PER_INTERFACE, RULES_PER_GROUP_AND_DIRECTION, RULES_PER_INTERFACE};
use crate::realm::AccountId;
use crate::state::{Draft, Key, Realm};

pub(crate) use rule::check_limits;
pub use rule::{Permission, Which, authorize, describe, modify, peer, revoke, revoke_by_ids, stale_rules};

// EC2 holds the product of the two limits to this one. Both are fixed here, so that it holds by itself.
const _: () = assert!(GROUPS_PER_INTERFACE * RULES_PER_GROUP_AND_DIRECTION <= RULES_PER_INTERFACE);

/// The group that every VPC has and no user can delete.
pub const DEFAULT_NAME: &str = "default";

/// A security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// Its id.
    pub id: SecurityGroupId,
    /// The VPC it is of.
    pub vpc: VpcId,
    /// Unique in the VPC, whatever the case of its letters.
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

impl SecurityGroupRule {
    /// What it lets through.
    pub fn permission(&self) -> Permission {
        Permission { protocol: self.protocol, from_port: self.from_port, to_port: self.to_port, peer: self.peer.clone() }
    }
}

impl SecurityGroup {
    /// The rules of one direction.
    pub fn rules(&self, direction: Direction) -> impl Iterator<Item = &SecurityGroupRule> {
        self.rules.iter().filter(move |rule| rule.direction == direction)
    }
}

/// Makes a group, which lets everything out and nothing in.
///
/// # Errors
/// When the VPC does not exist or has a group of this name, or the quota is used up.
pub fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, vpc: VpcId, name: String, description: String) -> Result<SecurityGroupId, Error> {
    let realm = draft.realm();
    let has_ipv6 = realm.vpcs.get(&vpc).map(|vpc| !vpc.ipv6_blocks.is_empty()).ok_or(Error::NotFound(vpc.into()))?;
    if realm.index.group_named(vpc, &name).is_some() {
        return Err(Error::GroupExists { name, vpc });
    }
    if ctx.world.quotas.security_groups.is_some_and(|most| realm.security_groups.len() >= most as usize) {
        return Err(Error::Quota("security_groups"));
    }
    let id = SecurityGroupId::random(ctx.random);
    let mut everywhere = vec![Peer::Ipv4(Ipv4Net::default())];
    if has_ipv6 {
        everywhere.push(Peer::Ipv6(Ipv6Net::default()));
    }
    let out = |peer| Permission { protocol: Protocol::All, from_port: None, to_port: None, peer };
    let rules = everywhere.into_iter().map(|peer| out(peer).into_rule(ctx, Direction::Egress, None)).collect();
    draft.put(SecurityGroup { id, vpc, name, description, rules });
    Ok(id)
}

/// Has the groups of a VPC let IPv6 out, now that it has an IPv6 block; those whose outgoing rules users have changed
/// stay as they are.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>.
pub fn let_ipv6_out(draft: &mut Draft, ctx: &mut Ctx<'_>, vpc: VpcId) {
    let realm = draft.realm();
    let out = |peer| Permission { protocol: Protocol::All, from_port: None, to_port: None, peer };
    let untouched = [out(Peer::Ipv4(Ipv4Net::default()))];
    let groups = realm.index.referrers_of_kind::<SecurityGroupId>(vpc).filter_map(|id| realm.security_groups.get(&id));
    let groups = groups.filter(|group| group.rules(Direction::Egress).map(SecurityGroupRule::permission).eq(untouched.iter().cloned()));
    let groups: Vec<SecurityGroup> = groups.map(|group| SecurityGroup::clone(group)).collect();
    for mut group in groups {
        group.rules.push(out(Peer::Ipv6(Ipv6Net::default())).into_rule(ctx, Direction::Egress, None));
        draft.put(group);
    }
}

/// Deletes a group that nothing uses.
///
/// # Errors
/// When it is a VPC's default group, an interface has it, or rules of another group of its VPC name it.
pub fn delete(draft: &mut Draft, id: SecurityGroupId) -> Result<(), Error> {
    let realm = draft.realm();
    let group = find(realm, id)?;
    if group.name == DEFAULT_NAME {
        return Err(Error::DefaultGroup(id));
    }
    let used = realm.index.referrers_of_kind::<NetworkInterfaceId>(id).next().is_some();
    // Rules of peered VPCs that name it become stale instead.
    let names_it = |other| other != id && realm.security_groups.get(&other).is_some_and(|other| other.vpc == group.vpc);
    if used || realm.index.groups_naming(id).any(names_it) {
        return Err(Error::DependencyViolation(id.into()));
    }
    discard(draft, id);
    Ok(())
}

/// Deletes a group, whatever it is, with the tags of its rules.
pub(crate) fn discard(draft: &mut Draft, id: SecurityGroupId) {
    if let Some(group) = draft.realm().security_groups.get(&id).cloned() {
        untag(draft, &group.rules);
    }
    draft.delete(Key::SecurityGroup(id));
}

fn find(realm: &Realm, id: SecurityGroupId) -> Result<SecurityGroup, Error> {
    realm.security_groups.get(&id).map(|group| SecurityGroup::clone(group)).ok_or(Error::NotFound(id.into()))
}

/// Rules are parts of the group's row, so that their tags do not go by themselves.
fn untag(draft: &mut Draft, rules: &[SecurityGroupRule]) {
    for rule in rules {
        if draft.realm().tags_of(rule.id).is_some() {
            draft.delete(Key::TagSet(rule.id.into()));
        }
    }
}

impl Indexed for SecurityGroup {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::Reference(self.vpc.into(), self.id.into()));
        out.push(Entry::GroupName(self.vpc, self.name.to_ascii_lowercase(), self.id));
        for rule in &self.rules {
            out.push(Entry::GroupRule(rule.id, self.id));
            match rule.peer {
                Peer::Group { group, .. } => out.push(Entry::GroupPeer(group, self.id)),
                Peer::PrefixList(list) => out.push(Entry::Reference(list.into(), self.id.into())),
                Peer::Ipv4(_) | Peer::Ipv6(_) => {}
            }
        }
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}
