//! Launch templates and their data as answers show them: what was sent, in the answers' own structures, each taken apart so
//! that nothing that was sent is lost.

use std::collections::BTreeMap;

use ec2_api::operations::CreateLaunchTemplate;
use ec2_api::query::Params;
use ec2_api::shapes as wire;
use ec2_api::{ApiError, Timestamp};
use model::launch_template::{LaunchTemplate, LaunchTemplateVersion};
use model::{Realm, Scope};

use crate::describe::unmanaged;
use crate::tag_spec;

/// A template.
pub fn template(realm: &Realm, scope: Scope, template: &LaunchTemplate) -> wire::LaunchTemplate {
    wire::LaunchTemplate {
        launch_template_id: Some(template.id.to_string()),
        launch_template_name: Some(template.name.clone()),
        create_time: Some(Timestamp(template.created.0)),
        created_by: Some(creator(scope)),
        default_version_number: Some(template.default_version),
        latest_version_number: Some(template.versions.last().map_or(template.latest_version, |version| version.number)),
        tags: tag_spec::answer(realm, template.id),
        operator: Some(unmanaged()),
    }
}

/// A version with its data.
///
/// # Errors
/// Never, as the data was read before it was kept.
pub fn version(scope: Scope, template: &LaunchTemplate, version: &LaunchTemplateVersion) -> Result<wire::LaunchTemplateVersion, ApiError> {
    Ok(wire::LaunchTemplateVersion {
        launch_template_id: Some(template.id.to_string()),
        launch_template_name: Some(template.name.clone()),
        version_number: Some(version.number),
        version_description: version.description.clone(),
        create_time: Some(Timestamp(version.created.0)),
        created_by: Some(creator(scope)),
        default_version: Some(version.number == template.default_version),
        launch_template_data: read(&version.data)?.map(data),
        operator: Some(unmanaged()),
    })
}

/// Keys are an account's here, not a user's.
fn creator(scope: Scope) -> String {
    format!("arn:aws:iam::{}:root", scope.account)
}

fn read(data: &BTreeMap<String, String>) -> Result<Option<wire::RequestLaunchTemplateData>, ApiError> {
    let below = data.iter().map(|(path, value)| (format!("LaunchTemplateData.{path}"), value.clone()));
    let name = [("LaunchTemplateName".to_owned(), String::new())];
    let request = Params::empty("CreateLaunchTemplate").with(below.chain(name))?.decode::<CreateLaunchTemplate>()?;
    Ok(request.launch_template_data)
}

fn data(sent: wire::RequestLaunchTemplateData) -> wire::ResponseLaunchTemplateData {
    let wire::RequestLaunchTemplateData {
        ebs_optimized,
        iam_instance_profile,
        block_device_mappings,
        network_interfaces,
        image_id,
        instance_type,
        key_name,
        monitoring,
        placement,
        disable_api_termination,
        instance_initiated_shutdown_behavior,
        user_data,
        tag_specifications,
        security_group_ids,
        security_groups,
        credit_specification,
        cpu_options,
        capacity_reservation_specification,
        hibernation_options,
        metadata_options,
        enclave_options,
        private_dns_name_options,
        maintenance_options,
        disable_api_stop,
        network_performance_options,
        // These are refused when a version is made.
        kernel_id: _,
        ram_disk_id: _,
        elastic_gpu_specifications: _,
        elastic_inference_accelerators: _,
        instance_market_options: _,
        license_specifications: _,
        instance_requirements: _,
        operator: _,
        secondary_interfaces: _,
    } = sent;
    wire::ResponseLaunchTemplateData {
        ebs_optimized,
        iam_instance_profile: iam_instance_profile.map(|wire::LaunchTemplateIamInstanceProfileSpecificationRequest { arn, name }| {
            wire::LaunchTemplateIamInstanceProfileSpecification { arn, name }
        }),
        block_device_mappings: block_device_mappings.into_iter().map(block_device).collect(),
        network_interfaces: network_interfaces.into_iter().map(interface).collect(),
        image_id,
        instance_type,
        key_name,
        monitoring: monitoring.map(|wire::LaunchTemplatesMonitoringRequest { enabled, metric_category_ids }| {
            wire::LaunchTemplatesMonitoring { enabled, metric_category_ids }
        }),
        placement: placement.map(place),
        disable_api_termination,
        instance_initiated_shutdown_behavior,
        user_data,
        tag_specifications: tag_specifications.into_iter().map(tags).collect(),
        security_group_ids,
        security_groups,
        credit_specification: credit_specification
            .map(|wire::CreditSpecificationRequest { cpu_credits }| wire::CreditSpecification { cpu_credits }),
        cpu_options: cpu_options.map(cpu),
        capacity_reservation_specification: capacity_reservation_specification.map(capacity_reservation),
        hibernation_options: hibernation_options
            .map(|wire::LaunchTemplateHibernationOptionsRequest { configured }| wire::LaunchTemplateHibernationOptions { configured }),
        metadata_options: metadata_options.map(metadata),
        enclave_options: enclave_options
            .map(|wire::LaunchTemplateEnclaveOptionsRequest { enabled }| wire::LaunchTemplateEnclaveOptions { enabled }),
        private_dns_name_options: private_dns_name_options.map(private_dns),
        maintenance_options: maintenance_options.map(|wire::LaunchTemplateInstanceMaintenanceOptionsRequest { auto_recovery }| {
            wire::LaunchTemplateInstanceMaintenanceOptions { auto_recovery }
        }),
        disable_api_stop,
        network_performance_options: network_performance_options.map(
            |wire::LaunchTemplateNetworkPerformanceOptionsRequest { bandwidth_weighting }| wire::LaunchTemplateNetworkPerformanceOptions {
                bandwidth_weighting,
            },
        ),
        ..wire::ResponseLaunchTemplateData::default()
    }
}

