//! The prefix lists of AWS's own services, which every region has: they can be used like a customer's, and not be changed.
//!
//! Source of names and sizes: <https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html>.
//! Ids and blocks are AWS's where public answers of EC2 or `ip-ranges.json` show them. Others are made up, the same on every
//! start: an id from the list's name, and a block from the ranges kept for documentation, which no service has.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::ids::PrefixListId;
use crate::prefix_list::{Family, PrefixList, PrefixListEntry};
use crate::realm::Region;
use crate::state::Realm;

/// What begins every name.
const COMPANY: &str = "com.amazonaws";
/// Stands for the region in the names of lists that are the same everywhere.
const GLOBAL: &str = "global";
/// Lists that DescribePrefixLists tells of: those of services with gateway endpoints.
const OF_GATEWAY_ENDPOINTS: [&str; 2] = ["dynamodb", "s3"];

/// A list by the part of its name after the region, its family, and what a use of it counts for.
struct Kind(&'static str, Family, u32, bool);

const EVERYWHERE: bool = true;

const KINDS: &[Kind] = &[
    Kind("cloudfront.origin-facing", Family::Ipv4, 55, EVERYWHERE),
    Kind("ipv6.cloudfront.origin-facing", Family::Ipv6, 55, EVERYWHERE),
    Kind("groundstation", Family::Ipv4, 5, EVERYWHERE),
    Kind("dynamodb", Family::Ipv4, 1, false),
    Kind("ec2-instance-connect", Family::Ipv4, 2, false),
    Kind("ipv6.ec2-instance-connect", Family::Ipv6, 2, false),
    Kind("route53-healthchecks", Family::Ipv4, 25, false),
    Kind("ipv6.route53-healthchecks", Family::Ipv6, 25, false),
    Kind("s3", Family::Ipv4, 1, false),
    Kind("s3express", Family::Ipv4, 6, false),
    Kind("vpc-lattice", Family::Ipv4, 10, false),
    Kind("ipv6.vpc-lattice", Family::Ipv6, 10, false),
];

/// Ids by region and list, as public answers of EC2 show them (sharadchhetri/aws for most; turbot/steampipe-plugin-aws#813 and #1577 for
/// eu-north-1 and Ground Station; templates of CloudFormation and CDK for CloudFront). An id can be of different lists in different
/// regions.
const IDS: &[(&str, &str, &str)] = &[
    ("ap-northeast-1", "cloudfront.origin-facing", "pl-58a04531"),
    ("ap-northeast-1", "dynamodb", "pl-78a54011"),
    ("ap-northeast-1", "s3", "pl-61a54008"),
    ("ap-northeast-2", "cloudfront.origin-facing", "pl-22a6434b"),
    ("ap-northeast-2", "dynamodb", "pl-48a54021"),
    ("ap-northeast-2", "s3", "pl-78a54011"),
    ("ap-south-1", "cloudfront.origin-facing", "pl-9aa247f3"),
    ("ap-south-1", "dynamodb", "pl-66a7420f"),
    ("ap-south-1", "s3", "pl-78a54011"),
    ("ap-southeast-1", "cloudfront.origin-facing", "pl-31a34658"),
    ("ap-southeast-1", "dynamodb", "pl-67a5400e"),
    ("ap-southeast-1", "s3", "pl-6fa54006"),
    ("ap-southeast-2", "cloudfront.origin-facing", "pl-b8a742d1"),
    ("ap-southeast-2", "dynamodb", "pl-62a5400b"),
    ("ap-southeast-2", "s3", "pl-6ca54005"),
    ("ca-central-1", "cloudfront.origin-facing", "pl-38a64351"),
    ("ca-central-1", "dynamodb", "pl-4ea54027"),
    ("ca-central-1", "s3", "pl-7da54014"),
    ("eu-central-1", "cloudfront.origin-facing", "pl-a3a144ca"),
    ("eu-central-1", "dynamodb", "pl-66a5400f"),
    ("eu-central-1", "s3", "pl-6ea54007"),
    ("eu-north-1", "cloudfront.origin-facing", "pl-fab65393"),
    ("eu-north-1", "dynamodb", "pl-adae4bc4"),
    ("eu-north-1", "groundstation", "pl-033e44023025215c0"),
    ("eu-north-1", "s3", "pl-c3aa4faa"),
    ("eu-west-1", "cloudfront.origin-facing", "pl-4fa04526"),
    ("eu-west-1", "dynamodb", "pl-6fa54006"),
    ("eu-west-1", "s3", "pl-6da54004"),
    ("eu-west-2", "cloudfront.origin-facing", "pl-93a247fa"),
    ("eu-west-2", "dynamodb", "pl-b3a742da"),
    ("eu-west-2", "groundstation", "pl-082b2916fa6d7b4b7"),
    ("eu-west-2", "s3", "pl-7ca54015"),
    ("eu-west-3", "cloudfront.origin-facing", "pl-75b1541c"),
    ("eu-west-3", "dynamodb", "pl-abb451c2"),
    ("eu-west-3", "s3", "pl-23ad484a"),
    ("sa-east-1", "cloudfront.origin-facing", "pl-5da64334"),
    ("sa-east-1", "dynamodb", "pl-60a54009"),
    ("sa-east-1", "s3", "pl-6aa54003"),
    ("us-east-1", "cloudfront.origin-facing", "pl-3b927c52"),
    ("us-east-1", "dynamodb", "pl-02cd2c6b"),
    ("us-east-1", "s3", "pl-63a5400a"),
    ("us-east-2", "cloudfront.origin-facing", "pl-b6a144df"),
    ("us-east-2", "dynamodb", "pl-4ca54025"),
    ("us-east-2", "s3", "pl-7ba54012"),
    ("us-west-1", "cloudfront.origin-facing", "pl-4ea04527"),
    ("us-west-1", "dynamodb", "pl-6ea54007"),
    ("us-west-1", "s3", "pl-6ba54002"),
    ("us-west-2", "cloudfront.origin-facing", "pl-82a045eb"),
    ("us-west-2", "dynamodb", "pl-00a54069"),
    ("us-west-2", "groundstation", "pl-0cc36273da754ebdc"),
    ("us-west-2", "s3", "pl-68a54001"),
];

/// Blocks by region (or everywhere) and list: DescribePrefixLists of 2018 (sharadchhetri/aws), for S3 in us-east-1 of 2023
/// (data-dot-all/dataall#618), and `ip-ranges.json` of 2016 (dpirotte/ip-ranges-changes) for Route 53 and for CloudFront, whose origin-facing
/// blocks it does not tell apart.
const BLOCKS: &[(&str, &str, &[&str])] = &[
    (
        GLOBAL,
        "cloudfront.origin-facing",
        &[
            "13.32.0.0/15",
            "52.46.0.0/18",
            "52.84.0.0/15",
            "52.222.128.0/17",
            "54.182.0.0/16",
            "54.192.0.0/16",
            "54.230.0.0/16",
            "54.239.128.0/18",
            "54.239.192.0/19",
            "54.240.128.0/18",
            "204.246.164.0/22",
            "204.246.168.0/22",
            "204.246.174.0/23",
            "204.246.176.0/20",
            "205.251.192.0/19",
            "205.251.249.0/24",
            "205.251.250.0/23",
            "205.251.252.0/23",
            "205.251.254.0/24",
            "216.137.32.0/19",
        ],
    ),
    (
        GLOBAL,
        "route53-healthchecks",
        &[
            "54.183.255.128/26",
            "54.228.16.0/26",
            "54.232.40.64/26",
            "54.241.32.64/26",
            "54.243.31.192/26",
            "54.244.52.192/26",
            "54.245.168.0/26",
            "54.248.220.0/26",
            "54.250.253.192/26",
            "54.251.31.128/26",
            "54.252.79.128/26",
            "54.252.254.192/26",
            "54.255.254.192/26",
            "107.23.255.0/26",
            "176.34.159.192/26",
            "177.71.207.128/26",
        ],
    ),
    ("ap-northeast-1", "dynamodb", &["52.94.8.0/24"]),
    ("ap-northeast-1", "s3", &["52.219.0.0/20", "52.219.16.0/22", "52.219.68.0/22", "54.231.224.0/21"]),
    ("ap-northeast-2", "dynamodb", &["52.94.6.0/24"]),
    ("ap-northeast-2", "s3", &["52.92.0.0/20", "52.219.56.0/22", "52.219.60.0/23"]),
    ("ap-south-1", "dynamodb", &["52.94.20.0/24"]),
    ("ap-south-1", "s3", &["52.92.248.0/22", "52.219.62.0/23", "52.219.64.0/22"]),
    ("ap-southeast-1", "dynamodb", &["52.94.11.0/24"]),
    ("ap-southeast-1", "s3", &["52.219.32.0/21", "52.219.40.0/22", "52.219.76.0/22", "54.231.240.0/22"]),
    ("ap-southeast-2", "dynamodb", &["52.94.13.0/24"]),
    ("ap-southeast-2", "s3", &["52.95.128.0/21", "54.231.248.0/22", "54.231.252.0/24"]),
    ("ca-central-1", "dynamodb", &["52.94.14.0/24"]),
    ("ca-central-1", "s3", &["52.92.84.0/22", "52.95.145.0/24", "52.95.146.0/23"]),
    ("eu-central-1", "dynamodb", &["52.94.17.0/24"]),
    ("eu-central-1", "s3", &["52.219.44.0/22", "52.219.72.0/22", "54.231.192.0/20"]),
    ("eu-west-1", "dynamodb", &["52.94.5.0/24", "52.94.24.0/23", "52.119.240.0/21"]),
    ("eu-west-1", "s3", &["52.218.0.0/17", "54.231.128.0/19"]),
    ("eu-west-2", "dynamodb", &["52.94.15.0/24"]),
    ("eu-west-2", "s3", &["52.92.88.0/22", "52.95.148.0/23", "52.95.150.0/24"]),
    ("eu-west-3", "dynamodb", &["52.94.16.0/24"]),
    ("eu-west-3", "s3", &["52.95.154.0/23", "52.95.156.0/24"]),
    ("sa-east-1", "dynamodb", &["52.94.7.0/24"]),
    ("sa-east-1", "s3", &["52.92.64.0/22", "52.92.72.0/22", "52.95.136.0/23", "52.95.138.0/24", "52.95.163.0/24", "52.95.164.0/23"]),
    ("us-east-1", "dynamodb", &["52.94.0.0/22", "52.119.224.0/20"]),
    ("us-east-1", "s3", &["3.5.0.0/19", "16.182.0.0/16", "18.34.0.0/19", "18.34.232.0/21", "52.216.0.0/15", "54.231.0.0/16"]),
    ("us-east-2", "dynamodb", &["52.94.4.0/24"]),
    ("us-east-2", "s3", &["52.92.76.0/22", "52.219.80.0/20", "52.219.96.0/20"]),
    ("us-west-1", "dynamodb", &["52.94.12.0/24"]),
    ("us-west-1", "s3", &["52.92.48.0/22", "52.219.20.0/22", "52.219.24.0/21", "54.231.232.0/21"]),
    ("us-west-2", "dynamodb", &["52.94.28.0/23"]),
    ("us-west-2", "s3", &["52.92.32.0/22", "52.218.128.0/17", "54.231.160.0/19"]),
];

static LISTS: LazyLock<BTreeMap<Region, BTreeMap<PrefixListId, PrefixList>>> =
    LazyLock::new(|| Region::all().map(|region| (region, lists(region))).collect());

/// The lists of a region, by their ids.
pub fn of(region: Region) -> &'static BTreeMap<PrefixListId, PrefixList> {
    static NONE: BTreeMap<PrefixListId, PrefixList> = BTreeMap::new();
    LISTS.get(&region).unwrap_or(&NONE)
}

