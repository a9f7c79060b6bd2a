//! DescribeInstances.

use std::collections::BTreeSet;

use ec2_api::shapes::{DescribeInstancesRequest, DescribeInstancesResult};
use ec2_api::{ApiError, Timestamp};
use model::ids::{IdKind, InstanceId, NetworkInterfaceId, ReservationId, SubnetId, VpcId};
use model::instance::Instance;
use model::interface::NetworkInterface;
use model::{Here, Realm, dns_name};

use super::answer::{self, Seen, attachment_status, on};
use crate::View;
use crate::describe::{Ids, OLD_MAX_RESULTS, Query, belonging_to, describe_within, truth};
use crate::filter::Filters;
use crate::id_errors;
use crate::lookup;
use crate::network_interface::{groups, is_hostnames_on, public_address};

/// The filters of DescribeInstances. Those of outposts, hosts, placement groups, spot requests and the like are legal
/// and match nothing, as no instance here has such a thing.
const FILTERS: &[&str] = &[
    "affinity",
    "architecture",
    "availability-zone",
    "availability-zone-id",
    "block-device-mapping.attach-time",
    "block-device-mapping.delete-on-termination",
    "block-device-mapping.device-name",
    "block-device-mapping.status",
    "block-device-mapping.volume-id",
    "boot-mode",
    "capacity-reservation-id",
    "capacity-reservation-specification.capacity-reservation-preference",
    "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id",
    "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn",
    "client-token",
    "current-instance-boot-mode",
    "dns-name",
    "ebs-optimized",
    "ena-support",
    "enclave-options.enabled",
    "group-id",
    "group-name",
    "hibernation-options.configured",
    "host-id",
    "hypervisor",
    "iam-instance-profile.arn",
    "iam-instance-profile.id",
    "iam-instance-profile.name",
    "image-id",
    "instance-id",
    "instance-lifecycle",
    "instance-state-code",
    "instance-state-name",
    "instance-type",
    "instance.group-id",
    "instance.group-name",
    "ip-address",
    "ipv6-address",
    "kernel-id",
    "key-name",
    "launch-index",
    "launch-time",
    "maintenance-options.auto-recovery",
    "metadata-options.http-endpoint",
    "metadata-options.http-protocol-ipv4",
    "metadata-options.http-protocol-ipv6",
    "metadata-options.http-put-response-hop-limit",
    "metadata-options.http-tokens",
    "metadata-options.instance-metadata-tags",
    "metadata-options.state",
    "monitoring-state",
    "network-interface.addresses.association.allocation-id",
    "network-interface.addresses.association.association-id",
    "network-interface.addresses.association.carrier-ip",
    "network-interface.addresses.association.customer-owned-ip",
    "network-interface.addresses.association.ip-owner-id",
    "network-interface.addresses.association.public-dns-name",
    "network-interface.addresses.association.public-ip",
    "network-interface.addresses.primary",
    "network-interface.addresses.private-dns-name",
    "network-interface.addresses.private-ip-address",
    "network-interface.association.allocation-id",
    "network-interface.association.association-id",
    "network-interface.association.carrier-ip",
    "network-interface.association.customer-owned-ip",
    "network-interface.association.ip-owner-id",
    "network-interface.association.public-dns-name",
    "network-interface.association.public-ip",
    "network-interface.attachment.attach-time",
    "network-interface.attachment.attachment-id",
    "network-interface.attachment.delete-on-termination",
    "network-interface.attachment.device-index",
    "network-interface.attachment.instance-id",
    "network-interface.attachment.instance-owner-id",
    "network-interface.attachment.network-card-index",
    "network-interface.attachment.status",
    "network-interface.availability-zone",
    "network-interface.deny-all-igw-traffic",
    "network-interface.description",
    "network-interface.group-id",
    "network-interface.group-name",
    "network-interface.ipv4-prefixes.ipv4-prefix",
    "network-interface.ipv6-address",
    "network-interface.ipv6-addresses.ipv6-address",
    "network-interface.ipv6-addresses.is-primary-ipv6",
    "network-interface.ipv6-native",
    "network-interface.ipv6-prefixes.ipv6-prefix",
    "network-interface.mac-address",
    "network-interface.network-interface-id",
    "network-interface.operator.managed",
    "network-interface.operator.principal",
    "network-interface.outpost-arn",
    "network-interface.owner-id",
    "network-interface.private-dns-name",
    "network-interface.private-ip-address",
    "network-interface.public-dns-name",
    "network-interface.requester-id",
    "network-interface.requester-managed",
    "network-interface.source-dest-check",
    "network-interface.status",
    "network-interface.subnet-id",
    "network-interface.tag-key",
    "network-interface.tag-value",
    "network-interface.vpc-id",
    "network-performance-options.bandwidth-weighting",
    "operator.managed",
    "operator.principal",
    "outpost-arn",
    "owner-id",
    "placement-group-name",
    "placement-partition-number",
    "platform",
    "platform-details",
    "private-dns-name",
    "private-dns-name-options.enable-resource-name-dns-a-record",
    "private-dns-name-options.enable-resource-name-dns-aaaa-record",
    "private-dns-name-options.hostname-type",
    "private-ip-address",
    "product-code",
    "product-code.type",
    "ramdisk-id",
    "reason",
    "requester-id",
    "reservation-id",
    "root-device-name",
    "root-device-type",
    "source-dest-check",
    "spot-instance-request-id",
    "state-reason-code",
    "state-reason-message",
    "subnet-id",
    "tenancy",
    "tpm-support",
    "usage-operation",
    "usage-operation-update-time",
    "virtualization-type",
    "vpc-id",
];

