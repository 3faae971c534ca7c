//! The coverage of 95 % intervals under the stop rule, and of alternatives that do not reach 95 %.

#[macro_use]
mod common;

use common::machine::{CROWDED, LOUD, Machine, Noise, QUIET, USUAL};
use parallax_method::{Estimate, Prior, Rules, Verdict, deviation, floors, mean, stop, verdicts};

const EXPERIMENTS: usize = 2000;

/// The share of experiments that end with an interval around the truth.
fn coverage(noise: Noise, seed: u64, ratio: f64, experiment: impl Fn(&mut Machine, f64) -> Estimate) -> f64 {
    let truth = ratio.ln();
    let held = |&number: &usize| covers(&experiment(&mut Machine::new(noise, seed, number), truth), truth);
    (0..EXPERIMENTS).filter(held).count() as f64 / EXPERIMENTS as f64
}

fn covers(estimate: &Estimate, truth: f64) -> bool {
    estimate.half_width.is_some_and(|half| (estimate.log_mean - truth).abs() <= half)
}

fn until(machine: &mut Machine, truth: f64, stops: impl Fn(&Estimate) -> bool) -> Estimate {
    let mut values = Vec::new();
    loop {
        values.extend(machine.block(&[truth]));
        let estimate = Estimate::of(&values, &Prior::NONE).unwrap();
        if stops(&estimate) {
            return estimate;
        }
    }
}

fn by_the_rules(machine: &mut Machine, truth: f64) -> Estimate {
    until(machine, truth, |estimate| stop(estimate, &Rules::default()).is_some())
}

/// The same estimate with the textbook's 95 % interval.
fn plain(estimate: &Estimate) -> Estimate {
    // t at 97.5 % over t at 98.75 %, by degrees of freedom
    let scale = match estimate.blocks {
        0..=2 => 0.50,
        3..=7 => 0.80,
        _ => 0.85,
    };
    Estimate { half_width: estimate.half_width.map(|half| half * scale), ..*estimate }
}

/// The least and mean share over 2000 experiments each, for seeds 1 to 10:
///
/// | speedup | quiet        | usual        | loud         | crowded      |
/// |---------|--------------|--------------|--------------|--------------|
/// | 1       | 0.971, 0.976 | 0.959, 0.967 | 0.955, 0.961 | 0.966, 0.973 |
/// | 2       | 0.969, 0.974 | 0.957, 0.965 | 0.954, 0.960 | 0.963, 0.971 |
/// | 2.1     | 0.962, 0.969 | 0.958, 0.963 | 0.945, 0.952 | 0.965, 0.971 |
/// | 8       | 0.969, 0.973 | 0.969, 0.974 | 0.954, 0.961 | 0.974, 0.978 |
fn assert_covered(noise: Noise) {
    for (seed, ratio) in (1..=3).flat_map(|seed| [1.0, 2.1, 8.0].map(|ratio| (seed, ratio))) {
        let share = coverage(noise, seed, ratio, by_the_rules);
        assert!(share >= 0.94, "{share} of the intervals around {ratio} with seed {seed} and {noise:?}");
    }
}

on_every_machine!(assert_covered);

/// Two cells that share no block, each with as many blocks as the stop rule requires, and two that share all.
#[test]
fn intervals_of_two_cells_cover_the_truth() {
    for noise in [QUIET, USUAL, LOUD, CROWDED] {
        let apart = coverage(noise, 1, 1.2, |machine, truth| {
            let one = by_the_rules(machine, 1.5 * truth);
            one.over(&by_the_rules(machine, 0.5 * truth))
        });
        let few = coverage(noise, 2, 1.2, |machine, truth| {
            let mut first = |of: f64, blocks| {
                let values: Vec<f64> = (0..blocks).flat_map(|_| machine.block(&[of])).collect();
                Estimate::of(&values, &Prior::NONE).unwrap()
            };
            first(1.5 * truth, 2).over(&first(0.5 * truth, 4))
        });
        let together = coverage(noise, 3, 1.2, |machine, truth| {
            let shared = |machine: &mut Machine| {
                let values = machine.block(&[1.5 * truth, 0.5 * truth]);
                values[0] - values[1]
            };
            Estimate::of(&[0; 4].map(|_| shared(machine)), &Prior::NONE).unwrap()
        });
        assert!(apart.min(few).min(together) >= 0.94, "{apart}, {few}, {together} with {noise:?}");
    }
}

