//! The enid binary.
fn main() {}
