//! Network ACLs.

use ec2_api::shapes::{
    CreateNetworkAclEntryRequest, CreateNetworkAclRequest, CreateNetworkAclResult, DeleteNetworkAclEntryRequest, DeleteNetworkAclRequest,
    DescribeNetworkAclsRequest, DescribeNetworkAclsResult, IcmpTypeCode, NetworkAcl as Answer, NetworkAclAssociation as AssociationAnswer,
    NetworkAclEntry as EntryAnswer, PortRange, ReplaceNetworkAclAssociationRequest, ReplaceNetworkAclAssociationResult,
    ReplaceNetworkAclEntryRequest, ReturnTrue,
};
use ec2_api::{ApiError, ErrorCode};
use ipnet::IpNet;
use model::ids::{NetworkAclId, SubnetId, VpcId};
use model::network_acl::{self, NUMBERS, NetworkAcl, NetworkAclEntry};
use model::security_group::{Direction, Protocol};
use model::{Ctx, Draft, Realm, Scope};

use super::describe::{self, Ids, Query, describe};
use super::lookup::{ipv4_block, ipv6_block, required, required_id, row};
use super::once::Telling;
use super::tag_spec::{self, NewTags};
use super::{View, operations};
use crate::errors;

operations! {
    make CreateNetworkAcl => create => created,
    read DescribeNetworkAcls => describe_all,
    write DeleteNetworkAcl => delete,
    write CreateNetworkAclEntry => create_entry,
    write ReplaceNetworkAclEntry => replace_entry,
    write DeleteNetworkAclEntry => delete_entry,
    write ReplaceNetworkAclAssociation => replace_association,
}

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateNetworkAclRequest) -> Result<NetworkAclId, ApiError> {
    let CreateNetworkAclRequest { tag_specifications, client_token: _, dry_run: _, vpc_id } = input;
    let tags = NewTags::new(tag_specifications, &["network-acl"])?;
    let vpc: VpcId = required_id(vpc_id.as_deref(), "VpcId")?;
    let acl = network_acl::create(draft, ctx, vpc).map_err(errors::answer)?;
    tags.put(draft, acl)?;
    Ok(acl)
}

fn created(telling: &Telling<'_>, acl: NetworkAclId) -> Result<CreateNetworkAclResult, ApiError> {
    let acl = row::<NetworkAcl, _>(telling.here.realm, acl)?;
    let network_acl = Some(answer(telling.here.realm, telling.here.scope, &acl));
    Ok(CreateNetworkAclResult { network_acl, client_token: telling.client_token.clone() })
}

fn describe_all(view: &View<'_>, input: DescribeNetworkAclsRequest) -> Result<DescribeNetworkAclsResult, ApiError> {
    let DescribeNetworkAclsRequest { next_token, max_results, dry_run: _, network_acl_ids, filters } = input;
    let (network_acls, next_token) = describe(
        view.realm,
        Query {
            ids: Ids("NetworkAclIds", &network_acl_ids),
            filters,
            known_filters: &[
                "association.association-id",
                "association.network-acl-id",
                "association.subnet-id",
                "default",
                "entry.cidr",
                "entry.egress",
                "entry.icmp.code",
                "entry.icmp.type",
                "entry.ipv6-cidr",
                "entry.port-range.from",
                "entry.port-range.to",
                "entry.protocol",
                "entry.rule-action",
                "entry.rule-number",
                "network-acl-id",
                "owner-id",
                "vpc-id",
            ],
            max_results,
            next_token: next_token.as_deref(),
        },
        |filters| {
            if let Some(subnets) = filters.literals("association.subnet-id") {
                let subnets = subnets.iter().filter_map(|subnet| subnet.parse::<SubnetId>().ok());
                return Some(subnets.filter_map(|subnet| view.realm.index.network_acl_of(subnet)).collect());
            }
            describe::belonging_to::<VpcId, NetworkAclId>(view, filters, "vpc-id")
        },
        |acl: &NetworkAcl, name| filter_values(view, acl, name),
        |acl| answer(view.realm, view.scope, acl),
    )?;
    Ok(DescribeNetworkAclsResult { network_acls, next_token })
}

