//! The store on disk: one redb file, a row as JSON under `<table>/<account>/<region>/<key>`.
//!
//! JSON, so that a row can be read by eye and gains fields without a migration.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use model::state::{RowParser, TABLES};
use model::{Change, Row, Scope, State};
use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition};
use serde::de::DeserializeOwned;

use super::{Store, StoreError};
use crate::files::sync_dir;

const ROWS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("rows");
/// The form of keys and rows. A file of another form is refused, never guessed at.
const FORMAT: TableDefinition<'_, &str, u64> = TableDefinition::new("format");
const FORMAT_VERSION: u64 = 1;

/// Rows in a redb file.
pub struct RedbStore {
    database: Database,
}

impl RedbStore {
    /// Opens the file, making it (mode 0600) if there is none.
    ///
    /// # Errors
    /// When it cannot be opened: another server has it, it is damaged, or of another version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let fault = |what: String| StoreError(format!("{}: {what}", path.display()));
        let database = Database::create(path).map_err(|error| match error {
            redb::DatabaseError::DatabaseAlreadyOpen => {
                fault("another enid is using this data folder; stop it, or choose another with --data".into())
            }
            error => fault(error.to_string()),
        })?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(|error| fault(error.to_string()))?;
        // A file that was just made is safe only with its name.
        path.parent().map_or(Ok(()), sync_dir).map_err(|error| fault(error.to_string()))?;
        let store = Self { database };
        store.check_format().map_err(|error| fault(error.0))?;
        Ok(store)
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
}

impl Store for RedbStore {
    fn load(&mut self) -> Result<State, StoreError> {
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

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError(error.to_string())
}
