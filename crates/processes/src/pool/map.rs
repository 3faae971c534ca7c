//! Many tasks for all workers: an idle worker gets the next chunk, and the results are put in order at the
//! end.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::options::CallOptions;
use crate::error::Error;
use crate::pool::worker_set::{Event, Job, WorkerSet};
use crate::worker::call::{Call, decode};

pub(super) fn map<A, R>(
    options: &CallOptions<'_>,
    function: fn(A) -> R,
    tasks: Vec<A>,
) -> Result<Vec<R>, Error>
where
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    let call = Call::new(function)?;
    let size = options.chunk_size(Some(tasks.len()))?;
    let tasks_of = |job: usize| job * size..tasks.len().min((job + 1) * size);
    let mut set = WorkerSet::new(&options.pool().state)?;
    let mut waiting = tasks.chunks(size).enumerate().peekable();
    let mut results: Vec<Vec<R>> = waiting.clone().map(|_| Vec::new()).collect();
    let mut failed = None;
    loop {
        while failed.is_none() && waiting.peek().is_some() {
            let Some(worker) = set.acquire()? else { break };
            let Some((number, chunk)) = waiting.next() else { break };
            let job = Job { number, tasks: chunk.len(), time_limit: options.limit() };
            failed = set.start(worker, job, |out| call.encode(out, chunk)).err();
        }
        let all_sent = failed.is_some() || waiting.peek().is_none();
        if all_sent {
            set.stop_acquiring();
        }
        if all_sent && set.is_idle() {
            return failed.map_or_else(|| Ok(results.into_iter().flatten().collect()), Err);
        }
        match set.wait()? {
            Event::Done(job, worker) => match decode(worker.peek().reply(), tasks_of(job)).collect() {
                Ok(chunk) => results[job] = chunk,
                Err(error) => _ = failed.get_or_insert(error),
            },
            Event::Lost(job, error) => _ = failed.get_or_insert_with(|| error.for_running_task(job * size)),
            Event::Woken => {}
        }
    }
}
