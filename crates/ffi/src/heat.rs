//! A step of heat, row by row, with the seam of the torus outside the loop.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::{Build, area, within};

impl Build {
    /// Writes the cells `start..start + new.len()` of the next state of a torus of `[rows, columns]`: each cell takes
    /// over `rate` of its difference to each of its four neighbours. One pass, and no memory except the result.
    ///
    /// ```
    /// use parallax_ffi::kernels::{Build, Language};
    ///
    /// let old = [0.0, 0.0, 0.0, 0.0, 8.0, 0.0, 0.0, 0.0, 0.0]; // three by three, warm in the middle
    /// let mut new = [0.0; 9];
    /// Build::find(Language::C)?.heat(&old, [3, 3], 0.125, 0, &mut new);
    /// assert_eq!(new, [0.0, 1.0, 0.0, 1.0, 4.0, 1.0, 0.0, 1.0, 0.0]);
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the length of `old` does not match the shape, or `new` ends beyond it.
    pub fn heat(self, old: &[f64], [rows, columns]: [usize; 2], rate: f64, start: usize, new: &mut [f64]) {
        assert_eq!(old.len(), area(rows, columns), "`old` must be as long as its shape says");
        assert!(within(start, new.len(), old.len()), "`new` must end within the torus");
        if new.is_empty() {
            return;
        }
        let (to, from, len) = (new.as_mut_ptr(), old.as_ptr(), new.len());
        // SAFETY: `old` is the whole torus, the piece lies within it, and `new` is borrowed alone.
        unsafe { (self.kernels().heat)(to, from, rows, columns, rate, start, len) }
    }
}

#[cfg(feature = "worker")]
mod worker {
    use crate::kernels::Build;
    use parallax_pattern::Step;
    use parallax_suite::workload::Heat;

    impl Step<Heat> for Build {
        const SOURCE: &'static str = file!();
        fn step(&self, work: &Heat, old: &[f64], start: usize, new: &mut [f64]) {
            self.heat(old, [work.side(); 2], Heat::RATE, start, new);
        }
    }
}
