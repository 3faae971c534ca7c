//! Jobs on one thread each: if any thread cannot be started, the call returns an error instead of waiting for it.

use crate::lockstep::{Lockstep, Meet};
use crate::within::Within;
use crate::{Answer, No};
use rustix::thread::{Pid, gettid};
use std::io;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::{PoisonError, RwLock};
use std::thread::{self, Builder};
use std::time::Duration;

/// Runs each job in a thread of its own, and gives what they return, in their order.
///
/// ```
/// use parallax_pattern::team;
/// assert_eq!(team::run([3, 4].map(|x| move || x * x))?, [9, 16]);
/// # Ok::<(), parallax_pattern::No>(())
/// ```
///
/// # Errors
///
/// [`No::Unavailable`] if a thread cannot be started. The threads that were started are joined
/// first, and the remaining jobs are dropped. So a job may wait only for what the caller does, or for another job's end.
///
/// # Panics
///
/// With a job's own panic, when all have ended.
pub fn run<A: Send, J: FnOnce() -> A + Send>(jobs: impl IntoIterator<Item = J>) -> Answer<Vec<A>> {
    run_and_say(jobs, |_| ())
}

/// Makes `steps` steps with a thread for each of `walkers`, which meet at `barrier` after every step.
///
/// ```
/// use parallax_pattern::team;
/// use std::sync::Barrier;
///
/// let mut parts = [[1, 2], [3, 4]];
/// let doubling = parts.iter_mut().map(|part| move |_| part.iter_mut().for_each(|x| *x *= 2));
/// team::in_step(Barrier::new(2), 3, doubling)?;
/// assert_eq!(parts, [[8, 16], [24, 32]]);
/// # Ok::<(), parallax_pattern::No>(())
/// ```
///
/// # Errors
///
/// As [`run`]; each thread that was started ends after its first step.
///
/// # Panics
///
/// As [`run`]; the other threads make all their steps.
pub fn in_step<M: Meet + Send, W: FnMut(usize) + Send>(
    barrier: M,
    steps: usize,
    walkers: impl IntoIterator<Item = W>,
) -> Answer<()> {
    let lockstep = &Lockstep::announced(barrier, steps);
    let jobs = walkers.into_iter().map(|walker| move || lockstep.walk(walker));
    run_and_say(jobs, |all_here| lockstep.begin(all_here)).map(drop)
}

/// [`run`], which says whether all threads have been started before it waits for one.
fn run_and_say<A: Send, J: FnOnce() -> A + Send>(
    jobs: impl IntoIterator<Item = J>,
    say: impl FnOnce(bool),
) -> Answer<Vec<A>> {
    thread::scope(|s| {
        let (mut threads, mut failure) = (Vec::new(), None);
        let within = Within::here(); // nothing, outside of any pool
        for job in jobs {
            let within = within.clone();
            match Builder::new().spawn_scoped(s, move || within.run(job)) {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    failure = Some(not_started(&error));
                    break;
                }
            }
        }
        say(failure.is_none());
        // All are waited for: where some are missing, the others may well fail, and nobody is told of that.
        let results: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
        match failure {
            Some(no) => Err(no),
            None => Ok(results
                .into_iter()
                .map(|result| result.unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()),
        }
    })
}

/// What is said where the system starts no more threads.
pub fn not_started(error: &io::Error) -> No {
    No::Unavailable(format!("no thread can be started: {error}; take fewer --workers, or raise `ulimit -u`"))
}

/// Starts as many threads as a library is going to start, all at once, and ends them: some libraries panic or wait for
/// ever where they get only some.
///
/// # Errors
///
/// [`No::Unavailable`] if `count` threads cannot be started.
pub fn available(count: usize) -> Answer<()> {
    let (gate, mut outcome) = (RwLock::new(()), Ok(()));
    let tried: Vec<Pid> = thread::scope(|scope| {
        let closed = gate.write().unwrap_or_else(PoisonError::into_inner); // until all of them are there
        let mut threads = Vec::new();
        while threads.len() < count {
            let wait = || {
                drop(gate.read());
                gettid()
            };
            match Builder::new().spawn_scoped(scope, wait) {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    outcome = Err(few(threads.len(), count, &error));
                    break;
                }
            }
        }
        drop(closed);
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    wait_until_gone(&tried);
    outcome
}

/// A thread that was joined still counts for a moment, as one too many for those that come next.
fn wait_until_gone(threads: &[Pid]) {
    let mut looks = 0..10_000; // a second, though the kernel needs some microseconds
    for thread in threads {
        let entry = format!("/proc/self/task/{}", thread.as_raw_nonzero());
        while Path::new(&entry).exists() && looks.next().is_some() {
            thread::sleep(Duration::from_micros(100));
        }
    }
}

/// What is said where only some of the threads could be started.
pub fn few(started: usize, count: usize, error: &io::Error) -> No {
    No::Unavailable(format!(
        "only {started} of {count} threads could be started ({error}): fewer --workers, or raise ulimit -u"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_team_works_for_is_known_to_its_threads() {
        let pool = 1u8;
        let inside = || Within::enter(&pool).is_none();
        assert_eq!(run([inside, inside]).unwrap(), [false, false]);
        let within = Within::enter(&pool).unwrap();
        assert_eq!(within.run(|| run([inside, inside])).unwrap(), [true, true]);
    }

    #[test]
    #[should_panic(expected = "the second")]
    fn a_panic_goes_on_in_the_caller() {
        let job = |k| move || assert!(k != 2, "the second");
        let _ = run([1, 2, 3].map(job));
    }
}
