//! `cargo xtask codegen`: the Rust shapes of `ec2-api` from `models/`.
//!
//! What is written are calls of the macros in `ec2-api/src/shape.rs`, a line per member; what a line means is decided
//! there. Names: structures as in botocore, fields in snake case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::served::Served;
use crate::service_model::{ServiceModel, Shape, ShapeRef};
use crate::{Outcome, constant_reads, root};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Write,
    Check,
}

pub fn run(mode: Mode) -> Outcome {
    let models = root().join("models");
    let generator = Generator {
        model: serde_json::from_slice(&fs::read(models.join("ec2.json"))?)?,
        absent_when_empty: toml::from_str(&fs::read_to_string(models.join("absent-when-empty.toml"))?)?,
        empty_by_operation: toml::from_str(&fs::read_to_string(models.join("empty-by-operation.toml"))?)?,
        milliseconds: toml::from_str(&fs::read_to_string(models.join("milliseconds.toml"))?)?,
        order: toml::from_str(&fs::read_to_string(models.join("order.toml"))?)?,
        unsupported: toml::from_str(&fs::read_to_string(models.join("unsupported.toml"))?)?,
    };
    let all_operations = fs::read_to_string(models.join("all-operations.txt"))?;
    let folder = root().join("crates/ec2-api/src/generated");
    for (name, text) in generator.files(&all_operations)? {
        bring_up_to_date(&folder.join(name), &text, mode)?;
    }
    let served = Served::read()?;
    bring_up_to_date(&folder.join("constant_reads.rs"), &constant_reads::generate(&models, &served)?, mode)?;
    let page = served.page(all_operations.split_whitespace().count());
    bring_up_to_date(&root().join("docs/operations.md"), &page, mode)
}

fn bring_up_to_date(path: &Path, text: &str, mode: Mode) -> Outcome {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    match mode {
        Mode::Write => Ok(fs::write(path, text)?),
        Mode::Check => Err(format!("{} is not what models/ says; run `cargo xtask codegen`", path.display()).into()),
    }
}

/// The structure that `instance-types.json` in `model` says the values of.
const FACTS: &str = "InstanceTypeInfo";

/// In `absent-when-empty.toml`, instead of naming each.
const EVERY_LIST: &str = "*";
/// Members that EC2 misses in other words than "The request must contain the parameter …": their operations do so themselves.
const MISSED_IN_OWN_WORDS: &[(&str, &str)] = &[("TerminateInstancesRequest", "InstanceIds")];

struct Generator {
    model: ServiceModel,
    /// Structure → its list members that are left out when empty.
    absent_when_empty: BTreeMap<String, BTreeSet<String>>,
    /// Structure → its list members that some operations leave out when empty, and others show.
    empty_by_operation: BTreeMap<String, BTreeSet<String>>,
    /// Structure → its times that have milliseconds.
    milliseconds: BTreeMap<String, BTreeSet<String>>,
    /// Structure → the members that EC2 writes first, in that order.
    order: BTreeMap<String, Vec<String>>,
    /// Operation → wire path → reason.
    unsupported: BTreeMap<String, BTreeMap<String, String>>,
}

/// The names of the structures a request or an answer can hold.
#[derive(Default)]
struct Reached<'a> {
    in_requests: BTreeSet<&'a str>,
    in_answers: BTreeSet<&'a str>,
}

/// What is EC2's habit with a member of an answer.
#[derive(Clone, Copy)]
struct Habit {
    absent_when_empty: bool,
    by_operation: bool,
    milliseconds: bool,
}

