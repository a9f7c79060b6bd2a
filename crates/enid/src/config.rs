//! The configuration file (`--config`): accounts, quotas, address pools and images. TOML; every key is optional and an
//! unknown one is an error. Every mistake is told with its line and what helps.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use model::ids::ImageId;
use model::image::Image;
use model::instance_type::InstanceType;
use model::quotas::Quotas;
use model::world::Pools;
use model::{AccountId, World};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::credentials;
use machine::Limits;
use machine::terminal;

/// Where the server listens unless told otherwise: loopback only.
pub const LISTEN_DEFAULT: &str = "127.0.0.1:8773";
/// The pools are routed on the host; larger ones would take what is not the host's to give.
const IPV4_POOL_LENGTHS: std::ops::RangeInclusive<u8> = 8..=29;
const IPV6_POOL_LENGTHS: std::ops::RangeInclusive<u8> = 16..=55;
/// Ranges that no host can be reached at.
const UNREACHABLE: [&str; 7] = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/16", "fe80::/10", "ff00::/8"];
/// Ranges that VPCs and home networks have.
const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/// What the configuration file says.
#[derive(Debug, Default)]
pub struct Config {
    /// Where to listen; `--listen` wins.
    pub listen: Option<Listen>,
    /// Further accounts, beside the one that the first start makes a key for.
    pub accounts: Vec<Account>,
    /// What operations see of the configuration.
    pub world: World,
    /// Whether the file says where public IPv4 addresses come from.
    pub names_ipv4_pools: bool,
    /// How much of the host an instance may take.
    pub limits: LimitChoice,
}

/// How much of the host an instance may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitChoice {
    processes: Processes,
    memory: Memory,
}

/// More than any instance needs that is well, and few enough for the host to survive a fork bomb.
const PROCESSES_DEFAULT: u32 = 8192;
/// As many as Linux can number.
const PROCESSES_MAX: u32 = 1 << 22;
/// Fewer, and the programs of a boot do not fit.
const PROCESSES_MIN: u32 = 16;

impl Default for LimitChoice {
    fn default() -> Self {
        Self { processes: Processes(Some(PROCESSES_DEFAULT)), memory: Memory::Unlimited }
    }
}

