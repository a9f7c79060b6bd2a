//! The configuration file (`--config`): accounts, quotas, address pools and images. TOML; every key is optional and an
//! unknown one is an error.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use model::ids::ImageId;
use model::image::Image;
use model::quotas::Quotas;
use model::world::Pools;
use model::{AccountId, World};
use serde::Deserialize;

use crate::terminal;

/// Where the server listens unless told otherwise: loopback only.
pub const LISTEN_DEFAULT: &str = "127.0.0.1:8773";
/// The pools are routed on the host; larger ones would take what is not the host's to give.
const IPV4_POOL_LENGTHS: std::ops::RangeInclusive<u8> = 8..=29;
const IPV6_POOL_LENGTHS: std::ops::RangeInclusive<u8> = 16..=55;

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen; `--listen` wins.
    pub listen: Option<SocketAddr>,
    /// Further accounts, beside the one that the first start makes a key for.
    pub accounts: Vec<Account>,
    /// `"aws"`, `"none"` or numbers by name.
    quotas: QuotaChoice,
    pools: PoolChoice,
    images: ImageChoice,
}

/// An account and its access key.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Twelve digits.
    pub id: AccountId,
    /// Names the key.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: String,
}

/// Without the secret, so that it never reaches a log.
impl std::fmt::Debug for Account {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Account").field("id", &self.id).field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "quotas must be \"aws\", \"none\" or a table of numbers that are not negative")]
enum QuotaChoice {
    Named(String),
    Numbers(BTreeMap<String, u32>),
}

impl Default for QuotaChoice {
    fn default() -> Self {
        Self::Named("none".into())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PoolChoice {
    ipv4: Option<Ipv4Net>,
    ipv6: Option<Ipv6Net>,
    /// Ranges of the accounts' own, for DescribePublicIpv4Pools and AllocateAddress.
    public_ipv4: Vec<Ipv4Net>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ImageChoice {
    accept_any: bool,
    listed: Vec<ListedImage>,
}

/// An image beside the built-in ones. Whatever it is called, it is the host's userland that runs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedImage {
    id: ImageId,
    name: String,
    #[serde(default)]
    description: String,
    owner: Option<AccountId>,
    architecture: Option<String>,
    root_device_name: Option<String>,
}

impl ListedImage {
    fn image(&self) -> Image {
        let unlisted = Image::unlisted(self.id);
        Image {
            name: self.name.clone(),
            description: self.description.clone(),
            owner: self.owner.unwrap_or(unlisted.owner),
            architecture: self.architecture.clone(),
            root_device_name: self.root_device_name.clone().unwrap_or(unlisted.root_device_name.clone()),
            ..unlisted
        }
    }
}

impl Config {
    /// Reads a file, and warns when others can read the secrets in it.
    ///
    /// # Errors
    /// Says what is wrong, with the line.
    pub fn read(path: &Path) -> Result<Self, String> {
        let unreadable = |error| format!("cannot read {}: {error}", path.display());
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let config = Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if !config.accounts.is_empty() && mode & 0o077 != 0 {
            terminal::warn(format_args!("others can read the secret access keys in {}; chmod 600 keeps them out", path.display()));
        }
        Ok(config)
    }

    /// The error names the line without showing it: it may hold a secret, and messages end up in logs.
    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| match error.span().and_then(|span| text.get(..span.start)) {
            Some(before) => format!("line {}: {}", before.matches('\n').count() + 1, error.message()),
            None => error.message().to_owned(),
        })
    }

    /// What operations see of the configuration.
    ///
    /// # Errors
    /// Says which key has a value that cannot be.
    pub fn world(&self) -> Result<World, String> {
        let mut world = World { quotas: self.quotas()?, pools: self.pools()?, ..World::default() };
        world.images.accept_any = self.images.accept_any;
        for listed in &self.images.listed {
            if world.images.listed.iter().any(|image| image.id == listed.id) {
                return Err(format!("images.listed: {} is listed already", listed.id));
            }
            world.images.listed.push(listed.image());
        }
        Ok(world)
    }

    fn quotas(&self) -> Result<Quotas, String> {
        let numbers = match &self.quotas {
            QuotaChoice::Named(name) if name == "aws" => return Ok(Quotas::AWS),
            QuotaChoice::Named(name) if name == "none" => return Ok(Quotas::default()),
            QuotaChoice::Named(name) => return Err(format!("quotas: '{name}' is not \"aws\", \"none\" or a table of numbers")),
            QuotaChoice::Numbers(numbers) => numbers,
        };
        let mut quotas = Quotas::default();
        for (name, number) in numbers {
            let quota = match name.as_str() {
                "elastic_ips" => &mut quotas.elastic_ips,
                "vpcs" => &mut quotas.vpcs,
                "subnets_per_vpc" => &mut quotas.subnets_per_vpc,
                "interfaces" => &mut quotas.interfaces,
                "security_groups" => &mut quotas.security_groups,
                "route_tables_per_vpc" => &mut quotas.route_tables_per_vpc,
                _ => return Err(format!("quotas: there is no quota '{name}'")),
            };
            *quota = Some(*number);
        }
        Ok(quotas)
    }

