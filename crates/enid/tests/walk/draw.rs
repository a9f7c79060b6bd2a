//! Draws parameters for any operation from its shape: ids that exist, existed, never existed or are malformed;
//! addresses in and out of range; numbers at and past the edges.

use ec2_api::operations::OperationInfo;
use ec2_api::shape::{Kind, Structure};
use model::ctx::{Random as _, SeededRandom};
use model::{Realm, Scope, State};

use crate::known::Known;
use crate::step::Form;

/// The depth at which structures are left out.
const DEPTH_MAX: usize = 4;
/// Items of a list at most.
const ITEMS_MAX: u64 = 3;

/// A source of choices.
#[derive(Clone, Debug)]
pub struct Dice(SeededRandom);

impl Dice {
    /// The choices of a seed.
    pub fn new(seed: u64) -> Self {
        Self(SeededRandom(seed))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound.max(1)
    }

    /// True so many times of a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of several; none of none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u64) as usize)
    }

    /// One of several words.
    pub fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick(words).copied().unwrap_or_default()
    }
}

/// Draws parameters for one request.
pub struct Draw<'a> {
    /// Where choices come from.
    pub dice: &'a mut Dice,
    /// What was seen so far.
    pub known: &'a Known,
    /// Who asks.
    pub scope: Scope,
    /// Everything as it is now.
    pub state: &'a State,
    /// The caller's resources as they are now.
    pub realm: &'a Realm,
}

