//! Who names a group, which rules name one that is gone, and which groups an interface of a VPC can have.

use std::collections::BTreeSet;

use ec2_api::ApiError;
use ec2_api::shapes::{
    DescribeSecurityGroupReferencesRequest, DescribeSecurityGroupReferencesResult, DescribeStaleSecurityGroupsRequest,
    DescribeStaleSecurityGroupsResult, GetSecurityGroupsForVpcRequest, GetSecurityGroupsForVpcResult, IpPermission, SecurityGroupForVpc,
    SecurityGroupReference, StaleIpPermission, StaleSecurityGroup,
};
use model::Realm;
use model::ids::{SecurityGroupId, VpcId, VpcPeeringConnectionId};
use model::security_group::{self, Direction, SecurityGroup};
use model::vpc::Vpc;

use super::permission;
use crate::View;
use crate::describe::MAX_RESULTS;
use crate::filter::Filters;
use crate::lookup::{ids, required_id, row};
use crate::page::{Page, Sizes};
use crate::tag_spec;
use crate::work;

/// The VPCs at the other end of a peering whose groups name these ones.
pub fn references(
    view: &View<'_>,
    input: DescribeSecurityGroupReferencesRequest,
) -> Result<DescribeSecurityGroupReferencesResult, ApiError> {
    let DescribeSecurityGroupReferencesRequest { dry_run: _, group_id } = input;
    if group_id.is_empty() {
        return Err(ApiError::missing_parameter("GroupId"));
    }
    let mut found = Vec::new();
    for id in ids::<SecurityGroupId>(&group_id)? {
        let group = row::<SecurityGroup, _>(view.realm, id)?;
        let connections = view.realm.index.referrers_of_kind::<VpcPeeringConnectionId>(group.vpc);
        for connection in connections.take_while(work::goes_on).filter_map(|id| view.realm.vpc_peering_connections.get(&id)) {
            let Some((_, far)) = connection.sides_from(group.vpc) else { continue };
            let names = |realm: &Realm| {
                let groups = realm.index.groups_naming(id).take_while(work::goes_on).filter_map(|group| realm.security_groups.get(&group));
                groups.into_iter().any(|group| group.vpc == far.vpc)
            };
            if view.state.realm(far.scope).is_some_and(names) {
                found.push(SecurityGroupReference {
                    group_id: Some(id.to_string()),
                    referencing_vpc_id: Some(far.vpc.to_string()),
                    vpc_peering_connection_id: Some(connection.id.to_string()),
                    transit_gateway_id: None,
                });
            }
        }
    }
    Ok(DescribeSecurityGroupReferencesResult { security_group_reference_set: found })
}

/// Source: botocore's model, `DescribeStaleSecurityGroupsMaxResults`.
const STALE_MAX_RESULTS: Sizes = Sizes::within(5, 255);

pub fn stale(view: &View<'_>, input: DescribeStaleSecurityGroupsRequest) -> Result<DescribeStaleSecurityGroupsResult, ApiError> {
    let DescribeStaleSecurityGroupsRequest { dry_run: _, max_results, next_token, vpc_id } = input;
    let vpc: VpcId = required_id(vpc_id.as_deref(), "VpcId")?;
    row::<Vpc, _>(view.realm, vpc)?;
    let page = Page::<SecurityGroupId>::new(max_results, next_token.as_deref(), STALE_MAX_RESULTS)?;
    let groups = groups_of(view.realm, vpc);
    let (stale_security_group_set, next_token) = page.cut(groups.filter_map(|group| {
        let rules = security_group::stale_rules(view.state, view.realm, group);
        let in_direction = |direction| {
            let rules = rules.iter().copied().filter(move |rule| rule.direction == direction);
            permission::answer(view.realm, rules).into_iter().map(stale_permission).collect::<Vec<_>>()
        };
        let shown = StaleSecurityGroup {
            description: Some(group.description.clone()),
            group_id: Some(group.id.to_string()),
            group_name: Some(group.name.clone()),
            stale_ip_permissions: in_direction(Direction::Ingress),
            stale_ip_permissions_egress: in_direction(Direction::Egress),
            vpc_id: Some(group.vpc.to_string()),
        };
        (!rules.is_empty()).then_some((group.id, shown))
    }));
    Ok(DescribeStaleSecurityGroupsResult { next_token, stale_security_group_set })
}

fn stale_permission(permission: IpPermission) -> StaleIpPermission {
    // Only a rule that names a group can be stale.
    let IpPermission { ip_protocol, from_port, to_port, user_id_group_pairs, ip_ranges: _, ipv6_ranges: _, prefix_list_ids: _ } =
        permission;
    StaleIpPermission { from_port, ip_protocol, ip_ranges: Vec::new(), prefix_list_ids: Vec::new(), to_port, user_id_group_pairs }
}

pub fn for_vpc(view: &View<'_>, input: GetSecurityGroupsForVpcRequest) -> Result<GetSecurityGroupsForVpcResult, ApiError> {
    let GetSecurityGroupsForVpcRequest { vpc_id, next_token, max_results, filters, dry_run: _ } = input;
    let vpc: VpcId = required_id(vpc_id.as_deref(), "VpcId")?;
    row::<Vpc, _>(view.realm, vpc)?;
    let filters = Filters::new(filters, &["description", "group-id", "group-name", "owner-id", "primary-vpc-id"])?;
    let page = Page::<SecurityGroupId>::new(max_results, next_token.as_deref(), MAX_RESULTS)?;
    let owner = view.scope.account.to_string();
    let accepted = groups_of(view.realm, vpc).filter(|group| {
        filters.accept(view.realm, group.id, |name| match name {
            "description" => vec![group.description.clone()],
            "group-id" => vec![group.id.to_string()],
            "group-name" => vec![group.name.clone()],
            "owner-id" => vec![owner.clone()],
            "primary-vpc-id" => vec![group.vpc.to_string()],
            _ => Vec::new(),
        })
    });
    let (security_group_for_vpcs, next_token) = page.cut(accepted.map(|group| {
        let shown = SecurityGroupForVpc {
            description: Some(group.description.clone()),
            group_name: Some(group.name.clone()),
            owner_id: Some(owner.clone()),
            group_id: Some(group.id.to_string()),
            tags: tag_spec::answer(view.realm, group.id),
            primary_vpc_id: Some(group.vpc.to_string()),
        };
        (group.id, shown)
    }));
    Ok(GetSecurityGroupsForVpcResult { next_token, security_group_for_vpcs })
}

/// The groups of a VPC in the order of their ids.
fn groups_of(realm: &Realm, vpc: VpcId) -> impl Iterator<Item = &SecurityGroup> {
    let ids: BTreeSet<SecurityGroupId> = realm.index.referrers_of_kind(vpc).take_while(work::goes_on).collect();
    ids.into_iter().filter_map(|id| realm.security_groups.get(&id)).map(|group| &**group)
}
