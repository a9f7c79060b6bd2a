//! The table of a VPC.
//!
//! A packet's way through its chains:
//!
//! | chain | hook | what it does |
//! |---|---|---|
//! | `reassembly` | prerouting, before fragments are put together | no more fragments of a link than are fair |
//! | `raw` | prerouting, before conntrack | the last hop, Elastic IP to private address, source checks |
//! | `route` | from `raw` | mark of the route table, conntrack zone |
//! | `input` | input | only neighbour discovery reaches the VPC's router itself |
//! | `forward` | forward | no neighbour discovery; destination check; within a subnet, on to `flows` |
//! | `acl_egress_rules` | from `forward` | the network ACL of the sender's subnet |
//! | `acl_ingress` | from either | the network ACL of the receiver's subnet |
//! | `flows` | from any | known flows that EC2 tracks pass; a new one gets the timeouts of its interfaces |
//! | `egress` | from `flows` | the sender's security groups |
//! | `ingress` | from `egress` | the receiver's security groups |
//! | `internet` | postrouting | the first hop, private address to Elastic IP |
//!
//! What a packet's mark and priority, and its flow's mark, hold on the way. No queue looks at the priority of these packets; it is a second
//! register that stays with them from rule to rule.
//!
//! | from chain | mark of the packet | priority of the packet | mark of the flow |
//! |---|---|---|---|
//! | `raw` | 0 | 0 | |
//! | `route` | the subnet's route table, or the gateway's; `ip rule` (preference 100) finds the kernel's table by it | | |
//! | `forward` | the sender's subnet, then the network ACL that is to judge it on the way out | the receiver's subnet, 0 for none | |
//! | `acl_ingress` | the network ACL that is to judge it on the way in | | |
//! | `flows` | the receiver's route table, where an egress-only gateway may answer for it | | 0, or what the next two set |
//! | `egress` | the sender's group set | the receiver's group set, 0 for none | of a new flow, bit 1: EC2 does not track it at the sender |
//! | `ingress` | the receiver's group set | the sender's group set, 0 for none | of a new flow, bit 2: nor at the receiver |
//!
//! Invariants
//! - Elastic IPs are translated one to one and without state, before conntrack in and after it out: conntrack and security
//!   groups only see private addresses, and moving an Elastic IP takes effect on the next packet.
//! - The holder of an address is whoever the table of addresses routes it to. Source check, destination check and references to
//!   groups all ask the routes (`fib`), so an address is one route and nothing else.
//! - A new flow passes only if the sender's egress *and* the receiver's ingress rules match: `egress` can only go to `ingress`.
//! - EC2 does not track what groups let pass from and to everywhere, with all answers: every packet is judged by the rules of now. Which
//!   of a flow's two interfaces do not track it stands in its mark.
//! - A rule that names a group matches what passes straight between two interfaces. EC2's documentation has it that what an appliance
//!   forwards needs a rule for addresses.
//! - A packet that an appliance forwards passes twice. Each pass is tracked in a zone of its own, named after the end that is not
//!   the appliance, so that the second is judged by groups as the first was.

use std::sync::OnceLock;

use super::instructions::*;
use super::sets::*;
use super::{Builder, ChainRules, Ruleset};
use crate::expression::{
    Base, Checksum, Compare, Ct, Expression, FIB_DESTINATION, FIB_INPUT, FIB_MARK, FIB_SOURCE, FibResult, Meta, Verdict,
};
use crate::kernel::Hook;

/// Conntrack zone of flows between two appliances.
const ZONE_BETWEEN_APPLIANCES: u16 = 1;
/// Conntrack zone of flows between an appliance and the internet gateway.
pub const ZONE_INTERNET: u16 = 2;

/// Bit of a flow's mark: EC2 does not track it at the interface that began it.
const UNTRACKED_BY_FIRST: u32 = 1;
/// Bit of a flow's mark: EC2 does not track it at the other interface.
const UNTRACKED_BY_SECOND: u32 = 2;
/// The direction of a flow's first packet, and that of the answers.
const DIRECTIONS: [u8; 2] = [0, 1];

