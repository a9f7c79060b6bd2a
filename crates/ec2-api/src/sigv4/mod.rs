//! AWS Signature Version 4: who signed a request, or why nobody did.
//!
//! Both forms are understood: the `Authorization` header, and the presigned query (`X-Amz-Algorithm=…` in the URL).
//! [`verify`] is a pure function of the request, the time and the keys. The steps it shares with a signer are in
//! [`steps`]; [`sign`] is for clients of our own.
//!
//! Why not a library: `aws-sigv4` only signs. `scratchstack-aws-signature` verifies, but asynchronously through tower
//! services, brings chrono, regex and second versions of hmac and sha2, allows 15 minutes of skew and has error codes
//! of its own. The steps are a page of code on hmac, sha2 and subtle, and AWS publishes vectors to hold them to
//! (`tests/sigv4_vectors.json`).

pub mod steps;

mod sign;

use std::collections::BTreeMap;

use http::HeaderMap;
use subtle::ConstantTimeEq;

pub use sign::{Credentials, Signed, sign};
use steps::Scope;

use crate::query::form_pairs;
use crate::service::not_served;
use crate::{ApiError, Dialect, ErrorCode, Service, Timestamp};

/// The only algorithm there is.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far a request's date may be from the server's clock.
pub const CLOCK_SKEW_MAX_MILLISECONDS: i64 = 5 * 60 * 1000;
/// How long a presigned request may stay valid: a week.
pub const PRESIGNED_SECONDS_MAX: i64 = 7 * 24 * 60 * 60;
/// Headers one signature may cover.
pub const SIGNED_HEADERS_MAX: usize = 100;
/// Bytes of an access key id; AWS's have 20, and the API reference allows 128.
pub const ACCESS_KEY_ID_BYTES_MAX: usize = 128;

/// An HTTP request as it was received.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// As sent, escapes and all.
    pub path: &'a str,
    /// As sent, without the question mark.
    pub query: &'a str,
    /// All of them, `host` included.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
}

/// Who signed a request, and for where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The key that signed it.
    pub access_key_id: String,
    /// The region in the signature's scope, which is the one the client believes it is talking to.
    pub region: String,
    /// The service in the signature's scope.
    pub service: Service,
}

/// Why a request was refused, and in whose dialect to say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// That of the service in the signature's scope; EC2's where none could be read.
    pub dialect: Dialect,
    /// What to answer.
    pub error: ApiError,
}

/// Finds out who signed a request.
///
/// `secret_of` gives the secret of an access key id. A key that does not exist takes as long as one that does: the
/// signature is computed all the same.
pub fn verify<'k>(request: &Request<'_>, now: Timestamp, secret_of: impl FnOnce(&str) -> Option<&'k str>) -> Result<Identity, Refusal> {
    let claim = Claim::read(request).map_err(|error| Refusal { dialect: Dialect::Ec2, error })?;
    let service = served(&claim.scope.service, request.headers)?;
    let refused = |error| Refusal { dialect: service.dialect(), error };
    claim.check_dates(service, now).map_err(refused)?;
    claim.check_headers(request).map_err(refused)?;
    claim.check_signature(request, service, secret_of).map_err(refused)?;
    Ok(Identity { access_key_id: claim.access_key_id, region: claim.scope.region, service })
}

/// Refuses a request for a service that is not served, whatever its method and body, before either is looked at. One whose
/// service cannot be read is left to [`verify`].
///
/// # Errors
/// When it is for another service: in that service's dialect.
pub fn check_service(headers: &HeaderMap, query: &str) -> Result<(), Refusal> {
    let named = match headers.get("authorization").and_then(|value| value.to_str().ok()) {
        Some(text) => text.split_once("Credential=").map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or(rest).to_owned()),
        None => form_pairs(query.as_bytes()).ok().and_then(|pairs| {
            let credential = pairs.into_iter().find(|(name, _)| name == b"X-Amz-Credential");
            String::from_utf8(credential?.1).ok()
        }),
    };
    let Some(Ok((_, scope))) = named.map(|credential| read_credential(&credential)) else { return Ok(()) };
    served(&scope.service, headers).map(|_| ())
}

fn served(service: &str, headers: &HeaderMap) -> Result<Service, Refusal> {
    let refusal = || Refusal { dialect: Dialect::of_request(service, headers), error: not_served(service) };
    Service::named(service).ok_or_else(refusal)
}

/// What a request says of its signature.
#[derive(Debug)]
struct Claim {
    access_key_id: String,
    scope: Scope,
    date: AmzDate,
    /// Lower case, sorted, each once.
    signed_headers: Vec<String>,
    signature: [u8; 32],
    form: Form,
    session_token: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Header,
    Presigned { valid_seconds: i64 },
}

