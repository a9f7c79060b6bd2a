//! Resource ids: a newtype per kind, one enum over all of them.
//!
//! An id is EC2's `prefix-` and 17 hexadecimal digits. The older form with 8 digits still parses, as it does at
//! EC2, but enid never makes one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ctx::Random;

/// Marks an id that was written with 8 digits, so that it prints as it was given.
const SHORT: u128 = 1 << 120;
const LONG_DIGITS: usize = 17;
const SHORT_DIGITS: usize = 8;

/// A string that is not an id of the kind that was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedId {
    /// The text that was given.
    pub given: String,
    /// The kind of id that was expected.
    pub kind: IdKind,
}

/// A string that is not an id of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoId;

fn parse_digits(text: &str, prefix: &'static str) -> Option<u128> {
    let digits = text.strip_prefix(prefix)?.strip_prefix('-')?;
    let legal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if !digits.bytes().all(legal) {
        return None;
    }
    let value = u128::from_str_radix(digits, 16).ok()?;
    match digits.len() {
        LONG_DIGITS => Some(value),
        SHORT_DIGITS => Some(value | SHORT),
        _ => None,
    }
}

fn write_digits(out: &mut fmt::Formatter<'_>, prefix: &str, value: u128) -> fmt::Result {
    if value & SHORT != 0 { write!(out, "{prefix}-{:08x}", value & !SHORT) } else { write!(out, "{prefix}-{value:017x}") }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($variant:ident) = $prefix:literal, $kind:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(u128);

            impl $name {
                /// What stands before the dash.
                pub const PREFIX: &'static str = $prefix;
                /// The least of all ids of this kind, for ranges.
                pub const MIN: Self = Self(0);
                /// Past every id of this kind, for ranges.
                pub const MAX: Self = Self(u128::MAX);

                /// A new id from random bits.
                pub fn random(random: &mut dyn Random) -> Self {
                    let bits = (u128::from(random.next_u64()) << 64) | u128::from(random.next_u64());
                    Self(bits & ((1 << (4 * LONG_DIGITS)) - 1))
                }

                /// An id of a given number, for tests and built-in resources.
                pub const fn from_number(number: u64) -> Self {
                    Self(number as u128)
                }

                /// The id's digits as a number, for names that are derived from it.
                pub const fn number(self) -> u128 {
                    self.0 & !SHORT
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write_digits(out, $prefix, self.0)
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Display::fmt(self, out)
                }
            }

            impl FromStr for $name {
                type Err = MalformedId;

                fn from_str(text: &str) -> Result<Self, MalformedId> {
                    parse_digits(text, $prefix)
                        .map(Self)
                        .ok_or_else(|| MalformedId { given: text.to_owned(), kind: IdKind::$variant })
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                    out.collect_str(self)
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                    let text = std::borrow::Cow::<'de, str>::deserialize(input)?;
                    text.parse().map_err(|_| serde::de::Error::custom(format!("not an id: {text}")))
                }
            }

            impl From<$name> for ResourceId {
                fn from(id: $name) -> Self {
                    Self::$variant(id)
                }
            }

            impl KindOfId for $name {
                fn range() -> (ResourceId, ResourceId) {
                    (ResourceId::$variant(Self::MIN), ResourceId::$variant(Self::MAX))
                }

                fn from_resource(id: ResourceId) -> Option<Self> {
                    match id {
                        ResourceId::$variant(id) => Some(id),
                        _ => None,
                    }
                }
            }
        )*

        /// The id of any resource, as tags and references hold it.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum ResourceId {
            $($(#[$doc])* $variant($name),)*
        }

        /// The kinds of ids.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum IdKind {
            $($(#[$doc])* $variant,)*
        }

        impl IdKind {
            /// Every kind.
            pub const ALL: &'static [IdKind] = &[$(IdKind::$variant,)*];

            /// What stands before the dash.
            pub const fn prefix(self) -> &'static str {
                match self {
                    $(Self::$variant => $prefix,)*
                }
            }
        }

        impl ResourceId {
            /// Its kind.
            pub const fn kind(self) -> IdKind {
                match self {
                    $(Self::$variant(_) => IdKind::$variant,)*
                }
            }

            /// EC2's name of the resource type, as tag specifications and `DescribeTags` give it.
            pub fn resource_type(self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $kind,)*
                }
            }
        }

        impl fmt::Display for ResourceId {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant(id) => fmt::Display::fmt(id, out),)*
                }
            }
        }

        impl FromStr for ResourceId {
            type Err = NoId;

            fn from_str(text: &str) -> Result<Self, NoId> {
                let prefix = text.rsplit_once('-').map_or(text, |(prefix, _)| prefix);
                match prefix {
                    $($prefix => text.parse().map(Self::$variant).map_err(|_| NoId),)*
                    _ => Err(NoId),
                }
            }
        }
    };
}

