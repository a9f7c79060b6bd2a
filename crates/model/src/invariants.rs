//! What must hold of every state, whatever led to it. Slow and complete: for tests and for checking a loaded store.

use std::collections::BTreeMap;
use std::fmt;

use ipnet::IpNet;

use crate::aws_prefix_list;
use crate::here::Here;
use crate::ids::{ResourceId, SubnetId, VpcId};
use crate::index::Entry;
use crate::instance::InstanceState;
use crate::pool::Pool;
use crate::quotas::CIDR_BLOCKS_PER_VPC;
use crate::realm::Scope;
use crate::route_table::{AssociationTarget, RouteTarget};
use crate::security_group::SecurityGroupRule;
use crate::state::{Change, Realm, State};
use crate::vpc_peering::{PeeringState, VpcPeeringConnection};

/// Something that must hold and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// In which realm.
    pub scope: Scope,
    /// What is wrong, naming the resources.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.scope, self.what)
    }
}

/// Everything that must hold and does not; empty for every state that operations lead to.
pub fn check(state: &State) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (scope, realm) in state.realms() {
        let mut fault = |what: String| violations.push(Violation { scope, what });
        references_exist(state, scope, realm, &mut fault);
        addresses_are_held_once(realm, &mut fault);
        addresses_lie_in_their_subnets(realm, &mut fault);
        elastic_ips_stand_for_held_addresses(state, scope, realm, &mut fault);
        offered_addresses_are_the_offering_account_s(realm, &mut fault);
        device_indexes_are_unique(Here { state, scope, realm }, &mut fault);
        every_vpc_has_its_parts(realm, &mut fault);
        blocks_divide_what_they_are_parts_of(realm, &mut fault);
        defaults_are_unique(realm, &mut fault);
        every_subnet_uses_one_network_acl(realm, &mut fault);
        route_tables_serve_their_own_vpc(realm, &mut fault);
        rules_of_a_group_differ(realm, &mut fault);
        peerings_are_seen_by_both_sides(state, scope, realm, &mut fault);
        nat_gateways_have_their_interfaces(realm, &mut fault);
        interfaces_of_services_are_on_no_instance(realm, &mut fault);
        automatic_public_addresses_are_of_instances_that_run(Here { state, scope, realm }, &mut fault);
        active_routes_lead_out_of_their_own_vpc(Here { state, scope, realm }, &mut fault);
    }
    if rebuilt(state) != *state {
        let scope = state.realms().next().map(|(scope, _)| scope);
        violations.extend(scope.map(|scope| Violation { scope, what: "an index differs from the rows it is of".into() }));
    }
    violations
}

/// The same rows in a new state, whose indexes are thus built from nothing.
fn rebuilt(state: &State) -> State {
    let mut rebuilt = State::default();
    for (scope, realm) in state.realms() {
        for row in realm.rows() {
            rebuilt.apply(&Change { scope, key: row.key(), row: Some(row) });
        }
    }
    rebuilt
}

fn references_exist(state: &State, scope: Scope, realm: &Realm, fault: &mut impl FnMut(String)) {
    for row in realm.rows() {
        let mut entries = Vec::new();
        row.index_entries(&mut entries);
        for entry in entries {
            let (owner, entry) = match entry {
                Entry::Elsewhere(account, entry) => (Scope { account, ..scope }, *entry),
                entry => (scope, entry),
            };
            if let Entry::Reference(to, from) = entry
                && !state.realm(owner).is_some_and(|realm| realm.has(to))
                && !matches!(to, ResourceId::PrefixList(id) if aws_prefix_list::of(scope.region).contains_key(&id))
            {
                fault(format!("{from} refers to {to}, which does not exist"));
            }
        }
    }
    for tags in realm.tags.iter().filter(|tags| !realm.has(tags.resource)) {
        fault(format!("{} has tags but does not exist", tags.resource));
    }
}

