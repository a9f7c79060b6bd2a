//! Tags: the rules that hold for every resource, tags at creation, and tags in answers.

use std::collections::BTreeMap;

use ec2_api::shapes::{Tag, TagSpecification};
use ec2_api::{ApiError, ErrorCode};
use model::quotas::TAGS_PER_RESOURCE;
use model::tags::TagSet;
use model::{Draft, Key, Realm, ResourceId};

/// Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions>.
const KEY_CHARACTERS_MAX: usize = 128;
const VALUE_CHARACTERS_MAX: usize = 256;

/// Tags by the type of the resources they are for, as a creating request gave them.
#[derive(Debug, Default, Clone)]
pub struct NewTags(BTreeMap<String, BTreeMap<String, String>>);

impl NewTags {
    /// Checks the tag specifications of a request that creates resources of some types (`network-interface`, …).
    ///
    /// # Errors
    /// When a type is not one that the request creates, is given twice, or a tag breaks the rules.
    pub fn new(specifications: Vec<TagSpecification>, types: &[&str]) -> Result<Self, ApiError> {
        let mut by_type = BTreeMap::new();
        for specification in specifications {
            // [seen]
            let resource_type = specification
                .resource_type
                .filter(|name| !name.is_empty())
                .ok_or_else(|| ApiError::new(ErrorCode::InvalidParameterValue, "Tag specification resource type must have a value"))?;
            if !types.contains(&resource_type.as_str()) {
                let message = format!("'{resource_type}' is not a valid taggable resource type for this operation.");
                return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
            }
            if specification.tags.is_empty() {
                return Err(ApiError::new(ErrorCode::InvalidParameterValue, "Tag specification must have at least one tag"));
            }
            let mut tags = BTreeMap::new();
            for tag in specification.tags {
                let (key, value) = checked(tag)?;
                if tags.insert(key.clone(), value).is_some() {
                    let message = format!("Duplicate tag key '{key}' specified.");
                    return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
                }
            }
            if by_type.insert(resource_type.clone(), tags).is_some() {
                let message = format!("Duplicate resource type '{resource_type}' specified in tag specifications.");
                return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
            }
        }
        Ok(Self(by_type))
    }

    /// Tags a resource that the request created.
    ///
    /// # Errors
    /// When there are too many tags.
    pub fn put(&self, draft: &mut Draft, resource: impl Into<ResourceId>) -> Result<(), ApiError> {
        let resource = resource.into();
        match self.0.get(resource.resource_type()) {
            Some(tags) => add(draft, resource, tags.clone()),
            None => Ok(()),
        }
    }
}

/// Adds tags to a resource, or overwrites their values.
///
/// # Errors
/// When there would be too many.
pub fn add(draft: &mut Draft, resource: ResourceId, tags: BTreeMap<String, String>) -> Result<(), ApiError> {
    let mut all = draft.realm().tags_of(resource).cloned().unwrap_or_default();
    all.extend(tags);
    if all.keys().filter(|key| !key.starts_with("aws:")).count() > TAGS_PER_RESOURCE {
        let message = format!("More than {TAGS_PER_RESOURCE} tags specified");
        return Err(ApiError::new(ErrorCode::TagLimitExceeded, message));
    }
    if all.is_empty() {
        draft.delete(Key::TagSet(resource));
    } else {
        draft.put(TagSet { resource, tags: all });
    }
    Ok(())
}

/// A tag that keeps the rules: its key and value.
///
/// # Errors
/// When it does not.
pub fn checked(tag: Tag) -> Result<(String, String), ApiError> {
    let Tag { key, value } = tag;
    let key = self::key(key)?;
    // Empty is a value, none is not [seen].
    let value = value.ok_or_else(|| {
        let message = format!("Value ( {key} ) for parameter value is invalid. Tag value cannot be null. Use empty string instead.");
        ApiError::new(ErrorCode::InvalidParameterValue, message)
    })?;
    if key.chars().count() > KEY_CHARACTERS_MAX {
        let message = format!("Tag key exceeds the maximum length of {KEY_CHARACTERS_MAX} characters.");
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    if value.chars().count() > VALUE_CHARACTERS_MAX {
        let message = format!("Tag value exceeds the maximum length of {VALUE_CHARACTERS_MAX} characters.");
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    if is_reserved(&key) {
        return Err(reserved());
    }
    Ok((key, value))
}

/// The key of a tag, which no tag is without.
///
/// # Errors
/// When there is none [seen].
pub fn key(given: Option<String>) -> Result<String, ApiError> {
    given.filter(|key| !key.is_empty()).ok_or_else(|| {
        let message = "Value ( '' ) for parameter Tag key is invalid. Tag key cannot be null or empty.";
        ApiError::new(ErrorCode::InvalidParameterValue, message)
    })
}

/// Whether only AWS itself may give and take this key.
pub fn is_reserved(key: &str) -> bool {
    key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
}

/// Why a reserved key is refused [seen].
pub fn reserved() -> ApiError {
    ApiError::new(ErrorCode::InvalidParameterValue, "Tag keys starting with 'aws:' are reserved for internal use")
}

/// The tags of a resource, as answers list them.
pub fn answer(realm: &Realm, resource: impl Into<ResourceId>) -> Vec<Tag> {
    let tags = realm.tags_of(resource).into_iter().flatten();
    tags.map(|(key, value)| Tag { key: Some(key.clone()), value: Some(value.clone()) }).collect()
}
