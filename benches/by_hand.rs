//! Three problems of the suite as hand-written loops: the baseline that the patterns are compared with.

#![allow(dead_code, reason = "not every bench uses all of them")]

use parallax_pattern::random::at;
use rayon::prelude::*;
use std::ops::Range;

/// Escape counts of the points of `rows`, written to `out` row by row.
fn julia_rows(xs: &[f64], rows: &[f64], limit: u32, out: &mut [u32]) {
    for (row, &y) in out.chunks_exact_mut(xs.len()).zip(rows) {
        for (count, &x) in row.iter_mut().zip(xs) {
            let (mut x, mut y, mut steps) = (x, y, 0);
            while x * x + y * y < 4.0 && steps < limit {
                (x, y) = (x * x - y * y - 0.62772, 2.0 * x * y - 0.42193);
                steps += 1;
            }
            *count = steps;
        }
    }
}

/// Escape counts of a Julia set, in a loop.
pub(crate) fn julia(xs: &[f64], ys: &[f64], limit: u32, out: &mut [u32]) {
    julia_rows(xs, ys, limit, out);
}

/// Escape counts of a Julia set, a row at a time, on the current rayon pool.
pub(crate) fn julia_rayon(xs: &[f64], ys: &[f64], limit: u32, out: &mut [u32]) {
    out.par_chunks_mut(xs.len()).zip(ys.par_chunks(1)).for_each(|(row, y)| julia_rows(xs, y, limit, row));
}

/// How many of the points `samples` fall into the quarter circle.
pub(crate) fn hits(seed: u64, samples: Range<u64>) -> u64 {
    let mut hits = 0;
    for i in samples {
        let (x, y) = (at(seed, 2 * i) >> 33, at(seed, 2 * i + 1) >> 33);
        hits += u64::from(x * x + y * y < 1 << 62);
    }
    hits
}

/// How many of `samples` points fall into the quarter circle, in a loop.
pub(crate) fn montecarlo(seed: u64, samples: u64) -> u64 {
    hits(seed, 0..samples)
}

/// How many of `samples` points fall into the quarter circle, `grain` at a time, on the current rayon pool.
pub(crate) fn montecarlo_rayon(seed: u64, samples: u64, grain: u64) -> u64 {
    let pieces = (0..samples.div_ceil(grain)).into_par_iter();
    pieces.map(|k| hits(seed, k * grain..((k + 1) * grain).min(samples))).sum()
}

/// One pass of `a += b + 3 c`.
pub(crate) fn triad(a: &mut [f64], b: &[f64], c: &[f64]) {
    for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
        *a += b + 3.0 * c;
    }
}

/// `a += b + 3 c`, `steps` times, in a loop.
pub(crate) fn stream(a: &mut [f64], b: &[f64], c: &[f64], steps: usize) {
    for _ in 0..steps {
        triad(a, b, c);
    }
}

/// `a += b + 3 c`, `steps` times, `grain` at a time, on the current rayon pool.
pub(crate) fn stream_rayon(a: &mut [f64], b: &[f64], c: &[f64], steps: usize, grain: usize) {
    for _ in 0..steps {
        let parts = a.par_chunks_mut(grain).zip(b.par_chunks(grain)).zip(c.par_chunks(grain));
        parts.for_each(|((a, b), c)| triad(a, b, c));
    }
}
