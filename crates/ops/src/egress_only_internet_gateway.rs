//! Egress-only internet gateways.

use ec2_api::shapes::{
    CreateEgressOnlyInternetGatewayRequest, CreateEgressOnlyInternetGatewayResult, DeleteEgressOnlyInternetGatewayRequest,
    DeleteEgressOnlyInternetGatewayResult, DescribeEgressOnlyInternetGatewaysRequest, DescribeEgressOnlyInternetGatewaysResult,
    EgressOnlyInternetGateway as Answer, InternetGatewayAttachment,
};
use ec2_api::{ApiError, ErrorCode};
use model::egress_only_internet_gateway::EgressOnlyInternetGateway;
use model::ids::{EgressOnlyInternetGatewayId, VpcId};
use model::vpc::Vpc;
use model::{Ctx, Draft, Key, Realm};

use super::describe::{Ids, Query, describe_within};
use super::lookup::{required_id, row};
use super::once::Telling;
use super::page::Sizes;
use super::tag_spec::{self, NewTags};
use super::{View, operations};

operations! {
    make CreateEgressOnlyInternetGateway => create => created,
    read DescribeEgressOnlyInternetGateways => describe_all,
    write DeleteEgressOnlyInternetGateway => delete,
}

/// Source: the API reference of DescribeEgressOnlyInternetGateways.
const MAX_RESULTS: Sizes = Sizes::within(5, 255);

fn create(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: CreateEgressOnlyInternetGatewayRequest,
) -> Result<EgressOnlyInternetGatewayId, ApiError> {
    let CreateEgressOnlyInternetGatewayRequest { client_token: _, dry_run: _, vpc_id, tag_specifications } = input;
    let tags = NewTags::new(tag_specifications, &["egress-only-internet-gateway"])?;
    let vpc: VpcId = required_id(vpc_id.as_deref(), "VpcId")?;
    let realm = draft.realm();
    row::<Vpc, _>(realm, vpc)?;
    // Source: <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-gateways>; the code and the
    // words are those of internet gateways.
    if realm.index.referrers_of_kind::<EgressOnlyInternetGatewayId>(vpc).next().is_some() {
        let message = format!("Network {vpc} already has an egress-only internet gateway attached");
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    let id = EgressOnlyInternetGatewayId::random(ctx.random);
    draft.put(EgressOnlyInternetGateway { id, vpc });
    tags.put(draft, id)?;
    Ok(id)
}

fn created(telling: &Telling<'_>, gateway: EgressOnlyInternetGatewayId) -> Result<CreateEgressOnlyInternetGatewayResult, ApiError> {
    let gateway = row::<EgressOnlyInternetGateway, _>(telling.here.realm, gateway)?;
    let egress_only_internet_gateway = Some(answer(telling.here.realm, &gateway));
    Ok(CreateEgressOnlyInternetGatewayResult { client_token: telling.client_token.clone(), egress_only_internet_gateway })
}

fn describe_all(
    view: &View<'_>,
    input: DescribeEgressOnlyInternetGatewaysRequest,
) -> Result<DescribeEgressOnlyInternetGatewaysResult, ApiError> {
    let DescribeEgressOnlyInternetGatewaysRequest { dry_run: _, egress_only_internet_gateway_ids, max_results, next_token, filters } =
        input;
    // Unlike other describes, this one answers an id that names nothing with an empty list [seen]: clients that wait for
    // a deletion know no error here. A malformed id is left to be refused.
    let is_none_of_ours = |id: &String| id.parse().is_ok_and(|id| view.realm.egress_only_internet_gateways.get(&id).is_none());
    let (unknown, ids): (Vec<_>, Vec<_>) = egress_only_internet_gateway_ids.into_iter().partition(is_none_of_ours);
    if ids.is_empty() && !unknown.is_empty() {
        return Ok(DescribeEgressOnlyInternetGatewaysResult::default());
    }
    let (egress_only_internet_gateways, next_token) = describe_within(
        MAX_RESULTS,
        view.realm,
        Query {
            ids: Ids("EgressOnlyInternetGatewayIds", &ids),
            filters,
            known_filters: &[],
            max_results,
            next_token: next_token.as_deref(),
        },
        |_| None,
        |_: &EgressOnlyInternetGateway, _| Vec::new(),
        |gateway| answer(view.realm, gateway),
    )?;
    Ok(DescribeEgressOnlyInternetGatewaysResult { egress_only_internet_gateways, next_token })
}

fn delete(
    draft: &mut Draft,
    _ctx: &mut Ctx<'_>,
    input: DeleteEgressOnlyInternetGatewayRequest,
) -> Result<DeleteEgressOnlyInternetGatewayResult, ApiError> {
    let DeleteEgressOnlyInternetGatewayRequest { dry_run: _, egress_only_internet_gateway_id } = input;
    let id: EgressOnlyInternetGatewayId = required_id(egress_only_internet_gateway_id.as_deref(), "EgressOnlyInternetGatewayId")?;
    row::<EgressOnlyInternetGateway, _>(draft.realm(), id)?;
    draft.delete(Key::EgressOnlyInternetGateway(id));
    Ok(DeleteEgressOnlyInternetGatewayResult { return_code: Some(true) })
}

fn answer(realm: &Realm, gateway: &EgressOnlyInternetGateway) -> Answer {
    Answer {
        attachments: vec![InternetGatewayAttachment { state: Some("attached".into()), vpc_id: Some(gateway.vpc.to_string()) }],
        egress_only_internet_gateway_id: Some(gateway.id.to_string()),
        tags: tag_spec::answer(realm, gateway.id),
    }
}
