//! Volumes: each instance's root volume, which is a part of the instance's row. A volume that is kept when its instance
//! is terminated is listed for as long as the instance is.

use ec2_api::shapes::{
    DescribeVolumeStatusRequest, DescribeVolumeStatusResult, DescribeVolumesRequest, DescribeVolumesResult, Filter,
    InitializationStatusDetails, Volume as Answer, VolumeAttachment, VolumeStatusDetails, VolumeStatusInfo, VolumeStatusItem,
};
use ec2_api::{ApiError, Timestamp};
use model::ids::VolumeId;
use model::instance::{Instance, InstanceState};

use super::describe::{Ids, OLD_MAX_RESULTS, arn, truth, unmanaged};
use super::filter::{Filters, refuse_tags};
use super::page::Page;
use super::{View, lookup, operations, tag_spec};
use crate::id_errors;
use crate::work;

operations! {
    read DescribeVolumes => describe_volumes,
    read DescribeVolumeStatus => describe_volume_status,
}

const FILTERS: &[&str] = &[
    "attachment.attach-time",
    "attachment.delete-on-termination",
    "attachment.device",
    "attachment.instance-id",
    "attachment.status",
    "availability-zone",
    "availability-zone-id",
    "create-time",
    "encrypted",
    "fast-restored",
    "multi-attach-enabled",
    "operator.managed",
    "operator.principal",
    "size",
    "snapshot-id",
    "status",
    "volume-id",
    "volume-type",
];

const STATUS_FILTERS: &[&str] = &[
    "action.code",
    "action.description",
    "action.event-id",
    "availability-zone",
    "event.description",
    "event.event-id",
    "event.event-type",
    "event.not-after",
    "event.not-before",
    "volume-status.details-name",
    "volume-status.details-status",
    "volume-status.status",
];

fn describe_volumes(view: &View<'_>, input: DescribeVolumesRequest) -> Result<DescribeVolumesResult, ApiError> {
    // No service manages volumes here.
    let DescribeVolumesRequest { volume_ids, include_managed_resources: _, dry_run: _, filters, next_token, max_results } = input;
    let (found, next_token) = find(view, &volume_ids, filters, FILTERS, max_results, next_token.as_deref(), values)?;
    Ok(DescribeVolumesResult { next_token, volumes: found.into_iter().map(|instance| answer(view, instance)).collect() })
}

fn describe_volume_status(view: &View<'_>, input: DescribeVolumeStatusRequest) -> Result<DescribeVolumeStatusResult, ApiError> {
    let DescribeVolumeStatusRequest { max_results, next_token, volume_ids, include_managed_resources: _, dry_run: _, filters } = input;
    refuse_tags(&filters)?;
    let (found, next_token) = find(view, &volume_ids, filters, STATUS_FILTERS, max_results, next_token.as_deref(), status_values)?;
    Ok(DescribeVolumeStatusResult { next_token, volume_statuses: found.into_iter().map(status).collect() })
}

type Found<'a> = (Vec<&'a Instance>, Option<String>);

/// The instances whose volumes are asked for.
fn find<'a>(
    view: &View<'a>,
    ids: &[String],
    filters: Vec<Filter>,
    known_filters: &[&str],
    max_results: Option<i32>,
    next_token: Option<&str>,
    values: impl Fn(&Instance, &str) -> Vec<String>,
) -> Result<Found<'a>, ApiError> {
    Ids("volumeSet", ids).or_pages(max_results)?;
    let filters = Filters::new(filters, known_filters)?;
    let page = Page::<VolumeId>::new(max_results, next_token, OLD_MAX_RESULTS)?;
    let realm = view.realm;
    let mut volumes: Vec<(VolumeId, &Instance)> = if ids.is_empty() {
        realm
            .instances
            .iter()
            .take_while(work::goes_on)
            .filter(|instance| is_there(instance))
            .map(|instance| (instance.root_volume.id, &**instance))
            .collect()
    } else {
        let of = |id: VolumeId| {
            let instance = realm.index.instance_of_volume(id).and_then(|instance| realm.instances.get(&instance));
            let instance = instance.filter(|instance| is_there(instance));
            instance.map(|instance| (id, &**instance)).ok_or_else(|| id_errors::not_found(id.into()))
        };
        lookup::ids(ids)?.into_iter().map(of).collect::<Result<_, ApiError>>()?
    };
    volumes.sort_by_key(|(id, _)| *id);
    volumes.dedup_by_key(|(id, _)| *id);
    let accepted = volumes.into_iter().filter(|(id, instance)| filters.accept(realm, *id, |name| values(instance, name)));
    Ok(page.cut(accepted))
}

