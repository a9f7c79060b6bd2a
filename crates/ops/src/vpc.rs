//! VPCs, their attributes and the default VPC. Their blocks after creation are in `vpc_block`.

use std::collections::BTreeSet;

use ec2_api::shapes::{
    AttributeBooleanValue, BlockPublicAccessStates, CreateDefaultVpcRequest, CreateDefaultVpcResult, CreateVpcRequest, CreateVpcResult,
    DeleteVpcRequest, DescribeVpcAttributeRequest, DescribeVpcAttributeResult, DescribeVpcsRequest, DescribeVpcsResult,
    ModifyVpcAttributeRequest, ModifyVpcTenancyRequest, ModifyVpcTenancyResult, ReturnTrue, Vpc as Answer,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::{DhcpOptionsId, VpcId};
use model::vpc::Vpc;
use model::{Ctx, Draft, Realm, Scope, Timestamp, default_vpc, vpc, vpc_block};

use super::describe::{self, Ids, Query, describe};
use super::lookup::{self, refuse, required, required_id, row};
use super::tag_spec::{self, NewTags};
use super::vpc_block::{ASSOCIATING, border_group, ipv4_associations, ipv6_association, ipv6_associations};
use super::{View, operations};
use crate::errors;

operations! {
    write CreateVpc => create,
    read DescribeVpcs => describe_all,
    write DeleteVpc => delete,
    write CreateDefaultVpc => create_default,
    read DescribeVpcAttribute => describe_attribute,
    write ModifyVpcAttribute => modify_attribute,
    write ModifyVpcTenancy => modify_tenancy,
}

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateVpcRequest) -> Result<CreateVpcResult, ApiError> {
    let CreateVpcRequest {
        cidr_block,
        ipv6_pool,
        ipv6_cidr_block,
        ipv4_ipam_pool_id,
        ipv4_netmask_length,
        ipv6_ipam_pool_id,
        ipv6_netmask_length,
        ipv6_cidr_block_network_border_group,
        vpc_encryption_control,
        tag_specifications,
        dry_run: _,
        instance_tenancy,
        amazon_provided_ipv6_cidr_block,
    } = input;
    refuse(ipv6_pool.is_some(), "Ipv6Pool")?;
    refuse(ipv6_cidr_block.is_some(), "Ipv6CidrBlock")?;
    refuse(ipv4_ipam_pool_id.is_some(), "Ipv4IpamPoolId")?;
    refuse(ipv4_netmask_length.is_some(), "Ipv4NetmaskLength")?;
    refuse(ipv6_ipam_pool_id.is_some(), "Ipv6IpamPoolId")?;
    refuse(ipv6_netmask_length.is_some(), "Ipv6NetmaskLength")?;
    refuse(vpc_encryption_control.is_some(), "VpcEncryptionControl")?;
    let tags = NewTags::new(tag_specifications, &["vpc"])?;
    let amazon_ipv6 = amazon_provided_ipv6_cidr_block == Some(true);
    border_group(ipv6_cidr_block_network_border_group.as_deref(), amazon_ipv6, ctx.scope.region)?;
    let tenancy = instance_tenancy.unwrap_or_else(|| "default".into());
    if !["default", "dedicated"].contains(&tenancy.as_str()) {
        return Err(unsupported_tenancy(&tenancy));
    }
    let cidr_block = cidr_block.ok_or_else(|| either_missing("cidrBlock", "ipv4IpamPoolId"))?;
    let block = lookup::ipv4_block(&cidr_block, "cidrBlock")?;
    let id = vpc::create(draft, ctx, block, &tenancy).map_err(errors::answer)?;
    if amazon_ipv6 {
        vpc_block::add_amazon_ipv6(draft, ctx, id).map_err(errors::answer)?;
    }
    tags.put(draft, id)?;
    let made = row::<Vpc, _>(draft.realm(), id)?;
    Ok(CreateVpcResult { vpc: Some(just_made(draft.realm(), ctx, &made)) })
}

