//! Bubble sort in place, a chain of comparisons: how well a compiler handles scalar code.
//!
//! Written as in the textbook, with an `if` around the exchange, GCC branches, guesses wrong at every other
//! exchange, and takes four times as long as Rust, for which LLVM chooses conditional moves by itself. So the C
//! code is explicit: it selects both values, and the larger one stays in a register. Neither language is faster;
//! the code generators compile an `if` differently.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;

impl Build {
    /// Sorts values; returns the numbers of comparisons and of exchanges of neighbours. Both rise with the square
    /// of the length.
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
