//! Route tables, their routes, and who uses them.

use ec2_api::shapes::{
    AssociateRouteTableRequest, AssociateRouteTableResult, CreateRouteRequest, CreateRouteResult, CreateRouteTableRequest,
    CreateRouteTableResult, DeleteRouteRequest, DeleteRouteTableRequest, DescribeRouteTablesRequest, DescribeRouteTablesResult,
    DisassociateRouteTableRequest, ReplaceRouteRequest, ReplaceRouteTableAssociationRequest, ReplaceRouteTableAssociationResult,
    ReturnTrue, Route as RouteAnswer, RouteTable as Answer, RouteTableAssociation as AssociationAnswer, RouteTableAssociationState,
};
use ec2_api::{ApiError, ErrorCode};
use ipnet::IpNet;
use model::ids::{InstanceId, InternetGatewayId, RouteTableId, SubnetId, VpcId};
use model::route_table::{self, AssociationTarget, Destination, EffectiveRoute, Route, RouteTable, RouteTableAssociation, RouteTarget};
use model::{Ctx, Draft, Here, Realm, ResourceId, Scope};

use super::describe::{self, Ids, Query, describe_within};
use super::lookup::{id, ipv4_block, ipv6_block, refuse, required_id, row};
use super::once::Telling;
use super::page::Sizes;
use super::tag_spec::{self, NewTags};
use super::{View, operations};
use crate::errors;
use crate::id_errors;

operations! {
    make CreateRouteTable => create => created,
    read DescribeRouteTables => describe_all,
    write DeleteRouteTable => delete,
    write CreateRoute => create_route,
    write ReplaceRoute => replace_route,
    write DeleteRoute => delete_route,
    write AssociateRouteTable => associate,
    write DisassociateRouteTable => disassociate,
    write ReplaceRouteTableAssociation => replace_association,
}

/// Source: the API reference of DescribeRouteTables.
const MAX_RESULTS: Sizes = Sizes::within(5, 100);

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateRouteTableRequest) -> Result<RouteTableId, ApiError> {
    let CreateRouteTableRequest { tag_specifications, client_token: _, dry_run: _, vpc_id } = input;
    let tags = NewTags::new(tag_specifications, &["route-table"])?;
    let vpc = required_id(vpc_id.as_deref(), "VpcId")?;
    let table = route_table::create(draft, ctx, vpc).map_err(errors::answer)?;
    tags.put(draft, table)?;
    Ok(table)
}

fn created(telling: &Telling<'_>, table: RouteTableId) -> Result<CreateRouteTableResult, ApiError> {
    let table = row::<RouteTable, _>(telling.here.realm, table)?;
    let route_table = Some(answer(telling.here, &table));
    Ok(CreateRouteTableResult { route_table, client_token: telling.client_token.clone() })
}

fn describe_all(view: &View<'_>, input: DescribeRouteTablesRequest) -> Result<DescribeRouteTablesResult, ApiError> {
    let DescribeRouteTablesRequest { next_token, max_results, dry_run: _, route_table_ids, filters } = input;
    let (route_tables, next_token) = describe_within(
        MAX_RESULTS,
        view.realm,
        Query {
            ids: Ids("RouteTableIds", &route_table_ids),
            filters,
            known_filters: &[
                "association.gateway-id",
                "association.main",
                "association.route-table-association-id",
                "association.route-table-id",
                "association.subnet-id",
                "owner-id",
                "route-table-id",
                "route.destination-cidr-block",
                "route.destination-ipv6-cidr-block",
                "route.destination-prefix-list-id",
                "route.egress-only-internet-gateway-id",
                "route.gateway-id",
                "route.instance-id",
                "route.nat-gateway-id",
                "route.origin",
                "route.state",
                "route.transit-gateway-id",
                "route.vpc-peering-connection-id",
                "vpc-id",
            ],
            max_results,
            next_token: next_token.as_deref(),
        },
        |filters| {
            if let Some(subnets) = filters.literals("association.subnet-id") {
                let subnets = subnets.iter().filter_map(|subnet| subnet.parse::<SubnetId>().ok());
                return Some(subnets.filter_map(|subnet| view.realm.index.own_route_table(subnet)).collect());
            }
            describe::belonging_to::<VpcId, RouteTableId>(view, filters, "vpc-id")
        },
        |table: &RouteTable, name| filter_values(view, table, name),
        |table| answer(view.here(), table),
    )?;
    Ok(DescribeRouteTablesResult { route_tables, next_token })
}

