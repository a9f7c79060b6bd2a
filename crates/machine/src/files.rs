//! Folders and files that others must not read, and that a crash must not leave half written.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes a folder only its owner can look into, and its parents.
pub fn private_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Replaces a file as a whole: a reader, or whoever comes after the process ended, sees the old content or the new one.
pub fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    // Replacing a file costs a millisecond of write-back on ext4, which a restart with nothing new need not pay.
    if fs::read(path).is_ok_and(|old| old == content) {
        return fs::set_permissions(path, Permissions::from_mode(mode));
    }
    write_anew(path, content, mode, |_| Ok(()))
}

/// As [`replace`], also for whoever comes after a power failure.
pub fn replace_durably(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    write_anew(path, content, mode, File::sync_all)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Makes sure that files made in a folder, and renamed in it, stay there.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Removes a folder of plain files. One that holds a folder, or on which something is mounted, is none: it stays, with that in it.
///
/// # Errors
/// When something cannot be removed. A folder that is not there is removed already.
pub fn remove_flat_dir(path: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_dir(path)
}

fn write_anew(path: &Path, content: &[u8], mode: u32, sync: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    let mut temporary_name = path.file_name().unwrap_or(OsStr::new("file")).to_owned();
    temporary_name.push(".new");
    let temporary = path.with_file_name(temporary_name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&temporary)?;
    // The mode above is subject to the umask, and does nothing to a file left by an earlier attempt.
    file.set_permissions(Permissions::from_mode(mode))
        .and_then(|()| file.write_all(content))
        .and_then(|()| sync(&file))
        .and_then(|()| fs::rename(&temporary, path))
        // Such as of a full disk: what is half written is of no use to anybody.
        .inspect_err(|_| drop(fs::remove_file(&temporary)))
}
