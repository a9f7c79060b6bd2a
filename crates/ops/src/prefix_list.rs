//! Managed prefix lists.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ec2_api::shapes::{
    AddPrefixListEntry, CreateManagedPrefixListRequest, CreateManagedPrefixListResult, DeleteManagedPrefixListRequest,
    DeleteManagedPrefixListResult, DescribeManagedPrefixListsRequest, DescribeManagedPrefixListsResult, DescribePrefixListsRequest,
    DescribePrefixListsResult, GetManagedPrefixListAssociationsRequest, GetManagedPrefixListAssociationsResult,
    GetManagedPrefixListEntriesRequest, GetManagedPrefixListEntriesResult, ManagedPrefixList as Answer, ModifyManagedPrefixListRequest,
    ModifyManagedPrefixListResult, PrefixList as ServicePrefixList, PrefixListAssociation, PrefixListEntry as EntryAnswer,
    RemovePrefixListEntry, RestoreManagedPrefixListVersionRequest, RestoreManagedPrefixListVersionResult,
};
use ec2_api::{ApiError, ErrorCode};
use ipnet::IpNet;
use model::aws_prefix_list;
use model::ids::PrefixListId;
use model::prefix_list::{self, DELETE_FAILED, ENTRIES_MAX, Family, Modification, PrefixList, PrefixListEntry};
use model::{Ctx, Draft, Realm, ResourceId, Scope};

use super::describe::{Ids, OLD_MAX_RESULTS, arn};
use super::filter::Filters;
use super::lookup::{id, ids, ipv4_block, ipv6_block, refuse, required, required_id, row};
use super::once::Telling;
use super::page::{Page, Sizes};
use super::tag_spec::{self, NewTags};
use super::{View, operations};
use crate::work;
use crate::{errors, id_errors};

operations! {
    make CreateManagedPrefixList => create => created,
    read DescribeManagedPrefixLists => describe_all,
    read DescribePrefixLists => describe_services,
    read GetManagedPrefixListEntries => entries,
    read GetManagedPrefixListAssociations => associations,
    write ModifyManagedPrefixList => modify,
    write RestoreManagedPrefixListVersion => restore,
    write DeleteManagedPrefixList => delete,
}

/// Entries of one request at most. Source: the API reference of CreateManagedPrefixList.
const ENTRIES_PER_REQUEST_MAX: usize = 100;
const NAME_CHARACTERS_MAX: usize = 255;
const DESCRIPTION_CHARACTERS_MAX: usize = 255;
/// `MaxResults` of DescribeManagedPrefixLists and GetManagedPrefixListEntries. Source: their API reference.
const LISTS_RESULTS: Sizes = Sizes::within(1, 100);
/// `MaxResults` of GetManagedPrefixListAssociations. Source: its API reference.
const ASSOCIATIONS_RESULTS: Sizes = Sizes::within(5, 255);

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateManagedPrefixListRequest) -> Result<PrefixListId, ApiError> {
    let CreateManagedPrefixListRequest {
        dry_run: _,
        prefix_list_name,
        entries,
        max_entries,
        tag_specifications,
        address_family,
        client_token: _,
    } = input;
    let tags = NewTags::new(tag_specifications, &["prefix-list"])?;
    let name = checked_name(required(prefix_list_name, "PrefixListName")?)?;
    let family = match required(address_family, "AddressFamily")?.as_str() {
        "IPv4" => Family::Ipv4,
        "IPv6" => Family::Ipv6,
        other => return Err(ApiError::invalid_value(other, "addressFamily", "Valid values are IPv4 and IPv6.")),
    };
    let max_entries = size(required(max_entries, "MaxEntries")?)?;
    let entries = given_entries(family, entries)?;
    let list = prefix_list::create(draft, ctx, name, family, max_entries, entries).map_err(errors::answer)?;
    tags.put(draft, list)?;
    Ok(list)
}

