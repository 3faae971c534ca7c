//! The loops over memory: a few vectors per turn, and as little else as possible.

#![expect(unsafe_code, reason = "the loops address whole vectors, whose bounds are checked once")]

use crate::vector::{Op, Vector, Vectors, fence, prefetch};
use std::hint::black_box;

/// Vectors per turn of a loop, so that the loop counter costs nothing compared with them.
pub(super) const UNROLL: usize = 4;

/// Update or triad: update adds to the target; the stores are streamed or not.
pub(super) struct Sweep<'a, const ADD: bool, const STREAM: bool> {
    pub(super) a: &'a mut [f64],
    pub(super) b: &'a [f64],
    pub(super) c: &'a [f64],
    pub(super) passes: u64,
}

impl<const ADD: bool, const STREAM: bool> Op for Sweep<'_, ADD, STREAM> {
    // SAFETY: requires of its caller what `Op::run` requires, the instructions of `V`, and nothing more.
    #[inline(always)]
    unsafe fn run<V: Vectors>(self) {
        let Sweep { a, b, c, passes } = self;
        assert!(
            a.len() == b.len() && b.len() == c.len() && a.len().is_multiple_of(UNROLL * V::Doubles::LANES)
        );
        for _ in 0..passes {
            let (to, b, c) = (black_box(a.as_mut_ptr()), black_box(b.as_ptr()), black_box(c.as_ptr()));
            // SAFETY: the processor has the set, says the caller. The lengths are equal and a multiple of
            // a turn's, so every vector lies inside; `Arrays` aligns `a` to the widest vector.
            unsafe {
                let three = V::Doubles::splat(3.0);
                for turn in (0..a.len()).step_by(UNROLL * V::Doubles::LANES) {
                    for k in 0..UNROLL {
                        let i = turn + k * V::Doubles::LANES;
                        let mut sum = V::Doubles::load(c.add(i)).mul_add(three, V::Doubles::load(b.add(i)));
                        if ADD {
                            sum = V::Doubles::load(to.add(i)).add(sum);
                        }
                        if STREAM { sum.stream(to.add(i)) } else { sum.store(to.add(i)) }
                    }
                }
            }
        }
        fence();
    }
}

/// Copies one array to another.
pub(super) struct Duplicate<'a, const STREAM: bool> {
    pub(super) to: &'a mut [f64],
    pub(super) from: &'a [f64],
    pub(super) passes: u64,
}

impl<const STREAM: bool> Op for Duplicate<'_, STREAM> {
    // SAFETY: requires of its caller what `Op::run` requires, the instructions of `V`, and nothing more.
    #[inline(always)]
    unsafe fn run<V: Vectors>(self) {
        let Duplicate { to, from, passes } = self;
        assert!(to.len() == from.len() && to.len().is_multiple_of(UNROLL * V::Doubles::LANES));
        for _ in 0..passes {
            let (start, from) = (black_box(to.as_mut_ptr()), black_box(from.as_ptr()));
            // SAFETY: as in `Sweep`.
            unsafe {
                for turn in (0..to.len()).step_by(UNROLL * V::Doubles::LANES) {
                    for k in 0..UNROLL {
                        let i = turn + k * V::Doubles::LANES;
                        let x = V::Doubles::load(from.add(i));
                        if STREAM { x.stream(start.add(i)) } else { x.store(start.add(i)) }
                    }
                }
            }
        }
        fence();
    }
}

/// How many numbers ahead to prefetch: a page, because processors prefetch by themselves, but not across pages.
const PAGE: usize = 512;

/// Reads two arrays in parallel, and writes nothing.
pub(super) struct Read<'a, const AHEAD: bool> {
    pub(super) a: &'a [f64],
    pub(super) b: &'a [f64],
    pub(super) sum: &'a mut f64,
    pub(super) passes: u64,
}

impl<const AHEAD: bool> Op for Read<'_, AHEAD> {
    // SAFETY: requires of its caller what `Op::run` requires, the instructions of `V`, and nothing more.
    #[inline(always)]
    unsafe fn run<V: Vectors>(self) {
        let Read { a, b, sum, passes } = self;
        assert!(a.len() == b.len() && a.len().is_multiple_of(UNROLL * V::Doubles::LANES));
        for _ in 0..passes {
            let (a, b, len) = (black_box(a.as_ptr()), black_box(b.as_ptr()), a.len());
            // SAFETY: as in `Sweep`; and a row has room for the widest vector.
            unsafe {
                let mut sums = [[V::Doubles::splat(0.0); 2]; UNROLL];
                for turn in (0..len).step_by(UNROLL * V::Doubles::LANES) {
                    for (k, [of_a, of_b]) in sums.iter_mut().enumerate() {
                        let i = turn + k * V::Doubles::LANES;
                        if AHEAD && (k * V::Doubles::LANES).is_multiple_of(8) {
                            prefetch(a.wrapping_add(i + PAGE));
                            prefetch(b.wrapping_add(i + PAGE));
                        }
                        *of_a = of_a.add(V::Doubles::load(a.add(i)));
                        *of_b = of_b.add(V::Doubles::load(b.add(i)));
                    }
                }
                let mut row = [0.0; 8];
                for vector in sums.as_flattened() {
                    vector.store(row.as_mut_ptr());
                    *sum += row.iter().sum::<f64>();
                }
            }
        }
    }
}

/// Writes the numbers of the passes.
pub(super) struct Fill<'a, const STREAM: bool> {
    pub(super) to: &'a mut [f64],
    pub(super) from: f64,
    pub(super) passes: u64,
}

impl<const STREAM: bool> Op for Fill<'_, STREAM> {
    // SAFETY: requires of its caller what `Op::run` requires, the instructions of `V`, and nothing more.
    #[inline(always)]
    unsafe fn run<V: Vectors>(self) {
        let Fill { to, from, passes } = self;
        assert!(to.len().is_multiple_of(UNROLL * V::Doubles::LANES));
        for pass in 1..=passes {
            let start = black_box(to.as_mut_ptr());
            // SAFETY: as in `Sweep`.
            unsafe {
                let value = V::Doubles::splat(from + pass as f64);
                for turn in (0..to.len()).step_by(UNROLL * V::Doubles::LANES) {
                    for k in 0..UNROLL {
                        let to = start.add(turn + k * V::Doubles::LANES);
                        if STREAM { value.stream(to) } else { value.store(to) }
                    }
                }
            }
        }
        fence();
    }
}
