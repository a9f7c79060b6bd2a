//! Internet gateways.

use ec2_api::shapes::{
    AttachInternetGatewayRequest, CreateInternetGatewayRequest, CreateInternetGatewayResult, DeleteInternetGatewayRequest,
    DescribeInternetGatewaysRequest, DescribeInternetGatewaysResult, DetachInternetGatewayRequest, InternetGateway as Answer,
    InternetGatewayAttachment, ReturnTrue,
};
use ec2_api::{ApiError, ErrorCode};
use model::gateway::InternetGateway;
use model::ids::{InternetGatewayId, NetworkInterfaceId, VpcId};
use model::route_table;
use model::vpc::Vpc;
use model::{Ctx, Draft, Error, Key, Realm, Scope};

use super::describe::{self, Ids, Query, describe};
use super::lookup::{required_id, required_id_in, row};
use super::tag_spec::{self, NewTags};
use super::{View, operations};
use crate::errors;
use crate::id_errors::in_connections;

operations! {
    write CreateInternetGateway => create,
    read DescribeInternetGateways => describe_all,
    write DeleteInternetGateway => delete,
    write AttachInternetGateway => attach,
    write DetachInternetGateway => detach,
}

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateInternetGatewayRequest) -> Result<CreateInternetGatewayResult, ApiError> {
    let CreateInternetGatewayRequest { tag_specifications, dry_run: _ } = input;
    let tags = NewTags::new(tag_specifications, &["internet-gateway"])?;
    // EC2 ties the quota of internet gateways to that of VPCs.
    if ctx.world.quotas.vpcs.is_some_and(|most| draft.realm().internet_gateways.len() >= most as usize) {
        return Err(errors::answer(Error::Quota("internet_gateways")));
    }
    let gateway = InternetGateway { id: InternetGatewayId::random(ctx.random), vpc: None };
    draft.put(gateway.clone());
    tags.put(draft, gateway.id)?;
    Ok(CreateInternetGatewayResult { internet_gateway: Some(answer(draft.realm(), ctx.scope, &gateway)) })
}

fn describe_all(view: &View<'_>, input: DescribeInternetGatewaysRequest) -> Result<DescribeInternetGatewaysResult, ApiError> {
    let DescribeInternetGatewaysRequest { next_token, max_results, dry_run: _, internet_gateway_ids, filters } = input;
    let (internet_gateways, next_token) = describe(
        view.realm,
        Query {
            ids: Ids("InternetGatewayIds", &internet_gateway_ids),
            filters,
            known_filters: &["attachment.state", "attachment.vpc-id", "internet-gateway-id", "owner-id"],
            max_results,
            next_token: next_token.as_deref(),
        },
        |filters| describe::belonging_to::<VpcId, InternetGatewayId>(view, filters, "attachment.vpc-id"),
        |gateway: &InternetGateway, name| match name {
            "attachment.state" => gateway.vpc.map(|_| "available".to_owned()).into_iter().collect(),
            "attachment.vpc-id" => gateway.vpc.map(|vpc| vpc.to_string()).into_iter().collect(),
            "internet-gateway-id" => vec![gateway.id.to_string()],
            "owner-id" => vec![view.scope.account.to_string()],
            _ => Vec::new(),
        },
        |gateway| answer(view.realm, view.scope, gateway),
    )?;
    Ok(DescribeInternetGatewaysResult { internet_gateways, next_token })
}

fn delete(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DeleteInternetGatewayRequest) -> Result<ReturnTrue, ApiError> {
    let DeleteInternetGatewayRequest { dry_run: _, internet_gateway_id } = input;
    let id: InternetGatewayId = required_id(internet_gateway_id.as_deref(), "InternetGatewayId")?;
    if row::<InternetGateway, _>(draft.realm(), id)?.vpc.is_some() {
        return Err(errors::answer(Error::DependencyViolation(id.into())));
    }
    draft.delete(Key::InternetGateway(id));
    Ok(ReturnTrue)
}

fn attach(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: AttachInternetGatewayRequest) -> Result<ReturnTrue, ApiError> {
    let AttachInternetGatewayRequest { dry_run: _, internet_gateway_id, vpc_id } = input;
    let id: InternetGatewayId = required_id(internet_gateway_id.as_deref(), "InternetGatewayId")?;
    let vpc: VpcId = required_id_in(in_connections, vpc_id.as_deref(), "VpcId")?;
    let realm = draft.realm();
    let gateway = row::<InternetGateway, _>(realm, id)?;
    row::<Vpc, _>(realm, vpc)?;
    if let Some(attached) = gateway.vpc {
        let message = format!("resource {id} is already attached to network {attached}");
        return Err(ApiError::new(ErrorCode::ResourceAlreadyAssociated, message));
    }
    if realm.index.referrers_of_kind::<InternetGatewayId>(vpc).next().is_some() {
        let message = format!("Network {vpc} already has an internet gateway attached");
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    draft.put(InternetGateway { id, vpc: Some(vpc) });
    Ok(ReturnTrue)
}

fn detach(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DetachInternetGatewayRequest) -> Result<ReturnTrue, ApiError> {
    let DetachInternetGatewayRequest { dry_run: _, internet_gateway_id, vpc_id } = input;
    let id: InternetGatewayId = required_id(internet_gateway_id.as_deref(), "InternetGatewayId")?;
    let vpc: VpcId = required_id_in(in_connections, vpc_id.as_deref(), "VpcId")?;
    let realm = draft.realm();
    let gateway = row::<InternetGateway, _>(realm, id)?;
    row::<Vpc, _>(realm, vpc)?;
    if gateway.vpc != Some(vpc) {
        return Err(ApiError::new(ErrorCode::GatewayNotAttached, format!("resource {id} is not attached to network {vpc}")));
    }
    if has_public_addresses(realm, vpc) {
        let message = format!(
            "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        );
        return Err(ApiError::new(ErrorCode::DependencyViolation, message));
    }
    // A table that was for what comes in through it serves nothing now; EC2's guide does not say what becomes of it.
    route_table::forget_gateway(draft, id);
    draft.put(InternetGateway { id, vpc: None });
    Ok(ReturnTrue)
}

/// Whether anything in a VPC has a public IPv4 address, and so needs its gateway.
fn has_public_addresses(realm: &Realm, vpc: VpcId) -> bool {
    realm.index.referrers_of_kind::<NetworkInterfaceId>(vpc).any(|id| {
        let elastic = realm.index.referrers_of_kind::<model::ids::AllocationId>(id).next().is_some();
        elastic || realm.interfaces.get(&id).is_some_and(|interface| interface.auto_public_ipv4.is_some())
    })
}

fn answer(realm: &Realm, scope: Scope, gateway: &InternetGateway) -> Answer {
    let attachment = |vpc: VpcId| InternetGatewayAttachment { state: Some("available".into()), vpc_id: Some(vpc.to_string()) };
    Answer {
        attachments: gateway.vpc.map(attachment).into_iter().collect(),
        internet_gateway_id: Some(gateway.id.to_string()),
        owner_id: Some(scope.account.to_string()),
        tags: tag_spec::answer(realm, gateway.id),
    }
}