#[test]
fn plain_intervals_do_not_survive_the_stop_rule() {
    let share = coverage(LOUD, 1, 1.0, |machine, truth| {
        plain(&until(machine, truth, |estimate| stop(&plain(estimate), &Rules::default()).is_some()))
    });
    assert!(share < 0.94, "{share}");
}

#[test]
fn stopping_at_significance_does_not_hold() {
    let share = coverage(USUAL, 1, 1.0, |machine, truth| {
        let significant = |e: &Estimate| e.blocks >= 4 && (!covers(&plain(e), 0.0) || e.blocks == 40);
        plain(&until(machine, truth, significant))
    });
    assert!(share < 0.85, "{share}");
}

#[test]
fn a_gulf_that_begins_where_the_interval_leaves_two_does_not_hold_at_two() {
    let rules = Rules::default();
    let share = coverage(LOUD, 1, 2.0, |machine, truth| {
        let beyond =
            |e: &Estimate| e.half_width.is_some_and(|half| half <= 0.05 && e.log_mean - half > truth);
        plain(&until(machine, truth, |e| {
            let e = plain(e);
            stop(&e, &rules).is_some() || e.blocks >= 4 && e.blocks.is_multiple_of(2) && beyond(&e)
        }))
    });
    assert!(share < 0.91, "{share}");
}

#[test]
fn a_hundred_samples_of_one_process_do_not_hold() {
    let share = coverage(USUAL, 1, 1.3, |machine, truth| {
        let logs = |times: Vec<f64>| times.into_iter().map(f64::ln).collect::<Vec<_>>();
        let (baseline, technique) = (logs(machine.turn(0.0, 100)), logs(machine.turn(truth, 100)));
        let errors = [&baseline, &technique].map(|turn| deviation(turn).unwrap() / 10.0);
        let half_width = Some(1.97 * errors[0].hypot(errors[1]));
        let log_mean = mean(&baseline).unwrap() - mean(&technique).unwrap();
        Estimate { half_width, ..Estimate::with(1, log_mean, 0.0, 0.0) }
    });
    assert!(share < 0.4, "{share}");
}

/// One group, measured by the rules: its estimates, and the noise floor that its twin shows.
fn group(noise: Noise, seed: u64, number: usize, truths: &[f64]) -> (Vec<Estimate>, f64) {
    let mut machine = Machine::new(noise, seed, number);
    let mut values = vec![Vec::new(); truths.len()];
    let mut estimates = vec![None; truths.len()];
    let (mut twin, mut open) = (Vec::new(), (0..truths.len()).collect::<Vec<_>>());
    while !open.is_empty() {
        let turns: Vec<f64> = open.iter().map(|&cell| truths[cell]).chain([0.0]).collect();
        let block = machine.block(&turns);
        twin.extend(block.last());
        for (&cell, value) in open.iter().zip(block) {
            values[cell].push(value);
            estimates[cell] = Estimate::of(&values[cell], &Prior::NONE).ok();
        }
        open.retain(|&cell| stop(&estimates[cell].unwrap(), &Rules::default()).is_none());
    }
    (estimates.into_iter().flatten().collect(), floors(&[&twin], &Prior::NONE)[0])
}

#[test]
fn identical_techniques_are_hardly_ever_told_apart() {
    let (mut claims, mut same, mut naive) = (0, 0, 0);
    for number in 0..EXPERIMENTS {
        let (estimates, floor) = group(USUAL, 1, number, &[0.0; 6]);
        let verdicts = verdicts(&estimates, floor);
        claims += verdicts.iter().filter(|v| matches!(v, Verdict::Faster | Verdict::Slower)).count();
        same += verdicts.iter().filter(|v| **v == Verdict::Same).count();
        naive += estimates.iter().filter(|estimate| !covers(&plain(estimate), 0.0)).count();
    }
    let all = 6 * EXPERIMENTS;
    assert!(claims * 100 <= all, "{claims} of {all}");
    assert!(same * 100 >= all, "{same} of {all} found the same");
    // Read one by one and compared with 1, as in many tables.
    assert!(naive * 25 >= all && naive >= 20 * claims, "{naive} against {claims}");
}

#[test]
fn what_differs_is_told() {
    let expected = [Verdict::Faster, Verdict::Slower, Verdict::Faster, Verdict::Slower];
    let told = |&number: &usize| {
        let (estimates, floor) = group(USUAL, 1, number, &[0.1, -0.1, 1.0, -1.0]);
        verdicts(&estimates, floor) == expected
    };
    let share = (0..500).filter(told).count() as f64 / 500.0;
    assert!(share > 0.9, "{share}");
}
