//! A client's connection: gives up on one that takes nothing, and finds out whether the client is still there.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Version;
use nix::sys::socket::{MsgFlags, send};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// How long a client may take nothing of what is sent to it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How often it is asked whether a client that waits for long is still there.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// What the kernel may hold of an answer before the client has room for it.
const UNSENT_BYTES_MAX: libc::c_int = 128 << 10;
/// Says nothing: a client passes over it, and the system of one that has gone answers with a reset.
const PROBE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// States of a TCP connection, of the kernel's `tcp_states.h`.
const TCP_CLOSE: u8 = 7;
const TCP_CLOSE_WAIT: u8 = 8;

/// A client, as far as a request has to do with it.
pub struct Client {
    socket: OwnedFd,
    is_behind: Arc<AtomicBool>,
}

impl Client {
    /// The connection of a client, to be read and written.
    ///
    /// # Errors
    /// When there are no more file descriptors.
    pub fn new(stream: TcpStream) -> io::Result<(Self, Wire)> {
        let _ = stream.set_nodelay(true);
        set_unsent_bytes_max(&stream);
        let client = Self { socket: stream.as_fd().try_clone_to_owned()?, is_behind: Arc::default() };
        let wire = Wire { stream, is_behind: Arc::clone(&client.is_behind), patience: WRITE_TIMEOUT, timeout: None };
        Ok((client, wire))
    }

    /// Returns when the client has gone. One that only said that it has no further requests (`nc -N`) still waits for the
    /// answer. Nothing that arrives tells the two apart; a word sent to the client does, and HTTP/1.1 has one for it.
    pub async fn gone(&self, version: Version) {
        let mut is_probed = version < Version::HTTP_11;
        loop {
            sleep(LOOK_AGAIN).await;
            match state(&self.socket) {
                Some(TCP_CLOSE) => return,
                // What an earlier answer left unsent must not be cut in two.
                Some(TCP_CLOSE_WAIT) if !is_probed && !self.is_behind.load(Ordering::Relaxed) => {
                    is_probed = true;
                    let _ = send(self.socket.as_raw_fd(), PROBE, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL);
                }
                _ => {}
            }
        }
    }
}

/// The state of a connection.
fn state(socket: &OwnedFd) -> Option<u8> {
    let mut info = [0u8; 1];
    let mut length = info.len() as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes to `info`, whose first member is the state (`struct tcp_info`).
    let result =
        unsafe { libc::getsockopt(socket.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, info.as_mut_ptr().cast(), &raw mut length) };
    (result == 0).then_some(info[0])
}

/// Keeps the kernel from taking in megabytes of an answer that the client does not read.
fn set_unsent_bytes_max(stream: &TcpStream) {
    let value = UNSENT_BYTES_MAX;
    // SAFETY: the kernel reads an int from the pointer.
    unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_NOTSENT_LOWAT,
            (&raw const value).cast(),
            size_of_val(&value) as libc::socklen_t,
        );
    }
}

/// What is read from a client and written to it.
pub struct Wire {
    stream: TcpStream,
    /// Whether something waits until the client takes what was sent before.
    is_behind: Arc<AtomicBool>,
    patience: Duration,
    timeout: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// Notes how a write of so many bytes went.
    fn wrote(&mut self, context: &mut Context<'_>, wanted: usize, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.is_behind.store(!matches!(result, Poll::Ready(Ok(written)) if written == wanted), Ordering::Relaxed);
        if result.is_ready() {
            self.timeout = None;
            return result;
        }
        let patience = self.patience;
        let timeout = self.timeout.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(timeout.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let result = Pin::new(&mut wire.stream).poll_write(context, bytes);
        wire.wrote(context, bytes.len(), result)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, context: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let result = Pin::new(&mut wire.stream).poll_write_vectored(context, parts);
        wire.wrote(context, parts.iter().map(|part| part.len()).sum(), result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Shutdown, TcpStream as Peer};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    const LONG: Duration = Duration::from_secs(30);

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    async fn connected() -> (Client, Wire, Peer) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = Peer::connect(listener.local_addr().unwrap()).unwrap();
        let (client, wire) = Client::new(listener.accept().await.unwrap().0).unwrap();
        (client, wire, peer)
    }

    #[test]
    fn who_takes_nothing_is_given_up_on_and_who_takes_something_is_not() {
        block_on(async {
            let (_client, mut wire, mut peer) = connected().await;
            wire.patience = Duration::from_secs(1);
            let reads = std::thread::spawn(move || {
                // A little at a time, for longer than a client may take nothing.
                let mut part = vec![0; 1 << 20];
                for _ in 0..8 {
                    std::thread::sleep(Duration::from_millis(150));
                    io::Read::read_exact(&mut peer, &mut part).unwrap();
                }
                peer
            });
            let part = vec![0; 1 << 20];
            let written = async {
                let mut megabytes = 0;
                loop {
                    match wire.write_all(&part).await {
                        Ok(()) => megabytes += 1,
                        Err(error) => return (megabytes, error.kind()),
                    }
                }
            };
            let (megabytes, error) = timeout(LONG, written).await.expect("it is given up on");
            assert!(megabytes >= 8 && error == io::ErrorKind::TimedOut, "{megabytes} {error}");
            drop(reads.join());
        });
    }

    #[test]
    fn a_client_that_has_gone_is_told_from_one_that_waits_for_its_answer() {
        block_on(async {
            let (client, _wire, peer) = connected().await;
            drop(peer);
            timeout(LONG, client.gone(Version::HTTP_11)).await.expect("it has gone");
            let (client, mut wire, peer) = connected().await;
            peer.shutdown(Shutdown::Write).unwrap();
            assert_eq!(wire.read(&mut [0]).await.unwrap(), 0);
            assert!(timeout(4 * LOOK_AGAIN, client.gone(Version::HTTP_11)).await.is_err());
            assert!(timeout(4 * LOOK_AGAIN, client.gone(Version::HTTP_10)).await.is_err());
            let mut sent = vec![0; PROBE.len()];
            io::Read::read_exact(&mut &peer, &mut sent).unwrap();
            assert_eq!(sent, PROBE);
            // HTTP/1.0 has no such word.
            peer.set_nonblocking(true).unwrap();
            assert!(io::Read::read(&mut &peer, &mut [0]).is_err());
        });
    }
}
