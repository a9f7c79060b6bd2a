//! `enid env`: the settings that point AWS tools at the server.

use clap::Args;
use model::Region;

use super::DataFolder;
use crate::config::LISTEN_DEFAULT;
use crate::credentials;

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
        let listen = folder.server().map_or_else(|| LISTEN_DEFAULT.to_owned(), |server| server.listen.to_string());
        let url = format!("http://{listen}");
        let settings = [
            ("AWS_ENDPOINT_URL_EC2", url.as_str()),
            ("AWS_ENDPOINT_URL_STS", &url),
            ("AWS_ACCESS_KEY_ID", &key.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", &key.secret_access_key),
            ("AWS_DEFAULT_REGION", Region::DEFAULT.name()),
            ("AWS_REGION", Region::DEFAULT.name()),
        ];
        if self.json {
            let object: serde_json::Map<_, _> = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
            println!("{}", serde_json::Value::Object(object));
        } else {
            settings.iter().for_each(|(name, value)| println!("export {name}='{value}'"));
            // A session token of another account's session would be sent along and refused.
            println!("unset AWS_SESSION_TOKEN AWS_PROFILE");
        }
        Ok(())
    }
}