fn created(telling: &Telling<'_>, list: PrefixListId) -> Result<CreateManagedPrefixListResult, ApiError> {
    let list = row::<PrefixList, _>(telling.here.realm, list)?;
    let state = if telling.is_new { "create-in-progress" } else { &list.state };
    Ok(CreateManagedPrefixListResult { prefix_list: Some(answer_as(telling.here.realm, telling.here.scope, &list, state)) })
}

fn describe_all(view: &View<'_>, input: DescribeManagedPrefixListsRequest) -> Result<DescribeManagedPrefixListsResult, ApiError> {
    let DescribeManagedPrefixListsRequest { dry_run: _, filters, max_results, next_token, prefix_list_ids } = input;
    Ids("PrefixListIds", &prefix_list_ids).or_pages(max_results)?;
    let filters = Filters::new(filters, &["owner-id", "prefix-list-id", "prefix-list-name"])?;
    let page = Page::<PrefixListId>::new(max_results, next_token.as_deref(), LISTS_RESULTS)?;
    let lists: Vec<&PrefixList> = if prefix_list_ids.is_empty() {
        let own = view.realm.prefix_lists.iter().map(|list| &**list);
        let all: BTreeMap<PrefixListId, &PrefixList> =
            own.chain(of_aws(view).map(|list| list as &PrefixList)).take_while(work::goes_on).map(|list| (list.id, list)).collect();
        all.into_values().collect()
    } else {
        let ids: BTreeSet<PrefixListId> = ids(&prefix_list_ids)?.into_iter().collect();
        ids.into_iter().map(|id| usable(view, id)).collect::<Result<_, _>>()?
    };
    let accepted = lists.into_iter().filter(|list| {
        filters.accept(view.realm, list.id, |name| match name {
            "owner-id" => vec![owner(view.scope, list).into()],
            "prefix-list-id" => vec![list.id.to_string()],
            "prefix-list-name" => vec![list.name.clone()],
            _ => Vec::new(),
        })
    });
    let (lists, next_token) = page.cut(accepted.map(|list| (list.id, list)));
    let prefix_lists = lists.into_iter().map(|list| answer(view.realm, view.scope, list)).collect();
    Ok(DescribeManagedPrefixListsResult { next_token, prefix_lists })
}

/// AWS's own lists in the caller's region.
fn of_aws(view: &View<'_>) -> impl Iterator<Item = &'static PrefixList> {
    aws_prefix_list::of(view.scope.region).values()
}

/// A list that the caller can use.
fn usable<'a>(view: &View<'a>, id: PrefixListId) -> Result<&'a PrefixList, ApiError> {
    aws_prefix_list::find(view.realm, view.scope.region, id).ok_or_else(|| id_errors::not_found(id.into()))
}

/// Whose a list is.
fn owner(scope: Scope, list: &PrefixList) -> Cow<'static, str> {
    if is_of_aws(scope, list) { Cow::Borrowed("AWS") } else { Cow::Owned(scope.account.to_string()) }
}

fn is_of_aws(scope: Scope, list: &PrefixList) -> bool {
    aws_prefix_list::of(scope.region).contains_key(&list.id)
}

