//! The members of RunInstances that are about the instance itself, each read into what an instance's row holds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ec2_api::shapes::{
    CapacityReservationSpecification, CpuOptionsRequest, CreditSpecificationRequest, IamInstanceProfileSpecification,
    InstanceMetadataOptionsRequest, Placement, PrivateDnsNameOptionsRequest, RunInstancesMonitoringEnabled,
};
use ec2_api::{ApiError, ErrorCode};
use model::image::Image;
use model::instance::{IamInstanceProfile, MetadataOptions, PrivateDnsOptions};
use model::instance_type::InstanceType;
use model::realm::Zone;
use model::subnet::Subnet;
use model::{AccountId, Ctx, Random, World};

use crate::lookup::refuse;

/// Source: EC2's user guide, "Run commands when you launch an EC2 instance with user data input".
const USER_DATA_BYTES_MAX: usize = 16_384;

/// Refuses capacity reservations; `open` is what every instance here is.
///
/// # Errors
/// When anything else is asked for.
pub fn refuse_capacity_reservation(specification: Option<CapacityReservationSpecification>) -> Result<(), ApiError> {
    let Some(CapacityReservationSpecification { capacity_reservation_preference, capacity_reservation_target }) = specification else {
        return Ok(());
    };
    refuse(capacity_reservation_target.is_some(), "CapacityReservationSpecification.CapacityReservationTarget")?;
    let other = capacity_reservation_preference.is_some_and(|preference| preference != "open");
    refuse(other, "CapacityReservationSpecification.CapacityReservationPreference")
}

/// Where instances are to be.
pub struct PlacementWanted {
    /// In which zone.
    pub zone: Option<Zone>,
    /// `default` or `dedicated`.
    pub tenancy: Option<String>,
}

