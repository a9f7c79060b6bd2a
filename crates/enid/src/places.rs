//! Places for what clients make the server hold, connections and large bodies: bounds how many, and keeps whoever only
//! holds on to them from locking others out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// The places of all connections, or of all large bodies.
pub struct Places {
    most: usize,
    free: Arc<Semaphore>,
    idle: Mutex<Idle>,
}

/// The places of those who have no request under way that somebody with a key has signed, in the order in which they
/// began to wait.
#[derive(Default)]
struct Idle {
    last: u64,
    by_age: BTreeMap<u64, Arc<Notify>>,
}

impl Places {
    /// As many places.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, free: Arc::new(Semaphore::new(most)), idle: Mutex::default() })
    }

    /// Waits for a place. Where all are taken, whoever has been idle for longest loses theirs.
    pub async fn place(self: &Arc<Self>) -> Option<Place> {
        if self.free.available_permits() == 0 {
            self.end_oldest();
        }
        let permit = Arc::clone(&self.free).acquire_owned().await.ok()?;
        let place = Place { all: Arc::clone(self), ended: Arc::default(), since: Mutex::default(), _permit: permit };
        place.rests();
        Some(place)
    }

    /// Takes the place of whoever has been idle for longest.
    pub fn end_oldest(&self) {
        if let Some((_, oldest)) = self.idle().by_age.pop_first() {
            oldest.notify_one();
        }
    }

    /// Returns when nobody has a place.
    pub async fn all_ended(&self) {
        let all = u32::try_from(self.most).unwrap_or(u32::MAX);
        let _ = self.free.acquire_many(all).await;
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One place, given back when it is dropped.
pub struct Place {
    all: Arc<Places>,
    ended: Arc<Notify>,
    since: Mutex<Option<u64>>,
    _permit: OwnedSemaphorePermit,
}

impl Place {
    /// A request that is to be answered is under way.
    pub fn works(&self) {
        self.set_idle(false);
    }

    /// It waits for its client.
    pub fn rests(&self) {
        self.set_idle(true);
    }

    /// What tells of that the place is wanted for another.
    pub fn ender(&self) -> &Arc<Notify> {
        &self.ended
    }

    /// Returns when the place is wanted for another.
    pub async fn ended(&self) {
        self.ended.notified().await;
    }

    fn set_idle(&self, is_idle: bool) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let mut idle = self.all.idle();
        if let Some(since) = since.take() {
            idle.by_age.remove(&since);
        }
        if is_idle {
            idle.last += 1;
            *since = Some(idle.last);
            let last = idle.last;
            idle.by_age.insert(last, Arc::clone(&self.ended));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.works();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[test]
    fn who_is_idle_for_longest_makes_room_and_who_is_at_work_does_not() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let places = Places::new(3);
            let (working, oldest, newer) = (places.place().await.unwrap(), places.place().await.unwrap(), places.place().await.unwrap());
            working.works();
            let holder = tokio::spawn(async move { oldest.ended().await });
            timeout(Duration::from_secs(5), places.place()).await.expect("a place is made").unwrap();
            holder.await.unwrap();
            let soon = Duration::from_millis(20);
            assert!(timeout(soon, newer.ended()).await.is_err() && timeout(soon, working.ended()).await.is_err());
            drop((working, newer));
            timeout(Duration::from_secs(5), places.all_ended()).await.expect("every place was given back");
        });
    }
}
