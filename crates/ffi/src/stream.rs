//! A triad in one pass: three streams of memory, at the same speed in any language.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;

impl Build {
    /// `a += b + factor * c`, in one pass over 32 bytes an item.
    ///
    /// ```
    /// use parallax_ffi::kernels::{Build, Language};
    ///
    /// let mut balances = [10.0, 20.0];
    /// Build::find(Language::C)?.triad(&mut balances, &[1.0, -1.0], 0.5, &[2.0, 4.0]);
    /// assert_eq!(balances, [12.0, 21.0]);
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the three differ in length.
    pub fn triad(self, a: &mut [f64], b: &[f64], factor: f64, c: &[f64]) {
        assert!(a.len() == b.len() && a.len() == c.len(), "the three arrays must have the same length");
        // SAFETY: all three have `a.len()` items, and `a` is borrowed alone.
        unsafe { (self.kernels().stream)(a.as_mut_ptr(), b.as_ptr(), factor, c.as_ptr(), a.len()) }
    }
}

#[cfg(feature = "worker")]
mod worker {
    use crate::kernels::Build;
    use parallax_pattern::Pass;
    use parallax_suite::workload::Stream;

    impl Pass<Stream> for Build {
        const SOURCE: &'static str = file!();
        fn pass(&self, work: &Stream, start: usize, part: &mut [f64]) {
            let range = start..start + part.len();
            self.triad(part, &work.b()[range.clone()], 3.0, &work.c()[range]);
        }
    }
}
