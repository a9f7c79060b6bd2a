//! Smaller features of instances: metadata options, monitoring, CPU credits and IAM instance profiles.

use std::collections::{BTreeMap, BTreeSet};

use ec2_api::shapes::{
    DescribeIamInstanceProfileAssociationsRequest, DescribeIamInstanceProfileAssociationsResult,
    DescribeInstanceCreditSpecificationsRequest, DescribeInstanceCreditSpecificationsResult, IamInstanceProfile as ProfileAnswer,
    IamInstanceProfileAssociation, InstanceCreditSpecification, InstanceMonitoring, ModifyInstanceMetadataOptionsRequest,
    ModifyInstanceMetadataOptionsResult, MonitorInstancesRequest, MonitorInstancesResult, Monitoring, UnmonitorInstancesRequest,
    UnmonitorInstancesResult,
};
use ec2_api::{ApiError, ErrorCode, Timestamp};
use model::ids::InstanceId;
use model::instance::Instance;
use model::modify_instance::changeable;
use model::{Ctx, Draft};

use super::answer;
use super::describe::{described, named};
use super::run_options::changed_metadata_options;
use crate::View;
use crate::describe::{Ids, Query, describe};
use crate::errors;
use crate::filter::refuse_tags;
use crate::lookup::{refuse, required_id};
use crate::work;

pub fn modify_metadata_options(
    draft: &mut Draft,
    _ctx: &mut Ctx<'_>,
    input: ModifyInstanceMetadataOptionsRequest,
) -> Result<ModifyInstanceMetadataOptionsResult, ApiError> {
    let ModifyInstanceMetadataOptionsRequest {
        instance_id,
        http_tokens,
        http_put_response_hop_limit,
        http_endpoint,
        dry_run: _,
        http_protocol_ipv6,
        instance_metadata_tags,
    } = input;
    let id: InstanceId = required_id(instance_id.as_deref(), "InstanceId")?;
    let before = changeable(draft.realm(), id).map_err(errors::answer)?;
    let metadata_options = changed_metadata_options(
        before.metadata_options.clone(),
        http_tokens.as_deref(),
        http_put_response_hop_limit,
        [http_endpoint.as_deref(), http_protocol_ipv6.as_deref(), instance_metadata_tags.as_deref()],
    )?;
    let changed = Instance { metadata_options, ..before };
    let mut options = answer::metadata_options(&changed);
    // EC2 applies them after it has answered.
    options.state = Some("pending".into());
    draft.put(changed);
    Ok(ModifyInstanceMetadataOptionsResult { instance_id: Some(id.to_string()), instance_metadata_options: Some(options) })
}

pub fn monitor(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: MonitorInstancesRequest) -> Result<MonitorInstancesResult, ApiError> {
    let MonitorInstancesRequest { instance_ids, metric_category_ids, dry_run: _ } = input;
    refuse(!metric_category_ids.is_empty(), "MetricCategoryId")?;
    Ok(MonitorInstancesResult { instance_monitorings: set_monitoring(draft, &instance_ids, true)? })
}

pub fn unmonitor(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: UnmonitorInstancesRequest) -> Result<UnmonitorInstancesResult, ApiError> {
    let UnmonitorInstancesRequest { instance_ids, metric_category_ids, dry_run: _ } = input;
    refuse(!metric_category_ids.is_empty(), "MetricCategoryId")?;
    Ok(UnmonitorInstancesResult { instance_monitorings: set_monitoring(draft, &instance_ids, false)? })
}

fn set_monitoring(draft: &mut Draft, ids: &[String], monitoring: bool) -> Result<Vec<InstanceMonitoring>, ApiError> {
    if ids.is_empty() {
        return Err(ApiError::missing_parameter("InstanceId"));
    }
    let mut answers = Vec::new();
    for id in named(draft.realm(), ids)? {
        let before = changeable(draft.realm(), id).map_err(errors::answer)?;
        // EC2 answers what it is going to do.
        let state = match (before.monitoring, monitoring) {
            (false, true) => "pending",
            (true, false) => "disabling",
            (_, on) => answer::on(on),
        };
        draft.put(Instance { monitoring, ..before });
        let monitoring = Monitoring { state: Some(state.into()), ..Monitoring::default() };
        answers.push(InstanceMonitoring { instance_id: Some(id.to_string()), monitoring: Some(monitoring) });
    }
    Ok(answers)
}