fn delete(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DeleteNetworkAclRequest) -> Result<ReturnTrue, ApiError> {
    let DeleteNetworkAclRequest { dry_run: _, network_acl_id } = input;
    let acl = required_id(network_acl_id.as_deref(), "NetworkAclId")?;
    network_acl::delete(draft, acl).map_err(errors::answer)?;
    Ok(ReturnTrue)
}

fn create_entry(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: CreateNetworkAclEntryRequest) -> Result<ReturnTrue, ApiError> {
    let (acl, entry) = read_entry(draft.realm(), input)?;
    network_acl::add_entry(draft, acl, entry).map_err(errors::answer)?;
    Ok(ReturnTrue)
}

fn replace_entry(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: ReplaceNetworkAclEntryRequest) -> Result<ReturnTrue, ApiError> {
    let (acl, entry) = read_entry(draft.realm(), as_new_entry(input))?;
    network_acl::replace_entry(draft, acl, entry).map_err(errors::answer)?;
    Ok(ReturnTrue)
}

/// Both requests say what an entry is to be, in the same members.
fn as_new_entry(input: ReplaceNetworkAclEntryRequest) -> CreateNetworkAclEntryRequest {
    let ReplaceNetworkAclEntryRequest {
        dry_run,
        network_acl_id,
        rule_number,
        protocol,
        rule_action,
        egress,
        cidr_block,
        ipv6_cidr_block,
        icmp_type_code,
        port_range,
    } = input;
    CreateNetworkAclEntryRequest {
        dry_run,
        network_acl_id,
        rule_number,
        protocol,
        rule_action,
        egress,
        cidr_block,
        ipv6_cidr_block,
        icmp_type_code,
        port_range,
    }
}

fn read_entry(realm: &Realm, input: CreateNetworkAclEntryRequest) -> Result<(NetworkAclId, NetworkAclEntry), ApiError> {
    let CreateNetworkAclEntryRequest {
        dry_run: _,
        network_acl_id,
        rule_number,
        protocol: protocol_given,
        rule_action,
        egress,
        cidr_block,
        ipv6_cidr_block,
        icmp_type_code,
        port_range,
    } = input;
    let acl: NetworkAclId = required_id(network_acl_id.as_deref(), "NetworkAclId")?;
    row::<NetworkAcl, _>(realm, acl)?;
    let protocol = protocol(&required(protocol_given, "Protocol")?)?;
    let action = required(rule_action, "RuleAction")?;
    let allow = match action.to_ascii_lowercase().as_str() {
        "allow" => true,
        "deny" => false,
        _ => return Err(ApiError::invalid_value(action, "ruleAction", "Valid values are allow and deny.")),
    };
    let block: IpNet = match (cidr_block, ipv6_cidr_block) {
        (Some(block), None) => ipv4_block(&block, "cidrBlock")?.trunc().into(),
        (None, Some(block)) => ipv6_block(&block, "ipv6CidrBlock")?.trunc().into(),
        (None, None) => return Err(ApiError::missing_parameter("cidrBlock or ipv6CidrBlock")),
        (Some(_), Some(_)) => {
            let message = "Only one of cidrBlock or ipv6CidrBlock can be specified";
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
        }
    };
    let ports = matches!(protocol, Protocol::TCP | Protocol::UDP).then(|| ports(port_range)).transpose()?;
    // Source: the API reference of CreateNetworkAclEntry: ICMPv6 with an IPv4 block means all of its types.
    let has_types = protocol == Protocol::ICMP || protocol == Protocol::ICMPV6 && matches!(block, IpNet::V6(_));
    let icmp = has_types.then(|| icmp(icmp_type_code)).transpose()?;
    let entry = NetworkAclEntry { direction: direction(egress)?, number: number(rule_number)?, protocol, allow, block, ports, icmp };
    Ok((acl, entry))
}

