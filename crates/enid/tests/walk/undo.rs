//! Whatever was made can be taken away again, through the API and in an order that its rules allow.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::elastic_ip::ElasticIp;
use model::security_group::Direction;
use model::{Realm, Row, Scope, State};

use crate::step::{Form, What};
use crate::walk::Walk;

/// Rounds at most; a round in which nothing could be taken away ends it too.
const ROUNDS_MAX: usize = 6;

/// What is gone is listed no longer than this: an address transfer for two weeks.
const LISTED_SECONDS_MAX: i64 = 15 * 24 * 3600;

/// Takes everything away and sees that nothing stays, in any realm.
///
/// # Errors
/// Says what could not be taken away, and why.
pub fn everything(walk: &mut Walk) -> Result<(), String> {
    let scopes: Vec<Scope> = walk.state().realms().map(|(scope, _)| scope).collect();
    for scope in scopes {
        realm(walk, scope)?;
        default_vpc(walk, scope)?;
        realm(walk, scope)?;
    }
    Ok(())
}

/// An account that has nothing left can have its default VPC back.
fn default_vpc(walk: &mut Walk, scope: Scope) -> Result<(), String> {
    walk.ask(scope, What::Request(Form::new("CreateDefaultVpc")))?.map_err(|error| error.to_string())?;
    let counts = with_realm(&walk.state(), scope, |realm| {
        vec![realm.vpcs.len(), realm.internet_gateways.len(), realm.route_tables.len(), realm.security_groups.len()]
    });
    let subnets = with_realm(&walk.state(), scope, |realm| realm.subnets.iter().map(|subnet| subnet.zone).collect());
    if counts != [1, 1, 1, 1] || subnets.len() != scope.region.zones().count() {
        return Err(format!("the default VPC came back with {counts:?} and subnets in {subnets:?}"));
    }
    let subnet = with_realm(&walk.state(), scope, |realm| realm.subnets.iter().take(1).map(|subnet| (subnet.id, subnet.zone)).collect());
    for (id, zone) in subnet {
        walk.ask(scope, What::Request(Form::new("DeleteSubnet").with("SubnetId", id)))?.map_err(|error| error.to_string())?;
        let again = Form::new("CreateDefaultSubnet").with("AvailabilityZone", zone);
        walk.ask(scope, What::Request(again))?.map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn realm(walk: &mut Walk, scope: Scope) -> Result<(), String> {
    let mut refusals = BTreeMap::new();
    for _ in 0..ROUNDS_MAX {
        walk.advance(scope)?;
        let before = walk.state();
        refusals.clear();
        for stage in STAGES {
            let forms = with_realm(&walk.state(), scope, stage);
            for form in forms {
                let text = form.to_string();
                if let Err(error) = walk.ask(scope, What::Request(form))? {
                    refusals.insert(text, error.to_string());
                }
            }
            // Instances end before their interfaces can go.
            walk.advance(scope)?;
        }
        walk.wait_seconds(LISTED_SECONDS_MAX);
        walk.advance(scope)?;
        if with_realm(&walk.state(), scope, left).is_empty() {
            return Ok(());
        }
        if *before == *walk.state() {
            break;
        }
    }
    let left = with_realm(&walk.state(), scope, left);
    Err(format!("these could not be taken away: {left:?}; refused were {refusals:#?}"))
}

fn with_realm<T>(state: &State, scope: Scope, read: impl Fn(&Realm) -> Vec<T>) -> Vec<T> {
    state.realm(scope).map(read).unwrap_or_default()
}

/// What must be gone in the end: everything but the region's default DHCP options. What has ended is forgotten by then, too.
fn left(realm: &Realm) -> Vec<String> {
    let stays = |row: &Row| matches!(row, Row::DhcpOptions(options) if options.region_default);
    realm.rows().filter(|row| !stays(row)).map(|row| row.key().text()).collect()
}

/// What is asked for, one stage after the other.
const STAGES: &[fn(&Realm) -> Vec<Form>] = &[
    |realm| {
        let protected = realm.instances.iter().filter(|row| row.disable_api_termination);
        protected
            .map(|row| Form::new("ModifyInstanceAttribute").with("InstanceId", row.id).with("DisableApiTermination.Value", false))
            .collect()
    },
    |realm| realm.instances.iter().map(|row| Form::new("TerminateInstances").with("InstanceId.1", row.id)).collect(),
    |realm| {
        // On instances of other accounts, which stay.
        let attachments = realm.interfaces.iter().filter_map(|row| row.attachment.as_ref());
        let lent = attachments.filter(|attachment| attachment.instance_owner.is_some());
        lent.map(|attachment| Form::new("DetachNetworkInterface").with("AttachmentId", attachment.id)).collect()
    },
    |realm| {
        let working = realm.nat_gateways.iter().filter(|row| row.interface().is_some());
        working.map(|row| Form::new("DeleteNatGateway").with("NatGatewayId", row.id)).collect()
    },
    |realm| {
        let associations = realm.elastic_ips.iter().filter_map(|row| row.association.as_ref());
        associations.map(|association| Form::new("DisassociateAddress").with("AssociationId", association.id)).collect()
    },
    |realm| realm.elastic_ips.iter().map(|row| Form::new("DisableAddressTransfer").with("AllocationId", row.id)).collect(),
    |realm| {
        let reset = |row: &Arc<ElasticIp>| Form::new("ResetAddressAttribute").with("AllocationId", row.id).with("Attribute", "domain-name");
        realm.elastic_ips.iter().map(reset).collect()
    },
    |realm| realm.elastic_ips.iter().map(|row| Form::new("ReleaseAddress").with("AllocationId", row.id)).collect(),
    |realm| realm.interfaces.iter().map(|row| Form::new("DeleteNetworkInterface").with("NetworkInterfaceId", row.id)).collect(),
    |realm| {
        let tables = realm.route_tables.iter();
        let associations = tables.flat_map(|table| table.associations.iter().filter(|association| association.target.resource().is_some()));
        associations.map(|association| Form::new("DisassociateRouteTable").with("AssociationId", association.id)).collect()
    },
    |realm| realm.route_tables.iter().map(|row| Form::new("DeleteRouteTable").with("RouteTableId", row.id)).collect(),
    |realm| revocations(realm, Direction::Ingress, "RevokeSecurityGroupIngress"),
    |realm| revocations(realm, Direction::Egress, "RevokeSecurityGroupEgress"),
    |realm| realm.security_groups.iter().map(|row| Form::new("DeleteSecurityGroup").with("GroupId", row.id)).collect(),
    |realm| {
        let attached = realm.internet_gateways.iter().filter_map(|row| Some((row.id, row.vpc?)));
        attached.map(|(id, vpc)| Form::new("DetachInternetGateway").with("InternetGatewayId", id).with("VpcId", vpc)).collect()
    },
    |realm| realm.internet_gateways.iter().map(|row| Form::new("DeleteInternetGateway").with("InternetGatewayId", row.id)).collect(),
    |realm| {
        let reservations = realm.subnet_cidr_reservations.iter();
        reservations.map(|row| Form::new("DeleteSubnetCidrReservation").with("SubnetCidrReservationId", row.id)).collect()
    },
    |realm| {
        let egress_only = realm.egress_only_internet_gateways.iter();
        egress_only.map(|row| Form::new("DeleteEgressOnlyInternetGateway").with("EgressOnlyInternetGatewayId", row.id)).collect()
    },
    |realm| {
        let peerings = realm.vpc_peering_connections.iter();
        peerings.map(|row| Form::new("DeleteVpcPeeringConnection").with("VpcPeeringConnectionId", row.id)).collect()
    },
    |realm| realm.subnets.iter().map(|row| Form::new("DeleteSubnet").with("SubnetId", row.id)).collect(),
    |realm| {
        let acls = realm.network_acls.iter().filter(|row| !row.is_default);
        acls.map(|row| Form::new("DeleteNetworkAcl").with("NetworkAclId", row.id)).collect()
    },
    |realm| realm.prefix_lists.iter().map(|row| Form::new("DeleteManagedPrefixList").with("PrefixListId", row.id)).collect(),
    |realm| realm.vpcs.iter().map(|row| Form::new("DeleteVpc").with("VpcId", row.id)).collect(),
    |realm| {
        realm
            .dhcp_options
            .iter()
            .filter(|row| !row.region_default)
            .map(|row| Form::new("DeleteDhcpOptions").with("DhcpOptionsId", row.id))
            .collect()
    },
    |realm| realm.launch_templates.iter().map(|row| Form::new("DeleteLaunchTemplate").with("LaunchTemplateId", row.id)).collect(),
    |realm| realm.key_pairs.iter().map(|row| Form::new("DeleteKeyPair").with("KeyPairId", row.id)).collect(),
    |realm| {
        let of_images = realm.tags.iter().map(|row| row.resource);
        of_images.map(|id| Form::new("DeleteTags").with("ResourceId.1", id)).collect()
    },
];

fn revocations(realm: &Realm, direction: Direction, action: &str) -> Vec<Form> {
    let groups = realm.security_groups.iter();
    let rules = groups.flat_map(|group| group.rules(direction).map(|rule| (group.id, rule.id)));
    rules.map(|(group, rule)| Form::new(action).with("GroupId", group).with("SecurityGroupRuleId.1", rule)).collect()
}
