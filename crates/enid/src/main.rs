//! The enid binary.

mod commit;
mod errors;
mod ops;
mod store;

fn main() {}
