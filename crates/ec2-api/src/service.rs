//! The two services that are served, and how the others write errors.

use std::fmt::Write as _;

use http::HeaderMap;

use crate::xml::{Encode, Writer};
use crate::{ApiError, ErrorCode, query, sts, xml};

/// The services that are served, as signatures name them.
const SERVED: &str = "ec2 and sts";

/// Which service a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Amazon EC2.
    Ec2,
    /// AWS STS, of which one operation exists here.
    Sts,
}

impl Service {
    /// The service that a signature is scoped to, if it is served.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "ec2" => Some(Service::Ec2),
            "sts" => Some(Service::Sts),
            _ => None,
        }
    }

    /// The version of the API that is served.
    pub const fn version(self) -> &'static str {
        match self {
            Service::Ec2 => query::VERSION,
            Service::Sts => sts::VERSION,
        }
    }

    /// The body of a successful answer to `action`.
    pub fn response<T: Encode>(self, action: &str, request_id: &str, output: &T) -> Vec<u8> {
        match self {
            Service::Ec2 => xml::response(action, request_id, output),
            Service::Sts => sts::response(action, request_id, output),
        }
    }

    /// How it writes errors.
    pub const fn dialect(self) -> Dialect {
        match self {
            Service::Ec2 => Dialect::Ec2,
            Service::Sts => Dialect::Query,
        }
    }
}

/// A form of errors: AWS's protocols have one each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// EC2's own.
    Ec2,
    /// The Query protocol (STS, IAM, ELB, RDS …).
    Query,
    /// XML over REST (Route 53, CloudFront).
    RestXml,
    /// Amazon S3's own form of it.
    S3,
    /// JSON 1.0 (DynamoDB, Step Functions …).
    Json10,
    /// JSON 1.1 (ECS, KMS …).
    Json11,
    /// JSON over REST (EKS, Lambda …).
    RestJson,
    /// CBOR after Smithy's RPC protocol (CloudWatch of newer SDKs).
    RpcCbor,
}

impl Dialect {
    /// How a service that is not served writes errors. The request shows it: each protocol marks its requests; without a mark,
    /// the service's name tells.
    pub fn of_request(service: &str, headers: &HeaderMap) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = header("content-type").split(';').next().unwrap_or_default().trim();
        match (service, kind) {
            _ if header("smithy-protocol").eq_ignore_ascii_case("rpc-v2-cbor") => Dialect::RpcCbor,
            (_, "application/x-amz-json-1.0") => Dialect::Json10,
            (_, "application/x-amz-json-1.1") => Dialect::Json11,
            ("s3" | "s3express" | "s3-object-lambda" | "s3-outposts", _) => Dialect::S3,
            ("route53" | "cloudfront", _) => Dialect::RestXml,
            (_, "application/x-www-form-urlencoded") => Dialect::Query,
            _ => Dialect::RestJson,
        }
    }

    /// The media type of an error.
    pub const fn content_type(self) -> &'static str {
        match self {
            Dialect::Ec2 | Dialect::Query | Dialect::RestXml => "text/xml;charset=UTF-8",
            Dialect::S3 => "application/xml",
            Dialect::Json10 => "application/x-amz-json-1.0",
            Dialect::Json11 => "application/x-amz-json-1.1",
            Dialect::RestJson => "application/json",
            Dialect::RpcCbor => "application/cbor",
        }
    }

    /// Further headers of an error: what a client reads the code from, and how it knows the protocol.
    pub fn headers(self, error: &ApiError) -> Option<(&'static str, &'static str)> {
        match self {
            Dialect::Ec2 | Dialect::Query | Dialect::RestXml | Dialect::S3 => None,
            Dialect::Json10 | Dialect::Json11 | Dialect::RestJson => Some(("x-amzn-errortype", error.code.as_str())),
            Dialect::RpcCbor => Some(("smithy-protocol", "rpc-v2-cbor")),
        }
    }

    /// The body of a failed answer.
    pub fn error(self, error: &ApiError, request_id: &str) -> Vec<u8> {
        match self {
            Dialect::Ec2 => xml::error(error, request_id),
            // Clients look at neither's namespace.
            Dialect::Query | Dialect::RestXml => sts::error(error, request_id),
            Dialect::S3 => s3_error(error, request_id),
            Dialect::Json10 | Dialect::Json11 | Dialect::RestJson => json_error(error).into_bytes(),
            Dialect::RpcCbor => cbor_error(error),
        }
    }
}

