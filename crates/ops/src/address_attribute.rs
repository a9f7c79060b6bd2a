//! The attribute that an Elastic IP has: the domain name that reverse DNS gives it.

use ec2_api::shapes::{
    AddressAttribute, DescribeAddressesAttributeRequest, DescribeAddressesAttributeResult, ModifyAddressAttributeRequest,
    ModifyAddressAttributeResult, PtrUpdateStatus, ResetAddressAttributeRequest, ResetAddressAttributeResult,
};
use ec2_api::{ApiError, ErrorCode};
use model::elastic_ip::ElasticIp;
use model::ids::AllocationId;
use model::{Ctx, Draft};

use super::describe::Ids;
use super::lookup::{ids, required, required_id, row};
use super::page::{Page, Sizes};
use super::{View, operations};
use crate::work;

operations! {
    write ModifyAddressAttribute => modify,
    write ResetAddressAttribute => reset,
    read DescribeAddressesAttribute => describe_all,
}

/// Source: botocore's model, `AddressMaxResults`.
const MAX_RESULTS: Sizes = Sizes::within(1, 1000);
/// A name in DNS, in characters. Source: RFC 1035.
const NAME_CHARACTERS_MAX: usize = 253;
const LABEL_CHARACTERS_MAX: usize = 63;

fn modify(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: ModifyAddressAttributeRequest) -> Result<ModifyAddressAttributeResult, ApiError> {
    let ModifyAddressAttributeRequest { allocation_id, domain_name, dry_run: _ } = input;
    let id: AllocationId = required_id(allocation_id.as_deref(), "AllocationId")?;
    // EC2 also asks DNS whether the name leads to the address; there is no DNS here that could know.
    let name = checked(&required(domain_name, "DomainName")?)?;
    let elastic = row::<ElasticIp, _>(draft.realm(), id)?;
    draft.put(ElasticIp { domain_name: Some(name.clone()), ..ElasticIp::clone(&elastic) });
    // The update is done at once; as EC2 does, the answer still calls it pending, and the describe that clients wait with does not.
    let update = PtrUpdateStatus { value: Some(name), status: Some("PENDING".into()), reason: None };
    Ok(ModifyAddressAttributeResult { address: Some(AddressAttribute { ptr_record_update: Some(update), ..answer(&elastic) }) })
}

fn reset(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: ResetAddressAttributeRequest) -> Result<ResetAddressAttributeResult, ApiError> {
    let ResetAddressAttributeRequest { allocation_id, attribute, dry_run: _ } = input;
    let id: AllocationId = required_id(allocation_id.as_deref(), "AllocationId")?;
    known(&required(attribute, "Attribute")?)?;
    let elastic = row::<ElasticIp, _>(draft.realm(), id)?;
    draft.put(ElasticIp { domain_name: None, ..ElasticIp::clone(&elastic) });
    let update = PtrUpdateStatus { value: None, status: Some("PENDING".into()), reason: None };
    Ok(ResetAddressAttributeResult { address: Some(AddressAttribute { ptr_record_update: Some(update), ..answer(&elastic) }) })
}

fn describe_all(view: &View<'_>, input: DescribeAddressesAttributeRequest) -> Result<DescribeAddressesAttributeResult, ApiError> {
    let DescribeAddressesAttributeRequest { allocation_ids, attribute, next_token, max_results, dry_run: _ } = input;
    Ids("AllocationIds", &allocation_ids).or_pages(max_results)?;
    attribute.as_deref().map(known).transpose()?;
    let page = Page::<AllocationId>::new(max_results, next_token.as_deref(), MAX_RESULTS)?;
    let wanted: Vec<AllocationId> = ids(&allocation_ids)?;
    for &id in &wanted {
        row::<ElasticIp, _>(view.realm, id)?;
    }
    // Only those that have the attribute are told of.
    let named = view.realm.elastic_ips.iter().take_while(work::goes_on).filter(|elastic| elastic.domain_name.is_some());
    let asked = named.filter(|elastic| wanted.is_empty() || wanted.contains(&elastic.id));
    let (addresses, next_token) = page.cut(asked.map(|elastic| (elastic.id, answer(elastic))));
    Ok(DescribeAddressesAttributeResult { addresses, next_token })
}

fn answer(elastic: &ElasticIp) -> AddressAttribute {
    AddressAttribute {
        public_ip: Some(elastic.public.to_string()),
        allocation_id: Some(elastic.id.to_string()),
        ptr_record: elastic.domain_name.clone(),
        ptr_record_update: None,
    }
}

fn known(attribute: &str) -> Result<(), ApiError> {
    if attribute == "domain-name" { Ok(()) } else { Err(ApiError::invalid_value(attribute, "attribute", "Expected domain-name.")) }
}

/// A domain name with its final dot.
fn checked(name: &str) -> Result<String, ApiError> {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let label = |label: &str| !label.is_empty() && label.len() <= LABEL_CHARACTERS_MAX && label.bytes().all(legal);
    if bare.len() > NAME_CHARACTERS_MAX || !bare.contains('.') || !bare.split('.').all(label) {
        return Err(ApiError::new(
            ErrorCode::InvalidParameterValue,
            format!("Value ({name}) for parameter domainName is not a domain name."),
        ));
    }
    Ok(format!("{bare}."))
}
