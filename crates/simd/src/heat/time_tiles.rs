//! Time tiles: several steps while the rows are in a near cache, instead of a pass over memory for each.
//!
//! A row of step `k` needs only three rows of step `k - 1`. So several steps can follow each other down a tile, each a
//! row behind the one before (a *wavefront*; L. Lamport, 1974), and all except the first find their rows in the cache.
//! At the end of a tile each step can compute one row less; between two tiles a triangle is missing, which is filled
//! when both are done:
//!
//! ```text
//! step 3          . . # # . . . . # # . .        #  done tile by tile, at the same time
//! step 2          . # # # # . . # # # # .        .  done afterwards, seam by seam, at the same time
//! step 1          # # # # # # # # # # # #
//!                 first tile | second tile
//! ```
//!
//! These are the same updates in another order, and so the same bits. Instead of one barrier for each step there are
//! two for all the steps of a pass. Two states are enough memory: a row is overwritten two steps later, after both its
//! neighbours have been computed from it.

use super::sheet::{Form, Half, Phase, Sheet};
use crate::best;
use parallax_pattern::{Answer, team};
use std::sync::{Barrier, Mutex, PoisonError};
#[cfg(feature = "worker")]
use {
    parallax_pattern::isa::Isa,
    parallax_pattern::{Card, Cores, Question, Stencil, Technique},
    parallax_suite::cell::{self, Cell},
    parallax_suite::workload::{Heat, Heated},
    std::sync::Arc,
};

/// Bytes of both states that are computed together: they stay in a common second cache.
const NEAR: usize = 512 << 10;

/// Makes `steps` steps of a plate as [`heat_step`](crate::heat_step) does, many of them in one pass over memory.
///
/// The first buffer holds the plate, row by row, each of `columns` cells. The buffers alternate: the last state is in
/// the first one if `steps` is even, else in the other. A thread works on neighbouring rows, and waits for the others
/// twice a pass.
///
/// ```
/// let (mut plate, mut other) = ([0.0; 64], [0.0; 64]);
/// plate[27] = 10.0; // a warm spot on a plate of 8 rows and 8 columns
/// parallax_simd::heat_steps([&mut plate, &mut other], 8, 0.1, 4, 2)?;
/// assert!((plate.iter().sum::<f64>() - 10.0).abs() < 1e-12);
/// assert!(plate[27 + 4] > 0.0, "it has reached what lies four columns away");
/// # Ok::<(), parallax_pattern::No>(())
/// ```
///
/// # Errors
///
/// If a thread cannot be started.
///
/// # Panics
///
/// If the buffers are not whole rows, or differ in length.
pub fn heat_steps(
    plate: [&mut [f64]; 2],
    columns: usize,
    rate: f64,
    steps: usize,
    threads: usize,
) -> Answer<()> {
    assert!(columns > 0 && plate[0].len().is_multiple_of(columns), "a plate must be whole rows");
    assert_eq!(plate[0].len(), plate[1].len(), "both buffers must have the same length");
    let Some(plan) = Plan::new(plate[0].len() / columns, columns, steps, threads) else {
        one_by_one(plate, columns, rate, steps);
        return Ok(());
    };
    let halves = plan.cut(plate, columns);
    let tiles = (0..plan.tiles).map(|tile| {
        let halves = &halves;
        move |phase: usize| {
            let done = phase / 2 * plan.depth;
            let depth = plan.depth.min(steps - done);
            let (half, form) = if phase.is_multiple_of(2) { (0, Form::Tile) } else { (1, Form::Seam) };
            let near = [half, half + 1].map(|half| &halves[(2 * tile + half) % halves.len()]);
            let [mut upper, mut lower] = near.map(|half| half.lock().unwrap_or_else(PoisonError::into_inner));
            let sheet = Sheet { halves: [&mut upper, &mut lower], columns, rate };
            best::run(Phase { sheet, form, done, depth });
        }
    });
    let phases = 2 * steps.div_ceil(plan.depth);
    match plan.tiles {
        1 => tiles.for_each(|mut tile| (0..phases).for_each(&mut tile)),
        _ => team::in_step(Barrier::new(plan.tiles), phases, tiles)?,
    }
    Ok(())
}

/// All steps one by one, where there are too few rows for a tile.
fn one_by_one([mut old, mut new]: [&mut [f64]; 2], columns: usize, rate: f64, steps: usize) {
    for _ in 0..steps {
        super::heat_step(old, columns, rate, 0, new);
        std::mem::swap(&mut old, &mut new);
    }
}

/// The division of the plate into tiles, one for each thread.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Plan {
    tiles: usize,
    /// The number of steps in a pass.
    depth: usize,
}

