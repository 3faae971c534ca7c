//! A linear algebra library in Rust with products of triangles: half the work for a symmetric matrix.
//!
//! ```
//! /// The upper half of the products of all pairs of columns, for rows of `n` numbers.
//! fn upper(rows: &[f64], n: usize, square: &mut [f64]) {
//!     for row in rows.chunks(n) {
//!         for i in 0..n {
//!             for j in i..n {
//!                 square[i * n + j] += row[i] * row[j];
//!             }
//!         }
//!     }
//! }
//!
//! let mut square = [0.0; 4];
//! upper(&[1.0, 2.0, 3.0, 4.0], 2, &mut square);
//! assert_eq!(square, [10.0, 14.0, 0.0, 20.0]);
//! ```
//!
//! The library is Sarah Quinones's `faer`, without its threads. It takes minutes to compile, so it is behind
//! the feature `faer`; without that feature no value of this type exists.

#![cfg_attr(
    feature = "faer",
    expect(unsafe_code, reason = "the library's views are made of pointers and strides")
)]

use parallax_pattern::{Answer, Card, Cores, Technique};
#[cfg(not(feature = "faer"))]
use {
    crate::matmul::Multiply,
    ndarray::{ArrayView2, ArrayViewMut2, LinalgScalar},
};

/// faer's products, on one thread.
#[derive(Debug, Clone, Copy)]
pub struct Faer {
    #[cfg(not(feature = "faer"))]
    absent: std::convert::Infallible,
}

impl Technique for Faer {
    const CARD: Card = Card {
        name: "faer",
        idea: "products of rectangles and of triangles, for the instruction set at hand",
        gives: "a whole library of factorisations in pure Rust, near the processor's peak where matrices are large",
        costs: "minutes to compile, and little gain for small matrices",
        cores: Cores::One,
        libraries: &["faer"],
        source: file!(),
    };
    #[cfg(feature = "faer")]
    fn start(_: usize) -> Answer<Self> {
        Ok(Faer {})
    }
    #[cfg(not(feature = "faer"))]
    fn start(_: usize) -> Answer<Self> {
        Err(parallax_pattern::No::Unavailable(
            "this was built without faer; build with `cargo build --release -p parallax-numerics --features \
             worker,faer`, and name the program with --worker"
                .into(),
        ))
    }
}

/// Never called: without the feature no value of this type exists.
#[cfg(not(feature = "faer"))]
impl<T: LinalgScalar> Multiply<T> for Faer {
    fn multiply(&self, _: T, _: ArrayView2<T>, _: ArrayView2<T>, _: ArrayViewMut2<T>) {
        match self.absent {}
    }
}

#[cfg(feature = "faer")]
mod present {
    use super::Faer;
    use crate::matmul::Multiply;
    use faer::linalg::matmul::{matmul, triangular};
    use faer::traits::ComplexField;
    use faer::{Accum, MatMut, MatRef, Par};
    use ndarray::{ArrayView2, ArrayViewMut2, LinalgScalar};

    impl<T: LinalgScalar + ComplexField> Multiply<T> for Faer {
        fn multiply(&self, keep: T, a: ArrayView2<T>, b: ArrayView2<T>, mut c: ArrayViewMut2<T>) {
            let accum = if keep == T::zero() { Accum::Replace } else { Accum::Add };
            matmul(view_mut(&mut c), accum, view(&a), view(&b), T::one(), Par::Seq);
        }

        /// Only the upper triangle.
        fn multiply_columns(&self, rows: ArrayView2<T>, mut square: ArrayViewMut2<T>) {
            use triangular::BlockStructure::{Rectangular, TriangularUpper};
            let (rows, square) = (view(&rows), view_mut(&mut square));
            triangular::matmul(
                square,
                TriangularUpper,
                Accum::Add,
                rows.transpose(),
                Rectangular,
                rows,
                Rectangular,
                T::one(),
                Par::Seq,
            );
        }
    }

    fn view<'a, T>(matrix: &'a ArrayView2<T>) -> MatRef<'a, T> {
        let ((rows, columns), strides) = (matrix.dim(), matrix.strides());
        // SAFETY: the view's pointer, shape and strides belong together, and the result borrows it.
        unsafe { MatRef::from_raw_parts(matrix.as_ptr(), rows, columns, strides[0], strides[1]) }
    }

    fn view_mut<'a, T>(matrix: &'a mut ArrayViewMut2<T>) -> MatMut<'a, T> {
        let (rows, columns) = matrix.dim();
        let [down, along] = [matrix.strides()[0], matrix.strides()[1]];
        // SAFETY: as above, and it is borrowed alone.
        unsafe { MatMut::from_raw_parts_mut(matrix.as_mut_ptr(), rows, columns, down, along) }
    }
}

#[cfg(feature = "worker")]
mod worker {
    use super::Faer;
    use crate::matmul::{Product, matmul};
    use parallax_pattern::{Answer, Kernel, make_item};
    use parallax_suite::Buffer;
    use parallax_suite::workload::{GridSearch, Matmul, Matmul32, Scores};
    use std::sync::Arc;

    impl Faer {
        /// One call.
        pub fn matmul(&self, work: &Arc<Matmul>, out: &mut Buffer<f64>) -> Answer<()> {
            matmul(self, [work.n(); 3], work.a(), work.b(), out);
            Ok(())
        }

        /// One call.
        pub fn matmul32(&self, work: &Arc<Matmul32>, out: &mut Buffer<f32>) -> Answer<()> {
            matmul(self, [work.n(); 3], work.a(), work.b(), out);
            Ok(())
        }

        /// One fit after the other.
        pub fn gridsearch(&self, work: &Arc<GridSearch>, out: &mut Scores) -> Answer<()> {
            let fits = Kernel { engine: Product(*self), work: work.clone() };
            out.errors_mut().iter_mut().enumerate().for_each(|(fit, error)| *error = make_item(&fits, fit));
            Ok(())
        }
    }
}
