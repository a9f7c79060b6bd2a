//! Which parts of the desired state a change makes dirty.
//!
//! A part that is named here without need costs a little; one that is forgotten is wrong in the kernel until the next full comparison. The
//! random walk in `tests/plans.rs` compares with computing everything anew.

use std::collections::BTreeSet;

use model::ids::{AllocationId, InstanceId, NetworkInterfaceId, SecurityGroupId, SubnetId, VpcId, VpcPeeringConnectionId};
use model::route_table::{AssociationTarget, RouteTable};
use model::security_group::Direction;
use model::{Change, Here, Realm, Row, Scope, State};

use super::group_sets::{GroupSet, GroupSets};
use super::part::Part;
use super::{live, network_acl};

/// Every part that a state has.
pub fn all(state: &State, sets: &mut GroupSets) -> BTreeSet<Part> {
    let mut parts = BTreeSet::from([Part::Host]);
    for (scope, realm) in state.realms() {
        parts.extend(realm.vpcs.iter().map(|row| Part::Vpc(scope, row.id)));
        parts.extend(realm.instances.iter().map(|row| Part::Instance(scope, row.id)));
        parts.extend(realm.route_tables.iter().map(|row| Part::RouteTable(scope, row.id)));
        parts.extend(realm.vpc_peering_connections.iter().map(|row| Part::Peering(row.requester.scope, row.id)));
        parts.extend(realm.nat_gateways.iter().map(|row| Part::NatGateway(scope, row.id)));
        parts.extend(realm.network_acls.iter().map(|row| Part::NetworkAcl(scope, row.id)));
        parts.extend(realm.elastic_ips.iter().map(|row| Part::ElasticIp(scope, row.id)));
        for row in realm.interfaces.iter() {
            parts.insert(Part::Interface(scope, row.id));
            let changed = sets.update(state, scope, row.id);
            parts.extend(changed.into_iter().map(|(vpc, set)| Part::Groups(scope, vpc, set)));
        }
    }
    parts
}

/// The parts that depend on an instance.
pub fn of_instance(here: Here<'_>, id: InstanceId) -> BTreeSet<Part> {
    let mut parts = BTreeSet::new();
    dependents(here, &Change { scope: here.scope, key: model::Key::Instance(id), row: None }, &mut parts);
    parts
}

/// The parts that these changes make dirty. Takes the groups that interfaces have by now into `sets`.
pub fn parts(before: &State, after: &State, changes: &[Change], sets: &mut GroupSets) -> BTreeSet<Part> {
    let mut parts = BTreeSet::new();
    for change in changes {
        for state in [before, after] {
            if let Some(here) = state.here(change.scope) {
                dependents(here, change, &mut parts);
            }
        }
        associations(before, after, change, &mut parts);
        network_acls(before, after, change, &mut parts);
    }
    group_rules(before, after, changes, sets, &mut parts);
    parts
}

/// The rules of group sets: those of sets that appear or vanish, of sets with a group that changed, and of all sets that name one of the
/// groups of what is dirty already.
fn group_rules(before: &State, after: &State, changes: &[Change], sets: &mut GroupSets, parts: &mut BTreeSet<Part>) {
    let (mut interfaces, mut connections) = (Vec::new(), Vec::new());
    for part in &*parts {
        match part {
            Part::Interface(scope, id) => interfaces.push((*scope, *id)),
            Part::Peering(scope, id) => connections.push((*scope, *id)),
            _ => {}
        }
    }
    for (scope, id) in interfaces {
        for (vpc, set) in sets.update(after, scope, id) {
            naming(after, scope, vpc, set.iter().copied(), sets, parts);
            parts.insert(Part::Groups(scope, vpc, set));
        }
        for state in [before, after] {
            peered_interface(state, scope, id, sets, parts);
        }
    }
    for (scope, id) in connections {
        for state in [before, after] {
            peering_connection(state, scope, id, sets, parts);
        }
    }
    for (scope, group) in changed_groups(before, after, changes) {
        let row = [after, before].into_iter().find_map(|state| state.realm(scope)?.security_groups.get(&group));
        if let Some(row) = row {
            parts.extend(sets.of(row.vpc).filter(|set| set.contains(&group)).map(|set| Part::Groups(scope, row.vpc, set.clone())));
        }
    }
}

/// The group sets of peered VPCs that have rules for a group of this interface: there, these stand for its addresses.
fn peered_interface(state: &State, scope: Scope, id: NetworkInterfaceId, sets: &GroupSets, parts: &mut BTreeSet<Part>) {
    let Some(realm) = state.realm(scope) else { return };
    let Some(row) = realm.interfaces.get(&id) else { return };
    let connections = realm.index.referrers_of_kind::<VpcPeeringConnectionId>(row.vpc);
    for connection in connections.filter_map(|id| realm.vpc_peering_connections.get(&id)) {
        if let Some((_, far)) = connection.sides_from(row.vpc) {
            naming(state, far.scope, far.vpc, row.groups.iter().copied(), sets, parts);
        }
    }
}

