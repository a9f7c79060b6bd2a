//! `models/operations.txt`: what enid serves, an operation a line, and what is to be said of it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;

use crate::root;

/// What `operations.txt` says of an operation whose answer is an empty list, since there is nothing of the kind.
pub const ALWAYS_EMPTY: &str = "read only, always empty";
/// What it says of an operation that tells of a setting that cannot be changed here.
const ALWAYS_SAME: &str = "read only, always the same";

/// The operations that enid serves, and what is said of each.
pub struct Served(BTreeMap<String, Option<String>>);

impl Served {
    /// Reads the list.
    pub fn read() -> Result<Self, Box<dyn Error>> {
        let text = fs::read_to_string(root().join("models/operations.txt"))?;
        let mut all = BTreeMap::new();
        for line in text.lines() {
            let (name, note) = line.split_once(": ").map_or((line, None), |(name, note)| (name, Some(note.to_owned())));
            if note.as_ref().is_some_and(|note| note != ALWAYS_EMPTY && note != ALWAYS_SAME) || all.insert(name.to_owned(), note).is_some()
            {
                return Err(format!("models/operations.txt: {line}").into());
            }
        }
        Ok(Self(all))
    }

    /// The operations whose answers hold what there is.
    pub fn full(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, note)| note.is_none()).map(|(name, _)| name.as_str())
    }

    /// The operations whose answer is always the same.
    pub fn constant(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, note)| note.is_some()).map(|(name, _)| name.as_str())
    }

    /// What is said of an operation.
    pub fn note(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_deref()
    }

    /// `docs/operations.md`.
    pub fn page(&self, all: usize) -> String {
        let count = self.0.len();
        let mut text = format!(
            "# The operations that enid serves\n\n\
             Written by `cargo xtask codegen` from `models/operations.txt`; do not edit. These are {count} of EC2's {all}, and STS's \
             GetCallerIdentity. What EC2 has beside them is refused as `UnsupportedOperation`; so are single parameters, by name.\n\n\
             | operation | |\n|---|---|\n"
        );
        for (name, note) in &self.0 {
            let _ = writeln!(text, "| {name} | {} |", note.as_deref().unwrap_or_default());
        }
        text
    }
}
