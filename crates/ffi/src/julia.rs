//! Points that escape after different numbers of steps: a chain that no compiler turns into vectors.
//!
//! Neither GCC nor rustc vectorises a loop that ends at another time for each point, so the instruction set changes
//! nothing here, and C is as fast as Rust.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::{Build, area, within};

impl Build {
    /// The number of steps of `z = z * z + c` in which each point of a picture leaves the circle of radius 2, at
    /// most `limit`. Pixel `p` begins at `xs[p % xs.len()]` and `ys[p / xs.len()]`; `counts` are the pixels from
    /// number `start` on. A step takes ten operations.
    ///
    /// ```
    /// use parallax_ffi::kernels::{Build, Language};
    ///
    /// let mut counts = [0; 4];
    /// Build::find(Language::C)?.escape_counts([&[0.0, 1.5], &[0.0, 1.0]], (0.0, 1.0), 9, 0, &mut counts); // c = i
    /// assert_eq!(counts, [9, 1, 9, 1]);
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If a pixel lies beyond the picture, or the limit is above `i32::MAX`.
    pub fn escape_counts(
        self,
        [xs, ys]: [&[f64]; 2],
        c: (f64, f64),
        limit: u32,
        start: usize,
        counts: &mut [u32],
    ) {
        assert!(within(start, counts.len(), area(xs.len(), ys.len())), "pixels must lie within the picture");
        assert!(limit <= i32::MAX as u32, "the limit must be at most `i32::MAX`");
        if counts.is_empty() {
            return;
        }
        let (to, width, len) = (counts.as_mut_ptr(), xs.len(), counts.len());
        let (xs, ys) = (xs.as_ptr(), ys.as_ptr());
        // SAFETY: the piece lies within the picture of `xs` by `ys`, and `counts` is borrowed alone.
        unsafe { (self.kernels().julia)(to, xs, width, ys, c.0, c.1, limit, start, len) }
    }
}

#[cfg(feature = "worker")]
mod worker {
    use crate::kernels::Build;
    use parallax_pattern::Fill;
    use parallax_suite::workload::Julia;

    impl Fill<Julia> for Build {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Julia, start: usize, out: &mut [u32]) {
            self.escape_counts([work.xs(), work.ys()], Julia::C, work.limit(), start, out);
        }
    }
}
