//! Tests of made-up sweeps: the results recover what they were made from.

use super::sample::{At, journal, machine, plan, scaling};
use super::*;
use crate::analysis::analyse;
use parallax_record::journal::{Line, Outcome, Role};
use parallax_record::scale::{Crossover, Grain};
use parallax_runner::protocol::Status;

/// Sizes at which `pool` has an overhead of 10 µs and half of the work, `slow` twice the work, and `wide` a larger
/// overhead and a quarter of the work.
fn sizes() -> Vec<At<'static>> {
    let at = |(value, items): (&str, f64)| At {
        value: value.into(),
        workers: 4,
        turns: None,
        items,
        baseline_ns: items,
        techniques: vec![
            ("pool", 1e4 + items / 2.0, 4, ""),
            ("slow", 2.0 * items, 1, ""),
            ("wide", 1e5 + items / 4.0, 4, ""),
        ],
    };
    [("tiny", 1e3), ("small", 1e5), ("headline", 1e6), ("medium", 2.5e7)].into_iter().map(at).collect()
}

fn pair<'a>(scaling: &'a Scaling, technique: &str, over: &str) -> &'a Crossover {
    let mut pairs = scaling.crossovers.iter();
    pairs.find(|pair| (&*pair.technique, &*pair.over) == (technique, over)).unwrap()
}

#[test]
fn techniques_overtake_each_other_where_their_times_are_made_to_meet() {
    let points = sizes();
    let found = scaling(Axis::Size, &points, &journal(&points, &[]));
    for (technique, over, truth) in
        [("pool", BASELINE, 2e4), ("wide", BASELINE, 1e5 / 0.75), ("wide", "pool", 9e4 / 0.25)]
    {
        let at = pair(&found, technique, over).crossover.as_ref().unwrap();
        assert!(at.low < truth && truth < at.high && at.high < 1.2 * at.low, "{truth}: {at:?}");
        assert!(at.after < truth && truth < at.before && at.unit == "things");
        assert_eq!((&*at.technique, &*at.over), (technique, over));
    }
    let slow = pair(&found, "slow", BASELINE);
    assert!(slow.crossover.is_none() && slow.reason.as_ref().unwrap().contains("slow is behind sequential"));
    assert!(!found.crossovers.iter().any(|pair| pair.over == "slow" && pair.crossover.is_none()));
    let tiny = &found.points[0];
    assert_eq!((&*tiny.technique, tiny.at, tiny.ratio, tiny.blocks), (BASELINE, Some(1e3), Some(1.0), 8));
    assert!(found.grains.is_empty() && found.laws.is_empty());
}

#[test]
fn a_pair_that_does_not_cross_says_on_which_side_all_of_it_lies() {
    let mut points = sizes();
    for at in &mut points {
        let late = if at.items > 1e5 { at.items } else { 2.0 * at.items };
        at.techniques = vec![
            ("vector", at.items / 8.0, 1, ""),
            ("slow", 2.0 * at.items, 1, ""),
            ("late", late, 4, ""),
            ("twin", at.items, 1, ""),
        ];
    }
    let found = scaling(Axis::Size, &points, &journal(&points, &[]));
    for (technique, words) in [
        ("vector", "vector is ahead of sequential from the smallest size measured, 1,000 things, on"),
        ("slow", "slow is behind sequential up to the largest size measured, 25,000,000 things"),
        ("late", "late is behind sequential from 1,000 things to 100,000 things; elsewhere neither is shown"),
        ("twin", "neither is shown to be ahead at any measured size"),
    ] {
        let pair = pair(&found, technique, BASELINE);
        let reason = pair.reason.as_ref().unwrap();
        assert!(pair.crossover.is_none() && reason.contains(words), "{technique}: {reason}");
    }
}

#[test]
fn a_point_that_others_disturbed_takes_no_part_and_is_named() {
    let points = sizes();
    let found = scaling(Axis::Size, &points, &journal(&points, &[0]));
    let pool = pair(&found, "pool", BASELINE);
    assert!(pool.crossover.is_none());
    let reason = pool.reason.as_ref().unwrap();
    assert!(reason.contains("ahead") && reason.contains("without tiny: every block"), "{reason}");
    let tiny = found.points.iter().find(|of| of.technique == "pool" && of.value == "tiny").unwrap();
    assert!(tiny.time_ns.is_some() && tiny.reason.is_some() && tiny.blocks == 0, "doubtful, and marked");
}