/// The lists of services that have gateway endpoints, with their blocks. Others are not told here (alphagov/govuk-infrastructure#913).
fn describe_services(view: &View<'_>, input: DescribePrefixListsRequest) -> Result<DescribePrefixListsResult, ApiError> {
    let DescribePrefixListsRequest { dry_run: _, filters, max_results, next_token, prefix_list_ids } = input;
    let filters = Filters::untagged(filters, &["prefix-list-id", "prefix-list-name"])?;
    let page = Page::<PrefixListId>::new(max_results, next_token.as_deref(), OLD_MAX_RESULTS)?;
    let wanted: BTreeSet<PrefixListId> = ids(&prefix_list_ids)?.into_iter().collect();
    if let Some(list) = wanted.iter().find(|list| usable(view, **list).is_err()) {
        // [seen]: not the code of DescribeManagedPrefixLists, which is spelled `ID`; clients tell them apart.
        let message = format!("The prefix list ID '{list}' does not exist");
        return Err(ApiError::new(ErrorCode::InvalidPrefixListIdNotFound, message));
    }
    let accepted = of_aws(view)
        .filter(|list| aws_prefix_list::is_of_gateway_endpoint(list))
        .filter(|list| wanted.is_empty() || wanted.contains(&list.id))
        .filter(|list| {
            filters.accept_untagged(|name| match name {
                "prefix-list-id" => vec![list.id.to_string()],
                "prefix-list-name" => vec![list.name.clone()],
                _ => Vec::new(),
            })
        });
    let (lists, next_token) = page.cut(accepted.map(|list| (list.id, list)));
    let answer = |list: &PrefixList| ServicePrefixList {
        cidrs: list.entries.iter().map(|entry| entry.block.to_string()).collect(),
        prefix_list_id: Some(list.id.to_string()),
        prefix_list_name: Some(list.name.clone()),
    };
    Ok(DescribePrefixListsResult { next_token, prefix_lists: lists.into_iter().map(answer).collect() })
}

fn entries(view: &View<'_>, input: GetManagedPrefixListEntriesRequest) -> Result<GetManagedPrefixListEntriesResult, ApiError> {
    let GetManagedPrefixListEntriesRequest { dry_run: _, prefix_list_id, target_version, max_results, next_token } = input;
    let id: PrefixListId = required_id(prefix_list_id.as_deref(), "PrefixListId")?;
    let list = aws_prefix_list::find(view.realm, view.scope.region, id).ok_or_else(|| {
        // [prefix-list-entries-absent]
        ApiError::new(ErrorCode::InvalidPrefixListIDNotFound, format!("The prefix list ({id}) does not exist."))
    })?;
    let page = Page::<IpNet>::new(max_results, next_token.as_deref(), LISTS_RESULTS)?;
    let version = target_version.map(version).transpose()?.unwrap_or(list.version);
    let unknown = || errors::answer(model::Error::PrefixListNoVersion(version));
    let mut entries: Vec<&PrefixListEntry> = list.entries_of(version).ok_or_else(unknown)?.iter().collect();
    entries.sort_by_key(|entry| entry.block);
    let (entries, next_token) = page.cut(entries.into_iter().map(|entry| {
        let shown = EntryAnswer { cidr: Some(entry.block.to_string()), description: entry.description.clone() };
        (entry.block, shown)
    }));
    Ok(GetManagedPrefixListEntriesResult { entries, next_token })
}

fn associations(
    view: &View<'_>,
    input: GetManagedPrefixListAssociationsRequest,
) -> Result<GetManagedPrefixListAssociationsResult, ApiError> {
    let GetManagedPrefixListAssociationsRequest { dry_run: _, prefix_list_id, max_results, next_token } = input;
    let list: PrefixListId = required_id(prefix_list_id.as_deref(), "PrefixListId")?;
    usable(view, list)?;
    let page = Page::<ResourceId>::new(max_results, next_token.as_deref(), ASSOCIATIONS_RESULTS)?;
    let users: BTreeSet<ResourceId> = view.realm.index.referrers(list).take_while(work::goes_on).collect();
    let (prefix_list_associations, next_token) = page.cut(users.into_iter().map(|user| {
        let shown = PrefixListAssociation { resource_id: Some(user.to_string()), resource_owner: Some(view.scope.account.to_string()) };
        (user, shown)
    }));
    Ok(GetManagedPrefixListAssociationsResult { prefix_list_associations, next_token })
}

