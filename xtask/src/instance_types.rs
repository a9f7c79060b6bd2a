//! `cargo xtask instance-types <folder>`: what DescribeInstanceTypes of AWS answers, kept small.
//!
//! The folder holds `instance-types.jsonl.gz`, a line per type as an SDK shows it. Most types share most of what is said of
//! them, so that each structure is kept once: a section per structure with its members and its different values as rows, and
//! where the structure stood, the number of its row. Members that types have themselves are a section too, `common`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use model::instance_type::InstanceType;
use serde_json::{Map, Value};

use crate::codegen::field_name;
use crate::{Outcome, root};

/// The section of the types.
const TYPES: &str = "types";
/// The section of what types say themselves.
const COMMON: &str = "common";
/// The member that a type is called by.
const NAME: &str = "instance_type";

const FILE: &str = "crates/model/src/instance-types.json";

/// Writes the file, and sees that what is read back from it is what was given.
pub fn run(folder: &Path) -> Outcome {
    let source = folder.join("instance-types.jsonl.gz");
    let unpacked = Command::new("gzip").arg("-dc").arg(&source).output()?;
    if !unpacked.status.success() {
        return Err(format!("{}: {}", source.display(), String::from_utf8_lossy(&unpacked.stderr)).into());
    }
    let mut given = BTreeMap::new();
    for line in String::from_utf8(unpacked.stdout)?.lines() {
        let renamed = renamed(serde_json::from_str(line)?);
        let name = renamed[NAME].as_str().ok_or("a line without InstanceType")?.to_owned();
        given.insert(name, renamed);
    }
    let text = packed(given.values())?;
    let path = root().join(FILE);
    if fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return compared(&given);
    }
    fs::write(path, text)?;
    Err("the file has changed; run this once more to compare what is read from it with what was given".into())
}

/// What the server reads is what was given, member by member.
fn compared(given: &BTreeMap<String, Value>) -> Outcome {
    let faults: Vec<String> = given
        .iter()
        .filter(|(name, given)| InstanceType::named(name).map(InstanceType::facts).as_ref() != Some(given))
        .map(|(name, _)| format!("{name} is read otherwise than it was given"))
        .collect();
    println!("{} types, all as they were given", given.len() - faults.len());
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// With members named as in `ec2-api`'s structures.
fn renamed(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().map(|(name, value)| (field_name(&name).replace("r#", ""), renamed(value))).collect(),
        Value::Array(items) => items.into_iter().map(renamed).collect(),
        scalar => scalar,
    }
}

#[derive(Default)]
struct Section {
    members: BTreeSet<String>,
    rows: Vec<Vec<Value>>,
    numbers: HashMap<String, usize>,
}

#[derive(Default)]
struct Sections(BTreeMap<String, Section>);

fn packed<'a>(types: impl Iterator<Item = &'a Value> + Clone) -> Result<String, Box<dyn Error>> {
    let mut sections = Sections::default();
    let types: Vec<Value> = types.map(|known| with_common(known.clone())).collect();
    types.iter().for_each(|known| sections.learn(TYPES, known));
    for known in &types {
        sections.number(TYPES, known)?;
    }
    let mut text = String::from("{\n");
    for (index, (name, section)) in sections.0.iter().enumerate() {
        let comma = if index == 0 { "" } else { ",\n" };
        write!(text, "{comma}{name:?}: {{\"members\": {},\n\"rows\": [\n", serde_json::to_string(&section.members)?)?;
        let rows = section.rows.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
        write!(text, "{}\n]}}", rows.join(",\n"))?;
    }
    Ok(text + "\n}\n")
}

/// A type with what it says itself in a structure of its own.
fn with_common(known: Value) -> Value {
    let Value::Object(members) = known else { return known };
    let (mut own, mut common) = (Map::new(), Map::new());
    for (name, value) in members {
        if name == NAME || is_structure(&value) {
            own.insert(name, value)
        } else {
            common.insert(name, value)
        };
    }
    own.insert(COMMON.into(), common.into());
    own.into()
}

fn is_structure(value: &Value) -> bool {
    value.is_object() || value.as_array().is_some_and(|items| items.iter().any(Value::is_object))
}

fn below(section: &str, member: &str) -> String {
    if section == TYPES { member.to_owned() } else { format!("{section}.{member}") }
}

impl Sections {
    fn learn(&mut self, name: &str, structure: &Value) {
        for (member, value) in structure.as_object().into_iter().flatten() {
            self.0.entry(name.to_owned()).or_default().members.insert(member.clone());
            match value {
                Value::Array(items) if is_structure(value) => items.iter().for_each(|item| self.learn(&below(name, member), item)),
                Value::Object(_) => self.learn(&below(name, member), value),
                _ => {}
            }
        }
    }

    /// The number of the row of a structure.
    fn number(&mut self, name: &str, structure: &Value) -> Result<usize, Box<dyn Error>> {
        let members = self.0.get(name).map(|section| section.members.clone()).ok_or("an empty structure")?;
        let mut row = Vec::new();
        for member in &members {
            row.push(match structure.get(member) {
                Some(Value::Null) => return Err(format!("{name}.{member} is null").into()),
                Some(value) if value.is_array() && is_structure(value) => {
                    let items = value.as_array().into_iter().flatten();
                    items
                        .map(|item| Ok(self.number(&below(name, member), item)?.into()))
                        .collect::<Result<Vec<Value>, Box<dyn Error>>>()?
                        .into()
                }
                Some(value) if value.is_object() => self.number(&below(name, member), value)?.into(),
                Some(value) => value.clone(),
                None => Value::Null,
            });
        }
        let key = serde_json::to_string(&row)?;
        let section = self.0.entry(name.to_owned()).or_default();
        Ok(*section.numbers.entry(key).or_insert_with(|| {
            section.rows.push(row);
            section.rows.len() - 1
        }))
    }
}
