//! Transfers of Elastic IPs between accounts.

use ec2_api::shapes::{
    AcceptAddressTransferRequest, AcceptAddressTransferResult, AddressTransfer as Answer, DescribeAddressTransfersRequest,
    DescribeAddressTransfersResult, DisableAddressTransferRequest, DisableAddressTransferResult, EnableAddressTransferRequest,
    EnableAddressTransferResult,
};
use ec2_api::{ApiError, ErrorCode, Timestamp};
use model::address_transfer::{AddressTransfer, accept, disable, enable};
use model::elastic_ip::ElasticIp;
use model::ids::AllocationId;
use model::{AccountId, Ctx, Draft};

use super::describe::Ids;
use super::elastic_ip::public_ip;
use super::lookup::{ids, required, required_id, row};
use super::page::{Page, Sizes};
use super::tag_spec::NewTags;
use super::{View, operations};
use crate::errors;

operations! {
    write EnableAddressTransfer => enable_transfer,
    write DisableAddressTransfer => disable_transfer,
    write AcceptAddressTransfer => accept_transfer,
    read DescribeAddressTransfers => describe_all,
}

/// EC2's model says 1000, EC2 says 10 [seen].
const MAX_RESULTS: Sizes = Sizes::within(5, 10);

fn enable_transfer(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: EnableAddressTransferRequest,
) -> Result<EnableAddressTransferResult, ApiError> {
    let EnableAddressTransferRequest { allocation_id, transfer_account_id, dry_run: _ } = input;
    let allocation: AllocationId = required_id(allocation_id.as_deref(), "AllocationId")?;
    let account = required(transfer_account_id, "TransferAccountId")?;
    let account: AccountId =
        account.parse().map_err(|_| ApiError::new(ErrorCode::InvalidUserIDMalformed, format!("Invalid user id: \"{account}\"")))?;
    let offer = enable(draft, ctx, allocation, account).map_err(errors::answer)?;
    Ok(EnableAddressTransferResult { address_transfer: Some(answer(&offer, "pending")) })
}

fn disable_transfer(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: DisableAddressTransferRequest,
) -> Result<DisableAddressTransferResult, ApiError> {
    let DisableAddressTransferRequest { allocation_id, dry_run: _ } = input;
    let allocation: AllocationId = required_id(allocation_id.as_deref(), "AllocationId")?;
    let offer = disable(draft, ctx, allocation).map_err(errors::answer)?;
    // The output that the AWS CLI's documentation shows tells no more of what was offered.
    let disabled = Answer { transfer_account_id: None, transfer_offer_expiration_timestamp: None, ..answer(&offer, "disabled") };
    Ok(DisableAddressTransferResult { address_transfer: Some(disabled) })
}

fn accept_transfer(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: AcceptAddressTransferRequest,
) -> Result<AcceptAddressTransferResult, ApiError> {
    let AcceptAddressTransferRequest { address, tag_specifications, dry_run: _ } = input;
    let address = public_ip(&required(address, "Address")?)?;
    let tags = NewTags::new(tag_specifications, &["elastic-ip"])?;
    let accepted = accept(draft, ctx, address).map_err(errors::answer)?;
    tags.put(draft, accepted.allocation)?;
    Ok(AcceptAddressTransferResult { address_transfer: Some(answer(&accepted, "accepted")) })
}

fn describe_all(view: &View<'_>, input: DescribeAddressTransfersRequest) -> Result<DescribeAddressTransfersResult, ApiError> {
    let DescribeAddressTransfersRequest { allocation_ids, next_token, max_results, dry_run: _ } = input;
    Ids("AllocationIds", &allocation_ids).or_pages(max_results)?;
    let page = Page::<AllocationId>::new(max_results, next_token.as_deref(), MAX_RESULTS)?;
    let wanted: Vec<AllocationId> = ids(&allocation_ids)?;
    // An address that was given away is the caller's no more, but its transfer is.
    for &id in wanted.iter().filter(|id| !view.realm.address_transfers.contains(id)) {
        row::<ElasticIp, _>(view.realm, id)?;
    }
    let listed = view.realm.address_transfers.iter().filter(|transfer| transfer.is_listed(view.now));
    let asked = listed.filter(|transfer| wanted.is_empty() || wanted.contains(&transfer.allocation));
    let status = |transfer: &AddressTransfer| if transfer.accepted.is_some() { "accepted" } else { "pending" };
    let (address_transfers, next_token) = page.cut(asked.map(|transfer| (transfer.allocation, answer(transfer, status(transfer)))));
    Ok(DescribeAddressTransfersResult { address_transfers, next_token })
}

fn answer(transfer: &AddressTransfer, status: &str) -> Answer {
    Answer {
        public_ip: Some(transfer.public.to_string()),
        allocation_id: Some(transfer.allocation.to_string()),
        transfer_account_id: Some(transfer.to.to_string()),
        transfer_offer_expiration_timestamp: Some(Timestamp(transfer.expires.0)),
        transfer_offer_accepted_timestamp: transfer.accepted.map(|at| Timestamp(at.0)),
        address_transfer_status: Some(status.into()),
    }
}
