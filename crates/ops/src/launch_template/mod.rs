//! Launch templates. A version keeps the parameters of its data as they were sent, so that a launch from it reads them
//! just as if they had come with the launch.

mod answer;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

use ec2_api::operations::{CreateLaunchTemplate, CreateLaunchTemplateVersion};
use ec2_api::query::Params;
use ec2_api::shapes::{
    CreateLaunchTemplateRequest, CreateLaunchTemplateResult, CreateLaunchTemplateVersionRequest, CreateLaunchTemplateVersionResult,
    DeleteLaunchTemplateRequest, DeleteLaunchTemplateResult, DeleteLaunchTemplateVersionsRequest,
    DeleteLaunchTemplateVersionsResponseErrorItem, DeleteLaunchTemplateVersionsResponseSuccessItem, DeleteLaunchTemplateVersionsResult,
    DescribeLaunchTemplateVersionsRequest, DescribeLaunchTemplateVersionsResult, DescribeLaunchTemplatesRequest,
    DescribeLaunchTemplatesResult, LaunchTemplate as Answer, LaunchTemplateSpecification, LaunchTemplateTagSpecificationRequest,
    ModifyLaunchTemplateRequest, ModifyLaunchTemplateResult, RequestLaunchTemplateData, ResponseError, TagSpecification,
};
use ec2_api::{ApiError, ErrorCode, Timestamp};
use model::ids::LaunchTemplateId;
use model::launch_template::{LaunchTemplate, LaunchTemplateVersion, TEMPLATES_MAX, VersionChoice};
use model::{Ctx, Draft, Error, Key, Realm};

use super::filter::Filters;
use super::instance::read_user_data;
use super::lookup::{self, refuse, required, row};
use super::once::Telling;
use super::page::{Page, Sizes};
use super::tag_spec::NewTags;
use super::{View, image, operations};
use crate::errors;
use crate::work;

operations! {
    make_params CreateLaunchTemplate => create => created,
    make_params CreateLaunchTemplateVersion => create_version => version_created,
    read DescribeLaunchTemplates => describe_templates,
    read DescribeLaunchTemplateVersions => describe_versions,
    make ModifyLaunchTemplate => modify => modified,
    write DeleteLaunchTemplate => delete,
    write DeleteLaunchTemplateVersions => delete_versions,
}

/// `MaxResults`, from botocore's model.
const MAX_RESULTS: RangeInclusive<i32> = 1..=200;
/// From botocore's model.
const DESCRIPTION_CHARACTERS_MAX: usize = 255;
/// Versions of one request at most. Source: the API reference of DeleteLaunchTemplateVersions.
const DELETED_VERSIONS_MAX: usize = 200;
/// What a launch can tag, as far as it makes any: no launch here requests a Spot Instance. Source: the API reference of
/// RunInstances.
pub const LAUNCHED_TYPES: [&str; 4] = ["instance", "network-interface", "spot-instances-request", "volume"];

/// A template that a request refers to, and the version that is meant.
pub struct Chosen {
    /// The template.
    pub template: LaunchTemplateId,
    /// The number of the version.
    pub version: i64,
    /// The parameters of a launch.
    pub data: BTreeMap<String, String>,
}

/// The template that a launch refers to.
///
/// # Errors
/// When there is none such.
pub fn chosen(realm: &Realm, reference: LaunchTemplateSpecification) -> Result<Chosen, ApiError> {
    let LaunchTemplateSpecification { launch_template_id, launch_template_name, version } = reference;
    let template = named(realm, launch_template_id.as_deref(), launch_template_name.as_deref())?;
    let choice = version.as_deref().map(version_choice).transpose()?.unwrap_or(VersionChoice::Default);
    let version = template.version(choice).map_err(errors::answer)?;
    Ok(Chosen { template: template.id, version: version.number, data: version.data.clone() })
}

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, params: Params) -> Result<LaunchTemplateId, ApiError> {
    let data = params.below("LaunchTemplateData");
    let CreateLaunchTemplateRequest {
        dry_run: _,
        client_token: _,
        launch_template_name,
        version_description,
        launch_template_data,
        operator,
        tag_specifications,
    } = params.decode::<CreateLaunchTemplate>()?;
    refuse(operator.is_some(), "Operator")?;
    check_description(version_description.as_deref())?;
    check_data(launch_template_data, &data)?;
    let name = checked_name(required(launch_template_name, "LaunchTemplateName")?)?;
    let tags = NewTags::new(tag_specifications, &["launch-template"])?;
    let realm = draft.realm();
    if realm.index.launch_template_named(&name).is_some() {
        // [seen]
        return Err(ApiError::new(ErrorCode::InvalidLaunchTemplateNameAlreadyExistsException, "Launch template name already in use."));
    }
    if realm.launch_templates.len() >= TEMPLATES_MAX {
        let message = format!("The maximum number of launch templates ({TEMPLATES_MAX}) has been reached.");
        return Err(ApiError::new(ErrorCode::MaxTemplateLimitExceeded, message));
    }
    let first = LaunchTemplateVersion { number: 1, description: version_description, created: ctx.now, data };
    let id = LaunchTemplateId::random(ctx.random);
    let template = LaunchTemplate { id, name, created: ctx.now, default_version: 1, latest_version: 1, versions: vec![first] };
    draft.put(template);
    tags.put(draft, id)?;
    Ok(id)
}

