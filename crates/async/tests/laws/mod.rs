//! What every async technique must keep, on work of any length and grain: written once, run for each.

pub(crate) mod channels;

use parallax_suite::pattern::{Graph, Map, Reduce, Search, Wait};
use parallax_suite::question::{Execute, No, Serve, Technique};
use parallax_suite::random::mix;
use parallax_suite::{Sequential, conform};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Work of a given shape that notices when it is done wrongly.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Case {
    pub(crate) len: usize,
    pub(crate) grain: usize,
    pub(crate) depth: usize,
    /// The item, task, node, message or wait that panics.
    pub(crate) fails_at: Option<usize>,
    /// How many threads must be at work at the same time.
    pub(crate) at_once: usize,
    #[serde(skip)]
    crew: (Mutex<Crew>, Condvar),
}

impl Case {
    pub(crate) fn new(len: usize, grain: usize, depth: usize) -> Self {
        Case { len, grain, depth, ..Default::default() }
    }

    /// Counts who is at work until what it gives is dropped, waits once until enough are, and fails if
    /// one of the items shall.
    fn enter(&self, items: Range<usize>) -> AtWork<'_> {
        let (crew, arrival) = &self.crew;
        let mut held = crew.lock().unwrap();
        held.now += 1;
        held.most = held.most.max(held.now);
        arrival.notify_all();
        let at_work = AtWork(crew);
        let patience = Duration::from_secs(30);
        let wait = arrival.wait_timeout_while(held, patience, |crew| crew.most < self.at_once);
        assert!(!wait.unwrap().1.timed_out(), "fewer than {} are at work", self.at_once);
        if self.fails_at.is_some_and(|item| items.contains(&item)) {
            resume_unwind(Box::new("on purpose")); // a panic without a message on the terminal
        }
        at_work
    }
}

/// How many are at work, and how many ever were.
#[derive(Debug, Default)]
struct Crew {
    now: usize,
    most: usize,
}

struct AtWork<'a>(&'a Mutex<Crew>);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now -= 1;
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
        let _at_work = self.enter(start..start + out.len());
        (start..).zip(out).for_each(|(i, item)| *item = mix(i as u64));
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
        let _at_work = self.enter(items.clone());
        *count += items.len() as u64;
        *sum = items.map(|i| mix(i as u64)).fold(*sum, u64::wrapping_add);
    }
    fn merge(&self, [count, sum]: &mut [u64; 2], other: [u64; 2]) {
        *count += other[0];
        *sum = sum.wrapping_add(other[1]);
    }
}

/// A grid `len` wide and `depth` deep, each task of which needs some of the row before, often far off.
impl Graph for Case {
    type Value = u64;
    fn width(&self) -> usize {
        self.len
    }
    fn depth(&self) -> usize {
        self.depth
    }
    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
        let all = if row == 0 { 0 } else { self.len };
        (0..all).filter(move |&need| {
            need == column || mix((row * self.len + column) as u64 ^ need as u64).is_multiple_of(4)
        })
    }
    fn run(&self, row: usize, column: usize, inputs: impl Iterator<Item = u64>) -> u64 {
        let task = row * self.len + column;
        let _at_work = self.enter(task..task + 1);
        inputs.fold(mix(task as u64), |hash, input| mix(hash ^ input))
    }
}

/// The binary tree of the numbers below `len`.
impl Search for Case {
    type Node = usize;
    type Acc = [u64; 2];
    fn roots(&self) -> Vec<usize> {
        (0..self.len.min(1)).collect()
    }
    fn empty(&self) -> [u64; 2] {
        [0, 0]
    }
    fn visit(&self, node: usize, [count, sum]: &mut [u64; 2], found: impl FnMut(usize)) {
        let _at_work = self.enter(node..node + 1);
        *count += 1;
        *sum = sum.wrapping_add(mix(node as u64));
        [2 * node + 1, 2 * node + 2].into_iter().filter(|&child| child < self.len).for_each(found);
    }
    fn merge(&self, [count, sum]: &mut [u64; 2], other: [u64; 2]) {
        *count += other[0];
        *sum = sum.wrapping_add(other[1]);
    }
}

impl Wait for Case {
    fn len(&self) -> usize {
        self.len
    }
    fn limit(&self) -> usize {
        self.grain
    }
    fn begin(&self, _: usize) -> Duration {
        Duration::from_micros(100)
    }
    fn end(&self, i: usize) -> u64 {
        let _at_work = self.enter(i..i + 1);
        i as u64
    }
}

/// Starts a technique, or says why it cannot be tested here.
fn started<T: Technique>(workers: usize) -> Option<T> {
    match T::start(workers) {
        Ok(technique) => Some(technique),
        Err(No::Unavailable(why)) => {
            assert!(T::CARD.name == "compio" && why.contains("io_uring"), "{}: {why}", T::CARD.name);
            None
        }
        Err(no) => panic!("{}: {no}", T::CARD.name),
    }
}

