//! Heat spreading over a torus: neighbour exchange and a barrier every step.
//!
//! ```text
//! repeat steps times:
//!     for each cell of the old grid:
//!         new = u + 0.1 * (up + down + left + right - 4 * u), with indices that wrap around
//! ```
//!
//! `u' = u + 0.1 (up + down + left + right - 4u)`. The initial state is a mode of the torus, which
//! the scheme only shrinks by a known factor per step: so the result of any number of steps is known
//! exactly (von Neumann's analysis; see Strikwerda, *Finite Difference Schemes*, chapter 6).

use super::{Evenness, Facts, Mismatch, Params, Workload, root, sent_as_params, within};
use crate::bound::{Bound, Rate};
use crate::buffer::Buffer;
use crate::digest::{Output, POISON, Word};
use crate::spread::Spread;
use parallax_pattern::Answer;
use parallax_pattern::Stencil;
use std::f64::consts::TAU;
use std::ops::Range;

/// A square torus, its initial state and its number of steps.
pub struct Heat {
    params: Params,
    side: usize,
    steps: usize,
    initial: Buffer<f64>,
}

/// How many waves fit on the torus down the rows, and along them.
const WAVES: (usize, usize) = (3, 5);

/// The side of the torus, and the number of steps: those of the size, on a torus with the requested units. The smallest
/// one is large enough for both waves.
fn shape(params: Params) -> (usize, usize) {
    let (side, steps) = params.size.of([(32, 10), (256, 100), (640, 50), (640, 500), (4096, 50)]);
    (params.units.map_or(side, |updates| root(updates as f64 / steps as f64, 2.0).max(8)), steps)
}

impl Heat {
    /// The part of the difference to its neighbours that a cell adopts in a step.
    pub const RATE: f64 = 0.1;

    /// How many rows the torus has, and how many cells a row has.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The state before the first step, by rows.
    pub fn initial(&self) -> &[f64] {
        &self.initial
    }

    /// Writes the part of a row that begins at `column`: first and last cell separately, so that
    /// the loop between them does not need to check for the seam.
    fn step_row(&self, old: &[f64], row: usize, column: usize, new: &mut [f64]) {
        let n = self.side;
        let whole = |row: usize| &old[row * n..][..n];
        let (above, here, below) = (whole((row + n - 1) % n), whole(row), whole((row + 1) % n));
        let (first, last) = (column, column + new.len() - 1);
        let (inner_first, inner_end) = (first.max(1), (last + 1).min(n - 1));
        for edge in [0, n - 1].into_iter().filter(|edge| (first..=last).contains(edge)) {
            let (left, right) = (here[(edge + n - 1) % n], here[(edge + 1) % n]);
            new[edge - first] = next(here[edge], above[edge], below[edge], left, right);
        }
        if inner_first < inner_end {
            let inner = inner_first..inner_end;
            let beside = here[inner_first - 1..].iter().zip(&here[inner_first + 1..]);
            let across = above[inner.clone()].iter().zip(&below[inner.clone()]);
            let cells = new[inner_first - first..].iter_mut().zip(&here[inner]);
            for (((new, u), (up, down)), (left, right)) in cells.zip(across).zip(beside) {
                *new = next(*u, *up, *down, *left, *right);
            }
        }
    }

    /// The exact solution: a row factor times a column factor, shrunk, about 1.
    fn exactly(&self) -> impl Fn(usize) -> f64 {
        let n = self.side;
        let wave = |waves: usize| move |k: usize| (TAU * (waves * k % n) as f64 / n as f64).cos();
        let (down, along) = (wave(WAVES.0), wave(WAVES.1));
        let shrinks = 1.0 + Heat::RATE * (2.0 * down(1) + 2.0 * along(1) - 4.0);
        let left = shrinks.powf(self.steps as f64);
        let rows: Vec<f64> = (0..n).map(|i| left * down(i)).collect();
        let columns: Vec<f64> = (0..n).map(along).collect();
        move |p| 1.0 + rows[p / n] * columns[p % n]
    }
}

