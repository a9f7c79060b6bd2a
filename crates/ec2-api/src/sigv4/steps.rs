//! The steps of Signature Version 4, as the AWS General Reference numbers them: canonical request, string to sign,
//! signing key, signature. Each is a pure function, so that each can be held to AWS's vectors.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::{Digest, Sha256};

use super::ALGORITHM;
use crate::query::Pair;

/// What every scope ends in.
pub const TERMINATOR: &str = "aws4_request";

/// Where and when a signature is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// `20150830`
    pub day: String,
    /// `us-east-1`
    pub region: String,
    /// `ec2`
    pub service: String,
}

/// The SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Query parameters, encoded anew and sorted. A presigned request does not sign its own signature.
pub fn canonical_query(pairs: &[Pair], presigned: bool) -> String {
    let mut encoded: Vec<(String, String)> = pairs
        .iter()
        .filter(|(name, _)| !(presigned && name == b"X-Amz-Signature"))
        .map(|(name, value)| (uri_encode(name, false), uri_encode(value, false)))
        .collect();
    encoded.sort_unstable();
    let pairs: Vec<String> = encoded.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// A line per signed header: values trimmed, runs of spaces made one, several values joined by commas.
pub fn canonical_headers(headers: &HeaderMap, signed: &[String]) -> Vec<u8> {
    let mut lines = Vec::new();
    for name in signed {
        lines.extend_from_slice(name.as_bytes());
        lines.push(b':');
        for (i, value) in headers.get_all(name.as_str()).iter().enumerate() {
            if i > 0 {
                lines.push(b',');
            }
            let words = value.as_bytes().split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
            for (i, word) in words.enumerate() {
                if i > 0 {
                    lines.push(b' ');
                }
                lines.extend_from_slice(word);
            }
        }
        lines.push(b'\n');
    }
    lines
}

/// Step 1. The path is encoded once more on top of how it was sent, as for every service but S3. It is not normalised:
/// EC2 and STS have no path but `/`.
pub fn canonical_request(method: &str, path: &str, query: &str, headers: &[u8], signed: &[String], body_hash: &str) -> Vec<u8> {
    let path = uri_encode(path.as_bytes(), true);
    let mut request = format!("{method}\n{path}\n{query}\n").into_bytes();
    request.extend_from_slice(headers);
    request.extend_from_slice(format!("\n{}\n{body_hash}", signed.join(";")).as_bytes());
    request
}

/// Steps 2 and 3. `date` is `20150830T123600Z`.
pub fn string_to_sign(date: &str, scope: &Scope, canonical_request: &[u8]) -> String {
    let Scope { day, region, service } = scope;
    let hash = hex(&sha256(canonical_request));
    format!("{ALGORITHM}\n{date}\n{day}/{region}/{service}/{TERMINATOR}\n{hash}")
}

/// Step 4, with the signing key derived from the secret and the scope.
pub fn signature(secret: &str, scope: &Scope, string_to_sign: &str) -> [u8; 32] {
    let key = hmac(format!("AWS4{secret}").as_bytes(), &scope.day);
    let key = hmac(&key, &scope.region);
    let key = hmac(&key, &scope.service);
    let key = hmac(&key, TERMINATOR);
    hmac(&key, string_to_sign)
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Everything but RFC 3986's unreserved characters as `%XX`.
fn uri_encode(bytes: &[u8], keep_slashes: bool) -> String {
    let mut encoded = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(*byte)),
            b'/' if keep_slashes => encoded.push('/'),
            _ => {
                encoded.push('%');
                encoded.push_str(&hex(&[*byte]).to_ascii_uppercase());
            }
        }
    }
    encoded
}
