//! ICMP echo requests, sent until one is answered: as `ping` does, but as often as the clock allows.

use std::error::Error;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sched::{CloneFlags, setns};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, recv, sendto, socket};

/// How long a first answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Between two requests.
const PERIOD: Duration = Duration::from_micros(100);
const ECHO_REQUEST: u8 = 8;
const ECHO_REPLY: u8 = 0;

/// A place to ping from.
pub struct Pinger {
    socket: OwnedFd,
    identifier: u16,
}

impl Pinger {
    /// Pings from this namespace.
    pub fn here() -> nix::Result<Self> {
        let socket = socket(AddressFamily::Inet, SockType::Raw, SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC, SockProtocol::Icmp)?;
        Ok(Self { socket, identifier: std::process::id() as u16 })
    }

    /// Pings from another network namespace. The socket stays in it, whoever uses it.
    pub fn inside(namespace: &Path) -> Result<Self, Box<dyn Error>> {
        let file = File::open(namespace)?;
        let thread = std::thread::spawn(move || setns(file, CloneFlags::CLONE_NEWNET).and_then(|()| Self::here()));
        Ok(thread.join().map_err(|_| "the thread in the namespace panicked")??)
    }

    /// Sends requests until one is answered, and says when that was.
    pub fn first_answer(&self, from: Ipv4Addr, sequence: u16) -> Result<Instant, Box<dyn Error>> {
        let give_up = Instant::now() + TIMEOUT;
        while Instant::now() < give_up {
            self.send(from, sequence)?;
            std::thread::sleep(PERIOD);
            if self.received(from, sequence)? {
                return Ok(Instant::now());
            }
        }
        Err(format!("{from} did not answer within {TIMEOUT:?}").into())
    }

    /// Whether it is silent: no request sent now is answered within a moment.
    pub fn is_silent(&self, address: Ipv4Addr, sequence: u16) -> Result<bool, Box<dyn Error>> {
        self.send(address, sequence)?;
        std::thread::sleep(Duration::from_millis(5));
        Ok(!self.received(address, sequence)?)
    }

    fn send(&self, to: Ipv4Addr, sequence: u16) -> Result<(), Box<dyn Error>> {
        let mut packet = [0; 16];
        packet[0] = ECHO_REQUEST;
        packet[4..6].copy_from_slice(&self.identifier.to_be_bytes());
        packet[6..8].copy_from_slice(&sequence.to_be_bytes());
        let sum = checksum(&packet);
        packet[2..4].copy_from_slice(&sum.to_be_bytes());
        let to = SockaddrIn::from(SocketAddrV4::new(to, 0));
        match sendto(self.socket.as_raw_fd(), &packet, &to, MsgFlags::empty()) {
            // Where there is no way yet, there may be one later.
            Ok(_) | Err(Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::EACCES | Errno::EPERM | Errno::EINVAL | Errno::EAGAIN) => Ok(()),
            Err(error) => Err(format!("sending an echo request: {error}").into()),
        }
    }

    /// Reads what has arrived; whether an answer to this sequence number was in it.
    fn received(&self, from: Ipv4Addr, sequence: u16) -> Result<bool, Box<dyn Error>> {
        let mut packet = [0; 256];
        let mut found = false;
        loop {
            let length = match recv(self.socket.as_raw_fd(), &mut packet, MsgFlags::empty()) {
                Ok(length) => length,
                Err(Errno::EAGAIN) => return Ok(found),
                // An ICMP error for an earlier request.
                Err(Errno::EHOSTUNREACH | Errno::ENETUNREACH) => continue,
                Err(error) => return Err(format!("receiving an echo reply: {error}").into()),
            };
            let header = usize::from(packet[0] & 0x0f) * 4;
            let Some(message) = packet[..length].get(header..).filter(|message| message.len() >= 8) else { continue };
            found |= packet[12..16] == from.octets()
                && message[0] == ECHO_REPLY
                && message[4..6] == self.identifier.to_be_bytes()
                && message[6..8] == sequence.to_be_bytes();
        }
    }
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
