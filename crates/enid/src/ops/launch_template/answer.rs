//! Launch templates and their data as answers show them: what was sent, in the answers' own structures.

use std::collections::BTreeMap;

use ec2_api::operations::CreateLaunchTemplate;
use ec2_api::query::Params;
use ec2_api::shapes as wire;
use ec2_api::{ApiError, Timestamp};
use model::launch_template::{LaunchTemplate, LaunchTemplateVersion};
use model::{Realm, Scope};

use crate::ops::tag_spec;

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
        operator: None,
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
        operator: None,
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
    wire::ResponseLaunchTemplateData {
        ebs_optimized: sent.ebs_optimized,
        iam_instance_profile: sent
            .iam_instance_profile
            .map(|profile| wire::LaunchTemplateIamInstanceProfileSpecification { arn: profile.arn, name: profile.name }),
        block_device_mappings: sent.block_device_mappings.into_iter().map(block_device).collect(),
        network_interfaces: sent.network_interfaces.into_iter().map(interface).collect(),
        image_id: sent.image_id,
        instance_type: sent.instance_type,
        key_name: sent.key_name,
        monitoring: sent.monitoring.map(|monitoring| wire::LaunchTemplatesMonitoring {
            enabled: monitoring.enabled,
            metric_category_ids: monitoring.metric_category_ids,
        }),
        placement: sent.placement.map(placement),
        disable_api_termination: sent.disable_api_termination,
        instance_initiated_shutdown_behavior: sent.instance_initiated_shutdown_behavior,
        user_data: sent.user_data,
        tag_specifications: sent.tag_specifications.into_iter().map(tags).collect(),
        security_group_ids: sent.security_group_ids,
        security_groups: sent.security_groups,
        credit_specification: sent.credit_specification.map(|credits| wire::CreditSpecification { cpu_credits: credits.cpu_credits }),
        cpu_options: sent.cpu_options.map(|options| wire::LaunchTemplateCpuOptions {
            core_count: options.core_count,
            threads_per_core: options.threads_per_core,
            amd_sev_snp: options.amd_sev_snp,
            nested_virtualization: options.nested_virtualization,
        }),
        capacity_reservation_specification: sent.capacity_reservation_specification.map(|specification| {
            wire::LaunchTemplateCapacityReservationSpecificationResponse {
                capacity_reservation_preference: specification.capacity_reservation_preference,
                capacity_reservation_target: None,
            }
        }),
        hibernation_options: sent
            .hibernation_options
            .map(|options| wire::LaunchTemplateHibernationOptions { configured: options.configured }),
        metadata_options: sent.metadata_options.map(|options| wire::LaunchTemplateInstanceMetadataOptions {
            state: None,
            http_tokens: options.http_tokens,
            http_put_response_hop_limit: options.http_put_response_hop_limit,
            http_endpoint: options.http_endpoint,
            http_protocol_ipv6: options.http_protocol_ipv6,
            instance_metadata_tags: options.instance_metadata_tags,
        }),
        enclave_options: sent.enclave_options.map(|options| wire::LaunchTemplateEnclaveOptions { enabled: options.enabled }),
        private_dns_name_options: sent.private_dns_name_options.map(|options| wire::LaunchTemplatePrivateDnsNameOptions {
            hostname_type: options.hostname_type,
            enable_resource_name_dns_a_record: options.enable_resource_name_dns_a_record,
            enable_resource_name_dns_aaaa_record: options.enable_resource_name_dns_aaaa_record,
        }),
        maintenance_options: sent
            .maintenance_options
            .map(|options| wire::LaunchTemplateInstanceMaintenanceOptions { auto_recovery: options.auto_recovery }),
        disable_api_stop: sent.disable_api_stop,
        network_performance_options: sent
            .network_performance_options
            .map(|options| wire::LaunchTemplateNetworkPerformanceOptions { bandwidth_weighting: options.bandwidth_weighting }),
        // The others are refused when a version is made.
        ..wire::ResponseLaunchTemplateData::default()
    }
}

