//! Signatures: AWS's published vectors step by step, botocore's requests as a whole, and everything that must not pass.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

use ec2_api::sigv4::{self, Credentials, Identity, Refusal, Request, steps};
use ec2_api::{Dialect, ErrorCode, Service, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::Value;

const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2026-11-22T19:00:00Z, when botocore signed the fixture.
const SIGNED_AT: Timestamp = Timestamp(1_795_374_000_000);
const MINUTE: i64 = 60_000;

fn secret_of(access_key_id: &str) -> Option<&'static str> {
    (access_key_id == KEY).then_some(SECRET)
}

/// A request that owns its parts, so that tests can spoil them.
#[derive(Clone, Debug)]
struct Sent {
    method: String,
    path: String,
    query: String,
    headers: HeaderMap,
    body: String,
}

impl Sent {
    fn request(&self) -> Request<'_> {
        Request { method: &self.method, path: &self.path, query: &self.query, headers: &self.headers, body: self.body.as_bytes() }
    }

    fn verified_at(&self, now: Timestamp) -> Result<Identity, Refusal> {
        sigv4::verify(&self.request(), now, secret_of)
    }

    fn code(&self) -> ErrorCode {
        self.verified_at(SIGNED_AT).expect_err("it was accepted").error.code
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
    }

    fn header(&self, name: &str) -> String {
        self.headers.get(name).unwrap().to_str().unwrap().to_owned()
    }

    /// As read from the text of an HTTP request.
    fn from_http(text: &str) -> Sent {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let (method, rest) = lines.next().unwrap().split_once(' ').unwrap();
        let target = rest.strip_suffix(" HTTP/1.1").unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = HeaderMap::new();
        for line in lines.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').unwrap();
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        Sent { method: method.into(), path: path.into(), query: query.into(), headers, body: body.into() }
    }
}

fn fixture(text: &str, list: &str) -> Vec<Value> {
    let value: Value = serde_json::from_str(text).unwrap();
    value[list].as_array().unwrap().clone()
}

fn botocore() -> Vec<(String, Sent)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    fixture(include_str!("sigv4_botocore.json"), "requests")
        .iter()
        .map(|request| {
            let mut headers = HeaderMap::new();
            for (name, value) in request["headers"].as_object().unwrap() {
                headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(&text(value)).unwrap());
            }
            let sent = Sent {
                method: text(&request["method"]),
                path: text(&request["path"]),
                query: text(&request["query"]),
                headers,
                body: text(&request["body"]),
            };
            (text(&request["name"]), sent)
        })
        .collect()
}

fn botocore_request(name: &str) -> Sent {
    botocore().into_iter().find(|(found, _)| found == name).unwrap().1
}

/// The value after `key=`, up to one of the separators.
fn after<'a>(text: &'a str, key: &str) -> &'a str {
    let rest = text.split_once(key).unwrap().1;
    rest.split([',', '&', ' ']).next().unwrap()
}

fn pairs(query: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((percent_decoded(name), percent_decoded(value)));
    }
    pairs
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    decoded
}

