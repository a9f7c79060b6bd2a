//! The data folder: what is where in it.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use model::ids::InstanceId;
use serde::{Deserialize, Serialize};

use crate::{credentials, holder};
use engine::clock_and_random;
use machine::files::{private_dir, remove_flat_dir, replace};

/// The rows.
const STORE: &str = "state.redb";

/// What a server in the background says.
const LOG: &str = "server.log";

/// Says that a folder is enid's. Others are never cleaned up.
const MARK: &str = ".enid";
const MARK_TEXT: &str = "The data folder of an enid. `enid down --data` ends what runs of it; without this file it refuses.\n";

/// What enid makes in the folder, beside folders for instances and namespaces.
const FILES: [&str; 7] = [STORE, LOG, "server.json", "control.sock", credentials::FILE, holder::SOCKET, MARK];
const FOLDERS: [&str; 2] = ["instances", fabric::netns::DIRECTORY];

/// What an empty file system has.
const LOST_AND_FOUND: &str = "lost+found";

/// How long a server that answers other commands may take to say where it listens.
const SAYS_WHERE_TIMEOUT: Duration = Duration::from_secs(2);

/// The data folder of one enid.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// What a running server leaves for the other commands.
#[derive(Debug, Serialize, Deserialize)]
pub struct ServerFile {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Its process.
    pub pid: u32,
}

impl Folder {
    /// Where data is kept unless told otherwise: `/var/lib/enid` for root, else under the user's own state folder.
    pub fn default_path() -> PathBuf {
        if nix::unistd::geteuid().is_root() {
            return PathBuf::from("/var/lib/enid");
        }
        let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
        let state = std::env::var_os("XDG_STATE_HOME").map_or_else(|| home.join(".local/state"), PathBuf::from);
        state.join("enid")
    }