fn cpu(sent: wire::LaunchTemplateCpuOptionsRequest) -> wire::LaunchTemplateCpuOptions {
    let wire::LaunchTemplateCpuOptionsRequest { core_count, threads_per_core, amd_sev_snp, nested_virtualization } = sent;
    wire::LaunchTemplateCpuOptions { core_count, threads_per_core, amd_sev_snp, nested_virtualization }
}

fn capacity_reservation(
    sent: wire::LaunchTemplateCapacityReservationSpecificationRequest,
) -> wire::LaunchTemplateCapacityReservationSpecificationResponse {
    let wire::LaunchTemplateCapacityReservationSpecificationRequest { capacity_reservation_preference, capacity_reservation_target } = sent;
    let target = |wire::CapacityReservationTarget { capacity_reservation_id, capacity_reservation_resource_group_arn }| {
        wire::CapacityReservationTargetResponse { capacity_reservation_id, capacity_reservation_resource_group_arn }
    };
    wire::LaunchTemplateCapacityReservationSpecificationResponse {
        capacity_reservation_preference,
        capacity_reservation_target: capacity_reservation_target.map(target),
    }
}

fn metadata(sent: wire::LaunchTemplateInstanceMetadataOptionsRequest) -> wire::LaunchTemplateInstanceMetadataOptions {
    let wire::LaunchTemplateInstanceMetadataOptionsRequest {
        http_tokens,
        http_put_response_hop_limit,
        http_endpoint,
        http_protocol_ipv6,
        instance_metadata_tags,
    } = sent;
    wire::LaunchTemplateInstanceMetadataOptions {
        // A template has no instance to which its options could have been applied.
        state: None,
        http_tokens,
        http_put_response_hop_limit,
        http_endpoint,
        http_protocol_ipv6,
        instance_metadata_tags,
    }
}

fn private_dns(sent: wire::LaunchTemplatePrivateDnsNameOptionsRequest) -> wire::LaunchTemplatePrivateDnsNameOptions {
    let wire::LaunchTemplatePrivateDnsNameOptionsRequest {
        hostname_type,
        enable_resource_name_dns_a_record,
        enable_resource_name_dns_aaaa_record,
    } = sent;
    wire::LaunchTemplatePrivateDnsNameOptions { hostname_type, enable_resource_name_dns_a_record, enable_resource_name_dns_aaaa_record }
}

fn block_device(sent: wire::LaunchTemplateBlockDeviceMappingRequest) -> wire::LaunchTemplateBlockDeviceMapping {
    let wire::LaunchTemplateBlockDeviceMappingRequest { device_name, virtual_name, ebs, no_device } = sent;
    wire::LaunchTemplateBlockDeviceMapping { device_name, virtual_name, ebs: ebs.map(volume), no_device }
}

fn volume(sent: wire::LaunchTemplateEbsBlockDeviceRequest) -> wire::LaunchTemplateEbsBlockDevice {
    let wire::LaunchTemplateEbsBlockDeviceRequest {
        encrypted,
        delete_on_termination,
        iops,
        kms_key_id,
        snapshot_id,
        volume_size,
        volume_type,
        throughput,
        volume_initialization_rate,
        ebs_card_index,
    } = sent;
    wire::LaunchTemplateEbsBlockDevice {
        encrypted,
        delete_on_termination,
        iops,
        kms_key_id,
        snapshot_id,
        volume_size,
        volume_type,
        throughput,
        volume_initialization_rate,
        ebs_card_index,
    }
}