#[test]
fn every_step_agrees_with_the_vectors_of_aws() {
    let vectors = fixture(include_str!("sigv4_vectors.json"), "vectors");
    assert_eq!(vectors.len(), 21);
    for vector in &vectors {
        for (form, presigned) in [("header", false), ("query", true)] {
            let expected = |step: &str| vector[form][step].as_str().unwrap();
            let name = format!("{} ({form})", vector["name"]);
            let sent = Sent::from_http(expected("signed_request"));

            let (credential, signed) = match presigned {
                false => {
                    let authorization = sent.header("authorization");
                    (after(&authorization, "Credential=").to_owned(), after(&authorization, "SignedHeaders=").to_owned())
                }
                true => (
                    after(&sent.query, "X-Amz-Credential=").replace("%2F", "/"),
                    after(&sent.query, "X-Amz-SignedHeaders=").replace("%3B", ";"),
                ),
            };
            let scope: Vec<&str> = credential.split('/').collect();
            let scope = steps::Scope { day: scope[1].into(), region: scope[2].into(), service: scope[3].into() };
            let signed: Vec<String> = signed.split(';').map(str::to_owned).collect();
            // Some vectors add the session token after signing, which AWS's canonical form leaves out there.
            let omitted = presigned && !expected("canonical_request").contains("X-Amz-Security-Token");
            let mut query = pairs(&sent.query);
            query.retain(|(name, _)| !(omitted && name == b"X-Amz-Security-Token"));

            let query = steps::canonical_query(&query, presigned);
            let headers = steps::canonical_headers(&sent.headers, &signed);
            let body_hash = steps::hex(&steps::sha256(sent.body.as_bytes()));
            let canonical = steps::canonical_request(&sent.method, &sent.path, &query, &headers, &signed, &body_hash);
            assert_eq!(String::from_utf8(canonical.clone()).unwrap(), expected("canonical_request"), "{name}");

            let to_sign = steps::string_to_sign("20150830T123600Z", &scope, &canonical);
            assert_eq!(to_sign, expected("string_to_sign"), "{name}");

            let secret = vector["secret_access_key"].as_str().unwrap();
            let signature = steps::hex(&steps::signature(secret, &scope, &to_sign));
            assert_eq!(signature, expected("signature"), "{name}");
        }
    }
}

#[test]
fn requests_signed_by_botocore_are_accepted() {
    let requests = botocore();
    assert_eq!(requests.len(), 6);
    for (name, sent) in requests {
        let identity = sent.verified_at(SIGNED_AT).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        assert_eq!(identity.access_key_id, KEY);
        let service = if name.contains("STS") { Service::Sts } else { Service::Ec2 };
        assert_eq!(identity.service, service, "{name}");
    }
    let identity = botocore_request("a POST with spaces in a header").verified_at(SIGNED_AT).unwrap();
    assert_eq!(identity.region, "us-gov-west-1");
}

#[test]
fn any_change_after_signing_is_noticed() {
    for (name, sent) in botocore() {
        let mut changed = vec![];
        let mut change = |edit: &dyn Fn(&mut Sent)| {
            let mut copy = sent.clone();
            edit(&mut copy);
            changed.push(copy);
        };
        change(&|sent| sent.method = "PUT".into());
        change(&|sent| sent.path = "/x".into());
        change(&|sent| sent.body.push('&'));
        change(&|sent| sent.query.push_str("&A=b"));
        change(&|sent| sent.set("host", "example.com"));
        for changed in changed {
            assert_eq!(changed.code(), ErrorCode::SignatureDoesNotMatch, "{name}: {changed:?}");
        }
    }
}

#[test]
fn the_body_is_bound_even_when_its_hash_is_stated() {
    let mut sent = botocore_request("a POST");
    sent.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    assert_eq!(sent.code(), ErrorCode::SignatureDoesNotMatch);

    // Signed over, the refusal must be of the value itself.
    for (stated, accepted) in [("UNSIGNED-PAYLOAD", false), (&"0".repeat(64), false), (&steps::hex(&steps::sha256(b"A=b")), true)] {
        let mut sent = unsigned_post("A=b");
        sent.set("x-amz-content-sha256", stated);
        assert_eq!(signed(sent, "ec2").verified_at(SIGNED_AT).is_ok(), accepted, "{stated}");
    }
}

#[test]
fn host_and_every_x_amz_header_must_be_signed() {
    let mut sent = botocore_request("a POST");
    sent.set("x-amz-target", "elsewhere");
    let refusal = sent.verified_at(SIGNED_AT).unwrap_err();
    assert_eq!(refusal.error.to_string(), "SignatureDoesNotMatch: 'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.");
    for (from, to) in [("content-type;host;", "content-type;"), (";x-amz-date", ""), ("content-type;", "content-type;x-other;")] {
        let mut sent = botocore_request("a POST");
        let authorization = sent.header("authorization").replace(from, to);
        sent.set("authorization", &authorization);
        assert_eq!(sent.code(), ErrorCode::SignatureDoesNotMatch, "{to}");
    }
}

