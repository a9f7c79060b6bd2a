//! Attributes of instances: one at a time is read, changed or reset. What may change in which state is the model's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ec2_api::shapes::{
    AttributeBooleanValue, AttributeValue, DescribeInstanceAttributeRequest, EbsInstanceBlockDeviceSpecification, EnclaveOptions,
    InstanceAttribute, InstanceBlockDeviceMappingSpecification, ModifyInstanceAttributeRequest, ResetInstanceAttributeRequest, ReturnTrue,
    SecureBlobAttributeValue,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::{InstanceId, SecurityGroupId};
use model::instance::{Instance, InstanceState, RootVolume};
use model::instance_type::InstanceType;
use model::interface::{NetworkInterface, set_groups};
use model::modify_instance::{change_type, changeable, sole_interface, stopped};
use model::{Ctx, Draft};

use super::answer::Seen;
use super::run_options::{read_user_data, shutdown_behavior};
use crate::View;
use crate::errors;
use crate::lookup::{self, refuse, required, required_id, row};
use crate::network_interface::groups;

pub fn describe_one(view: &View<'_>, input: DescribeInstanceAttributeRequest) -> Result<InstanceAttribute, ApiError> {
    let DescribeInstanceAttributeRequest { dry_run: _, instance_id, attribute } = input;
    let id: InstanceId = required_id(instance_id.as_deref(), "InstanceId")?;
    let instance = row::<Instance, _>(view.realm, id)?;
    let seen = Seen::new(view.here(), &instance);
    let flag = |value| Some(AttributeBooleanValue { value: Some(value) });
    let text = |value: Option<String>| Some(AttributeValue { value });
    let mut answer = InstanceAttribute { instance_id: Some(id.to_string()), ..InstanceAttribute::default() };
    match required(attribute, "Attribute")?.as_str() {
        "instanceType" => answer.instance_type = text(Some(instance.instance_type.clone())),
        "kernel" => answer.kernel_id = text(None),
        "ramdisk" => answer.ramdisk_id = text(None),
        "userData" => answer.user_data = text(instance.user_data.as_ref().map(|data| STANDARD.encode(data))),
        "disableApiTermination" => answer.disable_api_termination = flag(instance.disable_api_termination),
        "disableApiStop" => answer.disable_api_stop = flag(instance.disable_api_stop),
        "instanceInitiatedShutdownBehavior" => answer.instance_initiated_shutdown_behavior = text(Some(instance.shutdown_behavior.clone())),
        "rootDeviceName" => answer.root_device_name = text(Some(instance.root_volume.device_name.clone())),
        "blockDeviceMapping" => answer.block_device_mappings = Some(seen.answer().block_device_mappings),
        // There are no products here.
        "productCodes" => answer.product_codes = Some(Vec::new()),
        "sourceDestCheck" => {
            let interface = sole_interface(view.realm, id).map_err(errors::answer)?;
            answer.source_dest_check = flag(row::<NetworkInterface, _>(view.realm, interface)?.source_dest_check);
        }
        "groupSet" => answer.groups = Some(seen.primary().map(|primary| groups(view.realm, &primary.groups)).unwrap_or_default()),
        "ebsOptimized" => answer.ebs_optimized = flag(instance.ebs_optimized),
        "sriovNetSupport" => answer.sriov_net_support = text(None),
        "enaSupport" => answer.ena_support = flag(true),
        "enclaveOptions" => answer.enclave_options = Some(EnclaveOptions { enabled: Some(false) }),
        other => return Err(unknown(other)),
    }
    Ok(answer)
}

fn unknown(attribute: &str) -> ApiError {
    ApiError::invalid_value(attribute, "attribute", "Unknown attribute.")
}

/// A change of one attribute.
enum Change {
    Type(String),
    UserData(Vec<u8>),
    DisableApiTermination(bool),
    DisableApiStop(bool),
    ShutdownBehavior(String),
    SourceDestCheck(bool),
    Groups(Vec<String>),
    EbsOptimized(bool),
    /// Every instance has it; it cannot be taken away.
    EnaSupport,
    RootVolume {
        device: String,
        ebs: EbsInstanceBlockDeviceSpecification,
    },
}

