//! Permissions on network interfaces.

use ec2_api::shapes::{
    CreateNetworkInterfacePermissionRequest, CreateNetworkInterfacePermissionResult, DeleteNetworkInterfacePermissionRequest,
    DeleteNetworkInterfacePermissionResult, DescribeNetworkInterfacePermissionsRequest, DescribeNetworkInterfacePermissionsResult,
    NetworkInterfacePermission as Answer, NetworkInterfacePermissionState,
};
use ec2_api::{ApiError, ErrorCode};
use model::ids::{NetworkInterfaceId, NetworkInterfacePermissionId};
use model::interface_permission::{NetworkInterfacePermission, Permission, grant, revoke};
use model::{AccountId, Ctx, Draft};

use super::describe::{self, Ids, Query, describe_within};
use super::filter::refuse_tags;
use super::lookup::{refuse, required, required_id};
use super::network_interface::changeable;
use super::page::Sizes;
use super::{View, operations};
use crate::errors;

operations! {
    write CreateNetworkInterfacePermission => create,
    read DescribeNetworkInterfacePermissions => describe_all,
    write DeleteNetworkInterfacePermission => delete,
}

/// How many permissions are answered when the request does not say. Source: the API reference.
const RESULTS_DEFAULT: i32 = 50;
/// Source: botocore's model, `DescribeNetworkInterfacePermissionsMaxResults`.
const MAX_RESULTS: Sizes = Sizes::within(5, 255);

fn create(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: CreateNetworkInterfacePermissionRequest,
) -> Result<CreateNetworkInterfacePermissionResult, ApiError> {
    let CreateNetworkInterfacePermissionRequest { network_interface_id, aws_account_id, aws_service, permission, dry_run: _ } = input;
    // EC2's own reference: "Currently not supported."
    refuse(aws_service.is_some(), "AwsService")?;
    let interface: NetworkInterfaceId = required_id(network_interface_id.as_deref(), "NetworkInterfaceId")?;
    let account = required(aws_account_id, "AwsAccountId")?;
    let account: AccountId = account.parse().map_err(|_| {
        let message = format!("Invalid user id: \"{account}\"");
        ApiError::new(ErrorCode::InvalidUserIDMalformed, message)
    })?;
    let permission = match required(permission.as_deref(), "Permission")? {
        "INSTANCE-ATTACH" => Permission::InstanceAttach,
        "EIP-ASSOCIATE" => Permission::EipAssociate,
        other => return Err(ApiError::invalid_value(other, "permission", "Expected INSTANCE-ATTACH or EIP-ASSOCIATE.")),
    };
    changeable(draft.realm(), interface)?;
    let row = grant(draft, ctx, interface, account, permission).map_err(errors::answer)?;
    Ok(CreateNetworkInterfacePermissionResult { interface_permission: Some(answer(&row)) })
}

fn delete(
    draft: &mut Draft,
    _ctx: &mut Ctx<'_>,
    input: DeleteNetworkInterfacePermissionRequest,
) -> Result<DeleteNetworkInterfacePermissionResult, ApiError> {
    let DeleteNetworkInterfacePermissionRequest { network_interface_permission_id, force, dry_run: _ } = input;
    let id: NetworkInterfacePermissionId = required_id(network_interface_permission_id.as_deref(), "NetworkInterfacePermissionId")?;
    revoke(draft, id, force == Some(true)).map_err(errors::answer)?;
    Ok(DeleteNetworkInterfacePermissionResult { r#return: Some(true) })
}

fn describe_all(
    view: &View<'_>,
    input: DescribeNetworkInterfacePermissionsRequest,
) -> Result<DescribeNetworkInterfacePermissionsResult, ApiError> {
    let DescribeNetworkInterfacePermissionsRequest { network_interface_permission_ids, filters, next_token, max_results } = input;
    refuse_tags(&filters)?;
    let unasked = network_interface_permission_ids.is_empty().then_some(RESULTS_DEFAULT);
    let (network_interface_permissions, next_token) = describe_within(
        MAX_RESULTS,
        view.realm,
        Query {
            ids: Ids("NetworkInterfacePermissionIds", &network_interface_permission_ids),
            filters,
            known_filters: &[
                "network-interface-permission.aws-account-id",
                "network-interface-permission.aws-service",
                "network-interface-permission.network-interface-id",
                "network-interface-permission.network-interface-permission-id",
                "network-interface-permission.permission",
            ],
            max_results: max_results.or(unasked),
            next_token: next_token.as_deref(),
        },
        |filters| describe::belonging_to::<NetworkInterfaceId, _>(view, filters, "network-interface-permission.network-interface-id"),
        |row: &NetworkInterfacePermission, name| match name {
            "network-interface-permission.aws-account-id" => vec![row.account.to_string()],
            "network-interface-permission.network-interface-id" => vec![row.interface.to_string()],
            "network-interface-permission.network-interface-permission-id" => vec![row.id.to_string()],
            "network-interface-permission.permission" => vec![word(row.permission).to_owned()],
            _ => Vec::new(),
        },
        answer,
    )?;
    Ok(DescribeNetworkInterfacePermissionsResult { network_interface_permissions, next_token })
}

fn word(permission: Permission) -> &'static str {
    match permission {
        Permission::InstanceAttach => "INSTANCE-ATTACH",
        Permission::EipAssociate => "EIP-ASSOCIATE",
    }
}

fn answer(row: &NetworkInterfacePermission) -> Answer {
    Answer {
        network_interface_permission_id: Some(row.id.to_string()),
        network_interface_id: Some(row.interface.to_string()),
        aws_account_id: Some(row.account.to_string()),
        aws_service: None,
        permission: Some(word(row.permission).into()),
        permission_state: Some(NetworkInterfacePermissionState { state: Some("granted".into()), status_message: None }),
    }
}
