//! Instrumented workloads of any shape that count threads and fail on demand.

use parallax_pattern::random::mix;
use parallax_pattern::{Divide, Map, Nest, Reduce, Stencil, Sweep, Wire};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// An observer that sees every piece of work begin and end, and may make it fail.
pub trait Watch: Default + Wire {
    /// Held while items are worked on.
    type AtWork<'a>
    where
        Self: 'a;
    /// A thread begins with some items.
    fn enter(&self, items: Range<usize>) -> Self::AtWork<'_>;
    /// One of `len` items has been passed `times` times when its next step begins.
    fn passed(&self, _times: u64, _len: usize) {}
    /// How many items were worked on, if that is known.
    fn items(&self) -> Option<usize> {
        None
    }
}

/// No observer, for work that is done in other processes.
impl Watch for () {
    type AtWork<'a> = ();
    fn enter(&self, _: Range<usize>) {}
}

/// The message of an intended panic.
pub const ON_PURPOSE: &str = "on purpose";

/// Counts the threads at work, holds the first until enough have arrived, and fails at one item.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Crew {
    at_once: usize,
    fails_at: Option<usize>,
    #[serde(skip)]
    present: (Mutex<Present>, Condvar),
    #[serde(skip)]
    done: AtomicUsize,
}

#[derive(Debug, Default)]
struct Present {
    now: usize,
    most: usize,
    threads: HashSet<ThreadId>,
}

impl Crew {
    /// One that requires `workers` threads to be at work at the same time.
    pub fn at_once(workers: usize) -> Self {
        Crew { at_once: workers, ..Crew::default() }
    }
    /// One that panics at this item.
    pub fn failing_at(item: usize) -> Self {
        Crew { fails_at: Some(item), ..Crew::default() }
    }
    /// How many pieces were under way at the same time, at most.
    pub fn most(&self) -> usize {
        self.present.0.lock().unwrap_or_else(PoisonError::into_inner).most
    }
    /// How many threads took part.
    pub fn threads(&self) -> usize {
        self.present.0.lock().unwrap_or_else(PoisonError::into_inner).threads.len()
    }
}

/// A thread at work, and its number of items.
pub struct AtWork<'a>(&'a Crew, usize);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.done.fetch_add(self.1, Relaxed);
        self.0.present.0.lock().unwrap_or_else(PoisonError::into_inner).now -= 1;
    }
}

impl Watch for Crew {
    type AtWork<'a> = AtWork<'a>;
    fn enter(&self, items: Range<usize>) -> AtWork<'_> {
        let (present, arrival) = &self.present;
        let mut held = present.lock().expect("nobody fails here");
        held.now += 1;
        held.most = held.most.max(held.now);
        held.threads.insert(thread::current().id());
        arrival.notify_all();
        let at_work = AtWork(self, items.len());
        let patience = Duration::from_secs(30);
        let waited = arrival.wait_timeout_while(held, patience, |present| present.most < self.at_once);
        let late = waited.expect("nobody fails here").1.timed_out();
        assert!(!late, "fewer than {} are at work", self.at_once);
        if self.fails_at.is_some_and(|item| items.contains(&item)) {
            resume_unwind(Box::new(ON_PURPOSE)); // a panic without a message on the terminal
        }
        at_work
    }
    fn passed(&self, times: u64, len: usize) {
        let done = self.done.load(Relaxed) as u64;
        assert!(done >= times * len as u64, "a step begins before the last has ended");
    }
    fn items(&self) -> Option<usize> {
        Some(self.done.load(Relaxed))
    }
}

/// Work of a given shape. Its items depend on their place, its sweeps on their steps, its stencils on their neighbours.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Shaped<W> {
    /// How many items there are.
    pub len: usize,
    /// How many of them make a piece.
    pub grain: usize,
    /// How often a sweep or a stencil passes over them.
    pub steps: usize,
    /// The observer.
    pub watch: W,
}

impl<W> Shaped<W> {
    /// Checks that a piece is whole grains, as the patterns promise.
    fn expect_whole(&self, piece: Range<usize>) {
        let grain = self.grain.max(1);
        let ends = piece.end == self.len || piece.end.is_multiple_of(grain);
        assert!(ends && piece.start.is_multiple_of(grain), "{piece:?} is off the grain of {grain}");
    }
}

impl<W: Watch> Map for Shaped<W> {
    type Item = u64;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn fill(&self, start: usize, out: &mut [u64]) {
        self.expect_whole(start..start + out.len());
        let _at_work = self.watch.enter(start..start + out.len());
        out.iter_mut().zip(start..).for_each(|(item, i)| *item = mix(i as u64));
    }
}

