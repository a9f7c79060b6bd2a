//! What is said over the holder's socket: a message is one packet, text, perhaps with one open namespace.
//!
//! | question | answer |
//! |---|---|
//! | `hold <id>` with a namespace | `ok` |
//! | `release <id>` | `ok` |
//! | `take <id>` | `ok` with the namespace, or `none` |
//! | `list <id>` | `ok`, and a line `<id> <inode>` for each of the next ids after this one |
//! | `end` | `ok`, and the holder ends |
//!
//! Anything that fails is answered with `error` and the reason. A holder may be older than the server, so what is here stays as it is.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, UnixAddr, recvmsg, sendmsg};

/// The longest message: a list of [`LISTED_MAX`] ids, and room to spare.
const BYTES_MAX: usize = 64 * 1024;
/// How many ids one answer lists.
pub(super) const LISTED_MAX: usize = 1000;

/// A message as it was received.
pub(super) struct Message {
    pub(super) text: String,
    pub(super) file: Option<File>,
}

/// Sends a message.
pub(super) fn send(socket: &OwnedFd, text: &str, file: Option<&File>) -> io::Result<()> {
    let files: Vec<RawFd> = file.iter().map(|file| file.as_raw_fd()).collect();
    let rights = [ControlMessage::ScmRights(&files)];
    let control: &[_] = if files.is_empty() { &[] } else { &rights };
    loop {
        match sendmsg::<UnixAddr>(socket.as_raw_fd(), &[IoSlice::new(text.as_bytes())], control, MsgFlags::MSG_NOSIGNAL, None) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Receives a message; none when the other end is closed.
pub(super) fn receive(socket: &OwnedFd) -> io::Result<Option<Message>> {
    let mut bytes = vec![0; BYTES_MAX];
    let mut control = nix::cmsg_space!(RawFd);
    let (length, file, is_cut) = loop {
        let mut buffers = [IoSliceMut::new(&mut bytes)];
        let received = match recvmsg::<UnixAddr>(socket.as_raw_fd(), &mut buffers, Some(&mut control), MsgFlags::MSG_CMSG_CLOEXEC) {
            Err(Errno::EINTR) => continue,
            received => received?,
        };
        // A descriptor that this process has no room for is left out by the kernel, which says so here.
        let is_cut = received.flags.intersects(MsgFlags::MSG_CTRUNC | MsgFlags::MSG_TRUNC);
        let mut file = None;
        // What was cut cannot be read.
        for message in if is_cut { None } else { Some(received.cmsgs()?) }.into_iter().flatten() {
            if let ControlMessageOwned::ScmRights(files) = message {
                for each in files {
                    // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
                    file = Some(File::from(unsafe { OwnedFd::from_raw_fd(each) }));
                }
            }
        }
        break (received.bytes, file, is_cut);
    };
    if is_cut {
        return Err(Errno::EMFILE.into());
    }
    if length == 0 {
        return Ok(None);
    }
    bytes.truncate(length);
    let text = String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(Some(Message { text, file }))
}

/// Whether an error says that there is nobody at the other end any more.
pub(super) fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, NotFound, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionRefused | ConnectionReset | NotFound | UnexpectedEof)
}
