//! Subnets and their attributes. Their IPv6 blocks after creation and their reservations are in `subnet_block`.

use std::collections::BTreeSet;

use ec2_api::shapes::{
    AttributeBooleanValue, BlockPublicAccessStates, CreateDefaultSubnetRequest, CreateDefaultSubnetResult, CreateSubnetRequest,
    CreateSubnetResult, DeleteSubnetRequest, DescribeSubnetsRequest, DescribeSubnetsResult, ModifySubnetAttributeRequest,
    PrivateDnsNameOptionsOnLaunch, ReturnTrue, Subnet as Answer,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::{SubnetId, VpcId};
use model::subnet::{self, Attribute, Subnet};
use model::vpc::Vpc;
use model::{Ctx, Draft, Realm, Region, Scope, Timestamp, Zone, default_vpc};

use super::describe::{self, Ids, Query, arn, describe};
use super::lookup::{self, refuse, required, required_id, row};
use super::subnet_block::{ipv6_association, ipv6_associations};
use super::tag_spec::{self, NewTags};
use super::vpc::either_missing;
use super::vpc_block::ASSOCIATING;
use super::{View, operations};
use crate::errors;

operations! {
    write CreateSubnet => create,
    read DescribeSubnets => describe_all,
    write DeleteSubnet => delete,
    write CreateDefaultSubnet => create_default,
    write ModifySubnetAttribute => modify_attribute,
}

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateSubnetRequest) -> Result<CreateSubnetResult, ApiError> {
    let CreateSubnetRequest {
        tag_specifications,
        availability_zone,
        availability_zone_id,
        cidr_block,
        ipv6_cidr_block,
        outpost_arn,
        vpc_id,
        ipv6_native,
        ipv4_ipam_pool_id,
        ipv4_netmask_length,
        ipv6_ipam_pool_id,
        ipv6_netmask_length,
        dry_run: _,
    } = input;
    refuse(outpost_arn.is_some(), "OutpostArn")?;
    refuse(ipv4_ipam_pool_id.is_some(), "Ipv4IpamPoolId")?;
    refuse(ipv4_netmask_length.is_some(), "Ipv4NetmaskLength")?;
    refuse(ipv6_ipam_pool_id.is_some(), "Ipv6IpamPoolId")?;
    refuse(ipv6_netmask_length.is_some(), "Ipv6NetmaskLength")?;
    let tags = NewTags::new(tag_specifications, &["subnet"])?;
    let vpc: VpcId = required_id(vpc_id.as_deref(), "VpcId")?;
    row::<Vpc, _>(draft.realm(), vpc)?;
    let zone = zone(ctx.scope.region, availability_zone.as_deref(), availability_zone_id.as_deref())?;
    // EC2 selects a zone when none is named, not always another one; the same each time lets the interfaces of an
    // instance be in several such subnets.
    let zone = zone.or_else(|| ctx.scope.region.zones().next()).ok_or_else(|| ApiError::missing_parameter("AvailabilityZone"))?;
    if ipv6_native == Some(true) {
        if cidr_block.is_some() {
            let message = "When specifying ipv4 parameters, cidrBlock or ipv4IpamPoolId, you cannot set ipv6Native to true.";
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
        }
        if ipv6_cidr_block.is_none() {
            return Err(either_missing("ipv6CidrBlock", "ipv6IpamPoolId"));
        }
    } else if cidr_block.is_none() {
        return Err(either_missing("cidrBlock", "ipv4IpamPoolId"));
    }
    let cidr = cidr_block.map(|text| lookup::ipv4_block(&text, "cidrBlock")).transpose()?;
    let ipv6 = ipv6_cidr_block.map(|text| lookup::ipv6_block(&text, "ipv6CidrBlock")).transpose()?;
    let id = subnet::create(draft, ctx, vpc, zone, cidr, ipv6).map_err(errors::answer)?;
    tags.put(draft, id)?;
    Ok(CreateSubnetResult { subnet: Some(just_made(draft.realm(), ctx, id)?) })
}