fn addresses_are_held_once(realm: &Realm, fault: &mut impl FnMut(String)) {
    let mut held: BTreeMap<(VpcId, IpNet), String> = BTreeMap::new();
    for interface in realm.interfaces.iter() {
        for block in interface.blocks() {
            if let Some(other) = held.insert((interface.vpc, block), interface.id.to_string()) {
                fault(format!("{block} is held by {other} and {}", interface.id));
            }
        }
    }
    for ((vpc, prefix), holder) in held.iter().filter(|((_, block), _)| block.prefix_len() != block.max_prefix_len()) {
        for (block, other) in realm.index.held_within(*vpc, *prefix).filter(|(block, _)| block != prefix) {
            fault(format!("{block} of {other} lies in {prefix} of {holder}"));
        }
    }
}

fn addresses_lie_in_their_subnets(realm: &Realm, fault: &mut impl FnMut(String)) {
    for interface in realm.interfaces.iter() {
        let Some(subnet) = realm.subnets.get(&interface.subnet) else {
            continue;
        };
        if subnet.vpc != interface.vpc || subnet.zone != interface.zone {
            fault(format!("{} is not where its subnet {} is", interface.id, subnet.id));
        }
        if subnet.cidr.is_some() == interface.ipv4.is_empty() {
            fault(format!("{} has no primary address in {}, or one where there can be none", interface.id, subnet.id));
        }
        for block in interface.blocks() {
            let inside = match block {
                IpNet::V4(block) => subnet
                    .cidr
                    .is_some_and(|cidr| cidr.contains(&block) && (block.prefix_len() < 32 || !Pool::is_reserved(cidr, block.addr()))),
                IpNet::V6(block) => subnet.ipv6_blocks.iter().any(|own| own.cidr.contains(&block)),
            };
            if !inside {
                fault(format!("{block} of {} is not an address of {}", interface.id, subnet.id));
            }
        }
    }
}

fn elastic_ips_stand_for_held_addresses(state: &State, scope: Scope, realm: &Realm, fault: &mut impl FnMut(String)) {
    for elastic in realm.elastic_ips.iter() {
        let Some(association) = &elastic.association else {
            continue;
        };
        let owner = state.realm(association.scope(scope));
        let holder = owner.and_then(|owner| owner.interfaces.get(&association.interface));
        if !holder.is_some_and(|interface| interface.holds(association.private.into())) {
            fault(format!("{} stands for {} of {}, which does not hold it", elastic.id, association.private, association.interface));
        }
        let listed = owner.and_then(|owner| owner.index.elastic_ip_of(association.interface, association.private));
        if let Some(other) = listed.filter(|listed| *listed != elastic.id) {
            fault(format!("{other} and {} stand for the same {}", elastic.id, association.private));
        }
        if holder.is_some_and(|interface| interface.auto_public_ipv4.is_some() && interface.primary_ipv4() == Some(association.private)) {
            fault(format!("{} has both an Elastic IP and an automatic public address", association.private));
        }
    }
}

fn offered_addresses_are_the_offering_account_s(realm: &Realm, fault: &mut impl FnMut(String)) {
    for transfer in realm.address_transfers.iter().filter(|transfer| transfer.accepted.is_none()) {
        if realm.elastic_ips.get(&transfer.allocation).is_none_or(|elastic| elastic.public != transfer.public) {
            fault(format!("{} is offered as {}, which is not the account's", transfer.public, transfer.allocation));
        }
    }
}

fn device_indexes_are_unique(here: Here<'_>, fault: &mut impl FnMut(String)) {
    for instance in here.realm.instances.iter() {
        let attached = here.interfaces_of(instance.id);
        let mut taken = BTreeMap::new();
        for (owner, interface) in &attached {
            let Some(attachment) = &interface.attachment else {
                continue;
            };
            let place = (attachment.network_card_index, attachment.device_index);
            if let Some((_, other)) = taken.insert(place, (owner.scope, *interface)) {
                fault(format!("{} and {} are both at {place:?} of {}", other.id, interface.id, instance.id));
            }
            if interface.zone != instance.zone || attachment.scope(owner.scope) != here.scope {
                fault(format!("{} is attached to {}, which is not where it says", interface.id, instance.id));
            }
        }
        let gone = instance.state == InstanceState::Terminated;
        if gone != attached.is_empty() {
            fault(format!("{} is {:?} and has {} interfaces", instance.id, instance.state, attached.len()));
        }
        let primary = taken.get(&(0, 0)).filter(|(owner, _)| *owner == here.scope).map(|(_, interface)| interface);
        let place = (instance.vpc, instance.subnet, instance.zone);
        if !gone && primary.is_none_or(|primary| (primary.vpc, primary.subnet, primary.zone) != place) {
            fault(format!("{} has no primary interface where it is", instance.id));
        }
    }
}

