//! Ridge regression from sums of products: Cholesky's factorisation, substitution and the error, a row at a time.

use crate::lanes::{Floats, Job, Lanes};

/// Fits weights to sums, and returns their mean squared error on the rows held out.
pub(super) struct Ridge<'a> {
    /// A square matrix whose lower triangle holds the sums; the last row is that of the target.
    pub(super) sums: &'a mut [f64],
    /// The distance between rows, of the matrix and of the table.
    pub(super) stride: usize,
    pub(super) features: usize,
    pub(super) penalty: f64,
    /// Rows of features, a target and zeros.
    pub(super) held_out: &'a [f64],
}

impl Job for Ridge<'_> {
    type Out = f64;
    #[inline(always)]
    fn on<L: Lanes>(mut self, lanes: L) -> f64 {
        self.mirror();
        self.factor(lanes);
        let mut weights = self.substitute(lanes);
        weights[self.features] = -1.0; // so that the product with a row is the prediction's error
        let rows = self.held_out.chunks_exact(self.stride);
        let (count, mut squares) = (rows.len(), 0.0);
        for row in rows {
            squares += dot(lanes, row, &weights).powi(2);
        }
        squares / count as f64
    }
}

impl Ridge<'_> {
    /// Copies the lower triangle to the upper one, where later rows are contiguous in memory, and adds the penalty.
    #[inline(always)]
    fn mirror(&mut self) {
        for i in 0..self.features {
            for j in i + 1..=self.features {
                self.sums[i * self.stride + j] = self.sums[j * self.stride + i];
            }
            self.sums[i * self.stride + i] += self.penalty;
        }
    }

    /// Cholesky's factorisation, in place. As the target is the last column, forward substitution is part of it.
    /// Vectors may begin left of the diagonal, in numbers that are never read.
    #[inline(always)]
    fn factor<L: Lanes>(&mut self, lanes: L) {
        let width = (self.features + 1).next_multiple_of(L::LEN);
        for k in 0..self.features {
            let (row, below) = self.sums[k * self.stride..].split_at_mut(self.stride);
            let row = &mut row[..width];
            let scale = Floats::splat(lanes, 1.0 / row[k].sqrt());
            for part in row[k / L::LEN * L::LEN..].chunks_exact_mut(L::LEN) {
                (Floats::load(lanes, part) * scale).store(part);
            }
            for (j, later) in (k + 1..self.features).zip(below.chunks_exact_mut(self.stride)) {
                let (times, from) = (Floats::splat(lanes, -row[j]), j / L::LEN * L::LEN);
                let parts = later[from..width].chunks_exact_mut(L::LEN);
                for (later, part) in parts.zip(row[from..].chunks_exact(L::LEN)) {
                    times.mul_add(Floats::load(lanes, part), Floats::load(lanes, later)).store(later);
                }
            }
        }
    }

    /// Back substitution, from the last weight to the first. Weights that are not computed yet are zeros.
    #[inline(always)]
    fn substitute<L: Lanes>(&self, lanes: L) -> Vec<f64> {
        let mut weights = vec![0.0; self.stride];
        for k in (0..self.features).rev() {
            let (row, from) = (&self.sums[k * self.stride..][..self.stride], k / L::LEN * L::LEN);
            let known = dot(lanes, &row[from..], &weights[from..]);
            weights[k] = (row[self.features] - known) / row[k];
        }
        weights
    }
}

/// The sum of products of two rows of whole vectors.
#[inline(always)]
fn dot<L: Lanes>(lanes: L, x: &[f64], y: &[f64]) -> f64 {
    let mut sum = Floats::splat(lanes, 0.0);
    for (x, y) in x.chunks_exact(L::LEN).zip(y.chunks_exact(L::LEN)) {
        sum = Floats::load(lanes, x).mul_add(Floats::load(lanes, y), sum);
    }
    sum.sum()
}
