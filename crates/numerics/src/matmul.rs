//! A matrix product by a library: the caller passes rectangles of memory, and the library does the blocking.

use crate::NdArray;
use crate::blocks::blocks;
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, LinalgScalar, s};

/// A library that multiplies matrices: [`NdArray`], [`Faer`](crate::Faer), [`Gemm`](crate::Gemm) or
/// [`OpenBlas`](crate::OpenBlas).
pub trait Multiply<T: LinalgScalar = f64>: Send + Sync + 'static {
    /// `c = keep * c + a b`, where `keep` is 0 or 1. Rows of `c` are contiguous; of the factors, rows or columns.
    /// Factors without elements add nothing.
    ///
    /// # Panics
    ///
    /// If the shapes do not fit each other.
    fn multiply(&self, keep: T, a: ArrayView2<T>, b: ArrayView2<T>, c: ArrayViewMut2<T>);

    /// Adds to a square the products of all pairs of columns of some rows. Its two halves are equal, so a library with
    /// a product for one half fills only the upper one.
    ///
    /// # Panics
    ///
    /// If the shapes do not fit each other.
    fn multiply_columns(&self, rows: ArrayView2<T>, square: ArrayViewMut2<T>) {
        self.multiply(T::one(), rows.t(), rows.view(), square);
    }
}

/// The product of ndarray: [`matrixmultiply`](https://docs.rs/matrixmultiply), which chooses its own
/// instruction set, up to AVX2 with fused multiply-add.
impl<T: LinalgScalar> Multiply<T> for NdArray {
    fn multiply(&self, keep: T, a: ArrayView2<T>, b: ArrayView2<T>, mut c: ArrayViewMut2<T>) {
        general_mat_mul(T::one(), &a, &b, keep, &mut c);
    }
}

/// Writes `a b` to `c`. All three are row-major without gaps; the shape is `[rows of a, columns of a, columns of b]`.
///
/// It takes `2 * rows * inner * columns` operations, and the memory into which the library packs the factors.
///
/// ```
/// use parallax_numerics::{NdArray, matmul::matmul};
///
/// let prices = [2.0, 0.5]; // of two goods
/// let bought = [1.0, 0.0, 3.0, 10.0, 4.0, 0.0]; // of each, by three people
/// let mut paid = [0.0; 3];
/// matmul(&NdArray, [1, 2, 3], &prices, &bought, &mut paid);
/// assert_eq!(paid, [7.0, 2.0, 6.0]);
/// ```
///
/// # Panics
///
/// If the length of a slice does not match its shape.
pub fn matmul<T: LinalgScalar>(library: &impl Multiply<T>, shape: [usize; 3], a: &[T], b: &[T], c: &mut [T]) {
    assert_eq!(c.len(), shape[0] * shape[2], "`c` must have the rows of `a` and the columns of `b`");
    matmul_part(library, shape, a, b, 0, c);
}

/// As [`matmul`], but only `part.len()` numbers of the product from number `start` on. Parts may begin and end within
/// a row, but whole rows cost least: rows of different lengths are separate products.
///
/// # Panics
///
/// If the length of a factor does not match its shape, or the part ends beyond the product.
pub fn matmul_part<T: LinalgScalar>(
    library: &impl Multiply<T>,
    [rows, inner, columns]: [usize; 3],
    a: &[T],
    b: &[T],
    start: usize,
    part: &mut [T],
) {
    assert!(start + part.len() <= rows * columns, "a part must lie within the product");
    let fits = a.len() == rows * inner && b.len() == inner * columns;
    assert!(fits, "each factor must be as long as its shape says");
    if inner == 0 {
        return part.fill(T::zero()); // some libraries would leave the old content
    }
    let a = ArrayView2::from_shape((rows, inner), a).expect("the length was checked");
    let b = ArrayView2::from_shape((inner, columns), b).expect("the length was checked");
    for block in blocks(columns, start, part.len()) {
        let shape = (block.rows.len(), block.columns.len());
        let c = ArrayViewMut2::from_shape(shape, &mut part[block.part]).expect("a block is that large");
        library.multiply(T::zero(), a.slice(s![block.rows, ..]), b.slice(s![.., block.columns]), c);
    }
}

