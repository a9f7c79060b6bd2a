//! A netlink socket with two verbs: send changes and read what became of each, and ask for everything of a kind.
//!
//! The kernel handles requests within `sendmsg`, so all answers lie in the receive buffer when it returns. Changes go out many to a
//! datagram; only the last asks to be acknowledged, since errors are reported in any case.

use std::io;
use std::os::fd::{AsRawFd, RawFd};

use netlink_sys::{Socket, SocketAddr};

use super::wire::{Attributes, Header, Messages, NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR};

/// Room for the answers to a datagram: errors of some 100 bytes, accounted by the kernel at up to 1 KiB each.
const RECEIVE_BYTES: libc::c_int = 8 << 20;
/// Room for notifications while nobody reads them. enid's own changes are notified too, ten thousand routes at a time.
const NOTIFICATION_BYTES: libc::c_int = 32 << 20;
/// Room for the largest datagram: a transaction of nftables must be one.
const SEND_BYTES: libc::c_int = 64 << 20;
/// Bytes of requests that go out at once where they need not be one transaction.
const DATAGRAM_BYTES: usize = 64 << 10;
/// How often a dump is tried again that the kernel says was disturbed by changes.
const DUMP_TRIES: usize = 16;

/// A message still to be sent: type, flags beyond `NLM_F_REQUEST`, payload.
pub struct Request {
    /// Type of the message.
    pub kind: u16,
    /// Flags.
    pub flags: u16,
    /// What follows the netlink header.
    pub payload: Vec<u8>,
}

/// An error that the kernel gave for one message.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The error number, positive.
    pub errno: i32,
    /// The kernel's words, if it had any.
    pub text: Option<String>,
}

impl Refused {
    /// The error in words.
    pub fn message(&self) -> String {
        let plain = io::Error::from_raw_os_error(self.errno).to_string();
        match &self.text {
            Some(text) => format!("{text}: {plain}"),
            None => plain,
        }
    }
}

