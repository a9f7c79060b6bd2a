//! Elastic IP addresses.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ec2_api::shapes::{
    Address, AllocateAddressRequest, AllocateAddressResult, AssociateAddressRequest, AssociateAddressResult, DescribeAddressesRequest,
    DescribeAddressesResult, DisassociateAddressRequest, ReleaseAddressRequest, ReturnTrue,
};
use ec2_api::{ApiError, ErrorCode};
use model::elastic_ip::{AMAZON_POOL, ElasticIp, WantedAddress, allocate, associate, disassociate, release};
use model::ids::{AllocationId, AssociationId, InstanceId, NetworkInterfaceId};
use model::instance::{Instance, InstanceState};
use model::interface_permission::Permission;
use model::{Ctx, Draft, Here, ResourceId, route_table};

use super::describe::{self, Ids, Query, describe};
use super::filter::Filters;
use super::lookup::{id, ipv4, refuse, row};
use super::network_interface::{changeable, usable};
use super::tag_spec::{self, NewTags};
use super::{View, operations};
use crate::errors;

operations! {
    write AllocateAddress => allocate_address,
    read DescribeAddresses => describe_all,
    write ReleaseAddress => release_address,
    write AssociateAddress => associate_address,
    write DisassociateAddress => disassociate_address,
}

fn allocate_address(draft: &mut Draft, ctx: &mut Ctx<'_>, input: AllocateAddressRequest) -> Result<AllocateAddressResult, ApiError> {
    let AllocateAddressRequest {
        domain,
        address,
        public_ipv4_pool,
        network_border_group,
        customer_owned_ipv4_pool,
        tag_specifications,
        ipam_pool_id,
        dry_run: _,
    } = input;
    refuse(customer_owned_ipv4_pool.is_some(), "CustomerOwnedIpv4Pool")?;
    refuse(ipam_pool_id.is_some(), "IpamPoolId")?;
    // EC2-Classic, the other domain, is gone.
    if let Some(other) = domain.filter(|domain| domain != "vpc") {
        return Err(invalid_value("domain", &other));
    }
    if let Some(other) = network_border_group.filter(|group| group != ctx.scope.region.name()) {
        return Err(invalid_value("networkBorderGroup", &other));
    }
    let tags = NewTags::new(tag_specifications, &["elastic-ip"])?;
    let pool = public_ipv4_pool.filter(|pool| pool != AMAZON_POOL);
    let wanted = match (address, pool) {
        (None, None) => WantedAddress::Any,
        (Some(address), None) => WantedAddress::This(public_ip(&address)?),
        (None, Some(pool)) => WantedAddress::OfPool(id(&pool)?),
        (Some(_), Some(_)) => {
            let message = "The parameter address cannot be used with the parameter publicIpv4Pool";
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
        }
    };
    let allocation = allocate(draft, ctx, wanted).map_err(errors::answer)?;
    tags.put(draft, allocation)?;
    let elastic = row::<ElasticIp, _>(draft.realm(), allocation)?;
    Ok(AllocateAddressResult {
        allocation_id: Some(allocation.to_string()),
        public_ipv4_pool: Some(elastic.public_ipv4_pool.clone()),
        network_border_group: Some(elastic.network_border_group.clone()),
        domain: Some("vpc".into()),
        customer_owned_ip: None,
        customer_owned_ipv4_pool: None,
        carrier_ip: None,
        public_ip: Some(elastic.public.to_string()),
    })
}

fn describe_all(view: &View<'_>, input: DescribeAddressesRequest) -> Result<DescribeAddressesResult, ApiError> {
    let DescribeAddressesRequest { public_ips, dry_run: _, filters, allocation_ids } = input;
    let mut ids = allocation_ids;
    for text in &public_ips {
        ids.push(by_public_ip(view, text)?.id.to_string());
    }
    let (addresses, _) = describe(
        view.realm,
        Query {
            ids: Ids("AllocationIds", &ids),
            filters,
            known_filters: &[
                "allocation-id",
                "association-id",
                // Not documented since EC2-Classic went; scripts still send it.
                "domain",
                "instance-id",
                "network-border-group",
                "network-interface-id",
                "network-interface-owner-id",
                "private-ip-address",
                "public-ip",
                "public-ipv4-pool",
            ],
            max_results: None,
            next_token: None,
        },
        |filters| narrow(view, filters),
        |elastic: &ElasticIp, name| values(view, elastic, name),
        |elastic| answer(view.here(), elastic),
    )?;
    Ok(DescribeAddressesResult { addresses })
}

