//! `enid env`: the settings that point AWS tools at the server.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use clap::{Args, ValueEnum};
use model::Region;

use super::{DataFolder, print};
use crate::aws_profile::{Files, Profile};
use crate::config::LISTEN_DEFAULT;
use crate::{credentials, health};
use machine::terminal;

/// What AWS tools are pointed at the server with.
const SET: [&str; 6] =
    ["AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL_STS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION"];
/// What must not be set beside: a session token of another account's session would be sent along and refused.
const UNSET: [&str; 2] = ["AWS_SESSION_TOKEN", "AWS_PROFILE"];

/// Print the settings that point AWS tools at the server.
#[derive(Args)]
pub struct Env {
    #[command(flatten)]
    data: DataFolder,
    /// Wait until the server serves, for so many seconds at most
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "30", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    wait: Option<u32>,
    /// Print what takes the settings back instead; with --profile, remove the profile
    #[arg(long)]
    unset: bool,
    /// The shell that is to read it: enid env --shell fish | source
    #[arg(long, value_enum, default_value_t = Shell::Sh, conflicts_with_all = ["json", "profile"])]
    shell: Shell,
    /// Write the settings into a profile of AWS's tools instead: aws --profile NAME ec2 describe-vpcs
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Replace or remove a profile of that name also if enid did not write it
    #[arg(long, requires = "profile")]
    force: bool,
    /// Print a JSON object instead of shell commands
    #[arg(long)]
    json: bool,
}

/// How a shell sets variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// bash, zsh, dash and their like
    #[value(aliases = ["bash", "zsh", "dash"])]
    Sh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
}

impl Shell {
    /// A line that sets a variable.
    fn set(self, name: &str, value: &str) -> String {
        match self {
            Self::Sh => format!("export {name}='{}'\n", value.replace('\'', r"'\''")),
            Self::Fish => format!("set -gx {name} '{}'\n", value.replace('\\', r"\\").replace('\'', r"\'")),
            Self::Powershell => format!("$Env:{name} = '{}'\n", value.replace('\'', "''")),
        }
    }

    /// A line for each variable that takes it back, set or not.
    fn unset(self, names: &[&str]) -> String {
        match self {
            Self::Sh => format!("unset {}\n", names.join(" ")),
            // It gives 4 for a variable that is not set, which is no fault.
            Self::Fish => format!("set -e {}; or true\n", names.join(" ")),
            Self::Powershell => {
                let paths: Vec<_> = names.iter().map(|name| format!("Env:{name}")).collect();
                format!("Remove-Item {} -ErrorAction SilentlyContinue\n", paths.join(", "))
            }
        }
    }
}

impl Env {
    /// Prints them.
    ///
    /// # Errors
    /// When the folder has no key, because no server was ever started on it; or when none serves in time.
    pub fn run(&self) -> Result<(), String> {
        if self.unset {
            return self.take_back();
        }
        let folder = self.data.folder();
        if let Some(seconds) = self.wait {
            health::poll(&folder, Duration::from_secs(seconds.into()), |_| true).map_err(|why| {
                let why = why.unwrap_or_default();
                format!("no server serves {} after {seconds} s: {why}", folder.path().display())
            })?;
        }
        let key = credentials::read(folder.path())?
            .ok_or_else(|| format!("{} has no access key yet; start the server first: enid up", folder.path().display()))?;
        let running = folder.running_server();
        let url = match &running {
            Some(server) => format!("http://{}", reachable(server.listen)),
            None => format!("http://{LISTEN_DEFAULT}"),
        };
        if running.is_none() {
            // On standard error, so that `eval` neither loses nor runs it.
            let folder = folder.path().display();
            terminal::warn(format_args!("no server is running on {folder}; these settings are for one at {url}: enid up"));
        }
        let region = Region::DEFAULT.name();
        let (id, secret) = (&key.access_key_id, &key.secret_access_key);
        if let Some(name) = &self.profile {
            let files = Files::of_user()?;
            files.write(&Profile { name, url: &url, region, access_key_id: id, secret_access_key: secret }, self.force)?;
            return self.say_profile(name, &files, "is written to");
        }
        let settings = SET.into_iter().zip([url.as_str(), &url, id, secret, region, region]);
        let mut text = String::new();
        if self.json {
            let object: serde_json::Map<_, _> = settings.map(|(name, value)| (name.to_owned(), value.into())).collect();
            let _ = writeln!(text, "{}", serde_json::Value::Object(object));
        } else {
            settings.for_each(|(name, value)| text.push_str(&self.shell.set(name, value)));
            text.push_str(&self.shell.unset(&UNSET));
        }
        print(&text)
    }

    fn take_back(&self) -> Result<(), String> {
        if let Some(name) = &self.profile {
            let files = Files::of_user()?;
            files.remove(name, self.force)?;
            return self.say_profile(name, &files, "is removed from");
        }
        print(&if self.json { format!("{}\n", serde_json::json!({ "unset": SET })) } else { self.shell.unset(&SET) })
    }

    fn say_profile(&self, name: &str, files: &Files, what: &str) -> Result<(), String> {
        let (config, credentials) = (&files.config, &files.credentials);
        if self.json {
            return print(&format!("{}\n", serde_json::json!({ "profile": name, "config": config, "credentials": credentials })));
        }
        print(&format!("The profile {name} {what} {} and {}.\n", config.display(), credentials.display()))
    }
}

/// Where a client on this host reaches a server that listens there: everywhere is no destination.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_reached_on_loopback() {
        let url = |listen: &str| reachable(listen.parse().unwrap()).to_string();
        assert_eq!(url("0.0.0.0:8773"), "127.0.0.1:8773");
        assert_eq!(url("[::]:8773"), "[::1]:8773");
        assert_eq!(url("192.0.2.1:80"), "192.0.2.1:80");
    }

    #[test]
    fn every_shell_is_told_in_its_own_words() {
        let lines = |shell: Shell| (shell.set("A", r"it's \x"), shell.unset(&["A", "B"]));
        assert_eq!(lines(Shell::Sh), ("export A='it'\\''s \\x'\n".into(), "unset A B\n".into()));
        assert_eq!(lines(Shell::Fish), ("set -gx A 'it\\'s \\\\x'\n".into(), "set -e A B; or true\n".into()));
        let unset = "Remove-Item Env:A, Env:B -ErrorAction SilentlyContinue\n";
        assert_eq!(lines(Shell::Powershell), ("$Env:A = 'it''s \\x'\n".into(), unset.into()));
    }
}
