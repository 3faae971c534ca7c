//! Counts of keys: of yours, or of random ones drawn in blocks, because drawing vectorises and counting does not.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;
use std::ops::Range;

impl Build {
    /// Adds one to the count of each bin in `bins`.
    ///
    /// ```
    /// use parallax_ffi::kernels::{Build, Language};
    ///
    /// let mut throws = [0; 6];
    /// Build::find(Language::C)?.count(&[5, 0, 5, 2], &mut throws);
    /// assert_eq!(throws, [1, 0, 1, 0, 0, 2]);
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If a bin has no count, which a pass over `bins` checks first, or there are more than `i32::MAX` counts.
    pub fn count(self, bins: &[u32], counts: &mut [u64]) {
        let end = u32::try_from(counts.len()).ok().filter(|&end| end <= i32::MAX as u32);
        let end = end.expect("there may be at most `i32::MAX` counts");
        assert!(bins.iter().all(|&bin| bin < end), "each bin must have a count");
        // SAFETY: each bin has a count, and the counts are borrowed alone.
        unsafe { (self.kernels().count)(counts.as_mut_ptr(), bins.as_ptr(), bins.len() as u64) }
    }

    /// Counts the random keys `items` of the stream of `seed` ([`at`](parallax_pattern::random::at)) by their lowest
    /// bits, in as many bins as there are counts. Skewed keys fall into 256 bins, half of them into the first few.
    ///
    /// # Panics
    ///
    /// If the number of counts is not a power of two, is above `i32::MAX`, or is below 256 for skewed keys.
    pub fn count_random(self, seed: u64, skewed: bool, items: Range<usize>, counts: &mut [u64]) {
        let bins = counts.len();
        assert!(bins.is_power_of_two() && bins <= i32::MAX as usize, "the bins must be a power of two");
        assert!(!skewed || bins >= 256, "skewed keys need 256 bins or more");
        let (first, end) = (items.start as u64, items.end as u64);
        // SAFETY: each key has a bin, by its low bits or, if skewed, among the first 256; `counts` is borrowed alone.
        unsafe {
            (self.kernels().histogram)(counts.as_mut_ptr(), bins, i32::from(skewed), seed, first, end);
        }
    }
}

#[cfg(feature = "worker")]
mod worker {
    use crate::kernels::Build;
    use parallax_pattern::Fold;
    use parallax_suite::workload::Histogram;
    use std::ops::Range;

    impl Fold<Histogram> for Build {
        const SOURCE: &'static str = file!();
        fn fold(&self, work: &Histogram, counts: &mut Vec<u64>, items: Range<usize>) {
            self.count_random(work.seed(), work.skewed(), items, counts);
        }
    }
}