fn interface(
    sent: wire::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest,
) -> wire::LaunchTemplateInstanceNetworkInterfaceSpecification {
    let wire::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest {
        associate_carrier_ip_address,
        associate_public_ip_address,
        delete_on_termination,
        description,
        device_index,
        groups,
        interface_type,
        ipv6_address_count,
        ipv6_addresses,
        network_interface_id,
        private_ip_address,
        private_ip_addresses,
        secondary_private_ip_address_count,
        subnet_id,
        network_card_index,
        ipv4_prefixes,
        ipv4_prefix_count,
        ipv6_prefixes,
        ipv6_prefix_count,
        primary_ipv6,
        ena_srd_specification,
        connection_tracking_specification,
        ena_queue_count,
    } = sent;
    let ipv6 = |wire::InstanceIpv6AddressRequest { ipv6_address }| wire::InstanceIpv6Address { ipv6_address, is_primary_ipv6: None };
    let ipv4_prefix = |wire::Ipv4PrefixSpecificationRequest { ipv4_prefix }| wire::Ipv4PrefixSpecificationResponse { ipv4_prefix };
    let ipv6_prefix = |wire::Ipv6PrefixSpecificationRequest { ipv6_prefix }| wire::Ipv6PrefixSpecificationResponse { ipv6_prefix };
    wire::LaunchTemplateInstanceNetworkInterfaceSpecification {
        associate_carrier_ip_address,
        associate_public_ip_address,
        delete_on_termination,
        description,
        device_index,
        groups,
        interface_type,
        ipv6_address_count,
        ipv6_addresses: ipv6_addresses.into_iter().map(ipv6).collect(),
        network_interface_id,
        private_ip_address,
        private_ip_addresses,
        secondary_private_ip_address_count,
        subnet_id,
        network_card_index,
        ipv4_prefixes: ipv4_prefixes.into_iter().map(ipv4_prefix).collect(),
        ipv4_prefix_count,
        ipv6_prefixes: ipv6_prefixes.into_iter().map(ipv6_prefix).collect(),
        ipv6_prefix_count,
        primary_ipv6,
        ena_srd_specification: ena_srd_specification.map(ena_express),
        connection_tracking_specification: connection_tracking_specification.map(connection_tracking),
        ena_queue_count,
    }
}

fn ena_express(sent: wire::EnaSrdSpecificationRequest) -> wire::LaunchTemplateEnaSrdSpecification {
    let wire::EnaSrdSpecificationRequest { ena_srd_enabled, ena_srd_udp_specification } = sent;
    let udp =
        |wire::EnaSrdUdpSpecificationRequest { ena_srd_udp_enabled }| wire::LaunchTemplateEnaSrdUdpSpecification { ena_srd_udp_enabled };
    wire::LaunchTemplateEnaSrdSpecification { ena_srd_enabled, ena_srd_udp_specification: ena_srd_udp_specification.map(udp) }
}

fn connection_tracking(sent: wire::ConnectionTrackingSpecificationRequest) -> wire::ConnectionTrackingSpecification {
    let wire::ConnectionTrackingSpecificationRequest { tcp_established_timeout, udp_stream_timeout, udp_timeout } = sent;
    wire::ConnectionTrackingSpecification { tcp_established_timeout, udp_timeout, udp_stream_timeout }
}

fn place(sent: wire::LaunchTemplatePlacementRequest) -> wire::LaunchTemplatePlacement {
    let wire::LaunchTemplatePlacementRequest {
        availability_zone,
        availability_zone_id,
        affinity,
        group_name,
        host_id,
        tenancy,
        spread_domain,
        host_resource_group_arn,
        partition_number,
        group_id,
    } = sent;
    wire::LaunchTemplatePlacement {
        availability_zone,
        availability_zone_id,
        affinity,
        group_name,
        host_id,
        tenancy,
        spread_domain,
        host_resource_group_arn,
        partition_number,
        group_id,
    }
}

fn tags(sent: wire::LaunchTemplateTagSpecificationRequest) -> wire::LaunchTemplateTagSpecification {
    let wire::LaunchTemplateTagSpecificationRequest { resource_type, tags } = sent;
    wire::LaunchTemplateTagSpecification { resource_type, tags }
}
