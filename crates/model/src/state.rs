//! The state: every resource of every account and region, and the one function that changes it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::{Ipv4Net, Ipv6Net};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::address_transfer::AddressTransfer;
use crate::client_token::{ClientToken, ClientTokenKey};
use crate::ctx::Ctx;
use crate::dhcp_options::DhcpOptions;
use crate::egress_only_internet_gateway::EgressOnlyInternetGateway;
use crate::elastic_ip::ElasticIp;
use crate::gateway::InternetGateway;
use crate::here::Here;
use crate::ids::{
    AllocationId, DhcpOptionsId, EgressOnlyInternetGatewayId, InstanceId, InternetGatewayId, KeyPairId, LaunchTemplateId, NatGatewayId,
    NetworkAclId, NetworkInterfaceId, NetworkInterfacePermissionId, PrefixListId, ResourceId, RouteTableId, SecurityGroupId,
    SubnetCidrReservationId, SubnetId, VpcId, VpcPeeringConnectionId,
};
use crate::index::{Entry, Index, Indexed, Map};
use crate::instance::Instance;
use crate::interface::NetworkInterface;
use crate::interface_permission::NetworkInterfacePermission;
use crate::key_pair::KeyPair;
use crate::launch_template::LaunchTemplate;
use crate::nat_gateway::NatGateway;
use crate::network_acl::NetworkAcl;
use crate::prefix_list::PrefixList;
use crate::realm::Scope;
use crate::route_table::RouteTable;
use crate::security_group::SecurityGroup;
use crate::subnet::Subnet;
use crate::subnet_reservation::SubnetCidrReservation;
use crate::table::Table;
use crate::tags::TagSet;
use crate::vpc::Vpc;
use crate::vpc_peering::VpcPeeringConnection;

/// The length of the IPv6 block that EC2 gives a VPC.
const VPC_IPV6_LENGTH: u8 = 56;

