//! What EC2 says of ids that are not there or are none: one table by the kind of id, and the few operations that say it in
//! other words.
//!
//! Where a kind has no code for a wrong form, EC2 does not look at the form: whatever the text is, there is none of it. The
//! page of error codes lists codes that were never seen, such as InvalidSubnetID.Malformed. What was seen is in
//! `models/evidence.toml`; the ids in square brackets are entries there. Where there is none, the words follow those of the
//! nearest kind.

use ec2_api::{ApiError, ErrorCode as Code};
use model::ResourceId;
use model::ids::{IdKind as Kind, MalformedId};

/// What EC2 says of ids of one kind.
struct Words {
    /// The code of an id that is not there.
    absent: Code,
    /// The message then, with `{}` for the id.
    message: &'static str,
    /// What a text is that is no id of this kind.
    malformed: Malformed,
}

#[derive(Clone, Copy)]
enum Malformed {
    /// An id that is not there.
    Absent,
    /// `Invalid id: "x"`.
    Invalid(Code),
    /// `Invalid id: "x" (expecting "sg-...")`.
    Expecting(Code),
    /// `Value (x) for parameter volumes is invalid. Expected: 'vol-...'.`
    Value(&'static str),
}

const fn words(kind: Kind) -> Words {
    use Malformed::{Absent, Expecting, Invalid, Value};
    let (absent, message, malformed) = match kind {
        // [vpc-of-any-form]
        Kind::Vpc => (Code::InvalidVpcIDNotFound, "The vpc ID '{}' does not exist", Absent),
        // [subnet-of-any-form], [subnet-empty]
        Kind::Subnet => (Code::InvalidSubnetIDNotFound, "The subnet ID '{}' does not exist", Absent),
        // [route-table-of-any-form]
        Kind::RouteTable => (Code::InvalidRouteTableIDNotFound, "The routeTable ID '{}' does not exist", Absent),
        // [network-acl-empty]
        Kind::NetworkAcl => (Code::InvalidNetworkAclIDNotFound, "The networkAcl ID '{}' does not exist", Absent),
        // [internet-gateway-absent]
        Kind::InternetGateway => (Code::InvalidInternetGatewayIDNotFound, "The internetGateway ID '{}' does not exist", Absent),
        // The code is what Terraform takes for deleted already; the page of error codes has one that is more specific.
        Kind::EgressOnlyInternetGateway => (Code::InvalidGatewayIDNotFound, "The eigw ID '{}' does not exist", Absent),
        Kind::DhcpOptions => (Code::InvalidDhcpOptionIDNotFound, "The dhcpOption ID '{}' does not exist", Absent),
        // [allocation-of-any-form]
        Kind::ElasticIp => (Code::InvalidAllocationIDNotFound, "The allocation ID '{}' does not exist", Absent),
        // [association-absent]
        Kind::RouteTableAssociation | Kind::ElasticIpAssociation | Kind::NetworkAclAssociation => {
            (Code::InvalidAssociationIDNotFound, "The association ID '{}' does not exist", Absent)
        }
        Kind::VpcCidrAssociation => {
            (Code::InvalidVpcCidrBlockAssociationIDNotFound, "The vpc CIDR block association ID '{}' does not exist", Absent)
        }
        Kind::SubnetCidrAssociation => {
            (Code::InvalidSubnetCidrBlockAssociationIDNotFound, "The subnet CIDR block association ID '{}' does not exist", Absent)
        }
        Kind::SubnetCidrReservation => {
            (Code::InvalidSubnetCidrReservationIDNotFound, "The subnet CIDR reservation ID '{}' does not exist", Absent)
        }
        Kind::PublicIpv4Pool => (Code::InvalidPublicIpv4PoolIDNotFound, "The public IPv4 pool ID '{}' does not exist", Absent),
        Kind::KeyPair => (Code::InvalidKeyPairNotFound, "The key pair '{}' does not exist", Absent),
        Kind::NetworkInterfacePermission => {
            (Code::InvalidPermissionNotFound, "The network interface permission ID '{}' does not exist", Absent)
        }
        // [group-malformed]
        Kind::SecurityGroup => {
            (Code::InvalidGroupNotFound, "The security group '{}' does not exist", Expecting(Code::InvalidGroupIdMalformed))
        }
        // [group-rule-malformed] for the code.
        Kind::SecurityGroupRule => (
            Code::InvalidSecurityGroupRuleIdNotFound,
            "The security group rule ID '{}' does not exist",
            Expecting(Code::InvalidSecurityGroupRuleIdMalformed),
        ),
        // The words matter: clients read the id between the quotes. [interface-malformed]
        Kind::NetworkInterface => (
            Code::InvalidNetworkInterfaceIDNotFound,
            "The networkInterface ID '{}' does not exist",
            Expecting(Code::InvalidNetworkInterfaceIdMalformed),
        ),
        Kind::Attachment => (
            Code::InvalidAttachmentIDNotFound,
            "The networkInterfaceAttachment ID '{}' does not exist",
            Expecting(Code::InvalidNetworkInterfaceAttachmentIdMalformed),
        ),
        // [instance-malformed]
        Kind::Instance => {
            (Code::InvalidInstanceIDNotFound, "The instance ID '{}' does not exist", Invalid(Code::InvalidInstanceIDMalformed))
        }
        Kind::Reservation => {
            (Code::InvalidReservationIDNotFound, "The reservation ID '{}' does not exist", Expecting(Code::InvalidReservationIDMalformed))
        }
        // [image-malformed]
        Kind::Image => (Code::InvalidAMIIDNotFound, "The image id '[{}]' does not exist", Expecting(Code::InvalidAMIIDMalformed)),
        // [volume-absent], [volume-malformed]
        Kind::Volume => (Code::InvalidVolumeNotFound, "The volume '{}' does not exist.", Value("volumes")),
        // [snapshot-absent], [snapshot-malformed]
        Kind::Snapshot => (Code::InvalidSnapshotNotFound, "The snapshot '{}' does not exist.", Value("snapshotId")),
        // [nat-gateway-absent]
        Kind::NatGateway => (Code::NatGatewayNotFound, "The Nat Gateway {} was not found", Expecting(Code::NatGatewayMalformed)),
        // [peering-malformed] for the code.
        Kind::VpcPeeringConnection => (
            Code::InvalidVpcPeeringConnectionIDNotFound,
            "The vpcPeeringConnection ID '{}' does not exist",
            Expecting(Code::InvalidVpcPeeringConnectionIdMalformed),
        ),
        // [prefix-list-absent]
        Kind::PrefixList => {
            (Code::InvalidPrefixListIDNotFound, "The prefix list ID '{}' does not exist", Expecting(Code::InvalidPrefixListIdMalformed))
        }
        // [launch-template-absent]
        Kind::LaunchTemplate => (
            Code::InvalidLaunchTemplateIdNotFound,
            "The specified launch template, with template ID {}, does not exist.",
            Expecting(Code::InvalidLaunchTemplateIdMalformed),
        ),
    };
    Words { absent, message, malformed }
}

/// There is no resource of this id in the caller's realm.
pub fn not_found(id: ResourceId) -> ApiError {
    absent(id.kind(), &id.to_string())
}

/// There are no resources of these ids, all of one kind. Of most kinds EC2 names the first; of instances and images all.
///
/// # Errors
/// When there are any.
pub fn all_found(kind: Kind, missing: &[String]) -> Result<(), ApiError> {
    let message = match (kind, missing) {
        (_, []) => return Ok(()),
        (_, [id]) => return Err(absent(kind, id)),
        // [instances-absent]
        (Kind::Instance, ids) => format!("The instance IDs '{}' do not exist", ids.join(", ")),
        // [images-absent]
        (Kind::Image, ids) => format!("The image ids '[{}]' do not exist", ids.join(", ")),
        (_, [first, ..]) => return Err(absent(kind, first)),
    };
    Err(ApiError::new(words(kind).absent, message))
}

fn absent(kind: Kind, id: &str) -> ApiError {
    let Words { absent, message, .. } = words(kind);
    ApiError::new(absent, message.replace("{}", id))
}

/// What was given is not an id of this kind at all.
pub fn malformed(MalformedId { given, kind }: &MalformedId) -> ApiError {
    let prefix = kind.prefix();
    match words(*kind).malformed {
        Malformed::Absent => absent(*kind, given),
        // [instance-empty]
        Malformed::Invalid(code) if !given.is_empty() => ApiError::new(code, format!("Invalid id: \"{given}\"")),
        Malformed::Invalid(code) | Malformed::Expecting(code) => {
            ApiError::new(code, format!("Invalid id: \"{given}\" (expecting \"{prefix}-...\")"))
        }
        Malformed::Value(parameter) => ApiError::invalid_value(given, parameter, &format!("Expected: '{prefix}-...'.")),
    }
}

/// What an operation says of malformed ids.
pub type Dialect = fn(&MalformedId) -> ApiError;

/// In the operations that change a security group or its rules, of the group itself. [group-of-changes-malformed]
pub fn in_group_changes(id: &MalformedId) -> ApiError {
    match id.kind {
        Kind::SecurityGroup => is_malformed(Code::InvalidGroupIdMalformed, "security-group", id),
        _ => malformed(id),
    }
}

/// In the operations that make a NAT gateway or add to one. [nat-gateway-subnet], [nat-gateway-allocation]
pub fn in_nat_gateways(id: &MalformedId) -> ApiError {
    match id.kind {
        Kind::Subnet => is_malformed(Code::InvalidSubnet, "subnet", id),
        Kind::ElasticIp => is_malformed(Code::InvalidElasticIpIDMalformed, "elastic-ip", id),
        _ => malformed(id),
    }
}

/// In the operations that connect VPCs, with gateways and with each other, of the VPCs. [vpc-connected-malformed]
pub fn in_connections(id: &MalformedId) -> ApiError {
    match id.kind {
        Kind::Vpc => ApiError::new(Code::InvalidVpcIdMalformed, format!("Invalid id: \"{}\" (expecting \"vpc-...\")", id.given)),
        _ => malformed(id),
    }
}

/// As the target of a route, a NAT gateway of any form. [nat-gateway-of-route]
pub fn no_nat_gateway(given: &str) -> ApiError {
    ApiError::new(Code::InvalidNatGatewayIDNotFound, format!("The natGateway ID '{given}' does not exist"))
}

fn is_malformed(code: Code, noun: &str, id: &MalformedId) -> ApiError {
    ApiError::new(code, format!("The {noun} ID '{}' is malformed", id.given))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_of_an_absent_id_names_it_once() {
        for &kind in Kind::ALL {
            assert_eq!(words(kind).message.matches("{}").count(), 1, "{kind:?}");
            let error = absent(kind, "x-1");
            assert!(error.message.contains("x-1") && error.code.as_str().contains("NotFound"), "{error}");
        }
    }

    #[test]
    fn a_malformed_id_is_repeated_as_it_was_given() {
        for &kind in Kind::ALL {
            for dialect in [malformed, in_group_changes, in_nat_gateways, in_connections] {
                let error = dialect(&MalformedId { given: "a{}b".into(), kind });
                assert!(error.message.contains("a{}b"), "{kind:?}: {error}");
            }
        }
    }
}
