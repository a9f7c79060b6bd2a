//! Security groups and their rules.

use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{NetworkInterfaceId, PrefixListId, ResourceId, SecurityGroupId, SecurityGroupRuleId, VpcId, VpcPeeringConnectionId};
use crate::index::{Entry, Indexed};
use crate::prefix_list;
use crate::quotas::{GROUPS_PER_INTERFACE, RULES_PER_GROUP_AND_DIRECTION, RULES_PER_INTERFACE};
use crate::realm::{AccountId, Scope};
use crate::state::{Draft, Key, Realm, State};

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

/// What a rule lets through. Two rules of a group in one direction never let the same through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Of which protocol.
    pub protocol: Protocol,
    /// As in [`SecurityGroupRule::from_port`].
    pub from_port: Option<i32>,
    /// As in [`SecurityGroupRule::to_port`].
    pub to_port: Option<i32>,
    /// From or to whom.
    pub peer: Peer,
}

impl Permission {
    /// Checks ports, or ICMP types and codes, against the protocol, and leaves out those that mean nothing to it.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>.
    ///
    /// # Errors
    /// When they are missing, out of range or the wrong way round.
    pub fn new(protocol: Protocol, from_port: Option<i32>, to_port: Option<i32>, peer: Peer) -> Result<Self, Error> {
        let (from_port, to_port) = match protocol {
            Protocol::TCP | Protocol::UDP => {
                let (Some(from), Some(to)) = (from_port, to_port) else { return Err(Error::PortsMissing(protocol)) };
                if let Some(&port) = [from, to].iter().find(|port| !(0..=65535).contains(*port)) {
                    return Err(Error::PortOutOfRange(port));
                }
                if from > to {
                    return Err(Error::PortRangeReversed { from, to });
                }
                (from_port, to_port)
            }
            Protocol::ICMP | Protocol::ICMPV6 => {
                let (kind, code) = match (from_port, to_port) {
                    (Some(kind), Some(code)) => (kind, code),
                    (None, None) if protocol == Protocol::ICMPV6 => (-1, -1),
                    _ => return Err(Error::PortsMissing(protocol)),
                };
                if !(-1..=255).contains(&kind) || !(-1..=255).contains(&code) || kind == -1 && code != -1 {
                    return Err(Error::IcmpOutOfRange { kind, code });
                }
                (Some(kind), Some(code))
            }
            _ => (None, None),
        };
        Ok(Self { protocol, from_port, to_port, peer })
    }

    /// Whether a rule lets this through. A group is the same whichever peering leads to it.
    fn is_of(&self, rule: &SecurityGroupRule) -> bool {
        let peer = match (&self.peer, &rule.peer) {
            (Peer::Group { group, .. }, Peer::Group { group: other, .. }) => group == other,
            (peer, other) => peer == other,
        };
        peer && (self.protocol, self.from_port, self.to_port) == (rule.protocol, rule.from_port, rule.to_port)
    }

