//! Tests of payback on simulated machines: the interval holds the true number of calls, and equal programs have none.

#[macro_use]
mod common;

use common::machine::{CROWDED, LOUD, Machine, Noise, QUIET, USUAL, normal};
use parallax_method::schedule::Draw;
use parallax_method::{
    Beside, Course, Estimate, Payback, Prior, Rules, Verdict, floors, log_ratio, median, payback, stop,
    verdicts,
};

const EXPERIMENTS: usize = 1000;

/// Samples of a process; the first of them is its first call.
const SAMPLES: usize = 11;

/// The true times of the program that may get ahead; each call of the other takes 1, including its first.
#[derive(Clone, Copy, Debug)]
struct Truth {
    /// The time before its first call.
    before: f64,
    /// How many times as long as a later call the first one takes.
    first: f64,
    /// How many times as fast it is.
    speedup: f64,
}

impl Truth {
    /// The first call at whose end it is ahead.
    fn calls(self) -> f64 {
        let each = 1.0 / self.speedup;
        ((self.before + (self.first - 1.0) * each) / (1.0 - each)).ceil().max(1.0)
    }
}

/// A process: its time before the first call deviates by a tenth, and drifts with the machine as calls do.
fn process(
    machine: &mut Machine,
    draw: &mut Draw,
    Truth { before, first, speedup }: Truth,
) -> (Course, Vec<f64>) {
    let slowness = machine.turn(0.0, 1)[0];
    let mut calls = machine.turn(speedup.ln(), SAMPLES);
    let first = vec![(1.0, first * calls.remove(0))];
    let each = median(&calls).unwrap();
    (Course { before: before * slowness * (1.0 + 0.1 * normal(draw)), first, each }, calls)
}

/// The results of a run: its verdict, and the payback, whatever the verdict is.
fn run(noise: Noise, seed: u64, number: usize, truth: Truth) -> (Verdict, Option<Payback>) {
    let (mut machine, mut draw) = (Machine::new(noise, seed, number), Draw::new(seed + 1000, number as u64));
    let plain = Truth { before: 0.0, first: 1.0, speedup: 1.0 };
    let (mut blocks, mut values, mut twins) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let [before, one, twin, after] =
            [plain, truth, plain, plain].map(|truth| process(&mut machine, &mut draw, truth));
        values.push(log_ratio(&before.1, &after.1, &one.1).unwrap());
        twins.push(log_ratio(&before.1, &after.1, &twin.1).unwrap());
        blocks.push(Beside { one: vec![one.0], other: vec![before.0, after.0] });
        let estimate = Estimate::of(&values, &Prior::NONE).unwrap();
        if stop(&estimate, &Rules::default()).is_some() {
            let floor = floors(&[&twins], &Prior::NONE)[0];
            return (verdicts(&[estimate], floor)[0], payback(&blocks));
        }
    }
}

/// The shares of runs that state a number at all, whose interval holds the truth, and whose interval holds a number
/// that is a third too large.
fn shares(noise: Noise, seed: u64, truth: Truth) -> [f64; 3] {
    let mut counts = [0; 3];
    for number in 0..EXPERIMENTS {
        let (_, told) = run(noise, seed, number, truth);
        let holds = |calls: f64| told.is_some_and(|told| (told.low..=told.high).contains(&calls));
        let found = [told.is_some(), holds(truth.calls()), holds((4.0 / 3.0 * truth.calls()).ceil())];
        counts.iter_mut().zip(found).for_each(|(count, found)| *count += usize::from(found));
    }
    counts.map(|count| count as f64 / EXPERIMENTS as f64)
}

fn assert_covered(noise: Noise) {
    let speedups = [1.3, 2.0, 8.0];
    for (at, speedup) in speedups.into_iter().enumerate() {
        for (before, first) in [(20.0, 1.0), (400.0, 3.0)] {
            let truth = Truth { before, first, speedup };
            let [stated, held, wrong] = shares(noise, 1 + at as u64, truth);
            assert!(stated >= 0.99, "{stated} state a number of {truth:?} with {noise:?}");
            assert!(held >= 0.94, "{held} hold {} of {truth:?} with {noise:?}", truth.calls());
            assert!(
                wrong < 0.3,
                "{wrong} hold a wrong number of {truth:?} with {noise:?}: they hold anything"
            );
        }
    }
}

on_every_machine!(assert_covered);

/// A program whose start costs something and whose calls are as long never pays off.
#[test]
fn of_programs_that_are_as_fast_nothing_is_stated() {
    for noise in [QUIET, USUAL, LOUD, CROWDED] {
        let truth = Truth { before: 20.0, first: 2.0, speedup: 1.0 };
        let told: Vec<_> = (0..EXPERIMENTS).map(|number| run(noise, 5, number, truth)).collect();
        let stated =
            told.iter().filter(|(verdict, told)| *verdict == Verdict::Faster && told.is_some()).count();
        let by_itself = told.iter().filter(|(_, told)| told.is_some()).count();
        assert!(stated * 200 <= EXPERIMENTS, "{stated} of {EXPERIMENTS} with {noise:?}");
        assert!(
            by_itself * 25 <= EXPERIMENTS,
            "{by_itself} of {EXPERIMENTS} without a verdict, with {noise:?}"
        );
    }
}

/// A slower program has no payback either, however cheap its start is.
#[test]
fn of_a_program_that_is_slower_nothing_is_stated() {
    let truth = Truth { before: 0.0, first: 1.0, speedup: 0.8 };
    let told = (0..EXPERIMENTS).filter(|number| run(USUAL, 6, *number, truth).1.is_some()).count();
    assert_eq!(told, 0);
}
