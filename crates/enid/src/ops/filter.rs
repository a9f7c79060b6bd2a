//! The filters of describe operations.
//!
//! Values of one filter are alternatives, several filters must all match, `*` and `?` are wildcards and `\` takes
//! their meaning away. Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html>.

use ec2_api::shapes::Filter;
use ec2_api::{ApiError, ErrorCode};
use model::{Realm, ResourceId};

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
    patterns: Vec<Pattern>,
}

impl Filters {
    /// Checks the filters against the names that the operation knows, and those that all know whose resources can carry
    /// tags: `tag:<key>` and `tag-key`.
    ///
    /// # Errors
    /// When a name is unknown, a value is missing, or there are too many.
    pub fn new(filters: Vec<Filter>, names: &[&str]) -> Result<Self, ApiError> {
        Self::known_by(filters, |name| names.contains(&name) || name == "tag-key" || tag_key(name).is_some())
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
        let mut values = 0;
        for filter in filters {
            // [seen]
            let name = filter.name.unwrap_or_else(|| "null".into());
            if !is_known(&name) {
                return Err(unknown(&name));
            }
            if filter.values.is_empty() {
                let message = format!("The filter '{name}' has no values; the request must contain the parameter Filter.Value");
                return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
            }
            if filter.values.iter().any(|value| value.chars().count() > VALUE_CHARACTERS_MAX) {
                let message = format!("The maximum length for a filter value is {VALUE_CHARACTERS_MAX} characters");
                return Err(ApiError::new(ErrorCode::FilterLimitExceeded, message));
            }
            values += filter.values.len();
            let patterns = filter.values.iter().map(|value| Pattern::new(value)).collect();
            checked.push(Given { name, values: filter.values, patterns });
        }
        if values > VALUES_MAX {
            let message = format!("The maximum number of filter values specified on a single call is {VALUES_MAX}");
            return Err(ApiError::new(ErrorCode::FilterLimitExceeded, message));
        }
        Ok(Self(checked))
    }

    /// Whether a resource passes. `values` gives the values that a resource has for the filter of a name; it is not
    /// asked about tags.
    pub fn accept(&self, realm: &Realm, id: impl Into<ResourceId>, values: impl Fn(&str) -> Vec<String>) -> bool {
        let id = id.into();
        self.0.iter().all(|given| {
            let (name, matches) = (&given.name, |value: &str| given.matches(value));
            let tags = || realm.tags_of(id).into_iter().flatten();
            if let Some(key) = tag_key(name) {
                tags().any(|(tag, value)| tag == key && matches(value))
            } else if name == "tag-key" {
                tags().any(|(tag, _)| matches(tag))
            } else {
                values(name).iter().any(|value| matches(value))
            }
        })
    }

    /// Like [`Self::accept`], for what cannot carry tags: `values` is asked about every filter.
    pub fn accept_untagged(&self, values: impl Fn(&str) -> Vec<String>) -> bool {
        self.0.iter().all(|given| values(&given.name).iter().any(|value| given.matches(value)))
    }

    /// The resources that carry the tags of one `tag:<key>` filter whose values are all meant literally, from the index.
    pub fn tagged(&self, realm: &Realm) -> Option<Vec<ResourceId>> {
        let literal = |given: &&Given| tag_key(&given.name).is_some() && self.literals(&given.name).is_some();
        let given = self.0.iter().find(literal)?;
        let key = tag_key(&given.name)?;
        Some(given.values.iter().flat_map(|value| realm.index.tagged(key, value)).collect())
    }

    /// The values of a filter, when each is meant literally: lets an operation start from an index.
    pub fn literals(&self, name: &str) -> Option<&[String]> {
        let values = &self.0.iter().find(|given| given.name == name)?.values;
        values.iter().all(|value| !value.contains(['*', '?', '\\'])).then_some(values)
    }
}

/// Refuses filters on tags where EC2 does, though what is filtered can have tags: its answer shows none [seen of
/// DescribeInstanceStatus].
///
/// # Errors
/// When there is one.
pub fn refuse_tags(filters: &[Filter]) -> Result<(), ApiError> {
    let names = filters.iter().filter_map(|filter| filter.name.as_deref());
    let on_tags = names.into_iter().find(|name| *name == "tag-key" || tag_key(name).is_some());
    on_tags.map_or(Ok(()), |name| Err(unknown(name)))
}

fn unknown(name: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidParameterValue, format!("The filter '{name}' is invalid"))
}

/// The key of a filter `tag:<key>`.
pub fn tag_key(name: &str) -> Option<&str> {
    name.strip_prefix("tag:").filter(|key| !key.is_empty())
}

impl Given {
    fn matches(&self, value: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(value))
    }
}

/// A value of a filter, read once: a request may bring long ones, and every row is held to them.
#[derive(Debug)]
struct Pattern(Vec<Part>);

#[derive(Debug, PartialEq)]
enum Part {
    Any,
    One,
    Char(char),
}

impl Pattern {
    fn new(text: &str) -> Self {
        let mut chars = text.chars();
        let mut parts = Vec::with_capacity(text.len());
        while let Some(char) = chars.next() {
            parts.push(match char {
                '*' => Part::Any,
                '?' => Part::One,
                '\\' => Part::Char(chars.next().unwrap_or('\\')),
                char => Part::Char(char),
            });
        }
        // Several stars match what one does, and each would cost a look.
        parts.dedup_by(|next, part| *next == Part::Any && *part == Part::Any);
        Self(parts)
    }

    /// Takes time proportional to the square of the value's length at worst, however long the pattern is: between two
    /// stars, it goes no further than the value does.
    fn matches(&self, value: &str) -> bool {
        let value: Vec<char> = value.chars().collect();
        let (mut part, mut at) = (0, 0);
        // Where to go on after the last `*` when what follows it does not match: one character later.
        let mut retry: Option<(usize, usize)> = None;
        while at < value.len() {
            match self.0.get(part) {
                Some(Part::Any) => {
                    retry = Some((part + 1, at));
                    part += 1;
                }
                Some(Part::One) => (part, at) = (part + 1, at + 1),
                Some(Part::Char(char)) if *char == value[at] => (part, at) = (part + 1, at + 1),
                _ => {
                    let Some((after_star, from)) = retry else { return false };
                    retry = Some((after_star, from + 1));
                    (part, at) = (after_star, from + 1);
                }
            }
        }
        self.0[part..].iter().all(|part| *part == Part::Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wildcards_match_as_ec2_describes() {
        for (pattern, value, expected) in [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            (r"\*amazon\?\\", r"*amazon?\", true),
            (r"\*", "x", false),
            ("*database*", "my-database-1", true),
            ("web", "webserver", false),
            ("Web", "web", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(value), expected, "{pattern} {value}");
        }
    }

    proptest! {
        /// The quick matcher agrees with the obvious recursive one.
        #[test]
        fn matching_agrees_with_a_naive_matcher(pattern in "[ab*?]{0,8}", value in "[ab]{0,8}") {
            fn naive(pattern: &[u8], value: &[u8]) -> bool {
                match (pattern.first(), value.first()) {
                    (None, None) => true,
                    (Some(b'*'), _) => naive(&pattern[1..], value) || !value.is_empty() && naive(pattern, &value[1..]),
                    (Some(b'?'), Some(_)) => naive(&pattern[1..], &value[1..]),
                    (Some(char), Some(other)) => char == other && naive(&pattern[1..], &value[1..]),
                    _ => false,
                }
            }
            prop_assert_eq!(Pattern::new(&pattern).matches(&value), naive(pattern.as_bytes(), value.as_bytes()));
        }
    }
}
