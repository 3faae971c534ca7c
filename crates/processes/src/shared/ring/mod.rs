//! A ring: one process writes at the tail, another reads at the head, and they share only these two counts.
//!
//! Lamport's queue (1977), with the usual three departures:
//! 1. head and tail are on separate cache lines, so that writer and reader do not steal them from each
//!    other;
//! 2. each side remembers the other's count, and looks again only when the ring seems full or empty, so that
//!    most messages touch only one line of the other side, the one they travel on (FastForward, MCRingBuffer);
//! 3. a side that finds it full or empty for long sleeps on a futex.

mod bytes;
mod receiver;
mod sender;

pub use receiver::Receiver;
pub use sender::Sender;

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU32, AtomicU64};

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::memory::Words;
use super::owner::Owner;
use super::region::{Header, Region, Use};
use super::waiting::WaitQueue;
use crate::error::Error;

/// The end was given back; no process has this number.
const CLOSED: u64 = u64::MAX;
const LARGEST: usize = 1 << 30;

/// A bounded channel between two processes, for messages of one size; with `T = u8` a pipe that never enters
/// the kernel while both sides keep up.
///
/// ```
/// use parallax_processes::{Pool, shared::Ring};
///
/// fn sum(numbers: Ring<u64>) -> u64 {
///     let mut receiver = numbers.receiver().unwrap();
///     std::iter::from_fn(|| receiver.recv().unwrap()).sum()
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     parallax_processes::init();
///     let pool = Pool::builder().workers(1).build()?;
///     let ring = Ring::new(1024)?;
///     let total = pool.apply_async(sum, ring.clone())?;
///     let mut sender = ring.sender()?;
///     for number in 0..10_000 {
///         sender.send(number)?;
///     }
///     drop(sender); // the end of the stream
///     assert_eq!(total.join()?, 49_995_000);
///     Ok(())
/// }
/// ```
pub struct Ring<T> {
    region: Region,
    elements: PhantomData<fn(T) -> T>,
}

/// Counts increase forever and wrap around; their difference is the number of messages in the ring.
#[derive(Zeroable)]
#[repr(C)]
struct Control {
    header: Header,
    capacity: AtomicU32,
    element_bytes: AtomicU64,
    sender: AtomicU64,
    receiver: AtomicU64,
    tail: Line,
    head: Line,
    /// Receivers that sleep until the tail moves.
    tail_sleepers: Line,
    /// Senders that sleep until the head moves.
    head_sleepers: Line,
}

/// A count on a pair of cache lines, which is what processors fetch ahead.
#[derive(Zeroable)]
#[repr(C, align(128))]
struct Line(AtomicU32);

impl Words for Control {}

impl<T: Pod> Ring<T> {
    /// A ring for at least `capacity` messages, rounded up to a power of two.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for a capacity of 0 or more than 2^30, or zero-sized messages; [`Error::Memory`].
    pub fn new(capacity: usize) -> Result<Self, Error> {
        let capacity = Some(capacity).filter(|capacity| (1..=LARGEST).contains(capacity));
        let capacity = capacity.ok_or(Error::Shape("a ring holds 1 to 2^30 messages"))?.next_power_of_two();
        if size_of::<T>() == 0 || align_of::<T>() > align_of::<Control>() {
            return Err(Error::Shape("messages need a size above zero, and an alignment of 128 at most"));
        }
        let bytes =
            capacity.checked_mul(size_of::<T>()).and_then(|bytes| bytes.checked_add(size_of::<Control>()));
        let region = Region::create(Use::Ring, bytes.ok_or(Error::Shape("the messages are too large"))?)?;
        let control = region.memory().words::<Control>();
        // Others get the region only after this.
        control.capacity.store(capacity as u32, Relaxed);
        control.element_bytes.store(size_of::<T>() as u64, Relaxed);
        Ok(Self { region, elements: PhantomData })
    }

    /// Takes the writing end for this process; once only, among all processes.
    ///
    /// # Errors
    ///
    /// [`Error::EndTaken`], [`Error::Memory`] if this process cannot look itself up.
    pub fn sender(&self) -> Result<Sender<T>, Error> {
        take(&self.control().sender)?;
        Ok(Sender::new(self.clone()))
    }

    /// Takes the reading end for this process; once only, among all processes.
    ///
    /// # Errors
    ///
    /// [`Error::EndTaken`], [`Error::Memory`] if this process cannot look itself up.
    pub fn receiver(&self) -> Result<Receiver<T>, Error> {
        take(&self.control().receiver)?;
        Ok(Receiver::new(self.clone()))
    }

    /// Where message number `count` is, and how many places follow before the memory ends and the ring goes on
    /// at its start.
    #[inline]
    fn place(&self, count: u32) -> (*mut T, usize) {
        let capacity = self.capacity();
        let at = (count & (capacity - 1)) as usize;
        let place = self.region.memory().elements(size_of::<Control>(), at..capacity as usize);
        (place, capacity as usize - at)
    }
}

impl<T> Ring<T> {
    /// How many messages it holds.
    #[must_use]
    #[inline]
    pub fn capacity(&self) -> u32 {
        self.control().capacity.load(Relaxed) // never changes
    }

    #[inline]
    fn control(&self) -> &Control {
        self.region.memory().words()
    }

    #[inline]
    fn tail_queue(&self) -> WaitQueue<'_> {
        let control = self.control();
        WaitQueue { word: &control.tail.0, sleepers: &control.tail_sleepers.0 }
    }

    #[inline]
    fn head_queue(&self) -> WaitQueue<'_> {
        let control = self.control();
        WaitQueue { word: &control.head.0, sleepers: &control.head_sleepers.0 }
    }
}

impl<T> Clone for Ring<T> {
    fn clone(&self) -> Self {
        Self { region: self.region.clone(), elements: PhantomData }
    }
}

impl<T> fmt::Debug for Ring<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}

/// Serialises the address of the memory, not the messages.
impl<T> Serialize for Ring<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.region.serialize(serializer)
    }
}

/// The same ring, as long as the process that made it keeps it.
impl<'de, T: Pod> Deserialize<'de> for Ring<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ring = Self { region: Region::deserialize(deserializer)?, elements: PhantomData };
        if ring.control().element_bytes.load(Relaxed) != size_of::<T>() as u64 {
            return Err(de::Error::custom("this ring was made for messages of another type"));
        }
        Ok(ring)
    }
}

fn take(end: &AtomicU64) -> Result<(), Error> {
    let me = Owner::me().map_err(Error::Memory)?.word();
    match end.compare_exchange(0, me, Relaxed, Relaxed) {
        Ok(_) => Ok(()),
        Err(holder) => {
            Err(Error::EndTaken(Owner::from_word(holder).filter(|_| holder != CLOSED).map_or(0, Owner::pid)))
        }
    }
}

/// An error if the holder of this end has died; an end that nobody has taken yet may still be taken.
fn still_there(end: &AtomicU64) -> Result<(), Error> {
    match end.load(Relaxed) {
        CLOSED => Ok(()),
        word => match Owner::from_word(word) {
            Some(owner) if owner.has_died() => Err(Error::PeerDied(owner.pid())),
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests;
