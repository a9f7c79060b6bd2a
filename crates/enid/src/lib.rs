//! Everything of the enid binary but its `main`: a library, so that tests drive operations on the same road as the
//! server does.

// They panic when nobody reads; `terminal` does not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod answer;
mod aws_profile;
mod body;
mod chance;
pub mod checks;
pub mod cli;
mod client;
pub mod commit;
mod config;
mod control;
mod credentials;
mod descriptors;
mod detach;
mod errors;
mod files;
mod folder;
mod folders;
mod health;
mod holder;
mod host;
mod host_network;
mod id_errors;
mod key_material;
pub mod machine;
mod memory;
mod notify;
pub mod ops;
mod panics;
mod places;
pub mod readers;
mod server;
mod status;
pub mod store;
mod supervisor;
mod terminal;
mod version;
mod work;
