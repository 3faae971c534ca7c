//! Measures a loaded cell: warms up, batches runs, times and checks them, and returns samples.

use crate::clock::time;
use crate::energy::Meter;
use crate::memory;
use crate::protocol::{Measure, Measured, Regime, Sample};
use crate::usage::{self, Spent};
use parallax_pattern::{Answer, No};
use parallax_suite::cell::Run;
use std::path::Path;
use std::time::Duration;

/// The largest relative difference of two batches that agree.
const STEADY: f64 = 0.05;

/// How long to watch for threads that still run.
const SETTLE: Duration = Duration::from_millis(3);

/// The cost of a process that it does not measure itself: to be started, connected and ended.
const PROCESS_NS: u64 = 10_000_000;

/// Runs a cell as `plan` says; every sample is checked. `prepared_ns` is the time it took to start and to load.
///
/// The first run is timed and checked by itself: it is the cold figure, and it detects wrong results
/// before more time is spent.
///
/// # Errors
///
/// The cell's refusal, or [`No::Failed`] with the mismatch if a result is wrong.
pub(crate) fn measure(run: &mut dyn Run, plan: &Measure, prepared_ns: u64) -> Answer<Measured> {
    memory::reset_peak();
    let meter = Meter::open(Path::new("/"));
    let fixed_ns = PROCESS_NS.saturating_add(prepared_ns);
    let Collected { first_ns, warm_up, steady, samples } =
        collect(plan, fixed_ns, &mut |runs, watch| sample(run, runs, watch, &meter))?;
    let ((peak_bytes, peak_by), threads) = (memory::peak(), usage::threads());
    let mut metrics = run.metrics()?;
    metrics.extend(run.cpu_metric().map(|name| (name, cpu_us_per_item(&samples, run.facts().items))));
    let metrics = metrics.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let energy_reason = meter.why_not().map(str::to_owned);
    let peak_by = Some(peak_by);
    let compile_ns = run.compiled_ns(); // all of it in the first run: the text stays the same
    Ok(Measured {
        first_ns,
        warm_up,
        compile_ns,
        steady,
        samples,
        peak_bytes,
        peak_by,
        threads,
        metrics,
        energy_reason,
    })
}

/// CPU time of the process tree for one item, over all samples.
fn cpu_us_per_item(samples: &[Sample], items: f64) -> f64 {
    let cpu_ns: u64 = samples.iter().map(|sample| sample.cpu_ns).sum();
    let runs: u64 = samples.iter().map(|sample| sample.runs).sum();
    cpu_ns as f64 / 1e3 / (runs as f64 * items).max(1.0)
}

/// A batch of runs, and the time of everything around them: poison, counters, check.
#[derive(Debug, Clone)]
struct Batch {
    sample: Sample,
    rest_ns: u64,
}

impl Batch {
    fn each_ns(&self) -> f64 {
        self.sample.wall_ns as f64 / self.sample.runs as f64
    }

    fn cost_ns(&self) -> u64 {
        self.sample.wall_ns + self.rest_ns
    }

    /// Whether the time of a run differs by at most a twentieth.
    fn agrees_with(&self, other: &Batch) -> bool {
        let [one, other] = [self, other].map(Batch::each_ns);
        (one - other).abs() <= STEADY * one.min(other)
    }
}

/// Takes a batch of this many runs, and watches the process tree after it if the function of its time says so.
type Take<'a> = dyn FnMut(u64, &dyn Fn(u64) -> bool) -> Answer<Batch> + 'a;

/// The times of a turn.
struct Collected {
    first_ns: u64,
    warm_up: Vec<[u64; 2]>,
    steady: bool,
    samples: Vec<Sample>,
}

/// Takes batches as `plan` says, and keeps those that are samples.
///
/// The batches that showed that the process is steady are the first samples: they were timed and checked like all
/// others. The rule is the same for every cell and depends only on the cell's own times, so it does not bias ratios;
/// two batches that agree are at most a little more typical than two others.
fn collect(plan: &Measure, fixed_ns: u64, take: &mut Take<'_>) -> Answer<Collected> {
    let first = take(1, &|wall_ns| plan.regime_after(wall_ns) == Regime::Cold)?;
    let first_ns = first.sample.wall_ns;
    let regime = plan.regime_after(first_ns);
    if regime == Regime::Cold {
        let warm_up = Vec::new(); // it is the sample
        return Ok(Collected { first_ns, warm_up, steady: false, samples: vec![first.sample] });
    }
    let fixed_ns = fixed_ns.saturating_add(first.cost_ns());
    let Warm { steady, runs, rest_ns, before, mut shown } = warm_up(first.clone(), plan, regime, take)?;
    let warm_up = doublings(std::iter::once(&first).chain(&before));
    let wall_ns = shown.last().or(before.last()).map_or(first_ns, |batch| batch.sample.wall_ns);
    let fixed_ns = before.iter().map(Batch::cost_ns).fold(fixed_ns, u64::saturating_add);
    let samples = plan.enough(wall_ns, rest_ns, fixed_ns);
    shown.drain(..shown.len().saturating_sub(samples as usize - 1)); // at least one is taken to be watched
    let more = samples - shown.len() as u32;
    for k in 0..more {
        shown.push(take(runs, &|_| Measure::watches(k, more))?);
    }
    let samples = shown.into_iter().map(|batch| batch.sample).collect();
    Ok(Collected { first_ns, warm_up, steady, samples })
}