fn narrow(view: &View<'_>, filters: &Filters) -> Option<BTreeSet<AllocationId>> {
    let index = &view.realm.index;
    if let Some(texts) = filters.literals("allocation-id") {
        return Some(texts.iter().filter_map(|text| text.parse().ok()).collect());
    }
    if let Some(texts) = filters.literals("association-id") {
        let associations = texts.iter().filter_map(|text| text.parse::<AssociationId>().ok());
        return Some(associations.filter_map(|id| index.elastic_ip_association(id)).collect());
    }
    if let Some(texts) = filters.literals("public-ip") {
        let holder = |text: &String| view.state.public_address(text.parse().ok()?);
        let own = texts.iter().filter_map(holder).filter(|(scope, _)| *scope == view.scope);
        return Some(own.filter_map(|(_, id)| if let ResourceId::ElasticIp(id) = id { Some(id) } else { None }).collect());
    }
    if let Some(interfaces) = describe::belonging_to::<InstanceId, NetworkInterfaceId>(view, filters, "instance-id") {
        let interfaces = interfaces.into_iter().filter_map(|id| Some((id, view.here().owner_of(id)?)));
        return Some(interfaces.flat_map(|(id, owner)| owner.realm.index.referrers_of_kind::<AllocationId>(id)).collect());
    }
    describe::belonging_to::<NetworkInterfaceId, _>(view, filters, "network-interface-id")
}

fn values(view: &View<'_>, elastic: &ElasticIp, name: &str) -> Vec<String> {
    let association = elastic.association.as_ref();
    match name {
        "allocation-id" => vec![elastic.id.to_string()],
        "association-id" => association.map(|association| association.id.to_string()).into_iter().collect(),
        "domain" => vec!["vpc".to_owned()],
        "instance-id" => instance_of(view.here(), elastic).map(|id| id.to_string()).into_iter().collect(),
        "network-border-group" => vec![elastic.network_border_group.clone()],
        "network-interface-id" => association.map(|association| association.interface.to_string()).into_iter().collect(),
        "network-interface-owner-id" => association.map(|of| of.scope(view.scope).account.to_string()).into_iter().collect(),
        "private-ip-address" => association.map(|association| association.private.to_string()).into_iter().collect(),
        "public-ip" => vec![elastic.public.to_string()],
        "public-ipv4-pool" => vec![elastic.public_ipv4_pool.clone()],
        _ => Vec::new(),
    }
}

fn instance_of(here: Here<'_>, elastic: &ElasticIp) -> Option<InstanceId> {
    let association = elastic.association.as_ref()?;
    here.state.realm(association.scope(here.scope))?.interfaces.get(&association.interface)?.instance()
}

fn answer(here: Here<'_>, elastic: &ElasticIp) -> Address {
    let Here { scope, realm, .. } = here;
    let association = elastic.association.as_ref();
    Address {
        allocation_id: Some(elastic.id.to_string()),
        association_id: association.map(|association| association.id.to_string()),
        domain: Some("vpc".into()),
        network_interface_id: association.map(|association| association.interface.to_string()),
        network_interface_owner_id: association.map(|association| association.scope(scope).account.to_string()),
        private_ip_address: association.map(|association| association.private.to_string()),
        tags: tag_spec::answer(realm, elastic.id),
        public_ipv4_pool: Some(elastic.public_ipv4_pool.clone()),
        network_border_group: Some(elastic.network_border_group.clone()),
        customer_owned_ip: None,
        customer_owned_ipv4_pool: None,
        carrier_ip: None,
        subnet_id: None,
        service_managed: None,
        instance_id: instance_of(here, elastic).map(|id| id.to_string()),
        public_ip: Some(elastic.public.to_string()),
    }
}

