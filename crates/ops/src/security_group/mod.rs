//! Security groups. Their rules are in the modules that begin with `rule`, the form of permissions on the wire in
//! [`permission`].

mod listing;
mod permission;
mod rule;
mod rule_change;
mod rule_listing;

use ec2_api::shapes::{
    CreateSecurityGroupRequest, CreateSecurityGroupResult, DeleteSecurityGroupRequest, DeleteSecurityGroupResult,
    DescribeSecurityGroupsRequest, DescribeSecurityGroupsResult, SecurityGroup as Answer,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::{SecurityGroupId, VpcId};
use model::security_group::{self, DEFAULT_NAME, Direction, Peer, SecurityGroup, SecurityGroupRule};
use model::{Ctx, Draft, Realm, Scope};

use super::describe::{self, Ids, Query, arn, describe};
use super::lookup::{id, required, required_id_in};
use super::tag_spec::{self, NewTags};
use super::{View, operations};
use crate::errors;
use crate::id_errors;

operations! {
    write CreateSecurityGroup => create,
    read DescribeSecurityGroups => describe_all,
    write DeleteSecurityGroup => delete,
    write AuthorizeSecurityGroupIngress => rule::authorize_ingress,
    write AuthorizeSecurityGroupEgress => rule::authorize_egress,
    write RevokeSecurityGroupIngress => rule::revoke_ingress,
    write RevokeSecurityGroupEgress => rule::revoke_egress,
    read DescribeSecurityGroupRules => rule_listing::describe,
    write ModifySecurityGroupRules => rule_change::modify,
    write UpdateSecurityGroupRuleDescriptionsIngress => rule_change::describe_ingress,
    write UpdateSecurityGroupRuleDescriptionsEgress => rule_change::describe_egress,
    read DescribeSecurityGroupReferences => listing::references,
    read DescribeStaleSecurityGroups => listing::stale,
    read GetSecurityGroupsForVpc => listing::for_vpc,
}

/// Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>.
const TEXT_CHARACTERS_MAX: usize = 255;
const TEXT_SYMBOLS: &str = " ._-:/()#,@[]+=&;{}!$*";

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateSecurityGroupRequest) -> Result<CreateSecurityGroupResult, ApiError> {
    let CreateSecurityGroupRequest { description, group_name, vpc_id, tag_specifications, dry_run: _ } = input;
    let tags = NewTags::new(tag_specifications, &["security-group"])?;
    let name = checked_name(&required(group_name, "GroupName")?)?;
    let description = required(description.filter(|text| !text.is_empty()), "GroupDescription")?;
    check_text(&description, "GroupDescription", "security group description")?;
    let vpc = match vpc_id {
        Some(vpc) => id::<VpcId>(&vpc)?,
        None => default_vpc(draft.realm()).ok_or_else(|| {
            ApiError::new(
                ErrorCode::VPCIdNotSpecified,
                "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.",
            )
        })?,
    };
    let group = security_group::create(draft, ctx, vpc, name, description).map_err(errors::answer)?;
    tags.put(draft, group)?;
    Ok(CreateSecurityGroupResult {
        group_id: Some(group.to_string()),
        tags: tag_spec::answer(draft.realm(), group),
        security_group_arn: Some(arn(ctx.scope, group)),
    })
}

fn describe_all(view: &View<'_>, input: DescribeSecurityGroupsRequest) -> Result<DescribeSecurityGroupsResult, ApiError> {
    let DescribeSecurityGroupsRequest { mut group_ids, group_names, next_token, max_results, dry_run: _, filters } = input;
    for name in &group_names {
        group_ids.push(named_in_default_vpc(view.realm, name)?.to_string());
    }
    let (security_groups, next_token) = describe(
        view.realm,
        Query {
            ids: Ids("securityGroupIdSet", &group_ids),
            filters,
            known_filters: &[
                "description",
                "egress.ip-permission.cidr",
                "egress.ip-permission.from-port",
                "egress.ip-permission.group-id",
                "egress.ip-permission.group-name",
                "egress.ip-permission.ipv6-cidr",
                "egress.ip-permission.prefix-list-id",
                "egress.ip-permission.protocol",
                "egress.ip-permission.to-port",
                "egress.ip-permission.user-id",
                "group-id",
                "group-name",
                "ip-permission.cidr",
                "ip-permission.from-port",
                "ip-permission.group-id",
                "ip-permission.group-name",
                "ip-permission.ipv6-cidr",
                "ip-permission.prefix-list-id",
                "ip-permission.protocol",
                "ip-permission.to-port",
                "ip-permission.user-id",
                "owner-id",
                "vpc-id",
            ],
            max_results,
            next_token: next_token.as_deref(),
        },
        |filters| {
            if let Some(ids) = filters.literals("group-id") {
                return Some(ids.iter().filter_map(|id| id.parse().ok()).collect());
            }
            describe::belonging_to::<VpcId, SecurityGroupId>(view, filters, "vpc-id")
        },
        |group: &SecurityGroup, name| filter_values(view, group, name),
        |group| answer(view.realm, view.scope, group),
    )?;
    Ok(DescribeSecurityGroupsResult { security_groups, next_token })
}

