//! A product whose rows are divided between threads, which share the packed right factor.

use super::blocks::Blocks;
use super::{Piece, ROWS, Spare, Tile};
use crate::best;
use crate::lanes::Number;
use std::marker::PhantomData;

/// A product of which several threads each compute some rows; they share the copy of the right factor.
///
/// ```
/// use parallax_simd::{Product, Spare};
///
/// let spare = Spare::default(); // keep it for the next product of this size
/// let product = Product::new(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0], [2, 2, 2], &spare);
/// let mut c = [0.0; 4];
/// std::thread::scope(|scope| {
///     for (k, row) in c.chunks_mut(2).enumerate() {
///         let product = &product;
///         scope.spawn(move || product.fill(2 * k, row));
///     }
/// });
/// assert_eq!(c, [19.0, 22.0, 43.0, 50.0]);
/// ```
#[derive(Debug)]
pub struct Product<'a, T = f64> {
    a: &'a [T],
    b: &'a [T],
    rows: usize,
    blocks: Blocks<T>,
}

impl<'a, T: Number> Product<'a, T> {
    /// The product of `a` and `b`, of the shape `[m, k, n]` of [`matmul`](crate::matmul()), in memory left by another
    /// product.
    ///
    /// # Panics
    ///
    /// If the length of a slice does not match its shape.
    pub fn new(a: &'a [T], b: &'a [T], [m, k, n]: [usize; 3], spare: &Spare<T>) -> Self {
        assert!(a.len() == m * k && b.len() == k * n, "factors must be {m} by {k} and {k} by {n}");
        Product { a, b, rows: m, blocks: Blocks::new([k, n], best::run(Tile::<T>(PhantomData)), spare) }
    }

    /// The number of rows in a tile: pieces of several whole tiles waste nothing.
    pub fn tile(&self) -> usize {
        ROWS
    }

    /// Writes the entries `start..start + out.len()` of the product, in row-major order.
    ///
    /// # Panics
    ///
    /// If the entries end beyond the product.
    pub fn fill(&self, start: usize, out: &mut [T]) {
        let all = self.rows * self.blocks.shape()[1];
        assert!(start <= all && out.len() <= all - start, "{} entries from {start} of {all}", out.len());
        best::run(Piece { a: self.a, b: self.b, blocks: &self.blocks, start, out });
    }
}
