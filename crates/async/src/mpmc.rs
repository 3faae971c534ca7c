//! Messages through async-channel: a queue that any number may send to and receive from, on every runtime.
//!
//! ```
//! let (to, from) = async_channel::bounded(2);
//! let consumer = smol::spawn(async move {
//!     let mut sum = 0;
//!     while let Ok(message) = from.recv().await { // an error once all senders are gone
//!         sum += message;
//!     }
//!     sum
//! });
//! smol::block_on(async {
//!     for message in 0..100 {
//!         to.send(message).await.unwrap(); // waits for room
//!     }
//!     drop(to);
//!     assert_eq!(consumer.await, 4950);
//! });
//! ```

use crate::runtime::{Runtime, all, opened, task};
use async_channel::{Receiver, Sender, bounded};
use parallax_pattern::{Answer, Channel, Exchange, Sequential};
use std::sync::Arc;

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

/// Everyone who takes part, with one queue between them, or two where messages are answered.
fn sides<C: Channel>(work: &Arc<C>, capacity: usize) -> Vec<Side<C>> {
    let traffic = work.shape();
    let (to, from) = bounded(capacity);
    let roles: Vec<_> = if traffic.answered {
        let (back, answers) = bounded(1);
        vec![Role::Answer(from, back), Role::Ask(to, answers)]
    } else {
        let consumers = (0..traffic.consumers).map(|_| Role::Consume(from.clone()));
        consumers.chain((0..traffic.producers).map(|producer| Role::Produce(producer, to.clone()))).collect()
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
            Role::Consume(from) => {
                while let Ok(message) = from.recv().await {
                    work.take(message, &mut tally);
                }
            }
            Role::Ask(to, answers) => {
                for number in 0..messages {
                    to.send(work.make(0, number)).await.ok()?;
                    work.take(answers.recv().await.ok()?, &mut tally);
                }
            }
            Role::Answer(from, back) => {
                while let Ok(message) = from.recv().await {
                    back.send(message).await.ok()?;
                }
                return None;
            }
        }
        Some(tally)
    }
}
