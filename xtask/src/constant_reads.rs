//! The operations whose answer is always the same, since what they tell of does not exist here: from EC2's model to
//! `models/constant-reads.json`, and from there, with what is known by hand, to the table that `ec2-api` reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codegen::query_name;
use crate::served::Served;
use crate::service_model::{Ordered, ServiceModel, Shape, ShapeRef};
use crate::{Outcome, root};

/// An operation in `models/constant-reads.json`.
#[derive(Serialize, Deserialize)]
struct Read {
    /// Its parameters by their names in botocore: the name on the wire and the type.
    parameters: BTreeMap<String, (String, String)>,
    /// The parameters that must be given, by their names on the wire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    required: Vec<String>,
    /// The names of the filters that are documented; none where the operation has no filters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filters: Option<BTreeSet<String>>,
    /// The least and the most of `MaxResults`, where the model says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_results: Option<(i32, i32)>,
    /// The members of the answer as `Name.Name` with their elements; that of a list ends in `[]`.
    answer: BTreeMap<String, String>,
}

/// Writes `models/constant-reads.json` from botocore's model.
pub fn trim(model: &ServiceModel, served: &Served) -> Outcome {
    let mut reads = BTreeMap::new();
    for name in served.constant() {
        let operation = model.operations.get(name).ok_or_else(|| format!("no operation {name}"))?;
        let shape = |reference: &Option<ShapeRef>| reference.as_ref().and_then(|reference| model.shapes.get(&reference.shape));
        let (Some(input), Some(output)) = (shape(&operation.input), shape(&operation.output)) else {
            return Err(format!("{name} has no shapes").into());
        };
        reads.insert(name, read(model, input, output)?);
    }
    let lines: Vec<String> = reads
        .iter()
        .map(|(name, read)| Ok(format!("{:?}: {}", name, serde_json::to_string(read)?)))
        .collect::<Result<_, serde_json::Error>>()?;
    fs::write(root().join("models/constant-reads.json"), format!("{{\n{}\n}}\n", lines.join(",\n")))?;
    Ok(())
}

fn read(model: &ServiceModel, input: &Shape, output: &Shape) -> Result<Read, String> {
    let find = |name: &str| model.shapes.get(name).ok_or_else(|| format!("no shape {name}"));
    let mut read = Read { parameters: BTreeMap::new(), required: Vec::new(), filters: None, max_results: None, answer: BTreeMap::new() };
    for (name, member) in &input.members.0 {
        let target = find(&member.shape)?;
        let kind = match &target.member {
            Some(item) if find(&item.shape)?.kind == "structure" => {
                let documentation = member.documentation.as_deref().unwrap_or_default();
                read.filters = Some(filter_names(documentation));
                "filters".to_owned()
            }
            Some(item) => format!("{}s", find(&item.shape)?.kind),
            None => target.kind.clone(),
        };
        if name == "MaxResults" {
            read.max_results = target.min.zip(target.max).map(|(least, most)| (least as i32, most as i32));
        }
        let wire = query_name(name, member);
        if input.required.contains(name) {
            read.required.push(wire.clone());
        }
        read.parameters.insert(name.clone(), (wire, kind));
    }
    answer_members(model, output, ("", ""), &mut read.answer)?;
    Ok(read)
}

fn answer_members(model: &ServiceModel, shape: &Shape, at: (&str, &str), found: &mut BTreeMap<String, String>) -> Result<(), String> {
    for (name, member) in &shape.members.0 {
        let target = model.shapes.get(&member.shape).ok_or_else(|| format!("no shape {}", member.shape))?;
        let element = member.location_name.as_deref().unwrap_or(name);
        let (path, elements) = (format!("{}{name}", at.0), format!("{}{element}", at.1));
        match target.kind.as_str() {
            "list" => _ = found.insert(path, elements + "[]"),
            "structure" => answer_members(model, target, (&format!("{path}."), &format!("{elements}.")), found)?,
            _ => _ = found.insert(path, elements),
        }
    }
    Ok(())
}

/// The names that a list of filters has in EC2's documentation: `<li> <p> <code>name</code> - …`.
fn filter_names(documentation: &str) -> BTreeSet<String> {
    let items = documentation.split("<li>").skip(1);
    let names =
        items.filter_map(|item| item.trim_start().strip_prefix("<p>")?.trim_start().strip_prefix("<code>")?.split("</code>").next());
    // `tag:&lt;key&gt;`, and `tag` before it.
    names.map(|name| name.split(":&lt;").next().unwrap_or(name).trim().to_owned()).collect()
}

/// `models/constant-reads.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByHand {
    ids: BTreeMap<String, Id>,
    answers: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Id {
    prefix: String,
    code: String,
    says: String,
    malformed: Option<String>,
}

