//! A kernel in memory: as strict as Linux about what needs what, and as thorough about what goes with what.
//!
//! For tests of plans, and for running without root.

use super::{Kernel, KernelError, Key, Link, LinkKind, Namespace, Objects, Peer, RouteTarget, Step, Value};
use crate::names;

/// Objects in a map.
#[derive(Debug, Default, Clone)]
pub struct MemoryKernel {
    objects: Objects,
}

impl MemoryKernel {
    /// One without any namespace but the host's.
    pub fn new() -> MemoryKernel {
        MemoryKernel::default()
    }

    /// Everything in it.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// What the object needs and is not there.
    fn missing(&self, key: &Key, value: Option<&Value>) -> Option<Key> {
        let namespace = key.namespace();
        let has = |key: &Key| self.objects.contains_key(key);
        let mut needs = Vec::new();
        if !matches!(key, Key::Namespace(_)) && *namespace != Namespace::Host {
            needs.push(Key::Namespace(namespace.clone()));
        }
        if key.is_nft() && !matches!(key, Key::Table(_)) {
            needs.push(Key::Table(namespace.clone()));
        }
        if let Key::Element { set, .. } = key {
            needs.push(Key::Set { namespace: namespace.clone(), name: set.clone() });
        }
        let mut links: Vec<_> = key.link().into_iter().collect();
        match value {
            Some(Value::Reference(name)) => needs.push(Key::Timeouts { namespace: namespace.clone(), name: name.clone() }),
            Some(Value::Route(route)) => {
                if let RouteTarget::Via { link, .. } = &route.target {
                    links.push(link);
                }
            }
            Some(Value::Link(link)) => {
                if let LinkKind::Veth { peer: Some(peer), .. } = &link.kind {
                    if peer.namespace != Namespace::Host {
                        needs.push(Key::Namespace(peer.namespace.clone()));
                    }
                    // No packet before the rules.
                    let ends = [namespace, &peer.namespace].into_iter();
                    let ruled = ends.filter(|end| **end != Namespace::Host && !names::is_guest(end));
                    needs.extend(ruled.map(|end| Key::Table(end.clone())));
                }
            }
            _ => {}
        }
        let host = *namespace == Namespace::Host;
        needs.extend(
            links
                .into_iter()
                // The host's ends are made with their peers.
                .filter(|_| !host)
                .map(|link| Key::Link { namespace: namespace.clone(), name: link.clone() }),
        );
        needs.into_iter().find(|key| !has(key) && !self.is_far_end(key))
    }

    /// Whether a key is the far end of a link: it comes and goes with it, and is no object of its own here.
    fn is_far_end(&self, key: &Key) -> bool {
        let Key::Link { namespace, name } = key else { return false };
        let is_end = |peer: &Peer| peer.namespace == *namespace && peer.name == *name;
        names::is_guest(namespace) && self.objects.values().filter_map(far_end).any(is_end)
    }

    /// Whether an element refers to the object.
    fn is_in_use(&self, object: &Key) -> bool {
        let Key::Timeouts { namespace, name } = object else { return false };
        self.objects.iter().any(|(key, value)| key.namespace() == namespace && matches!(value, Value::Reference(to) if to == name))
    }

    /// Removes what cannot be without this.
    fn cascade(&mut self, gone: &Key) {
        self.objects.retain(|key, value| match gone {
            Key::Namespace(namespace) => {
                key.namespace() != namespace
                    && !matches!(value, Value::Link(link) if matches!(&link.kind,
                        LinkKind::Veth { peer: Some(peer), .. } if peer.namespace == *namespace))
            }
            Key::Link { namespace, name } => {
                key.namespace() != namespace
                    || (key.link() != Some(name)
                        && !matches!(value, Value::Route(route)
                            if matches!(&route.target, RouteTarget::Via { link, .. } if link == name)))
            }
            Key::Table(namespace) => key.namespace() != namespace || !key.is_nft(),
            Key::Set { namespace, name } => !matches!(key, Key::Element { namespace: n, set, .. } if n == namespace && set == name),
            _ => true,
        });
    }
}

/// The far end of a link.
fn far_end(value: &Value) -> Option<&Peer> {
    match value {
        Value::Link(Link { kind: LinkKind::Veth { peer, .. }, .. }) => peer.as_ref(),
        _ => None,
    }
}

impl Kernel for MemoryKernel {
    fn namespaces(&mut self) -> Result<Vec<Namespace>, KernelError> {
        Ok(self
            .objects
            .keys()
            .filter_map(|key| match key {
                Key::Namespace(namespace) if *namespace != Namespace::Host => Some(namespace.clone()),
                _ => None,
            })
            .collect())
    }

    fn dump(&mut self, namespaces: &[Namespace]) -> Result<Objects, KernelError> {
        let mut objects: Objects = self
            .objects
            .iter()
            .filter(|(key, _)| namespaces.contains(key.namespace()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if namespaces.contains(&Namespace::Host) {
            objects.insert(Key::Namespace(Namespace::Host), Value::Exists);
        }
        Ok(objects)
    }

    fn apply(&mut self, steps: &[Step]) -> Vec<Result<(), KernelError>> {
        steps
            .iter()
            .map(|step| match step {
                // The inside of a guest is not looked at again, and the far ends of its links are not kept here.
                Step::Put { key, .. } if names::is_guest(key.namespace()) && !matches!(key, Key::Namespace(_)) => Ok(()),
                Step::Put { key, value, .. } => {
                    if let Some(missing) = self.missing(key, Some(value)) {
                        return Err(KernelError::new(key.to_string(), format!("needs {missing}")));
                    }
                    if matches!(self.objects.get(key), Some(old @ Value::Timeouts(_)) if old != value) {
                        return Err(KernelError::new(key.to_string(), "cannot be changed"));
                    }
                    self.objects.insert(key.clone(), value.clone());
                    Ok(())
                }
                Step::Delete { key, .. } => {
                    if self.is_in_use(key) {
                        return Err(KernelError::new(key.to_string(), "is in use"));
                    }
                    if let Some(value) = self.objects.remove(key) {
                        if let Some(Peer { namespace, name, .. }) = far_end(&value).cloned() {
                            self.cascade(&Key::Link { namespace, name });
                        }
                        self.cascade(key);
                    }
                    Ok(())
                }
            })
            .collect()
    }
}
