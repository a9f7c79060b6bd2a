//! nftables over nfnetlink: changes of one namespace's table as one transaction, and reading the table back.
//!
//! Numbers are those of `linux/netfilter/nf_tables.h`.

use std::collections::BTreeMap;
use std::io;

use super::socket::{NO_ACK, Netlink, Refused, Request};
use super::wire::{Attributes, NLM_F_APPEND, NLM_F_CREATE, bytes, nested, number, string, text};
use crate::expression::{Checksum, Expression, Register, Verdict};
use crate::kernel::{Chain, Hook, KernelError, Key, Name, Namespace, Objects, Set, SetData, SetField, Step, Timeouts, Value};
use crate::ruleset::{self, Rule};

/// The name of enid's table in every namespace.
pub const TABLE: &str = "enid";

const NFPROTO_INET: u8 = 1;
const NFNL_SUBSYS_NFTABLES: u16 = 10;
const BATCH_BEGIN: u16 = 16;
const BATCH_END: u16 = 17;

const NEWTABLE: u16 = 0;
const GETTABLE: u16 = 1;
const DELTABLE: u16 = 2;
const NEWCHAIN: u16 = 3;
const GETCHAIN: u16 = 4;
const DELCHAIN: u16 = 5;
const NEWRULE: u16 = 6;
const GETRULE: u16 = 7;
const DELRULE: u16 = 8;
const NEWSET: u16 = 9;
const GETSET: u16 = 10;
const DELSET: u16 = 11;
const NEWSETELEM: u16 = 12;
const GETSETELEM: u16 = 13;
const DELSETELEM: u16 = 14;
const NEWOBJ: u16 = 18;
const GETOBJ: u16 = 19;
const DELOBJ: u16 = 20;

const LIST_ELEM: u16 = 1;
const DATA_VALUE: u16 = 1;
const DATA_VERDICT: u16 = 2;

const SET_INTERVAL: u32 = 0x4;
const SET_MAP: u32 = 0x8;
const SET_OBJECT: u32 = 0x40;
const SET_CONCAT: u32 = 0x80;

const OBJECT_CT_TIMEOUT: u32 = 7;
/// `CTA_TIMEOUT_…` of `linux/netfilter/nfnetlink_cttimeout.h`.
const TIMEOUT_TCP_ESTABLISHED: u16 = 3;
const TIMEOUT_UDP_UNREPLIED: u16 = 1;
const TIMEOUT_UDP_REPLIED: u16 = 2;

/// Bytes of elements in one message; the length of an attribute has 16 bits.
const ELEMENTS_BYTES: usize = 32 << 10;
/// Messages of one transaction. More become several: only at start, when everything is made anew.
const BATCH_REQUESTS: usize = 1 << 10;

fn message(kind: u16) -> u16 {
    NFNL_SUBSYS_NFTABLES << 8 | kind
}

/// `struct nfgenmsg`.
fn generic(family: u8, resource: u16) -> Vec<u8> {
    let mut out = vec![family, 0];
    out.extend(resource.to_be_bytes());
    out
}

fn inet() -> Vec<u8> {
    generic(NFPROTO_INET, 0)
}

/// Takes steps on the table of one namespace. They are one transaction: if one fails, none is taken.
pub fn apply(netlink: &mut Netlink, steps: &[&Step]) -> io::Result<Vec<Result<(), KernelError>>> {
    let mut results = vec![Ok(()); steps.len()];
    let messages = encode(steps);
    for part in messages.chunks(BATCH_REQUESTS) {
        let outcomes = netlink.transact(&batch(part))?;
        let mut failed = false;
        for (message, outcome) in part.iter().zip(outcomes.iter().skip(1)) {
            if let Err(refused) = outcome {
                failed = true;
                for step in &message.steps {
                    results[*step] = Err(error(steps[*step], refused));
                }
            }
        }
        // An error of the ends of the batch itself, such as a lack of memory.
        if let Some(Err(refused)) = outcomes.first().filter(|_| !failed) {
            failed = true;
            for step in part.iter().flat_map(|message| &message.steps) {
                results[*step] = Err(error(steps[*step], refused));
            }
        }
        if failed {
            for step in part.iter().flat_map(|message| &message.steps) {
                if results[*step].is_ok() {
                    results[*step] = Err(KernelError::new(steps[*step].key().to_string(), "not done, since another change failed"));
                }
            }
        }
    }
    Ok(results)
}

