//! The table of a NAT gateway: each flow gets one of the gateway's addresses, and nobody speaks to the gateway itself.

use std::sync::OnceLock;

use super::instructions::{ICMP, INVALID, IPV4, R0, TCP, UDP, family_is, protocol_is, state_has};
use super::{Builder, Ruleset};
use crate::expression::{Expression, Verdict};
use crate::kernel::{Hook, Set, SetData, SetField};

/// A NAT gateway's addresses: random number to address.
pub const NAT_SLOTS: &str = "addresses";
/// How many random numbers there are. A gateway has at most eight addresses.
pub const NAT_SLOTS_COUNT: u32 = 64;

/// The table of every NAT gateway: each flow gets one of the gateway's addresses, and nobody speaks to the gateway itself.
pub fn nat_ruleset() -> &'static Ruleset {
    const INPUT: u32 = 1;
    const FORWARD: u32 = 2;
    const POSTROUTING: u32 = 4;
    /// `NF_IP_PRI_NAT_SRC`.
    const SOURCE_NAT: i32 = 100;
    static RULESET: OnceLock<Ruleset> = OnceLock::new();
    RULESET.get_or_init(|| {
        let mut translate = Builder::new();
        translate.rule(
            "one of the gateway's addresses",
            &[&family_is(IPV4), &[Expression::Random(NAT_SLOTS_COUNT, R0), Expression::Map(NAT_SLOTS, R0, R0), Expression::SourceNat(R0)]],
            None,
        );
        let mut connections = Builder::new();
        // Such as an answer to what did not come this way: it would leave as it is, with the sender's own address.
        connections.rule("TCP that belongs to no connection", &[&state_has(INVALID), &protocol_is(TCP), &[Expression::Reset]], None);
        connections.rule("what belongs to no connection", &[&state_has(INVALID)], Some(Verdict::Drop));
        for (protocol, name) in [(TCP, "TCP"), (UDP, "UDP"), (ICMP, "ICMP")] {
            connections.rule(name, &[&family_is(IPV4), &protocol_is(protocol)], Some(Verdict::Accept));
        }
        let hook = |number, priority, drop, nat| Some(Hook { number, priority, drop, nat });
        Ruleset {
            sets: vec![(
                NAT_SLOTS,
                Set { key: vec![SetField::Mark], data: SetData::Fields(vec![SetField::Ipv4]), interval: false, beyond_per_second: None },
            )],
            chains: vec![
                translate.chain("translate", hook(POSTROUTING, SOURCE_NAT, false, true)),
                connections.chain("connections", hook(FORWARD, 0, true, false)),
                Builder::new().chain("no_input", hook(INPUT, 0, true, false)),
            ],
        }
    })
}
