//! The vocabulary of the rules: numbers of protocols and header fields, and what several rules ask of a packet.

use super::sets::OUTSIDE;
use crate::expression::{Base, Compare, Ct, Expression, Meta, Register};
use crate::names::{self, IGW};

pub(super) const IPV4: u8 = 2;
pub(super) const IPV6: u8 = 10;
pub(super) const ICMP: u8 = 1;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const DCCP: u8 = 33;
pub(super) const ICMPV6: u8 = 58;
pub(super) const SCTP: u8 = 132;
pub(super) const UDPLITE: u8 = 136;
/// Protocols with ports: source and destination port are their first four bytes.
pub const PORTED: [u8; 5] = [TCP, UDP, DCCP, SCTP, UDPLITE];
/// Protocols whose first two bytes are a type and a code.
pub const TYPED: [u8; 2] = [ICMP, ICMPV6];

/// `NF_CT_STATE_INVALID_BIT`.
pub(super) const INVALID: u32 = 1;
/// `NF_CT_STATE_BIT(IP_CT_ESTABLISHED)`.
pub(super) const ESTABLISHED: u32 = 2;
/// `NF_CT_STATE_BIT(IP_CT_RELATED)`.
pub(super) const RELATED: u32 = 4;
/// `NF_CT_STATE_BIT(IP_CT_NEW)`.
pub(super) const NEW: u32 = 8;

pub(super) const R0: Register = Register(0);
pub(super) const R1: Register = Register(1);
pub(super) const R2: Register = Register(2);
pub(super) const R3: Register = Register(3);
pub(super) const R4: Register = Register(4);
/// Four registers for a link's name, apart from those of keys.
pub(super) const NAME: Register = Register(8);

/// Types of ICMPv6 that are neighbour discovery.
pub(super) const ROUTER_SOLICITATION: (u8, &str) = (133, "router solicitation");
pub(super) const ROUTER_ADVERTISEMENT: (u8, &str) = (134, "router advertisement");
pub(super) const NEIGHBOUR_SOLICITATION: (u8, &str) = (135, "neighbour solicitation");
pub(super) const NEIGHBOUR_ADVERTISEMENT: (u8, &str) = (136, "neighbour advertisement");
pub(super) const REDIRECT: (u8, &str) = (137, "redirect");

/// Extension headers that a fragment of IPv6 can begin with.
pub(super) const EXTENSION_HEADERS: [(u8, &str); 4] =
    [(44, "IPv6"), (0, "IPv6 behind hop-by-hop options"), (43, "IPv6 behind routing"), (60, "IPv6 behind destination options")];

/// Offset of the header that an ICMP error quotes, from the ICMP header.
pub(super) const QUOTED: u32 = 8;
/// Offset in an Ethernet header.
pub(super) const SOURCE_ETHERNET: u32 = 6;
/// Offsets in an IPv4 header.
pub(super) const IDENTIFICATION4: u32 = 4;
pub(super) const HOPS4: u32 = 8;
pub(super) const CHECKSUM4: u32 = 10;
pub(super) const SOURCE4: u32 = 12;
pub(super) const DESTINATION4: u32 = 16;
pub(super) const NEXT_HEADER6: u32 = 6;
pub(super) const HOPS6: u32 = 7;
pub(super) const SOURCE6: u32 = 8;
pub(super) const DESTINATION6: u32 = 24;

/// Value of a four-byte register as a C `u32` in memory.
pub(super) fn native(value: u32) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

pub(super) fn link_name(name: &str) -> Vec<u8> {
    names::link_key(name).to_vec()
}

pub(super) fn protocol_is(protocol: u8) -> [Expression; 2] {
    [Expression::Meta(Meta::L4Proto, R0), Expression::Compare(R0, Compare::Equal, vec![protocol])]
}

pub(super) fn family_is(family: u8) -> [Expression; 2] {
    family_is_in(family, R0)
}

/// As [`family_is`], with a register that is not needed for anything else.
pub(super) fn family_is_in(family: u8, register: Register) -> [Expression; 2] {
    [Expression::Meta(Meta::NfProto, register), Expression::Compare(register, Compare::Equal, vec![family])]
}

pub(super) fn from_internet() -> [Expression; 2] {
    [Expression::Meta(Meta::InputName, R0), Expression::Compare(R0, Compare::Equal, link_name(IGW))]
}

pub(super) fn from_outside() -> [Expression; 2] {
    [Expression::Meta(Meta::InputName, R0), Expression::InSet(OUTSIDE, R0)]
}

pub(super) fn to_outside() -> [Expression; 2] {
    [Expression::Meta(Meta::OutputName, R0), Expression::InSet(OUTSIDE, R0)]
}

pub(super) fn to_internet(compare: Compare) -> [Expression; 2] {
    [Expression::Meta(Meta::OutputName, R0), Expression::Compare(R0, compare, link_name(IGW))]
}

/// A packet of a known flow, in this direction.
pub(super) fn known(direction: u8) -> [Expression; 5] {
    let [state, mask, compare] = state_has(ESTABLISHED);
    [state, mask, compare, Expression::Ct(Ct::Direction, R0), Expression::Compare(R0, Compare::Equal, vec![direction])]
}

/// Whether the flow's mark has a bit, or has not.
pub(super) fn mark_has(bit: u32, compare: Compare) -> [Expression; 3] {
    [Expression::Ct(Ct::Mark, R0), Expression::Mask(R0, bit), Expression::Compare(R0, compare, native(0))]
}

/// Whether conntrack gives the packet's state as one of these.
pub(super) fn state_has(bits: u32) -> [Expression; 3] {
    [Expression::Ct(Ct::State, R0), Expression::Mask(R0, bits), Expression::Compare(R0, Compare::NotEqual, native(0))]
}

pub(super) fn icmp_type_is(kind: u8) -> [Expression; 2] {
    [Expression::Payload(Base::Transport, 0, 1, R0), Expression::Compare(R0, Compare::Equal, vec![kind])]
}

/// ICMP errors whose quoted header must be translated too: unreachable, time exceeded, parameter problem.
pub(super) const ICMP_ERRORS: [(u8, &str); 3] = [(3, "unreachable"), (11, "time exceeded"), (12, "parameter problem")];
