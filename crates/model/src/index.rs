//! Indexes: what is found without reading every row.
//!
//! A row states its entries; the state inserts and removes the difference when a row changes. Nothing else writes an
//! index, and `invariants::check` builds all of them anew and compares.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Bound;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};

use crate::ids::{
    AllocationId, AssociationId, AttachmentId, InstanceId, KeyPairId, KindOfId, LaunchTemplateId, NetworkAclAssociationId, NetworkAclId,
    NetworkInterfaceId, ReservationId, ResourceId, RouteTableAssociationId, RouteTableId, SecurityGroupId, SecurityGroupRuleId, SubnetId,
    VolumeId, VpcId,
};
use crate::pool::Pool;
use crate::realm::AccountId;

/// What a row wants to be found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// The second exists only as long as the first: deleting the first is a dependency violation.
    Reference(ResourceId, ResourceId),
    /// The free addresses of a subnet.
    Pool(SubnetId, Ipv4Net),
    /// An address or delegated prefix of an interface.
    Address {
        /// In which VPC it is unique.
        vpc: VpcId,
        /// Whose pool it is taken from.
        subnet: SubnetId,
        /// The address as /32 or /128, or the prefix.
        block: IpNet,
        /// Who holds it.
        interface: NetworkInterfaceId,
    },
    /// An attachment, by its id.
    Attachment(AttachmentId, NetworkInterfaceId),
    /// The Elastic IP of a private address.
    ElasticIpOf(NetworkInterfaceId, Ipv4Addr, AllocationId),
    /// The Elastic IP of an association.
    ElasticIpAssociation(AssociationId, AllocationId),
    /// The route table that a subnet or gateway uses, or, for a VPC, its main one.
    RouteTableOf(ResourceId, RouteTableId),
    /// A route table by one of its associations.
    RouteTableAssociation(RouteTableAssociationId, RouteTableId),
    /// The network ACL that a subnet uses, or, for a VPC, its default one.
    NetworkAclOf(ResourceId, NetworkAclId),
    /// A network ACL by one of its associations.
    NetworkAclAssociation(NetworkAclAssociationId, NetworkAclId),
    /// A route table with a route to this target.
    RouteTo(ResourceId, RouteTableId),
    /// A group by its name, in lower case.
    GroupName(VpcId, String, SecurityGroupId),
    /// A group by one of its rules.
    GroupRule(SecurityGroupRuleId, SecurityGroupId),
    /// A group (the second) with rules that name another one (the first) as peer.
    GroupPeer(SecurityGroupId, SecurityGroupId),
    /// The instances of a launch.
    Reservation(ReservationId, InstanceId),
    /// The instance of a root volume.
    Volume(VolumeId, InstanceId),
    /// A key pair by its name.
    KeyPairName(String, KeyPairId),
    /// A launch template by its name.
    LaunchTemplateName(String, LaunchTemplateId),
    /// A resource by a tag.
    Tag(String, String, ResourceId),
    /// A public address in use, in any account. Kept by the state, not by the realm.
    PublicAddress(Ipv4Addr, ResourceId),
    /// An IPv6 block in use, in any account. Kept by the state, not by the realm.
    Ipv6Block(Ipv6Net, VpcId),
    /// An entry for the index of another account of the same region: the row refers to one of its rows.
    Elsewhere(AccountId, Box<Entry>),
}

/// A row that can be found by more than its key.
pub trait Indexed {
    /// Every entry that this row wants, in any order.
    fn entries(&self, out: &mut Vec<Entry>);
    /// The id that tags and references know it by.
    fn resource(&self) -> Option<ResourceId>;
}

pub(crate) type Map<K, V> = RedBlackTreeMapSync<K, V>;
pub(crate) type Set<K> = RedBlackTreeSetSync<K>;

