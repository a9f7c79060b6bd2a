//! `cargo xtask coverage <folder>`: EC2's model against what is served, read, answered and tested.
//!
//! The folder holds what tests recorded: `api.txt` by the tests with boto3, `walk.txt` by the random walk. What falls short
//! is in `models/exceptions.toml` with its reason; an exception that is no longer needed is a fault too, so that the list
//! only shrinks.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::codegen::field_name;
use crate::served::Served;
use crate::service_model::{ServiceModel, Shape};
use crate::{Outcome, root};

/// Members that are dealt with once for all operations.
const DEALT_WITH: [&str; 2] = ["DryRun", "ClientToken"];

/// Names by the reason why they fall short. `Structure.*` is every member of a structure.
type Reasons = BTreeMap<String, Vec<String>>;

/// `models/exceptions.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    /// Operations of the model that are not served.
    unserved: Reasons,
    /// Operations that no test with boto3 got accepted.
    untested: Reasons,
    /// Members of requests that no operation looks at.
    unread: Reasons,
    /// Members of answers that no test saw filled.
    unfilled: Reasons,
}

/// Compares everything and tells all that differs; `shrink` takes out the exceptions that are no longer needed.
pub fn run(recorded: &Path, shrink: bool) -> Outcome {
    let models = root().join("models");
    let model: ServiceModel = serde_json::from_slice(&fs::read(models.join("ec2.json"))?)?;
    let path = models.join("exceptions.toml");
    let text = fs::read_to_string(&path)?;
    let exceptions: Exceptions = toml::from_str(&text)?;
    let sources = sources(&root().join("crates/ops/src"))?;
    let seen = Seen::read(recorded)?;

    let operations: BTreeSet<String> = model.operations.0.iter().map(|(name, _)| name.clone()).collect();
    let constant: BTreeSet<String> = Served::read()?.constant().map(str::to_owned).collect();
    let served: BTreeSet<String> = operations.iter().filter(|name| is_served(&sources, name)).cloned().collect();
    let unserved: BTreeSet<String> = operations.difference(&served).cloned().collect();
    let untested: BTreeSet<String> = served.union(&constant).filter(|name| !seen.operations.contains(*name)).cloned().collect();
    let requests =
        structures(&model, model.operations.0.iter().filter_map(|(_, operation)| operation.input.as_ref()).map(|input| &*input.shape));
    let answers =
        structures(&model, model.operations.0.iter().filter_map(|(_, operation)| operation.output.as_ref()).map(|output| &*output.shape));
    let unread = requests.iter().flat_map(|(name, shape)| unread_members(&sources, name, shape)).collect();
    let unfilled = answers.iter().flat_map(|(name, shape)| seen.unfilled_members(name, shape)).collect();

    let mut faults = Vec::new();
    let mut unneeded = Vec::new();
    for (how, short, exceptions) in [
        ("is not served", &unserved, &exceptions.unserved),
        ("is accepted in no test of tests/api", &untested, &exceptions.untested),
        ("is a member that no operation reads", &unread, &exceptions.unread),
        ("is a member that no test saw filled", &unfilled, &exceptions.unfilled),
    ] {
        let differences = compare(short, exceptions);
        faults.extend(differences.unexcepted.iter().map(|name| format!("{name} {how}, and models/exceptions.toml does not say why")));
        unneeded.extend(differences.unneeded);
    }
    if shrink {
        fs::write(&path, without(&text, &unneeded))?;
    } else {
        let fault = |name: &String| format!("models/exceptions.toml: {name} is no exception any more: `cargo xtask coverage … --shrink`");
        faults.extend(unneeded.iter().map(fault));
    }
    println!(
        "{} operations, {} served, {} tested; {} members of requests not read, {} of answers not seen filled",
        operations.len() + constant.len(),
        served.len() + constant.len(),
        served.len() + constant.len() - untested.len(),
        unread.len(),
        unfilled.len(),
    );
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// How exceptions and what falls short differ.
struct Differences {
    unexcepted: Vec<String>,
    unneeded: Vec<String>,
}

/// What falls short must be excepted, and nothing else.
fn compare(short: &BTreeSet<String>, exceptions: &Reasons) -> Differences {
    let excepted: BTreeSet<&str> = exceptions.values().flatten().map(String::as_str).collect();
    let whole = |name: &str| name.split_once('.').map(|(structure, _)| format!("{structure}.*"));
    let is_excepted = |name: &str| excepted.contains(name) || whole(name).is_some_and(|whole| excepted.contains(whole.as_str()));
    let is_needed = |name: &str| match name.strip_suffix(".*") {
        Some(structure) => short.iter().any(|short| short.split_once('.').is_some_and(|(of, _)| of == structure)),
        None => short.contains(name),
    };
    Differences {
        unexcepted: short.iter().filter(|name| !is_excepted(name)).cloned().collect(),
        unneeded: excepted.iter().filter(|name| !is_needed(name)).map(ToString::to_string).collect(),
    }
}

/// The list without these names, and without reasons that nothing is left of. It has a name per line.
fn without(text: &str, names: &[String]) -> String {
    let is_gone = |line: &str| names.iter().any(|name| line.trim() == format!("\"{name}\","));
    let kept: Vec<&str> = text.lines().filter(|line| !is_gone(line)).collect();
    let is_empty = |index: usize| kept[index].ends_with("= [") && kept.get(index + 1).is_some_and(|next| next.trim() == "]");
    let lines = (0..kept.len()).filter(|&index| !(is_empty(index) || index > 0 && is_empty(index - 1)));
    lines.map(|index| format!("{}\n", kept[index])).collect()
}

/// What tests recorded.
#[derive(Default)]
struct Seen {
    operations: BTreeSet<String>,
    filled: BTreeSet<(String, String)>,
}

impl Seen {
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut seen = Self::default();
        for name in ["api.txt", "walk.txt"] {
            let path = folder.join(name);
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}; `make test` records it", path.display()))?;
            for line in text.lines() {
                match line.split(' ').collect::<Vec<_>>().as_slice() {
                    ["operation", name] => _ = seen.operations.insert((*name).to_owned()),
                    ["filled", structure, element] => _ = seen.filled.insert(((*structure).to_owned(), (*element).to_owned())),
                    _ => return Err(format!("{}: {line}", path.display()).into()),
                }
            }
        }
        Ok(seen)
    }

    fn unfilled_members(&self, name: &str, shape: &Shape) -> Vec<String> {
        let members = shape.members.0.iter().map(|(member, reference)| (member, reference.location_name.as_ref().unwrap_or(member)));
        let unfilled = members.filter(|(_, element)| !self.filled.contains(&(name.to_owned(), (*element).clone())));
        unfilled.map(|(member, _)| format!("{name}.{member}")).collect()
    }
}

