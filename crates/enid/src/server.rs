//! HTTP: reads a request within limits, checks who signed it, dispatches it, and writes the answer as EC2 or STS would.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ec2_api::query::{self, VERSION};
use ec2_api::sigv4::{self, Identity, Refusal};
use ec2_api::{ApiError, Dialect, ErrorCode, Service, Timestamp, sts, xml};
use http::request::Parts as Head;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use model::{AccountId, Region, Scope};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::answer::{Answer, Answers};
use crate::body::{Body, LargeBodies, SMALL_BODY_BYTES_MAX};
use crate::client::Client;
use crate::credentials::Credentials;
use crate::health::{self, Health};
use crate::places::{Place, Places};
use engine::clock_and_random;
use engine::dispatch::{Served, dispatch, unanswered};
use engine::panics::contain_future;
use machine::terminal;
use ops::internal_error;

/// The headers of a request with its first line, whose address hyper takes up to 64 KiB of.
const HEADERS_BYTES_MAX: usize = 80 << 10;
/// Connections at once. A further one takes the place of one that is idle; where none is, it waits in the kernel's queue.
const CONNECTIONS_MAX: usize = 2048;
/// Answers up to this size are copied into their envelopes; larger ones are sent between the ends of it.
const ENVELOPED_BYTES_MAX: usize = 16 << 10;
/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a connection that was ended gets to end, before the next attempt to accept one.
const ENDING_PAUSE: Duration = Duration::from_millis(2);
/// How long requests under way may take once the server is told to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// What the server answers with.
pub struct Api {
    /// Runs operations.
    pub served: Served,
    /// Knows the keys.
    pub credentials: Credentials,
    /// Whether each request is told of on standard error, in a line.
    pub verbose: bool,
    /// Where bodies wait for their ends.
    pub large_bodies: LargeBodies,
    /// Where answers wait for clients to take them.
    pub answers: Arc<Answers>,
    /// What `GET /health` tells.
    pub health: Arc<dyn Fn() -> Health + Send + Sync>,
}

/// Accepts connections until `stop` says so, then lets requests under way finish.
pub async fn serve(listener: TcpListener, api: Arc<Api>, mut stop: watch::Receiver<bool>) {
    let connections = Places::new(CONNECTIONS_MAX);
    loop {
        let next = async {
            // Accepted first: a place is taken from another only for somebody who is there.
            let stream = listener.accept().await.map(|(stream, _)| stream);
            (stream, connections.place().await)
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match accepted {
            (Ok(stream), Some(place)) => _ = tokio::spawn(connection(stream, place, Arc::clone(&api), stop.clone())),
            // Out of file descriptors, most likely: end a connection, and give it time to.
            _ => {
                connections.end_oldest();
                tokio::time::sleep(ENDING_PAUSE).await;
            }
        }
    }
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, connections.all_ended()).await;
}

