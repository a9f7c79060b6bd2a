//! The rules of security groups.

use ec2_api::shapes::{
    AuthorizeSecurityGroupEgressRequest, AuthorizeSecurityGroupEgressResult, AuthorizeSecurityGroupIngressRequest,
    AuthorizeSecurityGroupIngressResult, IpPermission, ReferencedSecurityGroup, RevokeSecurityGroupEgressRequest,
    RevokeSecurityGroupEgressResult, RevokeSecurityGroupIngressRequest, RevokeSecurityGroupIngressResult, RevokedSecurityGroupRule,
    SecurityGroupRule as Answer, TagSpecification,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::SecurityGroupId;
use model::security_group::{self, Direction, Peer, Permission, Protocol, SecurityGroup, SecurityGroupRule};
use model::{Ctx, Draft, Realm, Scope};

use super::named_or_numbered;
use super::permission::{self, Caller, Given};
use crate::describe::arn;
use crate::errors;
use crate::id_errors;
use crate::lookup::{ids, refuse, required_id_in, row};
use crate::tag_spec::{self, NewTags};

pub fn authorize_ingress(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: AuthorizeSecurityGroupIngressRequest,
) -> Result<AuthorizeSecurityGroupIngressResult, ApiError> {
    let AuthorizeSecurityGroupIngressRequest {
        cidr_ip,
        from_port,
        group_id,
        group_name,
        ip_permissions,
        ip_protocol,
        source_security_group_name,
        source_security_group_owner_id,
        to_port,
        tag_specifications,
        dry_run: _,
    } = input;
    let group = named_or_numbered(draft.realm(), group_id.as_deref(), group_name.as_deref())?;
    let flat = Flat { cidr_ip, from_port, ip_protocol, source_security_group_name, source_security_group_owner_id, to_port };
    let given = given(draft, group, ip_permissions, flat)?;
    let security_group_rules = authorize(draft, ctx, group, Direction::Ingress, given, tag_specifications)?;
    Ok(AuthorizeSecurityGroupIngressResult { r#return: Some(true), security_group_rules })
}

pub fn authorize_egress(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: AuthorizeSecurityGroupEgressRequest,
) -> Result<AuthorizeSecurityGroupEgressResult, ApiError> {
    let AuthorizeSecurityGroupEgressRequest {
        tag_specifications,
        dry_run: _,
        group_id,
        source_security_group_name,
        source_security_group_owner_id,
        ip_protocol,
        from_port,
        to_port,
        cidr_ip,
        ip_permissions,
    } = input;
    let group = required_id_in(id_errors::in_group_changes, group_id.as_deref(), "GroupId")?;
    let flat = Flat { cidr_ip, from_port, ip_protocol, source_security_group_name, source_security_group_owner_id, to_port };
    flat.refuse()?;
    let given = given(draft, group, ip_permissions, Flat::default())?;
    let security_group_rules = authorize(draft, ctx, group, Direction::Egress, given, tag_specifications)?;
    Ok(AuthorizeSecurityGroupEgressResult { r#return: Some(true), security_group_rules })
}

pub fn revoke_ingress(
    draft: &mut Draft,
    _ctx: &mut Ctx<'_>,
    input: RevokeSecurityGroupIngressRequest,
) -> Result<RevokeSecurityGroupIngressResult, ApiError> {
    let RevokeSecurityGroupIngressRequest {
        cidr_ip,
        from_port,
        group_id,
        group_name,
        ip_permissions,
        ip_protocol,
        source_security_group_name,
        source_security_group_owner_id,
        to_port,
        security_group_rule_ids,
        dry_run: _,
    } = input;
    let flat = Flat { cidr_ip, from_port, ip_protocol, source_security_group_name, source_security_group_owner_id, to_port };
    let group = named_or_numbered(draft.realm(), group_id.as_deref(), group_name.as_deref())?;
    let revoked = revoke(draft, group, Direction::Ingress, security_group_rule_ids, ip_permissions, flat)?;
    let (revoked_security_group_rules, unknown_ip_permissions) = revoked;
    Ok(RevokeSecurityGroupIngressResult { r#return: Some(true), unknown_ip_permissions, revoked_security_group_rules })
}

pub fn revoke_egress(
    draft: &mut Draft,
    _ctx: &mut Ctx<'_>,
    input: RevokeSecurityGroupEgressRequest,
) -> Result<RevokeSecurityGroupEgressResult, ApiError> {
    let RevokeSecurityGroupEgressRequest {
        security_group_rule_ids,
        dry_run: _,
        group_id,
        source_security_group_name,
        source_security_group_owner_id,
        ip_protocol,
        from_port,
        to_port,
        cidr_ip,
        ip_permissions,
    } = input;
    let flat = Flat { cidr_ip, from_port, ip_protocol, source_security_group_name, source_security_group_owner_id, to_port };
    flat.refuse()?;
    let group = required_id_in(id_errors::in_group_changes, group_id.as_deref(), "GroupId")?;
    let revoked = revoke(draft, group, Direction::Egress, security_group_rule_ids, ip_permissions, Flat::default())?;
    let (revoked_security_group_rules, unknown_ip_permissions) = revoked;
    Ok(RevokeSecurityGroupEgressResult { r#return: Some(true), unknown_ip_permissions, revoked_security_group_rules })
}

/// One permission as members of the request itself, the form from before `IpPermissions`.
#[derive(Default, PartialEq)]
struct Flat {
    cidr_ip: Option<String>,
    from_port: Option<i32>,
    ip_protocol: Option<String>,
    source_security_group_name: Option<String>,
    source_security_group_owner_id: Option<String>,
    to_port: Option<i32>,
}

impl Flat {
    /// EC2 has this form for ingress only. Source: the API reference of AuthorizeSecurityGroupEgress: "Not supported".
    fn refuse(&self) -> Result<(), ApiError> {
        refuse(self.cidr_ip.is_some(), "CidrIp")?;
        refuse(self.from_port.is_some(), "FromPort")?;
        refuse(self.ip_protocol.is_some(), "IpProtocol")?;
        refuse(self.source_security_group_name.is_some(), "SourceSecurityGroupName")?;
        refuse(self.source_security_group_owner_id.is_some(), "SourceSecurityGroupOwnerId")?;
        refuse(self.to_port.is_some(), "ToPort")
    }

    /// A block with protocol and ports; or a group by its name, which means all of TCP, UDP and ICMP.
    fn given(self, caller: Caller<'_>) -> Result<Given, ApiError> {
        let Self { cidr_ip, from_port, ip_protocol, source_security_group_name, source_security_group_owner_id, to_port } = self;
        if let Some(name) = source_security_group_name {
            if cidr_ip.is_some() || from_port.is_some() || ip_protocol.is_some() || to_port.is_some() {
                return Err(ApiError::new(
                    ErrorCode::InvalidParameterCombination,
                    "The parameter sourceSecurityGroupName may not be used in combination with cidrIp, fromPort, ipProtocol or toPort",
                ));
            }
            let own = caller.scope.account;
            refuse(source_security_group_owner_id.is_some_and(|account| account != own.to_string()), "SourceSecurityGroupOwnerId")?;
            let peer = Peer::Group { group: permission::named(caller, &name)?, account: own, vpc: None, peering: None };
            let all = [(Protocol::TCP, 0, 65535), (Protocol::UDP, 0, 65535), (Protocol::ICMP, -1, -1)];
            let all = all.map(|(protocol, from, to)| Permission::new(protocol, Some(from), Some(to), peer.clone()));
            return all.into_iter().map(|made| Ok((made.map_err(errors::answer)?, None))).collect();
        }
        let protocol = permission::protocol(ip_protocol.as_deref())?;
        let peer = permission::ipv4_peer(&cidr_ip.ok_or_else(permission::no_peer)?)?;
        let made = Permission::new(protocol, from_port, to_port, peer).map_err(errors::answer)?;
        Ok(vec![(made, None)])
    }
}

/// What a request names in either form.
fn given(draft: &Draft, group: SecurityGroupId, ip_permissions: Vec<IpPermission>, flat: Flat) -> Result<Given, ApiError> {
    let vpc = row::<SecurityGroup, _>(draft.realm(), group)?.vpc;
    let caller = Caller { state: draft.state(), realm: draft.realm(), scope: draft.scope(), vpc };
    match (ip_permissions.is_empty(), flat == Flat::default()) {
        (false, true) => permission::given(caller, ip_permissions),
        (true, false) => flat.given(caller),
        (true, true) => Err(ApiError::missing_parameter("ipPermissions")),
        (false, false) => Err(ApiError::new(
            ErrorCode::InvalidParameterCombination,
            "The parameter ipPermissions may not be used in combination with cidrIp, fromPort, ipProtocol, sourceSecurityGroupName or toPort",
        )),
    }
}

fn authorize(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    group: SecurityGroupId,
    direction: Direction,
    given: Given,
    tags: Vec<TagSpecification>,
) -> Result<Vec<Answer>, ApiError> {
    let tags = NewTags::new(tags, &["security-group-rule"])?;
    let rules = security_group::authorize(draft, ctx, group, direction, given).map_err(errors::answer)?;
    for rule in &rules {
        tags.put(draft, rule.id)?;
    }
    // Other than describes, the answer leaves out tags where there are none.
    let without_empty_tags = |rule: Answer| Answer { tags: rule.tags.filter(|tags| !tags.is_empty()), ..rule };
    Ok(rules.iter().map(|rule| without_empty_tags(answer(draft.realm(), ctx.scope, group, rule))).collect())
}

type Revoked = (Vec<RevokedSecurityGroupRule>, Vec<IpPermission>);

fn revoke(
    draft: &mut Draft,
    group: SecurityGroupId,
    direction: Direction,
    rule_ids: Vec<String>,
    ip_permissions: Vec<IpPermission>,
    flat: Flat,
) -> Result<Revoked, ApiError> {
    let (rules, unknown) = if rule_ids.is_empty() {
        let given = given(draft, group, ip_permissions, flat)?;
        let permissions = given.into_iter().map(|(permission, _)| permission).collect();
        security_group::revoke(draft, group, direction, permissions).map_err(errors::answer)?
    } else {
        if !ip_permissions.is_empty() || flat != Flat::default() {
            return Err(ApiError::new(
                ErrorCode::InvalidParameterCombination,
                "The parameter securityGroupRuleIds may not be used in combination with ipPermissions",
            ));
        }
        row::<SecurityGroup, _>(draft.realm(), group)?;
        (security_group::revoke_by_ids(draft, group, direction, &ids(&rule_ids)?).map_err(errors::answer)?, Vec::new())
    };
    // Only for groups in the default VPC does EC2 answer what it did not find instead of refusing.
    // Source: the API references of RevokeSecurityGroupIngress and RevokeSecurityGroupEgress.
    let vpc = row::<SecurityGroup, _>(draft.realm(), group)?.vpc;
    let lenient = draft.realm().vpcs.get(&vpc).is_some_and(|vpc| vpc.is_default);
    if !unknown.is_empty() && !lenient {
        // [seen]
        return Err(ApiError::new(ErrorCode::InvalidPermissionNotFound, "The specified rule does not exist in this security group."));
    }
    Ok((rules.iter().map(|rule| answer_revoked(group, rule)).collect(), permission::answer_unknown(draft.realm(), &unknown)))
}

/// A rule, as answers give it: here, other than in `IpPermissions`, all ports are -1.
pub fn answer(realm: &Realm, scope: Scope, group: SecurityGroupId, rule: &SecurityGroupRule) -> Answer {
    let referenced = match &rule.peer {
        Peer::Group { group, account, vpc, peering } => Some(ReferencedSecurityGroup {
            group_id: Some(group.to_string()),
            peering_status: permission::peering_status(realm, *peering),
            user_id: Some(account.to_string()),
            vpc_id: vpc.map(|vpc| vpc.to_string()),
            vpc_peering_connection_id: peering.map(|peering| peering.to_string()),
        }),
        _ => None,
    };
    let (cidr_ipv4, cidr_ipv6, prefix_list_id) = peer_texts(&rule.peer);
    Answer {
        security_group_rule_id: Some(rule.id.to_string()),
        group_id: Some(group.to_string()),
        group_owner_id: Some(scope.account.to_string()),
        is_egress: Some(rule.direction == Direction::Egress),
        ip_protocol: Some(permission::protocol_name(rule.protocol)),
        from_port: Some(rule.from_port.unwrap_or(-1)),
        to_port: Some(rule.to_port.unwrap_or(-1)),
        cidr_ipv4,
        cidr_ipv6,
        prefix_list_id,
        referenced_group_info: referenced,
        description: rule.description.clone(),
        tags: Some(tag_spec::answer(realm, rule.id)),
        security_group_rule_arn: Some(arn(scope, rule.id)),
    }
}

fn answer_revoked(group: SecurityGroupId, rule: &SecurityGroupRule) -> RevokedSecurityGroupRule {
    let (cidr_ipv4, cidr_ipv6, prefix_list_id) = peer_texts(&rule.peer);
    let referenced = match &rule.peer {
        Peer::Group { group, .. } => Some(group.to_string()),
        _ => None,
    };
    RevokedSecurityGroupRule {
        security_group_rule_id: Some(rule.id.to_string()),
        group_id: Some(group.to_string()),
        is_egress: Some(rule.direction == Direction::Egress),
        ip_protocol: Some(permission::protocol_name(rule.protocol)),
        from_port: Some(rule.from_port.unwrap_or(-1)),
        to_port: Some(rule.to_port.unwrap_or(-1)),
        cidr_ipv4,
        cidr_ipv6,
        prefix_list_id,
        referenced_group_id: referenced,
        description: rule.description.clone(),
    }
}

/// The IPv4 block, IPv6 block or prefix list of a peer that is one.
fn peer_texts(peer: &Peer) -> (Option<String>, Option<String>, Option<String>) {
    match peer {
        Peer::Ipv4(block) => (Some(block.to_string()), None, None),
        Peer::Ipv6(block) => (None, Some(block.to_string()), None),
        Peer::PrefixList(list) => (None, None, Some(list.to_string())),
        Peer::Group { .. } => (None, None, None),
    }
}