fn created(telling: &Telling<'_>, id: LaunchTemplateId) -> Result<CreateLaunchTemplateResult, ApiError> {
    Ok(CreateLaunchTemplateResult { launch_template: Some(told(telling, id)?), warning: None })
}

fn told(telling: &Telling<'_>, id: LaunchTemplateId) -> Result<Answer, ApiError> {
    Ok(answer::template(telling.here.realm, telling.here.scope, &*row::<LaunchTemplate, _>(telling.here.realm, id)?))
}

fn create_version(draft: &mut Draft, ctx: &mut Ctx<'_>, params: Params) -> Result<(LaunchTemplateId, i64), ApiError> {
    let data = params.below("LaunchTemplateData");
    let CreateLaunchTemplateVersionRequest {
        dry_run: _,
        client_token: _,
        launch_template_id,
        launch_template_name,
        source_version,
        version_description,
        launch_template_data,
        resolve_alias,
    } = params.decode::<CreateLaunchTemplateVersion>()?;
    refuse(resolve_alias == Some(true), "ResolveAlias")?;
    check_description(version_description.as_deref())?;
    check_data(launch_template_data, &data)?;
    let before = named(draft.realm(), launch_template_id.as_deref(), launch_template_name.as_deref())?;
    let source = source_version.as_deref().map(version_choice).transpose()?;
    let template = before.with_version(ctx.now, source, version_description, data).map_err(errors::answer)?;
    let made = (template.id, template.latest_version);
    draft.put(template);
    Ok(made)
}

fn version_created(telling: &Telling<'_>, (id, number): (LaunchTemplateId, i64)) -> Result<CreateLaunchTemplateVersionResult, ApiError> {
    let template = row::<LaunchTemplate, _>(telling.here.realm, id)?;
    let version = template.version(VersionChoice::Number(number)).map_err(errors::answer)?;
    let launch_template_version = Some(answer::version(telling.here.scope, &template, version)?);
    Ok(CreateLaunchTemplateVersionResult { launch_template_version, warning: None })
}

