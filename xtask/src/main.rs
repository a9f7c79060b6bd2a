//! Code generation, benchmarks and repository checks.
fn main() {}