pub fn describe_instances(view: &View<'_>, input: DescribeInstancesRequest) -> Result<DescribeInstancesResult, ApiError> {
    // No service manages instances here, so that including managed ones changes nothing.
    let DescribeInstancesRequest { instance_ids, include_managed_resources: _, dry_run: _, filters, next_token, max_results } = input;
    described(view.realm, &instance_ids)?;
    let (instances, next_token) = describe_within(
        OLD_MAX_RESULTS,
        view.realm,
        Query { ids: Ids("instancesSet", &instance_ids), filters, known_filters: FILTERS, max_results, next_token: next_token.as_deref() },
        |filters| narrow(view, filters),
        |instance: &Instance, name| values(&Seen::new(view.here(), instance), name),
        |instance| (instance.reservation, Seen::new(view.here(), instance).answer()),
    )?;
    Ok(DescribeInstancesResult { next_token, reservations: answer::reservations(view.scope, instances) })
}

/// The instances of these ids, for operations that only look at them: an empty id is none. [instance-empty-described]
///
/// # Errors
/// As [`named`].
pub fn described(realm: &Realm, ids: &[String]) -> Result<Vec<InstanceId>, ApiError> {
    if ids.iter().any(String::is_empty) {
        return Err(ApiError::missing_parameter("InstanceId"));
    }
    named(realm, ids)
}

/// The instances of these ids, all of which must exist.
///
/// # Errors
/// When one does not: those that do not are named in one message [seen].
pub fn named(realm: &Realm, ids: &[String]) -> Result<Vec<InstanceId>, ApiError> {
    let ids: Vec<InstanceId> = lookup::ids(ids)?;
    let unknown: Vec<String> = ids.iter().filter(|id| !realm.instances.contains(id)).map(ToString::to_string).collect();
    id_errors::all_found(IdKind::Instance, &unknown)?;
    Ok(ids)
}