/// The table of every VPC.
pub fn ruleset() -> &'static Ruleset {
    static RULESET: OnceLock<Ruleset> = OnceLock::new();
    RULESET.get_or_init(|| Ruleset { sets: sets(), chains: chains() })
}

fn chains() -> Vec<ChainRules> {
    const PREROUTING: u32 = 0;
    const INPUT: u32 = 1;
    const FORWARD: u32 = 2;
    const POSTROUTING: u32 = 4;
    /// Before defragmentation (-400).
    const FIRST: i32 = -450;
    /// After defragmentation, before conntrack (-200).
    const RAW: i32 = -300;
    const FILTER: i32 = 0;
    /// After everything else.
    const LAST: i32 = 300;
    let hook = |number, priority, drop| Some(Hook { number, priority, drop, nat: false });
    vec![
        ingress_rules().chain("ingress_rules", None),
        ingress().chain("ingress", None),
        egress_rules().chain("egress_rules", None),
        egress().chain("egress", None),
        flows().chain("flows", None),
        acl_ingress_rules().chain("acl_ingress_rules", None),
        acl_ingress().chain("acl_ingress", None),
        acl_egress_rules().chain("acl_egress_rules", None),
        forward().chain("forward", hook(FORWARD, FILTER, true)),
        input().chain("input", hook(INPUT, FILTER, true)),
        reassembly().chain("reassembly", hook(PREROUTING, FIRST, false)),
        route().chain("route", None),
        raw().chain("raw", hook(PREROUTING, RAW, false)),
        internet().chain("internet", hook(POSTROUTING, LAST, false)),
    ]
}

/// The header's count of hops that are left, where it is something, becomes something else. EC2's router is no hop, so neighbours that
/// count on being next to each other, by a last hop (BGP) or by all of them (BFD), are. Linux's router takes one away; the others are
/// not missed.
fn hops(chain: &mut Builder, name: &str, from: u8, to: u8) {
    let checksum = Some(Checksum { offset: CHECKSUM4, pseudo_header: false });
    for (family, offset, checksum) in [(IPV4, HOPS4, checksum), (IPV6, HOPS6, None)] {
        chain.rule(
            name,
            &[
                &family_is(family),
                &[Expression::Payload(Base::Network, offset, 1, R0), Expression::Compare(R0, Compare::Equal, vec![from])],
                &[Expression::Constant(R0, vec![to]), Expression::SetPayload(Base::Network, offset, 1, R0, checksum)],
            ],
            None,
        );
    }
}

/// The memory in which fragments wait for each other is one for all of a VPC. One interface must not fill it, or large packets of all others
/// are lost.
fn reassembly() -> Builder {
    let mut chain = Builder::new();
    let beyond = [Expression::Meta(Meta::InputName, R0), Expression::InSet(FRAGMENTS, R0)];
    let mut rule = |name: &str, family, fragment: &[Expression]| {
        chain.rule(&format!("too many fragments: {name}"), &[&family_is(family), fragment, &beyond], Some(Verdict::Drop));
    };
    // More fragments to come, or an offset.
    let fragment = [
        Expression::Payload(Base::Network, IDENTIFICATION4, 4, R0),
        Expression::Mask(R0, u32::from_ne_bytes([0, 0, 0x3f, 0xff])),
        Expression::Compare(R0, Compare::NotEqual, native(0)),
    ];
    rule("IPv4", IPV4, &fragment);
    // Other extension headers may stand before that of a fragment. They are as rare.
    for (next, name) in EXTENSION_HEADERS {
        let header = [Expression::Payload(Base::Network, NEXT_HEADER6, 1, R0), Expression::Compare(R0, Compare::Equal, vec![next])];
        rule(name, IPV6, &header);
    }
    chain
}