/// A moment in the two spellings that matter.
#[derive(Debug)]
struct AmzDate {
    text: String,
    moment: Timestamp,
}

fn incomplete(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::IncompleteSignature, message)
}

impl Claim {
    fn read(request: &Request<'_>) -> Result<Claim, ApiError> {
        let has = |form: &[u8], member: &[u8]| form_pairs(form).map(|pairs| pairs.iter().any(|(name, _)| name == member));
        let presigned = has(request.query.as_bytes(), b"X-Amz-Algorithm")?;
        match (request.headers.contains_key("authorization"), presigned) {
            (true, false) => Claim::from_headers(request.headers),
            (false, true) => Claim::from_query(request),
            (true, true) => Err(incomplete("A request is signed either in the Authorization header or in its query, not in both.")),
            // EC2's oldest regions still take version 2, and libcloud signs so for them; but such a request does not say
            // which region it is for. The code is that of a signature that cannot be checked.
            (false, false)
                if has(request.query.as_bytes(), b"SignatureVersion")? || has(request.body, b"SignatureVersion").unwrap_or(false) =>
            {
                let message = "AWS was not able to validate the provided access credentials \
                               (a signature of version 2 names no region; sign with version 4)";
                Err(ApiError::new(ErrorCode::AuthFailure, message))
            }
            (false, false) => Err(ApiError::new(
                ErrorCode::MissingAuthenticationToken,
                "The request must contain either a valid (registered) AWS access key ID or X.509 certificate.",
            )),
        }
    }

