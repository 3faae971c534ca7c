//! Tests of measuring, with cells that spin, and with simulated batches.

use super::*;
use crate::energy::tests::{counter, machine};
use parallax_pattern::random::{at, spin};
use parallax_suite::workload::{Evenness, Facts, Mismatch};
use std::hint::black_box;
use std::path::PathBuf;

const MS: u64 = 1_000_000;

const PLAN: Measure = Measure {
    samples: 12,
    least_samples: 4,
    parity_ns: 180 * MS,
    min_sample_ns: MS,
    warmup_ns: 5 * MS,
    max_warmup_ns: 200 * MS,
    long_ns: 2_000 * MS,
    regime: None,
};

/// A cell that spins, counts its runs, and is wrong from a given one on.
struct Spinner {
    turns: u64,
    runs: u64,
    wrong_from: u64,
    spoiled: bool,
    /// How long each run sleeps in addition to its turns.
    sleeps: Duration,
    /// How long each check sleeps.
    check_sleeps: Duration,
}

/// A cell that spins and sleeps.
fn spinner(turns: u64, sleeps_ms: u64) -> Spinner {
    let (sleeps, check_sleeps) = (Duration::from_millis(sleeps_ms), Duration::ZERO);
    Spinner { turns, runs: 0, wrong_from: u64::MAX, spoiled: false, sleeps, check_sleeps }
}

impl Run for Spinner {
    fn spoil(&mut self) {
        self.spoiled = true;
    }
    fn run(&mut self, times: u64) -> Answer<()> {
        assert!(self.spoiled, "ran on an output that was not spoiled");
        self.spoiled = false;
        self.runs += times;
        black_box(spin(black_box(1), times * self.turns));
        std::thread::sleep(self.sleeps * times as u32);
        Ok(())
    }
    fn check(&self) -> Result<u64, Mismatch> {
        std::thread::sleep(self.check_sleeps);
        if self.runs >= self.wrong_from { Err(Mismatch("wrong".into())) } else { Ok(self.runs) }
    }
    fn is_exact(&self) -> bool {
        false
    }
    fn facts(&self) -> Facts {
        Facts {
            items: 1.0,
            unit: "runs".into(),
            bytes: 0.0,
            flops: 0.0,
            evenness: Evenness::Even,
            limits: Vec::new(),
            spread: None,
        }
    }
}

fn measured(cell: &mut Spinner, plan: &Measure) -> Measured {
    measure(cell, plan, 0).unwrap()
}

#[test]
fn short_runs_are_batched_and_every_batch_is_checked() {
    let mut cell = spinner(100, 0);
    let measured = measured(&mut cell, &PLAN);
    assert!((4..=12).contains(&measured.samples.len()), "{}", measured.samples.len());
    for sample in &measured.samples {
        assert!(sample.runs > 10, "{sample:?}");
        assert!(sample.wall_ns > 300_000, "{sample:?}");
    }
    let counted: u64 = measured.samples.iter().map(|sample| sample.runs).sum();
    assert!(cell.runs > counted, "the warm-up ran nothing");
}

#[test]
fn without_warm_up_the_first_run_is_the_sample_and_it_is_watched() {
    let mut cell = spinner(100, 0);
    let measured = measured(&mut cell, &Measure::ONCE);
    assert_eq!((measured.samples.len(), measured.samples[0].runs, cell.runs), (1, 1, 1));
    assert!(measured.samples[0].watched);
}

/// A cell whose poison, run and check advance a simulated energy counter.
struct Drain(PathBuf);

impl Drain {
    fn moves_to(&self, energy_uj: u64) {
        std::fs::write(&self.0, energy_uj.to_string()).unwrap();
    }
}

impl Run for Drain {
    fn spoil(&mut self) {
        self.moves_to(100);
    }
    fn run(&mut self, times: u64) -> Answer<()> {
        self.moves_to(100 + 50 * times);
        Ok(())
    }
    fn check(&self) -> Result<u64, Mismatch> {
        self.moves_to(9_000);
        Ok(0)
    }
    fn is_exact(&self) -> bool {
        false
    }
    fn facts(&self) -> Facts {
        spinner(0, 0).facts()
    }
}

