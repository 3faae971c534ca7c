//! The standard library's channel: many may send and one receives, so each consumer has a channel of its own.
//!
//! ```
//! use std::{sync::mpsc, thread};
//!
//! let (send, receive) = mpsc::sync_channel(1024); // a sender waits while 1024 are on the way
//! thread::scope(|s| {
//!     for producer in 0..4 {
//!         let send = send.clone();
//!         s.spawn(move || (0..100).for_each(|number| send.send(100 * producer + number).unwrap()));
//!     }
//!     drop(send); // or the receiver would wait forever for the original sender
//!     assert_eq!(receive.iter().sum::<u32>(), 79_800);
//! });
//! ```
//!
//! The choice to make is the capacity. Unbounded (`mpsc::channel`): sending never waits, and memory grows if the
//! consumer is slower. Large: a slow consumer slows the producers down (back pressure), and bursts pass. One: little
//! more than a hand-over. Zero: a rendezvous, where sending returns when the message is received, and every message
//! costs two wake-ups.
//!
//! Since Rust 1.67 this is crossbeam's channel, ported into the standard library (rust-lang/rust#93563), so
//! `std-channel` and `crossbeam-queue` are one algorithm. With one receiver, their rows should be the same within
//! noise; with several, each receiver of `std-channel` has its own channel and its own producers, where those of
//! `crossbeam-queue` share one queue.

use crate::post::{bounce, post};
use parallax_pattern::{Answer, Card, Channel, Cores, Exchange, Technique};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};

/// `std::sync::mpsc` with room for `CAPACITY` messages.
#[derive(Debug, Clone, Copy)]
pub struct StdChannel<const CAPACITY: usize>;

/// Without a bound: messages that are sent and not yet received may fill the memory.
pub const UNBOUNDED: usize = usize::MAX;

impl<const CAPACITY: usize> Technique for StdChannel<CAPACITY> {
    const CARD: Card = Card {
        name: match CAPACITY {
            UNBOUNDED => "std-channel",
            0 => "std-channel-0",
            1 => "std-channel-1",
            1024 => "std-channel-1024",
            _ => "std-channel-bounded", // another capacity
        },
        idea: "std::sync::mpsc, which is crossbeam's code since Rust 1.67: many send, and one thread receives",
        gives: "no library; senders and receivers that end each other by being dropped",
        costs: "one receiver per channel: the sender must choose the receiver",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(StdChannel)
    }
}

impl<C: Channel, const CAPACITY: usize> Exchange<C> for StdChannel<CAPACITY> {
    /// Producers are assigned to consumers, in turn.
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        let traffic = work.shape().checked()?;
        let make = || link::<C::Message>(CAPACITY);
        if traffic.answered {
            let [(send, received), (answer, answers)] = [make(), make()];
            let there = (move |message| send.send(message), received.into_iter());
            let back = (move |message| answer.send(message), answers.into_iter());
            return bounce(&**work, there, back);
        }
        let (ends, receivers): (Vec<_>, Vec<_>) = (0..traffic.consumers).map(|_| make()).unzip();
        let sender = |producer: usize| {
            let end = ends[producer % traffic.consumers].clone();
            move |message| end.send(message)
        };
        let senders = (0..traffic.producers).map(sender).collect();
        drop(ends); // a receiver ends when the last sender is gone
        post(&**work, senders, receivers.into_iter().map(Receiver::into_iter).collect())
    }
}

/// The two kinds of sender that the standard library has.
enum End<T> {
    Unbounded(Sender<T>),
    Bounded(SyncSender<T>),
}

impl<T> End<T> {
    /// Sends a message, and returns whether there is still a receiver.
    fn send(&self, message: T) -> bool {
        match self {
            End::Unbounded(end) => end.send(message).is_ok(),
            End::Bounded(end) => end.send(message).is_ok(),
        }
    }
}

impl<T> Clone for End<T> {
    fn clone(&self) -> Self {
        match self {
            End::Unbounded(end) => End::Unbounded(end.clone()),
            End::Bounded(end) => End::Bounded(end.clone()),
        }
    }
}

fn link<T>(capacity: usize) -> (End<T>, Receiver<T>) {
    if capacity == UNBOUNDED {
        let (end, receiver) = mpsc::channel();
        (End::Unbounded(end), receiver)
    } else {
        let (end, receiver) = mpsc::sync_channel(capacity);
        (End::Bounded(end), receiver)
    }
}
