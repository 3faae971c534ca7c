//! A matrix product near the processor's peak: the library handles registers, caches and the instruction set.
//!
//! ```
//! use gemm_common::Parallelism;
//!
//! let (a, b) = ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]); // two by two, row-major
//! let mut c = [0.0; 4];
//! let multiply = gemm_f64::gemm::f64::get_gemm_fn(); // the best for this processor
//! // SAFETY: all three have two rows and two columns, 2 and 1 apart; `c` overlaps neither. Columns of
//! // a transposed matrix are rows, and (A B)' is B' A': so `b` comes first.
//! unsafe {
//!     multiply(
//!         2, 2, 2, c.as_mut_ptr(), 2, 1, false, b.as_ptr(), 2, 1, a.as_ptr(), 2, 1, 0.0, 1.0, false,
//!         false, false, Parallelism::None,
//!     );
//! }
//! assert_eq!(c, [19.0, 22.0, 43.0, 50.0]);
//! ```
//!
//! The library is Sarah Quinones's `gemm`, used by its crates for one number type each: the whole would compile
//! four more.

#![expect(unsafe_code, reason = "the library takes pointers and strides")]

use crate::matmul::Multiply;
use gemm_common::Parallelism;
use ndarray::{ArrayView2, ArrayViewMut2};
use parallax_pattern::isa::{Isa, Set};
use parallax_pattern::{Answer, Card, Cores, No, Technique};

/// The library `gemm`, on one thread.
#[derive(Debug, Clone, Copy)]
pub struct Gemm {
    isa: Isa,
}

impl Technique for Gemm {
    const CARD: Card = Card {
        name: "gemm",
        idea: "a blocked matrix product for the instruction set at hand",
        gives: "most of the processor's peak, in pure Rust",
        costs: "much to compile; the matrices must be large enough to be worth packing",
        cores: Cores::One,
        libraries: &["gemm-f64"],
        source: file!(),
    };
    /// It chooses the instruction set by itself and ignores a cap, so a cap is refused.
    fn start(_: usize) -> Answer<Self> {
        let isa = Isa::detect()?;
        match Isa::available().last() {
            Some(best) if *best != isa => Err(No::Unavailable(
                "gemm chooses its instruction set by itself and cannot be capped; unset PARALLAX_ISA".into(),
            )),
            _ => Ok(Gemm { isa }),
        }
    }
    fn isa(&self) -> String {
        match self.isa.set() {
            Set::Baseline => "scalar".into(),
            _ => self.isa.to_string(),
        }
    }
}

impl Multiply for Gemm {
    fn multiply(&self, keep: f64, a: ArrayView2<f64>, b: ArrayView2<f64>, mut c: ArrayViewMut2<f64>) {
        let ((m, k), n) = (a.dim(), b.ncols());
        assert_eq!((c.dim(), b.nrows()), ((m, n), k));
        let strides = |strides: &[isize]| (strides[0], strides[1]);
        let ((a_row, a_column), (b_row, b_column)) = (strides(a.strides()), strides(b.strides()));
        let (c_row, c_column) = strides(c.strides());
        let multiply = gemm_f64::gemm::f64::get_gemm_fn();
        // SAFETY: views give shapes, strides and pointers that belong together, the shapes fit each other, and `c` is
        // borrowed alone. As vectors of `c` lie along its rows, all is transposed.
        unsafe {
            multiply(
                n,
                m,
                k,
                c.as_mut_ptr(),
                c_row,
                c_column,
                keep != 0.0,
                b.as_ptr(),
                b_row,
                b_column,
                a.as_ptr(),
                a_row,
                a_column,
                keep,
                1.0,
                false,
                false,
                false,
                Parallelism::None,
            );
        }
    }
}

#[cfg(feature = "worker")]
mod worker {
    use super::Gemm;
    use crate::matmul::Product;
    use parallax_pattern::{Answer, No, Refused};
    use parallax_suite::Compute;
    use parallax_suite::workload::{
        Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, Matmul32, MonteCarlo,
        Pairwise, Sorted, Stream, TreeSearch,
    };
    use std::sync::Arc;

    /// Why it has no other workload.
    const ONLY_PRODUCTS: No = No::Unfit("the library has only a matrix product");

    impl Compute for Gemm {
        fn comparison(&self, _: &Arc<Comparison>) -> Answer<Refused> {
            Err(ONLY_PRODUCTS)
        }
        fn expression(&self, _: &Arc<Expression>) -> Answer<Refused> {
            Err(ONLY_PRODUCTS)
        }
        fn gridsearch(&self, _: &Arc<GridSearch>) -> Answer<Product<Self>> {
            Ok(Product(*self))
        }
        fn heat(&self, _: &Arc<Heat>) -> Answer<Refused> {
            Err(ONLY_PRODUCTS)
        }
        fn histogram(&self, _: &Arc<Histogram>) -> Answer<Refused> {
            Err(ONLY_PRODUCTS)
        }
        fn julia(&self, _: &Arc<Julia>) -> Answer<Refused> {
            Err(ONLY_PRODUCTS)
        }
        fn matmul(&self, _: &Arc<Matmul>) -> Answer<Product<Self>> {
            Ok(Product(*self))
        }
        fn matmul32(&self, _: &Arc<Matmul32>) -> Answer<Refused> {
            Err(No::Unfit(
                "the library is built for double precision only: each further type takes as long to compile",
            ))
        }
        fn montecarlo(&self, _: &Arc<MonteCarlo>) -> Answer<Refused> {
            Err(ONLY_PRODUCTS)
        }
        fn pairwise(&self, _: &Arc<Pairwise>) -> Answer<Refused> {
            Err(ONLY_PRODUCTS)
        }
        fn stream(&self, _: &Arc<Stream>) -> Answer<Refused> {
            Err(ONLY_PRODUCTS)
        }
        fn treesearch(&self, _: &Arc<TreeSearch>) -> Answer<Refused> {
            Err(ONLY_PRODUCTS)
        }
        fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
            Err(ONLY_PRODUCTS)
        }
    }
}