fn modify(draft: &mut Draft, ctx: &mut Ctx<'_>, input: ModifyManagedPrefixListRequest) -> Result<ModifyManagedPrefixListResult, ApiError> {
    let ModifyManagedPrefixListRequest {
        dry_run: _,
        prefix_list_id,
        current_version,
        prefix_list_name,
        add_entries,
        remove_entries,
        max_entries,
        ipam_prefix_list_resolver_sync_enabled,
    } = input;
    refuse(ipam_prefix_list_resolver_sync_enabled.is_some(), "IpamPrefixListResolverSyncEnabled")?;
    let id: PrefixListId = required_id(prefix_list_id.as_deref(), "PrefixListId")?;
    let before = prefix_list::find(draft, id).map_err(errors::answer)?;
    let family = before.family;
    let changes_entries = !add_entries.is_empty() || !remove_entries.is_empty();
    if changes_entries && max_entries.is_some() {
        // [seen]
        let message = "You cannot modify the entries and the maximum entries for the prefix list in the same request.";
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
    }
    if changes_entries && current_version.is_none() {
        return Err(ApiError::missing_parameter("CurrentVersion"));
    }
    if remove_entries.len() > ENTRIES_PER_REQUEST_MAX {
        return Err(too_many_entries());
    }
    let removed = |RemovePrefixListEntry { cidr }| block(family, &required(cidr, "RemoveEntry.Cidr")?);
    let modification = Modification {
        current_version: current_version.map(version).transpose()?,
        name: prefix_list_name.map(checked_name).transpose()?,
        add: given_entries(family, add_entries)?,
        remove: remove_entries.into_iter().map(removed).collect::<Result<_, _>>()?,
        max_entries: max_entries.map(size).transpose()?,
    };
    prefix_list::modify(draft, id, modification).map_err(errors::answer)?;
    let prefix_list = Some(in_progress(draft.realm(), ctx.scope, &before, "modify-in-progress")?);
    Ok(ModifyManagedPrefixListResult { prefix_list })
}

fn restore(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    input: RestoreManagedPrefixListVersionRequest,
) -> Result<RestoreManagedPrefixListVersionResult, ApiError> {
    let RestoreManagedPrefixListVersionRequest { dry_run: _, prefix_list_id, previous_version, current_version } = input;
    let id: PrefixListId = required_id(prefix_list_id.as_deref(), "PrefixListId")?;
    let before = prefix_list::find(draft, id).map_err(errors::answer)?;
    let previous = version(required(previous_version, "PreviousVersion")?)?;
    let current = version(required(current_version, "CurrentVersion")?)?;
    prefix_list::restore(draft, id, previous, current).map_err(errors::answer)?;
    let prefix_list = Some(in_progress(draft.realm(), ctx.scope, &before, "restore-in-progress")?);
    Ok(RestoreManagedPrefixListVersionResult { prefix_list })
}

fn delete(draft: &mut Draft, ctx: &mut Ctx<'_>, input: DeleteManagedPrefixListRequest) -> Result<DeleteManagedPrefixListResult, ApiError> {
    let DeleteManagedPrefixListRequest { dry_run: _, prefix_list_id } = input;
    let list: PrefixListId = id(&required(prefix_list_id, "PrefixListId")?)?;
    let deleted = prefix_list::delete(draft, list).map_err(errors::answer)?;
    Ok(DeleteManagedPrefixListResult {
        prefix_list: Some(without_empty_tags(answer_as(draft.realm(), ctx.scope, &deleted, "delete-in-progress"))),
    })
}

fn checked_name(name: String) -> Result<String, ApiError> {
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
        let why = format!("The name must have 1 to {NAME_CHARACTERS_MAX} characters.");
        return Err(ApiError::invalid_value(name, "prefixListName", &why));
    }
    if name.starts_with("com.amazonaws") {
        return Err(ApiError::invalid_value(name, "prefixListName", "The name cannot start with com.amazonaws."));
    }
    Ok(name)
}

fn size(given: i32) -> Result<u32, ApiError> {
    u32::try_from(given).map_err(|_| errors::answer(model::Error::PrefixListSize(ENTRIES_MAX)))
}

