//! The plain loops of a matrix product, in the order that walks memory forwards: wide, and waiting for memory.
//!
//! The compiler vectorises the innermost loop and keeps the order of the others, so each number of the result
//! is loaded and stored once for every four that are added to it. Keeping a tile in registers
//! ([`matmul`](crate::matmul)) is another algorithm, and none that a compiler finds.

use crate::clones::{self, Plain};
use parallax_pattern::Map;
use parallax_pattern::isa::Isa;
use parallax_suite::workload::Matmul;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Rows of a product.
#[derive(Serialize, Deserialize)]
pub struct Product(Isa, Arc<Matmul>);

impl Product {
    /// The product of `work`, compiled for `isa`.
    pub fn new(isa: Isa, work: &Arc<Matmul>) -> Self {
        Product(isa, work.clone())
    }
}

impl Map for Product {
    type Item = f64;
    fn len(&self) -> usize {
        self.1.len()
    }
    fn grain(&self) -> usize {
        self.1.grain()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        clones::run(self.0, Piece { work: &self.1, start, out });
    }
}

/// Entries `start..start + out.len()`.
struct Piece<'a> {
    work: &'a Matmul,
    start: usize,
    out: &'a mut [f64],
}

impl Plain for Piece<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let (a, b, n) = (self.work.a(), self.work.b(), self.work.n());
        let (mut p, mut rest) = (self.start, self.out);
        while !rest.is_empty() {
            let (i, j) = (p / n, p % n);
            let (row, after) = rest.split_at_mut((n - j).min(rest.len()));
            row.fill(0.0);
            let len = row.len();
            let part = |k: usize| &b[k * n + j..][..len];
            let whole = n / 4 * 4;
            for k in (0..whole).step_by(4) {
                let a = &a[i * n + k..][..4];
                let b = part(k).iter().zip(part(k + 1)).zip(part(k + 2)).zip(part(k + 3));
                for (c, (((b0, b1), b2), b3)) in row.iter_mut().zip(b) {
                    *c += a[0] * b0 + a[1] * b1 + a[2] * b2 + a[3] * b3;
                }
            }
            for k in whole..n {
                row.iter_mut().zip(part(k)).for_each(|(c, b)| *c += a[i * n + k] * b);
            }
            p += row.len();
            rest = after;
        }
    }
}