fn delete(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DeleteSecurityGroupRequest) -> Result<DeleteSecurityGroupResult, ApiError> {
    let DeleteSecurityGroupRequest { group_id, group_name, dry_run: _ } = input;
    let group = named_or_numbered(draft.realm(), group_id.as_deref(), group_name.as_deref())?;
    security_group::delete(draft, group).map_err(errors::answer)?;
    Ok(DeleteSecurityGroupResult { r#return: Some(true), group_id: Some(group.to_string()) })
}

fn checked_name(name: &str) -> Result<String, ApiError> {
    // EC2 takes spaces off the end of a name.
    let name = name.trim_end();
    if name.is_empty() {
        return Err(ApiError::missing_parameter("GroupName"));
    }
    check_text(name, "GroupName", "security group name")?;
    if name.to_ascii_lowercase().starts_with("sg-") {
        return Err(ApiError::invalid_value(name, "groupName", "Group names may not be in the format sg-*."));
    }
    if name.eq_ignore_ascii_case(DEFAULT_NAME) {
        // [seen]
        let message = format!("Cannot use reserved security group name: {name}");
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    Ok(name.to_owned())
}

/// Checks a name or description; `what` names it in the words of EC2's error.
fn check_text(text: &str, parameter: &str, what: &str) -> Result<(), ApiError> {
    if !text.is_ascii() {
        // [seen]
        return Err(ApiError::invalid_value(text, parameter, "Character sets beyond ASCII are not supported."));
    }
    let legal = |char: char| char.is_ascii_alphanumeric() || TEXT_SYMBOLS.contains(char);
    if text.len() > TEXT_CHARACTERS_MAX || !text.chars().all(legal) {
        // [seen] for descriptions of groups and rules.
        let plural = if what.ends_with("name") { "names" } else { "descriptions" };
        let message = format!(
            "Invalid {what}. Valid {plural} are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{{}}!$*"
        );
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    Ok(())
}

/// The default VPC, where names alone are enough.
fn default_vpc(realm: &Realm) -> Option<VpcId> {
    realm.vpcs.iter().find(|vpc| vpc.is_default).map(|vpc| vpc.id)
}

fn named_in_default_vpc(realm: &Realm, name: &str) -> Result<SecurityGroupId, ApiError> {
    let vpc = default_vpc(realm);
    vpc.and_then(|vpc| realm.index.group_named(vpc, name)).ok_or_else(|| {
        // [seen]
        let vpc = vpc.map_or("none".to_owned(), |vpc| vpc.to_string());
        ApiError::new(ErrorCode::InvalidGroupNotFound, format!("The security group '{name}' does not exist in default VPC '{vpc}'"))
    })
}

/// The group that a request names by id or, in the default VPC, by name.
fn named_or_numbered(realm: &Realm, group_id: Option<&str>, group_name: Option<&str>) -> Result<SecurityGroupId, ApiError> {
    match (group_id, group_name) {
        (Some(_), Some(_)) => Err(ApiError::new(
            ErrorCode::InvalidParameterCombination,
            "The parameter groupName may not be used in combination with the parameter groupId",
        )),
        (Some(_), None) => required_id_in(id_errors::in_group_changes, group_id, "GroupId"),
        (None, Some(name)) => named_in_default_vpc(realm, name),
        (None, None) => Err(ApiError::missing_parameter("GroupId or GroupName")),
    }
}

fn answer(realm: &Realm, scope: Scope, group: &SecurityGroup) -> Answer {
    Answer {
        group_id: Some(group.id.to_string()),
        ip_permissions_egress: permission::answer(realm, group.rules(Direction::Egress)),
        tags: tag_spec::answer(realm, group.id),
        vpc_id: Some(group.vpc.to_string()),
        security_group_arn: Some(arn(scope, group.id)),
        owner_id: Some(scope.account.to_string()),
        group_name: Some(group.name.clone()),
        description: Some(group.description.clone()),
        ip_permissions: permission::answer(realm, group.rules(Direction::Ingress)),
    }
}

fn filter_values(view: &View<'_>, group: &SecurityGroup, name: &str) -> Vec<String> {
    let (direction, of_rule) = match name.strip_prefix("egress.") {
        Some(rest) => (Direction::Egress, rest.strip_prefix("ip-permission.")),
        None => (Direction::Ingress, name.strip_prefix("ip-permission.")),
    };
    if let Some(name) = of_rule {
        let value = |rule| rule_filter_value(view.realm, rule, name);
        return group.rules(direction).filter_map(value).collect();
    }
    match name {
        "description" => vec![group.description.clone()],
        "group-id" => vec![group.id.to_string()],
        "group-name" => vec![group.name.clone()],
        "owner-id" => vec![view.scope.account.to_string()],
        "vpc-id" => vec![group.vpc.to_string()],
        _ => Vec::new(),
    }
}

fn rule_filter_value(realm: &Realm, rule: &SecurityGroupRule, name: &str) -> Option<String> {
    match (name, &rule.peer) {
        ("cidr", Peer::Ipv4(block)) => Some(block.to_string()),
        ("ipv6-cidr", Peer::Ipv6(block)) => Some(block.to_string()),
        ("group-id", Peer::Group { group, .. }) => Some(group.to_string()),
        ("group-name", Peer::Group { group, .. }) => realm.security_groups.get(group).map(|group| group.name.clone()),
        ("user-id", Peer::Group { account, .. }) => Some(account.to_string()),
        ("prefix-list-id", Peer::PrefixList(list)) => Some(list.to_string()),
        ("from-port", _) => rule.from_port.map(|port| port.to_string()),
        ("to-port", _) => rule.to_port.map(|port| port.to_string()),
        ("protocol", _) => Some(permission::protocol_name(rule.protocol)),
        _ => None,
    }
}
