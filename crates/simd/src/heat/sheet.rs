//! Several steps by one thread on two neighbouring parts of a plate.

use super::rows::{TOGETHER, step_rows};
use crate::lanes::{Job, Lanes, Stores};
use std::array::from_fn;
use std::ops::Range;

/// Rows of the states of even and of odd steps.
pub(super) struct Half<'a>(pub(super) [&'a mut [f64]; 2]);

impl Half<'_> {
    /// The state before a step, and the one after it.
    fn turn(&mut self, step: usize) -> (&[f64], &mut [f64]) {
        let [even, odd] = &mut self.0;
        if step.is_multiple_of(2) { (even, odd) } else { (odd, even) }
    }
}

/// Two halves, one below the other.
pub(super) struct Sheet<'s, 'a> {
    pub(super) halves: [&'s mut Half<'a>; 2],
    pub(super) columns: usize,
    pub(super) rate: f64,
}

impl Sheet<'_, '_> {
    /// Writes `rows` of the state after `step`.
    #[inline(always)]
    fn step<L: Lanes>(&mut self, lanes: L, step: usize, rows: Range<usize>) {
        let (n, rate) = (self.columns, self.rate);
        let [upper, lower] = &mut self.halves;
        let ((above, upper), (below, lower)) = (upper.turn(step), lower.turn(step));
        let split = above.len() / n;
        let old =
            |row: usize| if row < split { &above[row * n..][..n] } else { &below[(row - split) * n..][..n] };
        let upper = &mut upper[rows.start.min(split) * n..rows.end.min(split) * n];
        let lower = &mut lower[rows.start.saturating_sub(split) * n..rows.end.saturating_sub(split) * n];
        let mut new = upper.chunks_exact_mut(n).chain(lower.chunks_exact_mut(n));
        let mut row = rows.start;
        while rows.end - row >= TOGETHER {
            let (old, new) = (from_fn(|k| old(row + k - 1)), from_fn(|_| new.next().expect("a row")));
            step_rows::<L, TOGETHER, { TOGETHER + 2 }>(lanes, Stores::Cached, rate, old, 0, new);
            row += TOGETHER;
        }
        for new in new {
            step_rows::<L, 1, 3>(lanes, Stores::Cached, rate, from_fn(|k| old(row + k - 1)), 0, [new]);
            row += 1;
        }
    }

    fn split(&self) -> usize {
        self.halves[0].0[0].len() / self.columns
    }

    fn rows(&self) -> usize {
        self.split() + self.halves[1].0[0].len() / self.columns
    }
}

/// The part of a pass.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// Each step computes one row less on either side than the one before.
    Tile,
    /// Each step computes one row more on either side of the line where the two halves meet.
    Seam,
}

/// `depth` steps after `done`, on a sheet.
pub(super) struct Phase<'s, 'a> {
    pub(super) sheet: Sheet<'s, 'a>,
    pub(super) form: Form,
    pub(super) done: usize,
    pub(super) depth: usize,
}

impl Job for Phase<'_, '_> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let Phase { mut sheet, form, done, depth } = self;
        let (middle, end) = (sheet.split(), sheet.rows());
        match form {
            Form::Tile => {
                for front in (0..end).step_by(TOGETHER) {
                    for k in 1..=depth {
                        let rows =
                            front.saturating_sub(k).max(k)..(front + TOGETHER).min(end).saturating_sub(k);
                        if !rows.is_empty() {
                            sheet.step(lanes, done + k - 1, rows);
                        }
                    }
                }
            }
            Form::Seam => {
                for k in 1..=depth {
                    sheet.step(lanes, done + k - 1, middle - k..middle + k);
                }
            }
        }
    }
}
