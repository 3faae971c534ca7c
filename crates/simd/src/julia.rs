//! Lanes that diverge: points that escaped leave the vectors, and the others move together.
//!
//! ```text
//! while the pool has points, or can be topped up with the next ones:
//!     for each vector of the pool:
//!         make some steps, and count those within the disc
//!         keep the points that are still inside, side by side; write the counts of the others
//! ```
//!
//! Neighbouring points differ a hundredfold in steps, and a vector is done only when its slowest lane is. So points do
//! not stay in the lane where they began: after each round the pool is dense again, without a branch that depends on
//! which points escaped. Departures from the plain loop, and why:
//!
//! 1. A point that escaped steps on to the end of the round without counting: a check after every step costs more than
//!    the steps. A point outside the disc never returns to it, and infinities and NaN are not in it.
//! 2. A count beyond the limit is cut: for the same reason the limit is checked once a round.
//! 3. Several vectors step together, because a step waits for the one before.
//! 4. Only doubling is fused with an addition, because it is exact. Another rounding would change some counts.

use crate::best;
#[cfg(feature = "worker")]
use crate::lanes::Machine;
use crate::lanes::{Floats, Job, Lanes, MOST_LANES, Words};
#[cfg(feature = "worker")]
use {crate::Packed, parallax_pattern::Fill, parallax_suite::workload::Julia};

/// Counts the steps `z = z² + c` that each point of a plane makes within the disc of radius 2, at most `limit`.
///
/// Points are all pairs of a column of `xs` and a row of `ys`; `out` is row by row. A step costs nine operations for a
/// whole vector of points. Several threads may each take some of the rows. `c` lies within the disc; for a `c` further
/// out, points may return to the disc, and such steps count too.
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
/// If the length of `out` is not the number of pairs.
pub fn escape_counts(xs: &[f64], ys: &[f64], c: (f64, f64), limit: u32, out: &mut [u32]) {
    assert_eq!(out.len(), xs.len() * ys.len(), "`out` must have a place for each point");
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
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let Escape { xs, ys, c, limit, mut start, out } = self;
        for out in out.chunks_mut(Tag::MOST_ITEMS) {
            let next = start + out.len();
            escape(lanes, Escape { xs, ys, c, limit, start, out });
            start = next;
        }
    }
}

#[inline(always)]
fn escape<L: Lanes>(lanes: L, mut piece: Escape) {
    let (mut pool, mut next) = (Pool::empty(), 0);
    loop {
        pool.top_up(&piece, &mut next);
        if pool.len == 0 {
            return;
        }
        pool.round(lanes, &mut piece);
    }
}

/// Vectors that step together: the next step of a vector may begin after nine cycles or more, and the work of one takes
/// two or three. All registers of AVX2 are in use, so only necessary values are kept in one.
const VECTORS: usize = 4;

/// Steps in a round: fewer cost more checks for escaped points, more cost more steps of those points.
const STEPS: usize = 12;

/// Points in flight while there are more: few enough for the first cache.
const FULL: usize = 256;

/// [`FULL`], and the last vectors of a round, which may be partly idle.
const ROOM: usize = FULL + VECTORS * MOST_LANES;

/// The output item of a point, and in the lower bits the number of its steps. The word's bits are stored as a float
/// next to the coordinates, and move as they do.
struct Tag;

impl Tag {
    /// A count may exceed the limit, by less than a round.
    const STEP_BITS: u32 = 34;
    const STEPS: u64 = (1 << Self::STEP_BITS) - 1;
    /// The tag of a vector's idle lanes: no item.
    const IDLE: u64 = u64::MAX;
    const MOST_ITEMS: usize = 1 << 29;
}

/// Points in flight.
struct Pool {
    x: [f64; ROOM],
    y: [f64; ROOM],
    tag: [f64; ROOM],
    len: usize,
    /// The tags of the points that finished in this round.
    done: [f64; ROOM],
}

impl Pool {
    #[inline(always)]
    fn empty() -> Self {
        Pool { x: [0.0; ROOM], y: [0.0; ROOM], tag: [0.0; ROOM], len: 0, done: [0.0; ROOM] }
    }

