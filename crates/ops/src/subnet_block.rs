//! The IPv6 blocks of subnets, and the reservations of parts of subnets.

use ec2_api::ApiError;
use ec2_api::shapes::{
    AssociateSubnetCidrBlockRequest, AssociateSubnetCidrBlockResult, CreateSubnetCidrReservationRequest, CreateSubnetCidrReservationResult,
    DeleteSubnetCidrReservationRequest, DeleteSubnetCidrReservationResult, DisassociateSubnetCidrBlockRequest,
    DisassociateSubnetCidrBlockResult, GetSubnetCidrReservationsRequest, GetSubnetCidrReservationsResult, SubnetCidrBlockState,
    SubnetCidrReservation as Answer, SubnetIpv6CidrBlockAssociation,
};
use ipnet::IpNet;
use model::ended::listed;
use model::ids::{SubnetCidrAssociationId, SubnetCidrReservationId, SubnetId};
use model::subnet::{self, Subnet, SubnetIpv6Block};
use model::subnet_reservation::{self, Purpose, SubnetCidrReservation};
use model::{Ctx, Draft, Key, Realm, Scope, Timestamp};

use super::describe::{Ids, Query, describe};
use super::lookup::{self, refuse, required, required_id, row};
use super::tag_spec::{self, NewTags};
use super::vpc::either_missing;
use super::vpc_block::{ASSOCIATED, ASSOCIATING, DISASSOCIATED, DISASSOCIATING};
use super::{View, operations};
use crate::errors;

operations! {
    write AssociateSubnetCidrBlock => associate,
    write DisassociateSubnetCidrBlock => disassociate,
    write CreateSubnetCidrReservation => reserve,
    read GetSubnetCidrReservations => get_reservations,
    write DeleteSubnetCidrReservation => delete_reservation,
}

fn associate(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: AssociateSubnetCidrBlockRequest,
) -> Result<AssociateSubnetCidrBlockResult, ApiError> {
    let AssociateSubnetCidrBlockRequest { ipv6_ipam_pool_id, ipv6_netmask_length, subnet_id, ipv6_cidr_block } = input;
    refuse(ipv6_ipam_pool_id.is_some(), "Ipv6IpamPoolId")?;
    refuse(ipv6_netmask_length.is_some(), "Ipv6NetmaskLength")?;
    let id: SubnetId = required_id(subnet_id.as_deref(), "SubnetId")?;
    row::<Subnet, _>(draft.realm(), id)?;
    let text = ipv6_cidr_block.ok_or_else(|| either_missing("ipv6CidrBlock", "ipv6IpamPoolId"))?;
    let block = lookup::ipv6_block(&text, "ipv6CidrBlock")?;
    let added = subnet::add_ipv6(draft, ctx, id, block).map_err(errors::answer)?;
    Ok(AssociateSubnetCidrBlockResult {
        ipv6_cidr_block_association: Some(ipv6_association(&added, ASSOCIATING)),
        subnet_id: Some(id.to_string()),
    })
}

fn disassociate(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: DisassociateSubnetCidrBlockRequest,
) -> Result<DisassociateSubnetCidrBlockResult, ApiError> {
    let DisassociateSubnetCidrBlockRequest { association_id } = input;
    let id: SubnetCidrAssociationId = required_id(association_id.as_deref(), "AssociationId")?;
    let (subnet, removed) = subnet::remove_ipv6(draft, ctx, id).map_err(errors::answer)?;
    Ok(DisassociateSubnetCidrBlockResult {
        ipv6_cidr_block_association: Some(ipv6_association(&removed, DISASSOCIATING)),
        subnet_id: Some(subnet.to_string()),
    })
}

fn reserve(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: CreateSubnetCidrReservationRequest,
) -> Result<CreateSubnetCidrReservationResult, ApiError> {
    let CreateSubnetCidrReservationRequest { subnet_id, cidr, reservation_type, description, dry_run: _, tag_specifications } = input;
    let tags = NewTags::new(tag_specifications, &["subnet-cidr-reservation"])?;
    let id: SubnetId = required_id(subnet_id.as_deref(), "SubnetId")?;
    row::<Subnet, _>(draft.realm(), id)?;
    let text = required(cidr, "Cidr")?;
    let cidr: IpNet = text.parse().map_err(|_| ApiError::invalid_value(&text, "cidr", "This is not a valid CIDR block."))?;
    let purpose = match required(reservation_type, "ReservationType")?.as_str() {
        "prefix" => Purpose::Prefix,
        "explicit" => Purpose::Explicit,
        other => return Err(ApiError::invalid_value(other, "reservationType", "Valid values are prefix and explicit.")),
    };
    let made = subnet_reservation::create(draft, ctx, id, cidr, purpose, description).map_err(errors::answer)?;
    tags.put(draft, made.id)?;
    Ok(CreateSubnetCidrReservationResult { subnet_cidr_reservation: Some(answer(draft.realm(), ctx.scope, &made)) })
}

