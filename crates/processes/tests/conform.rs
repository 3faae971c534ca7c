//! Every technique at every workload, and at work that is empty, tiny, ragged, failing or deadly.

mod common;

use common::{eventually, kill_myself, zombie_children_of};
use parallax_processes::cells;
use parallax_processes::technique::{
    MessagePipes, MessageRings, Pipes, PrivateCaches, SharedCounters, SharedMemory, prefork,
};
use parallax_suite::pattern::{Channel, Map, Recall, Reduce, Stencil, Sweep, Touch, Traffic, Wait};
use parallax_suite::question::{Answer, Execute, No, Policy, Remember, Serve, Share, Technique};
use parallax_suite::random::{at, mix};
use parallax_suite::workload::{Hits, Routes};
use parallax_suite::{Sequential, conform};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;
use std::process;
use std::sync::Arc;
use std::time::Duration;

fn main() {
    parallax_processes::init();
    parallax_load::init();
    prefork::init::<Routes>();
    common::run(vec![
        ("every_cell_is_right", every_cell_is_right),
        ("any_shape_agrees_with_one_thread", any_shape_agrees_with_one_thread),
        ("the_work_is_done_elsewhere", the_work_is_done_elsewhere),
        ("a_panic_is_a_failure_in_words", a_panic_is_a_failure_in_words),
        (
            "a_killed_worker_is_reported_and_the_next_run_works",
            a_killed_worker_is_reported_and_the_next_run_works,
        ),
        ("what_cannot_be_sent_is_a_failure", what_cannot_be_sent_is_a_failure),
        ("counts_add_up", counts_add_up),
        ("messages_are_handed_over_in_order", messages_are_handed_over_in_order),
        ("a_killed_producer_or_consumer_ends_the_run", a_killed_producer_or_consumer_ends_the_run),
        ("waits_overlap_up_to_their_limit", waits_overlap_up_to_their_limit),
        ("divided_keys_are_remembered", divided_keys_are_remembered),
    ]);
}

/// What refuses, and must say why; everything else must be right.
const REFUSALS: [(&str, &[&str]); 7] = [
    ("message-pipes", &[]),
    ("message-rings", &["fanout"]),
    ("pipes", &["bubblesort", "expression", "heat", "stream"]),
    ("prefork", &[]),
    ("private-caches", &[]),
    ("shared-counters", &[]),
    ("shared-memory", &["bubblesort", "treesearch"]),
];

fn every_cell_is_right() {
    let ran = conform::cells(cells());
    let mut listed: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    listed.dedup();
    assert_eq!(listed, REFUSALS.map(|(technique, _)| technique), "the list is alphabetical");
    let mut names = BTreeSet::new();
    for cell in cells() {
        let name = format!("{}:{}/{}", cell.workload, cell.case, cell.technique);
        let refuses = REFUSALS
            .iter()
            .any(|(technique, workloads)| *technique == cell.technique && workloads.contains(&cell.workload));
        assert_eq!(ran.contains(&name), !refuses, "{name}");
        assert!(names.insert(name), "two cells of one name");
    }
}

/// Work of a given shape, in which one item may be fatal.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Case {
    len: usize,
    grain: usize,
    steps: usize,
    fatal: Option<(usize, Way)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Way {
    Panic,
    Kill,
}

impl Case {
    fn enter(&self, items: Range<usize>) {
        match self.fatal {
            Some((item, Way::Panic)) if items.contains(&item) => panic!("unlucky item {item}"),
            Some((item, Way::Kill)) if items.contains(&item) => kill_myself(),
            _ => {}
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
        out.iter_mut().zip(start..).for_each(|(item, i)| *item = mix(i as u64));
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
        part.iter_mut().zip(start..).for_each(|(item, i)| *item = mix(*item ^ i as u64));
    }
}

/// Each item from its neighbours on a ring: a late neighbour or a swapped buffer changes the result.
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
        let n = old.len();
        for (item, i) in new.iter_mut().zip(start..) {
            *item = mix(old[(i + n - 1) % n] ^ mix(old[i] ^ mix(old[(i + 1) % n])));
        }
    }
}