fn delete(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DeleteRouteTableRequest) -> Result<ReturnTrue, ApiError> {
    let DeleteRouteTableRequest { dry_run: _, route_table_id } = input;
    let table = required_id(route_table_id.as_deref(), "RouteTableId")?;
    route_table::delete(draft, table).map_err(errors::answer)?;
    Ok(ReturnTrue)
}

fn create_route(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: CreateRouteRequest) -> Result<CreateRouteResult, ApiError> {
    let (table, route) = read_route(draft.realm(), input, false)?;
    route_table::add_route(draft, table, route).map_err(answer_error)?;
    Ok(CreateRouteResult { r#return: Some(true) })
}

fn replace_route(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: ReplaceRouteRequest) -> Result<ReturnTrue, ApiError> {
    let local = input.local_target.unwrap_or(false);
    let (table, route) = read_route(draft.realm(), as_new_route(input), local)?;
    route_table::replace_route(draft, table, route).map_err(answer_error)?;
    Ok(ReturnTrue)
}

/// Both requests say where a route is to lead, in the same members, but for the one that only a replacement has.
fn as_new_route(input: ReplaceRouteRequest) -> CreateRouteRequest {
    let ReplaceRouteRequest {
        destination_prefix_list_id,
        vpc_endpoint_id,
        local_target: _,
        transit_gateway_id,
        local_gateway_id,
        carrier_gateway_id,
        core_network_arn,
        odb_network_arn,
        dry_run,
        route_table_id,
        destination_cidr_block,
        gateway_id,
        destination_ipv6_cidr_block,
        egress_only_internet_gateway_id,
        instance_id,
        network_interface_id,
        vpc_peering_connection_id,
        nat_gateway_id,
    } = input;
    CreateRouteRequest {
        destination_prefix_list_id,
        vpc_endpoint_id,
        transit_gateway_id,
        local_gateway_id,
        carrier_gateway_id,
        core_network_arn,
        odb_network_arn,
        dry_run,
        route_table_id,
        destination_cidr_block,
        gateway_id,
        destination_ipv6_cidr_block,
        egress_only_internet_gateway_id,
        instance_id,
        network_interface_id,
        vpc_peering_connection_id,
        nat_gateway_id,
    }
}

/// The table and the route that a request gives; `local` is a target like the others.
fn read_route(realm: &Realm, input: CreateRouteRequest, local: bool) -> Result<(RouteTableId, Route), ApiError> {
    let CreateRouteRequest {
        destination_prefix_list_id,
        vpc_endpoint_id,
        transit_gateway_id,
        local_gateway_id,
        carrier_gateway_id,
        core_network_arn,
        odb_network_arn,
        dry_run: _,
        route_table_id,
        destination_cidr_block,
        gateway_id,
        destination_ipv6_cidr_block,
        egress_only_internet_gateway_id,
        instance_id,
        network_interface_id,
        vpc_peering_connection_id,
        nat_gateway_id,
    } = input;
    refuse(vpc_endpoint_id.is_some(), "VpcEndpointId")?;
    refuse(transit_gateway_id.is_some(), "TransitGatewayId")?;
    refuse(local_gateway_id.is_some(), "LocalGatewayId")?;
    refuse(carrier_gateway_id.is_some(), "CarrierGatewayId")?;
    refuse(core_network_arn.is_some(), "CoreNetworkArn")?;
    refuse(odb_network_arn.is_some(), "OdbNetworkArn")?;
    let table = required_id(route_table_id.as_deref(), "RouteTableId")?;
    row::<RouteTable, _>(realm, table)?;
    let destination = destination(destination_cidr_block, destination_ipv6_cidr_block, destination_prefix_list_id)?;

    let mut targets = Vec::new();
    if local {
        targets.push(RouteTarget::Local);
    }
    if let Some(gateway) = gateway_id {
        targets.push(RouteTarget::InternetGateway(internet_gateway(realm, &gateway)?));
    }
    if let Some(gateway) = egress_only_internet_gateway_id {
        targets.push(RouteTarget::EgressOnlyInternetGateway(id(&gateway)?));
    }
    if let Some(instance) = instance_id {
        let instance: InstanceId = id(&instance)?;
        targets.push(RouteTarget::NetworkInterface(route_table::sole_interface(realm, instance).map_err(errors::answer)?));
    }
    if let Some(interface) = network_interface_id {
        targets.push(RouteTarget::NetworkInterface(id(&interface)?));
    }
    if let Some(peering) = vpc_peering_connection_id {
        targets.push(RouteTarget::VpcPeeringConnection(id(&peering)?));
    }
    if let Some(gateway) = nat_gateway_id {
        targets.push(RouteTarget::NatGateway(gateway.parse().map_err(|_| id_errors::no_nat_gateway(&gateway))?));
    }
    Ok((table, Route { destination, target: only(&targets)? }))
}

fn only(targets: &[RouteTarget]) -> Result<RouteTarget, ApiError> {
    match targets {
        [target] => Ok(*target),
        [] => Err(ApiError::new(
            ErrorCode::MissingParameter,
            "The request must contain exactly one of: gatewayId, egressOnlyInternetGatewayId, instanceId, networkInterfaceId, \
             vpcPeeringConnectionId, or natGatewayId",
        )),
        _ => Err(ApiError::new(
            ErrorCode::InvalidParameterCombination,
            "Only one of gatewayId, egressOnlyInternetGatewayId, instanceId, networkInterfaceId, vpcPeeringConnectionId, or \
             natGatewayId can be specified",
        )),
    }
}

fn delete_route(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DeleteRouteRequest) -> Result<ReturnTrue, ApiError> {
    let DeleteRouteRequest { destination_prefix_list_id, dry_run: _, route_table_id, destination_cidr_block, destination_ipv6_cidr_block } =
        input;
    let table = required_id(route_table_id.as_deref(), "RouteTableId")?;
    row::<RouteTable, _>(draft.realm(), table)?;
    let destination = destination(destination_cidr_block, destination_ipv6_cidr_block, destination_prefix_list_id)?;
    route_table::delete_route(draft, table, destination).map_err(answer_error)?;
    Ok(ReturnTrue)
}

fn associate(draft: &mut Draft, ctx: &mut Ctx<'_>, input: AssociateRouteTableRequest) -> Result<AssociateRouteTableResult, ApiError> {
    let AssociateRouteTableRequest { gateway_id, public_ipv4_pool, dry_run: _, subnet_id, route_table_id } = input;
    refuse(public_ipv4_pool.is_some(), "PublicIpv4Pool")?;
    let table = required_id(route_table_id.as_deref(), "RouteTableId")?;
    let target = match (subnet_id, gateway_id) {
        (Some(subnet), None) => AssociationTarget::Subnet(id(&subnet)?),
        (None, Some(gateway)) => AssociationTarget::InternetGateway(internet_gateway(draft.realm(), &gateway)?),
        (None, None) => return Err(ApiError::missing_parameter("SubnetId or GatewayId")),
        (Some(_), Some(_)) => {
            let message = "The parameter gatewayId may not be used in combination with the parameter subnetId";
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
        }
    };
    let association = route_table::associate(draft, ctx, table, target).map_err(answer_error)?;
    Ok(AssociateRouteTableResult { association_id: Some(association.to_string()), association_state: Some(associated()) })
}

fn disassociate(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DisassociateRouteTableRequest) -> Result<ReturnTrue, ApiError> {
    let DisassociateRouteTableRequest { dry_run: _, association_id } = input;
    let association = required_id(association_id.as_deref(), "AssociationId")?;
    route_table::disassociate(draft, association).map_err(answer_error)?;
    Ok(ReturnTrue)
}

fn replace_association(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: ReplaceRouteTableAssociationRequest,
) -> Result<ReplaceRouteTableAssociationResult, ApiError> {
    let ReplaceRouteTableAssociationRequest { dry_run: _, association_id, route_table_id } = input;
    let association = required_id(association_id.as_deref(), "AssociationId")?;
    let table = required_id(route_table_id.as_deref(), "RouteTableId")?;
    let new = route_table::replace_association(draft, ctx, association, table).map_err(answer_error)?;
    Ok(ReplaceRouteTableAssociationResult { new_association_id: Some(new.to_string()), association_state: Some(associated()) })
}

/// A destination from the three members that can give one. EC2 drops the host's bits of a block.
fn destination(ipv4: Option<String>, ipv6: Option<String>, prefix_list: Option<String>) -> Result<Destination, ApiError> {
    match (ipv4, ipv6, prefix_list) {
        (Some(block), None, None) => Ok(Destination::Ipv4(ipv4_block(&block, "destinationCidrBlock")?.trunc())),
        (None, Some(block), None) => Ok(Destination::Ipv6(ipv6_block(&block, "destinationIpv6CidrBlock")?.trunc())),
        (None, None, Some(list)) => Ok(Destination::PrefixList(id(&list)?)),
        (None, None, None) => Err(ApiError::new(
            ErrorCode::MissingParameter,
            "The request must contain exactly one of: destinationCidrBlock, destinationIpv6CidrBlock, or destinationPrefixListId",
        )),
        _ => Err(ApiError::new(
            ErrorCode::InvalidParameterCombination,
            "Only one of destinationCidrBlock, destinationIpv6CidrBlock, or destinationPrefixListId can be specified",
        )),
    }
}

/// An internet gateway where a request says `GatewayId`, which has its own code.
fn internet_gateway(realm: &Realm, text: &str) -> Result<InternetGatewayId, ApiError> {
    let gateway = text.parse().ok().filter(|gateway| realm.internet_gateways.contains(gateway));
    // [seen], for `local` too: that target has a member of its own.
    gateway.ok_or_else(|| ApiError::new(ErrorCode::InvalidGatewayIDNotFound, format!("The gateway ID '{text}' does not exist")))
}

fn answer_error(error: model::Error) -> ApiError {
    match error {
        model::Error::NotFound(gateway @ ResourceId::InternetGateway(_)) => {
            ApiError::new(ErrorCode::InvalidGatewayIDNotFound, format!("The gateway ID '{gateway}' does not exist"))
        }
        model::Error::NotFound(gateway @ ResourceId::NatGateway(_)) => id_errors::no_nat_gateway(&gateway.to_string()),
        error => errors::answer(error),
    }
}

fn associated() -> RouteTableAssociationState {
    RouteTableAssociationState { state: Some("associated".into()), status_message: None }
}

fn answer(here: Here<'_>, table: &RouteTable) -> Answer {
    let Here { scope, realm, .. } = here;
    let association = |association: &RouteTableAssociation| {
        let (subnet_id, gateway_id) = match association.target {
            AssociationTarget::Main => (None, None),
            AssociationTarget::Subnet(subnet) => (Some(subnet.to_string()), None),
            AssociationTarget::InternetGateway(gateway) => (None, Some(gateway.to_string())),
        };
        AssociationAnswer {
            main: Some(association.target == AssociationTarget::Main),
            route_table_association_id: Some(association.id.to_string()),
            route_table_id: Some(table.id.to_string()),
            subnet_id,
            gateway_id,
            public_ipv4_pool: None,
            association_state: Some(associated()),
        }
    };
    Answer {
        associations: table.associations.iter().map(association).collect(),
        propagating_vgws: Vec::new(),
        route_table_id: Some(table.id.to_string()),
        routes: table.effective_routes(here).iter().map(|route| route_answer(realm, scope, route)).collect(),
        tags: tag_spec::answer(realm, table.id),
        vpc_id: Some(table.vpc.to_string()),
        owner_id: Some(scope.account.to_string()),
    }
}

fn route_answer(realm: &Realm, scope: Scope, route: &EffectiveRoute) -> RouteAnswer {
    let mut answer = RouteAnswer { state: Some(state(route).into()), origin: Some(origin(route).into()), ..RouteAnswer::default() };
    match route.destination {
        Destination::Ipv4(block) => answer.destination_cidr_block = Some(block.to_string()),
        Destination::Ipv6(block) => answer.destination_ipv6_cidr_block = Some(block.to_string()),
        Destination::PrefixList(list) => answer.destination_prefix_list_id = Some(list.to_string()),
    }
    match route.target {
        RouteTarget::Local => answer.gateway_id = Some("local".into()),
        RouteTarget::InternetGateway(gateway) => answer.gateway_id = Some(gateway.to_string()),
        RouteTarget::EgressOnlyInternetGateway(gateway) => answer.egress_only_internet_gateway_id = Some(gateway.to_string()),
        RouteTarget::NatGateway(gateway) => answer.nat_gateway_id = Some(gateway.to_string()),
        RouteTarget::VpcPeeringConnection(peering) => answer.vpc_peering_connection_id = Some(peering.to_string()),
        RouteTarget::NetworkInterface(interface) => {
            answer.network_interface_id = Some(interface.to_string());
            let attachment = realm.interfaces.get(&interface).and_then(|interface| interface.attachment.as_ref());
            answer.instance_id = attachment.map(|attachment| attachment.instance.to_string());
            answer.instance_owner_id = attachment.map(|attachment| attachment.scope(scope).account.to_string());
        }
    }
    answer
}

fn state(route: &EffectiveRoute) -> &'static str {
    if route.active { "active" } else { "blackhole" }
}

fn origin(route: &EffectiveRoute) -> &'static str {
    if route.implicit { "CreateRouteTable" } else { "CreateRoute" }
}

