//! What the kernel shall hold for a state. Pure: the same state gives the same objects.
//!
//! The objects are computed in *parts* (a VPC, an interface, a route table, …), each from the rows that it depends on, and no object
//! is in two parts. After a change only the parts that depend on the changed row are computed again: `changes.rs` knows which.
//!
//! Invariants
//! - Only interfaces of pending and running instances, and of NAT gateways, are in the kernel. The addresses of others have no route,
//!   and the blackhole of the VPC answers for them.
//! - An address is one route; besides the Elastic IPs' maps there is no state per address.

mod changes;
pub mod connection_tracking;
mod elastic;
pub mod groups;
mod host;
mod interface;
mod nat_gateway;
mod network_acl;
mod peering;
mod ranges;
mod route_table;
pub mod vpc;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::ids::{
    AllocationId, InstanceId, NatGatewayId, NetworkAclId, NetworkInterfaceId, RouteTableId, SecurityGroupId, VpcId, VpcPeeringConnectionId,
};
use model::world::Pools;
use model::{Change, Scope, State};

use self::groups::GroupSet;
use crate::kernel::{Key, Name, Namespace, Objects, Value};

pub use self::interface::guest_link;

/// A part of the desired state, by what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What the host has once.
    Host,
    /// A VPC: its namespace, tables, router and way to the internet.
    Vpc(Scope, VpcId),
    /// An instance: its namespace.
    Instance(Scope, InstanceId),
    /// An interface: its link, its addresses, what the VPC's maps say of it.
    Interface(Scope, NetworkInterfaceId),
    /// A route table.
    RouteTable(Scope, RouteTableId),
    /// A peering connection, in the realm of the side that asked for it.
    Peering(Scope, VpcPeeringConnectionId),
    /// The inside of a NAT gateway.
    NatGateway(Scope, NatGatewayId),
    /// A network ACL.
    NetworkAcl(Scope, NetworkAclId),
    /// The rules of a group set.
    Groups(Scope, VpcId, GroupSet),
    /// An Elastic IP.
    ElasticIp(Scope, AllocationId),
}

/// The desired state with what is needed to change it in small steps.
#[derive(Debug, Clone)]
pub struct Desired {
    pools: Pools,
    parts: HashMap<Part, Objects>,
    /// How many objects there are of each kind.
    kinds: BTreeMap<&'static str, usize>,
    /// The group sets of each VPC, and which interfaces have them.
    sets: HashMap<VpcId, BTreeMap<GroupSet, HashSet<NetworkInterfaceId>>>,
    set_of: HashMap<NetworkInterfaceId, (VpcId, GroupSet)>,
}

/// What [`Desired::update`] found to differ.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Difference {
    /// The objects of the parts concerned as they were.
    pub before: Objects,
    /// And as they shall be.
    pub after: Objects,
}

/// Everything that the kernel shall hold for a state.
pub fn desired(state: &State, pools: &Pools) -> Objects {
    Desired::new(state, pools).objects()
}

