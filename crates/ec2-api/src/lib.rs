//! The EC2 Query wire, and only it: decoding requests, writing XML, SigV4, EC2's error codes, and the shapes of the
//! operations. It knows nothing of networks, state or HTTP servers.
//!
//! ```
//! use ec2_api::operations::{DescribeVpcs, Operation};
//! use ec2_api::shapes::{DescribeVpcsResult, Vpc};
//! use ec2_api::{ApiError, query, xml};
//!
//! fn serve(body: &[u8]) -> Result<Vec<u8>, ApiError> {
//!     let request = query::parse(body)?;
//!     match request.action() {
//!         DescribeVpcs::NAME => {
//!             let input = request.decode::<DescribeVpcs>()?; // a DescribeVpcsRequest
//!             let vpcs = input.vpc_ids.into_iter().map(|id| Vpc { vpc_id: Some(id), ..Vpc::default() });
//!             let output = DescribeVpcsResult { vpcs: vpcs.collect(), ..Default::default() };
//!             Ok(xml::response(DescribeVpcs::NAME, "a-request-id", &output))
//!         }
//!         other => Err(query::unknown_action(other)),
//!     }
//! }
//!
//! let answer = serve(b"Action=DescribeVpcs&Version=2016-11-15&VpcId.1=vpc-1").unwrap();
//! assert!(String::from_utf8(answer).unwrap().contains("<vpcId>vpc-1</vpcId>"));
//!
//! let error = serve(b"Action=DescribeVpcs&Version=2016-11-15&VpcIds.1=vpc-1").unwrap_err();
//! assert_eq!(error.to_string(), "UnknownParameter: The parameter VpcIds is not recognized");
//! ```
//!
//! The shapes are generated from `models/` by `cargo xtask codegen`; `models/README.md` says how to add an operation.

pub mod constant_read;
pub mod decode;
mod error;
mod generated;
pub mod query;
mod service;
pub mod shape;
pub mod sigv4;
pub mod sts;
mod timestamp;
pub mod xml;

pub use decode::Blob;
pub use error::{ApiError, ErrorCode};
pub use service::{Dialect, Service};
pub use timestamp::Timestamp;

/// The structures of requests and answers, named as in botocore and the AWS SDKs.
///
/// Scalars and structures are `Option`s, lists are `Vec`s; a list that was not given is an empty one.
pub mod shapes {
    pub use crate::generated::facts::*;
    pub use crate::generated::inputs::*;
    pub use crate::generated::outputs::*;
    pub use crate::generated::shared::*;
    pub use crate::xml::ReturnTrue;
}

/// A unit structure per operation, tying its name to its types.
pub mod operations {
    pub use crate::generated::operations::*;
    pub use crate::shape::{Operation, OperationInfo};

    /// Whether EC2 has an operation of this name, served here or not.
    pub fn exists_in_ec2(name: &str) -> bool {
        EVERY_OPERATION_OF_EC2.binary_search(&name).is_ok()
    }
}