fn error(step: &Step, refused: &Refused) -> KernelError {
    let verb = if matches!(step, Step::Put { .. }) { "set" } else { "remove" };
    KernelError { what: format!("{verb} {}", step.key()), errno: refused.errno, message: refused.message() }
}

struct Encoded {
    kind: u16,
    flags: u16,
    payload: Vec<u8>,
    /// The steps that this message takes.
    steps: Vec<usize>,
}

fn batch(messages: &[Encoded]) -> Vec<Request> {
    let end = |kind| Request { kind, flags: NO_ACK, payload: generic(0, NFNL_SUBSYS_NFTABLES) };
    let mut requests = vec![end(BATCH_BEGIN)];
    requests.extend(messages.iter().map(|encoded| Request {
        kind: message(encoded.kind),
        flags: encoded.flags,
        payload: encoded.payload.clone(),
    }));
    requests.push(end(BATCH_END));
    requests
}

/// The messages, in the one order that always works: what goes makes room first, what others refer to comes first.
fn encode(steps: &[&Step]) -> Vec<Encoded> {
    let mut phases: [Vec<Encoded>; 10] = Default::default();
    let [drop_table, drop_elements, tables, sets, chains, rules, timeouts, elements, drops, drop_timeouts] = &mut phases;
    let table_goes = steps.iter().any(|step| matches!(step, Step::Delete { key: Key::Table(_), .. }));
    let mut adding = Elements::new(NEWSETELEM);
    let mut removing = Elements::new(DELSETELEM);
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Delete { key: Key::Table(_), .. } => {
                drop_table.push(Encoded { kind: DELTABLE, flags: 0, payload: named_table(1), steps: vec![index] });
            }
            // Gone with the table.
            Step::Delete { .. } if table_goes => {}
            Step::Delete { key: Key::Element { set, key, key_end, .. }, .. } => {
                removing.push(drop_elements, index, set, key, key_end.as_deref(), None);
            }
            Step::Delete { key: Key::Timeouts { name, .. }, .. } => {
                let mut request = removal(DELOBJ, 2, name, index);
                number(&mut request.payload, 3, OBJECT_CT_TIMEOUT);
                drop_timeouts.push(request);
            }
            Step::Delete { key: Key::Chain { name, .. }, .. } => {
                rules.insert(0, flush(name, index));
                drops.insert(0, removal(DELCHAIN, 3, name, index));
            }
            Step::Delete { key: Key::Set { name, .. }, .. } => drops.push(removal(DELSET, 2, name, index)),
            Step::Put { key: Key::Table(_), .. } => {
                tables.push(Encoded { kind: NEWTABLE, flags: NLM_F_CREATE, payload: named_table(1), steps: vec![index] });
            }
            Step::Put { key: Key::Set { name, .. }, value: Value::Set(set), .. } => {
                sets.push(new_set(name, set, u32::try_from(index).unwrap_or(u32::MAX), index));
            }
            Step::Put { key: Key::Chain { name, .. }, value: Value::Chain(chain), old } => {
                chains.push(new_chain(name, chain, index));
                if old.is_some() {
                    rules.push(flush(name, index));
                }
                let known = ruleset::chain(name).map(|chain| chain.rules.as_slice()).unwrap_or_default();
                rules.extend(
                    chain
                        .rules
                        .iter()
                        .filter_map(|identity| known.iter().find(|rule| rule.identity == *identity))
                        .map(|rule| new_rule(name, rule, index)),
                );
            }
            Step::Put { key: Key::Timeouts { name, .. }, value: Value::Timeouts(policy), .. } => {
                timeouts.push(new_timeouts(name, *policy, index));
            }
            Step::Put { key: Key::Element { set, key, key_end, .. }, value, old } => {
                // What a key maps to cannot be changed in place, but both happen at one moment.
                if old.is_some() {
                    removing.push(drop_elements, index, set, key, key_end.as_deref(), None);
                }
                adding.push(elements, index, set, key, key_end.as_deref(), Some(value));
            }
            Step::Put { .. } | Step::Delete { .. } => {}
        }
    }
    removing.finish(drop_elements);
    adding.finish(elements);
    phases.into_iter().flatten().collect()
}