fn version(given: i64) -> Result<u64, ApiError> {
    u64::try_from(given).map_err(|_| ApiError::invalid_value(given, "version", "A version is a positive number."))
}

fn given_entries(family: Family, entries: Vec<AddPrefixListEntry>) -> Result<Vec<PrefixListEntry>, ApiError> {
    if entries.len() > ENTRIES_PER_REQUEST_MAX {
        return Err(too_many_entries());
    }
    let given = |AddPrefixListEntry { cidr, description }| {
        let description = description.filter(|text| !text.is_empty());
        if description.as_ref().is_some_and(|text| text.chars().count() > DESCRIPTION_CHARACTERS_MAX) {
            let why = format!("A description has at most {DESCRIPTION_CHARACTERS_MAX} characters.");
            return Err(ApiError::invalid_value(description.unwrap_or_default(), "description", &why));
        }
        Ok(PrefixListEntry { block: block(family, &required(cidr, "Entry.Cidr")?)?, description })
    };
    entries.into_iter().map(given).collect()
}

fn too_many_entries() -> ApiError {
    let message = format!("The maximum number of entries specified on a single call is {ENTRIES_PER_REQUEST_MAX}");
    ApiError::new(ErrorCode::RequestResourceCountExceeded, message)
}

fn block(family: Family, text: &str) -> Result<IpNet, ApiError> {
    // The family is checked with the other rules; here only what is a block at all matters.
    let of_family = match family {
        Family::Ipv4 => ipv4_block(text, "cidr").map(IpNet::from),
        Family::Ipv6 => ipv6_block(text, "cidr").map(IpNet::from),
    };
    text.parse::<IpNet>().or(of_family).map(|block| block.trunc())
}

fn answer(realm: &Realm, scope: Scope, list: &PrefixList) -> Answer {
    answer_as(realm, scope, list, &list.state)
}

/// A list that is being changed, with the version that it had: EC2's new one comes with the end of the change.
fn in_progress(realm: &Realm, scope: Scope, before: &PrefixList, state: &str) -> Result<Answer, ApiError> {
    let list = row::<PrefixList, _>(realm, before.id)?;
    let answer = Answer { version: i64::try_from(before.version).ok(), ..answer_as(realm, scope, &list, state) };
    Ok(without_empty_tags(answer))
}

/// As the answers to changes are: they leave out tags where there are none.
fn without_empty_tags(answer: Answer) -> Answer {
    Answer { tags: answer.tags.filter(|tags| !tags.is_empty()), ..answer }
}

/// A list in a state. Changes are done when they are answered, but clients are told, as by EC2, that they are in progress. Of AWS's
/// own lists, EC2 tells neither size nor version [seen: turbot/steampipe-plugin-aws#1577].
fn answer_as(realm: &Realm, scope: Scope, list: &PrefixList, state: &str) -> Answer {
    let of_aws = is_of_aws(scope, list);
    let account = scope.account.to_string();
    Answer {
        prefix_list_id: Some(list.id.to_string()),
        address_family: Some(list.family.name().into()),
        state: Some(state.into()),
        // EC2's words are not known.
        state_message: (state == DELETE_FAILED).then(|| "The prefix list is in use.".into()),
        prefix_list_arn: Some(if of_aws { arn(scope, list.id).replace(&account, "aws") } else { arn(scope, list.id) }),
        prefix_list_name: Some(list.name.clone()),
        max_entries: i32::try_from(list.max_entries).ok().filter(|_| !of_aws),
        version: i64::try_from(list.version).ok().filter(|_| !of_aws),
        tags: Some(tag_spec::answer(realm, list.id)),
        owner_id: Some(owner(scope, list).into_owned()),
        ipam_prefix_list_resolver_target_id: None,
        ipam_prefix_list_resolver_sync_enabled: None,
    }
}
