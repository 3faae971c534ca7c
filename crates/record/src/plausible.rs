//! What a worker says is input: its figures are held against what figures can be, as they arrive and when they are read again.

use anyhow::{Result, bail};
use parallax_runner::protocol::{Heap, Measure, Measured, Probed, Ready, Sample};
use parallax_suite::Bound;

/// The largest count or time that is believed: `f64` holds it exactly, and sums of samples do not overflow.
const MOST: u64 = 1 << 53;

/// The most numbers of runs that a warm-up is told at: as many as `u64` can be doubled, and each once more.
const LONGEST_WARM_UP: usize = 128;

/// Holds what a worker says, now or in a journal, against what figures can be.
///
/// # Errors
///
/// With the rule that it breaks.
pub fn plausible(ready: &Ready, measured: &Measured, plan: &Measure) -> Result<()> {
    let samples = &measured.samples;
    if samples.is_empty() || samples.len() > plan.samples.max(1) as usize {
        bail!("gave {} samples where {} were asked for", samples.len(), plan.samples);
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
        bail!("says {most} of something, which is more than can be");
    }
    let is_longer = |[before, after]: [&[u64; 2]; 2]| before[0] < after[0] && before[1] <= after[1];
    let warm_up: Vec<&[u64; 2]> = std::iter::once(&[0, 0]).chain(&measured.warm_up).collect();
    if warm_up.len() > LONGEST_WARM_UP || !warm_up.windows(2).all(|two| is_longer([two[0], two[1]])) {
        bail!("tells of its warm-up what does not grow, or more than {LONGEST_WARM_UP} times how far it was");
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
        bail!("says that its input has an amount that is negative or endless");
    }
    if let Some((name, value)) = measured.metrics.iter().find(|(_, value)| !value.is_finite()) {
        bail!("its metric '{name}' is {value}");
    }
    Ok(())
}

/// Holds what the probe says against what it can be.
///
/// # Errors
///
/// If it took no time, or longer than can be.
pub fn probed_sanely(probed: &Probed) -> Result<()> {
    let of = [probed.compute_ns, probed.memory_ns];
    match of.iter().all(|ns| (1..=MOST).contains(ns)) {
        true => Ok(()),
        false => bail!("says that the probe took {} and {} ns", of[0], of[1]),
    }
}

/// Holds what is said of allocations against what it can be.
///
/// # Errors
///
/// If it is more than can be.
pub fn counted_sanely(heap: &Heap) -> Result<()> {
    let most = heap.allocations.max(heap.bytes).max(heap.peak_bytes);
    if most > MOST { bail!("says {most} of something, which is more than can be") } else { Ok(()) }
}