fn named_table(attribute: u16) -> Vec<u8> {
    let mut payload = inet();
    string(&mut payload, attribute, TABLE);
    payload
}

fn removal(kind: u16, attribute: u16, name: &str, step: usize) -> Encoded {
    let mut payload = named_table(1);
    string(&mut payload, attribute, name);
    Encoded { kind, flags: 0, payload, steps: vec![step] }
}

/// Removes all rules of a chain.
fn flush(chain: &str, step: usize) -> Encoded {
    removal(DELRULE, 2, chain, step)
}

fn new_set(name: &str, set: &Set, id: u32, step: usize) -> Encoded {
    let mut payload = named_table(1);
    string(&mut payload, 2, name);
    let concat = set.interval && set.key.len() > 1;
    let maps = match set.data {
        SetData::None => 0,
        SetData::Fields(_) => SET_MAP,
        SetData::Timeouts => SET_OBJECT,
    };
    let flags = if set.interval { SET_INTERVAL } else { 0 } | maps | if concat { SET_CONCAT } else { 0 };
    number(&mut payload, 3, flags);
    number(&mut payload, 4, crate::kernel::datatype(&set.key));
    number(&mut payload, 5, set.key_len());
    if let SetData::Fields(fields) = &set.data {
        number(&mut payload, 6, crate::kernel::datatype(fields));
        number(&mut payload, 7, set.data_len());
    }
    if concat {
        nested(&mut payload, 9, |description| {
            nested(description, 2, |fields| {
                for field in &set.key {
                    nested(fields, LIST_ELEM, |out| number(out, 1, field.bytes()));
                }
            });
        });
    }
    // Only tells sets of one transaction apart.
    number(&mut payload, 10, id);
    bytes(&mut payload, 13, &byte_orders(set));
    if set.data == SetData::Timeouts {
        number(&mut payload, 15, OBJECT_CT_TIMEOUT);
    }
    if let Some(limit) = set.beyond_per_second {
        // Each element gets one of its own.
        nested(&mut payload, SET_EXPRESSION, |out| {
            string(out, 1, "limit");
            nested(out, 2, |out| {
                const NFT_LIMIT_PKTS: u32 = 0;
                const NFT_LIMIT_F_INV: u32 = 1;
                bytes(out, LIMIT_RATE, &u64::from(limit).to_be_bytes());
                // In so many seconds.
                bytes(out, 2, &1u64.to_be_bytes());
                number(out, 3, limit);
                number(out, 4, NFT_LIMIT_PKTS);
                number(out, 5, NFT_LIMIT_F_INV);
            });
        });
    }
    Encoded { kind: NEWSET, flags: NLM_F_CREATE, payload, steps: vec![step] }
}

/// `NFTA_SET_EXPR`, and the rate in that of a limit.
const SET_EXPRESSION: u16 = 17;
const LIMIT_RATE: u16 = 1;

/// User data that `nft` needs to print keys and data: their byte orders, each as type, length and number.
fn byte_orders(set: &Set) -> Vec<u8> {
    const HOST: u32 = 1;
    const NETWORK: u32 = 2;
    let mut data = Vec::new();
    let mapped = match &set.data {
        SetData::Fields(fields) => Some((1, fields)),
        SetData::None | SetData::Timeouts => None,
    };
    for (kind, fields) in [(0u8, &set.key)].into_iter().chain(mapped) {
        let order = match fields.as_slice() {
            [SetField::LinkName | SetField::Mark | SetField::Priority] => HOST,
            _ => NETWORK,
        };
        data.extend([kind, 4]);
        data.extend(order.to_ne_bytes());
    }
    data
}

fn new_chain(name: &str, chain: &Chain, step: usize) -> Encoded {
    let mut payload = named_table(1);
    string(&mut payload, 3, name);
    if let Some(hook) = chain.hook {
        nested(&mut payload, 4, |out| {
            number(out, 1, hook.number);
            bytes(out, 2, &hook.priority.to_be_bytes());
        });
        number(&mut payload, 5, if hook.drop { NF_DROP } else { NF_ACCEPT });
        string(&mut payload, 7, if hook.nat { "nat" } else { "filter" });
    }
    Encoded { kind: NEWCHAIN, flags: NLM_F_CREATE, payload, steps: vec![step] }
}

