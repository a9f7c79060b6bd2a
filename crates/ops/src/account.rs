//! The attributes of an account.

use ec2_api::ApiError;
use ec2_api::shapes::{AccountAttribute, AccountAttributeValue, DescribeAccountAttributesRequest, DescribeAccountAttributesResult};
use model::default_vpc;
use model::quotas::GROUPS_PER_INTERFACE;

use super::{View, operations};

operations! {
    read DescribeAccountAttributes => describe,
}

/// Source: the EC2 API reference, DescribeAccountAttributes.
const NAMES: [&str; 6] = [
    "supported-platforms",
    "default-vpc",
    "max-instances",
    "vpc-max-security-groups-per-interface",
    "max-elastic-ips",
    "vpc-max-elastic-ips",
];

fn describe(view: &View<'_>, input: DescribeAccountAttributesRequest) -> Result<DescribeAccountAttributesResult, ApiError> {
    let DescribeAccountAttributesRequest { dry_run: _, attribute_names } = input;
    if let Some(unknown) = attribute_names.iter().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(ApiError::invalid_value(unknown, "attributeName", "Unknown attribute."));
    }
    let wanted = NAMES.into_iter().filter(|name| attribute_names.is_empty() || attribute_names.iter().any(|wanted| wanted == name));
    let answer = |name: &str| AccountAttribute {
        attribute_name: Some(name.to_owned()),
        attribute_values: vec![AccountAttributeValue { attribute_value: Some(value(view, name)) }],
    };
    Ok(DescribeAccountAttributesResult { account_attributes: wanted.map(answer).collect() })
}

fn value(view: &View<'_>, name: &str) -> String {
    match name {
        "supported-platforms" => "VPC".into(),
        "default-vpc" => default_vpc::find(view.realm).map_or_else(|| "none".into(), |vpc| vpc.id.to_string()),
        "vpc-max-security-groups-per-interface" => GROUPS_PER_INTERFACE.to_string(),
        // EC2 still answers this and says that it means nothing any more.
        "max-instances" => "20".into(),
        _ => max_elastic_ips(view).to_string(),
    }
}

/// The quota or, where there is none, what the pool can give.
fn max_elastic_ips(view: &View<'_>) -> u64 {
    view.world.quotas.elastic_ips.map_or_else(|| view.world.pools.ipv4_count(), u64::from)
}
