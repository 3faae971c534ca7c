//! Keeps the workers running: one that has ended is replaced, and the others take over its jobs.

#![expect(clippy::disallowed_methods, reason = "whether a worker ended early, not a technique's time")]

use crate::Error;
use crate::worker::{ROLE, Start};
use parallax_distributed::{Hosts, Members};
use parallax_processes::Death;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The time between two checks of the workers.
const ROUND: Duration = Duration::from_millis(20);
/// A worker that ends sooner has not begun its work.
const EARLY: Duration = Duration::from_secs(1);
/// After this many early ends in a row no more workers are started.
const TRIES: u32 = 5;

/// The workers of one client, which end with it.
pub(crate) struct Supervisor {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    start: Start,
    slots: Mutex<Vec<Slot>>,
    closed: AtomicBool,
}

/// The place of one worker.
struct Slot {
    hosts: Hosts,
    worker: Option<Members>,
    since: Instant,
    early_ends: u32,
    failure: Option<String>,
}

impl Supervisor {
    /// Starts a worker on each of the hosts; when it returns, all are ready.
    pub(crate) fn start(hosts: Vec<Hosts>, start: Start) -> Result<Self, Error> {
        let slot = |hosts: Hosts| {
            let worker = Some(start_worker(&hosts, &start)?);
            Ok(Slot { hosts, worker, since: Instant::now(), early_ends: 0, failure: None })
        };
        let slots = hosts.into_iter().map(slot).collect::<Result<_, Error>>()?;
        let shared = Arc::new(Shared { start, slots: Mutex::new(slots), closed: AtomicBool::new(false) });
        let watched = Arc::clone(&shared);
        let thread = thread::Builder::new().name("jobs supervisor".to_owned());
        let thread = thread.spawn(move || watched.watch());
        let thread = thread.map_err(|why| Error::NoWorkers(format!("no thread can be started: {why}")))?;
        Ok(Supervisor { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Checks that a worker is there, or that none was requested.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let slots = self.shared.slots();
        match slots.iter().map(|slot| slot.failure.as_ref()).collect::<Option<Vec<_>>>() {
            Some(failures) if !failures.is_empty() => Err(Error::NoWorkers(failures[0].clone())),
            _ => Ok(()),
        }
    }

    /// The processes that were started here for the workers.
    pub(crate) fn ids(&self) -> Vec<u32> {
        self.shared.slots().iter().filter_map(|slot| slot.worker.as_ref()).flat_map(Members::ids).collect()
    }
}

impl Supervisor {
    /// Ends the workers, and waits until they have ended.
    pub(crate) fn close(&self) {
        self.shared.closed.store(true, Relaxed);
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
        self.shared.slots().clear(); // closes the workers' inputs
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn slots(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self) {
        while !self.closed.load(Relaxed) {
            for slot in self.slots().iter_mut() {
                slot.look_after(&self.start);
            }
            thread::sleep(ROUND);
        }
    }
}

impl Slot {
    fn look_after(&mut self, start: &Start) {
        let Some(worker) = &mut self.worker else { return };
        let Err(why) = worker.check() else { return };
        // the death of a killed worker says nothing about the next one
        let gave_up = matches!(&why, parallax_distributed::Error::Lost { death: Death::Exited(_), .. });
        self.early_ends = if gave_up && self.since.elapsed() < EARLY { self.early_ends + 1 } else { 0 };
        self.since = Instant::now();
        if self.early_ends >= TRIES {
            self.worker = None;
            self.failure =
                Some(format!("{TRIES} workers ended as soon as they were started, the last one: {why}"));
            return;
        }
        match start_worker(&self.hosts, start) {
            Ok(worker) => self.worker = Some(worker),
            Err(why) => (self.worker, self.failure) = (None, Some(why.to_string())),
        }
    }
}

fn start_worker(hosts: &Hosts, start: &Start) -> Result<Members, Error> {
    Ok(Members::start(ROLE, hosts, |_| start.clone())?)
}