/// A page of templates or versions; the words are [seen].
fn page<K: fmt::Display + FromStr + Ord + Clone>(max_results: Option<i32>, next_token: Option<&str>) -> Result<Page<K>, ApiError> {
    let (least, most) = MAX_RESULTS.into_inner();
    if max_results.is_some_and(|wanted| !MAX_RESULTS.contains(&wanted)) {
        let message = format!("Maximum results allowed are between {least} and {most}");
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    Page::new(max_results, next_token, Sizes::within(least, most))
}

fn check_description(description: Option<&str>) -> Result<(), ApiError> {
    match description {
        Some(text) if text.chars().count() > DESCRIPTION_CHARACTERS_MAX => {
            let why = format!("It must have at most {DESCRIPTION_CHARACTERS_MAX} characters.");
            Err(ApiError::invalid_value(text, "versionDescription", &why))
        }
        _ => Ok(()),
    }
}

/// Refuses what no launch here could honour, and what EC2 checks at once. Everything else is checked when it is used.
fn check_data(data: Option<RequestLaunchTemplateData>, parameters: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let data = required(data, "LaunchTemplateData")?;
    if parameters.is_empty() {
        return Err(ApiError::missing_parameter("LaunchTemplateData"));
    }
    image::refuse_alias(data.image_id.as_deref(), "LaunchTemplateData.ImageId")?;
    refuse(data.instance_requirements.is_some(), "LaunchTemplateData.InstanceRequirements")?;
    refuse(data.instance_market_options.is_some(), "LaunchTemplateData.InstanceMarketOptions")?;
    refuse(!data.elastic_gpu_specifications.is_empty(), "LaunchTemplateData.ElasticGpuSpecification")?;
    refuse(!data.elastic_inference_accelerators.is_empty(), "LaunchTemplateData.ElasticInferenceAccelerator")?;
    refuse(!data.license_specifications.is_empty(), "LaunchTemplateData.LicenseSpecification")?;
    refuse(!data.secondary_interfaces.is_empty(), "LaunchTemplateData.SecondaryInterface")?;
    refuse(data.operator.is_some(), "LaunchTemplateData.Operator")?;
    refuse(data.kernel_id.is_some(), "LaunchTemplateData.KernelId")?;
    refuse(data.ram_disk_id.is_some(), "LaunchTemplateData.RamDiskId")?;
    if let Some(user_data) = data.user_data {
        // [seen]; a launch gives the same errors another code, and no full stop.
        let malformed = |error: ApiError| ApiError::new(ErrorCode::InvalidUserDataMalformed, format!("{}.", error.message));
        read_user_data(&user_data).map_err(malformed)?;
    }
    let specification = |sent: LaunchTemplateTagSpecificationRequest| {
        let LaunchTemplateTagSpecificationRequest { resource_type, tags } = sent;
        // [seen]
        let malformed = |message: &str| Err(ApiError::new(ErrorCode::InvalidTagSpecificationMalformed, message));
        if resource_type.as_ref().is_none_or(String::is_empty) {
            return malformed("The resource type cannot be null or empty.");
        }
        if tags.is_empty() {
            return malformed("The tags cannot be null or empty.");
        }
        Ok(TagSpecification { resource_type, tags })
    };
    let tags = data.tag_specifications.into_iter().map(specification).collect::<Result<_, _>>()?;
    NewTags::new(tags, &LAUNCHED_TYPES).map(drop)
}

fn checked_name(name: String) -> Result<String, ApiError> {
    let legal = |char: char| char.is_ascii_alphanumeric() || "-_./()".contains(char);
    if (3..=128).contains(&name.len()) && name.chars().all(legal) {
        return Ok(name);
    }
    // [seen]
    let message = "The launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following \
                   characters: - ( ) . / _.";
    Err(ApiError::new(ErrorCode::InvalidLaunchTemplateNameMalformedException, message))
}

/// A template by exactly one of its id and its name.
fn named(realm: &Realm, id: Option<&str>, name: Option<&str>) -> Result<Arc<LaunchTemplate>, ApiError> {
    match (id, name) {
        (Some(_), Some(_)) => {
            let message = "Only one of launch template ID and launch template name can be specified.";
            Err(ApiError::new(ErrorCode::InvalidParameterCombination, message))
        }
        (Some(id), None) => row(realm, lookup::id::<LaunchTemplateId>(id)?),
        (None, Some(name)) => by_name(realm, name).ok_or_else(|| {
            // [launch-template-name-absent]
            let message = format!("The specified launch template, with template name {name}, does not exist.");
            ApiError::new(ErrorCode::InvalidLaunchTemplateNameNotFoundException, message)
        }),
        (None, None) => Err(ApiError::missing_parameter("LaunchTemplateId")),
    }
}

fn by_name(realm: &Realm, name: &str) -> Option<Arc<LaunchTemplate>> {
    realm.index.launch_template_named(name).and_then(|id| realm.launch_templates.get(&id)).cloned()
}

fn version_choice(text: &str) -> Result<VersionChoice, ApiError> {
    match text {
        "$Default" => Ok(VersionChoice::Default),
        "$Latest" => Ok(VersionChoice::Latest),
        number => number
            .parse()
            .map(VersionChoice::Number)
            .map_err(|_| ApiError::invalid_value(number, "version", "Expected a version number, $Latest or $Default.")),
    }
}

fn describe_templates(view: &View<'_>, input: DescribeLaunchTemplatesRequest) -> Result<DescribeLaunchTemplatesResult, ApiError> {
    let DescribeLaunchTemplatesRequest {
        dry_run: _,
        launch_template_ids,
        launch_template_names,
        filters,
        next_token,
        max_results,
        // No service manages templates here.
        include_managed_resources: _,
    } = input;
    let filters = Filters::new(filters, &["create-time", "launch-template-name"])?;
    let page = page::<LaunchTemplateId>(max_results, next_token.as_deref())?;
    let mut wanted = BTreeSet::new();
    for id in lookup::ids::<LaunchTemplateId>(&launch_template_ids)? {
        wanted.insert(row::<LaunchTemplate, _>(view.realm, id)?.id);
    }
    for name in &launch_template_names {
        let template = by_name(view.realm, name).ok_or_else(|| {
            // [seen]
            let message = "At least one of the launch templates specified in the request does not exist.";
            ApiError::new(ErrorCode::InvalidLaunchTemplateNameNotFoundException, message)
        })?;
        wanted.insert(template.id);
    }
    let everything = wanted.is_empty();
    let rows = view.realm.launch_templates.iter().take_while(work::goes_on).filter(|template| everything || wanted.contains(&template.id));
    let accepted = rows.filter(|template| {
        filters.accept(view.realm, template.id, |name| match name {
            "create-time" => vec![Timestamp(template.created.0).whole_seconds().to_string()],
            "launch-template-name" => vec![template.name.clone()],
            _ => Vec::new(),
        })
    });
    let (templates, next_token) = page.cut(accepted.map(|template| (template.id, template)));
    let launch_templates = templates.into_iter().map(|template| answer::template(view.realm, view.scope, template)).collect();
    Ok(DescribeLaunchTemplatesResult { launch_templates, next_token })
}

/// The place of a version in a list: by template, the newest first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place(LaunchTemplateId, Reverse<i64>);

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.0, self.1.0)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (template, number) = text.split_once(':').ok_or(())?;
        Ok(Self(template.parse().map_err(|_| ())?, Reverse(number.parse().map_err(|_| ())?)))
    }
}

