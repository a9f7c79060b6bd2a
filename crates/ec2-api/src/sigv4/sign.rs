//! Signing, for clients of our own: load generators and tests.

use super::steps::{self, Scope};
use super::{ALGORITHM, Request, amz_date};
use crate::query::form_pairs;
use crate::{ApiError, Timestamp};

use http::{HeaderMap, HeaderValue};

/// What to sign with, and for where.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// Names the secret.
    pub access_key_id: &'a str,
    /// Never leaves the client.
    pub secret_access_key: &'a str,
    /// `us-east-1`
    pub region: &'a str,
    /// `ec2` or `sts`
    pub service: &'a str,
}

impl std::fmt::Debug for Credentials<'_> {
    /// Without the secret, so that it is never logged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} for {} in {}", self.access_key_id, self.service, self.region)
    }
}

/// The headers that a signature adds to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// `X-Amz-Date`
    pub x_amz_date: String,
    /// `Authorization`
    pub authorization: String,
}

/// Signs a request that has its `host`. Covered are `host`, `content-type` and all `x-amz-*`.
pub fn sign(request: &Request<'_>, credentials: &Credentials<'_>, now: Timestamp) -> Result<Signed, ApiError> {
    let Credentials { access_key_id, secret_access_key, region, service } = credentials;
    let x_amz_date = amz_date(now);
    let day = x_amz_date.chars().take(8).collect();
    let scope = Scope { day, region: (*region).to_owned(), service: (*service).to_owned() };

    let mut headers: HeaderMap = request.headers.clone();
    if let Ok(date) = HeaderValue::from_str(&x_amz_date) {
        headers.insert("x-amz-date", date);
    }
    let covered = |name: &&str| matches!(*name, "host" | "content-type") || name.starts_with("x-amz-");
    let mut signed: Vec<String> = headers.keys().map(|name| name.as_str()).filter(covered).map(str::to_owned).collect();
    signed.sort_unstable();

    let query = steps::canonical_query(&form_pairs(request.query.as_bytes())?, false);
    let body_hash = steps::hex(&steps::sha256(request.body));
    let canonical_headers = steps::canonical_headers(&headers, &signed);
    let canonical = steps::canonical_request(request.method, request.path, &query, &canonical_headers, &signed, &body_hash);
    let to_sign = steps::string_to_sign(&x_amz_date, &scope, &canonical);
    let signature = steps::hex(&steps::signature(secret_access_key, &scope, &to_sign));
    let authorization = format!(
        "{ALGORITHM} Credential={access_key_id}/{}/{region}/{service}/{}, SignedHeaders={}, Signature={signature}",
        scope.day,
        steps::TERMINATOR,
        signed.join(";"),
    );
    Ok(Signed { x_amz_date, authorization })
}