async fn connection(stream: TcpStream, place: Place, api: Arc<Api>, mut stop: watch::Receiver<bool>) {
    let Ok((client, wire)) = Client::new(stream) else { return };
    let (client, place, api) = (&client, &place, &api);
    let service = service_fn(move |request| async move { Ok::<_, Infallible>(answer(api, place, client, request).await) });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HEADERS_BYTES_MAX)
        // A client may say that it has no further requests, and still wait for its answer.
        .half_close(true)
        .serve_connection(TokioIo::new(wire), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = place.ended() => return,
        _ = stop.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn answer(api: &Arc<Api>, place: &Place, client: &Client, request: Request<Incoming>) -> Response<Answer> {
    if health::asks(&request) {
        place.rests();
        return health::response(&(api.health)(), |body| api.answers.hold(vec![body.into()], place.ender()));
    }
    let request_id = request_id();
    let begun = Instant::now();
    let mut action = String::from("-");
    let version = request.version();
    let handle = contain_future(handle(api, place, request, &request_id, &mut action));
    let handled = tokio::select! {
        biased;
        handled = handle => handled,
        // Nobody reads what is answered now, but it ends what was begun for the client.
        () = client.gone(version) => None,
    };
    let handled = handled.unwrap_or_else(|| Err(Refusal { dialect: Dialect::Ec2, error: internal_error() }));
    place.rests();
    if api.verbose {
        let result = handled.as_ref().map_or_else(|refusal| refusal.error.to_string(), |_| "ok".into());
        // Debug form: what a client named its action must not reach a terminal raw.
        terminal::log(format_args!("{action:?} {:.1} ms {result:?}", begun.elapsed().as_secs_f64() * 1000.0));
    }
    match handled {
        Ok(parts) => response(StatusCode::OK, api.answers.hold(parts, place.ender()), &request_id),
        Err(Refusal { dialect, error }) => {
            let body = api.answers.hold(vec![dialect.error(&error, &request_id).into()], place.ender());
            refused(dialect, &error, body, &request_id)
        }
    }
}

fn refused(dialect: Dialect, error: &ApiError, body: Answer, request_id: &str) -> Response<Answer> {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = response(status, body, request_id);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(dialect.content_type()));
    if let Some((name, value)) = dialect.headers(error) {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What is answered, in parts.
type Parts = Vec<Bytes>;

async fn handle(
    api: &Arc<Api>,
    place: &Place,
    request: Request<Incoming>,
    request_id: &str,
    action: &mut String,
) -> Result<Parts, Refusal> {
    let (parts, body) = request.into_parts();
    let refuse = |error| Refusal { dialect: Dialect::Ec2, error };
    if let Err(refusal) = sigv4::check_service(&parts.headers, parts.uri.query().unwrap_or_default()) {
        // Read, so that the client has sent it and reads the answer.
        let _ = api.large_bodies.read(body).await;
        return Err(refusal);
    }
    if parts.method != Method::POST && parts.method != Method::GET {
        let message = format!("The HTTP method {} is not served; use GET or POST.", parts.method);
        return Err(refuse(ApiError::new(ErrorCode::InvalidAction, message)));
    }
    let Body { bytes: body, place: body_place } = api.large_bodies.read(body).await.map_err(refuse)?;
    let (identity, form) = if body.len() <= SMALL_BODY_BYTES_MAX {
        signed_form(api, &parts, &body)?
    } else {
        // Whose work it is becomes known by it.
        let read = Arc::clone(api);
        let job = move || signed_form(&read, &parts, &body);
        api.served.readers.run(engine::readers::Whose::Signature, job).await.map_err(|why| refuse(unanswered(why)))??
    };
    [Some(place), body_place.as_ref()].into_iter().flatten().for_each(Place::works);
    let refuse = |error| Refusal { dialect: identity.service.dialect(), error };
    let params = form.map_err(refuse)?;
    params.action().clone_into(action);
    let account = api.credentials.account(&identity.access_key_id).unwrap_or(AccountId::DEFAULT);
    if identity.service == Service::Sts {
        return caller_identity(params, &identity, account, request_id).map(|body| vec![body.into()]).map_err(refuse);
    }
    params.check_version(VERSION).map_err(refuse)?;
    let region: Region = identity.region.parse().map_err(|_| {
        let message = format!("Credential should be scoped to a valid region, not '{}'. ", identity.region);
        refuse(ApiError::new(ErrorCode::AuthFailure, message))
    })?;
    let mut body = dispatch(&api.served, Scope { account, region }, params).await.map_err(refuse)?;
    if body.len() <= ENVELOPED_BYTES_MAX {
        return Ok(vec![xml::envelope(action, request_id, &body).into()]);
    }
    body.shrink_to_fit();
    let (head, tail) = xml::envelope_ends(action, request_id);
    Ok(vec![head.into(), body.into(), tail.into()])
}

type Form = Result<query::Params, ApiError>;

/// Who signed a request, and what it asks for.
fn signed_form(api: &Api, parts: &Head, body: &[u8]) -> Result<(Identity, Form), Refusal> {
    let url_query = parts.uri.query().unwrap_or_default();
    let signed = sigv4::Request { method: parts.method.as_str(), path: parts.uri.path(), query: url_query, headers: &parts.headers, body };
    let now = Timestamp(clock_and_random::now().0);
    let identity = sigv4::verify(&signed, now, |id| api.credentials.secret(id))?;
    // The parameters of a POST are its body's; a presigned POST may have some in the query too.
    let presigned = !parts.headers.contains_key(header::AUTHORIZATION);
    let of_query = if presigned { query::without_signature(url_query) } else { Ok(url_query.to_owned()) };
    let form = of_query.and_then(|of_query| {
        let mut form = of_query.into_bytes();
        if !form.is_empty() && !body.is_empty() {
            form.push(b'&');
        }
        form.extend_from_slice(body);
        query::parse(&form)
    });
    Ok((identity, form))
}

fn caller_identity(params: query::Params, identity: &Identity, account: AccountId, request_id: &str) -> Result<Vec<u8>, ApiError> {
    if sts::exists_in_sts(params.action()) && params.action() != "GetCallerIdentity" {
        return Err(ApiError::new(ErrorCode::UnsupportedOperation, format!("enid does not serve {} (yet)", params.action())));
    }
    if params.action() != "GetCallerIdentity" {
        let message = format!("The action {} is not valid for this web service.", params.action());
        return Err(ApiError::new(ErrorCode::InvalidAction, message));
    }
    // STS finds an operation by its name and version.
    let version = params.version().unwrap_or("NO_VERSION_SPECIFIED");
    if version != sts::VERSION {
        let message = format!("Could not find operation GetCallerIdentity for version {version}");
        return Err(ApiError::new(ErrorCode::InvalidAction, message));
    }
    params.decode::<sts::GetCallerIdentity>()?;
    let answer = sts::GetCallerIdentityResponse {
        user_id: Some(identity.access_key_id.replacen("AKIA", "AIDA", 1)),
        account: Some(account.to_string()),
        arn: Some(format!("arn:aws:iam::{account}:user/enid")),
    };
    Ok(sts::response("GetCallerIdentity", request_id, &answer))
}

fn response(status: StatusCode, body: Answer, request_id: &str) -> Response<Answer> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml;charset=UTF-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

/// A request id in the form of a random UUID.
fn request_id() -> String {
    let mut random = clock_and_random::random();
    let (high, low) = (random.next_u64(), random.next_u64());
    let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0x0fff | 0x4000);
    let (d, e) = ((low >> 48) & 0x3fff | 0x8000, low & 0xffff_ffff_ffff);
    format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
}