#[test]
fn a_clock_may_be_five_minutes_off_and_no_more() {
    let sent = botocore_request("a POST");
    for (minutes, accepted) in [(-6, false), (-5, true), (5, true), (6, false)] {
        let outcome = sent.verified_at(Timestamp(SIGNED_AT.0 + minutes * MINUTE));
        match accepted {
            true => drop(outcome.unwrap()),
            false => assert_eq!(outcome.unwrap_err().error.to_string(), "RequestExpired: Request has expired."),
        }
    }
    let late = botocore_request("STS").verified_at(Timestamp(SIGNED_AT.0 + 6 * MINUTE)).unwrap_err();
    assert_eq!(
        late.error.to_string(),
        "SignatureDoesNotMatch: Signature expired: 20261122T190000Z is now earlier than 20261122T190100Z (20261122T190600Z - 5 min.)"
    );
    assert_eq!(late.dialect, Dialect::Query);
}

#[test]
fn a_presigned_request_is_good_until_it_expires() {
    let sent = botocore_request("a presigned GET");
    for (minutes, accepted) in [(-6, false), (-5, true), (10, true), (11, false)] {
        assert_eq!(sent.verified_at(Timestamp(SIGNED_AT.0 + minutes * MINUTE)).is_ok(), accepted, "{minutes}");
    }
    for expires in ["604801", "-1", "", "x", "99999999999999999999"] {
        let mut sent = sent.clone();
        sent.query = sent.query.replace("X-Amz-Expires=600", &format!("X-Amz-Expires={expires}"));
        assert_eq!(sent.code(), ErrorCode::IncompleteSignature, "{expires}");
    }
    let mut longer = sent.clone();
    longer.query = longer.query.replace("X-Amz-Expires=600", "X-Amz-Expires=6000");
    assert_eq!(longer.code(), ErrorCode::SignatureDoesNotMatch);
}

#[test]
fn an_unknown_key_and_a_wrong_secret_are_told_as_ec2_and_sts_tell_them() {
    let unknown = |sent: &Sent| sigv4::verify(&sent.request(), SIGNED_AT, |_| None).unwrap_err().error.to_string();
    let wrong = |sent: &Sent| sigv4::verify(&sent.request(), SIGNED_AT, |_| Some("wrong")).unwrap_err().error.code;
    let (ec2, sts) = (botocore_request("a POST"), botocore_request("STS"));
    assert_eq!(unknown(&ec2), "AuthFailure: AWS was not able to validate the provided access credentials");
    assert_eq!(unknown(&sts), "InvalidClientTokenId: The security token included in the request is invalid.");
    assert_eq!(wrong(&ec2), ErrorCode::SignatureDoesNotMatch);
    assert_eq!(wrong(&sts), ErrorCode::SignatureDoesNotMatch);
}

#[test]
fn a_signature_of_version_2_is_refused_as_that() {
    let form = "Action=DescribeVpcs&AWSAccessKeyId=AKIDEXAMPLE&SignatureVersion=2&SignatureMethod=HmacSHA256&Signature=aa";
    let post = unsigned_post(form);
    let get = Sent { method: "GET".into(), query: form.into(), body: String::new(), ..post.clone() };
    for sent in [post, get] {
        let refused = sent.verified_at(SIGNED_AT).unwrap_err().error;
        assert_eq!(refused.code, ErrorCode::AuthFailure);
        assert!(refused.message.contains("sign with version 4"), "{refused}");
    }
    assert_eq!(unsigned_post("Action=DescribeVpcs").code(), ErrorCode::MissingAuthenticationToken);
}

