//! Instances as answers show them.

use std::net::Ipv4Addr;

use ec2_api::Timestamp;
use ec2_api::shapes::{
    CapacityReservationSpecificationResponse, ConnectionTrackingSpecificationResponse, CpuOptions, EbsInstanceBlockDevice, EnclaveOptions,
    HibernationOptions, IamInstanceProfile, Instance as Answer, InstanceBlockDeviceMapping, InstanceIpv4Prefix, InstanceIpv6Address,
    InstanceIpv6Prefix, InstanceMaintenanceOptions, InstanceMetadataOptionsResponse, InstanceNetworkInterface,
    InstanceNetworkInterfaceAssociation, InstanceNetworkInterfaceAttachment, InstanceNetworkPerformanceOptions, InstancePrivateIpAddress,
    InstanceState as StateAnswer, Monitoring, OperatorResponse, Placement, PrivateDnsNameOptionsResponse, Reservation, StateReason,
};
use model::dns_name;
use model::ids::ReservationId;
use model::instance::{Instance, InstanceState, MetadataOptions, PrivateDnsOptions};
use model::instance_type::InstanceType;
use model::interface::{Attachment, NetworkInterface};
use model::{Here, Scope};

use crate::describe::unmanaged;
use crate::network_interface::{groups, is_hostnames_on, public_address};
use crate::tag_spec;

/// An instance with what belongs to it.
pub struct Seen<'a> {
    /// Where it is.
    pub here: Here<'a>,
    /// The instance.
    pub instance: &'a Instance,
    /// Its interfaces with their owners, who are others where they permitted it; the primary first.
    pub interfaces: Vec<(Here<'a>, &'a NetworkInterface)>,
}

impl<'a> Seen<'a> {
    /// Reads an instance.
    pub fn new(here: Here<'a>, instance: &'a Instance) -> Self {
        Self { here, instance, interfaces: here.interfaces_of(instance.id) }
    }