impl Plan {
    /// None if there are too few rows for a tile, or no steps.
    fn new(rows: usize, columns: usize, steps: usize, threads: usize) -> Option<Self> {
        let tiles = threads.clamp(1, (rows / 4).max(1));
        let reachable = (rows / (2 * tiles)).checked_sub(1)?; // on either side a seam needs a row more than steps
        let near = (NEAR / (2 * size_of::<f64>() * columns)).saturating_sub(2).max(1);
        let depth = near.min(reachable).min(steps);
        let even = |depth| steps.div_ceil(steps.div_ceil(depth)); // equal passes
        (depth > 0).then(|| Plan { tiles, depth: even(depth) })
    }

    /// Both states of each half of a tile.
    fn cut<'a>(&self, [even, odd]: [&'a mut [f64]; 2], columns: usize) -> Vec<Mutex<Half<'a>>> {
        let (rows, halves) = (even.len() / columns, 2 * self.tiles);
        let mut left = [even, odd];
        let half = |k: usize| {
            let cells = ((k + 1) * rows / halves - k * rows / halves) * columns;
            Mutex::new(Half(
                left.each_mut().map(|left| left.split_off_mut(..cells).expect("as many are left")),
            ))
        };
        (0..halves).map(half).collect()
    }
}

/// Several steps in each pass.
#[cfg(feature = "worker")]
#[derive(Debug, Clone, Copy)]
pub struct TimeTiles {
    isa: Isa,
    workers: usize,
}

#[cfg(feature = "worker")]
impl Technique for TimeTiles {
    const CARD: Card = Card {
        name: "time-tiles",
        idea: "several steps of a stencil in one pass over memory, tile by tile, in vectors",
        gives: "rows that are in a near cache when the next step needs them, and two barriers for many steps",
        costs: "another order of the same updates, which only a stencil with a short reach allows",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    const ALGORITHM: &'static str = "several steps a pass";
    fn start(workers: usize) -> Answer<Self> {
        Ok(TimeTiles { isa: Isa::detect()?, workers: workers.max(1) })
    }
    fn isa(&self) -> String {
        self.isa.to_string()
    }
}

#[cfg(feature = "worker")]
impl TimeTiles {
    /// The one cell.
    pub(crate) fn cells() -> Vec<Cell> {
        cell::cells(Question::Compute, Self::heat)
    }

    fn heat(&self, work: &Arc<Heat>, out: &mut Heated) -> Answer<()> {
        let (side, steps) = (work.side(), work.steps());
        out.step(work, |plate| heat_steps(plate, side, Heat::RATE, steps, self.workers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heat_step;
    use parallax_pattern::random::at;

    /// Numbers that no sum holds exactly, so that another order of operations would show.
    fn plate(rows: usize, columns: usize) -> Vec<f64> {
        (0..(rows * columns) as u64).map(|i| (at(9, i) >> 11) as f64).collect()
    }

    #[test]
    fn the_same_bits_come_as_step_by_step() {
        for (rows, columns) in [(1, 3), (3, 1), (4, 4), (7, 9), (8, 130), (61, 37), (64, 500)] {
            for steps in [0, 1, 2, 5, 24, 61] {
                let first = plate(rows, columns);
                let (mut right, mut next) = (first.clone(), first.clone());
                for _ in 0..steps {
                    heat_step(&right, columns, 0.1, 0, &mut next);
                    std::mem::swap(&mut right, &mut next);
                }
                for threads in [1, 2, 3, 5] {
                    let mut states = [first.clone(), vec![f64::NAN; first.len()]];
                    let [even, odd] = &mut states;
                    heat_steps([even, odd], columns, 0.1, steps, threads).unwrap();
                    assert_eq!(
                        states[steps % 2],
                        right,
                        "{rows} x {columns}, {steps} steps, {threads} threads"
                    );
                }
            }
        }
    }

    #[test]
    fn a_pass_is_as_deep_as_caches_and_tiles_allow() {
        let depth =
            |rows, columns, steps, threads| Plan::new(rows, columns, steps, threads).map(|plan| plan.depth);
        assert_eq!(depth(640, 640, 50, 2), Some(25)); // two passes of at most 49
        assert_eq!(depth(4096, 1 << 20, 50, 2), Some(1), "rows larger than the cache");
        assert_eq!(depth(40, 10, 50, 2), Some(9), "halves of ten rows");
        assert_eq!(depth(3, 10, 50, 2), None, "no half has two rows");
        assert_eq!(depth(640, 640, 0, 2), None, "no steps");
    }
}
