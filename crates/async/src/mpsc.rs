//! Messages through tokio's mpsc: each queue has one receiver, who takes all that is there at once.
//!
//! ```
//! use tokio::{runtime::Builder, sync::mpsc};
//!
//! let runtime = Builder::new_multi_thread().worker_threads(2).build()?;
//! let (to, mut from) = mpsc::channel(2);
//! let consumer = runtime.spawn(async move {
//!     let (mut sum, mut batch) = (0, Vec::new());
//!     while from.recv_many(&mut batch, 100).await > 0 { // 0 once all senders are gone
//!         sum += batch.drain(..).sum::<u64>();
//!     }
//!     sum
//! });
//! runtime.block_on(async {
//!     for message in 0..100 {
//!         to.send(message).await.unwrap(); // waits for room
//!     }
//!     drop(to);
//!     assert_eq!(consumer.await.unwrap(), 4950);
//! });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Producer `p` sends to consumer `p % consumers`: where several may receive, a queue each is
//! cheaper than one that they share, and unfair where producers differ.

use crate::runtime::{Runtime, all, opened, task};
use parallax_pattern::{Answer, Channel, Exchange, Sequential};
use std::sync::Arc;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// The most messages that a consumer takes out of a queue at once.
const BATCH: usize = 1024;

/// A task for each who takes part, dealt out to the workers in turn.
pub(crate) fn channel<C: Channel>(
    runtime: &dyn Runtime,
    work: &Arc<C>,
    capacity: usize,
) -> Answer<Vec<C::Tally>> {
    work.shape().checked()?;
    let Some(within) = runtime.enter() else { return Sequential.channel(work) };
    let sides = sides(work, capacity).into_iter().enumerate();
    let tasks = sides.map(|(k, side)| (k, task(&within, side.run()))).collect();
    Ok(all(runtime, tasks)?.into_iter().filter_map(opened::<Option<C::Tally>>).collect())
}

/// One who takes part, as a task of its own.
struct Side<C: Channel> {
    work: Arc<C>,
    role: Role<C::Message>,
}

enum Role<M> {
    Produce(usize, Sender<M>),
    Consume(Receiver<M>),
    /// Sends each message and takes the answer in before the next.
    Ask(Sender<M>, Receiver<M>),
    Answer(Receiver<M>, Sender<M>),
}

/// Everyone who takes part, with a queue for each consumer, or two where messages are answered.
fn sides<C: Channel>(work: &Arc<C>, capacity: usize) -> Vec<Side<C>> {
    let traffic = work.shape();
    let roles: Vec<_> = if traffic.answered {
        let ((to, from), (back, answers)) = (mpsc::channel(capacity), mpsc::channel(1));
        vec![Role::Answer(from, back), Role::Ask(to, answers)]
    } else {
        let (to, from): (Vec<_>, Vec<_>) = (0..traffic.consumers).map(|_| mpsc::channel(capacity)).unzip();
        let produce = |producer: usize| Role::Produce(producer, to[producer % traffic.consumers].clone());
        from.into_iter().map(Role::Consume).chain((0..traffic.producers).map(produce)).collect()
    };
    roles.into_iter().map(|role| Side { work: work.clone(), role }).collect()
}

impl<C: Channel> Side<C> {
    /// Plays its role; who takes messages in gives a tally. It ends early when the other side does.
    async fn run(self) -> Option<C::Tally> {
        let Side { work, role } = self;
        let messages = work.shape().messages;
        let mut tally = C::Tally::default();
        match role {
            Role::Produce(producer, to) => {
                for number in 0..messages {
                    to.send(work.make(producer, number)).await.ok()?;
                }
                return None;
            }
            Role::Consume(mut from) => {
                let mut batch = Vec::new();
                while from.recv_many(&mut batch, BATCH).await > 0 {
                    batch.drain(..).for_each(|message| work.take(message, &mut tally));
                }
            }
            Role::Ask(to, mut answers) => {
                for number in 0..messages {
                    to.send(work.make(0, number)).await.ok()?;
                    work.take(answers.recv().await?, &mut tally);
                }
            }
            Role::Answer(mut from, back) => {
                while let Some(message) = from.recv().await {
                    back.send(message).await.ok()?;
                }
                return None;
            }
        }
        Some(tally)
    }
}