/// The instances that filters can match at all, where an index tells.
pub fn narrow(view: &View<'_>, filters: &Filters) -> Option<BTreeSet<InstanceId>> {
    let realm = view.realm;
    if let Some(ids) = filters.literals("instance-id") {
        return Some(ids.iter().filter_map(|text| text.parse().ok()).collect());
    }
    if let Some(ids) = filters.literals("reservation-id") {
        return Some(
            ids.iter().filter_map(|text| text.parse::<ReservationId>().ok()).flat_map(|id| realm.index.instances_of(id)).collect(),
        );
    }
    if let Some(ids) = filters.literals("network-interface.network-interface-id") {
        let interfaces = ids.iter().filter_map(|text| text.parse::<NetworkInterfaceId>().ok());
        return Some(interfaces.filter_map(|id| view.here().interface(id)?.1.instance()).collect());
    }
    belonging_to::<SubnetId, InstanceId>(view, filters, "subnet-id").or_else(|| belonging_to::<VpcId, InstanceId>(view, filters, "vpc-id"))
}

/// The values that an instance has for a filter.
fn values(seen: &Seen<'_>, name: &str) -> Vec<String> {
    if let Some(name) = name.strip_prefix("network-interface.") {
        return seen.interfaces.iter().flat_map(|(owner, interface)| interface_values(seen, *owner, interface, name)).collect();
    }
    if let Some(name) = name.strip_prefix("metadata-options.") {
        return metadata_values(seen.instance, name);
    }
    let instance = seen.instance;
    let there = seen.is_there();
    let primary = seen.primary();
    let own_groups = || primary.map(|primary| groups(seen.here.realm, &primary.groups)).unwrap_or_default();
    let one = |text: &str| vec![text.to_owned()];
    match name {
        "architecture" => one(&instance.architecture),
        "availability-zone" => vec![instance.zone.to_string()],
        "availability-zone-id" => vec![instance.zone.id()],
        "block-device-mapping.attach-time" if there => time(instance.created),
        "block-device-mapping.delete-on-termination" if there => truth(instance.root_volume.delete_on_termination),
        "block-device-mapping.device-name" if there => one(&instance.root_volume.device_name),
        "block-device-mapping.status" if there => one("attached"),
        "block-device-mapping.volume-id" if there => vec![instance.root_volume.id.to_string()],
        "boot-mode" => instance.boot_mode.iter().cloned().collect(),
        "capacity-reservation-specification.capacity-reservation-preference" => one("open"),
        "client-token" => instance.client_token.iter().cloned().collect(),
        "current-instance-boot-mode" => one(answer::current_boot_mode(instance)),
        "dns-name" => seen.public_address().and_then(|address| seen.public_dns_name(address)).into_iter().collect(),
        "ebs-optimized" => truth(instance.ebs_optimized),
        "ena-support" => truth(true),
        "enclave-options.enabled" | "hibernation-options.configured" => truth(false),
        // `group-id` and `group-name` are those of EC2-Classic; clients still use them for the same.
        "group-id" | "instance.group-id" => own_groups().into_iter().filter_map(|group| group.group_id).collect(),
        "group-name" | "instance.group-name" => own_groups().into_iter().filter_map(|group| group.group_name).collect(),
        "hypervisor" => one("xen"),
        "iam-instance-profile.arn" => instance.iam_instance_profile.iter().map(|profile| profile.arn.clone()).collect(),
        "iam-instance-profile.id" => instance.iam_instance_profile.iter().map(|profile| profile.id.clone()).collect(),
        "iam-instance-profile.name" => instance.iam_instance_profile.iter().map(|profile| profile.name().to_owned()).collect(),
        "image-id" => vec![instance.image.to_string()],
        "instance-id" => vec![instance.id.to_string()],
        "instance-state-code" => vec![instance.state.code_and_name().0.to_string()],
        "instance-state-name" => one(instance.state.code_and_name().1),
        "instance-type" => one(&instance.instance_type),
        "ip-address" => seen.public_address().map(|address| address.to_string()).into_iter().collect(),
        "ipv6-address" => primary.into_iter().flat_map(|primary| &primary.ipv6).map(ToString::to_string).collect(),
        "key-name" => instance.key_name.iter().cloned().collect(),
        "launch-index" => vec![instance.launch_index.to_string()],
        "launch-time" => time(instance.launched),
        "maintenance-options.auto-recovery" => one(&instance.auto_recovery),
        "monitoring-state" => one(answer::monitoring(instance)),
        "network-performance-options.bandwidth-weighting" => one("default"),
        "operator.managed" => truth(false),
        "owner-id" => vec![seen.here.scope.account.to_string()],
        "platform-details" => one("Linux/UNIX"),
        "private-dns-name" => seen.private_dns_name().into_iter().collect(),
        "private-dns-name-options.enable-resource-name-dns-a-record" if there => truth(instance.private_dns.a_record),
        "private-dns-name-options.enable-resource-name-dns-aaaa-record" if there => truth(instance.private_dns.aaaa_record),
        "private-dns-name-options.hostname-type" if there => one(&instance.private_dns.hostname_type),
        "private-ip-address" => primary.and_then(NetworkInterface::primary_ipv4).map(|address| address.to_string()).into_iter().collect(),
        "reason" => one(&instance.state_transition_reason),
        "reservation-id" => vec![instance.reservation.to_string()],
        "root-device-name" => one(&instance.root_volume.device_name),
        "root-device-type" => one("ebs"),
        "source-dest-check" => primary.map(|primary| truth(primary.source_dest_check)).unwrap_or_default(),
        "state-reason-code" => seen.state_reason().map(|(code, _)| code).into_iter().collect(),
        "state-reason-message" => seen.state_reason().map(|(_, message)| message).into_iter().collect(),
        "subnet-id" if there => vec![instance.subnet.to_string()],
        "tenancy" => one(&instance.tenancy),
        "usage-operation" => one("RunInstances"),
        "usage-operation-update-time" => time(instance.created),
        "virtualization-type" => one("hvm"),
        "vpc-id" if there => vec![instance.vpc.to_string()],
        _ => Vec::new(),
    }
}

