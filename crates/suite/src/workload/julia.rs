//! The Julia set, independent but uneven items: how fast each point of a plane escapes.
//!
//! ```text
//! for y in ys:
//!     for x in xs:
//!         count = steps of z = z*z + C, from z = x + i*y, until |z| >= 2 or the limit is reached
//! ```
//!
//! The Julia set of *High Performance Python* (Gorelick and Ozsvald): neighbouring points cost
//! from 0 to 300 steps, so a static split leaves workers idle. Coordinates come from repeated
//! addition, as published, because the last bit decides some counts.

use super::{Evenness, Facts, Params, Size, Workload, known, root, sent_as_params};
use crate::bound::{Bound, Rate};
use crate::buffer::Buffer;
use crate::spread::Spread;
use parallax_pattern::Map;

/// A grid of starting points and a limit of steps.
pub struct Julia {
    params: Params,
    limit: u32,
    xs: Vec<f64>,
    ys: Vec<f64>,
}

/// How many steps of the grid make its width, and how many iterations a point may take. With fewer than four steps the
/// cost depends on the few points that happen to be on the grid.
fn shape(params: Params) -> (usize, u32) {
    let (w, limit) = params.size.of([(64, 100), (250, 300), (500, 300), (1000, 300), (4000, 300)]);
    let points = |units: u64| units as f64 * (w * w) as f64 / iterations(params.size);
    (params.units.map_or(w, |units| root(points(units), 2.0).max(4)), limit)
}

/// The sums of the counts.
const fn iterations(size: Size) -> f64 {
    size.of([55266.0, 2086156.0, 8306884.0, 33219980.0, 531507040.0])
}

impl Julia {
    /// The constant of the iteration `z = z*z + C`, real and imaginary part.
    pub const C: (f64, f64) = (-0.62772, -0.42193);

    /// The columns' coordinates.
    pub fn xs(&self) -> &[f64] {
        &self.xs
    }
    /// The rows' coordinates.
    pub fn ys(&self) -> &[f64] {
        &self.ys
    }
    /// How many steps a point may take.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// How many steps all points take: known for the named sizes, and counted for any other grid.
    fn iterations(&self) -> f64 {
        let of_row = |&y: &f64| self.xs.iter().map(|&x| f64::from(escape(x, y, self.limit))).sum::<f64>();
        match self.params.units {
            None => iterations(self.params.size),
            Some(_) => self.ys.iter().map(of_row).sum(),
        }
    }
}

/// Operations of an iteration, each counted once: three products, their sum and difference, a doubling, and `C` added.
const FLOPS: f64 = 3.0 + 2.0 + 1.0 + 2.0;

/// How many steps a point takes to leave the disc of radius 2.
#[inline(always)]
fn escape(mut x: f64, mut y: f64, limit: u32) -> u32 {
    let mut steps = 0;
    while x * x + y * y < 4.0 && steps < limit {
        (x, y) = (x * x - y * y + Julia::C.0, 2.0 * x * y + Julia::C.1);
        steps += 1;
    }
    steps
}

impl Map for Julia {
    type Item = u32;
    fn len(&self) -> usize {
        self.xs.len() * self.ys.len()
    }
    fn grain(&self) -> usize {
        self.xs.len() * (self.ys.len() / 250).max(1) // whole rows, 250 pieces: rows differ a hundredfold
    }
    fn fill(&self, start: usize, out: &mut [u32]) {
        let (w, mut at, mut rest) = (self.xs.len(), start, out);
        while !rest.is_empty() {
            let (y, from) = (self.ys[at / w], at % w);
            let (row, after) = rest.split_at_mut((w - from).min(rest.len()));
            row.iter_mut().zip(&self.xs[from..]).for_each(|(count, &x)| *count = escape(x, y, self.limit));
            (at, rest) = (at + row.len(), after);
        }
    }
}

/// Digests of the counts, solved by the reference. All variants are equal.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0xb3aa0438761fe73d, 0xb3aa0438761fe73d, 0xb3aa0438761fe73d, 0xb3aa0438761fe73d]),
    (0, Size::Small, [0xfc047d8eb311e10d, 0xfc047d8eb311e10d, 0xfc047d8eb311e10d, 0xfc047d8eb311e10d]),
    (0, Size::Headline, [0x0db6c876692bf59c, 0x0db6c876692bf59c, 0x0db6c876692bf59c, 0x0db6c876692bf59c]),
    (0, Size::Medium, [0xb631541ebd659310, 0xb631541ebd659310, 0xb631541ebd659310, 0xb631541ebd659310]),
];

impl Workload for Julia {
    const NAME: &'static str = "julia";
    const NUMBER: u16 = 5;
    const SHOWS: &'static str = "independent but uneven items";
    const PATTERN: &'static str = "map";
    const HEADLINE: &'static [&'static str] =
        &["rayon", "self-scheduling", "portable", "portable+rayon", "pipes", "tokio"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Buffer<u32>;

    fn make(params: Params) -> Self {
        let (w, limit) = shape(params);
        let step = 3.6 / w as f64;
        let walk = |from: f64, step: f64| std::iter::successors(Some(from), move |at| Some(at + step));
        let xs = walk(-1.8, step).take_while(|&x| x < 1.8).collect();
        let ys = walk(1.8, -step).take_while(|&y| y > -1.8).collect();
        Julia { params, limit, xs, ys }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        4 * (shape(params).0 as u64 + 1).pow(2)
    }
    fn units(params: Params) -> Option<u64> {
        Some(match params.units {
            None => iterations(params.size) as u64,
            Some(_) => Julia::make(params).iterations() as u64,
        })
    }
    fn facts(&self) -> Facts {
        let iterations = self.iterations();
        Facts {
            items: iterations,
            unit: "iterations".into(),
            bytes: 4.0 * self.len() as f64,
            flops: FLOPS * iterations,
            evenness: Evenness::Uneven,
            limits: vec![Bound::of(Rate::Fma, FLOPS * iterations)],
            spread: Some(Spread::map(self).into()),
        }
    }
    fn output(&self) -> Buffer<u32> {
        Buffer::new(self.len())
    }
    /// As in the book: with a complex number, and its modulus.
    fn reference(&self, out: &mut Buffer<u32>) {
        for (p, count) in out.iter_mut().enumerate() {
            let mut z = (self.xs[p % self.xs.len()], self.ys[p / self.xs.len()]);
            *count = 0;
            while *count < self.limit && z.0.hypot(z.1) < 2.0 {
                let square = (z.0 * z.0 - z.1 * z.1, z.0 * z.1 + z.1 * z.0);
                z = (square.0 + Julia::C.0, square.1 + Julia::C.1);
                *count += 1;
            }
        }
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
}

sent_as_params!(Julia);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_the_published_ones() {
        for (size, sum, points) in [
            (Size::Tiny, 55266, 65 * 65),
            (Size::Small, 2086156, 251 * 251),
            (Size::Headline, 8306884, 500 * 500),
        ] {
            let work = Julia::make(Params::of(size));
            let mut out = work.output();
            work.reference(&mut out);
            assert_eq!((out.iter().sum::<u32>(), out.len()), (sum, points), "{size}");
        }
    }

    #[test]
    fn testing_after_the_step_is_rejected() {
        let work = Julia::make(Params::of(Size::Tiny));
        let mut out = work.output();
        work.fill(0, &mut out);
        assert!(work.check(&out, work.expected()).is_ok());
        out.iter_mut().for_each(|count| *count = (*count).max(1));
        assert!(work.check(&out, work.expected()).is_err());
    }
}
