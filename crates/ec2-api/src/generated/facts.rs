//! Structures of answers that are read from a file of facts. Written by `cargo xtask codegen`; do not edit.

use crate::shape::prelude::*;

fact_shapes! {
DefaultConnectionTrackingConfiguration {
    default_tcp_established_timeout: Option<i32> = one "defaultTcpEstablishedTimeout";
    default_udp_timeout: Option<i32> = one "defaultUdpTimeout";
    default_udp_stream_timeout: Option<i32> = one "defaultUdpStreamTimeout";
}
DiskInfo {
    size_in_gb: Option<i64> = one "sizeInGB";
    count: Option<i32> = one "count";
    r#type: Option<String> = one "type";
}
EbsCardInfo {
    ebs_card_index: Option<i32> = one "ebsCardIndex";
    baseline_bandwidth_in_mbps: Option<i32> = one "baselineBandwidthInMbps";
    baseline_throughput_in_m_bps: Option<f64> = one "baselineThroughputInMBps";
    baseline_iops: Option<i32> = one "baselineIops";
    maximum_bandwidth_in_mbps: Option<i32> = one "maximumBandwidthInMbps";
    maximum_throughput_in_m_bps: Option<f64> = one "maximumThroughputInMBps";
    maximum_iops: Option<i32> = one "maximumIops";
}
EbsInfo {
    ebs_optimized_support: Option<String> = one "ebsOptimizedSupport";
    encryption_support: Option<String> = one "encryptionSupport";
    ebs_optimized_info: Option<EbsOptimizedInfo> = one "ebsOptimizedInfo";
    nvme_support: Option<String> = one "nvmeSupport";
    maximum_ebs_attachments: Option<i32> = one "maximumEbsAttachments";
    attachment_limit_type: Option<String> = one "attachmentLimitType";
    maximum_ebs_cards: Option<i32> = one "maximumEbsCards";
    ebs_cards: Vec<EbsCardInfo> = list_or_absent "ebsCardSet";
}
EbsOptimizedInfo {
    baseline_bandwidth_in_mbps: Option<i32> = one "baselineBandwidthInMbps";
    baseline_throughput_in_m_bps: Option<f64> = one "baselineThroughputInMBps";
    baseline_iops: Option<i32> = one "baselineIops";
    maximum_bandwidth_in_mbps: Option<i32> = one "maximumBandwidthInMbps";
    maximum_throughput_in_m_bps: Option<f64> = one "maximumThroughputInMBps";
    maximum_iops: Option<i32> = one "maximumIops";
}
EfaInfo {
    maximum_efa_interfaces: Option<i32> = one "maximumEfaInterfaces";
}
FpgaDeviceInfo {
    name: Option<String> = one "name";
    manufacturer: Option<String> = one "manufacturer";
    count: Option<i32> = one "count";
    memory_info: Option<FpgaDeviceMemoryInfo> = one "memoryInfo";
}
FpgaDeviceMemoryInfo {
    size_in_mi_b: Option<i32> = one "sizeInMiB";
}
FpgaInfo {
    fpgas: Vec<FpgaDeviceInfo> = list "fpgas";
    total_fpga_memory_in_mi_b: Option<i32> = one "totalFpgaMemoryInMiB";
}
GpuDeviceInfo {
    name: Option<String> = one "name";
    manufacturer: Option<String> = one "manufacturer";
    count: Option<i32> = one "count";
    logical_gpu_count: Option<i32> = one "logicalGpuCount";
    gpu_partition_size: Option<f64> = one "gpuPartitionSize";
    workloads: Vec<String> = list "workloadSet";
    memory_info: Option<GpuDeviceMemoryInfo> = one "memoryInfo";
}
GpuDeviceMemoryInfo {
    size_in_mi_b: Option<i32> = one "sizeInMiB";
}
GpuInfo {
    gpus: Vec<GpuDeviceInfo> = list "gpus";
    total_gpu_memory_in_mi_b: Option<i32> = one "totalGpuMemoryInMiB";
}
InferenceAcceleratorInfo {
    accelerators: Vec<InferenceDeviceInfo> = list "accelerators";
    total_inference_memory_in_mi_b: Option<i32> = one "totalInferenceMemoryInMiB";
}
InferenceDeviceInfo {
    count: Option<i32> = one "count";
    name: Option<String> = one "name";
    manufacturer: Option<String> = one "manufacturer";
    memory_info: Option<InferenceDeviceMemoryInfo> = one "memoryInfo";
}
InferenceDeviceMemoryInfo {
    size_in_mi_b: Option<i32> = one "sizeInMiB";
}
InstanceStorageInfo {
    total_size_in_gb: Option<i64> = one "totalSizeInGB";
    disks: Vec<DiskInfo> = list "disks";
    nvme_support: Option<String> = one "nvmeSupport";
    encryption_support: Option<String> = one "encryptionSupport";
}
InstanceTypeInfo {
    instance_type: Option<String> = one "instanceType";
    current_generation: Option<bool> = one "currentGeneration";
    free_tier_eligible: Option<bool> = one "freeTierEligible";
    supported_usage_classes: Vec<String> = list "supportedUsageClasses";
    supported_root_device_types: Vec<String> = list "supportedRootDeviceTypes";
    supported_virtualization_types: Vec<String> = list "supportedVirtualizationTypes";
    bare_metal: Option<bool> = one "bareMetal";
    hypervisor: Option<String> = one "hypervisor";
    processor_info: Option<ProcessorInfo> = one "processorInfo";
    v_cpu_info: Option<VCpuInfo> = one "vCpuInfo";
    memory_info: Option<MemoryInfo> = one "memoryInfo";
    instance_storage_supported: Option<bool> = one "instanceStorageSupported";
    instance_storage_info: Option<InstanceStorageInfo> = one "instanceStorageInfo";
    ebs_info: Option<EbsInfo> = one "ebsInfo";
    network_info: Option<NetworkInfo> = one "networkInfo";
    gpu_info: Option<GpuInfo> = one "gpuInfo";
    fpga_info: Option<FpgaInfo> = one "fpgaInfo";
    placement_group_info: Option<PlacementGroupInfo> = one "placementGroupInfo";
    inference_accelerator_info: Option<InferenceAcceleratorInfo> = one "inferenceAcceleratorInfo";
    hibernation_supported: Option<bool> = one "hibernationSupported";
    burstable_performance_supported: Option<bool> = one "burstablePerformanceSupported";
    dedicated_hosts_supported: Option<bool> = one "dedicatedHostsSupported";
    auto_recovery_supported: Option<bool> = one "autoRecoverySupported";
    supported_boot_modes: Vec<String> = list "supportedBootModes";
    nitro_enclaves_support: Option<String> = one "nitroEnclavesSupport";
    nitro_tpm_support: Option<String> = one "nitroTpmSupport";
    nitro_tpm_info: Option<NitroTpmInfo> = one "nitroTpmInfo";
    media_accelerator_info: Option<MediaAcceleratorInfo> = one "mediaAcceleratorInfo";
    neuron_info: Option<NeuronInfo> = one "neuronInfo";
    phc_support: Option<String> = one "phcSupport";
    reboot_migration_support: Option<String> = one "rebootMigrationSupport";
    supported_in_region: Option<bool> = one "supportedInRegion";
}
MediaAcceleratorInfo {
    accelerators: Vec<MediaDeviceInfo> = list "accelerators";
    total_media_memory_in_mi_b: Option<i32> = one "totalMediaMemoryInMiB";
}
MediaDeviceInfo {
    count: Option<i32> = one "count";
    name: Option<String> = one "name";
    manufacturer: Option<String> = one "manufacturer";
    memory_info: Option<MediaDeviceMemoryInfo> = one "memoryInfo";
}
MediaDeviceMemoryInfo {
    size_in_mi_b: Option<i32> = one "sizeInMiB";
}
MemoryInfo {
    size_in_mi_b: Option<i64> = one "sizeInMiB";
}
NetworkCardInfo {
    network_card_index: Option<i32> = one "networkCardIndex";
    network_performance: Option<String> = one "networkPerformance";
    maximum_network_interfaces: Option<i32> = one "maximumNetworkInterfaces";
    additional_flexible_network_interfaces: Option<i32> = one "additionalFlexibleNetworkInterfaces";
    baseline_bandwidth_in_gbps: Option<f64> = one "baselineBandwidthInGbps";
    peak_bandwidth_in_gbps: Option<f64> = one "peakBandwidthInGbps";
    default_ena_queue_count_per_interface: Option<i32> = one "defaultEnaQueueCountPerInterface";
    maximum_ena_queue_count: Option<i32> = one "maximumEnaQueueCount";
    maximum_ena_queue_count_per_interface: Option<i32> = one "maximumEnaQueueCountPerInterface";
    interface_types: Vec<String> = list "interfaceTypeSet";
}
NetworkInfo {
    network_performance: Option<String> = one "networkPerformance";
    maximum_network_interfaces: Option<i32> = one "maximumNetworkInterfaces";
    maximum_network_cards: Option<i32> = one "maximumNetworkCards";
    default_network_card_index: Option<i32> = one "defaultNetworkCardIndex";
    network_cards: Vec<NetworkCardInfo> = list "networkCards";
    ipv4_addresses_per_interface: Option<i32> = one "ipv4AddressesPerInterface";
    ipv6_addresses_per_interface: Option<i32> = one "ipv6AddressesPerInterface";
    ipv6_supported: Option<bool> = one "ipv6Supported";
    ena_support: Option<String> = one "enaSupport";
    efa_supported: Option<bool> = one "efaSupported";
    efa_info: Option<EfaInfo> = one "efaInfo";
    encryption_in_transit_supported: Option<bool> = one "encryptionInTransitSupported";
    ena_srd_supported: Option<bool> = one "enaSrdSupported";
    bandwidth_weightings: Vec<String> = list_or_absent "bandwidthWeightings";
    flexible_ena_queues_support: Option<String> = one "flexibleEnaQueuesSupport";
    connection_tracking_configuration: Option<DefaultConnectionTrackingConfiguration> = one "connectionTrackingConfiguration";
    secondary_network_supported: Option<bool> = one "secondaryNetworkSupported";
    maximum_secondary_network_interfaces: Option<i32> = one "maximumSecondaryNetworkInterfaces";
    ipv4_addresses_per_secondary_interface: Option<i32> = one "ipv4AddressesPerSecondaryInterface";
}
NeuronDeviceCoreInfo {
    count: Option<i32> = one "count";
    version: Option<i32> = one "version";
}
NeuronDeviceInfo {
    count: Option<i32> = one "count";
    name: Option<String> = one "name";
    core_info: Option<NeuronDeviceCoreInfo> = one "coreInfo";
    memory_info: Option<NeuronDeviceMemoryInfo> = one "memoryInfo";
}
NeuronDeviceMemoryInfo {
    size_in_mi_b: Option<i32> = one "sizeInMiB";
}
NeuronInfo {
    neuron_devices: Vec<NeuronDeviceInfo> = list "neuronDevices";
    total_neuron_device_memory_in_mi_b: Option<i32> = one "totalNeuronDeviceMemoryInMiB";
}
NitroTpmInfo {
    supported_versions: Vec<String> = list "supportedVersions";
}
PlacementGroupInfo {
    supported_strategies: Vec<String> = list "supportedStrategies";
}
ProcessorInfo {
    supported_architectures: Vec<String> = list "supportedArchitectures";
    sustained_clock_speed_in_ghz: Option<f64> = one "sustainedClockSpeedInGhz";
    supported_features: Vec<String> = list "supportedFeatures";
    manufacturer: Option<String> = one "manufacturer";
}
VCpuInfo {
    default_v_cpus: Option<i32> = one "defaultVCpus";
    default_cores: Option<i32> = one "defaultCores";
    default_threads_per_core: Option<i32> = one "defaultThreadsPerCore";
    valid_cores: Vec<i32> = list "validCores";
    valid_threads_per_core: Vec<i32> = list "validThreadsPerCore";
}
}
