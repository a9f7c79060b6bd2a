//! Everything of the enid binary but its `main`: a library, so that tests drive operations on the same road as the
//! server does.

// They panic when nobody reads; `terminal` does not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod answer;
mod aws_profile;
mod body;
pub mod cli;
mod client;
mod config;
mod control;
mod credentials;
mod detach;
mod folder;
mod health;
mod holder;
mod host;
mod host_network;
mod memory;
mod notify;
mod places;
mod server;
mod status;
mod supervisor;
mod version;