    fn into_rule(self, ctx: &mut Ctx<'_>, direction: Direction, description: Option<String>) -> SecurityGroupRule {
        let Self { protocol, from_port, to_port, peer } = self;
        SecurityGroupRule { id: SecurityGroupRuleId::random(ctx.random), direction, protocol, from_port, to_port, peer, description }
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

/// Adds rules, all or none, and returns them.
///
/// # Errors
/// When one exists already or is given twice, its peer cannot be a peer, or there would be too many.
pub fn authorize(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    id: SecurityGroupId,
    direction: Direction,
    mut permissions: Vec<(Permission, Option<String>)>,
) -> Result<Vec<SecurityGroupRule>, Error> {
    let mut group = find(draft.realm(), id)?;
    for (index, (permission, _)) in permissions.iter().enumerate() {
        if permissions.iter().take(index).any(|(other, _)| other == permission) {
            return Err(Error::PermissionRepeated);
        }
        if group.rules(direction).any(|rule| permission.is_of(rule)) {
            return Err(Error::PermissionExists(Box::new(permission.clone())));
        }
    }
    for (permission, _) in &mut permissions {
        check_peer(draft, group.vpc, &mut permission.peer)?;
    }
    let added: Vec<_> = permissions.into_iter().map(|(permission, text)| permission.into_rule(ctx, direction, text)).collect();
    group.rules.extend(added.iter().cloned());
    check_limits(draft.realm(), &group)?;
    draft.put(group);
    Ok(added)
}

/// Takes rules away, and returns them with the permissions that no rule gave.
///
/// # Errors
/// When there is no such group.
pub fn revoke(
    draft: &mut Draft,
    id: SecurityGroupId,
    direction: Direction,
    permissions: Vec<Permission>,
) -> Result<(Vec<SecurityGroupRule>, Vec<Permission>), Error> {
    let mut group = find(draft.realm(), id)?;
    let gives = |permission: &Permission, rule: &SecurityGroupRule| rule.direction == direction && permission.is_of(rule);
    let revoked: Vec<_> = group.rules.extract_if(.., |rule| permissions.iter().any(|permission| gives(permission, rule))).collect();
    let unknown = permissions.into_iter().filter(|permission| !revoked.iter().any(|rule| gives(permission, rule))).collect();
    untag(draft, &revoked);
    draft.put(group);
    Ok((revoked, unknown))
}

/// Takes rules away by their ids, all or none, and returns them.
///
/// # Errors
/// When one of them is not a rule of the group in this direction.
pub fn revoke_by_ids(
    draft: &mut Draft,
    id: SecurityGroupId,
    direction: Direction,
    rules: &[SecurityGroupRuleId],
) -> Result<Vec<SecurityGroupRule>, Error> {
    let mut group = find(draft.realm(), id)?;
    if let Some(&unknown) = rules.iter().find(|&&rule| !group.rules(direction).any(|own| own.id == rule)) {
        return Err(Error::NotFound(unknown.into()));
    }
    let revoked: Vec<_> = group.rules.extract_if(.., |rule| rules.contains(&rule.id)).collect();
    untag(draft, &revoked);
    draft.put(group);
    Ok(revoked)
}

/// Gives rules other permissions, or descriptions, or both, all or none.
///
/// # Errors
/// When a rule is not of the group, or what it is to say another one says, or its peer cannot be a peer.
pub fn modify(
    draft: &mut Draft,
    id: SecurityGroupId,
    changes: Vec<(SecurityGroupRuleId, Permission, Option<String>)>,
) -> Result<(), Error> {
    let mut group = find(draft.realm(), id)?;
    for (rule, mut permission, description) in changes {
        let place = group.rules.iter().position(|own| own.id == rule).ok_or(Error::NotFound(rule.into()))?;
        check_peer(draft, group.vpc, &mut permission.peer)?;
        if let Some(own) = group.rules.get_mut(place) {
            let Permission { protocol, from_port, to_port, peer } = permission;
            *own = SecurityGroupRule { id: rule, direction: own.direction, protocol, from_port, to_port, peer, description };
        }
    }
    for (index, rule) in group.rules.iter().enumerate() {
        let same = |other: &&SecurityGroupRule| other.direction == rule.direction && other.permission().is_of(rule);
        if let Some(other) = group.rules.iter().take(index).find(same) {
            return Err(Error::PermissionExists(Box::new(other.permission())));
        }
    }
    check_limits(draft.realm(), &group)?;
    draft.put(group);
    Ok(())
}

/// Which rule is meant.
#[derive(Clone, Debug)]
pub enum Which {
    /// The one of this id.
    Id(SecurityGroupRuleId),
    /// The one that gives this permission.
    Permission(Permission),
}

/// Describes rules anew, all or none.
///
/// # Errors
/// When one of them is not a rule of the group in this direction.
pub fn describe(
    draft: &mut Draft,
    id: SecurityGroupId,
    direction: Direction,
    descriptions: Vec<(Which, Option<String>)>,
) -> Result<(), Error> {
    let mut group = find(draft.realm(), id)?;
    for (which, description) in descriptions {
        let mut rules = group.rules.iter_mut().filter(|rule| rule.direction == direction);
        let rule = match which {
            Which::Id(id) => rules.find(|rule| rule.id == id).ok_or(Error::NotFound(id.into()))?,
            Which::Permission(permission) => rules.find(|rule| permission.is_of(rule)).ok_or(Error::PermissionNotFound)?,
        };
        rule.description = description;
    }
    draft.put(group);
    Ok(())
}

/// The rules of a group that name a group which is gone, or which no peering leads to any more.
pub fn stale_rules<'a>(state: &State, realm: &Realm, group: &'a SecurityGroup) -> Vec<&'a SecurityGroupRule> {
    let stale = |rule: &SecurityGroupRule| match &rule.peer {
        Peer::Group { group: other, peering: Some(peering), .. } => {
            let connection = realm.vpc_peering_connections.get(peering).filter(|connection| connection.is_active());
            let far = connection.and_then(|connection| connection.sides_from(group.vpc)).map(|(_, far)| far.scope);
            !far.and_then(|far| state.realm(far)).is_some_and(|realm| realm.security_groups.contains(other))
        }
        _ => false,
    };
    group.rules.iter().filter(|rule| stale(rule)).collect()
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

/// A group as the peer of rules in a VPC. A group of another VPC can be one where an active peering leads there, and is
/// then named with it.
///
/// # Errors
/// When there is no such group, or no way to its VPC.
pub fn peer(state: &State, scope: Scope, vpc: VpcId, group: SecurityGroupId) -> Result<Peer, Error> {
    let realm = state.realm(scope).ok_or(Error::NotFound(group.into()))?;
    let row = realm.security_groups.get(&group);
    if row.is_some_and(|row| row.vpc == vpc) {
        return Ok(Peer::Group { group, account: scope.account, vpc: None, peering: None });
    }
    let connections = realm.index.referrers_of_kind::<VpcPeeringConnectionId>(vpc);
    for connection in connections.filter_map(|id| realm.vpc_peering_connections.get(&id)) {
        let Some((own, far)) = connection.sides_from(vpc) else { continue };
        let there = state.realm(far.scope).and_then(|realm| realm.security_groups.get(&group));
        // EC2 takes peers from the same region only.
        if far.scope.region == own.scope.region && there.is_some_and(|there| there.vpc == far.vpc) {
            return Ok(Peer::Group { group, account: far.scope.account, vpc: Some(far.vpc), peering: Some(connection.id) });
        }
    }
    Err(if row.is_some() { Error::DifferentNetworks } else { Error::NotFound(group.into()) })
}

fn check_peer(draft: &Draft, vpc: VpcId, given: &mut Peer) -> Result<(), Error> {
    match *given {
        Peer::Ipv4(_) | Peer::Ipv6(_) => {}
        Peer::Group { group, .. } => *given = peer(draft.state(), draft.scope(), vpc, group)?,
        Peer::PrefixList(list) if draft.realm().prefix_lists.contains(&list) => {}
        Peer::PrefixList(list) => return Err(Error::NotFound(list.into())),
    }
    Ok(())
}

/// Whether the rules of a group are few enough in both directions. The limit holds for IPv4 and IPv6 apart; a rule that
/// names a group counts for both, one that names a prefix list with the list's size.
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups>.
pub(crate) fn check_limits(realm: &Realm, group: &SecurityGroup) -> Result<(), Error> {
    let weight = |rule: &SecurityGroupRule| match rule.peer {
        Peer::Ipv4(_) => (1, 0),
        Peer::Ipv6(_) => (0, 1),
        Peer::Group { .. } => (1, 1),
        Peer::PrefixList(list) => prefix_list::weight(realm, list),
    };
    for direction in [Direction::Ingress, Direction::Egress] {
        let (ipv4, ipv6) = group.rules(direction).map(weight).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        if ipv4.max(ipv6) > RULES_PER_GROUP_AND_DIRECTION {
            return Err(Error::RuleLimit);
        }
    }
    Ok(())
}

impl Indexed for SecurityGroup {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::Reference(self.vpc.into(), self.id.into()));
        out.push(Entry::GroupName(self.vpc, self.name.clone(), self.id));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::invariants;
    use crate::realm::Region;
    use crate::time::Timestamp;
    use crate::world::World;
    use crate::{tags::TagSet, vpc, vpc_block};

