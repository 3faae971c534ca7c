//! The plain loops of a matrix product, in the order that reads memory forwards: vectorised, but limited by memory.
//!
//! The compiler vectorises the innermost loop and keeps the order of the others, so each number of the result
//! is loaded and stored once for every four that are added to it. A tile in registers
//! ([`matmul`](crate::matmul())) is another algorithm, which no compiler finds.

use crate::best;
use crate::clones::{self, Plain};
use crate::lanes::Number;
#[cfg(feature = "worker")]
use {
    super::Autovectorised,
    parallax_pattern::Fill,
    parallax_suite::workload::{Matmul, Precision},
};

/// As [`matmul`](crate::matmul()).
///
/// # Panics
///
/// If the length of a slice does not match its shape.
pub fn matmul<T: Number>(a: &[T], b: &[T], c: &mut [T], shape: [usize; 3]) {
    let [m, k, n] = shape;
    assert!(a.len() == m * k && b.len() == k * n && c.len() == m * n, "slices must match shape {shape:?}");
    clones::run(best::isa(), Product { a, b, shape: [k, n], start: 0, out: c });
}

/// Entries `start..start + out.len()`.
struct Product<'a, T> {
    a: &'a [T],
    b: &'a [T],
    /// The right factor's.
    shape: [usize; 2],
    start: usize,
    out: &'a mut [T],
}

impl<T: Number> Plain for Product<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Product { a, b, shape: [inner, n], start: mut p, out: mut rest } = self;
        while !rest.is_empty() {
            let (i, j) = (p / n, p % n);
            let (row, after) = rest.split_at_mut((n - j).min(rest.len()));
            row.fill(T::default());
            let len = row.len();
            let part = |k: usize| &b[k * n + j..][..len];
            let whole = inner / 4 * 4;
            for k in (0..whole).step_by(4) {
                let a = &a[i * inner + k..][..4];
                let b = part(k).iter().zip(part(k + 1)).zip(part(k + 2)).zip(part(k + 3));
                for (c, (((&b0, &b1), &b2), &b3)) in row.iter_mut().zip(b) {
                    *c = *c + (a[0] * b0 + a[1] * b1 + a[2] * b2 + a[3] * b3);
                }
            }
            for k in whole..inner {
                row.iter_mut().zip(part(k)).for_each(|(c, &b)| *c = *c + a[i * inner + k] * b);
            }
            p += row.len();
            rest = after;
        }
    }
}

#[cfg(feature = "worker")]
impl<T: Number + Precision> Fill<Matmul<T>> for Autovectorised {
    const SOURCE: &'static str = file!();
    fn fill(&self, work: &Matmul<T>, start: usize, out: &mut [T]) {
        let (a, b, shape) = (work.a(), work.b(), [work.n(); 2]);
        clones::run(best::isa(), Product { a, b, shape, start, out });
    }
}
