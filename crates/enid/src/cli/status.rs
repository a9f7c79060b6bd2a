//! `enid status`: instances, interfaces, addresses, and what of it the kernel has.

use std::io::{self, Write};

use clap::Args;

use super::DataFolder;
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
        let mut out = io::stdout().lock();
        let written = if self.json {
            writeln!(out, "{answer:#}")
        } else {
            let report: Report = serde_json::from_value(answer).map_err(|error| format!("the server is of another version: {error}"))?;
            print(&mut out, &report)
        };
        match written {
            // Whoever reads may stop reading: `enid status | head`.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
            _ => Ok(()),
        }
    }
}

fn print(out: &mut impl Write, report: &Report) -> io::Result<()> {
    writeln!(out, "fabric: {}", report.fabric)?;
    if !report.kernel.is_empty() {
        let counts: Vec<_> = report.kernel.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        writeln!(out, "kernel: {}", counts.join(", "))?;
    }
    for problem in &report.problems {
        writeln!(out, "problem: {problem}")?;
    }
    for instance in &report.instances {
        writeln!(out, "\n{}  {}  {}  {}", instance.id, instance.instance_type, instance.state, instance.realm)?;
        for interface in &instance.interfaces {
            print_interface(out, interface)?;
        }
    }
    if !report.detached.is_empty() {
        writeln!(out, "\nnot attached")?;
        for interface in &report.detached {
            print_interface(out, interface)?;
        }
    }
    Ok(())
}

fn print_interface(out: &mut impl Write, interface: &InterfaceReport) -> io::Result<()> {
    let device = interface.device.as_deref().unwrap_or("-");
    writeln!(out, "  {device:<5} {}  {}  {}  {}", interface.id, interface.mac, interface.subnet, interface.vpc)?;
    for address in &interface.addresses {
        match &address.public {
            Some(public) => writeln!(out, "        {:<40} {public}", address.address)?,
            None => writeln!(out, "        {}", address.address)?,
        }
    }
    Ok(())
}