/// The number of runs and their total time, each time that the number has doubled, and at the end.
fn doublings<'a>(batches: impl Iterator<Item = &'a Batch>) -> Vec<[u64; 2]> {
    let mut told: Vec<[u64; 2]> = Vec::new();
    let mut so_far = [0, 0];
    for Batch { sample, .. } in batches {
        so_far = [so_far[0] + sample.runs, so_far[1] + sample.wall_ns];
        match told.split_last_mut() {
            Some((last, before)) if before.last().is_some_and(|[runs, _]| so_far[0] < 2 * runs) => {
                *last = so_far
            }
            _ => told.push(so_far),
        }
    }
    told
}

/// The outcome of a warm-up.
struct Warm {
    /// Whether two batches agreed, or the regime requires only a first run.
    steady: bool,
    /// Runs of a batch.
    runs: u64,
    /// The time around a batch: a mean in which each batch has half the weight of the next.
    rest_ns: u64,
    /// The batches before the process was steady.
    before: Vec<Batch>,
    /// The batches that agreed, if any did: only one if the other was the first run.
    shown: Vec<Batch>,
}

/// Runs for as long as the regime requires: until two batches agree, or for a fixed time. Both end at the longest
/// warm-up.
fn warm_up(first: Batch, plan: &Measure, regime: Regime, take: &mut Take<'_>) -> Answer<Warm> {
    let (mut runs, mut rest_ns, mut spent_ns) = (1, first.rest_ns, first.sample.wall_ns);
    let (mut steady, mut before, mut last) = (regime == Regime::Singles, Vec::new(), first.clone());
    let is_long = |batch: &Batch, rest_ns: u64| batch.sample.wall_ns >= plan.batch_ns(rest_ns);
    loop {
        let long_enough = is_long(&last, rest_ns);
        // a batch is too long if its size came from a check, or a moment, that was slow only once
        let too_long = runs > 1 && last.sample.wall_ns > 3 * plan.batch_ns(rest_ns);
        let enough = spent_ns >= plan.warmup_ns && steady && long_enough && !too_long;
        if enough || spent_ns >= plan.max_warmup_ns {
            let agreed = if enough && regime == Regime::Batches { agreed(&before, runs) } else { 0 };
            let shown = before.split_off(before.len() - agreed);
            return Ok(Warm { steady: enough, runs, rest_ns, before, shown });
        }
        if !long_enough || too_long {
            let wanted = (plan.batch_ns(rest_ns) as f64 * 1.2 / last.each_ns().max(1.0)) as u64;
            runs = if too_long { wanted.clamp(1, runs - 1) } else { wanted.clamp(runs + 1, runs * 10) };
        }
        let batch = take(runs, &|_| false)?;
        rest_ns = (rest_ns + batch.rest_ns) / 2;
        spent_ns += batch.sample.wall_ns;
        steady = regime == Regime::Singles || is_long(&batch, rest_ns) && batch.agrees_with(&last);
        before.push(batch.clone());
        last = batch;
    }
}

/// How many of the last two batches agreed, counting only those with as many runs as samples have.
fn agreed(batches: &[Batch], runs: u64) -> usize {
    batches.iter().rev().take(2).take_while(|batch| batch.sample.runs == runs).count()
}

/// Times `runs` runs, watches for work that continues after them if `watch` says so, and checks their result. Energy is
/// read outside of all other counters, since reading it takes some microseconds and perhaps a context switch.
fn sample(run: &mut dyn Run, runs: u64, watch: &dyn Fn(u64) -> bool, meter: &Meter) -> Answer<Batch> {
    let ((energy, before), before_ns) = time(|| {
        run.spoil();
        (meter.read(), Spent::now())
    });
    let (answer, wall_ns) = time(|| run.run(runs));
    let ((spent, energy_uj), after_ns) = time(|| {
        usage::settle();
        let spent = Spent::now().since(&before);
        (spent, meter.between(energy, meter.read(), wall_ns))
    });
    answer?;
    let watched = watch(wall_ns);
    let stray_ns = if watched { usage::stray_ns_within(SETTLE) } else { 0 };
    let (checked, check_ns) = time(|| run.check());
    let digest = checked.map_err(|mismatch| No::Failed(Box::new(mismatch)))?;
    let sample = Sample {
        runs,
        wall_ns,
        cpu_ns: spent.cpu_ns,
        check_ns,
        stray_ns,
        watched,
        digest: format!("{digest:016x}"),
        minor_faults: spent.minor_faults,
        major_faults: spent.major_faults,
        waits: spent.waits,
        preemptions: spent.preemptions,
        energy_uj,
    };
    Ok(Batch { sample, rest_ns: before_ns + after_ns + check_ns })
}

#[cfg(test)]
mod tests;
