//! `GET /health`: whether the server serves, for scripts and supervisors. It needs no signature, and tells nothing of what is served.

use std::thread;
use std::time::{Duration, Instant};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::folder::Folder;
use crate::{control, version};

/// Where. The Query API is at `/`.
pub const PATH: &str = "/health";
/// What other commands ask the server for the same.
pub const QUESTION: &str = "health";
/// How often a server that is waited for is asked.
const POLL_PAUSE: Duration = Duration::from_millis(50);

/// What is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct Health {
    /// `serving`.
    pub status: String,
    /// enid's version.
    pub version: String,
    /// The commit that it was built from, where that is known.
    pub commit: Option<String>,
    /// The version of EC2's API.
    pub api_version: String,
    /// Whether packets move.
    pub fabric: FabricHealth,
}

/// Whether packets move.
#[derive(Debug, Serialize, Deserialize)]
pub struct FabricHealth {
    /// What of the network is made.
    pub state: FabricState,
    /// In words, what carries packets or why nothing does.
    pub detail: String,
}

/// What of the network is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FabricState {
    /// No packets move.
    None,
    /// Everything is as the API says.
    Programmed,
    /// Changes wait to be made.
    Pending,
    /// Something could not be made; it is tried again.
    Failing,
}

impl Health {
    /// That of a server which serves.
    pub fn serving(state: FabricState, detail: String) -> Self {
        Self {
            status: "serving".into(),
            version: version::VERSION.into(),
            commit: version::COMMIT.map(Into::into),
            api_version: version::API_VERSION.into(),
            fabric: FabricHealth { state, detail },
        }
    }
}

/// Asks the server of a data folder until what it says will do.
///
/// # Errors
/// When it does not within that time; with the reason where no server answered last.
pub fn poll(folder: &Folder, time_max: Duration, will_do: impl Fn(&Health) -> bool) -> Result<(), Option<String>> {
    let deadline = Instant::now() + time_max;
    loop {
        // The socket is there before requests are answered, and the file that says where after.
        let served = folder.running_server().ok_or_else(|| "no server runs".to_owned());
        let health = served.and_then(|_| control::ask(&folder.control(), QUESTION));
        let why = match health.map(serde_json::from_value::<Health>) {
            Ok(Ok(health)) if will_do(&health) => return Ok(()),
            Ok(_) => None,
            Err(error) => Some(error),
        };
        if Instant::now() >= deadline {
            return Err(why);
        }
        thread::sleep(POLL_PAUSE);
    }
}

/// Whether a request asks for it. A POST is the Query API's wherever it goes.
pub fn asks<B>(request: &Request<B>) -> bool {
    request.uri().path() == PATH && matches!(*request.method(), Method::GET | Method::HEAD)
}

/// The answer, whose body is made of these bytes.
pub fn response<B>(health: &Health, body: impl FnOnce(Vec<u8>) -> B) -> Response<B> {
    let mut bytes = serde_json::to_vec(health).unwrap_or_default();
    bytes.push(b'\n');
    let mut response = Response::new(body(bytes));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