/// The zone that a request names, by its name or its id.
fn zone(region: Region, name: Option<&str>, id: Option<&str>) -> Result<Option<Zone>, ApiError> {
    // [seen]
    let all = || region.zones().map(|zone| zone.to_string()).collect::<Vec<_>>().join(", ");
    let only = |all: String| format!("Subnets can currently only be created in the following availability zones: {all}.");
    match (name, id) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => {
            let message = "Only one of availabilityZone and availabilityZoneId can be specified.";
            Err(ApiError::new(ErrorCode::InvalidParameterCombination, message))
        }
        (Some(name), None) => match region.zones().find(|zone| zone.to_string() == name) {
            Some(zone) => Ok(Some(zone)),
            None => Err(ApiError::invalid_value(name, "availabilityZone", &only(all()))),
        },
        (None, Some(id)) => match region.zones().find(|zone| zone.id() == id) {
            Some(zone) => Ok(Some(zone)),
            None => Err(ApiError::invalid_value(id, "availabilityZoneId", &only(all()))),
        },
    }
}

fn describe_all(view: &View<'_>, input: DescribeSubnetsRequest) -> Result<DescribeSubnetsResult, ApiError> {
    let DescribeSubnetsRequest { filters, subnet_ids, next_token, max_results, dry_run: _ } = input;
    let (subnets, next_token) = describe(
        view.realm,
        Query {
            ids: Ids("SubnetIds", &subnet_ids),
            filters,
            known_filters: &[
                "availability-zone",
                "availabilityZone",
                "availability-zone-id",
                "availabilityZoneId",
                "available-ip-address-count",
                "cidr-block",
                "cidr",
                "cidrBlock",
                "customer-owned-ipv4-pool",
                "default-for-az",
                "defaultForAz",
                "enable-dns64",
                "enable-lni-at-device-index",
                "ipv6-cidr-block-association.association-id",
                "ipv6-cidr-block-association.ipv6-cidr-block",
                "ipv6-cidr-block-association.state",
                "ipv6-native",
                "map-customer-owned-ip-on-launch",
                "map-public-ip-on-launch",
                "outpost-arn",
                "owner-id",
                "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
                "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record",
                "private-dns-name-options-on-launch.hostname-type",
                "state",
                "subnet-arn",
                "subnet-id",
                "vpc-id",
            ],
            max_results,
            next_token: next_token.as_deref(),
        },
        |filters| match filters.literals("subnet-id") {
            Some(ids) => Some(ids.iter().filter_map(|id| id.parse().ok()).collect::<BTreeSet<SubnetId>>()),
            None => describe::belonging_to::<VpcId, SubnetId>(view, filters, "vpc-id"),
        },
        |subnet, name| filter_values(view, subnet, name),
        |subnet| answer(view.realm, view.scope, subnet, view.now),
    )?;
    Ok(DescribeSubnetsResult { next_token, subnets })
}

