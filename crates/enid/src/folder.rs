//! The data folder: what is where in it.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

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
    /// When it cannot be made or made private.
    pub fn make(path: &Path) -> Result<Self, String> {
        let fault = |error: std::io::Error| format!("cannot make the data folder {}: {error}; choose another with --data", path.display());
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fault)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(fault)?;
        path.canonicalize().map(Self).map_err(fault)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The rows.
    pub fn store(&self) -> PathBuf {
        self.0.join("state.redb")
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
        // Whoever waits for the file must not read half of it.
        let whole = path.with_extension("json.new");
        fs::write(&whole, text)
            .and_then(|()| fs::rename(&whole, &path))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// The server that uses the folder; none when no server does.
    pub fn server(&self) -> Option<ServerFile> {
        serde_json::from_slice(&fs::read(self.server_path()).ok()?).ok()
    }

    /// The server that uses the folder, if its process is there: one that was killed leaves its file behind.
    pub fn running_server(&self) -> Option<ServerFile> {
        // Whoever holds the socket answers; a recycled process id does not.
        let server = self.server()?;
        crate::control::ask(&self.control(), "alive").is_ok().then_some(server)
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
