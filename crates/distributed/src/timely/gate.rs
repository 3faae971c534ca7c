//! A gate through which the workers of a process leave when another process is lost.
//!
//! Timely's threads for connections panic when one ends, and then all threads that share a queue with them panic too.
//! Here they first wait until the workers have left, so that no thread shares a queue any more, and then end silently.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Thread;
use std::time::Duration;

/// The workers that are still at work in this process.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    closed: AtomicBool,
    inside: Mutex<Inside>,
    changed: Condvar,
    /// For each process, how often a message came from it, or its workers took a turn.
    heard: Vec<AtomicU64>,
}

#[derive(Debug, Default)]
struct Inside {
    workers: Vec<Thread>,
    links: usize,
    loss: Option<Loss>,
}

/// Why the gate was closed.
#[derive(Debug, Clone)]
pub(crate) struct Loss {
    /// The number of the process, if a process was lost.
    pub(crate) process: Option<usize>,
    /// What this process observed.
    pub(crate) words: String,
}

impl Gate {
    pub(crate) fn new(processes: usize) -> Self {
        Gate { heard: (0..processes).map(|_| AtomicU64::new(0)).collect(), ..Gate::default() }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Relaxed) // the loss itself is read under the lock
    }

    /// Makes all workers leave. The first loss counts; without one, the close was intended.
    pub(crate) fn close(&self, loss: Option<Loss>) {
        let mut inside = self.inside();
        if !self.closed.swap(true, Relaxed) {
            inside.loss = loss;
        }
        inside.workers.iter().for_each(Thread::unpark);
        drop(inside);
        self.changed.notify_all();
    }

    pub(crate) fn loss(&self) -> Option<Loss> {
        self.inside().loss.clone()
    }

    /// A worker enters; it leaves when the returned guard is dropped.
    pub(crate) fn enter(&self, worker: Thread) -> impl Drop + '_ {
        let id = worker.id();
        self.inside().workers.push(worker);
        Leave(move || self.change(|inside| inside.workers.retain(|worker| worker.id() != id)))
    }

    pub(crate) fn add_link(&self) {
        self.inside().links += 1;
    }

    pub(crate) fn drop_link(&self) {
        self.change(|inside| inside.links -= 1);
    }

    fn change(&self, change: impl FnOnce(&mut Inside)) {
        change(&mut self.inside());
        self.changed.notify_all();
    }

    /// Waits until no worker is inside.
    pub(crate) fn wait_for_workers(&self) {
        let inside = self.inside();
        let still = |inside: &mut Inside| !inside.workers.is_empty();
        drop(self.changed.wait_while(inside, still).unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits until the threads of this cluster have ended, or the limit is over.
    pub(crate) fn wait_for_all(&self, limit: Duration) {
        let inside = self.inside();
        let still = |inside: &mut Inside| !inside.workers.is_empty() || inside.links > 0;
        drop(self.changed.wait_timeout_while(inside, limit, still).unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits until the gate is closed.
    pub(crate) fn wait_until_closed(&self) {
        let inside = self.inside();
        let open = |_: &mut Inside| !self.is_closed();
        drop(self.changed.wait_while(inside, open).unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn hear(&self, process: usize) {
        self.heard[process].fetch_add(1, Relaxed); // a count, which publishes no other data
    }

    /// How often each process was heard from.
    pub(crate) fn heard(&self) -> Vec<u64> {
        self.heard.iter().map(|heard| heard.load(Relaxed)).collect()
    }
}

struct Leave<F: FnMut()>(F);

impl<F: FnMut()> Drop for Leave<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