    /// Adds the next points, a row of the plane at a time.
    #[inline(always)]
    fn top_up(&mut self, piece: &Escape, next: &mut usize) {
        let columns = piece.xs.len();
        while self.len < FULL && *next < piece.out.len() {
            let (row, column) = ((piece.start + *next) / columns, (piece.start + *next) % columns);
            let more = (columns - column).min(piece.out.len() - *next).min(FULL - self.len);
            let new = self.len..self.len + more;
            self.x[new.clone()].copy_from_slice(&piece.xs[column..column + more]);
            self.y[new.clone()].fill(piece.ys[row]);
            for (tag, item) in self.tag[new].iter_mut().zip(*next..) {
                *tag = f64::from_bits((item as u64) << Tag::STEP_BITS);
            }
            (self.len, *next) = (self.len + more, *next + more);
        }
    }

    /// Moves all points by some steps, keeps the unfinished ones, and writes the counts of the others.
    #[inline(always)]
    fn round<L: Lanes>(&mut self, lanes: L, piece: &mut Escape) {
        let c = [Floats::splat(lanes, piece.c.0), Floats::splat(lanes, piece.c.1)];
        let one = Words::one(lanes);
        let (end, mut kept, mut done) = (self.len, 0, 0);
        self.idle(lanes);
        for from in (0..end).step_by(VECTORS * L::LEN) {
            let mut flights = [Flight::idle(lanes); VECTORS];
            for (k, flight) in flights.iter_mut().enumerate() {
                *flight = self.load(lanes, from + k * L::LEN);
            }
            for _ in 0..STEPS {
                for flight in &mut flights {
                    flight.step(c, one);
                }
            }
            for flight in flights {
                let on = flight.goes_on(lanes, piece.limit);
                flight.x.store_set(&mut self.x[kept..], on);
                flight.y.store_set(&mut self.y[kept..], on);
                flight.tag.float().store_set(&mut self.tag[kept..], on);
                flight.tag.float().store_set(&mut self.done[done..], !on);
                kept += on.count_ones() as usize;
                done += L::LEN - on.count_ones() as usize;
            }
        }
        self.len = kept;
        for tag in self.done[..done].iter().map(|tag| tag.to_bits()) {
            if let Some(count) = piece.out.get_mut((tag >> Tag::STEP_BITS) as usize) {
                *count = (tag & Tag::STEPS).min(piece.limit.into()) as u32;
            }
        }
    }

    /// The vector of the points from `from` on.
    #[inline(always)]
    fn load<L: Lanes>(&self, lanes: L, from: usize) -> Flight<L> {
        Flight {
            x: Floats::load(lanes, &self.x[from..]),
            y: Floats::load(lanes, &self.y[from..]),
            tag: Floats::load(lanes, &self.tag[from..]).bits(),
        }
    }

    /// Fills the last group of vectors with idle lanes.
    #[inline(always)]
    fn idle<L: Lanes>(&mut self, lanes: L) {
        let idle = Flight::idle(lanes);
        for k in 0..VECTORS {
            let from = self.len + k * L::LEN;
            idle.x.store(&mut self.x[from..]);
            idle.y.store(&mut self.y[from..]);
            idle.tag.float().store(&mut self.tag[from..]);
        }
    }
}

/// A vector of points.
#[derive(Clone, Copy)]
struct Flight<L: Lanes> {
    x: Floats<L>,
    y: Floats<L>,
    tag: Words<L>,
}

impl<L: Lanes> Flight<L> {
    /// Idle lanes: outside the disc, so that none steps on.
    #[inline(always)]
    fn idle(lanes: L) -> Self {
        let outside = Floats::splat(lanes, 2.0);
        Flight { x: outside, y: outside, tag: Words::splat(lanes, Tag::IDLE) }
    }

    /// Moves all points, and counts the step for those inside the disc.
    #[inline(always)]
    fn step(&mut self, c: [Floats<L>; 2], one: Words<L>) {
        let (x2, y2, xy) = (self.x * self.x, self.y * self.y, self.x * self.y);
        self.tag = self.tag.count((x2 + y2).lt(x2.all(4.0)), one);
        self.x = x2 - y2 + c[0];
        self.y = xy.mul_add(xy.all(2.0), c[1]);
    }

    /// The lanes whose point is in the disc and below the limit.
    #[inline(always)]
    fn goes_on(&self, lanes: L, limit: u32) -> u64 {
        // below the limit the difference wraps around, and its highest bit is set
        let below = (((self.tag & Tag::STEPS) - Words::splat(lanes, limit.into())) >> 63).eq(self.tag.all(1));
        // computed again, and not kept from the last step: that would take a register of each vector
        let inside = (self.x * self.x + self.y * self.y).lt(self.x.all(4.0));
        (below & inside).bits()
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
