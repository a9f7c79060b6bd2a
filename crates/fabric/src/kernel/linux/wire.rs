//! Netlink's framing: messages with a header, attributes with a length and a type, everything aligned to four bytes.

/// The message is a request.
pub const NLM_F_REQUEST: u16 = 0x1;
/// Acknowledge it.
pub const NLM_F_ACK: u16 = 0x4;
/// The dump was disturbed by changes.
pub const NLM_F_DUMP_INTR: u16 = 0x10;
/// Replace what exists.
pub const NLM_F_REPLACE: u16 = 0x100;
/// Fail if it exists.
pub const NLM_F_EXCL: u16 = 0x200;
/// All of a kind.
pub const NLM_F_DUMP: u16 = 0x300;
/// Make it if it does not exist.
pub const NLM_F_CREATE: u16 = 0x400;
/// Put it at the end of a list.
pub const NLM_F_APPEND: u16 = 0x800;
/// An error, or an acknowledgement.
pub const NLMSG_ERROR: u16 = 2;
/// The end of a dump.
pub const NLMSG_DONE: u16 = 3;

const HEADER_BYTES: usize = 16;
/// Type bits that say nested (0x8000) and network byte order (0x4000).
const TYPE_FLAGS: u16 = 0xc000;
const NESTED: u16 = 0x8000;

/// The header of a message, without length and port.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// Type.
    pub kind: u16,
    /// Flags.
    pub flags: u16,
    /// Number that its answers bear.
    pub sequence: u32,
    /// Port of the socket whose request led to it; 0 for the kernel itself, and in requests.
    pub port: u32,
}

impl Header {
    /// Appends the message to a datagram.
    pub fn emit(self, payload: &[u8], datagram: &mut Vec<u8>) {
        let length = u32::try_from(HEADER_BYTES + payload.len()).unwrap_or(u32::MAX);
        datagram.extend(length.to_ne_bytes());
        datagram.extend(self.kind.to_ne_bytes());
        datagram.extend(self.flags.to_ne_bytes());
        datagram.extend(self.sequence.to_ne_bytes());
        datagram.extend(self.port.to_ne_bytes());
        datagram.extend(payload);
        pad(datagram);
    }
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// A message of a datagram.
pub struct Message<'a> {
    /// Its header.
    pub header: Header,
    /// What follows it.
    pub payload: &'a [u8],
}

/// The messages of a datagram.
pub struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    /// Reads a datagram.
    pub fn new(datagram: &'a [u8]) -> Messages<'a> {
        Messages { rest: datagram }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        let length = u32_at(self.rest, 0)? as usize;
        let payload = self.rest.get(HEADER_BYTES..length)?;
        let header = Header {
            kind: u16_at(self.rest, 4)?,
            flags: u16_at(self.rest, 6)?,
            sequence: u32_at(self.rest, 8)?,
            port: u32_at(self.rest, 12)?,
        };
        self.rest = self.rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Message { header, payload })
    }
}

/// The attributes of a message or of another attribute: type without its flags, and value.
pub struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    /// Reads attributes.
    pub fn new(bytes: &'a [u8]) -> Attributes<'a> {
        Attributes { rest: bytes }
    }

    /// The first of a type.
    pub fn get(bytes: &'a [u8], kind: u16) -> Option<&'a [u8]> {
        Attributes::new(bytes).find(|(found, _)| *found == kind).map(|(_, value)| value)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let length = usize::from(u16_at(self.rest, 0)?);
        let kind = u16_at(self.rest, 2)? & !TYPE_FLAGS;
        let value = self.rest.get(4..length)?;
        self.rest = self.rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    }
}

/// A string that may end in a zero byte.
pub fn text(value: &[u8]) -> String {
    let end = value.iter().position(|byte| *byte == 0).unwrap_or(value.len());
    String::from_utf8_lossy(&value[..end]).into_owned()
}

/// Appends an attribute. Values are far below the 64 KiB that the length can say; callers of [`nested`] split what may be longer.
pub fn bytes(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    out.extend(length.to_ne_bytes());
    out.extend(kind.to_ne_bytes());
    out.extend(value);
    pad(out);
}

/// Appends a string with its zero byte.
pub fn string(out: &mut Vec<u8>, kind: u16, value: &str) {
    let mut terminated = value.as_bytes().to_vec();
    terminated.push(0);
    bytes(out, kind, &terminated);
}

/// Appends a number in network byte order, as all of nftables' are.
pub fn number(out: &mut Vec<u8>, kind: u16, value: u32) {
    bytes(out, kind, &value.to_be_bytes());
}

/// Appends an attribute that holds others.
pub fn nested(out: &mut Vec<u8>, kind: u16, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; 4]);
    fill(out);
    let length = u16::try_from(out.len() - start).unwrap_or(u16::MAX);
    out[start..start + 2].copy_from_slice(&length.to_ne_bytes());
    out[start + 2..start + 4].copy_from_slice(&(kind | NESTED).to_ne_bytes());
    pad(out);
}