impl Draw<'_> {
    /// A request with members of any shape drawn by their names.
    pub fn any_form(&mut self, operation: &OperationInfo, needed: &dyn Fn(&str) -> bool) -> Form {
        let mut form = Form::new(operation.name);
        // Few members, some or most: an operation that takes one of several is answered well only with few.
        let density = [8, 25, 60][self.dice.below(3) as usize];
        if let Kind::Structure(structure) = operation.input {
            self.members(structure, "", "", density, needed, 0, &mut form);
        }
        form
    }

    #[allow(clippy::too_many_arguments, reason = "the state of one recursion")]
    fn members(
        &mut self,
        structure: &Structure,
        at: &str,
        generic: &str,
        density: u64,
        needed: &dyn Fn(&str) -> bool,
        depth: usize,
        form: &mut Form,
    ) {
        for member in structure.members {
            let path = format!("{at}{}", member.wire);
            let generic = format!("{generic}{}", member.wire);
            let is_id = member.wire.ends_with("Id") && depth == 0;
            let chance = match member.wire {
                "DryRun" => 2,
                "ClientToken" => 5,
                "NextToken" => 1,
                _ if needed(&generic) => 97,
                _ if is_id => 30.max(density),
                _ => density,
            };
            if self.dice.percent(chance) {
                self.value(member.kind, &path, &generic, density, needed, depth, form);
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the state of one recursion")]
    fn value(&mut self, kind: Kind, path: &str, generic: &str, density: u64, needed: &dyn Fn(&str) -> bool, depth: usize, form: &mut Form) {
        match kind {
            Kind::Structure(_) if depth >= DEPTH_MAX => {}
            Kind::Structure(structure) => {
                self.members(structure, &format!("{path}."), &format!("{generic}."), density, needed, depth + 1, form);
            }
            Kind::List(item) => {
                let items = 1 + self.dice.below(ITEMS_MAX) * self.dice.below(2);
                for index in 1..=items {
                    self.value(*item, &format!("{path}.{index}"), &format!("{generic}.N"), density, needed, depth, form);
                }
            }
            scalar => {
                let value = self.scalar(scalar, path, form);
                form.pairs.push((path.to_owned(), value));
            }
        }
    }

    /// A value of a type, by the name of its member.
    pub fn scalar(&mut self, kind: Kind, path: &str, form: &Form) -> String {
        if self.dice.percent(2) {
            return self.nonsense();
        }
        let name = path.rsplit('.').find(|segment| !segment.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(path);
        match kind {
            Kind::Boolean => self.dice.word(&["true", "false"]).to_owned(),
            Kind::Integer | Kind::Long => self.number(name).to_string(),
            Kind::Double => "0.5".to_owned(),
            Kind::Timestamp => "2030-01-01T00:00:00.000Z".to_owned(),
            Kind::Blob => "ZWNobyBoaQ==".to_owned(),
            _ => self.text(name, path, form),
        }
    }

    fn number(&mut self, name: &str) -> i64 {
        match name {
            "MaxResults" => self.dice.pick(&[5, 6, 10, 1000, 1001, 4, 0, -1]).copied().unwrap_or(5),
            "DeviceIndex" | "NetworkCardIndex" => self.dice.pick(&[0, 0, 1, 1, 2, 3, 15, -1, 40_000]).copied().unwrap_or(0),
            "FromPort" | "ToPort" => self.dice.pick(&[22, 80, 443, 0, 65_535, -1, 70_000]).copied().unwrap_or(22),
            "MinCount" | "MaxCount" => self.dice.pick(&[1, 1, 1, 2, 3, 0, -1]).copied().unwrap_or(1),
            _ => self.dice.pick(&[0, 1, 1, 2, 2, 3, 8, 60, 300, -1, 100_000, i64::from(i32::MAX)]).copied().unwrap_or(1),
        }
    }

    fn text(&mut self, name: &str, path: &str, form: &Form) -> String {
        if let Some(prefix) = prefix_of(name, form) {
            return self.id(prefix);
        }
        match name {
            "ResourceId" => self.any_id(),
            "ImageId" => self.image(),
            "PrivateIpAddress" | "PrivateIpAddresses" | "SecondaryPrivateIpAddress" => self.private_ipv4(),
            "PublicIp" | "Address" => self.public_ipv4(),
            "Ipv6Address" | "Ipv6Addresses" => self.ipv6(),
            "Ipv4Prefix" => self.block_of_subnet(28),
            "Ipv6Prefix" => self.ipv6_block(80),
            "Ipv6CidrBlock" | "CidrIpv6" | "DestinationIpv6CidrBlock" => self.ipv6_block(64),
            "CidrBlock" | "Cidr" | "CidrIp" | "CidrIpv4" | "DestinationCidrBlock" => self.block(),
            "NextToken" if self.dice.percent(70) => self.dice.pick(self.known.page_tokens()).cloned().unwrap_or_else(|| "enid".to_owned()),
            "ClientToken" => format!("token-{}", self.dice.below(10)),
            "Name" if path.starts_with("Filter") => self.filter_name(),
            "Key" | "KeyName" => format!("key{}", self.dice.below(6)),
            "Value" => self.filter_value(),
            "GroupName" => self.dice.word(&["default", "web", "db", "web server", ""]).to_owned(),
            "InstanceType" => self.dice.word(&["t3.micro", "m5.large", "t2.micro", "c5.4xlarge", "nano.nano"]).to_owned(),
            "AvailabilityZone" | "ZoneName" => {
                let zones: Vec<_> = self.scope.region.zones().collect();
                self.dice.pick(&zones).map(ToString::to_string).unwrap_or_default()
            }
            "RegionName" => self.dice.word(&["us-east-1", "eu-west-1", "nowhere-1"]).to_owned(),
            "IpProtocol" | "Protocol" => self.dice.word(&["tcp", "udp", "icmp", "-1", "6", "icmpv6", "999"]).to_owned(),
            "ResourceType" => self.resource_type(),
            "Attribute" => self
                .dice
                .word(&[
                    "description",
                    "groupSet",
                    "sourceDestCheck",
                    "attachment",
                    "enableDnsSupport",
                    "enableDnsHostnames",
                    "instanceType",
                ])
                .to_owned(),
            "AwsAccountId" | "TransferAccountId" | "PeerOwnerId" => self.dice.word(&["123456789012", "111122223333", "12"]).to_owned(),
            "Domain" => self.dice.word(&["vpc", "standard"]).to_owned(),
            "InstanceTenancy" | "Tenancy" => self.dice.word(&["default", "dedicated"]).to_owned(),
            _ => self.dice.word(&["x", "some text", "<&>\"'", "é", "default"]).to_owned(),
        }
    }

    /// A filter's name: one that some describe operations know, or none does.
    pub fn filter_name(&mut self) -> String {
        let names = [
            "vpc-id",
            "subnet-id",
            "tag:Name",
            "tag-key",
            "tag-value",
            "state",
            "group-id",
            "instance-id",
            "network-interface-id",
            "owner-id",
            "status",
            "cidr",
            "attachment.vpc-id",
            "association.main",
            "private-ip-address",
            "addresses.private-ip-address",
            "instance-state-name",
            "resource-id",
            "key",
            "value",
            "group-name",
            "is-default",
            "availability-zone",
            "route.gateway-id",
            "colour",
        ];
        self.dice.word(&names).to_owned()
    }

    fn filter_value(&mut self) -> String {
        match self.dice.below(4) {
            0 => self.any_id(),
            1 => self.private_ipv4(),
            2 => self.dice.word(&["true", "available", "running", "in-use", "*", "key?"]).to_owned(),
            _ => format!("value{}", self.dice.below(5)),
        }
    }

    fn resource_type(&mut self) -> String {
        let types = [
            "vpc",
            "subnet",
            "internet-gateway",
            "route-table",
            "security-group",
            "network-interface",
            "elastic-ip",
            "instance",
            "key-pair",
            "moon",
        ];
        self.dice.word(&types).to_owned()
    }

    /// An id of a kind, that mostly exists.
    pub fn id(&mut self, prefix: &str) -> String {
        let existing = self.known.existing(self.scope, prefix);
        match self.dice.below(100) {
            0..85 if !existing.is_empty() => self.dice.pick(&existing).map(ToString::to_string).unwrap_or_default(),
            0..93 if !self.known.ever(prefix).is_empty() => self.dice.pick(self.known.ever(prefix)).cloned().unwrap_or_default(),
            0..96 => format!("{prefix}-{:017x}", self.dice.bits()),
            96..98 => self.any_id(),
            _ => format!("{prefix}-{}", self.dice.word(&["", "xyz", "0", "ABCDEF0123456789A", "0123456789abcdef0123"])),
        }
    }

    /// An image of the catalogue, or none.
    pub fn image(&mut self) -> String {
        let listed = model::World::default().images.listed;
        match self.dice.pick(&listed) {
            Some(image) if self.dice.percent(95) => image.id.to_string(),
            _ => self.id("ami"),
        }
    }

    /// An id of any kind, that exists.
    pub fn any_id(&mut self) -> String {
        let existing = self.known.all_existing(self.scope);
        self.dice.pick(&existing).map_or_else(|| "vpc-1".to_owned(), ToString::to_string)
    }

    /// An address: held, free or reserved in some subnet, or of none.
    pub fn private_ipv4(&mut self) -> String {
        let interfaces: Vec<_> = self.realm.interfaces.iter().collect();
        if self.dice.percent(30)
            && let Some(interface) = self.dice.pick(&interfaces)
            && let Some(address) = self.dice.pick(&interface.ipv4)
        {
            return address.to_string();
        }
        let subnets: Vec<_> = self.realm.subnets.iter().filter_map(|subnet| subnet.cidr).collect();
        match self.dice.pick(&subnets) {
            Some(cidr) if self.dice.percent(85) => {
                // Near either end: collisions, reserved addresses and the first one past the subnet are likely.
                let near = self.dice.below(40) as u32;
                let base = if self.dice.percent(80) { u32::from(cidr.network()) } else { u32::from(cidr.broadcast()).saturating_sub(20) };
                std::net::Ipv4Addr::from(base.wrapping_add(near)).to_string()
            }
            _ => self.dice.word(&["10.9.9.9", "8.8.8.8", "0.0.0.0", "255.255.255.255", "10.0.0", "::1", "10.0.0.300"]).to_owned(),
        }
    }

    fn public_ipv4(&mut self) -> String {
        let elastic: Vec<_> = self.realm.elastic_ips.iter().map(|elastic| elastic.public).collect();
        match self.dice.pick(&elastic) {
            Some(address) if self.dice.percent(80) => address.to_string(),
            _ => format!("203.0.113.{}", self.dice.below(256)),
        }
    }

    /// An IPv6 address: held, in some subnet, or of none.
    pub fn ipv6(&mut self) -> String {
        let held: Vec<_> = self.realm.interfaces.iter().flat_map(|interface| interface.ipv6.iter()).collect();
        if self.dice.percent(40)
            && let Some(address) = self.dice.pick(&held)
        {
            return address.to_string();
        }
        let blocks: Vec<_> = self.realm.subnets.iter().flat_map(|subnet| subnet.ipv6_blocks.iter().map(|block| block.cidr)).collect();
        match self.dice.pick(&blocks) {
            Some(block) if self.dice.percent(85) => {
                std::net::Ipv6Addr::from(u128::from(block.network()) + u128::from(self.dice.below(20))).to_string()
            }
            _ => self.dice.word(&["2001:db8::5", "fe80::1", "::", "1.2.3.4", "zz"]).to_owned(),
        }
    }

    /// A block of some length in a subnet.
    pub fn block_of_subnet(&mut self, length: u8) -> String {
        let address: std::net::Ipv4Addr = self.private_ipv4().parse().unwrap_or(std::net::Ipv4Addr::LOCALHOST);
        let block = ipnet::Ipv4Net::new_assert(address, length);
        if self.dice.percent(90) { block.trunc().to_string() } else { block.to_string() }
    }

    fn block(&mut self) -> String {
        let vpcs: Vec<_> = self.realm.vpcs.iter().filter_map(|vpc| vpc.primary_block()).collect();
        match self.dice.below(4) {
            0 => self
                .dice
                .word(&["0.0.0.0/0", "10.0.0.0/16", "10.1.0.0/16", "10.0.0.0/8", "10.0.0.0/29", "1.2.3.4", "0.0.0.0/33"])
                .to_owned(),
            1 => self.block_of_subnet(28),
            _ => match self.dice.pick(&vpcs) {
                Some(block) => {
                    let host = u32::from(block.network()) + (self.dice.below(64) as u32) * 256;
                    format!("{}/24", std::net::Ipv4Addr::from(host))
                }
                None => "10.0.0.0/24".to_owned(),
            },
        }
    }

    /// An IPv6 block in some VPC, or of none.
    pub fn ipv6_block(&mut self, length: u8) -> String {
        let blocks: Vec<_> = self.realm.vpcs.iter().flat_map(|vpc| vpc.ipv6_blocks.iter().map(|block| block.cidr)).collect();
        match self.dice.pick(&blocks) {
            Some(block) if self.dice.percent(80) => {
                let part = u128::from(self.dice.below(6)) << 64;
                format!("{}/{length}", std::net::Ipv6Addr::from(u128::from(block.network()) | part))
            }
            _ => self.dice.word(&["::/0", "2001:db8::/56", "2001:db8:1:2::/80", "fe80::/64", "::/129"]).to_owned(),
        }
    }

    fn nonsense(&mut self) -> String {
        let long = "9".repeat(300);
        let words = ["", " ", "\0", "-", "null", "%", "2147483648", "-9223372036854775809", "\u{fffe}", "a\r\nb", "../../etc", &long];
        self.dice.pick(&words).map(ToString::to_string).unwrap_or_default()
    }
}

/// The kind of id that a member names.
fn prefix_of(name: &str, form: &Form) -> Option<&'static str> {
    Some(match name {
        "VpcId" | "PeerVpcId" => "vpc",
        "SubnetId" | "AssociatedSubnetId" => "subnet",
        "InternetGatewayId" | "GatewayId" => "igw",
        "EgressOnlyInternetGatewayId" => "eigw",
        "RouteTableId" => "rtb",
        "GroupId" | "SecurityGroupId" | "SecurityGroup" | "ReferencedGroupId" => "sg",
        "SecurityGroupRuleId" => "sgr",
        "NetworkInterfaceId" => "eni",
        "AttachmentId" => "eni-attach",
        "NetworkInterfacePermissionId" => "eni-perm",
        "AllocationId" | "SecondaryAllocationId" => "eipalloc",
        "AssociationId" => match form.action.as_str() {
            action if action.contains("RouteTable") => "rtbassoc",
            action if action.contains("SubnetCidr") => "subnet-cidr-assoc",
            action if action.contains("VpcCidr") => "vpc-cidr-assoc",
            action if action.contains("NetworkAcl") => "aclassoc",
            _ => "eipassoc",
        },
        "InstanceId" => "i",
        "KeyPairId" => "key",
        "VolumeId" => "vol",
        "DhcpOptionsId" => "dopt",
        "NetworkAclId" => "acl",
        "SubnetCidrReservationId" => "scr",
        "NatGatewayId" => "nat",
        "VpcPeeringConnectionId" => "pcx",
        "PrefixListId" | "DestinationPrefixListId" => "pl",
        "LaunchTemplateId" => "lt",
        _ => return None,
    })
}