/// What is answered to a request for a service that is not served.
pub fn not_served(service: &str) -> ApiError {
    let message = format!("enid does not serve {service:?}; it serves the services {SERVED}. Point only their clients at it.");
    ApiError::new(ErrorCode::UnsupportedOperation, message)
}

fn s3_error(error: &ApiError, request_id: &str) -> Vec<u8> {
    let mut xml = Writer::new();
    xml.raw("<Error>");
    xml.element("Code", &error.code.as_str());
    xml.element("Message", &error.message.as_str());
    xml.element("RequestId", &request_id);
    xml.raw("</Error>");
    xml.into_bytes()
}

fn json_error(error: &ApiError) -> String {
    format!("{{\"__type\":{},\"message\":{}}}", json_text(error.code.as_str()), json_text(&error.message))
}

fn json_text(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter.is_control() => _ = write!(out, "\\u{:04x}", u32::from(letter)),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// A CBOR map of two texts (RFC 8949).
fn cbor_error(error: &ApiError) -> Vec<u8> {
    const MAP_OF_TWO: u8 = 0xa2;
    let mut out = vec![MAP_OF_TWO];
    for text in ["__type", error.code.as_str(), "message", error.message.as_str()] {
        cbor_text(text, &mut out);
    }
    out
}

fn cbor_text(text: &str, out: &mut Vec<u8>) {
    /// A text whose length follows in four bytes.
    const TEXT_WITH_LENGTH: u8 = 0x7a;
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    out.push(TEXT_WITH_LENGTH);
    out.extend(length.to_be_bytes());
    out.extend(text.bytes().take(length as usize));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error() -> ApiError {
        ApiError::new(ErrorCode::UnsupportedOperation, "no \"s3\"\n")
    }

    #[test]
    fn json_is_escaped() {
        assert_eq!(json_error(&error()), r#"{"__type":"UnsupportedOperation","message":"no \"s3\"\u000a"}"#);
    }

    #[test]
    fn cbor_has_its_lengths() {
        let body = cbor_error(&error());
        assert_eq!(&body[..12], b"\xa2\x7a\0\0\0\x06__type");
        assert!(body.ends_with(b"\x7a\0\0\0\x08no \"s3\"\n"));
    }

    /// SDKs read the code of an error from the header before they look at the body.
    #[test]
    fn every_protocol_of_json_has_the_code_in_its_header() {
        for dialect in [Dialect::Json10, Dialect::Json11, Dialect::RestJson] {
            assert_eq!(dialect.headers(&error()), Some(("x-amzn-errortype", "UnsupportedOperation")), "{dialect:?}");
        }
    }

    #[test]
    fn a_request_shows_how_its_service_writes_errors() {
        for (service, name, value, expected) in [
            ("iam", "content-type", "application/x-www-form-urlencoded; charset=utf-8", Dialect::Query),
            ("s3", "content-type", "application/x-www-form-urlencoded", Dialect::S3),
            ("dynamodb", "content-type", "application/x-amz-json-1.0", Dialect::Json10),
            ("kms", "content-type", "application/x-amz-json-1.1", Dialect::Json11),
            ("route53", "accept", "*/*", Dialect::RestXml),
            ("eks", "accept", "*/*", Dialect::RestJson),
            ("monitoring", "smithy-protocol", "rpc-v2-cbor", Dialect::RpcCbor),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            assert_eq!(Dialect::of_request(service, &headers), expected, "{service}");
        }
    }
}
