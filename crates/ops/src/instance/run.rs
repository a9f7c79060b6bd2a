//! RunInstances: from its many members to an instance's row and its interfaces. The rules of launching are the model's.

use std::collections::BTreeMap;

use ec2_api::operations::RunInstances;
use ec2_api::query::Params;
use ec2_api::shapes::{
    EnclaveOptionsRequest, HibernationOptionsRequest, Instance as Answer, InstanceMaintenanceOptionsRequest,
    InstanceNetworkPerformanceOptionsRequest, Reservation, RunInstancesRequest, TagSpecification,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::{ImageId, InstanceId, NetworkInterfaceId, ReservationId, VolumeId};
use model::image::Image;
use model::instance::{Instance, InstanceState, RootVolume};
use model::instance_type::InstanceType;
use model::launch::{InterfaceSource, LaunchInterface, launch};
use model::{Ctx, Draft};

use super::answer::{self, Seen};
use super::run_interfaces::{self, Interfaces};
use super::run_options::{
    PlacementWanted, cpu_credits, is_monitored, new_profile, one_of, profile_arn, read_cpu_options, read_metadata_options, read_placement,
    read_private_dns, read_user_data, refuse_capacity_reservation, shutdown_behavior,
};
use super::run_volume::root_volume;
use crate::errors;
use crate::id_errors;
use crate::launch_template::{self, Chosen};
use crate::lookup::{self, refuse, required};
use crate::once::Telling;
use crate::tag_spec::{self, NewTags};
use crate::{image, key_pair};

/// Instances of one launch at most; EC2's own bound is the account's quota.
const COUNT_MAX: i32 = 1_000;

/// Launches instances. With a launch template, the request's own parameters stand before those of the template, each
/// as a whole; only tags are put together from both.
pub fn run(draft: &mut Draft, ctx: &mut Ctx<'_>, params: Params) -> Result<ReservationId, ApiError> {
    let mut input = params.clone().decode::<RunInstances>()?;
    let Some(reference) = input.launch_template.take() else {
        return launch_all(draft, ctx, input, &BTreeMap::new());
    };
    let Chosen { template, version, data } = launch_template::chosen(draft.realm(), reference)?;
    let counts = ["MinCount", "MaxCount"].map(|name| (name.to_owned(), "1".to_owned()));
    let alone = Params::empty("RunInstances").with(counts)?.or(&data)?.decode::<RunInstances>()?;
    let mut input = params.or(&data)?.decode::<RunInstances>()?;
    input.tag_specifications = put_together(alone.tag_specifications, input.tag_specifications);
    let origin = [("id", template.to_string()), ("version", version.to_string())];
    let origin = origin.map(|(key, value)| (format!("aws:ec2launchtemplate:{key}"), value));
    launch_all(draft, ctx, input, &origin.into())
}

/// The tags of a template and of a request, which has the last word.
fn put_together(template: Vec<TagSpecification>, request: Vec<TagSpecification>) -> Vec<TagSpecification> {
    let mut all = request;
    for specification in template {
        match all.iter_mut().find(|known| known.resource_type == specification.resource_type) {
            Some(known) => {
                let new = specification.tags.into_iter().filter(|tag| known.tags.iter().all(|own| own.key != tag.key));
                let new: Vec<_> = new.collect();
                known.tags.extend(new);
            }
            None => all.push(specification),
        }
    }
    all
}

/// Launches instances, each with `own_tags` beside those that were asked for.
fn launch_all(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: RunInstancesRequest,
    own_tags: &BTreeMap<String, String>,
) -> Result<ReservationId, ApiError> {
    let (least, most) = counts(input.min_count, input.max_count)?;
    let tags = NewTags::new(input.tag_specifications.clone(), &launch_template::LAUNCHED_TYPES)?;
    let wanted = Wanted::read(draft, ctx, input)?;
    let reservation = ReservationId::random(ctx.random);
    let reuses = |interface: &LaunchInterface| matches!(interface.source, InterfaceSource::Existing(_));
    if most > 1 && wanted.interfaces.list.iter().any(reuses) {
        let message = "Network interfaces can be specified by ID only when launching one instance.";
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
    }
    // [doc]: not "if you're launching more than one instance", also where the second one would be left out.
    if most > 1 && wanted.interfaces.list.iter().any(names_addresses) {
        let message = "IP addresses and prefixes can be specified only when launching one instance.";
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
    }
    let mut launched = Vec::new();
    for index in 0..least {
        launched.push(one(draft, ctx, &wanted, reservation, index, &tags)?);
    }
    // EC2 launches as many more as it can.
    for index in least..most {
        let mut attempt = draft.clone();
        let Ok(id) = one(&mut attempt, ctx, &wanted, reservation, index, &tags) else { break };
        launched.push(id);
        *draft = attempt;
    }
    for id in &launched {
        tag_spec::add(draft, (*id).into(), own_tags.clone())?;
    }
    Ok(reservation)
}

/// A launch, with its instances as they are by now.
pub fn launched(telling: &Telling<'_>, reservation: ReservationId) -> Result<Reservation, ApiError> {
    let realm = telling.here.realm;
    let rows = realm.index.instances_of(reservation).filter_map(|id| realm.instances.get(&id));
    let shown = rows.map(|row| {
        let answer = Seen::new(telling.here, row).answer();
        (reservation, if telling.is_new { at_first(answer, row.auto_public_address) } else { answer })
    });
    Ok(answer::reservations(telling.here.scope, shown.collect()).into_iter().next().unwrap_or_default())
}

/// EC2 answers before the volume is attached, the metadata options are applied and a public address is found [seen]. The
/// next describe shows them.
fn at_first(instance: Answer, auto_public_address: bool) -> Answer {
    let mut first = Answer { block_device_mappings: Vec::new(), ..instance };
    if let Some(options) = &mut first.metadata_options {
        options.state = Some("pending".into());
    }
    if auto_public_address {
        (first.public_ip_address, first.public_dns_name) = (None, Some(String::new()));
        for interface in &mut first.network_interfaces {
            interface.association = None;
            interface.private_ip_addresses.iter_mut().for_each(|address| address.association = None);
        }
    }
    first
}

fn names_addresses(interface: &LaunchInterface) -> bool {
    match &interface.source {
        InterfaceSource::New(new) => {
            let prefixes = !new.ipv4_prefixes.is_empty() || !new.ipv6_prefixes.is_empty();
            new.primary_ipv4.is_some() || !new.secondary_ipv4.is_empty() || !new.ipv6.is_empty() || prefixes
        }
        InterfaceSource::Existing(_) => false,
    }
}

fn counts(least: Option<i32>, most: Option<i32>) -> Result<(i32, i32), ApiError> {
    let (least, most) = (required(least, "MinCount")?, required(most, "MaxCount")?);
    if least < 1 {
        return Err(ApiError::invalid_value(least, "minCount", "Expected a value greater than 0."));
    }
    if most < least {
        return Err(ApiError::invalid_value(most, "maxCount", "Expected a value not smaller than minCount."));
    }
    if least > COUNT_MAX {
        let message = format!("You have requested more instances ({least}) than your current instance limit of {COUNT_MAX} allows.");
        return Err(ApiError::new(ErrorCode::InstanceLimitExceeded, message));
    }
    Ok((least, most.min(COUNT_MAX)))
}

fn one(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    wanted: &Wanted,
    reservation: ReservationId,
    index: i32,
    tags: &NewTags,
) -> Result<InstanceId, ApiError> {
    let profile = wanted.iam_instance_profile.as_ref().map(|arn| new_profile(ctx.random, arn.clone()));
    let (id, volume) = (InstanceId::random(ctx.random), VolumeId::random(ctx.random));
    let instance = Instance {
        id,
        reservation,
        launch_index: index.unsigned_abs(),
        launched: ctx.now,
        created: ctx.now,
        root_volume: RootVolume { id: volume, ..wanted.instance.root_volume.clone() },
        iam_instance_profile: profile,
        ..wanted.instance.clone()
    };
    let Interfaces { list, public_address } = wanted.interfaces.clone();
    let made: Vec<NetworkInterfaceId> = launch(draft, ctx, instance, list, public_address).map_err(errors::answer_at_launch)?;
    tags.put(draft, id)?;
    tags.put(draft, volume)?;
    for interface in made {
        tags.put(draft, interface)?;
    }
    Ok(id)
}

/// What every instance of a launch is to be.
struct Wanted {
    /// The row, without what is each instance's own.
    instance: Instance,
    /// The interfaces, with the primary first.
    interfaces: Interfaces,
    /// An ARN.
    iam_instance_profile: Option<String>,
}

impl Wanted {
    fn read(draft: &Draft, ctx: &Ctx<'_>, input: RunInstancesRequest) -> Result<Self, ApiError> {
        let realm = draft.realm();
        let RunInstancesRequest {
            block_device_mappings,
            image_id,
            instance_type,
            ipv6_address_count,
            ipv6_addresses,
            kernel_id,
            key_name,
            max_count: _,
            min_count: _,
            monitoring,
            placement,
            ramdisk_id,
            security_group_ids,
            security_groups,
            subnet_id,
            user_data,
            elastic_gpu_specification,
            elastic_inference_accelerators,
            tag_specifications: _,
            // Its parameters are among the others already.
            launch_template: _,
            instance_market_options,
            credit_specification,
            cpu_options,
            capacity_reservation_specification,
            hibernation_options,
            license_specifications,
            metadata_options,
            enclave_options,
            private_dns_name_options,
            maintenance_options,
            disable_api_stop,
            enable_primary_ipv6,
            network_performance_options,
            operator,
            secondary_interfaces,
            dry_run: _,
            disable_api_termination,
            instance_initiated_shutdown_behavior,
            private_ip_address,
            client_token,
            additional_info,
            network_interfaces,
            iam_instance_profile,
            ebs_optimized,
        } = input;
        refuse(kernel_id.is_some(), "KernelId")?;
        refuse(ramdisk_id.is_some(), "RamdiskId")?;
        refuse(!elastic_gpu_specification.is_empty(), "ElasticGpuSpecification")?;
        refuse(!elastic_inference_accelerators.is_empty(), "ElasticInferenceAccelerator")?;
        refuse(instance_market_options.is_some(), "InstanceMarketOptions")?;
        refuse(!license_specifications.is_empty(), "LicenseSpecification")?;
        refuse(operator.is_some(), "Operator")?;
        refuse(!secondary_interfaces.is_empty(), "SecondaryInterface")?;
        refuse(additional_info.is_some(), "AdditionalInfo")?;
        let HibernationOptionsRequest { configured } = hibernation_options.unwrap_or_default();
        refuse(configured == Some(true), "HibernationOptions.Configured")?;
        let EnclaveOptionsRequest { enabled } = enclave_options.unwrap_or_default();
        refuse(enabled == Some(true), "EnclaveOptions.Enabled")?;
        let InstanceNetworkPerformanceOptionsRequest { bandwidth_weighting: weighting } = network_performance_options.unwrap_or_default();
        refuse(weighting.is_some_and(|weighting| weighting != "default"), "NetworkPerformanceOptions.BandwidthWeighting")?;
        refuse_capacity_reservation(capacity_reservation_specification)?;

        let image = image_of(ctx, image_id.as_deref())?;
        let instance_type = type_of(instance_type.as_deref(), &image)?;
        let key_name = key_name.filter(|name| !name.is_empty());
        if let Some(name) = &key_name {
            key_pair::named(realm, name)?;
        }
        let PlacementWanted { zone, tenancy } = read_placement(ctx, placement)?;
        let top_level = run_interfaces::TopLevel {
            subnet_id,
            zone,
            security_group_ids,
            security_groups,
            private_ip_address,
            ipv6_address_count,
            ipv6_addresses,
            enable_primary_ipv6,
        };
        let (subnet, interfaces) = run_interfaces::read(draft, top_level, network_interfaces)?;
        let InstanceMaintenanceOptionsRequest { auto_recovery } = maintenance_options.unwrap_or_default();
        let vpc_tenancy = realm.vpcs.get(&subnet.vpc).map_or("default", |vpc| &vpc.tenancy);
        let instance = Instance {
            id: InstanceId::MIN,
            reservation: ReservationId::MIN,
            launch_index: 0,
            image: image.id,
            instance_type: instance_type.name.into(),
            key_name,
            subnet: subnet.id,
            vpc: subnet.vpc,
            zone: subnet.zone,
            state: InstanceState::Pending,
            state_transition_reason: String::new(),
            state_reason: None,
            boot: 1,
            launched: ctx.now,
            created: ctx.now,
            terminated: None,
            architecture: architecture(&image, instance_type),
            boot_mode: image.boot_mode.clone(),
            root_volume: root_volume(&image, block_device_mappings)?,
            auto_public_address: false,
            user_data: user_data.as_deref().map(read_user_data).transpose()?.filter(|data| !data.is_empty()),
            disable_api_termination: disable_api_termination.unwrap_or_default(),
            disable_api_stop: disable_api_stop.unwrap_or_default(),
            shutdown_behavior: shutdown_behavior(instance_initiated_shutdown_behavior.as_deref())?.into(),
            skip_os_shutdown: false,
            tenancy: tenancy.unwrap_or_else(|| vpc_tenancy.to_owned()),
            auto_recovery: one_of(auto_recovery, "AutoRecovery", &["default", "disabled"])?,
            monitoring: is_monitored(monitoring)?,
            ebs_optimized: ebs_optimized.unwrap_or_default(),
            cpu_options: cpu_options.map(|options| read_cpu_options(options, instance_type)).transpose()?,
            cpu_credits: cpu_credits(credit_specification, instance_type)?,
            metadata_options: read_metadata_options(metadata_options.unwrap_or_default(), &image)?,
            private_dns: read_private_dns(private_dns_name_options, &subnet)?,
            iam_instance_profile: None,
            client_token,
        };
        let iam_instance_profile =
            iam_instance_profile.and_then(|profile| profile_arn(ctx.scope.account, ctx.world, profile).transpose()).transpose()?;
        Ok(Self { instance, interfaces, iam_instance_profile })
    }
}

fn image_of(ctx: &Ctx<'_>, id: Option<&str>) -> Result<Image, ApiError> {
    image::refuse_alias(id, "ImageId")?;
    let id: ImageId = lookup::required_id(id, "ImageId")?;
    let image = ctx.world.images.get(id).ok_or_else(|| id_errors::not_found(id.into()))?;
    if image.windows {
        let message = format!("The image '{id}' ({}) cannot be launched: instances here run Linux, the host's own userland.", image.name);
        return Err(ApiError::new(ErrorCode::UnsupportedOperation, message));
    }
    Ok(image.into_owned())
}

fn type_of(name: Option<&str>, image: &Image) -> Result<&'static InstanceType, ApiError> {
    // EC2's default since its first days.
    let name = name.unwrap_or("m1.small");
    let known = InstanceType::named(name).ok_or_else(|| {
        // [seen]
        ApiError::new(ErrorCode::InvalidParameterValue, format!("Invalid value '{name}' for InstanceType."))
    })?;
    if let Some(needed) = image.architecture.as_deref().filter(|needed| !known.architectures.contains(needed)) {
        // [seen]
        let message = format!(
            "The architecture '{}' of the specified instance type does not match the architecture '{needed}' of the specified AMI. Specify \
             an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or \
             'describe-images' to discover the architecture of the instance type or AMI.",
            known.architectures.join(",")
        );
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    Ok(known)
}

/// The image's architecture or, for an image that runs on any type, the type's newest.
fn architecture(image: &Image, instance_type: &InstanceType) -> String {
    image.architecture.clone().unwrap_or_else(|| instance_type.architectures.last().copied().unwrap_or("x86_64").into())
}
