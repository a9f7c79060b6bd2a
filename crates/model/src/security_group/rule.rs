//! The rules of security groups: what a rule can say, and adding, changing and taking away rules.

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{SecurityGroupId, SecurityGroupRuleId, VpcId, VpcPeeringConnectionId};
use crate::quotas::RULES_PER_GROUP_AND_DIRECTION;
use crate::realm::Scope;
use crate::state::{Draft, Realm, State};
use crate::{aws_prefix_list, prefix_list};

use super::{Direction, Peer, Protocol, SecurityGroup, SecurityGroupRule, find, untag};

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

    pub(super) fn into_rule(self, ctx: &mut Ctx<'_>, direction: Direction, description: Option<String>) -> SecurityGroupRule {
        let Self { protocol, from_port, to_port, peer } = self;
        SecurityGroupRule { id: SecurityGroupRuleId::random(ctx.random), direction, protocol, from_port, to_port, peer, description }
    }
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
    // More can never fit; told before every one is compared with every other.
    if permissions.len() > 2 * RULES_PER_GROUP_AND_DIRECTION {
        return Err(Error::RuleLimit);
    }
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
/// When a rule is not of the group, or what it is to say another one says, or its peer cannot be a peer or is of another
/// kind than the rule's own.
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
            if std::mem::discriminant(&own.peer) != std::mem::discriminant(&permission.peer) {
                return Err(Error::PeerKind { wanted: Box::new(permission.peer), own: Box::new(own.peer.clone()) });
            }
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
        Peer::PrefixList(list) if aws_prefix_list::find(draft.realm(), draft.scope().region, list).is_some() => {}
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