/// A key that does not exist must not be accepted because somebody signed with what stands in for its secret.
#[test]
fn the_stand_in_for_an_unknown_secret_opens_nothing() {
    let credentials = Credentials { access_key_id: "AKIAUNKNOWN", secret_access_key: "no such key", region: "us-east-1", service: "ec2" };
    let mut sent = unsigned_post("A=b");
    let signed = sigv4::sign(&sent.request(), &credentials, SIGNED_AT).unwrap();
    sent.set("x-amz-date", &signed.x_amz_date);
    sent.set("authorization", &signed.authorization);
    assert_eq!(sent.code(), ErrorCode::AuthFailure);
}

#[test]
fn a_session_token_is_refused_even_with_a_good_signature() {
    let mut sent = unsigned_post("A=b");
    sent.set("x-amz-security-token", "token");
    let refusal = signed(sent, "ec2").verified_at(SIGNED_AT).unwrap_err();
    assert_eq!(refusal.error.code, ErrorCode::AuthFailure);
    assert!(refusal.error.message.contains("session token"), "{}", refusal.error);
}

#[test]
fn a_request_without_a_signature_is_told_so() {
    assert_eq!(unsigned_post("A=b").code(), ErrorCode::MissingAuthenticationToken);
    let mut both = botocore_request("a presigned GET");
    both.set("authorization", &botocore_request("a POST").header("authorization"));
    assert_eq!(both.code(), ErrorCode::IncompleteSignature);
}

#[test]
fn another_service_is_refused_in_the_form_that_its_clients_read() {
    let refused = signed(unsigned_post("Action=ListAccountAliases"), "iam").verified_at(SIGNED_AT).unwrap_err();
    assert_eq!((refused.dialect, refused.error.code), (Dialect::Query, ErrorCode::UnsupportedOperation));
    assert!(refused.error.message.contains("\"iam\""), "{}", refused.error);
}

#[test]
fn malformed_signatures_are_refused_without_looking_at_keys() {
    let good = botocore_request("a POST").header("authorization");
    for (from, to, code) in [
        ("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA1 ", ErrorCode::IncompleteSignature),
        ("AWS4-HMAC-SHA256 ", "", ErrorCode::IncompleteSignature),
        ("Credential=", "Credentials=", ErrorCode::IncompleteSignature),
        ("Credential=", "Credential=x, Credential=", ErrorCode::IncompleteSignature),
        ("Credential=", "nonsense, Credential=", ErrorCode::IncompleteSignature),
        ("AKIDEXAMPLE/", "", ErrorCode::IncompleteSignature),
        ("/20261122/", "/2026112x/", ErrorCode::IncompleteSignature),
        ("/20261122/", "/20261121/", ErrorCode::SignatureDoesNotMatch),
        ("/eu-central-1/", "/EU!/", ErrorCode::SignatureDoesNotMatch),
        ("/eu-central-1/", "/us-east-1/", ErrorCode::SignatureDoesNotMatch),
        ("/ec2/", "/s3/", ErrorCode::UnsupportedOperation),
        ("/ec2/", "/sts/", ErrorCode::SignatureDoesNotMatch),
        ("aws4_request", "aws5_request", ErrorCode::SignatureDoesNotMatch),
        ("SignedHeaders=content-type", "SignedHeaders=Content-Type", ErrorCode::IncompleteSignature),
        ("SignedHeaders=content-type", "SignedHeaders=", ErrorCode::IncompleteSignature),
        ("Signature=30", "Signature=3", ErrorCode::IncompleteSignature),
        ("Signature=30", "Signature=zz", ErrorCode::IncompleteSignature),
        ("Signature=30", "Signature=31", ErrorCode::SignatureDoesNotMatch),
    ] {
        assert!(good.contains(from), "{from}");
        let mut sent = botocore_request("a POST");
        sent.set("authorization", &good.replace(from, to));
        assert_eq!(sent.code(), code, "{from} → {to}");
    }
    for date in ["20261122T190000", "2026-11-22T19:00:00Z", "20261122T196000Z", "20261132T190000Z"] {
        let mut sent = botocore_request("a POST");
        sent.set("x-amz-date", date);
        assert_eq!(sent.code(), ErrorCode::IncompleteSignature, "{date}");
    }
    let mut sent = botocore_request("a POST");
    sent.headers.remove("x-amz-date");
    assert_eq!(sent.code(), ErrorCode::IncompleteSignature);
}

