//! A stream of results in the order in which they become ready.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::feed::Feed;
use crate::error::Error;

/// Results as they become ready, each with its task's number; see [`Pool::map_unordered`](super::Pool::map_unordered).
///
/// Dropping it early cancels the tasks that have not begun; running tasks go on, and their results are
/// dropped.
pub struct Unordered<'p, I, A, R> {
    feed: Feed<'p, I, A, R>,
    results: VecDeque<(usize, Result<R, Error>)>,
}

impl<'p, I, A, R> Unordered<'p, I, A, R> {
    pub(super) fn new(feed: Feed<'p, I, A, R>) -> Self {
        Self { feed, results: VecDeque::new() }
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
        // Before a result is handed out, new tasks are sent, so that the caller's own work overlaps with them.
        self.feed.send(0);
        while self.results.is_empty() {
            let (tasks, results) = self.feed.receive()?;
            self.results.extend(tasks.zip(results));
            self.feed.send(0);
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

impl<I, A, R> fmt::Debug for Unordered<'_, I, A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unordered").field("drawn", &self.feed.drawn()).finish_non_exhaustive()
    }
}
