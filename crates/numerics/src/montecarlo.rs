//! Random points as arrays of coordinates, in blocks that stay in a cache.
//!
//! NumPy's users usually make all points at once, and move each through memory some ten times. Blocks use less memory,
//! and are faster too.

use ndarray::{Array1, Zip};
use parallax_pattern::pieces;
use parallax_pattern::random::{GAMMA, at};
use std::hint::black_box;
use std::ops::Range;

/// The number of points in a block: its two arrays take 32 KiB.
const BLOCK: usize = 2048;

/// The number of the random points `points` that lie in the quarter circle. Point `i` takes the numbers `2 * i` and
/// `2 * i + 1` of the stream of `seed` ([`at`]) as coordinates, so any split of a range has the same sum.
///
/// It makes two arrays for each block of 2048 points.
///
/// ```
/// use parallax_numerics::montecarlo::hits;
///
/// let pi = 4.0 * hits(2026, 0..100_000) as f64 / 100_000.0;
/// assert!((pi - std::f64::consts::PI).abs() < 0.02, "{pi}");
/// ```
pub fn hits(seed: u64, points: Range<usize>) -> u64 {
    let inside = |x: &u64, y: &u64| u64::from(x * x + y * y < 1 << 62);
    let mut hits = 0;
    for block in pieces(points.len(), BLOCK) {
        let first = 2 * (points.start + block.start) as u64;
        // Hidden from the compiler: if it knew the seed it would vectorise this, and the vectors that every processor
        // has multiply slower than the scalar unit.
        let draw = |k: u64| move |i: usize| at(black_box(seed), first + 2 * i as u64 + k) >> 33;
        let [x, y] = [0, 1].map(|k| Array1::from_shape_fn(block.len(), draw(k)));
        hits += Zip::from(&x).and(&y).fold(0, |hits, x, y| hits + inside(x, y));
    }
    hits
}

/// As [`hits`], with a pass over the block for each operation.
pub fn hits_by_operators(seed: u64, points: Range<usize>) -> u64 {
    let mut hits = 0;
    for block in pieces(points.len(), BLOCK) {
        let first = 2 * (points.start + block.start) as u64;
        let [x, y] = [first, first + 1].map(|first| {
            let counters = Array1::from_shape_fn(block.len(), |i| first + 2 * i as u64 + 1);
            mix(times(&counters, GAMMA).mapv_into(|z| z.wrapping_add(seed))) >> 33
        });
        let distance = &x * &x + &y * &y;
        hits += distance.mapv(|square| u64::from(square < 1 << 62)).sum();
    }
    hits
}

/// The function `mix` of the random numbers, one operation at a time.
fn mix(z: Array1<u64>) -> Array1<u64> {
    let z = times(&(&z ^ &(&z >> 30)), 0xBF58_476D_1CE4_E5B9);
    let z = times(&(&z ^ &(&z >> 27)), 0x94D0_49BB_1331_11EB);
    &z ^ &(&z >> 31)
}

/// A product that wraps on overflow, which the operator does not promise.
fn times(array: &Array1<u64>, factor: u64) -> Array1<u64> {
    array.mapv(|z| z.wrapping_mul(factor))
}

#[cfg(feature = "worker")]
mod worker {
    use super::{hits, hits_by_operators};
    use crate::{NdArray, NdArrayTemporaries};
    use parallax_pattern::Fold;
    use parallax_suite::workload::MonteCarlo;
    use std::ops::Range;

    impl Fold<MonteCarlo> for NdArray {
        const SOURCE: &'static str = file!();
        fn fold(&self, work: &MonteCarlo, acc: &mut u64, items: Range<usize>) {
            *acc += hits(work.seed(), items);
        }
    }

    impl Fold<MonteCarlo> for NdArrayTemporaries {
        const SOURCE: &'static str = file!();
        fn fold(&self, work: &MonteCarlo, acc: &mut u64, items: Range<usize>) {
            *acc += hits_by_operators(work.seed(), items);
        }
    }
}
