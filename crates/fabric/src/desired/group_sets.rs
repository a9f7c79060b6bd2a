//! The group sets of each VPC: which combinations of security groups the interfaces in the kernel have.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::ids::{NetworkInterfaceId, SecurityGroupId, VpcId};
use model::{Scope, State};

use super::live;

/// The groups of an interface, in order and each once.
pub type GroupSet = BTreeSet<SecurityGroupId>;

/// All group sets, and which interfaces have them.
#[derive(Debug, Clone, Default)]
pub struct GroupSets {
    holders: HashMap<VpcId, BTreeMap<GroupSet, HashSet<NetworkInterfaceId>>>,
    set_of: HashMap<NetworkInterfaceId, (VpcId, GroupSet)>,
}

impl GroupSets {
    /// The group sets of a VPC.
    pub fn of(&self, vpc: VpcId) -> impl Iterator<Item = &GroupSet> + Clone {
        self.holders.get(&vpc).into_iter().flat_map(BTreeMap::keys)
    }

    /// The group sets of all VPCs.
    pub fn by_vpc(&self) -> impl Iterator<Item = (VpcId, impl Iterator<Item = &GroupSet>)> {
        self.holders.iter().map(|(vpc, sets)| (*vpc, sets.keys()))
    }

    /// Whether an interface of this VPC has this set.
    pub fn has(&self, vpc: VpcId, set: &GroupSet) -> bool {
        self.holders.get(&vpc).is_some_and(|sets| sets.contains_key(set))
    }

    /// Takes in the groups that an interface has now, and returns the sets that appeared or vanished with that.
    pub fn update(&mut self, state: &State, scope: Scope, id: NetworkInterfaceId) -> Vec<(VpcId, GroupSet)> {
        let here = state.here(scope);
        let live = here.and_then(|here| here.realm.interfaces.get(&id).filter(|row| live::is_live(here, row)));
        let now = live.map(|row| (row.vpc, row.groups.iter().copied().collect::<GroupSet>()));
        let was = self.set_of.get(&id).cloned();
        let mut changed = Vec::new();
        if now == was {
            return changed;
        }
        if let Some((vpc, set)) = was {
            self.set_of.remove(&id);
            let sets = self.holders.entry(vpc).or_default();
            let last = sets.get_mut(&set).is_some_and(|holders| {
                holders.remove(&id);
                holders.is_empty()
            });
            if last {
                sets.remove(&set);
                changed.push((vpc, set));
            }
        }
        if let Some((vpc, set)) = now {
            self.set_of.insert(id, (vpc, set.clone()));
            let holders = self.holders.entry(vpc).or_default().entry(set.clone()).or_default();
            holders.insert(id);
            if holders.len() == 1 {
                changed.push((vpc, set));
            }
        }
        changed
    }
}
