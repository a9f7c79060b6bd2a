//! RunInstances: from its many members to an instance's row and its interfaces. The rules of launching are the model's.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ec2_api::operations::RunInstances;
use ec2_api::query::Params;
use ec2_api::shapes::{
    BlockDeviceMapping, CapacityReservationSpecification, CpuOptionsRequest, CreditSpecificationRequest, EbsBlockDevice,
    IamInstanceProfileSpecification, InstanceMetadataOptionsRequest, Placement, PrivateDnsNameOptionsRequest, Reservation,
    RunInstancesMonitoringEnabled, RunInstancesRequest, TagSpecification,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::{ImageId, InstanceId, NetworkInterfaceId, ReservationId, VolumeId};
use model::image::Image;
use model::instance::{IamInstanceProfile, Instance, InstanceState, MetadataOptions, PrivateDnsOptions, RootVolume};
use model::instance_type::InstanceType;
use model::launch::{InterfaceSource, launch};
use model::realm::Zone;
use model::subnet::Subnet;
use model::{AccountId, Ctx, Draft, Error, Random, Realm};

use super::answer::{self, Seen};
use super::run_interfaces::{self, Interfaces};
use crate::errors;
use crate::ops::launch_template::{self, Chosen};
use crate::ops::lookup::{self, refuse, required};
use crate::ops::tag_spec::{self, NewTags};
use crate::ops::{image, key_pair};

/// Source: EC2's user guide, "Run commands when you launch an EC2 instance with user data input".
const USER_DATA_BYTES_MAX: usize = 16_384;
/// Instances of one launch at most; EC2's own bound is the account's quota.
const COUNT_MAX: i32 = 1_000;
/// Source: <https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html>.
const VOLUME_TYPES: [&str; 7] = ["gp2", "gp3", "io1", "io2", "sc1", "st1", "standard"];
const VOLUME_GIB_MAX: i32 = 65_536;

/// Launches instances. With a launch template, the request's own parameters stand before those of the template, each
/// as a whole; only tags are put together from both.
pub fn run(draft: &mut Draft, ctx: &mut Ctx<'_>, params: Params) -> Result<Reservation, ApiError> {
    let template = launch_template::chosen(draft.realm(), &params)?;
    let Some(Chosen { template, version, data }) = template else {
        return launch_all(draft, ctx, params.decode::<RunInstances>()?, &BTreeMap::new());
    };
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
) -> Result<Reservation, ApiError> {
    let (least, most) = counts(input.min_count, input.max_count)?;
    let tags = NewTags::new(input.tag_specifications.clone(), &["instance", "network-interface", "volume"])?;
    let wanted = Wanted::read(draft.realm(), ctx, input)?;
    let reservation = ReservationId::random(ctx.random);
    let reuses = |interface: &model::launch::LaunchInterface| matches!(interface.source, InterfaceSource::Existing(_));
    if most > 1 && wanted.interfaces.list.iter().any(reuses) {
        let message = "Network interfaces can be specified by ID only when launching one instance.";
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
    }
    let mut launched = Vec::new();
    for index in 0..most {
        // EC2 launches as many as it can, between the two counts.
        let mut attempt = draft.clone();
        match one(&mut attempt, ctx, &wanted, reservation, index, &tags) {
            Ok(id) => {
                tag_spec::add(&mut attempt, id.into(), own_tags.clone())?;
                launched.push(id);
                *draft = attempt;
            }
            Err(error) if launched.len() < least as usize => return Err(error),
            Err(_) => break,
        }
    }
    let realm = draft.realm();
    let rows = launched.iter().filter_map(|id| realm.instances.get(id));
    let answers = rows.map(|row| (reservation, Seen::new(realm, ctx.scope, row).answer())).collect();
    Ok(answer::reservations(ctx.scope, answers).into_iter().next().unwrap_or_default())
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
    let made: Vec<NetworkInterfaceId> = launch(draft, ctx, instance, list, public_address).map_err(at_launch)?;
    tags.put(draft, id)?;
    tags.put(draft, volume)?;
    for interface in made {
        tags.put(draft, interface)?;
    }
    Ok(id)
}

/// What EC2 answers at launch where it differs from what it answers elsewhere.
fn at_launch(error: Error) -> ApiError {
    match error {
        // [err]
        Error::AddressLimit { .. } => {
            ApiError::new(ErrorCode::InvalidInterfaceIpAddressLimitExceeded, "Number of private addresses will exceed limit.")
        }
        // [seen]
        Error::InterfaceInUse(id) => ApiError::new(ErrorCode::InvalidNetworkInterfaceInUse, format!("Interface: [{id}] in use.")),
        error => errors::answer(error),
    }
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
    fn read(realm: &Realm, ctx: &Ctx<'_>, input: RunInstancesRequest) -> Result<Self, ApiError> {
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
        refuse(hibernation_options.is_some_and(|options| options.configured == Some(true)), "HibernationOptions.Configured")?;
        refuse(enclave_options.is_some_and(|options| options.enabled == Some(true)), "EnclaveOptions.Enabled")?;
        let weighting = network_performance_options.and_then(|options| options.bandwidth_weighting);
        refuse(weighting.is_some_and(|weighting| weighting != "default"), "NetworkPerformanceOptions.BandwidthWeighting")?;
        refuse_capacity_reservation(capacity_reservation_specification)?;

        let image = image_of(ctx, image_id.as_deref())?;
        let instance_type = type_of(instance_type.as_deref(), &image)?;
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
        let (subnet, interfaces) = run_interfaces::read(realm, top_level, network_interfaces)?;
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
            user_data: user_data.as_deref().map(read_user_data).transpose()?,
            disable_api_termination: disable_api_termination.unwrap_or_default(),
            disable_api_stop: disable_api_stop.unwrap_or_default(),
            shutdown_behavior: shutdown_behavior(instance_initiated_shutdown_behavior.as_deref())?.into(),
            tenancy: tenancy.unwrap_or_else(|| vpc_tenancy.to_owned()),
            auto_recovery: one_of(maintenance_options.and_then(|options| options.auto_recovery), "AutoRecovery", &["default", "disabled"])?,
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
            iam_instance_profile.and_then(|profile| profile_arn(ctx.scope.account, profile).transpose()).transpose()?;
        Ok(Self { instance, interfaces, iam_instance_profile })
    }
}

fn refuse_capacity_reservation(specification: Option<CapacityReservationSpecification>) -> Result<(), ApiError> {
    let Some(CapacityReservationSpecification { capacity_reservation_preference, capacity_reservation_target }) = specification else {
        return Ok(());
    };
    refuse(capacity_reservation_target.is_some(), "CapacityReservationSpecification.CapacityReservationTarget")?;
    let other = capacity_reservation_preference.is_some_and(|preference| preference != "open");
    refuse(other, "CapacityReservationSpecification.CapacityReservationPreference")
}

fn image_of(ctx: &Ctx<'_>, id: Option<&str>) -> Result<Image, ApiError> {
    let id: ImageId = lookup::required_id(id, "ImageId")?;
    let image = ctx.world.images.get(id).ok_or_else(|| image::not_found(&[id.to_string()]))?;
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

struct PlacementWanted {
    zone: Option<Zone>,
    tenancy: Option<String>,
}

fn read_placement(ctx: &Ctx<'_>, placement: Option<Placement>) -> Result<PlacementWanted, ApiError> {
    let Placement {
        availability_zone_id,
        affinity,
        group_name,
        partition_number,
        host_id,
        tenancy,
        spread_domain,
        host_resource_group_arn,
        group_id,
        availability_zone,
    } = placement.unwrap_or_default();
    refuse(affinity.is_some(), "Placement.Affinity")?;
    refuse(group_name.is_some_and(|name| !name.is_empty()), "Placement.GroupName")?;
    refuse(partition_number.is_some(), "Placement.PartitionNumber")?;
    refuse(host_id.is_some(), "Placement.HostId")?;
    refuse(spread_domain.is_some(), "Placement.SpreadDomain")?;
    refuse(host_resource_group_arn.is_some(), "Placement.HostResourceGroupArn")?;
    refuse(group_id.is_some(), "Placement.GroupId")?;
    refuse(tenancy.as_deref() == Some("host"), "Placement.Tenancy=host")?;
    let tenancy = tenancy.map(|tenancy| one_of(Some(tenancy), "Tenancy", &["default", "dedicated"])).transpose()?;
    let mut zones = ctx.scope.region.zones();
    let zone = match (availability_zone, availability_zone_id) {
        (None, None) => None,
        (Some(_), Some(_)) => {
            let message = "The parameters AvailabilityZone and AvailabilityZoneId cannot be used together.";
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
        }
        (Some(name), None) => {
            let zone = zones.find(|zone| zone.to_string() == name);
            Some(zone.ok_or_else(|| invalid_zone(&name))?)
        }
        (None, Some(id)) => {
            let zone = zones.find(|zone| zone.id() == id);
            Some(zone.ok_or_else(|| invalid_zone(&id))?)
        }
    };
    Ok(PlacementWanted { zone, tenancy })
}

/// [seen]
fn invalid_zone(name: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidParameterValue, format!("Invalid availability zone: [{name}]"))
}

fn root_volume(image: &Image, mappings: Vec<BlockDeviceMapping>) -> Result<RootVolume, ApiError> {
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

/// User data as a request gives it: base64 of at most 16 KiB.
///
/// # Errors
/// When it is neither.
pub fn read_user_data(text: &str) -> Result<Vec<u8>, ApiError> {
    let bytes = STANDARD.decode(text.split_ascii_whitespace().collect::<String>()).map_err(|_| {
        // [seen]
        ApiError::new(ErrorCode::InvalidParameterValue, "Invalid BASE64 encoding of user data")
    })?;
    if bytes.len() > USER_DATA_BYTES_MAX {
        // [seen]
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, "User data is limited to 16384 bytes"));
    }
    Ok(bytes)
}

