//! Results in the order of their tasks: those that are ready early wait, and count as in flight.

use std::collections::BTreeMap;
use std::fmt;
use std::iter::FusedIterator;
use std::vec;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::feed::Feed;
use crate::error::Error;

/// Results in the order of the tasks; see [`Pool::imap`](super::Pool::imap).
///
/// Dropping it early cancels the tasks that have not begun; running tasks go on, and their results are
/// dropped.
pub struct Ordered<'p, I, A, R> {
    feed: Feed<'p, I, A, R>,
    /// Chunks that were ready before their turn, by their first task.
    early: BTreeMap<usize, Vec<Result<R, Error>>>,
    /// The rest of the chunk that is being handed out.
    current: vec::IntoIter<Result<R, Error>>,
    /// The first task of the chunk that comes after it.
    next: usize,
}

impl<'p, I, A, R> Ordered<'p, I, A, R> {
    pub(super) fn new(feed: Feed<'p, I, A, R>) -> Self {
        Self { feed, early: BTreeMap::new(), current: Vec::new().into_iter(), next: 0 }
    }
}

impl<I, A, R> Iterator for Ordered<'_, I, A, R>
where
    I: Iterator<Item = A>,
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    type Item = Result<R, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // Chunks that wait here count as in flight: behind one slow task, results would otherwise pile up.
            self.feed.send(self.early.len() + usize::from(self.current.len() > 0));
            if let Some(result) = self.current.next() {
                return Some(result);
            }
            if let Some(chunk) = self.early.remove(&self.next) {
                self.next += chunk.len();
                self.current = chunk.into_iter();
            } else {
                let (tasks, results) = self.feed.receive()?;
                self.early.insert(tasks.start, results);
            }
        }
    }
}

impl<I, A, R> FusedIterator for Ordered<'_, I, A, R>
where
    I: Iterator<Item = A>,
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
}

impl<I, A, R> fmt::Debug for Ordered<'_, I, A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ordered").field("drawn", &self.feed.drawn()).finish_non_exhaustive()
    }
}