fn mapped(technique: &impl Execute, case: &Case) -> Answer<Vec<u64>> {
    let mut out = vec![7; case.len];
    technique.map(&Arc::new(case.clone()), &mut out).map(|()| out)
}

fn swept(technique: &impl Execute, case: &Case) -> Answer<Vec<u64>> {
    let mut state: Vec<u64> = (0..case.len as u64).collect();
    technique.sweep(&Arc::new(case.clone()), &mut state).map(|()| state)
}

fn stepped(technique: &impl Execute, case: &Case) -> Answer<Vec<u64>> {
    let mut buffers = [(0..case.len as u64).collect(), vec![7; case.len]];
    let [first, second] = &mut buffers;
    technique.stencil(&Arc::new(case.clone()), [first, second])?;
    Ok(std::mem::take(&mut buffers[case.steps % 2]))
}

fn any_shape_agrees_with_one_thread() {
    for workers in [0, 1, 2, 3] {
        let (pipes, shared) = (Pipes::start(workers).unwrap(), SharedMemory::start(workers).unwrap());
        // Nothing, one item, fewer than workers, no step, no grain, a grain beyond the end, and random ones.
        let edges = [(0, 4, 2), (1, 4, 2), (2, 1, 3), (9, 4, 0), (9, 0, 2), (9, 100, 2), (5000, 1, 1)];
        let random = (0..20).map(|draw| {
            let below = |most: u64, of: u64| (at(workers as u64, 3 * draw + of) % most) as usize;
            (below(300, 0), below(50, 1), below(6, 2))
        });
        for (len, grain, steps) in edges.into_iter().chain(random) {
            let case = Case { len, grain, steps, fatal: None };
            let sum = Sequential.reduce(&Arc::new(case.clone())).unwrap();
            let map = mapped(&Sequential, &case).unwrap();
            assert_eq!(mapped(&pipes, &case).unwrap(), map, "{case:?}");
            assert_eq!(mapped(&shared, &case).unwrap(), map, "{case:?}");
            assert_eq!(pipes.reduce(&Arc::new(case.clone())).unwrap(), sum, "{case:?}");
            assert_eq!(shared.reduce(&Arc::new(case.clone())).unwrap(), sum, "{case:?}");
            assert_eq!(swept(&shared, &case).unwrap(), swept(&Sequential, &case).unwrap(), "{case:?}");
            assert_eq!(stepped(&shared, &case).unwrap(), stepped(&Sequential, &case).unwrap(), "{case:?}");
        }
    }
}

/// Every item is the process that made it.
#[derive(Serialize, Deserialize)]
struct Whose;

impl Map for Whose {
    type Item = u32;
    fn len(&self) -> usize {
        100
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, _: usize, out: &mut [u32]) {
        out.fill(process::id());
    }
}

fn the_work_is_done_elsewhere() {
    fn check<T: Execute>() {
        let mut out = vec![0; 100];
        T::start(2).unwrap().map(&Arc::new(Whose), &mut out).unwrap();
        let processes: BTreeSet<u32> = out.into_iter().collect();
        assert!(processes.len() <= 2, "{processes:?}");
        assert!(!processes.contains(&process::id()) && !processes.contains(&0), "{processes:?}");
    }
    check::<Pipes>();
    check::<SharedMemory>();
}