#[test]
fn a_technique_that_broke_says_so() {
    let points = sizes();
    let mut lines = journal(&points, &[]);
    for line in &mut lines {
        if let Line::Turn(turn) = line
            && (turn.group, turn.role) == (3, Role::Technique(0))
        {
            turn.outcome = Outcome::Refused { status: Status::Failed, reason: "out of memory".into() };
        }
    }
    let found = scaling(Axis::Size, &points, &lines);
    let medium = found.points.iter().find(|of| of.technique == "pool" && of.value == "medium").unwrap();
    assert_eq!(medium.reason.as_deref(), Some("out of memory"));
    assert!(pair(&found, "pool", BASELINE).crossover.is_some(), "the other points bracket it");
}

#[test]
fn laws_are_fitted_over_workers_up_to_the_cpus() {
    let at = |workers: usize| {
        let n = workers.min(16) as f64;
        let pool = 1.1e6 * (1.0 + 0.05 * (n - 1.0) + 0.001 * n * (n - 1.0)) / n;
        At {
            value: workers.to_string(),
            workers,
            turns: None,
            items: 1e6,
            baseline_ns: 1e6,
            techniques: vec![("pool", pool, workers, ""), ("vector", 2e5, 1, "")],
        }
    };
    let points: Vec<At> = [1, 2, 4, 8, 16, 64].map(at).into();
    let found = scaling(Axis::Workers, &points, &journal(&points, &[]));
    let law = |technique: &str, law: &str| {
        found.laws.iter().find(|of| of.technique == technique && of.law == law).unwrap()
    };
    let usl = law("pool", "usl");
    let (serial, crosstalk) = (usl.serial.unwrap(), usl.crosstalk.unwrap());
    assert!((serial.value / 0.05 - 1.0).abs() < 0.3 && serial.low < 0.05 && 0.05 < serial.high, "{usl:?}");
    assert!(crosstalk.low < 0.001 && 0.001 < crosstalk.high, "{usl:?}");
    assert_eq!(usl.predicted.iter().map(|of| of.workers).collect::<Vec<_>>(), [16, 64, 1024]);
    assert!(usl.residual.unwrap() < 0.02, "a point on more workers than CPUs is left out: {usl:?}");
    assert!(law("vector", "amdahl").reason.as_ref().unwrap().contains("one core"));
    let at = pair(&found, "pool", BASELINE).crossover.as_ref().unwrap();
    assert!(at.low <= at.at && at.at <= at.high && at.after == 1.0 && at.before == 2.0, "{at:?}");
    assert!(pair(&found, "vector", BASELINE).crossover.is_none());

    let few = scaling(Axis::Workers, &points[..2], &journal(&points[..2], &[]));
    assert!(few.laws.iter().all(|law| law.serial.is_none() && law.predicted.is_empty()));
    assert!(few.laws.iter().any(|law| law.reason.as_ref().unwrap().contains("3 numbers of workers")));
}

/// The same number of tasks with more and more turns; a turn takes 3 ns, and each technique adds an overhead to a task.
fn tasks<'a>(techniques: &[(&'a str, usize, f64, f64, &'a str)]) -> Vec<At<'a>> {
    let at = |power: u32| {
        let turns = 1u64 << power;
        let work = |slower: f64| 3.0 * slower * turns as f64;
        let of = |(name, cores, slower, overhead, alone): &(&'a str, usize, f64, f64, &'a str)| {
            (*name, 1000.0 * (work(*slower) + overhead) / *cores as f64, *cores, *alone)
        };
        At {
            value: turns.to_string(),
            workers: 8,
            turns: Some(turns),
            items: 1000.0,
            baseline_ns: 1000.0 * work(1.0),
            techniques: techniques.iter().map(of).collect(),
        }
    };
    (0..=16).step_by(2).map(at).collect()
}

fn grain<'a>(found: &'a Scaling, technique: &str) -> &'a Grain {
    found.grains.iter().find(|grain| grain.technique == technique).unwrap()
}

