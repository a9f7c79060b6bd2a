//! Instance types, as `DescribeInstanceTypes` of AWS reports them.
//!
//! `instance-types.json` is written by `cargo xtask instance-types`, which says how: sections of rows that refer to each other.
//! It is read once, when a type is first asked for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The facts of an instance type that rules need; [`Self::facts`] has all.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceType {
    /// `m5.large`.
    pub name: &'static str,
    /// Whether it earns CPU credits.
    pub burstable: bool,
    /// `nitro` or `xen`; none for bare metal.
    pub hypervisor: Option<&'static str>,
    /// `x86_64`, `arm64`, `i386`.
    pub architectures: Vec<&'static str>,
    /// Cores by default.
    pub cores: i32,
    /// Threads per core by default.
    pub threads_per_core: i32,
    /// Memory in MiB.
    pub memory_mib: i64,
    /// `required`, `supported` or `unsupported`.
    pub ena_support: &'static str,
    /// Whether interfaces can hold IPv6 addresses.
    pub ipv6_supported: bool,
    /// Interfaces at most, over all cards.
    pub interfaces_max: u32,
    /// IPv4 addresses (and prefixes) of an interface at most.
    pub ipv4_per_interface_max: u32,
    /// IPv6 addresses (and prefixes) of an interface at most.
    pub ipv6_per_interface_max: u32,
    /// Interfaces of each card at most.
    pub network_cards: Vec<u32>,
    row: Row,
}

impl InstanceType {
    /// Whether it is built on Nitro, bare metal included: only then are delegated prefixes and interfaces without IPv4
    /// possible.
    pub fn is_nitro(&self) -> bool {
        self.hypervisor != Some("xen")
    }

    /// `standard` or `unlimited`: how the type spends CPU credits unless the launch says otherwise; T2 is the only family
    /// that starts as standard.
    pub fn default_cpu_credits(&self) -> Option<&'static str> {
        self.burstable.then(|| if self.name.starts_with("t2.") { "standard" } else { "unlimited" })
    }

    /// Everything that AWS tells of it, with members in snake case.
    pub fn facts(&self) -> Value {
        let Value::Object(mut facts) = self.row.value() else { return Value::Null };
        if let Some(Value::Object(common)) = facts.remove(COMMON) {
            facts.extend(common);
        }
        facts.into()
    }

    /// A type by its name.
    pub fn named(name: &str) -> Option<&'static Self> {
        BY_NAME.get(name)
    }

    /// Every type, in the order of the names.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        BY_NAME.values()
    }
}

static JSON: &str = include_str!("instance-types.json");

/// The section of the types.
const TYPES: &str = "types";
/// What a type says itself stands there.
const COMMON: &str = "common";

static SECTIONS: LazyLock<BTreeMap<String, Section>> = LazyLock::new(|| serde_json::from_str(JSON).unwrap_or_default());

static BY_NAME: LazyLock<BTreeMap<&'static str, InstanceType>> = LazyLock::new(|| {
    let Some((section, types)) = SECTIONS.get_key_value(TYPES) else { return BTreeMap::new() };
    let rows = (0..types.rows.len()).map(|number| Row { section, number });
    rows.filter_map(read).map(|read| (read.name, read)).collect()
});

/// The different values of a structure.
#[derive(Debug, Deserialize)]
struct Section {
    members: Vec<String>,
    rows: Vec<Vec<Value>>,
}

/// A value of a structure.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    section: &'static str,
    number: usize,
}

impl Row {
    fn members(self) -> impl Iterator<Item = (&'static str, &'static Value)> {
        let section = SECTIONS.get(self.section);
        let row = section.and_then(|section| section.rows.get(self.number));
        let names = section.into_iter().flat_map(|section| &section.members).map(String::as_str);
        names.zip(row.into_iter().flatten()).filter(|(_, value)| !value.is_null())
    }