    /// `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`
    fn from_headers(headers: &HeaderMap) -> Result<Claim, ApiError> {
        let text = |name: &str| -> Result<Option<&str>, ApiError> {
            let mut values = headers.get_all(name).iter();
            let value = values.next().map(|value| value.to_str()).transpose();
            match (value, values.next()) {
                (Ok(value), None) => Ok(value),
                (Ok(_), Some(_)) => Err(incomplete(format!("The header {name} is given more than once."))),
                (Err(_), _) => Err(incomplete(format!("The header {name} is not ASCII."))),
            }
        };
        let authorization = text("authorization")?.unwrap_or_default();
        let (algorithm, parts) = authorization.split_once(' ').unwrap_or((authorization, ""));
        if algorithm != ALGORITHM {
            return Err(incomplete(format!("Authorization header requires the algorithm '{ALGORITHM}'.")));
        }
        let mut given = BTreeMap::new();
        for part in parts.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| incomplete(format!("'{part}' not a valid key=value pair (missing equal-sign) in Authorization header.")))?;
            if given.insert(name, value).is_some() {
                return Err(incomplete(format!("Authorization header has '{name}' more than once.")));
            }
        }
        let mut part =
            |name: &str| given.remove(name).ok_or_else(|| incomplete(format!("Authorization header requires '{name}' parameter.")));
        let (credential, signed_headers, signature) = (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
        let date = text("x-amz-date")?.ok_or_else(|| incomplete("Authorization header requires existence of a 'X-Amz-Date' header."))?;
        let session_token = headers.contains_key("x-amz-security-token");
        Claim::new(credential, signed_headers, signature, date, Form::Header, session_token)
    }

    /// `?X-Amz-Algorithm=…&X-Amz-Credential=…&X-Amz-Date=…&X-Amz-Expires=…&X-Amz-SignedHeaders=…&X-Amz-Signature=…`
    fn from_query(request: &Request<'_>) -> Result<Claim, ApiError> {
        let mut given = BTreeMap::new();
        for (name, value) in form_pairs(request.query.as_bytes())? {
            let (Ok(name), Ok(value)) = (String::from_utf8(name), String::from_utf8(value)) else {
                return Err(incomplete("The query is not UTF-8."));
            };
            if name.starts_with("X-Amz-") && given.insert(name.clone(), value).is_some() {
                return Err(incomplete(format!("The query has '{name}' more than once.")));
            }
        }
        let mut part =
            |name: &str| given.remove(name).ok_or_else(|| incomplete(format!("AWS query-string parameters must include '{name}'.")));
        if part("X-Amz-Algorithm")? != ALGORITHM {
            return Err(incomplete(format!("X-Amz-Algorithm must be '{ALGORITHM}'.")));
        }
        let (credential, date, expires) = (part("X-Amz-Credential")?, part("X-Amz-Date")?, part("X-Amz-Expires")?);
        let (signed_headers, signature) = (part("X-Amz-SignedHeaders")?, part("X-Amz-Signature")?);
        let valid_seconds = digits(&expires)
            .filter(|seconds| *seconds <= PRESIGNED_SECONDS_MAX)
            .ok_or_else(|| incomplete(format!("X-Amz-Expires must be a number of seconds up to {PRESIGNED_SECONDS_MAX}, a week.")))?;
        let session_token = given.contains_key("X-Amz-Security-Token") || request.headers.contains_key("x-amz-security-token");
        Claim::new(&credential, &signed_headers, &signature, &date, Form::Presigned { valid_seconds }, session_token)
    }

    fn new(
        credential: &str,
        signed_headers: &str,
        signature: &str,
        date: &str,
        form: Form,
        session_token: bool,
    ) -> Result<Claim, ApiError> {
        let (access_key_id, scope) = read_credential(credential)?;
        let moment = parse_amz_date(date).ok_or_else(|| incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{date}'.")))?;
        Ok(Claim {
            access_key_id,
            scope,
            date: AmzDate { text: date.to_owned(), moment },
            signed_headers: read_signed_headers(signed_headers)?,
            signature: read_signature(signature).ok_or_else(|| incomplete("Signature must be 64 hexadecimal digits."))?,
            form,
            session_token,
        })
    }

    fn check_dates(&self, service: Service, now: Timestamp) -> Result<(), ApiError> {
        let day = self.date.text.get(..8).unwrap_or_default();
        if day != self.scope.day {
            let message = format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{day}', from '{}'.",
                self.scope.day, self.date.text
            );
            return Err(ApiError::new(ErrorCode::SignatureDoesNotMatch, message));
        }
        let signed = self.date.moment.0;
        let earliest = match self.form {
            Form::Header => now.0 - CLOCK_SKEW_MAX_MILLISECONDS,
            Form::Presigned { valid_seconds } => now.0 - valid_seconds * 1000,
        };
        let latest = now.0 + CLOCK_SKEW_MAX_MILLISECONDS;
        if (earliest..=latest).contains(&signed) {
            return Ok(());
        }
        // EC2 and STS say this with different codes, both recorded.
        Err(match (service, signed < earliest) {
            (Service::Ec2, _) => ApiError::new(ErrorCode::RequestExpired, "Request has expired."),
            (Service::Sts, true) => ApiError::new(
                ErrorCode::SignatureDoesNotMatch,
                format!(
                    "Signature expired: {} is now earlier than {} ({} - 5 min.)",
                    self.date.text,
                    amz_date(Timestamp(earliest)),
                    amz_date(now)
                ),
            ),
            (Service::Sts, false) => ApiError::new(
                ErrorCode::SignatureDoesNotMatch,
                format!(
                    "Signature not yet current: {} is still later than {} ({} + 5 min.)",
                    self.date.text,
                    amz_date(Timestamp(latest)),
                    amz_date(now)
                ),
            ),
        })
    }

    /// What is not signed could be changed on the way, so whatever steers the request must be.
    fn check_headers(&self, request: &Request<'_>) -> Result<(), ApiError> {
        let signed = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        if !signed("host") {
            return Err(unsigned("host"));
        }
        if let Some(name) = request.headers.keys().map(|name| name.as_str()).find(|name| name.starts_with("x-amz-") && !signed(name)) {
            return Err(unsigned(name));
        }
        match self.signed_headers.iter().find(|name| !request.headers.contains_key(name.as_str())) {
            Some(name) => Err(ApiError::new(
                ErrorCode::SignatureDoesNotMatch,
                format!("The header '{name}' is in SignedHeaders but not in the request."),
            )),
            None => Ok(()),
        }
    }

    fn check_signature<'k>(
        &self,
        request: &Request<'_>,
        service: Service,
        secret_of: impl FnOnce(&str) -> Option<&'k str>,
    ) -> Result<(), ApiError> {
        let body_hash = steps::hex(&steps::sha256(request.body));
        for stated in request.headers.get_all("x-amz-content-sha256") {
            // UNSIGNED-PAYLOAD and the streaming forms are S3's; a body that is not bound could be swapped.
            if stated.as_bytes() != body_hash.as_bytes() {
                let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
                return Err(ApiError::new(ErrorCode::SignatureDoesNotMatch, message));
            }
        }
        let query = steps::canonical_query(&form_pairs(request.query.as_bytes())?, self.form != Form::Header);
        let headers = steps::canonical_headers(request.headers, &self.signed_headers);
        let canonical = steps::canonical_request(request.method, request.path, &query, &headers, &self.signed_headers, &body_hash);
        let to_sign = steps::string_to_sign(&self.date.text, &self.scope, &canonical);

        let secret = secret_of(&self.access_key_id);
        let signature = steps::signature(secret.unwrap_or("no such key"), &self.scope, &to_sign);
        let equal = bool::from(signature.ct_eq(&self.signature));

        match (secret.is_some() && !self.session_token, equal) {
            (true, true) => Ok(()),
            (true, false) => Err(ApiError::new(
                ErrorCode::SignatureDoesNotMatch,
                "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
            )),
            (false, _) => Err(unknown_credentials(service, self.session_token)),
        }
    }
}

