//! A ring for each pair of threads: they share only two indices, and hand a message over in a few nanoseconds.
//!
//! ```
//! use parallax_atomics::blocks::spsc::ring;
//! use std::thread;
//!
//! let (mut producer, mut consumer) = ring(1024)?;
//! let sum = thread::scope(|s| {
//!     s.spawn(move || (0..100_u64).for_each(|message| producer.send(message).expect("the consumer is there")));
//!     std::iter::from_fn(|| consumer.recv()).sum::<u64>() // ends when the producer is gone
//! });
//! assert_eq!(sum, 4950);
//! # Ok::<(), parallax_atomics::blocks::capacity::CapacityError>(())
//! ```
//!
//! A consumer with several producers has a ring from each and looks at them in turn.

use crate::blocks::spsc::ring;
use crate::rings::exchange;
use parallax_pattern::{Answer, Card, Channel, Cores, Exchange, No, Technique};
use std::sync::Arc;

/// Rings with room for 64 KiB of messages, and for a thousand of those that own memory elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct SpscRing;

impl Technique for SpscRing {
    const CARD: Card = Card {
        name: "spsc-ring",
        idea: "one ring for each producer and its consumer: each end owns its index",
        gives: "the cheapest hand-over there is: a line transfer for many messages",
        costs: "exactly two threads per ring; a waiting thread burns its core",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(SpscRing)
    }
}

impl<C: Channel> Exchange<C> for SpscRing {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        exchange(&**work, |room| ring(room).map_err(|error| No::Failed(error.into())))
    }
}