/// The indexes of one realm.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    references: Set<(ResourceId, ResourceId)>,
    pools: Map<SubnetId, Pool>,
    addresses: Map<(VpcId, IpNet), NetworkInterfaceId>,
    attachments: Map<AttachmentId, NetworkInterfaceId>,
    elastic_ips: Map<(NetworkInterfaceId, Ipv4Addr), AllocationId>,
    elastic_ip_associations: Map<AssociationId, AllocationId>,
    route_tables: Map<ResourceId, RouteTableId>,
    route_table_associations: Map<RouteTableAssociationId, RouteTableId>,
    network_acls: Map<ResourceId, NetworkAclId>,
    network_acl_associations: Map<NetworkAclAssociationId, NetworkAclId>,
    routes_to: Set<(ResourceId, RouteTableId)>,
    group_names: Map<(VpcId, String), SecurityGroupId>,
    group_rules: Map<SecurityGroupRuleId, SecurityGroupId>,
    group_peers: Set<(SecurityGroupId, SecurityGroupId)>,
    reservations: Set<(ReservationId, InstanceId)>,
    volumes: Map<VolumeId, InstanceId>,
    key_pair_names: Map<String, KeyPairId>,
    launch_template_names: Map<String, LaunchTemplateId>,
    tags: Set<(String, String, ResourceId)>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            references: Set::new_sync(),
            pools: Map::new_sync(),
            addresses: Map::new_sync(),
            attachments: Map::new_sync(),
            elastic_ips: Map::new_sync(),
            elastic_ip_associations: Map::new_sync(),
            route_tables: Map::new_sync(),
            route_table_associations: Map::new_sync(),
            network_acls: Map::new_sync(),
            network_acl_associations: Map::new_sync(),
            routes_to: Set::new_sync(),
            group_names: Map::new_sync(),
            group_rules: Map::new_sync(),
            group_peers: Set::new_sync(),
            reservations: Set::new_sync(),
            volumes: Map::new_sync(),
            key_pair_names: Map::new_sync(),
            launch_template_names: Map::new_sync(),
            tags: Set::new_sync(),
        }
    }
}

impl Entry {
    /// The same entry for the index of the account that owns what it refers to, if that is another one.
    pub(crate) fn of_account(self, owner: Option<AccountId>) -> Self {
        match owner {
            Some(owner) => Self::Elsewhere(owner, Box::new(self)),
            None => self,
        }
    }
}

impl Index {
    /// What exists only as long as `target` does. It may be another account's: see [`Here::owner_of`](crate::Here::owner_of).
    pub fn referrers(&self, target: impl Into<ResourceId>) -> impl Iterator<Item = ResourceId> {
        let target = target.into();
        let first = (target, ResourceId::Vpc(VpcId::MIN));
        self.references.range(first..).take_while(move |(to, _)| *to == target).map(|(_, from)| *from)
    }

    /// The resources of one kind that exist only as long as `target` does: the subnets of a VPC, the interfaces of a
    /// subnet, a group or an instance.
    pub fn referrers_of_kind<K: KindOfId>(&self, target: impl Into<ResourceId>) -> impl Iterator<Item = K> {
        let target = target.into();
        let (least, most) = K::range();
        self.references.range((target, least)..=(target, most)).filter_map(|(_, from)| K::from_resource(*from))
    }

    /// The free addresses of a subnet; none for an IPv6-only one.
    pub fn pool(&self, subnet: SubnetId) -> Option<&Pool> {
        self.pools.get(&subnet)
    }

    /// Who holds exactly this address (as /32 or /128) or prefix.
    pub fn holder_of_block(&self, vpc: VpcId, block: IpNet) -> Option<NetworkInterfaceId> {
        self.addresses.get(&(vpc, block)).copied()
    }

    /// Who holds an address, by itself or in a delegated prefix.
    pub fn holder(&self, vpc: VpcId, address: IpAddr) -> Option<NetworkInterfaceId> {
        let prefix = |length| IpNet::new(address, length).ok().map(|net| net.trunc());
        let delegated = if address.is_ipv4() { prefix(28) } else { prefix(80) };
        self.holder_of_block(vpc, address.into()).or_else(|| self.holder_of_block(vpc, delegated?))
    }

    /// The addresses and prefixes held in a block of a VPC, with their holders.
    pub fn held_within(&self, vpc: VpcId, block: IpNet) -> impl Iterator<Item = (IpNet, NetworkInterfaceId)> {
        let first = (vpc, IpNet::new(block.network(), 0).unwrap_or(block));
        self.addresses
            .range(first..)
            .take_while(move |((of, held), _)| *of == vpc && block.contains(&held.network()))
            .filter(move |((_, held), _)| block.contains(held))
            .map(|((_, held), interface)| (*held, *interface))
    }

    /// The interface of an attachment.
    pub fn attachment(&self, id: AttachmentId) -> Option<NetworkInterfaceId> {
        self.attachments.get(&id).copied()
    }

    /// The Elastic IP of a private address.
    pub fn elastic_ip_of(&self, interface: NetworkInterfaceId, private: Ipv4Addr) -> Option<AllocationId> {
        self.elastic_ips.get(&(interface, private)).copied()
    }

    /// The Elastic IP of an association.
    pub fn elastic_ip_association(&self, id: AssociationId) -> Option<AllocationId> {
        self.elastic_ip_associations.get(&id).copied()
    }