fn filter_values(view: &View<'_>, subnet: &Subnet, name: &str) -> Vec<String> {
    let truth = describe::truth;
    let shown = || ipv6_associations(subnet, view.now).into_iter();
    match name {
        "availability-zone" | "availabilityZone" => vec![subnet.zone.to_string()],
        "availability-zone-id" | "availabilityZoneId" => vec![subnet.zone.id()],
        "available-ip-address-count" => vec![free_addresses(view.realm, subnet).to_string()],
        "cidr-block" | "cidr" | "cidrBlock" => subnet.cidr.iter().map(ToString::to_string).collect(),
        "default-for-az" | "defaultForAz" => truth(subnet.default_for_az),
        "enable-dns64" => truth(subnet.enable_dns64),
        "ipv6-cidr-block-association.association-id" => shown().filter_map(|block| block.association_id).collect(),
        "ipv6-cidr-block-association.ipv6-cidr-block" => shown().filter_map(|block| block.ipv6_cidr_block).collect(),
        "ipv6-cidr-block-association.state" => shown().filter_map(|block| block.ipv6_cidr_block_state?.state).collect(),
        "ipv6-native" => truth(subnet.cidr.is_none()),
        "map-customer-owned-ip-on-launch" => truth(false),
        "map-public-ip-on-launch" => truth(subnet.map_public_ip_on_launch),
        "owner-id" => vec![view.scope.account.to_string()],
        "private-dns-name-options-on-launch.enable-resource-name-dns-a-record" => truth(subnet.resource_name_dns_a_record),
        "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record" => truth(subnet.resource_name_dns_aaaa_record),
        "private-dns-name-options-on-launch.hostname-type" => vec![subnet.private_dns_hostname_type.clone()],
        "state" => vec!["available".into()],
        "subnet-arn" => vec![arn(view.scope, subnet.id)],
        "subnet-id" => vec![subnet.id.to_string()],
        "vpc-id" => vec![subnet.vpc.to_string()],
        // Outposts, their pools and their local network interfaces: no subnet has any.
        _ => Vec::new(),
    }
}

fn delete(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DeleteSubnetRequest) -> Result<ReturnTrue, ApiError> {
    let DeleteSubnetRequest { subnet_id, dry_run: _ } = input;
    let id: SubnetId = required_id(subnet_id.as_deref(), "SubnetId")?;
    subnet::delete(draft, id).map_err(errors::answer)?;
    Ok(ReturnTrue)
}

fn create_default(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateDefaultSubnetRequest) -> Result<CreateDefaultSubnetResult, ApiError> {
    let CreateDefaultSubnetRequest { availability_zone, dry_run: _, ipv6_native, availability_zone_id } = input;
    let zone = zone(ctx.scope.region, availability_zone.as_deref(), availability_zone_id.as_deref())?;
    let zone = zone.ok_or_else(|| ApiError::missing_parameter("availabilityZone"))?;
    let id = default_vpc::create_subnet(draft, ctx, zone, ipv6_native == Some(true)).map_err(errors::answer)?;
    Ok(CreateDefaultSubnetResult { subnet: Some(just_made(draft.realm(), ctx, id)?) })
}

fn modify_attribute(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: ModifySubnetAttributeRequest) -> Result<ReturnTrue, ApiError> {
    let ModifySubnetAttributeRequest {
        assign_ipv6_address_on_creation,
        map_public_ip_on_launch,
        subnet_id,
        map_customer_owned_ip_on_launch,
        customer_owned_ipv4_pool,
        enable_dns64,
        private_dns_hostname_type_on_launch,
        enable_resource_name_dns_a_record_on_launch,
        enable_resource_name_dns_aaaa_record_on_launch,
        enable_lni_at_device_index,
        disable_lni_at_device_index,
    } = input;
    refuse(map_customer_owned_ip_on_launch.is_some(), "MapCustomerOwnedIpOnLaunch")?;
    refuse(customer_owned_ipv4_pool.is_some(), "CustomerOwnedIpv4Pool")?;
    refuse(enable_lni_at_device_index.is_some(), "EnableLniAtDeviceIndex")?;
    refuse(disable_lni_at_device_index.is_some(), "DisableLniAtDeviceIndex")?;
    let id: SubnetId = required_id(subnet_id.as_deref(), "SubnetId")?;
    row::<Subnet, _>(draft.realm(), id)?;
    let by_resource = |text: String| match text.as_str() {
        "resource-name" => Ok(true),
        "ip-name" => Ok(false),
        _ => Err(ApiError::invalid_value(text, "privateDnsHostnameTypeOnLaunch", "Valid values are ip-name and resource-name.")),
    };
    let truth = |given: Option<AttributeBooleanValue>, name: &str| given.map(|given| required(given.value, name)).transpose();
    let attributes = [
        truth(assign_ipv6_address_on_creation, "AssignIpv6AddressOnCreation.Value")?.map(Attribute::AssignIpv6AddressOnCreation),
        truth(map_public_ip_on_launch, "MapPublicIpOnLaunch.Value")?.map(Attribute::MapPublicIpOnLaunch),
        truth(enable_dns64, "EnableDns64.Value")?.map(Attribute::EnableDns64),
        private_dns_hostname_type_on_launch.map(by_resource).transpose()?.map(Attribute::NameByResource),
        truth(enable_resource_name_dns_a_record_on_launch, "EnableResourceNameDnsARecordOnLaunch.Value")?
            .map(Attribute::ResourceNameDnsARecord),
        truth(enable_resource_name_dns_aaaa_record_on_launch, "EnableResourceNameDnsAAAARecordOnLaunch.Value")?
            .map(Attribute::ResourceNameDnsAaaaRecord),
    ];
    let mut given = attributes.into_iter().flatten();
    let attribute = given.next().ok_or_else(|| ApiError::missing_parameter("attribute"))?;
    // "You can only modify one attribute at a time."
    if given.next().is_some() {
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, "Only one attribute can be modified at a time."));
    }
    subnet::modify(draft, id, attribute).map_err(errors::answer)?;
    Ok(ReturnTrue)
}

