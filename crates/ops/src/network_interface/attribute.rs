//! Attributes of an interface, one at a time.

use ec2_api::shapes::{
    AttributeBooleanValue, AttributeValue, DescribeNetworkInterfaceAttributeRequest, DescribeNetworkInterfaceAttributeResult,
    ModifyNetworkInterfaceAttributeRequest, NetworkInterfaceAttachmentChanges, ResetNetworkInterfaceAttributeRequest, ReturnTrue,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::{AttachmentId, NetworkInterfaceId};
use model::instance::Instance;
use model::interface::{Attachment, NetworkInterface, set_groups};
use model::{Ctx, Draft, Error, elastic_ip};

use super::super::View;
use super::super::lookup::{ids, refuse, required, required_id, row};
use super::{answer, changeable, new};
use crate::errors;
use crate::id_errors;

pub(super) fn modify(draft: &mut Draft, ctx: &mut Ctx<'_>, input: ModifyNetworkInterfaceAttributeRequest) -> Result<ReturnTrue, ApiError> {
    let ModifyNetworkInterfaceAttributeRequest {
        ena_srd_specification,
        enable_primary_ipv6,
        connection_tracking_specification,
        associate_public_ip_address,
        associated_subnet_ids,
        dry_run: _,
        network_interface_id,
        description,
        source_dest_check,
        groups,
        attachment,
    } = input;
    refuse(ena_srd_specification.is_some(), "EnaSrdSpecification")?;
    refuse(!associated_subnet_ids.is_empty(), "AssociatedSubnetId")?;
    let id: NetworkInterfaceId = required_id(network_interface_id.as_deref(), "NetworkInterfaceId")?;
    let interface = changeable(draft.realm(), id)?;
    let given = [
        ("enablePrimaryIpv6", enable_primary_ipv6.is_some()),
        ("connectionTrackingSpecification", connection_tracking_specification.is_some()),
        ("associatePublicIpAddress", associate_public_ip_address.is_some()),
        ("description", description.is_some()),
        ("sourceDestCheck", source_dest_check.is_some()),
        ("groupSet", !groups.is_empty()),
        ("attachment", attachment.is_some()),
    ];
    let given: Vec<&str> = given.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    if given.len() > 1 {
        let message = format!("Fields for multiple attribute types specified: {}", given.join(", "));
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
    }
    let mut changed = NetworkInterface::clone(&interface);
    if let Some(description) = description {
        changed.description = description.value.unwrap_or_default();
    } else if let Some(check) = source_dest_check {
        changed.source_dest_check = required(check.value, "SourceDestCheck.Value")?;
    } else if let Some(enable) = enable_primary_ipv6 {
        changed.primary_ipv6 = primary_ipv6(&interface, enable)?;
    } else if let Some(tracking) = connection_tracking_specification {
        changed.connection_tracking = new::connection_tracking(tracking)?;
    } else if let Some(changes) = attachment {
        changed.attachment = Some(changed_attachment(&interface, changes)?);
    } else if let Some(wanted) = associate_public_ip_address {
        associate_public_address(draft, ctx, &interface, wanted)?;
        return Ok(ReturnTrue);
    } else if !groups.is_empty() {
        set_groups(draft, id, ids(&groups)?).map_err(errors::answer)?;
        return Ok(ReturnTrue);
    } else {
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, "No attributes specified."));
    }
    draft.put(changed);
    Ok(ReturnTrue)
}

/// Gives a primary interface an automatic public address or takes it away, now and whenever its instance starts. "This
/// option can be enabled for any network interface but will only apply to the primary network interface": any other one
/// keeps the wish for when an instance is launched with it.
fn associate_public_address(draft: &mut Draft, ctx: &mut Ctx<'_>, interface: &NetworkInterface, wanted: bool) -> Result<(), ApiError> {
    let place = interface.attachment.as_ref().filter(|place| (place.network_card_index, place.device_index) == (0, 0));
    draft.put(NetworkInterface { associate_public_ipv4: wanted, ..NetworkInterface::clone(interface) });
    let Some(place) = place else { return Ok(()) };
    let instance = row::<Instance, _>(draft.realm(), place.instance)?;
    draft.put(Instance { auto_public_address: wanted, ..Instance::clone(&instance) });
    let done = match (wanted, instance.state.has_network()) {
        (true, true) => elastic_ip::give_public_address(draft, ctx, interface.id),
        (true, false) => Ok(()),
        (false, _) => elastic_ip::release_public_address(draft, interface.id),
    };
    done.map_err(errors::answer)
}

