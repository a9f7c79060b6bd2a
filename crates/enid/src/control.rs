//! The socket in the data folder over which `enid status` asks the running server. Mode 0600: the folder's owner only.
//!
//! One line of question, one JSON document of answer.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, thread};

use serde_json::Value;

/// Questions are words; a longer line is none.
const QUESTION_BYTES_MAX: u64 = 256;
const TIMEOUT: Duration = Duration::from_secs(5);
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Gives the answer to a question; none to one that it does not know.
pub type Answer = dyn Fn(&str) -> Option<Value> + Send + Sync;

/// Answers questions on the socket until the process ends.
///
/// # Errors
/// When the socket cannot be made.
pub fn serve(path: &Path, answer: Arc<Answer>) -> io::Result<()> {
    let _ = fs::remove_file(path);
    let (_folder, short) = short_path(path)?;
    let listener = UnixListener::bind(short)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    thread::Builder::new().name("control".into()).spawn(move || {
        // One at a time: questions are rare, and a slow asker has a time limit.
        for stream in listener.incoming() {
            match stream {
                Ok(stream) => _ = converse(stream, &*answer),
                // Out of file descriptors, most likely: the next attempt would fail as fast.
                Err(_) => thread::sleep(ACCEPT_PAUSE),
            }
        }
    })?;
    Ok(())
}

fn converse(stream: UnixStream, answer: &Answer) -> io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut question = String::new();
    BufReader::new((&stream).take(QUESTION_BYTES_MAX)).read_line(&mut question)?;
    let reply = answer(question.trim()).unwrap_or(Value::Null);
    (&stream).write_all(reply.to_string().as_bytes())
}

/// Asks the server of a data folder.
///
/// # Errors
/// When no server answers.
pub fn ask(path: &Path, question: &str) -> Result<Value, String> {
    let unreachable = |error: io::Error| match error.kind() {
        io::ErrorKind::PermissionDenied => format!("cannot ask at {}: {error}; ask as the user who ran enid up", path.display()),
        _ => format!("no server answers at {}: {error}; start one with `enid up`", path.display()),
    };
    let (_folder, short) = short_path(path).map_err(unreachable)?;
    let mut stream = UnixStream::connect(short).map_err(unreachable)?;
    stream.set_read_timeout(Some(TIMEOUT)).map_err(unreachable)?;
    writeln!(stream, "{question}").map_err(unreachable)?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).map_err(unreachable)?;
    serde_json::from_slice(&reply).map_err(|error| format!("the server's answer is not JSON: {error}"))
}

/// Whether a server has the socket, however busy it is. Nobody answers on one that a killed server left.
pub fn is_served(path: &Path) -> bool {
    short_path(path).and_then(|(_folder, short)| UnixStream::connect(short)).is_ok()
}

/// A name of the socket that fits the 108 bytes of a socket's address, however deep its folder lies: through the
/// descriptor of the folder, which must stay open while the name is used.
pub fn short_path(path: &Path) -> io::Result<(fs::File, PathBuf)> {
    let folder = fs::File::open(path.parent().unwrap_or(Path::new("/")))?;
    let name = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(path.file_name().unwrap_or_default());
    Ok((folder, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_however_deep_the_folder_lies() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("d".repeat(120));
        fs::create_dir(&deep).unwrap();
        let path = deep.join("control.sock");
        assert!(ask(&path, "status").unwrap_err().contains("enid up"));
        serve(&path, Arc::new(|question| (question == "status").then(|| 7.into()))).unwrap();
        assert_eq!(ask(&path, "status").unwrap(), 7);
        assert_eq!(ask(&path, "weather").unwrap(), Value::Null);
    }
}