/// A list that can be used in a region: the caller's, or AWS's.
pub fn find(realm: &Realm, region: Region, id: PrefixListId) -> Option<&PrefixList> {
    realm.prefix_lists.get(&id).map(|list| &**list).or_else(|| of(region).get(&id))
}

/// The family of AWS's list of an id and what a use of it counts for: the same in every region that has the id.
pub fn weight(id: PrefixListId) -> Option<(Family, u32)> {
    LISTS.values().find_map(|lists| lists.get(&id)).map(|list| (list.family, list.max_entries))
}

/// Whether a list's service has gateway endpoints: only such are in the answer of DescribePrefixLists.
pub fn is_of_gateway_endpoint(list: &PrefixList) -> bool {
    list.name.rsplit_once('.').is_some_and(|(_, service)| OF_GATEWAY_ENDPOINTS.contains(&service))
}

fn lists(region: Region) -> BTreeMap<PrefixListId, PrefixList> {
    KINDS.iter().enumerate().map(|(place, kind)| list(region, place, kind)).map(|list| (list.id, list)).collect()
}

fn list(region: Region, place: usize, &Kind(service, family, max_entries, everywhere): &Kind) -> PrefixList {
    let name = format!("{COMPANY}.{}.{service}", if everywhere { GLOBAL } else { region.name() });
    let known = IDS.iter().find(|(where_, of, _)| *where_ == region.name() && *of == service);
    let id = known.and_then(|(.., id)| id.parse().ok()).unwrap_or_else(|| made_up_id(region, &name));
    let known = BLOCKS.iter().find(|(where_, of, _)| [GLOBAL, region.name()].contains(where_) && *of == service);
    let blocks = known.map(|(.., blocks)| blocks.iter().filter_map(|block| block.parse().ok()).collect());
    let blocks: Vec<IpNet> = blocks.unwrap_or_else(|| vec![made_up_block(family, place)]);
    let entries = blocks.into_iter().map(|block| PrefixListEntry { block, description: None }).collect();
    PrefixList { id, name, family, max_entries, version: 1, entries, older: Vec::new(), state: "create-complete".into() }
}

