//! The part of a botocore service model that the wire needs, read and written.
//!
//! Members keep the order of the file: it is the order in which EC2 documents and mostly writes them. A JSON object
//! read into a map would lose it, hence [`Ordered`].

use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A JSON object as pairs in the order of the file.
#[derive(Debug)]
pub struct Ordered<T>(pub Vec<(String, T)>);

impl<T> Ordered<T> {
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find_map(|(key, value)| (key == name).then_some(value))
    }
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Ordered(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
            type Value = Ordered<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Ordered(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

#[derive(Debug, Deserialize)]
pub struct ServiceModel {
    pub operations: Ordered<Operation>,
    pub shapes: Ordered<Shape>,
}

#[derive(Debug, Deserialize)]
pub struct Operation {
    pub input: Option<ShapeRef>,
    pub output: Option<ShapeRef>,
}

#[derive(Debug, Deserialize)]
pub struct ShapeRef {
    pub shape: String,
    #[serde(rename = "locationName")]
    pub location_name: Option<String>,
    #[serde(rename = "queryName")]
    pub query_name: Option<String>,
    pub documentation: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Shape {
    #[serde(rename = "type")]
    pub kind: String,
    /// Of a structure.
    #[serde(default)]
    pub members: Ordered<ShapeRef>,
    /// Of a structure: the members a request must have.
    #[serde(default)]
    pub required: Vec<String>,
    /// Of a list.
    pub member: Option<ShapeRef>,
    /// Of a number: the least it may be.
    pub min: Option<f64>,
    /// Of a number: the most it may be.
    pub max: Option<f64>,
}

impl Shape {
    /// The shapes this one refers to.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        let members = self.members.0.iter().map(|(_, member)| member);
        members.chain(&self.member).map(|member| member.shape.as_str())
    }
}
