//! A worker that is started and loaded as in `bench`, and then runs for as long as a profiler looks.

use anyhow::{Result, bail};
use parallax_harness::turn::Patience;
use parallax_harness::worker::{Launch, Worker};
use parallax_runner::protocol::{Measure, Prepare, Ready, Reply, Request, Sustain, Sustained};
use std::time::Duration;

/// A cell that cannot run, with any profiler.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(String);

/// A worker with a cell that is ready and has run once.
pub(crate) struct Session {
    worker: Worker,
    patience: Patience,
    /// The worker's description of the cell.
    pub(crate) ready: Ready,
}

impl Session {
    /// Starts a worker, has it load a cell and run it once: the profile does not include the cold run.
    ///
    /// # Errors
    ///
    /// If the worker refuses the cell, with its reason.
    pub(crate) fn start(launch: &Launch, wanted: &Prepare, patience: Patience) -> Result<Self> {
        let mut worker = Worker::spawn(launch, wanted.workers)?;
        let ready = match worker.ask(&Request::Prepare(wanted.clone()), patience.start)?.reply {
            Reply::Ready(ready) => ready,
            Reply::Refused { reason, .. } => return Err(Refused(reason).into()),
            _ => bail!("the worker does not answer `prepare` with `ready`"),
        };
        match worker.ask(&Request::Measure(Measure::ONCE), patience.run)?.reply {
            Reply::Measured(_) => {}
            Reply::Refused { reason, .. } => return Err(Refused(reason).into()),
            _ => bail!("the worker does not answer `measure` with samples"),
        }
        Ok(Session { worker, patience, ready })
    }

    /// The worker's process and all that it started, for a profiler.
    pub(crate) fn processes(&self) -> Vec<u32> {
        self.worker.tree()
    }

    /// Runs the cell for at least `while_`; with `hertz`, the worker looks at itself at that rate.
    ///
    /// # Errors
    ///
    /// If the cell breaks, or the worker cannot look.
    pub(crate) fn sustain(&mut self, while_: Duration, hertz: Option<u32>) -> Result<Sustained> {
        let at_least_ns = u64::try_from(while_.as_nanos()).unwrap_or(u64::MAX);
        let asked = Request::Sustain(Sustain { at_least_ns, calls: None, hertz });
        match self.worker.ask(&asked, self.patience.run + 2 * while_)?.reply {
            Reply::Sustained(sustained) => Ok(sustained),
            Reply::Refused { reason, .. } => bail!("{reason}"),
            _ => bail!("the worker does not answer `sustain` with its runs"),
        }
    }
}
