//! `enid version`.

use clap::Args;

use super::print;
use crate::version::{API_VERSION, COMMIT, VERSION};

/// Say which enid this is, and which version of EC2's API it serves.
#[derive(Args)]
pub struct Version {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Version {
    /// Says it.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub fn run(&self) -> Result<(), String> {
        if self.json {
            return print(&format!("{:#}\n", serde_json::json!({ "version": VERSION, "commit": COMMIT, "api_version": API_VERSION })));
        }
        print(&format!("enid {VERSION} (commit {}, EC2 API {API_VERSION})\n", COMMIT.unwrap_or("unknown")))
    }
}
