//! Pages of describe operations.
//!
//! A token holds the key of the last item that was shown, so that a walk neither repeats nor loses an item that stays,
//! whatever comes and goes between pages.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ec2_api::{ApiError, ErrorCode};

use crate::work;

/// Begins every token, so that what enid did not make is told apart.
const MARK: &str = "enid1:";

/// What `MaxResults` of an operation can be. EC2 refuses less than the least.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    least: i32,
    most: i32,
    is_more_cut: bool,
}

impl Sizes {
    /// Where EC2's model names both bounds, EC2 refuses more than the most [seen].
    pub const fn within(least: i32, most: i32) -> Self {
        Self { least, most, is_more_cut: false }
    }

    /// Where EC2's model names no bounds, as for DescribeInstances, EC2 gives pages of the most to who asks for more.
    pub const fn cut_at(least: i32, most: i32) -> Self {
        Self { least, most, is_more_cut: true }
    }

    fn check(self, wanted: i32) -> Result<usize, ApiError> {
        let Self { least, most, is_more_cut } = self;
        let refused = |why: String| {
            let message = format!("Value ( {wanted} ) for parameter maxResults is invalid. Expecting a value {why}.");
            Err(ApiError::new(ErrorCode::InvalidParameterValue, message))
        };
        // [seen], both.
        if wanted < least {
            return refused(format!("greater than {least}"));
        }
        if wanted > most && !is_more_cut {
            return refused(format!("smaller than or equal to {most}"));
        }
        Ok(usize::try_from(wanted.min(most)).unwrap_or(usize::MAX))
    }
}

/// What page is wanted.
#[derive(Debug)]
pub struct Page<K> {
    after: Option<K>,
    size: usize,
}

impl<K: Display + FromStr + Ord + Clone> Page<K> {
    /// Reads `MaxResults` and `NextToken`. Without `MaxResults`, all items are one page.
    ///
    /// # Errors
    /// When `MaxResults` is out of bounds or the token is none of enid's.
    pub fn new(max_results: Option<i32>, next_token: Option<&str>, sizes: Sizes) -> Result<Self, ApiError> {
        let size = max_results.map_or(Ok(usize::MAX), |wanted| sizes.check(wanted))?;
        let after = next_token.filter(|token| !token.is_empty()).map(read_token).transpose()?;
        Ok(Self { after, size })
    }

    /// Where the page begins: items up to and including this key were shown.
    pub fn after(&self) -> Option<&K> {
        self.after.as_ref()
    }

    /// Cuts the page out of items in the order of their keys, and makes the token of the next one. Items that were
    /// shown are passed over; no item after the page's last is looked at but one.
    pub fn cut<T>(&self, items: impl Iterator<Item = (K, T)>) -> (Vec<T>, Option<String>) {
        let mut page = Vec::new();
        let mut last: Option<K> = None;
        for (key, item) in items.filter(|(key, _)| self.after.as_ref().is_none_or(|after| key > after)) {
            if page.len() == self.size {
                return (page, last.map(|key| URL_SAFE_NO_PAD.encode(format!("{MARK}{key}"))));
            }
            page.push(item);
            last = Some(key);
            if !work::spend(work::SHOWN) {
                break;
            }
        }
        (page, None)
    }
}

fn read_token<K: FromStr>(token: &str) -> Result<K, ApiError> {
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let key = text.as_deref().and_then(|text| text.strip_prefix(MARK)).and_then(|key| key.parse().ok());
    key.ok_or_else(|| ApiError::new(ErrorCode::InvalidPaginationToken, "The specified nextToken is invalid."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// A walk during which items come and go shows nothing twice and everything that stayed.
        #[test]
        fn a_walk_during_changes_shows_what_stayed_once(
            start in prop::collection::btree_set(0u32..100, 0..60),
            changes in prop::collection::vec((0u32..100, any::<bool>()), 0..60),
            size in 1i32..9,
        ) {
            let mut items: BTreeSet<u32> = start.clone();
            let mut stayed = start;
            let mut changes = changes.into_iter();
            let (mut shown, mut token) = (Vec::new(), None::<String>);
            loop {
                let page = Page::<u32>::new(Some(size), token.as_deref(), Sizes::within(1, 1000)).unwrap();
                let (mut cut, next) = page.cut(items.iter().map(|item| (*item, *item)));
                shown.append(&mut cut);
                token = next;
                if token.is_none() {
                    break;
                }
                for (item, add) in changes.by_ref().take(3) {
                    if add { items.insert(item); } else { items.remove(&item); stayed.remove(&item); }
                }
            }
            let once: BTreeSet<u32> = shown.iter().copied().collect();
            prop_assert_eq!(once.len(), shown.len());
            prop_assert!(stayed.is_subset(&once));
        }

        #[test]
        fn a_foreign_token_is_refused(token in ".{1,40}") {
            prop_assert!(Page::<u32>::new(None, Some(&token), Sizes::within(5, 1000)).is_err());
        }
    }
}
