//! Warm up, batch, time, check: how a loaded cell becomes samples.

use crate::clock::{self, time};
use crate::protocol::{Measure, Measured, Sample};
use crate::usage::{self, Spent};
use parallax_suite::cell::Run;
use parallax_suite::question::{Answer, No};
use std::time::Duration;

/// Two batches this close are steady.
const STEADY: f64 = 0.05;

/// How long to watch, after the check, for threads that are still at work.
const SETTLE: Duration = Duration::from_millis(3);

/// A single run of this length needs no second one to warm up, and two samples of it are enough: the
/// spread between processes is larger than that within one.
const LONG_ENOUGH_ALONE_NS: u64 = 100_000_000;

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
    let (samples, steady) = if plan.warmup_ns == 0 || first_ns >= plan.long_ns {
        (vec![first], true)
    } else {
        let (runs, steady) = warm_up(run, first_ns, plan)?;
        let enough = if first_ns >= LONG_ENOUGH_ALONE_NS { 2 } else { u32::MAX };
        let samples = plan.samples.clamp(1, enough);
        ((0..samples).map(|_| sample(run, runs)).collect::<Answer<Vec<_>>>()?, steady)
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

/// Runs until two batches agree, for a while at least and at most; gives the batch's size and
/// whether they agreed.
fn warm_up(run: &mut dyn Run, first_ns: u64, plan: &Measure) -> Answer<(u64, bool)> {
    let mut runs = 1;
    let mut last = first_ns as f64;
    let mut spent = first_ns;
    if first_ns >= LONG_ENOUGH_ALONE_NS {
        return Ok((1, true));
    }
    loop {
        let batch = sample(run, runs)?;
        let each = batch.wall_ns as f64 / runs as f64;
        spent += batch.wall_ns;
        let long_enough = batch.wall_ns >= plan.min_sample_ns;
        let steady = long_enough && (each - last).abs() <= STEADY * each.min(last);
        if spent >= plan.warmup_ns && steady {
            return Ok((runs, true));
        }
        if spent >= plan.max_warmup_ns {
            return Ok((runs, false));
        }
        if !long_enough {
            let wanted = plan.min_sample_ns as f64 * 1.2 / each.max(1.0);
            runs = (wanted as u64).clamp(runs + 1, runs * 10);
        }
        last = each;
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
    };

    #[test]
    fn short_runs_are_batched() {
        let mut cell = Spinner { turns: 100, runs: 0, wrong_from: u64::MAX, spoiled: false };
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
        let mut cell = Spinner { turns: 100, runs: 0, wrong_from: u64::MAX, spoiled: false };
        let measured = measure(&mut cell, &Measure::ONCE).unwrap();
        assert_eq!((measured.samples.len(), measured.samples[0].runs, cell.runs), (1, 1, 1));
    }

    #[test]
    fn a_result_that_goes_wrong_later_is_noticed() {
        let mut cell = Spinner { turns: 100, runs: 0, wrong_from: 50, spoiled: false };
        let no = measure(&mut cell, &PLAN).unwrap_err();
        assert!(matches!(no, No::Failed(_)), "{no}");
    }
}