    /// Runs a test on a VPC with a group beside the default one.
    fn on_stage(test: impl FnOnce(&mut Draft, &mut Ctx<'_>, VpcId, SecurityGroupId)) {
        let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
        let world = World::default();
        let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(3), world: &world };
        let mut draft = Draft::new(State::default(), scope);
        let vpc = vpc::create(&mut draft, &mut ctx, "10.0.0.0/16".parse().unwrap(), "default").unwrap();
        let group = create(&mut draft, &mut ctx, vpc, "web".into(), "Web".into()).unwrap();
        test(&mut draft, &mut ctx, vpc, group);
        assert_eq!(invariants::check(draft.state()), []);
    }

    fn tcp(port: i32, peer: Peer) -> Permission {
        Permission::new(Protocol::TCP, Some(port), Some(port), peer).unwrap()
    }

    fn anywhere() -> Peer {
        Peer::Ipv4(Ipv4Net::default())
    }

    fn members(group: SecurityGroupId) -> Peer {
        Peer::Group { group, account: AccountId::DEFAULT, vpc: None, peering: None }
    }

    fn admit(draft: &mut Draft, ctx: &mut Ctx<'_>, group: SecurityGroupId, given: &[Permission]) -> Result<Vec<SecurityGroupRule>, Error> {
        authorize(draft, ctx, group, Direction::Ingress, given.iter().map(|permission| (permission.clone(), None)).collect())
    }

