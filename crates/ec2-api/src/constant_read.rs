//! The operations whose answer is always the same here, since what they tell of does not exist: a table, which
//! `cargo xtask codegen` writes, and how their requests are read. A request is held to what the operation takes all the same.

use std::fmt::Display;

use crate::decode::Decode;
use crate::query::{Members, Params};
use crate::shape::{Kind, Member, OperationInfo};
use crate::shapes::Filter;
use crate::{ApiError, ErrorCode, Timestamp};

pub use crate::generated::constant_reads::CONSTANT_READS;

/// An operation whose answer is always the same.
#[derive(Debug)]
pub struct ConstantRead {
    /// Its name and what a request may hold.
    pub info: OperationInfo,
    /// The parameters that must be given.
    pub required: &'static [&'static str],
    /// The filters that it takes.
    pub filters: Option<Filtered>,
    /// The least and the most of `MaxResults`, where the model says so.
    pub max_results: Option<(i32, i32)>,
    /// The parameters that name what does not exist. All others narrow an answer that is empty without them.
    pub ids: &'static [IdParameter],
    /// What stands inside the envelope of the answer.
    pub answer: &'static str,
}

/// The filters of an operation.
#[derive(Debug, Clone, Copy)]
pub struct Filtered {
    /// The names that EC2 documents, those of tags apart. Where it documents no filter at all, any name is taken.
    pub names: &'static [&'static str],
    /// Whether tags can be filtered by.
    pub tags: bool,
}

/// A parameter that names resources of a kind of which there are none.
#[derive(Debug)]
pub struct IdParameter {
    /// Its name in SDKs, which EC2's errors use.
    pub member: &'static str,
    /// Its name on the wire.
    pub wire: &'static str,
    /// How such an id begins.
    pub prefix: &'static str,
    /// EC2's code when there is no such resource.
    pub code: ErrorCode,
    /// EC2's words then; `{}` stands for the id.
    pub says: &'static str,
    /// EC2's code for what does not begin so, if it has one.
    pub malformed: Option<ErrorCode>,
}

/// What a request asks for.
#[derive(Debug, Default)]
pub struct Asked {
    /// `Filter.N`.
    pub filters: Vec<Filter>,
    /// `MaxResults`.
    pub max_results: Option<i32>,
    /// `NextToken`.
    pub next_token: Option<String>,
    /// The resources that were named, and by which parameter.
    pub ids: Vec<(&'static IdParameter, Vec<String>)>,
}

/// A filter.
pub const FILTER: Kind = <Filter as Decode>::KIND;

impl ConstantRead {
    /// The operation of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CONSTANT_READS.binary_search_by_key(&name, |read| read.info.name).ok().map(|index| &CONSTANT_READS[index])
    }

    /// Reads a request.
    ///
    /// # Errors
    /// When a parameter is unknown, missing or of another type.
    pub fn read(&self, params: Params) -> Result<Asked, ApiError> {
        let mut members = params.into_members()?;
        if let Some(missing) = self.required.iter().find(|name| !members.has(name)) {
            return Err(ApiError::missing_parameter(missing));
        }
        let mut asked = Asked::default();
        let Kind::Structure(structure) = self.info.input else { return Ok(asked) };
        for member in structure.members {
            self.member(member, &mut members, &mut asked)?;
        }
        members.finish()?;
        Ok(asked)
    }

    fn member(&self, member: &Member, members: &mut Members<'_>, asked: &mut Asked) -> Result<(), ApiError> {
        let wire = member.wire;
        match (wire, member.kind) {
            ("MaxResults", _) => asked.max_results = members.optional(wire)?,
            ("NextToken", _) => asked.next_token = members.optional(wire)?,
            (_, Kind::List(Kind::Structure(_))) => asked.filters = members.optional(wire)?,
            (_, Kind::List(_)) => {
                let values: Vec<String> = members.optional(wire)?;
                if let Some(id) = self.ids.iter().find(|id| id.wire == wire).filter(|_| !values.is_empty()) {
                    asked.ids.push((id, values));
                }
            }
            // Read, so that what is no value of the type is refused.
            (_, Kind::Boolean) => _ = members.optional::<Option<bool>>(wire)?,
            (_, Kind::Integer) => _ = members.optional::<Option<i32>>(wire)?,
            (_, Kind::Long) => _ = members.optional::<Option<i64>>(wire)?,
            (_, Kind::Timestamp) => _ = members.optional::<Option<Timestamp>>(wire)?,
            (_, _) => _ = members.optional::<Option<String>>(wire)?,
        }
        Ok(())
    }
}

impl IdParameter {
    /// The answer to who names a resource, or what is none.
    pub fn not_found(&self, id: impl Display) -> ApiError {
        let id = id.to_string();
        match self.malformed.filter(|_| !id.starts_with(self.prefix)) {
            Some(code) => ApiError::new(code, format!("Invalid id: \"{id}\" (expecting \"{}...\")", self.prefix)),
            None => ApiError::new(self.code, self.says.replace("{}", &id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations;

    #[test]
    fn the_table_can_be_searched_and_names_operations_of_ec2_that_are_not_served_otherwise() {
        assert!(CONSTANT_READS.is_sorted_by_key(|read| read.info.name));
        for read in CONSTANT_READS {
            let name = read.info.name;
            assert!(std::ptr::eq(ConstantRead::named(name).unwrap(), read));
            assert!(operations::exists_in_ec2(name), "{name}");
            assert!(operations::OPERATIONS.iter().all(|other| other.name != name), "{name}");
        }
        assert!(ConstantRead::named("DescribeVpcs").is_none());
    }

    #[test]
    fn words_name_the_id() {
        for id in CONSTANT_READS.iter().flat_map(|read| read.ids) {
            let error = id.not_found(format!("{}0123456789abcdef0", id.prefix));
            assert_eq!(error.code, id.code);
            assert!(error.message.contains("0123456789abcdef0"), "{error}");
        }
    }
}