impl Desired {
    /// Computes everything.
    pub fn new(state: &State, pools: &Pools) -> Desired {
        let mut desired =
            Desired { pools: pools.clone(), parts: HashMap::new(), kinds: BTreeMap::new(), sets: HashMap::new(), set_of: HashMap::new() };
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
                desired.note_groups(state, scope, row.id, &mut parts);
            }
        }
        for part in parts {
            let objects = desired.compute(state, &part);
            desired.set(part, objects);
        }
        desired
    }

    /// Everything.
    pub fn objects(&self) -> Objects {
        self.parts.values().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// What is wanted twice, by two ids whose shortened names or numbers are the same: one of them does without, or has the other's. Rare
    /// beyond expectation, but whoever meets it must not have to guess.
    pub fn collisions(&self) -> Vec<(Key, String)> {
        let mut owners: HashMap<&Key, &Part> = HashMap::with_capacity(self.len());
        let mut found = Vec::new();
        for (part, objects) in &self.parts {
            for key in objects.keys() {
                if let Some(other) = owners.insert(key, part) {
                    found.push((key.clone(), format!("{key} is wanted by both {other:?} and {part:?}")));
                }
            }
        }
        for (vpc, sets) in &self.sets {
            let mut numbers = HashMap::new();
            for set in sets.keys() {
                if let Some(other) = numbers.insert(groups::number(set), set) {
                    let problem = format!("{vpc}: the security groups {other:?} and {set:?} have the same number");
                    found.push((Key::Table(Namespace::named(&vpc.to_string())), problem));
                }
            }
        }
        found
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.kinds.values().sum()
    }

    /// How many objects there are of each kind, as [`Key::kind`] names it.
    pub fn kinds(&self) -> &BTreeMap<&'static str, usize> {
        &self.kinds
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the kernel shall hold in these namespaces.
    pub fn objects_in(&self, namespaces: &HashSet<Namespace>) -> Objects {
        self.parts
            .values()
            .flatten()
            .filter(|(key, _)| namespaces.contains(key.namespace()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Computes anew what depends on the changed rows.
    pub fn update(&mut self, before: &State, after: &State, changes: &[Change]) -> Difference {
        let mut parts = BTreeSet::new();
        for change in changes {
            for state in [before, after] {
                if let Some(here) = state.here(change.scope) {
                    changes::dependents(here, change, &mut parts);
                }
            }
            changes::associations(before, after, change, &mut parts);
            changes::network_acl(before, after, change, &mut parts);
        }
        let interfaces: Vec<_> = parts
            .iter()
            .filter_map(|part| match part {
                Part::Interface(scope, id) => Some((*scope, *id)),
                _ => None,
            })
            .collect();
        for (scope, id) in interfaces {
            self.note_groups(after, scope, id, &mut parts);
            for state in [before, after] {
                self.note_peered(state, scope, id, &mut parts);
            }
        }
        let connections = parts.iter().filter_map(|part| if let Part::Peering(scope, id) = part { Some((*scope, *id)) } else { None });
        for (scope, id) in connections.collect::<Vec<_>>() {
            self.note_connection(before, scope, id, &mut parts);
            self.note_connection(after, scope, id, &mut parts);
        }
        for (scope, group) in changes::groups(before, after, changes) {
            let row = [after, before].into_iter().find_map(|state| state.realm(scope)?.security_groups.get(&group));
            if let Some(row) = row {
                let sets = self.sets.get(&row.vpc).into_iter().flat_map(BTreeMap::keys).filter(|set| set.contains(&group));
                parts.extend(sets.map(|set| Part::Groups(scope, row.vpc, set.clone())));
            }
        }
        let mut difference = Difference::default();
        for part in parts {
            let objects = self.compute(after, &part);
            difference.after.extend(objects.clone());
            difference.before.extend(self.set(part, objects));
        }
        difference
    }

    /// Replaces a part, and returns what it was.
    fn set(&mut self, part: Part, objects: Objects) -> Objects {
        for key in objects.keys() {
            *self.kinds.entry(key.kind()).or_default() += 1;
        }
        let old = if objects.is_empty() { self.parts.remove(&part) } else { self.parts.insert(part, objects) }.unwrap_or_default();
        for key in old.keys() {
            if let Entry::Occupied(mut count) = self.kinds.entry(key.kind()) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
        old
    }

    /// Keeps account of which group sets there are. When one appears or vanishes, the rules that refer to its groups change.
    fn note_groups(&mut self, state: &State, scope: Scope, id: NetworkInterfaceId, parts: &mut BTreeSet<Part>) {
        let here = state.here(scope);
        let live = here.and_then(|here| here.realm.interfaces.get(&id).filter(|row| interface::is_live(here, row)));
        let now = live.map(|row| (row.vpc, row.groups.iter().copied().collect::<GroupSet>()));
        let was = self.set_of.get(&id).cloned();
        if now == was {
            return;
        }
        if let Some((vpc, set)) = was {
            self.set_of.remove(&id);
            let sets = self.sets.entry(vpc).or_default();
            let holders = sets.get_mut(&set);
            let last = holders.is_some_and(|holders| {
                holders.remove(&id);
                holders.is_empty()
            });
            if last {
                sets.remove(&set);
                self.note_set(state, scope, vpc, &set, parts);
            }
        }
        if let Some((vpc, set)) = now {
            self.set_of.insert(id, (vpc, set.clone()));
            let holders = self.sets.entry(vpc).or_default().entry(set.clone()).or_default();
            holders.insert(id);
            if holders.len() == 1 {
                self.note_set(state, scope, vpc, &set, parts);
            }
        }
    }

    fn note_set(&self, state: &State, scope: Scope, vpc: VpcId, set: &GroupSet, parts: &mut BTreeSet<Part>) {
        parts.insert(Part::Groups(scope, vpc, set.clone()));
        self.note_naming(state, scope, vpc, set.iter().copied(), parts);
    }

    /// The group sets of peered VPCs that have rules for a group of this interface: there, these stand for its addresses.
    fn note_peered(&self, state: &State, scope: Scope, id: NetworkInterfaceId, parts: &mut BTreeSet<Part>) {
        let Some(realm) = state.realm(scope) else { return };
        let Some(row) = realm.interfaces.get(&id) else { return };
        let connections = realm.index.referrers_of_kind::<VpcPeeringConnectionId>(row.vpc);
        for connection in connections.filter_map(|id| realm.vpc_peering_connections.get(&id)) {
            if let Some((_, far)) = connection.sides_from(row.vpc) {
                self.note_naming(state, far.scope, far.vpc, row.groups.iter().copied(), parts);
            }
        }
    }

    /// The group sets of the two VPCs of a peering connection that have rules for groups of the other one.
    fn note_connection(&self, state: &State, scope: Scope, id: VpcPeeringConnectionId, parts: &mut BTreeSet<Part>) {
        let row = state.realm(scope).and_then(|realm| realm.vpc_peering_connections.get(&id));
        for (side, far) in row.into_iter().flat_map(|row| [(&row.requester, &row.accepter), (&row.accepter, &row.requester)]) {
            if let Some(realm) = state.realm(far.scope) {
                self.note_naming(state, side.scope, side.vpc, realm.index.referrers_of_kind(far.vpc), parts);
            }
        }
    }

    /// The group sets of a VPC that have rules for one of these groups.
    fn note_naming(
        &self,
        state: &State,
        scope: Scope,
        vpc: VpcId,
        named: impl Iterator<Item = SecurityGroupId>,
        parts: &mut BTreeSet<Part>,
    ) {
        let Some(realm) = state.realm(scope) else { return };
        let naming: GroupSet = named.flat_map(|group| realm.index.groups_naming(group)).collect();
        if naming.is_empty() {
            return;
        }
        let sets = self.sets.get(&vpc).into_iter().flat_map(BTreeMap::keys).filter(|set| !set.is_disjoint(&naming));
        parts.extend(sets.map(|set| Part::Groups(scope, vpc, set.clone())));
    }

    fn compute(&self, state: &State, part: &Part) -> Objects {
        let here = |scope: &Scope| state.here(*scope);
        let objects = match part {
            Part::Host => Some(host::objects(&self.pools)),
            Part::Vpc(scope, id) => here(scope).and_then(|here| Some(vpc::objects(here.realm, here.realm.vpcs.get(id)?, &self.pools))),
            Part::Instance(scope, id) => here(scope).and_then(|here| here.realm.instances.get(id)).map(|row| {
                let namespace = Namespace::named(&row.id.to_string());
                if row.state.has_network() { Objects::from([(Key::Namespace(namespace), Value::Exists)]) } else { Objects::new() }
            }),
            Part::Interface(scope, id) => {
                here(scope).and_then(|here| Some(interface::objects(here, here.realm.interfaces.get(id)?, &self.pools)))
            }
            Part::RouteTable(scope, id) => here(scope).and_then(|here| Some(route_table::objects(here, here.realm.route_tables.get(id)?))),
            Part::Peering(scope, id) => {
                here(scope).and_then(|here| Some(peering::objects(state, here.realm.vpc_peering_connections.get(id)?)))
            }
            Part::NatGateway(scope, id) => {
                here(scope).and_then(|here| Some(nat_gateway::objects(here.realm, here.realm.nat_gateways.get(id)?)))
            }
            Part::NetworkAcl(scope, id) => {
                here(scope).and_then(|here| Some(network_acl::objects(here.realm, here.realm.network_acls.get(id)?)))
            }
            Part::Groups(scope, vpc, set) => {
                let sets = self.sets.get(vpc).filter(|sets| sets.contains_key(set));
                sets.zip(here(scope)).map(|(sets, here)| groups::elements(here, &Namespace::named(&vpc.to_string()), set, sets.keys()))
            }
            Part::ElasticIp(scope, id) => {
                here(scope).and_then(|here| Some(elastic::objects(here, here.realm.elastic_ips.get(id)?, &self.pools)))
            }
        };
        objects.unwrap_or_default()
    }
}

/// An element of a set, or of a map if there is data.
fn element(namespace: &Namespace, set: &str, key: &[u8], data: &[u8]) -> (Key, Value) {
    let key = Key::Element { namespace: namespace.clone(), set: Name::from(set), key: key.into(), key_end: None };
    (key, Value::Element(data.into()))
}
