//! Reads of what does not exist here, from snapshots to transit gateways: inventories and clean-up tools ask for everything,
//! and stop at the first error.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use ec2_api::ApiError;
use ec2_api::constant_read::{ConstantRead, Filtered};
use ec2_api::query::{self, Params};

use super::View;
use super::describe::{Ids, OLD_MAX_RESULTS};
use super::filter::{Filters, is_on_tags};
use super::page::{Page, Sizes};

/// The key of a page of nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Nothing;

impl fmt::Display for Nothing {
    fn fmt(&self, _out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl FromStr for Nothing {
    type Err = Infallible;

    fn from_str(_text: &str) -> Result<Self, Self::Err> {
        Ok(Self)
    }
}

/// The answer to any of them.
pub fn answer(_view: &View<'_>, params: Params) -> Result<String, ApiError> {
    let Some(read) = ConstantRead::named(params.action()) else { return Err(query::unknown_action(params.action())) };
    let asked = read.read(params)?;
    for (id, values) in &asked.ids {
        Ids(id.member, values).or_pages(asked.max_results)?;
    }
    if let Some(Filtered { names, tags }) = read.filters {
        Filters::known_by(asked.filters, |name| names.is_empty() && !tags || names.contains(&name) || tags && is_on_tags(name))?;
    }
    let sizes = read.max_results.map_or(OLD_MAX_RESULTS, |(least, most)| Sizes::within(least, most));
    Page::<Nothing>::new(asked.max_results, asked.next_token.as_deref(), sizes)?;
    match asked.ids.iter().find_map(|(id, values)| Some((id, values.first()?))) {
        Some((id, value)) => Err(id.not_found(value)),
        None => Ok(read.answer.to_owned()),
    }
}