fn free_addresses(realm: &Realm, subnet: &Subnet) -> u32 {
    realm.index.pool(subnet.id).map_or(0, model::pool::Pool::free)
}

fn answer(realm: &Realm, scope: Scope, subnet: &Subnet, now: Timestamp) -> Answer {
    Answer {
        availability_zone_id: Some(subnet.zone.id()),
        enable_lni_at_device_index: None,
        map_customer_owned_ip_on_launch: Some(false),
        customer_owned_ipv4_pool: None,
        owner_id: Some(scope.account.to_string()),
        assign_ipv6_address_on_creation: Some(subnet.assign_ipv6_address_on_creation),
        ipv6_cidr_block_association_set: ipv6_associations(subnet, now),
        tags: tag_spec::answer(realm, subnet.id),
        subnet_arn: Some(arn(scope, subnet.id)),
        outpost_arn: None,
        enable_dns64: Some(subnet.enable_dns64),
        ipv6_native: Some(subnet.cidr.is_none()),
        private_dns_name_options_on_launch: Some(PrivateDnsNameOptionsOnLaunch {
            hostname_type: Some(subnet.private_dns_hostname_type.clone()),
            enable_resource_name_dns_a_record: Some(subnet.resource_name_dns_a_record),
            enable_resource_name_dns_aaaa_record: Some(subnet.resource_name_dns_aaaa_record),
        }),
        block_public_access_states: Some(BlockPublicAccessStates { internet_gateway_block_mode: Some("off".into()) }),
        r#type: None,
        subnet_id: Some(subnet.id.to_string()),
        state: Some("available".into()),
        vpc_id: Some(subnet.vpc.to_string()),
        cidr_block: subnet.cidr.map(|block| block.to_string()),
        available_ip_address_count: Some(i32::try_from(free_addresses(realm, subnet)).unwrap_or(i32::MAX)),
        availability_zone: Some(subnet.zone.to_string()),
        default_for_az: Some(subnet.default_for_az),
        map_public_ip_on_launch: Some(subnet.map_public_ip_on_launch),
    }
}

/// As EC2 answers the request that made a subnet: it is available at once, its IPv6 block a little later.
fn just_made(realm: &Realm, ctx: &Ctx<'_>, id: SubnetId) -> Result<Answer, ApiError> {
    let subnet = row::<Subnet, _>(realm, id)?;
    Ok(Answer {
        ipv6_cidr_block_association_set: subnet.ipv6_blocks.iter().map(|block| ipv6_association(block, ASSOCIATING)).collect(),
        block_public_access_states: None,
        ..answer(realm, ctx.scope, &subnet, ctx.now)
    })
}