fn delete_entry(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DeleteNetworkAclEntryRequest) -> Result<ReturnTrue, ApiError> {
    let DeleteNetworkAclEntryRequest { dry_run: _, network_acl_id, rule_number, egress } = input;
    let acl: NetworkAclId = required_id(network_acl_id.as_deref(), "NetworkAclId")?;
    row::<NetworkAcl, _>(draft.realm(), acl)?;
    let (direction, number) = (direction(egress)?, number(rule_number)?);
    network_acl::delete_entry(draft, acl, direction, number).map_err(errors::answer)?;
    Ok(ReturnTrue)
}

fn replace_association(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: ReplaceNetworkAclAssociationRequest,
) -> Result<ReplaceNetworkAclAssociationResult, ApiError> {
    let ReplaceNetworkAclAssociationRequest { dry_run: _, association_id, network_acl_id } = input;
    let association = required_id(association_id.as_deref(), "AssociationId")?;
    let acl = required_id(network_acl_id.as_deref(), "NetworkAclId")?;
    let new = network_acl::replace_association(draft, ctx, association, acl).map_err(errors::answer)?;
    Ok(ReplaceNetworkAclAssociationResult { new_association_id: Some(new.to_string()) })
}

fn direction(egress: Option<bool>) -> Result<Direction, ApiError> {
    Ok(if required(egress, "Egress")? { Direction::Egress } else { Direction::Ingress })
}

fn number(given: Option<i32>) -> Result<u16, ApiError> {
    let given = required(given, "RuleNumber")?;
    let legal = u16::try_from(given).ok().filter(|number| NUMBERS.contains(number));
    legal.ok_or_else(|| ApiError::invalid_value(given, "ruleNumber", "The rule number must be between 1 and 32766."))
}

/// A protocol by its number, -1 for all; names are taken as well.
fn protocol(text: &str) -> Result<Protocol, ApiError> {
    match text.to_ascii_lowercase().as_str() {
        "-1" | "all" => Ok(Protocol::All),
        "tcp" => Ok(Protocol::TCP),
        "udp" => Ok(Protocol::UDP),
        "icmp" => Ok(Protocol::ICMP),
        "icmpv6" => Ok(Protocol::ICMPV6),
        number => number.parse().map(Protocol::Number).map_err(|_| ApiError::invalid_value(text, "protocol", "Unknown protocol.")),
    }
}

fn ports(range: Option<PortRange>) -> Result<(u16, u16), ApiError> {
    let PortRange { from, to } = required(range, "PortRange")?;
    let (from, to) = (required(from, "PortRange.From")?, required(to, "PortRange.To")?);
    match (u16::try_from(from), u16::try_from(to)) {
        (Ok(from), Ok(to)) if from <= to => Ok((from, to)),
        _ => Err(ApiError::new(ErrorCode::InvalidParameterValue, format!("Invalid TCP/UDP port range ({from}:{to})"))),
    }
}

