//! The nftables rules, fixed: a table in each VPC's namespace ([`vpc`]) and one in each NAT gateway's ([`nat_gateway`]). Only the
//! elements of sets and maps ([`sets`]) change.
//!
//! Invariants
//! - The rules depend on nothing, so that every VPC has the same ones.
//! - Every rule carries its identity (name and hash of its instructions) as its comment, so that a rule that was removed or altered by
//!   hand is noticed.

mod instructions;
mod nat_gateway;
mod sets;
mod vpc;

use crate::expression::{Expression, Verdict};
use crate::kernel::{Chain, Hook, Name, Set};
use crate::names;

pub use instructions::{PORTED, TYPED};
pub use nat_gateway::{NAT_SLOTS, NAT_SLOTS_COUNT, nat_ruleset};
pub use sets::*;
pub use vpc::{ZONE_INTERNET, ruleset};

/// A rule: its identity and its instructions.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Name and hash.
    pub identity: Name,
    /// Instructions, in order.
    pub expressions: Vec<Expression>,
}

/// A chain with its rules.
#[derive(Debug)]
pub struct ChainRules {
    /// Its name.
    pub name: &'static str,
    /// Its hook, for a base chain.
    pub hook: Option<Hook>,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

impl ChainRules {
    /// The chain as a kernel object.
    pub fn object(&self) -> Chain {
        Chain { hook: self.hook, rules: self.rules.iter().map(|rule| rule.identity.clone()).collect() }
    }
}

/// A table with its sets, maps and chains.
#[derive(Debug)]
pub struct Ruleset {
    /// Its sets and maps.
    pub sets: Vec<(&'static str, Set)>,
    /// Its chains, in such an order that each comes after those it goes to.
    pub chains: Vec<ChainRules>,
}

/// The chain of this name, of whichever table it is.
pub fn chain(name: &str) -> Option<&'static ChainRules> {
    ruleset().chains.iter().chain(&nat_ruleset().chains).find(|chain| chain.name == name)
}

/// Builds a chain, rule by rule.
struct Builder {
    rules: Vec<Rule>,
}

impl Builder {
    fn new() -> Builder {
        Builder { rules: Vec::new() }
    }

    fn rule(&mut self, name: &str, parts: &[&[Expression]], verdict: Option<Verdict>) {
        let mut expressions = parts.concat();
        expressions.push(Expression::Counter);
        expressions.extend(verdict.map(Expression::Verdict));
        // Two equal rules in a chain still have two identities: their number is part of them.
        let hash = names::hash32(&format!("{} {expressions:?}", self.rules.len()));
        self.rules.push(Rule { identity: Name::from(format!("{name} [{hash:08x}]")), expressions });
    }

    fn chain(self, name: &'static str, hook: Option<Hook>) -> ChainRules {
        ChainRules { name, hook, rules: self.rules }
    }
}
