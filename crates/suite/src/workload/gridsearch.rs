//! Nested parallelism: many model fits, each of which is a large sum that is parallel too.
//!
//! ```text
//! for penalty in penalties:
//!     for fold in range(5):
//!         weights = solve(X'X + penalty * I, X'y) on the training rows
//!         errors[penalty, fold] = mean squared error on the held-out rows
//! ```
//!
//! Ridge regression, cross-validated over a grid of penalties, as in a parameter search. A fit
//! sums the normal equations over its training rows (the inner sum), solves them, and measures
//! the error on the rows held out. Workers outside, inside, or both: with both, programs
//! easily run more threads than there are cores.
//!
//! Each fit recomputes its sums, as a search over an unknown model must. That they are the same for
//! every penalty is left to another algorithm. The data are small integers, so the sums are exact
//! and any split gives the same bits; solving is not exact, so the check allows a tolerance.

mod plain;
mod triangle;

pub use triangle::Triangle;

use super::{Evenness, Facts, Mismatch, Params, Size, Workload, sent_as_params};
use crate::bound::{Bound, Rate};
use crate::buffer::Buffer;
use crate::digest::Output;
use crate::spread::Spread;
use parallax_pattern::Nest;
use parallax_pattern::random::{at, seed};
use std::ops::Range;
use std::sync::OnceLock;

/// A table of features and targets, and how many penalties to try.
pub struct GridSearch {
    params: Params,
    features: usize,
    lambdas: usize,
    table: Buffer<f64>,
    right: OnceLock<Vec<f64>>,
}

/// Rows, features and penalties.
const fn shape(size: Size) -> (usize, usize, usize) {
    size.of([(60, 4, 3), (500, 16, 12), (1000, 32, 24), (2000, 64, 24), (10000, 128, 24)])
}

/// How many rows the kernel adds together: each sum is loaded and stored once for all of them.
const BLOCK: usize = 4;

impl GridSearch {
    /// How many folds there are; row `i` is held out in fold `i % FOLDS`.
    pub const FOLDS: usize = 5;

    /// How many features a row has.
    pub fn features(&self) -> usize {
        self.features
    }
    /// All rows, one after the other: each its features and then its target.
    pub fn table(&self) -> &[f64] {
        &self.table
    }
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.table.len() / (self.features + 1)
    }
    /// The penalty and the fold of an outer item.
    pub fn fit(&self, outer: usize) -> (f64, usize) {
        (2f64.powi((outer / Self::FOLDS) as i32), outer % Self::FOLDS)
    }
    /// Row `i`: its features and then its target.
    fn row(&self, i: usize) -> &[f64] {
        &self.table[i * (self.features + 1)..][..self.features + 1]
    }
    /// The index of row number `piece` of those that are not held out in `fold`.
    pub fn training_index(&self, fold: usize, piece: usize) -> usize {
        let (group, place) = (piece / (Self::FOLDS - 1), piece % (Self::FOLDS - 1));
        group * Self::FOLDS + place + usize::from(place >= fold)
    }
    fn training_row(&self, fold: usize, piece: usize) -> &[f64] {
        self.row(self.training_index(fold, piece))
    }
}

impl Nest for GridSearch {
    type Item = f64;
    type Acc = Triangle;
    fn shape(&self) -> (usize, usize) {
        (self.lambdas * Self::FOLDS, self.rows() / Self::FOLDS * (Self::FOLDS - 1))
    }
    fn empty(&self) -> Triangle {
        Triangle::zeros(self.features + 1)
    }
    fn fold(&self, outer: usize, sums: &mut Triangle, pieces: Range<usize>) {
        let (_, fold) = self.fit(outer);
        let row = |piece| self.training_row(fold, piece);
        let blocks = pieces.len() / BLOCK;
        let rest = pieces.start + blocks * BLOCK..pieces.end;
        for first in pieces.step_by(BLOCK).take(blocks) {
            sums.add_products::<BLOCK>(std::array::from_fn(|k| row(first + k)));
        }
        for piece in rest {
            sums.add_products([row(piece)]);
        }
    }
    fn merge(&self, sums: &mut Triangle, other: Triangle) {
        sums.add(&other);
    }
    /// The mean squared error of the fitted weights on the rows held out.
    fn finish(&self, outer: usize, sums: Triangle) -> f64 {
        let (lambda, fold) = self.fit(outer);
        let weights = sums.ridge(lambda);
        let miss = |row: &[f64]| {
            let (x, y) = (&row[..self.features], row[self.features]);
            y - x.iter().zip(&weights).map(|(x, w)| x * w).sum::<f64>()
        };
        let held_out = (fold..self.rows()).step_by(Self::FOLDS);
        let squares: f64 = held_out.clone().map(|i| miss(self.row(i)).powi(2)).sum();
        squares / held_out.len() as f64
    }
}