    /// A folder that may or may not be there.
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Makes the folder, for its owner only.
    ///
    /// # Errors
    /// When it cannot be made, is another user's, or holds what others may have put there or may read.
    pub fn make(path: &Path) -> Result<Self, String> {
        let fault = |error: io::Error| format!("cannot make the data folder {}: {error}; choose another with --data", path.display());
        private_dir(path).map_err(fault)?;
        let folder = path.canonicalize().map(Self).map_err(fault)?;
        let (found, me) = (fs::metadata(&folder.0).map_err(fault)?, nix::unistd::geteuid().as_raw());
        // Its owner could exchange the key and the rows, and so have commands run as this user.
        if found.uid() != me {
            let (path, owner) = (path.display(), found.uid());
            return Err(format!("{path} belongs to user {owner}, and this is user {me}: choose another folder with --data, or chown it"));
        }
        let others = found.permissions().mode() & 0o077;
        if others != 0 {
            let is_empty = folder.0.read_dir().map_err(fault)?.next().is_none();
            // A folder of enid's that others could only read holds what enid put there; its mode is enid's to change.
            let is_own = folder.store().exists() && others & 0o022 == 0;
            if !is_empty && !is_own {
                let (path, can) = (path.display(), if others & 0o022 == 0 { "look into" } else { "write to" });
                return Err(format!(
                    "others can {can} {path}, which is not empty: choose another folder with --data, or `chmod 700` it if you trust what is in it"
                ));
            }
            fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700)).map_err(fault)?;
        }
        if !folder.is_enids() {
            let foreign = |name: &OsStr| *name != *LOST_AND_FOUND && !FOLDERS.iter().chain(&FILES).any(|own| *name == **own);
            let mut names = folder.0.read_dir().map_err(fault)?.flatten().map(|entry| entry.file_name());
            if let Some(found) = names.find(|name| foreign(name)) {
                let (path, found) = (path.display(), found.display());
                return Err(format!("{path} holds {found}, which is not enid's: choose an empty or a new folder with --data"));
            }
        }
        folder.mark()?;
        Ok(folder)
    }

    /// Marks the folder as enid's.
    fn mark(&self) -> Result<(), String> {
        let path = self.0.join(MARK);
        replace(&path, MARK_TEXT.as_bytes(), 0o600).map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// Whether enid made it: it is marked, or has the rows or the key of an enid that did not mark folders yet.
    pub fn is_enids(&self) -> bool {
        let is_file = |name: &str| fs::symlink_metadata(self.0.join(name)).is_ok_and(|found| found.is_file());
        is_file(MARK) || is_file(STORE) || (is_file(credentials::FILE) && credentials::read(&self.0).is_ok_and(|key| key.is_some()))
    }

    /// Removes what enid made in the folder, and the folder if nothing else is in it.
    ///
    /// # Errors
    /// When something is left.
    pub fn remove(&self) -> Result<(), String> {
        let instances = self.0.join("instances");
        for entry in instances.read_dir().into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(|name| name.parse::<InstanceId>().is_ok()) {
                let _ = remove_flat_dir(&entry.path());
            }
        }
        for folder in FOLDERS {
            let _ = fs::remove_dir(self.0.join(folder));
        }
        // The mark last: until then the folder is known for enid's.
        for file in FILES {
            let _ = fs::remove_file(self.0.join(file));
        }
        fs::remove_dir(&self.0).map_err(|error| format!("{} stays, with what is left in it: {error}", self.0.display()))
    }

    /// Makes a new folder where everybody may make some, under a name that nobody can have made first.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make_temporary() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("enid-{:016x}", clock_and_random::random().next_u64()));
        let made = fs::DirBuilder::new().mode(0o700).create(&path).and_then(|()| path.canonicalize());
        let folder = made.map(Self).map_err(|error| format!("cannot make {}: {error}; choose a folder with --data", path.display()))?;
        folder.mark()?;
        Ok(folder)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The rows.
    pub fn store(&self) -> PathBuf {
        self.0.join(STORE)
    }

    /// What a server in the background writes.
    pub fn log(&self) -> PathBuf {
        self.0.join(LOG)
    }

    /// The socket over which commands ask the server.
    pub fn control(&self) -> PathBuf {
        self.0.join("control.sock")
    }

    /// Tells the other commands where the server is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_server(&self, server: &ServerFile) -> Result<(), String> {
        let path = self.server_path();
        let text = serde_json::to_vec_pretty(server).map_err(|error| error.to_string())?;
        replace(&path, &text, 0o600).map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// The server that uses the folder; none when no server does.
    pub fn server(&self) -> Option<ServerFile> {
        serde_json::from_slice(&fs::read(self.server_path()).ok()?).ok()
    }

    /// The server that uses the folder, if its process is there: one that was killed leaves its file behind.
    pub fn running_server(&self) -> Option<ServerFile> {
        // Whoever holds the socket answers; a recycled process id does not. A server that has just begun to listen is about to say
        // where.
        let until = Instant::now() + SAYS_WHERE_TIMEOUT;
        while crate::control::is_served(&self.control()) {
            if let Some(server) = self.server() {
                return Some(server);
            }
            if Instant::now() > until {
                return None;
            }
            thread::sleep(SAYS_WHERE_TIMEOUT / 100);
        }
        None
    }

    /// Forgets the server, at its exit.
    pub fn remove_server(&self) {
        let _ = fs::remove_file(self.server_path());
        let _ = fs::remove_file(self.control());
    }

    fn server_path(&self) -> PathBuf {
        self.0.join("server.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_others_use_is_left_as_it_is() {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("shared");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(path.join("theirs"), "").unwrap();
        assert!(Folder::make(&path).unwrap_err().contains("chmod 700"));
        assert_eq!(mode(&path), 0o755);
        fs::remove_file(path.join("theirs")).unwrap();
        Folder::make(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
    }

    #[test]
    fn a_folder_with_something_else_in_it_is_not_taken() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("home");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(path.join("letters"), "").unwrap();
        assert!(Folder::make(&path).unwrap_err().contains("letters"));
        assert!(!Folder::at(path.clone()).is_enids());
        fs::rename(path.join("letters"), path.join(LOST_AND_FOUND)).unwrap();
        assert!(Folder::make(&path).unwrap().is_enids());
        // From then on it is enid's, whatever comes into it.
        fs::write(path.join("letters"), "").unwrap();
        assert!(Folder::make(&path).is_ok());
    }

    #[test]
    fn what_enid_made_is_removed_and_what_others_put_there_stays() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::make(&root.path().join("data")).unwrap();
        let instance = folder.path().join("instances/i-0123456789abcdef0");
        fs::create_dir_all(&instance).unwrap();
        fs::write(instance.join("console.log"), "").unwrap();
        fs::write(folder.store(), "").unwrap();
        let theirs = folder.path().join("instances/mine");
        fs::create_dir(&theirs).unwrap();
        assert!(folder.remove().unwrap_err().contains("stays"));
        assert!(theirs.exists() && !instance.exists() && !folder.store().exists());
        fs::remove_dir(&theirs).unwrap();
        folder.remove().unwrap();
        assert!(!folder.path().exists());
    }

    #[test]
    fn a_folder_of_enid_s_is_closed_to_those_who_could_read_it_and_refused_if_they_could_write() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("data");
        Folder::make(&path).unwrap();
        fs::write(path.join("state.redb"), "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Folder::make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o770)).unwrap();
        assert!(Folder::make(&path).unwrap_err().contains("others can write to"));
    }
}
