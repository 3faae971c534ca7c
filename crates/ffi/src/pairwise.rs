//! Distances between all pairs of points, row by row, from points as they lie in memory.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::{Build, area, within};

impl Build {
    /// Writes the distances between all pairs of points, from number `start` on; a row has the distances from
    /// one point.
    ///
    /// It takes nine operations and a square root for each, and no memory except the result.
    ///
    /// ```
    /// use parallax_ffi::kernels::{Build, Language};
    ///
    /// let atoms = [[0.0, 0.0, 0.0], [3.0, 4.0, 0.0], [0.0, 0.0, 2.0]];
    /// let mut distances = [0.0; 9];
    /// Build::find(Language::C)?.pairwise(&atoms, 0, &mut distances);
    /// assert_eq!(distances[..3], [0.0, 5.0, 2.0]);
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the distances end beyond the table.
    pub fn pairwise(self, points: &[[f64; 3]], start: usize, distances: &mut [f64]) {
        let m = points.len();
        assert!(within(start, distances.len(), area(m, m)), "the distances must lie within the table");
        if distances.is_empty() {
            return;
        }
        let (to, from, len) = (distances.as_mut_ptr(), points.as_flattened().as_ptr(), distances.len());
        // SAFETY: there are three coordinates for each of `m` points, the piece lies within the table of
        // `m * m`, and `distances` is borrowed alone.
        unsafe { (self.kernels().pairwise)(to, from, m, start, len) }
    }
}

#[cfg(feature = "worker")]
mod worker {
    use crate::kernels::Build;
    use parallax_pattern::Fill;
    use parallax_suite::workload::Pairwise;

    impl Fill<Pairwise> for Build {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Pairwise, start: usize, out: &mut [f64]) {
            self.pairwise(work.points(), start, out);
        }
    }
}