    /// The interface of device index 0.
    pub fn primary(&self) -> Option<&'a NetworkInterface> {
        self.interfaces.first().map(|(_, primary)| *primary)
    }

    /// Whether it is still there, not just listed.
    pub fn is_there(&self) -> bool {
        self.instance.state != InstanceState::Terminated
    }

    /// The private DNS name: of its address or, for interfaces without IPv4 or when asked for, of its id.
    pub fn private_dns_name(&self) -> Option<String> {
        let region = self.here.scope.region;
        match self.primary()?.primary_ipv4() {
            Some(address) if self.instance.private_dns.hostname_type == "ip-name" => Some(dns_name::private(region, address)),
            _ => Some(dns_name::resource(region, self.instance.id)),
        }
    }

    /// The public address of the primary interface's primary address.
    pub fn public_address(&self) -> Option<Ipv4Addr> {
        let primary = self.primary()?;
        public_address(self.here, primary, primary.primary_ipv4()?).map(|public| public.address)
    }

    /// The public DNS name of an address, where the VPC gives any.
    pub fn public_dns_name(&self, address: Ipv4Addr) -> Option<String> {
        is_hostnames_on(self.here.realm, self.instance.vpc).then(|| dns_name::public(self.here.scope.region, address))
    }

    /// Cores and threads per core.
    pub fn cpu_options(&self) -> Option<(i32, i32)> {
        let known = InstanceType::named(&self.instance.instance_type);
        self.instance.cpu_options.or_else(|| known.map(|known| (known.cores, known.threads_per_core)))
    }

    /// Why it is in its state: code and message. While pending, EC2 gives the state itself.
    pub fn state_reason(&self) -> Option<(String, String)> {
        match &self.instance.state_reason {
            Some(reason) => Some((reason.code.clone(), reason.message.clone())),
            None if self.instance.state == InstanceState::Pending => Some(("pending".into(), "pending".into())),
            None => None,
        }
    }

    /// The instance as answers show it.
    pub fn answer(&self) -> Answer {
        let instance = self.instance;
        let there = self.is_there();
        let primary = self.primary();
        let known = InstanceType::named(&instance.instance_type);
        let public = self.public_address();
        Answer {
            architecture: Some(instance.architecture.clone()),
            block_device_mappings: there.then(|| root_mapping(instance)).into_iter().collect(),
            client_token: Some(instance.client_token.clone().unwrap_or_default()),
            ebs_optimized: Some(instance.ebs_optimized),
            ena_support: Some(known.is_none_or(|known| known.ena_support != "unsupported")),
            hypervisor: Some("xen".into()),
            iam_instance_profile: instance
                .iam_instance_profile
                .as_ref()
                .map(|profile| IamInstanceProfile { arn: Some(profile.arn.clone()), id: Some(profile.id.clone()) }),
            network_interfaces: self.interfaces.iter().map(|(owner, interface)| self.interface(*owner, interface)).collect(),
            root_device_name: Some(instance.root_volume.device_name.clone()),
            root_device_type: Some("ebs".into()),
            security_groups: primary.map(|primary| groups(self.here.realm, &primary.groups)).unwrap_or_default(),
            source_dest_check: primary.map(|primary| primary.source_dest_check),
            state_reason: self.state_reason().map(|(code, message)| StateReason { code: Some(code), message: Some(message) }),
            tags: tag_spec::answer(self.here.realm, instance.id),
            virtualization_type: Some("hvm".into()),
            cpu_options: self.cpu_options().map(|(cores, threads)| CpuOptions {
                core_count: Some(cores),
                threads_per_core: Some(threads),
                ..CpuOptions::default()
            }),
            capacity_reservation_specification: Some(CapacityReservationSpecificationResponse {
                capacity_reservation_preference: Some("open".into()),
                ..CapacityReservationSpecificationResponse::default()
            }),
            hibernation_options: Some(HibernationOptions { configured: Some(false) }),
            metadata_options: Some(metadata_options(instance)),
            enclave_options: Some(EnclaveOptions { enabled: Some(false) }),
            boot_mode: instance.boot_mode.clone(),
            platform_details: Some("Linux/UNIX".into()),
            usage_operation: Some("RunInstances".into()),
            usage_operation_update_time: Some(Timestamp(instance.created.0)),
            private_dns_name_options: there.then(|| private_dns_options(&instance.private_dns)),
            ipv6_address: primary.and_then(|primary| primary.ipv6.first()).map(ToString::to_string),
            maintenance_options: Some(InstanceMaintenanceOptions {
                auto_recovery: Some(instance.auto_recovery.clone()),
                reboot_migration: Some("default".into()),
            }),
            current_instance_boot_mode: Some(current_boot_mode(instance).into()),
            network_performance_options: Some(InstanceNetworkPerformanceOptions { bandwidth_weighting: Some("default".into()) }),
            // [seen]: of instances alone it is told that they are not hidden either.
            operator: Some(OperatorResponse { hidden_by_default: Some(false), ..unmanaged() }),
            instance_id: Some(instance.id.to_string()),
            image_id: Some(instance.image.to_string()),
            state: Some(state(instance.state)),
            private_dns_name: Some(self.private_dns_name().unwrap_or_default()),
            public_dns_name: Some(public.and_then(|address| self.public_dns_name(address)).unwrap_or_default()),
            state_transition_reason: Some(instance.state_transition_reason.clone()),
            key_name: instance.key_name.clone(),
            ami_launch_index: i32::try_from(instance.launch_index).ok(),
            instance_type: Some(instance.instance_type.clone()),
            launch_time: Some(Timestamp(instance.launched.0)),
            placement: Some(Placement {
                availability_zone: Some(instance.zone.to_string()),
                availability_zone_id: Some(instance.zone.id()),
                group_name: Some(String::new()),
                tenancy: Some(instance.tenancy.clone()),
                ..Placement::default()
            }),
            monitoring: Some(Monitoring { state: Some(monitoring(instance).into()), ..Monitoring::default() }),
            subnet_id: there.then(|| instance.subnet.to_string()),
            vpc_id: there.then(|| instance.vpc.to_string()),
            private_ip_address: primary.and_then(NetworkInterface::primary_ipv4).map(|address| address.to_string()),
            public_ip_address: public.map(|address| address.to_string()),
            ..Answer::default()
        }
    }

    fn interface(&self, owner: Here<'_>, interface: &NetworkInterface) -> InstanceNetworkInterface {
        let primary = interface.primary_ipv4();
        let named = is_hostnames_on(owner.realm, interface.vpc);
        let private_name = |address| named.then(|| dns_name::private(self.here.scope.region, address));
        let addresses = interface.ipv4.iter().map(|&address| InstancePrivateIpAddress {
            association: self.association(owner, interface, address),
            primary: Some(primary == Some(address)),
            private_dns_name: private_name(address),
            private_ip_address: Some(address.to_string()),
        });
        let ipv6 = interface.ipv6.iter().enumerate().map(|(place, address)| InstanceIpv6Address {
            ipv6_address: Some(address.to_string()),
            is_primary_ipv6: Some(interface.primary_ipv6 && place == 0),
        });
        let ipv4_prefixes = interface.ipv4_prefixes.iter().map(|prefix| InstanceIpv4Prefix { ipv4_prefix: Some(prefix.to_string()) });
        let ipv6_prefixes = interface.ipv6_prefixes.iter().map(|prefix| InstanceIpv6Prefix { ipv6_prefix: Some(prefix.to_string()) });
        InstanceNetworkInterface {
            association: primary.and_then(|address| self.association(owner, interface, address)),
            attachment: interface.attachment.as_ref().map(attachment),
            description: Some(interface.description.clone()),
            groups: groups(owner.realm, &interface.groups),
            ipv6_addresses: ipv6.collect(),
            mac_address: Some(interface.mac.to_string()),
            network_interface_id: Some(interface.id.to_string()),
            owner_id: Some(owner.scope.account.to_string()),
            private_dns_name: primary.and_then(private_name),
            private_ip_address: primary.map(|address| address.to_string()),
            private_ip_addresses: addresses.collect(),
            source_dest_check: Some(interface.source_dest_check),
            status: Some("in-use".into()),
            subnet_id: Some(interface.subnet.to_string()),
            vpc_id: Some(interface.vpc.to_string()),
            interface_type: Some(interface.interface_type.clone()),
            ipv4_prefixes: ipv4_prefixes.collect(),
            ipv6_prefixes: ipv6_prefixes.collect(),
            connection_tracking_configuration: connection_tracking(interface),
            operator: Some(unmanaged()),
        }
    }

    fn association(&self, owner: Here<'_>, interface: &NetworkInterface, private: Ipv4Addr) -> Option<InstanceNetworkInterfaceAssociation> {
        let public = public_address(owner, interface, private)?;
        Some(InstanceNetworkInterfaceAssociation {
            ip_owner_id: Some(public.owner()),
            public_dns_name: Some(self.public_dns_name(public.address).unwrap_or_default()),
            public_ip: Some(public.address.to_string()),
            ..InstanceNetworkInterfaceAssociation::default()
        })
    }
}

