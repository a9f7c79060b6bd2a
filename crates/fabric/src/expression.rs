//! The instructions of nftables' virtual machine, as far as the ruleset needs them.
//!
//! nftables' own syntax cannot say all of what its machine can do (an interface name from `fib` cannot be looked up in a map, a
//! payload beyond the headers it knows cannot be set from one), so the ruleset is written in instructions.
//! `nft --debug=netlink list ruleset` prints them in the same terms.

/// A register of four bytes; longer values take several in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Register(pub u32);

impl Register {
    /// The register's number on the wire (`NFT_REG32_00` is 8).
    pub fn number(self) -> u32 {
        8 + self.0
    }
}

/// What `meta` knows of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Meta {
    /// The packet's priority.
    Priority = 2,
    /// The packet's mark.
    Mark = 3,
    /// Name of the link that it came from, 16 bytes.
    InputName = 6,
    /// Name of the link that it goes to, 16 bytes.
    OutputName = 7,
    /// Family: 2 for IPv4, 10 for IPv6.
    NfProto = 15,
    /// Number of the protocol of layer 4.
    L4Proto = 16,
}

/// What an offset into a packet counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Base {
    /// The Ethernet header.
    Link = 0,
    /// The IP header.
    Network = 1,
    /// The header of layer 4.
    Transport = 2,
}

/// How writing into a packet mends checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum {
    /// Offset of an Internet checksum over what is written.
    pub offset: u32,
    /// Whether the checksum of layer 4 covers it too, by its pseudo header.
    pub pseudo_header: bool,
}

/// What conntrack knows of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Ct {
    /// State, as bits.
    State = 0,
    /// Direction, one byte: 0 for that of the flow's first packet, 1 for the answers.
    Direction = 1,
    /// The flow's mark.
    Mark = 3,
    /// The zone, two bytes.
    Zone = 17,
}

/// Comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Compare {
    /// Equal.
    Equal = 0,
    /// Not equal.
    NotEqual = 1,
}

/// Result of a route look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum FibResult {
    /// Index of the link, 0 for none.
    Output = 1,
    /// Name of the link, 16 bytes, empty for none.
    OutputName = 2,
}

/// Look up the source address.
pub const FIB_SOURCE: u32 = 1;
/// Look up the destination address.
pub const FIB_DESTINATION: u32 = 2;
/// Let rules see the packet's mark.
pub const FIB_MARK: u32 = 4;
/// Only accept a route to the link that the packet came from.
pub const FIB_INPUT: u32 = 8;

/// What a rule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Let the packet pass this hook.
    Accept,
    /// Drop it.
    Drop,
    /// Go on in another chain, and do not come back.
    Goto(&'static str),
}

/// One instruction. A rule ends at the first that does not match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// Load a property of the packet.
    Meta(Meta, Register),
    /// Set a property of the packet.
    SetMeta(Meta, Register),
    /// Load a part of the packet: base, offset, length.
    Payload(Base, u32, u32, Register),
    /// Write a part of the packet.
    SetPayload(Base, u32, u32, Register, Option<Checksum>),
    /// Compare a register.
    Compare(Register, Compare, Vec<u8>),
    /// Match if the key is in the set.
    InSet(&'static str, Register),
    /// Match if it is not.
    NotInSet(&'static str, Register),
    /// Load what a map maps the key to; no match if it has no such key.
    Map(&'static str, Register, Register),
    /// Give the packet's flow, if it is new, the conntrack timeouts that a map maps the key to; no match if it has no such key.
    Timeouts(&'static str, Register),
    /// Load what conntrack knows.
    Ct(Ct, Register),
    /// Set conntrack's property.
    SetCt(Ct, Register),
    /// Keep the bits of a register of four bytes that are in the mask.
    Mask(Register, u32),
    /// Set these bits in a register of four bytes.
    SetBits(Register, u32),
    /// Look up a route: `FIB_…` flags, result.
    Fib(u32, FibResult, Register),
    /// Load a constant.
    Constant(Register, Vec<u8>),
    /// Load a random number below this.
    Random(u32, Register),
    /// Translate the source to the IPv4 address in the register, in a chain of type `nat`.
    SourceNat(Register),
    /// End a TCP connection by answering with a reset, and drop the packet.
    Reset,
    /// Count packets and bytes.
    Counter,
    /// Decide.
    Verdict(Verdict),
}