#[test]
fn a_known_overhead_gives_twice_itself_on_one_core_and_on_all() {
    let points =
        tasks(&[("one", 1, 1.0, 500.0, ""), ("all", 8, 1.0, 500.0, ""), ("broker", 8, 1.0, 2e4, "")]);
    let found = scaling(Axis::Grain, &points, &journal(&points, &[]));
    for (technique, overhead) in [("one", 500.0), ("all", 500.0), ("broker", 2e4)] {
        let grain = grain(&found, technique);
        let (metg, low, high) = (grain.metg_ns.unwrap(), grain.low.unwrap(), grain.high.unwrap());
        assert!((metg / (2.0 * overhead) - 1.0).abs() < 0.1, "{grain:?}");
        assert!(low < 2.0 * overhead && 2.0 * overhead < high && high < 1.5 * low, "{grain:?}");
        assert_eq!(grain.alone, BASELINE);
    }
    let largest = found.points.iter().rfind(|of| of.technique == "all").unwrap();
    assert!(largest.efficiency.is_some_and(|share| share > 0.95), "{largest:?}");
}

#[test]
fn what_the_sweep_does_not_bracket_has_no_metg() {
    let points = tasks(&[("none", 8, 1.0, 0.5, ""), ("cloud", 8, 1.0, 1e9, "")]);
    let found = scaling(Axis::Grain, &points, &journal(&points, &[]));
    assert!(grain(&found, "none").reason.as_ref().unwrap().contains("nothing below"));
    assert!(grain(&found, "cloud").reason.as_ref().unwrap().contains("not reached"));
    assert!(found.grains.iter().all(|grain| grain.metg_ns.is_none()));
}

#[test]
fn a_body_is_held_against_itself_and_not_against_a_faster_one() {
    let points = tasks(&[
        ("interpreted", 1, 100.0, 0.0, ""),
        ("interpreted-pool", 8, 100.0, 5000.0, "interpreted"),
        ("compiled-pool", 8, 1.0, 5000.0, "interpreted"),
        ("orphan", 8, 1.0, 5000.0, "nothing"),
    ]);
    let found = scaling(Axis::Grain, &points, &journal(&points, &[]));
    let reason = |name: &str| grain(&found, name).reason.clone().unwrap_or_default();
    assert!(reason("interpreted").contains("not reached"));
    let pool = grain(&found, "interpreted-pool");
    assert!((pool.metg_ns.unwrap() / 1e4 - 1.0).abs() < 0.1 && pool.alone == "interpreted", "{pool:?}");
    assert!(reason("compiled-pool").contains("another body"));
    assert!(reason("orphan").contains("no time of nothing"));
}

#[test]
fn cases_that_vary_make_one_curve_by_what_a_unit_takes() {
    // a lock whose reads take 10 ns and writes 20, and copies whose reads take 5 and writes 2000
    let at = |(value, writes): (&str, f64)| {
        let share = writes / 1024.0;
        At {
            value: value.into(),
            workers: 2,
            turns: None,
            items: 1e6 / (1.0 + writes), // any number: only the time of one counts
            baseline_ns: 1e6 / (1.0 + writes) * 7.0,
            techniques: vec![
                ("lock", 1e6 / (1.0 + writes) * (10.0 + 10.0 * share), 2, ""),
                ("copies", 1e6 / (1.0 + writes) * (5.0 + 1995.0 * share), 2, ""),
            ],
        }
    };
    let points: Vec<At> = [("0", 0.0), ("1", 1.0), ("10", 10.0), ("100", 100.0)].map(at).into();
    let found = scaling(Axis::Writes, &points, &journal(&points, &[]));
    let at = pair(&found, "copies", "lock").crossover.as_ref().unwrap();
    let truth = 5.0 / 1985.0 * 1024.0;
    assert!(at.low < truth && truth < at.high && at.after >= 1.0 && at.before <= 10.0, "{truth}: {at:?}");
    assert_eq!((&*at.technique, &*at.over, &*at.unit), ("lock", "copies", "writes of 1024"));
}

#[test]
fn a_run_that_is_no_sweep_says_nothing_of_it() {
    let points = sizes();
    let plan = Plan { sweep: None, ..plan(Axis::Size, &points) };
    let lines = journal(&points, &[]);
    let facts = analyse(&plan, &lines);
    assert!(of(&plan, &machine(2), &facts, &Judgement::of(&facts)).is_none());
}

#[test]
fn a_sweep_of_which_nothing_is_measured_yet_has_points_and_no_figures() {
    for axis in [Axis::Size, Axis::Workers, Axis::Grain, Axis::Lengths, Axis::Payload] {
        let found = scaling(axis, &sizes(), &[]);
        assert!(found.points.iter().all(|of| of.time_ns.is_none() && of.reason.is_some()), "{axis}");
        assert!(found.crossovers.iter().all(|of| of.crossover.is_none() && of.reason.is_some()));
    }
}
