//! What is given to others: the binary without its debug information, that beside it, manual pages, completions of shells, and a Debian
//! package of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Outcome, root};

/// What the package says of itself; the rest is found out.
const CONTROL: &str = "\
Package: enid
Section: net
Priority: optional
Maintainer: The maintainers of enid <maintainers@enid.invalid>
Description: EC2's network on your own Linux
 An EC2-compatible API for instances with many IP addresses, and real packets
 behind it: network namespaces, routes and nftables become VPCs.
";
/// Where each completion goes, as its shell has it.
const COMPLETIONS: &[(&str, &str)] = &[
    ("enid.bash", "usr/share/bash-completion/completions/enid"),
    ("_enid", "usr/share/zsh/vendor-completions/_enid"),
    ("enid.fish", "usr/share/fish/vendor_completions.d/enid.fish"),
];
/// systemd reads units anew; nothing is started, since enid takes over routes of the host.
const AFTER_INSTALL: &str = "\
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
";
/// The server ends, and instances and data stay; `enid down` is the owner's to say.
const BEFORE_REMOVAL: &str = "\
#!/bin/sh
set -e
if [ \"$1\" = remove ] && [ -d /run/systemd/system ]; then systemctl stop enid.service || true; fi
";

/// Makes all of it in a folder: `[--debug] [FOLDER]`.
pub fn run(words: &[&str]) -> Outcome {
    let (profile, words) = match words {
        ["--debug", rest @ ..] => ("debug", rest),
        rest => ("release", rest),
    };
    let folder = match words {
        [] => root().join("target/package"),
        [folder] => std::path::absolute(folder)?,
        _ => return Err("cargo xtask package [--debug] [FOLDER]".into()),
    };
    fs::create_dir_all(&folder)?;
    let built = build(profile)?;
    let binary = strip(&built.join("enid"), &folder)?;
    command(&built.join("examples/pages"), &[folder.as_os_str()])?;
    let package = debian(&binary, &folder)?;
    for made in [&binary, &folder.join("enid.debug"), &package] {
        println!("{:>9}  {}", megabytes(made)?, made.display());
    }
    Ok(())
}

/// Builds the binary and what writes its pages; gives the folder that they are in.
fn build(profile: &str) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let release: &[&str] = if profile == "release" { &["--release"] } else { &[] };
    for target in [&["--bin", "enid"], &["--example", "pages"]] {
        let status = Command::new(&cargo)
            .args(["build", "--locked", "--package", "enid"])
            .args(target)
            .args(release)
            .current_dir(root())
            .status()?;
        if !status.success() {
            return Err("cargo build failed".into());
        }
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join(profile))
}

/// Parts a binary into what runs and what debuggers read, which each knows the other of.
fn strip(built: &Path, folder: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let (binary, debug) = (folder.join("enid"), folder.join("enid.debug"));
    let objcopy = |arguments: &[&Path]| Command::new("objcopy").args(arguments).current_dir(folder).status();
    for arguments in [
        &[Path::new("--only-keep-debug"), Path::new("--compress-debug-sections"), built, &debug] as &[&Path],
        &[Path::new("--strip-all"), Path::new("--add-gnu-debuglink=enid.debug"), built, &binary],
    ] {
        if !objcopy(arguments)?.success() {
            return Err("objcopy failed".into());
        }
    }
    fs::set_permissions(&debug, fs::Permissions::from_mode(0o644))?;
    Ok(binary)
}

/// Makes a Debian package of what lies in the folder.
fn debian(binary: &Path, folder: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let tree = folder.join("debian");
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    put(binary, &tree.join("usr/bin/enid"), 0o755)?;
    put(&root().join("packaging/enid.service"), &tree.join("usr/lib/systemd/system/enid.service"), 0o644)?;
    for (name, to) in COMPLETIONS {
        put(&folder.join("completions").join(name), &tree.join(to), 0o644)?;
    }
    for manual in fs::read_dir(folder.join("man"))? {
        let manual = manual?;
        let to = tree.join("usr/share/man/man1").join(manual.file_name());
        put(&manual.path(), &to, 0o644)?;
        compress(&to)?;
    }
    let documents = tree.join("usr/share/doc/enid");
    put(&root().join("LICENSE"), &documents.join("copyright"), 0o644)?;
    put(&root().join("README.md"), &documents.join("README.md"), 0o644)?;
    put(&root().join("CHANGELOG.md"), &documents.join("changelog"), 0o644)?;
    compress(&documents.join("changelog"))?;

    let architecture = output("dpkg", &["--print-architecture"])?;
    let version = env!("CARGO_PKG_VERSION");
    let depends = format!("libc6 (>= {}), libgcc-s1", libc_version(binary)?);
    let control = format!("{CONTROL}Version: {version}\nArchitecture: {architecture}\nDepends: {depends}\n");
    let scripts = [("control", control.as_str(), 0o644), ("postinst", AFTER_INSTALL, 0o755), ("prerm", BEFORE_REMOVAL, 0o755)];
    for (name, text, mode) in scripts {
        let path = tree.join("DEBIAN").join(name);
        fs::create_dir_all(tree.join("DEBIAN"))?;
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    }
    let package = folder.join(format!("enid_{version}_{architecture}.deb"));
    command(Path::new("dpkg-deb"), &["--root-owner-group".as_ref(), "--build".as_ref(), tree.as_os_str(), package.as_os_str()])?;
    fs::remove_dir_all(&tree)?;
    Ok(package)
}

/// The newest glibc whose symbols a binary needs.
fn libc_version(binary: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let symbols = output("objdump", &["--dynamic-syms", &binary.to_string_lossy()])?;
    newest_glibc(&symbols).ok_or_else(|| "the binary needs no glibc; does it run at all?".into())
}

fn newest_glibc(symbols: &str) -> Option<String> {
    let versions =
        symbols.split("GLIBC_").skip(1).filter_map(|rest| rest.split(|letter: char| !letter.is_ascii_digit() && letter != '.').next());
    let number = |version: &&str| version.split('.').map(|part| part.parse::<u32>().unwrap_or(0)).collect::<Vec<_>>();
    versions.max_by_key(number).map(str::to_owned)
}

fn put(from: &Path, to: &Path, mode: u32) -> Result<(), Box<dyn std::error::Error>> {
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    fs::copy(from, to).map_err(|error| format!("{}: {error}", from.display()))?;
    fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
    Ok(())
}

/// Compresses a file in its place, the same way each time.
fn compress(path: &Path) -> Outcome {
    command(Path::new("gzip"), &["-9n".as_ref(), path.as_os_str()])
}

fn command(program: &Path, arguments: &[&std::ffi::OsStr]) -> Outcome {
    let output = Command::new(program).args(arguments).output().map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{}: {}", program.display(), String::from_utf8_lossy(&output.stderr)).into())
}

fn output(program: &str, arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let output = Command::new(program).args(arguments).output().map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn megabytes(path: &Path) -> Result<String, Box<dyn std::error::Error>> {
    Ok(format!("{:.1} MB", fs::metadata(path)?.len() as f64 / 1e6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_glibc_is_found_by_number_and_not_by_letters() {
        let symbols = "0 DF *UND* 0 (GLIBC_2.9) a\n0 DF *UND* 0 (GLIBC_2.34) b\n0 DF *UND* 0 (GLIBC_2.2.5) c\n";
        assert_eq!(newest_glibc(symbols).as_deref(), Some("2.34"));
        assert_eq!(newest_glibc("nothing"), None);
    }
}
