//! A chain of comparisons, in place: what a compiler makes of scalar code.
//!
//! Written as in the textbook, with an `if` around the exchange, GCC branches, guesses wrong at every
//! other exchange, and takes four times as long as Rust, for which LLVM chooses conditional moves by
//! itself. So the C says what it means: both values are chosen, and the larger stays in a register.
//! Neither language is the faster; the code generators differ in what they take an `if` for.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;
use parallax_suite::workload::{Bubblesort, Sorted};

/// Sorts a fresh copy in `out`.
pub(crate) fn sort(build: Build, work: &Bubblesort, out: &mut Sorted) {
    out.values.copy_from_slice(work.values());
    let values = &mut out.values[..];
    let (mut comparisons, mut swaps) = (0, 0);
    // SAFETY: the values are borrowed alone, and both counts are places to write to.
    unsafe {
        let sort = build.kernels().bubblesort;
        sort(values.as_mut_ptr(), values.len(), &raw mut comparisons, &raw mut swaps);
    }
    (out.comparisons, out.swaps) = (Some(comparisons), swaps);
}