fn unsigned_post(body: &str) -> Sent {
    Sent::from_http(&format!("POST / HTTP/1.1\nHost:127.0.0.1:8773\nContent-Type:application/x-www-form-urlencoded\n\n{body}"))
}

fn signed(mut sent: Sent, service: &str) -> Sent {
    let credentials = Credentials { access_key_id: KEY, secret_access_key: SECRET, region: "eu-central-1", service };
    let signed = sigv4::sign(&sent.request(), &credentials, SIGNED_AT).unwrap();
    sent.set("x-amz-date", &signed.x_amz_date);
    sent.set("authorization", &signed.authorization);
    sent
}

#[test]
fn our_signer_signs_as_botocore_does() {
    for name in ["a POST", "STS"] {
        let theirs = botocore_request(name);
        let mut ours = theirs.clone();
        ours.headers.remove("authorization");
        ours.headers.remove("x-amz-date");
        let ours = signed(ours, if name == "STS" { "sts" } else { "ec2" });
        assert_eq!(ours.header("authorization"), theirs.header("authorization"), "{name}");
    }
}

proptest! {
    #[test]
    fn what_is_signed_here_is_accepted_here(query in "[ -~]{0,40}", body in ".{0,80}") {
        // A # would end the query and a stray % is malformed either way.
        let mut sent = unsigned_post(&body);
        sent.query = query.replace(['%', '#'], "");
        prop_assert!(signed(sent, "ec2").verified_at(SIGNED_AT).is_ok());
    }

    #[test]
    fn no_authorization_panics(authorization in "[ -~]{0,200}", date in "[ -~]{0,20}", query in ".{0,200}") {
        let mut sent = unsigned_post("");
        sent.set("authorization", &authorization);
        sent.set("x-amz-date", &date);
        prop_assert!(sent.verified_at(SIGNED_AT).is_err());
        sent.query = query;
        prop_assert!(sent.verified_at(SIGNED_AT).is_err());
    }

    #[test]
    fn no_spoilt_signature_panics_or_passes(at in 0usize..220, byte in 0x20u8..0x7f) {
        let mut sent = botocore_request("a POST");
        let good = sent.header("authorization");
        let mut spoilt = good.clone().into_bytes();
        let at = at.min(spoilt.len() - 1);
        spoilt[at] = byte;
        let spoilt = String::from_utf8(spoilt).unwrap();
        // Hexadecimal digits of either case, the separator's space and a separator too many mean the same.
        let meaning = |text: &str| text.to_ascii_lowercase().replace(' ', "").replace(",,", ",");
        let same = meaning(&spoilt) == meaning(&good);
        sent.set("authorization", &spoilt);
        prop_assert!(same || sent.verified_at(SIGNED_AT).is_err());
    }

    #[test]
    fn no_presigned_query_panics(tail in "[ -~]{0,200}") {
        let mut sent = unsigned_post("");
        sent.query = format!("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261122T190000Z&X-Amz-Expires=60&{tail}");
        prop_assert!(sent.verified_at(SIGNED_AT).is_err());
    }
}

/// Where a signature goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum In {
    Headers,
    Query,
}

/// What a signature is of, when a test signs something that no signer would.
struct Claimed<'a> {
    day: &'a str,
    date: &'a str,
    signed_headers: &'a [&'a str],
    expires: &'a str,
    /// Before signing.
    more_query: &'a str,
    /// A header that is there before signing.
    header: Option<(&'static str, &'a str)>,
}

impl Default for Claimed<'_> {
    fn default() -> Self {
        Self { day: "20261122", date: "20261122T190000Z", signed_headers: &["host"], expires: "600", more_query: "", header: None }
    }
}