fn metadata_values(instance: &Instance, name: &str) -> Vec<String> {
    let options = &instance.metadata_options;
    match name {
        "http-endpoint" => vec![on(options.enabled).into()],
        "http-protocol-ipv4" => vec![on(true).into()],
        "http-protocol-ipv6" => vec![on(options.ipv6).into()],
        "http-put-response-hop-limit" => vec![options.hop_limit.to_string()],
        "http-tokens" => vec![if options.tokens_required { "required" } else { "optional" }.into()],
        "instance-metadata-tags" => vec![on(options.instance_tags).into()],
        "state" => vec!["applied".into()],
        _ => Vec::new(),
    }
}

fn interface_values(seen: &Seen<'_>, owner: Here<'_>, interface: &NetworkInterface, name: &str) -> Vec<String> {
    if let Some(name) = name.strip_prefix("attachment.") {
        return attachment_values(seen, interface, name);
    }
    if let Some(name) = name.strip_prefix("addresses.association.") {
        return interface.ipv4.iter().flat_map(|&private| association_values(seen, owner, interface, private, name)).collect();
    }
    let primary = interface.primary_ipv4();
    if let Some(name) = name.strip_prefix("association.") {
        return primary.into_iter().flat_map(|private| association_values(seen, owner, interface, private, name)).collect();
    }
    let named = is_hostnames_on(owner.realm, interface.vpc);
    let private_name = |address| named.then(|| dns_name::private(seen.here.scope.region, address));
    let texts = |addresses: &[std::net::Ipv4Addr]| addresses.iter().map(ToString::to_string).collect::<Vec<_>>();
    let tags = || seen.here.realm.tags_of(interface.id).into_iter().flatten();
    match name {
        "addresses.primary" => interface.ipv4.iter().flat_map(|address| truth(primary == Some(*address))).collect(),
        "addresses.private-dns-name" => interface.ipv4.iter().copied().filter_map(private_name).collect(),
        "addresses.private-ip-address" => texts(&interface.ipv4),
        "availability-zone" => vec![interface.zone.to_string()],
        "deny-all-igw-traffic" | "operator.managed" => truth(false),
        "description" => vec![interface.description.clone()],
        "group-id" => interface.groups.iter().map(ToString::to_string).collect(),
        "group-name" => groups(owner.realm, &interface.groups).into_iter().filter_map(|group| group.group_name).collect(),
        "ipv4-prefixes.ipv4-prefix" => interface.ipv4_prefixes.iter().map(ToString::to_string).collect(),
        "ipv6-address" | "ipv6-addresses.ipv6-address" => interface.ipv6.iter().map(ToString::to_string).collect(),
        "ipv6-addresses.is-primary-ipv6" => {
            interface.ipv6.iter().enumerate().flat_map(|(place, _)| truth(interface.primary_ipv6 && place == 0)).collect()
        }
        "ipv6-native" => truth(interface.ipv4.is_empty()),
        "ipv6-prefixes.ipv6-prefix" => interface.ipv6_prefixes.iter().map(ToString::to_string).collect(),
        "mac-address" => vec![interface.mac.to_string()],
        "network-interface-id" => vec![interface.id.to_string()],
        "owner-id" => vec![owner.scope.account.to_string()],
        "private-dns-name" => primary.and_then(private_name).into_iter().collect(),
        "private-ip-address" => primary.map(|address| address.to_string()).into_iter().collect(),
        "public-dns-name" => {
            let public = primary.and_then(|private| public_address(owner, interface, private));
            public.and_then(|public| seen.public_dns_name(public.address)).into_iter().collect()
        }
        "requester-id" => interface.requester.iter().cloned().collect(),
        "requester-managed" => truth(interface.requester_managed),
        "source-dest-check" => truth(interface.source_dest_check),
        "status" => vec!["in-use".into()],
        "subnet-id" => vec![interface.subnet.to_string()],
        "tag-key" => tags().map(|(key, _)| key.clone()).collect(),
        "tag-value" => tags().map(|(_, value)| value.clone()).collect(),
        "vpc-id" => vec![interface.vpc.to_string()],
        _ => Vec::new(),
    }
}