#[test]
fn the_energy_of_a_sample_is_that_of_its_runs_without_poison_and_check() {
    let root = machine(&[("intel-rapl:0", "package-0", "7", "65532610987")]);
    let meter = Meter::open(root.path());
    let mut cell = Drain(counter(&root, 0));
    let batch = sample(&mut cell, 3, &|_| false, &meter).unwrap();
    assert_eq!((batch.sample.energy_uj, meter.why_not()), (Some(150), None));
    std::fs::remove_dir_all(root.path()).unwrap();
    let none = sample(&mut spinner(1, 0), 1, &|_| false, &Meter::open(root.path())).unwrap();
    assert_eq!(none.sample.energy_uj, None);
}

#[test]
fn a_result_that_goes_wrong_later_is_noticed() {
    for wrong_from in [2, 50, 5_000] {
        let mut cell = Spinner { wrong_from, ..spinner(100, 0) };
        let no = measure(&mut cell, &PLAN, 0).unwrap_err();
        assert!(matches!(no, No::Failed(_)), "{no}");
    }
}

#[test]
fn a_slow_check_makes_longer_batches_and_is_still_made_for_each() {
    let mut cell = Spinner { check_sleeps: Duration::from_millis(4), ..spinner(1, 1) };
    let measured = measured(&mut cell, &PLAN);
    for sample in &measured.samples {
        assert!(sample.wall_ns >= 3 * sample.check_ns.min(4 * MS) && sample.check_ns >= 4 * MS, "{sample:?}");
    }
}

#[test]
fn the_regime_that_is_asked_for_is_kept_whatever_the_length() {
    let plan = |regime| Measure { long_ns: 100 * MS, regime: Some(regime), ..PLAN };
    // long enough to be its own sample, in a group whose baseline is warm
    for regime in [Regime::Batches, Regime::Singles] {
        let mut cell = spinner(1, 110);
        let measured = measured(&mut cell, &plan(regime));
        assert_eq!((measured.samples.len(), measured.samples[0].runs), (1, 1));
        assert!(cell.runs >= 2, "the first run is the sample, and cold");
    }
    // and a short one, in a group whose baseline is cold
    let mut cell = spinner(100, 0);
    let cold = measured(&mut cell, &plan(Regime::Cold));
    assert_eq!((cold.samples.len(), cell.runs, cold.steady), (1, 1, false));
    // a short one in a group of single long runs is warmed up for as long as they are
    let mut cell = spinner(100, 0);
    let single = measured(&mut cell, &plan(Regime::Singles));
    assert!(single.samples.iter().all(|sample| sample.runs > 1), "too short to be timed alone");
}

#[test]
fn a_warm_up_that_never_agrees_ends_and_says_so() {
    let mut made = Vec::new();
    let longer = |k: usize| (5 + 7 * k as u64) * MS; // each batch is longer than the last
    let told = collect(&PLAN, 0, &mut made_up(longer, &mut made)).unwrap();
    assert!(!told.steady);
    let first = made.iter().position(|batch| batch.wall_ns == told.samples[0].wall_ns).unwrap();
    let warm: u64 = made[..first].iter().map(|batch| batch.wall_ns).sum();
    assert!(warm >= PLAN.max_warmup_ns, "a batch of a warm-up that was never steady is a sample");
}

/// Simulated batches: the k-th takes `each(k)` per run, and is recorded in `made`.
fn made_up<'a>(
    each: impl Fn(usize) -> u64 + 'a,
    made: &'a mut Vec<Sample>,
) -> impl FnMut(u64, &dyn Fn(u64) -> bool) -> Answer<Batch> + 'a {
    move |runs, watch| {
        let wall_ns = runs * each(made.len());
        let sample = Sample {
            runs,
            wall_ns,
            cpu_ns: wall_ns,
            check_ns: 0,
            stray_ns: 0,
            watched: watch(wall_ns),
            digest: String::new(),
            minor_faults: 0,
            major_faults: 0,
            waits: 0,
            preemptions: 0,
            energy_uj: None,
        };
        made.push(sample.clone());
        Ok(Batch { sample, rest_ns: MS / 10 })
    }
}

fn walls(samples: &[Sample]) -> Vec<u64> {
    samples.iter().map(|sample| sample.wall_ns / MS).collect()
}

