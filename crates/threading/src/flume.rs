//! A queue behind a lock, and two more of waiting senders and receivers: a channel with no unsafe code in its crate.
//!
//! ```
//! use std::thread;
//!
//! let (send, receive) = flume::bounded(1024);
//! let sums: Vec<u32> = thread::scope(|s| {
//!     let consumers = [(); 2].map(|()| {
//!         let receive = receive.clone();
//!         s.spawn(move || receive.iter().sum::<u32>())
//!     });
//!     for producer in 0..4 {
//!         let send = send.clone();
//!         s.spawn(move || (0..100).for_each(|number| send.send(100 * producer + number).unwrap()));
//!     }
//!     drop(send); // or the receivers would wait forever for the original sender
//!     consumers.map(|consumer| consumer.join().unwrap()).to_vec()
//! });
//! assert_eq!(sums.iter().sum::<u32>(), 79_800);
//! ```
//!
//! The queue is a `VecDeque` in a `Mutex`, next to two more of waiting senders and receivers: a sender that finds a
//! waiting receiver hands the message to it directly, and wakes it. So every message takes the lock, and the queue
//! stays in no core's cache for long, where crossbeam's array has a turn for each slot. In exchange it can be read in
//! an hour, and the same channel works for threads and, by the feature `async`, for tasks.

use crate::post::{bounce, post};
use crate::std_channel::UNBOUNDED;
use ::flume::{Receiver, Sender};
use parallax_pattern::{Answer, Card, Channel, Cores, Exchange, Technique};
use std::sync::Arc;

/// `flume` with room for `CAPACITY` messages.
#[derive(Debug, Clone, Copy)]
pub struct Flume<const CAPACITY: usize>;

impl<const CAPACITY: usize> Technique for Flume<CAPACITY> {
    const CARD: Card = Card {
        name: match CAPACITY {
            UNBOUNDED => "flume",
            1024 => "flume-1024",
            _ => "flume-bounded", // another capacity
        },
        idea: "flume's channel: a queue behind a lock, and two more of waiting senders and receivers",
        gives: "many receivers; one channel for threads and async tasks; no unsafe code",
        costs: "a lock per message, contended by both sides; no spinning before it sleeps",
        cores: Cores::Workers,
        libraries: &["flume"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Flume)
    }
}

impl<C: Channel, const CAPACITY: usize> Exchange<C> for Flume<CAPACITY> {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        let traffic = work.shape().checked()?;
        let sending = |end: Sender<_>| move |message| end.send(message).is_ok();
        let (end, receiver) = link::<C::Message>(CAPACITY);
        if traffic.answered {
            let (answer, answers) = link(CAPACITY);
            let there = (sending(end), receiver.into_iter());
            return bounce(&**work, there, (sending(answer), answers.into_iter()));
        }
        let senders = (0..traffic.producers).map(|_| sending(end.clone())).collect();
        drop(end); // a receiver ends when the last sender is gone
        let receivers = (0..traffic.consumers).map(|_| receiver.clone().into_iter()).collect();
        drop(receiver); // and a sender when the last receiver is
        post(&**work, senders, receivers)
    }
}

fn link<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    if capacity == UNBOUNDED { ::flume::unbounded() } else { ::flume::bounded(capacity) }
}
