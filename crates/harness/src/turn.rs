//! One turn: a fresh process measures one cell, and its report is audited against what the supervisor observes.

use crate::fleet::FleetCell;
use crate::worker::{Interrupted, Launch, Worker};
use anyhow::{Result, bail};
use parallax_record::journal::Outcome;
use parallax_record::plausible::{plausible, probed_sanely};
use parallax_runner::clock::now_ns;
use parallax_runner::protocol::{Measure, Measured, Prepare, Probed, Ready, Reply, Request, Sample, Status};
use parallax_suite::Size;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The share by which a cell may exceed its declared cores.
const CORES_TOLERANCE: f64 = 0.05;

/// CPU time after the clock of a watched sample stopped that is not a leak: threads that fall asleep.
const STRAY_NS: u64 = 1_000_000;

/// Below this, CPU time is too coarse to blame a cell.
const COUNTABLE_NS: u64 = 20_000_000;

/// CPU time that may belong to earlier work: the kernel counts a running process of ours by its ticks, usually 250 a
/// second, so each core may be one tick late.
const TICK_NS: u64 = 4_000_000;

/// CPU time that is counted late, as on a machine whose cores others want too, looks like a broken rule once; one that
/// is broken is broken again.
const TRIES: usize = 2;

/// The same for a cell that is verified by a single sample, of which only a few milliseconds are watched. Verification
/// asks thousands of them: if one try in a hundred is accused wrongly, two in a row will occur, and four will not.
const TRIES_OF_ONE_SAMPLE: usize = 4;

/// How long a worker may take before it is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// To start a technique and load its input: a runtime of many processes may be slow on a busy machine, and a slow
    /// start is not a failure.
    pub start: Duration,
    /// For any other request.
    pub run: Duration,
    /// When all of it must be over, on our clock.
    pub until_ns: Option<u64>,
}

impl Patience {
    /// The usual limits of a size.
    pub fn of(size: Size) -> Self {
        let [start, run] = [parallax_record::plan::start_limit_s(size), parallax_record::plan::limit_s(size)]
            .map(Duration::from_secs);
        Patience { start, run, until_ns: None }
    }

    /// The rest of `limit` for the next request.
    pub(crate) fn left(self, limit: Duration) -> Duration {
        let left = |until: u64| Duration::from_nanos(until.saturating_sub(now_ns()));
        self.until_ns.map_or(limit, |until| limit.min(left(until)))
    }
}

/// A turn from the supervisor's side.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Taken {
    /// Its outcome.
    pub outcome: Outcome,
    /// The probe, if the turn ran it.
    pub probe: Option<Probed>,
    /// Wall time of the whole turn: process, start, input, warm-up, samples, checks.
    pub turn_ns: u64,
}

/// When in a turn the probe runs, if at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeAt {
    /// Before the cell.
    Start,
    /// After it.
    End,
    /// Not in this turn.
    Never,
}

/// Measures one cell in a fresh process.
///
/// # Errors
///
/// Only [`Interrupted`]: all other errors are the cell's outcome, and affect only that cell.
pub fn turn(
    launch: &Launch,
    wanted: &Prepare,
    plan: &Measure,
    patience: Patience,
    probe: ProbeAt,
) -> Result<Taken> {
    let began = now_ns();
    let mut probed = None;
    let outcome = match attempt(launch, wanted, plan, patience, probe, &mut probed) {
        Ok(outcome) => outcome,
        Err(why) if why.is::<Interrupted>() => return Err(why),
        Err(why) => failed(format!("{why:#}")),
    };
    Ok(Taken { outcome, probe: probed, turn_ns: now_ns() - began })
}

fn failed(reason: String) -> Outcome {
    Outcome::Refused { status: Status::Failed, reason }
}

fn attempt(
    launch: &Launch,
    wanted: &Prepare,
    plan: &Measure,
    patience: Patience,
    probe: ProbeAt,
    probed: &mut Option<Probed>,
) -> Result<Outcome> {
    let mut accused = String::new();
    for _ in 0..TRIES {
        // A fresh process for each try: no process is cold twice.
        let mut worker = Worker::spawn(launch, wanted.workers)?;
        if probe == ProbeAt::Start && probed.is_none() {
            *probed = Some(run_probe(&mut worker, patience.left(patience.run))?);
        }
        let judged = try_times(1, &mut worker, wanted, plan, patience)?;
        if probe == ProbeAt::End {
            *probed = Some(run_probe(&mut worker, patience.left(patience.run))?);
        }
        match judged {
            Ok(outcome) => return Ok(outcome),
            Err(why) => accused = why,
        }
    }
    Ok(failed(accused))
}

fn run_probe(worker: &mut Worker, limit: Duration) -> Result<Probed> {
    match worker.ask(&Request::Probe, limit)?.reply {
        Reply::Probed(probed) => probed_sanely(&probed).map(|()| probed),
        other => bail!("the worker answers the probe with {}", kind(&other)),
    }
}

/// Prepares and measures one cell in a worker that is running.
///
/// # Errors
///
/// If the worker breaks its protocol, dies or hangs.
pub fn measure(worker: &mut Worker, wanted: &Prepare, plan: &Measure, patience: Patience) -> Result<Outcome> {
    try_times(TRIES_OF_ONE_SAMPLE, worker, wanted, plan, patience).map(|judged| judged.unwrap_or_else(failed))
}

