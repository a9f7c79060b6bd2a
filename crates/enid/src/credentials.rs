//! Access keys: who may call, and for which account.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use model::AccountId;
use serde::{Deserialize, Serialize};

use crate::config::Account;
use machine::files::replace_durably;

/// Where the first start keeps the key that it makes, in the data folder.
pub const FILE: &str = "credentials.json";
/// The letters of AWS's access key ids (base 32) and secrets (base 64).
const ID_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// An access key.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccessKey {
    /// Names the key.
    pub access_key_id: String,
    /// The secret half. Never logged.
    pub secret_access_key: String,
}

/// Access keys by their ids.
pub struct Credentials(HashMap<String, (String, AccountId)>);

impl Credentials {
    /// The data folder's own key and those of the configuration.
    ///
    /// # Errors
    /// When two accounts have the same key id, or a key that nobody could sign with.
    pub fn new(own: &AccessKey, accounts: &[Account]) -> Result<Self, String> {
        let mut keys = HashMap::new();
        keys.insert(own.access_key_id.clone(), (own.secret_access_key.clone(), AccountId::DEFAULT));
        for account in accounts {
            check(&account.access_key_id, &account.secret_access_key).map_err(|error| format!("accounts: {error}"))?;
            let key = (account.secret_access_key.clone(), account.id);
            if keys.insert(account.access_key_id.clone(), key).is_some() {
                return Err(format!("accounts: the access key id {} is used twice", account.access_key_id));
            }
        }
        Ok(Self(keys))
    }

    /// The secret of a key.
    pub fn secret(&self, access_key_id: &str) -> Option<&str> {
        self.0.get(access_key_id).map(|(secret, _)| secret.as_str())
    }

    /// The account of a key.
    pub fn account(&self, access_key_id: &str) -> Option<AccountId> {
        self.0.get(access_key_id).map(|(_, account)| *account)
    }
}

/// Whether somebody could sign with a key of this id, which is part of what is signed, between slashes.
pub fn check_id(access_key_id: &str) -> Result<(), String> {
    let named = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if access_key_id.is_empty() || !access_key_id.bytes().all(named) {
        return Err(format!("'{access_key_id}' is not an access key id: it needs letters, digits or '_', and no others"));
    }
    Ok(())
}

/// Whether somebody could sign with a key. An empty secret would let everybody in.
fn check(access_key_id: &str, secret_access_key: &str) -> Result<(), String> {
    check_id(access_key_id)?;
    if secret_access_key.is_empty() {
        return Err(format!("the secret access key of {access_key_id} is empty"));
    }
    Ok(())
}

/// As [`check`]; a shell also runs what `enid env` prints of this key.
fn check_own(key: &AccessKey) -> Result<(), String> {
    check(&key.access_key_id, &key.secret_access_key)?;
    if !key.secret_access_key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\'') {
        return Err(format!("the secret access key of {} has letters that no such key has", key.access_key_id));
    }
    Ok(())
}

/// Reads the key of a data folder; none when it was never used.
///
/// # Errors
/// When the file is there but cannot be read, or holds no key.
pub fn read(data: &Path) -> Result<Option<AccessKey>, String> {
    let path = data.join(FILE);
    let damaged =
        |why: String| format!("{} holds no access key: {why}; restore it, or remove it and start the server for a new key", path.display());
    match fs::read(&path) {
        Ok(bytes) => {
            let key: AccessKey = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
            check_own(&key).map_err(damaged)?;
            Ok(Some(key))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}

/// Reads the key of a data folder, making one (mode 0600) at the first start.
///
/// # Errors
/// When the file can be neither read nor made.
pub fn read_or_make(data: &Path) -> Result<AccessKey, String> {
    if let Some(key) = read(data)? {
        return Ok(key);
    }
    let key = AccessKey { access_key_id: format!("AKIA{}", letters(ID_LETTERS, 16)?), secret_access_key: letters(SECRET_LETTERS, 40)? };
    let path = data.join(FILE);
    let written = serde_json::to_vec_pretty(&key).map_err(Into::into).and_then(|json| replace_durably(&path, &json, 0o600));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    Ok(key)
}

/// Random letters. Both alphabets have a power of two of them, so that each is as likely.
fn letters(alphabet: &[u8], count: usize) -> Result<String, String> {
    let mut bytes = vec![0; count];
    engine::clock_and_random::secret(&mut bytes).map_err(|error| format!("no random numbers: {error}"))?;
    Ok(bytes.iter().map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_first_start_makes_a_key_that_only_its_owner_can_read() {
        let data = tempfile::tempdir().unwrap();
        let made = read_or_make(data.path()).unwrap();
        assert_eq!((made.access_key_id.len(), made.secret_access_key.len()), (20, 40));
        let mode = fs::metadata(data.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = read_or_make(data.path()).unwrap();
        assert_eq!(again.secret_access_key, made.secret_access_key);
    }

    #[test]
    fn a_file_without_a_usable_key_is_refused_with_a_remedy_and_kept() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join(FILE);
        for (id, secret) in [("", "s"), ("AKIA", ""), ("A'; reboot; '", "s"), ("AKIA", "s'; reboot; '"), ("AKIA", "s\\n")] {
            let text = format!(r#"{{"access_key_id":"{id}","secret_access_key":"{secret}"}}"#);
            fs::write(&path, &text).unwrap();
            let refusal = read_or_make(data.path()).map(drop).unwrap_err();
            assert!(refusal.contains("credentials.json") && refusal.contains("remove it"), "{refusal}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        fs::write(&path, "").unwrap();
        assert!(read_or_make(data.path()).map(drop).unwrap_err().contains("remove it"));
    }

    #[test]
    fn a_key_that_everybody_or_nobody_could_sign_with_is_refused_without_telling_its_secret() {
        let own = AccessKey { access_key_id: "AKIAOWN".into(), secret_access_key: "own".into() };
        let with = |id: &str, secret: &str| {
            let text = format!("id = \"210987654321\"\naccess_key_id = \"{id}\"\nsecret_access_key = \"{secret}\"");
            Credentials::new(&own, &[toml::from_str(&text).unwrap()]).map(drop)
        };
        assert!(with("AKIAOTHER", "other").is_ok());
        assert!(with("AKIAOTHER", "").unwrap_err().contains("AKIAOTHER is empty"));
        assert!(with("", "telltale").unwrap_err().contains("not an access key id"));
        let refusal = with("AKIA/x", "telltale").unwrap_err();
        assert!(refusal.contains("AKIA/x") && !refusal.contains("telltale"));
        assert!(with("AKIAOWN", "other").unwrap_err().contains("twice"));
    }
}