/// A cell after a step. One order of operations, so that every split of a step gives the same bits.
#[inline(always)]
fn next(u: f64, up: f64, down: f64, left: f64, right: f64) -> f64 {
    u + Heat::RATE * (up + down + left + right - 4.0 * u)
}

impl Stencil for Heat {
    type Item = f64;
    fn len(&self) -> usize {
        self.initial.len()
    }
    fn grain(&self) -> usize {
        self.side * (self.side / 128).max(1) // whole rows, 128 pieces
    }
    fn steps(&self) -> usize {
        self.steps
    }
    fn reach(&self) -> usize {
        self.side // the rows above and below
    }
    fn step(&self, old: &[f64], start: usize, new: &mut [f64]) {
        let n = self.side;
        let mut p = start;
        let mut rest = new;
        while !rest.is_empty() {
            let (part, after) = rest.split_at_mut((n - p % n).min(rest.len()));
            self.step_row(old, p / n, p % n, part);
            p += part.len();
            rest = after;
        }
    }
}

/// Two states that take turns; the words are the last one.
pub struct Heated {
    buffers: [Buffer<f64>; 2],
    last: usize,
}

impl Heated {
    /// Writes the initial state and lets `run` make all steps from it.
    ///
    /// # Errors
    ///
    /// Those of `run`.
    pub fn step(&mut self, work: &Heat, run: impl FnOnce([&mut [f64]; 2]) -> Answer<()>) -> Answer<()> {
        self.last = work.steps % 2;
        let [first, second] = &mut self.buffers;
        first.copy_from_slice(&work.initial);
        run([first, second])
    }

    /// The last state.
    pub fn state(&self) -> &[f64] {
        &self.buffers[self.last]
    }
}

impl Output for Heated {
    fn len(&self) -> usize {
        self.state().len()
    }
    fn word(&self, i: usize) -> u64 {
        self.state()[i].word()
    }
    fn set_word(&mut self, i: usize, word: u64) {
        self.buffers[self.last][i] = f64::from_word(word);
    }
    fn spoil(&mut self) {
        self.buffers.iter_mut().for_each(|buffer| buffer.fill(f64::from_word(POISON)));
    }
    fn partial_digest(&self, range: Range<usize>) -> u64 {
        self.buffers[self.last].partial_digest(range)
    }
}

impl Workload for Heat {
    const NAME: &'static str = "heat";
    const NUMBER: u16 = 8;
    const SHOWS: &'static str = "neighbour exchange and a barrier every step";
    const PATTERN: &'static str = "stencil";
    const HEADLINE: &'static [&'static str] =
        &["rayon", "spin-barrier", "portable", "portable+rayon", "ndarray-parallel", "shared-memory"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Heated;

    fn make(params: Params) -> Self {
        let (side, steps) = shape(params);
        let mut work = Heat { params, side, steps: 0, initial: Buffer::new(0) };
        let mode = work.exactly();
        work.initial = Buffer::from_fn(side * side, mode);
        Heat { steps, ..work }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        3 * 8 * (shape(params).0 as u64).pow(2)
    }
    fn units(params: Params) -> Option<u64> {
        let (side, steps) = shape(params);
        Some((side * side * steps) as u64)
    }
    fn facts(&self) -> Facts {
        let items = (self.len() * self.steps) as f64;
        Facts {
            items,
            unit: "cell updates".into(),
            bytes: 16.0 * items,
            flops: 7.0 * items,
            evenness: Evenness::Even,
            // the steps go over the two buffers; the initial state is read once
            limits: vec![Bound::of_data(Rate::Copy, 16.0 * items, 16 * self.len() as u64)],
            spread: Some(Spread::stencil(self).into()),
        }
    }
    fn output(&self) -> Heated {
        Heated { buffers: [0, 1].map(|_| Buffer::new(self.len())), last: self.steps % 2 }
    }
    /// The exact solution, without steps.
    fn reference(&self, out: &mut Heated) {
        out.last = self.steps % 2;
        let right = self.exactly();
        out.buffers[out.last].iter_mut().enumerate().for_each(|(p, u)| *u = right(p));
    }
    fn blind_bits(&self) -> u32 {
        16 // 1e-12 is within them for all values above 0.07
    }
    /// The exact solution within 1e-12 everywhere, and the mean, which steps keep, within 1e-14.
    fn check(&self, got: &Heated, _: u64) -> Result<(), Mismatch> {
        let right = self.exactly();
        within(got.state(), self.len(), |p| (right(p), 1e-12))?;
        let gained = got.state().iter().map(|u| u - 1.0).sum::<f64>() / self.len() as f64;
        let kept = gained.abs() <= 1e-14;
        if kept { Ok(()) } else { Err(Mismatch(format!("the mean moved by {gained:e}, but steps keep it"))) }
    }
}