/// Instances in the reservations of their launches.
pub fn reservations(scope: Scope, mut instances: Vec<(ReservationId, Answer)>) -> Vec<Reservation> {
    instances.sort_by_key(|(reservation, instance)| (*reservation, instance.ami_launch_index));
    let mut by_launch: Vec<(ReservationId, Vec<Answer>)> = Vec::new();
    for (reservation, instance) in instances {
        match by_launch.last_mut() {
            Some((last, answers)) if *last == reservation => answers.push(instance),
            _ => by_launch.push((reservation, vec![instance])),
        }
    }
    let answer = |(reservation, instances): (ReservationId, Vec<Answer>)| Reservation {
        reservation_id: Some(reservation.to_string()),
        owner_id: Some(scope.account.to_string()),
        instances,
        ..Reservation::default()
    };
    by_launch.into_iter().map(answer).collect()
}

/// A state with its code.
pub fn state(state: InstanceState) -> StateAnswer {
    let (code, name) = state.code_and_name();
    StateAnswer { code: Some(code), name: Some(name.into()) }
}

/// `enabled` or `disabled`: detailed monitoring.
pub fn monitoring(instance: &Instance) -> &'static str {
    on(instance.monitoring)
}

/// `enabled` or `disabled`.
pub fn on(value: bool) -> &'static str {
    if value { "enabled" } else { "disabled" }
}

