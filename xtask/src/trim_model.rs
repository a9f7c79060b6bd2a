//! `cargo xtask trim-model`: botocore's EC2 model cut down to the operations enid serves, and to what the wire needs.
//!
//! Kept: names, types, wire names and required members. Left out: every description, enumerations and patterns.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::served::Served;
use crate::service_model::{ServiceModel, ShapeRef};
use crate::{Outcome, constant_reads, root};

pub fn run(source: &Path, origin: &str) -> Outcome {
    let models = root().join("models");
    let model: ServiceModel = serde_json::from_slice(&fs::read(source)?)?;
    let served = Served::read()?;
    let wanted: BTreeSet<&str> = served.full().collect();

    let mut all: Vec<&str> = model.operations.0.iter().map(|(name, _)| name.as_str()).collect();
    all.sort_unstable();
    fs::write(models.join("all-operations.txt"), all.join("\n") + "\n")?;
    fs::write(models.join("ec2.json"), trimmed(&model, &wanted, origin)?)?;
    constant_reads::trim(&model, &served)
}

/// One line per member, so that a later botocore shows as a readable diff.
fn trimmed(model: &ServiceModel, wanted: &BTreeSet<&str>, origin: &str) -> Result<String, String> {
    let mut operations = Vec::new();
    let mut reached = BTreeSet::new();
    for &name in wanted {
        let operation = model.operations.get(name).ok_or_else(|| format!("no operation {name}"))?;
        let mut parts = Vec::new();
        for (side, shape) in [("input", &operation.input), ("output", &operation.output)] {
            if let Some(shape) = shape {
                parts.push(format!("{}: {{\"shape\": {}}}", quoted(side), quoted(&shape.shape)));
                reach(model, &shape.shape, &mut reached)?;
            }
        }
        operations.push(format!("    {}: {{{}}}", quoted(name), parts.join(", ")));
    }

    let mut shapes = Vec::new();
    for (name, shape) in model.shapes.0.iter().filter(|(name, _)| reached.contains(name.as_str())) {
        let mut text = format!("    {}: {{\"type\": {}", quoted(name), quoted(&shape.kind));
        if let Some(member) = &shape.member {
            write!(text, ", \"member\": {}", reference(member)).map_err(|e| e.to_string())?;
        }
        if !shape.required.is_empty() {
            let required: Vec<String> = shape.required.iter().map(|name| quoted(name)).collect();
            write!(text, ", \"required\": [{}]", required.join(", ")).map_err(|e| e.to_string())?;
        }
        if shape.kind == "structure" {
            let members: Vec<String> =
                shape.members.0.iter().map(|(name, member)| format!("\n      {}: {}", quoted(name), reference(member))).collect();
            write!(text, ", \"members\": {{{}\n    }}", members.join(",")).map_err(|e| e.to_string())?;
        }
        shapes.push(text + "}");
    }
    Ok(format!(
        "{{\n  \"origin\": {},\n  \"operations\": {{\n{}\n  }},\n  \"shapes\": {{\n{}\n  }}\n}}\n",
        quoted(origin),
        operations.join(",\n"),
        shapes.join(",\n"),
    ))
}

fn reach<'a>(model: &'a ServiceModel, name: &'a str, reached: &mut BTreeSet<&'a str>) -> Result<(), String> {
    if !reached.insert(name) {
        return Ok(());
    }
    let shape = model.shapes.get(name).ok_or_else(|| format!("no shape {name}"))?;
    shape.references().try_for_each(|next| reach(model, next, reached))
}

fn reference(member: &ShapeRef) -> String {
    let mut text = format!("{{\"shape\": {}", quoted(&member.shape));
    for (key, value) in [("locationName", &member.location_name), ("queryName", &member.query_name)] {
        if let Some(value) = value {
            text += &format!(", {}: {}", quoted(key), quoted(value));
        }
    }
    text + "}"
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