/// Runs each pattern with a fatal item and then without; the failures must say `words`.
fn fails_and_recovers<T: Execute>(way: Way, words: &str, steps: bool) {
    let technique = T::start(2).unwrap();
    let plain = Case { len: 100, grain: 10, steps: 5, fatal: None };
    for item in [0, 55, 99] {
        let fatal = Case { fatal: Some((item, way)), ..plain.clone() };
        let says = |no: No| {
            assert!(matches!(&no, No::Failed(why) if why.to_string().contains(words)), "{no}");
        };
        says(mapped(&technique, &fatal).unwrap_err());
        assert_eq!(mapped(&technique, &plain).unwrap(), mapped(&Sequential, &plain).unwrap());
        says(technique.reduce(&Arc::new(fatal.clone())).unwrap_err());
        assert_eq!(technique.reduce(&Arc::new(plain.clone())).unwrap()[0], 100);
        if steps {
            says(swept(&technique, &fatal).unwrap_err());
            assert_eq!(swept(&technique, &plain).unwrap(), swept(&Sequential, &plain).unwrap());
            says(stepped(&technique, &fatal).unwrap_err());
            assert_eq!(stepped(&technique, &plain).unwrap(), stepped(&Sequential, &plain).unwrap());
        }
    }
}

fn a_panic_is_a_failure_in_words() {
    fails_and_recovers::<Pipes>(Way::Panic, "unlucky item", false);
    fails_and_recovers::<SharedMemory>(Way::Panic, "unlucky item", true);
}

fn a_killed_worker_is_reported_and_the_next_run_works() {
    fails_and_recovers::<Pipes>(Way::Kill, "SIGKILL", false);
    fails_and_recovers::<SharedMemory>(Way::Kill, "SIGKILL", true);
    // Other tests run beside this one, so theirs are waited for, too.
    eventually("no zombie is left", || zombie_children_of(process::id()).is_empty());
}

/// Serde can describe it, postcard cannot write it: a sequence of unknown length.
#[derive(Deserialize)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serde::ser::SerializeSeq::end(to.serialize_seq(None)?)
    }
}

impl Map for Unwritable {
    type Item = u64;
    fn len(&self) -> usize {
        1
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, _: usize, _: &mut [u64]) {}
}

fn what_cannot_be_sent_is_a_failure() {
    let no = Pipes::start(1).unwrap().map(&Arc::new(Unwritable), &mut [0]).unwrap_err();
    assert!(matches!(no, No::Failed(_)), "{no}");
}

/// Hits on a table, drawn from a seed.
#[derive(Serialize, Deserialize)]
struct Drawn {
    len: usize,
    words: usize,
}

impl Touch for Drawn {
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        7
    }
    fn words(&self) -> usize {
        self.words
    }
    fn hits(&self, items: Range<usize>, mut hit: impl FnMut(usize)) {
        items.for_each(|i| hit(at(5, i as u64) as usize % self.words));
    }
}

fn counts_add_up() {
    let technique = SharedCounters::start(3).unwrap();
    for (len, words) in [(0, 1), (1, 1), (1000, 1), (1000, 13), (1000, 13), (5, 1000)] {
        let mut right = vec![1; words];
        (0..len).for_each(|i| right[at(5, i as u64) as usize % words] += 1);
        let mut counts = vec![1; words];
        technique.touch(&Arc::new(Drawn { len, words }), &mut counts).unwrap();
        assert_eq!(counts, right, "{len} hits on {words} words");
    }
}

fn messages_are_handed_over_in_order() {
    for workers in [1, 2] {
        conform::hands_over_in_order(&MessagePipes::start(workers).unwrap());
        conform::hands_over_in_order(&MessageRings::start(workers).unwrap());
    }
}

/// Numbers from three producers to two consumers; one of the number 500 may be the last.
#[derive(Serialize, Deserialize)]
struct Deadly {
    producing: bool,
    consuming: bool,
}

impl Channel for Deadly {
    type Message = u64;
    type Tally = u64;
    fn shape(&self) -> Traffic {
        Traffic { producers: 3, consumers: 2, messages: 20_000, answered: false }
    }
    fn make(&self, producer: usize, number: usize) -> u64 {
        if self.producing && (producer, number) == (1, 500) {
            kill_myself();
        }
        number as u64
    }
    fn take(&self, message: u64, tally: &mut u64) {
        if self.consuming && message == 500 {
            kill_myself();
        }
        *tally += message;
    }
}