/// The group sets of the two VPCs of a peering connection that have rules for groups of the other one.
fn peering_connection(state: &State, scope: Scope, id: VpcPeeringConnectionId, sets: &GroupSets, parts: &mut BTreeSet<Part>) {
    let row = state.realm(scope).and_then(|realm| realm.vpc_peering_connections.get(&id));
    for (side, far) in row.into_iter().flat_map(|row| [(&row.requester, &row.accepter), (&row.accepter, &row.requester)]) {
        if let Some(realm) = state.realm(far.scope) {
            naming(state, side.scope, side.vpc, realm.index.referrers_of_kind(far.vpc), sets, parts);
        }
    }
}

/// The group sets of a VPC that have rules for one of these groups.
fn naming(
    state: &State,
    scope: Scope,
    vpc: VpcId,
    named: impl Iterator<Item = SecurityGroupId>,
    sets: &GroupSets,
    parts: &mut BTreeSet<Part>,
) {
    let Some(realm) = state.realm(scope) else { return };
    let naming: GroupSet = named.flat_map(|group| realm.index.groups_naming(group)).collect();
    parts.extend(sets.of(vpc).filter(|set| !set.is_disjoint(&naming)).map(|set| Part::Groups(scope, vpc, set.clone())));
}

/// The parts that depend on a row, as far as this realm knows.
fn dependents(here: Here<'_>, change: &Change, parts: &mut BTreeSet<Part>) {
    let Here { scope, realm, .. } = here;
    let Some(row) = realm.row(&change.key) else { return };
    match row {
        Row::Vpc(row) => {
            parts.insert(Part::Vpc(scope, row.id));
            // Their local routes are the blocks of the VPC.
            parts.extend(realm.index.referrers_of_kind(row.id).map(|id| Part::RouteTable(scope, id)));
            for id in realm.index.referrers_of_kind(row.id) {
                let row = realm.vpc_peering_connections.get(&id);
                parts.extend(row.map(|row| Part::Peering(row.requester.scope, id)));
            }
            // Whether a network ACL lets everything through depends on whether there is IPv6.
            parts.extend(realm.index.referrers_of_kind(row.id).map(|id| Part::NetworkAcl(scope, id)));
            parts.extend(realm.index.referrers_of_kind(row.id).map(|id| Part::Interface(scope, id)));
        }
        Row::NatGateway(row) => {
            parts.insert(Part::NatGateway(scope, row.id));
            parts.extend(row.interface().map(|id| Part::Interface(scope, id)));
            parts.extend(realm.index.routes_to(row.id).map(|id| Part::RouteTable(scope, id)));
        }
        Row::VpcPeeringConnection(row) => {
            parts.insert(Part::Peering(row.requester.scope, row.id));
            parts.extend(realm.index.routes_to(row.id).map(|id| Part::RouteTable(scope, id)));
        }
        Row::EgressOnlyInternetGateway(row) => {
            parts.insert(Part::Vpc(scope, row.vpc));
            parts.extend(realm.index.routes_to(row.id).map(|id| Part::RouteTable(scope, id)));
        }
        Row::NetworkAcl(row) => {
            parts.insert(Part::NetworkAcl(scope, row.id));
        }
        Row::Subnet(row) => {
            parts.insert(Part::Vpc(scope, row.vpc));
        }
        Row::InternetGateway(row) => {
            parts.extend(realm.index.routes_to(row.id).map(|id| Part::RouteTable(scope, id)));
            if let Some(vpc) = row.vpc {
                parts.insert(Part::Vpc(scope, vpc));
                for interface in realm.index.referrers_of_kind::<NetworkInterfaceId>(vpc) {
                    parts.insert(Part::Interface(scope, interface));
                    for id in realm.index.referrers_of_kind::<AllocationId>(interface) {
                        parts.extend(here.owner_of(id).map(|owner| Part::ElasticIp(owner.scope, id)));
                    }
                }
            }
        }
        Row::RouteTable(row) => {
            parts.insert(Part::RouteTable(scope, row.id));
        }
        Row::Instance(row) => {
            parts.insert(Part::Instance(scope, row.id));
            for interface in realm.index.referrers_of_kind::<NetworkInterfaceId>(row.id) {
                if let Some(owner) = here.owner_of(interface) {
                    interface_dependents(owner.scope, owner.realm, interface, parts);
                }
            }
        }
        Row::NetworkInterface(row) => interface_dependents(scope, realm, row.id, parts),
        Row::PrefixList(row) => {
            parts.extend(realm.index.referrers_of_kind(row.id).map(|id| Part::RouteTable(scope, id)));
        }
        Row::ElasticIp(row) => {
            parts.insert(Part::ElasticIp(scope, row.id));
        }
        // Found through the group sets.
        Row::SecurityGroup(_) => {}
        // Not in the kernel.
        Row::DhcpOptions(_)
        | Row::SubnetCidrReservation(_)
        | Row::KeyPair(_)
        | Row::LaunchTemplate(_)
        | Row::NetworkInterfacePermission(_)
        | Row::AddressTransfer(_)
        | Row::TagSet(_)
        | Row::ClientToken(_) => {}
    }
}

