//! Random points as arrays of coordinates, in blocks that stay in a cache.
//!
//! NumPy's users make all points at once, and move each through memory some ten times. Blocks are what
//! they come to when memory runs out, and are faster too.

use ndarray::{Array1, Zip};
use parallax_pattern::random::{GAMMA, at};
use parallax_pattern::{Reduce, pieces};
use parallax_suite::workload::MonteCarlo;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// How many points a block has: its two arrays take 32 KiB.
const BLOCK: usize = 2048;

/// The hits of [`MonteCarlo`], from two arrays for each block.
#[derive(Serialize, Deserialize)]
pub struct Blocks(pub(crate) Arc<MonteCarlo>);

/// The hits of [`MonteCarlo`], with a pass over the block for each operation.
#[derive(Serialize, Deserialize)]
pub struct Operations(pub(crate) Arc<MonteCarlo>);

impl Reduce for Blocks {
    type Acc = u64;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn grain(&self) -> usize {
        self.0.grain()
    }
    fn empty(&self) -> u64 {
        self.0.empty()
    }
    fn fold(&self, hits: &mut u64, items: Range<usize>) {
        for block in pieces(items.len(), BLOCK) {
            let first = 2 * (items.start + block.start) as u64;
            let draw = |k: u64| move |i: usize| at(self.0.seed(), first + 2 * i as u64 + k) >> 33;
            let [x, y] = [0, 1].map(|k| Array1::from_shape_fn(block.len(), draw(k)));
            let inside = |x: &u64, y: &u64| u64::from(x * x + y * y < 1 << 62);
            *hits += Zip::from(&x).and(&y).fold(0, |hits, x, y| hits + inside(x, y));
        }
    }
    fn merge(&self, hits: &mut u64, other: u64) {
        self.0.merge(hits, other);
    }
}

impl Reduce for Operations {
    type Acc = u64;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn grain(&self) -> usize {
        self.0.grain()
    }
    fn empty(&self) -> u64 {
        self.0.empty()
    }
    fn fold(&self, hits: &mut u64, items: Range<usize>) {
        for block in pieces(items.len(), BLOCK) {
            let first = 2 * (items.start + block.start) as u64;
            let [x, y] = [first, first + 1].map(|first| {
                let counters = Array1::from_shape_fn(block.len(), |i| first + 2 * i as u64 + 1);
                mix(times(&counters, GAMMA).mapv_into(|z| z.wrapping_add(self.0.seed()))) >> 33
            });
            let distance = &x * &x + &y * &y;
            *hits += distance.mapv(|square| u64::from(square < 1 << 62)).sum();
        }
    }
    fn merge(&self, hits: &mut u64, other: u64) {
        self.0.merge(hits, other);
    }
}

/// The suite's `mix`, an operation at a time.
fn mix(z: Array1<u64>) -> Array1<u64> {
    let z = times(&(&z ^ &(&z >> 30)), 0xBF58_476D_1CE4_E5B9);
    let z = times(&(&z ^ &(&z >> 27)), 0x94D0_49BB_1331_11EB);
    &z ^ &(&z >> 31)
}

/// A product that wraps, which the operator would not.
fn times(array: &Array1<u64>, factor: u64) -> Array1<u64> {
    array.mapv(|z| z.wrapping_mul(factor))
}
