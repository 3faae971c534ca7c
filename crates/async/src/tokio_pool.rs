//! Async waits, a pool computes: one thread keeps all the timers, and the work after a wait goes to others.
//!
//! ```
//! use std::time::Duration;
//! use tokio::{runtime::Builder, task};
//!
//! let runtime = Builder::new_current_thread().max_blocking_threads(2).enable_time().build()?;
//! let square = runtime.block_on(async {
//!     tokio::time::sleep(Duration::from_millis(1)).await; // costs no thread
//!     task::spawn_blocking(|| 7 * 7).await // costs a thread while it computes
//! });
//! assert_eq!(square.unwrap(), 49);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Handing work to the pool costs two wake-ups, some ten microseconds. Shorter work is better done in place; longer
//! work belongs to the pool, which keeps the timers punctual.

use crate::in_time;
use crate::lanes::{self, Lanes, Results};
use crate::tokio::{TokioRuntime, finished};
use ::tokio::runtime::Builder;
use ::tokio::task::spawn_blocking;
use ::tokio::time::{sleep, timeout};
use parallax_pattern::within::Within;
use parallax_pattern::{Answer, Await, Cancel, Card, Cores, Expire, Span, Technique, Wait};
use std::sync::Arc;

/// A tokio runtime of one thread, with a pool of blocking threads.
#[derive(Debug)]
pub struct TokioPool {
    runtime: TokioRuntime,
}

impl Technique for TokioPool {
    const CARD: Card = Card {
        name: "tokio+pool",
        idea: "one thread waits for everything; a pool computes the work after each wait",
        gives: "timers that stay punctual however much there is to compute",
        costs: "two wake-ups per wait: not worth it for work of a few microseconds",
        cores: Cores::Workers,
        libraries: &["tokio"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        let mut builder = Builder::new_current_thread();
        builder.max_blocking_threads(workers).enable_time();
        Ok(TokioPool { runtime: TokioRuntime::start(workers, workers, &mut builder)? })
    }
}

impl<W: Wait> Await<W> for TokioPool {
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        lanes::wait(&self.runtime, work, out, drive)
    }
}

/// Goes through waits; the lane is free again when the pool has done the work after its wait.
async fn drive<W: Wait>(lane: Arc<Lanes<W>>) -> Results {
    let mut results = Vec::new();
    while let Some((i, time)) = lane.begin() {
        sleep(time).await;
        let (work, within) = (lane.work().clone(), Within::here());
        let end = spawn_blocking(move || within.run(|| work.end(i)));
        results.push((i, finished(end.await)));
    }
    results
}

impl<W: Expire> Cancel<W> for TokioPool {
    /// Only the wait is cancelled. Work that the pool has begun runs to its end: a blocking thread cannot be cancelled,
    /// so it checks the clock itself to see whether its work is still wanted.
    fn expire(&self, work: &Arc<W>, out: &mut [Option<u64>]) -> Answer<()> {
        in_time::expire(&self.runtime, work, out, |offers| {
            in_time::serve(offers, sleep, |operation| async move {
                let Span { lasts, cancel_after } = operation.span();
                timeout(cancel_after, sleep(lasts)).await.ok()?;
                let within = Within::here();
                finished(spawn_blocking(move || within.run(|| operation.end())).await)
            })
        })
    }
}
