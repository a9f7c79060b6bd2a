//! How instances fare: status checks and the console.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ec2_api::shapes::{
    DescribeInstanceStatusRequest, DescribeInstanceStatusResult, EbsStatusDetails, EbsStatusSummary, GetConsoleOutputRequest,
    GetConsoleOutputResult, InstanceStatus, InstanceStatusDetails, InstanceStatusSummary,
};
use ec2_api::{ApiError, Timestamp};
use model::ids::InstanceId;
use model::instance::{Instance, InstanceState};

use super::answer;
use super::describe::{described, narrow};
use crate::View;
use crate::checks::{Check, Checks};
use crate::describe::{Ids, OLD_MAX_RESULTS, Query, describe_within, truth, unmanaged};
use crate::filter::refuse_tags;
use crate::lookup::{required_id, row};

/// Console output is cut to its last 64 KB. Source: the API reference of GetConsoleOutput.
const CONSOLE_BYTES_MAX: usize = 65_536;

const FILTERS: &[&str] = &[
    "application-status.status",
    "attached-ebs-status.status",
    "availability-zone",
    "availability-zone-id",
    "event.code",
    "event.description",
    "event.instance-event-id",
    "event.not-after",
    "event.not-before",
    "event.not-before-deadline",
    "instance-id",
    "instance-state-code",
    "instance-state-name",
    "instance-status.reachability",
    "instance-status.status",
    "operator.managed",
    "operator.principal",
    "system-status.reachability",
    "system-status.status",
];

pub fn describe_instance_status(view: &View<'_>, input: DescribeInstanceStatusRequest) -> Result<DescribeInstanceStatusResult, ApiError> {
    let DescribeInstanceStatusRequest {
        instance_ids,
        max_results,
        next_token,
        // No service manages instances here.
        include_managed_resources: _,
        dry_run: _,
        mut filters,
        include_all_instances,
    } = input;
    refuse_tags(&filters)?;
    described(view.realm, &instance_ids)?;
    if include_all_instances != Some(true) {
        let running = vec![InstanceState::Running.code_and_name().1.to_owned()];
        filters.push(ec2_api::shapes::Filter { name: Some("instance-state-name".into()), values: running });
    }
    let (instance_statuses, next_token) = describe_within(
        OLD_MAX_RESULTS,
        view.realm,
        Query { ids: Ids("instancesSet", &instance_ids), filters, known_filters: FILTERS, max_results, next_token: next_token.as_deref() },
        |filters| narrow(view, filters),
        |instance, name| values(checks(view, instance), instance, name),
        |instance| status(checks(view, instance), instance),
    )?;
    Ok(DescribeInstanceStatusResult { instance_statuses, next_token })
}

/// The checks of an instance; none unless it runs.
fn checks(view: &View<'_>, instance: &Instance) -> Option<Checks> {
    (instance.state == InstanceState::Running).then(|| (view.checks)(view.here(), instance.id))
}

/// The status that a check amounts to, and what it says itself.
fn words(check: Option<Check>) -> (&'static str, Option<&'static str>) {
    match check {
        None => ("not-applicable", None),
        Some(Check::Passed) => ("ok", Some("passed")),
        Some(Check::Initializing) => ("initializing", Some("initializing")),
        Some(Check::Failed(_)) => ("impaired", Some("failed")),
    }
}

fn values(checks: Option<Checks>, instance: &Instance, name: &str) -> Vec<String> {
    let (of_instance, of_system) = (words(checks.map(|checks| checks.instance)), words(checks.map(|checks| checks.system)));
    match name {
        // Volumes are the host's disk.
        "attached-ebs-status.status" => vec![words(checks.map(|_| Check::Passed)).0.into()],
        "instance-status.status" => vec![of_instance.0.into()],
        "instance-status.reachability" => of_instance.1.map(Into::into).into_iter().collect(),
        "system-status.status" => vec![of_system.0.into()],
        "system-status.reachability" => of_system.1.map(Into::into).into_iter().collect(),
        "availability-zone" => vec![instance.zone.to_string()],
        "availability-zone-id" => vec![instance.zone.id()],
        "instance-id" => vec![instance.id.to_string()],
        "instance-state-code" => vec![instance.state.code_and_name().0.to_string()],
        "instance-state-name" => vec![instance.state.code_and_name().1.into()],
        "operator.managed" => truth(false),
        _ => Vec::new(),
    }
}

fn summary(check: Option<Check>) -> InstanceStatusSummary {
    let (status, reachability) = words(check);
    let detail = |word: &str| InstanceStatusDetails {
        name: Some("reachability".into()),
        status: Some(word.to_owned()),
        impaired_since: match check {
            // In whole seconds.
            Some(Check::Failed(since)) => Some(Timestamp(since.0.div_euclid(1000) * 1000)),
            _ => None,
        },
    };
    InstanceStatusSummary { details: reachability.map(detail).into_iter().collect(), status: Some(status.into()) }
}

fn status(checks: Option<Checks>, instance: &Instance) -> InstanceStatus {
    let (status, reachability) = words(checks.map(|_| Check::Passed));
    let volume_detail =
        |check: &str| EbsStatusDetails { name: Some("reachability".into()), status: Some(check.to_owned()), ..EbsStatusDetails::default() };
    InstanceStatus {
        availability_zone: Some(instance.zone.to_string()),
        availability_zone_id: Some(instance.zone.id()),
        instance_id: Some(instance.id.to_string()),
        instance_state: Some(answer::state(instance.state)),
        instance_status: Some(summary(checks.map(|checks| checks.instance))),
        system_status: Some(summary(checks.map(|checks| checks.system))),
        attached_ebs_status: Some(EbsStatusSummary {
            details: reachability.map(volume_detail).into_iter().collect(),
            status: Some(status.into()),
        }),
        operator: Some(unmanaged()),
        ..InstanceStatus::default()
    }
}

pub fn get_console_output(view: &View<'_>, input: GetConsoleOutputRequest) -> Result<GetConsoleOutputResult, ApiError> {
    // The newest output is at hand for every instance, asked for or not.
    let GetConsoleOutputRequest { instance_id, latest: _, dry_run: _ } = input;
    let id: InstanceId = required_id(instance_id.as_deref(), "InstanceId")?;
    let instance = row::<Instance, _>(view.realm, id)?;
    let written = (view.console)(id);
    let last = written.get(written.len().saturating_sub(CONSOLE_BYTES_MAX)..).unwrap_or_default();
    Ok(GetConsoleOutputResult {
        instance_id: Some(id.to_string()),
        timestamp: Some(Timestamp(if last.is_empty() { instance.launched.0 } else { view.now.0 })),
        output: Some(STANDARD.encode(last)),
    })
}
