//! Work of any shape agrees with one thread, is done by all workers, and may fail.

use parallax_conform::Crew;
use parallax_conform::Whose;
use parallax_distributed::{Hosts, Timely};
use parallax_pattern::random::{at, mix};
use parallax_pattern::{Distribute, Execute, Reduce, Search, Sequential, Stencil, Technique};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub(crate) const ALL: [&str; 6] = ["map", "reduce", "sweep", "stencil", "nest", "divide"];

/// Two hosts with these numbers of cores: equal hosts are one process each, others a process per worker.
pub(crate) fn hosts(cores: [usize; 2]) -> Hosts {
    let host =
        |name: &str, cores| format!("[[host]]\nname = '{name}'\naddress = '127.0.0.1'\ncores = {cores}\n");
    Hosts::parse(&(host("here", cores[0]) + &host("there", cores[1]))).unwrap()
}

pub(crate) fn any_shape_agrees_with_one_thread() {
    let clusters = [
        Timely::start(0).unwrap(),
        Timely::start(2).unwrap(),
        Timely::start(3).unwrap(),
        Timely::on(&hosts([2, 2])).unwrap(),
        Timely::on(&hosts([2, 1])).unwrap(),
    ];
    for (seed, timely) in clusters.iter().enumerate() {
        // Nothing, one item, fewer than workers, no step, no grain, a grain beyond the end, and random ones.
        let edges = [(0, 4, 2), (1, 4, 2), (2, 1, 3), (9, 4, 0), (9, 0, 2), (9, 100, 2), (5000, 1, 1)];
        let random = (0..20).map(|draw| {
            let below = |most: u64, of: u64| (at(seed as u64, 3 * draw + of) % most) as usize;
            (below(300, 0), below(50, 1), below(6, 2))
        });
        for (len, grain, steps) in edges.into_iter().chain(random) {
            assert_eq!(parallax_conform::agrees_with_sequential::<(), _>(timely, len, grain, steps), ALL);
        }
        for (width, depth, deep) in
            [(0, 0, 3), (0, 3, 3), (1, 1, 3), (5, 4, 300), (40, 12, 20_000), (7, 0, 0)]
        {
            let done = parallax_conform::agrees_on_graphs(timely, width, depth, seed as u64, deep);
            assert_eq!(done, ["graph", "search"]);
        }
    }
}

/// Makes each item from two others, `reach` away.
#[derive(Serialize, Deserialize)]
struct Far {
    len: usize,
    reach: usize,
    grain: usize,
}

impl Stencil for Far {
    type Item = String;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn steps(&self) -> usize {
        5
    }
    fn reach(&self) -> usize {
        self.reach
    }
    fn step(&self, old: &[String], start: usize, new: &mut [String]) {
        for (item, i) in new.iter_mut().zip(start..) {
            let (before, after) = (i + self.len - self.reach % self.len, i + self.reach);
            let word = |text: &String| text.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
            let hash = mix(word(&old[before % self.len]) ^ mix(word(&old[after % self.len])));
            *item = format!("{}", hash % 1000);
        }
    }
}

pub(crate) fn a_stencil_reaches_as_far_as_it_says() {
    let clusters = [2, 3, 4].map(|workers| Timely::start(workers).unwrap());
    for (len, reach, grain) in
        [(20, 1, 1), (20, 5, 3), (20, 7, 2), (20, 10, 1), (20, 19, 6), (21, 30, 1), (3, 1, 1)]
    {
        let work = Arc::new(Far { len, reach, grain });
        let states = || [(0..len).map(|i| i.to_string()).collect::<Vec<_>>(), vec![String::new(); len]];
        let [mut a, mut b] = states();
        Execute::stencil(&Sequential, &work, [&mut a, &mut b]).unwrap();
        for timely in &clusters {
            let [mut c, mut d] = states();
            timely.stencil(&work, [&mut c, &mut d]).unwrap();
            assert_eq!(d, b, "{len} items, {reach} far");
        }
    }
}

