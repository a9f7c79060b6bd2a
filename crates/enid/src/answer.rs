//! Answers on their way to clients: bounds what they hold in memory together, and keeps clients that do not read from taking
//! it all.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;

use crate::memory;

/// A smaller answer is not counted: it is written at once, or fits into what a connection may hold anyway.
const COUNTED_BYTES_MIN: usize = 16 << 10;
/// What is handed to the connection at a time.
const PART_BYTES_MAX: usize = 64 << 10;
/// Answers that are held at once, in bytes. The largest alone has some tens of megabytes.
const HELD_BYTES_MAX: usize = 128 << 20;
/// A client that took nothing for so long makes room for others. One that is just slow does not.
const GRACE: Duration = Duration::from_secs(1);
/// How long a new answer waits for those who read. Then even the slowest of them makes room.
const PATIENCE: Duration = Duration::from_secs(5);

/// All answers on their way.
#[derive(Default)]
pub struct Answers {
    held: Mutex<Held>,
    freed: Condvar,
}

#[derive(Default)]
struct Held {
    bytes: usize,
    last: u64,
    /// Whose client took something last comes last.
    by_progress: BTreeMap<u64, Holder>,
}

struct Holder {
    bytes: usize,
    since: Instant,
    ended: Arc<Notify>,
}

impl Answers {
    /// Counts an answer until it is dropped. `ended` ends its connection.
    pub fn hold(self: &Arc<Self>, mut parts: Vec<Bytes>, ended: &Arc<Notify>) -> Answer {
        parts.retain(|part| !part.is_empty());
        parts.reverse();
        let left: usize = parts.iter().map(Bytes::len).sum();
        let hold = (left >= COUNTED_BYTES_MIN).then(|| {
            let mut held = self.held();
            held.bytes += left;
            // Small ones come without waiting for room.
            while held.bytes > HELD_BYTES_MAX && held.end_one(GRACE) {}
            let number = held.enter(Holder { bytes: left, since: Instant::now(), ended: Arc::clone(ended) });
            Hold { all: Arc::clone(self), number }
        });
        Answer { parts, left, hold }
    }

