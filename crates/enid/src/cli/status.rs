//! `enid status`: instances, interfaces, addresses, and what of it the kernel has.

use std::fmt::{self, Write as _};

use clap::Args;

use super::{DataFolder, print};
use crate::control;
use crate::status::{InterfaceReport, Report};

/// Show instances, interfaces and addresses, and what of it is programmed in the kernel.
#[derive(Args)]
pub struct Status {
    #[command(flatten)]
    data: DataFolder,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Status {
    /// Asks the server and prints what it says.
    ///
    /// # Errors
    /// When no server answers.
    pub fn run(&self) -> Result<(), String> {
        let folder = self.data.folder();
        let answer = control::ask(&folder.control(), "status")?;
        if self.json {
            return print(&format!("{answer:#}\n"));
        }
        let report: Report = serde_json::from_value(answer).map_err(|error| format!("the server is of another version: {error}"))?;
        let mut text = String::new();
        write_report(&mut text, &report).map_err(|error| error.to_string())?;
        print(&text)
    }
}

fn write_report(out: &mut String, report: &Report) -> fmt::Result {
    writeln!(out, "fabric: {}", report.fabric)?;
    if !report.kernel.is_empty() {
        let counts: Vec<_> = report.kernel.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        writeln!(out, "kernel: {}", counts.join(", "))?;
    }
    for problem in &report.problems {
        writeln!(out, "problem: {problem}")?;
    }
    for drift in &report.drift {
        writeln!(out, "put back at {drift}")?;
    }
    for instance in &report.instances {
        writeln!(out, "\n{}  {}  {}  {}", instance.id, instance.instance_type, instance.state, instance.realm)?;
        for problem in &instance.problems {
            writeln!(out, "  problem: {problem}")?;
        }
        for interface in &instance.interfaces {
            write_interface(out, interface)?;
        }
    }
    if !report.detached.is_empty() {
        writeln!(out, "\nnot attached")?;
        for interface in &report.detached {
            write_interface(out, interface)?;
        }
    }
    Ok(())
}

fn write_interface(out: &mut String, interface: &InterfaceReport) -> fmt::Result {
    let device = interface.device.as_deref().unwrap_or("-");
    writeln!(out, "  {device:<5} {}  {}  {}  {}", interface.id, interface.mac, interface.subnet, interface.vpc)?;
    for problem in &interface.problems {
        writeln!(out, "        problem: {problem}")?;
    }
    for address in &interface.addresses {
        match &address.public {
            Some(public) => writeln!(out, "        {:<40} {public}", address.address)?,
            None => writeln!(out, "        {}", address.address)?,
        }
    }
    Ok(())
}
