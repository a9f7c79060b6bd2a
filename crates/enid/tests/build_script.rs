//! The build script tells the commit, and neither fails a build nor makes each one start anew.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The build script, compiled by itself.
fn script(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
    let binary = folder.join("build-script");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let status = Command::new(rustc).args(["--edition", "2024", "-o"]).arg(&binary).arg(source).status().unwrap();
    assert!(status.success());
    binary
}

/// What it tells cargo, run in a folder.
fn told(script: &Path, folder: &Path, profile: &str, commit: Option<&str>, path: &str) -> String {
    let mut command = Command::new(script);
    command.current_dir(folder).env_remove("ENID_COMMIT").env("PROFILE", profile).env("PATH", path);
    if let Some(commit) = commit {
        command.env("ENID_COMMIT", commit);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What cargo is told to watch.
fn watched(told: &str) -> Vec<&str> {
    told.lines().filter_map(|line| line.strip_prefix("cargo:rerun-if-changed=")).filter(|path| *path != "build.rs").collect()
}

#[test]
fn a_release_build_tells_its_commit_and_watches_only_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(folder.path());
    let path = std::env::var("PATH").unwrap();
    let repository = folder.path().join("repository");
    fs::create_dir_all(repository.join("crate")).unwrap();
    git(&repository, &["init", "--quiet"]);
    git(&repository, &["commit", "--quiet", "--allow-empty", "--message", "first"]);
    let worktree = folder.path().join("worktree");
    git(&repository, &["worktree", "add", "--quiet", "-b", "side", &worktree.to_string_lossy()]);
    for place in [repository.join("crate"), worktree] {
        let commit = git(&place, &["rev-parse", "--short=12", "HEAD"]);
        let release = told(&script, &place, "release", None, &path);
        assert!(release.contains(&format!("cargo:rustc-env=ENID_COMMIT={commit}\n")), "{release}");
        let files = watched(&release);
        assert!(!files.is_empty() && files.iter().all(|file| place.join(file).exists()), "{files:?}");
        // Each commit changes one of them, as a build between two commits must see.
        let content = || files.iter().map(|file| fs::read(place.join(file)).unwrap()).collect::<Vec<_>>();
        let before = content();
        git(&place, &["commit", "--quiet", "--allow-empty", "--message", "next"]);
        assert_ne!(content(), before);
    }
    // A commit alone compiles nothing anew while somebody works.
    let debug = told(&script, &repository, "debug", None, &path);
    assert!(!debug.contains("rustc-env") && watched(&debug).is_empty(), "{debug}");
}

#[test]
fn without_a_repository_or_git_a_build_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(folder.path());
    let (path, empty) = (std::env::var("PATH").unwrap(), folder.path().to_string_lossy().into_owned());
    for path in [path.as_str(), &empty] {
        let told = told(&script, folder.path(), "release", None, path);
        assert!(!told.contains("rustc-env") && watched(&told).is_empty(), "{told}");
    }
    assert!(told(&script, folder.path(), "debug", Some("0123abcd"), &empty).contains("cargo:rustc-env=ENID_COMMIT=0123abcd\n"));
    assert!(!told(&script, folder.path(), "release", Some("x\ny=z"), &empty).contains("rustc-env"));
}
