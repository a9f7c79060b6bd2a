//! Attaching interfaces to instances and detaching them.

use ec2_api::shapes::{AttachNetworkInterfaceRequest, AttachNetworkInterfaceResult, DetachNetworkInterfaceRequest, ReturnTrue};
use ec2_api::{ApiError, ErrorCode};
use model::ids::{AttachmentId, InstanceId, NetworkInterfaceId};
use model::instance::{Instance, InstanceState};
use model::interface::{NewAttachment, attach, detach};
use model::interface_permission::Permission;
use model::{Ctx, Draft};

use super::super::lookup::{refuse, required, required_id, row};
use super::answer::SERVICE_ATTACHMENT;
use super::usable;
use crate::errors;

pub(super) fn attach_interface(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: AttachNetworkInterfaceRequest,
) -> Result<AttachNetworkInterfaceResult, ApiError> {
    let AttachNetworkInterfaceRequest {
        network_card_index,
        ena_srd_specification,
        ena_queue_count,
        dry_run: _,
        network_interface_id,
        instance_id,
        device_index,
    } = input;
    refuse(ena_srd_specification.is_some(), "EnaSrdSpecification")?;
    refuse(ena_queue_count.is_some(), "EnaQueueCount")?;
    let interface: NetworkInterfaceId = required_id(network_interface_id.as_deref(), "NetworkInterfaceId")?;
    let instance: InstanceId = required_id(instance_id.as_deref(), "InstanceId")?;
    let device_index = index(required(device_index, "DeviceIndex")?, "deviceIndex")?;
    let network_card_index = index(network_card_index.unwrap_or_default(), "networkCardIndex")?;
    usable(draft, interface, Permission::InstanceAttach)?;
    let state = row::<Instance, _>(draft.realm(), instance)?.state;
    if !matches!(state, InstanceState::Running | InstanceState::Stopped) {
        let message = format!("Instance '{instance}' is not 'running' or 'stopped'.");
        return Err(ApiError::new(ErrorCode::IncorrectState, message));
    }
    // Unlike interfaces made at launch, these outlive their instance unless ModifyNetworkInterfaceAttribute says otherwise.
    let place = NewAttachment { interface, instance, device_index, network_card_index, delete_on_termination: false };
    let attachment = attach(draft, ctx, place).map_err(errors::answer)?;
    Ok(AttachNetworkInterfaceResult { attachment_id: Some(attachment.to_string()), network_card_index: Some(network_card_index.into()) })
}

fn index(given: i32, name: &str) -> Result<u16, ApiError> {
    u16::try_from(given)
        .map_err(|_| ApiError::new(ErrorCode::InvalidParameterValue, format!("Value ({given}) for parameter {name} is invalid.")))
}

pub(super) fn detach_interface(
    draft: &mut Draft,
    _ctx: &mut Ctx<'_>,
    input: DetachNetworkInterfaceRequest,
) -> Result<ReturnTrue, ApiError> {
    // A detachment never hangs here, so that there is nothing to force.
    let DetachNetworkInterfaceRequest { dry_run: _, attachment_id, force: _ } = input;
    if attachment_id.as_deref().is_some_and(|id| id.starts_with(SERVICE_ATTACHMENT)) {
        // [seen]
        return Err(ApiError::new(ErrorCode::OperationNotPermitted, "You are not allowed to manage 'ela-attach' attachments."));
    }
    let attachment: AttachmentId = required_id(attachment_id.as_deref(), "AttachmentId")?;
    detach(draft, attachment).map_err(errors::answer)?;
    Ok(ReturnTrue)
}
