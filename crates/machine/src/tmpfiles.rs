//! The folders that installed packages expect in `/run`: what a boot makes of their tmpfiles.d(5) files.
//!
//! `/run/sshd`, `/run/postgresql`, `/run/haproxy`: their servers do not start without. Only folders are made (`d`, `D`), with
//! their mode and owner; the rest of tmpfiles.d is about files that an instance shares with its host.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Component, Path, PathBuf};

/// Where the files are; one in an earlier place hides those of the same name in later ones (tmpfiles.d(5)). The third place,
/// `/run/tmpfiles.d`, is empty in an instance that begins.
const PLACES: [&str; 2] = ["/etc/tmpfiles.d", "/usr/lib/tmpfiles.d"];

/// Enough for any machine seen; a limit for one that was filled by mistake.
const FILES_MAX: usize = 1000;

#[derive(Debug, PartialEq, Eq)]
struct Folder {
    path: PathBuf,
    mode: u32,
    user: String,
    group: String,
}

/// Makes the folders in an empty `/run`. One that cannot be made is left out: it is the concern of one package, not of the
/// instance's start.
pub(super) fn make() {
    let mut files = BTreeMap::<OsString, PathBuf>::new();
    for place in PLACES {
        for entry in fs::read_dir(place).into_iter().flatten().flatten().take(FILES_MAX) {
            files.entry(entry.file_name()).or_insert_with(|| entry.path());
        }
    }
    let mut folders: Vec<Folder> = files
        .values()
        .filter(|path| path.extension().is_some_and(|extension| extension == "conf"))
        .filter_map(|path| fs::read_to_string(path).ok())
        .flat_map(|text| text.lines().filter_map(folder).collect::<Vec<_>>())
        .collect();
    // Parents before what is in them.
    folders.sort_by(|a, b| a.path.cmp(&b.path));
    // The local files, not the name service, which may ask a server on the network: there is none to ask yet.
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    for folder in folders {
        if let (Some(user), Some(group)) = (id(&users, &folder.user), id(&groups, &folder.group)) {
            let _ = fs::create_dir_all(&folder.path)
                .and_then(|()| chown(&folder.path, Some(user), Some(group)))
                .and_then(|()| fs::set_permissions(&folder.path, fs::Permissions::from_mode(folder.mode)));
        }
    }
}

/// The folder in `/run` that a line asks for.
fn folder(line: &str) -> Option<Folder> {
    let mut fields = line.split_ascii_whitespace();
    let kind = fields.next()?;
    if !matches!(kind.trim_end_matches(['!', '+', '-', '=', '~', '^', '$']), "d" | "D") {
        return None;
    }
    let path = fields.next()?;
    let inside = path.strip_prefix("/run/").or_else(|| path.strip_prefix("/var/run/"))?;
    // A specifier stands for something of the running system; no package's folder needs one.
    let plain = !inside.contains(['%', '"', '\\']) && Path::new(inside).components().all(|part| matches!(part, Component::Normal(_)));
    // With systemd's own folders, programs would take it to be running here (sd_booted(3)).
    if !plain || inside.is_empty() || inside.split('/').next() == Some("systemd") {
        return None;
    }
    let mut given = || fields.next().filter(|field| *field != "-");
    let mode = match given() {
        Some(mode) => u32::from_str_radix(mode.trim_start_matches(['~', ':']), 8).ok().filter(|mode| *mode <= 0o7777)?,
        None => 0o755,
    };
    let user = given().map_or("root", |user| user.trim_start_matches(':')).to_owned();
    let group = given().map_or("root", |group| group.trim_start_matches(':')).to_owned();
    Some(Folder { path: Path::new("/run").join(inside), mode, user, group })
}

/// The number of a user or group, from the text of passwd(5) or group(5).
fn id(table: &str, name: &str) -> Option<u32> {
    name.parse().ok().or_else(|| {
        let entry = table.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        entry.split(':').nth(1)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(path: &str, mode: u32, user: &str, group: &str) -> Option<Folder> {
        Some(Folder { path: path.into(), mode, user: user.into(), group: group.into() })
    }

    #[test]
    fn folders_of_run_are_taken_and_nothing_else() {
        assert_eq!(folder("d /run/sshd 0755 root root"), made("/run/sshd", 0o755, "root", "root"));
        assert_eq!(folder("d /run/postgresql 2775 postgres postgres - -"), made("/run/postgresql", 0o2775, "postgres", "postgres"));
        assert_eq!(folder("D! /var/run/frr - frr -"), made("/run/frr", 0o755, "frr", "root"));
        for other in [
            "",
            "# d /run/x",
            "d",
            "d /run/",
            "d /tmp 1777",
            "f /run/x 0644",
            "L /run/x - - - - /etc",
            "d /run/systemd/netif",
            "d /run/../etc/x",
            "d /run/user/%U",
            "d /run/x 99999",
        ] {
            assert_eq!(folder(other), None, "{other}");
        }
    }

    #[test]
    fn a_name_is_looked_up_as_a_whole() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgresql:x:7:7::/:\npostgres:x:105:113::/:\n";
        assert_eq!(id(passwd, "postgres"), Some(105));
        assert_eq!(id(passwd, "nobody"), None);
        assert_eq!(id(passwd, "33"), Some(33));
    }
}
