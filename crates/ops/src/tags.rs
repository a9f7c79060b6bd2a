//! Tags: CreateTags, DeleteTags and DescribeTags, on every kind of resource that can have tags.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use ec2_api::shapes::{CreateTagsRequest, DeleteTagsRequest, DescribeTagsRequest, DescribeTagsResult, ReturnTrue, Tag, TagDescription};
use ec2_api::{ApiError, ErrorCode};
use model::ids::NoId;
use model::tags::TagSet;
use model::{Ctx, Draft, Key, Realm, ResourceId, World};

use super::describe::OLD_MAX_RESULTS;
use super::filter::{Filters, tag_key};
use super::page::Page;
use super::{View, operations, tag_spec};
use crate::id_errors;

operations! {
    write CreateTags => create,
    write DeleteTags => delete,
    read DescribeTags => describe_all,
}

/// Resources of one request at most. Source: the API reference of CreateTags.
const RESOURCES_MAX: usize = 1000;
/// Tags that one request takes away at most. Source: the API reference of DeleteTags.
const DELETED_MAX: usize = 1000;
/// What DescribeTags filters by, beside `tag:<key>`.
const FILTERS: &[&str] = &["key", "resource-id", "resource-type", "value"];

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateTagsRequest) -> Result<ReturnTrue, ApiError> {
    let CreateTagsRequest { dry_run: _, resources, tags } = input;
    if tags.is_empty() {
        return Err(ApiError::missing_parameter("tagSet"));
    }
    let resources = taggable(draft.realm(), ctx.world, &resources)?;
    let mut checked = BTreeMap::new();
    for tag in tags {
        let (key, value) = tag_spec::checked(tag)?;
        if checked.insert(key.clone(), value).is_some() {
            return Err(ApiError::new(ErrorCode::InvalidParameterValue, format!("Duplicate tag key '{key}' specified.")));
        }
    }
    for resource in resources {
        tag_spec::add(draft, resource, checked.clone())?;
    }
    Ok(ReturnTrue)
}

fn delete(draft: &mut Draft, ctx: &mut Ctx<'_>, input: DeleteTagsRequest) -> Result<ReturnTrue, ApiError> {
    let DeleteTagsRequest { dry_run: _, resources, tags } = input;
    let resources = taggable(draft.realm(), ctx.world, &resources)?;
    if tags.len() > DELETED_MAX {
        let message = format!("The maximum number of tags specified on a single call is {DELETED_MAX}");
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    let mut named = Vec::with_capacity(tags.len());
    for Tag { key, value } in tags {
        let key = tag_spec::key(key)?;
        // The other rules do not matter here: no tag that breaks them exists.
        if tag_spec::is_reserved(&key) {
            return Err(tag_spec::reserved());
        }
        named.push((key, value));
    }
    for resource in resources {
        let Some(mut left) = draft.realm().tags_of(resource).cloned() else { continue };
        if named.is_empty() {
            left.retain(|key, _| tag_spec::is_reserved(key));
        }
        // A key alone takes the tag away whatever its value; with a value, even an empty one, only that.
        let going = |key: &String, value: &String| {
            named.iter().any(|(named, wanted)| named == key && wanted.as_ref().is_none_or(|wanted| wanted == value))
        };
        left.retain(|key, value| !going(key, value));
        if left.is_empty() {
            draft.delete(Key::TagSet(resource));
        } else {
            draft.put(TagSet { resource, tags: left });
        }
    }
    Ok(ReturnTrue)
}

fn describe_all(view: &View<'_>, input: DescribeTagsRequest) -> Result<DescribeTagsResult, ApiError> {
    let DescribeTagsRequest { dry_run: _, filters, max_results, next_token } = input;
    let filters = Filters::known_by(filters, |name| FILTERS.contains(&name) || tag_key(name).is_some())?;
    let page = Page::<TagKey>::new(max_results, next_token.as_deref(), OLD_MAX_RESULTS)?;
    let first = page.after().map(|after| after.resource);
    let wanted = first.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Included);
    let named: Option<BTreeSet<ResourceId>> =
        filters.literals("resource-id").map(|ids| ids.iter().filter_map(|id| id.parse().ok()).collect());
    let sets: Box<dyn Iterator<Item = &TagSet>> = match &named {
        Some(ids) => Box::new(ids.iter().filter_map(|id| view.realm.tags.get(id).map(AsRef::as_ref))),
        None => Box::new(view.realm.tags.range((wanted, std::ops::Bound::Unbounded)).map(|(_, set)| set.as_ref())),
    };
    let each = sets.flat_map(|set| set.tags.iter().map(move |(key, value)| (set.resource, key, value)));
    let accepted = each.filter(|(resource, key, value)| {
        filters.accept_untagged(|name| match name {
            "key" => vec![(*key).clone()],
            "resource-id" => vec![resource.to_string()],
            "resource-type" => vec![resource.resource_type().to_owned()],
            "value" => vec![(*value).clone()],
            // "The key/value combination of the tag": of the one that is shown, not of any that its resource has.
            name if tag_key(name) == Some(key.as_str()) => vec![(*value).clone()],
            _ => Vec::new(),
        })
    });
    let (tags, next_token) = page.cut(accepted.map(|(resource, key, value)| {
        let shown = TagDescription {
            key: Some(key.clone()),
            resource_id: Some(resource.to_string()),
            resource_type: Some(resource.resource_type().to_owned()),
            value: Some(value.clone()),
        };
        (TagKey { resource, key: key.clone() }, shown)
    }));
    Ok(DescribeTagsResult { next_token, tags })
}

