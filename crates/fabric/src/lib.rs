//! The data plane: EC2's networks as network namespaces, links, routes and nftables, over netlink.
//!
//! `state → `[`desired`]` → `[`plan`]` → `[`kernel`]. The first two are pure; the [`reconcile::Reconciler`] drives them on a thread of
//! its own and compares with what the kernel says.
//!
//! | what | is |
//! |---|---|
//! | a VPC, a running instance, a NAT gateway | a namespace, found at `<data>/netns/<id>` ([`netns`]) |
//! | an interface | a veth pair: `e` and 14 digits of its id in the VPC, `eth<index>` in the instance ([`names`]) |
//! | an address, a delegated prefix | a route in the VPC's table 200 |
//! | a route table | a kernel table, found by a mark |
//! | a VPC's internet gateway | a veth pair: `igw` in the VPC, `enid-…` on the host |
//! | an egress-only internet gateway | the same: `eigw`, `enid-x…` |
//! | a peering connection | a veth pair between two VPCs: `p…` in both |
//! | idle timeouts of an interface's connections | an nftables `ct timeout` per protocol |
//! | everything else | elements of nftables sets, looked up by a fixed [`ruleset`] |
//!
//! Invariants
//! - No command is spawned.
//! - On the host, only what bears enid's names (`enid0`, `enid-…`) and this server's tag, or its route protocol (225), is
//!   made, changed and removed.
//! - Only this crate speaks netlink.

pub mod boot;
pub mod desired;
pub mod doctor;
pub mod down;
pub mod expression;
pub mod kernel;
pub mod names;
pub mod netns;
pub mod plan;
pub mod reconcile;
pub mod ruleset;
