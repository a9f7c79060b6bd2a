//! The filters of describe operations.
//!
//! Values of one filter are alternatives, several filters must all match, `*` and `?` are wildcards and `\` takes
//! their meaning away. A filter without values has no alternative that could match, and so the answer is empty [seen]. Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html>.

use std::collections::HashMap;

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
        let mut values = 0;
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
            } else if name == "tag-value" {
                tags().any(|(_, value)| matches(value))
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
    let on_tags = names.into_iter().find(|name| is_on_tags(name));
    on_tags.map_or(Ok(()), |name| Err(unknown(name)))
}

fn is_on_tags(name: &str) -> bool {
    matches!(name, "tag-key" | "tag-value") || tag_key(name).is_some()
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
///
/// Its characters and `?` are steps. What of a value was read so far ends at a set of them, and the next character takes the
/// whole set on at once, so that matching takes time in proportion to the value, whatever the pattern.
#[derive(Debug)]
struct Pattern {
    /// The steps that a character takes.
    steps: HashMap<char, Steps>,
    /// The steps that any character takes.
    any: Steps,
    /// The steps before which a `*` stands: any character may stay there.
    stars: Steps,
    /// How many steps there are.
    count: usize,
}

/// A set of steps, of which there are as many as a value has characters at most, and the end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Steps([u64; (VALUE_CHARACTERS_MAX + 1).div_ceil(64)]);

impl Steps {
    fn insert(&mut self, step: usize) {
        self.0[step / 64] |= 1 << (step % 64);
    }

    fn contains(self, step: usize) -> bool {
        self.0[step / 64] & (1 << (step % 64)) != 0
    }

    /// Those that are in both.
    fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    /// Those that are in either.
    fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    /// The ones after each.
    fn next(self) -> Self {
        let carry = |word: usize| if word == 0 { 0 } else { self.0[word - 1] >> 63 };
        Self(std::array::from_fn(|word| self.0[word] << 1 | carry(word)))
    }
}

impl Pattern {
    /// `text` has at most [`VALUE_CHARACTERS_MAX`] characters.
    fn new(text: &str) -> Self {
        let mut pattern = Self { steps: HashMap::new(), any: Steps::default(), stars: Steps::default(), count: 0 };
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            match char {
                '*' => {
                    pattern.stars.insert(pattern.count);
                    continue;
                }
                '?' => pattern.any.insert(pattern.count),
                '\\' => pattern.steps.entry(chars.next().unwrap_or('\\')).or_default().insert(pattern.count),
                char => pattern.steps.entry(char).or_default().insert(pattern.count),
            }
            pattern.count += 1;
        }
        pattern
    }

    fn matches(&self, value: &str) -> bool {
        let mut before = Steps::default();
        before.insert(0);
        for char in value.chars() {
            let taken = self.steps.get(&char).map_or(self.any, |steps| steps.or(self.any));
            before = before.and(taken).next().or(before.and(self.stars));
            if before == Steps::default() {
                return false;
            }
        }
        before.contains(self.count)
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
            ("a*", "a", true),
            ("", "", true),
            ("", "a", false),
            ("?", "é", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(value), expected, "{pattern} {value}");
        }
    }

    #[test]
    fn the_longest_patterns_match_from_end_to_end() {
        let longest = "a".repeat(VALUE_CHARACTERS_MAX);
        assert!(Pattern::new(&longest).matches(&longest));
        assert!(!Pattern::new(&longest).matches(&longest[1..]));
        let stars = format!("{}b", "*a".repeat(VALUE_CHARACTERS_MAX / 2));
        assert!(!Pattern::new(&stars).matches(&"a".repeat(100_000)));
        assert!(Pattern::new(&stars).matches(&format!("{}b", "a".repeat(100_000))));
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
