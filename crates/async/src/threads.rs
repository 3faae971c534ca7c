//! Whether threads are to be had: tokio panics or waits for ever where it gets only some, so it is tried before.

use parallax_suite::question::{Answer, No};
use rustix::thread::{Pid, gettid};
use std::io;
use std::path::Path;
use std::sync::{PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Starts as many threads as a technique is going to start, all at once, and ends them.
pub(crate) fn available(count: usize) -> Answer<()> {
    let (gate, mut outcome) = (RwLock::new(()), Ok(()));
    let tried: Vec<Pid> = thread::scope(|scope| {
        let closed = gate.write().unwrap_or_else(PoisonError::into_inner); // until all of them are there
        let mut threads = Vec::new();
        while threads.len() < count {
            let wait = || {
                drop(gate.read());
                gettid()
            };
            match thread::Builder::new().spawn_scoped(scope, wait) {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    outcome = Err(refused(threads.len(), count, &error));
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
pub(crate) fn refused(started: usize, count: usize, error: &io::Error) -> No {
    No::Unavailable(format!(
        "only {started} of {count} threads could be started ({error}): fewer --workers, or raise ulimit -u"
    ))
}

/// Waits until threads have ended, but for the calling one if it is among them: a task may be the last that
/// holds what runs it.
pub(crate) fn join_others(threads: impl Iterator<Item = JoinHandle<()>>) {
    let others = threads.filter(|thread| thread.thread().id() != thread::current().id());
    others.for_each(|thread| drop(thread.join()));
}
