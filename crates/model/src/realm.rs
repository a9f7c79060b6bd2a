//! Accounts, regions and zones: what partitions everything.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An AWS account: twelve digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

impl AccountId {
    /// The account that enid's first start makes a key for.
    pub const DEFAULT: Self = Self(123_456_789_012);

    /// An account of a given number, for built-in resources.
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for AccountId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().map(Self).map_err(|_| format!("'{text}' is not an account id"))
        } else {
            Err(format!("'{text}' is not an account id: it needs twelve digits"))
        }
    }
}

/// What enid knows of a region: EC2's names, and how many zones it has.
#[derive(Debug)]
struct RegionFacts {
    name: &'static str,
    /// Begins the ids of its zones: `use1-az1`.
    zone_prefix: &'static str,
    zones: u8,
    /// As `GroupLongName` begins in DescribeAvailabilityZones.
    long_name: &'static str,
}

const fn region(name: &'static str, zone_prefix: &'static str, zones: u8, long_name: &'static str) -> RegionFacts {
    RegionFacts { name, zone_prefix, zones, long_name }
}

/// The regions that are enabled in a new account.
/// Source: <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html>.
static REGIONS: [RegionFacts; 17] = [
    region("ap-northeast-1", "apne1", 3, "Asia Pacific (Tokyo)"),
    region("ap-northeast-2", "apne2", 4, "Asia Pacific (Seoul)"),
    region("ap-northeast-3", "apne3", 3, "Asia Pacific (Osaka)"),
    region("ap-south-1", "aps1", 3, "Asia Pacific (Mumbai)"),
    region("ap-southeast-1", "apse1", 3, "Asia Pacific (Singapore)"),
    region("ap-southeast-2", "apse2", 3, "Asia Pacific (Sydney)"),
    region("ca-central-1", "cac1", 3, "Canada (Central)"),
    region("eu-central-1", "euc1", 3, "Europe (Frankfurt)"),
    region("eu-north-1", "eun1", 3, "Europe (Stockholm)"),
    region("eu-west-1", "euw1", 3, "Europe (Ireland)"),
    region("eu-west-2", "euw2", 3, "Europe (London)"),
    region("eu-west-3", "euw3", 3, "Europe (Paris)"),
    region("sa-east-1", "sae1", 3, "South America (Sao Paulo)"),
    region("us-east-1", "use1", 6, "US East (N. Virginia)"),
    region("us-east-2", "use2", 3, "US East (Ohio)"),
    region("us-west-1", "usw1", 2, "US West (N. California)"),
    region("us-west-2", "usw2", 4, "US West (Oregon)"),
];

/// A region, by its place in the table of known ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(u8);

impl Region {
    /// `us-east-1`, the AWS tools' own default.
    pub const DEFAULT: Self = Self(13);

    /// Every region, in the order of their names.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..REGIONS.len()).map(|index| Self(index as u8))
    }

    fn facts(self) -> &'static RegionFacts {
        &REGIONS[usize::from(self.0)]
    }

    /// `us-east-1`.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// `US East (N. Virginia)`.
    pub fn long_name(self) -> &'static str {
        self.facts().long_name
    }

    /// The region's zones, in order.
    pub fn zones(self) -> impl Iterator<Item = Zone> {
        (0..self.facts().zones).map(move |index| Zone { region: self, index })
    }

    /// How private DNS names of this region end: `ec2.internal` in us-east-1, `<region>.compute.internal` elsewhere.
    pub fn private_dns_suffix(self) -> String {
        if self == Self::DEFAULT { "ec2.internal".into() } else { format!("{}.compute.internal", self.name()) }
    }

    /// How public DNS names of this region end.
    pub fn public_dns_suffix(self) -> String {
        if self == Self::DEFAULT { "compute-1.amazonaws.com".into() } else { format!("{}.compute.amazonaws.com", self.name()) }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Region {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::all().find(|region| region.name() == text).ok_or_else(|| format!("'{text}' is not a region that enid knows"))
    }
}

/// An availability zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone {
    region: Region,
    index: u8,
}

impl Zone {
    /// The region it is in.
    pub fn region(self) -> Region {
        self.region
    }

    /// Its place among the region's zones, from 0.
    pub fn index(self) -> u8 {
        self.index
    }

    /// `use1-az1`. Real accounts see these shuffled; here `a` is always `az1`.
    pub fn id(self) -> String {
        format!("{}-az{}", self.region.facts().zone_prefix, self.index + 1)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.region.name(), char::from(b'a' + self.index))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("'{text}' is not an availability zone that enid knows");
        let letter = text.chars().last().ok_or_else(unknown)?;
        let region: Region = text[..text.len() - letter.len_utf8()].parse().map_err(|_| unknown())?;
        region.zones().find(|zone| zone.to_string() == text).ok_or_else(unknown)
    }
}

/// What partitions every resource: an account in a region.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Scope {
    /// The account that owns the resource.
    pub account: AccountId,
    /// The region it is in.
    pub region: Region,
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.account, self.region)
    }
}

macro_rules! serde_as_text {
    ($($name:ident)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(input)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

serde_as_text!(AccountId Region Zone);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_regions_and_zones_parse_back() {
        assert_eq!(Region::DEFAULT.name(), "us-east-1");
        for zone in Region::all().flat_map(Region::zones) {
            assert_eq!(zone.to_string().parse::<Zone>(), Ok(zone));
        }
        assert_eq!("us-east-1f".parse::<Zone>().unwrap().id(), "use1-az6");
        for text in ["", "us-east-1", "us-east-1z", "é"] {
            assert!(text.parse::<Zone>().is_err(), "{text}");
        }
    }
}