/// The error of each penalty on each fold; the folds of a penalty are adjacent.
#[derive(Debug, Clone)]
pub struct Scores {
    errors: Buffer<f64>,
}

impl Scores {
    /// The errors, to write to.
    pub fn errors_mut(&mut self) -> &mut [f64] {
        &mut self.errors
    }

    /// The index of the penalty with the least error, which is its power of two, and that error,
    /// the mean over the folds.
    pub fn best(&self) -> (usize, f64) {
        let of_penalties = self.errors.chunks(GridSearch::FOLDS);
        let means = of_penalties.map(|errors| errors.iter().sum::<f64>() / errors.len() as f64);
        let better = |best: (usize, f64), next: (usize, f64)| if next.1 < best.1 { next } else { best };
        means.enumerate().fold((0, f64::INFINITY), better)
    }
}

impl Output for Scores {
    fn len(&self) -> usize {
        self.errors.len()
    }
    fn word(&self, i: usize) -> u64 {
        self.errors.word(i)
    }
    fn set_word(&mut self, i: usize, word: u64) {
        self.errors.set_word(i, word);
    }
    fn metrics(&self) -> Vec<(&'static str, f64)> {
        let (lambda, error) = self.best();
        vec![("best_lambda_log2", lambda as f64), ("best_error", error)]
    }
}

/// How far an error may be from the right one, relative to it.
const TOLERANCE: f64 = 1e-8;

impl Workload for GridSearch {
    const NAME: &'static str = "gridsearch";
    const NUMBER: u16 = 16;
    const SHOWS: &'static str = "nested parallelism, oversubscription, pruning by algorithm";
    const PATTERN: &'static str = "nest";
    const HEADLINE: &'static [&'static str] =
        &["rayon", "portable", "portable+rayon", "ndarray-parallel", "pipes", "gram-reuse"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Scores;

    fn make(params: Params) -> Self {
        let ((n, d, lambdas), seed) = (shape(params.size), seed(Self::NUMBER, params.variant));
        let x = |i: usize, j: usize| (at(seed, (i * d + j) as u64) % 17) as f64 - 8.0;
        let w: Vec<f64> = (0..d as u64).map(|j| (at(seed, (1 << 40) + j) % 7) as f64 - 3.0).collect();
        let noise = |i: usize| (at(seed, (1 << 41) + i as u64) % 2001) as f64 - 1000.0;
        let target = |i: usize| (0..d).map(|j| x(i, j) * w[j]).sum::<f64>() + noise(i);
        let table = Buffer::from_fn(n * (d + 1), |p| match (p / (d + 1), p % (d + 1)) {
            (i, j) if j == d => target(i),
            (i, j) => x(i, j),
        });
        GridSearch { params, features: d, lambdas, table, right: OnceLock::new() }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        let (n, d, lambdas) = shape(params.size);
        8 * (n * (d + 1) + lambdas * Self::FOLDS) as u64
    }
    fn facts(&self) -> Facts {
        let ((fits, rows), d) = (self.shape(), self.features as f64);
        let (gather, held_out) = (rows as f64 * (d + 1.0) * (d + 2.0), (self.rows() - rows) as f64);
        let flops = fits as f64 * (gather + d * d * d / 3.0 + held_out * (2.0 * d + 3.0));
        Facts {
            items: fits as f64,
            unit: "fits".into(),
            bytes: fits as f64 * size_of_val(&*self.table) as f64,
            flops,
            evenness: Evenness::Even,
            limits: vec![Bound::of(Rate::Fma, flops)],
            spread: Some(Spread::nest(self).into()),
        }
    }
    fn output(&self) -> Scores {
        Scores { errors: Buffer::new(self.lambdas * Self::FOLDS) }
    }
    /// Sums in integers, which a fold gets by subtraction, solved by elimination.
    fn reference(&self, out: &mut Scores) {
        let side = self.features + 1;
        let whole: Vec<i64> = self.table.iter().map(|&x| x as i64).collect();
        let rows: Vec<&[i64]> = whole.chunks_exact(side).collect();
        let all = plain::products(&rows, side);
        for fold in 0..Self::FOLDS {
            let held_out: Vec<&[i64]> = rows.iter().copied().skip(fold).step_by(Self::FOLDS).collect();
            let fewer = plain::products(&held_out, side);
            let sums: Vec<f64> = all.iter().zip(fewer).map(|(all, fewer)| (all - fewer) as f64).collect();
            for power in 0..self.lambdas {
                let weights = plain::eliminate(sums.clone(), side, (1u64 << power) as f64);
                let miss = |row: &&[i64]| {
                    let fit: f64 = row.iter().zip(&weights).map(|(&x, w)| x as f64 * w).sum();
                    row[side - 1] as f64 - fit
                };
                let squares: f64 = held_out.iter().map(|row| miss(row) * miss(row)).sum();
                out.errors[power * Self::FOLDS + fold] = squares / held_out.len() as f64;
            }
        }
    }
    /// Solves the reference in advance; the check compares with its values, not with a digest.
    fn expected(&self) -> u64 {
        self.right();
        0
    }
    /// A flip of bit 27 is 1.5e-8 of a float at least, just above the tolerance.
    fn blind_bits(&self) -> u32 {
        27
    }
    fn check(&self, got: &Scores, _: u64) -> Result<(), Mismatch> {
        let right = self.right();
        if got.len() != right.len() {
            return Err(Mismatch(format!("{} errors instead of {}", got.len(), right.len())));
        }
        let near = |i: usize| (got.errors[i] - right[i]).abs() <= TOLERANCE * right[i]; // no NaN is
        match (0..right.len()).find(|&i| !near(i)) {
            None => Ok(()),
            Some(i) => Err(Mismatch(format!("the error of fit {i} is {}, not {}", got.errors[i], right[i]))),
        }
    }
}

