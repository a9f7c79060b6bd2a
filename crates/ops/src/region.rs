//! Regions and availability zones.

use ec2_api::shapes::{
    AvailabilityZone, DescribeAvailabilityZonesRequest, DescribeAvailabilityZonesResult, DescribeRegionsRequest, DescribeRegionsResult,
    Region as RegionAnswer,
};
use ec2_api::{ApiError, ErrorCode};
use model::{Region, Zone};

use super::filter::Filters;
use super::{View, operations};

operations! {
    read DescribeRegions => describe_regions,
    read DescribeAvailabilityZones => describe_zones,
}

/// What an account that opted into nothing sees of the regions and zones that need no opting in.
const OPT_IN: &str = "opt-in-not-required";

fn describe_regions(_view: &View<'_>, input: DescribeRegionsRequest) -> Result<DescribeRegionsResult, ApiError> {
    // Every region that enid knows is enabled, so that all of them are all that are enabled.
    let DescribeRegionsRequest { region_names, all_regions: _, dry_run: _, filters } = input;
    let filters = Filters::untagged(filters, &["endpoint", "opt-in-status", "region-name"])?;
    all_exist(&region_names, "region", |name| name.parse::<Region>().is_ok())?;
    let named = |region: &Region| region_names.is_empty() || region_names.iter().any(|name| name == region.name());
    let accepted = |region: &Region| {
        filters.accept_untagged(|name| match name {
            "endpoint" => vec![endpoint(*region)],
            "opt-in-status" => vec![OPT_IN.to_owned()],
            "region-name" => vec![region.to_string()],
            _ => Vec::new(),
        })
    };
    let answer = |region: Region| RegionAnswer {
        opt_in_status: Some(OPT_IN.into()),
        geography: Vec::new(),
        region_name: Some(region.to_string()),
        endpoint: Some(endpoint(region)),
    };
    Ok(DescribeRegionsResult { regions: Region::all().filter(named).filter(accepted).map(answer).collect() })
}

fn describe_zones(view: &View<'_>, input: DescribeAvailabilityZonesRequest) -> Result<DescribeAvailabilityZonesResult, ApiError> {
    // There are no Local Zones and Wavelength Zones that one could have opted into.
    let DescribeAvailabilityZonesRequest { zone_names, zone_ids, all_availability_zones: _, dry_run: _, filters } = input;
    let known = &[
        "group-long-name",
        "group-name",
        "message",
        "opt-in-status",
        "parent-zone-id",
        "parent-zone-name",
        "region-name",
        "state",
        "zone-id",
        "zone-name",
        "zone-type",
    ];
    let filters = Filters::untagged(filters, known)?;
    let region = view.scope.region;
    all_exist(&zone_names, "availability zone", |name| region.zones().any(|zone| zone.to_string() == name))?;
    all_exist(&zone_ids, "availability zone", |id| region.zones().any(|zone| zone.id() == id))?;
    let named = |zone: &Zone| {
        let all = zone_names.is_empty() && zone_ids.is_empty();
        all || zone_names.contains(&zone.to_string()) || zone_ids.contains(&zone.id())
    };
    let accepted = |zone: &AvailabilityZone| {
        let value = |member: &Option<String>| member.iter().cloned().collect();
        filters.accept_untagged(|name| match name {
            "group-long-name" => value(&zone.group_long_name),
            "group-name" => value(&zone.group_name),
            "opt-in-status" => value(&zone.opt_in_status),
            "region-name" => value(&zone.region_name),
            "state" => value(&zone.state),
            "zone-id" => value(&zone.zone_id),
            "zone-name" => value(&zone.zone_name),
            "zone-type" => value(&zone.zone_type),
            _ => Vec::new(),
        })
    };
    Ok(DescribeAvailabilityZonesResult { availability_zones: region.zones().filter(named).map(answer).filter(accepted).collect() })
}

/// As recorded from EC2.
fn answer(zone: Zone) -> AvailabilityZone {
    let region = zone.region();
    AvailabilityZone {
        opt_in_status: Some(OPT_IN.into()),
        messages: Vec::new(),
        region_name: Some(region.to_string()),
        zone_name: Some(zone.to_string()),
        zone_id: Some(zone.id()),
        group_name: Some(format!("{region}-zg-1")),
        network_border_group: Some(region.to_string()),
        zone_type: Some("availability-zone".into()),
        parent_zone_name: None,
        parent_zone_id: None,
        group_long_name: Some(format!("{} 1", region.long_name())),
        geography: Vec::new(),
        sub_geography: Vec::new(),
        state: Some("available".into()),
    }
}

fn endpoint(region: Region) -> String {
    format!("ec2.{region}.amazonaws.com")
}

fn all_exist(names: &[String], what: &str, exists: impl Fn(&str) -> bool) -> Result<(), ApiError> {
    let unknown: Vec<&str> = names.iter().map(String::as_str).filter(|name| !exists(name)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    // [seen] for zones: "Invalid availability zone: [eu-west-1]".
    Err(ApiError::new(ErrorCode::InvalidParameterValue, format!("Invalid {what}: [{}]", unknown.join(", "))))
}
