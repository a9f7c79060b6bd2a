//! Code generation, benchmarks and repository checks: `cargo xtask <command>`.

mod bench;
mod check;
mod client;
mod codegen;
mod constant_reads;
mod coverage;
mod crash;
mod enid;
mod instance_types;
mod package;
mod served;
mod service_model;
mod trim_model;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What every command ends in; the message is for the person at the terminal.
type Outcome = Result<(), Box<dyn std::error::Error>>;

const USAGE: &str = "\
cargo xtask <command>

  trim-model <service-2.json> <its origin>
                  writes models/ec2.json, constant-reads.json and all-operations.txt from botocore's EC2 model
  codegen         writes crates/ec2-api/src/generated and docs/operations.md from models/
  codegen --check fails if what codegen would write differs from what is there
  instance-types <folder>
                  writes crates/model/src/instance-types.json from instance-types.jsonl.gz, and compares
  check           holds the repository to its rules: crates, licences, files, examples, generated code
  bench           measures enid and prints a table [--json] [--quick] [--only api|packets]
  coverage <folder> [--shrink]
                  compares EC2's model with what is served, read, answered and tested; takes out exceptions
                  that are no longer needed
  package [--debug] [FOLDER]
                  makes the stripped binary, its debug information, manual pages, completions and a Debian package
  crash           kills servers under load and sees that nothing acknowledged was lost [rounds] [seed]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["trim-model", model, origin] => trim_model::run(Path::new(model), origin),
        ["codegen"] => codegen::run(codegen::Mode::Write),
        ["codegen", "--check"] => codegen::run(codegen::Mode::Check),
        ["instance-types", folder] => instance_types::run(Path::new(folder)),
        ["check"] => check::run(),
        ["bench", words @ ..] => bench::run(words),
        ["coverage", recorded] => coverage::run(Path::new(recorded), false),
        ["coverage", recorded, "--shrink"] => coverage::run(Path::new(recorded), true),
        ["package", words @ ..] => package::run(words),
        ["crash", words @ ..] => crash::run(words),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The repository's root, found from where this crate was compiled.
fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}