impl Generator {
    fn files(&self, all_operations: &str) -> Result<[(&'static str, String); 5], String> {
        let mut reached = Reached::default();
        for (_, operation) in &self.model.operations.0 {
            if let Some(input) = &operation.input {
                self.reach(&input.shape, &mut reached.in_requests)?;
            }
            if let Some(output) = &operation.output {
                self.reach(&output.shape, &mut reached.in_answers)?;
            }
        }
        Self::check_named("absent-when-empty.toml", &self.absent_when_empty, |structure, member| {
            self.is_answered(&reached, structure, member, "list")
        })?;
        Self::check_named("empty-by-operation.toml", &self.empty_by_operation, |structure, member| {
            self.is_answered(&reached, structure, member, "list") && !reached.in_requests.contains(structure)
        })?;
        Self::check_named("milliseconds.toml", &self.milliseconds, |structure, member| {
            self.is_answered(&reached, structure, member, "timestamp")
        })?;
        self.check_order(&reached.in_answers)?;
        let mut facts_reached = BTreeSet::new();
        self.reach(FACTS, &mut facts_reached)?;

        let mut shared = Self::head("Structures that both requests and answers hold.", "shared_shapes", "");
        let mut inputs = Self::head(
            "Structures that only requests hold.",
            "input_shapes",
            "use super::shared::*;
",
        );
        let mut outputs = Self::head(
            "Structures that only answers hold.",
            "output_shapes",
            "use super::facts::*;
use super::shared::*;
",
        );
        let mut facts = Self::head("Structures of answers that are read from a file of facts.", "fact_shapes", "");
        for (name, shape) in &self.model.shapes.0 {
            if shape.kind != "structure" {
                continue;
            }
            let asked = reached.in_requests.contains(name.as_str());
            let answered = reached.in_answers.contains(name.as_str());
            let file = match (asked, answered) {
                (true, true) => &mut shared,
                (true, false) => &mut inputs,
                (false, true) if facts_reached.contains(name.as_str()) => &mut facts,
                (false, true) => &mut outputs,
                (false, false) => return Err(format!("{name} is not reached by any operation")),
            };
            self.structure(file, name, shape, asked, answered)?;
        }
        for file in [&mut shared, &mut inputs, &mut outputs, &mut facts] {
            file.push_str("}\n");
        }
        Ok([
            ("shared.rs", shared),
            ("inputs.rs", inputs),
            ("outputs.rs", outputs),
            ("facts.rs", facts),
            ("operations.rs", self.operations(all_operations)?),
        ])
    }

    fn head(about: &str, shapes_macro: &str, uses: &str) -> String {
        format!("//! {about} Written by `cargo xtask codegen`; do not edit.\n\n{uses}use crate::shape::prelude::*;\n\n{shapes_macro}! {{\n")
    }

    fn shape(&self, name: &str) -> Result<&Shape, String> {
        self.model.shapes.get(name).ok_or_else(|| format!("no shape {name}"))
    }

    fn reach<'a>(&'a self, name: &'a str, reached: &mut BTreeSet<&'a str>) -> Result<(), String> {
        if !reached.insert(name) {
            return Ok(());
        }
        self.shape(name)?.references().try_for_each(|next| self.reach(next, reached))
    }

    /// A stale exception would silently do nothing.
    fn check_named(file: &str, named: &BTreeMap<String, BTreeSet<String>>, is_known: impl Fn(&str, &str) -> bool) -> Result<(), String> {
        let mut members = named.iter().flat_map(|(structure, members)| members.iter().map(move |member| (structure, member)));
        match members.find(|(structure, member)| !is_known(structure, member)) {
            None => Ok(()),
            Some((structure, member)) => Err(format!("{file}: {structure}.{member} is no such member of an answer")),
        }
    }

    /// Whether answers have this structure, with a member of this name and kind.
    fn is_answered(&self, reached: &Reached<'_>, structure: &str, member: &str, kind: &str) -> bool {
        let is_kind = |shape: &ShapeRef| self.shape(&shape.shape).is_ok_and(|target| target.kind == kind);
        let Ok(shape) = self.shape(structure) else { return false };
        let mut named = shape.members.0.iter().filter(|(name, _)| member == name || member == EVERY_LIST);
        reached.in_answers.contains(structure) && named.any(|(_, shape)| is_kind(shape))
    }

