//! Checks of a worker's figures: they are untrusted input, and must be plausible on arrival and when read again.

use anyhow::{Result, bail};
use parallax_runner::protocol::{Heap, Measure, Measured, Probed, Ready, Sample};
use parallax_suite::Bound;

/// The largest count or time that is accepted: `f64` holds it exactly, and sums of samples do not overflow.
const MOST: u64 = 1 << 53;

/// The most steps of a warm-up: as many as a `u64` can be doubled, each at most twice.
const LONGEST_WARM_UP: usize = 128;

/// Checks the figures of a worker, from the worker itself or from a journal.
///
/// # Errors
///
/// With the rule that it breaks.
pub fn plausible(ready: &Ready, measured: &Measured, plan: &Measure) -> Result<()> {
    let samples = &measured.samples;
    if samples.is_empty() || samples.len() > plan.samples.max(1) as usize {
        bail!("returned {} samples where {} were requested", samples.len(), plan.samples);
    }
    if samples.iter().any(|sample| sample.wall_ns == 0 || sample.runs == 0) {
        bail!("a sample took no time or holds no run");
    }
    let digest_is_hex = |digest: &str| digest.len() == 16 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    if samples.iter().any(|sample| !digest_is_hex(&sample.digest)) {
        bail!("a sample's digest is not 16 hex digits");
    }
    let counts = |s: &Sample| {
        let faults = s.minor_faults.max(s.major_faults).max(s.waits).max(s.preemptions);
        let energy = s.energy_uj.unwrap_or(0);
        s.runs.max(s.wall_ns).max(s.cpu_ns).max(s.check_ns).max(s.stray_ns).max(faults).max(energy)
    };
    let most = samples.iter().map(counts).max().unwrap_or(0);
    let most = most.max(measured.first_ns).max(measured.peak_bytes).max(ready.start_ns).max(ready.load_ns);
    let parts =
        [ready.spawn_ns, ready.import_ns, ready.compile_ns, measured.compile_ns].into_iter().flatten();
    let warm_up = measured.warm_up.iter().flatten().copied();
    let most = parts.chain(warm_up).fold(most, u64::max);
    if most > MOST {
        bail!("reports a count or time of {most}, which is more than is possible");
    }
    let is_longer = |[before, after]: [&[u64; 2]; 2]| before[0] < after[0] && before[1] <= after[1];
    let warm_up: Vec<&[u64; 2]> = std::iter::once(&[0, 0]).chain(&measured.warm_up).collect();
    if warm_up.len() > LONGEST_WARM_UP || !warm_up.windows(2).all(|two| is_longer([two[0], two[1]])) {
        bail!("reports a warm-up that does not grow, or with more than {LONGEST_WARM_UP} steps");
    }
    if ready.cores == 0 || ready.cores > usize::from(u16::MAX) {
        bail!("declares {} cores; give from 1 to {}", ready.cores, u16::MAX);
    }
    let facts = &ready.facts;
    let amounts = facts.limits.iter().map(|bound| match bound {
        Bound::Rate { amount, .. } => *amount,
        Bound::Share { .. } => 0.0,
    });
    let is_amount = |amount: f64| amount.is_finite() && amount >= 0.0;
    if !amounts.chain([facts.items, facts.bytes, facts.flops]).all(is_amount) {
        bail!("reports an amount of its input that is negative or not finite");
    }
    if let Some((name, value)) = measured.metrics.iter().find(|(_, value)| !value.is_finite()) {
        bail!("its metric '{name}' is {value}");
    }
    Ok(())
}

/// Checks the figures of the probe.
///
/// # Errors
///
/// If it took no time, or longer than is possible.
pub fn probed_sanely(probed: &Probed) -> Result<()> {
    let of = [probed.compute_ns, probed.memory_ns];
    match of.iter().all(|ns| (1..=MOST).contains(ns)) {
        true => Ok(()),
        false => bail!("reports that the probe took {} and {} ns, which is not possible", of[0], of[1]),
    }
}

/// Checks the counts of allocations.
///
/// # Errors
///
/// If one is larger than is possible.
pub fn counted_sanely(heap: &Heap) -> Result<()> {
    let most = heap.allocations.max(heap.bytes).max(heap.peak_bytes);
    if most > MOST { bail!("reports a count of {most}, which is more than is possible") } else { Ok(()) }
}
