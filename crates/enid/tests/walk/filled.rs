//! Which members of answers were ever filled: an answer's XML read along its shape.

use std::collections::BTreeSet;

use ec2_api::shape::Kind;

/// Members of answers, as `Structure.element`.
pub type Members = BTreeSet<(&'static str, &'static str)>;

/// An element of an answer. Answers are made by one writer, so that reading them can be simple: no attributes, no
/// comments, no mixed content.
struct Element<'a> {
    name: &'a str,
    text: &'a str,
    children: Vec<Element<'a>>,
}

/// Adds the members that a body fills.
pub fn note(kind: &Kind, body: &str, filled: &mut Members) {
    let mut rest = body;
    let children = elements(&mut rest);
    note_element(kind, &Element { name: "", text: "", children }, filled);
}

fn note_element(kind: &Kind, element: &Element<'_>, filled: &mut Members) {
    match kind {
        Kind::Structure(structure) => {
            for member in structure.members {
                let given: Vec<_> = element.children.iter().filter(|child| child.name == member.wire).collect();
                if given.iter().any(|child| !child.text.is_empty() || !child.children.is_empty()) {
                    filled.insert((structure.name, member.wire));
                }
                given.iter().for_each(|child| note_element(&member.kind, child, filled));
            }
        }
        Kind::List(item) => element.children.iter().for_each(|child| note_element(item, child, filled)),
        _ => {}
    }
}

/// Reads elements until the end or a closing tag, which it leaves.
fn elements<'a>(rest: &mut &'a str) -> Vec<Element<'a>> {
    let mut elements = Vec::new();
    while let Some(after) = rest.strip_prefix('<').filter(|after| !after.starts_with('/')) {
        let Some((tag, after)) = after.split_once('>') else { break };
        *rest = after;
        if let Some(name) = tag.strip_suffix('/') {
            elements.push(Element { name, text: "", children: Vec::new() });
            continue;
        }
        let text_end = rest.find('<').unwrap_or(rest.len());
        let text = &rest[..text_end];
        *rest = &rest[text_end..];
        let children = self::elements(rest);
        if let Some((_, after)) = rest.split_once('>') {
            *rest = after;
        }
        elements.push(Element { name: tag, text, children });
    }
    elements
}