pub fn describe_credit_specifications(
    view: &View<'_>,
    input: DescribeInstanceCreditSpecificationsRequest,
) -> Result<DescribeInstanceCreditSpecificationsResult, ApiError> {
    let DescribeInstanceCreditSpecificationsRequest { dry_run: _, filters, instance_ids, max_results, next_token } = input;
    refuse_tags(&filters)?;
    described(view.realm, &instance_ids)?;
    let unlimited = |instance: &&Instance| instance.cpu_credits.as_deref() == Some("unlimited");
    let (instance_credit_specifications, next_token) = describe(
        view.realm,
        Query {
            ids: Ids("InstanceIds", &instance_ids),
            filters,
            known_filters: &["instance-id"],
            max_results,
            next_token: next_token.as_deref(),
        },
        // Without ids, EC2 lists those that are unlimited.
        |_| {
            Some(
                view.realm
                    .instances
                    .iter()
                    .take_while(work::goes_on)
                    .map(|row| &**row)
                    .filter(unlimited)
                    .map(|instance| instance.id)
                    .collect(),
            )
        },
        |instance: &Instance, name| match name {
            "instance-id" => vec![instance.id.to_string()],
            _ => Vec::new(),
        },
        |instance| InstanceCreditSpecification {
            instance_id: Some(instance.id.to_string()),
            // What EC2 says of types that have no credits, too.
            cpu_credits: Some(instance.cpu_credits.clone().unwrap_or_else(|| "standard".into())),
        },
    )?;
    Ok(DescribeInstanceCreditSpecificationsResult { instance_credit_specifications, next_token })
}

pub fn describe_profile_associations(
    view: &View<'_>,
    input: DescribeIamInstanceProfileAssociationsRequest,
) -> Result<DescribeIamInstanceProfileAssociationsResult, ApiError> {
    let DescribeIamInstanceProfileAssociationsRequest { association_ids, filters, max_results, next_token } = input;
    refuse_tags(&filters)?;
    let associated = |instance: &Instance| instance.iam_instance_profile.clone().filter(|_| instance.terminated.is_none());
    let all: BTreeMap<String, InstanceId> =
        view.realm.instances.iter().take_while(work::goes_on).filter_map(|row| Some((associated(row)?.association, row.id))).collect();
    let mut wanted: BTreeSet<InstanceId> = all.values().copied().collect();
    if !association_ids.is_empty() {
        let of = |id: &String| {
            let unknown = || ApiError::new(ErrorCode::InvalidAssociationIDNotFound, format!("The association ID '{id}' does not exist"));
            all.get(id).copied().ok_or_else(unknown)
        };
        wanted = association_ids.iter().map(of).collect::<Result<_, _>>()?;
    }
    let (found, next_token) = describe(
        view.realm,
        Query { ids: Ids::default(), filters, known_filters: &["instance-id", "state"], max_results, next_token: next_token.as_deref() },
        |_| Some(wanted.clone()),
        |instance: &Instance, name| match name {
            "instance-id" => vec![instance.id.to_string()],
            "state" => associated(instance).map(|_| "associated".to_owned()).into_iter().collect(),
            _ => Vec::new(),
        },
        |instance| {
            associated(instance).map(|profile| IamInstanceProfileAssociation {
                association_id: Some(profile.association),
                instance_id: Some(instance.id.to_string()),
                iam_instance_profile: Some(ProfileAnswer { arn: Some(profile.arn), id: Some(profile.id) }),
                state: Some("associated".into()),
                timestamp: Some(Timestamp(instance.created.0)),
            })
        },
    )?;
    Ok(DescribeIamInstanceProfileAssociationsResult {
        iam_instance_profile_associations: found.into_iter().flatten().collect(),
        next_token,
    })
}
