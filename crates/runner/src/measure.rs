//! Warm up, batch, time, check: how a loaded cell becomes samples.

use crate::clock::{self, time};
use crate::protocol::{LONG_ENOUGH_ALONE_NS, Measure, Measured, Regime, Sample};
use crate::usage::{self, Spent};
use parallax_suite::cell::Run;
use parallax_suite::question::{Answer, No};
use std::time::Duration;

/// Two batches this close are steady.
const STEADY: f64 = 0.05;

/// How long to watch, after the check, for threads that are still at work.
const SETTLE: Duration = Duration::from_millis(3);

/// Runs a cell as `plan` says; every sample is checked.
///
/// The first run is timed and checked by itself: it is the cold figure, and it finds what is wrong
/// before time is spent on it.
///
/// # Errors
///
/// The cell's refusal, or [`No::Failed`] with the mismatch if a result is wrong.
pub(crate) fn measure(run: &mut dyn Run, plan: &Measure) -> Answer<Measured> {
    usage::reset_peak();
    let first = sample(run, 1)?;
    let first_ns = first.wall_ns;
    let (samples, steady) = match plan.regime_after(first_ns) {
        Regime::Cold => (vec![first], false),
        regime => {
            let Warm { runs, each_ns, steady } = warm_up(run, first_ns, plan, regime)?;
            let samples = (0..enough(plan, each_ns)).map(|_| sample(run, runs));
            (samples.collect::<Answer<Vec<_>>>()?, steady)
        }
    };
    let (peak_bytes, threads) = (usage::peak_bytes(), usage::threads());
    let mut metrics = run.metrics()?;
    metrics.extend(run.cpu_metric().map(|name| (name, cpu_us_per_item(&samples, run.facts().items))));
    let metrics = metrics.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(Measured { first_ns, steady, samples, peak_bytes, threads, metrics })
}

/// CPU time of the process tree for one item, over all samples.
fn cpu_us_per_item(samples: &[Sample], items: f64) -> f64 {
    let cpu_ns: u64 = samples.iter().map(|sample| sample.cpu_ns).sum();
    let runs: u64 = samples.iter().map(|sample| sample.runs).sum();
    cpu_ns as f64 / 1e3 / (runs as f64 * items).max(1.0)
}

/// How many samples a run of this length needs.
fn enough(plan: &Measure, each_ns: u64) -> u32 {
    let most = match each_ns {
        _ if each_ns >= plan.long_ns => 1,
        LONG_ENOUGH_ALONE_NS.. => 2,
        _ => u32::MAX,
    };
    plan.samples.clamp(1, most)
}

/// Where a warm-up ended.
struct Warm {
    /// Runs of a batch.
    runs: u64,
    /// The last batch's time, for each of its runs.
    each_ns: u64,
    /// Whether two batches agreed, or a first run was all that the regime asks for.
    steady: bool,
}

/// Runs for as long as the regime wants: until two batches agree, or just for a while. Both end at the longest
/// warm-up.
fn warm_up(run: &mut dyn Run, first_ns: u64, plan: &Measure, regime: Regime) -> Answer<Warm> {
    let (mut runs, mut each_ns, mut spent) = (1, first_ns as f64, first_ns);
    let (mut steady, mut long_enough) = (regime == Regime::Singles, first_ns >= plan.min_sample_ns);
    loop {
        let warm = Warm { runs, each_ns: each_ns as u64, steady };
        if spent >= plan.warmup_ns && steady && long_enough {
            return Ok(warm);
        }
        if spent >= plan.max_warmup_ns {
            return Ok(Warm { steady: false, ..warm });
        }
        if !long_enough {
            let wanted = plan.min_sample_ns as f64 * 1.2 / each_ns.max(1.0);
            runs = (wanted as u64).clamp(runs + 1, runs * 10);
        }
        let batch = sample(run, runs)?;
        let (last_ns, now_ns) = (each_ns, batch.wall_ns as f64 / runs as f64);
        long_enough = batch.wall_ns >= plan.min_sample_ns;
        let agree = (now_ns - last_ns).abs() <= STEADY * now_ns.min(last_ns);
        steady = regime == Regime::Singles || long_enough && agree;
        spent += batch.wall_ns;
        each_ns = now_ns;
    }
}

