//! ModifySecurityGroupRules and the operations that describe rules anew.

use ec2_api::shapes::{
    IpPermission, ModifySecurityGroupRulesRequest, ModifySecurityGroupRulesResult, SecurityGroupRuleDescription, SecurityGroupRuleRequest,
    SecurityGroupRuleUpdate, UpdateSecurityGroupRuleDescriptionsEgressRequest, UpdateSecurityGroupRuleDescriptionsEgressResult,
    UpdateSecurityGroupRuleDescriptionsIngressRequest, UpdateSecurityGroupRuleDescriptionsIngressResult,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::SecurityGroupId;
use model::security_group::{self, Direction, Peer, Permission, SecurityGroup, Which};
use model::{Ctx, Draft, Error};

use super::permission::{self, Caller};
use super::{check_text, named_or_numbered};
use crate::errors;
use crate::lookup::{id, required, required_id, row};

pub fn modify(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: ModifySecurityGroupRulesRequest,
) -> Result<ModifySecurityGroupRulesResult, ApiError> {
    let ModifySecurityGroupRulesRequest { group_id, security_group_rules, dry_run: _ } = input;
    let group: SecurityGroupId = required_id(group_id.as_deref(), "GroupId")?;
    row::<SecurityGroup, _>(draft.realm(), group)?;
    if security_group_rules.is_empty() {
        return Err(ApiError::missing_parameter("SecurityGroupRule"));
    }
    let mut changes = Vec::new();
    for SecurityGroupRuleUpdate { security_group_rule_id, security_group_rule } in security_group_rules {
        let rule = required_id(security_group_rule_id.as_deref(), "SecurityGroupRuleId")?;
        let (permission, description) = wanted(ctx, required(security_group_rule, "SecurityGroupRule")?)?;
        changes.push((rule, permission, description));
    }
    security_group::modify(draft, group, changes).map_err(errors::answer)?;
    Ok(ModifySecurityGroupRulesResult { r#return: Some(true) })
}

fn wanted(ctx: &Ctx<'_>, request: SecurityGroupRuleRequest) -> Result<(Permission, Option<String>), ApiError> {
    let SecurityGroupRuleRequest {
        ip_protocol,
        from_port,
        to_port,
        cidr_ipv4,
        cidr_ipv6,
        prefix_list_id,
        referenced_group_id,
        description,
    } = request;
    let protocol = permission::protocol(ip_protocol.as_deref())?;
    let peers = [
        cidr_ipv4.map(|block| permission::ipv4_peer(&block)),
        cidr_ipv6.map(|block| permission::ipv6_peer(&block)),
        prefix_list_id.map(|list| Ok(Peer::PrefixList(id(&list)?))),
        referenced_group_id.map(|group| Ok(Peer::Group { group: id(&group)?, account: ctx.scope.account, vpc: None, peering: None })),
    ];
    let mut peers = peers.into_iter().flatten();
    let peer = peers.next().ok_or_else(permission::no_peer)??;
    if peers.next().is_some() {
        // [seen]
        let message = "Only one of cidrIp, cidrIpv6, prefixListId, or referencedGroupId can be specified";
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
    }
    let made = Permission::new(protocol, from_port, to_port, peer).map_err(|error| match error {
        // [seen]: other words than AuthorizeSecurityGroupIngress has.
        Error::PortsMissing(_) => {
            let message = "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.";
            ApiError::new(ErrorCode::InvalidParameterValue, message)
        }
        error => errors::answer(error),
    })?;
    Ok((made, checked(description)?))
}

fn checked(description: Option<String>) -> Result<Option<String>, ApiError> {
    let description = description.filter(|text| !text.is_empty());
    if let Some(text) = &description {
        check_text(text, "description", "rule description")?;
    }
    Ok(description)
}

pub fn describe_ingress(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: UpdateSecurityGroupRuleDescriptionsIngressRequest,
) -> Result<UpdateSecurityGroupRuleDescriptionsIngressResult, ApiError> {
    let UpdateSecurityGroupRuleDescriptionsIngressRequest {
        dry_run: _,
        group_id,
        group_name,
        ip_permissions,
        security_group_rule_descriptions,
    } = input;
    let group = named_or_numbered(draft.realm(), group_id.as_deref(), group_name.as_deref())?;
    describe(draft, ctx, group, Direction::Ingress, ip_permissions, security_group_rule_descriptions)?;
    Ok(UpdateSecurityGroupRuleDescriptionsIngressResult { r#return: Some(true) })
}

pub fn describe_egress(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: UpdateSecurityGroupRuleDescriptionsEgressRequest,
) -> Result<UpdateSecurityGroupRuleDescriptionsEgressResult, ApiError> {
    let UpdateSecurityGroupRuleDescriptionsEgressRequest {
        dry_run: _,
        group_id,
        group_name,
        ip_permissions,
        security_group_rule_descriptions,
    } = input;
    let group = named_or_numbered(draft.realm(), group_id.as_deref(), group_name.as_deref())?;
    describe(draft, ctx, group, Direction::Egress, ip_permissions, security_group_rule_descriptions)?;
    Ok(UpdateSecurityGroupRuleDescriptionsEgressResult { r#return: Some(true) })
}

fn describe(
    draft: &mut Draft,
    ctx: &Ctx<'_>,
    group: SecurityGroupId,
    direction: Direction,
    ip_permissions: Vec<IpPermission>,
    by_id: Vec<SecurityGroupRuleDescription>,
) -> Result<(), ApiError> {
    let vpc = row::<SecurityGroup, _>(draft.realm(), group)?.vpc;
    let descriptions = match (ip_permissions.is_empty(), by_id.is_empty()) {
        (false, true) => {
            let caller = Caller { state: draft.state(), realm: draft.realm(), scope: ctx.scope, vpc };
            let given = permission::given(caller, ip_permissions)?;
            given.into_iter().map(|(permission, description)| (Which::Permission(permission), description)).collect()
        }
        (true, false) => {
            let described = |SecurityGroupRuleDescription { security_group_rule_id, description }| {
                Ok((Which::Id(required_id(security_group_rule_id.as_deref(), "SecurityGroupRuleId")?), checked(description)?))
            };
            by_id.into_iter().map(described).collect::<Result<Vec<_>, ApiError>>()?
        }
        (true, true) => return Err(ApiError::missing_parameter("IpPermissions or SecurityGroupRuleDescriptions")),
        (false, false) => {
            let message = "The parameter SecurityGroupRuleDescriptions may not be used in combination with the parameter IpPermissions";
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
        }
    };
    security_group::describe(draft, group, direction, descriptions).map_err(errors::answer)
}
