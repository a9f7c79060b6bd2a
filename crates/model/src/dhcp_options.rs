//! Sets of DHCP options.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html>.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{DhcpOptionsId, ResourceId};
use crate::index::{Entry, Indexed};
use crate::state::Draft;

/// Stands for the VPC's own name server among `domain-name-servers`, in place of addresses.
const AMAZON_DNS: &str = "AmazonProvidedDNS";
/// Servers of one kind at most; of time servers, of each address family.
const SERVERS_MAX: usize = 4;

/// A set of DHCP options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpOptions {
    /// Its id.
    pub id: DhcpOptionsId,
    /// Options by EC2's names (`domain-name-servers`, …), each with its values.
    pub options: Vec<(String, Vec<String>)>,
    /// Whether it is the region's own set, which new VPCs take.
    pub region_default: bool,
}

impl Indexed for DhcpOptions {
    fn entries(&self, _out: &mut Vec<Entry>) {}

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}

/// The region's own set, made anew if it was deleted.
pub fn region_default(draft: &mut Draft, ctx: &mut Ctx<'_>) -> DhcpOptionsId {
    if let Some(set) = draft.realm().dhcp_options.iter().find(|set| set.region_default) {
        return set.id;
    }
    let id = DhcpOptionsId::random(ctx.random);
    let domain = ctx.scope.region.private_dns_suffix();
    let options = vec![("domain-name".to_owned(), vec![domain]), ("domain-name-servers".to_owned(), vec![AMAZON_DNS.to_owned()])];
    draft.put(DhcpOptions { id, options, region_default: true });
    id
}

/// Makes a set of options.
///
/// # Errors
/// When an option is unknown, given twice, or its values are none.
pub fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, options: Vec<(String, Vec<String>)>) -> Result<DhcpOptionsId, Error> {
    let mut checked: Vec<(String, Vec<String>)> = Vec::with_capacity(options.len());
    for (name, values) in options {
        let values = split(&values);
        let twice = checked.iter().any(|(known, _)| *known == name);
        if twice || !is_valid(&name, &values).ok_or_else(|| Error::DhcpOptionUnknown(name.clone()))? {
            return Err(Error::DhcpOptionInvalid { name, values });
        }
        checked.push((name, values));
    }
    let id = DhcpOptionsId::random(ctx.random);
    draft.put(DhcpOptions { id, options: checked, region_default: false });
    Ok(id)
}

/// Several servers may stand in one value, separated by commas.
fn split(values: &[String]) -> Vec<String> {
    values.iter().flat_map(|value| value.split(',')).map(|value| value.trim().to_owned()).collect()
}

/// Whether an option can have these values; none: there is no such option.
fn is_valid(name: &str, values: &[String]) -> Option<bool> {
    let addresses = || values.iter().map(|value| value.parse::<IpAddr>()).collect::<Result<Vec<_>, _>>();
    let all_ipv4 = || values.iter().all(|value| value.parse::<Ipv4Addr>().is_ok());
    let valid = match name {
        "domain-name" => values.iter().all(|value| !value.is_empty() && value.chars().all(|char| char.is_ascii_graphic() || char == ' ')),
        "domain-name-servers" => values == [AMAZON_DNS] || (values.len() <= SERVERS_MAX && addresses().is_ok()),
        "ntp-servers" => addresses().is_ok_and(|servers| {
            let ipv4 = servers.iter().filter(|server| server.is_ipv4()).count();
            ipv4 <= SERVERS_MAX && servers.len() - ipv4 <= SERVERS_MAX
        }),
        "netbios-name-servers" => values.len() <= SERVERS_MAX && all_ipv4(),
        "netbios-node-type" => values.len() == 1 && ["1", "2", "4", "8"].contains(&values[0].as_str()),
        // In seconds.
        "ipv6-address-preferred-lease-time" => {
            values.len() == 1 && values[0].parse().is_ok_and(|seconds: u32| (140..=2_147_483_647).contains(&seconds))
        }
        _ => return None,
    };
    Some(valid && !values.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, values: &[&str]) -> Option<bool> {
        is_valid(name, &split(&values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>()))
    }

    #[test]
    fn up_to_four_dns_servers_or_amazons() {
        assert_eq!(check("domain-name-servers", &["AmazonProvidedDNS"]), Some(true));
        assert_eq!(check("domain-name-servers", &["10.2.5.1,10.2.5.2", "fd00::1", "10.2.5.3"]), Some(true));
        assert_eq!(check("domain-name-servers", &["10.2.5.1,10.2.5.2,10.2.5.3,10.2.5.4,10.2.5.5"]), Some(false));
        assert_eq!(check("domain-name-servers", &["ns.example.com"]), Some(false));
        assert_eq!(check("domain-name-servers", &[]), Some(false));
    }

    #[test]
    fn the_node_type_is_1_2_4_or_8_and_the_lease_time_at_least_140_seconds() {
        assert_eq!(check("netbios-node-type", &["2"]), Some(true));
        assert_eq!(check("netbios-node-type", &["3"]), Some(false));
        assert_eq!(check("ipv6-address-preferred-lease-time", &["140"]), Some(true));
        assert_eq!(check("ipv6-address-preferred-lease-time", &["139"]), Some(false));
        assert_eq!(check("router", &["10.0.0.1"]), None);
    }
}
