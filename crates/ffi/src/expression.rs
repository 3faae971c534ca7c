//! Expressions fused by hand: one pass, no temporaries, and the functions of the C library.
//!
//! Sines and logarithms take most of the time of `E2` and `E6`, and their functions are the C library's. It has them
//! for whole vectors too (glibc's libmvec), which are a few units off in the last place: gfortran uses those without a
//! flag, and a C compiler only if it may give up the last bits (`-ffast-math`). In C, `E2` is a file of its own,
//! compiled with that flag; `E6` would exceed its tolerance.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;
use std::ptr::null;

/// The formulas that are written in C and in Fortran, each as a loop of its own. For one of yours, add one line there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formula {
    /// `cos(a² + b²) / (1 + a² + b²)`
    E2,
    /// `((0.25 a + 0.75) a - 1.5) a - 2`
    E3,
    /// `a b + c d`
    E4,
    /// `2 a + 3 b`
    E5,
    /// `sin(a) + log(b² + 1) sqrt(c² + 1)`
    E6,
}

impl Formula {
    /// All formulas, in the order of the tables of functions.
    pub const ALL: [Formula; 5] = [Formula::E2, Formula::E3, Formula::E4, Formula::E5, Formula::E6];

    /// The number of arrays it takes.
    pub const fn arrays(self) -> usize {
        match self {
            Formula::E3 => 1,
            Formula::E2 | Formula::E5 => 2,
            Formula::E6 => 3,
            Formula::E4 => 4,
        }
    }
}

impl Build {
    /// Writes the value of a formula for each element of its arrays, in one pass. In `E2` the elements must be finite.
    ///
    /// ```
    /// use parallax_ffi::{expression::Formula, kernels::{Build, Language}};
    ///
    /// let (mut out, [a, b]) = ([0.0; 3], [[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]);
    /// Build::find(Language::C)?.expression(Formula::E5, &[&a, &b], &mut out);
    /// assert_eq!(out, [32.0, 64.0, 96.0]);
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the number of arrays is not the formula's, or they differ in length.
    pub fn expression(self, formula: Formula, arrays: &[&[f64]], out: &mut [f64]) {
        assert_eq!(arrays.len(), formula.arrays(), "the number of arrays must be the formula's");
        assert!(arrays.iter().all(|array| array.len() == out.len()), "all arrays must have the same length");
        let array = |q: usize| arrays.get(q).map_or(null(), |array| array.as_ptr());
        let function = self.kernels().expressions[formula as usize];
        // SAFETY: all arrays that the formula takes are of `out.len()` items, and `out` is borrowed alone.
        unsafe { function(out.as_mut_ptr(), array(0), array(1), array(2), array(3), out.len()) }
    }
}

#[cfg(feature = "worker")]
mod worker {
    use super::Formula;
    use crate::kernels::Build;
    use parallax_pattern::Fill;
    use parallax_suite::workload::{self, Expression};

    impl Fill<Expression> for Build {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Expression, start: usize, out: &mut [f64]) {
            let formula = match work.formula() {
                workload::Formula::E2 => Formula::E2,
                workload::Formula::E3 => Formula::E3,
                workload::Formula::E4 => Formula::E4,
                workload::Formula::E5 => Formula::E5,
                workload::Formula::E6 => Formula::E6,
            };
            let end = start + out.len();
            let arrays: Vec<&[f64]> = work.arguments().iter().map(|(_, array)| &array[start..end]).collect();
            self.expression(formula, &arrays, out);
        }
    }
}