    fn get(self, member: &str) -> Option<&'static Value> {
        self.members().find_map(|(name, value)| (name == member).then_some(value))
    }

    /// The section of the structures that a member refers to, if it does.
    fn section_below(self, member: &str) -> Option<&'static str> {
        let name = if self.section == TYPES { member.to_owned() } else { format!("{}.{member}", self.section) };
        SECTIONS.get_key_value(&name).map(|(name, _)| name.as_str())
    }

    /// The structures that a member refers to.
    fn below(self, member: &str) -> impl Iterator<Item = Row> {
        let section = self.section_below(member);
        let value = self.get(member);
        let one = value.filter(|value| value.is_number());
        let numbers = value.and_then(Value::as_array).into_iter().flatten().chain(one).filter_map(Value::as_u64);
        numbers.filter_map(move |number| Some(Row { section: section?, number: usize::try_from(number).ok()? }))
    }

    fn value(self) -> Value {
        let whole = |(name, value): (&'static str, &'static Value)| {
            let value = match (self.section_below(name), value) {
                (None, value) => value.clone(),
                (Some(_), Value::Array(_)) => self.below(name).map(Row::value).collect(),
                (Some(_), _) => self.below(name).next()?.value(),
            };
            Some((name.to_owned(), value))
        };
        self.members().filter_map(whole).collect::<Map<String, Value>>().into()
    }
}

fn read(row: Row) -> Option<InstanceType> {
    fn texts(value: Option<&'static Value>) -> Vec<&'static str> {
        value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }
    let yes = |value: Option<&Value>| value.and_then(Value::as_bool).unwrap_or_default();
    let signed = |value: Option<&Value>| value.and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok());
    let number = |value: Option<&Value>| value.and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    let one = |member: &str| row.below(member).next();
    let (common, network, processor, vcpus) = (one(COMMON)?, one("network_info")?, one("processor_info")?, one("v_cpu_info")?);
    Some(InstanceType {
        name: row.get("instance_type")?.as_str()?,
        burstable: yes(common.get("burstable_performance_supported")),
        hypervisor: common.get("hypervisor").and_then(Value::as_str),
        architectures: texts(processor.get("supported_architectures")),
        cores: signed(vcpus.get("default_cores"))?,
        threads_per_core: signed(vcpus.get("default_threads_per_core"))?,
        memory_mib: one("memory_info")?.get("size_in_mi_b")?.as_i64()?,
        ena_support: network.get("ena_support")?.as_str()?,
        ipv6_supported: yes(network.get("ipv6_supported")),
        interfaces_max: number(network.get("maximum_network_interfaces"))?,
        ipv4_per_interface_max: number(network.get("ipv4_addresses_per_interface"))?,
        ipv6_per_interface_max: number(network.get("ipv6_addresses_per_interface"))?,
        network_cards: network.below("network_cards").filter_map(|card| number(card.get("maximum_network_interfaces"))).collect(),
        row,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_file_is_a_type() {
        assert_eq!(InstanceType::all().count(), SECTIONS[TYPES].rows.len());
        assert_eq!(InstanceType::all().count(), 1395);
        let type_ = InstanceType::named("p4d.24xlarge").unwrap();
        assert_eq!((type_.interfaces_max, type_.network_cards.as_slice()), (60, [15; 4].as_slice()));
        assert!(!InstanceType::named("t2.micro").unwrap().is_nitro());
    }

    #[test]
    fn every_type_has_cards_that_hold_its_interfaces() {
        for type_ in InstanceType::all() {
            assert!(!type_.network_cards.is_empty(), "{}", type_.name);
            assert!(!type_.architectures.is_empty(), "{}", type_.name);
        }
    }

    #[test]
    fn what_types_share_is_put_together_again() {
        let facts = InstanceType::named("m5d.large").unwrap().facts();
        assert_eq!(facts["instance_storage_info"]["disks"], serde_json::json!([{ "count": 1, "size_in_gb": 75, "type": "ssd" }]));
        assert_eq!(facts["ebs_info"]["ebs_optimized_info"]["baseline_iops"], 3600);
        assert_eq!(facts["supported_usage_classes"], serde_json::json!(["on-demand", "spot"]));
        assert!(facts.get(COMMON).is_none() && facts.get("gpu_info").is_none());
    }
}