/// A socket of one netlink family, bound to the namespace in which it was opened.
pub struct Netlink {
    socket: Socket,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Netlink {
    /// Opens a socket in the namespace of the calling thread.
    pub fn open(protocol: isize) -> io::Result<Netlink> {
        let mut socket = Socket::new(protocol)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        set_buffer(&socket, libc::SO_RCVBUFFORCE, RECEIVE_BYTES)?;
        set_buffer(&socket, libc::SO_SNDBUFFORCE, SEND_BYTES)?;
        socket.set_ext_ack(true)?;
        // Without it, each error would come with a copy of the request.
        socket.set_cap_ack(true)?;
        if protocol == netlink_sys::protocols::NETLINK_ROUTE {
            // So that the kernel honours the filters of dumps, and refuses what it does not know.
            socket.set_netlink_get_strict_chk(true)?;
        }
        Ok(Netlink { socket, sequence: 0, buffer: vec![0; 256 << 10] })
    }

    /// The number that notifications of this socket's changes bear.
    pub fn port(&self) -> u32 {
        let mut address = SocketAddr::new(0, 0);
        match self.socket.get_address(&mut address) {
            Ok(()) => address.port_number(),
            Err(_) => 0,
        }
    }

    fn next_sequence(&mut self) -> u32 {
        self.sequence = self.sequence.wrapping_add(1);
        self.sequence
    }

    /// Sends independent changes and returns the outcome of each.
    pub fn change(&mut self, requests: &[Request]) -> io::Result<Vec<Result<(), Refused>>> {
        let mut outcomes = Vec::with_capacity(requests.len());
        let mut rest = requests;
        while !rest.is_empty() {
            let mut bytes = 0;
            let mut count = 0;
            for request in rest {
                bytes += request.payload.len() + 32;
                if count > 0 && bytes > DATAGRAM_BYTES {
                    break;
                }
                count += 1;
            }
            let (now, later) = rest.split_at(count);
            outcomes.extend(self.transact(now)?);
            rest = later;
        }
        Ok(outcomes)
    }

    /// Sends these messages as one datagram and returns the outcome of each.
    pub fn transact(&mut self, requests: &[Request]) -> io::Result<Vec<Result<(), Refused>>> {
        let mut datagram = Vec::new();
        let first = self.sequence.wrapping_add(1);
        // The last message that can be acknowledged shows that the whole datagram was read.
        let last = requests.iter().rposition(|request| request.flags & NO_ACK == 0);
        for (index, request) in requests.iter().enumerate() {
            let ack = if Some(index) == last { NLM_F_ACK } else { 0 };
            let sequence = self.next_sequence();
            let flags = NLM_F_REQUEST | ack | (request.flags & !NO_ACK);
            Header { kind: request.kind, flags, sequence, port: 0 }.emit(&request.payload, &mut datagram);
        }
        self.send(&datagram)?;
        let mut outcomes = vec![Ok(()); requests.len()];
        let mut acknowledged = false;
        while let Some(received) = self.receive(libc::MSG_DONTWAIT)? {
            for message in Messages::new(&self.buffer[..received]) {
                let index = message.header.sequence.wrapping_sub(first) as usize;
                if message.header.kind != NLMSG_ERROR || index >= outcomes.len() {
                    continue;
                }
                acknowledged |= Some(index) == last;
                if let Some(refused) = refused(message.header.flags, message.payload) {
                    outcomes[index] = Err(refused);
                }
            }
        }
        if !acknowledged && outcomes.iter().all(Result::is_ok) {
            return Err(io::Error::other("the kernel did not acknowledge a change"));
        }
        Ok(outcomes)
    }

    /// Asks one question that is not a dump, and hands the answer to `each`.
    pub fn ask(&mut self, kind: u16, payload: &[u8], mut each: impl FnMut(u16, &[u8])) -> io::Result<Result<(), Refused>> {
        let sequence = self.next_sequence();
        let mut datagram = Vec::new();
        Header { kind, flags: NLM_F_REQUEST | NLM_F_ACK, sequence, port: 0 }.emit(payload, &mut datagram);
        self.send(&datagram)?;
        let mut outcome = Ok(());
        while let Some(received) = self.receive(libc::MSG_DONTWAIT)? {
            for message in Messages::new(&self.buffer[..received]) {
                if message.header.sequence != sequence {
                    continue;
                }
                if message.header.kind == NLMSG_ERROR {
                    if let Some(error) = refused(message.header.flags, message.payload) {
                        outcome = Err(error);
                    }
                } else {
                    each(message.header.kind, message.payload);
                }
            }
        }
        Ok(outcome)
    }

    /// Asks for everything of a kind. `each` gets the parts of every message; the whole is repeated when the kernel says
    /// that it changed meanwhile.
    pub fn dump<T>(
        &mut self,
        kind: u16,
        payload: &[u8],
        mut each: impl FnMut(u16, &[u8]) -> Option<T>,
    ) -> io::Result<Result<Vec<T>, Refused>> {
        for _ in 0..DUMP_TRIES {
            let sequence = self.next_sequence();
            let mut datagram = Vec::new();
            Header { kind, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence, port: 0 }.emit(payload, &mut datagram);
            self.send(&datagram)?;
            let mut found = Vec::new();
            let mut disturbed = false;
            let mut done = None;
            while done.is_none() {
                // Further parts are made as earlier ones are read, without any wait.
                let Some(received) = self.receive(libc::MSG_DONTWAIT)? else {
                    return Err(io::Error::other("the kernel did not finish a dump"));
                };
                for message in Messages::new(&self.buffer[..received]) {
                    if message.header.sequence != sequence {
                        continue;
                    }
                    disturbed |= message.header.flags & NLM_F_DUMP_INTR != 0;
                    match message.header.kind {
                        NLMSG_DONE => done = Some(refused(message.header.flags, message.payload)),
                        NLMSG_ERROR => done = Some(refused(message.header.flags, message.payload)),
                        kind => found.extend(each(kind, message.payload)),
                    }
                }
            }
            match done.flatten() {
                // nftables' way to say that the table changed meanwhile.
                Some(error) if error.errno == libc::EINTR => {}
                Some(error) => return Ok(Err(error)),
                None if disturbed => {}
                None => return Ok(Ok(found)),
            }
        }
        Ok(Err(Refused { errno: libc::EINTR, text: Some("kernel state kept changing while it was read".into()) }))
    }

    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        // What an earlier conversation left behind must not be taken for an answer to this one; sequence numbers see to that.
        loop {
            match self.socket.send(datagram, 0) {
                Ok(sent) if sent == datagram.len() => return Ok(()),
                Ok(_) => return Err(io::Error::other("netlink took a part of a datagram")),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn receive(&mut self, flags: libc::c_int) -> io::Result<Option<usize>> {
        loop {
            // SAFETY: the buffer is valid for its length. `MSG_TRUNC` makes the kernel tell the datagram's true length.
            let received =
                unsafe { libc::recv(self.socket.as_raw_fd(), self.buffer.as_mut_ptr().cast(), self.buffer.len(), flags | libc::MSG_TRUNC) };
            if received >= 0 {
                let received = usize::try_from(received).unwrap_or(0);
                if received > self.buffer.len() {
                    return Err(io::Error::other("a netlink answer was longer than the buffer"));
                }
                return Ok(Some(received));
            }
            let error = io::Error::last_os_error();
            match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock => return Ok(None),
                _ => return Err(error),
            }
        }
    }
}

/// Marks a request whose acknowledgement older kernels do not send: the ends of an nftables batch. Not a flag of netlink's.
pub const NO_ACK: u16 = 0x8000;

fn set_buffer(socket: &Socket, option: libc::c_int, bytes: libc::c_int) -> io::Result<()> {
    let fd: RawFd = socket.as_raw_fd();
    // SAFETY: the value is a valid `int` for the time of the call.
    let result = unsafe {
        libc::setsockopt(
            fd,
            libc::SOL_SOCKET,
            option,
            (&raw const bytes).cast(),
            libc::socklen_t::try_from(size_of::<libc::c_int>()).unwrap_or(4),
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Reads an error message or the end of a dump: a negative error number, then, with `NLM_F_ACK_TLVS`, the kernel's words.
fn refused(flags: u16, payload: &[u8]) -> Option<Refused> {
    const NLM_F_CAPPED: u16 = 0x100;
    const NLM_F_ACK_TLVS: u16 = 0x200;
    const NLMSGERR_ATTR_MSG: u16 = 1;
    let errno = i32::from_ne_bytes(payload.get(..4)?.try_into().ok()?);
    if errno == 0 {
        return None;
    }
    let mut text = None;
    // The failed request's header follows the number: all of it is 16 bytes, since copies are switched off.
    if flags & NLM_F_ACK_TLVS != 0 && flags & NLM_F_CAPPED != 0 {
        text = Attributes::new(payload.get(20..).unwrap_or_default())
            .find(|(kind, _)| *kind == NLMSGERR_ATTR_MSG)
            .map(|(_, value)| super::wire::text(value));
    }
    Some(Refused { errno: errno.saturating_neg(), text })
}

/// A socket that listens to the kernel's notifications of changes.
pub struct Listener {
    socket: Socket,
}

impl Listener {
    /// Opens a socket in the namespace of the calling thread and joins these groups.
    pub fn open(protocol: isize, groups: &[u32]) -> io::Result<Listener> {
        let mut socket = Socket::new(protocol)?;
        socket.bind_auto()?;
        for group in groups {
            socket.add_membership(*group)?;
        }
        socket.set_non_blocking(true)?;
        set_buffer(&socket, libc::SO_RCVBUFFORCE, NOTIFICATION_BYTES)?;
        Ok(Listener { socket })
    }

    /// Hands everything that waits to `each`, an empty datagram standing for lost ones.
    pub fn drain(&self, mut each: impl FnMut(&[u8])) {
        let mut buffer = Vec::with_capacity(64 << 10);
        for _ in 0..DATAGRAMS_AT_ONCE {
            buffer.clear();
            match self.socket.recv(&mut buffer, libc::MSG_DONTWAIT) {
                Ok(_) => each(&buffer),
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => each(&[]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

/// How many notifications are read before other work gets its turn.
const DATAGRAMS_AT_ONCE: usize = 1 << 14;

impl AsRawFd for Listener {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}