fn release_address(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: ReleaseAddressRequest) -> Result<ReturnTrue, ApiError> {
    let ReleaseAddressRequest { allocation_id, public_ip, network_border_group, dry_run: _ } = input;
    // Associations can be made and undone by the address; a release cannot be [seen].
    if let (None, Some(address)) = (&allocation_id, &public_ip) {
        owned(draft, address)?;
        let message = "You must specify an allocation id when releasing a VPC elastic IP address";
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    let elastic = named(draft, allocation_id.as_deref(), public_ip.as_deref())?;
    // The API reference: a wrong border group is InvalidAddress.NotFound.
    if network_border_group.is_some_and(|group| group != elastic.network_border_group) {
        return Err(no_such_address(&elastic.public.to_string()));
    }
    release(draft, elastic.id).map_err(errors::answer)?;
    Ok(ReturnTrue)
}

fn associate_address(draft: &mut Draft, ctx: &mut Ctx<'_>, input: AssociateAddressRequest) -> Result<AssociateAddressResult, ApiError> {
    let AssociateAddressRequest {
        allocation_id,
        instance_id,
        public_ip,
        dry_run: _,
        network_interface_id,
        private_ip_address,
        allow_reassociation,
    } = input;
    let elastic = named(draft, allocation_id.as_deref(), public_ip.as_deref())?;
    let private = private_ip_address.as_deref().map(ipv4).transpose()?;
    let interface = match (instance_id, network_interface_id) {
        (Some(instance), None) => sole_interface(draft, id(&instance)?)?,
        (None, Some(interface)) => ready_interface(draft, id(&interface)?)?,
        (Some(instance), Some(interface)) => own_interface(draft, id(&instance)?, id(&interface)?)?,
        (None, None) => {
            return Err(ApiError::new(ErrorCode::MissingParameter, "Either instance ID or network interface ID must be specified"));
        }
    };
    used_by_user(draft, &elastic)?;
    let allow_reassociation = allow_reassociation.unwrap_or(true);
    let association = associate(draft, ctx, elastic.id, interface, private, allow_reassociation).map_err(errors::answer)?;
    Ok(AssociateAddressResult { association_id: Some(association.to_string()) })
}

fn disassociate_address(draft: &mut Draft, ctx: &mut Ctx<'_>, input: DisassociateAddressRequest) -> Result<ReturnTrue, ApiError> {
    let DisassociateAddressRequest { association_id, public_ip, dry_run: _ } = input;
    let association: AssociationId = match (association_id, public_ip) {
        (Some(association), None) => id(&association)?,
        (None, Some(address)) => match &owned(draft, &address)?.association {
            Some(association) => association.id,
            // "This is an idempotent operation": the API reference.
            None => return Ok(ReturnTrue),
        },
        (Some(_), Some(_)) => {
            let message = "You may specify public IP or association id, but not both in the same call";
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
        }
        (None, None) => return Err(ApiError::missing_parameter("AssociationId")),
    };
    let realm = draft.realm();
    if let Some(elastic) = realm.index.elastic_ip_association(association).and_then(|id| realm.elastic_ips.get(&id)) {
        used_by_user(draft, elastic)?;
    }
    disassociate(draft, ctx, association).map_err(errors::answer)?;
    Ok(ReturnTrue)
}

/// Whether an Elastic IP is not in the hands of a service, such as a NAT gateway.
fn used_by_user(draft: &Draft, elastic: &ElasticIp) -> Result<(), ApiError> {
    let Some(association) = &elastic.association else { return Ok(()) };
    let realm = draft.state().realm(association.scope(draft.scope()));
    realm.map_or(Ok(()), |realm| changeable(realm, association.interface).map(drop))
}

/// The only interface of an instance.
fn sole_interface(draft: &Draft, id: InstanceId) -> Result<NetworkInterfaceId, ApiError> {
    ready_instance(draft, id)?;
    route_table::sole_interface(draft.realm(), id).map_err(|_| {
        // [seen]
        let message =
            format!("There are multiple interfaces attached to instance '{id}'. Please specify an interface ID for the operation instead.");
        ApiError::new(ErrorCode::InvalidInstanceID, message)
    })
}

/// The interface, where an instance is named too. The API reference says that only one of them can be. Terraform sends both when it
/// moves an Elastic IP: the instance that it shall be of, and the interface that it was on, which may be another instance's; and its own
/// tests say that EC2 then goes by the instance.
fn own_interface(draft: &Draft, instance: InstanceId, interface: NetworkInterfaceId) -> Result<NetworkInterfaceId, ApiError> {
    ready_instance(draft, instance)?;
    let (_, row) = usable(draft, interface, Permission::EipAssociate)?;
    if row.instance() == Some(instance) { Ok(interface) } else { sole_interface(draft, instance) }
}

/// Refuses an instance that is only being made, or is going.
fn ready_instance(draft: &Draft, id: InstanceId) -> Result<(), ApiError> {
    let state = row::<Instance, _>(draft.realm(), id)?.state;
    if matches!(state, InstanceState::Running | InstanceState::Stopped | InstanceState::Stopping) {
        return Ok(());
    }
    // [seen] of pending instances, which clients retry.
    let name = state.code_and_name().1;
    let message = format!("The {name} instance '{id}' is not in a valid state for this operation.");
    Err(ApiError::new(ErrorCode::InvalidInstanceID, message))
}

/// An interface that is not attached to an instance which is only being made.
fn ready_interface(draft: &Draft, id: NetworkInterfaceId) -> Result<NetworkInterfaceId, ApiError> {
    let (owner, interface) = usable(draft, id, Permission::EipAssociate)?;
    let instance = owner.instance_of(interface);
    if instance.is_some_and(|instance| instance.state == InstanceState::Pending) {
        // [seen]
        let message =
            format!("The pending-instance-creation instance to which '{id}' is attached is not in a valid state for this operation");
        return Err(ApiError::new(ErrorCode::IncorrectInstanceState, message));
    }
    Ok(id)
}

/// The Elastic IP that a request names, by its allocation or, as scripts from the time of EC2-Classic do, by its address.
fn named(draft: &Draft, allocation_id: Option<&str>, public_ip: Option<&str>) -> Result<Arc<ElasticIp>, ApiError> {
    match (allocation_id, public_ip) {
        (Some(allocation), None) => row(draft.realm(), id::<AllocationId>(allocation)?),
        (None, Some(address)) => owned(draft, address),
        (Some(_), Some(_)) => {
            let message = "You may specify public IP or allocation id, but not both in the same call";
            Err(ApiError::new(ErrorCode::InvalidParameterCombination, message))
        }
        (None, None) => Err(ApiError::missing_parameter("AllocationId")),
    }
}

/// The Elastic IP of an address that is to be changed, which must be the caller's.
fn owned(draft: &Draft, address: &str) -> Result<Arc<ElasticIp>, ApiError> {
    match draft.state().public_address(public_ip(address)?) {
        Some((owner, ResourceId::ElasticIp(id))) if owner == draft.scope() => row(draft.realm(), id),
        // [seen]
        Some(_) => Err(ApiError::not_permitted(format!("The address '{address}' does not belong to you."))),
        None => Err(no_such_address(address)),
    }
}

fn by_public_ip(view: &View<'_>, text: &str) -> Result<Arc<ElasticIp>, ApiError> {
    match view.state.public_address(public_ip(text)?) {
        Some((owner, ResourceId::ElasticIp(id))) if owner == view.scope => row(view.realm, id),
        _ => Err(no_such_address(text)),
    }
}

// [seen]
fn no_such_address(text: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidAddressNotFound, format!("Address '{text}' not found."))
}

/// A public address.
///
/// # Errors
/// When the text is none.
pub fn public_ip(text: &str) -> Result<Ipv4Addr, ApiError> {
    text.parse().map_err(|_| ApiError::new(ErrorCode::InvalidAddressMalformed, format!("Address '{text}' is not a valid IPv4 address.")))
}

fn invalid_value(name: &str, value: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidParameterValue, format!("Value ({value}) for parameter {name} is invalid."))
}
