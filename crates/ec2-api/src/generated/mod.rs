//! What `cargo xtask codegen` wrote.
#![allow(missing_docs, reason = "the EC2 API reference describes every member")]

pub mod constant_reads;
pub mod facts;
pub mod inputs;
pub mod operations;
pub mod outputs;
pub mod shared;