fn every_vpc_has_its_parts(realm: &Realm, fault: &mut impl FnMut(String)) {
    for vpc in realm.vpcs.iter() {
        if realm.index.main_route_table(vpc.id).is_none() {
            fault(format!("{} has no main route table", vpc.id));
        }
        if realm.index.default_network_acl(vpc.id).is_none() {
            fault(format!("{} has no default network ACL", vpc.id));
        }
        if realm.index.group_named(vpc.id, "default").is_none() {
            fault(format!("{} has no default group", vpc.id));
        }
        let gateways = realm.index.referrers_of_kind::<crate::ids::InternetGatewayId>(vpc.id).count();
        if gateways > 1 {
            fault(format!("{} has {gateways} internet gateways", vpc.id));
        }
    }
}

fn every_subnet_uses_one_network_acl(realm: &Realm, fault: &mut impl FnMut(String)) {
    let mut used: BTreeMap<SubnetId, usize> = BTreeMap::new();
    for acl in realm.network_acls.iter() {
        for association in &acl.associations {
            *used.entry(association.subnet).or_default() += 1;
            if realm.subnets.get(&association.subnet).is_none_or(|subnet| subnet.vpc != acl.vpc) {
                fault(format!("{} is used by {}, which is not of its VPC", acl.id, association.subnet));
            }
        }
    }
    for subnet in realm.subnets.iter() {
        let count = used.get(&subnet.id).copied().unwrap_or_default();
        if count != 1 {
            fault(format!("{} uses {count} network ACLs", subnet.id));
        }
    }
}

fn peerings_are_seen_by_both_sides(state: &State, scope: Scope, realm: &Realm, fault: &mut impl FnMut(String)) {
    for connection in realm.vpc_peering_connections.iter() {
        if connection.here != scope {
            fault(format!("{} is in a realm that is not the one it says", connection.id));
        }
        if connection.state == PeeringState::Failed {
            continue;
        }
        for side in [&connection.requester, &connection.accepter] {
            let other = state.realm(side.scope).and_then(|realm| realm.vpc_peering_connections.get(&connection.id));
            // One that has come to nothing may be forgotten by one side before the other.
            let same = match other {
                Some(other) => VpcPeeringConnection { here: scope, ..VpcPeeringConnection::clone(other) } == **connection,
                None => !connection.is_active(),
            };
            if !same {
                fault(format!("{} looks different from {}", connection.id, side.scope));
            }
        }
    }
}

fn interfaces_of_services_are_on_no_instance(realm: &Realm, fault: &mut impl FnMut(String)) {
    for interface in realm.interfaces.iter().filter(|interface| interface.requester_managed && interface.attachment.is_some()) {
        fault(format!("{} is a service's and attached to an instance", interface.id));
    }
}

/// EC2 takes such an address back when the instance has stopped or the interface is detached.
fn automatic_public_addresses_are_of_instances_that_run(here: Here<'_>, fault: &mut impl FnMut(String)) {
    for interface in here.realm.interfaces.iter().filter(|interface| interface.auto_public_ipv4.is_some()) {
        let state = here.instance_of(interface).map(|instance| instance.state);
        if !state.is_some_and(|state| !matches!(state, InstanceState::Stopped | InstanceState::Terminated)) {
            fault(format!("{} has an automatic public address, and its instance is {state:?}", interface.id));
        }
    }
}