/// The engine of the workloads that a library of products computes.
#[cfg(feature = "worker")]
#[derive(Debug, Clone, Copy)]
pub struct Product<M>(pub M);

#[cfg(feature = "worker")]
mod worker {
    use super::{Multiply, Product, matmul_part};
    use ndarray::LinalgScalar;
    use parallax_pattern::Fill;
    use parallax_suite::workload::{Matmul, Precision};

    impl<T: LinalgScalar + Precision, M: Multiply<T>> Fill<Matmul<T>> for Product<M> {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Matmul<T>, start: usize, out: &mut [T]) {
            matmul_part(&self.0, [work.n(); 3], work.a(), work.b(), start, out);
        }
        /// Sixteen bands: a library packs the right factor again for each, which does not pay for narrow bands.
        fn grain(&self, work: &Matmul<T>) -> usize {
            work.n() * work.n().div_ceil(16)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Faer, Gemm, OpenBlas};
    use parallax_pattern::{Technique, random::at};
    use proptest::prelude::*;

    fn right<T: LinalgScalar>([rows, inner, columns]: [usize; 3], a: &[T], b: &[T]) -> Vec<T> {
        let product = |i: usize, j: usize, k: usize| a[i * inner + k] * b[k * columns + j];
        let entry = |i, j| (0..inner).fold(T::zero(), |sum, k| sum + product(i, j, k));
        (0..rows * columns).map(|p| entry(p / columns, p % columns)).collect()
    }

    fn holds<T: LinalgScalar + From<i8> + std::fmt::Debug + PartialEq>(
        library: &impl Multiply<T>,
        shape: [usize; 3],
        cut: usize,
    ) {
        let ([rows, inner, columns], wrong) = (shape, T::from(99));
        let drawn = |n: usize, seed| (0..n as u64).map(|i| T::from((at(seed, i) % 9) as i8 - 4)).collect();
        let (a, b): (Vec<T>, Vec<T>) = (drawn(rows * inner, 1), drawn(inner * columns, 2));
        let right = right(shape, &a, &b);
        let mut c = vec![wrong; right.len()];
        matmul(library, shape, &a, &b, &mut c);
        assert_eq!(c, right);
        let cut = cut.min(c.len());
        let mut parts = vec![wrong; right.len()];
        let (first, last) = parts.split_at_mut(cut);
        matmul_part(library, shape, &a, &b, cut, last);
        matmul_part(library, shape, &a, &b, 0, first);
        assert_eq!(parts, right);
    }

    proptest! {
        #[test]
        fn every_library_multiplies_any_shapes_in_any_parts(m in 1..9usize, k in 0..9usize, n in 1..9usize, cut in 0..80usize) {
            holds::<f64>(&NdArray, [m, k, n], cut);
            holds::<f32>(&NdArray, [m, k, n], cut);
            if let Ok(gemm) = Gemm::start(1) {
                holds(&gemm, [m, k, n], cut);
            }
            if let Ok(faer) = Faer::start(1) {
                holds::<f64>(&faer, [m, k, n], cut);
                holds::<f32>(&faer, [m, k, n], cut);
            }
            if let Ok(blas) = OpenBlas::start(1) {
                holds::<f64>(&blas, [m, k, n], cut);
                holds::<f32>(&blas, [m, k, n], cut);
            }
        }
    }

    #[test]
    #[should_panic(expected = "as its shape says")]
    fn a_factor_that_is_too_long_is_noticed() {
        matmul(&NdArray, [1, 1, 1], &[1.0], &[1.0, 2.0], &mut [0.0]);
    }
}
