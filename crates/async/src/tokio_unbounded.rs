//! Room for any number of messages: sending never waits, so nothing slows a producer that is too fast.
//!
//! ```
//! use tokio::{runtime::Builder, sync::mpsc};
//!
//! let (to, mut from) = mpsc::unbounded_channel();
//! (0..3).for_each(|message| to.send(message).unwrap()); // not async: there is always room
//! drop(to);
//!
//! let mut got = Vec::new();
//! let runtime = Builder::new_current_thread().build()?;
//! runtime.block_on(async { while let Some(message) = from.recv().await { got.push(message) } });
//! assert_eq!(got, [0, 1, 2]);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The queue is a list of blocks, and grows until memory ends: with messages of 1 MiB, compare the
//! peak as well as the time. Only a channel that can be full tells a producer to slow down.

use crate::runtime::{Runtime, all, opened, task};
use crate::tokio::TokioRuntime;
use ::tokio::runtime::Builder;
use ::tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use parallax_pattern::{Answer, Card, Channel, Cores, Exchange, No, Sequential, Technique};
use std::sync::Arc;

/// A tokio runtime whose channels are unbounded.
#[derive(Debug)]
pub struct TokioUnbounded {
    runtime: TokioRuntime,
}

impl Technique for TokioUnbounded {
    const CARD: Card = Card {
        name: "tokio-unbounded",
        idea: "a channel that holds any number of messages",
        gives: "senders that never wait, and may be plain functions",
        costs: "memory without a limit: a slow consumer shows only when memory is used up",
        cores: Cores::Workers,
        libraries: &["tokio"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        let mut builder = Builder::new_multi_thread();
        Ok(TokioUnbounded {
            runtime: TokioRuntime::start(workers, workers, builder.worker_threads(workers))?,
        })
    }
}

impl<C: Channel> Exchange<C> for TokioUnbounded {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        let traffic = work.shape().checked()?;
        if traffic.answered {
            return Err(No::Unfit("one message is in flight at a time: its queue is never longer than one"));
        }
        let Some(within) = self.runtime.enter() else { return Sequential.channel(work) };
        let (to, from): (Vec<_>, Vec<_>) = (0..traffic.consumers).map(|_| unbounded_channel()).unzip();
        let consumers = from.into_iter().map(|from| task(&within, consume(work.clone(), from)));
        let producers = (0..traffic.producers).map(|producer| {
            let to = to[producer % traffic.consumers].clone();
            task(&within, produce(work.clone(), producer, to))
        });
        let tasks = consumers.chain(producers).map(|task| (0, task)).collect();
        drop(to);
        let mut made = all(&self.runtime, tasks)?;
        made.truncate(traffic.consumers);
        Ok(made.into_iter().map(opened).collect())
    }
}

/// Sends all messages of a producer, or stops when the consumer is gone.
async fn produce<C: Channel>(work: Arc<C>, producer: usize, to: UnboundedSender<C::Message>) {
    let mut messages = (0..work.shape().messages).map(|number| work.make(producer, number));
    let _ = messages.try_for_each(|message| to.send(message));
}

/// Receives messages until all senders are gone.
async fn consume<C: Channel>(work: Arc<C>, mut from: UnboundedReceiver<C::Message>) -> C::Tally {
    let (mut tally, mut batch) = (C::Tally::default(), Vec::new());
    while from.recv_many(&mut batch, 1024).await > 0 {
        batch.drain(..).for_each(|message| work.take(message, &mut tally));
    }
    tally
}