    /// Neither would a stale order do anything.
    fn check_order(&self, answered: &BTreeSet<&str>) -> Result<(), String> {
        for (name, members) in &self.order {
            let shape = self.shape(name)?;
            if !answered.contains(name.as_str()) {
                return Err(format!("order.toml: {name} is in no answer"));
            }
            if let Some(unknown) = members.iter().find(|member| shape.members.get(member).is_none()) {
                return Err(format!("order.toml: {name} has no member {unknown}"));
            }
        }
        Ok(())
    }

    fn structure(&self, file: &mut String, name: &str, shape: &Shape, asked: bool, answered: bool) -> Result<(), String> {
        let mut text = format!("{name} {{\n");
        let first = self.order.get(name).map_or(&[][..], Vec::as_slice);
        let place = |member: &str| first.iter().position(|first| first == member).unwrap_or(first.len());
        let mut members: Vec<_> = shape.members.0.iter().collect();
        members.sort_by_key(|(member_name, _)| place(member_name));
        for (member_name, member) in members {
            let target = self.shape(&member.shape)?;
            let named = |table: &BTreeMap<String, BTreeSet<String>>| {
                table.get(name).is_some_and(|members| members.contains(member_name) || members.contains(EVERY_LIST))
            };
            let by_operation = named(&self.empty_by_operation);
            let mut rust_type = self.rust_type(target, &member.shape)?;
            if by_operation {
                rust_type = format!("Option<{rust_type}>");
            }
            write!(text, "    {}: {rust_type} =", field_name(member_name)).map_err(|e| e.to_string())?;
            if asked {
                let required = shape.required.contains(member_name) && !MISSED_IN_OWN_WORDS.contains(&(name, member_name.as_str()));
                let need = if required { "required" } else { "optional" };
                write!(text, " {need} {:?}", query_name(member_name, member)).map_err(|e| e.to_string())?;
            }
            if answered {
                let habit =
                    Habit { absent_when_empty: named(&self.absent_when_empty), by_operation, milliseconds: named(&self.milliseconds) };
                write!(text, " {}", Self::answer(member_name, member, target, habit)).map_err(|e| e.to_string())?;
            }
            text.push_str(";\n");
        }
        text.push_str("}\n");
        file.push_str(&text);
        Ok(())
    }

    fn rust_type(&self, shape: &Shape, name: &str) -> Result<String, String> {
        Ok(match (&shape.member, shape.kind.as_str()) {
            (Some(member), _) => format!("Vec<{}>", self.item_type(&member.shape)?),
            (None, _) => format!("Option<{}>", self.item_type(name)?),
        })
    }

    fn item_type(&self, name: &str) -> Result<String, String> {
        Ok(match self.shape(name)?.kind.as_str() {
            "structure" => name,
            "string" => "String",
            "boolean" => "bool",
            "integer" => "i32",
            "long" => "i64",
            "float" | "double" => "f64",
            "timestamp" => "Timestamp",
            "blob" => "Blob",
            other => return Err(format!("{name}: type {other} has no Rust type here")),
        }
        .to_owned())
    }

    /// How an answer writes a member: the verb of `xml::Writer`, its element and, for unusual lists, that of its items.
    fn answer(name: &str, member: &ShapeRef, target: &Shape, habit: Habit) -> String {
        let element = member.location_name.as_deref().unwrap_or(name);
        let Some(item) = &target.member else {
            let verb = if target.kind == "timestamp" && !habit.milliseconds { "seconds" } else { "one" };
            return format!("{verb} {element:?}");
        };
        let verb = match habit {
            Habit { by_operation: true, .. } => "list_if_told",
            Habit { absent_when_empty: true, .. } => "list_or_absent",
            _ => "list",
        };
        match item.location_name.as_deref().unwrap_or("item") {
            "item" => format!("{verb} {element:?}"),
            item => format!("{verb} {element:?} of {item:?}"),
        }
    }