pub fn modify(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: ModifyInstanceAttributeRequest) -> Result<ReturnTrue, ApiError> {
    let id: InstanceId = required_id(input.instance_id.as_deref(), "InstanceId")?;
    row::<Instance, _>(draft.realm(), id)?;
    let mut changes = changes(input)?;
    match (changes.pop(), changes.is_empty()) {
        (Some(change), true) => apply(draft, id, change)?,
        // [seen]
        (Some(_), false) => {
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, "Fields for multiple attribute types specified"));
        }
        // [seen]
        (None, _) => return Err(ApiError::new(ErrorCode::InvalidParameterCombination, "No attributes specified.")),
    }
    Ok(ReturnTrue)
}

fn changes(input: ModifyInstanceAttributeRequest) -> Result<Vec<Change>, ApiError> {
    let ModifyInstanceAttributeRequest {
        source_dest_check,
        enclave_options,
        disable_api_stop,
        dry_run: _,
        instance_id: _,
        attribute,
        value,
        block_device_mappings,
        disable_api_termination,
        instance_type,
        kernel,
        ramdisk,
        user_data,
        instance_initiated_shutdown_behavior,
        groups,
        ebs_optimized,
        sriov_net_support,
        ena_support,
    } = input;
    refuse(kernel.is_some(), "Kernel")?;
    refuse(ramdisk.is_some(), "Ramdisk")?;
    refuse(sriov_net_support.is_some(), "SriovNetSupport")?;
    refuse(enclave_options.is_some(), "EnclaveOptions")?;
    refuse(ena_support.as_ref().is_some_and(|flag| flag.value == Some(false)), "EnaSupport=false")?;
    let flag = |flag: Option<AttributeBooleanValue>| flag.and_then(|flag| flag.value);
    let text = |text: Option<AttributeValue>| text.and_then(|text| text.value);
    let mut changes = Vec::new();
    // The older form names the attribute and gives its value as text.
    if let Some(attribute) = attribute {
        if block_device_mappings.is_empty() && groups.is_empty() {
            changes.push(by_name(&attribute, &required(value, "Value")?)?);
        } else if !matches!(attribute.as_str(), "blockDeviceMapping" | "groupSet") {
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, "Fields for multiple attribute types specified"));
        }
    } else if value.is_some() {
        return Err(ApiError::missing_parameter("Attribute"));
    }
    changes.extend(flag(source_dest_check).map(Change::SourceDestCheck));
    changes.extend(flag(disable_api_stop).map(Change::DisableApiStop));
    changes.extend(flag(disable_api_termination).map(Change::DisableApiTermination));
    changes.extend(text(instance_type).map(Change::Type));
    let data = |SecureBlobAttributeValue { value }| Change::UserData(value.map(|blob| blob.0).unwrap_or_default());
    changes.extend(user_data.map(data));
    changes.extend(text(instance_initiated_shutdown_behavior).map(Change::ShutdownBehavior));
    changes.extend(flag(ebs_optimized).map(Change::EbsOptimized));
    changes.extend(flag(ena_support).map(|_| Change::EnaSupport));
    if !groups.is_empty() {
        changes.push(Change::Groups(groups));
    }
    for InstanceBlockDeviceMappingSpecification { device_name, ebs, virtual_name, no_device } in block_device_mappings {
        refuse(virtual_name.is_some(), "BlockDeviceMapping.VirtualName")?;
        refuse(no_device.is_some(), "BlockDeviceMapping.NoDevice")?;
        let device = required(device_name, "BlockDeviceMapping.DeviceName")?;
        changes.push(Change::RootVolume { device, ebs: ebs.unwrap_or_default() });
    }
    Ok(changes)
}

fn by_name(attribute: &str, value: &str) -> Result<Change, ApiError> {
    let flag = || match value {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(ApiError::invalid_value(other, "value", "Expected 'true' or 'false'.")),
    };
    Ok(match attribute {
        "instanceType" => Change::Type(value.into()),
        "userData" => Change::UserData(read_user_data(value)?),
        "disableApiTermination" => Change::DisableApiTermination(flag()?),
        "disableApiStop" => Change::DisableApiStop(flag()?),
        "instanceInitiatedShutdownBehavior" => Change::ShutdownBehavior(value.into()),
        "sourceDestCheck" => Change::SourceDestCheck(flag()?),
        "ebsOptimized" => Change::EbsOptimized(flag()?),
        "enaSupport" => {
            refuse(!flag()?, "EnaSupport=false")?;
            Change::EnaSupport
        }
        "kernel" | "ramdisk" | "sriovNetSupport" | "enclaveOptions" => {
            refuse(true, attribute)?;
            return Err(unknown(attribute));
        }
        other => return Err(unknown(other)),
    })
}