/// An id type that is one variant of [`ResourceId`]; lets an index be asked for one kind only.
pub trait KindOfId: Copy + Into<ResourceId> {
    /// The first and last value of this kind in the order of [`ResourceId`].
    fn range() -> (ResourceId, ResourceId);
    /// The id, if it is of this kind.
    fn from_resource(id: ResourceId) -> Option<Self>;
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(input)?;
        text.parse().map_err(|_| serde::de::Error::custom(format!("not an id: {text}")))
    }
}

ids! {
    /// A VPC.
    VpcId(Vpc) = "vpc", "vpc";
    /// A subnet.
    SubnetId(Subnet) = "subnet", "subnet";
    /// An internet gateway.
    InternetGatewayId(InternetGateway) = "igw", "internet-gateway";
    /// An egress-only internet gateway.
    EgressOnlyInternetGatewayId(EgressOnlyInternetGateway) = "eigw", "egress-only-internet-gateway";
    /// A route table.
    RouteTableId(RouteTable) = "rtb", "route-table";
    /// The association of a route table.
    RouteTableAssociationId(RouteTableAssociation) = "rtbassoc", "route-table-association";
    /// A security group.
    SecurityGroupId(SecurityGroup) = "sg", "security-group";
    /// A rule of a security group.
    SecurityGroupRuleId(SecurityGroupRule) = "sgr", "security-group-rule";
    /// A network interface.
    NetworkInterfaceId(NetworkInterface) = "eni", "network-interface";
    /// The attachment of a network interface to an instance.
    AttachmentId(Attachment) = "eni-attach", "network-interface-attachment";
    /// A permission on a network interface.
    NetworkInterfacePermissionId(NetworkInterfacePermission) = "eni-perm", "network-interface-permission";
    /// The allocation of an Elastic IP address.
    AllocationId(ElasticIp) = "eipalloc", "elastic-ip";
    /// The association of an Elastic IP address.
    AssociationId(ElasticIpAssociation) = "eipassoc", "elastic-ip-association";
    /// An instance.
    InstanceId(Instance) = "i", "instance";
    /// The reservation that a launch made.
    ReservationId(Reservation) = "r", "reservation";
    /// A machine image.
    ImageId(Image) = "ami", "image";
    /// A key pair.
    KeyPairId(KeyPair) = "key", "key-pair";
    /// An EBS volume.
    VolumeId(Volume) = "vol", "volume";
    /// An EBS snapshot.
    SnapshotId(Snapshot) = "snap", "snapshot";
    /// A set of DHCP options.
    DhcpOptionsId(DhcpOptions) = "dopt", "dhcp-options";
    /// A network ACL.
    NetworkAclId(NetworkAcl) = "acl", "network-acl";
    /// The association of a network ACL with a subnet.
    NetworkAclAssociationId(NetworkAclAssociation) = "aclassoc", "network-acl-association";
    /// The association of a CIDR block with a VPC.
    VpcCidrAssociationId(VpcCidrAssociation) = "vpc-cidr-assoc", "vpc-cidr-block-association";
    /// The association of a CIDR block with a subnet.
    SubnetCidrAssociationId(SubnetCidrAssociation) = "subnet-cidr-assoc", "subnet-cidr-block-association";
    /// A reservation of a part of a subnet's addresses.
    SubnetCidrReservationId(SubnetCidrReservation) = "scr", "subnet-cidr-reservation";
    /// A NAT gateway.
    NatGatewayId(NatGateway) = "nat", "natgateway";
    /// A VPC peering connection.
    VpcPeeringConnectionId(VpcPeeringConnection) = "pcx", "vpc-peering-connection";
    /// A prefix list.
    PrefixListId(PrefixList) = "pl", "prefix-list";
    /// A launch template.
    LaunchTemplateId(LaunchTemplate) = "lt", "launch-template";
    /// A pool of public IPv4 addresses.
    PublicIpv4PoolId(PublicIpv4Pool) = "ipv4pool-ec2", "ipv4pool-ec2";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_prints_as_it_was_given() {
        for text in ["vpc-0123456789abcdef0", "vpc-1a2b3c4d"] {
            let id: VpcId = text.parse().unwrap();
            assert_eq!(id.to_string(), text);
        }
        let any: ResourceId = "eni-attach-0123456789abcdef0".parse().unwrap();
        assert_eq!(any.resource_type(), "network-interface-attachment");
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in ["", "vpc", "vpc-", "vpc-xyz", "vpc-0123", "subnet-0123456789abcdef0", "vpc-0123456789ABCDEF0", "vpc-+123456"] {
            assert!(text.parse::<VpcId>().is_err(), "{text}");
        }
    }
}
