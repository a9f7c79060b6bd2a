//! `enid status`: instances, interfaces, gateways and VPCs as tables, or one of them in full.

use std::io::{self, IsTerminal as _};
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::find::{Candidate, only};
use super::table::{Cell, Colour, Table};
use super::{DataFolder, print};
use crate::control;
use crate::folder::Folder;
use crate::status::{AddressReport, GatewayReport, InstanceReport, InterfaceReport, Report, VpcReport};
use machine::terminal;

/// Names of filters: EC2's, and shorter ones.
const FILTERS: &str = "id, name, state, type, zone, vpc, subnet, private, public, account, region, tag:KEY; or as EC2 calls them: \
                       instance-id, instance-state-name, instance-type, availability-zone, vpc-id, subnet-id, private-ip-address, \
                       ip-address, owner-id";

/// Show instances, interfaces, gateways and addresses, and what is wrong with them.
#[derive(Args)]
pub struct Status {
    #[command(flatten)]
    data: DataFolder,
    /// Only this one, in full: an instance, interface, gateway or VPC by id, the beginning of its id, or its Name tag
    #[arg(value_name = "ID|NAME", conflicts_with = "filter")]
    one: Option<String>,
    /// Only those whose NAME has one of these values, with * and ? as EC2 has them; repeated, all must hold
    #[arg(long, short, value_name = "NAME=VALUE[,VALUE]")]
    filter: Vec<Filter>,
    /// Draw it anew every so many seconds, until Ctrl-C
    #[arg(long, short, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "2", value_parser = clap::value_parser!(u32).range(1..=3600), conflicts_with = "json")]
    watch: Option<u32>,
    /// Count what is programmed in the kernel, too
    #[arg(long)]
    kernel: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One of a filter's values must match.
#[derive(Debug, Clone)]
struct Filter {
    name: String,
    values: Vec<String>,
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, values) = text.split_once('=').ok_or_else(|| format!("'{text}' is not NAME=VALUE"))?;
        let name = match name {
            "id" | "instance-id" => "id",
            "name" => "tag:Name",
            "state" | "instance-state-name" => "state",
            "type" | "instance-type" => "type",
            "zone" | "availability-zone" => "zone",
            "vpc" | "vpc-id" => "vpc",
            "subnet" | "subnet-id" => "subnet",
            "private" | "private-ip-address" => "private",
            "public" | "ip-address" => "public",
            "account" | "owner-id" => "account",
            "region" => "region",
            tag if tag.strip_prefix("tag:").is_some_and(|key| !key.is_empty()) => tag,
            other => return Err(format!("there is no filter '{other}'; there are {FILTERS}")),
        };
        Ok(Self { name: name.into(), values: values.split(',').map(Into::into).collect() })
    }
}

impl Filter {
    fn accepts(&self, row: &impl Row) -> bool {
        let has = row.values(&self.name);
        self.values.iter().any(|pattern| has.iter().any(|value| matches(pattern, value)))
    }
}

/// Whether a value is what a pattern says, in which `*` stands for any letters and `?` for one.
fn matches(pattern: &str, value: &str) -> bool {
    let (pattern, value): (Vec<char>, Vec<char>) = (pattern.chars().collect(), value.chars().collect());
    let (mut at, mut to) = (0, 0);
    // Where the last `*` was, and what it stands for so far.
    let mut star: Option<(usize, usize)> = None;
    while to < value.len() {
        match (pattern.get(at), star) {
            (Some('*'), _) => {
                star = Some((at, to));
                at += 1;
            }
            (Some(letter), _) if *letter == '?' || *letter == value[to] => {
                at += 1;
                to += 1;
            }
            (_, Some((place, taken))) => {
                star = Some((place, taken + 1));
                at = place + 1;
                to = taken + 1;
            }
            _ => return false,
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

/// What filters ask of a row.
trait Row {
    /// Its values of a filter's name; none where it has no such thing.
    fn values(&self, name: &str) -> Vec<&str>;
}

/// The values that every kind of row has.
fn common<'a>(name: &str, id: &'a str, realm: &'a str, tags: &'a std::collections::BTreeMap<String, String>) -> Vec<&'a str> {
    let (account, region) = realm.split_once('/').unwrap_or((realm, ""));
    match name {
        "id" => vec![id],
        "account" => vec![account],
        "region" => vec![region],
        name => name.strip_prefix("tag:").and_then(|key| tags.get(key)).map(String::as_str).into_iter().collect(),
    }
}

fn addresses<'a>(name: &str, addresses: impl Iterator<Item = &'a AddressReport>) -> Vec<&'a str> {
    match name {
        "public" => addresses.filter_map(|address| address.public.as_deref()).collect(),
        _ => addresses.map(|address| address.address.as_str()).collect(),
    }
}

