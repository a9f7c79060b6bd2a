//! `cargo xtask check`: rules of the repository that no compiler knows.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Outcome, codegen, root};

/// Which of our crates each of our crates may use. `enid` and `xtask` may use all, and nobody uses those two.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("ec2-api", &[]),
    ("machine", &[]),
    ("fabric", &["model"]),
    ("ops", &["ec2-api", "model"]),
    ("engine", &["ec2-api", "model", "ops"]),
];
/// What pure crates must not use, not even in tests: a runtime, system calls, a store, randomness of their own.
const IMPURE: &[&str] = &["tokio", "nix", "libc", "redb", "getrandom"];
/// The pure crates.
const PURE: &[&str] = &["model", "ec2-api", "ops"];
/// Licences that ask for no more than to be named.
const LICENCES: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "Zlib",
    "BSL-1.0",
    "CC0-1.0",
    "Unlicense",
    "Unicode-3.0",
    "Unicode-DFS-2016",
];
/// Where somebody's own files are: what names such a path works on that machine only.
const PRIVATE_PATHS: &[&str] = &["/home/", "/Users/", "/work/"];
/// What would be left undone.
const LEFT_UNDONE: &[&str] = &["TODO", "FIXME", "XXX:"];
/// This file names what it looks for.
const THIS_FILE: &str = "xtask/src/check.rs";

/// Looks at everything and tells all that is wrong.
pub fn run() -> Outcome {
    let metadata = metadata()?;
    let mut faults = Vec::new();
    faults.extend(crates(&metadata));
    faults.extend(licences(&metadata));
    faults.extend(files(&root())?);
    faults.extend(examples(&root())?);
    faults.extend(documents(&root())?);
    faults.extend(evidence(&root())?);
    if let Err(error) = codegen::run(codegen::Mode::Check) {
        faults.push(error.to_string());
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

fn metadata() -> Result<Value, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output()?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Our crates use each other only as the architecture has it.
fn crates(metadata: &Value) -> Vec<String> {
    let ours: Vec<&Value> = list(metadata, "packages").filter(|package| package["source"].is_null()).collect();
    let is_ours = |name: &str| ours.iter().any(|package| text(package, "name") == name);
    let mut faults = Vec::new();
    for package in &ours {
        let name = text(package, "name");
        let allowed = MAY_USE.iter().find(|(known, _)| *known == name).map(|(_, allowed)| *allowed);
        // What only tests use counts too: a test of a pure crate must not need the others.
        for used in list(package, "dependencies").map(|dependency| text(dependency, "name")).filter(|used| is_ours(used)) {
            if used == "enid" || used == "xtask" || allowed.is_some_and(|allowed| !allowed.contains(&used)) {
                faults.push(format!("crate {name} must not use crate {used}"));
            }
        }
        if PURE.contains(&name) {
            let used = list(package, "dependencies").map(|dependency| text(dependency, "name")).filter(|used| IMPURE.contains(used));
            faults.extend(used.map(|used| format!("crate {name} is pure and must not use {used}")));
        }
    }
    faults
}

/// Everything that is linked may be used by anybody.
fn licences(metadata: &Value) -> Vec<String> {
    let packages = list(metadata, "packages").filter(|package| in_use(metadata, package));
    packages
        .filter(|package| !allows(text(package, "license")))
        .map(|package| format!("{} {} has the licence {:?}", text(package, "name"), text(package, "version"), text(package, "license")))
        .collect()
}

/// Whether a package is built for Linux at all: `packages` lists those of every platform.
fn in_use(metadata: &Value, package: &Value) -> bool {
    list(&metadata["resolve"], "nodes").any(|node| node["id"] == package["id"])
}

/// Whether an SPDX expression (`MIT OR Apache-2.0`, `(A OR B) AND C`, the old `A/B`) can be met with our licences.
fn allows(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], " ");
    let one = |licence: &str| LICENCES.contains(&licence.trim());
    // `AND` binds closer than `OR`; with the parentheses gone, asking for every part of an `AND` to have an allowed
    // alternative is what `(A OR B) AND C` means, and stricter than what `A OR B AND C` does.
    !expression.trim().is_empty() && expression.split(" AND ").all(|part| part.split(" OR ").any(one))
}

fn tracked(root: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let output = Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root).output()?;
    if !output.status.success() {
        return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let names = String::from_utf8(output.stdout)?;
    Ok(names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect())
}

/// No file names a machine of its author, and each says what it is for.
fn files(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut faults = Vec::new();
    for path in tracked(root)? {
        let name = path.display();
        // Deleted but not yet committed, or no text.
        let Ok(content) = fs::read_to_string(root.join(&path)) else { continue };
        for (number, line) in content.lines().enumerate().filter(|_| path != Path::new(THIS_FILE)) {
            for word in PRIVATE_PATHS.iter().chain(LEFT_UNDONE).filter(|word| line.contains(**word)) {
                faults.push(format!("{name}:{}: {word}", number + 1));
            }
        }
        if path.extension().is_some_and(|extension| extension == "rs") && !content.starts_with("//!") {
            faults.push(format!("{name}: does not say what it is for (//!)"));
        }
    }
    Ok(faults)
}

