//! Machine images: the catalogue is the configuration's, so there is nothing here but looking.

use ec2_api::shapes::{BlockDeviceMapping, DescribeImagesRequest, DescribeImagesResult, EbsBlockDevice, Image as Answer};
use ec2_api::{ApiError, Timestamp};
use model::ids::{IdKind, ImageId};
use model::image::Image;

use super::describe::{self, Ids, truth};
use super::filter::Filters;
use super::page::Page;
use super::{View, lookup, operations, tag_spec};
use crate::id_errors;

operations! {
    read DescribeImages => describe_images,
}

/// The filters of DescribeImages. Those of watermarks, scan results, marketplace products and the like are legal and
/// match nothing, as no image here has such a thing.
const FILTERS: &[&str] = &[
    "architecture",
    "block-device-mapping.delete-on-termination",
    "block-device-mapping.device-name",
    "block-device-mapping.encrypted",
    "block-device-mapping.snapshot-id",
    "block-device-mapping.volume-size",
    "block-device-mapping.volume-type",
    "boot-mode",
    "creation-date",
    "description",
    "ena-support",
    "free-tier-eligible",
    "hypervisor",
    "image-allowed",
    "image-id",
    "image-type",
    "image-watermark.source-image-creation-time",
    "image-watermark.source-image-id",
    "image-watermark.source-image-region",
    "image-watermark.watermark-creation-time",
    "image-watermark.watermark-key",
    "instance-type-specification.supported-instance-type",
    "instance-type-specification.unsupported-instance-type",
    "is-public",
    "kernel-id",
    "manifest-location",
    "name",
    "owner-alias",
    "owner-id",
    "platform",
    "product-code",
    "product-code.type",
    "public-ssm-parameter-name",
    "ramdisk-id",
    "root-device-name",
    "root-device-type",
    "scan-result.critical-fix-available-since",
    "scan-result.finding-scan-date",
    "scan-result.high-fix-available-since",
    "scan-result.highest-finding-severity-label",
    "scan-result.informational-fix-available-since",
    "scan-result.low-fix-available-since",
    "scan-result.medium-fix-available-since",
    "source-image-id",
    "source-image-region",
    "source-instance-id",
    "sriov-net-support",
    "state",
    "state-reason-code",
    "state-reason-message",
    "virtualization-type",
];

fn describe_images(view: &View<'_>, input: DescribeImagesRequest) -> Result<DescribeImagesResult, ApiError> {
    // No image is deprecated or disabled, so that including those changes nothing.
    let DescribeImagesRequest {
        executable_users,
        image_ids,
        owners,
        include_deprecated: _,
        include_disabled: _,
        max_results,
        next_token,
        dry_run: _,
        filters,
    } = input;
    Ids("imageIdsSet", &image_ids).or_pages(max_results)?;
    let filters = Filters::new(filters, FILTERS)?;
    let page = Page::<ImageId>::new(max_results, next_token.as_deref(), describe::OLD_MAX_RESULTS)?;
    let mut images = if image_ids.is_empty() {
        view.world.images.listed.iter().cloned().map(|image| (image.id, image)).collect()
    } else {
        named(view, &image_ids)?
    };
    images.sort_by_key(|(id, _)| *id);
    images.dedup_by_key(|(id, _)| *id);
    let accepted = |image: &Image| {
        (owners.is_empty() || owners.iter().any(|owner| is_owner(view, image, owner)))
            // All images here are public; none is shared with an account by name.
            && (executable_users.is_empty() || executable_users.iter().any(|user| user == "all"))
            && filters.accept(view.realm, image.id, |name| values(image, name))
    };
    let (images, next_token) = page.cut(images.into_iter().filter(|(_, image)| accepted(image)));
    Ok(DescribeImagesResult { images: images.iter().map(|image| answer(view, image)).collect(), next_token })
}

fn named(view: &View<'_>, ids: &[String]) -> Result<Vec<(ImageId, Image)>, ApiError> {
    let ids: Vec<ImageId> = lookup::ids(ids)?;
    let unknown: Vec<String> = ids.iter().filter(|id| view.world.images.get(**id).is_none()).map(ToString::to_string).collect();
    id_errors::all_found(IdKind::Image, &unknown)?;
    Ok(ids.into_iter().filter_map(|id| Some((id, view.world.images.get(id)?.into_owned()))).collect())
}

