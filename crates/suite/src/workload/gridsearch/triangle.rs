//! A symmetric matrix stored as its upper triangle: half the memory to sum into, and enough for Cholesky.

use serde::{Deserialize, Serialize};

/// Sums of products of columns, row after row of the upper triangle.
///
/// For rows of features with the target as the last column it holds the whole of the normal
/// equations: the Gram matrix `X'X`, the right-hand side `X'y` as the last column, and `y'y`.
///
/// ```
/// use parallax_suite::workload::Triangle;
/// let mut sums = Triangle::zeros(2);
/// sums.add_products([&[1.0, 2.0], &[2.0, 4.0]]); // y = 2x
/// assert_eq!(sums.ridge(0.0), [2.0]);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Triangle {
    side: usize,
    packed: Vec<f64>,
}

impl Triangle {
    /// All zeros, `side` by `side`.
    pub fn zeros(side: usize) -> Self {
        Triangle { side, packed: vec![0.0; side * (side + 1) / 2] }
    }

    /// The entry in row `i` and column `j` from `entry(i, j)`, for all `i <= j < side`.
    pub fn from_fn(side: usize, entry: impl Fn(usize, usize) -> f64) -> Self {
        let entry = &entry;
        let packed = (0..side).flat_map(|i| (i..side).map(move |j| entry(i, j))).collect();
        Triangle { side, packed }
    }

    /// Adds the products of all pairs of columns of some rows: a rank-`R` update.
    pub fn add_products<const R: usize>(&mut self, rows: [&[f64]; R]) {
        let mut rest = &mut self.packed[..];
        for j in 0..self.side {
            let (sums, below) = rest.split_at_mut(self.side - j);
            add_multiples(sums, rows.map(|row| &row[j..self.side]));
            rest = below;
        }
    }

    /// Adds another matrix of the same side.
    pub fn add(&mut self, other: &Triangle) {
        self.packed.iter_mut().zip(&other.packed).for_each(|(sum, other)| *sum += other);
    }

    /// The weights that minimise the squared error plus `lambda` times the sum of their squares.
    ///
    /// Takes `n^3 / 3` operations for `n` features and no memory but the weights'. The columns must
    /// be independent, or `lambda` positive.
    pub fn ridge(mut self, lambda: f64) -> Vec<f64> {
        for j in 0..self.side - 1 {
            let diagonal = self.row_start(j);
            self.packed[diagonal] += lambda;
        }
        self.factor();
        self.substitute()
    }

    /// Cholesky's factorisation, in place, row by row. As the right-hand side is the last column,
    /// forward substitution is done on the way.
    fn factor(&mut self) {
        let mut rest = &mut self.packed[..];
        for k in 0..self.side - 1 {
            let (row, below) = rest.split_at_mut(self.side - k);
            let pivot = row[0].sqrt();
            row.iter_mut().for_each(|x| *x /= pivot);
            let mut later = &mut below[..];
            for j in 1..row.len() {
                let (target, after) = later.split_at_mut(row.len() - j);
                target.iter_mut().zip(&row[j..]).for_each(|(x, r)| *x -= row[j] * r);
                later = after;
            }
            rest = below;
        }
    }

    /// Back substitution, from the last weight to the first.
    fn substitute(&self) -> Vec<f64> {
        let n = self.side - 1;
        let mut weights = vec![0.0; n];
        for k in (0..n).rev() {
            let row = &self.packed[self.row_start(k)..][..self.side - k];
            let known: f64 = row[1..n - k].iter().zip(&weights[k + 1..]).map(|(r, w)| r * w).sum();
            weights[k] = (row[n - k] - known) / row[0];
        }
        weights
    }

    fn row_start(&self, k: usize) -> usize {
        k * (2 * self.side - k + 1) / 2
    }
}

/// Adds each row times its own first entry. A separate function, because its signature tells the
/// compiler that `sums` overlaps no row: the vector loop then needs no checks before it.
fn add_multiples<const R: usize>(sums: &mut [f64], rows: [&[f64]; R]) {
    let n = sums.len();
    let rows = rows.map(|row| &row[..n]);
    for k in 0..n {
        let mut sum = sums[k];
        for row in rows {
            sum += row[0] * row[k];
        }
        sums[k] = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(rows: &[[f64; 4]]) -> Triangle {
        let mut sums = Triangle::zeros(4);
        rows.iter().for_each(|row| sums.add_products([row]));
        sums
    }

    #[test]
    fn the_sums_are_those_of_all_pairs() {
        let sums = of(&[[1.0, 2.0, 3.0, 4.0], [5.0, -6.0, 7.0, 8.0]]);
        assert_eq!(sums.packed, [26.0, -28.0, 38.0, 44.0, 40.0, -36.0, -40.0, 58.0, 68.0, 80.0]);
        let starts: Vec<_> = (0..4).map(|k| sums.row_start(k)).collect();
        assert_eq!(starts, [0, 4, 7, 9]);
        let square = [
            [26.0, -28.0, 38.0, 44.0],
            [0.0, 40.0, -36.0, -40.0],
            [0.0, 0.0, 58.0, 68.0],
            [0.0, 0.0, 0.0, 80.0],
        ];
        assert_eq!(Triangle::from_fn(4, |i, j| square[i][j]), sums);
    }

    proptest! {
        #[test]
        fn rows_added_together_or_one_by_one_give_the_same(rows: [[i8; 4]; 5]) {
            let rows = rows.map(|row| row.map(f64::from));
            let mut together = Triangle::zeros(4);
            together.add_products(rows.each_ref().map(|row| &row[..]));
            prop_assert_eq!(&together, &of(&rows));
            let mut parts = of(&rows[..2]);
            parts.add(&of(&rows[2..]));
            prop_assert_eq!(&parts, &together);
        }

        #[test]
        fn the_weights_solve_the_normal_equations(rows: [[i8; 4]; 6], lambda in 1.0..100.0) {
            let rows = rows.map(|row| row.map(|x| f64::from(x) / 16.0));
            let weights = of(&rows).ridge(lambda);
            for j in 0..3 {
                let miss = |row: &[f64; 4]| row[3] - (0..3).map(|k| row[k] * weights[k]).sum::<f64>();
                let slope: f64 = rows.iter().map(|row| row[j] * miss(row)).sum();
                prop_assert!((slope - lambda * weights[j]).abs() < 1e-9 * (1.0 + slope.abs()), "{slope}");
            }
        }
    }
}
