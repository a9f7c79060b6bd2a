//! The root volume of a launch: the image's, with what the request changes.

use ec2_api::shapes::{BlockDeviceMapping, EbsBlockDevice};
use ec2_api::{ApiError, ErrorCode};
use model::ids::VolumeId;
use model::image::Image;
use model::instance::RootVolume;

use super::run_options::one_of;
use crate::lookup::{refuse, required};

/// Source: <https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html>.
const VOLUME_TYPES: [&str; 7] = ["gp2", "gp3", "io1", "io2", "sc1", "st1", "standard"];
const VOLUME_GIB_MAX: i32 = 65_536;

/// The root volume that block device mappings ask for; other devices are refused.
///
/// # Errors
/// When the mappings do not fit the image or the type of the volume.
pub fn root_volume(image: &Image, mappings: Vec<BlockDeviceMapping>) -> Result<RootVolume, ApiError> {
    let mut volume = RootVolume {
        id: VolumeId::MIN,
        device_name: image.root_device_name.clone(),
        size_gib: image.root_volume_gib,
        volume_type: image.root_volume_type.clone(),
        iops: None,
        throughput: None,
        encrypted: false,
        snapshot: image.snapshot,
        delete_on_termination: true,
    };
    for BlockDeviceMapping { ebs, no_device, device_name, virtual_name } in mappings {
        refuse(no_device.is_some(), "BlockDeviceMapping.NoDevice")?;
        refuse(virtual_name.is_some(), "BlockDeviceMapping.VirtualName")?;
        let device_name = required(device_name, "BlockDeviceMapping.DeviceName")?;
        refuse(device_name != volume.device_name, "BlockDeviceMapping of another device than the root device")?;
        let EbsBlockDevice {
            delete_on_termination,
            iops,
            snapshot_id,
            volume_size,
            volume_type,
            kms_key_id,
            throughput,
            outpost_arn,
            availability_zone,
            encrypted,
            volume_initialization_rate,
            availability_zone_id,
            ebs_card_index,
        } = ebs.unwrap_or_default();
        refuse(kms_key_id.is_some(), "BlockDeviceMapping.Ebs.KmsKeyId")?;
        refuse(outpost_arn.is_some(), "BlockDeviceMapping.Ebs.OutpostArn")?;
        refuse(availability_zone.is_some(), "BlockDeviceMapping.Ebs.AvailabilityZone")?;
        refuse(availability_zone_id.is_some(), "BlockDeviceMapping.Ebs.AvailabilityZoneId")?;
        refuse(volume_initialization_rate.is_some(), "BlockDeviceMapping.Ebs.VolumeInitializationRate")?;
        refuse(ebs_card_index.is_some_and(|index| index != 0), "BlockDeviceMapping.Ebs.EbsCardIndex")?;
        refuse(snapshot_id.is_some_and(|id| id != image.snapshot.to_string()), "BlockDeviceMapping.Ebs.SnapshotId")?;
        if let Some(size) = volume_size {
            if size < image.root_volume_gib {
                // [seen]
                let message = format!(
                    "Volume of size {size}GB is smaller than snapshot '{}', expect size >= {}GB",
                    image.snapshot, image.root_volume_gib
                );
                return Err(ApiError::new(ErrorCode::InvalidBlockDeviceMapping, message));
            }
            if size > VOLUME_GIB_MAX {
                return Err(ApiError::invalid_value(size, "volumeSize", &format!("It must be at most {VOLUME_GIB_MAX}.")));
            }
            volume.size_gib = size;
        }
        if let Some(given) = volume_type {
            volume.volume_type = one_of(Some(given), "VolumeType", &VOLUME_TYPES)?;
        }
        volume.iops = iops;
        volume.throughput = throughput;
        volume.encrypted = encrypted.unwrap_or_default();
        volume.delete_on_termination = delete_on_termination.unwrap_or(true);
    }
    let has_iops = matches!(volume.volume_type.as_str(), "io1" | "io2" | "gp3");
    if volume.iops.is_some() && !has_iops {
        // [seen]
        let message = format!("The parameter iops is not supported for {} volumes.", volume.volume_type);
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
    }
    if volume.throughput.is_some() && volume.volume_type != "gp3" {
        let message = format!("The parameter throughput is not supported for {} volumes.", volume.volume_type);
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
    }
    match volume.volume_type.as_str() {
        "gp3" => {
            volume.iops = Some(volume.iops.unwrap_or(3000));
            volume.throughput = Some(volume.throughput.unwrap_or(125));
        }
        // Three per GiB, from 100 to 16,000.
        "gp2" => volume.iops = Some(volume.size_gib.saturating_mul(3).clamp(100, 16_000)),
        "io1" | "io2" if volume.iops.is_none() => return Err(ApiError::missing_parameter("iops")),
        _ => {}
    }
    Ok(volume)
}