fn new_timeouts(name: &str, timeouts: Timeouts, step: usize) -> Encoded {
    let mut payload = named_table(1);
    string(&mut payload, 2, name);
    number(&mut payload, 3, OBJECT_CT_TIMEOUT);
    nested(&mut payload, 4, |out| {
        bytes(out, 2, &[timeouts.protocol()]);
        nested(out, 3, |out| match timeouts {
            Timeouts::Tcp { established_seconds } => number(out, TIMEOUT_TCP_ESTABLISHED, established_seconds),
            Timeouts::Udp { unreplied_seconds, replied_seconds } => {
                number(out, TIMEOUT_UDP_UNREPLIED, unreplied_seconds);
                number(out, TIMEOUT_UDP_REPLIED, replied_seconds);
            }
        });
    });
    Encoded { kind: NEWOBJ, flags: NLM_F_CREATE, payload, steps: vec![step] }
}

const NF_DROP: u32 = 0;
const NF_ACCEPT: u32 = 1;

fn new_rule(chain: &str, rule: &Rule, step: usize) -> Encoded {
    let mut payload = named_table(1);
    string(&mut payload, 2, chain);
    nested(&mut payload, 4, |list| {
        for expression in &rule.expressions {
            nested(list, LIST_ELEM, |out| encode_expression(out, expression));
        }
    });
    // A comment, as `nft` writes and shows it: type 0, length, text.
    let mut comment = vec![0, u8::try_from(rule.identity.len() + 1).unwrap_or(u8::MAX)];
    comment.extend(rule.identity.bytes());
    comment.push(0);
    bytes(&mut payload, 7, &comment);
    Encoded { kind: NEWRULE, flags: NLM_F_CREATE | NLM_F_APPEND, payload, steps: vec![step] }
}

/// A register of four bytes becomes its value, with this mask, and with these bits inverted.
fn bitwise(out: &mut Vec<u8>, register: Register, mask: u32, inverted: u32) {
    number(out, 1, register.number());
    number(out, 2, register.number());
    number(out, 3, 4);
    nested(out, 4, |out| bytes(out, DATA_VALUE, &mask.to_ne_bytes()));
    nested(out, 5, |out| bytes(out, DATA_VALUE, &inverted.to_ne_bytes()));
}

