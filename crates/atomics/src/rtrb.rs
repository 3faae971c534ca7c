//! A ring for real-time audio: a library's version of the same two indices, and wait-free at both ends.
//!
//! ```
//! use rtrb::RingBuffer;
//! use std::sync::atomic::{Ordering::Acquire, fence};
//! use std::{hint, thread};
//!
//! let (mut producer, mut consumer) = RingBuffer::new(1024);
//! let sum = thread::scope(|s| {
//!     s.spawn(move || {
//!         for message in 0..100_u64 {
//!             while producer.push(message).is_err() { // full: the library never waits, so the program decides how
//!                 hint::spin_loop();
//!             }
//!         }
//!     });
//!     let mut sum = 0;
//!     loop {
//!         let gone = consumer.is_abandoned(); // checked first, as the last message may come in between
//!         fence(Acquire); // and ordered before the following reads
//!         match consumer.pop() {
//!             Ok(message) => sum += message,
//!             Err(_) if gone => break sum,
//!             Err(_) => hint::spin_loop(),
//!         }
//!     }
//! });
//! assert_eq!(sum, 4950);
//! ```
//!
//! Wait-free is more than lock-free: each call ends after a number of steps that does not depend on the other thread,
//! which a sound card's callback must be able to promise. Chunks move an index once for many messages, as the batches
//! of `spsc-ring` do, so the two rows should differ little; both wait in the same way.

use crate::blocks::backoff::Backoff;
use crate::rings::{Receives, Sends, exchange};
use ::rtrb::{Consumer, Producer, RingBuffer};
use parallax_pattern::{Answer, Card, Channel, Cores, Exchange, Technique};
use std::iter;
use std::sync::Arc;
use std::sync::atomic::{Ordering::Acquire, fence};

/// `rtrb`, with room for as many messages as in `spsc-ring`.
#[derive(Debug, Clone, Copy)]
pub struct Rtrb;

impl Technique for Rtrb {
    const CARD: Card = Card {
        name: "rtrb",
        idea: "a library's ring for each producer and its consumer, whose calls never wait for the other end",
        gives: "a hand-over that ends after a bounded number of steps, for threads with deadlines",
        costs: "exactly two threads per ring; how to wait is left to the program, and here burns a core",
        cores: Cores::Workers,
        libraries: &["rtrb"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Rtrb)
    }
}

impl<C: Channel> Exchange<C> for Rtrb {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        exchange(&**work, |room| Ok(RingBuffer::new(room)))
    }
}

impl<T: Send> Sends<T> for Producer<T> {
    fn is_abandoned(&self) -> bool {
        Producer::is_abandoned(self)
    }

    fn push_from(&mut self, limit: usize, source: impl FnMut() -> T) -> usize {
        let room = self.slots().min(limit);
        self.write_chunk_uninit(room).map_or(0, |chunk| chunk.fill_from_iter(iter::repeat_with(source)))
    }

    fn send(&mut self, mut message: T) -> bool {
        let mut backoff = Backoff::new();
        while let Err(::rtrb::PushError::Full(unsent)) = self.push(message) {
            if self.is_abandoned() {
                return false;
            }
            message = unsent;
            backoff.wait();
        }
        true
    }
}

impl<T: Send> Receives<T> for Consumer<T> {
    fn is_abandoned(&self) -> bool {
        let gone = Consumer::is_abandoned(self);
        if gone {
            fence(Acquire); // the library's load is relaxed; pairs with the Release when the producer is dropped
        }
        gone
    }

    fn pop_into(&mut self, limit: usize, sink: impl FnMut(T)) -> usize {
        let there = self.slots().min(limit);
        let Ok(chunk) = self.read_chunk(there) else { return 0 };
        chunk.into_iter().for_each(sink);
        there
    }

    fn recv(&mut self) -> Option<T> {
        let mut backoff = Backoff::new();
        loop {
            let gone = Receives::is_abandoned(self); // checked first: earlier messages are seen below
            match self.pop() {
                Ok(message) => return Some(message),
                Err(_) if gone => return None,
                Err(_) => backoff.wait(),
            }
        }
    }
}