/// The filters on versions; the rest are about data, by the parameter that they look at.
const VERSION_FILTERS: &[(&str, &str)] = &[
    ("create-time", ""),
    ("ebs-optimized", "EbsOptimized"),
    ("host-resource-group-arn", "Placement.HostResourceGroupArn"),
    ("http-endpoint", "MetadataOptions.HttpEndpoint"),
    ("http-protocol-ipv4", ""),
    ("http-tokens", "MetadataOptions.HttpTokens"),
    ("iam-instance-profile", "IamInstanceProfile.Arn"),
    ("image-id", "ImageId"),
    ("instance-type", "InstanceType"),
    ("is-default-version", ""),
    ("kernel-id", "KernelId"),
    ("license-configuration-arn", ""),
    ("network-card-index", "NetworkInterface.1.NetworkCardIndex"),
    ("ram-disk-id", "RamDiskId"),
];

fn describe_versions(
    view: &View<'_>,
    input: DescribeLaunchTemplateVersionsRequest,
) -> Result<DescribeLaunchTemplateVersionsResult, ApiError> {
    let DescribeLaunchTemplateVersionsRequest {
        dry_run: _,
        launch_template_id,
        launch_template_name,
        versions,
        min_version,
        max_version,
        next_token,
        max_results,
        filters,
        // No template names its image by an alias, which could be resolved.
        resolve_alias: _,
        include_managed_resources: _,
    } = input;
    let known: Vec<&str> = VERSION_FILTERS.iter().map(|(name, _)| *name).collect();
    let filters = Filters::untagged(filters, &known)?;
    let page = page::<Place>(max_results, next_token.as_deref())?;
    let choices = versions.iter().map(|text| version_choice(text)).collect::<Result<Vec<_>, _>>()?;
    if !choices.is_empty() && (min_version.is_some() || max_version.is_some()) {
        let message = "Versions cannot be used together with MinVersion or MaxVersion.";
        return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
    }
    let templates = if launch_template_id.is_none() && launch_template_name.is_none() {
        // Across all templates, only these two mean anything.
        if choices.is_empty() || choices.iter().any(|choice| matches!(choice, VersionChoice::Number(_))) {
            return Err(ApiError::missing_parameter("LaunchTemplateId"));
        }
        view.realm.launch_templates.iter().take_while(work::goes_on).cloned().collect()
    } else {
        vec![named(view.realm, launch_template_id.as_deref(), launch_template_name.as_deref())?]
    };
    let bound = |text: &Option<String>| text.as_deref().map(version_choice).transpose();
    let (least, most) = (bound(&min_version)?, bound(&max_version)?);
    let mut found: BTreeMap<Place, (&LaunchTemplate, &LaunchTemplateVersion)> = BTreeMap::new();
    for template in templates.iter().take_while(work::goes_on) {
        let number = |choice| template.version(choice).map(|version| version.number);
        // A number that is bound to no version still bounds.
        let bound = |choice: Option<VersionChoice>, or: i64| match choice {
            None => Ok(or),
            Some(VersionChoice::Number(number)) => Ok(number),
            Some(choice) => number(choice).map_err(errors::answer),
        };
        let (least, most) = (bound(least, i64::MIN)?, bound(most, i64::MAX)?);
        let chosen: Vec<&LaunchTemplateVersion> = if choices.is_empty() {
            template.versions.iter().filter(|version| (least..=most).contains(&version.number)).collect()
        } else {
            choices.iter().map(|choice| template.version(*choice)).collect::<Result<_, Error>>().map_err(errors::answer)?
        };
        for version in chosen {
            let accepted = filters.accept_untagged(|name| version_values(template, version, name));
            if accepted {
                found.insert(Place(template.id, Reverse(version.number)), (template, version));
            }
        }
    }
    let (page, next_token) = page.cut(found.into_iter());
    let answers = page.into_iter().map(|(template, version)| answer::version(view.scope, template, version));
    Ok(DescribeLaunchTemplateVersionsResult { launch_template_versions: answers.collect::<Result<_, _>>()?, next_token })
}