fn unsigned(header: &str) -> ApiError {
    let message = format!("'{header}' must be a 'SignedHeader' in the AWS Authorization.");
    ApiError::new(ErrorCode::SignatureDoesNotMatch, message)
}

/// Keys here are long-term ones; nothing issues session tokens, so one cannot be genuine.
fn unknown_credentials(service: Service, session_token: bool) -> ApiError {
    let (code, message) = match service {
        Service::Ec2 => (ErrorCode::AuthFailure, "AWS was not able to validate the provided access credentials"),
        Service::Sts => (ErrorCode::InvalidClientTokenId, "The security token included in the request is invalid."),
    };
    match session_token {
        false => ApiError::new(code, message),
        true => ApiError::new(code, format!("{message} (temporary credentials with a session token are not supported)")),
    }
}

/// `AKID/20150830/us-east-1/ec2/aws4_request`
fn read_credential(credential: &str) -> Result<(String, Scope), ApiError> {
    let malformed = || {
        incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request, got '{credential}'."
        ))
    };
    // From the right, since only the access key id could hold a slash.
    let mut parts = credential.rsplitn(5, '/');
    let mut part = || parts.next().filter(|part| !part.is_empty()).ok_or_else(malformed);
    let (terminator, service, region, day, access_key_id) = (part()?, part()?, part()?, part()?, part()?);
    if terminator != steps::TERMINATOR {
        let message = format!("Credential should be scoped with a valid terminator: '{}', not '{terminator}'.", steps::TERMINATOR);
        return Err(ApiError::new(ErrorCode::SignatureDoesNotMatch, message));
    }
    if access_key_id.len() > ACCESS_KEY_ID_BYTES_MAX || day.len() != 8 || digits(day).is_none() {
        return Err(malformed());
    }
    if !is_region(region) {
        let message = format!("Credential should be scoped to a valid region, not '{region}'.");
        return Err(ApiError::new(ErrorCode::SignatureDoesNotMatch, message));
    }
    let scope = Scope { day: day.to_owned(), region: region.to_owned(), service: service.to_owned() };
    Ok((access_key_id.to_owned(), scope))
}

/// The form of a region's name, such as `us-east-1` or `us-gov-west-1`. Which regions exist is not the wire's business.
fn is_region(text: &str) -> bool {
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= 32 && text.bytes().all(lower) && text.starts_with(|first: char| first.is_ascii_lowercase()) && !text.ends_with('-')
}

fn read_signed_headers(list: &str) -> Result<Vec<String>, ApiError> {
    let token = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    let mut names: Vec<String> = list.split(';').map(str::to_owned).collect();
    if names.len() > SIGNED_HEADERS_MAX || names.iter().any(|name| name.is_empty() || !name.bytes().all(token)) {
        return Err(incomplete("SignedHeaders must be names of headers in lower case, separated by semicolons."));
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn read_signature(text: &str) -> Option<[u8; 32]> {
    let text = text.as_bytes();
    let mut signature = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, digits) in signature.iter_mut().zip(text.chunks_exact(2)) {
        for digit in digits {
            *byte = *byte << 4 | char::from(*digit).to_digit(16)? as u8;
        }
    }
    Some(signature)
}

fn digits(text: &str) -> Option<i64> {
    (1..=18).contains(&text.len()).then_some(())?;
    text.bytes().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// `20150830T123600Z`
fn parse_amz_date(text: &str) -> Option<Timestamp> {
    let number = |range| text.get(range).and_then(digits);
    if text.len() != 16 || text.get(8..9) != Some("T") || text.get(15..) != Some("Z") {
        return None;
    }
    Timestamp::from_utc((number(0..4)?, number(4..6)?, number(6..8)?), (number(9..11)?, number(11..13)?, number(13..15)?), 0)
}

/// The reverse of [`parse_amz_date`]; a fraction of a second is dropped.
fn amz_date(moment: Timestamp) -> String {
    let extended = moment.to_string();
    let mut basic: String = extended.chars().take_while(|letter| *letter != '.').filter(|letter| !matches!(letter, '-' | ':')).collect();
    basic.push('Z');
    basic
}
