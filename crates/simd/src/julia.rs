//! Lanes that diverge: points that escaped are taken out of the vector, and new ones put into their lanes.
//!
//! A vector is done when its slowest lane is, and neighbours differ a hundredfold. So a lane that is done is
//! refilled with the next point, and all lanes work until the points run out. Departures from the plain
//! loop, and why:
//!
//! 1. A lane that escaped goes on for some steps without counting: looking after every step would cost
//!    more than the steps. What has left the disc never returns to it, and infinities and NaN are not in it.
//! 2. A count beyond the limit is cut: for the same reason the limit is looked at only now and then.
//! 3. Several vectors are in flight, because a step waits for the one before.
//! 4. No fused multiply-add: the last bit decides some counts.

use crate::best;
#[cfg(feature = "worker")]
use crate::lanes::Machine;
use crate::lanes::{Floats, Job, Lanes, MOST_LANES, Mask, Words};
#[cfg(feature = "worker")]
use {crate::Packed, parallax_pattern::Fill, parallax_suite::workload::Julia};

/// Counts the steps `z = z² + c` that each point of a plane makes within the disc of radius 2, at most `limit`.
///
/// Points are all pairs of a column of `xs` and a row of `ys`; `out` is row by row. A step costs seven operations for a
/// whole vector of points. Threads may take some of the rows each.
///
/// ```
/// let (xs, ys) = ([-2.0, 0.0, 0.3], [0.0, 0.1]);
/// let mut counts = [0; 6];
/// parallax_simd::escape_counts(&xs, &ys, (0.0, 0.0), 100, &mut counts);
/// assert_eq!(counts, [0, 100, 100, 0, 100, 100]); // on the circle and beyond it; inside it
/// ```
///
/// # Panics
///
/// If `out` has not a place for each pair.
pub fn escape_counts(xs: &[f64], ys: &[f64], c: (f64, f64), limit: u32, out: &mut [u32]) {
    assert_eq!(out.len(), xs.len() * ys.len(), "a place for each point");
    best::run(Escape { xs, ys, c, limit, start: 0, out });
}

/// Points `start..start + out.len()`, for the vectors of any machine.
struct Escape<'a> {
    xs: &'a [f64],
    ys: &'a [f64],
    c: (f64, f64),
    limit: u32,
    start: usize,
    out: &'a mut [u32],
}

impl Job for Escape<'_> {
    type Out = ();
    /// As many vectors as there are registers for: x, y, the count and the rest of a step.
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        if L::REGISTERS >= 32 {
            escape::<L, 4>(lanes, self);
        } else {
            escape::<L, 2>(lanes, self);
        }
    }
}

/// How many steps are made before anyone looks whether a lane is done.
const STEPS: u32 = 4;

#[inline(always)]
fn escape<L: Lanes, const VECTORS: usize>(lanes: L, mut piece: Escape) {
    let mut next = 0;
    let c = [Floats::splat(lanes, piece.c.0), Floats::splat(lanes, piece.c.1)];
    let mut flights = [Flight::new(lanes); VECTORS];
    flights
        .iter_mut()
        .for_each(|flight| flight.refill(lanes, u64::MAX >> (64 - L::LEN), &mut piece, &mut next));
    while flights.iter().any(|flight| flight.busy != 0) {
        let mut inside = [Mask::from_bits(lanes, 0); VECTORS];
        for _ in 0..STEPS {
            for (flight, inside) in flights.iter_mut().zip(&mut inside) {
                *inside = flight.step(lanes, c);
            }
        }
        let limit = Words::splat(lanes, piece.limit.into());
        for (flight, inside) in flights.iter_mut().zip(inside) {
            let done = flight.done(lanes, inside, limit);
            if done != 0 {
                flight.land(done, &mut piece);
                flight.refill(lanes, done, &mut piece, &mut next);
            }
        }
    }
}

/// A vector of points on their way.
#[derive(Clone, Copy)]
struct Flight<L: Lanes> {
    x: Floats<L>,
    y: Floats<L>,
    steps: Words<L>,
    /// The lanes that have a point.
    busy: u64,
    /// Which item of the output each lane is.
    item: [usize; MOST_LANES],
}

impl<L: Lanes> Flight<L> {
    #[inline(always)]
    fn new(lanes: L) -> Self {
        let outside = Floats::splat(lanes, 2.0);
        Flight { x: outside, y: outside, steps: Words::splat(lanes, 0), busy: 0, item: [0; MOST_LANES] }
    }

    /// Moves all points, and counts the step for those inside the disc; gives these.
    #[inline(always)]
    fn step(&mut self, lanes: L, c: [Floats<L>; 2]) -> Mask<L> {
        let (x2, y2) = (self.x * self.x, self.y * self.y);
        let inside = (x2 + y2).lt(x2.all(4.0));
        let one = inside.select_words(Words::splat(lanes, 1), Words::splat(lanes, 0));
        self.steps = self.steps + one;
        self.y = (self.x + self.x) * self.y + c[1];
        self.x = x2 - y2 + c[0];
        inside
    }

    /// The busy lanes whose point has left the disc or reached the limit.
    #[inline(always)]
    fn done(&self, lanes: L, inside: Mask<L>, limit: Words<L>) -> u64 {
        // below the limit the difference wraps around, and its highest bit is set
        let below = ((self.steps - limit) >> 63).eq(Words::splat(lanes, 1));
        self.busy & !(below & inside).bits()
    }

    /// Writes the counts of the lanes that are done.
    #[inline(always)]
    fn land(&mut self, done: u64, piece: &mut Escape) {
        let mut steps = [0; MOST_LANES];
        self.steps.store(&mut steps);
        let mut rest = done;
        while rest != 0 {
            let lane = rest.trailing_zeros() as usize;
            piece.out[self.item[lane]] = (steps[lane] as u32).min(piece.limit);
            rest &= rest - 1;
        }
    }

    /// Puts the next points into the lanes that are done, a row of the plane at a time.
    #[inline(always)]
    fn refill(&mut self, lanes: L, done: u64, piece: &mut Escape, next: &mut usize) {
        let columns = piece.xs.len();
        let mut open = done;
        self.busy &= !done;
        self.steps = Mask::from_bits(lanes, done).select_words(Words::splat(lanes, 0), self.steps);
        while open != 0 && *next < piece.out.len() {
            let (row, column) = ((piece.start + *next) / columns, (piece.start + *next) % columns);
            let there = (columns - column).min(piece.out.len() - *next);
            let mut taken = 0u64;
            while open != 0 && (taken.count_ones() as usize) < there {
                let lane = open.trailing_zeros();
                self.item[lane as usize] = *next;
                taken |= 1 << lane;
                open &= open - 1;
                *next += 1;
            }
            let x = &piece.xs[column..];
            self.x = self.x.expand(taken, x);
            let y = Floats::splat(lanes, piece.ys[row]);
            self.y = Mask::from_bits(lanes, taken).select(y, self.y);
            self.busy |= taken;
        }
    }
}

#[cfg(feature = "worker")]
impl<M: Machine> Fill<Julia> for Packed<M> {
    const SOURCE: &'static str = file!();
    fn fill(&self, work: &Julia, start: usize, out: &mut [u32]) {
        let (xs, ys, limit) = (work.xs(), work.ys(), work.limit());
        self.machine.run(Escape { xs, ys, c: Julia::C, limit, start, out });
    }
}