fn raw() -> Builder {
    let mut chain = Builder::new();
    hops(&mut chain, "the last hop is not spent here", 1, 2);
    chain.rule(
        "a source address of the VPC cannot come from outside",
        &[&from_outside(), &[Expression::Fib(FIB_SOURCE, FibResult::Output, R0), Expression::Compare(R0, Compare::NotEqual, native(0))]],
        Some(Verdict::Drop),
    );
    for (kind, name) in ICMP_ERRORS {
        // The quoted packet left with the Elastic IP as its source. Its header's checksum makes up for the changed address, so
        // that the ICMP checksum over both stays right.
        chain.rule(
            &format!("ICMP {name} about a packet from an Elastic IP"),
            &[&from_internet(), &family_is(IPV4), &protocol_is(ICMP), &icmp_type_is(kind), &translate_quoted(SOURCE4, ELASTIC_IN)],
            None,
        );
    }
    chain.rule(
        "Elastic IP to private address",
        &[&from_internet(), &family_is(IPV4), &translate(DESTINATION4, ELASTIC_IN)],
        Some(Verdict::Goto("route")),
    );
    chain.rule("unknown public address", &[&from_internet(), &family_is(IPV4)], Some(Verdict::Drop));
    for (family, set, offset, len) in [(IPV4, PEER_SOURCES4, SOURCE4, 4), (IPV6, PEER_SOURCES6, SOURCE6, 16)] {
        chain.rule(
            "only a peer's own addresses come from a peer",
            &[
                &[Expression::Meta(Meta::InputName, R0), Expression::InSet(PEERS, R0)],
                &family_is_in(family, R4),
                &[Expression::Payload(Base::Network, offset, len, R4), Expression::NotInSet(set, R0)],
            ],
            Some(Verdict::Drop),
        );
    }
    chain.rule("from a peer", &[&[Expression::Meta(Meta::InputName, R0), Expression::InSet(PEERS, R0)]], Some(Verdict::Goto("route")));
    chain.rule("IPv6 from the internet", &[&from_outside(), &family_is(IPV6)], Some(Verdict::Goto("route")));
    // Whether the source check is on or not.
    chain.rule(
        "only an interface's own Ethernet address sends",
        &[&[
            Expression::Meta(Meta::InputName, R0),
            Expression::Payload(Base::Link, SOURCE_ETHERNET, 6, R4),
            Expression::NotInSet(SENDERS, R0),
        ]],
        Some(Verdict::Drop),
    );
    chain.rule(
        "source check",
        &[
            &[Expression::Meta(Meta::InputName, R0), Expression::NotInSet(UNCHECKED, R0)],
            &[Expression::Fib(FIB_SOURCE | FIB_INPUT, FibResult::Output, R0), Expression::Compare(R0, Compare::Equal, native(0))],
        ],
        Some(Verdict::Drop),
    );
    chain.rule("checked", &[], Some(Verdict::Goto("route")));
    chain
}

fn translate(offset: u32, map: &'static str) -> [Expression; 3] {
    [
        Expression::Payload(Base::Network, offset, 4, R0),
        Expression::Map(map, R0, R0),
        Expression::SetPayload(Base::Network, offset, 4, R0, Some(Checksum { offset: CHECKSUM4, pseudo_header: true })),
    ]
}

fn translate_quoted(offset: u32, map: &'static str) -> [Expression; 3] {
    [
        Expression::Payload(Base::Transport, QUOTED + offset, 4, R0),
        Expression::Map(map, R0, R0),
        Expression::SetPayload(
            Base::Transport,
            QUOTED + offset,
            4,
            R0,
            Some(Checksum { offset: QUOTED + CHECKSUM4, pseudo_header: false }),
        ),
    ]
}

