//! The store on disk: one redb file, a row as JSON under `<table>/<account>/<region>/<key>`.
//!
//! JSON, so that a row can be read by eye and gains fields without a migration.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use model::state::{RowParser, TABLES};
use model::{Change, Row, Scope, State};
use redb::{Database, DatabaseError, Durability, ReadableDatabase, ReadableTable, StorageError, TableDefinition};
use serde::de::DeserializeOwned;

use super::{Store, StoreError};
use crate::files::sync_dir;
use crate::panics::contain_quietly;

const ROWS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("rows");
/// The form of keys and rows. A file of another form is refused, never guessed at.
const FORMAT: TableDefinition<'_, &str, u64> = TableDefinition::new("format");
const FORMAT_VERSION: u64 = 1;

/// Rows in a redb file.
pub struct RedbStore {
    database: Database,
    path: PathBuf,
}

impl RedbStore {
    /// Opens the file, making it (mode 0600) if there is none.
    ///
    /// # Errors
    /// When it cannot be opened: another server has it, it is damaged, or of another version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let fault = |what: String| StoreError(format!("{}: {what}", path.display()));
        let database = unless_damaged(path, || Database::create(path))?.map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => {
                fault("another enid is using this data folder; stop it, or choose another with --data".into())
            }
            DatabaseError::Storage(error) => storage_fault(path, error),
            error => fault(error.to_string()),
        })?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(|error| fault(error.to_string()))?;
        // A file that was just made is safe only with its name.
        path.parent().map_or(Ok(()), sync_dir).map_err(|error| fault(error.to_string()))?;
        let store = Self { database, path: path.to_owned() };
        unless_damaged(path, || store.check_format())?.map_err(|error| fault(error.0))?;
        Ok(store)
    }

    /// Compares everything in the file with its checksums.
    ///
    /// # Errors
    /// When something differs.
    pub fn verify(&mut self) -> Result<(), StoreError> {
        let path = self.path.clone();
        match unless_damaged(&path, || self.database.check_integrity())? {
            Ok(true) => Ok(()),
            Ok(false) => Err(damaged(&path, "it had to be repaired")),
            Err(DatabaseError::Storage(error)) => Err(storage_fault(&path, error)),
            Err(error) => Err(StoreError(format!("{}: {error}", path.display()))),
        }
    }

    fn check_format(&self) -> Result<(), StoreError> {
        let transaction = self.database.begin_write().map_err(failed)?;
        {
            transaction.open_table(ROWS).map_err(failed)?;
            let mut table = transaction.open_table(FORMAT).map_err(failed)?;
            let found = table.get("version").map_err(failed)?.map(|version| version.value());
            match found {
                None => _ = table.insert("version", FORMAT_VERSION).map_err(failed)?,
                Some(FORMAT_VERSION) => {}
                Some(other) => return Err(StoreError(format!("written in format {other}; this enid reads format {FORMAT_VERSION}"))),
            }
        }
        transaction.commit().map_err(failed)
    }

    fn rows(&self) -> Result<State, StoreError> {
        let transaction = self.database.begin_read().map_err(failed)?;
        let rows = transaction.open_table(ROWS).map_err(failed)?;
        let mut state = State::default();
        for table in TABLES {
            // `0` follows `/`: the range holds the keys that begin with the table's name and a slash.
            let range = format!("{table}/")..format!("{table}0");
            for entry in rows.range::<&str>(range.start.as_str()..range.end.as_str()).map_err(failed)? {
                let (key, value) = entry.map_err(failed)?;
                let scope = scope_of(key.value())?;
                let row = Row::read::<String, _>(table, Json(value.value()))
                    .map_err(|error| StoreError(format!("row {}: {error}", key.value())))?;
                state.apply(&Change { scope, key: row.key(), row: Some(row) });
            }
        }
        Ok(state)
    }
}

impl Store for RedbStore {
    fn load(&mut self) -> Result<State, StoreError> {
        unless_damaged(&self.path, || self.rows())?.map_err(|error| StoreError(format!("{}: {error}", self.path.display())))
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let mut transaction = self.database.begin_write().map_err(failed)?;
        transaction.set_durability(Durability::Immediate).map_err(failed)?;
        {
            let mut rows = transaction.open_table(ROWS).map_err(failed)?;
            for change in changes {
                let key = format!("{}/{}/{}", change.key.table(), change.scope, change.key.text());
                match &change.row {
                    Some(row) => {
                        let mut json = Vec::with_capacity(512);
                        row.write(&mut serde_json::Serializer::new(&mut json)).map_err(failed)?;
                        rows.insert(key.as_str(), json.as_slice()).map_err(failed)?;
                    }
                    None => _ = rows.remove(key.as_str()).map_err(failed)?,
                }
            }
        }
        transaction.commit().map_err(failed)
    }
}

