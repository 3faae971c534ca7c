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
use parallax_pattern::{Answer, Card, Channel, Cores, Exchange, No, Technique, team};
use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::{self, Builder};

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

impl<C: Channel> Exchange<C> for SpscRing {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        let traffic = work.shape().checked()?;
        let make = || ring(CAPACITY).map_err(|error| No::Failed(error.into()));
        if traffic.answered {
            return bounce(&**work, make()?, make()?);
        }
        let mut inboxes: Vec<Vec<Consumer<_>>> = (0..traffic.consumers).map(|_| Vec::new()).collect();
        let mut producers = Vec::new();
        for producer in 0..traffic.producers {
            let (end, inbox) = make()?;
            inboxes[producer % traffic.consumers].push(inbox);
            producers.push(end);
        }
        let not_started = |error| team::not_started(&error);
        // A ring's end that gets no thread is dropped, and so the thread at its other end leaves.
        thread::scope(|s| {
            let consume = |inbox| Builder::new().spawn_scoped(s, move || take_all(&**work, inbox));
            let consumers: io::Result<Vec<_>> = inboxes.into_iter().map(consume).collect();
            let consumers = consumers.map_err(not_started)?;
            for (producer, end) in producers.into_iter().enumerate() {
                let produce = move || send_all(&**work, producer, end);
                Builder::new().spawn_scoped(s, produce).map_err(not_started)?;
            }
            let tallies = consumers.into_iter().map(|consumer| consumer.join());
            Ok(tallies.collect::<Result<_, _>>().unwrap_or_else(|panic| resume_unwind(panic)))
        })
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
) -> Answer<Vec<C::Tally>> {
    let mut tally = C::Tally::default();
    thread::scope(|s| {
        let hand_back = move || while received.recv().is_some_and(|message| answer.send(message).is_ok()) {};
        Builder::new().spawn_scoped(s, hand_back).map_err(|error| team::not_started(&error))?;
        for number in 0..work.shape().messages {
            let _ = send.send(work.make(0, number)); // to nobody if the other side has panicked
            let Some(message) = answers.recv() else { break }; // as above
            work.take(message, &mut tally);
        }
        drop(send); // ends the other side
        Ok(())
    })?;
    Ok(vec![tally])
}