fn route() -> Builder {
    let mut chain = Builder::new();
    let next_hop = Expression::Fib(FIB_DESTINATION | FIB_MARK, FibResult::OutputName, NAME);
    let from_unchecked = [Expression::Meta(Meta::InputName, R0), Expression::InSet(UNCHECKED, R0)];
    let to_unchecked = [next_hop.clone(), Expression::InSet(UNCHECKED, NAME)];
    chain.rule(
        "route table of the subnet",
        &[&[Expression::Meta(Meta::InputName, R0), Expression::Map(ROUTE_TABLES, R0, R0), Expression::SetMeta(Meta::Mark, R0)]],
        None,
    );
    chain.rule(
        "zone: between appliances",
        &[
            &from_unchecked,
            &to_unchecked,
            &[Expression::Constant(R0, ZONE_BETWEEN_APPLIANCES.to_ne_bytes().to_vec()), Expression::SetCt(Ct::Zone, R0)],
        ],
        Some(Verdict::Accept),
    );
    chain.rule(
        "zone: from an appliance",
        &[&from_unchecked, &[next_hop, Expression::Map(ZONES, NAME, R0), Expression::SetCt(Ct::Zone, R0)]],
        Some(Verdict::Accept),
    );
    chain.rule(
        "zone: to an appliance",
        &[&to_unchecked, &[Expression::Meta(Meta::InputName, R0), Expression::Map(ZONES, R0, R0), Expression::SetCt(Ct::Zone, R0)]],
        Some(Verdict::Accept),
    );
    chain
}

fn input() -> Builder {
    let mut chain = Builder::new();
    // Routers are not looked for here: instances are given theirs, and nothing answers. The kernel would note who asks, in a table that has a
    // thousand places for all namespaces together; a thousand instances ask when they start.
    for (kind, name) in [NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT] {
        chain.rule(name, &[&family_is(IPV6), &protocol_is(ICMPV6), &icmp_type_is(kind)], Some(Verdict::Accept));
    }
    chain
}

fn forward() -> Builder {
    let mut chain = Builder::new();
    // It is believed because it came with all of its hops, which are given back to what is forwarded.
    for (kind, name) in [ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT, REDIRECT] {
        chain.rule(
            &format!("{name} is for its own link"),
            &[&family_is(IPV6), &protocol_is(ICMPV6), &icmp_type_is(kind)],
            Some(Verdict::Drop),
        );
    }
    chain.rule(
        "destination check",
        &[
            &[Expression::Meta(Meta::OutputName, R0), Expression::NotInSet(OUTSIDE, R0)],
            &[Expression::Meta(Meta::OutputName, R0), Expression::NotInSet(UNCHECKED, R0)],
            // The link of the destination's holder must be where this packet goes.
            &[
                Expression::Fib(FIB_DESTINATION, FibResult::OutputName, R0),
                Expression::Meta(Meta::OutputName, R4),
                Expression::NotInSet(SAME_LINK, R0),
            ],
        ],
        Some(Verdict::Drop),
    );
    chain.rule(
        "only assigned addresses leave the VPC",
        &[&to_outside(), &[Expression::Fib(FIB_SOURCE, FibResult::Output, R0), Expression::Compare(R0, Compare::Equal, native(0))]],
        Some(Verdict::Drop),
    );
    // Network ACLs know no connections: every packet is judged, but none within a subnet.
    chain.rule("no subnet", &[&[Expression::Constant(R0, native(0)), Expression::SetMeta(Meta::Priority, R0)]], None);
    chain.rule("subnet of the receiver", &[&load(SUBNETS, Meta::OutputName, Meta::Priority)], None);
    chain.rule(
        "within a subnet",
        &[
            &load(SUBNETS, Meta::InputName, Meta::Mark),
            &[Expression::Meta(Meta::Mark, R0), Expression::Meta(Meta::Priority, R1), Expression::InSet(SAME_SUBNET, R0)],
        ],
        Some(Verdict::Goto("flows")),
    );
    chain.rule("network ACL of the sender", &[&load(ACLS_EGRESS, Meta::InputName, Meta::Mark)], Some(Verdict::Goto("acl_egress_rules")));
    chain.rule("no network ACL of the sender", &[], Some(Verdict::Goto("acl_ingress")));
    chain
}

