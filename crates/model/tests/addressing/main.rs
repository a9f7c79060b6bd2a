//! The rules of addressing, as promises.
#![allow(clippy::unwrap_used, reason = "this is a test")]

mod families;
mod given;
mod launch;
mod multiple_ip_addresses;
mod places;
mod prefixes;
mod walk;
