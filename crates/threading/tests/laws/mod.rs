//! What every executing technique must keep, on work of any length and grain: written once, run for each.

use parallax_suite::pattern::{Map, Reduce, Sweep};
use parallax_suite::question::Execute;
use parallax_suite::random::mix;
use parallax_suite::{Cell, Sequential, conform};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// Work of a given shape that notices when it is done wrongly.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Case {
    pub(crate) len: usize,
    pub(crate) grain: usize,
    pub(crate) steps: usize,
    /// The item that panics.
    pub(crate) fails_at: Option<usize>,
    /// How many threads must be at work at the same time.
    pub(crate) at_once: usize,
    #[serde(skip)]
    stepped: AtomicUsize,
    #[serde(skip)]
    crew: (Mutex<HashSet<ThreadId>>, Condvar),
}

impl Case {
    pub(crate) fn new(len: usize, grain: usize, steps: usize) -> Self {
        Case { len, grain, steps, ..Default::default() }
    }

    /// Signs the thread in, waits until enough have, and fails if one of the items shall.
    fn enter(&self, items: Range<usize>) {
        let (crew, signed_in) = &self.crew;
        let mut crew = crew.lock().unwrap();
        crew.insert(thread::current().id());
        signed_in.notify_all();
        let patience = Duration::from_secs(30);
        let wait = signed_in.wait_timeout_while(crew, patience, |crew| crew.len() < self.at_once);
        assert!(!wait.unwrap().1.timed_out(), "fewer than {} threads are at work", self.at_once);
        if self.fails_at.is_some_and(|item| items.contains(&item)) {
            resume_unwind(Box::new("on purpose")); // a panic without a message on the terminal
        }
    }
}

impl Map for Case {
    type Item = u64;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn fill(&self, start: usize, out: &mut [u64]) {
        self.enter(start..start + out.len());
        // Adding shows an item that is filled twice.
        out.iter_mut().enumerate().for_each(|(k, item)| *item = item.wrapping_add(mix((start + k) as u64)));
    }
}

impl Reduce for Case {
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
        self.enter(items.clone());
        *count += items.len() as u64;
        *sum = items.map(|i| mix(i as u64)).fold(*sum, u64::wrapping_add);
    }
    fn merge(&self, [count, sum]: &mut [u64; 2], other: [u64; 2]) {
        *count += other[0];
        *sum = sum.wrapping_add(other[1]);
    }
}

/// Each item counts its passes.
impl Sweep for Case {
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
    fn step(&self, start: usize, part: &mut [u64]) {
        self.enter(start..start + part.len());
        for passes in &mut *part {
            let before = self.stepped.load(Relaxed);
            assert!(before >= *passes as usize * self.len, "a step begins before the last has ended");
            *passes += 1;
        }
        self.stepped.fetch_add(part.len(), Relaxed);
    }
}

/// Shows that the list holds `techniques`, in that order, and that their cells are right: each of
/// `patterns`, and of others those that do not refuse.
pub(crate) fn cells_are_right(cells: fn() -> Vec<Cell>, techniques: &[&str], patterns: &[&str]) {
    let mut listed: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    listed.dedup();
    assert_eq!(listed, techniques);
    assert!(listed.is_sorted(), "the list is alphabetical");

    let ran = conform::cells(cells());
    for pattern in patterns {
        let mut cells = cells();
        cells.retain(|cell| cell.pattern == *pattern);
        assert!(!cells.is_empty(), "no cell has the pattern {pattern}");
        for Cell { workload, case, technique, .. } in cells {
            assert!(
                ran.contains(&format!("{workload}:{case}/{technique}")),
                "{workload}/{technique} refuses"
            );
        }
    }
}

/// Shows that a technique gives what one thread gives.
pub(crate) fn agrees_with_sequential<T: Execute>(workers: usize, len: usize, grain: usize, steps: usize) {
    let (technique, plain) = (T::start(workers).unwrap(), Sequential);
    let case = || Arc::new(Case::new(len, grain, steps));

    let (mut right, mut out) = (vec![0; len], vec![0; len]);
    plain.map(&case(), &mut right).unwrap();
    technique.map(&case(), &mut out).unwrap();
    assert_eq!(out, right, "map");

    assert_eq!(technique.reduce(&case()).unwrap(), plain.reduce(&case()).unwrap(), "reduce");

    let mut passes = vec![0; len];
    technique.sweep(&case(), &mut passes).unwrap();
    assert!(passes.iter().all(|&n| n == steps as u64), "sweep: {passes:?}");
}

/// Shows that a panic in one piece reaches the caller, and that the technique works afterwards.
pub(crate) fn survives_a_panic<T: Execute>() {
    for workers in [1, 2, 3] {
        let technique = T::start(workers).unwrap();
        for item in [0, 7, 99] {
            let case = Arc::new(Case { fails_at: Some(item), ..Case::new(100, 10, 4) });
            let fails = |run: &mut dyn FnMut()| catch_unwind(AssertUnwindSafe(run)).is_err();
            assert!(fails(&mut || drop(technique.map(&case, &mut [0; 100]))), "map, item {item}");
            assert!(fails(&mut || drop(technique.reduce(&case))), "reduce, item {item}");
            assert!(fails(&mut || drop(technique.sweep(&case, &mut [0; 100]))), "sweep, item {item}");
        }
        let whole = technique.reduce(&Arc::new(Case::new(100, 10, 4))).unwrap();
        assert_eq!(whole[0], 100, "with {workers} workers, after panics");
    }
}

/// Shows that the workers work at the same time, and that there are no more of them than asked for.
pub(crate) fn works_at_once<T: Execute>() {
    for workers in [1, 2, 4] {
        let technique = T::start(workers).unwrap();
        let case = || Arc::new(Case { at_once: workers, ..Case::new(8 * workers, 1, 3) });
        let crew = |case: Arc<Case>| case.crew.0.lock().unwrap().len();

        let (map, reduce, sweep) = (case(), case(), case());
        technique.map(&map, &mut vec![0; map.len]).unwrap();
        technique.reduce(&reduce).unwrap();
        technique.sweep(&sweep, &mut vec![0; sweep.len]).unwrap();
        assert_eq!([map, reduce, sweep].map(crew), [workers; 3]);
    }
}