fn version_values(template: &LaunchTemplate, version: &LaunchTemplateVersion, name: &str) -> Vec<String> {
    match name {
        "create-time" => vec![Timestamp(version.created.0).whole_seconds().to_string()],
        "is-default-version" => vec![(version.number == template.default_version).to_string()],
        _ => {
            let path = VERSION_FILTERS.iter().find(|(filter, _)| *filter == name).map(|(_, path)| *path);
            path.and_then(|path| version.data.get(path)).cloned().into_iter().collect()
        }
    }
}

fn modify(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: ModifyLaunchTemplateRequest) -> Result<LaunchTemplateId, ApiError> {
    let ModifyLaunchTemplateRequest { dry_run: _, client_token: _, launch_template_id, launch_template_name, default_version } = input;
    let before = named(draft.realm(), launch_template_id.as_deref(), launch_template_name.as_deref())?;
    let choice = version_choice(&required(default_version, "SetDefaultVersion")?)?;
    let default_version = before.version(choice).map_err(errors::answer)?.number;
    draft.put(LaunchTemplate { default_version, ..LaunchTemplate::clone(&before) });
    Ok(before.id)
}

fn modified(telling: &Telling<'_>, id: LaunchTemplateId) -> Result<ModifyLaunchTemplateResult, ApiError> {
    Ok(ModifyLaunchTemplateResult { launch_template: Some(told(telling, id)?) })
}

fn delete(draft: &mut Draft, ctx: &mut Ctx<'_>, input: DeleteLaunchTemplateRequest) -> Result<DeleteLaunchTemplateResult, ApiError> {
    let DeleteLaunchTemplateRequest { dry_run: _, launch_template_id, launch_template_name } = input;
    let template = named(draft.realm(), launch_template_id.as_deref(), launch_template_name.as_deref())?;
    let answer = answer::template(draft.realm(), ctx.scope, &template);
    draft.delete(Key::LaunchTemplate(template.id));
    Ok(DeleteLaunchTemplateResult { launch_template: Some(answer) })
}

fn delete_versions(
    draft: &mut Draft,
    _ctx: &mut Ctx<'_>,
    input: DeleteLaunchTemplateVersionsRequest,
) -> Result<DeleteLaunchTemplateVersionsResult, ApiError> {
    let DeleteLaunchTemplateVersionsRequest { dry_run: _, launch_template_id, launch_template_name, versions } = input;
    let mut template = LaunchTemplate::clone(&*named(draft.realm(), launch_template_id.as_deref(), launch_template_name.as_deref())?);
    let (id, name) = (Some(template.id.to_string()), Some(template.name.clone()));
    if versions.len() > DELETED_VERSIONS_MAX {
        let message = format!("The maximum number of versions specified on a single call is {DELETED_VERSIONS_MAX}");
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    let mut result = DeleteLaunchTemplateVersionsResult::default();
    for text in versions {
        let number: i64 =
            text.parse().map_err(|_| ApiError::invalid_value(&text, "LaunchTemplateVersion", "Expected a version number."))?;
        match template.without_version(number) {
            Ok(without) => {
                template = without;
                result.successfully_deleted_launch_template_versions.push(DeleteLaunchTemplateVersionsResponseSuccessItem {
                    launch_template_id: id.clone(),
                    launch_template_name: name.clone(),
                    version_number: Some(number),
                });
            }
            // That one is not there fails for itself; that the default one goes, for the whole call.
            Err(error @ Error::NoSuchTemplateVersion { .. }) => {
                result.unsuccessfully_deleted_launch_template_versions.push(DeleteLaunchTemplateVersionsResponseErrorItem {
                    launch_template_id: id.clone(),
                    launch_template_name: name.clone(),
                    version_number: Some(number),
                    response_error: Some(ResponseError {
                        code: Some("launchTemplateVersionDoesNotExist".into()),
                        message: Some(errors::answer(error).message),
                    }),
                });
            }
            Err(error) => return Err(errors::answer(error)),
        }
    }
    draft.put(template);
    Ok(result)
}
