//! `IpPermissions`: what rules look like on the wire. One of them holds all rules of a protocol and range of ports.

use ec2_api::shapes::{IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
use ec2_api::{ApiError, ErrorCode};
use model::ids::{SecurityGroupId, VpcId, VpcPeeringConnectionId};
use model::security_group::{self, Peer, Permission, Protocol, SecurityGroupRule};
use model::{Realm, Scope, State};

use super::check_text;
use crate::errors;
use crate::id_errors;
use crate::lookup::{id, ipv4_block, ipv6_block};

/// Permissions and their descriptions, as a request gives them.
pub type Given = Vec<(Permission, Option<String>)>;

/// Who asks, and on which VPC's groups: names of groups are looked up there.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    pub state: &'a State,
    pub realm: &'a Realm,
    pub scope: Scope,
    pub vpc: VpcId,
}

/// The permissions of a request, one for each peer.
pub fn given(caller: Caller<'_>, permissions: Vec<IpPermission>) -> Result<Given, ApiError> {
    let mut given = Given::new();
    for permission in permissions {
        let IpPermission { ip_protocol, from_port, to_port, user_id_group_pairs, ip_ranges, ipv6_ranges, prefix_list_ids } = permission;
        let protocol = protocol(ip_protocol.as_deref())?;
        let mut peers = Vec::new();
        for IpRange { description, cidr_ip } in ip_ranges {
            peers.push((ipv4_peer(&cidr_ip.unwrap_or_default())?, description));
        }
        for Ipv6Range { description, cidr_ipv6 } in ipv6_ranges {
            peers.push((ipv6_peer(&cidr_ipv6.unwrap_or_default())?, description));
        }
        for PrefixListId { description, prefix_list_id } in prefix_list_ids {
            peers.push((Peer::PrefixList(id(&prefix_list_id.unwrap_or_default())?), description));
        }
        for mut pair in user_id_group_pairs {
            let description = pair.description.take();
            peers.push((group_peer(caller, pair)?, description));
        }
        if peers.is_empty() {
            return Err(no_peer());
        }
        for (peer, description) in peers {
            let description = description.filter(|text| !text.is_empty());
            if let Some(text) = &description {
                check_text(text, "description", "rule description")?;
            }
            let permission = Permission::new(protocol, from_port, to_port, peer).map_err(errors::answer)?;
            given.push((permission, description));
        }
    }
    Ok(given)
}

/// The words are those of ModifySecurityGroupRules [seen].
pub fn no_peer() -> ApiError {
    let message = "The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId";
    ApiError::new(ErrorCode::MissingParameter, message)
}

/// A protocol by name or number. VPC groups have no protocol by default [seen].
pub fn protocol(text: Option<&str>) -> Result<Protocol, ApiError> {
    let Some(text) = text else {
        let message = "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.";
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    };
    match text.to_ascii_lowercase().as_str() {
        // The word is in the examples of the AWS CLI.
        "-1" | "all" => Ok(Protocol::All),
        "tcp" => Ok(Protocol::TCP),
        "udp" => Ok(Protocol::UDP),
        "icmp" => Ok(Protocol::ICMP),
        "icmpv6" => Ok(Protocol::ICMPV6),
        number => number.parse().map(Protocol::Number).map_err(|_| {
            let message = format!("Invalid value '{text}' for IP protocol. Unknown protocol.");
            ApiError::new(ErrorCode::InvalidParameterValue, message)
        }),
    }
}

/// As answers give it.
pub fn protocol_name(protocol: Protocol) -> String {
    match protocol {
        Protocol::All => "-1".into(),
        Protocol::TCP => "tcp".into(),
        Protocol::UDP => "udp".into(),
        Protocol::ICMP => "icmp".into(),
        Protocol::ICMPV6 => "icmpv6".into(),
        Protocol::Number(number) => number.to_string(),
    }
}

/// EC2 drops the host's bits of a block without a word.
pub fn ipv4_peer(text: &str) -> Result<Peer, ApiError> {
    ipv4_block(text, "cidrIp").map(|block| Peer::Ipv4(block.trunc())).map_err(|_| malformed_block(text))
}

/// See [`ipv4_peer`].
pub fn ipv6_peer(text: &str) -> Result<Peer, ApiError> {
    ipv6_block(text, "cidrIpv6").map(|block| Peer::Ipv6(block.trunc())).map_err(|_| malformed_block(text))
}

/// [seen]
fn malformed_block(text: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidParameterValue, format!("CIDR block {text} is malformed"))
}

fn group_peer(caller: Caller<'_>, pair: UserIdGroupPair) -> Result<Peer, ApiError> {
    let UserIdGroupPair { description: _, user_id, group_name, group_id, vpc_id, vpc_peering_connection_id, peering_status: _ } = pair;
    let group = match (group_id, group_name) {
        (Some(group), _) => id(&group)?,
        (None, Some(name)) => named(caller, &name)?,
        (None, None) => return Err(ApiError::missing_parameter("GroupId")),
    };
    peer(caller, group, user_id, vpc_id, vpc_peering_connection_id)
}

