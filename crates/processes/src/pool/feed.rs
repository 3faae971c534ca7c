//! The tasks of a stream: drawn from an iterator in chunks, with a bounded number of chunks in flight.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::options::CallOptions;
use super::request_queue::{Request, RequestQueue};
use crate::error::Error;
use crate::worker::call::{Call, decode};

/// The tasks of one stream. Dropping it cancels those that have not begun.
pub(super) struct Feed<'p, I, A, R> {
    queue: Arc<RequestQueue>,
    batch: usize,
    call: Call<A, R>,
    tasks: I,
    chunk: usize,
    time_limit: Option<Duration>,
    /// The most chunks that may be in flight, or held by the stream.
    window: usize,
    in_flight: usize,
    /// Number of the next task to draw.
    next: usize,
    exhausted: bool,
    replies: (Sender<Reply>, Receiver<Reply>),
    pool: PhantomData<&'p super::Pool>,
}

/// The tasks of a chunk, and its encoded reply.
type Reply = (Range<usize>, Result<Vec<u8>, Error>);

/// The tasks of one chunk, and their results.
pub(super) type Results<R> = (Range<usize>, Vec<Result<R, Error>>);

/// Numbers the batches; only that the numbers differ matters.
static BATCHES: AtomicUsize = AtomicUsize::new(1);

impl<'p, I, A, R> Feed<'p, I, A, R>
where
    I: Iterator<Item = A>,
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    pub(super) fn new(options: &CallOptions<'p>, function: fn(A) -> R, tasks: I) -> Result<Self, Error> {
        let (least, most) = tasks.size_hint();
        let known = most.filter(|most| *most == least);
        let pool = options.pool();
        // A closed pool does not start its thread again.
        let _call = pool.state.calls.begin()?;
        Ok(Self {
            call: Call::new(function)?,
            chunk: options.chunk_size(known)?,
            time_limit: options.limit(),
            window: options.window()?,
            queue: pool.reader.queue(&pool.state)?,
            batch: BATCHES.fetch_add(1, Relaxed),
            tasks,
            in_flight: 0,
            next: 0,
            exhausted: false,
            replies: channel(),
            pool: PhantomData,
        })
    }

    /// Draws tasks until enough chunks are in flight, counting the `held` ones that the stream has received and not
    /// yet handed out.
    pub(super) fn send(&mut self, held: usize) {
        while !self.exhausted && self.in_flight + held < self.window {
            let chunk: Vec<A> = self.tasks.by_ref().take(self.chunk).collect();
            self.exhausted = chunk.len() < self.chunk;
            if chunk.is_empty() {
                return;
            }
            let mut message = Vec::new();
            let in_flight = self.call.encode(&mut message, &chunk);
            let tasks = self.next..self.next + chunk.len();
            self.next = tasks.end;
            let sender = self.replies.0.clone();
            // If it cannot be sent, the stream was dropped.
            let on_reply = Box::new(move |reply| _ = sender.send((tasks, reply)));
            let (tasks, time_limit, batch) = (chunk.len(), self.time_limit, self.batch);
            let request = Request { message, in_flight, tasks, time_limit, on_reply, batch };
            // A closed pool refuses these tasks, and the stream ends with them.
            self.exhausted |= !self.queue.submit(request);
            self.in_flight += 1;
        }
    }

    /// Waits for the next chunk that is done; `None` if none is in flight.
    pub(super) fn receive(&mut self) -> Option<Results<R>> {
        if self.in_flight == 0 {
            return None;
        }
        let (tasks, reply) = self.replies.1.recv().expect("the feed has a sender, too");
        self.in_flight -= 1;
        let results = match reply {
            Ok(reply) => decode(&reply, tasks.clone()).collect(),
            Err(error) => tasks.clone().map(|task| Err(error.for_task(task, tasks.start))).collect(),
        };
        Some((tasks, results))
    }
}

impl<I, A, R> Feed<'_, I, A, R> {
    pub(super) fn drawn(&self) -> usize {
        self.next
    }
}

impl<I, A, R> Drop for Feed<'_, I, A, R> {
    fn drop(&mut self) {
        self.queue.cancel(self.batch);
    }
}
