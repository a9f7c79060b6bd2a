//! Pools of public IPv4 addresses that accounts brought along: the configuration names them.

use ec2_api::ApiError;
use ec2_api::shapes::{DescribePublicIpv4PoolsRequest, DescribePublicIpv4PoolsResult, PublicIpv4Pool, PublicIpv4PoolRange};
use ipnet::Ipv4Net;
use model::ResourceId;
use model::ids::PublicIpv4PoolId;

use super::describe::Ids;
use super::filter::Filters;
use super::lookup::ids;
use super::page::{Page, Sizes};
use super::{View, operations, tag_spec};
use crate::id_errors;

operations! {
    read DescribePublicIpv4Pools => describe_all,
}

/// Source: botocore's model, `PoolMaxResults`.
const MAX_RESULTS: Sizes = Sizes::within(1, 10);

fn describe_all(view: &View<'_>, input: DescribePublicIpv4PoolsRequest) -> Result<DescribePublicIpv4PoolsResult, ApiError> {
    let DescribePublicIpv4PoolsRequest { pool_ids, next_token, max_results, filters } = input;
    Ids("PoolIds", &pool_ids).or_pages(max_results)?;
    let filters = Filters::new(filters, &[])?;
    let page = Page::<PublicIpv4PoolId>::new(max_results, next_token.as_deref(), MAX_RESULTS)?;
    let wanted: Vec<PublicIpv4PoolId> = ids(&pool_ids)?;
    let mut pools: Vec<(PublicIpv4PoolId, Ipv4Net)> = view.world.pools.brought().collect();
    pools.sort();
    if let Some(unknown) = wanted.iter().find(|id| !pools.iter().any(|(known, _)| known == *id)) {
        return Err(id_errors::not_found(ResourceId::PublicIpv4Pool(*unknown)));
    }
    pools.retain(|(id, _)| (wanted.is_empty() || wanted.contains(id)) && filters.accept(view.realm, *id, |_| Vec::new()));
    let (public_ipv4_pools, next_token) = page.cut(pools.into_iter().map(|(id, range)| (id, answer(view, id, range))));
    Ok(DescribePublicIpv4PoolsResult { public_ipv4_pools, next_token })
}

fn answer(view: &View<'_>, id: PublicIpv4PoolId, range: Ipv4Net) -> PublicIpv4Pool {
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let size = 1usize << (32 - range.prefix_len());
    let free = size.saturating_sub(view.state.public_addresses_within(range));
    PublicIpv4Pool {
        pool_id: Some(id.to_string()),
        description: Some(String::new()),
        pool_address_ranges: vec![PublicIpv4PoolRange {
            first_address: Some(range.network().to_string()),
            last_address: Some(range.broadcast().to_string()),
            address_count: Some(count(size)),
            available_address_count: Some(count(free)),
        }],
        total_address_count: Some(count(size)),
        total_available_address_count: Some(count(free)),
        network_border_group: Some(view.scope.region.name().into()),
        tags: tag_spec::answer(view.realm, id),
    }
}