    #[test]
    fn a_new_group_lets_everything_out_and_nothing_in() {
        on_stage(|draft, ctx, vpc, group| {
            let peers = |draft: &Draft, group| {
                let group = draft.realm().security_groups.get(&group).unwrap();
                assert_eq!(group.rules(Direction::Ingress).count(), 0);
                group.rules(Direction::Egress).map(|rule| rule.peer.clone()).collect::<Vec<_>>()
            };
            assert_eq!(peers(draft, group), [anywhere()]);
            vpc_block::add_amazon_ipv6(draft, ctx, vpc).unwrap();
            let later = create(draft, ctx, vpc, "later".into(), "Later".into()).unwrap();
            assert_eq!(peers(draft, later), [anywhere(), Peer::Ipv6(Ipv6Net::default())]);
            assert_eq!(peers(draft, group), [anywhere(), Peer::Ipv6(Ipv6Net::default())]);
        });
    }

    #[test]
    fn a_group_whose_outgoing_rules_were_changed_is_left_alone_by_an_ipv6_block() {
        on_stage(|draft, ctx, vpc, group| {
            authorize(draft, ctx, group, Direction::Egress, vec![(tcp(22, anywhere()), None)]).unwrap();
            vpc_block::add_amazon_ipv6(draft, ctx, vpc).unwrap();
            assert_eq!(draft.realm().security_groups.get(&group).unwrap().rules(Direction::Egress).count(), 2);
        });
    }

    #[test]
    fn names_are_unique_in_a_vpc_only() {
        on_stage(|draft, ctx, vpc, _| {
            let again = create(draft, ctx, vpc, "web".into(), "Web".into());
            assert_eq!(again, Err(Error::GroupExists { name: "web".into(), vpc }));
            let other = vpc::create(draft, ctx, "10.0.0.0/16".parse().unwrap(), "default").unwrap();
            create(draft, ctx, other, "web".into(), "Web".into()).unwrap();
        });
    }

    #[test]
    fn all_or_none_of_the_permissions_become_rules() {
        on_stage(|draft, ctx, _, group| {
            admit(draft, ctx, group, &[tcp(22, anywhere())]).unwrap();
            let before = draft.state().clone();
            let both = [tcp(80, anywhere()), tcp(22, anywhere())];
            assert_eq!(admit(draft, ctx, group, &both), Err(Error::PermissionExists(Box::new(tcp(22, anywhere())))));
            assert_eq!(admit(draft, ctx, group, &[tcp(80, anywhere()), tcp(80, anywhere())]), Err(Error::PermissionRepeated));
            assert_eq!(*draft.state(), before);
        });
    }

    #[test]
    fn a_group_takes_sixty_rules_a_direction_of_ipv4_and_as_many_of_ipv6() {
        on_stage(|draft, ctx, _, group| {
            let v4: Vec<_> = (1..=60).map(|port| tcp(port, anywhere())).collect();
            admit(draft, ctx, group, &v4).unwrap();
            let v6: Vec<_> = (1..=60).map(|port| tcp(port, Peer::Ipv6(Ipv6Net::default()))).collect();
            admit(draft, ctx, group, &v6).unwrap();
            assert_eq!(admit(draft, ctx, group, &[tcp(61, anywhere())]), Err(Error::RuleLimit));
            assert_eq!(admit(draft, ctx, group, &[tcp(61, members(group))]), Err(Error::RuleLimit));
        });
    }