fn a_killed_producer_or_consumer_ends_the_run() {
    fn check<T: Serve>() {
        let technique = T::start(2).unwrap();
        for (producing, consuming) in [(true, false), (false, true)] {
            let no = technique.channel(&Arc::new(Deadly { producing, consuming })).unwrap_err();
            assert!(no.to_string().contains("SIGKILL"), "{no}");
            let tallies =
                technique.channel(&Arc::new(Deadly { producing: false, consuming: false })).unwrap();
            assert_eq!(tallies.iter().sum::<u64>(), 3 * 199_990_000);
        }
    }
    check::<MessagePipes>();
    check::<MessageRings>();
}

/// Gives the process that waited.
#[derive(Serialize, Deserialize)]
struct Naps {
    waits: usize,
    limit: usize,
}

impl Wait for Naps {
    fn len(&self) -> usize {
        self.waits
    }
    fn limit(&self) -> usize {
        self.limit
    }
    fn begin(&self, i: usize) -> Duration {
        Duration::from_millis(2 * (i as u64 % 4))
    }
    fn end(&self, i: usize) -> u64 {
        (i as u64) << 32 | u64::from(process::id())
    }
}

/// A process that waits does nothing else, so there are never more waits under way than processes.
fn waits_overlap_up_to_their_limit() {
    let technique = MessagePipes::start(2).unwrap();
    for (waits, limit) in [(0, 1), (1, 1), (5, 1), (3, 8), (20, 3)] {
        let mut out = vec![u64::MAX; waits];
        technique.wait(&Arc::new(Naps { waits, limit }), &mut out).unwrap();
        assert!(out.iter().map(|word| word >> 32).eq(0..waits as u64), "{out:x?}");
        let processes: BTreeSet<u32> = out.iter().map(|&word| word as u32).collect();
        assert!(processes.len() <= limit && !processes.contains(&process::id()), "{processes:?}");
        assert!(waits < 20 || processes.len() > 1, "nothing overlaps");
    }
}

/// Asks for keys, some of them again.
#[derive(Serialize, Deserialize)]
struct Asked {
    keys: Vec<u64>,
    capacity: usize,
}

impl Recall for Asked {
    fn len(&self) -> usize {
        self.keys.len()
    }
    fn key(&self, i: usize) -> u64 {
        self.keys[i]
    }
    fn compute(&self, key: u64) -> u64 {
        mix(key)
    }
    fn capacity(&self) -> usize {
        self.capacity
    }
}

fn divided_keys_are_remembered() {
    let keys: Vec<u64> = (0..3000).map(|i| at(9, i) % (1 + i % 97)).collect();
    for workers in [1, 2, 3] {
        let technique = PrivateCaches::start(workers).unwrap();
        for capacity in [1, 2, 40, 1000] {
            let recalled = technique.recall(&Arc::new(Asked { keys: keys.clone(), capacity })).unwrap();
            let hits = Hits::of(&keys, capacity);
            let sum = keys.iter().map(|&key| mix(key)).fold(0, u64::wrapping_add);
            assert_eq!((recalled.sum, recalled.policy), (sum, Policy::Bounded));
            assert!(recalled.hits <= hits.best, "{workers} workers remember more than there is room for");
            if workers == 1 || capacity == 1 {
                assert_eq!(recalled.hits, hits.lru, "one cache of capacity {capacity}");
            }
            if capacity == 1000 {
                assert_eq!(recalled.hits, hits.unbounded, "there is room for all");
            }
        }
        let nothing = technique.recall(&Arc::new(Asked { keys: Vec::new(), capacity: 3 })).unwrap();
        assert_eq!((nothing.sum, nothing.hits), (0, 0));
    }
}
