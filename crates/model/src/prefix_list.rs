//! Managed prefix lists: blocks of addresses under one id, in versions.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html>.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::aws_prefix_list;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{PrefixListId, ResourceId};
use crate::index::{Entry, Indexed};
use crate::state::{Draft, Key, Realm};

/// Entries of a list at most.
pub const ENTRIES_MAX: u32 = 1000;
/// Older versions that are kept to be restored: a bound on what a list that changes often can take up.
const VERSIONS_KEPT_MAX: usize = 1000;

/// A managed prefix list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixList {
    /// Its id.
    pub id: PrefixListId,
    /// Free text; need not be unique.
    pub name: String,
    /// Whether its blocks are of IPv4 or IPv6.
    pub family: Family,
    /// How many entries it may have: what it counts for in security groups and route tables.
    pub max_entries: u32,
    /// The current version.
    pub version: u64,
    /// The entries of the current version.
    pub entries: Vec<PrefixListEntry>,
    /// The entries of older versions, oldest first, with their numbers.
    pub older: Vec<(u64, Vec<PrefixListEntry>)>,
    /// EC2's word for what was last done: `create-complete`, `modify-complete`, `restore-complete` or [`DELETE_FAILED`].
    pub state: String,
}

/// The family of addresses of a prefix list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Family {
    /// `IPv4`.
    Ipv4,
    /// `IPv6`.
    Ipv6,
}

impl Family {
    /// As EC2 writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
        }
    }

    /// Whether a block is of this family.
    pub fn has(self, block: IpNet) -> bool {
        block.addr().is_ipv4() == (self == Self::Ipv4)
    }
}

/// A block of a prefix list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixListEntry {
    /// The addresses.
    pub block: IpNet,
    /// Free text.
    pub description: Option<String>,
}

impl PrefixList {
    /// The entries of a version that is still known.
    pub fn entries_of(&self, version: u64) -> Option<&[PrefixListEntry]> {
        if version == self.version {
            return Some(&self.entries);
        }
        self.older.iter().find(|(number, _)| *number == version).map(|(_, entries)| entries.as_slice())
    }
}

impl Indexed for PrefixList {
    fn entries(&self, _out: &mut Vec<Entry>) {}

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}

/// Makes a list.
///
/// # Errors
/// When an entry is of the other family or given twice, or there are too many.
pub fn create(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    name: String,
    family: Family,
    max_entries: u32,
    entries: Vec<PrefixListEntry>,
) -> Result<PrefixListId, Error> {
    let id = PrefixListId::random(ctx.random);
    let list = PrefixList { id, name, family, max_entries, version: 1, entries, older: Vec::new(), state: "create-complete".into() };
    check(&list)?;
    draft.put(list);
    Ok(id)
}

/// What is to change of a list.
#[derive(Clone, Debug, Default)]
pub struct Modification {
    /// The version that is thought to be current; must be given to change entries.
    pub current_version: Option<u64>,
    /// A new name.
    pub name: Option<String>,
    /// New entries; one whose block is there already changes its description.
    pub add: Vec<PrefixListEntry>,
    /// The blocks of entries to remove.
    pub remove: Vec<IpNet>,
    /// A new size.
    pub max_entries: Option<u32>,
}

/// Changes a list. Changed entries make a new version.
///
/// # Errors
/// When the version is not the current one, an entry to remove is not there, one to add is there as it is, or there
/// would be too many, in the list or in what uses it.
pub fn modify(draft: &mut Draft, id: PrefixListId, modification: Modification) -> Result<(), Error> {
    let Modification { current_version, name, add, remove, max_entries } = modification;
    let mut list = find(draft, id)?;
    if current_version.is_some_and(|version| version != list.version) {
        return Err(Error::PrefixListVersion);
    }
    if let Some(name) = name {
        list.name = name;
    }
    if let Some(max_entries) = max_entries {
        list.max_entries = max_entries;
    }
    if !add.is_empty() || !remove.is_empty() {
        let mut entries = list.entries.clone();
        for block in remove {
            let place = entries.iter().position(|entry| entry.block == block).ok_or(Error::PrefixListEntryNotFound(block))?;
            entries.remove(place);
        }
        for entry in add {
            match entries.iter_mut().find(|own| own.block == entry.block) {
                Some(own) if own.description == entry.description => {
                    return Err(Error::PrefixListEntryExists { block: entry.block, description: entry.description });
                }
                Some(own) => own.description = entry.description,
                None => entries.push(entry),
            }
        }
        next_version(&mut list, entries);
    }
    list.state = "modify-complete".into();
    check(&list)?;
    let mut grown = draft.clone();
    grown.put(list.clone());
    users_have_room(grown.realm(), id)?;
    draft.put(list);
    Ok(())
}

