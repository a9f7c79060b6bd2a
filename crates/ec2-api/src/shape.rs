//! What a shape is: the macros that the generated code calls, and the model as data that can be walked at run time.

use crate::decode::Decode;
use crate::xml::Encode;

/// An operation of EC2 and the types of its request and answer.
pub trait Operation {
    /// The action's name on the wire.
    const NAME: &'static str;
    /// What a request decodes into.
    type Input: Decode;
    /// What an answer is made of.
    type Output: Encode;
    /// Parameters that are known and refused: wire path (`N` stands for an index) and reason.
    const REFUSED: &'static [(&'static str, &'static str)];
}

/// An operation as data.
#[derive(Debug, Clone, Copy)]
pub struct OperationInfo {
    /// The action's name on the wire.
    pub name: &'static str,
    /// The request's structure, with the names of request parameters.
    pub input: &'static Kind,
    /// The answer's structure, with the names of XML elements.
    pub output: &'static Kind,
    /// Parameters that are known and refused, with the reason.
    pub refused: &'static [(&'static str, &'static str)],
}

/// The type of a member.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "the variants are the model's own types")]
pub enum Kind {
    String,
    Boolean,
    Integer,
    Long,
    Double,
    Timestamp,
    Blob,
    List(&'static Kind),
    Structure(&'static Structure),
}

/// A structure on one side of the wire.
#[derive(Debug)]
pub struct Structure {
    /// Its name in botocore.
    pub name: &'static str,
    /// Its members in the model's order.
    pub members: &'static [Member],
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// The Rust field.
    pub field: &'static str,
    /// The parameter of a request, or the XML element of an answer.
    pub wire: &'static str,
    /// Its type.
    pub kind: Kind,
}

impl Kind {
    /// The wire paths of all scalars below, in order: `NetworkInterface.N.SubnetId`; `N` stands for an index.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.walk("", &mut paths);
        paths
    }

    fn walk(&self, at: &str, paths: &mut Vec<String>) {
        let below = |name: &str| match at {
            "" => name.to_owned(),
            _ => format!("{at}.{name}"),
        };
        match self {
            Kind::List(item) => item.walk(&below("N"), paths),
            Kind::Structure(structure) => {
                for member in structure.members {
                    member.kind.walk(&below(member.wire), paths);
                }
            }
            _ => paths.push(at.to_owned()),
        }
    }
}

/// What generated files use.
pub(crate) mod prelude {
    pub(crate) use super::{Kind, Member, Operation, OperationInfo, Structure};
    pub(crate) use super::{fact_shapes, input_shapes, operations, output_shapes, shared_shapes};
    pub(crate) use crate::ApiError;
    pub(crate) use crate::decode::{Blob, Decode, Field};
    pub(crate) use crate::query::{Node, Path};
    pub(crate) use crate::timestamp::Timestamp;
    pub(crate) use crate::xml::{Encode, ReturnTrue, Writer};
}

macro_rules! shape_struct {
    ($name:ident $($field:ident: $ty:ty;)*) => {
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name { $(pub $field: $ty,)* }
    };
}

/// Structures that are read from a file of facts, whose members are named as the fields.
macro_rules! fact_shapes {
    ($($name:ident { $($field:ident: $ty:ty = $verb:ident $element:literal $(of $item:literal)?;)* })*) => {$(
        #[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $(pub $field: $ty,)* }
        $crate::shape::shape_encode! { $name $($field: $ty = $verb $element $(of $item)?;)* }
    )*};
}

macro_rules! shape_decode {
    ($name:ident $($field:ident: $ty:ty = $need:ident $parameter:literal;)*) => {
        impl Decode for $name {
            const KIND: Kind = Kind::Structure(&Structure {
                name: stringify!($name),
                members: &[$(Member { field: stringify!($field), wire: $parameter, kind: <$ty as Field>::KIND },)*],
            });
            fn decode(node: Node, at: &Path<'_>) -> Result<Self, ApiError> {
                #[allow(unused_mut, reason = "a structure may be empty")]
                let mut members = node.into_members(at)?;
                let value = Self { $($field: members.$need($parameter)?,)* };
                members.finish()?;
                Ok(value)
            }
        }
    };
}

macro_rules! shape_encode {
    ($name:ident $($field:ident: $ty:ty = $verb:ident $element:literal $(of $item:literal)?;)*) => {
        impl Encode for $name {
            const KIND: Kind = Kind::Structure(&Structure {
                name: stringify!($name),
                members: &[$(Member {
                    field: stringify!($field),
                    wire: $element,
                    kind: <$ty as crate::xml::Field>::KIND,
                },)*],
            });
            fn encode(&self, xml: &mut Writer) {
                $(xml.$verb($element, [$($item,)? "item"][0], &self.$field);)*
            }
        }
    };
}

macro_rules! input_shapes {
    ($($name:ident { $($field:ident: $ty:ty = $need:ident $parameter:literal;)* })*) => {$(
        $crate::shape::shape_struct! { $name $($field: $ty;)* }
        $crate::shape::shape_decode! { $name $($field: $ty = $need $parameter;)* }
    )*};
}

macro_rules! output_shapes {
    ($($name:ident { $($field:ident: $ty:ty = $verb:ident $element:literal $(of $item:literal)?;)* })*) => {$(
        $crate::shape::shape_struct! { $name $($field: $ty;)* }
        $crate::shape::shape_encode! { $name $($field: $ty = $verb $element $(of $item)?;)* }
    )*};
}

macro_rules! shared_shapes {
    ($($name:ident { $(
        $field:ident: $ty:ty = $need:ident $parameter:literal $verb:ident $element:literal $(of $item:literal)?;
    )* })*) => {$(
        $crate::shape::shape_struct! { $name $($field: $ty;)* }
        $crate::shape::shape_decode! { $name $($field: $ty = $need $parameter;)* }
        $crate::shape::shape_encode! { $name $($field: $ty = $verb $element $(of $item)?;)* }
    )*};
}

macro_rules! operations {
    ($($name:ident($input:ident) -> $output:ident $(refuses { $($path:literal = $reason:literal;)* })?;)*) => {
        $(
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Operation for $name {
                const NAME: &'static str = stringify!($name);
                type Input = $input;
                type Output = $output;
                const REFUSED: &'static [(&'static str, &'static str)] = &[$($(($path, $reason),)*)?];
            }
        )*

        /// Every operation whose shapes are known, sorted by name.
        pub static OPERATIONS: &[OperationInfo] = &[$(OperationInfo {
            name: $name::NAME,
            input: &<$input as Decode>::KIND,
            output: &<$output as Encode>::KIND,
            refused: $name::REFUSED,
        },)*];
    };
}

pub(crate) use {fact_shapes, input_shapes, operations, output_shapes, shape_decode, shape_encode, shape_struct, shared_shapes};
