//! What an instance is made from, and the files that describe it under `<data>/instances/<id>/`.
//! Nothing here starts or ends a process.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::limits::Limits;
use super::{Error, Result, What};
use crate::files::{private_dir, replace};

/// EC2's limit on user data, in bytes before base64 encoding (EC2 user guide, "Run commands at launch").
pub const USER_DATA_BYTES_MAX: usize = 16 * 1024;

/// Linux's limit on a host name, in bytes (`HOST_NAME_MAX`).
const HOST_NAME_BYTES_MAX: usize = 64;

/// What an instance is started from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MachineSpec {
    /// The instance's id, `i-…`.
    pub id: String,
    /// The private DNS name, such as `ip-10-0-0-5.ec2.internal`. Its first label becomes the UTS host name.
    pub hostname: String,
    /// The primary private address, which `/etc/hosts` maps the host name to.
    pub address: Option<IpAddr>,
    /// The network namespace to join: a bind mount that the fabric made.
    pub netns: PathBuf,
    /// The name servers of `/etc/resolv.conf`. Empty when nobody serves DNS: look-ups then fail at once instead of
    /// waiting for a server that is not there.
    #[serde(default)]
    pub nameservers: Vec<IpAddr>,
    /// The search domain of `/etc/resolv.conf`, `ec2.internal` in us-east-1.
    #[serde(default)]
    pub search: Option<String>,
    /// How much of the host it may take.
    #[serde(default)]
    pub limits: Limits,
    /// The user data, decoded. Kept in a file of its own, since it may hold secrets.
    #[serde(skip)]
    pub user_data: Option<Vec<u8>>,
}

impl MachineSpec {
    /// The UTS host name: the first label of the private DNS name.
    pub(super) fn host_label(&self) -> &str {
        self.hostname.split('.').next().unwrap_or_default()
    }

    fn validate(&self) -> Result<()> {
        check_id(&self.id)?;
        let bad = |reason: &str| Error::Spec { id: self.id.clone(), reason: reason.to_owned() };
        let name_bytes_ok = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        let label = self.host_label();
        if label.is_empty() || label.len() > HOST_NAME_BYTES_MAX || !name_bytes_ok(&self.hostname) {
            return Err(bad("its host name is not one"));
        }
        if self.search.as_deref().is_some_and(|s| !name_bytes_ok(s)) {
            return Err(bad("its search domain is not one"));
        }
        if self.user_data.as_ref().map_or(0, Vec::len) > USER_DATA_BYTES_MAX {
            return Err(bad("its user data is larger than 16 KiB"));
        }
        Ok(())
    }
}

/// An id becomes a file name and a cgroup's name, so nothing but EC2's form may pass.
pub(super) fn check_id(id: &str) -> Result<()> {
    let well_formed = id.strip_prefix("i-").is_some_and(|rest| matches!(rest.len(), 8..=32) && rest.bytes().all(|b| b.is_ascii_hexdigit()));
    if well_formed { Ok(()) } else { Err(Error::Id(id.to_owned())) }
}

/// The folder of one instance.
#[derive(Clone, Debug)]
pub(super) struct InstanceDir(PathBuf);

impl InstanceDir {
    /// The folder of an instance of this data folder; it need not exist.
    pub(super) fn of(data: &Path, id: &str) -> Result<InstanceDir> {
        check_id(id)?;
        Ok(InstanceDir(instances(data).join(id)))
    }