sent_as_params!(Heat);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Size;
    use parallax_pattern::Execute;
    use parallax_pattern::Sequential;
    use std::sync::Arc;

    fn solved(work: &Arc<Heat>) -> Heated {
        let mut out = work.output();
        out.spoil();
        out.step(work, |buffers| Sequential.stencil(work, buffers)).unwrap();
        out
    }

    #[test]
    fn the_initial_state_is_the_defined_one() {
        let work = Heat::make(Params::of(Size::Small));
        for (p, u) in work.initial.iter().enumerate() {
            let angle = |waves: usize, k: usize| waves as f64 * TAU * k as f64 / work.side as f64;
            let defined = 1.0 + angle(3, p / work.side).cos() * angle(5, p % work.side).cos();
            assert!((u - defined).abs() < 1e-14, "cell {p}");
        }
    }

    /// A step, cell by cell, with one modulo per neighbour.
    fn plainly(work: &Heat, old: &[f64]) -> Vec<f64> {
        let n = work.side;
        let at = |i: usize, j: usize| old[i % n * n + j % n];
        let cell = |(i, j)| next(at(i, j), at(i + n - 1, j), at(i + 1, j), at(i, j + n - 1), at(i, j + 1));
        (0..n * n).map(|p| cell((p / n, p % n))).collect()
    }

    #[test]
    fn the_kernel_joins_all_seams() {
        let work = Heat::make(Params::of(Size::Tiny));
        let uneven: Vec<f64> =
            (0..work.len()).map(|p| parallax_pattern::random::at(8, p as u64) as f64).collect();
        let mut new = vec![0.0; work.len()];
        work.step(&uneven, 0, &mut new);
        assert_eq!(new, plainly(&work, &uneven));
    }

    #[test]
    fn the_exact_solution_is_reached_with_room_to_spare() {
        let work = Arc::new(Heat::make(Params::of(Size::Small)));
        let (out, right) = (solved(&work), work.exactly());
        let worst = out.state().iter().enumerate().map(|(p, u)| (u - right(p)).abs()).fold(0.0, f64::max);
        assert!(worst > 0.0 && worst < 1e-13, "{worst:e}");
        assert_eq!(work.check(&out, 0), Ok(()));
    }

    #[test]
    fn an_odd_number_of_steps_ends_in_the_other_buffer() {
        let work = Arc::new(Heat { steps: 7, ..Heat::make(Params::of(Size::Tiny)) });
        let out = solved(&work);
        assert_eq!((out.last, work.check(&out, 0)), (1, Ok(())));
    }

    #[test]
    fn wrong_schemes_are_rejected() {
        let right = Heat::make(Params::of(Size::Tiny));
        let two_short = Arc::new(Heat { steps: right.steps - 2, ..Heat::make(Params::of(Size::Tiny)) });
        assert!(right.check(&solved(&two_short), 0).is_err(), "steps are missing");

        let mut frozen = solved(&Arc::new(Heat::make(Params::of(Size::Tiny))));
        assert_eq!(right.check(&frozen, 0), Ok(()));
        frozen.buffers[0].iter_mut().skip(31).step_by(32).for_each(|u| *u = 1.0);
        assert!(right.check(&frozen, 0).is_err(), "a border that does not wrap");
    }

    #[test]
    fn heat_that_leaks_is_rejected() {
        let work = Arc::new(Heat::make(Params::of(Size::Tiny)));
        let mut out = solved(&work);
        out.buffers[0].iter_mut().for_each(|u| *u -= 1e-13);
        let leak = work.check(&out, 0).unwrap_err();
        assert!(leak.0.contains("mean"), "{leak}");
    }
}
