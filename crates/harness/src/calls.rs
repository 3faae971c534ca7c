//! The cost of a number of calls, made in one go by a fresh process.

use crate::turn::Patience;
use crate::worker::{Launch, Worker};
use anyhow::{Result, bail, ensure};
use parallax_runner::protocol::{Prepare, Reply, Request, Sustain};
use std::num::NonZeroU64;

/// Nanoseconds from the start of a process to the end of its last call, without building the input, which is not part
/// of a technique, and without the check of the last result, which must be right.
///
/// # Errors
///
/// If the worker refuses the cell or breaks, with its reason.
pub fn calls(launch: &Launch, wanted: &Prepare, calls: NonZeroU64, patience: Patience) -> Result<u64> {
    let mut worker = Worker::spawn(launch, wanted.workers)?;
    let ready = match worker.ask(&Request::Prepare(wanted.clone()), patience.start)?.reply {
        Reply::Ready(ready) => ready,
        Reply::Refused { reason, .. } => bail!("{reason}"),
        _ => bail!("the worker's answer to `prepare` is not `ready`"),
    };
    let asked = Request::Sustain(Sustain { at_least_ns: 0, calls: Some(calls), hertz: None });
    let done = match worker.ask(&asked, patience.run)?.reply {
        Reply::Sustained(done) => done,
        Reply::Refused { reason, .. } => bail!("{reason}"),
        _ => bail!("the worker's answer to `sustain` is not `sustained`"),
    };
    let [[began_ns, ended_ns]] = done.windows[..] else {
        bail!("the worker does not make all calls in one go")
    };
    ensure!(
        done.runs == calls.get() && began_ns <= ended_ns,
        "the worker made {} calls where {calls} were requested; build it again",
        done.runs
    );
    let spawn_ns = ready.spawn_ns.or(worker.spawn_ns());
    let parts = [spawn_ns, Some(ready.start_ns), ready.compile_ns, Some(ended_ns - began_ns)];
    Ok(parts.into_iter().flatten().fold(0, u64::saturating_add))
}
