//! From what is to what shall be: the ordered steps, and nothing more. Pure.
//!
//! Invariants
//! - `plan(x, x)` is empty.
//! - What exists with another value is replaced, never deleted and added: a packet sees the old or the new.
//! - Everything is made after what it needs, and removed before it.
//! - nftables elements of a namespace, coming and going, with the timeouts that they refer to, are one run of steps: the kernel takes
//!   them as one transaction, and waits for readers once.

use std::collections::BTreeSet;

use crate::kernel::{Key, Link, LinkKind, Name, Namespace, Objects, Route, RouteTarget, Step, Value};

/// The steps that turn `current` into `desired`.
pub fn plan(current: &Objects, desired: &Objects) -> Vec<Step> {
    let rebuilt = tables_to_rebuild(current, desired);
    let remade_links = links_to_remake(current, desired);
    // What goes with something that is made anew must be made anew too.
    let remade = |key: &Key, value: &Value| {
        (key.is_nft() && rebuilt.contains(key.namespace()))
            || link_of(key, value).is_some_and(|link| remade_links.contains(&(key.namespace(), link)))
    };

    let mut puts = Vec::new();
    let mut elements = Vec::new();
    let mut deletes = Vec::new();
    for (key, value) in desired {
        let old = current.get(key).filter(|old| !remade(key, old));
        if old.is_some_and(|old| same(old, value)) {
            continue;
        }
        let step = Step::Put { key: key.clone(), value: value.clone(), old: old.cloned() };
        if is_with_elements(key) { elements.push(step) } else { puts.push(step) }
    }
    for (key, old) in current {
        let wanted = desired.contains_key(key);
        let step = || Step::Delete { key: key.clone(), old: old.clone() };
        match key {
            // There is nothing to undo: a sysctl ends with its namespace or link. The host and loopback stay.
            Key::Sysctl { .. } | Key::LinkSysctl { .. } | Key::Namespace(Namespace::Host) => {}
            Key::Link { .. } if is_loopback(old) => {}
            Key::Table(namespace) if rebuilt.contains(namespace) => puts.push(step()),
            Key::Link { namespace, name } if remade_links.contains(&(namespace, name)) => puts.push(step()),
            _ if wanted || remade(key, old) => {}
            // Everything in it goes with the namespace, only links are removed by name, so that their other ends are gone when
            // the step is done and not when the kernel comes to it.
            _ if leaves(current, desired, key) => {}
            key if is_with_elements(key) => elements.push(step()),
            _ => deletes.push(step()),
        }
    }
    // Elements that go and that come in one namespace, together; between what they refer to from now on and what they did before.
    let place = |step: &Step| match step {
        Step::Put { key: Key::Timeouts { .. }, .. } => 0,
        Step::Delete { key: Key::Timeouts { .. }, .. } => 2,
        _ => 1,
    };
    elements.sort_by(|one, other| (one.key().namespace(), place(one)).cmp(&(other.key().namespace(), place(other))));
    // A rebuilt table goes before its parts come, which needs a stable order of deletion first.
    puts.sort_by(|one, other| order(one).cmp(&order(other)));
    deletes.sort_by(|one, other| other.key().cmp(one.key()));
    puts.extend(elements);
    puts.extend(deletes);
    puts
}

/// Steps of one kind and namespace in a row, kinds in the order of [`Key`]; all parts of a table are one kind.
fn order(step: &Step) -> (usize, &Namespace, bool, &Key) {
    let key = step.key();
    let kind = match key {
        Key::Namespace(_) => 0,
        Key::Sysctl { .. } => 1,
        Key::Table(_) | Key::Set { .. } | Key::Chain { .. } => 2,
        // The far end of a pair can be seen to when the pair was made.
        Key::Link { .. } if matches!(step, Step::Delete { .. }) || makes_pair(step) => 3,
        Key::Link { .. } => 4,
        Key::LinkSysctl { .. } => 5,
        Key::Address { .. } => 6,
        Key::Neighbour { .. } => 7,
        Key::Route { .. } => 8,
        Key::Rule { .. } => 9,
        Key::Timeouts { .. } | Key::Element { .. } => 10,
    };
    (kind, key.namespace(), matches!(step, Step::Put { .. }), key)
}

