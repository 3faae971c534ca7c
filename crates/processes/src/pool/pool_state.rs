//! Workers are lease: whoever has one owns it, so no lock is held and no thread stands between while it works.
//!
//! multiprocessing.Pool moves every task through a queue and two helper threads; here the calling thread
//! itself writes to the worker and reads from it. A slot without work goes to whoever has waited longest, so
//! that a long map cannot starve another thread.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::event::{EventfdFlags, eventfd};

use crate::error::Error;
use crate::worker::plan::Plan;
use crate::worker::process::{EXIT_LIMIT, Worker};

/// A place for a worker; empty while its last one died and no new one could be started.
#[derive(Debug)]
struct Slot {
    number: usize,
    worker: Option<Worker>,
}

/// A worker on loan. Dropping it, also while unwinding, brings it back.
#[derive(Debug)]
pub(crate) struct Lease<'p> {
    state: &'p PoolState,
    slot: Option<Slot>,
}

/// All slots of a pool that are not lease, and who waits for one.
#[derive(Debug)]
pub(crate) struct PoolState {
    pub(crate) plan: Plan,
    /// By slot; 0 for an empty one. For people to look at, so its order with other memory does not matter.
    pids: Vec<AtomicU32>,
    state: Mutex<State>,
    /// Whether a worker that is lost is replaced at once: not while the pool is being built or dropped.
    open: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// The last one back is the first to go: its caches are warm, and it may still be looking for work.
    idle: Vec<Slot>,
    waiting: VecDeque<Arc<Waiter>>,
}

/// Where a slot is left for somebody who waits for one, and a bell to ring.
#[derive(Debug)]
pub(crate) struct Waiter {
    slots: Mutex<Vec<Slot>>,
    bell: OwnedFd,
}

impl PoolState {
    /// Starts as many workers as there are slots, without waiting for them.
    pub(crate) fn new(plan: Plan, workers: usize) -> Result<Self, Error> {
        let pids = (0..workers).map(|_| AtomicU32::new(0)).collect();
        let state = Self { plan, pids, state: Mutex::default(), open: AtomicBool::new(false) };
        for number in (0..workers).rev() {
            let mut slot = Slot { number, worker: None };
            state.ensure_running(&mut slot)?;
            state.state().idle.push(slot);
        }
        Ok(state)
    }

    pub(crate) fn slots(&self) -> usize {
        self.pids.len()
    }

    pub(crate) fn pids(&self) -> Vec<u32> {
        self.pids.iter().map(|pid| pid.load(Relaxed)).filter(|pid| *pid != 0).collect()
    }

    /// A worker, if one is idle.
    pub(crate) fn take(&self) -> Result<Option<Lease<'_>>, Error> {
        let slot = self.state().idle.pop();
        slot.map(|slot| self.lease(slot)).transpose()
    }

    /// A worker if one is idle; otherwise one will be left in the waiter.
    pub(crate) fn take_or_wait(&self, waiter: &Arc<Waiter>) -> Result<Option<Lease<'_>>, Error> {
        let slot = {
            let mut state = self.state();
            let slot = state.idle.pop();
            if slot.is_none() {
                state.waiting.push_back(Arc::clone(waiter));
            }
            slot
        };
        slot.map(|slot| self.lease(slot)).transpose()
    }

    /// A worker that was left in the waiter.
    pub(crate) fn take_from(&self, waiter: &Waiter) -> Result<Option<Lease<'_>>, Error> {
        let slot = waiter.slots().pop();
        slot.map(|slot| self.lease(slot)).transpose()
    }

    /// Nobody will look into the waiter any more.
    pub(crate) fn withdraw(&self, waiter: &Arc<Waiter>) {
        self.state().waiting.retain(|other| !Arc::ptr_eq(other, waiter));
        for slot in std::mem::take(&mut *waiter.slots()) {
            self.hand_on(slot);
        }
    }

    /// From here on workers that are lost are replaced, or not.
    pub(crate) fn set_open(&self, open: bool) {
        self.open.store(open, Relaxed); // a worker started just before closing is ended like any other
    }

    /// Ends all workers that are home.
    pub(crate) fn stop_idle(&self) {
        let mut slots = std::mem::take(&mut self.state().idle);
        let mut workers: Vec<&mut Worker> =
            slots.iter_mut().filter_map(|slot| slot.worker.as_mut()).collect();
        workers.iter_mut().for_each(|worker| worker.close_input());
        for worker in workers {
            worker.wait_or_kill(EXIT_LIMIT);
        }
    }

    fn lease(&self, slot: Slot) -> Result<Lease<'_>, Error> {
        let mut lease = Lease { state: self, slot: Some(slot) };
        lease.ensure_running()?;
        Ok(lease)
    }

    fn hand_on(&self, slot: Slot) {
        let mut state = self.state();
        match state.waiting.pop_front() {
            Some(waiter) => waiter.leave(slot),
            None => state.idle.push(slot),
        }
    }

    /// Makes sure that a worker sits there.
    fn ensure_running(&self, slot: &mut Slot) -> Result<(), Error> {
        if slot.worker.is_none() {
            self.pids[slot.number].store(0, Relaxed);
            let worker = Worker::start(&self.plan)?;
            self.pids[slot.number].store(worker.pid(), Relaxed);
            slot.worker = Some(worker);
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease<'_> {
    /// The worker.
    ///
    /// # Panics
    ///
    /// If it was [lost](Self::lose).
    pub(crate) fn worker(&mut self) -> &mut Worker {
        self.slot.as_mut().and_then(|slot| slot.worker.as_mut()).expect("who is on loan is there")
    }

    /// As [`worker`](Self::worker), to look at.
    pub(crate) fn peek(&self) -> &Worker {
        self.slot.as_ref().and_then(|slot| slot.worker.as_ref()).expect("who is on loan is there")
    }

    /// Ends the worker; its place is filled again at the latest when it is lease again.
    pub(crate) fn lose(&mut self) {
        if let Some(slot) = &mut self.slot {
            slot.worker = None;
        }
    }

    /// Fills the place again.
    pub(crate) fn ensure_running(&mut self) -> Result<(), Error> {
        self.slot.as_mut().map_or(Ok(()), |slot| self.state.ensure_running(slot))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(mut slot) = self.slot.take() {
            if self.state.open.load(Relaxed) {
                // If no process can be started now, whoever gets the slot tries again, and learns why not.
                let _ = self.state.ensure_running(&mut slot);
            }
            self.state.hand_on(slot);
        }
    }
}

impl Waiter {
    pub(crate) fn new() -> io::Result<Self> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { slots: Mutex::default(), bell })
    }

    /// Readable once it has rung.
    pub(crate) fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    pub(crate) fn ring(&self) {
        // It fails only if it has been rung 2^64 times and nobody came.
        let _ = rustix::io::write(&self.bell, &1u64.to_ne_bytes());
    }

    /// Whether it has rung since the last time.
    pub(crate) fn silence(&self) -> bool {
        rustix::io::read(&self.bell, &mut [0; 8]).is_ok()
    }

    fn leave(&self, slot: Slot) {
        self.slots().push(slot);
        self.ring();
    }

    fn slots(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