pub(crate) fn the_work_is_done_everywhere() {
    for workers in [1, 3] {
        let timely = Timely::start(workers).unwrap();
        let mut out = vec![0; 100];
        timely.map(&Arc::new(Whose::default()), &mut out).unwrap();
        let processes: BTreeSet<u32> = out.into_iter().collect();
        let all: BTreeSet<u32> = timely.ids().into_iter().chain([process::id()]).collect();
        assert_eq!(processes, all);
        assert_eq!(processes.len(), workers);
    }
}

/// One root, from which all other nodes are found.
#[derive(Serialize, Deserialize)]
struct OneRoot;

impl Search for OneRoot {
    type Node = u32;
    type Acc = (u64, BTreeSet<u32>);
    fn roots(&self) -> Vec<u32> {
        vec![20]
    }
    fn empty(&self) -> Self::Acc {
        (0, BTreeSet::new())
    }
    fn visit(&self, node: u32, (count, processes): &mut Self::Acc, mut found: impl FnMut(u32)) {
        *count += 1;
        processes.insert(process::id());
        if node > 0 {
            (0..2).for_each(|_| found(node - 1));
        }
    }
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc) {
        acc.0 += other.0;
        acc.1.extend(other.1);
    }
}

pub(crate) fn a_search_goes_where_there_is_nothing_to_do() {
    let timely = Timely::start(2).unwrap();
    for _ in 0..3 {
        let (count, processes) = timely.search(&Arc::new(OneRoot)).unwrap();
        assert_eq!(count, (1 << 21) - 1);
        assert_eq!(processes.len(), 2, "one of them has done it all");
    }
}

/// A large workload. Each item is the process that folded it, and how often that process has read a workload.
#[derive(Serialize, Deserialize)]
struct Heavy {
    counted: Counted,
    load: Vec<u64>,
}

#[derive(Serialize)]
struct Counted;

static READ: AtomicUsize = AtomicUsize::new(0);

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        READ.fetch_add(1, Relaxed);
        <()>::deserialize(from).map(|()| Counted)
    }
}

impl Reduce for Heavy {
    type Acc = BTreeSet<(u32, usize)>;
    fn len(&self) -> usize {
        1000
    }
    fn empty(&self) -> Self::Acc {
        BTreeSet::new()
    }
    fn fold(&self, acc: &mut Self::Acc, _: Range<usize>) {
        assert!(self.load.iter().step_by(512).all(|word| *word == 7));
        acc.insert((process::id(), READ.load(Relaxed)));
    }
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc) {
        acc.extend(other);
    }
}

pub(crate) fn a_workload_is_sent_once() {
    let timely = Timely::on(&hosts([2, 2])).unwrap();
    for new in 1..3 {
        let work = Arc::new(Heavy { counted: Counted, load: vec![7; 1 << 20] });
        for _run in 0..3 {
            let read = timely.reduce(&work).unwrap();
            let times = |id| if id == process::id() { 0 } else { new };
            assert_eq!(read.len(), 2, "{read:?}");
            assert!(read.iter().all(|&(id, read)| read == times(id)), "{read:?}");
        }
    }
}

pub(crate) fn one_worker_does_no_item_twice() {
    let timely = Timely::start(1).unwrap();
    assert_eq!(parallax_conform::agrees_with_sequential::<Crew, _>(&timely, 100, 10, 4), ALL);
}

/// A number of items of which one word per thousand would not fit into memory.
#[derive(Serialize, Deserialize)]
struct Vast;

impl Reduce for Vast {
    type Acc = (u64, u64);
    fn len(&self) -> usize {
        1_000_000_000_000
    }
    fn grain(&self) -> usize {
        1000
    }
    fn empty(&self) -> (u64, u64) {
        (0, 0)
    }
    fn fold(&self, (items, pieces): &mut (u64, u64), range: Range<usize>) {
        *items += range.len() as u64;
        *pieces += 1;
    }
    fn merge(&self, acc: &mut (u64, u64), other: (u64, u64)) {
        *acc = (acc.0 + other.0, acc.1 + other.1);
    }
}

pub(crate) fn a_vast_reduction_is_a_few_pieces() {
    let (items, pieces) = Timely::start(2).unwrap().reduce(&Arc::new(Vast)).unwrap();
    assert!(items == 1_000_000_000_000 && pieces <= 100, "{items} items in {pieces} pieces");
}