    /// The main route table of a VPC.
    pub fn main_route_table(&self, vpc: VpcId) -> Option<RouteTableId> {
        self.route_tables.get(&vpc.into()).copied()
    }

    /// The route table that a subnet or gateway is explicitly associated with.
    pub fn own_route_table(&self, of: impl Into<ResourceId>) -> Option<RouteTableId> {
        self.route_tables.get(&of.into()).copied()
    }

    /// The route table of an association.
    pub fn route_table_association(&self, id: RouteTableAssociationId) -> Option<RouteTableId> {
        self.route_table_associations.get(&id).copied()
    }

    /// The default network ACL of a VPC.
    pub fn default_network_acl(&self, vpc: VpcId) -> Option<NetworkAclId> {
        self.network_acls.get(&vpc.into()).copied()
    }

    /// The network ACL that a subnet uses.
    pub fn network_acl_of(&self, subnet: SubnetId) -> Option<NetworkAclId> {
        self.network_acls.get(&subnet.into()).copied()
    }

    /// The network ACL of an association.
    pub fn network_acl_association(&self, id: NetworkAclAssociationId) -> Option<NetworkAclId> {
        self.network_acl_associations.get(&id).copied()
    }

    /// The route tables with a route to a target.
    pub fn routes_to(&self, target: impl Into<ResourceId>) -> impl Iterator<Item = RouteTableId> {
        let target = target.into();
        self.routes_to.range((target, RouteTableId::MIN)..=(target, RouteTableId::MAX)).map(|(_, table)| *table)
    }

    /// A group by its name, in whatever case.
    pub fn group_named(&self, vpc: VpcId, name: &str) -> Option<SecurityGroupId> {
        self.group_names.get(&(vpc, name.to_ascii_lowercase())).copied()
    }

    /// The rules of all groups after one of them, in the order of their ids, with their groups.
    pub fn group_rules_after(&self, after: Option<SecurityGroupRuleId>) -> impl Iterator<Item = (SecurityGroupRuleId, SecurityGroupId)> {
        let first = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.group_rules.range((first, Bound::Unbounded)).map(|(rule, group)| (*rule, *group))
    }

    /// The group of a rule.
    pub fn group_of_rule(&self, rule: SecurityGroupRuleId) -> Option<SecurityGroupId> {
        self.group_rules.get(&rule).copied()
    }

    /// The groups whose rules name this one.
    pub fn groups_naming(&self, group: SecurityGroupId) -> impl Iterator<Item = SecurityGroupId> {
        self.group_peers.range((group, SecurityGroupId::MIN)..=(group, SecurityGroupId::MAX)).map(|(_, from)| *from)
    }

    /// The instances of a launch.
    pub fn instances_of(&self, reservation: ReservationId) -> impl Iterator<Item = InstanceId> {
        self.reservations.range((reservation, InstanceId::MIN)..=(reservation, InstanceId::MAX)).map(|(_, instance)| *instance)
    }

    /// The instance of a root volume.
    pub fn instance_of_volume(&self, volume: VolumeId) -> Option<InstanceId> {
        self.volumes.get(&volume).copied()
    }

    /// A key pair by its name.
    pub fn key_pair_named(&self, name: &str) -> Option<KeyPairId> {
        self.key_pair_names.get(name).copied()
    }

    /// A launch template by its name.
    pub fn launch_template_named(&self, name: &str) -> Option<LaunchTemplateId> {
        self.launch_template_names.get(name).copied()
    }

    /// The resources that carry a tag.
    pub fn tagged(&self, key: &str, value: &str) -> impl Iterator<Item = ResourceId> {
        let of = (key.to_owned(), value.to_owned());
        let first = (of.0.clone(), of.1.clone(), ResourceId::Vpc(VpcId::MIN));
        self.tags.range(first..).take_while(move |(key, value, _)| *key == of.0 && *value == of.1).map(|(_, _, resource)| *resource)
    }

