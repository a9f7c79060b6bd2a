//! Instance types: their limits, and where they are offered (everywhere).
//!
//! What the table of types does not tell (storage, accelerators, processors) is left out of answers, and filters on it
//! match nothing: a made-up fact would be worse than none. What is asked for in vain here, such as hibernation or ENA Express,
//! is told to be unsupported, whatever the type has at EC2: clients that ask first are spared the refusal.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use ec2_api::shapes::{
    DefaultConnectionTrackingConfiguration, DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypeOfferingsResult,
    DescribeInstanceTypesRequest, DescribeInstanceTypesResult, EbsInfo, InstanceTypeInfo, InstanceTypeOffering, MemoryInfo,
    NetworkCardInfo, NetworkInfo, PlacementGroupInfo, ProcessorInfo, VCpuInfo,
};
use ec2_api::{ApiError, ErrorCode};
use model::instance_type::InstanceType;
use model::interface::ConnectionTracking;

use super::describe::{self, Ids, truth};
use super::filter::Filters;
use super::page::{Page, Sizes};
use super::{View, operations};

operations! {
    read DescribeInstanceTypes => describe_instance_types,
    read DescribeInstanceTypeOfferings => describe_offerings,
}

/// `InstanceType.N` at most. Source: the API reference of DescribeInstanceTypes.
const NAMES_MAX: usize = 100;
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
    let page = Page::<Name>::new(max_results, next_token.as_deref(), TYPES_MAX_RESULTS)?;
    let unknown: BTreeSet<&str> = instance_types.iter().map(String::as_str).filter(|name| InstanceType::named(name).is_none()).collect();
    if !unknown.is_empty() {
        return Err(not_found(&unknown.into_iter().collect::<Vec<_>>()));
    }
    let accepted = InstanceType::all()
        .filter(|known| instance_types.is_empty() || instance_types.iter().any(|name| name == known.name))
        .filter(|known| filters.accept_untagged(|name| values(known, name)))
        .map(|known| (Name(known.name.to_owned()), known));
    let (types, next_token) = page.cut(accepted);
    Ok(DescribeInstanceTypesResult { instance_types: types.into_iter().map(answer).collect(), next_token })
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
    let page = Page::<Name>::new(max_results, next_token.as_deref(), describe::MAX_RESULTS)?;
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

fn values(known: &InstanceType, name: &str) -> Vec<String> {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    match name {
        "auto-recovery-supported" => truth(!known.bare_metal),
        "bare-metal" => truth(known.bare_metal),
        "burstable-performance-supported" => truth(known.burstable),
        "dedicated-hosts-supported" | "hibernation-supported" | "network-info.encryption-in-transit-supported" => truth(false),
        "network-info.flexible-ena-queues-support" | "nitro-enclaves-support" | "nitro-tpm-support" | "reboot-migration-support" => {
            vec![UNSUPPORTED.into()]
        }
        "current-generation" => truth(known.current_generation),
        "ebs-info.encryption-support" => vec!["supported".into()],
        "ebs-info.nvme-support" => vec![nvme(known).into()],
        "hypervisor" => texts(known.hypervisor.as_slice()),
        "instance-type" => vec![known.name.into()],
        "memory-info.size-in-mib" => vec![known.memory_mib.to_string()],
        "network-info.ena-support" => vec![known.ena_support.into()],
        "network-info.ipv4-addresses-per-interface" => vec![known.ipv4_per_interface_max.to_string()],
        "network-info.ipv6-addresses-per-interface" => vec![known.ipv6_per_interface_max.to_string()],
        "network-info.ipv6-supported" => truth(known.ipv6_supported),
        "network-info.maximum-network-cards" => vec![known.network_cards.len().to_string()],
        "network-info.maximum-network-interfaces" => vec![known.interfaces_max.to_string()],
        "network-info.network-performance" => vec![known.network_performance.into()],
        "processor-info.supported-architecture" => texts(&known.architectures),
        "processor-info.sustained-clock-speed-in-ghz" => known.clock_ghz.map(|ghz| ghz.to_string()).into_iter().collect(),
        "supported-boot-mode" => texts(&known.boot_modes),
        "supported-root-device-type" => texts(&known.root_devices),
        "supported-usage-class" => vec!["on-demand".into()],
        "supported-virtualization-type" => texts(&known.virtualization_types),
        "vcpu-info.default-cores" => vec![known.cores.to_string()],
        "vcpu-info.default-threads-per-core" => vec![known.threads_per_core.to_string()],
        "vcpu-info.default-vcpus" => vec![known.vcpus.to_string()],
        _ => Vec::new(),
    }
}

/// How answers and filters write that a feature is not there.
const UNSUPPORTED: &str = "unsupported";

/// Nitro exposes volumes as NVMe devices, Xen does not.
fn nvme(known: &InstanceType) -> &'static str {
    if known.hypervisor == Some("xen") { UNSUPPORTED } else { "required" }
}