/// Every example can be run, and a reader learns of it.
fn examples(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let readme = fs::read_to_string(root.join("README.md"))?;
    let mut faults = Vec::new();
    for entry in fs::read_dir(root.join("examples"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.metadata()?;
        if kind.is_file() && kind.permissions().mode() & 0o111 == 0 {
            faults.push(format!("examples/{name} is not executable"));
        }
        if !readme.contains(&name) {
            faults.push(format!("README.md does not name examples/{name}"));
        }
    }
    Ok(faults)
}

/// The folders that a path in a document begins with.
const FOLDERS: &[&str] = &["crates/", "docs/", "examples/", "models/", "packaging/", "scripts/", "tests/", "xtask/", ".ci/"];

/// Every file that a document names is there: a path in backquotes, or the target of a link.
fn documents(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut faults = Vec::new();
    for path in tracked(root)?.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let Ok(content) = fs::read_to_string(root.join(&path)) else { continue };
        let folder = path.parent().unwrap_or(Path::new(""));
        for (number, line) in content.lines().enumerate() {
            let missing = named_paths(line, folder).into_iter().filter(|named| !root.join(named).exists());
            faults.extend(missing.map(|named| format!("{}:{}: there is no {}", path.display(), number + 1, named.display())));
        }
    }
    Ok(faults)
}

/// The paths that a line of a document names, from the root of the repository.
fn named_paths(line: &str, folder: &Path) -> Vec<PathBuf> {
    let quoted = line.split('`').skip(1).step_by(2).filter(|text| FOLDERS.iter().any(|folder| text.starts_with(folder)));
    let quoted = quoted.filter(|text| !text.contains([' ', '*', '<', '…', '{'])).map(PathBuf::from);
    let linked = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let linked = linked.filter(|target| !target.is_empty() && !target.contains(':')).map(|target| folder.join(target));
    quoted.chain(linked).collect()
}

/// What others recorded of EC2 is written once, with its source and EC2's words, and cited where it is followed.
fn evidence(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let file: toml::Table = fs::read_to_string(root.join("models/evidence.toml"))?.parse()?;
    let mut citing = String::new();
    for path in tracked(root)?.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs" || extension == "py")) {
        citing += &fs::read_to_string(root.join(path)).unwrap_or_default();
    }
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in file.get("evidence").and_then(toml::Value::as_array).into_iter().flatten() {
        let word = |name: &str| entry.get(name).and_then(toml::Value::as_str).unwrap_or_default();
        let id = word("id");
        if !seen.insert(id) {
            faults.push(format!("models/evidence.toml: {id} is there twice"));
        }
        if word("source").is_empty() || word("says").is_empty() {
            faults.push(format!("models/evidence.toml: {id} lacks its source or its words"));
        }
        if !citing.contains(&format!("[{id}]")) {
            faults.push(format!("models/evidence.toml: nothing cites {id}"));
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_keeps_its_rules() {
        run().unwrap_or_else(|error| panic!("{error}"));
    }

    #[test]
    fn a_document_names_files_in_backquotes_and_in_links() {
        let line =
            "`crates/model` and `crates/*/x`, `cargo test`; see [it](tour.md#start), [that](https://example.org/x) and [here](#below)";
        assert_eq!(named_paths(line, Path::new("docs")), [PathBuf::from("crates/model"), PathBuf::from("docs/tour.md")]);
    }

    #[test]
    fn a_licence_is_allowed_when_some_choice_of_it_is() {
        for expression in ["MIT", "MIT OR Apache-2.0", "Apache-2.0/MIT", "(MIT OR GPL-3.0) AND Unicode-3.0", "GPL-2.0 OR MIT"] {
            assert!(allows(expression), "{expression}");
        }
        for expression in ["", "GPL-3.0-only", "MIT AND GPL-2.0", "MPL-2.0", "LGPL-2.1-or-later"] {
            assert!(!allows(expression), "{expression}");
        }
    }

    #[test]
    fn a_crate_that_uses_what_it_must_not_is_named() {
        let package = |name: &str, uses: &[&str]| {
            let dependencies: Vec<Value> = uses.iter().map(|name| serde_json::json!({ "name": name })).collect();
            serde_json::json!({ "name": name, "source": null, "dependencies": dependencies })
        };
        let metadata = serde_json::json!({ "packages": [
            package("ops", &["model", "tokio"]), package("model", &["ec2-api"]), package("ec2-api", &[]), package("fabric", &["model", "enid"]), package("enid", &["fabric"]),
        ]});
        assert_eq!(
            crates(&metadata),
            ["crate ops is pure and must not use tokio", "crate model must not use crate ec2-api", "crate fabric must not use crate enid"]
        );
    }
}