impl Row for InstanceReport {
    fn values(&self, name: &str) -> Vec<&str> {
        match name {
            "state" => vec![&self.state],
            "type" => vec![&self.instance_type],
            "zone" => vec![&self.zone],
            "vpc" => self.interfaces.iter().map(|interface| interface.vpc.as_str()).chain([self.vpc.as_str()]).collect(),
            "subnet" => self.interfaces.iter().map(|interface| interface.subnet.as_str()).chain([self.subnet.as_str()]).collect(),
            "private" | "public" => addresses(name, self.interfaces.iter().flat_map(|interface| &interface.addresses)),
            _ => common(name, &self.id, &self.realm, &self.tags),
        }
    }
}

impl Row for InterfaceReport {
    fn values(&self, name: &str) -> Vec<&str> {
        match name {
            "zone" => self.zone.as_deref().into_iter().collect(),
            "vpc" => vec![&self.vpc],
            "subnet" => vec![&self.subnet],
            "private" | "public" => addresses(name, self.addresses.iter()),
            _ => common(name, &self.id, &self.realm, &self.tags),
        }
    }
}

impl Row for GatewayReport {
    fn values(&self, name: &str) -> Vec<&str> {
        match name {
            "state" => vec![&self.state],
            "type" => vec![&self.kind],
            "zone" => self.zone.as_deref().into_iter().collect(),
            "vpc" => self.vpc.as_deref().into_iter().collect(),
            "subnet" => self.subnet.as_deref().into_iter().collect(),
            "private" | "public" => addresses(name, self.addresses.iter()),
            _ => common(name, &self.id, &self.realm, &self.tags),
        }
    }
}

impl Row for VpcReport {
    fn values(&self, name: &str) -> Vec<&str> {
        match name {
            "vpc" => vec![&self.id],
            _ => common(name, &self.id, &self.realm, &self.tags),
        }
    }
}

impl Status {
    /// Asks the server and prints what it says.
    ///
    /// # Errors
    /// When no server answers, or what is asked for is not there.
    pub fn run(&self) -> Result<(), String> {
        let folder = self.data.folder();
        let Some(seconds) = self.watch else { return print(&self.text(&folder)?) };
        if !io::stdout().is_terminal() {
            return Err("--watch draws on a terminal, and standard output is none; leave it out, or use --json in a loop".into());
        }
        print("\x1b[2J")?;
        loop {
            // A server that is started anew is seen again.
            let text = self.text(&folder).unwrap_or_else(|error| format!("{error}\n"));
            print(&screen(&text, terminal::height()))?;
            thread::sleep(Duration::from_secs(seconds.into()));
        }
    }

    fn text(&self, folder: &Folder) -> Result<String, String> {
        let answer = control::ask(&folder.control(), "status")?;
        let mut report: Report = serde_json::from_value(answer).map_err(|error| format!("the server is of another version: {error}"))?;
        self.sift(&mut report);
        if let Some(meant) = &self.one {
            return one(&report, meant, self.json);
        }
        if self.json {
            return json(&report);
        }
        Ok(tables(&report, !self.filter.is_empty(), self.kernel))
    }

    fn sift(&self, report: &mut Report) {
        for filter in &self.filter {
            report.instances.retain(|row| filter.accepts(row));
            report.detached.retain(|row| filter.accepts(row));
            report.gateways.retain(|row| filter.accepts(row));
            report.vpcs.retain(|row| filter.accepts(row));
        }
        // People look for names.
        report.instances.sort_by(|a, b| (&a.realm, a.name.is_none(), &a.name, &a.id).cmp(&(&b.realm, b.name.is_none(), &b.name, &b.id)));
    }
}