fn describe_all(view: &View<'_>, input: DescribeVpcsRequest) -> Result<DescribeVpcsResult, ApiError> {
    let DescribeVpcsRequest { filters, vpc_ids, next_token, max_results, dry_run: _ } = input;
    let (vpcs, next_token) = describe(
        view.realm,
        Query {
            ids: Ids("VpcIds", &vpc_ids),
            filters,
            known_filters: &[
                "cidr",
                "cidr-block-association.association-id",
                "cidr-block-association.cidr-block",
                "cidr-block-association.state",
                "dhcp-options-id",
                "ipv6-cidr-block-association.association-id",
                "ipv6-cidr-block-association.ipv6-cidr-block",
                "ipv6-cidr-block-association.ipv6-pool",
                "ipv6-cidr-block-association.state",
                "is-default",
                // Older names that EC2 still takes: Terraform's data source and Ansible's ec2_vpc_net use them.
                "cidr-block",
                "cidrBlock",
                "isDefault",
                "dhcpOptionsId",
                "owner-id",
                "state",
                "vpc-id",
            ],
            max_results,
            next_token: next_token.as_deref(),
        },
        |filters| match filters.literals("vpc-id") {
            Some(ids) => Some(ids.iter().filter_map(|id| id.parse().ok()).collect::<BTreeSet<VpcId>>()),
            None => describe::belonging_to::<DhcpOptionsId, VpcId>(view, filters, "dhcp-options-id"),
        },
        |vpc, name| filter_values(view, vpc, name),
        |vpc| answer(view.realm, view.scope, vpc, view.now),
    )?;
    Ok(DescribeVpcsResult { next_token, vpcs })
}

fn filter_values(view: &View<'_>, vpc: &Vpc, name: &str) -> Vec<String> {
    let ipv4 = || ipv4_associations(vpc, view.now).into_iter();
    let ipv6 = || ipv6_associations(vpc, view.scope.region, view.now).into_iter();
    match name {
        "cidr" | "cidr-block" | "cidrBlock" => vpc.primary_block().iter().map(ToString::to_string).collect(),
        "cidr-block-association.association-id" => ipv4().filter_map(|block| block.association_id).collect(),
        "cidr-block-association.cidr-block" => ipv4().filter_map(|block| block.cidr_block).collect(),
        "cidr-block-association.state" => ipv4().filter_map(|block| block.cidr_block_state?.state).collect(),
        "dhcp-options-id" | "dhcpOptionsId" => vec![dhcp_options_id(vpc)],
        "ipv6-cidr-block-association.association-id" => ipv6().filter_map(|block| block.association_id).collect(),
        "ipv6-cidr-block-association.ipv6-cidr-block" => ipv6().filter_map(|block| block.ipv6_cidr_block).collect(),
        "ipv6-cidr-block-association.ipv6-pool" => ipv6().filter_map(|block| block.ipv6_pool).collect(),
        "ipv6-cidr-block-association.state" => ipv6().filter_map(|block| block.ipv6_cidr_block_state?.state).collect(),
        "is-default" | "isDefault" => describe::truth(vpc.is_default),
        "owner-id" => vec![view.scope.account.to_string()],
        "state" => vec!["available".into()],
        "vpc-id" => vec![vpc.id.to_string()],
        _ => Vec::new(),
    }
}

fn delete(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DeleteVpcRequest) -> Result<ReturnTrue, ApiError> {
    let DeleteVpcRequest { vpc_id, dry_run: _ } = input;
    let id: VpcId = required_id(vpc_id.as_deref(), "VpcId")?;
    vpc::delete(draft, id).map_err(errors::answer)?;
    Ok(ReturnTrue)
}

fn create_default(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateDefaultVpcRequest) -> Result<CreateDefaultVpcResult, ApiError> {
    let CreateDefaultVpcRequest { dry_run: _ } = input;
    let id = default_vpc::create(draft, ctx).map_err(errors::answer)?;
    let made = row::<Vpc, _>(draft.realm(), id)?;
    Ok(CreateDefaultVpcResult { vpc: Some(just_made(draft.realm(), ctx, &made)) })
}

fn describe_attribute(view: &View<'_>, input: DescribeVpcAttributeRequest) -> Result<DescribeVpcAttributeResult, ApiError> {
    let DescribeVpcAttributeRequest { attribute, vpc_id, dry_run: _ } = input;
    let attribute = required(attribute, "Attribute")?;
    let id: VpcId = required_id(vpc_id.as_deref(), "VpcId")?;
    let vpc = row::<Vpc, _>(view.realm, id)?;
    let mut answer = DescribeVpcAttributeResult { vpc_id: Some(id.to_string()), ..Default::default() };
    let (member, value) = match attribute.as_str() {
        "enableDnsSupport" => (&mut answer.enable_dns_support, vpc.dns_support),
        "enableDnsHostnames" => (&mut answer.enable_dns_hostnames, vpc.dns_hostnames),
        "enableNetworkAddressUsageMetrics" => (&mut answer.enable_network_address_usage_metrics, vpc.network_address_usage_metrics),
        _ => return Err(ApiError::invalid_value(attribute, "attribute", "Unknown attribute.")),
    };
    *member = Some(AttributeBooleanValue { value: Some(value) });
    Ok(answer)
}

