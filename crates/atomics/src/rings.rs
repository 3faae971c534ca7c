//! The two ends of a ring, for any implementation of a queue between two threads.

use crate::blocks::backoff::Backoff;
use crate::blocks::spsc::{Consumer, Producer};
use parallax_pattern::{Answer, Channel, team};
use std::mem::needs_drop;
use std::thread::{self, Builder};

/// How many messages a ring has room for: 64 KiB of them, so that each end can have a quarter to itself, as cache lines
/// bounce where one end reads next to what the other writes; and a thousand messages if they own memory elsewhere.
const fn capacity<M>() -> usize {
    let many = (64 << 10) / if size_of::<M>() == 0 { 1 } else { size_of::<M>() };
    if needs_drop::<M>() || many < 1024 { 1024 } else { many }
}

/// How many messages a producer publishes together at most, and a consumer takes from one ring before it looks
/// at the next.
const fn batch<M>() -> usize {
    capacity::<M>() / 8
}

/// The sending end of a ring.
pub(crate) trait Sends<T>: Send {
    /// Whether the receiver is gone.
    fn is_abandoned(&self) -> bool;
    /// Makes up to `limit` messages, as many as there is room for, publishes them together, and returns how many.
    fn push_from(&mut self, limit: usize, source: impl FnMut() -> T) -> usize;
    /// Sends one message, waiting for room; `false` if the receiver is gone.
    fn send(&mut self, message: T) -> bool;
}

/// The receiving end of a ring.
pub(crate) trait Receives<T>: Send {
    /// Whether the sender is gone; earlier messages may still be in the ring.
    fn is_abandoned(&self) -> bool;
    /// Hands up to `limit` messages to `sink`, frees their room together, and returns how many.
    fn pop_into(&mut self, limit: usize, sink: impl FnMut(T)) -> usize;
    /// Waits for the next message; `None` once the ring is abandoned and empty.
    fn recv(&mut self) -> Option<T>;
}

/// Sends all messages through rings from `make`, one for each producer and its consumer.
pub(crate) fn exchange<C: Channel, P: Sends<C::Message>, Q: Receives<C::Message>>(
    work: &C,
    make: impl Fn(usize) -> Answer<(P, Q)>,
) -> Answer<Vec<C::Tally>> {
    let traffic = work.shape().checked()?;
    if traffic.answered {
        return bounce(work, make(1)?, make(1)?); // more are never on the way
    }
    let mut inboxes: Vec<Vec<Q>> = (0..traffic.consumers).map(|_| Vec::new()).collect();
    let mut producers = Vec::new();
    for producer in 0..traffic.producers {
        let (end, inbox) = make(capacity::<C::Message>())?;
        inboxes[producer % traffic.consumers].push(inbox);
        producers.push(end);
    }
    let consumers = inboxes.into_iter().map(End::Takes);
    let ends = consumers.chain(producers.into_iter().enumerate().map(|(k, ring)| End::Gives(k, ring)));
    // An end that gets no thread is dropped, and so the thread at its other end leaves.
    let tallies = team::run(ends.map(|end| || end.work(work)))?;
    Ok(tallies.into_iter().flatten().collect())
}

/// One thread's end.
enum End<P, Q> {
    Takes(Vec<Q>),
    Gives(usize, P),
}

impl<P, Q> End<P, Q> {
    fn work<C: Channel>(self, work: &C) -> Option<C::Tally>
    where
        P: Sends<C::Message>,
        Q: Receives<C::Message>,
    {
        match self {
            End::Takes(inbox) => Some(take_all(work, inbox)),
            End::Gives(producer, ring) => {
                send_all(work, producer, ring);
                None
            }
        }
    }
}

/// Sends all of a producer's messages, or stops when the receiver is gone.
fn send_all<C: Channel>(work: &C, producer: usize, mut ring: impl Sends<C::Message>) {
    let (mut left, mut backoff) = (0..work.shape().messages, Backoff::new());
    while !left.is_empty() && !ring.is_abandoned() {
        let limit = batch::<C::Message>().min(left.len());
        let sent = ring.push_from(limit, || work.make(producer, left.next().expect("one of those left")));
        if sent > 0 { backoff.reset() } else { backoff.wait() }
    }
}

/// Receives from all of the rings, until all producers are gone.
fn take_all<C: Channel>(work: &C, mut inbox: Vec<impl Receives<C::Message>>) -> C::Tally {
    let (mut tally, mut backoff) = (C::Tally::default(), Backoff::new());
    while !inbox.is_empty() {
        let mut taken = 0;
        inbox.retain_mut(|ring| {
            let gone = ring.is_abandoned(); // checked first: earlier messages are seen below
            let count = ring.pop_into(batch::<C::Message>(), |message| work.take(message, &mut tally));
            taken += count;
            count > 0 || !gone
        });
        if taken > 0 { backoff.reset() } else { backoff.wait() }
    }
    tally
}

/// Ping-pong: the other side only returns each message, by a second ring.
fn bounce<C: Channel, P: Sends<C::Message>, Q: Receives<C::Message>>(
    work: &C,
    (mut send, mut received): (P, Q),
    (mut answer, mut answers): (P, Q),
) -> Answer<Vec<C::Tally>> {
    let mut tally = C::Tally::default();
    thread::scope(|s| {
        let hand_back = move || while received.recv().is_some_and(|message| answer.send(message)) {};
        Builder::new().spawn_scoped(s, hand_back).map_err(|error| team::not_started(&error))?;
        for number in 0..work.shape().messages {
            send.send(work.make(0, number)); // fails if the other side has panicked
            let Some(message) = answers.recv() else { break }; // as above
            work.take(message, &mut tally);
        }
        drop(send); // ends the other side
        Ok(())
    })?;
    Ok(vec![tally])
}

impl<T: Send> Sends<T> for Producer<T> {
    fn is_abandoned(&self) -> bool {
        Producer::is_abandoned(self)
    }
    fn push_from(&mut self, limit: usize, source: impl FnMut() -> T) -> usize {
        Producer::push_from(self, limit, source)
    }
    fn send(&mut self, message: T) -> bool {
        Producer::send(self, message).is_ok()
    }
}

impl<T: Send> Receives<T> for Consumer<T> {
    fn is_abandoned(&self) -> bool {
        Consumer::is_abandoned(self)
    }
    fn pop_into(&mut self, limit: usize, sink: impl FnMut(T)) -> usize {
        Consumer::pop_into(self, limit, sink)
    }
    fn recv(&mut self) -> Option<T> {
        Consumer::recv(self)
    }
}