fn encode_expression(out: &mut Vec<u8>, expression: &Expression) {
    let mut put = |name: &str, fill: &dyn Fn(&mut Vec<u8>)| {
        string(out, 1, name);
        nested(out, 2, fill);
    };
    match expression {
        Expression::Meta(key, register) => put("meta", &|out| {
            number(out, 1, register.number());
            number(out, 2, *key as u32);
        }),
        Expression::SetMeta(key, register) => put("meta", &|out| {
            number(out, 2, *key as u32);
            number(out, 3, register.number());
        }),
        Expression::Payload(base, offset, len, register) => put("payload", &|out| {
            number(out, 1, register.number());
            number(out, 2, *base as u32);
            number(out, 3, *offset);
            number(out, 4, *len);
        }),
        Expression::SetPayload(base, offset, len, register, checksum) => put("payload", &|out| {
            number(out, 2, *base as u32);
            number(out, 3, *offset);
            number(out, 4, *len);
            number(out, 5, register.number());
            if let Some(Checksum { offset, pseudo_header }) = checksum {
                // An Internet checksum.
                number(out, 6, 1);
                number(out, 7, *offset);
                number(out, 8, u32::from(*pseudo_header));
            }
        }),
        Expression::Compare(register, operation, data) => put("cmp", &|out| {
            number(out, 1, register.number());
            number(out, 2, *operation as u32);
            nested(out, 3, |out| bytes(out, DATA_VALUE, data));
        }),
        Expression::InSet(set, register) => put("lookup", &|out| {
            string(out, 1, set);
            number(out, 2, register.number());
        }),
        Expression::NotInSet(set, register) => put("lookup", &|out| {
            string(out, 1, set);
            number(out, 2, register.number());
            number(out, 5, 1);
        }),
        Expression::Map(set, key, data) => put("lookup", &|out| {
            string(out, 1, set);
            number(out, 2, key.number());
            number(out, 3, data.number());
        }),
        Expression::Timeouts(map, key) => put("objref", &|out| {
            number(out, 3, key.number());
            string(out, 4, map);
        }),
        Expression::Ct(key, register) => put("ct", &|out| {
            number(out, 1, register.number());
            number(out, 2, *key as u32);
        }),
        Expression::SetCt(key, register) => put("ct", &|out| {
            number(out, 2, *key as u32);
            number(out, 4, register.number());
        }),
        Expression::Mask(register, mask) => put("bitwise", &|out| bitwise(out, *register, *mask, 0)),
        Expression::SetBits(register, bits) => put("bitwise", &|out| bitwise(out, *register, !bits, *bits)),
        Expression::Fib(flags, result, register) => put("fib", &|out| {
            number(out, 1, register.number());
            number(out, 2, *result as u32);
            number(out, 3, *flags);
        }),
        Expression::Constant(register, data) => put("immediate", &|out| {
            number(out, 1, register.number());
            nested(out, 2, |out| bytes(out, DATA_VALUE, data));
        }),
        Expression::Random(modulus, register) => put("numgen", &|out| {
            const NFT_NG_RANDOM: u32 = 1;
            number(out, 1, register.number());
            number(out, 2, *modulus);
            number(out, 3, NFT_NG_RANDOM);
        }),
        Expression::SourceNat(register) => put("nat", &|out| {
            const NFT_NAT_SNAT: u32 = 0;
            const NFPROTO_IPV4: u32 = 2;
            number(out, 1, NFT_NAT_SNAT);
            number(out, 2, NFPROTO_IPV4);
            number(out, 3, register.number());
        }),
        Expression::Reset => put("reject", &|out| {
            const NFT_REJECT_TCP_RST: u32 = 1;
            number(out, 1, NFT_REJECT_TCP_RST);
        }),
        Expression::Counter => put("counter", &|_| {}),
        Expression::Verdict(verdict) => put("immediate", &|out| {
            const VERDICT_REGISTER: u32 = 0;
            const NFT_GOTO: i32 = -4;
            number(out, 1, VERDICT_REGISTER);
            nested(out, 2, |out| {
                nested(out, DATA_VERDICT, |out| match verdict {
                    Verdict::Accept => number(out, 1, NF_ACCEPT),
                    Verdict::Drop => number(out, 1, NF_DROP),
                    Verdict::Goto(chain) => {
                        bytes(out, 1, &NFT_GOTO.to_be_bytes());
                        string(out, 2, chain);
                    }
                });
            });
        }),
    }
}

/// Collects elements of one set into messages.
struct Elements {
    kind: u16,
    set: Option<Name>,
    list: Vec<u8>,
    steps: Vec<usize>,
}

impl Elements {
    fn new(kind: u16) -> Elements {
        Elements { kind, set: None, list: Vec::new(), steps: Vec::new() }
    }

    fn push(&mut self, out: &mut Vec<Encoded>, step: usize, set: &Name, key: &[u8], end: Option<&[u8]>, value: Option<&Value>) {
        if self.set.as_ref() != Some(set) || self.list.len() > ELEMENTS_BYTES {
            self.finish(out);
            self.set = Some(set.clone());
        }
        nested(&mut self.list, LIST_ELEM, |out| {
            nested(out, 1, |out| bytes(out, DATA_VALUE, key));
            if let Some(end) = end {
                nested(out, 10, |out| bytes(out, DATA_VALUE, end));
            }
            match value {
                Some(Value::Element(data)) if !data.is_empty() => nested(out, 2, |out| bytes(out, DATA_VALUE, data)),
                Some(Value::Reference(name)) => string(out, 9, name),
                _ => {}
            }
        });
        self.steps.push(step);
    }

