//! A blocked matrix product: tiles of the result in registers, the factors in the caches.
//!
//! In C the right factor is packed once, by the first piece that needs it, and all pieces read it: a piece that packed
//! for itself would repeat work. Fortran's intrinsic `matmul` takes the factors unpacked.

#![expect(unsafe_code, reason = "the loops are written in another language")]

use crate::kernels::{Build, area};

/// The right factor of products, laid out as the functions of a [`Build`] read it.
#[derive(Debug, Clone)]
pub struct Packed {
    build: Build,
    inner: usize,
    columns: usize,
    /// Empty where the factor is not packed.
    numbers: Vec<f64>,
}

impl Build {
    /// Writes `a b` to `c`. All three are row-major without gaps; the shape is
    /// `[rows of a, columns of a, columns of b]`.
    ///
    /// It takes `2 * rows * inner * columns` operations, and in C a copy of `b`.
    ///
    /// ```
    /// use parallax_ffi::kernels::{Build, Language};
    ///
    /// let prices = [2.0, 0.5]; // of two goods
    /// let bought = [1.0, 0.0, 3.0, 10.0, 4.0, 0.0]; // of each, by three people
    /// let mut paid = [0.0; 3];
    /// Build::find(Language::C)?.matmul([1, 2, 3], &prices, &bought, &mut paid);
    /// assert_eq!(paid, [7.0, 2.0, 6.0]);
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the length of a slice does not match its shape.
    pub fn matmul(self, [rows, inner, columns]: [usize; 3], a: &[f64], b: &[f64], c: &mut [f64]) {
        assert_eq!(a.len(), area(rows, inner), "`a` must be as long as its shape says");
        assert_eq!(c.len(), area(rows, columns), "`c` must have the rows of `a` and the columns of `b`");
        self.pack([inner, columns], b).multiply(a, b, 0, c);
    }

    /// Lays out a right factor of `[rows, columns]`, for several products or for pieces of one.
    ///
    /// # Panics
    ///
    /// If the length of `b` does not match its shape.
    pub fn pack(self, [inner, columns]: [usize; 2], b: &[f64]) -> Packed {
        assert_eq!(b.len(), area(inner, columns), "`b` must be as long as its shape says");
        // SAFETY: it takes only numbers.
        let mut numbers = vec![0.0; unsafe { (self.kernels().packed)(inner, columns) }];
        if !numbers.is_empty() {
            // SAFETY: the length is the one that `packed` returned, and the factor is `inner` by `columns`.
            unsafe { (self.kernels().pack)(numbers.as_mut_ptr(), b.as_ptr(), inner, columns) };
        }
        Packed { build: self, inner, columns, numbers }
    }
}

impl Packed {
    /// Writes `part.len()` numbers of the product of `a` with the factor, from number `start` on. `b` is the factor
    /// before packing: a part of a row reads little of it, and does not need it packed.
    ///
    /// # Panics
    ///
    /// If `b` does not have the factor's size, or the part ends beyond the rows of `a`.
    pub fn multiply(&self, a: &[f64], b: &[f64], start: usize, part: &mut [f64]) {
        assert_eq!(b.len(), self.inner * self.columns, "`b` must be the factor that was packed");
        if part.is_empty() {
            return;
        }
        let n = self.columns;
        let (i, j) = (start / n, start % n);
        let head = if j == 0 { 0 } else { (n - j).min(part.len()) };
        let (first, rest) = part.split_at_mut(head);
        let (whole, last) = rest.split_at_mut(rest.len() / n * n);
        let next = start.div_ceil(n);
        for (i, j, part) in [(i, j, first), (next + whole.len() / n, 0, last)] {
            if !part.is_empty() {
                self.part_of_row(&a[i * self.inner..][..self.inner], b, j, part);
            }
        }
        if !whole.is_empty() {
            let rows = whole.len() / n;
            self.rows(&a[next * self.inner..][..rows * self.inner], b, rows, whole);
        }
    }

    /// Whole rows.
    fn rows(&self, a: &[f64], b: &[f64], rows: usize, out: &mut [f64]) {
        let factor = if self.numbers.is_empty() { b } else { &self.numbers };
        let (to, a, factor) = (out.as_mut_ptr(), a.as_ptr(), factor.as_ptr());
        // SAFETY: `a` has `rows` of `inner`, `out` as many of `columns`, and the factor is packed as it must be.
        unsafe { (self.build.kernels().matmul)(to, a, factor, rows, self.inner, self.columns) }
    }

    /// Part of the product's row for the one row `a`, from column `j` on.
    fn part_of_row(&self, a: &[f64], b: &[f64], j: usize, out: &mut [f64]) {
        assert!(j + out.len() <= self.columns, "a part must lie within a row");
        let b = b.get(j..).unwrap_or_default(); // empty if `a` has no columns
        let (to, len, a, b) = (out.as_mut_ptr(), out.len(), a.as_ptr(), b.as_ptr());
        // SAFETY: from `b` on there are `len` columns in each of its `inner` rows.
        unsafe { (self.build.kernels().matmul_part)(to, a, b, len, self.inner, self.columns) }
    }
}

#[cfg(feature = "worker")]
pub use worker::Product;

#[cfg(feature = "worker")]
mod worker {
    use super::Packed;
    use crate::kernels::Build;
    use parallax_pattern::Fill;
    use parallax_suite::workload::Matmul;
    use std::sync::OnceLock;

    /// A product whose right factor the first piece packs.
    #[derive(Debug)]
    pub struct Product {
        build: Build,
        packed: OnceLock<Packed>,
    }

    impl Product {
        pub(crate) fn new(build: Build) -> Self {
            Product { build, packed: OnceLock::new() }
        }
    }

    impl Fill<Matmul> for Product {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Matmul, start: usize, out: &mut [f64]) {
            let packed = self.packed.get_or_init(|| self.build.pack([work.n(); 2], work.b()));
            packed.multiply(work.a(), work.b(), start, out);
        }
        /// Sixteen pieces of whole tiles: each piece reads the whole right factor, which pays only for enough rows.
        fn grain(&self, work: &Matmul) -> usize {
            work.n() * (work.n() / 16).max(1).next_multiple_of(8)
        }
    }
}