/// `stop`, unless it is said otherwise.
///
/// # Errors
/// When it is neither `stop` nor `terminate`.
pub fn shutdown_behavior(given: Option<&str>) -> Result<&'static str, ApiError> {
    match given {
        None | Some("stop") => Ok("stop"),
        Some("terminate") => Ok("terminate"),
        Some(other) => Err(ApiError::invalid_value(other, "instanceInitiatedShutdownBehavior", "Expected 'stop' or 'terminate'.")),
    }
}

/// One of a few words; the first is the default.
///
/// # Errors
/// When it is none of them.
pub fn one_of(given: Option<String>, name: &str, words: &[&str]) -> Result<String, ApiError> {
    let Some(given) = given else { return Ok(words.first().copied().unwrap_or_default().into()) };
    if words.contains(&given.as_str()) {
        Ok(given)
    } else {
        Err(ApiError::invalid_value(given, name, &format!("Expected one of: {}.", words.join(", "))))
    }
}

fn is_monitored(monitoring: Option<RunInstancesMonitoringEnabled>) -> Result<bool, ApiError> {
    let RunInstancesMonitoringEnabled { metric_category_ids, enabled } = monitoring.unwrap_or_default();
    refuse(!metric_category_ids.is_empty(), "Monitoring.MetricCategoryId")?;
    Ok(enabled.unwrap_or_default())
}

