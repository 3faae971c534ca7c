//! The idle workers of a pool, and the calls that wait for one. A worker is leased: its holder owns it, so it
//! works without a lock and without a thread in between.
//!
//! multiprocessing.Pool moves every task through a queue and two helper threads; here the calling thread
//! itself writes to the worker and reads from it. An idle worker goes to the caller that has waited longest,
//! so that a long map cannot starve another thread.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::Error;
use crate::pool::running_calls::RunningCalls;
use crate::pool::waiter::Waiter;
use crate::worker::plan::Plan;
use crate::worker::process::{EXIT_LIMIT, Worker};

/// A place for a worker; empty while the last one has died and no new one could be started.
#[derive(Debug)]
pub(crate) struct Slot {
    number: usize,
    worker: Option<Worker>,
    /// The number of tasks that this worker has received.
    tasks: usize,
}

/// A leased worker. Dropping the lease, also while unwinding, gives the worker back.
#[derive(Debug)]
pub(crate) struct Lease<'p> {
    state: &'p PoolState,
    slot: Option<Slot>,
}

/// All workers of a pool that are not leased, and the calls that wait for one.
#[derive(Debug)]
pub(crate) struct PoolState {
    pub(crate) plan: Plan,
    pub(crate) calls: RunningCalls,
    /// By slot; 0 for an empty one. Only shown to people, so its order with other memory does not matter.
    pids: Vec<AtomicU32>,
    idle: Mutex<Idle>,
    /// Whether a worker that ends is replaced immediately: not while the pool is being built, closed or dropped.
    replaces: AtomicBool,
}

#[derive(Debug, Default)]
struct Idle {
    /// The last worker to come back is the first to go: its caches are warm, and it may still be spinning.
    slots: Vec<Slot>,
    waiting: VecDeque<Arc<Waiter>>,
}

impl PoolState {
    /// Starts the workers, without waiting for them.
    pub(crate) fn new(plan: Plan, workers: usize) -> Result<Self, Error> {
        let state = Self {
            plan,
            calls: RunningCalls::default(),
            pids: (0..workers).map(|_| AtomicU32::new(0)).collect(),
            idle: Mutex::default(),
            replaces: AtomicBool::new(false),
        };
        for number in (0..workers).rev() {
            let mut slot = Slot { number, worker: None, tasks: 0 };
            state.ensure_running(&mut slot)?;
            state.idle().slots.push(slot);
        }
        Ok(state)
    }

    pub(crate) fn workers(&self) -> usize {
        self.pids.len()
    }

    pub(crate) fn pids(&self) -> Vec<u32> {
        self.pids.iter().map(|pid| pid.load(Relaxed)).filter(|pid| *pid != 0).collect()
    }

    /// A worker, if one is idle.
    pub(crate) fn take(&self) -> Result<Option<Lease<'_>>, Error> {
        let slot = self.idle().slots.pop();
        slot.map(|slot| self.lease(slot)).transpose()
    }

    /// A worker if one is idle; otherwise the waiter will get one later.
    pub(crate) fn take_or_wait(&self, waiter: &Arc<Waiter>) -> Result<Option<Lease<'_>>, Error> {
        let slot = {
            let mut idle = self.idle();
            let slot = idle.slots.pop();
            if slot.is_none() {
                idle.waiting.push_back(Arc::clone(waiter));
            }
            slot
        };
        slot.map(|slot| self.lease(slot)).transpose()
    }

    /// A worker that the waiter was given.
    pub(crate) fn take_from(&self, waiter: &Waiter) -> Result<Option<Lease<'_>>, Error> {
        waiter.take().map(|slot| self.lease(slot)).transpose()
    }

    /// The waiter needs no more workers; those it was given go to others.
    pub(crate) fn stop_waiting(&self, waiter: &Arc<Waiter>) {
        self.idle().waiting.retain(|other| !Arc::ptr_eq(other, waiter));
        std::iter::from_fn(|| waiter.take()).for_each(|slot| self.hand_over(slot));
    }

    /// Sets whether workers that end from now on are replaced.
    pub(crate) fn set_replacing(&self, replaces: bool) {
        self.replaces.store(replaces, Relaxed); // a worker started just before the end is ended like any other
    }

    /// Ends all idle workers; one that takes longer than the limit to end is killed.
    pub(crate) fn stop_idle(&self, limit: Duration) {
        let mut slots = std::mem::take(&mut self.idle().slots);
        for worker in slots.iter_mut().filter_map(|slot| slot.worker.as_mut()) {
            worker.close_input();
        }
        for Slot { number, worker, .. } in slots {
            worker.map(|mut worker| worker.wait_or_kill(limit));
            self.pids[number].store(0, Relaxed);
        }
    }

    fn lease(&self, slot: Slot) -> Result<Lease<'_>, Error> {
        let mut lease = Lease { state: self, slot: Some(slot) };
        lease.ensure_running()?;
        Ok(lease)
    }

    fn hand_over(&self, slot: Slot) {
        let mut idle = self.idle();
        match idle.waiting.pop_front() {
            Some(waiter) => waiter.give(slot),
            None => idle.slots.push(slot),
        }
    }

    /// Starts a worker in an empty slot.
    fn ensure_running(&self, slot: &mut Slot) -> Result<(), Error> {
        if slot.worker.is_none() {
            self.pids[slot.number].store(0, Relaxed);
            let worker = Worker::start(&self.plan)?;
            self.pids[slot.number].store(worker.pid(), Relaxed);
            (slot.worker, slot.tasks) = (Some(worker), 0);
        }
        Ok(())
    }

    /// Ends an idle worker that has run its share of tasks, before its successor takes memory.
    fn retire(&self, slot: &mut Slot) {
        if self.plan.tasks_per_worker.is_some_and(|most| slot.tasks >= most)
            && let Some(mut worker) = slot.worker.take()
        {
            worker.close_input();
            worker.wait_or_kill(EXIT_LIMIT);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease<'_> {
    /// The worker.
    ///
    /// # Panics
    ///
    /// If it was [discarded](Self::discard).
    pub(crate) fn worker(&mut self) -> &mut Worker {
        self.slot.as_mut().and_then(|slot| slot.worker.as_mut()).expect("a leased worker is there")
    }

    /// As [`worker`](Self::worker), read-only.
    pub(crate) fn peek(&self) -> &Worker {
        self.slot.as_ref().and_then(|slot| slot.worker.as_ref()).expect("a leased worker is there")
    }

    /// Counts tasks that the worker is given, except those that check that a new pool is ready.
    pub(crate) fn count(&mut self, tasks: usize) {
        if let Some(slot) = self.slot.as_mut().filter(|_| self.state.replaces.load(Relaxed)) {
            slot.tasks = slot.tasks.saturating_add(tasks);
        }
    }

    /// Kills the worker; its slot is filled again at the latest when it is next leased.
    pub(crate) fn discard(&mut self) {
        if let Some(slot) = &mut self.slot {
            slot.worker = None;
        }
    }

    /// Fills the slot again.
    pub(crate) fn ensure_running(&mut self) -> Result<(), Error> {
        self.slot.as_mut().map_or(Ok(()), |slot| self.state.ensure_running(slot))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(mut slot) = self.slot.take() {
            if self.state.replaces.load(Relaxed) {
                self.state.retire(&mut slot);
                // If no process can be started now, the next call that gets the slot tries again, and reports
                // why it failed.
                let _ = self.state.ensure_running(&mut slot);
            }
            self.state.hand_over(slot);
        }
    }
}
