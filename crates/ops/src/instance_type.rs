//! Instance types: what AWS tells of them, and where they are offered (everywhere).
//!
//! What a type has at AWS is told though it is refused here, such as Spot Instances or hibernation: clients choose types by it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use ec2_api::shapes::{
    DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypeOfferingsResult, DescribeInstanceTypesRequest, DescribeInstanceTypesResult,
    InstanceTypeInfo, InstanceTypeOffering,
};
use ec2_api::{ApiError, ErrorCode};
use model::instance_type::InstanceType;

use super::describe::{self, Ids};
use super::filter::Filters;
use super::page::{Page, Sizes};
use super::{View, operations};

operations! {
    read DescribeInstanceTypes => describe_instance_types,
    read DescribeInstanceTypeOfferings => describe_offerings,
}

/// `InstanceType.N` at most. Source: the API reference of DescribeInstanceTypes.
const NAMES_MAX: usize = 100;
/// The page of who asks for no pages: unlike elsewhere, EC2 does not answer everything then (boto/boto3#2888,
/// aws/aws-sdk-js-v3#5068).
const TYPES_PAGE: i32 = 100;
const OFFERINGS_PAGE: i32 = 1000;
/// `MaxResults`, from botocore's model.
const TYPES_MAX_RESULTS: Sizes = Sizes::within(5, 100);

const FILTERS: &[&str] = &[
    "auto-recovery-supported",
    "bare-metal",
    "burstable-performance-supported",
    "current-generation",
    "dedicated-hosts-supported",
    "ebs-info.attachment-limit-type",
    "ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps",
    "ebs-info.ebs-optimized-info.baseline-iops",
    "ebs-info.ebs-optimized-info.baseline-throughput-in-mbps",
    "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps",
    "ebs-info.ebs-optimized-info.maximum-iops",
    "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps",
    "ebs-info.ebs-optimized-support",
    "ebs-info.encryption-support",
    "ebs-info.maximum-ebs-attachments",
    "ebs-info.nvme-support",
    "free-tier-eligible",
    "hibernation-supported",
    "hypervisor",
    "instance-storage-info.disk.count",
    "instance-storage-info.disk.size-in-gb",
    "instance-storage-info.disk.type",
    "instance-storage-info.encryption-support",
    "instance-storage-info.nvme-support",
    "instance-storage-info.total-size-in-gb",
    "instance-storage-supported",
    "instance-type",
    "memory-info.size-in-mib",
    "network-info.bandwidth-weightings",
    "network-info.efa-info.maximum-efa-interfaces",
    "network-info.efa-supported",
    "network-info.ena-support",
    "network-info.encryption-in-transit-supported",
    "network-info.flexible-ena-queues-support",
    "network-info.ipv4-addresses-per-interface",
    "network-info.ipv6-addresses-per-interface",
    "network-info.ipv6-supported",
    "network-info.maximum-network-cards",
    "network-info.maximum-network-interfaces",
    "network-info.network-performance",
    "nitro-enclaves-support",
    "nitro-tpm-info.supported-versions",
    "nitro-tpm-support",
    "processor-info.supported-architecture",
    "processor-info.supported-features",
    "processor-info.sustained-clock-speed-in-ghz",
    "reboot-migration-support",
    "supported-boot-mode",
    "supported-root-device-type",
    "supported-usage-class",
    "supported-virtualization-type",
    "vcpu-info.default-cores",
    "vcpu-info.default-threads-per-core",
    "vcpu-info.default-vcpus",
    "vcpu-info.valid-cores",
    "vcpu-info.valid-threads-per-core",
];

/// The name of a type as the key of a page.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name(String);

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