    fn operations(&self, all_operations: &str) -> Result<String, String> {
        let mut text = "//! The operations and their types. Written by `cargo xtask codegen`; do not edit.\n\n\
             use crate::shape::prelude::*;\nuse crate::shapes::*;\n\noperations! {\n"
            .to_owned();
        for (name, operation) in &self.model.operations.0 {
            let input = operation.input.as_ref().ok_or_else(|| format!("{name} has no input"))?;
            let output = operation.output.as_ref().map_or("ReturnTrue", |output| &output.shape);
            write!(text, "{name}({}) -> {output}", input.shape).map_err(|e| e.to_string())?;
            if let Some(parameters) = self.unsupported.get(name) {
                text.push_str(" refuses {\n");
                for (path, reason) in parameters {
                    if !self.has_parameter(&input.shape, path)? {
                        return Err(format!("unsupported.toml: {name} has no parameter {path}"));
                    }
                    writeln!(text, "    {path:?} = {reason:?};").map_err(|e| e.to_string())?;
                }
                text.push('}');
            }
            text.push_str(";\n");
        }
        if let Some(name) = self.unsupported.keys().find(|name| self.model.operations.get(name).is_none()) {
            return Err(format!("unsupported.toml: there is no operation {name}"));
        }
        text.push_str("}\n\n/// Every operation that EC2 has, sorted.\npub const EVERY_OPERATION_OF_EC2: &[&str] = &[\n");
        for name in all_operations.split_whitespace() {
            writeln!(text, "    {name:?},").map_err(|e| e.to_string())?;
        }
        text.push_str("];\n");
        Ok(text)
    }

    /// Whether a wire path such as `NetworkInterface.N.Groups` leads somewhere.
    fn has_parameter(&self, shape: &str, path: &str) -> Result<bool, String> {
        let mut at = self.shape(shape)?;
        for segment in path.split('.') {
            let next = match &at.member {
                Some(item) if segment == "N" => Some(item),
                Some(_) => None,
                None => at.members.0.iter().find_map(|(name, member)| (query_name(name, member) == segment).then_some(member)),
            };
            let Some(next) = next else { return Ok(false) };
            at = self.shape(&next.shape)?;
        }
        Ok(true)
    }
}

/// The EC2 Query protocol's rule: `queryName` as it stands, else `locationName` capitalised, else the member's name
/// capitalised.
pub fn query_name(name: &str, member: &ShapeRef) -> String {
    if let Some(name) = &member.query_name {
        return name.clone();
    }
    let name = member.location_name.as_deref().unwrap_or(name);
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// `VpcId` → `vpc_id`, `VCpuInfo` → `v_cpu_info`, `Ipv6CidrBlock` → `ipv6_cidr_block`, `Type` → `r#type`.
pub fn field_name(member: &str) -> String {
    let letters: Vec<char> = member.chars().collect();
    let mut name = String::new();
    for (i, letter) in letters.iter().enumerate() {
        if letter.is_ascii_uppercase() && i > 0 {
            let after_lower = !letters[i - 1].is_ascii_uppercase();
            let before_lower = letters.get(i + 1).is_some_and(|next| next.is_ascii_lowercase());
            if after_lower || before_lower {
                name.push('_');
            }
        }
        name.push(letter.to_ascii_lowercase());
    }
    match name.as_str() {
        "type" | "return" | "as" | "in" | "ref" | "static" | "use" | "where" | "async" | "move" | "enum" => format!("r#{name}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_names_are_the_snake_case_people_expect() {
        for (member, field) in [
            ("VpcId", "vpc_id"),
            ("VCpuInfo", "v_cpu_info"),
            ("Ipv6CidrBlock", "ipv6_cidr_block"),
            ("SSEType", "sse_type"),
            ("Type", "r#type"),
        ] {
            assert_eq!(field_name(member), field);
        }
    }

    #[test]
    fn generated_code_is_up_to_date() {
        run(Mode::Check).unwrap_or_else(|error| panic!("{error}"));
    }
}