/// A request with a signature that is right for what it claims, so that nothing but the claim can be refused.
fn rightly_signed(place: In, claimed: &Claimed<'_>) -> Sent {
    let mut sent = unsigned_post(if place == In::Headers { "Action=DescribeVpcs" } else { "" });
    if let Some((name, value)) = claimed.header {
        sent.set(name, value);
    }
    let scope = steps::Scope { day: claimed.day.into(), region: "eu-central-1".into(), service: "ec2".into() };
    let credential = format!("{KEY}/{}/eu-central-1/ec2/aws4_request", claimed.day);
    let signed: Vec<String> = claimed.signed_headers.iter().map(|name| (*name).to_owned()).collect();
    let list = signed.join(";");
    if place == In::Query {
        sent.method = "GET".into();
        sent.query = format!(
            "Action=DescribeVpcs&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={}&X-Amz-Expires={}&X-Amz-SignedHeaders={}{}",
            credential.replace('/', "%2F"),
            claimed.date,
            claimed.expires,
            list.replace(';', "%3B"),
            claimed.more_query
        );
    } else {
        sent.query = claimed.more_query.trim_start_matches('&').into();
        sent.set("x-amz-date", claimed.date);
    }
    let query = steps::canonical_query(&pairs(&sent.query), place == In::Query);
    let headers = steps::canonical_headers(&sent.headers, &signed);
    let body_hash = steps::hex(&steps::sha256(sent.body.as_bytes()));
    let canonical = steps::canonical_request(&sent.method, &sent.path, &query, &headers, &signed, &body_hash);
    let signature = steps::hex(&steps::signature(SECRET, &scope, &steps::string_to_sign(claimed.date, &scope, &canonical)));
    match place {
        In::Query => sent.query += &format!("&X-Amz-Signature={signature}"),
        In::Headers => {
            let authorization = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={list}, Signature={signature}");
            sent.set("authorization", &authorization);
        }
    }
    sent
}

fn refusal(sent: &Sent) -> String {
    sent.verified_at(SIGNED_AT).expect_err("it was accepted").error.to_string()
}

const HEADERS: &[&str] = &["host", "x-amz-date"];

#[test]
fn what_these_tests_sign_is_accepted_when_its_claim_is_right() {
    for (place, signed_headers) in [(In::Headers, HEADERS), (In::Query, &["host"])] {
        let sent = rightly_signed(place, &Claimed { signed_headers, ..Claimed::default() });
        sent.verified_at(SIGNED_AT).unwrap_or_else(|refusal| panic!("{place:?}: {refusal:?}"));
    }
}

#[test]
fn the_day_in_the_scope_is_that_of_the_date_though_the_signature_is_right() {
    for (place, signed_headers) in [(In::Headers, HEADERS), (In::Query, &["host"])] {
        for day in ["20261121", "20261123", "20251122"] {
            let said = refusal(&rightly_signed(place, &Claimed { day, signed_headers, ..Claimed::default() }));
            let expected = format!(
                "SignatureDoesNotMatch: Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 '{day}' != '20261122', from '20261122T190000Z'."
            );
            assert_eq!(said, expected, "{place:?}");
        }
    }
}

#[test]
fn a_session_token_is_held_to_the_same_in_a_presigned_query_as_in_a_header() {
    let expected = "AuthFailure: AWS was not able to validate the provided access credentials \
                    (temporary credentials with a session token are not supported)";
    let mut in_header = unsigned_post("A=b");
    in_header.set("x-amz-security-token", "token");
    assert_eq!(refusal(&signed(in_header, "ec2")), expected);
    // Signed over, as most services want it, and added afterwards, as some do.
    let presigned = rightly_signed(In::Query, &Claimed { more_query: "&X-Amz-Security-Token=token", ..Claimed::default() });
    assert_eq!(refusal(&presigned), expected);
    let mut added = rightly_signed(In::Query, &Claimed::default());
    added.query += "&X-Amz-Security-Token=token";
    assert_eq!(refusal(&added), expected);
    let in_header = Claimed {
        header: Some(("x-amz-security-token", "token")),
        signed_headers: &["host", "x-amz-security-token"],
        ..Claimed::default()
    };
    assert_eq!(refusal(&rightly_signed(In::Query, &in_header)), expected);
    // Of a key that is not known, the same.
    let unknown = sigv4::verify(&presigned.request(), SIGNED_AT, |_| None).unwrap_err().error.to_string();
    assert_eq!(unknown, expected);
}