    pub(super) fn at(path: PathBuf) -> InstanceDir {
        InstanceDir(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn record(&self) -> PathBuf {
        self.0.join("running.json")
    }

    pub(super) fn boot(&self) -> PathBuf {
        self.0.join("boot.json")
    }

    pub(super) fn console(&self) -> PathBuf {
        self.0.join("console.log")
    }

    pub(super) fn user_data(&self) -> PathBuf {
        self.0.join("user-data")
    }

    /// The files that stand in for the host's own in `/etc`.
    pub(super) fn etc(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes everything that pid 1 reads at its start.
    pub(super) fn prepare(&self, boot: &Boot) -> Result<()> {
        let spec = &boot.spec;
        spec.validate()?;
        private_dir(&self.0).what(|| format!("cannot make {}", self.0.display()))?;
        let write =
            |path: PathBuf, content: &[u8], mode: u32| replace(&path, content, mode).what(|| format!("cannot write {}", path.display()));
        write(self.etc("hostname"), format!("{}\n", spec.host_label()).as_bytes(), 0o644)?;
        write(self.etc("hosts"), hosts(spec).as_bytes(), 0o644)?;
        write(self.etc("resolv.conf"), resolv_conf(spec).as_bytes(), 0o644)?;
        match &spec.user_data {
            Some(bytes) => write(self.user_data(), bytes, 0o600)?,
            None => remove_if_there(&self.user_data())?,
        }
        let json =
            serde_json::to_vec_pretty(boot).map_err(io::Error::other).what(|| "cannot encode the instance's specification".to_owned())?;
        write(self.boot(), &json, 0o600)
    }
}

/// The folder that holds the folders of all instances.
pub(super) fn instances(data: &Path) -> PathBuf {
    data.join("instances")
}

/// What pid 1 of an instance is told: the specification, and where it lives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Boot {
    pub(super) spec: MachineSpec,
    /// The data folder, absolute and without links, to be hidden from the instance.
    pub(super) data: PathBuf,
    /// The instance's cgroup, where the host has a usable cgroup2.
    pub(super) cgroup: Option<PathBuf>,
    /// Its cgroups in hierarchies of version 1, where those hold the limits.
    #[serde(default)]
    pub(super) limited: Vec<PathBuf>,
    /// The mount namespace whose userland it gets a copy of, where that is not the server's own.
    #[serde(default)]
    pub(super) userland: Option<PathBuf>,
    /// How long processes may take to end after SIGTERM, in milliseconds.
    pub(super) grace_ms: u64,
}

impl Boot {
    pub(super) fn load(dir: &InstanceDir) -> Result<Boot> {
        let path = dir.boot();
        let bytes = fs::read(&path).what(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&bytes).map_err(io::Error::other).what(|| format!("{} is damaged", path.display()))
    }
}

fn hosts(spec: &MachineSpec) -> String {
    let mut text =
        String::from("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n");
    if let Some(address) = spec.address {
        // EC2 leaves this to its DNS; written here too so that `hostname -f` and sudo work while nobody serves DNS.
        let label = spec.host_label();
        text += &if label == spec.hostname { format!("{address} {label}\n") } else { format!("{address} {} {label}\n", spec.hostname) };
    }
    text
}

fn resolv_conf(spec: &MachineSpec) -> String {
    let mut text = String::new();
    if let Some(search) = &spec.search {
        text += &format!("search {search}\n");
    }
    if spec.nameservers.is_empty() {
        // Without a `nameserver` line the resolver asks 127.0.0.1, which refuses at once.
        text += "# no DNS is served in this VPC\n";
    }
    for server in &spec.nameservers {
        text += &format!("nameserver {server}\n");
    }
    text
}

pub(super) fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).what(|| format!("cannot remove {}", path.display())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_leave_the_folder_is_refused() {
        for id in ["", "i-", "i-../../etc", "../i-12345678", "i-1234567", "i-12345678/x", "eni-12345678"] {
            assert!(check_id(id).is_err(), "{id}");
        }
        assert!(check_id("i-12345678").is_ok());
        assert!(check_id("i-0123456789abcdef0").is_ok());
    }

    fn spec() -> MachineSpec {
        MachineSpec {
            id: "i-0123456789abcdef0".into(),
            hostname: "ip-10-0-0-5.ec2.internal".into(),
            address: Some([10, 0, 0, 5].into()),
            netns: "/n".into(),
            nameservers: vec![],
            search: Some("ec2.internal".into()),
            limits: Limits::default(),
            user_data: None,
        }
    }

    #[test]
    fn hosts_names_the_instance_and_resolv_conf_only_servers_that_exist() {
        let mut spec = spec();
        assert!(hosts(&spec).ends_with("10.0.0.5 ip-10-0-0-5.ec2.internal ip-10-0-0-5\n"));
        assert!(!resolv_conf(&spec).contains("nameserver"));
        spec.nameservers = vec![[169, 254, 169, 253].into()];
        assert_eq!(resolv_conf(&spec), "search ec2.internal\nnameserver 169.254.169.253\n");
    }

    #[test]
    fn a_name_that_could_add_a_line_to_a_file_is_refused() {
        let mut spec = spec();
        spec.search = Some("a\nnameserver 1.1.1.1".into());
        assert!(spec.validate().is_err());
        spec.search = None;
        spec.hostname = "x\n127.0.0.1 aws.com".into();
        assert!(spec.validate().is_err());
    }
}