/// A route through a gateway is active only if the gateway is there and of the table's own VPC; what is not is a blackhole.
fn active_routes_lead_out_of_their_own_vpc(here: Here<'_>, fault: &mut impl FnMut(String)) {
    let realm = here.realm;
    for table in realm.route_tables.iter() {
        for route in table.effective_routes(here) {
            let vpc = match route.target {
                RouteTarget::Local => Some(table.vpc),
                RouteTarget::InternetGateway(id) => realm.internet_gateways.get(&id).and_then(|row| row.vpc),
                RouteTarget::EgressOnlyInternetGateway(id) => realm.egress_only_internet_gateways.get(&id).map(|row| row.vpc),
                RouteTarget::NetworkInterface(id) => realm.interfaces.get(&id).filter(|row| row.attachment.is_some()).map(|row| row.vpc),
                RouteTarget::NatGateway(id) => realm.nat_gateways.get(&id).filter(|row| row.interface().is_some()).map(|row| row.vpc),
                RouteTarget::VpcPeeringConnection(id) => {
                    let active = realm.vpc_peering_connections.get(&id).filter(|row| row.state == PeeringState::Active);
                    active.and_then(|row| row.sides_from(table.vpc)).map(|(own, _)| own.vpc)
                }
            };
            // An interface whose instance is stopped takes no packets though it is there; all others do if they are.
            let may_be_down = matches!(route.target, RouteTarget::NetworkInterface(_));
            let is_there = vpc == Some(table.vpc);
            if route.active && !is_there || !route.active && is_there && !may_be_down {
                fault(format!(
                    "{} says that {} by {:?} is active: {}, and it is of {vpc:?}",
                    table.id, route.destination, route.target, route.active
                ));
            }
        }
    }
}

fn nat_gateways_have_their_interfaces(realm: &Realm, fault: &mut impl FnMut(String)) {
    for gateway in realm.nat_gateways.iter() {
        let Some(interface) = gateway.interface() else { continue };
        if !realm.interfaces.get(&interface).is_some_and(|interface| interface.requester_managed && interface.subnet == gateway.subnet) {
            fault(format!("{} has no interface of its own in {}", gateway.id, gateway.subnet));
        }
    }
}

/// Subnets divide the blocks of their VPC, reservations those of their subnet.
fn blocks_divide_what_they_are_parts_of(realm: &Realm, fault: &mut impl FnMut(String)) {
    for vpc in realm.vpcs.iter() {
        if vpc.ipv4_blocks.is_empty() || vpc.ipv4_blocks.len() > CIDR_BLOCKS_PER_VPC || vpc.ipv6_blocks.len() > CIDR_BLOCKS_PER_VPC {
            fault(format!("{} has {} IPv4 and {} IPv6 blocks", vpc.id, vpc.ipv4_blocks.len(), vpc.ipv6_blocks.len()));
        }
        let subnets = realm.subnets.iter().filter(|subnet| subnet.vpc == vpc.id);
        let parts = subnets.flat_map(|subnet| subnet.blocks().map(|block| (block, subnet.id.into())));
        parts_fit(vpc.id.into(), &vpc.blocks().collect::<Vec<_>>(), parts, fault);
    }
    for subnet in realm.subnets.iter() {
        let reservations = realm.subnet_cidr_reservations.iter().filter(|reservation| reservation.subnet == subnet.id);
        let parts = reservations.map(|reservation| (reservation.cidr, reservation.id.into()));
        parts_fit(subnet.id.into(), &subnet.blocks().collect::<Vec<_>>(), parts, fault);
    }
}

