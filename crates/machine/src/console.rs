//! An instance's console: the last of what its boot, its user data and its daemons wrote, as GetConsoleOutput shows it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What GetConsoleOutput answers at most: EC2 keeps the most recent 64 KB.
pub const CONSOLE_BYTES_MAX: u64 = 64 * 1024;

/// The file may grow to this before its older half goes.
pub(super) const FILE_BYTES_MAX: u64 = 2 * CONSOLE_BYTES_MAX;

/// The writing end, held by pid 1.
pub(super) struct Console {
    file: File,
    bytes: u64,
}

impl Console {
    pub(super) fn open(path: &Path) -> io::Result<Console> {
        let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Console { file, bytes })
    }

    /// Appends; `chunk` is at most `CONSOLE_BYTES_MAX` long.
    pub(super) fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        if self.bytes + chunk.len() as u64 > FILE_BYTES_MAX {
            let kept = last(&mut self.file)?;
            self.file.set_len(0)?;
            self.bytes = 0;
            self.append(&kept)?;
        }
        self.append(chunk)
    }

    fn append(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.file.write_all(chunk)?;
        self.bytes += chunk.len() as u64;
        Ok(())
    }
}

/// The most recent output: nothing if the instance has never started.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    match File::open(path) {
        Ok(mut file) => last(&mut file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn last(file: &mut File) -> io::Result<Vec<u8>> {
    let bytes = file.metadata()?.len();
    file.seek(SeekFrom::Start(bytes.saturating_sub(CONSOLE_BYTES_MAX)))?;
    let mut kept = Vec::new();
    file.take(CONSOLE_BYTES_MAX).read_to_end(&mut kept)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_stays_bounded_and_keeps_the_newest() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("console.log");
        let mut console = Console::open(&path).unwrap();
        for i in 0..50_000 {
            console.write(format!("line {i}\n").as_bytes()).unwrap();
            assert!(std::fs::metadata(&path).unwrap().len() <= FILE_BYTES_MAX);
        }
        let text = String::from_utf8(read(&path).unwrap()).unwrap();
        assert!(text.ends_with("line 49998\nline 49999\n"));
        assert_eq!(text.len() as u64, CONSOLE_BYTES_MAX);
        drop(console);
        Console::open(&path).unwrap().write(b"after a reboot\n").unwrap();
        assert!(read(&path).unwrap().ends_with(b"line 49999\nafter a reboot\n"));
    }
}
