//! Addressing: which addresses and prefixes an interface may hold, and how they come, go and move.
//!
//! Everything here costs in proportion to the addresses of the interface and the logarithm of everything else; no rule
//! reads all interfaces. A rule that refuses has changed nothing.
//!
//! Sources: EC2's user guide, "Multiple IP addresses", "Secondary IP addresses" and "Prefix delegation".

mod choose;
mod ipv4;
mod ipv6;
mod limits;

pub(crate) use choose::Chooser;
pub use ipv4::{Assigned, WantedIpv4, assign_ipv4, unassign_ipv4};
pub use ipv6::{WantedIpv6, assign_ipv6, unassign_ipv6};
pub(crate) use limits::{check_asked, check_counts, check_type};
