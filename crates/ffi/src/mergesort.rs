//! Merge sort in C: a task for each half, which OpenMP's threads take, or one thread if the pragmas are ignored.
//!
//! A C programmer writes the recursion and two more lines:
//!
//! ```c
//! static void sort(const uint64_t *from, uint64_t *to, uint64_t *room, size_t n)
//! {
//!     size_t half = n / 2;
//! #pragma omp task
//!     sort(from, room, to, half);
//!     sort(from + half, room + half, to + half, n - half);
//! #pragma omp taskwait
//!     merge(room, half, room + half, n - half, to);
//! }
//! ```
//!
//! This is what it does, in Rust, except that OpenMP keeps its threads:
//!
//! ```
//! fn sort(keys: &mut [u64], room: &mut [u64]) {
//!     if keys.len() < 2 {
//!         return;
//!     }
//!     let half = keys.len() / 2;
//!     let ((a, b), (c, d)) = (keys.split_at_mut(half), room.split_at_mut(half));
//!     std::thread::scope(|tasks| {
//!         tasks.spawn(|| sort(a, c));
//!         sort(b, d);
//!     }); // waits for the task
//!     room.copy_from_slice(keys);
//!     let (mut left, mut right) = room.split_at(half);
//!     for key in keys {
//!         let from = match (left, right) {
//!             ([a, ..], [b, ..]) if b < a => &mut right,
//!             ([], _) => &mut right,
//!             _ => &mut left,
//!         };
//!         (*key, *from) = (from[0], &from[1..]);
//!     }
//! }
//!
//! let (mut keys, mut room) = ([3, 1, 4, 1, 5, 9], [0; 6]);
//! sort(&mut keys, &mut room);
//! assert_eq!(keys, [1, 1, 3, 4, 5, 9]);
//! ```
//!
//! A task costs less than a microsecond, but far more than a comparison: below some ten thousand items a half is a
//! call. Where only the sorting forks, the last merge runs on one thread; here the merge is cut into halves as well.

#![expect(unsafe_code, reason = "the functions are C's")]

use crate::kernels::Build;
use parallax_pattern::{Answer, No};

impl Build {
    /// Writes keys to `out` in order, with `room` as scratch space. `n log n` comparisons, on one thread; in a build
    /// with OpenMP a task for each half.
    ///
    /// ```
    /// use parallax_ffi::kernels::{Build, Language};
    ///
    /// let (mut out, mut room) = ([0; 5], [0; 5]);
    /// Build::find(Language::C)?.mergesort(&[3, 1, 4, 1, 5], &mut out, &mut room)?;
    /// assert_eq!(out, [1, 1, 3, 4, 5]);
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`No::Unfit`] for Fortran, which has no sort here.
    ///
    /// # Panics
    ///
    /// If the three differ in length.
    pub fn mergesort(self, keys: &[u64], out: &mut [u64], room: &mut [u64]) -> Answer<()> {
        let sort = self.kernels().mergesort_keys.ok_or(WITHOUT)?;
        assert!([out.len(), room.len()] == [keys.len(); 2], "`out` and `room` must be as long as the keys");
        // SAFETY: all three have `keys.len()` items, and the two that are written to are borrowed alone.
        unsafe { sort(keys.as_ptr(), out.as_mut_ptr(), room.as_mut_ptr(), keys.len()) }
        Ok(())
    }
}

/// The refusal of languages without the sort.
const WITHOUT: No = No::Unfit("the sort is written in C only");

#[cfg(feature = "worker")]
pub(crate) use worker::{in_c, with_tasks};

#[cfg(feature = "worker")]
mod worker {
    use super::WITHOUT;
    use crate::kernels::Build;
    use crate::{C, Foreign, OpenMp};
    use parallax_pattern::{Answer, Question, Technique};
    use parallax_suite::cell::{self, Cell};
    use parallax_suite::workload::{Ordered, Record, Records, Sort};
    use std::sync::Arc;

    /// The sort on one thread.
    pub(crate) fn in_c() -> Vec<Cell> {
        cells(Foreign::<C>::sort, Foreign::<C>::records)
    }

    /// The sort by tasks.
    pub(crate) fn with_tasks() -> Vec<Cell> {
        cells(OpenMp::sort, OpenMp::records)
    }

    /// A method of a technique that sorts a workload.
    type Method<T, W, I> = fn(&T, &Arc<W>, &mut Ordered<I>) -> Answer<()>;

    /// A cell for each case; its code is here and not in the file of the technique's other kernels.
    fn cells<T: Technique>(keys: Method<T, Sort, u64>, records: Method<T, Records, Record>) -> Vec<Cell> {
        let mut cells = cell::cells(Question::Compute, keys);
        cells.extend(cell::cells(Question::Compute, records));
        cells.iter_mut().for_each(|cell| cell.card.source = file!());
        cells
    }

    impl Foreign<C> {
        fn sort(&self, work: &Arc<Sort>, out: &mut Ordered<u64>) -> Answer<()> {
            let [out, room] = out.both();
            self.build().mergesort(work.keys(), out, room)
        }
        fn records(&self, work: &Arc<Records>, out: &mut Ordered<Record>) -> Answer<()> {
            by_key(self.build(), work.records(), out)
        }
    }

    impl OpenMp {
        fn sort(&self, work: &Arc<Sort>, out: &mut Ordered<u64>) -> Answer<()> {
            let [out, room] = out.both();
            self.team().mergesort(work.keys(), out, room)
        }
        fn records(&self, work: &Arc<Records>, out: &mut Ordered<Record>) -> Answer<()> {
            by_key(self.team(), work.records(), out)
        }
    }

    /// The same by keys of 16 bits; equal keys keep their order.
    fn by_key(build: Build, records: &[Record], out: &mut Ordered<Record>) -> Answer<()> {
        let sort = build.kernels().mergesort_records.ok_or(WITHOUT)?;
        let [out, room] = out.both();
        assert!([out.len(), room.len()] == [records.len(); 2], "both must be as long as the records");
        const { assert!(size_of::<Record>() == 8 && std::mem::offset_of!(Record, key) == 4, "as `struct record`") };
        let (from, to, room) = (records.as_ptr().cast(), out.as_mut_ptr().cast(), room.as_mut_ptr().cast());
        // SAFETY: all three have as many records, laid out as in C, and the two that are written to are borrowed alone.
        unsafe { sort(from, to, room, records.len()) }
        Ok(())
    }
}
