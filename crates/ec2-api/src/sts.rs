//! The one operation of AWS STS that clients call before anything else, in STS's own dialect: the plain Query protocol,
//! which wraps results and errors differently from EC2.

use crate::ApiError;
use crate::shape::prelude::*;

/// The version of the STS API.
pub const VERSION: &str = "2011-06-15";

/// Every operation of STS. Source: its API reference.
const EVERY_OPERATION: &[&str] = &[
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "DecodeAuthorizationMessage",
    "GetAccessKeyInfo",
    "GetCallerIdentity",
    "GetDelegatedAccessToken",
    "GetFederationToken",
    "GetSessionToken",
    "GetWebIdentityToken",
];

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// `GetCallerIdentity`: whose key signed this.
#[derive(Debug, Clone, Copy)]
pub struct GetCallerIdentity;

impl Operation for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";
    type Input = GetCallerIdentityRequest;
    type Output = GetCallerIdentityResponse;
    const REFUSED: &'static [(&'static str, &'static str)] = &[];
}

pub use shapes::*;

/// The structures, in a module of their own because the macros write no documentation.
#[allow(missing_docs, reason = "the STS API reference describes every member")]
mod shapes {
    use crate::shape::prelude::*;

    input_shapes! {
    GetCallerIdentityRequest {}
    }

    output_shapes! {
    GetCallerIdentityResponse {
        user_id: Option<String> = one "UserId";
        account: Option<String> = one "Account";
        arn: Option<String> = one "Arn";
    }
    }
}

/// Whether STS has an operation of this name, served here or not.
pub fn exists_in_sts(name: &str) -> bool {
    EVERY_OPERATION.contains(&name)
}

/// The body of a successful answer to `action`.
pub fn response<T: Encode>(action: &str, request_id: &str, output: &T) -> Vec<u8> {
    let mut xml = Writer::new();
    xml.raw(&format!("<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>"));
    output.encode(&mut xml);
    xml.raw(&format!("</{action}Result><ResponseMetadata>"));
    xml.element("RequestId", &request_id);
    xml.raw(&format!("</ResponseMetadata></{action}Response>"));
    xml.into_bytes()
}

/// The body of a failed answer.
pub fn error(error: &ApiError, request_id: &str) -> Vec<u8> {
    let mut xml = Writer::new();
    let side = if error.status() < 500 { "Sender" } else { "Receiver" };
    xml.raw(&format!("<ErrorResponse xmlns=\"{NAMESPACE}\"><Error>"));
    xml.element("Type", &side);
    xml.element("Code", &error.code.as_str());
    xml.element("Message", &error.message.as_str());
    xml.raw("</Error>");
    xml.element("RequestId", &request_id);
    xml.raw("</ErrorResponse>");
    xml.into_bytes()
}