impl<W: Watch> Reduce for Shaped<W> {
    type Acc = [u64; 2];
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn empty(&self) -> [u64; 2] {
        [0, 0]
    }
    fn fold(&self, [count, sum]: &mut [u64; 2], items: Range<usize>) {
        self.expect_whole(items.clone());
        let _at_work = self.watch.enter(items.clone());
        *count += items.len() as u64;
        *sum = items.map(|i| mix(i as u64)).fold(*sum, u64::wrapping_add);
    }
    fn merge(&self, [count, sum]: &mut [u64; 2], other: [u64; 2]) {
        *count += other[0];
        *sum = sum.wrapping_add(other[1]);
    }
}

/// Each item counts its passes, and depends on all of them.
impl<W: Watch> Sweep for Shaped<W> {
    type Item = [u64; 2];
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn steps(&self) -> usize {
        self.steps
    }
    fn step(&self, start: usize, part: &mut [[u64; 2]]) {
        self.expect_whole(start..start + part.len());
        let _at_work = self.watch.enter(start..start + part.len());
        for ([times, hash], i) in part.iter_mut().zip(start..) {
            self.watch.passed(*times, self.len);
            *times += 1;
            *hash = mix(*hash ^ i as u64);
        }
    }
}

/// Each item from its neighbours on a ring: a late neighbour or a swapped buffer changes the result.
impl<W: Watch> Stencil for Shaped<W> {
    type Item = u64;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn steps(&self) -> usize {
        self.steps
    }
    fn reach(&self) -> usize {
        1
    }
    fn step(&self, old: &[u64], start: usize, new: &mut [u64]) {
        self.expect_whole(start..start + new.len());
        let _at_work = self.watch.enter(start..start + new.len());
        let n = old.len();
        for (item, i) in new.iter_mut().zip(start..) {
            *item = mix(old[(i + n - 1) % n] ^ mix(old[i] ^ mix(old[(i + 1) % n])));
        }
    }
}

/// Each item is the composition of all maps up to it, of which map `i` is `x → 3x + mix(i)`: swapped neighbours, or a
/// piece that is combined from the wrong ones, change all items after them.
impl<W: Watch> Divide for Shaped<W> {
    type Item = [u64; 2];
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn solve(&self, start: usize, out: &mut [[u64; 2]]) {
        self.expect_whole(start..start + out.len());
        let _at_work = self.watch.enter(start..start + out.len());
        let mut so_far = [1, 0];
        for (item, i) in out.iter_mut().zip(start..) {
            so_far = after(so_far, [3, mix(i as u64)]);
            *item = so_far;
        }
    }
    fn combine(&self, left: &[[u64; 2]], right: &[[u64; 2]], at: usize, out: &mut [[u64; 2]]) {
        let last = *left.last().expect("neither part is empty");
        assert!(!right.is_empty() && at + out.len() <= left.len() + right.len(), "no piece of these two");
        for (item, k) in out.iter_mut().zip(at..) {
            *item = if k < left.len() { left[k] } else { after(last, right[k - left.len()]) };
        }
    }
}

/// One map after another, as factor and summand.
fn after([factor, summand]: [u64; 2], [then_factor, then_summand]: [u64; 2]) -> [u64; 2] {
    [factor.wrapping_mul(then_factor), then_factor.wrapping_mul(summand).wrapping_add(then_summand)]
}

/// As many pieces for each outer item as a grain has items.
impl<W: Watch> Nest for Shaped<W> {
    type Item = u64;
    type Acc = [u64; 2];
    fn shape(&self) -> (usize, usize) {
        (self.len, self.grain)
    }
    fn empty(&self) -> [u64; 2] {
        [0, 0]
    }
    fn fold(&self, outer: usize, [count, sum]: &mut [u64; 2], pieces: Range<usize>) {
        let _at_work = self.watch.enter(outer..outer + 1);
        *count += pieces.len() as u64;
        *sum = pieces.map(|piece| mix((outer * self.grain + piece) as u64)).fold(*sum, u64::wrapping_add);
    }
    fn merge(&self, acc: &mut [u64; 2], other: [u64; 2]) {
        Reduce::merge(self, acc, other);
    }
    fn finish(&self, outer: usize, [count, sum]: [u64; 2]) -> u64 {
        assert_eq!(count, self.grain as u64, "the pieces of item {outer}");
        mix(sum ^ outer as u64)
    }
}
