//! One task for every worker, all at the same time: first all workers are leased, then all start.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::pool::pool_state::{Lease, PoolState};
use crate::pool::worker_set::{Event, Job, WorkerSet};
use crate::worker::call::{Call, decode_one};

pub(crate) fn broadcast<A, R>(
    state: &PoolState,
    collecting: &Mutex<()>,
    function: fn(A) -> R,
    mut argument: impl FnMut(usize) -> A,
) -> Result<Vec<R>, Error>
where
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    let call = Call::new(function)?;
    // All of them are encoded before any starts: tasks that wait for each other must not wait for one that
    // cannot be sent.
    let encode = |job| {
        let mut request = Vec::new();
        let in_flight = call.encode(&mut request, &[argument(job)]);
        (request, in_flight)
    };
    let requests: Vec<_> = (0..state.workers()).map(encode).collect();
    let mut set = WorkerSet::new(state)?;
    let workers = {
        let _collecting = collecting.lock().unwrap_or_else(PoisonError::into_inner);
        collect(&mut set, state.workers())?
    };
    let mut failed = None;
    for ((number, (request, in_flight)), worker) in requests.into_iter().enumerate().zip(workers) {
        let job = Job { number, tasks: 1, time_limit: state.plan.time_limit };
        let started = set.start(worker, job, |out| {
            out.extend_from_slice(&request);
            in_flight
        });
        if let Err(error) = started {
            failed = Some(error);
            break;
        }
    }
    let results = gather(&mut set, state.workers(), &mut failed)?;
    failed.map_or(Ok(results), Err)
}

fn collect<'p>(set: &mut WorkerSet<'p>, count: usize) -> Result<Vec<Lease<'p>>, Error> {
    let mut workers = Vec::with_capacity(count);
    while workers.len() < count {
        match set.acquire()? {
            Some(worker) => workers.push(worker),
            None => _ = set.wait()?,
        }
    }
    // A worker has the same number each time, for as long as it lives, and so finds what it kept.
    workers.sort_unstable_by_key(|worker| worker.peek().pid());
    Ok(workers)
}

/// How long the others may take to end by themselves once one has failed.
const GRACE: Duration = Duration::from_secs(1);

/// The results in the order of the jobs; some are missing if one failed.
///
/// The others may then wait for the failed one, so they get only a short time (`MPI_Abort` gives none).
fn gather<R: DeserializeOwned>(
    set: &mut WorkerSet<'_>,
    jobs: usize,
    failed: &mut Option<Error>,
) -> Result<Vec<R>, Error> {
    let mut results: Vec<Option<R>> = (0..jobs).map(|_| None).collect();
    let mut shortened = false;
    while !set.is_idle() {
        // Before the first wait, too: the others also wait for a task that was never started.
        if failed.is_some() && !shortened {
            set.shorten_deadlines(GRACE);
            shortened = true;
        }
        match set.wait()? {
            Event::Done(job, worker) => match decode_one(worker.peek().reply(), job) {
                Ok(result) => results[job] = Some(result),
                Err(error) => _ = failed.get_or_insert(error),
            },
            // A task that panics because its peer died is seen before the death of that peer.
            Event::Lost(job, error) => match (&failed, error) {
                (None, error) | (Some(Error::Panicked { .. }), error @ Error::Lost { .. }) => {
                    *failed = Some(error.for_task(job, job));
                }
                _ => {}
            },
            Event::Woken => {}
        }
    }
    Ok(results.into_iter().flatten().collect())
}