fn interface_dependents(scope: Scope, realm: &Realm, id: NetworkInterfaceId, parts: &mut BTreeSet<Part>) {
    parts.insert(Part::Interface(scope, id));
    if let Some(gateway) = realm.interfaces.get(&id).and_then(|row| live::nat_gateway_of(realm, row)) {
        parts.insert(Part::NatGateway(scope, gateway));
        parts.extend(realm.index.routes_to(gateway).map(|id| Part::RouteTable(scope, id)));
    }
    parts.extend(realm.index.routes_to(id).map(|id| Part::RouteTable(scope, id)));
}

/// The groups whose rules are others than before: they changed themselves, or a prefix list did that they name.
fn changed_groups(before: &State, after: &State, changes: &[Change]) -> BTreeSet<(Scope, SecurityGroupId)> {
    let mut groups = BTreeSet::new();
    for change in changes {
        match change.key {
            model::Key::SecurityGroup(group) => {
                groups.insert((change.scope, group));
            }
            model::Key::PrefixList(list) => {
                let realms = [before, after].into_iter().filter_map(|state| state.realm(change.scope));
                groups.extend(realms.flat_map(|realm| realm.index.referrers_of_kind(list)).map(|group| (change.scope, group)));
            }
            _ => {}
        }
    }
    groups
}

/// The interfaces whose subnet has another route table than before.
fn associations(before: &State, after: &State, change: &Change, parts: &mut BTreeSet<Part>) {
    let model::Key::RouteTable(id) = change.key else { return };
    let scope = change.scope;
    let table = |state: &State| -> Option<RouteTable> { Some(state.realm(scope)?.route_tables.get(&id)?.as_ref().clone()) };
    let (before_row, after_row) = (table(before), table(after));
    let targets = |row: &Option<RouteTable>| -> Vec<AssociationTarget> {
        row.iter().flat_map(|row| row.associations.iter().map(|association| association.target)).collect()
    };
    let (was, now) = (targets(&before_row), targets(&after_row));
    let changed = was.iter().filter(|target| !now.contains(target)).chain(now.iter().filter(|target| !was.contains(target)));
    let Some(vpc) = after_row.as_ref().or(before_row.as_ref()).map(|row| row.vpc) else { return };
    let Some(realm) = after.realm(scope) else { return };
    for target in changed {
        match target {
            AssociationTarget::Subnet(subnet) => {
                parts.extend(realm.index.referrers_of_kind(*subnet).map(|id| Part::Interface(scope, id)));
            }
            AssociationTarget::Main => {
                parts.extend(realm.index.referrers_of_kind(vpc).map(|id| Part::Interface(scope, id)));
            }
            AssociationTarget::InternetGateway(_) => {
                parts.insert(Part::Vpc(scope, vpc));
            }
        }
    }
}

/// The interfaces whose network ACL is another one than before, or lets everything through now or no more.
fn network_acls(before: &State, after: &State, change: &Change, parts: &mut BTreeSet<Part>) {
    let model::Key::NetworkAcl(id) = change.key else { return };
    let scope = change.scope;
    let uses = |state: &State| -> BTreeSet<(SubnetId, [bool; 2])> {
        let realm = state.realm(scope);
        let acl = realm.and_then(|realm| Some((realm, realm.network_acls.get(&id)?)));
        acl.into_iter()
            .flat_map(|(realm, acl)| {
                let open = [Direction::Egress, Direction::Ingress].map(|direction| network_acl::is_open(realm, acl, direction));
                acl.associations.iter().map(move |association| (association.subnet, open))
            })
            .collect()
    };
    let Some(realm) = after.realm(scope) else { return };
    for (subnet, _) in uses(before).symmetric_difference(&uses(after)) {
        parts.extend(realm.index.referrers_of_kind(*subnet).map(|id| Part::Interface(scope, id)));
    }
}
