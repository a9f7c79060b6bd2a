//! What all describe operations do alike: ids or filters or everything, page by page.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use ec2_api::shapes::{Filter, OperatorResponse};
use ec2_api::{ApiError, ErrorCode};
use model::ids::{KindOfId, MalformedId};
use model::state::AsTable;
use model::{Realm, ResourceId, Scope};

use super::View;
use super::filter::Filters;
use super::lookup;
use super::page::{Page, Sizes};
use crate::work;

/// `MaxResults` of most describe operations. Source: the EC2 API reference.
pub const MAX_RESULTS: Sizes = Sizes::within(5, 1000);
/// `MaxResults` of those that are as old as DescribeInstances. Source: the EC2 API reference, "Pagination".
pub const OLD_MAX_RESULTS: Sizes = Sizes::cut_at(5, 1000);

/// Items of an answer at most when no pages were asked for. EC2 refuses long lists of interfaces and route tables so
/// (clients then ask for pages of 1000); where it draws the line is not known.
const UNPAGED_ITEMS_MAX: usize = 10_000;

/// What EC2 calls the parameter that names ids, where it refuses it, and the ids.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ids<'a>(pub &'a str, pub &'a [String]);

impl Ids<'_> {
    /// Checks that a request does not both name ids and ask for pages: "If you call a describe API action with both a list
    /// of IDs and MaxResults, the request fails".
    ///
    /// # Errors
    /// When it does [seen for VPCs, interfaces, instances, images, volumes and groups].
    pub fn or_pages(self, max_results: Option<i32>) -> Result<(), ApiError> {
        let Self(parameter, ids) = self;
        if ids.is_empty() || max_results.is_none() {
            return Ok(());
        }
        let pages = if parameter.starts_with(char::is_lowercase) { "maxResults" } else { "MaxResults" };
        let message = format!("The parameter {parameter} cannot be used with the parameter {pages}");
        Err(ApiError::new(ErrorCode::InvalidParameterCombination, message))
    }
}

/// What a describe request asks for.
pub struct Query<'a> {
    /// The ids that were named. Naming one that does not exist is an error.
    pub ids: Ids<'a>,
    /// The filters that were given.
    pub filters: Vec<Filter>,
    /// The names of the filters that the operation knows, those of tags apart.
    pub known_filters: &'a [&'a str],
    /// `MaxResults`.
    pub max_results: Option<i32>,
    /// `NextToken`.
    pub next_token: Option<&'a str>,
}

/// Finds the rows that a request asks for, cuts the page, and turns rows into answers.
///
/// `narrow` may give, from literal filter values and an index, the only keys worth looking at. `values` gives a row's
/// values for a filter.
///
/// # Errors
/// When an id, filter, token or size is not legal, or an id names nothing.
pub fn describe<R, K, T>(
    realm: &Realm,
    query: Query<'_>,
    narrow: impl Fn(&Filters) -> Option<BTreeSet<K>>,
    values: impl Fn(&R, &str) -> Vec<String>,
    answer: impl Fn(&R) -> T,
) -> Result<(Vec<T>, Option<String>), ApiError>
where
    Realm: AsTable<R, Key = K>,
    K: KindOfId + Ord + Display + FromStr<Err = MalformedId>,
{
    describe_within(MAX_RESULTS, realm, query, narrow, values, answer)
}

/// [`describe`] for an operation with bounds of its own on `MaxResults`.
///
/// # Errors
/// As [`describe`].
pub fn describe_within<R, K, T>(
    sizes: Sizes,
    realm: &Realm,
    query: Query<'_>,
    narrow: impl Fn(&Filters) -> Option<BTreeSet<K>>,
    values: impl Fn(&R, &str) -> Vec<String>,
    answer: impl Fn(&R) -> T,
) -> Result<(Vec<T>, Option<String>), ApiError>
where
    Realm: AsTable<R, Key = K>,
    K: KindOfId + Ord + Display + FromStr<Err = MalformedId>,
{
    query.ids.or_pages(query.max_results)?;
    let filters = Filters::new(query.filters, query.known_filters)?;
    let page = Page::<K>::new(query.max_results, query.next_token, sizes)?;
    let table = AsTable::<R>::table(realm);
    let accepted = |key: K, row: &Arc<R>| filters.accept(realm, key, |name| values(row, name)).then(|| (key, Arc::clone(row)));
    let Ids(_, ids) = query.ids;
    let cut = if !ids.is_empty() {
        let wanted: BTreeSet<K> = lookup::ids(ids)?.into_iter().collect();
        let rows = wanted.into_iter().map(|key| Ok((key, lookup::row::<R, K>(realm, key)?))).collect::<Result<Vec<_>, ApiError>>()?;
        page.cut(rows.into_iter().filter_map(|(key, row)| accepted(key, &row)))
    } else if let Some(keys) = narrow(&filters).or_else(|| tagged(realm, &filters)) {
        page.cut(keys.into_iter().filter_map(|key| accepted(key, table.get(&key)?)))
    } else {
        match page.after() {
            Some(&after) => page.cut(table.range(after..).take_while(work::goes_on).filter_map(|(key, row)| accepted(*key, row))),
            None => page.cut(table.range(..).take_while(work::goes_on).filter_map(|(key, row)| accepted(*key, row))),
        }
    };
    let (rows, next_token) = cut;
    if query.max_results.is_none() && rows.len() > UNPAGED_ITEMS_MAX {
        // [seen]
        let message = "Unpaginated and unqualified requests are not permitted.";
        return Err(ApiError::new(ErrorCode::OperationNotPermitted, message));
    }
    Ok((rows.iter().map(|row| answer(row)).collect(), next_token))
}

/// The keys of the rows that a filter's tags leave.
fn tagged<K: KindOfId + Ord>(realm: &Realm, filters: &Filters) -> Option<BTreeSet<K>> {
    Some(filters.tagged(realm)?.into_iter().filter_map(K::from_resource).collect())
}

/// The resources of one kind that belong to any of the resources that a filter names literally, which may be another
/// account's: a `narrow` for [`describe`].
pub fn belonging_to<P, K>(view: &View<'_>, filters: &Filters, name: &str) -> Option<BTreeSet<K>>
where
    P: FromStr<Err = MalformedId> + Into<ResourceId>,
    K: KindOfId + Ord,
{
    let named = filters.literals(name)?.iter().filter_map(|text| text.parse::<P>().ok().map(Into::into));
    let belonging = named.flat_map(|id: ResourceId| {
        view.here().owner_of(id).into_iter().flat_map(move |owner| owner.realm.index.referrers_of_kind::<K>(id))
    });
    Some(belonging.take_while(work::goes_on).collect())
}

/// Who manages a resource: as of every one here, no service. Filters call it `operator.managed`.
pub fn unmanaged() -> OperatorResponse {
    OperatorResponse { managed: Some(false), ..OperatorResponse::default() }
}

/// The Amazon Resource Name of a resource.
pub fn arn(scope: Scope, id: impl Into<ResourceId>) -> String {
    let id = id.into();
    format!("arn:aws:ec2:{}:{}:{}/{id}", scope.region, scope.account, id.resource_type())
}

/// How filters and answers write a truth value.
pub fn truth(value: bool) -> Vec<String> {
    vec![value.to_string()]
}