/// Loads what a map has for a link into a property of the packet; no match if it has nothing.
fn load(map: &'static str, link: Meta, into: Meta) -> [Expression; 3] {
    [Expression::Meta(link, R0), Expression::Map(map, R0, R0), Expression::SetMeta(into, R0)]
}

fn acl_egress_rules() -> Builder {
    let mut chain = Builder::new();
    let sets = [(IPV4, ACL_EGRESS4, DESTINATION4, 4), (IPV6, ACL_EGRESS6, DESTINATION6, 16)];
    rules(&mut chain, sets, None, Verdict::Goto("acl_ingress"));
    chain
}

fn acl_ingress() -> Builder {
    let mut chain = Builder::new();
    chain.rule(
        "network ACL of the receiver",
        &[&load(ACLS_INGRESS, Meta::OutputName, Meta::Mark)],
        Some(Verdict::Goto("acl_ingress_rules")),
    );
    chain.rule("no network ACL of the receiver", &[], Some(Verdict::Goto("flows")));
    chain
}

fn acl_ingress_rules() -> Builder {
    let mut chain = Builder::new();
    let sets = [(IPV4, ACL_INGRESS4, SOURCE4, 4), (IPV6, ACL_INGRESS6, SOURCE6, 16)];
    rules(&mut chain, sets, None, Verdict::Goto("flows"));
    chain
}

fn flows() -> Builder {
    let mut chain = Builder::new();
    // Of what is not tracked, EC2 judges every packet by the rules of now: such a flow ends with the rule that let it in.
    chain.rule("errors about known flows", &[&state_has(RELATED)], Some(Verdict::Accept));
    let unmarked = [Expression::Ct(Ct::Mark, R0), Expression::Compare(R0, Compare::Equal, native(0))];
    chain.rule("known flows", &[&state_has(ESTABLISHED), &unmarked], Some(Verdict::Accept));
    for (direction, by_sender) in DIRECTIONS.into_iter().zip([UNTRACKED_BY_FIRST, UNTRACKED_BY_SECOND]) {
        let untracked = mark_has(by_sender, Compare::NotEqual);
        chain.rule("not tracked by the sender", &[&known(direction), &untracked], Some(Verdict::Goto("egress")));
    }
    chain.rule("not tracked by the receiver", &[&state_has(ESTABLISHED)], Some(Verdict::Goto("ingress")));
    chain.rule(
        "nobody begins from an egress-only gateway's other end",
        &[&[Expression::Meta(Meta::InputName, R0), Expression::InSet(EGRESS_ONLY, R0)]],
        Some(Verdict::Drop),
    );
    // The VPC's IPv6 addresses are reached by its internet gateway too, if it has one, but not those of subnets that have only the
    // other way out.
    chain.rule(
        "nobody begins with whom an egress-only gateway answers for",
        &[
            &from_outside(),
            &load(ROUTE_TABLES, Meta::OutputName, Meta::Mark),
            &[Expression::Fib(FIB_SOURCE | FIB_MARK, FibResult::OutputName, NAME), Expression::InSet(EGRESS_ONLY, NAME)],
        ],
        Some(Verdict::Drop),
    );
    // Where both have some, those of the sender: it comes last.
    for (name, link) in [("timeouts of the receiver", Meta::OutputName), ("timeouts of the sender", Meta::InputName)] {
        chain.rule(name, &[&[Expression::Meta(link, R0), Expression::Meta(Meta::L4Proto, R4), Expression::Timeouts(TIMEOUTS, R0)]], None);
    }
    chain.rule("from outside", &[&from_outside()], Some(Verdict::Goto("ingress")));
    chain.rule("the sender's groups", &[], Some(Verdict::Goto("egress")));
    chain
}

