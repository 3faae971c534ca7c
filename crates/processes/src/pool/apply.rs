//! One task for one worker: the calling thread writes the request and reads the reply itself.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::options::CallOptions;
use super::request_queue::Request;
use crate::error::Error;
use crate::pool::worker_set::{Event, Job, WorkerSet};
use crate::worker::call::{Call, decode_one};
use crate::worker::deadline::Deadline;

pub(super) fn apply<A, R>(options: &CallOptions<'_>, function: fn(A) -> R, argument: A) -> Result<R, Error>
where
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    let call = Call::new(function)?;
    let mut set = WorkerSet::new(&options.pool().state)?;
    let worker = loop {
        if let Some(worker) = set.acquire()? {
            break worker;
        }
        set.wait()?;
    };
    let job = Job { number: 0, tasks: 1, time_limit: options.limit() };
    set.start(worker, job, |out| call.encode(out, &[argument]))?;
    loop {
        match set.wait()? {
            Event::Done(_, worker) => return decode_one(worker.peek().reply(), 0),
            Event::Lost(_, error) => return Err(error.for_task(0, 0)),
            Event::Woken => {}
        }
    }
}

pub(super) fn apply_async<A, R>(
    options: &CallOptions<'_>,
    function: fn(A) -> R,
    argument: A,
) -> Result<Handle<R>, Error>
where
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    let mut message = Vec::new();
    let in_flight = Call::new(function)?.encode(&mut message, &[argument]);
    let completion = Arc::new(Completion::default());
    let theirs = Arc::clone(&completion);
    let on_reply =
        Box::new(move |reply: Result<_, Error>| theirs.set(reply.map_err(|error| error.for_task(0, 0))));
    let pool = options.pool();
    // A closed pool does not start its thread again.
    let _call = pool.state.calls.begin()?;
    let time_limit = options.limit();
    let request = Request { message, in_flight, tasks: 1, time_limit, on_reply, batch: 0 };
    pool.reader.queue(&pool.state)?.submit(request);
    Ok(Handle { completion, result: PhantomData })
}

/// A task under way; see [`Pool::apply_async`](super::Pool::apply_async). Dropping it does not stop the task.
pub struct Handle<R> {
    completion: Arc<Completion>,
    result: PhantomData<fn() -> R>,
}

/// The place where the reply is put.
#[derive(Default)]
struct Completion {
    reply: Mutex<Option<Result<Vec<u8>, Error>>>,
    is_set: Condvar,
}

impl<R: DeserializeOwned> Handle<R> {
    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// The error of the task, which has number 0, or [`Error::Closed`].
    pub fn join(self) -> Result<R, Error> {
        let reply = self.completion.wait(Deadline::NEVER).expect("without a deadline it waits for the reply");
        decode_one(&reply?, 0)
    }

    /// Waits for the result for at most `limit`; if the time is over, the task goes on and the handle comes back.
    ///
    /// # Errors
    ///
    /// The outer error is the handle: the time is over. The inner one is as in [`join`](Self::join).
    pub fn join_timeout(self, limit: Duration) -> Result<Result<R, Error>, Self> {
        match self.completion.wait(Deadline::after(limit)) {
            Some(reply) => Ok(reply.and_then(|reply| decode_one(&reply, 0))),
            None => Err(self),
        }
    }
}

impl<R> Handle<R> {
    /// Whether `join` would return immediately.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.completion.reply.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

impl<R> fmt::Debug for Handle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("is_done", &self.is_done()).finish()
    }
}

impl Completion {
    fn set(&self, reply: Result<Vec<u8>, Error>) {
        *self.reply.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
        self.is_set.notify_all();
    }

    fn wait(&self, deadline: Deadline) -> Option<Result<Vec<u8>, Error>> {
        let mut reply = self.reply.lock().unwrap_or_else(PoisonError::into_inner);
        while reply.is_none() && !deadline.passed() {
            reply = match deadline.left() {
                None => self.is_set.wait(reply).unwrap_or_else(PoisonError::into_inner),
                Some(left) => self.is_set.wait_timeout(reply, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        reply.take()
    }
}