    fn finish(&mut self, out: &mut Vec<Encoded>) {
        let Some(set) = self.set.take() else { return };
        let mut payload = named_table(1);
        string(&mut payload, 2, &set);
        let list = std::mem::take(&mut self.list);
        nested(&mut payload, 3, |out| out.extend(list));
        let flags = if self.kind == NEWSETELEM { NLM_F_CREATE } else { 0 };
        out.push(Encoded { kind: self.kind, flags, payload, steps: std::mem::take(&mut self.steps) });
    }
}

/// Whether enid's table is there.
pub fn has_table(netlink: &mut Netlink) -> io::Result<bool> {
    Ok(netlink.ask(message(GETTABLE), &named_table(1), |_, _| {})?.is_ok())
}

/// Reads enid's table of a namespace.
pub fn dump(netlink: &mut Netlink, namespace: &Namespace, objects: &mut Objects) -> io::Result<Result<(), Refused>> {
    match netlink.ask(message(GETTABLE), &named_table(1), |_, _| {})? {
        Ok(()) => objects.insert(Key::Table(namespace.clone()), Value::Exists),
        Err(refused) if refused.errno == libc::ENOENT => return Ok(Ok(())),
        Err(refused) => return Ok(Err(refused)),
    };
    let chains = match netlink.dump(message(GETCHAIN), &inet(), |_, payload| read_chain(payload))? {
        Ok(chains) => chains,
        Err(refused) => return Ok(Err(refused)),
    };
    let rules = match netlink.dump(message(GETRULE), &named_table(1), |_, payload| read_rule(payload))? {
        Ok(rules) => rules,
        Err(refused) => return Ok(Err(refused)),
    };
    let mut chains: BTreeMap<String, Chain> = chains.into_iter().collect();
    for (chain, identity) in rules {
        if let Some(chain) = chains.get_mut(&chain) {
            chain.rules.push(Name::from(identity));
        }
    }
    for (name, chain) in chains {
        let key = Key::Chain { namespace: namespace.clone(), name: Name::from(name) };
        objects.insert(key, Value::Chain(chain));
    }
    let sets = match netlink.dump(message(GETSET), &named_table(1), |_, payload| read_set(payload))? {
        Ok(sets) => sets,
        Err(refused) => return Ok(Err(refused)),
    };
    for (name, set) in sets {
        let name = Name::from(name);
        let mut request = named_table(1);
        string(&mut request, 2, &name);
        let elements = netlink.dump(message(GETSETELEM), &request, |_, payload| Some(read_elements(payload)))?;
        let elements = match elements {
            Ok(elements) => elements,
            Err(refused) => return Ok(Err(refused)),
        };
        for (key, key_end, value) in elements.into_iter().flatten() {
            let key = Key::Element { namespace: namespace.clone(), set: name.clone(), key, key_end };
            objects.insert(key, value);
        }
        objects.insert(Key::Set { namespace: namespace.clone(), name }, Value::Set(set));
    }
    let timeouts = match netlink.dump(message(GETOBJ), &named_table(1), |_, payload| read_timeouts(payload))? {
        Ok(timeouts) => timeouts,
        Err(refused) => return Ok(Err(refused)),
    };
    for (name, timeouts) in timeouts {
        let key = Key::Timeouts { namespace: namespace.clone(), name: Name::from(name) };
        objects.insert(key, Value::Timeouts(timeouts));
    }
    Ok(Ok(()))
}

/// The attributes of a message of nftables, if it is about enid's table; its name is always attribute 1.
fn of_our_table(payload: &[u8]) -> Option<&[u8]> {
    let attributes = payload.get(4..)?;
    (text(Attributes::get(attributes, 1)?) == TABLE).then_some(attributes)
}

fn read_number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?))
}

fn read_chain(payload: &[u8]) -> Option<(String, Chain)> {
    let attributes = of_our_table(payload)?;
    let name = text(Attributes::get(attributes, 3)?);
    let hook = Attributes::get(attributes, 4).and_then(|hook| {
        Some(Hook {
            number: read_number(Attributes::get(hook, 1)?)?,
            priority: read_number(Attributes::get(hook, 2)?)?.cast_signed(),
            drop: Attributes::get(attributes, 5).and_then(read_number) == Some(NF_DROP),
            nat: Attributes::get(attributes, 7).map(text).as_deref() == Some("nat"),
        })
    });
    Some((name, Chain { hook, rules: Vec::new() }))
}

