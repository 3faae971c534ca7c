//! A blocked matrix product: tiles of the result in registers, the factors in the caches.
//!
//! In C the right factor is packed once, by whichever piece comes first, and all pieces read it: a
//! piece that packed for itself would do again what another has done. Fortran's intrinsic
//! `matmul` takes the factors as they are.

#![expect(unsafe_code, reason = "the loops are written in another language")]

use crate::kernels::Build;
use parallax_pattern::Map;
use parallax_suite::workload::Matmul;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// The product of [`Matmul`].
#[derive(Serialize, Deserialize)]
pub struct Product {
    build: Build,
    work: Arc<Matmul>,
    #[serde(skip)]
    packed: OnceLock<Vec<f64>>,
}

impl Product {
    pub(crate) fn new(build: Build, work: Arc<Matmul>) -> Self {
        Product { build, work, packed: OnceLock::new() }
    }

    /// The right factor as the functions want it.
    fn factor(&self) -> &[f64] {
        let (kernels, n) = (self.build.kernels(), self.work.n());
        // SAFETY: it takes a number only.
        let len = unsafe { (kernels.packed)(n) };
        if len == 0 {
            return self.work.b();
        }
        self.packed.get_or_init(|| {
            let mut packed = vec![0.0; len];
            // SAFETY: the length is the one that was asked for, and the factor is `n` by `n`.
            unsafe { (kernels.pack)(packed.as_mut_ptr(), self.work.b().as_ptr(), n) };
            packed
        })
    }

    /// Whole rows from row `i` on.
    fn rows(&self, i: usize, out: &mut [f64]) {
        let (n, factor) = (self.work.n(), self.factor());
        let a = &self.work.a()[i * n..][..out.len()];
        // SAFETY: `out` and `a` are as many rows of `n`, and the factor is packed as it must be.
        unsafe {
            (self.build.kernels().matmul)(out.as_mut_ptr(), a.as_ptr(), factor.as_ptr(), out.len() / n, n);
        }
    }

    /// Part of row `i`, from column `j` on.
    fn part(&self, i: usize, j: usize, out: &mut [f64]) {
        let n = self.work.n();
        let (a, b) = (&self.work.a()[i * n..][..n], &self.work.b()[j..]);
        assert!(j + out.len() <= n, "a part lies within a row");
        // SAFETY: from `b` on there are `out.len()` columns in each of its `n` rows.
        unsafe { (self.build.kernels().matmul_part)(out.as_mut_ptr(), a.as_ptr(), b.as_ptr(), out.len(), n) }
    }
}

impl Map for Product {
    type Item = f64;
    fn len(&self) -> usize {
        self.work.len()
    }
    /// Sixteen pieces of whole tiles: each lets the whole right factor pass, and too few rows do not pay for that.
    fn grain(&self) -> usize {
        let n = self.work.n();
        n * (n / 16).max(1).next_multiple_of(8)
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        let n = self.work.n();
        let (i, j) = (start / n, start % n);
        let head = if j == 0 { 0 } else { (n - j).min(out.len()) };
        let (first, rest) = out.split_at_mut(head);
        let (whole, last) = rest.split_at_mut(rest.len() / n * n);
        let next = start.div_ceil(n);
        for (i, j, part) in [(i, j, first), (next + whole.len() / n, 0, last)] {
            if !part.is_empty() {
                self.part(i, j, part);
            }
        }
        if !whole.is_empty() {
            self.rows(next, whole);
        }
    }
}