fn parts_fit(whole: ResourceId, blocks: &[IpNet], parts: impl Iterator<Item = (IpNet, ResourceId)>, fault: &mut impl FnMut(String)) {
    // Sorted by first address, a block overlaps one before it only if it overlaps the one right before it, as long as
    // those before do not overlap each other.
    let mut sorted: Vec<_> = parts.collect();
    sorted.sort_unstable_by_key(|(block, _)| (block.network(), block.prefix_len()));
    for (block, part) in sorted.iter().filter(|(part, _)| !blocks.iter().any(|block| block.contains(part))) {
        fault(format!("{block} of {part} lies outside {whole}"));
    }
    for pair in sorted.windows(2) {
        if pair[0].0.contains(&pair[1].0) {
            fault(format!("{} of {} and {} of {} overlap", pair[0].0, pair[0].1, pair[1].0, pair[1].1));
        }
    }
}

fn defaults_are_unique(realm: &Realm, fault: &mut impl FnMut(String)) {
    let defaults: Vec<_> = realm.vpcs.iter().filter(|vpc| vpc.is_default).map(|vpc| vpc.id).collect();
    if defaults.len() > 1 {
        fault(format!("{defaults:?} are all default VPCs"));
    }
    let sets = realm.dhcp_options.iter().filter(|set| set.region_default).count();
    if sets > 1 {
        fault(format!("{sets} sets of DHCP options are the region's own"));
    }
    let mut zones = BTreeMap::new();
    for subnet in realm.subnets.iter().filter(|subnet| subnet.default_for_az) {
        if let Some(other) = zones.insert(subnet.zone, subnet.id) {
            fault(format!("{other} and {} are both the default subnet of {}", subnet.id, subnet.zone));
        }
        if !defaults.contains(&subnet.vpc) {
            fault(format!("{} is a default subnet outside the default VPC", subnet.id));
        }
    }
}

fn route_tables_serve_their_own_vpc(realm: &Realm, fault: &mut impl FnMut(String)) {
    for table in realm.route_tables.iter() {
        for association in &table.associations {
            let vpc = match association.target {
                AssociationTarget::Main => Some(table.vpc),
                AssociationTarget::Subnet(id) => realm.subnets.get(&id).map(|subnet| subnet.vpc),
                AssociationTarget::InternetGateway(id) => realm.internet_gateways.get(&id).and_then(|gateway| gateway.vpc),
            };
            if vpc != Some(table.vpc) {
                fault(format!("{} serves {:?}, which is not of its VPC", table.id, association.target));
            }
        }
        for (index, route) in table.routes.iter().enumerate() {
            if table.routes.iter().take(index).any(|other| other.destination == route.destination) {
                fault(format!("{} has two routes for {}", table.id, route.destination));
            }
        }
    }
}

fn rules_of_a_group_differ(realm: &Realm, fault: &mut impl FnMut(String)) {
    for group in realm.security_groups.iter() {
        for (index, rule) in group.rules.iter().enumerate() {
            let same = |other: &SecurityGroupRule| other.direction == rule.direction && other.permission() == rule.permission();
            if group.rules.iter().take(index).any(same) {
                fault(format!("{} says twice what {} says", group.id, rule.id));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::{Ctx, SeededRandom};
    use crate::default_vpc::ensure_realm;
    use crate::ids::SubnetId;
    use crate::network_acl;
    use crate::realm::{AccountId, Region};
    use crate::state::Draft;
    use crate::subnet::Subnet;
    use crate::time::Timestamp;
    use crate::world::World;

    #[test]
    fn a_subnet_that_is_no_part_of_its_vpc_or_overlaps_another_is_told() {
        let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
        let world = World::default();
        let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(1), world: &world };
        let mut draft = Draft::new(State::default(), scope);
        ensure_realm(&mut draft, &mut ctx);
        let first = draft.realm().subnets.iter().next().unwrap().clone();
        for (cidr, told) in [("10.0.0.0/24", "lies outside"), ("172.31.0.0/24", "overlap")] {
            let mut draft = draft.clone();
            let id = SubnetId::random(ctx.random);
            draft.put(Subnet::new(id, first.vpc, first.zone, Some(cidr.parse().unwrap()), Vec::new()));
            network_acl::join_default(&mut draft, &mut ctx, first.vpc, id);
            let violations = check(draft.state());
            assert!(violations.len() == 1 && violations[0].what.contains(told), "{violations:?}");
        }
    }
}
