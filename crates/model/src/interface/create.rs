//! Making and deleting interfaces.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use super::{ConnectionTracking, MacAddress, NetworkInterface};
use crate::addressing::{Chooser, check_asked, check_counts};
use crate::ctx::Ctx;
use crate::elastic_ip;
use crate::error::Error;
use crate::ids::{NetworkInterfaceId, NetworkInterfacePermissionId, SecurityGroupId, SubnetId, VpcId};
use crate::quotas::{GROUPS_PER_INTERFACE, RULES_PER_INTERFACE};
use crate::security_group::Direction;
use crate::state::{Draft, Key, Realm};
use crate::subnet::Subnet;

/// What a new interface is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInterface {
    /// The subnet its addresses are from.
    pub subnet: SubnetId,
    /// Free text.
    pub description: String,
    /// `interface`, or what EC2 calls a special kind.
    pub interface_type: String,
    /// Its security groups; none: the VPC's default group.
    pub groups: Vec<SecurityGroupId>,
    /// Its primary address; none: a free one.
    pub primary_ipv4: Option<Ipv4Addr>,
    /// Secondary addresses.
    pub secondary_ipv4: Vec<Ipv4Addr>,
    /// As many free secondary addresses.
    pub secondary_ipv4_count: u32,
    /// Delegated prefixes.
    pub ipv4_prefixes: Vec<Ipv4Net>,
    /// As many free prefixes.
    pub ipv4_prefix_count: u32,
    /// IPv6 addresses.
    pub ipv6: Vec<Ipv6Addr>,
    /// As many free IPv6 addresses; none: what the subnet says, if nothing else of IPv6 is asked for.
    pub ipv6_count: Option<u32>,
    /// Delegated IPv6 prefixes.
    pub ipv6_prefixes: Vec<Ipv6Net>,
    /// As many free IPv6 prefixes.
    pub ipv6_prefix_count: u32,
    /// Whether the first IPv6 address is a primary one.
    pub primary_ipv6: bool,
    /// Idle timeouts of tracked connections.
    pub connection_tracking: ConnectionTracking,
    /// Whether packets that are neither from nor for its own addresses are dropped.
    pub source_dest_check: bool,
    /// The service that manages it, if it is not the user's to change.
    pub managed_by: Option<String>,
}

impl NewInterface {
    /// An interface with a free primary address, the default group, and whatever the subnet gives new interfaces.
    pub fn in_subnet(subnet: SubnetId) -> Self {
        Self {
            subnet,
            description: String::new(),
            interface_type: "interface".into(),
            groups: Vec::new(),
            primary_ipv4: None,
            secondary_ipv4: Vec::new(),
            secondary_ipv4_count: 0,
            ipv4_prefixes: Vec::new(),
            ipv4_prefix_count: 0,
            ipv6: Vec::new(),
            ipv6_count: None,
            ipv6_prefixes: Vec::new(),
            ipv6_prefix_count: 0,
            primary_ipv6: false,
            connection_tracking: ConnectionTracking::default(),
            source_dest_check: true,
            managed_by: None,
        }
    }
}