    pub(crate) fn insert(&mut self, entry: Entry) {
        match entry {
            Entry::Reference(to, from) => self.references.insert_mut((to, from)),
            Entry::Pool(subnet, cidr) => self.pools.insert_mut(subnet, Pool::new(cidr)),
            Entry::Address { vpc, subnet, block, interface } => {
                self.addresses.insert_mut((vpc, block), interface);
                self.mark(subnet, block, true);
            }
            Entry::Attachment(id, interface) => self.attachments.insert_mut(id, interface),
            Entry::ElasticIpOf(interface, private, id) => self.elastic_ips.insert_mut((interface, private), id),
            Entry::ElasticIpAssociation(association, id) => self.elastic_ip_associations.insert_mut(association, id),
            Entry::RouteTableOf(of, table) => self.route_tables.insert_mut(of, table),
            Entry::RouteTableAssociation(id, table) => self.route_table_associations.insert_mut(id, table),
            Entry::NetworkAclOf(of, acl) => self.network_acls.insert_mut(of, acl),
            Entry::NetworkAclAssociation(id, acl) => self.network_acl_associations.insert_mut(id, acl),
            Entry::RouteTo(target, table) => self.routes_to.insert_mut((target, table)),
            Entry::GroupName(vpc, name, group) => self.group_names.insert_mut((vpc, name), group),
            Entry::GroupRule(rule, group) => self.group_rules.insert_mut(rule, group),
            Entry::GroupPeer(peer, group) => self.group_peers.insert_mut((peer, group)),
            Entry::Reservation(reservation, instance) => self.reservations.insert_mut((reservation, instance)),
            Entry::Volume(volume, instance) => self.volumes.insert_mut(volume, instance),
            Entry::KeyPairName(name, id) => self.key_pair_names.insert_mut(name, id),
            Entry::LaunchTemplateName(name, id) => self.launch_template_names.insert_mut(name, id),
            Entry::Tag(key, value, resource) => self.tags.insert_mut((key, value, resource)),
            Entry::PublicAddress(..) | Entry::Ipv6Block(..) | Entry::Elsewhere(..) => {}
        }
    }

    /// Removes an entry, unless another row has taken its place since: when an address moves, the new holder's row
    /// may be written before the old one's.
    pub(crate) fn remove(&mut self, entry: &Entry) {
        fn remove_if<K: Ord + Clone, V: PartialEq>(map: &mut Map<K, V>, key: &K, value: &V) -> bool {
            map.get(key) == Some(value) && map.remove_mut(key)
        }
        match entry {
            Entry::Reference(to, from) => _ = self.references.remove_mut(&(*to, *from)),
            Entry::Pool(subnet, _) => _ = self.pools.remove_mut(subnet),
            Entry::Address { vpc, subnet, block, interface } => {
                if remove_if(&mut self.addresses, &(*vpc, *block), interface) {
                    self.mark(*subnet, *block, false);
                }
            }
            Entry::Attachment(id, interface) => _ = remove_if(&mut self.attachments, id, interface),
            Entry::ElasticIpOf(interface, private, id) => _ = remove_if(&mut self.elastic_ips, &(*interface, *private), id),
            Entry::ElasticIpAssociation(association, id) => _ = remove_if(&mut self.elastic_ip_associations, association, id),
            Entry::RouteTableOf(of, table) => _ = remove_if(&mut self.route_tables, of, table),
            Entry::RouteTableAssociation(id, table) => _ = remove_if(&mut self.route_table_associations, id, table),
            Entry::NetworkAclOf(of, acl) => _ = remove_if(&mut self.network_acls, of, acl),
            Entry::NetworkAclAssociation(id, acl) => _ = remove_if(&mut self.network_acl_associations, id, acl),
            Entry::RouteTo(target, table) => _ = self.routes_to.remove_mut(&(*target, *table)),
            Entry::GroupName(vpc, name, group) => _ = remove_if(&mut self.group_names, &(*vpc, name.clone()), group),
            Entry::GroupRule(rule, group) => _ = remove_if(&mut self.group_rules, rule, group),
            Entry::GroupPeer(peer, group) => _ = self.group_peers.remove_mut(&(*peer, *group)),
            Entry::Reservation(reservation, instance) => _ = self.reservations.remove_mut(&(*reservation, *instance)),
            Entry::Volume(volume, instance) => _ = remove_if(&mut self.volumes, volume, instance),
            Entry::KeyPairName(name, id) => _ = remove_if(&mut self.key_pair_names, name, id),
            Entry::LaunchTemplateName(name, id) => _ = remove_if(&mut self.launch_template_names, name, id),
            Entry::Tag(key, value, resource) => _ = self.tags.remove_mut(&(key.clone(), value.clone(), *resource)),
            Entry::PublicAddress(..) | Entry::Ipv6Block(..) | Entry::Elsewhere(..) => {}
        }
    }

    fn mark(&mut self, subnet: SubnetId, block: IpNet, taken: bool) {
        if let (IpNet::V4(block), Some(pool)) = (block, self.pools.get_mut(&subnet)) {
            pool.mark(block, taken);
        }
    }
}
