//! What the kernel shall hold for a state. Pure: the same state gives the same objects.
//!
//! The objects are computed in *parts* (a VPC, an interface, a route table, …), each from the rows that it depends on, and no object
//! is in two parts. After a change only the parts that depend on the changed row are computed again: `dirty.rs` knows which.
//!
//! Invariants
//! - Only interfaces of pending and running instances, and of NAT gateways, are in the kernel. The addresses of others have no route,
//!   and the blackhole of the VPC answers for them.
//! - An address is one route; besides the Elastic IPs' maps there is no state per address.

pub mod connection_tracking;
mod dirty;
mod elastic;
mod group_sets;
mod groups;
mod host;
mod interface;
mod live;
mod nat_gateway;
mod network_acl;
mod nftables;
mod part;
mod peering;
mod ranges;
mod route_table;
pub mod routing;
mod vpc;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use model::ids::InstanceId;
use model::world::Pools;
use model::{Change, Scope, State};

use self::group_sets::GroupSets;
use self::part::Part;
use crate::kernel::{Key, Link, LinkKind, Name, Namespace, Objects, Value};
use crate::names;
use crate::plan::link_of;

/// The desired state with what is needed to change it in small steps.
#[derive(Debug, Clone)]
pub struct Desired {
    pools: Pools,
    parts: HashMap<Part, Objects>,
    /// How many objects there are of each kind.
    kinds: BTreeMap<&'static str, usize>,
    sets: GroupSets,
}

/// What [`Desired::update`] found to differ.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Difference {
    /// The objects of the parts concerned as they were.
    pub before: Objects,
    /// And as they shall be.
    pub after: Objects,
}

/// What [`Desired::renewal`] found.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Renewal {
    /// All that depends on the instance.
    pub whole: Objects,
    /// What of it stays.
    pub kept: Objects,
}

/// Everything that the kernel shall hold for a state.
pub fn desired(state: &State, pools: &Pools) -> Objects {
    Desired::new(state, pools).objects()
}

impl Desired {
    /// Computes everything.
    pub fn new(state: &State, pools: &Pools) -> Desired {
        let mut desired = Desired { pools: pools.clone(), parts: HashMap::new(), kinds: BTreeMap::new(), sets: GroupSets::default() };
        let parts = dirty::all(state, &mut desired.sets);
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
        for (vpc, sets) in self.sets.by_vpc() {
            let mut numbers = HashMap::new();
            for set in sets {
                if let Some(other) = numbers.insert(names::group_set(set), set) {
                    let problem = format!("{vpc}: the security groups {other:?} and {set:?} have the same number");
                    found.push((Key::Table(names::vpc_namespace(vpc)), problem));
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
        let parts = dirty::parts(before, after, changes, &mut self.sets);
        let mut difference = Difference::default();
        for part in parts {
            let objects = self.compute(after, &part);
            difference.after.extend(objects.clone());
            difference.before.extend(self.set(part, objects));
        }
        difference
    }

    /// What goes when an instance's namespace is taken away, and what is to be there afterwards: in the end the same, but none of it
    /// what the guest has seen. Between them stays what does not depend on the links into the namespace.
    pub fn renewal(&self, state: &State, scope: Scope, id: InstanceId) -> Renewal {
        let parts = state.here(scope).map(|here| dirty::of_instance(here, id)).unwrap_or_default();
        let whole: Objects =
            parts.iter().filter_map(|part| self.parts.get(part)).flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
        let guest = Namespace::named(&id.to_string());
        let into_guest = |key: &Key, value: &Value| match (key, value) {
            (Key::Link { name, .. }, Value::Link(Link { kind: LinkKind::Veth { peer: Some(peer), .. }, .. }))
                if peer.namespace == guest =>
            {
                Some(name.clone())
            }
            _ => None,
        };
        let links: HashSet<Name> = whole.iter().filter_map(|(key, value)| into_guest(key, value)).collect();
        let goes = |key: &Key, value: &Value| *key.namespace() == guest || link_of(key, value).is_some_and(|link| links.contains(link));
        let kept = whole.iter().filter(|(key, value)| !goes(key, value)).map(|(key, value)| (key.clone(), value.clone())).collect();
        Renewal { whole, kept }
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
            Part::Groups(scope, vpc, set) => here(scope)
                .filter(|_| self.sets.has(*vpc, set))
                .map(|here| groups::elements(here, &names::vpc_namespace(*vpc), set, self.sets.of(*vpc))),
            Part::ElasticIp(scope, id) => {
                here(scope).and_then(|here| Some(elastic::objects(here, here.realm.elastic_ips.get(id)?, &self.pools)))
            }
        };
        objects.unwrap_or_default()
    }
}
