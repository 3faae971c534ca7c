//! A thread for each wait: it sleeps, works and ends; a semaphore limits how many there are.
//!
//! ```
//! use std::{thread, time::Duration};
//!
//! let mut results = [0; 8];
//! thread::scope(|s| {
//!     for (i, result) in results.iter_mut().enumerate() {
//!         s.spawn(move || {
//!             thread::sleep(Duration::from_millis(1)); // eight at the same time take no longer than one
//!             *result = i * i;
//!         });
//!     }
//! });
//! assert_eq!(results, [0, 1, 4, 9, 16, 25, 36, 49]);
//! ```
//!
//! A thread that waits costs memory and no time: a stack, of which only touched pages count, and the
//! kernel's record. Starting one takes ten to twenty microseconds, which is much for a short wait and
//! little for one of milliseconds. The work after a wait runs on all cores without a further thought.

use crate::timekeeper::Timekeeper;
use parallax_pattern::{
    Answer, Await, Cancel, Card, Cores, Expire, Operation, Technique, Wait, covers, team,
};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, Builder};

/// A scoped thread per wait.
#[derive(Debug, Clone, Copy)]
pub struct ThreadPerWait;

/// Small, because a waiting thread needs next to nothing; a thousand of them take 64 MiB of addresses.
const STACK_BYTES: usize = 64 << 10;

impl Technique for ThreadPerWait {
    const CARD: Card = Card {
        name: "thread-per-wait",
        idea: "each wait gets its own thread, and begins when there is a permit for it",
        gives: "blocking code as it is, overlapped; work after a wait uses all cores",
        costs: "a thread start per wait; a stack for each wait in progress",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(ThreadPerWait)
    }
}

impl<W: Wait> Await<W> for ThreadPerWait {
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let permits = Permits { left: Mutex::new(work.limit().max(1)), given_back: Condvar::new() };
        thread::scope(|s| {
            for (i, result) in out.iter_mut().enumerate() {
                let permit = permits.take();
                let wait = move || {
                    thread::sleep(work.begin(i));
                    *result = work.end(i);
                    drop(permit); // not before: the wait holds it until its end
                };
                let started = Builder::new().stack_size(STACK_BYTES).spawn_scoped(s, wait);
                started.map_err(|error| team::not_started(&error))?;
            }
            Ok(())
        })
    }
}

impl<W: Expire> Cancel<W> for ThreadPerWait {
    /// The calling thread starts operations at their times and within the limit, and sheds those that have waited too
    /// long for a permit; each one that begins has a thread, which one more thread wakes when its deadline has passed.
    fn expire(&self, work: &Arc<W>, out: &mut [Option<u64>]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let permits = Permits { left: Mutex::new(work.limit().max(1)), given_back: Condvar::new() };
        Timekeeper::with(|timekeeper| {
            let timekeeper = &timekeeper;
            thread::scope(|s| {
                for (i, result) in out.iter_mut().enumerate() {
                    let permit = permits.take();
                    thread::sleep(work.offered_in(i));
                    *result = None;
                    let Some(operation) = Operation::begin(work, i) else { continue };
                    let run = move || {
                        *result = timekeeper.run(operation);
                        drop(permit);
                    };
                    let started = Builder::new().stack_size(STACK_BYTES).spawn_scoped(s, run);
                    started.map_err(|error| team::not_started(&error))?;
                }
                Ok(())
            })
        })
    }
}

/// How many more waits may begin (E. W. Dijkstra's semaphore, 1962).
struct Permits {
    left: Mutex<usize>,
    given_back: Condvar,
}

impl Permits {
    /// Waits for a permit.
    fn take(&self) -> Permit<'_> {
        let mut left = self.given_back.wait_while(self.lock(), |left| *left == 0).expect(UNBROKEN);
        *left -= 1;
        Permit(self)
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.left.lock().expect(UNBROKEN)
    }
}

/// Returns the permit when it is dropped, after a panic too.
struct Permit<'a>(&'a Permits);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.lock() += 1;
        self.0.given_back.notify_one();
    }
}

const UNBROKEN: &str = "nobody can panic while counting permits";
