//! `enid check`: whether what is kept on disk is what operations can lead to.

use clap::Args;
use model::invariants;

use super::{DataFolder, ensure_not_emptied, print};
use crate::holder;
use engine::panics;
use engine::store::Store as _;
use engine::store::redb::RedbStore;

/// Read the data folder of a stopped server and say what of it should not be.
#[derive(Args)]
pub struct Check {
    #[command(flatten)]
    data: DataFolder,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Checks the folder.
    ///
    /// # Errors
    /// When it cannot be read, a server is using it, or something that must hold does not.
    pub fn run(&self) -> Result<(), String> {
        panics::end_the_process();
        let folder = self.data.folder();
        let path = folder.store();
        // Opening would make the file.
        match path.try_exists() {
            Ok(true) => {}
            Ok(false) => return Err(format!("{} holds no data yet", folder.path().display())),
            Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
        }
        ensure_not_emptied(&folder)?;
        let state = RedbStore::open(&path).and_then(|mut store| store.load()).map_err(|error| error.to_string())?;
        let rows: usize = state.realms().map(|(_, realm)| realm.rows().count()).sum();
        let mut violations: Vec<String> = invariants::check(&state).iter().map(ToString::to_string).collect();
        violations.extend(holder::faults(folder.path(), &state));
        if self.json {
            print(&format!("{:#}\n", serde_json::json!({ "rows": rows, "violations": violations })))?;
        } else {
            print(&violations.iter().map(|violation| format!("{violation}\n")).collect::<String>())?;
        }
        match violations.len() {
            0 if self.json => Ok(()),
            0 => print(&format!("{rows} rows, everything holds\n")),
            found => Err(format!("{found} of the things that must hold do not")),
        }
    }
}