fn answer(known: &InstanceType) -> InstanceTypeInfo {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let number = |value: u32| i32::try_from(value).ok();
    let (baseline, peak) = card_gigabits(known);
    let cards = known.network_cards.iter().enumerate().map(|(index, &interfaces)| NetworkCardInfo {
        network_card_index: i32::try_from(index).ok(),
        network_performance: Some(card_performance(known).to_owned()),
        maximum_network_interfaces: number(interfaces),
        baseline_bandwidth_in_gbps: baseline,
        peak_bandwidth_in_gbps: peak,
        interface_types: vec!["interface".into()],
        ..NetworkCardInfo::default()
    });
    InstanceTypeInfo {
        instance_type: Some(known.name.into()),
        current_generation: Some(known.current_generation),
        // Only On-Demand instances can be launched here.
        supported_usage_classes: vec!["on-demand".into()],
        supported_root_device_types: texts(&known.root_devices),
        supported_virtualization_types: texts(&known.virtualization_types),
        bare_metal: Some(known.bare_metal),
        hypervisor: known.hypervisor.map(Into::into),
        processor_info: Some(ProcessorInfo {
            supported_architectures: texts(&known.architectures),
            sustained_clock_speed_in_ghz: known.clock_ghz,
            ..ProcessorInfo::default()
        }),
        v_cpu_info: Some(VCpuInfo {
            default_v_cpus: Some(known.vcpus),
            default_cores: Some(known.cores).filter(|cores| *cores > 0),
            default_threads_per_core: Some(known.threads_per_core).filter(|threads| *threads > 0),
            ..VCpuInfo::default()
        }),
        memory_info: Some(MemoryInfo { size_in_mi_b: Some(known.memory_mib) }),
        ebs_info: Some(EbsInfo {
            encryption_support: Some("supported".into()),
            nvme_support: Some(nvme(known).into()),
            ..EbsInfo::default()
        }),
        network_info: Some(NetworkInfo {
            network_performance: Some(known.network_performance.into()),
            maximum_network_interfaces: number(known.interfaces_max),
            maximum_network_cards: i32::try_from(known.network_cards.len()).ok(),
            default_network_card_index: Some(i32::from(known.default_network_card)),
            network_cards: cards.collect(),
            ipv4_addresses_per_interface: number(known.ipv4_per_interface_max),
            ipv6_addresses_per_interface: number(known.ipv6_per_interface_max),
            ipv6_supported: Some(known.ipv6_supported),
            ena_support: Some(known.ena_support.into()),
            encryption_in_transit_supported: Some(false),
            ena_srd_supported: Some(false),
            // EC2 forgets idle TCP connections of its newest types sooner; which those are the table does not tell, and here they are kept.
            connection_tracking_configuration: Some(DefaultConnectionTrackingConfiguration {
                default_tcp_established_timeout: Some(ConnectionTracking::TCP_ESTABLISHED_SECONDS_DEFAULT),
                default_udp_timeout: Some(ConnectionTracking::UDP_SECONDS_DEFAULT),
                default_udp_stream_timeout: Some(ConnectionTracking::UDP_STREAM_SECONDS_DEFAULT),
            }),
            flexible_ena_queues_support: Some(UNSUPPORTED.into()),
            secondary_network_supported: Some(false),
            ..NetworkInfo::default()
        }),
        placement_group_info: Some(PlacementGroupInfo::default()),
        hibernation_supported: Some(false),
        burstable_performance_supported: Some(known.burstable),
        dedicated_hosts_supported: Some(false),
        auto_recovery_supported: Some(!known.bare_metal),
        supported_boot_modes: texts(&known.boot_modes),
        nitro_enclaves_support: Some(UNSUPPORTED.into()),
        nitro_tpm_support: Some(UNSUPPORTED.into()),
        reboot_migration_support: Some(UNSUPPORTED.into()),
        supported_in_region: Some(true),
        ..InstanceTypeInfo::default()
    }
}

/// The bandwidth of one card: `4x 100 Gigabit` is four cards of 100.
fn card_performance(known: &InstanceType) -> &str {
    known.network_performance.split_once("x ").map_or(known.network_performance, |(count, each)| {
        if count.bytes().all(|byte| byte.is_ascii_digit()) { each } else { known.network_performance }
    })
}

/// The baseline and the peak of a card in Gbps, as far as the words for its bandwidth say: `Up to 10 Gigabit` is a peak, `25 Gigabit`
/// is both. Where one number stands for several cards, it is not each one's.
fn card_gigabits(known: &InstanceType) -> (Option<f64>, Option<f64>) {
    let words = card_performance(known);
    if known.network_cards.len() > 1 && words == known.network_performance {
        return (None, None);
    }
    let gigabits = |words: &str| words.strip_suffix(" Gigabit")?.parse().ok();
    match words.strip_prefix("Up to ") {
        Some(most) => (None, gigabits(most)),
        None => (gigabits(words), gigabits(words)),
    }
}
