//! Sets of DHCP options.

use ec2_api::ApiError;
use ec2_api::shapes::{
    AssociateDhcpOptionsRequest, AttributeValue, CreateDhcpOptionsRequest, CreateDhcpOptionsResult, DeleteDhcpOptionsRequest,
    DescribeDhcpOptionsRequest, DescribeDhcpOptionsResult, DhcpConfiguration, DhcpOptions as Answer, NewDhcpConfiguration, ReturnTrue,
};
use model::dhcp_options::{self, DhcpOptions};
use model::ids::{DhcpOptionsId, VpcId};
use model::vpc::Vpc;
use model::{Ctx, Draft, Error, Key, Realm, Scope};

use super::describe::{Ids, Query, describe};
use super::lookup::{required, required_id, row};
use super::tag_spec::{self, NewTags};
use super::{View, operations};
use crate::errors;

operations! {
    write CreateDhcpOptions => create,
    read DescribeDhcpOptions => describe_all,
    write AssociateDhcpOptions => associate,
    write DeleteDhcpOptions => delete,
}

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateDhcpOptionsRequest) -> Result<CreateDhcpOptionsResult, ApiError> {
    let CreateDhcpOptionsRequest { dhcp_configurations, tag_specifications, dry_run: _ } = input;
    let tags = NewTags::new(tag_specifications, &["dhcp-options"])?;
    let options = dhcp_configurations.into_iter().map(|NewDhcpConfiguration { key, values }| Ok((required(key, "Key")?, values)));
    let id = dhcp_options::create(draft, ctx, options.collect::<Result<_, ApiError>>()?).map_err(errors::answer)?;
    tags.put(draft, id)?;
    let made = row::<DhcpOptions, _>(draft.realm(), id)?;
    Ok(CreateDhcpOptionsResult { dhcp_options: Some(answer(draft.realm(), ctx.scope, &made)) })
}

fn describe_all(view: &View<'_>, input: DescribeDhcpOptionsRequest) -> Result<DescribeDhcpOptionsResult, ApiError> {
    let DescribeDhcpOptionsRequest { dhcp_options_ids, next_token, max_results, dry_run: _, filters } = input;
    let (dhcp_options, next_token) = describe(
        view.realm,
        Query {
            ids: Ids("DhcpOptionsIds", &dhcp_options_ids),
            filters,
            known_filters: &["dhcp-options-id", "key", "value", "owner-id"],
            max_results,
            next_token: next_token.as_deref(),
        },
        |_| None,
        |set: &DhcpOptions, name| match name {
            "dhcp-options-id" => vec![set.id.to_string()],
            "key" => set.options.iter().map(|(key, _)| key.clone()).collect(),
            "value" => set.options.iter().flat_map(|(_, values)| values.clone()).collect(),
            "owner-id" => vec![view.scope.account.to_string()],
            _ => Vec::new(),
        },
        |set| answer(view.realm, view.scope, set),
    )?;
    Ok(DescribeDhcpOptionsResult { next_token, dhcp_options })
}

fn associate(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: AssociateDhcpOptionsRequest) -> Result<ReturnTrue, ApiError> {
    let AssociateDhcpOptionsRequest { dhcp_options_id, vpc_id, dry_run: _ } = input;
    let vpc: VpcId = required_id(vpc_id.as_deref(), "VpcId")?;
    let options = match required(dhcp_options_id.as_deref(), "DhcpOptionsId")? {
        // "The ID of the DHCP options set, or default to associate no DHCP options with the VPC."
        "default" => None,
        text => Some(super::lookup::id::<DhcpOptionsId>(text)?),
    };
    let realm = draft.realm();
    let vpc = row::<Vpc, _>(realm, vpc)?;
    if let Some(options) = options {
        row::<DhcpOptions, _>(realm, options)?;
    }
    draft.put(Vpc { dhcp_options: options, ..Vpc::clone(&vpc) });
    Ok(ReturnTrue)
}

fn delete(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DeleteDhcpOptionsRequest) -> Result<ReturnTrue, ApiError> {
    let DeleteDhcpOptionsRequest { dhcp_options_id, dry_run: _ } = input;
    let id: DhcpOptionsId = required_id(dhcp_options_id.as_deref(), "DhcpOptionsId")?;
    let realm = draft.realm();
    row::<DhcpOptions, _>(realm, id)?;
    if realm.index.referrers(id).next().is_some() {
        return Err(errors::answer(Error::DependencyViolation(id.into())));
    }
    draft.delete(Key::DhcpOptions(id));
    Ok(ReturnTrue)
}

fn answer(realm: &Realm, scope: Scope, set: &DhcpOptions) -> Answer {
    let value = |value: &String| AttributeValue { value: Some(value.clone()) };
    let option =
        |(key, values): &(String, Vec<String>)| DhcpConfiguration { key: Some(key.clone()), values: values.iter().map(value).collect() };
    Answer {
        owner_id: Some(scope.account.to_string()),
        tags: tag_spec::answer(realm, set.id),
        dhcp_options_id: Some(set.id.to_string()),
        dhcp_configurations: set.options.iter().map(option).collect(),
    }
}