fn attachment_values(seen: &Seen<'_>, interface: &NetworkInterface, name: &str) -> Vec<String> {
    let Some(attachment) = &interface.attachment else { return Vec::new() };
    match name {
        "attach-time" => time(attachment.attached),
        "attachment-id" => vec![attachment.id.to_string()],
        "delete-on-termination" => truth(attachment.delete_on_termination),
        "device-index" => vec![attachment.device_index.to_string()],
        "instance-id" => vec![attachment.instance.to_string()],
        "instance-owner-id" => vec![seen.here.scope.account.to_string()],
        "network-card-index" => vec![attachment.network_card_index.to_string()],
        "status" => vec![attachment_status(attachment).into()],
        _ => Vec::new(),
    }
}

fn association_values(
    seen: &Seen<'_>,
    owner: Here<'_>,
    interface: &NetworkInterface,
    private: std::net::Ipv4Addr,
    name: &str,
) -> Vec<String> {
    let Some(public) = public_address(owner, interface, private) else { return Vec::new() };
    match name {
        "allocation-id" => public.elastic_ip.iter().map(|(_, elastic)| elastic.id.to_string()).collect(),
        "association-id" => {
            public.elastic_ip.iter().filter_map(|(_, elastic)| Some(elastic.association.as_ref()?.id.to_string())).collect()
        }
        "ip-owner-id" => vec![public.owner()],
        "public-dns-name" => seen.public_dns_name(public.address).into_iter().collect(),
        "public-ip" => vec![public.address.to_string()],
        _ => Vec::new(),
    }
}

fn time(at: model::Timestamp) -> Vec<String> {
    vec![Timestamp(at.0).whole_seconds().to_string()]
}
