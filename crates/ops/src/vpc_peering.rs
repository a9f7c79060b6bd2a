//! VPC peering connections.

use ec2_api::shapes::{
    AcceptVpcPeeringConnectionRequest, AcceptVpcPeeringConnectionResult, CidrBlock, CreateVpcPeeringConnectionRequest,
    CreateVpcPeeringConnectionResult, DeleteVpcPeeringConnectionRequest, DeleteVpcPeeringConnectionResult,
    DescribeVpcPeeringConnectionsRequest, DescribeVpcPeeringConnectionsResult, Ipv6CidrBlock, ModifyVpcPeeringConnectionOptionsRequest,
    ModifyVpcPeeringConnectionOptionsResult, PeeringConnectionOptions, PeeringConnectionOptionsRequest, RejectVpcPeeringConnectionRequest,
    RejectVpcPeeringConnectionResult, VpcPeeringConnection as Answer, VpcPeeringConnectionOptionsDescription,
    VpcPeeringConnectionStateReason, VpcPeeringConnectionVpcInfo,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::{VpcId, VpcPeeringConnectionId};
use model::vpc::Vpc;
use model::vpc_peering::{self, PeeringSide, PeeringState, VpcPeeringConnection};
use model::{AccountId, Ctx, Draft, Region, Scope, State, Timestamp};

use super::describe::{Ids, Query, describe};
use super::lookup::{ids, refuse, required_id, required_id_in};
use super::tag_spec::{self, NewTags};
use super::{View, operations};
use crate::errors;
use crate::id_errors::in_connections;

operations! {
    write CreateVpcPeeringConnection => create,
    write AcceptVpcPeeringConnection => accept,
    write RejectVpcPeeringConnection => reject,
    write DeleteVpcPeeringConnection => delete,
    read DescribeVpcPeeringConnections => describe_all,
    write ModifyVpcPeeringConnectionOptions => modify_options,
}

fn create(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: CreateVpcPeeringConnectionRequest,
) -> Result<CreateVpcPeeringConnectionResult, ApiError> {
    let CreateVpcPeeringConnectionRequest {
        peer_region,
        tag_specifications,
        requester_peering_connection_options,
        dry_run: _,
        vpc_id,
        peer_vpc_id,
        peer_owner_id,
    } = input;
    refuse(requester_peering_connection_options.is_some(), "RequesterPeeringConnectionOptions")?;
    let tags = NewTags::new(tag_specifications, &["vpc-peering-connection"])?;
    let vpc: VpcId = required_id_in(in_connections, vpc_id.as_deref(), "VpcId")?;
    let peer: VpcId = required_id_in(in_connections, peer_vpc_id.as_deref(), "PeerVpcId")?;
    let account = match peer_owner_id {
        Some(text) => text
            .parse::<AccountId>()
            .map_err(|_| ApiError::new(ErrorCode::InvalidUserIDMalformed, format!("Invalid user id: \"{text}\"")))?,
        None => ctx.scope.account,
    };
    let region = match peer_region {
        Some(text) => text.parse::<Region>().map_err(|_| ApiError::new(ErrorCode::InvalidRegion, format!("Invalid region: {text}")))?,
        None => ctx.scope.region,
    };
    let id = vpc_peering::request(draft, ctx, vpc, Scope { account, region }, peer).map_err(errors::answer)?;
    tags.put(draft, id)?;
    let mut shown = answer(draft.state(), ctx.now, &row(draft, ctx, id)?);
    shown.status = Some(status("initiating-request", format!("Initiating Request to {account}")));
    Ok(CreateVpcPeeringConnectionResult { vpc_peering_connection: Some(shown) })
}

fn accept(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: AcceptVpcPeeringConnectionRequest,
) -> Result<AcceptVpcPeeringConnectionResult, ApiError> {
    let AcceptVpcPeeringConnectionRequest { dry_run: _, vpc_peering_connection_id } = input;
    let id = required_id(vpc_peering_connection_id.as_deref(), "VpcPeeringConnectionId")?;
    vpc_peering::accept(draft, ctx, id).map_err(errors::answer)?;
    let mut shown = answer(draft.state(), ctx.now, &row(draft, ctx, id)?);
    shown.status = Some(status("provisioning", "Provisioning".into()));
    Ok(AcceptVpcPeeringConnectionResult { vpc_peering_connection: Some(shown) })
}

fn reject(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: RejectVpcPeeringConnectionRequest,
) -> Result<RejectVpcPeeringConnectionResult, ApiError> {
    let RejectVpcPeeringConnectionRequest { dry_run: _, vpc_peering_connection_id } = input;
    let id = required_id(vpc_peering_connection_id.as_deref(), "VpcPeeringConnectionId")?;
    vpc_peering::reject(draft, ctx, id).map_err(errors::answer)?;
    Ok(RejectVpcPeeringConnectionResult { r#return: Some(true) })
}

fn delete(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: DeleteVpcPeeringConnectionRequest,
) -> Result<DeleteVpcPeeringConnectionResult, ApiError> {
    let DeleteVpcPeeringConnectionRequest { dry_run: _, vpc_peering_connection_id } = input;
    let id = required_id(vpc_peering_connection_id.as_deref(), "VpcPeeringConnectionId")?;
    vpc_peering::delete(draft, ctx, id).map_err(errors::answer)?;
    Ok(DeleteVpcPeeringConnectionResult { r#return: Some(true) })
}

fn describe_all(view: &View<'_>, input: DescribeVpcPeeringConnectionsRequest) -> Result<DescribeVpcPeeringConnectionsResult, ApiError> {
    let DescribeVpcPeeringConnectionsRequest { next_token, max_results, dry_run: _, vpc_peering_connection_ids, filters } = input;
    for id in ids::<VpcPeeringConnectionId>(&vpc_peering_connection_ids)? {
        vpc_peering::find(view.realm, view.now, id).map_err(errors::answer)?;
    }
    let listed = view.realm.vpc_peering_connections.iter().filter(|connection| connection.is_listed(view.now));
    let listed: std::collections::BTreeSet<VpcPeeringConnectionId> = listed.map(|connection| connection.id).collect();
    let (vpc_peering_connections, next_token) = describe(
        view.realm,
        Query {
            ids: Ids("VpcPeeringConnectionIds", &vpc_peering_connection_ids),
            filters,
            known_filters: &[
                "accepter-vpc-info.cidr-block",
                "accepter-vpc-info.owner-id",
                "accepter-vpc-info.vpc-id",
                "expiration-time",
                "requester-vpc-info.cidr-block",
                "requester-vpc-info.owner-id",
                "requester-vpc-info.vpc-id",
                "status-code",
                "status-message",
                "vpc-peering-connection-id",
            ],
            max_results,
            next_token: next_token.as_deref(),
        },
        |_| Some(listed.clone()),
        |connection: &VpcPeeringConnection, name| filter_values(view, connection, name),
        |connection| answer(view.state, view.now, connection),
    )?;
    Ok(DescribeVpcPeeringConnectionsResult { vpc_peering_connections, next_token })
}

fn modify_options(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: ModifyVpcPeeringConnectionOptionsRequest,
) -> Result<ModifyVpcPeeringConnectionOptionsResult, ApiError> {
    let ModifyVpcPeeringConnectionOptionsRequest {
        accepter_peering_connection_options,
        dry_run: _,
        requester_peering_connection_options,
        vpc_peering_connection_id,
    } = input;
    let id = required_id(vpc_peering_connection_id.as_deref(), "VpcPeeringConnectionId")?;
    let accepter = accepter_peering_connection_options.map(options).transpose()?;
    let requester = requester_peering_connection_options.map(options).transpose()?;
    vpc_peering::find(draft.realm(), ctx.now, id).map_err(errors::answer)?;
    if accepter.is_none() && requester.is_none() {
        return Err(ApiError::missing_parameter("AccepterPeeringConnectionOptions or RequesterPeeringConnectionOptions"));
    }
    let dns_resolution = |given: &Option<PeeringConnectionOptions>| given.as_ref()?.allow_dns_resolution_from_remote_vpc;
    vpc_peering::set_options(draft, ctx, id, dns_resolution(&requester), dns_resolution(&accepter)).map_err(errors::answer)?;
    Ok(ModifyVpcPeeringConnectionOptionsResult {
        accepter_peering_connection_options: accepter,
        requester_peering_connection_options: requester,
    })
}

/// The options of a request, which the answer repeats. There is still one; EC2-Classic is gone, so that its options can
/// only be false.
fn options(options: PeeringConnectionOptionsRequest) -> Result<PeeringConnectionOptions, ApiError> {
    let PeeringConnectionOptionsRequest {
        allow_dns_resolution_from_remote_vpc,
        allow_egress_from_local_classic_link_to_remote_vpc,
        allow_egress_from_local_vpc_to_remote_classic_link,
        allow_multipath_resilience,
        multipath_resilience_mode,
    } = options;
    refuse(allow_egress_from_local_classic_link_to_remote_vpc == Some(true), "AllowEgressFromLocalClassicLinkToRemoteVpc")?;
    refuse(allow_egress_from_local_vpc_to_remote_classic_link == Some(true), "AllowEgressFromLocalVpcToRemoteClassicLink")?;
    refuse(allow_multipath_resilience == Some(true), "AllowMultipathResilience")?;
    refuse(multipath_resilience_mode.is_some(), "MultipathResilienceMode")?;
    Ok(PeeringConnectionOptions {
        allow_dns_resolution_from_remote_vpc,
        allow_egress_from_local_classic_link_to_remote_vpc,
        allow_egress_from_local_vpc_to_remote_classic_link,
        allow_multipath_resilience: None,
        multipath_resilience_mode: None,
    })
}

fn row(draft: &Draft, ctx: &Ctx<'_>, id: VpcPeeringConnectionId) -> Result<VpcPeeringConnection, ApiError> {
    vpc_peering::find(draft.realm(), ctx.now, id).map_err(errors::answer)
}

fn status(code: &str, message: String) -> VpcPeeringConnectionStateReason {
    VpcPeeringConnectionStateReason { code: Some(code.into()), message: Some(message) }
}

fn status_of(now: Timestamp, connection: &VpcPeeringConnection) -> VpcPeeringConnectionStateReason {
    let state = connection.state_at(now);
    let message = match state {
        PeeringState::PendingAcceptance => format!("Pending Acceptance by {}", connection.accepter.scope.account),
        PeeringState::Active => "Active".into(),
        PeeringState::Rejected => format!("Rejected by {}", connection.accepter.scope.account),
        PeeringState::Failed => "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range".into(),
        PeeringState::Deleted(by) => format!("Deleted by {by}"),
        PeeringState::Expired => "Expired".into(),
    };
    status(errors::peering_state(state), message)
}

fn answer(state: &State, now: Timestamp, connection: &VpcPeeringConnection) -> Answer {
    let tags = state.realm(connection.here).map(|realm| tag_spec::answer(realm, connection.id)).unwrap_or_default();
    let pending = connection.state_at(now) == PeeringState::PendingAcceptance;
    Answer {
        accepter_vpc_info: Some(accepter_answer(state, connection)),
        expiration_time: pending.then(|| ec2_api::Timestamp(connection.expires().0)),
        requester_vpc_info: Some(requester_answer(state, connection)),
        status: Some(status_of(now, connection)),
        tags,
        vpc_peering_connection_id: Some(connection.id.to_string()),
        multipath_resilience_status: None,
    }
}

fn vpc_of<'a>(state: &'a State, side: &PeeringSide) -> Option<&'a Vpc> {
    state.realm(side.scope).and_then(|realm| realm.vpcs.get(&side.vpc)).map(|vpc| &**vpc)
}

/// The accepter's side: only while it agrees is anything told of its VPC.
fn accepter_answer(state: &State, connection: &VpcPeeringConnection) -> VpcPeeringConnectionVpcInfo {
    side_answer(state, &connection.accepter, connection.is_active())
}

/// The requester's side: of a deleted connection nothing is told of its VPC any more. Whether EC2 keeps it to itself when a
/// request was rejected, failed or expired is not recorded.
fn requester_answer(state: &State, connection: &VpcPeeringConnection) -> VpcPeeringConnectionVpcInfo {
    side_answer(state, &connection.requester, !matches!(connection.state, PeeringState::Deleted(_)))
}

fn side_answer(state: &State, side: &PeeringSide, open: bool) -> VpcPeeringConnectionVpcInfo {
    let vpc = vpc_of(state, side).filter(|_| open);
    let options = VpcPeeringConnectionOptionsDescription {
        allow_dns_resolution_from_remote_vpc: Some(side.allow_dns_resolution),
        allow_egress_from_local_classic_link_to_remote_vpc: Some(false),
        allow_egress_from_local_vpc_to_remote_classic_link: Some(false),
        allow_multipath_resilience: None,
        multipath_resilience_mode: None,
    };
    let ipv4 = vpc.into_iter().flat_map(|vpc| &vpc.ipv4_blocks);
    let ipv6 = vpc.into_iter().flat_map(|vpc| &vpc.ipv6_blocks);
    VpcPeeringConnectionVpcInfo {
        cidr_block: vpc.and_then(Vpc::primary_block).map(|block| block.to_string()),
        ipv6_cidr_block_set: ipv6.map(|block| Ipv6CidrBlock { ipv6_cidr_block: Some(block.cidr.to_string()) }).collect(),
        cidr_block_set: ipv4.map(|block| CidrBlock { cidr_block: Some(block.cidr.to_string()) }).collect(),
        owner_id: Some(side.scope.account.to_string()),
        peering_options: open.then_some(options),
        vpc_id: Some(side.vpc.to_string()),
        region: Some(side.scope.region.to_string()),
    }
}

fn filter_values(view: &View<'_>, connection: &VpcPeeringConnection, name: &str) -> Vec<String> {
    let side = match name.split_once('.') {
        Some(("accepter-vpc-info", member)) => Some((accepter_answer(view.state, connection), member)),
        Some(("requester-vpc-info", member)) => Some((requester_answer(view.state, connection), member)),
        _ => None,
    };
    if let Some((side, member)) = side {
        let value = match member {
            "cidr-block" => side.cidr_block,
            "owner-id" => side.owner_id,
            "vpc-id" => side.vpc_id,
            _ => None,
        };
        return value.into_iter().collect();
    }
    let status = status_of(view.now, connection);
    let pending = connection.state_at(view.now) == PeeringState::PendingAcceptance;
    match name {
        "expiration-time" => pending.then(|| ec2_api::Timestamp(connection.expires().0).whole_seconds().to_string()).into_iter().collect(),
        "status-code" => status.code.into_iter().collect(),
        "status-message" => status.message.into_iter().collect(),
        "vpc-peering-connection-id" => vec![connection.id.to_string()],
        _ => Vec::new(),
    }
}
