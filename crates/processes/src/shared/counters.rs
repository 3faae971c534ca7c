//! Counts that all processes may change at any moment: atomics work across processes as they do across threads.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use bytemuck::Zeroable;
use serde::{Deserialize, Serialize};

use super::memory::Words;
use super::region::{Header, Region, Use};
use crate::error::Error;

/// Atomic words in memory that other processes see, too.
///
/// An atomic instruction is the processor's and does not care whose memory it works on, so these are plain
/// [`AtomicU64`]s, with the cost and the orderings that they have between threads.
///
/// ```
/// use parallax_processes::{Pool, shared::Counters};
/// use std::sync::atomic::Ordering::Relaxed;
///
/// fn count(hits: Counters) {
///     for _ in 0..1000 {
///         hits[0].fetch_add(1, Relaxed);
///     }
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     parallax_processes::init();
///     let pool = Pool::builder().workers(2).build()?;
///     let hits = Counters::zeroed(1)?;
///     pool.broadcast(count, |_| hits.clone())?;
///     assert_eq!(hits[0].load(Relaxed), 2000);
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counters {
    region: Region,
}

#[derive(Zeroable)]
#[repr(C)]
struct Control {
    header: Header,
    length: AtomicU64,
}

impl Words for Control {}
impl Words for AtomicU64 {}

impl Counters {
    /// `length` counters at zero.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for more than there are addresses, [`Error::Memory`].
    pub fn zeroed(length: usize) -> Result<Self, Error> {
        let bytes =
            length.checked_mul(size_of::<AtomicU64>()).filter(|bytes| *bytes < isize::MAX as usize / 2);
        let bytes = bytes.ok_or(Error::Shape("too many counters"))?;
        let region = Region::create(Use::Counters, size_of::<Control>() + bytes)?;
        region.memory().words::<Control>().length.store(length as u64, Relaxed); // sent to others only after this
        Ok(Self { region })
    }
}

impl std::ops::Deref for Counters {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        let memory = self.region.memory();
        memory.row(size_of::<Control>(), memory.words::<Control>().length.load(Relaxed) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_back_is_the_same_memory() {
        let counters = Counters::zeroed(3).unwrap();
        let again: Counters = postcard::from_bytes(&postcard::to_stdvec(&counters).unwrap()).unwrap();
        counters[2].store(7, Relaxed);
        assert_eq!((again.len(), again[2].load(Relaxed)), (3, 7));
        assert!(Counters::zeroed(0).unwrap().is_empty());
        assert!(matches!(Counters::zeroed(usize::MAX), Err(Error::Shape(_))));
    }
}