/// Whether steps of this object are taken in one transaction with those of elements.
fn is_with_elements(key: &Key) -> bool {
    matches!(key, Key::Timeouts { .. } | Key::Element { .. })
}

fn makes_pair(step: &Step) -> bool {
    matches!(step, Step::Put { value: Value::Link(link), .. } if matches!(link.kind, LinkKind::Veth { peer: Some(_), .. }))
}

fn is_loopback(value: &Value) -> bool {
    matches!(value, Value::Link(link) if link.kind == LinkKind::Loopback)
}

/// Whether an object goes by itself, with its namespace or with its table.
fn leaves(current: &Objects, desired: &Objects, key: &Key) -> bool {
    let goes = |parent: &Key| current.contains_key(parent) && !desired.contains_key(parent);
    let namespace = key.namespace();
    match key {
        Key::Namespace(_) | Key::Link { .. } => false,
        _ if *namespace != Namespace::Host && goes(&Key::Namespace(namespace.clone())) => true,
        Key::Table(_) => false,
        _ if key.is_nft() => goes(&Key::Table(namespace.clone())),
        _ => key.link().is_some_and(|link| goes(&Key::Link { namespace: namespace.clone(), name: link.clone() })),
    }
}

/// Whether two values are the same for the kernel. The far end of a link is given at birth and not looked at again.
fn same(current: &Value, desired: &Value) -> bool {
    match (current, desired) {
        (Value::Link(current), Value::Link(desired)) => {
            let far_ends_aside = |kind: &LinkKind| match kind {
                LinkKind::Loopback => LinkKind::Loopback,
                LinkKind::Veth { mac, mtu, alias, .. } => LinkKind::Veth { mac: *mac, mtu: *mtu, alias: alias.clone(), peer: None },
            };
            current.up == desired.up && far_ends_aside(&current.kind) == far_ends_aside(&desired.kind)
        }
        (current, desired) => current == desired,
    }
}

/// The link that an object is on or leads to.
pub(crate) fn link_of<'a>(key: &'a Key, value: &'a Value) -> Option<&'a Name> {
    match (key, value) {
        (Key::Link { name, .. }, _) => Some(name),
        (_, Value::Route(Route { target: RouteTarget::Via { link, .. }, .. })) => Some(link),
        (key, _) => key.link(),
    }
}

/// Pairs of another alias than wanted: they lead to another instance, and a pair cannot be led elsewhere.
fn links_to_remake<'a>(current: &'a Objects, desired: &Objects) -> BTreeSet<(&'a Namespace, &'a Name)> {
    let alias = |value: &Value| match value {
        Value::Link(Link { kind: LinkKind::Veth { alias, peer, .. }, .. }) => Some((alias.clone(), peer.is_some())),
        _ => None,
    };
    current
        .iter()
        .filter_map(|(key, value)| {
            let Key::Link { namespace, name } = key else { return None };
            let (now, (wanted, makes_pair)) = (alias(value)?.0, alias(desired.get(key)?)?);
            (makes_pair && now != wanted).then_some((namespace, name))
        })
        .collect()
}

/// Namespaces whose table has a set, a base chain or timeouts of another shape than wanted, as an older enid may leave: they cannot be
/// changed.
fn tables_to_rebuild<'a>(current: &Objects, desired: &'a Objects) -> BTreeSet<&'a Namespace> {
    desired
        .iter()
        .filter(|(key, value)| match (current.get(key), value) {
            (Some(Value::Set(current)), Value::Set(desired)) => current != desired,
            (Some(Value::Chain(current)), Value::Chain(desired)) => current.hook != desired.hook,
            (Some(Value::Timeouts(current)), Value::Timeouts(desired)) => current != desired,
            _ => false,
        })
        .map(|(key, _)| key.namespace())
        .collect()
}