fn read_cpu_options(options: CpuOptionsRequest, instance_type: &InstanceType) -> Result<(i32, i32), ApiError> {
    let CpuOptionsRequest { core_count, threads_per_core, amd_sev_snp, nested_virtualization } = options;
    refuse(amd_sev_snp.is_some_and(|given| given != "disabled"), "CpuOptions.AmdSevSnp")?;
    refuse(nested_virtualization.is_some_and(|given| given != "disabled"), "CpuOptions.NestedVirtualization")?;
    let (cores, threads) = (core_count.unwrap_or(instance_type.cores), threads_per_core.unwrap_or(instance_type.threads_per_core));
    if !(1..=instance_type.cores.max(1)).contains(&cores) {
        return Err(ApiError::invalid_value(cores, "CpuOptions.CoreCount", &format!("It is not supported by {}.", instance_type.name)));
    }
    if !(1..=instance_type.threads_per_core.max(1)).contains(&threads) {
        return Err(ApiError::invalid_value(
            threads,
            "CpuOptions.ThreadsPerCore",
            &format!("It is not supported by {}.", instance_type.name),
        ));
    }
    Ok((cores, threads))
}

fn cpu_credits(specification: Option<CreditSpecificationRequest>, instance_type: &InstanceType) -> Result<Option<String>, ApiError> {
    match specification.and_then(|specification| specification.cpu_credits) {
        None => Ok(instance_type.default_cpu_credits().map(Into::into)),
        Some(_) if !instance_type.burstable => {
            let message = format!("The CreditSpecification parameter is not supported for instance type {}.", instance_type.name);
            Err(ApiError::new(ErrorCode::InvalidParameterCombination, message))
        }
        Some(credits) => one_of(Some(credits), "CpuCredits", &["standard", "unlimited"]).map(Some),
    }
}

