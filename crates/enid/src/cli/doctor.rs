//! `enid doctor`: whether this machine can move packets and run instances, and what is missing.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{DataFolder, print};
use crate::config::Config;
use crate::host_network::HostNetwork;
use machine::{self, terminal};

/// Check whether this machine can move packets and run instances, and say what is missing.
#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    data: DataFolder,
    /// The configuration file that the server is to have: its address pools are looked at
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A thing that was looked at.
struct Finding {
    name: String,
    ok: bool,
    required: bool,
    detail: String,
}

impl Doctor {
    /// Looks and prints.
    ///
    /// # Errors
    /// When something that is needed is missing.
    pub fn run(&self) -> Result<(), String> {
        let config = self.config.as_deref().map(Config::read).transpose()?.unwrap_or_default();
        let mut findings = findings(&self.data.path());
        findings.extend(pools(&config));
        print(&if self.json { json(&findings) } else { table(&findings) })?;
        match findings.iter().filter(|finding| !finding.ok && finding.required).count() {
            0 => Ok(()),
            missing => {
                Err(format!("{missing} of what is needed is missing; until then `enid up --fabric none` serves the API without packets"))
            }
        }
    }
}

fn findings(data: &Path) -> Vec<Finding> {
    let network = fabric::doctor::checks().into_iter().map(|check| Finding {
        name: check.name.into(),
        ok: check.ok(),
        required: true,
        detail: check.problem.map_or_else(|| "yes".into(), |problem| format!("{problem}; remedy: {}", check.remedy)),
    });
    let mut findings: Vec<Finding> = network.collect();
    for check in machine::check(data) {
        // Both look at root and at network namespaces.
        if findings.iter().all(|finding| finding.name != check.name) {
            findings.push(Finding { name: check.name.into(), ok: check.ok, required: check.required, detail: check.detail });
        }
    }
    findings
}

/// Whether the host uses addresses that the pools would take from it.
fn pools(config: &Config) -> Vec<Finding> {
    let name = |range: &dyn std::fmt::Display| format!("address pool {range}");
    let pools = &config.world.pools;
    let clashes = match HostNetwork::read() {
        Ok(network) => network.clashes(pools, None),
        // It takes root, whose lack is another finding.
        Err(error) => return vec![Finding { name: "address pools".into(), ok: false, required: false, detail: error }],
    };
    let free = |range: String| {
        let clash = clashes.iter().find(|clash| clash.range.to_string() == range);
        let detail =
            clash.map_or_else(|| "nobody here uses it".into(), |clash| format!("{}; remedy: {}", clash.uses.join("; "), clash.remedy));
        // Without the further default ranges enid starts as well.
        let is_spared = !config.names_ipv4_pools && pools.ipv4.iter().skip(1).any(|further| further.to_string() == range);
        Finding { name: name(&range), ok: clash.is_none(), required: !is_spared, detail }
    };
    let ranges = pools.ipv4.iter().chain(&pools.brought).map(ToString::to_string);
    ranges.chain([pools.ipv6.to_string()]).map(free).collect()
}

/// What of all that is needed to move packets and run instances is missing; none when nothing is.
pub fn missing(data: &Path) -> Vec<String> {
    let needed = findings(data).into_iter().filter(|finding| finding.required && !finding.ok);
    needed.map(|finding| format!("{}: {}", finding.name, finding.detail)).collect()
}

fn table(findings: &[Finding]) -> String {
    let colour = terminal::has_colours();
    let width = findings.iter().map(|finding| finding.name.len()).max().unwrap_or_default();
    let line = |finding: &Finding| {
        let (word, code) = match (finding.ok, finding.required) {
            (true, _) => ("ok", "32"),
            (false, true) => ("missing", "31"),
            (false, false) => ("absent", "33"),
        };
        let word = if colour { format!("\x1b[{code}m{word:<7}\x1b[0m") } else { format!("{word:<7}") };
        format!("{word}  {:<width$}  {}\n", finding.name, finding.detail)
    };
    findings.iter().map(line).collect()
}

fn json(findings: &[Finding]) -> String {
    let object = |finding: &Finding| serde_json::json!({ "name": finding.name, "ok": finding.ok, "required": finding.required, "detail": finding.detail });
    format!("{:#}\n", serde_json::Value::Array(findings.iter().map(object).collect()))
}