fn read_rule(payload: &[u8]) -> Option<(String, String)> {
    let attributes = of_our_table(payload)?;
    let chain = text(Attributes::get(attributes, 2)?);
    let comment = Attributes::get(attributes, 7).and_then(|data| match data {
        [0, length, rest @ ..] => rest.get(..usize::from(*length)).map(text),
        _ => None,
    });
    Some((chain, comment.unwrap_or_else(|| "foreign".into())))
}

fn read_set(payload: &[u8]) -> Option<(String, Set)> {
    let attributes = of_our_table(payload)?;
    let name = text(Attributes::get(attributes, 2)?);
    let flags = Attributes::get(attributes, 3).and_then(read_number).unwrap_or(0);
    let fields = |attribute| Attributes::get(attributes, attribute).and_then(read_number).map(read_fields).unwrap_or_default();
    let of_timeouts = || Attributes::get(attributes, 15).and_then(read_number) == Some(OBJECT_CT_TIMEOUT);
    let data = match flags & (SET_MAP | SET_OBJECT) {
        SET_MAP => SetData::Fields(fields(6)),
        SET_OBJECT if of_timeouts() => SetData::Timeouts,
        _ => SetData::None,
    };
    let limit = Attributes::get(attributes, SET_EXPRESSION).and_then(|expression| Attributes::get(expression, 2));
    let rate = limit.and_then(|limit| Attributes::get(limit, LIMIT_RATE)).and_then(|rate| rate.try_into().ok()).map(u64::from_be_bytes);
    let beyond_per_second = rate.and_then(|rate| rate.try_into().ok());
    Some((name, Set { key: fields(4), data, interval: flags & SET_INTERVAL != 0, beyond_per_second }))
}

/// The fields of a type; unknown ones are left out, so that the set differs from every wanted one.
fn read_fields(mut number: u32) -> Vec<SetField> {
    use SetField::{Ethernet, Ipv4, Ipv6, LinkName, Mark, Priority, Protocol, Service};
    let mut fields = Vec::new();
    while number != 0 {
        let known = [Mark, Priority, Protocol, Service, Ipv4, Ipv6, Ethernet, LinkName];
        fields.extend(known.into_iter().find(|field| field.datatype() == number & 63));
        number >>= 6;
    }
    fields.reverse();
    fields
}

fn read_timeouts(payload: &[u8]) -> Option<(String, Timeouts)> {
    let attributes = of_our_table(payload)?;
    let name = text(Attributes::get(attributes, 2)?);
    let kind = Attributes::get(attributes, 3).and_then(read_number)?;
    let object = Attributes::get(attributes, 4).filter(|_| kind == OBJECT_CT_TIMEOUT)?;
    let policy = Attributes::get(object, 3)?;
    let seconds = |attribute| Attributes::get(policy, attribute).and_then(read_number);
    let timeouts = match *Attributes::get(object, 2)?.first()? {
        Timeouts::TCP => Timeouts::Tcp { established_seconds: seconds(TIMEOUT_TCP_ESTABLISHED)? },
        Timeouts::UDP => {
            Timeouts::Udp { unreplied_seconds: seconds(TIMEOUT_UDP_UNREPLIED)?, replied_seconds: seconds(TIMEOUT_UDP_REPLIED)? }
        }
        _ => return None,
    };
    Some((name, timeouts))
}

type Element = (Box<[u8]>, Option<Box<[u8]>>, Value);

fn read_elements(payload: &[u8]) -> Vec<Element> {
    let Some(list) = of_our_table(payload).and_then(|attributes| Attributes::get(attributes, 3)) else {
        return Vec::new();
    };
    let value =
        |element, attribute| Attributes::get(element, attribute).and_then(|data| Attributes::get(data, DATA_VALUE)).map(Box::<[u8]>::from);
    Attributes::new(list)
        .filter_map(|(_, element)| {
            let mapped = match Attributes::get(element, 9) {
                Some(name) => Value::Reference(Name::from(text(name))),
                None => Value::Element(value(element, 2).unwrap_or_default()),
            };
            Some((value(element, 1)?, value(element, 10), mapped))
        })
        .collect()
}
