//! Random points in a quarter circle: integers that any compiler vectorises, given the instructions.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;
use std::ops::Range;

impl Build {
    /// The number of the random points `points` that lie in the quarter circle. Point `i` takes the numbers
    /// `2 * i` and `2 * i + 1` of the stream of `seed` ([`at`](parallax_pattern::random::at)) as
    /// coordinates, so any split of a range has the same sum.
    ///
    /// ```
    /// use parallax_ffi::kernels::{Build, Language};
    ///
    /// let hits = Build::find(Language::C)?.hits(2026, 0..100_000);
    /// assert!((4.0 * hits as f64 / 100_000.0 - std::f64::consts::PI).abs() < 0.02);
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    pub fn hits(self, seed: u64, points: Range<usize>) -> u64 {
        // SAFETY: it takes only numbers.
        unsafe { (self.kernels().montecarlo)(seed, points.start as u64, points.end as u64) }
    }
}

#[cfg(feature = "worker")]
mod worker {
    use crate::kernels::Build;
    use parallax_pattern::Fold;
    use parallax_suite::workload::MonteCarlo;
    use std::ops::Range;

    impl Fold<MonteCarlo> for Build {
        const SOURCE: &'static str = file!();
        fn fold(&self, work: &MonteCarlo, acc: &mut u64, items: Range<usize>) {
            *acc += self.hits(work.seed(), items);
        }
    }
}
