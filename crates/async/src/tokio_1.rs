//! Room for one message: producer and consumer wait for each other at every message.
//!
//! ```
//! use tokio::{runtime::Builder, sync::mpsc};
//!
//! let runtime = Builder::new_multi_thread().worker_threads(2).build()?;
//! let (to, mut from) = mpsc::channel(1);
//! runtime.spawn(async move {
//!     for message in 0..3 {
//!         to.send(message).await.unwrap(); // sleeps until the last one was taken
//!     }
//! });
//! let mut got = Vec::new();
//! runtime.block_on(async { while let Some(message) = from.recv().await { got.push(message) } });
//! assert_eq!(got, [0, 1, 2]);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The producer is never more than one message ahead, and every message costs a wake-up: the
//! comparison with [`Tokio`](crate::Tokio), whose channel holds 1024, shows what a queue saves.

use crate::exchange;
use crate::mpsc::Mpsc;
use crate::tokio::TokioRuntime;
use ::tokio::runtime::Builder;
use parallax_pattern::{Answer, Card, Channel, Cores, Exchange, Technique};
use std::sync::Arc;

/// A tokio runtime whose channels hold one message.
#[derive(Debug)]
pub struct Tokio1 {
    runtime: TokioRuntime,
}

impl Technique for Tokio1 {
    const CARD: Card = Card {
        name: "tokio-1",
        idea: "a channel that holds one message",
        gives: "the least memory; no producer runs ahead",
        costs: "a wake-up for every message",
        cores: Cores::Workers,
        libraries: &["tokio"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        let mut builder = Builder::new_multi_thread();
        Ok(Tokio1 { runtime: TokioRuntime::start(workers, workers, builder.worker_threads(workers))? })
    }
}

impl<C: Channel> Exchange<C> for Tokio1 {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        exchange::channel::<Mpsc, C>(&self.runtime, work, 1)
    }
}
