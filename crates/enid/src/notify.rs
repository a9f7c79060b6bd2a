//! Tells the service manager how the server is, as sd_notify(3) has it: a datagram to the socket that `NOTIFY_SOCKET` names.

use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The server answers requests.
pub fn ready() {
    tell("READY=1");
}

/// The server ends.
pub fn stopping() {
    tell("STOPPING=1");
}

/// Without a service manager there is nobody to tell; one that cannot be told finds out by itself.
fn tell(state: &str) {
    let _ = send(state);
}

fn send(state: &str) -> io::Result<()> {
    let Some(name) = std::env::var_os("NOTIFY_SOCKET") else { return Ok(()) };
    // A name that begins with @ is not in the file system.
    let address = match name.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(&name)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(drop)
}
