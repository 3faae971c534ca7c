//! Results in the order in which they are ready: the iterator draws tasks, and yields whatever comes back.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Pool;
use super::background_reader::{Request, RequestQueue};
use super::map::chunk_size;
use crate::error::Error;
use crate::worker::call::{Call, decode};

/// Results as they come, each with the number of its task; see [`Pool::map_unordered`].
///
/// Dropping it early takes back the tasks that have not begun; those that have run on, and their results are
/// dropped.
pub struct Unordered<'p, I, A, R> {
    queue: Arc<RequestQueue>,
    batch: usize,
    call: Call<A, R>,
    tasks: I,
    chunk: usize,
    /// Chunks that may be under way.
    window: usize,
    under_way: usize,
    /// Number of the next task to draw.
    next: usize,
    exhausted: bool,
    replies: (Sender<Answer>, Receiver<Answer>),
    results: VecDeque<(usize, Result<R, Error>)>,
    pool: PhantomData<&'p Pool>,
}

/// What became of these tasks.
type Answer = (Range<usize>, Result<Vec<u8>, Error>);

/// Numbers batches, so only that they differ matters.
static BATCHES: AtomicUsize = AtomicUsize::new(1);

impl<'p, I, A, R> Unordered<'p, I, A, R>
where
    I: Iterator<Item = A>,
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    pub(super) fn new(
        pool: &'p Pool,
        chunk: Option<usize>,
        function: fn(A) -> R,
        tasks: I,
    ) -> Result<Self, Error> {
        let (least, most) = tasks.size_hint();
        let known = most.filter(|most| *most == least);
        Ok(Self {
            call: Call::new(function)?,
            chunk: chunk_size(chunk, known, pool.workers())?,
            queue: pool.reader.queue(&pool.state)?,
            batch: BATCHES.fetch_add(1, Relaxed),
            tasks,
            // One for each worker to be at, and one that lies ready.
            window: 2 * pool.workers(),
            under_way: 0,
            next: 0,
            exhausted: false,
            replies: channel(),
            results: VecDeque::new(),
            pool: PhantomData,
        })
    }

    /// Draws tasks until enough are under way.
    fn feed(&mut self) {
        while !self.exhausted && self.under_way < self.window {
            let chunk: Vec<A> = self.tasks.by_ref().take(self.chunk).collect();
            self.exhausted = chunk.len() < self.chunk;
            if chunk.is_empty() {
                return;
            }
            let mut request = Vec::new();
            let in_flight = self.call.encode(&mut request, &chunk);
            let tasks = self.next..self.next + chunk.len();
            self.next = tasks.end;
            let sender = self.replies.0.clone();
            // If nobody receives it the iterator was dropped.
            let tell = Box::new(move |reply| _ = sender.send((tasks, reply)));
            self.queue.place(Request { request, in_flight, tell, batch: self.batch });
            self.under_way += 1;
        }
    }

    fn receive(&mut self) {
        let (tasks, reply) = self.replies.1.recv().expect("this iterator has a sender, too");
        self.under_way -= 1;
        match reply {
            Ok(reply) => self.results.extend(tasks.clone().zip(decode(&reply, tasks))),
            Err(loss) => {
                let first = tasks.start;
                self.results.extend(tasks.map(|task| (task, Err(loss.for_task(task, first)))));
            }
        }
    }
}

impl<I, A, R> Iterator for Unordered<'_, I, A, R>
where
    I: Iterator<Item = A>,
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    type Item = (usize, Result<R, Error>);

    fn next(&mut self) -> Option<Self::Item> {
        // Before a result is handed out there is new work, so that the caller's own work overlaps with it.
        self.feed();
        while self.results.is_empty() && self.under_way > 0 {
            self.receive();
            self.feed();
        }
        self.results.pop_front()
    }
}

impl<I, A, R> FusedIterator for Unordered<'_, I, A, R>
where
    I: Iterator<Item = A>,
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
}

impl<I, A, R> Drop for Unordered<'_, I, A, R> {
    fn drop(&mut self) {
        self.queue.cancel(self.batch);
    }
}

impl<I, A, R> fmt::Debug for Unordered<'_, I, A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unordered").field("drawn", &self.next).finish_non_exhaustive()
    }
}
