//! Latencies, and load from many clients at once.

use std::error::Error;
use std::future::Future;
use std::time::{Duration, Instant};

use super::Figure;

/// Not counted: connections warm up.
const WARM_UP: Duration = Duration::from_millis(300);

/// How long things took.
#[derive(Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// One more.
    pub fn push(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    /// Median and 99th percentile as a line of the table.
    pub fn figure(mut self, what: String, over: Option<Duration>) -> Figure {
        self.0.sort_unstable();
        let at = |part: f64| {
            let index = (self.0.len().saturating_sub(1)) as f64 * part;
            self.0.get(index.round() as usize).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
        };
        let per_second = over.map(|over| self.0.len() as f64 / over.as_secs_f64());
        Figure { what, per_second, median_ms: at(0.5), p99_ms: at(0.99) }
    }
}

/// Lets every client repeat its request for so long, and measures each.
pub async fn load<C, F>(what: String, clients: Vec<C>, seconds: f64, request: F) -> Result<(Figure, Vec<C>), Box<dyn Error>>
where
    C: 'static,
    F: AsyncFn(&mut C) -> Result<(), Box<dyn Error>> + Clone + 'static,
{
    let begin = Instant::now() + WARM_UP;
    let end = begin + Duration::from_secs_f64(seconds);
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            let request = request.clone();
            tokio::task::spawn_local(async move {
                let mut latencies = Vec::new();
                loop {
                    let sent = Instant::now();
                    if sent >= end {
                        return Ok::<_, String>((client, latencies));
                    }
                    request(&mut client).await.map_err(|error| error.to_string())?;
                    let answered = Instant::now();
                    if sent >= begin && answered <= end {
                        latencies.push(answered - sent);
                    }
                }
            })
        })
        .collect();
    let mut all = Latencies::default();
    let mut clients = Vec::new();
    for task in tasks {
        let (client, latencies) = task.await??;
        clients.push(client);
        all.0.extend(latencies);
    }
    Ok((all.figure(what, Some(Duration::from_secs_f64(seconds))), clients))
}

/// Runs a future with what [`load`] needs around it: one thread, so that the load generator takes little of the machine.
pub fn block_on<T>(future: impl Future<Output = Result<T, Box<dyn Error>>>) -> Result<T, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, future)
}