/// EC2: once a primary IPv6 address is enabled, it cannot be disabled.
fn primary_ipv6(interface: &NetworkInterface, enable: bool) -> Result<bool, ApiError> {
    if enable && interface.ipv6.is_empty() {
        return Err(errors::answer(Error::NoIpv6Address(interface.id)));
    }
    if !enable && interface.primary_ipv6 {
        let message = "The primary IPv6 address of a network interface cannot be disabled.";
        return Err(ApiError::new(ErrorCode::OperationNotPermitted, message));
    }
    Ok(enable)
}

fn changed_attachment(interface: &NetworkInterface, changes: NetworkInterfaceAttachmentChanges) -> Result<Attachment, ApiError> {
    let NetworkInterfaceAttachmentChanges { default_ena_queue_count, ena_queue_count, attachment_id, delete_on_termination } = changes;
    refuse(default_ena_queue_count.is_some(), "Attachment.DefaultEnaQueueCount")?;
    refuse(ena_queue_count.is_some(), "Attachment.EnaQueueCount")?;
    let id: AttachmentId = required_id(attachment_id.as_deref(), "Attachment.AttachmentId")?;
    let attachment = interface.attachment.as_ref().filter(|attachment| attachment.id == id);
    let attachment = attachment.ok_or_else(|| id_errors::not_found(id.into()))?;
    let delete_on_termination = required(delete_on_termination, "Attachment.DeleteOnTermination")?;
    Ok(Attachment { delete_on_termination, ..attachment.clone() })
}

pub(super) fn reset(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: ResetNetworkInterfaceAttributeRequest) -> Result<ReturnTrue, ApiError> {
    // `SourceDestCheck` is the only attribute there is to reset; its text does not matter.
    let ResetNetworkInterfaceAttributeRequest { dry_run: _, network_interface_id, source_dest_check } = input;
    let id: NetworkInterfaceId = required_id(network_interface_id.as_deref(), "NetworkInterfaceId")?;
    required(source_dest_check, "SourceDestCheck")?;
    let interface = changeable(draft.realm(), id)?;
    draft.put(NetworkInterface { source_dest_check: true, ..NetworkInterface::clone(&interface) });
    Ok(ReturnTrue)
}

pub(super) fn describe_one(
    view: &View<'_>,
    input: DescribeNetworkInterfaceAttributeRequest,
) -> Result<DescribeNetworkInterfaceAttributeResult, ApiError> {
    let DescribeNetworkInterfaceAttributeRequest { dry_run: _, network_interface_id, attribute } = input;
    let id: NetworkInterfaceId = required_id(network_interface_id.as_deref(), "NetworkInterfaceId")?;
    let interface = row::<NetworkInterface, _>(view.realm, id)?;
    let mut answer = DescribeNetworkInterfaceAttributeResult { network_interface_id: Some(id.to_string()), ..Default::default() };
    match required(attribute.as_deref(), "Attribute")? {
        "description" => answer.description = Some(AttributeValue { value: Some(interface.description.clone()) }),
        "groupSet" => answer.groups = Some(answer::groups(view.realm, &interface.groups)),
        "sourceDestCheck" => answer.source_dest_check = Some(AttributeBooleanValue { value: Some(interface.source_dest_check) }),
        "attachment" => answer.attachment = answer::attachment_of(view.scope, &interface),
        "associatePublicIpAddress" => {
            let place = interface.attachment.as_ref().filter(|place| (place.network_card_index, place.device_index) == (0, 0));
            let instance = place.and_then(|place| view.realm.instances.get(&place.instance));
            let wanted = instance.map_or(interface.associate_public_ipv4, |instance| instance.auto_public_address);
            answer.associate_public_ip_address = Some(wanted);
        }
        unknown => {
            let message = format!("Value ({unknown}) for parameter attribute is invalid. Unknown network interface attribute.");
            return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
        }
    }
    Ok(answer)
}