fn apply(draft: &mut Draft, id: InstanceId, change: Change) -> Result<(), ApiError> {
    let realm = draft.realm();
    let anytime = || changeable(realm, id).map_err(errors::answer);
    let while_stopped = || stopped(realm, id).map_err(errors::answer);
    let changed = match change {
        Change::Type(name) => {
            let before = while_stopped()?;
            let known = InstanceType::named(&name).ok_or_else(|| {
                // [seen]
                ApiError::new(ErrorCode::InvalidInstanceAttributeValue, format!("Invalid value '{name}' for instanceType."))
            })?;
            if !known.architectures.contains(&before.architecture.as_str()) {
                let message = format!("The architecture '{}' of the instance does not match that of {name}.", before.architecture);
                return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
            }
            return change_type(draft, id, known).map_err(errors::answer);
        }
        Change::SourceDestCheck(check) => return set_source_dest_check(draft, id, check),
        Change::Groups(groups) => {
            let groups: Vec<SecurityGroupId> = lookup::ids(&groups)?;
            let interface = sole_interface(realm, id).map_err(errors::answer)?;
            return set_groups(draft, interface, groups).map_err(errors::answer);
        }
        Change::UserData(data) => {
            let data = read_user_data(&STANDARD.encode(data))?;
            Instance { user_data: Some(data).filter(|data| !data.is_empty()), ..while_stopped()? }
        }
        Change::EbsOptimized(ebs_optimized) => Instance { ebs_optimized, ..while_stopped()? },
        Change::EnaSupport => while_stopped()?,
        Change::DisableApiTermination(disable_api_termination) => Instance { disable_api_termination, ..anytime()? },
        Change::DisableApiStop(disable_api_stop) => Instance { disable_api_stop, ..anytime()? },
        Change::ShutdownBehavior(behavior) => Instance { shutdown_behavior: shutdown_behavior(Some(&behavior))?.into(), ..anytime()? },
        Change::RootVolume { device, ebs } => {
            let before = anytime()?;
            let EbsInstanceBlockDeviceSpecification { volume_id, delete_on_termination } = ebs;
            refuse(volume_id.is_some_and(|volume| volume != before.root_volume.id.to_string()), "BlockDeviceMapping.Ebs.VolumeId")?;
            if device != before.root_volume.device_name {
                // [seen]
                let message = format!("No device is currently mapped at {device}");
                return Err(ApiError::new(ErrorCode::InvalidInstanceAttributeValue, message));
            }
            let delete_on_termination = delete_on_termination.unwrap_or(before.root_volume.delete_on_termination);
            Instance { root_volume: RootVolume { delete_on_termination, ..before.root_volume.clone() }, ..before }
        }
    };
    draft.put(changed);
    Ok(())
}

fn set_source_dest_check(draft: &mut Draft, id: InstanceId, source_dest_check: bool) -> Result<(), ApiError> {
    let interface = sole_interface(draft.realm(), id).map_err(errors::answer)?;
    let before = row::<NetworkInterface, _>(draft.realm(), interface)?;
    draft.put(NetworkInterface { source_dest_check, ..NetworkInterface::clone(&before) });
    Ok(())
}

pub fn reset(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: ResetInstanceAttributeRequest) -> Result<ReturnTrue, ApiError> {
    let ResetInstanceAttributeRequest { dry_run: _, instance_id, attribute } = input;
    let id: InstanceId = required_id(instance_id.as_deref(), "InstanceId")?;
    let instance = row::<Instance, _>(draft.realm(), id)?;
    match required(attribute, "Attribute")?.as_str() {
        "sourceDestCheck" => set_source_dest_check(draft, id, true)?,
        // No instance has any but its image's, so that there is nothing to reset; the rule still holds.
        "kernel" | "ramdisk" if instance.state == InstanceState::Stopped => {}
        "kernel" | "ramdisk" => return Err(errors::answer(model::Error::NotStopped(id))),
        other => return Err(ApiError::invalid_value(other, "attribute", "Expected one of: kernel, ramdisk, sourceDestCheck.")),
    }
    Ok(ReturnTrue)
}