fn get_reservations(view: &View<'_>, input: GetSubnetCidrReservationsRequest) -> Result<GetSubnetCidrReservationsResult, ApiError> {
    let GetSubnetCidrReservationsRequest { filters, subnet_id, dry_run: _, next_token, max_results } = input;
    let subnet: SubnetId = required_id(subnet_id.as_deref(), "SubnetId")?;
    row::<Subnet, _>(view.realm, subnet)?;
    let (reservations, next_token) = describe(
        view.realm,
        Query {
            ids: Ids::default(),
            filters,
            known_filters: &["reservationType", "subnet-id"],
            max_results,
            next_token: next_token.as_deref(),
        },
        |_| Some(view.realm.index.referrers_of_kind::<SubnetCidrReservationId>(subnet).collect()),
        |reservation: &SubnetCidrReservation, name| match name {
            "reservationType" => vec![reservation_type(reservation.purpose).to_owned()],
            "subnet-id" => vec![reservation.subnet.to_string()],
            _ => Vec::new(),
        },
        |reservation| (reservation.cidr.addr().is_ipv4(), answer(view.realm, view.scope, reservation)),
    )?;
    let (ipv4, ipv6): (Vec<_>, Vec<_>) = reservations.into_iter().partition(|(is_ipv4, _)| *is_ipv4);
    let answers = |reservations: Vec<(bool, Answer)>| reservations.into_iter().map(|(_, answer)| answer).collect();
    Ok(GetSubnetCidrReservationsResult {
        subnet_ipv4_cidr_reservations: answers(ipv4),
        subnet_ipv6_cidr_reservations: answers(ipv6),
        next_token,
    })
}

fn delete_reservation(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: DeleteSubnetCidrReservationRequest,
) -> Result<DeleteSubnetCidrReservationResult, ApiError> {
    let DeleteSubnetCidrReservationRequest { subnet_cidr_reservation_id, dry_run: _ } = input;
    let id: SubnetCidrReservationId = required_id(subnet_cidr_reservation_id.as_deref(), "SubnetCidrReservationId")?;
    let reservation = row::<SubnetCidrReservation, _>(draft.realm(), id)?;
    let deleted = answer(draft.realm(), ctx.scope, &reservation);
    draft.delete(Key::SubnetCidrReservation(id));
    Ok(DeleteSubnetCidrReservationResult { deleted_subnet_cidr_reservation: Some(deleted) })
}

fn reservation_type(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Prefix => "prefix",
        Purpose::Explicit => "explicit",
    }
}

fn answer(realm: &Realm, scope: Scope, reservation: &SubnetCidrReservation) -> Answer {
    Answer {
        subnet_cidr_reservation_id: Some(reservation.id.to_string()),
        subnet_id: Some(reservation.subnet.to_string()),
        cidr: Some(reservation.cidr.to_string()),
        reservation_type: Some(reservation_type(reservation.purpose).into()),
        owner_id: Some(scope.account.to_string()),
        description: reservation.description.clone(),
        tags: tag_spec::answer(realm, reservation.id),
    }
}

/// The IPv6 blocks that describes show: those that the subnet had until lately, and the one that it has.
pub(super) fn ipv6_associations(subnet: &Subnet, now: Timestamp) -> Vec<SubnetIpv6CidrBlockAssociation> {
    let ended = listed(&subnet.ended_ipv6_blocks, now).map(|block| ipv6_association(block, DISASSOCIATED));
    ended.chain(subnet.ipv6_blocks.iter().map(|block| ipv6_association(block, ASSOCIATED))).collect()
}

pub(super) fn ipv6_association(block: &SubnetIpv6Block, state: &str) -> SubnetIpv6CidrBlockAssociation {
    SubnetIpv6CidrBlockAssociation {
        association_id: Some(block.association.to_string()),
        ipv6_cidr_block: Some(block.cidr.to_string()),
        ipv6_cidr_block_state: Some(SubnetCidrBlockState { state: Some(state.into()), status_message: None }),
        ipv6_address_attribute: Some("public".into()),
        ip_source: Some("amazon".into()),
    }
}
