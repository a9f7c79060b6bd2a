//! The body of a request: all of it is read before it is known who signed it, so how much is bounded.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ec2_api::{ApiError, ErrorCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use crate::places::{Place, Places};

/// The largest body that is read. RunInstances with 16 KiB of user data in base 64 is far below it.
const BODY_BYTES_MAX: usize = 1 << 20;
/// Nearly every body is smaller than this. A larger one takes a place, since it is read before its signature can be checked.
pub const SMALL_BODY_BYTES_MAX: usize = 16 << 10;
/// Larger bodies at once. A further one takes the place of the one that has been coming for longest.
const LARGE_BODIES_MAX: usize = 64;
/// What is read of a body that is too large, only to be thrown away: who is still sending does not see an answer.
const DISCARDED_BYTES_MAX: usize = 16 << 20;
/// How long a client may take to send its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The places of large bodies.
pub struct LargeBodies(Arc<Places>);

impl Default for LargeBodies {
    fn default() -> Self {
        Self(Places::new(LARGE_BODIES_MAX))
    }
}

/// A body that was read.
#[derive(Default)]
pub struct Body {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Where it is large.
    pub place: Option<Place>,
}

impl LargeBodies {
    /// Reads a body.
    ///
    /// # Errors
    /// When it is too large, late or cut off, or its place was wanted for another.
    pub async fn read(&self, body: Incoming) -> Result<Body, ApiError> {
        let late = |_| ApiError::new(ErrorCode::MalformedQueryString, "The body did not arrive in time.");
        tokio::time::timeout(BODY_TIMEOUT, self.read_all(body)).await.map_err(late)?
    }

    async fn read_all(&self, mut body: Incoming) -> Result<Body, ApiError> {
        let mut read = Body::default();
        while let Some(data) = next(&mut body, read.place.as_ref()).await? {
            let bytes = read.bytes.len() + data.len();
            if bytes > BODY_BYTES_MAX {
                drop(read);
                discard(body).await;
                let message = format!("The body is larger than {BODY_BYTES_MAX} bytes.");
                return Err(ApiError::new(ErrorCode::MalformedQueryString, message));
            }
            if bytes > SMALL_BODY_BYTES_MAX && read.place.is_none() {
                read.place = self.0.place().await;
            }
            read.bytes.extend_from_slice(&data);
        }
        Ok(read)
    }
}

/// The next part of a body, unless its place is wanted for another.
async fn next(body: &mut Incoming, place: Option<&Place>) -> Result<Option<Bytes>, ApiError> {
    let ended = async {
        match place {
            Some(place) => place.ended().await,
            None => std::future::pending().await,
        }
    };
    let frame = tokio::select! {
        frame = body.frame() => frame.transpose(),
        () = ended => return Err(ApiError::new(ErrorCode::RequestLimitExceeded, "Request limit exceeded.")),
    };
    // What is not data are trailers, which nobody signs.
    let frame = frame.map_err(|_| ApiError::new(ErrorCode::MalformedQueryString, "The body could not be read."))?;
    Ok(frame.map(|frame| frame.into_data().unwrap_or_default()))
}

async fn discard(mut body: Incoming) {
    let mut bytes = 0;
    while bytes < DISCARDED_BYTES_MAX
        && let Ok(Some(data)) = next(&mut body, None).await
    {
        bytes += data.len();
    }
}
