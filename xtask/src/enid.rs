//! A server of a command's own: started on a folder that is removed at the end, and ended with the command.

use std::error::Error;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::root;

/// How long a server may take to start. Loading 200,000 interfaces takes seconds.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a server may take to end after it was told to.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// A running server.
pub struct Enid {
    child: Child,
    data: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Names the key of its account.
    pub access_key_id: String,
    /// The secret half of the key.
    pub secret_access_key: String,
}

/// A folder for a server's data beside the build, on a disk like the one real data would be on; removed when dropped.
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// A new folder.
    pub fn new(name: &str) -> std::io::Result<Self> {
        let path = root().join("target").join(format!("xtask-{name}-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Builds enid, as `cargo build` does.
pub fn build(release: bool) -> Result<PathBuf, Box<dyn Error>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "enid"]).current_dir(root());
    if release {
        cargo.arg("--release");
    }
    if !cargo.status()?.success() {
        return Err("enid does not build".into());
    }
    Ok(root().join("target").join(if release { "release" } else { "debug" }).join("enid"))
}

impl Enid {
    /// Starts a server and waits until it listens.
    pub fn start(binary: &Path, folder: &DataFolder, flags: &[&str]) -> Result<Self, Box<dyn Error>> {
        let data = folder.path().join("data");
        // What a killed server left would be taken for the new one's.
        let _ = fs::remove_file(data.join("server.json"));
        let log_path = folder.path().join("log");
        let log = File::create(&log_path)?;
        let mut child = Command::new(binary)
            .arg("up")
            .arg("--data")
            .arg(&data)
            .args(["--listen", "127.0.0.1:0"])
            .args(flags)
            .stdout(log.try_clone()?)
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()?;
        let until = Instant::now() + START_TIMEOUT;
        loop {
            if let Some(server) = read_json(&data.join("server.json"))
                && let Some(key) = read_json(&data.join("credentials.json"))
            {
                let text = |value: &serde_json::Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
                return Ok(Self {
                    child,
                    data,
                    listen: text(&server, "listen").parse()?,
                    access_key_id: text(&key, "access_key_id"),
                    secret_access_key: text(&key, "secret_access_key"),
                });
            }
            if child.try_wait()?.is_some() || Instant::now() > until {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("enid did not start: {}", fs::read_to_string(&log_path).unwrap_or_default()).into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The folder with its data.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Bytes of memory that the process holds.
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kibibytes.unwrap_or(0) * 1024
    }

    /// `kill -9`.
    pub fn kill(mut self) -> std::io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Asks it to end and waits until it did.
    pub fn stop(mut self) -> Result<(), Box<dyn Error>> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        let until = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait()? {
                return if status.success() { Ok(()) } else { Err(format!("enid ended with {status}").into()) };
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err("enid did not end when told to".into())
    }
}

impl Drop for Enid {
    fn drop(&mut self) {
        // A command that failed half-way must not leave its server behind.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn read_json(path: &Path) -> Option<serde_json::Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