fn describe_instance_types(_view: &View<'_>, input: DescribeInstanceTypesRequest) -> Result<DescribeInstanceTypesResult, ApiError> {
    // Every type is offered in every region, so that including the others changes nothing.
    let DescribeInstanceTypesRequest { dry_run: _, instance_types, filters, max_results, next_token, include_unsupported_in_region: _ } =
        input;
    Ids("InstanceTypes", &instance_types).or_pages(max_results)?;
    if instance_types.len() > NAMES_MAX {
        let message = format!("The maximum number of instance types that can be specified in one request is {NAMES_MAX}.");
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    let filters = Filters::untagged(filters, FILTERS)?;
    let page = Page::<Name>::new(max_results.or(Some(TYPES_PAGE)), next_token.as_deref(), TYPES_MAX_RESULTS)?;
    let unknown: BTreeSet<&str> = instance_types.iter().map(String::as_str).filter(|name| InstanceType::named(name).is_none()).collect();
    if !unknown.is_empty() {
        return Err(not_found(&unknown.into_iter().collect::<Vec<_>>()));
    }
    let accepted = INFOS
        .iter()
        .filter_map(|known| Some((known.instance_type.as_ref()?, known)))
        .filter(|(name, _)| instance_types.is_empty() || instance_types.contains(name))
        .filter(|(_, known)| filters.accept_untagged(|name| values(known, name)))
        .map(|(name, known)| (Name(name.clone()), known));
    let (types, next_token) = page.cut(accepted);
    Ok(DescribeInstanceTypesResult { instance_types: types.into_iter().cloned().collect(), next_token })
}

/// Every type is offered in every zone of every region.
fn describe_offerings(
    view: &View<'_>,
    input: DescribeInstanceTypeOfferingsRequest,
) -> Result<DescribeInstanceTypeOfferingsResult, ApiError> {
    let DescribeInstanceTypeOfferingsRequest { dry_run: _, location_type, filters, max_results, next_token } = input;
    let region = view.scope.region;
    let location_type = location_type.unwrap_or_else(|| "region".into());
    let mut locations: Vec<String> = match location_type.as_str() {
        "region" => vec![region.name().into()],
        "availability-zone" => region.zones().map(|zone| zone.to_string()).collect(),
        "availability-zone-id" => region.zones().map(|zone| zone.id()).collect(),
        // There are none.
        "outpost" => Vec::new(),
        other => {
            let why = "Expected one of: region, availability-zone, availability-zone-id, outpost.";
            return Err(ApiError::invalid_value(other, "LocationType", why));
        }
    };
    locations.sort();
    let filters = Filters::untagged(filters, &["instance-type", "location"])?;
    let page = Page::<Name>::new(max_results.or(Some(OFFERINGS_PAGE)), next_token.as_deref(), describe::MAX_RESULTS)?;
    // A space stands before every character of a name, so that the order is that of the types, then of the locations.
    let offerings = InstanceType::all().flat_map(|known| locations.iter().map(move |location| (known.name, location)));
    let accepted = offerings
        .filter(|(name, location)| {
            filters.accept_untagged(|filter| match filter {
                "instance-type" => vec![(*name).to_owned()],
                "location" => vec![(*location).clone()],
                _ => Vec::new(),
            })
        })
        .map(|(name, location)| (Name(format!("{name} {location}")), (name, location)));
    let (offerings, next_token) = page.cut(accepted);
    let answer = |(name, location): (&str, &String)| InstanceTypeOffering {
        instance_type: Some(name.to_owned()),
        location_type: Some(location_type.clone()),
        location: Some(location.clone()),
    };
    Ok(DescribeInstanceTypeOfferingsResult { instance_type_offerings: offerings.into_iter().map(answer).collect(), next_token })
}

/// There are no such types [seen].
pub fn not_found(names: &[&str]) -> ApiError {
    let message = format!("The following supplied instance types do not exist: [{}]", names.join(", "));
    ApiError::new(ErrorCode::InvalidInstanceType, message)
}

/// Everything that is told of each type.
static INFOS: LazyLock<Vec<InstanceTypeInfo>> =
    LazyLock::new(|| InstanceType::all().filter_map(|known| serde_json::from_value(known.facts()).ok()).collect());

fn values(known: &InstanceTypeInfo, name: &str) -> Vec<String> {
    fn shown<T: ToString>(value: impl IntoIterator<Item = T>) -> Vec<String> {
        value.into_iter().map(|value| value.to_string()).collect()
    }
    let (vcpus, processor, tpm) = (known.v_cpu_info.as_ref(), known.processor_info.as_ref(), known.nitro_tpm_info.as_ref());
    let (ebs, network, storage) = (known.ebs_info.as_ref(), known.network_info.as_ref(), known.instance_storage_info.as_ref());
    let optimized = ebs.and_then(|ebs| ebs.ebs_optimized_info.as_ref());
    let disks = || storage.into_iter().flat_map(|storage| &storage.disks);
    match name {
        "auto-recovery-supported" => shown(known.auto_recovery_supported),
        "bare-metal" => shown(known.bare_metal),
        "burstable-performance-supported" => shown(known.burstable_performance_supported),
        "current-generation" => shown(known.current_generation),
        "dedicated-hosts-supported" => shown(known.dedicated_hosts_supported),
        "ebs-info.attachment-limit-type" => shown(ebs.and_then(|ebs| ebs.attachment_limit_type.clone())),
        "ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps" => shown(optimized.and_then(|ebs| ebs.baseline_bandwidth_in_mbps)),
        "ebs-info.ebs-optimized-info.baseline-iops" => shown(optimized.and_then(|ebs| ebs.baseline_iops)),
        "ebs-info.ebs-optimized-info.baseline-throughput-in-mbps" => shown(optimized.and_then(|ebs| ebs.baseline_throughput_in_m_bps)),
        "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps" => shown(optimized.and_then(|ebs| ebs.maximum_bandwidth_in_mbps)),
        "ebs-info.ebs-optimized-info.maximum-iops" => shown(optimized.and_then(|ebs| ebs.maximum_iops)),
        "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps" => shown(optimized.and_then(|ebs| ebs.maximum_throughput_in_m_bps)),
        "ebs-info.ebs-optimized-support" => shown(ebs.and_then(|ebs| ebs.ebs_optimized_support.clone())),
        "ebs-info.encryption-support" => shown(ebs.and_then(|ebs| ebs.encryption_support.clone())),
        "ebs-info.maximum-ebs-attachments" => shown(ebs.and_then(|ebs| ebs.maximum_ebs_attachments)),
        "ebs-info.nvme-support" => shown(ebs.and_then(|ebs| ebs.nvme_support.clone())),
        "free-tier-eligible" => shown(known.free_tier_eligible),
        "hibernation-supported" => shown(known.hibernation_supported),
        "hypervisor" => shown(known.hypervisor.clone()),
        "instance-storage-info.disk.count" => shown(disks().filter_map(|disk| disk.count)),
        "instance-storage-info.disk.size-in-gb" => shown(disks().filter_map(|disk| disk.size_in_gb)),
        "instance-storage-info.disk.type" => shown(disks().filter_map(|disk| disk.r#type.clone())),
        "instance-storage-info.encryption-support" => shown(storage.and_then(|storage| storage.encryption_support.clone())),
        "instance-storage-info.nvme-support" => shown(storage.and_then(|storage| storage.nvme_support.clone())),
        "instance-storage-info.total-size-in-gb" => shown(storage.and_then(|storage| storage.total_size_in_gb)),
        "instance-storage-supported" => shown(known.instance_storage_supported),
        "instance-type" => shown(known.instance_type.clone()),
        "memory-info.size-in-mib" => shown(known.memory_info.as_ref().and_then(|memory| memory.size_in_mi_b)),
        "network-info.bandwidth-weightings" => shown(network.map(|network| network.bandwidth_weightings.clone()).unwrap_or_default()),
        "network-info.efa-info.maximum-efa-interfaces" => {
            shown(network.and_then(|network| network.efa_info.as_ref()).and_then(|efa| efa.maximum_efa_interfaces))
        }
        "network-info.efa-supported" => shown(network.and_then(|network| network.efa_supported)),
        "network-info.ena-support" => shown(network.and_then(|network| network.ena_support.clone())),
        "network-info.encryption-in-transit-supported" => shown(network.and_then(|network| network.encryption_in_transit_supported)),
        "network-info.flexible-ena-queues-support" => shown(network.and_then(|network| network.flexible_ena_queues_support.clone())),
        "network-info.ipv4-addresses-per-interface" => shown(network.and_then(|network| network.ipv4_addresses_per_interface)),
        "network-info.ipv6-addresses-per-interface" => shown(network.and_then(|network| network.ipv6_addresses_per_interface)),
        "network-info.ipv6-supported" => shown(network.and_then(|network| network.ipv6_supported)),
        "network-info.maximum-network-cards" => shown(network.and_then(|network| network.maximum_network_cards)),
        "network-info.maximum-network-interfaces" => shown(network.and_then(|network| network.maximum_network_interfaces)),
        "network-info.network-performance" => shown(network.and_then(|network| network.network_performance.clone())),
        "nitro-enclaves-support" => shown(known.nitro_enclaves_support.clone()),
        "nitro-tpm-info.supported-versions" => shown(tpm.map(|tpm| tpm.supported_versions.clone()).unwrap_or_default()),
        "nitro-tpm-support" => shown(known.nitro_tpm_support.clone()),
        "processor-info.supported-architecture" => {
            shown(processor.map(|processor| processor.supported_architectures.clone()).unwrap_or_default())
        }
        "processor-info.supported-features" => shown(processor.map(|processor| processor.supported_features.clone()).unwrap_or_default()),
        "processor-info.sustained-clock-speed-in-ghz" => shown(processor.and_then(|processor| processor.sustained_clock_speed_in_ghz)),
        "reboot-migration-support" => shown(known.reboot_migration_support.clone()),
        "supported-boot-mode" => known.supported_boot_modes.clone(),
        "supported-root-device-type" => known.supported_root_device_types.clone(),
        "supported-usage-class" => known.supported_usage_classes.clone(),
        "supported-virtualization-type" => known.supported_virtualization_types.clone(),
        "vcpu-info.default-cores" => shown(vcpus.and_then(|vcpus| vcpus.default_cores)),
        "vcpu-info.default-threads-per-core" => shown(vcpus.and_then(|vcpus| vcpus.default_threads_per_core)),
        "vcpu-info.default-vcpus" => shown(vcpus.and_then(|vcpus| vcpus.default_v_cpus)),
        "vcpu-info.valid-cores" => shown(vcpus.map(|vcpus| vcpus.valid_cores.clone()).unwrap_or_default()),
        "vcpu-info.valid-threads-per-core" => shown(vcpus.map(|vcpus| vcpus.valid_threads_per_core.clone()).unwrap_or_default()),
        _ => Vec::new(),
    }
}