#[test]
fn the_batches_that_agreed_are_the_first_samples() {
    let times = [10, 50, 40, 30, 20, 15, 11, 11, 12, 13];
    let mut made = Vec::new();
    let each = |k: usize| times[k.min(9)] * MS;
    let told = collect(&PLAN, 0, &mut made_up(each, &mut made)).unwrap();
    assert!(told.steady);
    assert_eq!((told.first_ns, &walls(&told.samples)[..4]), (10 * MS, &[11, 11, 12, 13][..]));
    assert_eq!(made.len(), 6 + told.samples.len(), "all batches after the agreement are samples");
    let watched: Vec<bool> = told.samples.iter().map(|sample| sample.watched).collect();
    assert!(watched.ends_with(&[true]) && !watched[0] && !watched[1], "{watched:?}");
    assert_eq!(watched.iter().filter(|watched| **watched).count(), 3);
    let warm_up: Vec<[u64; 2]> = told.warm_up.iter().map(|[runs, wall_ns]| [*runs, wall_ns / MS]).collect();
    assert_eq!(warm_up, [[1, 10], [2, 60], [3, 100], [5, 150], [6, 165]]);
}

#[test]
fn a_first_run_may_show_that_a_process_is_steady_and_stays_the_cold_figure() {
    let mut made = Vec::new();
    let told = collect(&PLAN, 0, &mut made_up(|_| 20 * MS, &mut made)).unwrap();
    assert!(told.steady);
    assert_eq!(made.len(), 1 + told.samples.len(), "one batch agrees with the first run, and counts");
}

#[test]
fn batches_of_other_lengths_than_the_samples_do_not_count() {
    let mut made = Vec::new();
    let told = collect(&PLAN, 0, &mut made_up(|_| 10_000, &mut made)).unwrap();
    assert!(told.samples.iter().all(|sample| sample.runs == told.samples[0].runs));
    assert!(told.samples[0].runs > 50 && made[1].runs < told.samples[0].runs, "{made:?}");
}

#[test]
fn a_dear_start_is_worth_more_samples() {
    let taken = |fixed_ms: u64| {
        let mut made = Vec::new();
        let plan = Measure { samples: 30, least_samples: 10, min_sample_ns: 5 * MS, ..PLAN };
        let told = collect(&plan, fixed_ms * MS, &mut made_up(|_| 6 * MS, &mut made)).unwrap();
        told.samples.len()
    };
    assert_eq!([0, 60, 1000].map(taken), [10, 19, 30]);
}

/// A run's time in a process of that number: skewed as times are, with a disturbance now and then.
fn disturbed(process: u64, k: usize, deviation: f64) -> f64 {
    let draw = |j: u64| at(process, 16 * k as u64 + j) as f64 / 2f64.powi(64);
    let normal = (0..12).map(draw).sum::<f64>() - 6.0;
    let spike = if draw(12) < 0.05 { 1.5 } else { 1.0 };
    (deviation * normal).exp() * spike
}

fn mean_log_median(times: impl Iterator<Item = Vec<f64>>) -> f64 {
    let logs: Vec<f64> = times
        .map(|mut times| {
            times.sort_by(f64::total_cmp);
            let middle = times.len() / 2;
            if times.len() % 2 == 1 { times[middle] } else { (times[middle - 1] + times[middle]) / 2.0 }.ln()
        })
        .collect();
    logs.iter().sum::<f64>() / logs.len() as f64
}

#[test]
fn counting_the_batches_that_agreed_moves_no_ratio() {
    let plan = Measure { samples: 30, least_samples: 10, min_sample_ns: 5 * MS, ..PLAN };
    // two thousand processes of a cell with this deviation, as the medians of turns report them
    let told = |deviation: f64| {
        mean_log_median((0..2000).map(|process| {
            let each = |k| (6e6 * disturbed(process, k, deviation)) as u64;
            let told = collect(&plan, 60 * MS, &mut made_up(each, &mut Vec::new())).unwrap();
            told.samples.iter().map(|sample| sample.wall_ns as f64 / 6e6 / sample.runs as f64).collect()
        }))
    };
    // and as the same number of batches would, whether they agreed or not
    let plain = |deviation: f64| {
        mean_log_median((0..2000).map(|process| (0..18).map(|k| disturbed(process, k, deviation)).collect()))
    };
    let [calm, wild] = [0.05, 0.2];
    let moved = [told(calm) - plain(calm), told(wild) - plain(wild)];
    assert!((moved[0] - moved[1]).abs() < 0.005, "the ratio of a calm and a wild cell moves: {moved:?}");
    // a rule with a bias shows here: one that counts only batches faster than the one before
    let picked = mean_log_median((0..2000).map(|process| {
        let times: Vec<f64> = (0..18).map(|k| disturbed(process, k, wild)).collect();
        times.windows(2).filter(|two| two[1] < two[0]).map(|two| two[1]).collect()
    }));
    assert!(picked - plain(wild) < -0.05, "the test cannot see a bias: {picked}");
}