/// `crates/ec2-api/src/generated/constant_reads.rs`.
pub fn generate(models: &Path, served: &Served) -> Result<String, Box<dyn std::error::Error>> {
    let reads: Ordered<Read> = serde_json::from_slice(&fs::read(models.join("constant-reads.json"))?)?;
    let by_hand: ByHand = toml::from_str(&fs::read_to_string(models.join("constant-reads.toml"))?)?;
    if !reads.0.iter().map(|(name, _)| name.as_str()).eq(served.constant()) {
        return Err("models/constant-reads.json is not of the operations in operations.txt; run `cargo xtask trim-model`".into());
    }
    let mut text = "//! The operations whose answer is always the same. Written by `cargo xtask codegen`; do not edit.\n\n\
                    use crate::ErrorCode;\nuse crate::constant_read::{ConstantRead, Filtered, IdParameter};\n\
                    use crate::shape::{Kind, Member, OperationInfo, Structure};\n\n\
                    /// Sorted by name.\n#[rustfmt::skip]\npub static CONSTANT_READS: &[ConstantRead] = &[\n"
        .to_owned();
    let mut used = BTreeSet::new();
    for (name, read) in &reads.0 {
        write!(
            text,
            "ConstantRead {{\n    info: OperationInfo {{ name: {name:?}, refused: &[], output: &Kind::Structure(&Structure {{ name: {name:?}, members: &[] }}), "
        )?;
        writeln!(text, "input: &Kind::Structure(&Structure {{ name: {name:?}, members: &[")?;
        for (wire, kind) in read.parameters.values() {
            writeln!(text, "        Member {{ field: \"\", wire: {wire:?}, kind: {} }},", kind_of(kind)?)?;
        }
        writeln!(text, "    ] }}) }},\n    required: &{:?},", read.required)?;
        match &read.filters {
            None => text.push_str("    filters: None,\n"),
            Some(names) => {
                let tags = names.iter().any(|name| name.starts_with("tag"));
                let others: Vec<&String> = names.iter().filter(|name| !name.starts_with("tag")).collect();
                writeln!(text, "    filters: Some(Filtered {{ names: &{others:?}, tags: {tags} }}),")?;
            }
        }
        writeln!(text, "    max_results: {:?},\n    ids: &[", read.max_results)?;
        for (member, (wire, _)) in &read.parameters {
            if let Some(Id { prefix, code, says, malformed }) = by_hand.ids.get(member) {
                used.insert(member);
                let variant = |code: &str| format!("ErrorCode::{}", code.replace('.', ""));
                let malformed = malformed.as_deref().map_or("None".into(), |code| format!("Some({})", variant(code)));
                writeln!(
                    text,
                    "        IdParameter {{ member: {member:?}, wire: {wire:?}, prefix: {prefix:?}, code: {}, says: {says:?}, malformed: {malformed} }},",
                    variant(code)
                )?;
            }
        }
        let values = by_hand.answers.get(name);
        if values.is_none() != (served.note(name) == Some(crate::served::ALWAYS_EMPTY)) {
            return Err(format!("constant-reads.toml: {name} has an answer exactly if it is not always empty").into());
        }
        writeln!(text, "    ],\n    answer: {:?},\n}},", answer(name, read, values)?)?;
    }
    if let Some(unused) = by_hand.ids.keys().find(|member| !used.contains(member)) {
        return Err(format!("constant-reads.toml: no operation has {unused}").into());
    }
    text.push_str("];\n");
    Ok(text)
}

fn kind_of(kind: &str) -> Result<String, String> {
    Ok(match kind {
        "string" => "Kind::String",
        "boolean" => "Kind::Boolean",
        "integer" => "Kind::Integer",
        "long" => "Kind::Long",
        "timestamp" => "Kind::Timestamp",
        "strings" => "Kind::List(&Kind::String)",
        "filters" => "Kind::List(&crate::constant_read::FILTER)",
        other => return Err(format!("a parameter of type {other} is not provided for")),
    }
    .to_owned())
}

/// The answer: empty lists, and the values that are given by hand.
fn answer(name: &str, read: &Read, values: Option<&Value>) -> Result<String, String> {
    let mut text = String::new();
    for (path, elements) in &read.answer {
        if let Some(list) = elements.strip_suffix("[]").filter(|list| !list.contains('.')) {
            let _ = write!(text, "<{list}/>");
            continue;
        }
        let value = path.split('.').try_fold(values.unwrap_or(&Value::Null), |at, part| at.get(part));
        let Some(value) = value.filter(|value| !value.is_null()) else { continue };
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let opened: String = elements.split('.').map(|element| format!("<{element}>")).collect();
        let closed: String = elements.rsplit('.').map(|element| format!("</{element}>")).collect();
        let _ = write!(text, "{opened}{value}{closed}");
    }
    let given = values.map_or(0, leaves);
    if text.matches("</").count() < given || text.is_empty() {
        return Err(format!("constant-reads.toml: the answer of {name} has no such members"));
    }
    Ok(text)
}

fn leaves(value: &Value) -> usize {
    value.as_object().map_or(1, |members| members.values().map(leaves).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_from_the_documentation() {
        let text = "<p>The filters.</p> <ul> <li> <p> <code>state</code> - The state (<code>on</code> | <code>off</code>).</p> </li> \
                    <li> <p> <code>tag</code>:&lt;key&gt; - A tag.</p> </li> <li> <p> <code>tag-key </code>- A key.</p> </li> \
                    <li> <p> <code>tag:&lt;key&gt;</code> - A tag.</p> </li> </ul>";
        assert_eq!(filter_names(text), BTreeSet::from(["state", "tag", "tag-key"].map(str::to_owned)));
    }
}
