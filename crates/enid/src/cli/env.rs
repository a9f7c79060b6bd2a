//! `enid env`: the settings that point AWS tools at the server.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use clap::Args;
use model::Region;

use super::{DataFolder, print};
use crate::config::LISTEN_DEFAULT;
use crate::{credentials, terminal};

/// Print the settings that point AWS tools at the server.
#[derive(Args)]
pub struct Env {
    #[command(flatten)]
    data: DataFolder,
    /// Print a JSON object instead of shell commands.
    #[arg(long)]
    json: bool,
}

impl Env {
    /// Prints them.
    ///
    /// # Errors
    /// When the folder has no key, because no server was ever started on it.
    pub fn run(&self) -> Result<(), String> {
        let folder = self.data.folder();
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
        let settings = [
            ("AWS_ENDPOINT_URL_EC2", url.as_str()),
            ("AWS_ENDPOINT_URL_STS", &url),
            ("AWS_ACCESS_KEY_ID", &key.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", &key.secret_access_key),
            ("AWS_DEFAULT_REGION", Region::DEFAULT.name()),
            ("AWS_REGION", Region::DEFAULT.name()),
        ];
        let mut text = String::new();
        if self.json {
            let object: serde_json::Map<_, _> = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
            let _ = writeln!(text, "{}", serde_json::Value::Object(object));
        } else {
            for (name, value) in settings {
                let _ = writeln!(text, "export {name}='{value}'");
            }
            // A session token of another account's session would be sent along and refused.
            text.push_str("unset AWS_SESSION_TOKEN AWS_PROFILE\n");
        }
        print(&text)
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
}
