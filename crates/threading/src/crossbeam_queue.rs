//! One channel for all: any free consumer receives the next message, so none is left without work.
//!
//! ```
//! use crossbeam::channel;
//! use std::thread;
//!
//! let (send, receive) = channel::bounded(1024);
//! let sums: Vec<u32> = thread::scope(|s| {
//!     let consumers = [(); 2].map(|()| {
//!         let receive = receive.clone(); // receivers may be shared, unlike those of `std::sync::mpsc`
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
//! Bounded, it is D. Vyukov's array with a turn in every slot; unbounded, a list of such blocks; at capacity 0, a
//! rendezvous. Receivers spin a little before they sleep. The price of sharing is that all consumers want the same
//! index; several producers' messages interleave, each in its own order.
//!
//! The standard library's `mpsc` is this code, ported, without shared receivers and `select`: one to one, the row
//! `std-channel` differs only by noise.

use crate::post::{bounce, post};
use crate::std_channel::UNBOUNDED;
use ::crossbeam::channel::{self, Receiver, Sender};
use parallax_pattern::{Answer, Card, Channel, Cores, Exchange, Technique};
use std::sync::Arc;

/// `crossbeam::channel` with room for `CAPACITY` messages.
#[derive(Debug, Clone, Copy)]
pub struct CrossbeamQueue<const CAPACITY: usize>;

impl<const CAPACITY: usize> Technique for CrossbeamQueue<CAPACITY> {
    const CARD: Card = Card {
        name: match CAPACITY {
            UNBOUNDED => "crossbeam-queue",
            0 => "crossbeam-queue-0",
            1 => "crossbeam-queue-1",
            1024 => "crossbeam-queue-1024",
            _ => "crossbeam-queue-bounded", // another capacity
        },
        idea: "crossbeam's channel, of which std's is a port: a queue that many send to and many receive from",
        gives: "consumers that share one queue, and selecting over several",
        costs: "a library; consumers contend for the next message",
        cores: Cores::Workers,
        libraries: &["crossbeam"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(CrossbeamQueue)
    }
}

impl<C: Channel, const CAPACITY: usize> Exchange<C> for CrossbeamQueue<CAPACITY> {
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
    if capacity == UNBOUNDED { channel::unbounded() } else { channel::bounded(capacity) }
}
