//! The store on disk: one redb file, a row as JSON under `<table>/<account>/<region>/<key>`.
//!
//! JSON, so that a row can be read by eye and gains fields without a migration.
//!
//! Every start holds the whole file to its checksums, and to what was acknowledged last. redb would trust a file that was closed
//! well; but disks, copies and editors damage files that were closed well too.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use model::state::{RowParser, TABLES};
use model::{Change, Row, Scope, State};
use redb::{
    Builder, Database, DatabaseError, Durability, ReadableDatabase, ReadableTable, ReadableTableMetadata as _, StorageError,
    TableDefinition, WriteTransaction,
};
use serde::de::DeserializeOwned;

use super::acknowledged::Acknowledged;
use super::{Store, StoreError};
use crate::clock_and_random;
use crate::panics::contain_quietly;

const ROWS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("rows");
/// The form of keys and rows. A file of another form is refused, never guessed at.
const FORMAT: TableDefinition<'_, &str, u64> = TableDefinition::new("format");
const FORMAT_VERSION: u64 = 1;
/// Keys of that table: the form, a number that no other file has, and how many commits there were.
const VERSION: &str = "version";
const FILE: &str = "file";
const COMMITS: &str = "commits";

/// Rows in a redb file.
pub struct RedbStore {
    database: Database,
    path: PathBuf,
    acknowledged: Acknowledged,
    commits: u64,
}

impl RedbStore {
    /// Opens the file, making it (mode 0600) if there is none, and holds all of it to its checksums.
    ///
    /// # Errors
    /// When it cannot be opened: another server has it, it is damaged or older than it was, or of another version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let fault = |what: String| StoreError(format!("{}: {what}", path.display()));
        let create = || Builder::new().set_check_integrity_on_open(true).create(path);
        let database = unless_damaged(path, create)?.map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => {
                fault("another enid is using this data folder; stop it, or choose another with --data".into())
            }
            DatabaseError::Storage(error) => storage_fault(path, error),
            error => damaged(path, error),
        })?;
        let unusable = |error: io::Error| fault(format!("{error}; enid must own it, in a folder that it can write to"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(unusable)?;
        // A file that was just made is safe only with its name.
        path.parent().map_or(Ok(()), sync_dir).map_err(unusable)?;
        let (file, commits) = unless_damaged(path, || begin(&database))?.map_err(|error| fault(error.0))?;
        let acknowledged = Acknowledged::beside(path, file).map_err(unusable)?;
        if let Some(newest) = acknowledged.newest().filter(|newest| *newest > commits) {
            let note = acknowledged.path().display();
            return Err(fault(format!(
                "it is older than it was: {newest} changes were acknowledged, and it has {commits}; put back the newest copy, or, to \
                 go on with what it has, remove {note}"
            )));
        }
        acknowledged.note(commits).map_err(unusable)?;
        Ok(Self { database, path: path.to_owned(), acknowledged, commits })
    }

    fn rows(&self) -> Result<State, StoreError> {
        let transaction = self.database.begin_read().map_err(failed)?;
        let rows = transaction.open_table(ROWS).map_err(failed)?;
        let mut state = State::default();
        let mut read = 0;
        for table in TABLES {
            // `0` follows `/`: the range holds the keys that begin with the table's name and a slash.
            let range = format!("{table}/")..format!("{table}0");
            for entry in rows.range::<&str>(range.start.as_str()..range.end.as_str()).map_err(failed)? {
                let (key, value) = entry.map_err(failed)?;
                let scope = scope_of(key.value())?;
                let row = Row::read::<String, _>(table, Json(value.value()))
                    .map_err(|error| StoreError(format!("row {}: {error}", key.value())))?;
                state.apply(&Change { scope, key: row.key(), row: Some(row) });
                read += 1;
            }
        }
        match rows.len().map_err(failed)? {
            all if all == read => Ok(state),
            all => Err(StoreError(format!("{} of {all} rows are of no table that this enid knows", all.saturating_sub(read)))),
        }
    }
}

impl Store for RedbStore {
    fn load(&mut self) -> Result<State, StoreError> {
        unless_damaged(&self.path, || self.rows())?.map_err(|error| damaged(&self.path, error))
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
        let commits = self.commits + 1;
        count(&transaction, commits)?;
        transaction.commit().map_err(failed)?;
        self.commits = commits;
        // It is safe, noted or not; and a disk that is too full for the note fails the next commit by name.
        let _ = self.acknowledged.note(commits);
        Ok(())
    }
}