/// Where instances are to be.
///
/// # Errors
/// When a zone is unknown, or something is asked for that one host cannot give.
pub fn read_placement(ctx: &Ctx<'_>, placement: Option<Placement>) -> Result<PlacementWanted, ApiError> {
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
    // Clients send what they were not told as an empty text.
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    refuse(said(affinity).is_some(), "Placement.Affinity")?;
    refuse(said(group_name).is_some(), "Placement.GroupName")?;
    refuse(partition_number.is_some_and(|number| number != 0), "Placement.PartitionNumber")?;
    refuse(said(host_id).is_some(), "Placement.HostId")?;
    refuse(said(spread_domain).is_some(), "Placement.SpreadDomain")?;
    refuse(said(host_resource_group_arn).is_some(), "Placement.HostResourceGroupArn")?;
    refuse(said(group_id).is_some(), "Placement.GroupId")?;
    let tenancy = said(tenancy);
    refuse(tenancy.as_deref() == Some("host"), "Placement.Tenancy=host")?;
    let tenancy = tenancy.map(|tenancy| one_of(Some(tenancy), "Tenancy", &["default", "dedicated"])).transpose()?;
    let mut zones = ctx.scope.region.zones();
    let zone = match (said(availability_zone), said(availability_zone_id)) {
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

/// Whether detailed monitoring is on.
///
/// # Errors
/// When single metrics are asked for.
pub fn is_monitored(monitoring: Option<RunInstancesMonitoringEnabled>) -> Result<bool, ApiError> {
    let RunInstancesMonitoringEnabled { metric_category_ids, enabled } = monitoring.unwrap_or_default();
    refuse(!metric_category_ids.is_empty(), "Monitoring.MetricCategoryId")?;
    Ok(enabled.unwrap_or_default())
}

/// Cores and threads per core.
///
/// # Errors
/// When the type has fewer.
pub fn read_cpu_options(options: CpuOptionsRequest, instance_type: &InstanceType) -> Result<(i32, i32), ApiError> {
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

/// How CPU credits are spent, for types that have them.
///
/// # Errors
/// When the type has none, or the word is unknown.
pub fn cpu_credits(specification: Option<CreditSpecificationRequest>, instance_type: &InstanceType) -> Result<Option<String>, ApiError> {
    match specification.and_then(|specification| specification.cpu_credits) {
        None => Ok(instance_type.default_cpu_credits().map(Into::into)),
        Some(_) if !instance_type.burstable => {
            let message = format!("The CreditSpecification parameter is not supported for instance type {}.", instance_type.name);
            Err(ApiError::new(ErrorCode::InvalidParameterCombination, message))
        }
        Some(credits) => one_of(Some(credits), "CpuCredits", &["standard", "unlimited"]).map(Some),
    }
}

/// The settings of the metadata service: the image's, with what the request changes.
///
/// # Errors
/// When a value is none of those that EC2 has.
pub fn read_metadata_options(options: InstanceMetadataOptionsRequest, image: &Image) -> Result<MetadataOptions, ApiError> {
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

/// Which private DNS name instances have: what the subnet says, unless the request says otherwise.
///
/// # Errors
/// When the word is unknown, or names by address are wanted where there is no IPv4.
pub fn read_private_dns(options: Option<PrivateDnsNameOptionsRequest>, subnet: &Subnet) -> Result<PrivateDnsOptions, ApiError> {
    let PrivateDnsNameOptionsRequest { hostname_type, enable_resource_name_dns_a_record, enable_resource_name_dns_aaaa_record } =
        options.unwrap_or_default();
    let hostname_type = match hostname_type {
        None => subnet.private_dns_hostname_type.clone(),
        // Source: the API reference of PrivateDnsNameOptionsRequest. Which code EC2 has for it is not known.
        Some(given) if given == "ip-name" && subnet.cidr.is_none() => {
            let why = format!("The subnet '{}' is IPv6-only, so that names must be based on instance IDs.", subnet.id);
            return Err(ApiError::invalid_value(given, "HostnameType", &why));
        }
        given => one_of(given, "HostnameType", &["ip-name", "resource-name"])?,
    };
    Ok(PrivateDnsOptions {
        hostname_type,
        a_record: enable_resource_name_dns_a_record.unwrap_or(subnet.resource_name_dns_a_record),
        aaaa_record: enable_resource_name_dns_aaaa_record.unwrap_or(subnet.resource_name_dns_aaaa_record),
    })
}

/// The ARN of a profile that was named either way. There is no IAM; the configuration says which profiles there are.
///
/// # Errors
/// When it is named both ways, not as an ARN is, or does not exist.
pub fn profile_arn(account: AccountId, world: &World, profile: IamInstanceProfileSpecification) -> Result<Option<String>, ApiError> {
    // [seen] of profiles that do not exist.
    let unknown = |given: &str, member: &str, what: &str| {
        let message = format!("Value ({given}) for parameter iamInstanceProfile.{member} is invalid. Invalid IAM Instance Profile {what}");
        Err(ApiError::new(ErrorCode::InvalidParameterValue, message))
    };
    let IamInstanceProfileSpecification { arn, name } = profile;
    match (arn, name) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => {
            // [seen]
            let message = "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'";
            Err(ApiError::new(ErrorCode::InvalidParameterCombination, message))
        }
        (None, Some(name)) if world.instance_profiles.contains(&name) => {
            Ok(Some(format!("arn:aws:iam::{account}:instance-profile/{name}")))
        }
        (None, Some(name)) => unknown(&name, "name", "name"),
        (Some(arn), None) if arn.starts_with("arn:aws:iam::") && arn.contains(":instance-profile/") => {
            // Before the name there may be a path.
            let named = arn.strip_prefix(&format!("arn:aws:iam::{account}:instance-profile/"));
            let name = named.and_then(|path| path.rsplit('/').next());
            if name.is_some_and(|name| world.instance_profiles.contains(name)) { Ok(Some(arn)) } else { unknown(&arn, "arn", "ARN") }
        }
        (Some(arn), None) => {
            let message = format!("Invalid IAM Instance Profile ARN: {arn}");
            Err(ApiError::new(ErrorCode::InvalidIamInstanceProfileArnMalformed, message))
        }
    }
}

/// A profile with ids made up for it.
pub fn new_profile(random: &mut dyn Random, arn: String) -> IamInstanceProfile {
    let id = format!("AIPA{:016X}", random.next_u64());
    IamInstanceProfile { arn, id, association: format!("iip-assoc-0{:016x}", random.next_u64()) }
}
