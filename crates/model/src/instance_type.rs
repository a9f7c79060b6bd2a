//! Instance types and their limits, as `DescribeInstanceTypes` reports them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The facts of an instance type.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceType {
    /// `m5.large`.
    pub name: &'static str,
    /// Whether EC2 still sells it as current.
    pub current_generation: bool,
    /// Whether it is a whole machine.
    pub bare_metal: bool,
    /// Whether it earns CPU credits.
    pub burstable: bool,
    /// `nitro` or `xen`; none for bare metal.
    pub hypervisor: Option<&'static str>,
    /// `x86_64`, `arm64`, `i386`.
    pub architectures: Vec<&'static str>,
    /// Virtual CPUs by default.
    pub vcpus: i32,
    /// Cores by default.
    pub cores: i32,
    /// Threads per core by default.
    pub threads_per_core: i32,
    /// Memory in MiB.
    pub memory_mib: i64,
    /// EC2's words, such as `Up to 10 Gigabit`.
    pub network_performance: &'static str,
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
    /// The card that the primary interface is on.
    pub default_network_card: u16,
    /// Interfaces of each card at most.
    pub network_cards: Vec<u32>,
    /// `hvm`, `paravirtual`.
    pub virtualization_types: Vec<&'static str>,
    /// `legacy-bios`, `uefi`.
    pub boot_modes: Vec<&'static str>,
    /// `ebs`, `instance-store`.
    pub root_devices: Vec<&'static str>,
    /// GHz, where known.
    pub clock_ghz: Option<f64>,
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

    /// A type by its name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TYPES.get(name)
    }

    /// Every type, in the order of the names.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        TYPES.values()
    }
}

static CSV: &str = include_str!("instance-types.csv");

static TYPES: LazyLock<BTreeMap<&'static str, InstanceType>> =
    LazyLock::new(|| CSV.lines().skip(1).filter_map(parse).map(|parsed| (parsed.name, parsed)).collect());

fn parse(line: &'static str) -> Option<InstanceType> {
    let list = |field: &'static str| field.split('|').filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let yes = |field: &str| field == "True";
    let mut fields = line.split(',');
    Some(InstanceType {
        name: fields.next()?,
        current_generation: yes(fields.next()?),
        bare_metal: yes(fields.next()?),
        burstable: yes(fields.next()?),
        hypervisor: fields.next().filter(|field| !field.is_empty()),
        architectures: list(fields.next()?),
        vcpus: fields.next()?.parse().ok()?,
        cores: fields.next()?.parse().unwrap_or_default(),
        threads_per_core: fields.next()?.parse().unwrap_or_default(),
        memory_mib: fields.next()?.parse().ok()?,
        network_performance: fields.next()?,
        ena_support: fields.next()?,
        ipv6_supported: yes(fields.next()?),
        interfaces_max: fields.next()?.parse().ok()?,
        ipv4_per_interface_max: fields.next()?.parse().ok()?,
        ipv6_per_interface_max: fields.next()?.parse().ok()?,
        default_network_card: fields.next()?.parse().unwrap_or_default(),
        network_cards: list(fields.next()?).into_iter().filter_map(|card| card.parse().ok()).collect(),
        virtualization_types: list(fields.next()?),
        boot_modes: list(fields.next()?),
        root_devices: list(fields.next()?),
        clock_ghz: fields.next()?.parse().ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_type() {
        assert_eq!(InstanceType::all().count(), CSV.lines().count() - 1);
        assert_eq!(InstanceType::all().count(), 1395);
        let type_ = InstanceType::named("p4d.24xlarge").unwrap();
        assert_eq!((type_.interfaces_max, type_.network_cards.as_slice()), (60, [15; 4].as_slice()));
        assert!(!InstanceType::named("t2.micro").unwrap().is_nitro());
    }

    #[test]
    fn every_type_has_cards_that_hold_its_interfaces() {
        for type_ in InstanceType::all() {
            assert!(!type_.network_cards.is_empty(), "{}", type_.name);
            assert!(usize::from(type_.default_network_card) < type_.network_cards.len(), "{}", type_.name);
        }
    }
}