/// FNV-1a of the region and the name: the same on every start, and no two the same.
fn made_up_id(region: Region, name: &str) -> PrefixListId {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let bytes = region.name().bytes().chain(name.bytes());
    PrefixListId::from_number(bytes.fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME)))
}

/// Of TEST-NET-1 (RFC 5737), or of the IPv6 range for documentation that is not enid's pool (RFC 9637): a block by list.
fn made_up_block(family: Family, place: usize) -> IpNet {
    let place = u8::try_from(place).unwrap_or_default();
    match family {
        Family::Ipv4 => Ipv4Net::new_assert(Ipv4Addr::new(192, 0, 2, place.wrapping_mul(16)), 28).into(),
        Family::Ipv6 => Ipv6Net::new_assert(Ipv6Addr::new(0x3fff, u16::from(place), 0, 0, 0, 0, 0, 0), 48).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_every_list_under_an_id_of_its_own() {
        for region in Region::all() {
            assert_eq!(of(region).len(), KINDS.len(), "{}", region.name());
            for (id, list) in of(region) {
                assert_eq!(*id, list.id);
                assert!(!list.entries.is_empty() && list.entries.iter().all(|entry| list.family.has(entry.block)), "{}", list.name);
                assert!(list.entries.iter().all(|entry| entry.block == entry.block.trunc()), "{}", list.name);
            }
        }
    }

    #[test]
    fn what_is_said_of_ids_and_blocks_is_of_lists_that_there_are() {
        let of_kind = |service: &str| KINDS.iter().any(|Kind(name, ..)| *name == service);
        for (region, service, id) in IDS {
            let region: Region = region.parse().unwrap();
            let list = &of(region)[&id.parse().unwrap()];
            assert!(of_kind(service) && list.name.ends_with(service), "{id}");
        }
        for (_, service, blocks) in BLOCKS {
            assert!(of_kind(service) && blocks.iter().all(|block| block.parse::<IpNet>().is_ok()));
        }
    }

    #[test]
    fn an_id_of_several_regions_counts_the_same_in_each() {
        for lists in LISTS.values() {
            for (id, list) in lists {
                assert_eq!(weight(*id), Some((list.family, list.max_entries)), "{id}");
            }
        }
    }
}