fn modify_attribute(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: ModifyVpcAttributeRequest) -> Result<ReturnTrue, ApiError> {
    let ModifyVpcAttributeRequest { enable_dns_hostnames, enable_dns_support, vpc_id, enable_network_address_usage_metrics } = input;
    let id: VpcId = required_id(vpc_id.as_deref(), "VpcId")?;
    let mut vpc = Vpc::clone(&*row::<Vpc, _>(draft.realm(), id)?);
    let given = [&enable_dns_hostnames, &enable_dns_support, &enable_network_address_usage_metrics];
    match given.into_iter().filter(|attribute| attribute.is_some()).count() {
        0 => return Err(ApiError::missing_parameter("attribute")),
        1 => {}
        // "To modify the DNS hostnames attribute and the DNS support attribute you must use separate requests."
        _ => return Err(ApiError::new(ErrorCode::InvalidParameterCombination, "Only one attribute can be modified at a time.")),
    }
    if let Some(hostnames) = enable_dns_hostnames {
        let on = required(hostnames.value, "EnableDnsHostnames.Value")?;
        // "You can only enable DNS hostnames if you've enabled DNS support." The code is not recorded.
        if on && !vpc.dns_support {
            let message = "DNS hostnames can only be enabled for a VPC that has DNS support enabled.";
            return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
        }
        vpc.dns_hostnames = on;
    }
    if let Some(support) = enable_dns_support {
        vpc.dns_support = required(support.value, "EnableDnsSupport.Value")?;
    }
    if let Some(metrics) = enable_network_address_usage_metrics {
        vpc.network_address_usage_metrics = required(metrics.value, "EnableNetworkAddressUsageMetrics.Value")?;
    }
    draft.put(vpc);
    Ok(ReturnTrue)
}

fn modify_tenancy(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: ModifyVpcTenancyRequest) -> Result<ModifyVpcTenancyResult, ApiError> {
    let ModifyVpcTenancyRequest { vpc_id, instance_tenancy, dry_run: _ } = input;
    let id: VpcId = required_id(vpc_id.as_deref(), "VpcId")?;
    let tenancy = required(instance_tenancy, "InstanceTenancy")?;
    // "You cannot change the instance tenancy attribute to dedicated."
    if tenancy != "default" {
        return Err(unsupported_tenancy(&tenancy));
    }
    let vpc = row::<Vpc, _>(draft.realm(), id)?;
    // EC2's page of error codes.
    if vpc.tenancy == tenancy {
        let message = format!("The tenancy of the VPC '{id}' is {tenancy} and cannot be modified.");
        return Err(ApiError::new(ErrorCode::InvalidTenancy, message));
    }
    draft.put(Vpc { tenancy, ..Vpc::clone(&vpc) });
    Ok(ModifyVpcTenancyResult { return_value: Some(true) })
}

/// EC2's words for two members of which one is needed.
pub(super) fn either_missing(one: &str, other: &str) -> ApiError {
    ApiError::new(ErrorCode::MissingParameter, format!("Either '{one}' or '{other}' should be provided."))
}

fn unsupported_tenancy(tenancy: &str) -> ApiError {
    ApiError::new(ErrorCode::UnsupportedTenancy, format!("The tenancy value {tenancy} is not supported."))
}

fn dhcp_options_id(vpc: &Vpc) -> String {
    vpc.dhcp_options.map_or_else(|| "default".into(), |id| id.to_string())
}

fn answer(realm: &Realm, scope: Scope, vpc: &Vpc, now: Timestamp) -> Answer {
    Answer {
        owner_id: Some(scope.account.to_string()),
        instance_tenancy: Some(vpc.tenancy.clone()),
        ipv6_cidr_block_association_set: Some(ipv6_associations(vpc, scope.region, now)).filter(|blocks| !blocks.is_empty()),
        cidr_block_association_set: ipv4_associations(vpc, now),
        is_default: Some(vpc.is_default),
        encryption_control: None,
        tags: tag_spec::answer(realm, vpc.id),
        block_public_access_states: Some(BlockPublicAccessStates { internet_gateway_block_mode: Some("off".into()) }),
        vpc_id: Some(vpc.id.to_string()),
        state: Some("available".into()),
        cidr_block: vpc.primary_block().map(|block| block.to_string()),
        dhcp_options_id: Some(dhcp_options_id(vpc)),
    }
}

/// As EC2 answers the request that made a VPC: it is still at it, though here all is done.
fn just_made(realm: &Realm, ctx: &Ctx<'_>, vpc: &Vpc) -> Answer {
    let ipv6_blocks = vpc.ipv6_blocks.iter().map(|block| ipv6_association(block, ctx.scope.region, ASSOCIATING));
    Answer {
        ipv6_cidr_block_association_set: Some(ipv6_blocks.collect()),
        state: Some("pending".into()),
        block_public_access_states: None,
        ..answer(realm, ctx.scope, vpc, ctx.now)
    }
}
