//! Tells the compiler which commit is built, as `ENID_COMMIT`. A variable of that name in the environment says it where there is no
//! repository, as in a container. In debug builds it stays out, so that a commit alone compiles nothing anew.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=ENID_COMMIT");
    let given = std::env::var("ENID_COMMIT").ok().filter(|commit| !commit.is_empty());
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = given.or_else(|| if release { of_repository() } else { None });
    if let Some(commit) = commit.filter(|commit| commit.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        println!("cargo:rustc-env=ENID_COMMIT={commit}");
    }
}

/// The commit that is checked out. What a new one changes is watched, but nothing that is not there: cargo takes that for changed.
fn of_repository() -> Option<String> {
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    for name in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name]).filter(|path| Path::new(path).exists()) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    Some(commit)
}

/// What a git command prints; none where git fails or is not there.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}
