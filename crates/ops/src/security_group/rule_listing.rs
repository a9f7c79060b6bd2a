//! DescribeSecurityGroupRules.

use std::collections::BTreeSet;

use ec2_api::ApiError;
use ec2_api::shapes::{DescribeSecurityGroupRulesRequest, DescribeSecurityGroupRulesResult};
use model::ids::{SecurityGroupId, SecurityGroupRuleId};
use model::security_group::SecurityGroupRule;
use model::{Realm, ResourceId};

use super::rule;
use crate::View;
use crate::describe::{Ids, MAX_RESULTS};
use crate::filter::Filters;
use crate::id_errors;
use crate::lookup::ids;
use crate::page::Page;
use crate::work;

pub fn describe(view: &View<'_>, input: DescribeSecurityGroupRulesRequest) -> Result<DescribeSecurityGroupRulesResult, ApiError> {
    let DescribeSecurityGroupRulesRequest { filters, security_group_rule_ids, dry_run: _, next_token, max_results } = input;
    Ids("securityGroupRuleIds", &security_group_rule_ids).or_pages(max_results)?;
    let filters = Filters::new(filters, &["group-id", "security-group-rule-id"])?;
    let page = Page::<SecurityGroupRuleId>::new(max_results, next_token.as_deref(), MAX_RESULTS)?;
    let accepted = |id: SecurityGroupRuleId, group: SecurityGroupId| {
        let passes = filters.accept(view.realm, id, |name| match name {
            "group-id" => vec![group.to_string()],
            "security-group-rule-id" => vec![id.to_string()],
            _ => Vec::new(),
        });
        passes.then(|| Some((id, rule::answer(view.realm, view.scope, group, find(view.realm, group, id)?)))).flatten()
    };
    let (security_group_rules, next_token) = if !security_group_rule_ids.is_empty() {
        let wanted: BTreeSet<SecurityGroupRuleId> = ids(&security_group_rule_ids)?.into_iter().collect();
        let found = wanted.into_iter().map(|id| Ok((id, group_of(view.realm, id)?)));
        let found = found.collect::<Result<Vec<_>, ApiError>>()?;
        page.cut(found.into_iter().filter_map(|(id, group)| accepted(id, group)))
    } else if let Some(groups) = filters.literals("group-id") {
        // [seen]: a filter's value that is no group's id is refused here, and nowhere else.
        let groups: BTreeSet<SecurityGroupId> = ids(groups)?.into_iter().collect();
        let rows = groups.iter().filter_map(|group| view.realm.security_groups.get(group));
        let rules: BTreeSet<_> =
            rows.flat_map(|group| group.rules.iter().map(|rule| (rule.id, group.id))).take_while(work::goes_on).collect();
        page.cut(rules.into_iter().filter_map(|(id, group)| accepted(id, group)))
    } else {
        page.cut(view.realm.index.group_rules_after(page.after().copied()).filter_map(|(id, group)| accepted(id, group)))
    };
    Ok(DescribeSecurityGroupRulesResult { security_group_rules, next_token })
}

fn group_of(realm: &Realm, rule: SecurityGroupRuleId) -> Result<SecurityGroupId, ApiError> {
    realm.index.group_of_rule(rule).ok_or_else(|| id_errors::not_found(ResourceId::from(rule)))
}

fn find(realm: &Realm, group: SecurityGroupId, rule: SecurityGroupRuleId) -> Option<&SecurityGroupRule> {
    realm.security_groups.get(&group)?.rules.iter().find(|own| own.id == rule)
}
