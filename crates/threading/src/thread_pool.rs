//! As many threads as waits may be in progress: each takes the next wait when its last has ended.
//!
//! ```
//! use std::{sync::Mutex, thread, time::Duration};
//!
//! let mut results = [0; 8];
//! let queue = Mutex::new(results.iter_mut().enumerate());
//! let next = || queue.lock().unwrap().next();
//! thread::scope(|s| {
//!     for _ in 0..4 {
//!         s.spawn(|| {
//!             while let Some((i, result)) = next() {
//!                 thread::sleep(Duration::from_millis(1));
//!                 *result = i * i;
//!             }
//!         });
//!     }
//! });
//! assert_eq!(results, [0, 1, 4, 9, 16, 25, 36, 49]);
//! ```
//!
//! The limit needs no counting: it is the number of threads. They are started once and not for every
//! wait, so this is the cheaper of the two from about twice as many waits as threads on.

use crate::timekeeper::Timekeeper;
use parallax_pattern::{
    Answer, Await, Cancel, Card, Cores, Expire, Offers, Operation, Technique, Wait, covers, team,
};
use std::sync::{Arc, Mutex};
use std::thread;

/// A pool of as many threads as there may be waits at the same time.
#[derive(Debug, Clone, Copy)]
pub struct ThreadPool;

impl Technique for ThreadPool {
    const CARD: Card = Card {
        name: "thread-pool",
        idea: "as many threads as waits may overlap; each takes the next wait when it is free",
        gives: "a limit without a counter; a thread start per slot and not per wait",
        costs: "threads for the limit, however few waits overlap",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(ThreadPool)
    }
}

impl<W: Wait> Await<W> for ThreadPool {
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let threads = work.limit().max(1).min(out.len());
        let queue = Mutex::new(out.iter_mut().enumerate());
        let next = || queue.lock().expect("nobody can panic while taking a wait").next();
        let wait_for_all = || {
            while let Some((i, result)) = next() {
                thread::sleep(work.begin(i));
                *result = work.end(i);
            }
        };
        team::run((0..threads).map(|_| wait_for_all)).map(drop)
    }
}

impl<W: Expire> Cancel<W> for ThreadPool {
    /// Each thread takes the next operation, and sleeps on a channel that one more thread closes at the deadline.
    fn expire(&self, work: &Arc<W>, out: &mut [Option<u64>]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let offers = Offers::of(work);
        Timekeeper::with(|timekeeper| {
            let serve = || {
                let mut results = Vec::new();
                while let Some((i, offered_in)) = offers.take() {
                    thread::sleep(offered_in);
                    let result = Operation::begin(work, i).and_then(|operation| timekeeper.run(operation));
                    results.push((i, result));
                }
                results
            };
            let results = team::run((0..offers.lanes()).map(|_| serve))?;
            results.into_iter().flatten().for_each(|(i, result)| out[i] = result);
            Ok(())
        })
    }
}