fn egress() -> Builder {
    own_groups("the sender's groups", Meta::InputName, "egress_rules")
}

fn egress_rules() -> Builder {
    let mut chain = Builder::new();
    let sets = [(IPV4, EGRESS4, DESTINATION4, 4), (IPV6, EGRESS6, DESTINATION6, 16)];
    let straight_to_holder = [
        Expression::Fib(FIB_DESTINATION, FibResult::OutputName, R0),
        Expression::Meta(Meta::OutputName, R4),
        Expression::InSet(SAME_LINK, R0),
    ];
    note_untracked(&mut chain, [(IPV4, UNTRACKED_EGRESS4), (IPV6, UNTRACKED_EGRESS6)], Meta::OutputName, UNTRACKED_BY_FIRST);
    group_rules(&mut chain, &straight_to_holder, sets, EGRESS_GROUPS, Verdict::Goto("ingress"));
    chain
}

fn ingress() -> Builder {
    let mut chain = Builder::new();
    chain.rule("to outside", &[&to_outside()], Some(Verdict::Accept));
    for (direction, by_receiver) in DIRECTIONS.into_iter().zip([UNTRACKED_BY_SECOND, UNTRACKED_BY_FIRST]) {
        let tracked = mark_has(by_receiver, Compare::Equal);
        chain.rule("known to the receiver", &[&known(direction), &tracked], Some(Verdict::Accept));
    }
    chain.rules.extend(own_groups("the receiver's groups", Meta::OutputName, "ingress_rules").rules);
    chain
}

fn ingress_rules() -> Builder {
    let mut chain = Builder::new();
    let sets = [(IPV4, INGRESS4, SOURCE4, 4), (IPV6, INGRESS6, SOURCE6, 16)];
    let straight_from_holder = [Expression::Fib(FIB_SOURCE | FIB_INPUT, FibResult::OutputName, R0)];
    note_untracked(&mut chain, [(IPV4, UNTRACKED_INGRESS4), (IPV6, UNTRACKED_INGRESS6)], Meta::InputName, UNTRACKED_BY_SECOND);
    group_rules(&mut chain, &straight_from_holder, sets, INGRESS_GROUPS, Verdict::Accept);
    chain
}

/// Puts the number of a link's groups into the packet's mark, whose work as that of a route table is done by now. A link without
/// groups ends here, and with it the packet.
fn own_groups(name: &str, link: Meta, then: &'static str) -> Builder {
    let mut chain = Builder::new();
    chain.rule(
        name,
        &[&[Expression::Meta(link, R0), Expression::Map(GROUPS, R0, R0), Expression::SetMeta(Meta::Mark, R0)]],
        Some(Verdict::Goto(then)),
    );
    chain
}

