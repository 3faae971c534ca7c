//! One lock-free queue for all threads, spinning at both ends: a channel without the cost of sleeping.
//!
//! ```
//! use parallax_atomics::blocks::mpmc::{PopError, Queue};
//! use std::{hint, thread};
//!
//! let queue = Queue::new(1024)?;
//! let sum = thread::scope(|s| {
//!     let consumer = s.spawn(|| {
//!         let mut sum = 0;
//!         loop {
//!             match queue.try_pop() {
//!                 Ok(message) => sum += message,
//!                 Err(PopError::Empty) => hint::spin_loop(),
//!                 Err(PopError::Closed) => break sum,
//!             }
//!         }
//!     });
//!     (0..100).for_each(|message| queue.try_push(message).expect("there is room"));
//!     queue.close();
//!     consumer.join().unwrap()
//! });
//! assert_eq!(sum, 4950);
//! # Ok::<(), parallax_atomics::blocks::capacity::CapacityError>(())
//! ```

use crate::blocks::backoff::Backoff;
use crate::blocks::mpmc::{PopError, PushError, Queue};
use parallax_pattern::{Answer, Card, Channel, Cores, Exchange, No, Technique, team};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::AcqRel};
use std::thread::{self, Builder};

/// [`Queue`]s with room for 1024 messages.
#[derive(Debug, Clone, Copy)]
pub struct MpmcRing;

const CAPACITY: usize = 1024;

impl Technique for MpmcRing {
    const CARD: Card = Card {
        name: "mpmc-ring",
        idea: "an array of slots, each with a number that says whose turn it is; all ends spin",
        gives: "any number of producers and consumers, and no call into the kernel",
        costs: "a waiting thread burns its core; all producers contend for one index, and all consumers for another",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(MpmcRing)
    }
}

impl<C: Channel> Exchange<C> for MpmcRing {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        let traffic = work.shape().checked()?;
        let queue = Queue::new(CAPACITY).map_err(|error| No::Failed(error.into()))?;
        if traffic.answered {
            let back = Queue::new(CAPACITY).map_err(|error| No::Failed(error.into()))?;
            return bounce(&**work, &queue, &back);
        }
        let producing = AtomicUsize::new(traffic.producers);
        let consumers = (0..traffic.consumers).map(|_| End::Takes(Closing(&queue)));
        let producers = (0..traffic.producers).map(|producer| End::Gives(producer, Last(&producing, &queue)));
        // All ends are made before any thread: an end that gets no thread is dropped, and so the others leave.
        let ends: Vec<_> = consumers.chain(producers).collect();
        let tallies = team::run(ends.into_iter().map(|end| || end.work(&**work)))?;
        Ok(tallies.into_iter().flatten().collect())
    }
}

/// One thread's end of the queue, and what it drops at its end.
enum End<'a, M> {
    Takes(Closing<'a, M>),
    Gives(usize, Last<'a, M>),
}

impl<M> End<'_, M> {
    fn work<C: Channel<Message = M>>(self, work: &C) -> Option<C::Tally> {
        match &self {
            End::Takes(Closing(queue)) => {
                let mut tally = C::Tally::default();
                while let Some(message) = pop(queue) {
                    work.take(message, &mut tally);
                }
                Some(tally)
            }
            End::Gives(producer, Last(_, queue)) => {
                let _sent: bool =
                    (0..work.shape().messages).all(|number| push(queue, work.make(*producer, number)));
                None
            }
        }
    }
}

fn bounce<C: Channel>(
    work: &C,
    there: &Queue<C::Message>,
    back: &Queue<C::Message>,
) -> Answer<Vec<C::Tally>> {
    let mut tally = C::Tally::default();
    thread::scope(|s| {
        let hand_back = || {
            let _stop = (Closing(there), Closing(back));
            while let Some(message) = pop(there) {
                push(back, message);
            }
        };
        Builder::new().spawn_scoped(s, hand_back).map_err(|error| team::not_started(&error))?;
        let _stop = Closing(there);
        for number in 0..work.shape().messages {
            push(there, work.make(0, number));
            let Some(message) = pop(back) else { break }; // the other side has panicked
            work.take(message, &mut tally);
        }
        Ok(())
    })?;
    Ok(vec![tally])
}

/// Pushes the message, waiting for room; `false` once the queue is closed.
fn push<T>(queue: &Queue<T>, mut message: T) -> bool {
    let mut backoff = Backoff::new();
    loop {
        match queue.try_push(message) {
            Ok(()) => return true,
            Err(PushError::Closed(_)) => return false,
            Err(PushError::Full(unsent)) => message = unsent,
        }
        backoff.wait();
    }
}

/// Waits for the next message; `None` once the queue is closed and empty.
fn pop<T>(queue: &Queue<T>) -> Option<T> {
    let mut backoff = Backoff::new();
    loop {
        match queue.try_pop() {
            Ok(message) => return Some(message),
            Err(PopError::Closed) => return None,
            Err(PopError::Empty) => backoff.wait(),
        }
    }
}

/// Closes the queue when its owner leaves, after a panic too, so that no thread waits for it.
struct Closing<'a, T>(&'a Queue<T>);

impl<T> Drop for Closing<'_, T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Closes the queue when the last producer leaves.
struct Last<'a, T>(&'a AtomicUsize, &'a Queue<T>);

impl<T> Drop for Last<'_, T> {
    fn drop(&mut self) {
        // Pairs with itself in the other producers: all that they have pushed is pushed before the close.
        if self.0.fetch_sub(1, AcqRel) == 1 {
            self.1.close();
        }
    }
}