macro_rules! tables {
    ($($(#[$doc:meta])* $field:ident: $row:ident by $key:ty, $($path:ident).+;)*) => {
        /// The resources of one account in one region. Tables stand in an order in which rows can be loaded: what a
        /// row refers to comes before it.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Realm {
            $($(#[$doc])* pub $field: Table<$key, $row>,)*
            /// What finds rows by more than their key.
            pub index: Index,
        }

        /// A row of any table.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Row {
            $($(#[$doc])* $row(Arc<$row>),)*
        }

        /// The key of a row of any table.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Key {
            $($(#[$doc])* $row($key),)*
        }

        $(
            impl From<$row> for Row {
                fn from(row: $row) -> Self {
                    Self::$row(Arc::new(row))
                }
            }

            impl AsTable<$row> for Realm {
                type Key = $key;

                fn table(&self) -> &Table<$key, $row> {
                    &self.$field
                }
            }
        )*

        /// The names of the tables, in the order in which they are to be loaded.
        pub const TABLES: &[&str] = &[$(stringify!($field)),*];

        impl Row {
            /// Its key.
            pub fn key(&self) -> Key {
                match self {
                    $(Self::$row(row) => Key::$row(row.$($path).+.clone()),)*
                }
            }

            /// Reads a row as [`Row::write`] wrote it, by the name of its table.
            ///
            /// # Errors
            /// Says what of the text does not fit the table.
            pub fn read<E: From<String>, F>(table: &str, mut parse: F) -> Result<Self, E>
            where
                F: RowParser<E>,
            {
                match table {
                    $(stringify!($field) => Ok(Self::$row(Arc::new(parse.parse::<$row>()?))),)*
                    _ => Err(E::from(format!("unknown table {table}"))),
                }
            }

            /// Hands the row to a serializer.
            ///
            /// # Errors
            /// Whatever the serializer says.
            pub fn write<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$row(row) => row.serialize(out),)*
                }
            }

            pub(crate) fn index_entries(&self, entries: &mut Vec<Entry>) {
                match self {
                    $(Self::$row(row) => row.entries(entries),)*
                }
            }

            fn entries(&self) -> Vec<Entry> {
                let mut entries = Vec::new();
                self.index_entries(&mut entries);
                entries.sort_unstable();
                entries.dedup();
                entries
            }

            /// The id that tags and references know the row by.
            pub fn resource(&self) -> Option<ResourceId> {
                match self {
                    $(Self::$row(row) => row.resource(),)*
                }
            }
        }

        impl Key {
            /// The key within its table, as text.
            pub fn text(&self) -> String {
                match self {
                    $(Self::$row(key) => key.to_string(),)*
                }
            }

            /// The name of the table that the row is in.
            pub fn table(&self) -> &'static str {
                match self {
                    $(Self::$row(_) => stringify!($field),)*
                }
            }
        }

        impl Realm {
            /// A row of any table.
            pub fn row(&self, key: &Key) -> Option<Row> {
                match key {
                    $(Key::$row(key) => self.$field.get(key).map(|row| Row::$row(Arc::clone(row))),)*
                }
            }

            /// Every row of every table, in the order in which they can be loaded.
            pub fn rows(&self) -> impl Iterator<Item = Row> {
                std::iter::empty()$(.chain(self.$field.iter().map(|row| Row::$row(Arc::clone(row)))))*
            }

            fn set(&mut self, key: Key, row: Option<Row>) {
                match (key, row) {
                    $(
                        (Key::$row(key), Some(Row::$row(row))) => self.$field.insert(key, row),
                        (Key::$row(key), None) => self.$field.remove(&key),
                    )*
                    _ => {}
                }
            }
        }
    };
}

/// Reads one row of a type that [`Row::read`] picks.
pub trait RowParser<E> {
    /// Reads the row.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    fn parse<T: DeserializeOwned>(&mut self) -> Result<T, E>;
}

/// Finds the table of a row type.
pub trait AsTable<R> {
    /// The key of the table.
    type Key: Ord + Clone;
    /// The table.
    fn table(&self) -> &Table<Self::Key, R>;
}

tables! {
    /// Sets of DHCP options.
    dhcp_options: DhcpOptions by DhcpOptionsId, id;
    /// VPCs.
    vpcs: Vpc by VpcId, id;
    /// Subnets.
    subnets: Subnet by SubnetId, id;
    /// Reservations of parts of subnets.
    subnet_cidr_reservations: SubnetCidrReservation by SubnetCidrReservationId, id;
    /// Network ACLs.
    network_acls: NetworkAcl by NetworkAclId, id;
    /// Managed prefix lists.
    prefix_lists: PrefixList by PrefixListId, id;
    /// VPC peering connections.
    vpc_peering_connections: VpcPeeringConnection by VpcPeeringConnectionId, id;
    /// Egress-only internet gateways.
    egress_only_internet_gateways: EgressOnlyInternetGateway by EgressOnlyInternetGatewayId, id;
    /// Internet gateways.
    internet_gateways: InternetGateway by InternetGatewayId, id;
    /// Route tables.
    route_tables: RouteTable by RouteTableId, id;
    /// Security groups.
    security_groups: SecurityGroup by SecurityGroupId, id;
    /// Key pairs.
    key_pairs: KeyPair by KeyPairId, id;
    /// Launch templates.
    launch_templates: LaunchTemplate by LaunchTemplateId, id;
    /// Instances.
    instances: Instance by InstanceId, id;
    /// Network interfaces.
    interfaces: NetworkInterface by NetworkInterfaceId, id;
    /// NAT gateways.
    nat_gateways: NatGateway by NatGatewayId, id;
    /// Permissions on network interfaces.
    network_interface_permissions: NetworkInterfacePermission by NetworkInterfacePermissionId, id;
    /// Elastic IP addresses.
    elastic_ips: ElasticIp by AllocationId, id;
    /// Transfers of Elastic IP addresses to other accounts, in the realm that they are from.
    address_transfers: AddressTransfer by AllocationId, allocation;
    /// Tags.
    tags: TagSet by ResourceId, resource;
    /// Client tokens.
    client_tokens: ClientToken by ClientTokenKey, key;
}

impl Realm {
    /// The tags of a resource.
    pub fn tags_of(&self, resource: impl Into<ResourceId>) -> Option<&BTreeMap<String, String>> {
        self.tags.get(&resource.into()).map(|row| &row.tags)
    }

    /// Whether a resource that can be referred to exists.
    pub fn has(&self, id: ResourceId) -> bool {
        match id {
            ResourceId::Vpc(id) => self.vpcs.contains(&id),
            ResourceId::Subnet(id) => self.subnets.contains(&id),
            ResourceId::InternetGateway(id) => self.internet_gateways.contains(&id),
            ResourceId::RouteTable(id) => self.route_tables.contains(&id),
            ResourceId::NetworkAcl(id) => self.network_acls.contains(&id),
            ResourceId::PrefixList(id) => self.prefix_lists.contains(&id),
            ResourceId::VpcPeeringConnection(id) => self.vpc_peering_connections.contains(&id),
            ResourceId::EgressOnlyInternetGateway(id) => self.egress_only_internet_gateways.contains(&id),
            ResourceId::NatGateway(id) => self.nat_gateways.contains(&id),
            ResourceId::SecurityGroup(id) => self.security_groups.contains(&id),
            ResourceId::SecurityGroupRule(id) => self.index.group_of_rule(id).is_some(),
            ResourceId::NetworkInterface(id) => self.interfaces.contains(&id),
            ResourceId::NetworkInterfacePermission(id) => self.network_interface_permissions.contains(&id),
            ResourceId::Instance(id) => self.instances.contains(&id),
            ResourceId::SubnetCidrReservation(id) => self.subnet_cidr_reservations.contains(&id),
            ResourceId::DhcpOptions(id) => self.dhcp_options.contains(&id),
            ResourceId::ElasticIp(id) => self.elastic_ips.contains(&id),
            ResourceId::LaunchTemplate(id) => self.launch_templates.contains(&id),
            ResourceId::KeyPair(id) => self.key_pairs.contains(&id),
            ResourceId::Volume(id) => self.index.instance_of_volume(id).is_some(),
            ResourceId::Reservation(id) => self.index.instances_of(id).next().is_some(),
            // These are the world's.
            ResourceId::Image(_) | ResourceId::Snapshot(_) | ResourceId::PublicIpv4Pool(_) => true,
            // These are parts of other rows, and nothing refers to them.
            ResourceId::RouteTableAssociation(_)
            | ResourceId::Attachment(_)
            | ResourceId::ElasticIpAssociation(_)
            | ResourceId::NetworkAclAssociation(_)
            | ResourceId::VpcCidrAssociation(_)
            | ResourceId::SubnetCidrAssociation(_) => true,
        }
    }
}

/// A put or a delete of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Whose row it is.
    pub scope: Scope,
    /// Which row.
    pub key: Key,
    /// The row as it is from now on; none: it is deleted.
    pub row: Option<Row>,
}

