//! A ring for each pair: two threads that share two indices and nothing else hand over in a few nanoseconds.
//!
//! ```
//! use parallax_atomics::blocks::spsc::ring;
//! use std::thread;
//!
//! let (mut producer, mut consumer) = ring(1024)?;
//! let sum = thread::scope(|s| {
//!     s.spawn(move || (0..100_u64).for_each(|message| producer.send(message).expect("somebody listens")));
//!     std::iter::from_fn(|| consumer.recv()).sum::<u64>() // ends when the producer is gone
//! });
//! assert_eq!(sum, 4950);
//! # Ok::<(), parallax_atomics::blocks::capacity::CapacityError>(())
//! ```
//!
//! A consumer with several producers has a ring from each and looks at them in turn.

use crate::blocks::backoff::Backoff;
use crate::blocks::spsc::{Consumer, Producer, ring};
use parallax_suite::pattern::{Channel, Wait};
use parallax_suite::question::{Answer, Card, Cores, No, Serve, Technique};
use std::sync::Arc;
use std::thread;

/// Rings with room for 1024 messages.
#[derive(Debug, Clone, Copy)]
pub struct SpscRing;

const CAPACITY: usize = 1024;

/// How many messages a producer shows at once at most, and a consumer takes from one ring before it looks
/// at the next.
const BATCH: usize = 256;

impl Technique for SpscRing {
    const CARD: Card = Card {
        name: "spsc-ring",
        idea: "one ring for each producer and its consumer: each end owns its index",
        gives: "the cheapest hand-over there is: a line transfer for many messages",
        costs: "exactly two threads per ring; who waits burns its core",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(SpscRing)
    }
}

impl Serve for SpscRing {
    fn channel<C: Channel>(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        let traffic = work.shape();
        let make = || ring(CAPACITY).map_err(|error| No::Failed(error.into()));
        if traffic.answered {
            return Ok(vec![bounce(&**work, make()?, make()?)]);
        }
        let mut inboxes: Vec<Vec<Consumer<_>>> = (0..traffic.consumers).map(|_| Vec::new()).collect();
        let mut producers = Vec::new();
        for producer in 0..traffic.producers {
            let (end, inbox) = make()?;
            inboxes[producer % traffic.consumers].push(inbox);
            producers.push(end);
        }
        let tallies: Result<_, _> = thread::scope(|s| {
            let consumers = inboxes.into_iter().map(|inbox| s.spawn(move || take_all(&**work, inbox)));
            let consumers: Vec<_> = consumers.collect();
            for (producer, end) in producers.into_iter().enumerate() {
                s.spawn(move || send_all(&**work, producer, end));
            }
            consumers.into_iter().map(|consumer| consumer.join()).collect()
        });
        Ok(tallies.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    }

    fn wait<W: Wait>(&self, _: &Arc<W>, _: &mut [u64]) -> Answer<()> {
        Err(No::Unfit("a spinning wait needs a core for as long as it lasts, and waits are to overlap"))
    }
}

/// Sends all of a producer's messages, or as many as somebody listens to.
fn send_all<C: Channel>(work: &C, producer: usize, mut ring: Producer<C::Message>) {
    let (mut left, mut backoff) = (0..work.shape().messages, Backoff::new());
    while !left.is_empty() && !ring.is_abandoned() {
        let limit = BATCH.min(left.len());
        let sent = ring.push_from(limit, || work.make(producer, left.next().expect("one of those left")));
        if sent > 0 { backoff.reset() } else { backoff.wait() }
    }
}

/// Takes in what comes through any of the rings, until all producers are gone.
fn take_all<C: Channel>(work: &C, mut inbox: Vec<Consumer<C::Message>>) -> C::Tally {
    let (mut tally, mut backoff) = (C::Tally::default(), Backoff::new());
    while !inbox.is_empty() {
        let mut taken = 0;
        inbox.retain_mut(|ring| {
            let gone = ring.is_abandoned(); // asked first: what was pushed before is seen below
            let count = ring.pop_into(BATCH, |message| work.take(message, &mut tally));
            taken += count;
            count > 0 || !gone
        });
        if taken > 0 { backoff.reset() } else { backoff.wait() }
    }
    tally
}

fn bounce<C: Channel>(
    work: &C,
    (mut send, mut received): (Producer<C::Message>, Consumer<C::Message>),
    (mut answer, mut answers): (Producer<C::Message>, Consumer<C::Message>),
) -> C::Tally {
    let mut tally = C::Tally::default();
    thread::scope(|s| {
        s.spawn(move || while received.recv().is_some_and(|message| answer.send(message).is_ok()) {});
        for number in 0..work.shape().messages {
            let _ = send.send(work.make(0, number)); // to nobody if the other side has panicked
            let Some(message) = answers.recv() else { break }; // as above
            work.take(message, &mut tally);
        }
        drop(send); // ends the other side
    });
    tally
}