/// A text as it fills a terminal of so many rows from its first one, however long its lines are.
fn screen(text: &str, rows: usize) -> String {
    let shown = rows.saturating_sub(1).max(1);
    let mut lines: Vec<&str> = text.lines().collect();
    let more = lines.len().saturating_sub(shown);
    let last = format!("… and {} more lines", more + 1);
    if more > 0 {
        lines.truncate(shown - 1);
        lines.push(&last);
    }
    let lines: String = lines.iter().map(|line| format!("{line}\x1b[K\n")).collect();
    // Long lines are cut rather than wrapped, and what was below is wiped.
    format!("\x1b[?7l\x1b[H{lines}\x1b[J\x1b[?7h")
}

fn json(value: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_value(value).map(|value: Value| format!("{value:#}\n")).map_err(|error| error.to_string())
}

fn tables(report: &Report, filtered: bool, kernel: bool) -> String {
    let mut parts = vec![top(report, kernel)];
    let several = several_accounts(report);
    let account = |realm: &str| several.then(|| Cell::plain(realm));
    let mut instances = Table::new(&["NAME", "ID", "STATE", "TYPE", "ZONE", "PRIVATE", "PUBLIC", "VPC"], several);
    for row in &report.instances {
        let (private, public) = shown(row.interfaces.iter().flat_map(|interface| &interface.addresses));
        let state = Cell::coloured(&row.state, state_colour(&row.state));
        let cells = [Cell::name(&row.name), Cell::plain(&row.id), state, Cell::plain(&row.instance_type), Cell::plain(&row.zone)];
        instances.row(cells.into_iter().chain([Cell::plain(&private), Cell::plain(&public), Cell::plain(&row.vpc)]), account(&row.realm));
        let of_interfaces =
            row.interfaces.iter().flat_map(|interface| interface.problems.iter().map(move |problem| (Some(interface), problem)));
        for (interface, problem) in row.problems.iter().map(|problem| (None, problem)).chain(of_interfaces) {
            let place = interface.and_then(|interface| interface.device.as_deref()).map(|device| format!("{device}: ")).unwrap_or_default();
            instances.note(&format!("{place}{problem}"));
        }
    }
    let mut detached = Table::new(&["NAME", "INTERFACE", "ZONE", "PRIVATE", "PUBLIC", "SUBNET", "VPC"], several);
    for row in &report.detached {
        let (private, public) = shown(row.addresses.iter());
        let zone = row.zone.as_deref().unwrap_or("-");
        let cells = [&row.id, zone, &private, &public, &row.subnet, &row.vpc].map(Cell::plain);
        detached.row([Cell::name(&row.name)].into_iter().chain(cells), account(&row.realm));
        row.problems.iter().for_each(|problem| detached.note(problem));
    }
    let mut gateways = Table::new(&["NAME", "GATEWAY", "KIND", "STATE", "ZONE", "PRIVATE", "PUBLIC", "VPC"], several);
    for row in &report.gateways {
        let (private, public) = shown(row.addresses.iter());
        let state = Cell::coloured(&row.state, state_colour(&row.state));
        let cells =
            [Cell::name(&row.name), Cell::plain(&row.id), Cell::plain(&row.kind), state, Cell::plain(row.zone.as_deref().unwrap_or("-"))];
        let rest = [&private, &public, row.vpc.as_deref().unwrap_or("-")].map(Cell::plain);
        gateways.row(cells.into_iter().chain(rest), account(&row.realm));
    }
    for table in [instances, detached, gateways] {
        if !table.is_empty() {
            parts.push(table.text());
        }
    }
    if report.instances.is_empty() {
        parts.push(if filtered { "No instance is like that.\n".into() } else { "There are no instances.\n".into() });
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// What concerns all.
fn top(report: &Report, kernel: bool) -> String {
    let mut text = format!("Packets: {}\n", report.fabric);
    if kernel {
        let counts: Vec<_> = report.kernel.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        text.push_str(&format!("Kernel: {}\n", if counts.is_empty() { "nothing".into() } else { counts.join(", ") }));
    }
    for problem in &report.problems {
        text.push_str(&Cell::coloured(&format!("Problem: {problem}"), Colour::Red).text(0));
        text.push('\n');
    }
    for drift in &report.drift {
        text.push_str(&Cell::coloured(&format!("Put back: {drift}"), Colour::Yellow).text(0));
        text.push('\n');
    }
    text
}

fn several_accounts(report: &Report) -> bool {
    let of_vpcs = report.vpcs.iter().map(|row| &row.realm);
    let realms = report.instances.iter().map(|row| &row.realm).chain(report.detached.iter().map(|row| &row.realm)).chain(of_vpcs);
    let mut accounts: Vec<_> = realms.filter_map(|realm| realm.split('/').next()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts.len() > 1
}

/// The first private and the first public address, each with how many more there are.
fn shown<'a>(addresses: impl Iterator<Item = &'a AddressReport>) -> (String, String) {
    let all: Vec<&AddressReport> = addresses.collect();
    let first = |values: Vec<&str>| match values.as_slice() {
        [] => "-".into(),
        [one] => (*one).to_owned(),
        [one, more @ ..] => format!("{one} +{}", more.len()),
    };
    (
        first(all.iter().map(|address| address.address.as_str()).collect()),
        first(all.iter().filter_map(|address| address.public.as_deref()).collect()),
    )
}

fn state_colour(state: &str) -> Colour {
    match state {
        "running" | "available" | "attached" => Colour::Green,
        "failed" => Colour::Red,
        "stopped" | "detached" => Colour::Dim,
        _ => Colour::Yellow,
    }
}

/// The one that is meant, in full.
fn one(report: &Report, meant: &str, as_json: bool) -> Result<String, String> {
    let attached = report.instances.iter().flat_map(|instance| instance.interfaces.iter().map(move |row| (row, Some(instance))));
    let interfaces: Vec<_> = attached.chain(report.detached.iter().map(|row| (row, None))).collect();
    let mut candidates = Vec::new();
    candidates.extend(report.instances.iter().map(|row| Candidate { id: &row.id, name: row.name.as_deref(), about: &row.state }));
    candidates.extend(interfaces.iter().map(|(row, _)| Candidate { id: &row.id, name: row.name.as_deref(), about: &row.vpc }));
    candidates.extend(report.gateways.iter().map(|row| Candidate { id: &row.id, name: row.name.as_deref(), about: &row.state }));
    candidates.extend(report.vpcs.iter().map(|row| Candidate { id: &row.id, name: row.name.as_deref(), about: "VPC" }));
    let id = only(&candidates, meant, "instance, interface, gateway or VPC")?.id;
    if let Some(row) = report.instances.iter().find(|row| row.id == id) {
        return if as_json { json(row) } else { Ok(instance_in_full(row)) };
    }
    if let Some((row, of)) = interfaces.iter().find(|(row, _)| row.id == id) {
        return if as_json { json(row) } else { Ok(interface_in_full(row, *of)) };
    }
    if let Some(row) = report.gateways.iter().find(|row| row.id == id) {
        return if as_json { json(row) } else { Ok(gateway_in_full(row)) };
    }
    let vpc = report.vpcs.iter().find(|row| row.id == id).ok_or_else(|| format!("{id} is gone"))?;
    if as_json { json(vpc) } else { Ok(vpc_in_full(report, vpc)) }
}

/// Lines of a word and what it is, in columns.
fn lines(facts: &[(&str, String)]) -> String {
    let line = |(word, what): &(&str, String)| format!("{word:<12}{}\n", Cell::plain(what).text(0));
    facts.iter().filter(|(_, what)| !what.is_empty()).map(line).collect()
}

fn tags_in_full(tags: &std::collections::BTreeMap<String, String>) -> String {
    tags.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
}

fn problem_lines(problems: &[String]) -> String {
    problems.iter().map(|problem| format!("{}\n", Cell::coloured(&format!("problem     {problem}"), Colour::Red).text(0))).collect()
}

fn instance_in_full(row: &InstanceReport) -> String {
    let mut text = lines(&[
        ("instance", row.id.clone()),
        ("name", row.name.clone().unwrap_or_default()),
        ("state", row.state.clone()),
        ("type", row.instance_type.clone()),
        ("zone", row.zone.clone()),
        ("subnet", row.subnet.clone()),
        ("vpc", row.vpc.clone()),
        ("account", row.realm.clone()),
        ("tags", tags_in_full(&row.tags)),
    ]);
    text.push_str(&problem_lines(&row.problems));
    for interface in &row.interfaces {
        text.push('\n');
        text.push_str(&interface_in_full(interface, None));
    }
    text
}

fn interface_in_full(row: &InterfaceReport, of: Option<&InstanceReport>) -> String {
    let instance = of.map(|of| [Some(of.id.as_str()), of.name.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("  "));
    let mut text = lines(&[
        ("interface", row.id.clone()),
        ("name", row.name.clone().unwrap_or_default()),
        ("instance", instance.unwrap_or_default()),
        ("link", row.device.clone().unwrap_or_default()),
        ("ethernet", row.mac.clone()),
        ("zone", row.zone.clone().unwrap_or_default()),
        ("subnet", row.subnet.clone()),
        ("vpc", row.vpc.clone()),
        ("account", row.realm.clone()),
        ("tags", tags_in_full(&row.tags)),
    ]);
    text.push_str(&address_lines(&row.addresses));
    text.push_str(&problem_lines(&row.problems));
    text
}

fn address_lines(addresses: &[AddressReport]) -> String {
    let line = |address: &AddressReport| match &address.public {
        Some(public) => ("address", format!("{:<39} {public}", address.address)),
        None => ("address", address.address.clone()),
    };
    lines(&addresses.iter().map(line).collect::<Vec<_>>())
}

fn gateway_in_full(row: &GatewayReport) -> String {
    let facts = lines(&[
        ("gateway", row.id.clone()),
        ("name", row.name.clone().unwrap_or_default()),
        ("kind", row.kind.clone()),
        ("state", row.state.clone()),
        ("zone", row.zone.clone().unwrap_or_default()),
        ("subnet", row.subnet.clone().unwrap_or_default()),
        ("vpc", row.vpc.clone().unwrap_or_default()),
        ("account", row.realm.clone()),
        ("tags", tags_in_full(&row.tags)),
    ]);
    facts + &address_lines(&row.addresses)
}

/// A VPC, and what is in it.
fn vpc_in_full(report: &Report, vpc: &VpcReport) -> String {
    let facts = lines(&[
        ("vpc", vpc.id.clone()),
        ("name", vpc.name.clone().unwrap_or_default()),
        ("blocks", vpc.blocks.join(", ")),
        ("default", if vpc.is_default { "yes".into() } else { String::new() }),
        ("account", vpc.realm.clone()),
        ("tags", tags_in_full(&vpc.tags)),
    ]);
    let within = Filter { name: "vpc".into(), values: vec![vpc.id.clone()] };
    let mut instances = Table::new(&["NAME", "ID", "STATE", "PRIVATE", "PUBLIC", "SUBNET"], false);
    for row in report.instances.iter().filter(|row| within.accepts(*row)) {
        let here = row.interfaces.iter().filter(|interface| interface.vpc == vpc.id);
        let (private, public) = shown(here.flat_map(|interface| &interface.addresses));
        let state = Cell::coloured(&row.state, state_colour(&row.state));
        let cells = [Cell::name(&row.name), Cell::plain(&row.id), state];
        instances.row(cells.into_iter().chain([&private, &public, &row.subnet].map(|text| Cell::plain(text))), None);
    }
    let mut gateways = Table::new(&["NAME", "GATEWAY", "KIND", "STATE"], false);
    for row in report.gateways.iter().filter(|row| within.accepts(*row)) {
        let state = Cell::coloured(&row.state, state_colour(&row.state));
        gateways.row([Cell::name(&row.name), Cell::plain(&row.id), Cell::plain(&row.kind), state], None);
    }
    let tables = [instances, gateways].into_iter().filter(|table| !table.is_empty()).map(|table| format!("\n{}", table.text()));
    tables.fold(facts, |text, table| text + &table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_ec2_s() {
        for (pattern, value) in
            [("*", ""), ("*", "x"), ("a*c", "abbc"), ("a?c", "abc"), ("*b*", "abc"), ("a**", "a"), ("*ab", "aab"), ("x", "x")]
        {
            assert!(matches(pattern, value), "{pattern} {value}");
        }
        for (pattern, value) in [("", "x"), ("a?", "a"), ("a*c", "abd"), ("A", "a"), ("?", "ab"), ("*ab", "aba")] {
            assert!(!matches(pattern, value), "{pattern} {value}");
        }
        // Linear for each star, not a power of them.
        assert!(!matches(&"*a".repeat(200), &"b".repeat(2000)));
    }

    #[test]
    fn what_does_not_fit_a_screen_is_counted() {
        let text = screen("1\n2\n3\n4\n", 3);
        assert!(text.contains("1\x1b[K\n… and 3 more lines") && !text.contains('4'), "{text}");
        assert!(screen("1\n2\n", 3).contains("1\x1b[K\n2\x1b[K\n"));
    }
}