fn read_metadata_options(options: InstanceMetadataOptionsRequest, image: &Image) -> Result<MetadataOptions, ApiError> {
    let InstanceMetadataOptionsRequest {
        http_tokens,
        http_put_response_hop_limit,
        http_endpoint,
        http_protocol_ipv6,
        instance_metadata_tags,
    } = options;
    // An image that says so makes tokens required and lets answers travel one hop further.
    // Source: EC2's user guide, "Configure instance metadata options for new instances".
    let default = if image.imds_v2_only {
        MetadataOptions { tokens_required: true, hop_limit: 2, ..MetadataOptions::default() }
    } else {
        MetadataOptions::default()
    };
    changed_metadata_options(
        default,
        http_tokens.as_deref(),
        http_put_response_hop_limit,
        [http_endpoint.as_deref(), http_protocol_ipv6.as_deref(), instance_metadata_tags.as_deref()],
    )
}

/// Options of the metadata service with what a request changes: tokens, hop limit, and the three switches (endpoint,
/// IPv6, tags).
///
/// # Errors
/// When a value is none of those that EC2 has.
pub fn changed_metadata_options(
    options: MetadataOptions,
    tokens: Option<&str>,
    hop_limit: Option<i32>,
    switches: [Option<&str>; 3],
) -> Result<MetadataOptions, ApiError> {
    let switch = |given: Option<&str>, name: &str, now: bool| match given {
        None => Ok(now),
        Some("enabled") => Ok(true),
        Some("disabled") => Ok(false),
        Some(other) => Err(ApiError::invalid_value(other, name, "Expected 'enabled' or 'disabled'.")),
    };
    let tokens_required = match tokens {
        None => options.tokens_required,
        Some("required") => true,
        Some("optional") => false,
        Some(other) => return Err(ApiError::invalid_value(other, "HttpTokens", "Expected 'optional' or 'required'.")),
    };
    let hop_limit = match hop_limit {
        None => options.hop_limit,
        Some(limit @ 1..=64) => limit as u8,
        Some(limit) => return Err(ApiError::invalid_value(limit, "HttpPutResponseHopLimit", "It must be from 1 to 64.")),
    };
    let [endpoint, ipv6, tags] = switches;
    Ok(MetadataOptions {
        tokens_required,
        hop_limit,
        enabled: switch(endpoint, "HttpEndpoint", options.enabled)?,
        ipv6: switch(ipv6, "HttpProtocolIpv6", options.ipv6)?,
        instance_tags: switch(tags, "InstanceMetadataTags", options.instance_tags)?,
    })
}

fn read_private_dns(options: Option<PrivateDnsNameOptionsRequest>, subnet: &Subnet) -> Result<PrivateDnsOptions, ApiError> {
    let PrivateDnsNameOptionsRequest { hostname_type, enable_resource_name_dns_a_record, enable_resource_name_dns_aaaa_record } =
        options.unwrap_or_default();
    let hostname_type = match hostname_type {
        None => subnet.private_dns_hostname_type.clone(),
        given => one_of(given, "HostnameType", &["ip-name", "resource-name"])?,
    };
    Ok(PrivateDnsOptions {
        hostname_type,
        a_record: enable_resource_name_dns_a_record.unwrap_or(subnet.resource_name_dns_a_record),
        aaaa_record: enable_resource_name_dns_aaaa_record.unwrap_or(subnet.resource_name_dns_aaaa_record),
    })
}

/// The ARN of a profile that was named either way. There is no IAM that could say whether it exists.
fn profile_arn(account: AccountId, profile: IamInstanceProfileSpecification) -> Result<Option<String>, ApiError> {
    let IamInstanceProfileSpecification { arn, name } = profile;
    match (arn, name) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => {
            // [seen]
            let message = "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'";
            Err(ApiError::new(ErrorCode::InvalidParameterCombination, message))
        }
        (None, Some(name)) => Ok(Some(format!("arn:aws:iam::{account}:instance-profile/{name}"))),
        (Some(arn), None) if arn.starts_with("arn:aws:iam::") && arn.contains(":instance-profile/") => Ok(Some(arn)),
        (Some(arn), None) => {
            let message = format!("Invalid IAM Instance Profile ARN: {arn}");
            Err(ApiError::new(ErrorCode::InvalidIamInstanceProfileArnMalformed, message))
        }
    }
}

/// A profile with ids made up for it.
fn new_profile(random: &mut dyn Random, arn: String) -> IamInstanceProfile {
    let id = format!("AIPA{:016X}", random.next_u64());
    IamInstanceProfile { arn, id, association: format!("iip-assoc-0{:016x}", random.next_u64()) }
}