/// The same: the outcome, or the rule about CPU time that it broke each time.
fn try_times(
    times: usize,
    worker: &mut Worker,
    wanted: &Prepare,
    plan: &Measure,
    patience: Patience,
) -> Result<std::result::Result<Outcome, String>> {
    let ready = match worker.ask(&Request::Prepare(wanted.clone()), patience.left(patience.start))?.reply {
        Reply::Ready(ready) => Ready { spawn_ns: ready.spawn_ns.or(worker.spawn_ns()), ..ready },
        Reply::Refused { status, reason } => return Ok(Ok(Outcome::Refused { status, reason })),
        other => bail!("the worker answers `prepare` with {}", kind(&other)),
    };
    let mut accused = String::new();
    for _ in 0..times {
        let timed = worker.ask(&Request::Measure(plan.clone()), patience.left(patience.run))?;
        let took_ns = timed.ended_ns - timed.began_ns;
        let measured = match timed.reply {
            Reply::Measured(measured) => measured,
            Reply::Refused { status, reason } => return Ok(Ok(Outcome::Refused { status, reason })),
            other => bail!("the worker answers `measure` with {}", kind(&other)),
        };
        if let Err(why) = audit(&ready, &measured, plan, took_ns) {
            return Ok(Ok(failed(why.to_string())));
        }
        match audit_cpu(&ready, &measured) {
            Ok(()) => return Ok(Ok(Outcome::Measured { ready, measured })),
            Err(why) => accused = why.to_string(),
        }
    }
    Ok(Err(accused))
}

/// Checks a worker's report against facts that must hold.
///
/// # Errors
///
/// With the rule that it breaks.
fn audit(ready: &Ready, measured: &Measured, plan: &Measure, took_ns: u64) -> Result<()> {
    plausible(ready, measured, plan)?;
    let (wall, check) = (total(measured, |s| s.wall_ns), total(measured, |s| s.check_ns));
    let warm_up = measured.warm_up.last().map_or(0, |[_, wall_ns]| *wall_ns);
    if wall.saturating_add(check).saturating_add(warm_up) > took_ns {
        bail!(
            "reports {} ns for its warm-up and samples, longer than the {took_ns} ns it had",
            wall.saturating_add(warm_up)
        );
    }
    Ok(())
}

fn total(measured: &Measured, of: fn(&Sample) -> u64) -> u64 {
    measured.samples.iter().fold(0, |sum, sample| sum.saturating_add(of(sample)))
}

/// Checks the CPU time against the clock and the declared cores.
///
/// # Errors
///
/// With the rule that it breaks.
fn audit_cpu(ready: &Ready, measured: &Measured) -> Result<()> {
    let [wall, cpu, stray] = [|s: &Sample| s.wall_ns, |s: &Sample| s.cpu_ns, |s: &Sample| s.stray_ns]
        .map(|of| total(measured, of));
    // Watching takes milliseconds: the worker watches after some of its samples, and the others prove nothing.
    let watched = measured.samples.iter().filter(|sample| sample.watched).count() as u64;
    if watched == 0 {
        bail!("reports of no sample that it watched for work after it");
    }
    if stray > STRAY_NS * watched {
        bail!("work went on after the clock stopped: {} ms of CPU time besides the check", stray / 1_000_000);
    }
    let cores = cpu as f64 / wall as f64;
    let declared = ready.cores as f64;
    let may = declared * (wall as f64 * (1.0 + CORES_TOLERANCE) + TICK_NS as f64);
    if wall >= COUNTABLE_NS && cpu as f64 > may {
        bail!("used {cores:.2} cores where {} are declared", ready.cores);
    }
    Ok(())
}

/// Compares an exact result with the first one of the same input: workers check their own results, and this shows that
/// they agree on the right one.
pub fn agree(outcome: Outcome, first: &mut Option<String>) -> Outcome {
    let Outcome::Measured { ready: Ready { exact: true, .. }, measured } = &outcome else { return outcome };
    let first = first.get_or_insert_with(|| measured.samples[0].digest.clone());
    match measured.samples.iter().find(|sample| sample.digest != *first) {
        Some(other) => {
            failed(format!("wrong result: digest {} where {first} was found before", other.digest))
        }
        None => outcome,
    }
}

fn kind(reply: &Reply) -> &'static str {
    match reply {
        Reply::Hello(_) => "a greeting",
        Reply::Cells { .. } => "a list of cells",
        Reply::Ready(_) => "`ready`",
        Reply::Refused { .. } => "a refusal",
        Reply::Measured(_) => "samples",
        Reply::Sustained(_) => "a sustained run",
        Reply::Heap(_) => "allocations",
        Reply::Probed(_) => "a probe",
        Reply::Bye => "`bye`",
        Reply::Error { .. } => "an error",
    }
}

/// The request that gets `cell` ready.
pub fn prepare(cell: &FleetCell, size: Size, variant: u32, workers: usize) -> Prepare {
    Prepare {
        workload: cell.info.workload.clone(),
        case: cell.info.case.clone(),
        technique: cell.asked.clone(),
        size,
        variant,
        workers,
        turns: None,
        units: None,
        answer: None,
    }
}

#[cfg(test)]
mod tests;