/// `attaching` or `attached`.
pub fn attachment_status(attachment: &Attachment) -> &'static str {
    if attachment.complete { "attached" } else { "attaching" }
}

/// What the instance was booted by: with `uefi-preferred`, UEFI.
pub fn current_boot_mode(instance: &Instance) -> &'static str {
    match instance.boot_mode.as_deref() {
        Some("uefi" | "uefi-preferred") => "uefi",
        _ => "legacy-bios",
    }
}

/// The settings of the metadata service. They are applied when the operation answers; a launch that is not through and a terminated
/// instance show them as pending [seen].
pub fn metadata_options(instance: &Instance) -> InstanceMetadataOptionsResponse {
    let MetadataOptions { tokens_required, hop_limit, enabled, ipv6, instance_tags } = instance.metadata_options;
    let pending = matches!(instance.state, InstanceState::Pending | InstanceState::Terminated);
    InstanceMetadataOptionsResponse {
        state: Some(if pending { "pending" } else { "applied" }.into()),
        http_tokens: Some(if tokens_required { "required" } else { "optional" }.into()),
        http_put_response_hop_limit: Some(i32::from(hop_limit)),
        http_endpoint: Some(on(enabled).into()),
        http_protocol_ipv6: Some(on(ipv6).into()),
        instance_metadata_tags: Some(on(instance_tags).into()),
    }
}

fn private_dns_options(options: &PrivateDnsOptions) -> PrivateDnsNameOptionsResponse {
    PrivateDnsNameOptionsResponse {
        hostname_type: Some(options.hostname_type.clone()),
        enable_resource_name_dns_a_record: Some(options.a_record),
        enable_resource_name_dns_aaaa_record: Some(options.aaaa_record),
    }
}

fn root_mapping(instance: &Instance) -> InstanceBlockDeviceMapping {
    InstanceBlockDeviceMapping {
        device_name: Some(instance.root_volume.device_name.clone()),
        ebs: Some(EbsInstanceBlockDevice {
            attach_time: Some(Timestamp(instance.created.0)),
            delete_on_termination: Some(instance.root_volume.delete_on_termination),
            status: Some("attached".into()),
            volume_id: Some(instance.root_volume.id.to_string()),
            ebs_card_index: Some(0),
            ..EbsInstanceBlockDevice::default()
        }),
    }
}

fn attachment(attachment: &Attachment) -> InstanceNetworkInterfaceAttachment {
    InstanceNetworkInterfaceAttachment {
        attach_time: Some(Timestamp(attachment.attached.0)),
        attachment_id: Some(attachment.id.to_string()),
        delete_on_termination: Some(attachment.delete_on_termination),
        device_index: Some(i32::from(attachment.device_index)),
        status: Some(attachment_status(attachment).into()),
        network_card_index: Some(i32::from(attachment.network_card_index)),
        ..InstanceNetworkInterfaceAttachment::default()
    }
}

fn connection_tracking(interface: &NetworkInterface) -> Option<ConnectionTrackingSpecificationResponse> {
    let set = &interface.connection_tracking;
    (*set != model::interface::ConnectionTracking::default()).then_some(ConnectionTrackingSpecificationResponse {
        tcp_established_timeout: set.tcp_established_seconds,
        udp_stream_timeout: set.udp_stream_seconds,
        udp_timeout: set.udp_seconds,
    })
}
