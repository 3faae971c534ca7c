//! The C library's sort: generic by a function pointer, where Rust's sort is compiled for each type.
//!
//! ```
//! let mut keys = [3, 1, 2];
//! parallax_ffi::qsort::qsort(&mut keys);
//! assert_eq!(keys, [1, 2, 3]);
//! ```
//!
//! No optimiser can remove the cost of a call for each comparison: it sees the library or the order, never both. The
//! standard states neither the algorithm nor that equal items keep their order.

#![expect(unsafe_code, reason = "the function is C's")]

unsafe extern "C" {
    /// Sorts `n` keys in place.
    fn parallax_qsort(keys: *mut u64, n: usize);
}

/// Sorts keys by C's `qsort`.
pub fn qsort(keys: &mut [u64]) {
    // SAFETY: the keys are borrowed alone, and `keys.len()` is their number.
    unsafe { parallax_qsort(keys.as_mut_ptr(), keys.len()) }
}

#[cfg(feature = "worker")]
pub(crate) use technique::Qsort;

#[cfg(feature = "worker")]
mod technique {
    use super::qsort;
    use parallax_pattern::{Answer, Card, Cores, No, Question, Technique};
    use parallax_suite::cell::{self, Cell};
    use parallax_suite::workload::{Ordered, Record, Records, Sort};
    use std::sync::Arc;

    /// C's own sort, on one thread.
    #[derive(Debug)]
    pub(crate) struct Qsort;

    impl Technique for Qsort {
        const CARD: Card = Card {
            name: "qsort",
            idea: "the C library sorts, and calls your function for each comparison",
            gives: "one sort for all types, in every C program",
            costs: "a call through a pointer for each comparison, which no compiler sees through",
            cores: Cores::One,
            libraries: &[],
            source: file!(),
        };
        fn start(_: usize) -> Answer<Self> {
            Ok(Qsort)
        }
    }

    impl Qsort {
        /// A cell for each case.
        pub(crate) fn cells() -> Vec<Cell> {
            let keys = cell::cells(Question::Compute, Self::sort);
            keys.into_iter().chain(cell::cells(Question::Compute, Self::records)).collect()
        }

        fn sort(&self, work: &Arc<Sort>, out: &mut Ordered<u64>) -> Answer<()> {
            let out = out.items_mut();
            out.copy_from_slice(work.keys());
            qsort(out);
            Ok(())
        }

        fn records(&self, _: &Arc<Records>, _: &mut Ordered<Record>) -> Answer<()> {
            Err(No::Unfit("C does not promise to keep equal items in order, and not every library does"))
        }
    }
}
