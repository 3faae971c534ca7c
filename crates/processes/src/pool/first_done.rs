//! The first result of several tasks; the others are then ended with their workers.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::options::CallOptions;
use crate::error::Error;
use crate::pool::worker_set::{Event, Job, WorkerSet};
use crate::worker::call::{Call, decode_one};

pub(super) fn first_done<A, R>(
    options: &CallOptions<'_>,
    function: fn(A) -> R,
    tasks: Vec<A>,
) -> Result<(usize, R), Error>
where
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    let call = Call::new(function)?;
    let mut set = WorkerSet::new(&options.pool().state)?;
    let mut waiting = tasks.iter().enumerate().peekable();
    let mut failed = Error::NoTasks;
    loop {
        while waiting.peek().is_some() {
            let Some(worker) = set.acquire()? else { break };
            let Some((number, task)) = waiting.next() else { break };
            let job = Job { number, tasks: 1, time_limit: options.limit() };
            set.start(worker, job, |out| call.encode(out, std::slice::from_ref(task)))?;
        }
        if waiting.peek().is_none() {
            set.stop_acquiring();
            if set.is_idle() {
                return Err(failed);
            }
        }
        match set.wait()? {
            // Dropping the set ends the other tasks.
            Event::Done(task, worker) => match decode_one(worker.peek().reply(), task) {
                Ok(result) => return Ok((task, result)),
                Err(error) => failed = error,
            },
            Event::Lost(task, error) => failed = error.for_task(task, task),
            Event::Woken => {}
        }
    }
}
