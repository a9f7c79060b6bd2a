//! Instances.

mod answer;
mod describe;
mod run;
mod run_interfaces;
mod state;

use super::operations;

operations! {
    write RunInstances => run::run,
    read DescribeInstances => describe::describe_instances,
    write StartInstances => state::start,
    write StopInstances => state::stop,
    write RebootInstances => state::reboot,
    write TerminateInstances => state::terminate,
}
