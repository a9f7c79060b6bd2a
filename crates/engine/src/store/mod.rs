//! Where changes are kept: a small trait, so that nothing above knows which store it is.

mod acknowledged;
pub mod memory;
pub mod redb;

use std::fmt;

use model::{Change, State};

/// Keeps rows. A commit that returned survives the end of the process, however it ends.
pub trait Store: Send {
    /// Reads everything.
    ///
    /// # Errors
    /// When the store cannot be read, or holds what this version does not understand.
    fn load(&mut self) -> Result<State, StoreError>;

    /// Writes changes, all or none, and returns when they are safe. After an error nothing is known of them: the
    /// caller must end the process rather than try again (a second fsync may report success for data that the
    /// first one lost).
    ///
    /// # Errors
    /// When it is not known that the changes are safe.
    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError>;
}

/// What went wrong in a store.
#[derive(Debug)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}
