//! Which enid this is.

/// Its version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that it was built from; none in a debug build, or one outside a repository. See `build.rs`.
pub const COMMIT: Option<&str> = option_env!("ENID_COMMIT");
/// The version of EC2's API that is served.
pub const API_VERSION: &str = ec2_api::query::VERSION;
