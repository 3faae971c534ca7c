//! A matrix product by a library: rectangles of memory go in, and blocking is somebody else's work.

use crate::blocks::blocks;
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, s};
use parallax_pattern::{Map, Wire};
use parallax_suite::workload::Matmul;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A library's product: adds `a b` to what `keep` leaves of `c`.
pub trait Multiply: Wire + Clone {
    /// `c = keep * c + a b`, where `keep` is 0 or 1. Any strides will do, but rows of `c` are contiguous.
    fn multiply(&self, keep: f64, a: ArrayView2<f64>, b: ArrayView2<f64>, c: ArrayViewMut2<f64>);
}

/// The product of ndarray: [`matrixmultiply`](https://docs.rs/matrixmultiply), which chooses its own
/// instruction set, up to AVX2 with fused multiply-add.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dot;

impl Multiply for Dot {
    fn multiply(&self, keep: f64, a: ArrayView2<f64>, b: ArrayView2<f64>, mut c: ArrayViewMut2<f64>) {
        general_mat_mul(1.0, &a, &b, keep, &mut c);
    }
}

/// The product of [`Matmul`] by the library `M`.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Product<M: Multiply> {
    work: Arc<Matmul>,
    library: M,
}

impl<M: Multiply> Product<M> {
    pub(crate) fn new(work: &Arc<Matmul>, library: M) -> Self {
        Product { work: work.clone(), library }
    }
}

impl<M: Multiply> Map for Product<M> {
    type Item = f64;
    fn len(&self) -> usize {
        self.work.len()
    }
    /// Sixteen bands: a library packs the right factor anew for each, and narrow bands do not pay for that.
    fn grain(&self) -> usize {
        let n = self.work.n();
        n * n.div_ceil(16)
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        let n = self.work.n();
        let [a, b] = [self.work.a(), self.work.b()]
            .map(|factor| ArrayView2::from_shape((n, n), factor).expect("a factor is a square"));
        for block in blocks(n, start, out.len()) {
            let shape = (block.rows.len(), block.columns.len());
            let c = ArrayViewMut2::from_shape(shape, &mut out[block.part]).expect("a block is that large");
            self.library.multiply(0.0, a.slice(s![block.rows, ..]), b.slice(s![.., block.columns]), c);
        }
    }
}