fn icmp(given: Option<IcmpTypeCode>) -> Result<(i32, i32), ApiError> {
    let IcmpTypeCode { code, r#type } = required(given, "Icmp")?;
    let (kind, code) = (required(r#type, "Icmp.Type")?, required(code, "Icmp.Code")?);
    let legal = (-1..=255).contains(&kind) && (-1..=255).contains(&code) && (kind != -1 || code == -1);
    if legal {
        Ok((kind, code))
    } else {
        Err(ApiError::invalid_value(format!("{kind}/{code}"), "icmpTypeCode", "There is no such type or code."))
    }
}

fn protocol_number(protocol: Protocol) -> String {
    match protocol {
        Protocol::All => "-1".into(),
        Protocol::Number(number) => number.to_string(),
    }
}

fn action(entry: &NetworkAclEntry) -> String {
    if entry.allow { "allow" } else { "deny" }.into()
}

fn answer(realm: &Realm, scope: Scope, acl: &NetworkAcl) -> Answer {
    let associations = acl.associations.iter().map(|association| AssociationAnswer {
        network_acl_association_id: Some(association.id.to_string()),
        network_acl_id: Some(acl.id.to_string()),
        subnet_id: Some(association.subnet.to_string()),
    });
    Answer {
        associations: associations.collect(),
        entries: acl.effective_entries(realm).iter().map(entry_answer).collect(),
        is_default: Some(acl.is_default),
        network_acl_id: Some(acl.id.to_string()),
        tags: tag_spec::answer(realm, acl.id),
        vpc_id: Some(acl.vpc.to_string()),
        owner_id: Some(scope.account.to_string()),
    }
}

fn entry_answer(entry: &NetworkAclEntry) -> EntryAnswer {
    let ipv4 = entry.block.addr().is_ipv4();
    EntryAnswer {
        cidr_block: ipv4.then(|| entry.block.to_string()),
        egress: Some(entry.direction == Direction::Egress),
        icmp_type_code: entry.icmp.map(|(kind, code)| IcmpTypeCode { code: Some(code), r#type: Some(kind) }),
        ipv6_cidr_block: (!ipv4).then(|| entry.block.to_string()),
        port_range: entry.ports.map(|(from, to)| PortRange { from: Some(from.into()), to: Some(to.into()) }),
        protocol: Some(protocol_number(entry.protocol)),
        rule_action: Some(action(entry)),
        rule_number: Some(entry.number.into()),
    }
}

fn filter_values(view: &View<'_>, acl: &NetworkAcl, name: &str) -> Vec<String> {
    if let Some(name) = name.strip_prefix("entry.") {
        return acl.effective_entries(view.realm).iter().flat_map(|entry| entry_filter_values(entry, name)).collect();
    }
    let associations = acl.associations.iter();
    match name {
        "association.association-id" => associations.map(|association| association.id.to_string()).collect(),
        "association.network-acl-id" => associations.map(|_| acl.id.to_string()).collect(),
        "association.subnet-id" => associations.map(|association| association.subnet.to_string()).collect(),
        "default" => describe::truth(acl.is_default),
        "network-acl-id" => vec![acl.id.to_string()],
        "owner-id" => vec![view.scope.account.to_string()],
        "vpc-id" => vec![acl.vpc.to_string()],
        _ => Vec::new(),
    }
}

fn entry_filter_values(entry: &NetworkAclEntry, name: &str) -> Vec<String> {
    let ipv4 = entry.block.addr().is_ipv4();
    let value = match name {
        "cidr" => ipv4.then(|| entry.block.to_string()),
        "egress" => return describe::truth(entry.direction == Direction::Egress),
        "ipv6-cidr" => (!ipv4).then(|| entry.block.to_string()),
        "icmp.code" => entry.icmp.map(|(_, code)| code.to_string()),
        "icmp.type" => entry.icmp.map(|(kind, _)| kind.to_string()),
        "port-range.from" => entry.ports.map(|(from, _)| from.to_string()),
        "port-range.to" => entry.ports.map(|(_, to)| to.to_string()),
        "protocol" => return protocol_names(entry.protocol),
        "rule-action" => Some(action(entry)),
        "rule-number" => Some(entry.number.to_string()),
        _ => None,
    };
    value.into_iter().collect()
}

/// What the filter calls a protocol: its number or, for the usual ones, its name [doc].
fn protocol_names(protocol: Protocol) -> Vec<String> {
    let name = match protocol {
        Protocol::TCP => Some("tcp"),
        Protocol::UDP => Some("udp"),
        Protocol::ICMP => Some("icmp"),
        _ => None,
    };
    name.map(str::to_owned).into_iter().chain([protocol_number(protocol)]).collect()
}
