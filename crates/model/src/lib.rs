//! The rules of EC2 networking, pure: no clock, no randomness of its own, no I/O, no wire.
//!
//! A [`State`] holds every resource. An operation works on a [`Draft`] of it, through the rules in this crate, and what
//! it did comes out as [`Change`]s; [`State::apply`] is the only function that changes a state. [`invariants::check`]
//! says what must hold after each.

pub mod address_transfer;
pub mod addressing;
pub mod aws_prefix_list;
pub mod client_token;
pub mod ctx;
pub mod default_vpc;
pub mod dhcp_options;
pub mod dns_name;
pub mod egress_only_internet_gateway;
pub mod elastic_ip;
pub mod ended;
pub mod error;
pub mod gateway;
pub mod here;
pub mod housekeeping;
pub mod ids;
pub mod image;
pub mod index;
pub mod instance;
pub mod instance_type;
pub mod interface;
pub mod interface_permission;
pub mod invariants;
pub mod key_pair;
pub mod launch;
pub mod launch_template;
pub mod life_cycle;
pub mod modify_instance;
pub mod nat_gateway;
pub mod network_acl;
pub mod pool;
pub mod prefix_list;
pub mod quotas;
pub mod realm;
pub mod route_table;
pub mod security_group;
pub mod state;
pub mod subnet;
pub mod subnet_reservation;
pub mod table;
pub mod tags;
pub mod time;
pub mod vpc;
pub mod vpc_block;
pub mod vpc_peering;
pub mod world;

pub use ctx::{Ctx, Random};
pub use error::Error;
pub use here::Here;
pub use ids::ResourceId;
pub use realm::{AccountId, Region, Scope, Zone};
pub use state::{Change, Draft, Key, Realm, Row, State};
pub use time::Timestamp;
pub use world::World;