impl LimitChoice {
    /// The limits of an instance of this type.
    pub fn of(&self, instance_type: &str) -> Limits {
        let memory = match self.memory {
            Memory::Unlimited => None,
            Memory::InstanceType => InstanceType::named(instance_type).and_then(|kind| u64::try_from(kind.memory_mib).ok()),
        };
        Limits { processes: self.processes.0.map(u64::from), memory: memory.map(|mib| mib << 20) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Processes(Option<u32>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Memory {
    Unlimited,
    InstanceType,
}

impl<'de> Deserialize<'de> for Processes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Processes;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "a number from {PROCESSES_MIN} to {PROCESSES_MAX}, or \"unlimited\"")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Processes, E> {
                if word == "unlimited" { Ok(Processes(None)) } else { Err(E::invalid_value(de::Unexpected::Str(word), &self)) }
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Processes, E> {
                match u32::try_from(number) {
                    Ok(number) if (PROCESSES_MIN..=PROCESSES_MAX).contains(&number) => Ok(Processes(Some(number))),
                    _ => Err(E::invalid_value(de::Unexpected::Signed(number), &self)),
                }
            }
        }
        deserializer.deserialize_any(Reader)
    }
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
impl fmt::Debug for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Account").field("id", &self.id).field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// An address or a name, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    host: String,
    port: u16,
}

impl Default for Listen {
    fn default() -> Self {
        Self { host: Ipv4Addr::LOCALHOST.to_string(), port: 8773 }
    }
}

impl Listen {
    /// The addresses that it stands for, at least one. `localhost` is 127.0.0.1, which every client can reach.
    ///
    /// # Errors
    /// When nobody knows the name.
    pub fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        if self.host.eq_ignore_ascii_case("localhost") {
            return Ok(vec![(Ipv4Addr::LOCALHOST, self.port).into()]);
        }
        let found = (self.host.as_str(), self.port).to_socket_addrs().map(Vec::from_iter);
        match found {
            Ok(addresses) if !addresses.is_empty() => Ok(addresses),
            Ok(_) => Err(format!("nobody knows an address of {}", self.host)),
            Err(error) => Err(format!("nobody knows an address of {}: {error}", self.host)),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') { write!(out, "[{}]:{}", self.host, self.port) } else { write!(out, "{}:{}", self.host, self.port) }
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { host: address.ip().to_string(), port: address.port() });
        }
        let named = |host: &str| !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        match text.rsplit_once(':') {
            Some((host, port)) if named(host) => match port.parse() {
                Ok(port) => Ok(Self { host: host.to_owned(), port }),
                Err(_) => Err(format!("'{port}' is not a port; write {host}:8773, say")),
            },
            None if named(text) => Err(format!("'{text}' has no port; write {text}:8773, say")),
            _ => Err(format!("'{text}' is not an address with a port; write localhost:8773 or [::1]:8773, say")),
        }
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The file as it is written, with the places of what is compared with each other.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Option<Listen>,
    accounts: Vec<FileAccount>,
    quotas: QuotaChoice,
    pools: PoolChoice,
    images: ImageChoice,
    instances: LimitChoice,
    iam: IamChoice,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct IamChoice {
    /// The names of the instance profiles that there are, in every account.
    instance_profiles: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAccount {
    id: AccountId,
    access_key_id: Spanned<String>,
    secret_access_key: Spanned<String>,
}

#[derive(Default)]
struct QuotaChoice(Quotas);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PoolChoice {
    ipv4: Option<Spanned<Ranges>>,
    ipv6: Option<Spanned<Ipv6Pool>>,
    /// Ranges of the accounts' own, for DescribePublicIpv4Pools and AllocateAddress.
    public_ipv4: Vec<Spanned<Ipv4Pool>>,
}

/// One range, or a list of them.
enum Ranges {
    One(Ipv4Pool),
    Several(Vec<Spanned<Ipv4Pool>>),
}

#[derive(Clone, Copy)]
struct Ipv4Pool(Ipv4Net);

#[derive(Clone, Copy)]
struct Ipv6Pool(Ipv6Net);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ImageChoice {
    accept_any: bool,
    listed: Vec<ListedImage>,
}

/// An image beside the built-in ones. Whatever it is called, it is the host's userland that runs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedImage {
    id: Spanned<ImageId>,
    name: String,
    #[serde(default)]
    description: String,
    owner: Option<AccountId>,
    architecture: Option<String>,
    root_device_name: Option<String>,
}

impl<'de> Deserialize<'de> for QuotaChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = QuotaChoice;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("\"aws\", \"none\" or a table of numbers")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<QuotaChoice, E> {
                match name {
                    "aws" => Ok(QuotaChoice(Quotas::AWS)),
                    "none" => Ok(QuotaChoice(Quotas::default())),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<QuotaChoice, A::Error> {
                let mut quotas = Quotas::default();
                while let Some(name) = map.next_key::<QuotaName>()? {
                    *name.of(&mut quotas) = Some(map.next_value()?);
                }
                Ok(QuotaChoice(quotas))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// What a quota is of. The list of them in messages is serde's.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum QuotaName {
    ElasticIps,
    Vpcs,
    SubnetsPerVpc,
    Interfaces,
    SecurityGroups,
    RouteTablesPerVpc,
}

impl QuotaName {
    fn of(self, quotas: &mut Quotas) -> &mut Option<u32> {
        match self {
            Self::ElasticIps => &mut quotas.elastic_ips,
            Self::Vpcs => &mut quotas.vpcs,
            Self::SubnetsPerVpc => &mut quotas.subnets_per_vpc,
            Self::Interfaces => &mut quotas.interfaces,
            Self::SecurityGroups => &mut quotas.security_groups,
            Self::RouteTablesPerVpc => &mut quotas.route_tables_per_vpc,
        }
    }
}

impl<'de> Deserialize<'de> for Ranges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Ranges;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a range such as \"203.0.113.0/24\", or a list of ranges")
            }