struct Json<'a>(&'a [u8]);

impl RowParser<String> for Json<'_> {
    fn parse<T: DeserializeOwned>(&mut self) -> Result<T, String> {
        serde_json::from_slice(self.0).map_err(|error| error.to_string())
    }
}

fn scope_of(key: &str) -> Result<Scope, StoreError> {
    let mut parts = key.splitn(4, '/').skip(1);
    let (Some(account), Some(region)) = (parts.next(), parts.next()) else {
        return Err(StoreError(format!("row key {key} is not of the form table/account/region/key")));
    };
    Ok(Scope { account: account.parse().map_err(StoreError)?, region: region.parse().map_err(StoreError)? })
}

/// Runs what reads the file. redb trusts pages of a file that was closed well, and panics where they are not what it wrote.
fn unless_damaged<T>(path: &Path, read: impl FnOnce() -> T) -> Result<T, StoreError> {
    contain_quietly(read).ok_or_else(|| damaged(path, "a page is not what was written"))
}

fn storage_fault(path: &Path, error: StorageError) -> StoreError {
    match error {
        StorageError::Corrupted(what) => damaged(path, what),
        StorageError::Io(error) if error.kind() == ErrorKind::InvalidData => damaged(path, error),
        error => StoreError(format!("{}: {error}", path.display())),
    }
}

fn damaged(path: &Path, what: impl std::fmt::Display) -> StoreError {
    let remedy = "put back a copy, or move it away to begin with nothing";
    StoreError(format!("{} is damaged, or none of enid's: {what}; {remedy}", path.display()))
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::egress_only_internet_gateway::EgressOnlyInternetGateway;
    use model::ids::{EgressOnlyInternetGatewayId, VpcId};
    use model::{AccountId, Draft, Region};

    const ROWS_MADE: u64 = 200;
    const PAGE_BYTES: usize = 4096;

    /// A file that was closed well, so that redb trusts its pages.
    fn closed_file(path: &Path) {
        let mut store = RedbStore::open(path).unwrap();
        let mut draft = Draft::new(State::default(), Scope { account: AccountId::DEFAULT, region: Region::DEFAULT });
        for number in 1..=ROWS_MADE {
            let id = EgressOnlyInternetGatewayId::from_number(number);
            draft.put(EgressOnlyInternetGateway { id, vpc: VpcId::from_number(number) });
        }
        store.commit(&draft.finish().1).unwrap();
    }

    fn rows_of(store: &mut RedbStore) -> Result<usize, StoreError> {
        Ok(store.load()?.realms().map(|(_, realm)| realm.rows().count()).sum())
    }

    /// Whatever page is lost: the file is read in full, or refused by name with a remedy.
    #[test]
    fn a_file_with_a_page_lost_is_read_in_full_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        closed_file(&path);
        let whole = fs::read(&path).unwrap();
        let mut refused = 0;
        for at in (0..whole.len()).step_by(PAGE_BYTES) {
            let mut lost = whole.clone();
            lost[at..at + PAGE_BYTES].fill(0);
            fs::write(&path, lost).unwrap();
            match RedbStore::open(&path).and_then(|mut store| store.verify().and_then(|()| rows_of(&mut store))) {
                Ok(rows) => assert_eq!(rows, ROWS_MADE as usize),
                Err(error) => {
                    refused += 1;
                    let words = error.to_string();
                    assert!(words.contains("state.redb is damaged") && words.contains("put back a copy"), "{words}");
                }
            }
        }
        assert!(refused >= 3, "{refused} of {} pages were missed", whole.len() / PAGE_BYTES);
    }

    #[test]
    fn a_letter_that_changed_in_a_row_is_found_by_its_checksum() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        closed_file(&path);
        assert!(RedbStore::open(&path).unwrap().verify().is_ok());
        let mut changed = fs::read(&path).unwrap();
        let id = VpcId::from_number(ROWS_MADE).to_string().into_bytes();
        let places: Vec<usize> = (0..changed.len() - id.len()).filter(|at| changed[*at..].starts_with(&id)).collect();
        assert!(!places.is_empty());
        // Another id, and as good a row.
        places.iter().for_each(|at| changed[at + id.len() - 1] = b'0');
        fs::write(&path, changed).unwrap();
        let mut store = RedbStore::open(&path).unwrap();
        assert_eq!(rows_of(&mut store).unwrap(), ROWS_MADE as usize);
        assert!(store.verify().unwrap_err().to_string().contains("damaged"));
    }

    #[test]
    fn a_file_of_something_else_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        for content in [&b"dear diary"[..], &[7; 9000]] {
            fs::write(&path, content).unwrap();
            let error = RedbStore::open(&path).err().unwrap().to_string();
            assert!(error.contains("none of enid's"), "{error}");
            assert_eq!(fs::read(&path).unwrap(), content);
        }
    }
}
