//! The filters of describe operations.
//!
//! Values of one filter are alternatives, several filters must all match, `*` and `?` are wildcards and `\` takes
//! their meaning away. A filter without values has no alternative that could match, and so the answer is empty [seen]. Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html>.

use ec2_api::shapes::Filter;
use ec2_api::{ApiError, ErrorCode};
use model::{Realm, ResourceId};

use super::pattern::Patterns;
use crate::work;

/// Values of all filters of a request at most. Source: the same page.
const VALUES_MAX: usize = 200;
/// A value of a filter at most [seen].
const VALUE_CHARACTERS_MAX: usize = 255;

/// The filters of a request.
#[derive(Debug, Default)]
pub struct Filters(Vec<Given>);

/// A filter: its name, its values, and what these match.
#[derive(Debug)]
struct Given {
    name: String,
    values: Vec<String>,
    patterns: Patterns,
}

impl Filters {
    /// Checks the filters against the names that the operation knows, and those that all know whose resources can carry
    /// tags: `tag:<key>`, `tag-key`, and `tag-value`, which is documented no more and still works [seen].
    ///
    /// # Errors
    /// When a name is unknown, or there are too many values.
    pub fn new(filters: Vec<Filter>, names: &[&str]) -> Result<Self, ApiError> {
        Self::known_by(filters, |name| names.contains(&name) || is_on_tags(name))
    }

    /// Checks the filters against a list of names, without those of tags.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn untagged(filters: Vec<Filter>, names: &[&str]) -> Result<Self, ApiError> {
        Self::known_by(filters, |name| names.contains(&name))
    }

    /// Checks the filters by whether their names are known.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn known_by(filters: Vec<Filter>, is_known: impl Fn(&str) -> bool) -> Result<Self, ApiError> {
        let mut checked = Vec::with_capacity(filters.len());
        let values: usize = filters.iter().map(|filter| filter.values.len()).sum();
        for filter in filters {
            // [seen]
            let name = filter.name.unwrap_or_else(|| "null".into());
            if !is_known(&name) {
                return Err(unknown(&name));
            }
            if filter.values.iter().any(|value| value.chars().count() > VALUE_CHARACTERS_MAX) {
                let message = format!("The maximum length for a filter value is {VALUE_CHARACTERS_MAX} characters");
                return Err(ApiError::new(ErrorCode::FilterLimitExceeded, message));
            }
            // Before patterns are made of them.
            if values > VALUES_MAX {
                continue;
            }
            let patterns = Patterns::new(&filter.values);
            checked.push(Given { name, values: filter.values, patterns });
        }
        if values > VALUES_MAX {
            let message = format!("The maximum number of filter values specified on a single call is {VALUES_MAX}");
            return Err(ApiError::new(ErrorCode::FilterLimitExceeded, message));
        }
        Ok(Self(checked))
    }

    /// Whether a resource passes. `values` gives the values that a resource has for the filter of a name; it is not
    /// asked about tags. None passes once the [`work`] of the request is over.
    pub fn accept(&self, realm: &Realm, id: impl Into<ResourceId>, values: impl Fn(&str) -> Vec<String>) -> bool {
        let id = id.into();
        work::spend(1)
            && self.0.iter().all(|given| {
                let (name, matches) = (&given.name, |value: &str| given.patterns.match_any(value));
                let tags = || realm.tags_of(id).into_iter().flatten();
                if let Some(key) = tag_key(name) {
                    tags().any(|(tag, value)| tag == key && matches(value))
                } else if name == "tag-key" {
                    tags().any(|(tag, _)| matches(tag))
                } else if name == "tag-value" {
                    tags().any(|(_, value)| matches(value))
                } else {
                    any(&values(name), matches)
                }
            })
    }

    /// Like [`Self::accept`], for what cannot carry tags: `values` is asked about every filter.
    pub fn accept_untagged(&self, values: impl Fn(&str) -> Vec<String>) -> bool {
        work::spend(1) && self.0.iter().all(|given| any(&values(&given.name), |value| given.patterns.match_any(value)))
    }

    /// The resources that carry the tags of one `tag:<key>` filter whose values are all meant literally, from the index.
    pub fn tagged(&self, realm: &Realm) -> Option<Vec<ResourceId>> {
        let literal = |given: &&Given| tag_key(&given.name).is_some() && self.literals(&given.name).is_some();
        let given = self.0.iter().find(literal)?;
        let key = tag_key(&given.name)?;
        Some(given.values.iter().flat_map(|value| realm.index.tagged(key, value)).take_while(work::goes_on).collect())
    }

    /// The values of a filter, when each is meant literally: lets an operation start from an index.
    pub fn literals(&self, name: &str) -> Option<&[String]> {
        let values = &self.0.iter().find(|given| given.name == name)?.values;
        values.iter().all(|value| !value.contains(['*', '?', '\\'])).then_some(values)
    }
}

/// Whether one of the values that a resource has matches. Some have thousands: each is paid for.
fn any(values: &[String], matches: impl Fn(&str) -> bool) -> bool {
    work::spend(u32::try_from(values.len()).unwrap_or(u32::MAX)) && values.iter().any(|value| matches(value))
}

/// Refuses filters on tags where EC2 does, though what is filtered can have tags: its answer shows none [seen of
/// DescribeInstanceStatus].
///
/// # Errors
/// When there is one.
pub fn refuse_tags(filters: &[Filter]) -> Result<(), ApiError> {
    let names = filters.iter().filter_map(|filter| filter.name.as_deref());
    let on_tags = names.into_iter().find(|name| is_on_tags(name));
    on_tags.map_or(Ok(()), |name| Err(unknown(name)))
}

/// Whether a filter is on tags.
pub fn is_on_tags(name: &str) -> bool {
    matches!(name, "tag-key" | "tag-value") || tag_key(name).is_some()
}

fn unknown(name: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidParameterValue, format!("The filter '{name}' is invalid"))
}

/// The key of a filter `tag:<key>`.
pub fn tag_key(name: &str) -> Option<&str> {
    name.strip_prefix("tag:").filter(|key| !key.is_empty())
}
