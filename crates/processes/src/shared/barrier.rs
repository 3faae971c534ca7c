//! A barrier across processes: no member passes before all have arrived, or waits for one that has died.
//!
//! One counter of arrivals, and one word for the round that all wait on: the last member to arrive resets the
//! counter and then advances the round, so the barrier can be reused immediately. The lowest bit of the round
//! is the "sense" of the sense-reversing barrier (Mellor-Crummey and Scott, 1991); because rounds are counted,
//! it is the same for all, and no member keeps its own sense.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::time::Duration;

use bytemuck::Zeroable;
use serde::{Deserialize, Serialize};

use super::memory::Words;
use super::owner::Owner;
use super::region::{Header, Region, Use};
use super::waiting::WaitQueue;
use crate::error::Error;

/// Set in the round once the barrier is given up; it is never cleared.
const POISON: u32 = 1 << 31;

/// A barrier for a fixed number of members, each in any process.
///
/// ```
/// use parallax_processes::{Pool, shared::Barrier};
///
/// fn step(barrier: Barrier) -> u32 {
///     let mut member = barrier.join().unwrap();
///     (0..1000).filter(|_| member.wait().unwrap()).count() as u32
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     parallax_processes::init();
///     let pool = Pool::builder().workers(2).build()?;
///     let barrier = Barrier::new(2)?;
///     let led = pool.broadcast(step, |_| barrier.clone())?;
///     assert_eq!(led.iter().sum::<u32>(), 1000); // one of the two is the leader of each round
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Barrier {
    region: Region,
}

/// A member of a [`Barrier`]. If a panic drops it, the barrier is given up for all.
#[derive(Debug)]
pub struct Member {
    barrier: Barrier,
    place: usize,
    /// How many members must have left before this member's set can use the barrier.
    before: u64,
    timeout: Option<Duration>,
}

#[derive(Zeroable)]
#[repr(C)]
struct Control {
    header: Header,
    /// Members that ever joined, and that left again.
    joined: AtomicU64,
    left: AtomicU64,
    members: AtomicU32,
    arrived: AtomicU32,
    /// On a cache line of its own, since all members spin on it.
    round: Round,
    sleepers: AtomicU32,
}

#[derive(Zeroable)]
#[repr(C, align(64))]
struct Round(AtomicU32);

#[derive(Zeroable)]
#[repr(C)]
struct Place(AtomicU64);

impl Words for Control {}
impl Words for Place {}

impl Barrier {
    /// A barrier that opens each time `members` members have arrived.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for no members, [`Error::Memory`].
    pub fn new(members: usize) -> Result<Self, Error> {
        let count = u32::try_from(members).ok().filter(|count| (1..POISON).contains(count));
        let count = count.ok_or(Error::Shape("a barrier needs at least one member"))?;
        let region = Region::create(Use::Barrier, size_of::<Control>() + members * size_of::<Place>())?;
        region.memory().words::<Control>().members.store(count, Relaxed); // sent to others only after this
        Ok(Self { region })
    }

    /// Takes a place, until the member is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyMembers`] if all places are taken, [`Error::PeerDied`] if the holder of one has died,
    /// [`Error::Memory`] if this process cannot look itself up.
    pub fn join(&self) -> Result<Member, Error> {
        let me = Owner::me().map_err(Error::Memory)?.word();
        // A place carries no other data.
        let take = |place: &Place| place.0.compare_exchange(0, me, Relaxed, Relaxed).is_ok();
        match self.places().iter().position(take) {
            Some(place) => {
                let before = self.control().joined.fetch_add(1, Relaxed); // only numbers the members
                let before = before - before % self.places().len() as u64;
                Ok(Member { barrier: self.clone(), place, before, timeout: None })
            }
            None => {
                // It is unknown whether the dead member had arrived in the current round, so its place cannot
                // be taken.
                self.check_peers()?;
                Err(Error::TooManyMembers(self.places().len()))
            }
        }
    }

    /// Gives the barrier up: members that wait now or later get [`Error::Poisoned`].
    pub fn poison(&self) {
        self.control().round.0.fetch_or(POISON, Release); // pairs with the load in `Member::passed`
        self.queue().wake();
    }

    /// Whether it was given up.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.control().round.0.load(Acquire) & POISON != 0
    }

    fn control(&self) -> &Control {
        self.region.memory().words()
    }

    fn places(&self) -> &[Place] {
        self.region.memory().row(size_of::<Control>(), self.control().members.load(Relaxed) as usize)
    }

    fn queue(&self) -> WaitQueue<'_> {
        let control = self.control();
        WaitQueue { word: &control.round.0, sleepers: &control.sleepers }
    }

    /// Whether a member has died.
    fn check_peers(&self) -> Result<(), Error> {
        let owners = self.places().iter().filter_map(|place| Owner::from_word(place.0.load(Relaxed)));
        match owners.into_iter().find(|owner| owner.has_died()) {
            Some(dead) => Err(Error::PeerDied(dead.pid())),
            None => Ok(()),
        }
    }
}

impl Member {
    /// Waits until all members have arrived; `true` for one of them in each round.
    ///
    /// All members that pass see what each wrote to shared memory before it arrived.
    /// Spins for a moment, then sleeps.
    ///
    /// # Errors
    ///
    /// [`Error::PeerDied`] or [`Error::Poisoned`] if not all will arrive; the barrier is unusable
    /// after that. [`Error::PeerLate`] also gives it up: this member has arrived, and cannot undo
    /// that.
    pub fn wait(&mut self) -> Result<bool, Error> {
        let control = self.barrier.control();
        let round = control.round.0.load(Relaxed); // it cannot advance before this member arrives
        if round & POISON != 0 {
            return Err(Error::Poisoned);
        }
        // Each arrival passes on what those before it wrote; the last arrival passes it all on with the round.
        if control.arrived.fetch_add(1, AcqRel) + 1 == control.members.load(Relaxed) {
            control.arrived.store(0, Relaxed); // seen by all that see the next round
            let next = (round + 1) & !POISON;
            // pairs with the load in `passed`; fails only if a member gave up meanwhile
            let opened = control.round.0.compare_exchange(round, next, Release, Relaxed);
            self.barrier.queue().wake();
            return opened.map(|_| true).map_err(|_| Error::Poisoned);
        }
        let result = self.barrier.queue().wait(self.timeout, || self.passed(round), || self.check_peers());
        if result.is_err() {
            self.barrier.poison();
        }
        result?.map(|()| false)
    }

    /// How long [`wait`](Self::wait) waits at most; forever by default. Only this notices a member that never
    /// joins, since its death cannot be seen.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    fn check_peers(&self) -> Result<(), Error> {
        // Members join in sets: once one of this set and all earlier sets have left, the rest of this set would
        // wait forever.
        if self.barrier.control().left.load(Acquire) > self.before {
            return Err(Error::MemberLeft); // pairs with the count of a member that left, having passed what it could
        }
        self.barrier.check_peers()
    }

    fn passed(&self, round: u32) -> Option<Result<(), Error>> {
        let now = self.barrier.control().round.0.load(Acquire); // pairs with the last member's exchange
        if now == round {
            None
        } else if now & !POISON == round {
            Some(Err(Error::Poisoned))
        } else {
            Some(Ok(()))
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.barrier.poison();
        }
        self.barrier.control().left.fetch_add(1, Release); // pairs with the load in `check_peers`
        self.barrier.places()[self.place].0.store(0, Relaxed); // a place carries no other data
    }
}

#[cfg(test)]
mod tests;