/// Makes the entries of an older version a new one.
///
/// # Errors
/// When the current version is another, or the older one is not known.
pub fn restore(draft: &mut Draft, id: PrefixListId, previous: u64, current: u64) -> Result<(), Error> {
    let mut list = find(draft, id)?;
    if current != list.version {
        return Err(Error::PrefixListVersion);
    }
    let entries = list.entries_of(previous).ok_or(Error::PrefixListNoVersion(previous))?.to_vec();
    next_version(&mut list, entries);
    list.state = "restore-complete".into();
    check(&list)?;
    draft.put(list);
    Ok(())
}

/// The state of a list whose deletion was accepted and came to nothing, since something uses it
/// (hashicorp/terraform-provider-aws#20991).
pub const DELETE_FAILED: &str = "delete-failed";

/// Deletes a list, and returns it. One that a security group or route table uses stays, and what uses it too: EC2 accepts the request
/// and says later that it failed.
///
/// # Errors
/// When there is no such list.
pub fn delete(draft: &mut Draft, id: PrefixListId) -> Result<PrefixList, Error> {
    let list = find(draft, id)?;
    if draft.realm().index.referrers(id).next().is_some() {
        draft.put(PrefixList { state: DELETE_FAILED.into(), ..list.clone() });
    } else {
        draft.delete(Key::PrefixList(id));
    }
    Ok(list)
}

/// How many IPv4 and IPv6 rules or routes a use of a list counts for.
pub fn weight(realm: &Realm, id: PrefixListId) -> (usize, usize) {
    let own = realm.prefix_lists.get(&id).map(|list| (list.family, list.max_entries));
    match own.or_else(|| aws_prefix_list::weight(id)) {
        Some((Family::Ipv4, size)) => (size as usize, 0),
        Some((Family::Ipv6, size)) => (0, size as usize),
        None => (0, 0),
    }
}

/// A list that can be changed.
///
/// # Errors
/// When there is none, or it is AWS's own.
pub fn find(draft: &Draft, id: PrefixListId) -> Result<PrefixList, Error> {
    if aws_prefix_list::of(draft.scope().region).contains_key(&id) {
        return Err(Error::PrefixListOfAws(id));
    }
    draft.realm().prefix_lists.get(&id).map(|list| PrefixList::clone(list)).ok_or(Error::NotFound(id.into()))
}

fn next_version(list: &mut PrefixList, entries: Vec<PrefixListEntry>) {
    list.older.push((list.version, std::mem::replace(&mut list.entries, entries)));
    if list.older.len() > VERSIONS_KEPT_MAX {
        list.older.remove(0);
    }
    list.version += 1;
}

fn check(list: &PrefixList) -> Result<(), Error> {
    if list.max_entries == 0 || list.max_entries > ENTRIES_MAX {
        return Err(Error::PrefixListSize(ENTRIES_MAX));
    }
    if list.entries.len() > list.max_entries as usize {
        return Err(Error::PrefixListFull(list.id));
    }
    for (index, entry) in list.entries.iter().enumerate() {
        if !list.family.has(entry.block) {
            return Err(Error::PrefixListFamily { block: entry.block, family: list.family });
        }
        if list.entries.iter().take(index).any(|other| other.block == entry.block) {
            return Err(Error::PrefixListEntryExists { block: entry.block, description: entry.description.clone() });
        }
    }
    Ok(())
}

