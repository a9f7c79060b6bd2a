//! The objects of an nftables table: its fixed part, and elements of its sets and maps.

use crate::kernel::{Key, Name, Namespace, Objects, Value};
use crate::ruleset::Ruleset;

/// The fixed part of a table of nftables.
pub fn table(namespace: &Namespace, ruleset: &Ruleset, objects: &mut Objects) {
    objects.insert(Key::Table(namespace.clone()), Value::Exists);
    for (name, set) in &ruleset.sets {
        objects.insert(Key::Set { namespace: namespace.clone(), name: Name::from(*name) }, Value::Set(set.clone()));
    }
    for chain in &ruleset.chains {
        objects.insert(Key::Chain { namespace: namespace.clone(), name: Name::from(chain.name) }, Value::Chain(chain.object()));
    }
}

/// An element of a set, or of a map if there is data.
pub fn element(namespace: &Namespace, set: &str, key: &[u8], data: &[u8]) -> (Key, Value) {
    let key = Key::Element { namespace: namespace.clone(), set: Name::from(set), key: key.into(), key_end: None };
    (key, Value::Element(data.into()))
}