/// Refuses an image that is named by a parameter of Systems Manager, which is not there to be asked. `name` is the member's
/// name on the wire.
///
/// # Errors
/// When it is so named.
pub fn refuse_alias(image: Option<&str>, name: &str) -> Result<(), ApiError> {
    let is_alias = image.is_some_and(|image| image.starts_with("resolve:ssm:"));
    lookup::refuse(is_alias, &format!("{name} with resolve:ssm"))
}

fn is_owner(view: &View<'_>, image: &Image, owner: &str) -> bool {
    match owner {
        "self" => image.owner == view.scope.account,
        _ => image.alias() == Some(owner) || image.owner.to_string() == owner,
    }
}

fn values(image: &Image, name: &str) -> Vec<String> {
    match name {
        "architecture" => vec![image.architecture().to_owned()],
        "block-device-mapping.delete-on-termination" => truth(true),
        "block-device-mapping.device-name" | "root-device-name" => vec![image.root_device_name.clone()],
        "block-device-mapping.encrypted" => truth(false),
        "block-device-mapping.snapshot-id" => vec![image.snapshot.to_string()],
        "block-device-mapping.volume-size" => vec![image.root_volume_gib.to_string()],
        "block-device-mapping.volume-type" => vec![image.root_volume_type.clone()],
        "boot-mode" => image.boot_mode.iter().cloned().collect(),
        "creation-date" => vec![Timestamp(image.created.0).whole_seconds().to_string()],
        "description" => vec![image.description.clone()],
        "ena-support" | "is-public" => truth(true),
        "hypervisor" => vec!["xen".into()],
        "image-id" => vec![image.id.to_string()],
        "image-type" => vec!["machine".into()],
        "manifest-location" => vec![location(image)],
        "name" => vec![image.name.clone()],
        "owner-alias" => image.alias().map(str::to_owned).into_iter().collect(),
        "owner-id" => vec![image.owner.to_string()],
        "platform" => image.windows.then(|| "windows".to_owned()).into_iter().collect(),
        "root-device-type" => vec!["ebs".into()],
        "sriov-net-support" => vec!["simple".into()],
        "state" => vec!["available".into()],
        "virtualization-type" => vec!["hvm".into()],
        _ => Vec::new(),
    }
}

fn location(image: &Image) -> String {
    let owner = image.alias().map_or_else(|| image.owner.to_string(), str::to_owned);
    format!("{owner}/{}", image.name)
}

fn answer(view: &View<'_>, image: &Image) -> Answer {
    let is_gp3 = image.root_volume_type == "gp3";
    let root = EbsBlockDevice {
        delete_on_termination: Some(true),
        iops: is_gp3.then_some(3000),
        snapshot_id: Some(image.snapshot.to_string()),
        volume_size: Some(image.root_volume_gib),
        volume_type: Some(image.root_volume_type.clone()),
        throughput: is_gp3.then_some(125),
        encrypted: Some(false),
        ..EbsBlockDevice::default()
    };
    let mapping =
        BlockDeviceMapping { ebs: Some(root), device_name: Some(image.root_device_name.clone()), ..BlockDeviceMapping::default() };
    Answer {
        platform_details: Some(if image.windows { "Windows" } else { "Linux/UNIX" }.into()),
        usage_operation: Some(if image.windows { "RunInstances:0002" } else { "RunInstances" }.into()),
        block_device_mappings: vec![mapping],
        description: Some(image.description.clone()).filter(|text| !text.is_empty()),
        ena_support: Some(true),
        hypervisor: Some("xen".into()),
        image_owner_alias: image.alias().map(str::to_owned),
        platform: image.windows.then(|| "windows".into()),
        name: Some(image.name.clone()),
        root_device_name: Some(image.root_device_name.clone()),
        root_device_type: Some("ebs".into()),
        sriov_net_support: Some("simple".into()),
        tags: tag_spec::answer(view.realm, image.id),
        virtualization_type: Some("hvm".into()),
        boot_mode: image.boot_mode.clone(),
        imds_support: image.imds_v2_only.then(|| "v2.0".into()),
        deregistration_protection: Some("disabled".into()),
        image_id: Some(image.id.to_string()),
        image_location: Some(location(image)),
        state: Some("available".into()),
        owner_id: Some(image.owner.to_string()),
        creation_date: Some(Timestamp(image.created.0).whole_seconds().to_string()),
        public: Some(true),
        architecture: Some(image.architecture().to_owned()),
        image_type: Some("machine".into()),
        ..Answer::default()
    }
}