impl GridSearch {
    /// The right errors, solved once.
    fn right(&self) -> &[f64] {
        self.right.get_or_init(|| {
            let mut out = self.output();
            self.reference(&mut out);
            out.errors.to_vec()
        })
    }
}

sent_as_params!(GridSearch);

#[cfg(test)]
mod tests {
    use super::*;

    fn solved(work: &GridSearch, finish: impl Fn(usize, Triangle) -> f64) -> Scores {
        let mut out = work.output();
        for (outer, error) in out.errors.iter_mut().enumerate() {
            let mut sums = work.empty();
            work.fold(outer, &mut sums, 0..work.shape().1);
            *error = finish(outer, sums);
        }
        out
    }

    #[test]
    fn the_best_penalties_are_the_published_ones() {
        for (size, lambda, error) in [
            (Size::Tiny, 2, 398486.233873),
            (Size::Small, 11, 336441.226368),
            (Size::Headline, 17, 333645.538696),
            (Size::Medium, 17, 324016.441774),
        ] {
            let work = GridSearch::make(Params::of(size));
            let mut right = work.output();
            work.reference(&mut right);
            let kernel = solved(&work, |outer, sums| work.finish(outer, sums));
            for (got_lambda, got_error) in [right.best(), kernel.best()] {
                assert_eq!(got_lambda, lambda, "{size}");
                assert!((got_error / error - 1.0).abs() < 1e-8, "{size}: {got_error}");
            }
            assert_eq!(work.check(&kernel, work.expected()), Ok(()), "{size}");
        }
    }

    #[test]
    fn the_training_rows_are_those_not_held_out() {
        let work = GridSearch::make(Params::of(Size::Tiny));
        for fold in 0..GridSearch::FOLDS {
            let (_, pieces) = work.shape();
            let rows = (0..pieces).map(|piece| work.training_row(fold, piece));
            let right = (0..work.rows()).filter(|i| i % 5 != fold).map(|i| work.row(i));
            assert!(rows.eq(right), "fold {fold}");
        }
    }

    #[test]
    fn wrong_penalties_and_leaked_or_lost_rows_are_rejected() {
        for variant in 0..4 {
            let work = GridSearch::make(Params { variant, ..Params::of(Size::Small) });
            let expected = work.expected();
            let verdict =
                |finish: &dyn Fn(usize, Triangle) -> f64| work.check(&solved(&work, finish), expected);
            assert!(verdict(&|outer, sums| work.finish(outer, sums)).is_ok());
            let next = |outer| (outer + GridSearch::FOLDS) % work.shape().0; // the next penalty, the same fold
            assert!(verdict(&|outer, sums| work.finish(next(outer), sums)).is_err());
            let leaked = |outer, mut sums: Triangle| {
                sums.add_products([work.row(work.fit(outer).1)]);
                work.finish(outer, sums)
            };
            assert!(verdict(&leaked).is_err());
            let lost = |outer, _| {
                let mut sums = work.empty();
                work.fold(outer, &mut sums, 1..work.shape().1);
                work.finish(outer, sums)
            };
            assert!(verdict(&lost).is_err());
        }
    }
}