            fn visit_str<E: de::Error>(self, range: &str) -> Result<Ranges, E> {
                range.parse().map(Ranges::One).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Ranges, A::Error> {
                let mut ranges = Vec::new();
                while let Some(range) = list.next_element()? {
                    ranges.push(range);
                }
                if ranges.is_empty() {
                    return Err(de::Error::custom("an empty list gives no addresses; leave the key out for the default"));
                }
                Ok(Ranges::Several(ranges))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Ipv4Pool {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Ipv6Pool {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl FromStr for Ipv4Pool {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let range: Ipv4Net = text.parse().map_err(|_| format!("'{text}' is not an IPv4 range; write 203.0.113.0/24, say"))?;
        check_range(range.into(), range.trunc().into(), &IPV4_POOL_LENGTHS).map(|()| Self(range))
    }
}

impl FromStr for Ipv6Pool {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let range: Ipv6Net = text.parse().map_err(|_| format!("'{text}' is not an IPv6 range; write 2001:db8::/32, say"))?;
        check_range(range.into(), range.trunc().into(), &IPV6_POOL_LENGTHS).map(|()| Self(range))
    }
}

fn check_range(range: IpNet, whole: IpNet, lengths: &std::ops::RangeInclusive<u8>) -> Result<(), String> {
    if range.addr() != whole.addr() {
        return Err(format!("{range} is an address in a range; write the range: {whole}"));
    }
    if !lengths.contains(&range.prefix_len()) {
        return Err(format!("{range} must be a /{} to a /{}", lengths.start(), lengths.end()));
    }
    match UNREACHABLE.iter().find(|other| overlap(range, other)) {
        Some(other) => Err(format!("{range} overlaps {other}, which no host can be reached at; choose another")),
        None => Ok(()),
    }
}

impl ListedImage {
    fn image(&self) -> Image {
        let unlisted = Image::unlisted(*self.id.get_ref());
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

/// A mistake, and where in the text it is.
struct Mistake {
    at: Option<Range<usize>>,
    message: String,
}

impl Mistake {
    fn at<T>(place: &Spanned<T>, message: String) -> Self {
        Self { at: Some(place.span()), message }
    }

    /// Names the line without showing it: it may hold a secret, and messages end up in logs.
    fn say(&self, text: &str) -> String {
        match self.at.as_ref().and_then(|at| text.get(..at.start)) {
            Some(before) => format!("line {}: {}", before.matches('\n').count() + 1, self.message),
            None => self.message.clone(),
        }
    }
}

impl From<toml::de::Error> for Mistake {
    fn from(mut error: toml::de::Error) -> Self {
        let at = error.span();
        // Without the text, the error shows the key and not the line.
        error.set_input(None);
        let shown = error.to_string();
        let key = shown.lines().last().and_then(|line| line.strip_prefix("in `")?.strip_suffix('`'));
        let message = match key {
            // What stands there in place of a text is as secret.
            Some(key) if key.ends_with("secret_access_key") => format!("{key}: it must be a text, in quotation marks"),
            Some(key) => format!("{key}: {}", error.message()),
            None => error.message().to_owned(),
        };
        Self { at, message }
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
        for warning in config.warnings() {
            terminal::warn(format_args!("{}: {warning}", path.display()));
        }
        Ok(config)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let read = || {
            let file: File = toml::from_str(text)?;
            let mut world = World { quotas: file.quotas.0.clone(), pools: pools(&file.pools)?, ..World::default() };
            images(&file.images, &mut world)?;
            world.instance_profiles = instance_profiles(file.iam.instance_profiles)?;
            let names_ipv4_pools = file.pools.ipv4.is_some();
            Ok(Self { accounts: accounts(file.accounts)?, listen: file.listen, world, names_ipv4_pools, limits: file.instances })
        };
        read().map_err(|mistake: Mistake| mistake.say(text))
    }

    /// What can be, and is seldom meant.
    fn warnings(&self) -> Vec<String> {
        let pools = &self.world.pools;
        let ranges = pools.ipv4.iter().map(|range| ("ipv4", range)).chain(pools.brought.iter().map(|range| ("public_ipv4", range)));
        let private = ranges.filter_map(|(key, range)| Some((key, range, PRIVATE.iter().find(|other| overlap(IpNet::V4(*range), other))?)));
        let warning = |(key, range, other)| {
            format!("pools.{key}: VPCs have addresses of {other} too, and one that has {range} cannot reach public addresses of it")
        };
        private.map(warning).collect()
    }
}

fn instance_profiles(given: Vec<Spanned<String>>) -> Result<BTreeSet<String>, Mistake> {
    // As IAM's CreateInstanceProfile has it.
    let plain = |name: &str| (1..=128).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@-_".contains(&b));
    match given.iter().find(|name| !plain(name.get_ref())) {
        Some(name) => Err(Mistake::at(name, "iam.instance_profiles: a name has 1 to 128 letters, digits and characters of +=,.@-_".into())),
        None => Ok(given.into_iter().map(Spanned::into_inner).collect()),
    }
}

fn accounts(given: Vec<FileAccount>) -> Result<Vec<Account>, Mistake> {
    let mut known = BTreeSet::new();
    let mut accounts = Vec::new();
    for FileAccount { id, access_key_id, secret_access_key } in given {
        credentials::check_id(access_key_id.get_ref())
            .map_err(|error| Mistake::at(&access_key_id, format!("accounts.access_key_id: {error}")))?;
        if secret_access_key.get_ref().is_empty() {
            let message = format!("accounts.secret_access_key: the secret access key of {} is empty", access_key_id.get_ref());
            return Err(Mistake::at(&secret_access_key, message));
        }
        if !known.insert(access_key_id.get_ref().clone()) {
            let message = format!("accounts.access_key_id: {} is used twice; each key needs an id of its own", access_key_id.get_ref());
            return Err(Mistake::at(&access_key_id, message));
        }
        accounts.push(Account { id, access_key_id: access_key_id.into_inner(), secret_access_key: secret_access_key.into_inner() });
    }
    Ok(accounts)
}

fn images(given: &ImageChoice, world: &mut World) -> Result<(), Mistake> {
    world.images.accept_any = given.accept_any;
    for listed in &given.listed {
        let id = listed.id.get_ref();
        if world.images.listed.iter().any(|image| image.id == *id) {
            return Err(Mistake::at(&listed.id, format!("images.listed: {id} is listed already; give each image an id of its own")));
        }
        world.images.listed.push(listed.image());
    }
    Ok(())
}

fn pools(given: &PoolChoice) -> Result<Pools, Mistake> {
    let default = Pools::default();
    let ipv6 = given.ipv6.as_ref().map_or(default.ipv6, |range| range.get_ref().0);
    let brought: Vec<Ipv4Net> = given.public_ipv4.iter().map(|range| range.get_ref().0).collect();
    // The key, the place and the range of each that the file names.
    let mut named: Vec<(&str, Range<usize>, Ipv4Net)> = Vec::new();
    let ipv4: Vec<Ipv4Net> = match &given.ipv4 {
        // The first is what it always was; the others make room, and give way.
        None => {
            let overlaps = |range: &Ipv4Net| brought.iter().any(|other| overlap_v4(*range, *other));
            let further = default.ipv4.iter().skip(1).filter(|range| !overlaps(range));
            default.ipv4.iter().take(1).chain(further).copied().collect()
        }
        Some(ranges) => {
            match ranges.get_ref() {
                Ranges::One(range) => named.push(("ipv4", ranges.span(), range.0)),
                Ranges::Several(several) => named.extend(several.iter().map(|range| ("ipv4", range.span(), range.get_ref().0))),
            }
            named.iter().map(|(.., range)| *range).collect()
        }
    };
    named.extend(given.public_ipv4.iter().map(|range| ("public_ipv4", range.span(), range.get_ref().0)));
    for (place, (key, at, range)) in named.iter().enumerate() {
        let before = named[..place].iter().map(|(.., other)| other);
        // A default that the file does not name comes before all that it names.
        let unnamed = ipv4.iter().filter(|_| given.ipv4.is_none());
        if let Some(other) = before.chain(unnamed).find(|other| overlap_v4(*range, **other)) {
            let remedy = match given.ipv4 {
                None => "set pools.ipv4 to another range",
                Some(_) => "ranges must have no address in common",
            };
            return Err(Mistake { at: Some(at.clone()), message: format!("pools.{key}: {range} overlaps {other}; {remedy}") });
        }
    }
    Ok(Pools { ipv4, ipv6, brought })
}

/// Whether a range and another have an address in common.
pub fn overlap(range: IpNet, other: &str) -> bool {
    other.parse::<IpNet>().is_ok_and(|other| other.contains(&range) || range.contains(&other))
}

fn overlap_v4(range: Ipv4Net, other: Ipv4Net) -> bool {
    other.contains(&range) || range.contains(&other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(text: &str) -> Result<World, String> {
        Config::parse(text).map(|config| config.world)
    }

    fn mistake(text: &str) -> String {
        Config::parse(text).unwrap_err()
    }

    #[test]
    fn an_empty_file_is_the_default() {
        let world = world("").unwrap();
        assert_eq!((world.quotas, world.pools), (Quotas::default(), Pools::default()));
    }

    #[test]
    fn an_error_names_its_line_and_does_not_show_a_secret() {
        for secret in ["hush", "7766", "[\"hush\", 7766]", "\"\""] {
            let error = mistake(&format!("[[accounts]]\nid = \"111111111111\"\naccess_key_id = \"AKIA\"\nsecret_access_key = {secret}\n"));
            assert!(error.starts_with("line 4: ") && !error.contains("hush") && !error.contains("7766"), "{error}");
        }
    }

    #[test]
    fn quotas_are_named_or_numbers() {
        assert_eq!(world("quotas = \"aws\"").unwrap().quotas, Quotas::AWS);
        assert_eq!(world("[quotas]\nelastic_ips = 7").unwrap().quotas.elastic_ips, Some(7));
    }

    #[test]
    fn limits_have_defaults_and_can_be_lifted_or_follow_the_instance_type() {
        let limits = |text: &str| Config::parse(text).map(|config| config.limits.of("t3.micro"));
        assert_eq!(limits(""), Ok(Limits { processes: Some(8192), memory: None }));
        assert_eq!(
            limits("[instances]\nprocesses = \"unlimited\"\nmemory = \"instance-type\""),
            Ok(Limits { processes: None, memory: Some(1 << 30) })
        );
        assert_eq!(limits("[instances]\nprocesses = 100"), Ok(Limits { processes: Some(100), memory: None }));
        for wrong in ["processes = 0", "processes = -1", "processes = \"many\"", "memory = \"lots\"", "disk = 1"] {
            assert!(limits(&format!("[instances]\n{wrong}")).is_err_and(|error| error.starts_with("line 2: ")), "{wrong}");
        }
    }

    #[test]
    fn instance_profiles_are_names() {
        let profiles = |text: &str| Config::parse(text).map(|config| config.world.instance_profiles);
        assert_eq!(profiles("[iam]\ninstance_profiles = [\"web\", \"web\"]").unwrap().into_iter().collect::<Vec<_>>(), ["web"]);
        assert!(profiles("[iam]\ninstance_profiles = [\"a/b\"]").unwrap_err().contains("line 2: iam.instance_profiles"));
    }

    #[test]
    fn images_can_be_named_beside_the_built_in_ones() {
        let named = "[[images.listed]]\nid = \"ami-0123456789abcdef0\"\nname = \"mine\"\n";
        let images = world(named).unwrap().images;
        assert!(images.listed.len() > 1 && images.listed.iter().any(|image| image.name == "mine"));
        let twice = mistake(&named.repeat(2));
        assert!(twice.starts_with("line 5: images.listed: ami-0123456789abcdef0"), "{twice}");
    }

    /// Each mistake with its line, its key, and the remedy.
    #[test]
    fn a_mistake_is_told_with_its_line_its_key_and_what_helps() {
        let key = "id = \"210987654321\"\nsecret_access_key = \"tell\"\naccess_key_id = ";
        for (text, line, words) in [
            ("listen = \"localhost:8773\"\ncolour = 1", 2, &["`colour`", "expected one of", "`pools`"] as &[&str]),
            ("\nquotas = \"azure\"", 2, &["quotas:", "azure", "\"aws\""]),
            ("[quotas]\nvpcs = 5\nmoons = 7", 3, &["moons", "elastic_ips", "route_tables_per_vpc"]),
            ("[quotas]\n\nvpcs = -1", 3, &["quotas.vpcs", "-1"]),
            ("\nlisten = \"localhost\"", 2, &["listen:", "localhost:8773"]),
            ("listen = \"localhost:http\"", 1, &["listen:", "'http' is not a port"]),
            ("listen = 8773", 1, &["listen:", "8773"]),
            ("[pools]\nipv4 = \"203.0.113.5/24\"", 2, &["pools.ipv4", "203.0.113.0/24"]),
            ("[pools]\nipv6 = \"2001:db8::1/32\"", 2, &["pools.ipv6", "2001:db8::/32"]),
            ("[pools]\nipv4 = \"0.0.0.0/0\"", 2, &["pools.ipv4", "/8 to a /29"]),
            ("[pools]\nipv4 = \"a.b.c.d\"", 2, &["pools.ipv4", "203.0.113.0/24"]),
            ("[pools]\nipv4 = []", 2, &["pools.ipv4", "leave the key out"]),
            ("[pools]\nipv4 = [\n\"198.18.0.0/15\",\n\"198.19.0.0/16\"]", 4, &["pools.ipv4", "198.19.0.0/16 overlaps 198.18.0.0/15"]),
            (
                "[pools]\npublic_ipv4 = [\n\"203.0.113.0/25\"]",
                3,
                &["pools.public_ipv4", "203.0.113.0/25 overlaps 203.0.113.0/24", "pools.ipv4"],
            ),
            ("[pools]\npublic_ipv4 = [\"10.0.0.0/24\",\n\"10.0.0.0/25\"]", 3, &["pools.public_ipv4", "overlaps"]),
            (&format!("[[accounts]]\n{key}\"A\"\n[[accounts]]\n{key}\"A\""), 8, &["accounts.access_key_id", "A is used twice"]),
            (&format!("[[accounts]]\n{key}\"A/B\""), 4, &["accounts.access_key_id", "A/B"]),
            ("[[accounts]]\nid = \"12\"", 2, &["accounts.id", "twelve digits"]),
        ] {
            let said = mistake(text);
            assert!(said.starts_with(&format!("line {line}: ")) && !said.contains("tell"), "{text}: {said}");
            words.iter().for_each(|word| assert!(said.contains(word), "{text}: {said}"));
        }
    }

    #[test]
    fn one_listens_at_an_address_or_a_name() {
        let at = |listen: &str| Config::parse(&format!("listen = \"{listen}\"")).unwrap().listen.unwrap().addresses().unwrap();
        assert_eq!(at("localhost:8775"), ["127.0.0.1:8775".parse().unwrap()]);
        assert_eq!(at("127.0.0.1:0"), ["127.0.0.1:0".parse().unwrap()]);
        assert_eq!(at("[::1]:80"), ["[::1]:80".parse().unwrap()]);
    }

    #[test]
    fn pools_are_ranges_that_a_host_can_be_reached_at() {
        for range in ["127.0.0.0/8", "169.254.7.0/24", "224.0.0.0/8"] {
            assert!(mistake(&format!("[pools]\nipv4 = \"{range}\"")).contains("pools.ipv4"), "{range}");
        }
        for range in ["fe80::/32", "ff02::/32"] {
            assert!(mistake(&format!("[pools]\nipv6 = \"{range}\"")).contains("pools.ipv6"), "{range}");
        }
        let pools = world("[pools]\nipv4 = \"198.51.100.0/24\"\nipv6 = \"fd00:e1::/40\"").unwrap().pools;
        assert_eq!(pools.ipv4, ["198.51.100.0/24".parse().unwrap()]);
    }

    #[test]
    fn a_range_that_was_brought_along_takes_the_place_of_the_second_default_one() {
        let pools = world("[pools]\npublic_ipv4 = [\"198.18.5.0/24\"]").unwrap().pools;
        assert_eq!(pools.ipv4, ["203.0.113.0/24".parse().unwrap()]);
    }

    #[test]
    fn ranges_that_vpcs_have_are_warned_of() {
        let warnings = |text: &str| Config::parse(text).unwrap().warnings();
        assert!(warnings("").is_empty());
        assert!(warnings("[pools]\nipv4 = \"10.7.0.0/16\"")[0].starts_with("pools.ipv4: VPCs have addresses of 10.0.0.0/8"));
        assert!(warnings("[pools]\npublic_ipv4 = [\"192.168.7.0/24\"]")[0].starts_with("pools.public_ipv4: "));
    }
}
