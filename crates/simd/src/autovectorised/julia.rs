//! A data-dependent loop made vectorisable: a block of points steps together, and escaped points leave between rounds.
//!
//! The plain loop ends when its point escapes, and a loop that ends by its data has no vector form. Here all points
//! of a block make the same number of steps, but escaped ones do not count: the compiler can vectorise that. Between
//! such rounds, plain code moves the remaining points together and refills the block with the next ones.

use crate::best;
use crate::clones::{self, Plain};
#[cfg(feature = "worker")]
use {super::Autovectorised, parallax_pattern::Fill, parallax_suite::workload::Julia};

/// As [`escape_counts`](crate::escape_counts).
///
/// # Panics
///
/// If the length of `out` is not the number of pairs.
pub fn escape_counts(xs: &[f64], ys: &[f64], c: (f64, f64), limit: u32, out: &mut [u32]) {
    assert_eq!(out.len(), xs.len() * ys.len(), "`out` must have a place for each point");
    clones::run(best::isa(), Escape { xs, ys, c, limit, start: 0, out });
}

/// Points `start..start + out.len()`.
struct Escape<'a> {
    xs: &'a [f64],
    ys: &'a [f64],
    c: (f64, f64),
    limit: u32,
    start: usize,
    out: &'a mut [u32],
}

/// Steps in a round, after which the escaped points are found.
const STEPS: usize = 12;
/// Points that step together: enough that a step does not wait for the one before.
const BLOCK: usize = 16;
/// The number of points in flight.
const FULL: usize = 16 * BLOCK;

impl Plain for Escape<'_> {
    type Out = ();
    #[inline(always)]
    fn run(mut self) {
        let mut pool = Pool { x: [0.0; FULL], y: [0.0; FULL], count: [0; FULL], item: [0; FULL], len: 0 };
        let mut next = 0;
        loop {
            pool.top_up(&self, &mut next);
            if pool.len == 0 {
                return;
            }
            pool.step(self.c);
            pool.part(&mut self);
        }
    }
}

/// Points in flight: the position of each, the number of steps it made, and its item of the output.
struct Pool {
    x: [f64; FULL],
    y: [f64; FULL],
    count: [u64; FULL], // as wide as the coordinates, so that a vector holds as many
    item: [usize; FULL],
    len: usize,
}

impl Pool {
    /// Adds the next points.
    #[inline(always)]
    fn top_up(&mut self, piece: &Escape, next: &mut usize) {
        while self.len < FULL && *next < piece.out.len() {
            let (p, columns) = (piece.start + *next, piece.xs.len());
            let (row, column) = (p / columns, p % columns);
            let more = (columns - column).min(piece.out.len() - *next).min(FULL - self.len);
            for k in 0..more {
                let at = self.len + k;
                (self.x[at], self.y[at]) = (piece.xs[column + k], piece.ys[row]);
                (self.count[at], self.item[at]) = (0, *next + k);
            }
            (self.len, *next) = (self.len + more, *next + more);
        }
    }

    /// Moves all points by some steps; the last block may have points that are not used.
    #[inline(always)]
    fn step(&mut self, c: (f64, f64)) {
        let blocks = self.x.as_chunks_mut().0.iter_mut();
        let blocks = blocks.zip(self.y.as_chunks_mut().0).zip(self.count.as_chunks_mut().0);
        for ((x, y), count) in blocks.take(self.len.div_ceil(BLOCK)) {
            (*x, *y, *count) = steps(*x, *y, *count, c);
        }
    }

    /// Writes all counts, and keeps the remaining points, without a branch that the processor would have to predict.
    #[inline(always)]
    fn part(&mut self, piece: &mut Escape) {
        let mut kept = 0;
        for k in 0..self.len {
            let (x, y, count, item) = (self.x[k], self.y[k], self.count[k], self.item[k]);
            let limit = u64::from(piece.limit);
            piece.out[item] = count.min(limit) as u32; // written again later, if the point has not escaped
            (self.x[kept], self.y[kept], self.count[kept], self.item[kept]) = (x, y, count, item);
            kept += usize::from((x * x + y * y < 4.0) & (count < limit));
        }
        self.len = kept;
    }
}

/// The same steps for all points of a block.
#[inline(always)]
fn steps(
    mut x: [f64; BLOCK],
    mut y: [f64; BLOCK],
    mut count: [u64; BLOCK],
    c: (f64, f64),
) -> ([f64; BLOCK], [f64; BLOCK], [u64; BLOCK]) {
    for _ in 0..STEPS {
        for k in 0..BLOCK {
            let (x2, y2, xy) = (x[k] * x[k], y[k] * y[k], x[k] * y[k]);
            count[k] += u64::from(x2 + y2 < 4.0);
            y[k] = xy + xy + c.1;
            x[k] = x2 - y2 + c.0;
        }
    }
    (x, y, count)
}

#[cfg(feature = "worker")]
impl Fill<Julia> for Autovectorised {
    const SOURCE: &'static str = file!();
    fn fill(&self, work: &Julia, start: usize, out: &mut [u32]) {
        let (xs, ys, limit) = (work.xs(), work.ys(), work.limit());
        clones::run(best::isa(), Escape { xs, ys, c: Julia::C, limit, start, out });
    }
}
