//! Counters that all processes may change at any time: atomics work across processes as they do across threads.

use std::sync::atomic::AtomicU64;

use serde::{Deserialize, Serialize};

use super::memory::Words;
use super::region::{Region, Use};
use crate::error::Error;

/// Atomic words in memory that other processes see, too.
///
/// The processor's atomic instructions work on any memory, so these are plain [`AtomicU64`]s, with the same cost
/// and orderings as between threads.
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

impl Words for AtomicU64 {}

impl Counters {
    /// `length` counters at zero.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for more counters than there are addresses, [`Error::Memory`].
    pub fn zeroed(length: usize) -> Result<Self, Error> {
        let region = Region::row::<AtomicU64>(Use::Counters, length, "too many counters")?;
        Ok(Self { region })
    }
}

impl std::ops::Deref for Counters {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        self.region.cells()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering::Relaxed;

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