/// A list that grows must still fit into the groups and route tables that use it.
fn users_have_room(realm: &Realm, id: PrefixListId) -> Result<(), Error> {
    for user in realm.index.referrers(id) {
        match user {
            ResourceId::SecurityGroup(group) => {
                if let Some(group) = realm.security_groups.get(&group) {
                    crate::security_group::check_limits(realm, group)?;
                }
            }
            ResourceId::RouteTable(table) => {
                if let Some(table) = realm.route_tables.get(&table) {
                    crate::route_table::check_limit(realm, table)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::invariants;
    use crate::realm::{AccountId, Region, Scope};
    use crate::security_group::{self, Direction, Peer, Permission, Protocol};
    use crate::state::State;
    use crate::time::Timestamp;
    use crate::vpc;
    use crate::world::World;

    fn on_stage(test: impl FnOnce(&mut Draft, &mut Ctx<'_>, PrefixListId)) {
        let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
        let world = World::default();
        let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(3), world: &world };
        let mut draft = Draft::new(State::default(), scope);
        let list = create(&mut draft, &mut ctx, "mine".into(), Family::Ipv4, 3, vec![entry("10.0.0.0/8", None)]).unwrap();
        test(&mut draft, &mut ctx, list);
        assert_eq!(invariants::check(draft.state()), []);
    }

    fn entry(block: &str, description: Option<&str>) -> PrefixListEntry {
        PrefixListEntry { block: block.parse().unwrap(), description: description.map(str::to_owned) }
    }

    fn add(version: u64, block: &str, description: Option<&str>) -> Modification {
        Modification { current_version: Some(version), add: vec![entry(block, description)], ..Modification::default() }
    }

    #[test]
    fn changed_entries_make_a_version_and_old_ones_can_be_restored() {
        on_stage(|draft, _, list| {
            modify(draft, list, add(1, "192.168.0.0/16", None)).unwrap();
            assert_eq!(modify(draft, list, add(1, "172.16.0.0/12", None)), Err(Error::PrefixListVersion));
            modify(draft, list, Modification { name: Some("other".into()), ..Modification::default() }).unwrap();
            assert_eq!(draft.realm().prefix_lists.get(&list).unwrap().version, 2);
            assert_eq!(restore(draft, list, 7, 2), Err(Error::PrefixListNoVersion(7)));
            restore(draft, list, 1, 2).unwrap();
            let row = draft.realm().prefix_lists.get(&list).unwrap();
            assert_eq!((row.version, row.entries.as_slice()), (3, &[entry("10.0.0.0/8", None)][..]));
            assert_eq!(row.entries_of(2).unwrap().len(), 2);
        });
    }

    #[test]
    fn an_entry_is_unique_of_the_lists_family_and_within_its_size() {
        on_stage(|draft, _, list| {
            let block: IpNet = "10.0.0.0/8".parse().unwrap();
            assert_eq!(modify(draft, list, add(1, "10.0.0.0/8", None)), Err(Error::PrefixListEntryExists { block, description: None }));
            modify(draft, list, add(1, "10.0.0.0/8", Some("inside"))).unwrap();
            let block: IpNet = "fd00::/8".parse().unwrap();
            let foreign = Err(Error::PrefixListFamily { block, family: Family::Ipv4 });
            assert_eq!(modify(draft, list, add(2, "fd00::/8", None)), foreign);
            modify(draft, list, add(2, "1.0.0.0/8", None)).unwrap();
            modify(draft, list, add(3, "2.0.0.0/8", None)).unwrap();
            assert_eq!(modify(draft, list, add(4, "3.0.0.0/8", None)), Err(Error::PrefixListFull(list)));
        });
    }

    #[test]
    fn a_list_counts_with_its_size_and_stays_while_it_is_used() {
        on_stage(|draft, ctx, list| {
            let vpc = vpc::create(draft, ctx, "10.0.0.0/16".parse().unwrap(), "default").unwrap();
            let group = security_group::create(draft, ctx, vpc, "web".into(), "Web".into()).unwrap();
            let permission = |port| {
                let peer = Peer::PrefixList(list);
                vec![(Permission::new(Protocol::TCP, Some(port), Some(port), peer).unwrap(), None)]
            };
            for port in 1..=20 {
                security_group::authorize(draft, ctx, group, Direction::Ingress, permission(port)).unwrap();
            }
            assert_eq!(security_group::authorize(draft, ctx, group, Direction::Ingress, permission(21)), Err(Error::RuleLimit));
            let before = draft.state().clone();
            let bigger = Modification { max_entries: Some(4), ..Modification::default() };
            assert_eq!(modify(draft, list, bigger), Err(Error::RuleLimit));
            assert_eq!(*draft.state(), before);
            delete(draft, list).unwrap();
            assert_eq!(draft.realm().prefix_lists.get(&list).unwrap().state, DELETE_FAILED);
            security_group::delete(draft, group).unwrap();
            delete(draft, list).unwrap();
            assert!(!draft.realm().prefix_lists.contains(&list));
        });
    }
}
