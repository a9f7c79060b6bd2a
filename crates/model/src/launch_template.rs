//! Launch templates: the parameters of a launch, kept in numbered versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::ids::{LaunchTemplateId, ResourceId};
use crate::index::{Entry, Indexed};
use crate::time::Timestamp;

/// Versions of a template at most. Source: EC2's user guide, "Launch template quotas".
pub const VERSIONS_MAX: usize = 10_000;
/// Templates of an account in a region at most. Source: the same.
pub const TEMPLATES_MAX: usize = 5_000;

/// A launch template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchTemplate {
    /// Its id.
    pub id: LaunchTemplateId,
    /// Unique in the region of the account.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// The version that is meant by `$Default`.
    pub default_version: i64,
    /// The number of the version that was made last; numbers are not used again.
    pub latest_version: i64,
    /// Its versions, in the order of their numbers. Never empty: the default one cannot be deleted.
    pub versions: Vec<LaunchTemplateVersion>,
}

/// A version of a launch template. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchTemplateVersion {
    /// From 1.
    pub number: i64,
    /// Free text.
    pub description: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// The parameters of a launch, by the names that requests give them (`NetworkInterface.1.SubnetId`).
    pub data: BTreeMap<String, String>,
}

/// Which version is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionChoice {
    /// `$Default`.
    Default,
    /// `$Latest`.
    Latest,
    /// By its number.
    Number(i64),
}

impl LaunchTemplate {
    /// A version.
    ///
    /// # Errors
    /// When there is none of this number.
    pub fn version(&self, choice: VersionChoice) -> Result<&LaunchTemplateVersion, Error> {
        let number = match choice {
            VersionChoice::Default => self.default_version,
            // The one that was made last may have been deleted.
            VersionChoice::Latest => self.versions.last().map_or(self.latest_version, |version| version.number),
            VersionChoice::Number(number) => number,
        };
        let found = self.versions.iter().find(|version| version.number == number);
        found.ok_or(Error::NoSuchTemplateVersion { template: self.id, version: number })
    }

    /// The template with one version more, which takes what it does not say itself from an older one, by top-level
    /// parameters.
    ///
    /// # Errors
    /// When there is no such older version, or there are too many.
    pub fn with_version(
        &self,
        now: Timestamp,
        source: Option<VersionChoice>,
        description: Option<String>,
        mut data: BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        if self.versions.len() >= VERSIONS_MAX {
            return Err(Error::TooManyTemplateVersions);
        }
        if let Some(source) = source {
            fill(&mut data, &self.version(source)?.data);
        }
        let mut template = self.clone();
        template.latest_version += 1;
        template.versions.push(LaunchTemplateVersion { number: template.latest_version, description, created: now, data });
        Ok(template)
    }

    /// The template without a version.
    ///
    /// # Errors
    /// When there is no such version, or it is the default one.
    pub fn without_version(&self, number: i64) -> Result<Self, Error> {
        self.version(VersionChoice::Number(number))?;
        if number == self.default_version {
            return Err(Error::DefaultTemplateVersion { template: self.id, version: number });
        }
        let mut template = self.clone();
        template.versions.retain(|version| version.number != number);
        Ok(template)
    }
}

/// Adds to parameters what others say about top-level names that these do not have.
pub fn fill(parameters: &mut BTreeMap<String, String>, others: &BTreeMap<String, String>) {
    let top_level = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
    let given: std::collections::BTreeSet<String> = parameters.keys().map(|path| top_level(path)).collect();
    let added = others.iter().filter(|(path, _)| !given.contains(&top_level(path)));
    parameters.extend(added.map(|(path, value)| (path.clone(), value.clone())));
}

impl Indexed for LaunchTemplate {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::LaunchTemplateName(self.name.clone(), self.id));
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
    }

    fn template() -> LaunchTemplate {
        let data = data(&[("ImageId", "ami-1"), ("NetworkInterface.1.DeviceIndex", "0"), ("NetworkInterface.2.DeviceIndex", "1")]);
        LaunchTemplate {
            id: LaunchTemplateId::from_number(1),
            name: "web".into(),
            created: Timestamp(0),
            default_version: 1,
            latest_version: 1,
            versions: vec![LaunchTemplateVersion { number: 1, description: None, created: Timestamp(0), data }],
        }
    }

    #[test]
    fn a_new_version_takes_from_its_source_what_it_does_not_say_itself() {
        let said = data(&[("NetworkInterface.1.SubnetId", "subnet-1"), ("InstanceType", "t3.micro")]);
        let template = template().with_version(Timestamp(1), Some(VersionChoice::Default), None, said).unwrap();
        let newest = template.version(VersionChoice::Latest).unwrap();
        let expected = data(&[("ImageId", "ami-1"), ("InstanceType", "t3.micro"), ("NetworkInterface.1.SubnetId", "subnet-1")]);
        assert_eq!((newest.number, &newest.data), (2, &expected));
        assert_eq!(template.version(VersionChoice::Default).unwrap().number, 1);
    }

    #[test]
    fn the_default_version_stays_and_numbers_are_not_used_again() {
        let one = template();
        let default = Error::DefaultTemplateVersion { template: one.id, version: 1 };
        assert_eq!(one.without_version(1), Err(default));
        let two = one.with_version(Timestamp(1), None, None, BTreeMap::new()).unwrap().without_version(2).unwrap();
        assert_eq!(two.version(VersionChoice::Latest).unwrap().number, 1);
        assert_eq!(two.with_version(Timestamp(2), None, None, BTreeMap::new()).unwrap().latest_version, 3);
        assert!(two.version(VersionChoice::Number(2)).is_err());
    }
}
