//! What a VPC or a subnet had and has no longer, but is listed for a while yet: clients wait until they see that it has ended.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How long a block that was disassociated is listed, in seconds. EC2 does not say; it is as long as for other resources that
/// have ended.
pub const LISTED_SECONDS: i64 = 3600;
/// So many of one kind are kept at most, the latest.
pub const ENDED_MAX: usize = 10;

/// Something that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended<T> {
    /// As it was.
    pub was: T,
    /// When it ended.
    pub at: Timestamp,
}

impl<T> Ended<T> {
    /// Whether it is still listed.
    pub fn is_listed(&self, now: Timestamp) -> bool {
        self.at.plus_seconds(LISTED_SECONDS) > now
    }
}

/// What has ended and is still listed, the oldest first.
pub fn listed<T>(ended: &[Ended<T>], now: Timestamp) -> impl Iterator<Item = &T> {
    ended.iter().filter(move |ended| ended.is_listed(now)).map(|ended| &ended.was)
}

/// Notes that something has ended now.
pub(crate) fn note<T>(ended: &mut Vec<Ended<T>>, was: T, now: Timestamp) {
    ended.push(Ended { was, at: now });
    let surplus = ended.len().saturating_sub(ENDED_MAX);
    ended.drain(..surplus);
}

/// Forgets what is no longer listed, and says whether there was anything.
pub(crate) fn forget<T>(ended: &mut Vec<Ended<T>>, now: Timestamp) -> bool {
    let before = ended.len();
    ended.retain(|ended| ended.is_listed(now));
    ended.len() != before
}
