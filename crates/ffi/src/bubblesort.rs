//! A chain of comparisons, in place: what a compiler makes of scalar code.
//!
//! Written as in the textbook, with an `if` around the exchange, GCC branches, guesses wrong at every
//! other exchange, and takes four times as long as Rust, for which LLVM chooses conditional moves by
//! itself. So the C says what it means: both values are chosen, and the larger stays in a register.
//! Neither language is the faster; the code generators differ in what they take an `if` for.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;

impl Build {
    /// Sorts values; gives how many comparisons and how many exchanges of neighbours that took. Both rise with the
    /// square of the length.
    ///
    /// ```
    /// use parallax_ffi::kernels::{Build, Language};
    ///
    /// let mut places = [3, 1, 2];
    /// let (comparisons, swaps) = Build::find(Language::C)?.bubblesort(&mut places);
    /// assert_eq!((places, comparisons, swaps), ([1, 2, 3], 3, 2));
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    pub fn bubblesort(self, values: &mut [i64]) -> (u64, u64) {
        let (mut comparisons, mut swaps) = (0, 0);
        // SAFETY: the values are borrowed alone, and both counts are places to write to.
        unsafe {
            let sort = self.kernels().bubblesort;
            sort(values.as_mut_ptr(), values.len(), &raw mut comparisons, &raw mut swaps);
        }
        (comparisons, swaps)
    }
}