    /// Waits until there is room for another answer, for a thread that may block.
    pub fn wait_for_room(&self) {
        let mut patience = PATIENCE;
        let mut held = self.held();
        while held.bytes > HELD_BYTES_MAX {
            let begun = Instant::now();
            if held.end_one(GRACE) || patience.is_zero() && held.end_one(Duration::ZERO) {
                continue;
            }
            held =
                self.freed.wait_timeout(held, GRACE.min(patience).max(Duration::from_millis(10))).unwrap_or_else(PoisonError::into_inner).0;
            patience = patience.saturating_sub(begun.elapsed());
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn enter(&mut self, holder: Holder) -> u64 {
        self.last += 1;
        self.by_progress.insert(self.last, holder);
        self.last
    }

    /// Ends the connection whose client has taken nothing for longest, if it is as long as that. Its bytes count as gone: they go
    /// with the connection.
    fn end_one(&mut self, stalled: Duration) -> bool {
        let Some(oldest) = self.by_progress.first_entry().filter(|oldest| oldest.get().since.elapsed() >= stalled) else { return false };
        let holder = oldest.remove();
        self.bytes -= holder.bytes;
        holder.ended.notify_one();
        true
    }
}

/// An answer's place among those that are held.
struct Hold {
    all: Arc<Answers>,
    number: u64,
}

impl Hold {
    /// The client took some of it.
    fn moves(&mut self) {
        let mut held = self.all.held();
        if let Some(mut holder) = held.by_progress.remove(&self.number) {
            holder.since = Instant::now();
            self.number = held.enter(holder);
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = self.all.held();
        if let Some(holder) = held.by_progress.remove(&self.number) {
            held.bytes -= holder.bytes;
        }
        let is_last = held.by_progress.is_empty();
        drop(held);
        self.all.freed.notify_all();
        if is_last {
            memory::was_freed();
        }
    }
}

/// The body of an answer.
pub struct Answer {
    /// The last one first.
    parts: Vec<Bytes>,
    left: usize,
    hold: Option<Hold>,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let answer = self.get_mut();
        let Some(part) = answer.parts.last_mut() else { return Poll::Ready(None) };
        let next = part.split_to(part.len().min(PART_BYTES_MAX));
        if part.is_empty() {
            answer.parts.pop();
        }
        // A piece of the whole would keep all of it in memory for as long as the connection has the piece, which nobody counts.
        let next = if answer.hold.is_some() { Bytes::copy_from_slice(&next) } else { next };
        answer.left -= next.len();
        if let Some(hold) = &mut answer.hold {
            hold.moves();
        }
        Poll::Ready(Some(Ok(Frame::data(next))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    const ANSWER_BYTES: usize = 1 << 20;

    fn answer(answers: &Arc<Answers>, ended: &Arc<Notify>) -> Answer {
        answers.hold(vec![Bytes::from(vec![b'x'; ANSWER_BYTES])], ended)
    }

    fn read(answer: &mut Answer) -> Option<Bytes> {
        match Pin::new(answer).poll_frame(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(Ok(frame))) => frame.into_data().ok(),
            _ => None,
        }
    }

    fn is_ended(ended: &Arc<Notify>) -> bool {
        let mut waits = std::pin::pin!(ended.notified());
        waits.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn an_answer_arrives_whole_and_in_order() {
        let (answers, ended) = (Arc::<Answers>::default(), Arc::default());
        let parts = vec![Bytes::from_static(b"head"), Bytes::new(), Bytes::from(vec![b'x'; 200_000]), Bytes::from_static(b"tail")];
        let mut answer = answers.hold(parts, &ended);
        assert_eq!(answer.size_hint().exact(), Some(200_008));
        let mut read_bytes = Vec::new();
        while let Some(part) = read(&mut answer) {
            assert!(part.len() <= PART_BYTES_MAX);
            read_bytes.extend_from_slice(&part);
        }
        assert_eq!(read_bytes, [&b"head"[..], &[b'x'; 200_000], b"tail"].concat());
        drop(answer);
        assert_eq!(answers.held().bytes, 0);
    }

    #[test]
    fn what_a_connection_was_given_does_not_keep_the_whole_answer() {
        let (answers, ended) = (Arc::<Answers>::default(), Arc::default());
        let whole = Bytes::from(vec![b'x'; ANSWER_BYTES]);
        let within = whole.as_ptr_range();
        let mut answer = answers.hold(vec![whole], &ended);
        let part = read(&mut answer).unwrap();
        assert!(!within.contains(&part.as_ptr()));
    }

    #[test]
    fn who_reads_nothing_makes_room_and_who_reads_keeps_what_is_his() {
        let answers = Arc::<Answers>::default();
        let (reads, stalls) = (Arc::default(), Arc::default());
        let mut slow = answer(&answers, &reads);
        let stalled: Vec<Answer> = (0..HELD_BYTES_MAX / ANSWER_BYTES).map(|_| answer(&answers, &stalls)).collect();
        assert!(answers.held().bytes > HELD_BYTES_MAX);
        assert!(!is_ended(&stalls));
        std::thread::sleep(GRACE);
        assert!(read(&mut slow).is_some());
        answers.wait_for_room();
        assert!(answers.held().bytes <= HELD_BYTES_MAX);
        assert!(is_ended(&stalls) && !is_ended(&reads));
        drop((stalled, slow));
        assert_eq!(answers.held().bytes, 0);
    }

    #[test]
    fn who_waits_for_room_waits_for_those_who_read_but_not_for_ever() {
        let answers = Arc::<Answers>::default();
        let ended = Arc::default();
        let mut held: Vec<Answer> = (0..=HELD_BYTES_MAX / ANSWER_BYTES).map(|_| answer(&answers, &ended)).collect();
        let waiting = Arc::clone(&answers);
        let waits = std::thread::spawn(move || waiting.wait_for_room());
        while !waits.is_finished() {
            // All of them, again and again: nobody stalls.
            for answer in &mut held {
                if let Some(hold) = &mut answer.hold {
                    hold.moves();
                }
            }
        }
        waits.join().unwrap();
        assert!(is_ended(&ended) && answers.held().bytes <= HELD_BYTES_MAX);
    }
}
