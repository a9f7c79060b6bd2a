//! `cargo xtask bench`: how fast enid is, on the machine it runs on. It starts a server of its own, makes its own load
//! and stops by itself.

mod api;
mod beside;
mod measure;
mod packets;
mod ping;

use std::path::Path;

pub use measure::block_on;
use serde_json::{Value, json};

use crate::Outcome;
use crate::enid::{self, DataFolder};

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    /// Interfaces that there are while the API is measured, one size after the other.
    pub interfaces: &'static [usize],
    /// Tagged interfaces that there are while a cheap request is measured beside heavy ones.
    pub tagged: usize,
    /// How long each figure of the API is measured.
    pub seconds: f64,
    /// How often each figure with packets is.
    pub repetitions: usize,
}

const FULL: Effort = Effort { interfaces: &[10, 10_000, 200_000], tagged: 100_000, seconds: 3.0, repetitions: 50 };
/// Only proves that everything runs.
const QUICK: Effort = Effort { interfaces: &[10, 300], tagged: 300, seconds: 0.2, repetitions: 3 };

/// A line of the table.
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// Operations in a second, where they were counted.
    pub per_second: Option<f64>,
    /// Milliseconds that half of them took at most.
    pub median_ms: f64,
    /// Milliseconds that 99 of 100 took at most.
    pub p99_ms: f64,
}

/// Runs it: `--json` prints JSON, `--quick` only proves that it runs, `--only api` or `--only packets` does a half,
/// `--inside` is how it calls itself inside a network namespace.
pub fn run(words: &[&str]) -> Outcome {
    let has = |flag: &str| words.contains(&flag);
    let known = ["--json", "--quick", "--only", "api", "packets", "--inside"];
    if let Some(unknown) = words.iter().find(|word| !known.contains(word)) {
        return Err(format!("bench does not know {unknown}").into());
    }
    let effort = if has("--quick") { QUICK } else { FULL };
    if cfg!(debug_assertions) && !has("--quick") {
        eprintln!("The load generator is a debug build, slower than the server it measures: use `make bench`.");
    }
    let binary = enid::build(!has("--quick"))?;
    let only = words.iter().skip_while(|word| **word != "--only").nth(1).copied();
    let mut figures = Vec::new();
    let outcome = all(&binary, effort, only, has("--inside"), has("--quick"), &mut figures);
    // What was measured before something failed took minutes.
    if has("--json") {
        println!("{}", Value::from(figures.iter().map(Figure::json).collect::<Vec<_>>()))
    } else {
        print(&figures)
    }
    outcome
}

fn all(binary: &Path, effort: Effort, only: Option<&str>, inside: bool, quick: bool, figures: &mut Vec<Figure>) -> Outcome {
    if inside {
        figures.extend(packets::measure(binary, effort)?);
        return Ok(());
    }
    if only != Some("packets") {
        figures.extend(disk()?);
        figures.extend(api::measure(binary, effort)?);
        figures.extend(beside::measure(binary, effort)?);
    }
    if only != Some("api") {
        figures.extend(packets::measure_in_a_namespace(quick)?);
    }
    Ok(())
}

/// What an fsync costs here: no durable operation alone can be faster.
fn disk() -> Result<Vec<Figure>, Box<dyn std::error::Error>> {
    use std::io::Write as _;
    let folder = DataFolder::new("disk")?;
    let mut file = std::fs::File::create(folder.path().join("probe"))?;
    let mut latencies = measure::Latencies::default();
    for _ in 0..300 {
        file.write_all(&[0x5a; 4096])?;
        let begun = std::time::Instant::now();
        file.sync_data()?;
        latencies.push(begun.elapsed());
    }
    Ok(vec![latencies.figure("the disk alone: fdatasync of 4 KiB".into(), None)])
}

impl Figure {
    fn json(&self) -> Value {
        json!({ "what": self.what, "per_second": self.per_second, "median_ms": self.median_ms, "p99_ms": self.p99_ms })
    }

    fn from_json(value: &Value) -> Option<Self> {
        Some(Self {
            what: value["what"].as_str()?.to_owned(),
            per_second: value["per_second"].as_f64(),
            median_ms: value["median_ms"].as_f64()?,
            p99_ms: value["p99_ms"].as_f64()?,
        })
    }
}

fn print(figures: &[Figure]) {
    let widest = figures.iter().map(|figure| figure.what.chars().count()).max().unwrap_or(0);
    println!("{:widest$}  {:>10}  {:>10}  {:>10}", "", "per second", "median ms", "p99 ms");
    for figure in figures {
        let rate = figure.per_second.map_or_else(String::new, |rate| format!("{rate:.0}"));
        println!("{:widest$}  {rate:>10}  {:>10.3}  {:>10.3}", figure.what, figure.median_ms, figure.p99_ms);
    }
    println!("\n{} processors, {}; the load generator shares them.", std::thread::available_parallelism().map_or(1, usize::from), kernel());
}

fn kernel() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("Linux {}", release.trim())
}
