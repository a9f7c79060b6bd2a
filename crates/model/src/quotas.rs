//! Limits that an account or region can raise ("quotas"). Limits of a resource itself stand beside its rules.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>. Off by default: a test suite
//! makes more than five VPCs.

/// Quotas of one region of an account; `None` is no quota.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Elastic IP addresses.
    pub elastic_ips: Option<u32>,
    /// VPCs; also internet gateways, as EC2 ties the two.
    pub vpcs: Option<u32>,
    /// Subnets in a VPC.
    pub subnets_per_vpc: Option<u32>,
    /// Network interfaces.
    pub interfaces: Option<u32>,
    /// Security groups.
    pub security_groups: Option<u32>,
    /// Route tables in a VPC.
    pub route_tables_per_vpc: Option<u32>,
}

impl Quotas {
    /// What a new AWS account has.
    pub const AWS: Self = Self {
        elastic_ips: Some(5),
        vpcs: Some(5),
        subnets_per_vpc: Some(200),
        interfaces: Some(5_000),
        security_groups: Some(2_500),
        route_tables_per_vpc: Some(200),
    };
}

/// Security groups on one interface.
pub const GROUPS_PER_INTERFACE: usize = 5;
/// Rules of one security group in one direction.
pub const RULES_PER_GROUP_AND_DIRECTION: usize = 60;
/// Groups on an interface times rules in a group.
pub const RULES_PER_INTERFACE: usize = 1_000;
/// IPv4 blocks of a VPC; as many IPv6 blocks.
pub const CIDR_BLOCKS_PER_VPC: usize = 5;
/// Routes that a user adds to one route table, of one address family.
pub const ROUTES_PER_TABLE: usize = 50;
/// Entries of a network ACL in one direction.
pub const ENTRIES_PER_NETWORK_ACL: usize = 20;
/// Tags of one resource, those beginning with `aws:` not counted.
pub const TAGS_PER_RESOURCE: usize = 50;