#[test]
fn what_steers_a_request_is_signed_though_the_signature_is_right_without_it() {
    let unsigned = |name: &str| format!("SignatureDoesNotMatch: '{name}' must be a 'SignedHeader' in the AWS Authorization.");
    for (place, signed_headers, missing) in
        [(In::Headers, &["x-amz-date"] as &[&str], "host"), (In::Headers, &["host"], "x-amz-date"), (In::Query, &["content-type"], "host")]
    {
        assert_eq!(refusal(&rightly_signed(place, &Claimed { signed_headers, ..Claimed::default() })), unsigned(missing), "{place:?}");
    }
    // A header that is signed and not sent, with the signature of an empty one.
    for (place, signed_headers) in [(In::Headers, &["host", "x-amz-date", "x-other"] as &[&str]), (In::Query, &["host", "x-other"])] {
        let said = refusal(&rightly_signed(place, &Claimed { signed_headers, ..Claimed::default() }));
        assert_eq!(said, "SignatureDoesNotMatch: The header 'x-other' is in SignedHeaders but not in the request.", "{place:?}");
    }
    let mut presigned = rightly_signed(In::Query, &Claimed::default());
    presigned.set("x-amz-target", "elsewhere");
    assert_eq!(refusal(&presigned), unsigned("x-amz-target"));
}

#[test]
fn a_presigned_request_may_be_valid_for_a_week_and_no_more_though_the_signature_is_right() {
    let week = Claimed { expires: "604800", ..Claimed::default() };
    let sent = rightly_signed(In::Query, &week);
    let last = Timestamp(SIGNED_AT.0 + 604_800_000);
    assert!(sent.verified_at(last).is_ok());
    assert_eq!(sent.verified_at(Timestamp(last.0 + 1)).unwrap_err().error.to_string(), "RequestExpired: Request has expired.");
    for expires in ["604801", "-1", "1.5", "%2B5", ""] {
        let said = refusal(&rightly_signed(In::Query, &Claimed { expires, ..Claimed::default() }));
        assert!(said.starts_with("IncompleteSignature: X-Amz-Expires must be a number of seconds up to 604800"), "{expires}: {said}");
    }
}

#[test]
fn nothing_of_a_signature_is_said_twice() {
    for name in ["Date", "Credential", "Expires", "SignedHeaders", "Algorithm", "Security-Token"] {
        let more_query = format!("&X-Amz-{name}=x&X-Amz-{name}=x");
        let said = refusal(&rightly_signed(In::Query, &Claimed { more_query: &more_query, ..Claimed::default() }));
        assert_eq!(said, format!("IncompleteSignature: The query has 'X-Amz-{name}' more than once."));
    }
    for name in ["x-amz-date", "authorization"] {
        let mut sent = rightly_signed(In::Headers, &Claimed { signed_headers: HEADERS, ..Claimed::default() });
        let value = sent.headers.get(name).unwrap().clone();
        sent.headers.append(name, value);
        assert_eq!(refusal(&sent), format!("IncompleteSignature: The header {name} is given more than once."));
    }
}

#[test]
fn only_a_presigned_query_holds_members_of_a_signature() {
    let query = "Action=DescribeVpcs&X-Amz-Date=x&Version=1&X-Amz-Security-Token=t&X%2DAmz-Signature=s&X-Amz-Other=o";
    assert_eq!(ec2_api::query::without_signature(query).unwrap(), "Action=DescribeVpcs&Version=1&X-Amz-Other=o");
    assert!(ec2_api::query::without_signature("%zz=1").is_err());
}