/// Every resource of every account and region. A copy costs nothing.
#[derive(Clone, Debug)]
pub struct State {
    realms: Map<Scope, Realm>,
    public_addresses: Map<Ipv4Addr, (Scope, ResourceId)>,
    ipv6_blocks: Map<Ipv6Net, (Scope, VpcId)>,
}

impl Default for State {
    fn default() -> Self {
        Self { realms: Map::new_sync(), public_addresses: Map::new_sync(), ipv6_blocks: Map::new_sync() }
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.realms == other.realms && self.public_addresses == other.public_addresses && self.ipv6_blocks == other.ipv6_blocks
    }
}

impl State {
    /// The resources of one account in one region.
    pub fn realm(&self, scope: Scope) -> Option<&Realm> {
        self.realms.get(&scope)
    }

    /// Every realm that was used.
    pub fn realms(&self) -> impl Iterator<Item = (Scope, &Realm)> {
        self.realms.iter().map(|(scope, realm)| (*scope, realm))
    }

    /// The resources of one account in one region, among the others.
    pub fn here(&self, scope: Scope) -> Option<Here<'_>> {
        Some(Here { state: self, scope, realm: self.realm(scope)? })
    }

    /// Who has a public address, in any account.
    pub fn public_address(&self, address: Ipv4Addr) -> Option<(Scope, ResourceId)> {
        self.public_addresses.get(&address).copied()
    }

    /// The IPv6 blocks in use, in any account.
    pub fn ipv6_blocks(&self) -> impl Iterator<Item = (Ipv6Net, Scope, VpcId)> {
        self.ipv6_blocks.iter().map(|(block, (scope, vpc))| (*block, *scope, *vpc))
    }

    /// A random free public address, of the first range that has one.
    pub fn free_public_address(&self, ctx: &mut Ctx<'_>) -> Option<Ipv4Addr> {
        let world = ctx.world;
        let pools = &world.pools;
        pools.ipv4.iter().find_map(|range| self.free_public_address_of(ctx, *range, |address| pools.hands_out(address)))
    }

    /// A random free public address of a range that `usable` accepts: the first at or after a random place, wrapping around.
    pub(crate) fn free_public_address_of(&self, ctx: &mut Ctx<'_>, range: Ipv4Net, usable: impl Fn(Ipv4Addr) -> bool) -> Option<Ipv4Addr> {
        let (first, last) = (u32::from(range.network()), u32::from(range.broadcast()));
        // Both are within the range, so that the sum cannot overflow.
        let start = first + ctx.below(u64::from(last - first) + 1) as u32;
        let find = |from: u32, to: u32| self.unused_public_addresses(from, to).find(|address| usable(*address));
        find(start, last).or_else(|| if start > first { find(first, start - 1) } else { None })
    }

    /// The addresses from one to another that nobody has, in their order. Reads each that somebody has once, without a search.
    fn unused_public_addresses(&self, from: u32, to: u32) -> impl Iterator<Item = Ipv4Addr> {
        let mut used = self.public_addresses.range(Ipv4Addr::from(from)..=Ipv4Addr::from(to)).map(|(address, _)| *address).peekable();
        (from..=to).map(Ipv4Addr::from).filter(move |address| used.next_if_eq(address).is_none())
    }

    /// How many public addresses of a range are in use.
    pub fn public_addresses_within(&self, range: Ipv4Net) -> usize {
        self.public_addresses.range(range.network()..=range.broadcast()).count()
    }

    /// A random free /56 of the pool that VPCs get their IPv6 blocks from. The first /56 is the host's own.
    pub fn free_ipv6_block(&self, ctx: &mut Ctx<'_>) -> Option<Ipv6Net> {
        let pool = ctx.world.pools.ipv6;
        let bits = VPC_IPV6_LENGTH.checked_sub(pool.prefix_len()).filter(|&bits| bits > 0)?;
        // Of a pool larger than any use, the first 2^32 blocks are enough.
        let own = (1u64 << bits.min(32)) - 1;
        let start = ctx.below(own);
        (0..own)
            .map(|step| u128::from((start + step) % own + 1) << (128 - VPC_IPV6_LENGTH))
            .filter_map(|offset| Ipv6Net::new((u128::from(pool.network()) + offset).into(), VPC_IPV6_LENGTH).ok())
            .find(|block| !self.ipv6_blocks.contains_key(block))
    }

    /// Makes one change. The only function that changes a state.
    pub fn apply(&mut self, change: &Change) {
        let Change { scope, key, row } = change;
        let before = self.realm(*scope).and_then(|realm| realm.row(key)).map(|row| row.entries()).unwrap_or_default();
        let after = row.as_ref().map(Row::entries).unwrap_or_default();
        for entry in before.iter().filter(|entry| after.binary_search(entry).is_err()) {
            self.unlist(*scope, entry);
        }
        for entry in after.into_iter().filter(|entry| before.binary_search(entry).is_err()) {
            self.list(*scope, entry);
        }
        let realm = self.realm_mut(*scope);
        realm.set(key.clone(), row.clone());
        // A realm is what is in it: with nothing left, even of the defaults, it is as if never used. Otherwise a state
        // would not be the one that its rows load to.
        if row.is_none() && realm.rows().next().is_none() {
            self.realms.remove_mut(scope);
        }
    }

    fn realm_mut(&mut self, scope: Scope) -> &mut Realm {
        if !self.realms.contains_key(&scope) {
            self.realms.insert_mut(scope, Realm::default());
        }
        #[expect(clippy::expect_used, reason = "it was put there if it was missing")]
        self.realms.get_mut(&scope).expect("a realm")
    }

    fn list(&mut self, scope: Scope, entry: Entry) {
        match entry {
            Entry::PublicAddress(address, resource) => self.public_addresses.insert_mut(address, (scope, resource)),
            Entry::Ipv6Block(block, vpc) => self.ipv6_blocks.insert_mut(block, (scope, vpc)),
            Entry::Elsewhere(account, entry) => self.list(Scope { account, ..scope }, *entry),
            entry => self.realm_mut(scope).index.insert(entry),
        }
    }

    fn unlist(&mut self, scope: Scope, entry: &Entry) {
        match entry {
            Entry::PublicAddress(address, resource) => {
                if self.public_addresses.get(address) == Some(&(scope, *resource)) {
                    self.public_addresses.remove_mut(address);
                }
            }
            Entry::Ipv6Block(block, vpc) => {
                if self.ipv6_blocks.get(block) == Some(&(scope, *vpc)) {
                    self.ipv6_blocks.remove_mut(block);
                }
            }
            Entry::Elsewhere(account, entry) => self.unlist(Scope { account: *account, ..scope }, entry),
            entry => {
                if let Some(realm) = self.realms.get_mut(&scope) {
                    realm.index.remove(entry);
                }
            }
        }
    }
}

