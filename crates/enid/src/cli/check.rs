//! `enid check`: whether what is kept on disk is what operations can lead to.

use clap::Args;
use model::invariants;

use super::{DataFolder, print};
use crate::store::Store as _;
use crate::store::redb::RedbStore;

/// Read the data folder of a stopped server and say what of it should not be.
#[derive(Args)]
pub struct Check {
    #[command(flatten)]
    data: DataFolder,
}

impl Check {
    /// Checks the folder.
    ///
    /// # Errors
    /// When it cannot be read, a server is using it, or something that must hold does not.
    pub fn run(&self) -> Result<(), String> {
        let folder = self.data.folder();
        let path = folder.store();
        // Opening would make the file.
        if !path.exists() {
            return Err(format!("{} holds no data yet", folder.path().display()));
        }
        let state = RedbStore::open(&path).and_then(|mut store| store.load()).map_err(|error| error.to_string())?;
        let rows: usize = state.realms().map(|(_, realm)| realm.rows().count()).sum();
        let violations = invariants::check(&state);
        print(&violations.iter().map(|violation| format!("{violation}\n")).collect::<String>())?;
        match violations.len() {
            0 => print(&format!("{rows} rows, everything holds\n")),
            found => Err(format!("{found} of the things that must hold do not")),
        }
    }
}
