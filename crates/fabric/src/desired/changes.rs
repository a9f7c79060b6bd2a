//! Which parts of the desired state depend on a changed row.
//!
//! A part that is named here without need costs a little; one that is forgotten is wrong in the kernel until the next full comparison. The
//! random walk in `tests/plans.rs` compares with computing everything anew.

use std::collections::BTreeSet;

use model::ids::{AllocationId, NetworkInterfaceId, SecurityGroupId, SubnetId};
use model::route_table::{AssociationTarget, RouteTable};
use model::security_group::Direction;
use model::{Change, Here, Realm, Row, Scope, State};

use super::{Part, interface};

/// The parts that depend on a row, as far as this realm knows.
pub fn dependents(here: Here<'_>, change: &Change, parts: &mut BTreeSet<Part>) {
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
        // Groups are found through the group sets; the rest is not in the kernel.
        _ => {}
    }
}

fn interface_dependents(scope: Scope, realm: &Realm, id: NetworkInterfaceId, parts: &mut BTreeSet<Part>) {
    parts.insert(Part::Interface(scope, id));
    if let Some(gateway) = realm.interfaces.get(&id).and_then(|row| interface::nat_gateway(realm, row)) {
        parts.insert(Part::NatGateway(scope, gateway));
        parts.extend(realm.index.routes_to(gateway).map(|id| Part::RouteTable(scope, id)));
    }
    parts.extend(realm.index.routes_to(id).map(|id| Part::RouteTable(scope, id)));
}

/// The groups whose rules are others than before: they changed themselves, or a prefix list did that they name.
pub fn groups(before: &State, after: &State, changes: &[Change]) -> BTreeSet<(Scope, SecurityGroupId)> {
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
pub fn associations(before: &State, after: &State, change: &Change, parts: &mut BTreeSet<Part>) {
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
pub fn network_acl(before: &State, after: &State, change: &Change, parts: &mut BTreeSet<Part>) {
    let model::Key::NetworkAcl(id) = change.key else { return };
    let scope = change.scope;
    let uses = |state: &State| -> BTreeSet<(SubnetId, [bool; 2])> {
        let realm = state.realm(scope);
        let acl = realm.and_then(|realm| Some((realm, realm.network_acls.get(&id)?)));
        acl.into_iter()
            .flat_map(|(realm, acl)| {
                let open = [Direction::Egress, Direction::Ingress].map(|direction| super::network_acl::is_open(realm, acl, direction));
                acl.associations.iter().map(move |association| (association.subnet, open))
            })
            .collect()
    };
    let Some(realm) = after.realm(scope) else { return };
    for (subnet, _) in uses(before).symmetric_difference(&uses(after)) {
        parts.extend(realm.index.referrers_of_kind(*subnet).map(|id| Part::Interface(scope, id)));
    }
}
