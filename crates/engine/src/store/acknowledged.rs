//! What was acknowledged last, in a small file beside the store.
//!
//! A page of the store that is not what was written is found by its checksum. One that is whole, but old, is not: the file's
//! header says which of its last two states is the newest, and a damaged one may say the other. So each commit has a
//! number, and the newest is noted here after the store has it. The note is not flushed to the disk, which would cost as much as
//! the commit: after a power failure it may be late, and never early.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1};

/// The note of one store.
pub struct Acknowledged {
    file: File,
    path: PathBuf,
    store: u64,
}

impl Acknowledged {
    /// The note beside a store that knows itself by a number, which a copy has too.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn beside(path: &Path, store: u64) -> io::Result<Self> {
        let of = path;
        let path = path.with_extension("acknowledged");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)?;
        // A check by root must not take it from the server's user.
        if let Ok(owner) = fs::metadata(of) {
            let _ = std::os::unix::fs::fchown(&file, Some(owner.uid()), Some(owner.gid()));
        }
        Ok(Self { file, path, store })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The newest commit that was acknowledged, as far as is known: none if the note is of another store, or was cut short by a
    /// power failure.
    pub fn newest(&self) -> Option<u64> {
        let text = fs::read_to_string(&self.path).ok()?;
        let commit = text.lines().next()?.rsplit(' ').nth(1)?.parse().ok()?;
        (text == line(self.store, commit)).then_some(commit)
    }

    /// Notes a commit that is safe.
    ///
    /// # Errors
    /// When it cannot be written. What is noted may then be late, which costs nothing but that damage may go unnoticed.
    pub fn note(&self, commit: u64) -> io::Result<()> {
        self.file.write_all_at(line(self.store, commit).as_bytes(), 0)
    }
}

/// Always of one length, so that a newer line covers an older one.
fn line(store: u64, commit: u64) -> String {
    let text = format!("store {store:016x} acknowledged {commit:020}");
    let sum: String = Sha1::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{text} {sum}\n")
}