    #[test]
    fn peers_are_groups_of_the_same_vpc() {
        on_stage(|draft, ctx, _, group| {
            let unknown = SecurityGroupId::random(ctx.random);
            assert_eq!(admit(draft, ctx, group, &[tcp(22, members(unknown))]), Err(Error::NotFound(unknown.into())));
            let vpc = vpc::create(draft, ctx, "10.0.0.0/16".parse().unwrap(), "default").unwrap();
            let elsewhere = create(draft, ctx, vpc, "web".into(), "Web".into()).unwrap();
            assert_eq!(admit(draft, ctx, group, &[tcp(22, members(elsewhere))]), Err(Error::DifferentNetworks));
        });
    }

    #[test]
    fn a_group_that_others_name_stays_and_may_name_itself() {
        on_stage(|draft, ctx, vpc, group| {
            admit(draft, ctx, group, &[tcp(22, members(group))]).unwrap();
            let other = create(draft, ctx, vpc, "other".into(), "Other".into()).unwrap();
            admit(draft, ctx, other, &[tcp(22, members(group))]).unwrap();
            assert_eq!(delete(draft, group), Err(Error::DependencyViolation(group.into())));
            delete(draft, other).unwrap();
            delete(draft, group).unwrap();
            let default = draft.realm().index.group_named(vpc, DEFAULT_NAME).unwrap();
            assert_eq!(delete(draft, default), Err(Error::DefaultGroup(default)));
        });
    }

    #[test]
    fn a_revoked_rule_goes_with_its_tags_and_an_unknown_one_is_told() {
        on_stage(|draft, ctx, _, group| {
            let rules = admit(draft, ctx, group, &[tcp(22, anywhere()), tcp(80, anywhere())]).unwrap();
            draft.put(TagSet { resource: rules[0].id.into(), tags: [("a".to_owned(), "b".to_owned())].into() });
            let (revoked, unknown) = revoke(draft, group, Direction::Ingress, vec![tcp(22, anywhere()), tcp(23, anywhere())]).unwrap();
            assert_eq!((revoked.as_slice(), unknown.as_slice()), (&rules[..1], &[tcp(23, anywhere())][..]));
            assert!(draft.realm().tags.is_empty());
            let gone = revoke_by_ids(draft, group, Direction::Ingress, &[rules[1].id, rules[0].id]);
            assert_eq!(gone, Err(Error::NotFound(rules[0].id.into())));
            let other_way = revoke_by_ids(draft, group, Direction::Egress, &[rules[1].id]);
            assert_eq!(other_way, Err(Error::NotFound(rules[1].id.into())));
            revoke_by_ids(draft, group, Direction::Ingress, &[rules[1].id]).unwrap();
        });
    }

    #[test]
    fn ports_must_suit_the_protocol() {
        let check = |protocol, from, to| Permission::new(protocol, from, to, anywhere()).map(|made| (made.from_port, made.to_port));
        assert_eq!(check(Protocol::TCP, Some(0), Some(65535)), Ok((Some(0), Some(65535))));
        assert_eq!(check(Protocol::UDP, Some(53), None), Err(Error::PortsMissing(Protocol::UDP)));
        assert_eq!(check(Protocol::TCP, Some(-1), Some(-1)), Err(Error::PortOutOfRange(-1)));
        assert_eq!(check(Protocol::TCP, Some(22), Some(65536)), Err(Error::PortOutOfRange(65536)));
        assert_eq!(check(Protocol::TCP, Some(80), Some(22)), Err(Error::PortRangeReversed { from: 80, to: 22 }));
        assert_eq!(check(Protocol::ICMP, Some(8), Some(-1)), Ok((Some(8), Some(-1))));
        assert_eq!(check(Protocol::ICMP, None, None), Err(Error::PortsMissing(Protocol::ICMP)));
        assert_eq!(check(Protocol::ICMP, Some(-1), Some(0)), Err(Error::IcmpOutOfRange { kind: -1, code: 0 }));
        assert_eq!(check(Protocol::ICMPV6, None, None), Ok((Some(-1), Some(-1))));
        assert_eq!(check(Protocol::All, Some(22), Some(22)), Ok((None, None)));
        assert_eq!(check(Protocol::Number(50), Some(22), Some(22)), Ok((None, None)));
    }
}
