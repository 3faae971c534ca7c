//! What every async technique must keep, on work of any length and grain: written once, run for each.

use parallax_suite::Sequential;
use parallax_suite::pattern::{Channel, Graph, Map, Reduce, Search, Traffic, Wait};
use parallax_suite::question::{Execute, No, Serve, Technique};
use parallax_suite::random::mix;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
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
    visits: AtomicUsize,
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

/// The binary tree of the numbers below `len`. Threads need not meet before the search is under way.
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
        let counts = self.visits.fetch_add(1, SeqCst) >= 300_000 || self.fails_at == Some(node);
        let _at_work = counts.then(|| self.enter(node..node + 1));
        *count += 1;
        *sum = sum.wrapping_add(mix(node as u64));
        [2 * node + 1, 2 * node + 2].into_iter().filter(|&child| child < self.len).for_each(found);
    }
    fn merge(&self, [count, sum]: &mut [u64; 2], other: [u64; 2]) {
        *count += other[0];
        *sum = sum.wrapping_add(other[1]);
    }
}

/// Messages of which making one fails, or taking one in.
#[derive(Serialize, Deserialize)]
struct Letters {
    traffic: [usize; 3],
    answered: bool,
    made: usize,
    taken: usize,
}

impl Channel for Letters {
    type Message = usize;
    type Tally = usize;
    fn shape(&self) -> Traffic {
        let [producers, consumers, messages] = self.traffic;
        Traffic { producers, consumers, messages, answered: self.answered }
    }
    fn make(&self, _: usize, number: usize) -> usize {
        if number == self.made {
            resume_unwind(Box::new("on purpose"));
        }
        number
    }
    fn take(&self, message: usize, tally: &mut usize) {
        if message == self.taken {
            resume_unwind(Box::new("on purpose"));
        }
        *tally += 1;
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

/// Shows that a panic on either side of a channel reaches the caller, and nobody waits for ever.
pub(crate) fn channels_survive_a_panic<T: Serve>() {
    const NEVER: usize = usize::MAX;
    for workers in [1, 2] {
        let Some(technique) = started::<T>(workers) else { return };
        let letters = |traffic, answered, made, taken| Arc::new(Letters { traffic, answered, made, taken });
        for (made, taken) in [(0, NEVER), (1999, NEVER), (NEVER, 0), (NEVER, 1999)] {
            for (traffic, answered) in [([1, 1, 2000], false), ([2, 2, 2000], false), ([1, 1, 2000], true)] {
                let work = letters(traffic, answered, made, taken);
                let result = catch_unwind(AssertUnwindSafe(|| technique.channel(&work).map(drop)));
                if !matches!(result, Ok(Err(No::Unfit(_)))) {
                    assert_eq!(reason(result), "on purpose", "{traffic:?}, made {made}, taken {taken}");
                }
            }
        }
        let work = letters([2, 1, 50], false, NEVER, NEVER);
        match technique.channel(&work) {
            Ok(tallies) => assert_eq!(tallies, [100], "with {workers} workers, after panics"),
            Err(no) => assert!(matches!(no, No::Unfit(_))),
        }
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
        // Which walks there are when the first one waits for others is chance, and now and then there are too few.
        let meets = |search: Arc<Case>| {
            let ended = catch_unwind(AssertUnwindSafe(|| technique.search(&search).map(drop)));
            let most = most(search);
            assert!(most <= workers, "{}, search: {most} at once", T::CARD.name);
            matches!(ended, Ok(Ok(()))) && most == workers
        };
        assert!((0..3).any(|_| meets(case(600_000))), "{}, search", T::CARD.name);
    }
}