/// The structures that these shapes lead to.
fn structures<'a>(model: &'a ServiceModel, from: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, &'a Shape> {
    let mut found = BTreeMap::new();
    let mut visited = BTreeSet::new();
    let mut waiting: Vec<&str> = from.collect();
    while let Some(name) = waiting.pop() {
        let Some(shape) = model.shapes.get(name).filter(|_| visited.insert(name)) else { continue };
        waiting.extend(shape.references());
        if shape.kind == "structure" {
            found.insert(name, shape);
        }
    }
    found
}

/// The text of every file of operations.
fn sources(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { texts.extend(sources(&path)?) } else { texts.push(fs::read_to_string(&path)?) }
    }
    Ok(texts)
}

fn is_served(sources: &[String], operation: &str) -> bool {
    let mut lines = sources.iter().flat_map(|source| source.lines());
    lines.any(|line| line.trim().split_once(" => ").is_some_and(|(left, _)| left.split(' ').nth(1) == Some(operation)))
}

/// The members of a request's structure that no operation looks at. Operations take their input apart without `..`, so
/// the compiler sees to it that each member is named; what is bound to `_` is not read, unless it was before.
fn unread_members(sources: &[String], name: &str, shape: &Shape) -> Vec<String> {
    let mut read: BTreeSet<&str> = BTreeSet::new();
    let fields: Vec<String> = shape.members.0.iter().map(|(member, _)| field_name(member)).collect();
    for source in sources.iter().filter(|source| source.contains(name)) {
        let before = read.len();
        read.extend(patterns(source, name).flat_map(bindings));
        // A structure that is not taken apart here may be read member by member.
        let by_name = if read.len() == before { "." } else { "input." };
        read.extend(fields.iter().filter(|field| source.contains(&format!("{by_name}{field}"))).map(String::as_str));
    }
    let members = shape.members.0.iter().map(|(member, _)| member).filter(|member| !DEALT_WITH.contains(&member.as_str()));
    members.filter(|member| !read.contains(field_name(member).as_str())).map(|member| format!("{name}.{member}")).collect()
}

/// What stands between the braces wherever a structure is taken apart (or put together, which only tests do with requests).
fn patterns<'a>(sources: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let opening = format!("{name} {{");
    let starts: Vec<usize> = sources.match_indices(&opening).map(|(at, _)| at).collect();
    starts.into_iter().filter_map(move |at| {
        let is_whole_name = !sources[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let inside = &sources[at + opening.len()..];
        let mut depth = 1;
        let end = inside.find(|letter| {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
            depth == 0
        })?;
        is_whole_name.then_some(&inside[..end])
    })
}

/// The fields of a pattern that are bound to something.
fn bindings(pattern: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let fields = pattern.split(move |letter| {
        depth += i32::from("({[".contains(letter)) - i32::from(")}]".contains(letter));
        letter == ',' && depth == 0
    });
    fields.filter_map(|field| match field.split_once(':') {
        Some((_, bound)) if bound.trim() == "_" => None,
        Some((name, _)) => Some(name.trim()),
        None => Some(field.trim().trim_start_matches("mut ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_read_where_it_is_bound() {
        let sources = "let MyRequest {\n a, b: _, c: Some(One { d: _, .. }), mut r#type } = input;\nlet NotMyRequest { b } = other;";
        let bound: Vec<&str> = patterns(sources, "MyRequest").flat_map(bindings).collect();
        assert_eq!(bound, ["a", "c", "r#type"]);
    }

    #[test]
    fn an_exception_that_is_not_needed_is_a_fault_as_one_that_lacks() {
        let short = BTreeSet::from(["One.a".to_owned(), "Two.b".to_owned(), "Two.c".to_owned()]);
        let names = |names: &[&str]| BTreeMap::from([("why".to_owned(), names.iter().map(ToString::to_string).collect())]);
        let faults = |exceptions: &[&str]| {
            let differences = compare(&short, &names(exceptions));
            differences.unexcepted.len() + differences.unneeded.len()
        };
        assert_eq!(faults(&["One.a", "Two.*"]), 0);
        assert_eq!(faults(&["Two.*"]), 1);
        assert_eq!(faults(&["One.a", "Two.*", "One.b", "Three.*"]), 2);
    }

    #[test]
    fn shrinking_takes_out_names_and_reasons_that_are_left_empty() {
        let list = "[a]\n\"why\" = [\n    \"One.a\",\n    \"One.b\",\n]\n\"because\" = [\n    \"Two.*\",\n]\n[b]\n";
        let shrunk = without(list, &["One.b".into(), "Two.*".into()]);
        assert_eq!(shrunk, "[a]\n\"why\" = [\n    \"One.a\",\n]\n[b]\n");
    }
}