    fn pools(&self) -> Result<Pools, String> {
        let default = Pools::default();
        let ipv4 = self.pools.ipv4.unwrap_or(default.ipv4).trunc();
        let ipv6 = self.pools.ipv6.unwrap_or(default.ipv6).trunc();
        if !IPV4_POOL_LENGTHS.contains(&ipv4.prefix_len()) {
            return Err(format!("pools.ipv4: {ipv4} must be a /{} to a /{}", IPV4_POOL_LENGTHS.start(), IPV4_POOL_LENGTHS.end()));
        }
        if !IPV6_POOL_LENGTHS.contains(&ipv6.prefix_len()) {
            return Err(format!("pools.ipv6: {ipv6} must be a /{} to a /{}", IPV6_POOL_LENGTHS.start(), IPV6_POOL_LENGTHS.end()));
        }
        if let Some(other) =
            ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].iter().find(|other| overlap(IpNet::V4(ipv4), other))
        {
            return Err(format!("pools.ipv4: {ipv4} overlaps {other}, which no host can be reached at"));
        }
        if let Some(other) = ["::/16", "fe80::/10", "ff00::/8"].iter().find(|other| overlap(IpNet::V6(ipv6), other)) {
            return Err(format!("pools.ipv6: {ipv6} overlaps {other}, which no host can be reached at"));
        }
        let brought: Vec<Ipv4Net> = self.pools.public_ipv4.iter().map(Ipv4Net::trunc).collect();
        for (place, range) in brought.iter().enumerate() {
            if !IPV4_POOL_LENGTHS.contains(&range.prefix_len()) {
                let (least, most) = (IPV4_POOL_LENGTHS.start(), IPV4_POOL_LENGTHS.end());
                return Err(format!("pools.public_ipv4: {range} must be a /{least} to a /{most}"));
            }
            let overlaps = |other: &Ipv4Net| other.contains(range) || range.contains(other);
            if let Some(other) = brought[..place].iter().chain([&ipv4]).find(|other| overlaps(other)) {
                return Err(format!("pools.public_ipv4: {range} overlaps {other}"));
            }
        }
        Ok(Pools { ipv4, ipv6, brought })
    }
}

/// Whether a range and another have an address in common.
fn overlap(range: IpNet, other: &str) -> bool {
    other.parse::<IpNet>().is_ok_and(|other| other.contains(&range) || range.contains(&other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(text: &str) -> Result<World, String> {
        Config::parse(text)?.world()
    }

    #[test]
    fn an_empty_file_is_the_default() {
        let world = world("").unwrap();
        assert_eq!((world.quotas, world.pools), (Quotas::default(), Pools::default()));
    }

    #[test]
    fn an_error_names_its_line_and_does_not_show_a_secret() {
        let text = "[[accounts]]\nid = \"111111111111\"\naccess_key_id = \"AKIA\"\nsecret_access_key = hush\n";
        let error = Config::parse(text).unwrap_err();
        assert!(error.starts_with("line 4") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn quotas_are_named_or_numbers() {
        assert_eq!(world("quotas = \"aws\"").unwrap().quotas, Quotas::AWS);
        assert_eq!(world("[quotas]\nelastic_ips = 7").unwrap().quotas.elastic_ips, Some(7));
        assert!(world("quotas = \"azure\"").unwrap_err().contains("azure"));
        assert!(world("[quotas]\nmoons = 7").unwrap_err().contains("moons"));
    }

    #[test]
    fn images_can_be_named_beside_the_built_in_ones() {
        let named = "[[images.listed]]\nid = \"ami-0123456789abcdef0\"\nname = \"mine\"\n";
        let images = world(named).unwrap().images;
        assert!(images.listed.len() > 1 && images.listed.iter().any(|image| image.name == "mine"));
        assert!(world(&named.repeat(2)).unwrap_err().contains("ami-0123456789abcdef0"));
    }

    #[test]
    fn what_is_unknown_or_impossible_is_refused_by_name() {
        assert!(world("colour = 1").unwrap_err().contains("colour"));
        assert!(world("[pools]\nipv4 = \"0.0.0.0/0\"").unwrap_err().contains("pools.ipv4"));
        assert!(world("[quotas]\nvpcs = -1").unwrap_err().contains("quotas must be"));
    }

    #[test]
    fn pools_are_ranges_that_a_host_can_be_reached_at() {
        for range in ["127.0.0.0/8", "169.254.7.0/24", "224.0.0.0/8"] {
            assert!(world(&format!("[pools]\nipv4 = \"{range}\"")).unwrap_err().contains("pools.ipv4"), "{range}");
        }
        for range in ["fe80::/32", "ff02::/32"] {
            assert!(world(&format!("[pools]\nipv6 = \"{range}\"")).unwrap_err().contains("pools.ipv6"), "{range}");
        }
        assert!(world("[pools]\nipv4 = \"198.51.100.0/24\"\nipv6 = \"fd00:e1::/40\"").is_ok());
        assert!(world("[pools]\npublic_ipv4 = [\"203.0.113.0/25\"]").unwrap_err().contains("overlaps"));
    }
}