/// A group as a peer. Where it is follows from its id; what else is said of it must be so, or there is no such group.
/// One that cannot be a peer (any more) is taken as it is said, so that its rules can be revoked.
fn peer(
    caller: Caller<'_>,
    group: SecurityGroupId,
    said_account: Option<String>,
    said_vpc: Option<String>,
    said_peering: Option<String>,
) -> Result<Peer, ApiError> {
    let own = Peer::Group { group, account: caller.scope.account, vpc: None, peering: None };
    let known = security_group::peer(caller.state, caller.scope, caller.vpc, group).unwrap_or(own);
    if let Peer::Group { account, vpc, peering, .. } = &known {
        let differs = |said: Option<String>, is: Option<String>| said.is_some_and(|said| Some(said) != is);
        if differs(said_account, Some(account.to_string()))
            || differs(said_vpc, Some(vpc.unwrap_or(caller.vpc).to_string()))
            || differs(said_peering, peering.map(|peering| peering.to_string()))
        {
            return Err(id_errors::not_found(group.into()));
        }
    }
    Ok(known)
}

/// A group of the same VPC by its name.
pub fn named(caller: Caller<'_>, name: &str) -> Result<SecurityGroupId, ApiError> {
    caller.realm.index.group_named(caller.vpc, name).ok_or_else(|| {
        let message = format!("The security group '{name}' does not exist in VPC '{}'", caller.vpc);
        ApiError::new(ErrorCode::InvalidGroupNotFound, message)
    })
}

/// Rules as answers list them: those of the same protocol and ports in one entry, in the order in which they came.
pub fn answer<'a>(realm: &Realm, rules: impl Iterator<Item = &'a SecurityGroupRule>) -> Vec<IpPermission> {
    let rules = rules.map(|rule| (rule.protocol, rule.from_port, rule.to_port, &rule.peer, rule.description.as_ref()));
    fold(realm, rules)
}

/// Permissions that no rule gave, as answers list them.
pub fn answer_unknown(realm: &Realm, permissions: &[Permission]) -> Vec<IpPermission> {
    fold(realm, permissions.iter().map(|unknown| (unknown.protocol, unknown.from_port, unknown.to_port, &unknown.peer, None)))
}

/// Whether the peering that a rule names still leads to its group's VPC; none where it names no peering.
pub fn peering_status(realm: &Realm, peering: Option<VpcPeeringConnectionId>) -> Option<String> {
    let connection = realm.vpc_peering_connections.get(&peering?);
    let is_active = connection.is_some_and(|connection| connection.is_active());
    Some(if is_active { "active" } else { "deleted" }.into())
}

type Ports = (Protocol, Option<i32>, Option<i32>);

fn fold<'a>(
    realm: &Realm,
    rules: impl Iterator<Item = (Protocol, Option<i32>, Option<i32>, &'a Peer, Option<&'a String>)>,
) -> Vec<IpPermission> {
    let mut folded: Vec<(Ports, IpPermission)> = Vec::new();
    for (protocol, from_port, to_port, peer, description) in rules {
        let ports = (protocol, from_port, to_port);
        let place = folded.iter().position(|(of, _)| *of == ports).unwrap_or_else(|| {
            let empty = IpPermission { ip_protocol: Some(protocol_name(protocol)), from_port, to_port, ..IpPermission::default() };
            folded.push((ports, empty));
            folded.len() - 1
        });
        let permission = &mut folded[place].1;
        let description = description.cloned();
        match peer {
            Peer::Ipv4(block) => permission.ip_ranges.push(IpRange { description, cidr_ip: Some(block.to_string()) }),
            Peer::Ipv6(block) => permission.ipv6_ranges.push(Ipv6Range { description, cidr_ipv6: Some(block.to_string()) }),
            Peer::PrefixList(list) => {
                permission.prefix_list_ids.push(PrefixListId { description, prefix_list_id: Some(list.to_string()) });
            }
            Peer::Group { group, account, vpc, peering } => permission.user_id_group_pairs.push(UserIdGroupPair {
                description,
                user_id: Some(account.to_string()),
                group_name: None,
                group_id: Some(group.to_string()),
                vpc_id: vpc.map(|vpc| vpc.to_string()),
                vpc_peering_connection_id: peering.map(|peering| peering.to_string()),
                peering_status: peering_status(realm, *peering),
            }),
        }
    }
    folded.into_iter().map(|(_, permission)| permission).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_read_by_name_and_number_and_written_by_name() {
        for (given, written) in [("-1", "-1"), ("All", "-1"), ("6", "tcp"), ("UDP", "udp"), ("1", "icmp"), ("58", "icmpv6"), ("50", "50")] {
            assert_eq!(protocol(Some(given)).map(protocol_name).as_deref(), Ok(written));
        }
        for wrong in ["", "256", "-2", "any", "tcp "] {
            assert!(protocol(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
