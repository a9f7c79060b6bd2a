//! The blocks of addresses of VPCs.

use ec2_api::shapes::{
    AssociateVpcCidrBlockRequest, AssociateVpcCidrBlockResult, DisassociateVpcCidrBlockRequest, DisassociateVpcCidrBlockResult,
    VpcCidrBlockAssociation, VpcCidrBlockState, VpcIpv6CidrBlockAssociation,
};
use ec2_api::{ApiError, ErrorCode};
use model::ended::listed;
use model::ids::{VpcCidrAssociationId, VpcId};
use model::vpc::{Vpc, VpcIpv4Block, VpcIpv6Block};
use model::vpc_block::{self, Removed};
use model::{Ctx, Draft, Region, Timestamp};

use super::lookup::{self, refuse, required_id, row};
use super::operations;
use crate::errors;

operations! {
    write AssociateVpcCidrBlock => associate,
    write DisassociateVpcCidrBlock => disassociate,
}

/// The state of a block that describes show.
pub(super) const ASSOCIATED: &str = "associated";
/// The state of a block that describes show for a while after it was removed.
pub(super) const DISASSOCIATED: &str = "disassociated";
/// The state of a block in the answer to the request that added it.
pub(super) const ASSOCIATING: &str = "associating";
/// The state of a block in the answer to the request that removed it.
pub(super) const DISASSOCIATING: &str = "disassociating";

fn associate(draft: &mut Draft, ctx: &mut Ctx<'_>, input: AssociateVpcCidrBlockRequest) -> Result<AssociateVpcCidrBlockResult, ApiError> {
    let AssociateVpcCidrBlockRequest {
        cidr_block,
        ipv6_cidr_block_network_border_group,
        ipv6_pool,
        ipv6_cidr_block,
        ipv4_ipam_pool_id,
        ipv4_netmask_length,
        ipv6_ipam_pool_id,
        ipv6_netmask_length,
        vpc_id,
        amazon_provided_ipv6_cidr_block,
    } = input;
    refuse(ipv6_pool.is_some(), "Ipv6Pool")?;
    refuse(ipv6_cidr_block.is_some(), "Ipv6CidrBlock")?;
    refuse(ipv4_ipam_pool_id.is_some(), "Ipv4IpamPoolId")?;
    refuse(ipv4_netmask_length.is_some(), "Ipv4NetmaskLength")?;
    refuse(ipv6_ipam_pool_id.is_some(), "Ipv6IpamPoolId")?;
    refuse(ipv6_netmask_length.is_some(), "Ipv6NetmaskLength")?;
    let id: VpcId = required_id(vpc_id.as_deref(), "VpcId")?;
    row::<Vpc, _>(draft.realm(), id)?;
    let amazon_ipv6 = amazon_provided_ipv6_cidr_block == Some(true);
    border_group(ipv6_cidr_block_network_border_group.as_deref(), amazon_ipv6, ctx.scope.region)?;
    let mut answer = AssociateVpcCidrBlockResult { vpc_id: Some(id.to_string()), ..Default::default() };
    match (cidr_block, amazon_ipv6) {
        (Some(text), false) => {
            let block = lookup::ipv4_block(&text, "cidrBlock")?;
            let added = vpc_block::add_ipv4(draft, ctx, id, block).map_err(errors::answer)?;
            answer.cidr_block_association = Some(ipv4_association(&added, ASSOCIATING));
        }
        (None, true) => {
            let added = vpc_block::add_amazon_ipv6(draft, ctx, id).map_err(errors::answer)?;
            answer.ipv6_cidr_block_association = Some(ipv6_association(&added, ctx.scope.region, ASSOCIATING));
        }
        (Some(_), true) => {
            let message = "Only one of cidrBlock and amazonProvidedIpv6CidrBlock can be specified.";
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
        }
        (None, false) => return Err(super::vpc::either_missing("cidrBlock", "amazonProvidedIpv6CidrBlock")),
    }
    Ok(answer)
}

fn disassociate(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: DisassociateVpcCidrBlockRequest,
) -> Result<DisassociateVpcCidrBlockResult, ApiError> {
    let DisassociateVpcCidrBlockRequest { association_id } = input;
    let id: VpcCidrAssociationId = required_id(association_id.as_deref(), "AssociationId")?;
    let (vpc, removed) = vpc_block::remove(draft, ctx, id).map_err(errors::answer)?;
    let mut answer = DisassociateVpcCidrBlockResult { vpc_id: Some(vpc.to_string()), ..Default::default() };
    match removed {
        Removed::Ipv4(block) => answer.cidr_block_association = Some(ipv4_association(&block, DISASSOCIATING)),
        Removed::Ipv6(block) => answer.ipv6_cidr_block_association = Some(ipv6_association(&block, ctx.scope.region, DISASSOCIATING)),
    }
    Ok(answer)
}

/// Checks from where an IPv6 block is to be advertised: a region without Local Zones has one such place, itself.
pub(super) fn border_group(given: Option<&str>, amazon_ipv6: bool, region: Region) -> Result<(), ApiError> {
    let Some(group) = given else { return Ok(()) };
    if !amazon_ipv6 {
        let message = "You must set AmazonProvidedIpv6CidrBlock to true to use Ipv6CidrBlockNetworkBorderGroup.";
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
    }
    if group != region.name() {
        let why = "There is no such network border group in this region.";
        return Err(ApiError::invalid_value(group, "ipv6CidrBlockNetworkBorderGroup", why));
    }
    Ok(())
}

/// The IPv4 blocks that describes show: the primary one, those that the VPC had until lately, and the others [seen in this order
/// for IPv6].
pub(super) fn ipv4_associations(vpc: &Vpc, now: Timestamp) -> Vec<VpcCidrBlockAssociation> {
    let mut associated = vpc.ipv4_blocks.iter().map(|block| ipv4_association(block, ASSOCIATED));
    let ended = listed(&vpc.ended_ipv4_blocks, now).map(|block| ipv4_association(block, DISASSOCIATED));
    associated.next().into_iter().chain(ended).chain(associated).collect()
}

/// The IPv6 blocks that describes show: those that the VPC had until lately, and those that it has.
pub(super) fn ipv6_associations(vpc: &Vpc, region: Region, now: Timestamp) -> Vec<VpcIpv6CidrBlockAssociation> {
    let ended = listed(&vpc.ended_ipv6_blocks, now).map(|block| ipv6_association(block, region, DISASSOCIATED));
    ended.chain(vpc.ipv6_blocks.iter().map(|block| ipv6_association(block, region, ASSOCIATED))).collect()
}

pub(super) fn ipv4_association(block: &VpcIpv4Block, state: &str) -> VpcCidrBlockAssociation {
    VpcCidrBlockAssociation {
        association_id: Some(block.association.to_string()),
        cidr_block: Some(block.cidr.to_string()),
        cidr_block_state: Some(VpcCidrBlockState { state: Some(state.into()), status_message: None }),
    }
}

pub(super) fn ipv6_association(block: &VpcIpv6Block, region: Region, state: &str) -> VpcIpv6CidrBlockAssociation {
    VpcIpv6CidrBlockAssociation {
        association_id: Some(block.association.to_string()),
        ipv6_cidr_block: Some(block.cidr.to_string()),
        ipv6_cidr_block_state: Some(VpcCidrBlockState { state: Some(state.into()), status_message: None }),
        network_border_group: Some(region.to_string()),
        ipv6_pool: Some(block.pool.clone()),
        ipv6_address_attribute: Some("public".into()),
        ip_source: Some("amazon".into()),
    }
}