/// Where a page of tags ends.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct TagKey {
    resource: ResourceId,
    key: String,
}

impl fmt::Display for TagKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.resource, self.key)
    }
}

impl FromStr for TagKey {
    type Err = NoId;

    fn from_str(text: &str) -> Result<Self, NoId> {
        let (resource, key) = text.split_once(' ').unwrap_or((text, ""));
        Ok(Self { resource: resource.parse()?, key: key.to_owned() })
    }
}

/// The resources of a request, each of which exists and can have tags.
fn taggable(realm: &Realm, world: &World, resources: &[String]) -> Result<Vec<ResourceId>, ApiError> {
    if resources.is_empty() {
        return Err(ApiError::missing_parameter("resourceIdSet"));
    }
    if resources.len() > RESOURCES_MAX {
        let message = format!("The maximum number of resources specified on a single call is {RESOURCES_MAX}");
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    resources.iter().map(|text| taggable_one(realm, world, text)).collect()
}

fn taggable_one(realm: &Realm, world: &World, text: &str) -> Result<ResourceId, ApiError> {
    // Whatever kind of id it looks like. [tagged-malformed]
    let invalid = || ApiError::new(ErrorCode::InvalidID, format!("The ID '{text}' is not valid"));
    let id: ResourceId = text.parse().map_err(|NoId| invalid())?;
    let exists = match id {
        // Parts of other resources, which have no tags of their own.
        ResourceId::RouteTableAssociation(_)
        | ResourceId::Attachment(_)
        | ResourceId::NetworkInterfacePermission(_)
        | ResourceId::ElasticIpAssociation(_)
        | ResourceId::Reservation(_)
        | ResourceId::NetworkAclAssociation(_)
        | ResourceId::VpcCidrAssociation(_)
        | ResourceId::SubnetCidrAssociation(_) => return Err(invalid()),
        ResourceId::Image(id) => world.images.get(id).is_some(),
        ResourceId::PublicIpv4Pool(id) => world.pools.brought().any(|(known, _)| known == id),
        ResourceId::Snapshot(id) => world.images.listed.iter().any(|image| image.snapshot == id),
        id => realm.has(id),
    };
    if exists { Ok(id) } else { Err(id_errors::not_found(id)) }
}