/// A state being changed by one operation: it sees what it did so far, and nobody else does.
#[derive(Clone, Debug)]
pub struct Draft {
    state: State,
    scope: Scope,
    changes: Vec<Change>,
    empty: Realm,
}

impl Draft {
    /// Begins a draft on a state.
    pub fn new(state: State, scope: Scope) -> Self {
        Self { state, scope, changes: Vec::new(), empty: Realm::default() }
    }

    /// The state with the changes made so far.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whose resources the draft changes.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The caller's realm with the changes made so far.
    pub fn realm(&self) -> &Realm {
        self.state.realm(self.scope).unwrap_or(&self.empty)
    }

    /// The caller's realm among the others, with the changes made so far.
    pub fn here(&self) -> Here<'_> {
        Here { state: &self.state, scope: self.scope, realm: self.realm() }
    }

    /// Puts a row of the caller's realm.
    pub fn put(&mut self, row: impl Into<Row>) {
        self.put_in(self.scope, row);
    }

    /// Puts a row of another realm: the other side of a peering, a transfer or a permitted use.
    pub fn put_in(&mut self, scope: Scope, row: impl Into<Row>) {
        let row = row.into();
        self.push(Change { scope, key: row.key(), row: Some(row) });
    }

    /// Acts in another realm: what follows from a change belongs to another account.
    pub(crate) fn within<T>(&mut self, scope: Scope, act: impl FnOnce(&mut Self) -> T) -> T {
        let own = std::mem::replace(&mut self.scope, scope);
        let done = act(self);
        self.scope = own;
        done
    }

    /// Deletes a row of the caller's realm, and the tags of the resource with it.
    pub fn delete(&mut self, key: Key) {
        self.delete_in(self.scope, key);
    }

    /// Deletes a row of another realm, and the tags of the resource with it.
    pub fn delete_in(&mut self, scope: Scope, key: Key) {
        let Some(realm) = self.state.realm(scope) else {
            return;
        };
        let tags = realm.row(&key).and_then(|row| row.resource()).filter(|resource| realm.tags.contains(resource));
        self.push(Change { scope, key, row: None });
        if let Some(resource) = tags {
            self.push(Change { scope, key: Key::TagSet(resource), row: None });
        }
    }

    /// The state after all changes, and the changes, each row once: as it is in the end.
    pub fn finish(self) -> (State, Vec<Change>) {
        let mut last: BTreeMap<(Scope, Key), usize> = BTreeMap::new();
        for (index, change) in self.changes.iter().enumerate() {
            last.insert((change.scope, change.key.clone()), index);
        }
        let kept = self.changes.into_iter().enumerate();
        let changes = kept.filter(|(index, change)| last.get(&(change.scope, change.key.clone())) == Some(index));
        (self.state, changes.map(|(_, change)| change).collect())
    }

    fn push(&mut self, change: Change) {
        self.state.apply(&change);
        self.changes.push(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::default_vpc;
    use crate::invariants;
    use crate::realm::{AccountId, Region};
    use crate::time::Timestamp;
    use crate::world::World;

    #[test]
    fn a_realm_with_nothing_left_is_as_if_it_was_never_used() {
        let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
        let mut draft = Draft::new(State::default(), scope);
        let world = World::default();
        default_vpc::ensure_realm(&mut draft, &mut Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(1), world: &world });
        let keys: Vec<Key> = draft.realm().rows().map(|row| row.key()).collect();
        keys.into_iter().for_each(|key| draft.delete(key));
        assert_eq!(draft.state(), &State::default());
        assert_eq!(invariants::check(draft.state()), []);
    }
}