fn filter_values(view: &View<'_>, table: &RouteTable, name: &str) -> Vec<String> {
    if let Some(name) = name.strip_prefix("route.") {
        let routes = table.effective_routes(view.here());
        return routes.iter().filter_map(|route| route_filter_value(view.realm, route, name)).collect();
    }
    let associations = table.associations.iter();
    match name {
        "association.gateway-id" => associations
            .filter_map(|association| match association.target {
                AssociationTarget::InternetGateway(gateway) => Some(gateway.to_string()),
                _ => None,
            })
            .collect(),
        "association.main" => describe::truth(table.is_main()),
        "association.route-table-association-id" => associations.map(|association| association.id.to_string()).collect(),
        "association.route-table-id" => associations.map(|_| table.id.to_string()).collect(),
        "association.subnet-id" => associations
            .filter_map(|association| match association.target {
                AssociationTarget::Subnet(subnet) => Some(subnet.to_string()),
                _ => None,
            })
            .collect(),
        "owner-id" => vec![view.scope.account.to_string()],
        "route-table-id" => vec![table.id.to_string()],
        "vpc-id" => vec![table.vpc.to_string()],
        _ => Vec::new(),
    }
}

fn route_filter_value(realm: &Realm, route: &EffectiveRoute, name: &str) -> Option<String> {
    match (name, route.target) {
        ("destination-cidr-block", _) => match route.destination.block()? {
            IpNet::V4(block) => Some(block.to_string()),
            IpNet::V6(_) => None,
        },
        ("destination-ipv6-cidr-block", _) => match route.destination.block()? {
            IpNet::V6(block) => Some(block.to_string()),
            IpNet::V4(_) => None,
        },
        ("destination-prefix-list-id", _) => match route.destination {
            Destination::PrefixList(list) => Some(list.to_string()),
            _ => None,
        },
        ("gateway-id", RouteTarget::Local) => Some("local".into()),
        ("gateway-id", RouteTarget::InternetGateway(gateway)) => Some(gateway.to_string()),
        ("egress-only-internet-gateway-id", RouteTarget::EgressOnlyInternetGateway(gateway)) => Some(gateway.to_string()),
        ("nat-gateway-id", RouteTarget::NatGateway(gateway)) => Some(gateway.to_string()),
        ("vpc-peering-connection-id", RouteTarget::VpcPeeringConnection(peering)) => Some(peering.to_string()),
        ("instance-id", RouteTarget::NetworkInterface(interface)) => {
            realm.interfaces.get(&interface)?.instance().map(|instance| instance.to_string())
        }
        ("origin", _) => Some(origin(route).into()),
        ("state", _) => Some(state(route).into()),
        _ => None,
    }
}