/// Times `runs` runs and checks what they left.
fn sample(run: &mut dyn Run, runs: u64) -> Answer<Sample> {
    run.spoil();
    let before = Spent::now();
    let (answer, wall_ns) = time(|| run.run(runs));
    usage::settle();
    let spent = Spent::now().since(&before);
    answer?;
    let (tree, own) = (usage::tree_cpu_ns(), clock::thread_cpu_ns());
    let (checked, check_ns) = time(|| run.check());
    std::thread::sleep(SETTLE);
    let (tree, own) = (usage::tree_cpu_ns() - tree, clock::thread_cpu_ns() - own);
    let digest = checked.map_err(|mismatch| No::Failed(Box::new(mismatch)))?;
    Ok(Sample {
        runs,
        wall_ns,
        cpu_ns: spent.cpu_ns,
        check_ns,
        stray_ns: tree.saturating_sub(own),
        digest: format!("{digest:016x}"),
        minor_faults: spent.minor_faults,
        major_faults: spent.major_faults,
        waits: spent.waits,
        preemptions: spent.preemptions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_suite::random::spin;
    use parallax_suite::workload::{Evenness, Facts, Mismatch};
    use std::hint::black_box;

    /// A cell that spins, counts its runs, and is wrong from a given one on.
    struct Spinner {
        turns: u64,
        runs: u64,
        wrong_from: u64,
        spoiled: bool,
        /// What each run sleeps beside its turns.
        sleeps: Duration,
    }

    /// What was run, and how warm.
    fn spinner(turns: u64, sleeps_ms: u64) -> Spinner {
        let sleeps = Duration::from_millis(sleeps_ms);
        Spinner { turns, runs: 0, wrong_from: u64::MAX, spoiled: false, sleeps }
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
            }
        }
    }

    const PLAN: Measure = Measure {
        samples: 3,
        min_sample_ns: 1_000_000,
        warmup_ns: 5_000_000,
        max_warmup_ns: 200_000_000,
        long_ns: 2_000_000_000,
        regime: None,
    };

    #[test]
    fn short_runs_are_batched() {
        let mut cell = spinner(100, 0);
        let measured = measure(&mut cell, &PLAN).unwrap();
        assert_eq!(measured.samples.len(), 3);
        for sample in &measured.samples {
            assert!(sample.runs > 10, "{sample:?}");
            assert!(sample.wall_ns > 300_000, "{sample:?}");
        }
        let counted: u64 = measured.samples.iter().map(|sample| sample.runs).sum();
        assert!(cell.runs > counted, "the warm-up ran nothing");
    }

    #[test]
    fn without_warm_up_the_first_run_is_the_sample() {
        let mut cell = spinner(100, 0);
        let measured = measure(&mut cell, &Measure::ONCE).unwrap();
        assert_eq!((measured.samples.len(), measured.samples[0].runs, cell.runs), (1, 1, 1));
    }

    #[test]
    fn a_result_that_goes_wrong_later_is_noticed() {
        let mut cell = Spinner { wrong_from: 50, ..spinner(100, 0) };
        let no = measure(&mut cell, &PLAN).unwrap_err();
        assert!(matches!(no, No::Failed(_)), "{no}");
    }

    #[test]
    fn the_regime_that_is_asked_for_is_kept_whatever_the_length() {
        let plan = |regime| Measure { long_ns: 100_000_000, regime: Some(regime), ..PLAN };
        // long enough to be its own sample, in a group whose baseline is warm
        for regime in [Regime::Batches, Regime::Singles] {
            let mut cell = spinner(1, 110);
            let measured = measure(&mut cell, &plan(regime)).unwrap();
            assert_eq!((measured.samples.len(), measured.samples[0].runs), (1, 1));
            assert!(cell.runs >= 2, "the first run is the sample, and cold");
        }
        // and a short one, in a group whose baseline is cold
        let mut cell = spinner(100, 0);
        let measured = measure(&mut cell, &plan(Regime::Cold)).unwrap();
        assert_eq!((measured.samples.len(), cell.runs, measured.steady), (1, 1, false));
        // a short one beside single long runs is warmed up for as long as they are
        let mut cell = spinner(100, 0);
        let measured = measure(&mut cell, &plan(Regime::Singles)).unwrap();
        assert_eq!(measured.samples.len(), 3);
        assert!(measured.samples.iter().all(|sample| sample.runs > 1), "too short to be timed alone");
    }

    #[test]
    fn the_first_run_decides_where_no_regime_is_asked_for() {
        let plan = Measure { long_ns: 1_000_000_000, ..PLAN };
        let decided =
            [1_000, 99_999_999, 100_000_000, 999_999_999, 1_000_000_000].map(|ns| plan.regime_after(ns));
        let [batches, singles, cold] = [Regime::Batches, Regime::Singles, Regime::Cold];
        assert_eq!(decided, [batches, batches, singles, singles, cold]);
        assert_eq!(Measure::ONCE.regime_after(1), Regime::Cold);
    }

    #[test]
    fn a_warm_up_that_never_agrees_ends_and_says_so() {
        struct Ever(Spinner);
        impl Run for Ever {
            fn spoil(&mut self) {
                self.0.spoil();
            }
            fn run(&mut self, times: u64) -> Answer<()> {
                self.0.sleeps += Duration::from_millis(7); // each batch is longer than the last
                self.0.run(times)
            }
            fn check(&self) -> Result<u64, Mismatch> {
                self.0.check()
            }
            fn is_exact(&self) -> bool {
                false
            }
            fn facts(&self) -> Facts {
                self.0.facts()
            }
        }
        let mut cell = Ever(spinner(1, 5));
        assert!(!measure(&mut cell, &PLAN).unwrap().steady);
    }
}