/// Makes an interface, not attached to anything.
///
/// # Errors
/// When an address, prefix or group is not one that it can have; then there is no interface.
pub fn create_interface(draft: &mut Draft, ctx: &mut Ctx<'_>, request: NewInterface) -> Result<NetworkInterfaceId, Error> {
    let realm = draft.realm();
    if ctx.world.quotas.interfaces.is_some_and(|most| realm.interfaces.len() >= most as usize) {
        return Err(Error::Quota("interfaces"));
    }
    let subnet = realm.subnets.get(&request.subnet).ok_or(Error::NotFound(request.subnet.into()))?;
    let groups = if request.groups.is_empty() { default_group(realm, subnet.vpc) } else { request.groups };
    check_groups(realm, subnet, &groups)?;
    check_asked([request.secondary_ipv4_count, request.ipv4_prefix_count])?;
    check_asked([request.ipv6_count.unwrap_or_default(), request.ipv6_prefix_count])?;
    let mut interface = NetworkInterface {
        id: NetworkInterfaceId::random(ctx.random),
        vpc: subnet.vpc,
        subnet: subnet.id,
        zone: subnet.zone,
        description: request.description,
        interface_type: request.interface_type,
        mac: MacAddress::from_bits(ctx.random.next_u64()),
        ipv4: Vec::new(),
        ipv4_prefixes: request.ipv4_prefixes,
        ipv6: request.ipv6,
        ipv6_prefixes: request.ipv6_prefixes,
        primary_ipv6: request.primary_ipv6,
        auto_public_ipv4: None,
        associate_public_ipv4: false,
        groups,
        source_dest_check: request.source_dest_check,
        attachment: None,
        requester_managed: request.managed_by.is_some(),
        requester: request.managed_by,
        connection_tracking: request.connection_tracking,
        created: ctx.now,
    };
    let mut chooser = Chooser::new(realm, subnet);
    let named = request.primary_ipv4.into_iter().chain(request.secondary_ipv4);
    for address in named {
        if chooser.named_ipv4(address)?.is_some() {
            return Err(Error::AddressInUse(address.into()));
        }
        interface.ipv4.push(address);
    }
    for &prefix in &interface.ipv4_prefixes {
        chooser.named_ipv4_prefix(prefix)?;
    }
    // Named addresses are taken before any is picked, so that none of them is picked; the primary still comes first.
    if request.primary_ipv4.is_none() && subnet.cidr.is_some() {
        interface.ipv4.insert(0, chooser.ipv4(ctx)?);
    }
    for _ in 0..request.secondary_ipv4_count {
        interface.ipv4.push(chooser.ipv4(ctx)?);
    }
    interface.ipv4_prefixes.extend(chooser.ipv4_prefixes(ctx, request.ipv4_prefix_count)?);
    for &address in &interface.ipv6 {
        if chooser.named_ipv6(address)?.is_some() {
            return Err(Error::AddressInUse(address.into()));
        }
    }
    for &prefix in &interface.ipv6_prefixes {
        chooser.named_ipv6_prefix(prefix)?;
    }
    let names_ipv6 = !interface.ipv6.is_empty() || !interface.ipv6_prefixes.is_empty() || request.ipv6_prefix_count > 0;
    let automatic = if names_ipv6 { 0 } else { ipv6_by_subnet(subnet) };
    for _ in 0..request.ipv6_count.unwrap_or(automatic) {
        interface.ipv6.push(chooser.ipv6(ctx)?);
    }
    for _ in 0..request.ipv6_prefix_count {
        interface.ipv6_prefixes.push(chooser.ipv6_prefix(ctx)?);
    }
    if interface.primary_ipv6 && interface.ipv6.is_empty() {
        return Err(Error::NoIpv6Address(interface.id));
    }
    check_counts(draft, &interface)?;
    let id = interface.id;
    draft.put(interface);
    Ok(id)
}

/// How many IPv6 addresses the subnet gives a new interface that asks for none.
fn ipv6_by_subnet(subnet: &Subnet) -> u32 {
    // Without IPv4 an interface would have no address at all.
    let gives = subnet.assign_ipv6_address_on_creation || subnet.cidr.is_none();
    u32::from(gives && !subnet.ipv6_blocks.is_empty())
}

fn default_group(realm: &Realm, vpc: VpcId) -> Vec<SecurityGroupId> {
    realm.index.group_named(vpc, "default").into_iter().collect()
}

/// Puts an interface into other security groups.
///
/// # Errors
/// When it cannot be in them.
pub fn set_groups(draft: &mut Draft, id: NetworkInterfaceId, groups: Vec<SecurityGroupId>) -> Result<(), Error> {
    let realm = draft.realm();
    let interface = realm.interfaces.get(&id).ok_or(Error::NotFound(id.into()))?;
    let subnet = realm.subnets.get(&interface.subnet).ok_or(Error::NotFound(interface.subnet.into()))?;
    check_groups(realm, subnet, &groups)?;
    let changed = NetworkInterface { groups, ..NetworkInterface::clone(interface) };
    draft.put(changed);
    Ok(())
}

fn check_groups(realm: &Realm, subnet: &Subnet, groups: &[SecurityGroupId]) -> Result<(), Error> {
    if groups.len() > GROUPS_PER_INTERFACE {
        return Err(Error::TooManyGroups);
    }
    let mut rules = [0; 2];
    for (place, id) in groups.iter().enumerate() {
        let group = realm.security_groups.get(id).ok_or(Error::NotFound((*id).into()))?;
        if group.vpc != subnet.vpc {
            return Err(Error::GroupOfOtherVpc { group: *id, subnet: subnet.id });
        }
        if groups[..place].contains(id) {
            return Err(Error::GroupRepeated(*id));
        }
        rules[0] += group.rules(Direction::Ingress).count();
        rules[1] += group.rules(Direction::Egress).count();
    }
    if rules.iter().any(|&count| count > RULES_PER_INTERFACE) { Err(Error::TooManyRules) } else { Ok(()) }
}

/// Deletes an interface. Its Elastic IPs stay allocated and are disassociated.
///
/// # Errors
/// When it is attached.
pub fn delete_interface(draft: &mut Draft, id: NetworkInterfaceId) -> Result<(), Error> {
    let interface = draft.realm().interfaces.get(&id).ok_or(Error::NotFound(id.into()))?;
    if interface.attachment.is_some() {
        return Err(Error::InterfaceInUse(id));
    }
    elastic_ip::disassociate_where(draft, id, |_| true);
    let permissions: Vec<NetworkInterfacePermissionId> = draft.realm().index.referrers_of_kind(id).collect();
    for permission in permissions {
        draft.delete(Key::NetworkInterfacePermission(permission));
    }
    draft.delete(Key::NetworkInterface(id));
    Ok(())
}