/// Shows that a technique gives what one thread gives.
pub(crate) fn agrees_with_sequential<T: Execute>(workers: usize, len: usize, grain: usize, depth: usize) {
    let (Some(technique), plain) = (started::<T>(workers), Sequential) else { return };
    let case = || Arc::new(Case::new(len, grain, depth));

    let (mut right, mut out) = (vec![0; len], vec![0; len]);
    plain.map(&case(), &mut right).unwrap();
    technique.map(&case(), &mut out).unwrap();
    assert_eq!(out, right, "map");

    assert_eq!(technique.reduce(&case()).unwrap(), plain.reduce(&case()).unwrap(), "reduce");

    plain.graph(&case(), &mut right).unwrap();
    technique.graph(&case(), &mut out).unwrap();
    assert_eq!(out, right, "graph");

    let deep = || Arc::new(Case::new(150 * len, grain, depth));
    assert_eq!(technique.search(&deep()).unwrap(), plain.search(&deep()).unwrap(), "search");
}

/// Shows that the barriers and the nested sums are refused with a reason.
pub(crate) fn refuses_what_does_not_wait<T: Execute>() {
    use parallax_suite::workload::{Heat, Params, Size, Stream, Workload};
    let Some(technique) = started::<T>(2) else { return };
    let (stream, heat) = (Stream::make(Params::of(Size::Tiny)), Heat::make(Params::of(Size::Tiny)));
    let sweep = technique.sweep(&Arc::new(stream), &mut []);
    let stencil = technique.stencil(&Arc::new(heat), [&mut [], &mut []]);
    for no in [sweep, stencil] {
        assert!(matches!(no, Err(No::Unfit(why)) if why.contains("wait") || why.contains("barrier")));
    }
}

/// Shows that a panic in one piece reaches the caller, and that the technique works afterwards.
pub(crate) fn survives_a_panic<T: Execute>() {
    for workers in [1, 2, 3] {
        let Some(technique) = started::<T>(workers) else { return };
        for item in [0, 7, 99] {
            let case = || Arc::new(Case { fails_at: Some(item), ..Case::new(100, 10, 4) });
            let fails = |run: &mut dyn FnMut()| reason(catch_unwind(AssertUnwindSafe(run))) == "on purpose";
            assert!(fails(&mut || drop(technique.map(&case(), &mut [0; 100]))), "map, item {item}");
            assert!(fails(&mut || drop(technique.reduce(&case()))), "reduce, item {item}");
            assert!(fails(&mut || drop(technique.graph(&case(), &mut [0; 100]))), "graph, task {item}");
            assert!(fails(&mut || drop(technique.search(&case()))), "search, node {item}");
        }
        let whole = technique.reduce(&Arc::new(Case::new(100, 10, 4))).unwrap();
        assert_eq!(whole[0], 100, "with {workers} workers, after panics");
    }
}

/// Shows that a panic after a wait reaches the caller, and that waits end as before afterwards.
pub(crate) fn waits_survive_a_panic<T: Serve>() {
    for workers in [1, 2] {
        let Some(technique) = started::<T>(workers) else { return };
        let mut out = [0; 50];
        let work = Arc::new(Case { fails_at: Some(7), ..Case::new(50, 4, 0) });
        let result = catch_unwind(AssertUnwindSafe(|| technique.wait(&work, &mut out)));
        if !matches!(result, Ok(Err(No::Unfit(_)))) {
            assert_eq!(reason(result), "on purpose");
            technique.wait(&Arc::new(Case::new(50, 4, 0)), &mut out).unwrap();
            assert!(out.into_iter().eq(0..50), "with {workers} workers, after a panic");
        }
    }
}

fn reason<R>(result: thread::Result<R>) -> &'static str {
    result.err().and_then(|panic| panic.downcast_ref::<&str>().copied()).unwrap_or("no panic")
}

/// Shows that as many workers as asked for work at the same time, and no more.
pub(crate) fn works_at_once<T: Execute>(numbers: &[usize]) {
    for &workers in numbers {
        let Some(technique) = started::<T>(workers) else { return };
        let case = |len| Arc::new(Case { at_once: workers, ..Case::new(len, 1, 3) });
        let most = |case: Arc<Case>| case.crew.0.lock().unwrap().most;

        let [map, reduce, graph] = [8 * workers, 8 * workers, 8 * workers].map(case);
        technique.map(&map, &mut vec![0; map.len]).unwrap();
        technique.reduce(&reduce).unwrap();
        technique.graph(&graph, &mut vec![0; graph.len]).unwrap();
        assert_eq!([map, reduce, graph].map(most), [workers; 3], "{}", T::CARD.name);
        conform::searches_with_all(&technique, workers).unwrap();
    }
}
