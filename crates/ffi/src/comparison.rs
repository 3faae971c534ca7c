//! Two arrays compared into an array of bytes, each 1 or 0, in one pass.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;

impl Build {
    /// `truths[i] = a[i] * b[i] - 4.125 * a[i] > 2.5 * b[i]`, as 1 or 0, in one pass.
    ///
    /// ```
    /// use parallax_ffi::kernels::{Build, Language};
    ///
    /// let mut truths = [9; 2];
    /// Build::find(Language::C)?.comparison(&[10.0, 1.0], &[10.0, 1.0], &mut truths);
    /// assert_eq!(truths, [1, 0]); // 58.75 > 25 and -3.125 > 2.5
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the arrays differ in length.
    pub fn comparison(self, a: &[f64], b: &[f64], truths: &mut [u8]) {
        assert!(a.len() == truths.len() && b.len() == truths.len(), "all arrays must have the same length");
        // SAFETY: all three have `truths.len()` items, and `truths` is borrowed alone.
        unsafe { (self.kernels().comparison)(truths.as_mut_ptr(), a.as_ptr(), b.as_ptr(), truths.len()) }
    }
}

#[cfg(feature = "worker")]
mod worker {
    use crate::kernels::Build;
    use parallax_pattern::Fill;
    use parallax_suite::workload::Comparison;

    impl Fill<Comparison> for Build {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Comparison, start: usize, out: &mut [u8]) {
            let arguments = work.arguments();
            let [a, b] = [0, 1].map(|q: usize| &arguments[q].1[start..start + out.len()]);
            self.comparison(a, b, out);
        }
    }
}
