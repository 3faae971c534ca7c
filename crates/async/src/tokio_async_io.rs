//! Another reactor's timers: a future runs on any runtime, so tokio's tasks may sleep on exact timers.
//!
//! ```
//! use smol::Timer;
//! use std::time::Duration;
//! use tokio::runtime::Builder;
//!
//! let runtime = Builder::new_multi_thread().worker_threads(2).build()?; // without tokio's timers
//! runtime.block_on(async {
//!     Timer::after(Duration::from_micros(100)).await; // 0.1 ms, not 1 ms
//! });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! async-io keeps deadlines to the nanosecond and sleeps on the kernel's timer. Its own thread wakes tokio's, which
//! takes a few microseconds; a future brings its reactor along, and only its waker belongs to the runtime.

use crate::tokio::TokioRuntime;
use crate::{in_time, lanes};
use ::tokio::runtime::Builder;
use ::tokio::select;
use parallax_pattern::{Answer, Await, Cancel, Card, Cores, Expire, Span, Technique, Wait};
use smol::Timer;
use std::sync::Arc;

/// A tokio runtime whose tasks wait on async-io's timers.
#[derive(Debug)]
pub struct TokioAsyncIo {
    runtime: TokioRuntime,
}

impl Technique for TokioAsyncIo {
    const CARD: Card = Card {
        name: "tokio+async-io",
        idea: "tokio's tasks sleep on async-io's timers, which are exact to some ten microseconds",
        gives: "short waits that end on time, in a program that otherwise runs on tokio",
        costs: "one more thread, and a wake-up across threads per deadline",
        cores: Cores::Workers,
        libraries: &["tokio", "async-io"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        let mut builder = Builder::new_multi_thread();
        let threads = workers + 1; // with async-io's own
        let runtime = TokioRuntime::start(threads, workers, builder.worker_threads(workers))?;
        Ok(TokioAsyncIo { runtime })
    }
}

impl<W: Wait> Await<W> for TokioAsyncIo {
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        lanes::wait(&self.runtime, work, out, |lane| lane.drive(Timer::after))
    }
}

impl<W: Expire> Cancel<W> for TokioAsyncIo {
    /// tokio's `select!` accepts any future, also one of another timer.
    fn expire(&self, work: &Arc<W>, out: &mut [Option<u64>]) -> Answer<()> {
        in_time::expire(&self.runtime, work, out, |offers| {
            in_time::serve(offers, Timer::after, |operation| async move {
                let Span { lasts, cancel_after } = operation.span();
                select! {
                    biased;
                    _ = Timer::after(cancel_after) => None,
                    _ = Timer::after(lasts) => operation.end(),
                }
            })
        })
    }
}
