//! What every executing technique must keep, on work of any length and grain: written once, run for each.

mod graphs;

use graphs::{Thicket, Web};
use parallax_suite::pattern::{Map, Nest, Reduce, Stencil, Sweep};
use parallax_suite::question::{Answer, Execute, No};
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

/// Each item hears of its neighbours on a ring.
impl Stencil for Case {
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
    fn step(&self, old: &[u64], start: usize, new: &mut [u64]) {
        self.enter(start..start + new.len());
        for (i, new) in (start..).zip(new) {
            let [left, right] = [(i + self.len - 1) % self.len, (i + 1) % self.len];
            *new = mix(old[left].wrapping_add(3 * (old[i] >> 2)) ^ old[right]);
        }
    }
}

/// As many pieces for each outer item as a grain has items.
impl Nest for Case {
    type Item = u64;
    type Acc = [u64; 2];
    fn shape(&self) -> (usize, usize) {
        (self.len, self.grain)
    }
    fn empty(&self) -> [u64; 2] {
        [0, 0]
    }
    fn fold(&self, outer: usize, [count, sum]: &mut [u64; 2], pieces: Range<usize>) {
        self.enter(outer..outer + 1);
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

/// Shows that the list holds `techniques`, in that order, and that their cells are right: those that
/// `must_run`, and of the others those that do not refuse.
pub(crate) fn cells_are_right(cells: fn() -> Vec<Cell>, techniques: &[&str], must_run: fn(&Cell) -> bool) {
    let mut listed: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    listed.dedup();
    assert_eq!(listed, techniques);
    assert!(listed.is_sorted(), "the list is alphabetical");

    let ran = conform::cells(cells());
    let mut cells = cells();
    cells.retain(must_run);
    assert!(!cells.is_empty(), "no cell must run");
    for Cell { workload, case, technique, .. } in cells {
        assert!(ran.contains(&format!("{workload}:{case}/{technique}")), "{workload}/{technique} refuses");
    }
}

/// Whether there is an answer; a refusal needs a reason, and a failure is one of the test.
fn answered<A>(answer: Answer<A>) -> Option<A> {
    match answer {
        Ok(given) => Some(given),
        Err(No::Failed(why)) => panic!("{why}"),
        Err(no) => {
            assert!(!no.to_string().is_empty(), "it refuses without a reason");
            None
        }
    }
}

/// Shows that a technique gives what one thread gives, or refuses.
pub(crate) fn agrees_with_sequential<T: Execute>(workers: usize, len: usize, grain: usize, steps: usize) {
    let (technique, plain, name) = (T::start(workers).unwrap(), Sequential, T::CARD.name);
    let case = || Arc::new(Case::new(len, grain, steps));

    let (mut right, mut out) = (vec![0; len], vec![0; len]);
    plain.map(&case(), &mut right).unwrap();
    if answered(technique.map(&case(), &mut out)).is_some() {
        assert_eq!(out, right, "{name}, map");
    }
    if let Some(got) = answered(technique.reduce(&case())) {
        assert_eq!(got, plain.reduce(&case()).unwrap(), "{name}, reduce");
    }
    let mut passes = vec![0; len];
    if answered(technique.sweep(&case(), &mut passes)).is_some() {
        assert!(passes.iter().all(|&n| n == steps as u64), "{name}, sweep: {passes:?}");
    }
    let states = || [(); 2].map(|()| (0..len as u64).collect::<Vec<_>>());
    let ([mut a, mut b], [mut c, mut d]) = (states(), states());
    plain.stencil(&case(), [&mut a, &mut b]).unwrap();
    if answered(technique.stencil(&case(), [&mut c, &mut d])).is_some() {
        assert_eq!([c, d][steps % 2], [a, b][steps % 2], "{name}, stencil");
    }
    let (mut right, mut out) = (vec![0; len], vec![0; len]);
    plain.nest(&case(), &mut right).unwrap();
    if answered(technique.nest(&case(), &mut out)).is_some() {
        assert_eq!(out, right, "{name}, nest");
    }
}

/// Shows the same for a random graph and a random tree, whose last branch is `deep` nodes deep.
pub(crate) fn agrees_on_graphs<T: Execute>(workers: usize, width: usize, depth: usize, seed: u64, deep: u32) {
    let (technique, plain, name) = (T::start(workers).unwrap(), Sequential, T::CARD.name);
    let web = Arc::new(Web { width, depth, seed, ..Web::default() });
    let (mut right, mut out) = (vec![[0; 3]; width], vec![[0; 3]; width]);
    plain.graph(&web, &mut right).unwrap();
    if answered(technique.graph(&web, &mut out)).is_some() {
        assert_eq!(out, right, "{name}, graph of {width} x {depth} from {seed}");
    }
    let thicket = Arc::new(Thicket { roots: width, seed, deep, fails_at: None });
    if let Some(got) = answered(technique.search(&thicket)) {
        let right = plain.search(&thicket).unwrap();
        assert_eq!(got, right, "{name}, search from {width} roots, {seed}, {deep} deep");
    }
}

/// Shows that a panic in one piece reaches the caller, and that the technique works afterwards.
pub(crate) fn survives_a_panic<T: Execute>() {
    for workers in [1, 2, 3] {
        let technique = T::start(workers).unwrap();
        let check = |pattern: &str, item: usize, run: &mut dyn FnMut() -> bool| {
            let ended = catch_unwind(AssertUnwindSafe(run));
            assert!(!matches!(ended, Ok(true)), "{}, {pattern}, item {item}: no panic", T::CARD.name);
        };
        for item in [0, 7, 99] {
            let case = Arc::new(Case { fails_at: Some(item), ..Case::new(100, 10, 4) });
            check("map", item, &mut || technique.map(&case, &mut [0; 100]).is_ok());
            check("reduce", item, &mut || technique.reduce(&case).is_ok());
            check("sweep", item, &mut || technique.sweep(&case, &mut [0; 100]).is_ok());
            check("stencil", item, &mut || technique.stencil(&case, [&mut [0; 100], &mut [0; 100]]).is_ok());
            check("nest", item, &mut || technique.nest(&case, &mut [0; 100]).is_ok());
            let web = Arc::new(Web { width: 10, depth: 10, fails_at: Some(item), ..Web::default() });
            check("graph", item, &mut || technique.graph(&web, &mut [[0; 3]; 10]).is_ok());
            let thicket = Arc::new(Thicket { roots: 100, seed: 1, deep: 5000, fails_at: Some(item as u32) });
            check("search", item, &mut || technique.search(&thicket).is_ok());
        }
        agrees_with_sequential::<T>(workers, 100, 10, 4);
        agrees_again(&technique);
    }
}

/// Shows that the very technique that has met a panic still works.
fn agrees_again<T: Execute>(technique: &T) {
    let mut out = vec![0; 100];
    if answered(technique.map(&Arc::new(Case::new(100, 10, 4)), &mut out)).is_some() {
        assert!((0..100).all(|i| out[i] == mix(i as u64)), "{} after panics", T::CARD.name);
    }
    let (web, mut got, mut right) =
        (Web { width: 10, depth: 10, ..Web::default() }, [[0; 3]; 10], [[0; 3]; 10]);
    let web = Arc::new(web);
    if answered(technique.graph(&web, &mut got)).is_some() {
        Sequential.graph(&web, &mut right).unwrap();
        assert_eq!(got, right, "{} after panics", T::CARD.name);
    }
}

/// Shows that the workers work at the same time, and that there are no more of them than asked for.
pub(crate) fn works_at_once<T: Execute>() {
    for workers in [1, 2, 4] {
        let technique = T::start(workers).unwrap();
        let case = || Arc::new(Case { at_once: workers, ..Case::new(8 * workers, 1, 3) });
        let check = |pattern: &str, case: Arc<Case>, answer: Answer<()>| {
            if answered(answer).is_some() {
                let crew = case.crew.0.lock().unwrap().len();
                assert_eq!(crew, workers, "{}, {pattern}", T::CARD.name);
            }
        };
        let buffer = || vec![0; 8 * workers];
        let (map, reduce, sweep, stencil, nest) = (case(), case(), case(), case(), case());
        check("map", map.clone(), technique.map(&map, &mut buffer()));
        check("reduce", reduce.clone(), technique.reduce(&reduce).map(drop));
        check("sweep", sweep.clone(), technique.sweep(&sweep, &mut buffer()));
        check("stencil", stencil.clone(), technique.stencil(&stencil, [&mut buffer(), &mut buffer()]));
        check("nest", nest.clone(), technique.nest(&nest, &mut buffer()));
        let web = Web {
            width: 8 * workers,
            depth: 3,
            case: Case { at_once: workers, ..Case::default() },
            ..Web::default()
        };
        let web = Arc::new(web);
        if answered(technique.graph(&web, &mut vec![[0; 3]; 8 * workers])).is_some() {
            assert_eq!(web.case.crew.0.lock().unwrap().len(), workers, "{}, graph", T::CARD.name);
        }
        let _ = answered(conform::searches_with_all(&technique, workers));
    }
}
