//! Starting, stopping, rebooting and terminating instances. Each call is all or nothing.

use std::collections::BTreeSet;

use ec2_api::shapes::{
    InstanceStateChange, RebootInstancesRequest, ReturnTrue, StartInstancesRequest, StartInstancesResult, StopInstancesRequest,
    StopInstancesResult, TerminateInstancesRequest, TerminateInstancesResult,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::InstanceId;
use model::life_cycle::{self, Transition};
use model::{Ctx, Draft, Error};

use super::answer;
use super::describe::named;
use crate::errors;
use crate::lookup;

pub fn start(draft: &mut Draft, ctx: &mut Ctx<'_>, input: StartInstancesRequest) -> Result<StartInstancesResult, ApiError> {
    let StartInstancesRequest { instance_ids, additional_info, dry_run: _ } = input;
    lookup::refuse(additional_info.is_some(), "AdditionalInfo")?;
    let starting_instances = each(draft, &instance_ids, |draft, id| life_cycle::request_start(draft, ctx, id))?;
    Ok(StartInstancesResult { starting_instances })
}

pub fn stop(draft: &mut Draft, ctx: &mut Ctx<'_>, input: StopInstancesRequest) -> Result<StopInstancesResult, ApiError> {
    // Every stop is forced where asking does not help, so that `Force` has nothing to add.
    let StopInstancesRequest { instance_ids, hibernate, skip_os_shutdown, dry_run: _, force: _ } = input;
    lookup::refuse(hibernate == Some(true), "Hibernate")?;
    let skip = skip_os_shutdown == Some(true);
    let stopping_instances = each(draft, &instance_ids, |draft, id| life_cycle::request_stop(draft, ctx, id, skip))?;
    Ok(StopInstancesResult { stopping_instances })
}

pub fn terminate(draft: &mut Draft, ctx: &mut Ctx<'_>, input: TerminateInstancesRequest) -> Result<TerminateInstancesResult, ApiError> {
    // As with StopInstances. EC2 terminates the instances of zones in which none is protected even when it refuses
    // the call; here a refused call changes nothing.
    let TerminateInstancesRequest { instance_ids, force: _, skip_os_shutdown, dry_run: _ } = input;
    let skip = skip_os_shutdown == Some(true);
    if instance_ids.is_empty() {
        // [no-instances-terminated]
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, "No instances specified"));
    }
    let terminating_instances = each(draft, &instance_ids, |draft, id| life_cycle::request_terminate(draft, ctx, id, skip))?;
    Ok(TerminateInstancesResult { terminating_instances })
}

pub fn reboot(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: RebootInstancesRequest) -> Result<ReturnTrue, ApiError> {
    let RebootInstancesRequest { instance_ids, dry_run: _ } = input;
    for id in distinct(draft, &instance_ids)? {
        life_cycle::request_reboot(draft, id).map_err(errors::answer)?;
    }
    Ok(ReturnTrue)
}

fn each(
    draft: &mut Draft,
    ids: &[String],
    mut request: impl FnMut(&mut Draft, InstanceId) -> Result<Transition, Error>,
) -> Result<Vec<InstanceStateChange>, ApiError> {
    let transitions = distinct(draft, ids)?.into_iter().map(|id| request(draft, id).map_err(errors::answer));
    transitions.map(|transition| transition.map(change)).collect()
}

/// The instances that are named, each once, in the order in which they were named.
fn distinct(draft: &Draft, ids: &[String]) -> Result<Vec<InstanceId>, ApiError> {
    if ids.is_empty() {
        return Err(ApiError::missing_parameter("InstanceId"));
    }
    let mut seen = BTreeSet::new();
    Ok(named(draft.realm(), ids)?.into_iter().filter(|id| seen.insert(*id)).collect())
}

fn change(transition: Transition) -> InstanceStateChange {
    InstanceStateChange {
        instance_id: Some(transition.instance.to_string()),
        current_state: Some(answer::state(transition.current)),
        previous_state: Some(answer::state(transition.previous)),
    }
}
