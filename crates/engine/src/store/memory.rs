//! A store that keeps nothing: for `--ephemeral` and for tests.

use model::{Change, State};

use super::{Store, StoreError};

/// Keeps nothing beyond the life of the process.
#[derive(Debug, Default)]
pub struct MemoryStore;

impl Store for MemoryStore {
    fn load(&mut self) -> Result<State, StoreError> {
        Ok(State::default())
    }

    fn commit(&mut self, _changes: &[Change]) -> Result<(), StoreError> {
        Ok(())
    }
}
