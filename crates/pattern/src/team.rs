//! A team of threads that run jobs in parallel, one of them on the calling thread.
//!
//! If a thread cannot be started, the call returns an error instead of waiting for it.

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

/// Runs each job in its own thread, and returns their results, in their order. The last job runs on the calling thread,
/// which would otherwise sleep until the others have ended: so one thread fewer is started, and one job needs none.
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
/// first, and the remaining jobs are dropped. So a job may wait only for the caller, or for another job's end.
///
/// # Panics
///
/// If a job panics, with its panic, when all have ended.
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

/// As [`run`], but calls `say` with whether all threads have been started before it waits for one.
fn run_and_say<A: Send, J: FnOnce() -> A + Send>(
    jobs: impl IntoIterator<Item = J>,
    say: impl FnOnce(bool),
) -> Answer<Vec<A>> {
    thread::scope(|s| {
        let mut threads = Vec::new();
        let within = Within::here(); // nothing, outside of any pool
        let own = start_all_but_the_last(jobs, |job| {
            let within = within.clone();
            threads.push(Builder::new().spawn_scoped(s, move || within.run(job))?);
            Ok(())
        });
        say(own.is_ok());
        // If it panics, the scope waits for the others before the panic propagates.
        let own = own.map(|job| job.map(|job| job()));
        // All are joined: where some threads are missing, the others may well panic, and that is not reported.
        let results: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
        let own = own.map_err(|error| not_started(&error))?;
        let others = results.into_iter().map(|result| result.unwrap_or_else(|panic| resume_unwind(panic)));
        Ok(others.chain(own).collect())
    })
}

/// Starts the jobs in their order, and returns the last; if one cannot be started, the remaining ones are dropped.
fn start_all_but_the_last<J>(
    jobs: impl IntoIterator<Item = J>,
    mut start: impl FnMut(J) -> io::Result<()>,
) -> io::Result<Option<J>> {
    let mut last = None;
    for job in jobs {
        last.replace(job).map_or(Ok(()), &mut start)?;
    }
    Ok(last)
}

/// The refusal where the system starts no more threads.
pub fn not_started(error: &io::Error) -> No {
    No::Unavailable(format!("no thread can be started: {error}; take fewer --workers, or raise `ulimit -u`"))
}

/// Checks that `count` threads can run at the same time, by starting and ending them: some libraries panic or wait
/// forever if they get fewer.
///
/// # Errors
///
/// [`No::Unavailable`] if `count` threads cannot be started.
pub fn available(count: usize) -> Answer<()> {
    let (gate, mut outcome) = (RwLock::new(()), Ok(()));
    let tried: Vec<Pid> = thread::scope(|scope| {
        let closed = gate.write().unwrap_or_else(PoisonError::into_inner); // until all of them are started
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

/// Waits until the kernel has freed the threads: a joined one still counts against the limit for a moment.
fn wait_until_gone(threads: &[Pid]) {
    let mut looks = 0..10_000; // a second, though the kernel needs some microseconds
    for thread in threads {
        let entry = format!("/proc/self/task/{}", thread.as_raw_nonzero());
        while Path::new(&entry).exists() && looks.next().is_some() {
            thread::sleep(Duration::from_micros(100));
        }
    }
}

/// The refusal where only some of the threads could be started.
pub fn few(started: usize, count: usize, error: &io::Error) -> No {
    No::Unavailable(format!(
        "only {started} of {count} threads could be started ({error}): fewer --workers, or raise ulimit -u"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    #[test]
    fn what_a_team_works_for_is_known_to_its_threads() {
        let pool = 1u8;
        let inside = || Within::enter(&pool).is_none();
        assert_eq!(run([inside, inside]).unwrap(), [false, false]);
        let within = Within::enter(&pool).unwrap();
        assert_eq!(within.run(|| run([inside, inside])).unwrap(), [true, true]);
    }

    #[test]
    fn the_caller_does_the_last_job_and_each_other_has_a_thread() {
        let me = || thread::current().id();
        let all = run([me; 3]).unwrap();
        assert!(all[2] == me() && all[0] != all[1] && !all[..2].contains(&me()));
        assert_eq!(run([me]).unwrap(), [me()]);
        assert_eq!(run([me; 0]).unwrap(), []);
    }

    #[test]
    fn a_panic_of_the_callers_own_job_waits_for_the_others() {
        let ended = AtomicBool::new(false);
        let slow = || {
            thread::sleep(Duration::from_millis(20));
            ended.store(true, Relaxed);
        };
        let jobs: [&(dyn Fn() + Sync); 2] = [&slow, &|| resume_unwind(Box::new("on purpose"))];
        let panic = catch_unwind(AssertUnwindSafe(|| run(jobs))).unwrap_err();
        assert_eq!((panic.downcast_ref(), ended.load(Relaxed)), (Some(&"on purpose"), true));
    }

    #[test]
    fn where_a_thread_is_missing_the_jobs_that_are_left_are_dropped() {
        let mut started = Vec::new();
        let start = |job| {
            if started.len() == 2 {
                return Err(io::Error::other("no more"));
            }
            started.push(job);
            Ok(())
        };
        assert!(start_all_but_the_last(0..5, start).is_err());
        assert_eq!(started, [0, 1]);
    }

    #[test]
    #[should_panic(expected = "the second")]
    fn a_panic_goes_on_in_the_caller() {
        let job = |k| move || assert!(k != 2, "the second");
        let _ = run([1, 2, 3].map(job));
    }
}