/// Notes in the mark of a new flow that EC2 does not track it at the interface whose groups are in the packet's mark.
fn note_untracked(chain: &mut Builder, sets: [(u8, &'static str); 2], other_link: Meta, bit: u32) {
    for (family, set) in sets {
        for (protocol, name) in [(TCP, "TCP"), (UDP, "UDP")] {
            let open = [
                Expression::Meta(Meta::Mark, R0),
                Expression::Meta(Meta::L4Proto, R1),
                Expression::Payload(Base::Transport, 2, 2, R2),
                Expression::InSet(set, R0),
                Expression::Meta(other_link, R0),
                Expression::NotInSet(TRACKED, R0),
            ];
            let note = [Expression::Ct(Ct::Mark, R0), Expression::SetBits(R0, bit), Expression::SetCt(Ct::Mark, R0)];
            chain.rule(&format!("{set}: {name}"), &[&state_has(NEW), &family_is(family), &protocol_is(protocol), &open, &note], None);
        }
    }
}

/// The rules of one direction: for each kind of protocol, look up (groups, protocol, port, other address) among the blocks and
/// (groups, other groups, protocol, port) among the references. `other_end` puts the link of the other address's holder into the first
/// register, and matches only what passes straight between the two. The number of the other end's groups travels in the packet's priority,
/// which no queue looks at: user space cannot list a set whose key comes from a map, but from the packet's properties it can.
fn group_rules(
    chain: &mut Builder,
    other_end: &[Expression],
    blocks: [(u8, &'static str, u32, u32); 2],
    references: &'static str,
    verdict: Verdict,
) {
    chain.rule("no groups at the other end", &[&[Expression::Constant(R0, native(0)), Expression::SetMeta(Meta::Priority, R0)]], None);
    chain.rule("groups of the other end", &[other_end, &[Expression::Map(GROUPS, R0, R0), Expression::SetMeta(Meta::Priority, R0)]], None);
    rules(chain, blocks, Some(references), verdict);
}

/// Looks up (number in the mark, protocol, port, other address) among blocks, and (number in the mark, number in the priority, protocol,
/// port) among references.
fn rules(chain: &mut Builder, blocks: [(u8, &'static str, u32, u32); 2], references: Option<&'static str>, verdict: Verdict) {
    let mut kinds: Vec<(String, Vec<Expression>, Expression)> = Vec::new();
    // The register of the port holds the destination port, ICMP's type and code, or nothing.
    for (protocols, name, offset) in [(PORTED.as_slice(), "port", 2), (TYPED.as_slice(), "ICMP type", 0)] {
        for protocol in protocols {
            let port = Expression::Payload(Base::Transport, offset, 2, R0);
            kinds.push((format!("protocol {protocol} by {name}"), protocol_is(*protocol).to_vec(), port));
        }
    }
    let unkeyed = vec![Expression::Meta(Meta::L4Proto, R0), Expression::NotInSet(KEYED, R0)];
    kinds.push(("other protocols".into(), unkeyed, Expression::Constant(R0, vec![0, 0])));
    for (name, matching, port) in kinds {
        let port = |register| match &port {
            Expression::Payload(base, offset, len, _) => Expression::Payload(*base, *offset, *len, register),
            _ => Expression::Constant(register, vec![0, 0]),
        };
        for (family, set, offset, len) in blocks {
            chain.rule(
                &format!("{set}: {name}"),
                &[
                    &family_is(family),
                    &matching,
                    &[
                        Expression::Meta(Meta::Mark, R0),
                        Expression::Meta(Meta::L4Proto, R1),
                        port(R2),
                        Expression::Payload(Base::Network, offset, len, R3),
                        Expression::InSet(set, R0),
                    ],
                ],
                Some(verdict),
            );
        }
        let Some(references) = references else { continue };
        chain.rule(
            &format!("{references}: {name}"),
            &[
                &matching,
                &[
                    Expression::Meta(Meta::Mark, R0),
                    Expression::Meta(Meta::Priority, R1),
                    Expression::Meta(Meta::L4Proto, R2),
                    port(R3),
                    Expression::InSet(references, R0),
                ],
            ],
            Some(verdict),
        );
    }
}

fn internet() -> Builder {
    let mut chain = Builder::new();
    hops(&mut chain, "not one hop was spent here", 254, 255);
    chain.rule("inside", &[&to_internet(Compare::NotEqual)], Some(Verdict::Accept));
    chain.rule("IPv6 needs no translation", &[&family_is(IPV6)], Some(Verdict::Accept));
    for (kind, name) in ICMP_ERRORS {
        // The quoted packet came in with the Elastic IP as its destination.
        chain.rule(
            &format!("ICMP {name} about a packet to an Elastic IP"),
            &[&family_is(IPV4), &protocol_is(ICMP), &icmp_type_is(kind), &translate_quoted(DESTINATION4, ELASTIC_OUT)],
            None,
        );
    }
    chain.rule("private address to Elastic IP", &[&family_is(IPV4), &translate(SOURCE4, ELASTIC_OUT)], Some(Verdict::Accept));
    chain.rule("no public address", &[], Some(Verdict::Drop));
    chain
}