/// Checks the form of a file, or says what it is in a new one. Gives the file's number, and that of its last commit.
fn begin(database: &Database) -> Result<(u64, u64), StoreError> {
    let transaction = database.begin_write().map_err(failed)?;
    let begun = {
        transaction.open_table(ROWS).map_err(failed)?;
        let mut table = transaction.open_table(FORMAT).map_err(failed)?;
        let mut found = |key: &str, or: u64| {
            let found = table.get(key).map_err(failed)?.map(|value| value.value());
            match found {
                Some(value) => Ok(value),
                None => table.insert(key, or).map(|_| or).map_err(failed),
            }
        };
        match found(VERSION, FORMAT_VERSION)? {
            FORMAT_VERSION => {}
            other => {
                let remedy = "use the enid that wrote it, or move it away to begin with nothing";
                return Err(StoreError(format!("written in format {other}; this enid reads format {FORMAT_VERSION}: {remedy}")));
            }
        }
        // A file of an enid that did not count has neither.
        (found(FILE, clock_and_random::random().next_u64())?, found(COMMITS, 0)?)
    };
    transaction.commit().map_err(failed)?;
    Ok(begun)
}

fn count(transaction: &WriteTransaction, commits: u64) -> Result<(), StoreError> {
    transaction.open_table(FORMAT).map_err(failed)?.insert(COMMITS, commits).map(drop).map_err(failed)
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

/// Runs what reads the file. redb may panic where a page is not what it wrote.
fn unless_damaged<T>(path: &Path, read: impl FnOnce() -> T) -> Result<T, StoreError> {
    contain_quietly(read).ok_or_else(|| damaged(path, "a page is not what was written"))
}

fn storage_fault(path: &Path, error: StorageError) -> StoreError {
    match error {
        StorageError::Corrupted(what) => damaged(path, what),
        StorageError::Io(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => damaged(path, error),
        error => StoreError(format!("{}: {error}; enid must be able to read and write it", path.display())),
    }
}

fn damaged(path: &Path, what: impl std::fmt::Display) -> StoreError {
    let remedy = "put back a copy, or move it away to begin with nothing";
    StoreError(format!("{} is damaged, or none of enid's: {what}; {remedy}", path.display()))
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError(error.to_string())
}

/// Makes sure that files made in a folder stay there.
fn sync_dir(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ctx::SeededRandom;
    use model::egress_only_internet_gateway::EgressOnlyInternetGateway;
    use model::ids::{EgressOnlyInternetGatewayId, VpcId};
    use model::{AccountId, Draft, Key, Random as _, Region};

    const PAGE_BYTES: usize = 4096;
    const DAMAGED_COPIES: usize = 600;

    /// What a server of this file would start with.
    fn started(path: &Path) -> Result<State, StoreError> {
        RedbStore::open(path).and_then(|mut store| store.load())
    }

    /// What `enid check` does: reads the file and closes it well.
    fn check(path: &Path) -> State {
        started(path).unwrap()
    }

    fn draft(state: State) -> Draft {
        Draft::new(state, Scope { account: AccountId::DEFAULT, region: Region::DEFAULT })
    }

    /// A row for each number.
    fn gateway(number: u64) -> EgressOnlyInternetGateway {
        EgressOnlyInternetGateway { id: EgressOnlyInternetGatewayId::from_number(number), vpc: VpcId::from_number(number) }
    }

    /// Rows that came and went in many commits, so that the file has pages of every age and kind.
    fn written(path: &Path) -> (RedbStore, State) {
        let mut store = RedbStore::open(path).unwrap();
        let mut state = State::default();
        for commit in 0..30 {
            let mut draft = draft(state);
            (0..40).for_each(|row| draft.put(gateway(1 + commit * 40 + row)));
            (0..10).for_each(|row| draft.delete(Key::EgressOnlyInternetGateway(gateway(1 + commit * 20 + row).id)));
            let (next, changes) = draft.finish();
            store.commit(&changes).unwrap();
            state = next;
        }
        (store, state)
    }

    /// Damages a file as disks, copies and editors do: bits, bytes, sectors, pages, its length.
    fn damage(file: &mut Vec<u8>, random: &mut SeededRandom) -> &'static str {
        let mut below = |bound: usize| (random.next_u64() % bound as u64) as usize;
        let header = 320;
        // The header is small, and says where everything is.
        let at = if below(3) == 0 { below(header) } else { below(file.len()) };
        let page = |place: usize| place / PAGE_BYTES * PAGE_BYTES;
        match below(8) {
            0 | 1 => {
                file[at] ^= 1 << below(8);
                "a bit"
            }
            2 => {
                file[at] = below(256) as u8;
                "a byte"
            }
            3 => {
                file[at / 512 * 512..][..512].fill(0);
                "a sector"
            }
            4 => {
                let from = page(below(file.len()));
                file.copy_within(from..from + PAGE_BYTES, page(at));
                "a page that belongs elsewhere"
            }
            5 => {
                file[page(at)..][..PAGE_BYTES].fill(0);
                "a page of nothing"
            }
            6 => {
                file.truncate(1 + below(file.len() - 1));
                "its end cut off"
            }
            _ => {
                file.extend(std::iter::repeat_n(0x5a, 1 + below(3 * PAGE_BYTES)));
                "something after its end"
            }
        }
    }

    /// Damages copies of a file in hundreds of ways: each is refused with a remedy, or read as it was.
    fn damaged_copies_are_refused_or_read(path: &Path, expected: &State, seed: u64) {
        let whole = fs::read(path).unwrap();
        let note = path.with_extension("acknowledged");
        let note_whole = fs::read(&note).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("state.redb");
        let mut random = SeededRandom(seed);
        let mut refused = 0;
        for number in 0..DAMAGED_COPIES {
            let mut file = whole.clone();
            let what = damage(&mut file, &mut random);
            fs::write(&copy, file).unwrap();
            fs::write(copy.with_extension("acknowledged"), &note_whole).unwrap();
            match started(&copy) {
                Ok(state) => assert!(state == *expected, "copy {number}, with {what}, was read as something else"),
                Err(error) => {
                    refused += 1;
                    let words = error.to_string();
                    assert!(words.contains("state.redb") && words.contains("put back"), "copy {number}, with {what}: {words}");
                }
            }
        }
        assert!(refused > DAMAGED_COPIES / 3, "{refused}");
    }

    #[test]
    fn a_file_that_was_damaged_after_a_check_is_refused_or_read_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        let (store, state) = written(&path);
        drop(store);
        assert!(check(&path) == state);
        damaged_copies_are_refused_or_read(&path, &state, 1);
    }

    #[test]
    fn a_file_that_a_killed_server_left_and_that_was_damaged_is_refused_or_read_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        // The file is copied while it is open: what a killed server leaves.
        let (_store, state) = written(&path);
        damaged_copies_are_refused_or_read(&path, &state, 2);
    }

    #[test]
    fn an_older_copy_is_refused_until_the_user_says_that_it_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        let (store, state) = written(&path);
        drop(store);
        let older = fs::read(&path).unwrap();
        let mut store = RedbStore::open(&path).unwrap();
        let mut more = draft(state.clone());
        more.put(gateway(9999));
        store.commit(&more.finish().1).unwrap();
        drop(store);
        fs::write(&path, older).unwrap();
        let words = started(&path).unwrap_err().to_string();
        assert!(words.contains("31 changes were acknowledged, and it has 30") && words.contains("state.acknowledged"), "{words}");
        fs::remove_file(path.with_extension("acknowledged")).unwrap();
        assert!(started(&path).unwrap() == state);
        // A file of its own is held to nothing that another one acknowledged.
        fs::remove_file(&path).unwrap();
        assert!(started(&path).unwrap() == State::default());
    }

    #[test]
    fn a_file_of_an_enid_that_did_not_count_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        let (store, state) = written(&path);
        let transaction = store.database.begin_write().unwrap();
        transaction.open_table(FORMAT).unwrap().retain(|key, _| key == VERSION).unwrap();
        transaction.commit().unwrap();
        drop(store);
        fs::remove_file(path.with_extension("acknowledged")).unwrap();
        assert!(started(&path).unwrap() == state);
        let mut store = RedbStore::open(&path).unwrap();
        store.commit(&[]).unwrap();
        assert_eq!((store.commits, store.acknowledged.newest()), (1, Some(1)));
    }

    #[test]
    fn a_row_of_a_table_that_nobody_knows_is_not_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        let (store, _) = written(&path);
        let transaction = store.database.begin_write().unwrap();
        transaction.open_table(ROWS).unwrap().insert("later/123456789012/us-east-1/x", &b"{}"[..]).unwrap();
        transaction.commit().unwrap();
        drop(store);
        assert!(started(&path).unwrap_err().to_string().contains("1 of 901 rows"));
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
