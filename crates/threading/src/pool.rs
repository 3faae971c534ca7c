//! A shared pool of open nodes, which is finished when it is empty and no worker is left to fill it.

use parallax_pattern::whole_share;
use std::iter;
use std::sync::{Condvar, Mutex, MutexGuard};

/// How many nodes a worker visits before it looks whether others need some: a lock every fifty
/// microseconds or so.
pub(crate) const VISITS: usize = 8192;

/// Batches of nodes, and the number of batches that are being worked on.
pub(crate) struct Pool<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    batches: Vec<Vec<T>>,
    out: usize,
    waiting: usize,
}

/// Nodes of one worker. The pool is not finished before they are.
pub(crate) struct Batch<'a, T> {
    pub(crate) open: Vec<T>,
    pool: &'a Pool<T>,
}

impl<T> Pool<T> {
    pub(crate) fn new(open: Vec<T>) -> Self {
        let state = State { batches: vec![open], out: 0, waiting: 0 };
        Pool { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Waits for a batch; `None` if there is none and no worker that could give one.
    pub(crate) fn take(&self) -> Option<Batch<'_, T>> {
        let mut state = self.lock();
        loop {
            if let Some(open) = state.batches.pop() {
                state.out += 1;
                return Some(Batch { open, pool: self });
            }
            if state.out == 0 {
                return None;
            }
            state.waiting += 1;
            state = self.changed.wait(state).expect(UNBROKEN);
            state.waiting -= 1;
        }
    }

    /// Gives half of `open` away if another worker waits for it.
    pub(crate) fn feed(&self, open: &mut Vec<T>) {
        let mut state = self.lock();
        if state.waiting > state.batches.len() && open.len() > 1 {
            state.batches.push(open.split_off(open.len() / 2));
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().expect(UNBROKEN)
    }
}

/// Counts as done after a panic too, so that no worker waits for it forever.
impl<T> Drop for Batch<'_, T> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.out -= 1;
        if state.out == 0 {
            self.pool.changed.notify_all();
        }
    }
}

const UNBROKEN: &str = "nobody can panic while holding the pool";

/// Neighbouring nodes in at most `count` batches of one size; none is empty.
pub(crate) fn shares<T>(nodes: Vec<T>, count: usize) -> Vec<Vec<T>> {
    let share = whole_share(nodes.len(), 1, count);
    let mut nodes = nodes.into_iter();
    let batch = || Some(nodes.by_ref().take(share).collect()).filter(|batch: &Vec<T>| !batch.is_empty());
    iter::from_fn(batch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_finished_when_nothing_is_open_and_nobody_at_work() {
        let pool = Pool::new(vec![1, 2, 3]);
        let batch = pool.take().unwrap();
        std::thread::scope(|s| {
            let waiting = s.spawn(|| pool.take().map(|batch| batch.open.clone()));
            while pool.lock().waiting == 0 {
                std::thread::yield_now();
            }
            let mut open = batch.open.clone();
            pool.feed(&mut open);
            assert_eq!((open, waiting.join().unwrap()), (vec![1], Some(vec![2, 3])));
            let waiting = s.spawn(|| pool.take().is_none());
            drop(batch);
            assert!(waiting.join().unwrap());
        });
    }

    #[test]
    fn shares_are_even_and_never_empty() {
        assert_eq!(shares(vec![1, 2, 3, 4, 5], 2), [vec![1, 2, 3], vec![4, 5]]);
        assert_eq!(shares(vec![1, 2], 4), [vec![1], vec![2]]);
        assert!(shares(Vec::<u8>::new(), 4).is_empty());
    }

    #[test]
    fn nobody_is_fed_who_is_not_hungry() {
        let pool = Pool::new(Vec::<u8>::new());
        let mut open = vec![1, 2];
        pool.feed(&mut open);
        assert_eq!(open, [1, 2]);
    }
}