/// Whether the volume exists still: it may have gone with its instance.
fn is_there(instance: &Instance) -> bool {
    is_attached(instance) || !instance.root_volume.delete_on_termination
}

fn is_attached(instance: &Instance) -> bool {
    instance.state != InstanceState::Terminated
}

fn state(instance: &Instance) -> &'static str {
    if is_attached(instance) { "in-use" } else { "available" }
}

fn values(instance: &Instance, name: &str) -> Vec<String> {
    let volume = &instance.root_volume;
    let attached = is_attached(instance);
    match name {
        "attachment.attach-time" if attached => vec![Timestamp(instance.created.0).whole_seconds().to_string()],
        "attachment.delete-on-termination" if attached => truth(volume.delete_on_termination),
        "attachment.device" if attached => vec![volume.device_name.clone()],
        "attachment.instance-id" if attached => vec![instance.id.to_string()],
        "attachment.status" if attached => vec!["attached".into()],
        "availability-zone" => vec![instance.zone.to_string()],
        "availability-zone-id" => vec![instance.zone.id()],
        "create-time" => vec![Timestamp(instance.created.0).to_string()],
        "encrypted" => truth(volume.encrypted),
        "fast-restored" | "multi-attach-enabled" | "operator.managed" => truth(false),
        "size" => vec![volume.size_gib.to_string()],
        "snapshot-id" => vec![volume.snapshot.to_string()],
        "status" => vec![state(instance).into()],
        "volume-id" => vec![volume.id.to_string()],
        "volume-type" => vec![volume.volume_type.clone()],
        _ => Vec::new(),
    }
}

fn answer(view: &View<'_>, instance: &Instance) -> Answer {
    let volume = &instance.root_volume;
    let attachment = VolumeAttachment {
        delete_on_termination: Some(volume.delete_on_termination),
        volume_id: Some(volume.id.to_string()),
        instance_id: Some(instance.id.to_string()),
        device: Some(volume.device_name.clone()),
        state: Some("attached".into()),
        attach_time: Some(Timestamp(instance.created.0)),
        ebs_card_index: Some(0),
        ..VolumeAttachment::default()
    };
    Answer {
        availability_zone_id: Some(instance.zone.id()),
        iops: volume.iops,
        tags: tag_spec::answer(view.realm, volume.id),
        volume_type: Some(volume.volume_type.clone()),
        multi_attach_enabled: Some(false),
        throughput: volume.throughput,
        operator: Some(unmanaged()),
        volume_arn: Some(arn(view.scope, volume.id)),
        owner_id: Some(view.scope.account.to_string()),
        volume_id: Some(volume.id.to_string()),
        size: Some(volume.size_gib),
        snapshot_id: Some(volume.snapshot.to_string()),
        availability_zone: Some(instance.zone.to_string()),
        state: Some(state(instance).into()),
        create_time: Some(Timestamp(instance.created.0)),
        attachments: is_attached(instance).then_some(attachment).into_iter().collect(),
        encrypted: Some(volume.encrypted),
        ..Answer::default()
    }
}

/// The checks of a volume: all pass. I/O performance is measured for provisioned volumes only. The last is of a volume that is
/// made from a snapshot, as all are. Source: EBS's user guide, "Monitor the status of volume initialization".
const CHECKS: [(&str, &str); 3] = [("io-enabled", "passed"), ("io-performance", "not-applicable"), ("initialization-state", "completed")];

fn status_values(instance: &Instance, name: &str) -> Vec<String> {
    match name {
        "availability-zone" => vec![instance.zone.to_string()],
        "volume-status.details-name" => CHECKS.map(|(check, _)| check.to_owned()).to_vec(),
        "volume-status.details-status" => CHECKS.map(|(_, status)| status.to_owned()).to_vec(),
        "volume-status.status" => vec!["ok".into()],
        _ => Vec::new(),
    }
}

fn status(instance: &Instance) -> VolumeStatusItem {
    let details = CHECKS.map(|(name, status)| VolumeStatusDetails { name: Some(name.into()), status: Some(status.into()) });
    VolumeStatusItem {
        availability_zone: Some(instance.zone.to_string()),
        availability_zone_id: Some(instance.zone.id()),
        volume_id: Some(instance.root_volume.id.to_string()),
        volume_status: Some(VolumeStatusInfo { details: details.to_vec(), status: Some("ok".into()) }),
        initialization_status_details: Some(InitializationStatusDetails {
            initialization_type: Some("default".into()),
            progress: Some(100),
            // Told of volumes with a rate of their own only.
            estimated_time_to_complete_in_seconds: None,
        }),
        operator: Some(unmanaged()),
        ..VolumeStatusItem::default()
    }
}