fn block_device(sent: wire::LaunchTemplateBlockDeviceMappingRequest) -> wire::LaunchTemplateBlockDeviceMapping {
    wire::LaunchTemplateBlockDeviceMapping {
        device_name: sent.device_name,
        virtual_name: sent.virtual_name,
        ebs: sent.ebs.map(|ebs| wire::LaunchTemplateEbsBlockDevice {
            encrypted: ebs.encrypted,
            delete_on_termination: ebs.delete_on_termination,
            iops: ebs.iops,
            kms_key_id: ebs.kms_key_id,
            snapshot_id: ebs.snapshot_id,
            volume_size: ebs.volume_size,
            volume_type: ebs.volume_type,
            throughput: ebs.throughput,
            volume_initialization_rate: ebs.volume_initialization_rate,
            ebs_card_index: ebs.ebs_card_index,
        }),
        no_device: sent.no_device,
    }
}

fn interface(
    sent: wire::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest,
) -> wire::LaunchTemplateInstanceNetworkInterfaceSpecification {
    let ipv6 =
        |sent: wire::InstanceIpv6AddressRequest| wire::InstanceIpv6Address { ipv6_address: sent.ipv6_address, is_primary_ipv6: None };
    wire::LaunchTemplateInstanceNetworkInterfaceSpecification {
        associate_carrier_ip_address: sent.associate_carrier_ip_address,
        associate_public_ip_address: sent.associate_public_ip_address,
        delete_on_termination: sent.delete_on_termination,
        description: sent.description,
        device_index: sent.device_index,
        groups: sent.groups,
        interface_type: sent.interface_type,
        ipv6_address_count: sent.ipv6_address_count,
        ipv6_addresses: sent.ipv6_addresses.into_iter().map(ipv6).collect(),
        network_interface_id: sent.network_interface_id,
        private_ip_address: sent.private_ip_address,
        private_ip_addresses: sent.private_ip_addresses,
        secondary_private_ip_address_count: sent.secondary_private_ip_address_count,
        subnet_id: sent.subnet_id,
        network_card_index: sent.network_card_index,
        ipv4_prefixes: sent
            .ipv4_prefixes
            .into_iter()
            .map(|prefix| wire::Ipv4PrefixSpecificationResponse { ipv4_prefix: prefix.ipv4_prefix })
            .collect(),
        ipv4_prefix_count: sent.ipv4_prefix_count,
        ipv6_prefixes: sent
            .ipv6_prefixes
            .into_iter()
            .map(|prefix| wire::Ipv6PrefixSpecificationResponse { ipv6_prefix: prefix.ipv6_prefix })
            .collect(),
        ipv6_prefix_count: sent.ipv6_prefix_count,
        primary_ipv6: sent.primary_ipv6,
        ena_srd_specification: sent
            .ena_srd_specification
            .map(|srd| wire::LaunchTemplateEnaSrdSpecification { ena_srd_enabled: srd.ena_srd_enabled, ena_srd_udp_specification: None }),
        connection_tracking_specification: sent.connection_tracking_specification.map(|tracking| wire::ConnectionTrackingSpecification {
            tcp_established_timeout: tracking.tcp_established_timeout,
            udp_timeout: tracking.udp_timeout,
            udp_stream_timeout: tracking.udp_stream_timeout,
        }),
        ena_queue_count: sent.ena_queue_count,
    }
}

fn placement(sent: wire::LaunchTemplatePlacementRequest) -> wire::LaunchTemplatePlacement {
    wire::LaunchTemplatePlacement {
        availability_zone: sent.availability_zone,
        availability_zone_id: sent.availability_zone_id,
        affinity: sent.affinity,
        group_name: sent.group_name,
        host_id: sent.host_id,
        tenancy: sent.tenancy,
        spread_domain: sent.spread_domain,
        host_resource_group_arn: sent.host_resource_group_arn,
        partition_number: sent.partition_number,
        group_id: sent.group_id,
    }
}

fn tags(sent: wire::LaunchTemplateTagSpecificationRequest) -> wire::LaunchTemplateTagSpecification {
    wire::LaunchTemplateTagSpecification { resource_type: sent.resource_type, tags: sent.tags }
}
