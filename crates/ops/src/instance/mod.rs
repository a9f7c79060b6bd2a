//! Instances.

mod answer;
mod attribute;
mod describe;
mod features;
mod run;
mod run_interfaces;
mod run_options;
mod run_volume;
mod state;
mod status;

use super::operations;

pub use run_options::read_user_data;

operations! {
    make_params RunInstances => run::run => run::launched,
    read DescribeInstances => describe::describe_instances,
    write StartInstances => state::start,
    write StopInstances => state::stop,
    write RebootInstances => state::reboot,
    write TerminateInstances => state::terminate,
    read DescribeInstanceStatus => status::describe_instance_status,
    read GetConsoleOutput => status::get_console_output,
    read DescribeInstanceAttribute => attribute::describe_one,
    write ModifyInstanceAttribute => attribute::modify,
    write ResetInstanceAttribute => attribute::reset,
    write ModifyInstanceMetadataOptions => features::modify_metadata_options,
    write MonitorInstances => features::monitor,
    write UnmonitorInstances => features::unmonitor,
    read DescribeInstanceCreditSpecifications => features::describe_credit_specifications,
    read DescribeIamInstanceProfileAssociations => features::describe_profile_associations,
}
