//! The distances between all pairs of points: a loop nest to vectorise.
//!
//! ```text
//! for i in range(m):
//!     for j in range(m):
//!         distance[i, j] = sqrt((x[i] - x[j])**2 + (y[i] - y[j])**2 + (z[i] - z[j])**2)
//! ```
//!
//! Coordinates have 20 fractional bits, so sums of squares are exact and the square root is
//! rounded once: every technique gets the same bits. The problem is the one of J. VanderPlas,
//! "Numba vs Cython: take 2" (2013).

use super::{Evenness, Facts, Params, Size, Workload, known, root, sent_as_params};
use crate::bound::{Bound, Rate};
use crate::buffer::Buffer;
use crate::spread::Spread;
use parallax_pattern::Map;
use parallax_pattern::random::{at, seed};

/// Points in space.
pub struct Pairwise {
    params: Params,
    points: Vec<[f64; 3]>,
}

/// How many points; each has a distance to each, including itself.
fn count(params: Params) -> usize {
    params.units.map_or(params.size.of([64, 500, 2000, 5000, 10000]), |pairs| root(pairs as f64, 2.0))
}

impl Pairwise {
    /// The points.
    pub fn points(&self) -> &[[f64; 3]] {
        &self.points
    }
}

impl Map for Pairwise {
    type Item = f64;
    fn len(&self) -> usize {
        self.points.len().pow(2)
    }
    fn grain(&self) -> usize {
        self.points.len() * (self.points.len() / 128).max(1) // whole rows, 128 pieces
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        let m = self.points.len();
        let mut p = start;
        let mut rest = out;
        while !rest.is_empty() {
            let [x, y, z] = self.points[p / m];
            let others = &self.points[p % m..];
            let (row, after) = rest.split_at_mut(others.len().min(rest.len()));
            for (d, [u, v, w]) in row.iter_mut().zip(others) {
                *d = ((x - u) * (x - u) + (y - v) * (y - v) + (z - w) * (z - w)).sqrt();
            }
            p += row.len();
            rest = after;
        }
    }
}

/// Digests of the distance matrices, solved by the reference.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0x67368bb1c29a2dfb, 0x93e7c837da72c817, 0x7fde7b9f56520903, 0x66d9dc46ac226e21]),
    (0, Size::Small, [0xdb6d3f6a3c4a3acf, 0x565b4c8ba262f155, 0x2c27e702155ee8d4, 0x929bb2b4ff4086ce]),
    (0, Size::Headline, [0x9220abddf9f0d5a7, 0x341f784547f54349, 0x87d1c8e82be761de, 0x6ff85fe6e5b09583]),
    (0, Size::Medium, [0xe3e5ede87033aa6f, 0x1444303180c0c917, 0xbe8c5ddf17ae1da9, 0xce8006fe81dd1c6d]),
];

impl Workload for Pairwise {
    const NAME: &'static str = "pairwise";
    const NUMBER: u16 = 4;
    const SHOWS: &'static str = "vectorising a loop nest; broadcast temporaries";
    const PATTERN: &'static str = "map";
    const HEADLINE: &'static [&'static str] =
        &["rayon", "autovectorised", "portable", "portable+rayon", "ndarray-parallel", "c"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Buffer<f64>;

    fn make(params: Params) -> Self {
        let seed = seed(Self::NUMBER, params.variant);
        let coordinate = |i: usize| (at(seed, i as u64) >> 44) as f64 / f64::from(1 << 20);
        let points = (0..count(params)).map(|p| [0, 1, 2].map(|axis| coordinate(3 * p + axis))).collect();
        Pairwise { params, points }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        8 * (count(params) as u64).pow(2)
    }
    fn units(params: Params) -> Option<u64> {
        Some((count(params) as u64).pow(2))
    }
    fn facts(&self) -> Facts {
        let points = self.points.len() as f64;
        let pairs = points * points;
        Facts {
            items: pairs,
            unit: "pairs".into(),
            bytes: 8.0 * pairs,
            flops: 9.0 * pairs,
            evenness: Evenness::Even,
            // the matrix is symmetric, and 0 on its diagonal
            limits: vec![
                Bound::of(Rate::Store, 8.0 * pairs),
                Bound::of(Rate::SquareRoot, points * (points - 1.0) / 2.0),
            ],
            spread: Some(Spread::map(self).into()),
        }
    }
    fn output(&self) -> Buffer<f64> {
        Buffer::new(self.len())
    }
    /// In integers up to the square root.
    fn reference(&self, out: &mut Buffer<f64>) {
        let scale = f64::from(1 << 20);
        let whole: Vec<[i64; 3]> = self.points.iter().map(|p| p.map(|x| (x * scale) as i64)).collect();
        let m = whole.len();
        for (p, d) in out.iter_mut().enumerate() {
            let (from, to) = (whole[p / m], whole[p % m]);
            let squares: i64 = (0..3).map(|axis| (from[axis] - to[axis]).pow(2)).sum();
            *d = (squares as f64).sqrt() / scale;
        }
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
}

sent_as_params!(Pairwise);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::digest;

    #[test]
    fn the_digests_are_the_published_ones() {
        for (size, answer) in [(Size::Tiny, 0x67368bb1c29a2dfb), (Size::Small, 0xdb6d3f6a3c4a3acf)] {
            let work = Pairwise::make(Params::of(size));
            let mut out = work.output();
            work.reference(&mut out);
            assert_eq!(digest(&out), answer, "{size}");
        }
    }

    #[test]
    fn squared_distances_are_rejected() {
        let work = Pairwise::make(Params::of(Size::Tiny));
        let mut out = work.output();
        work.fill(0, &mut out);
        out.iter_mut().for_each(|d| *d *= *d);
        assert!(work.check(&out, work.expected()).is_err());
    }
}
