//! Traffic with the ranks is counted: known bytes for known work, and none where none are sent.

use parallax_distributed_mpi::Mpi;
use parallax_pattern::{Distribute, Map, Reduce, Sweep, Technique, Transport};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

const LEN: usize = 1000;

/// Items that are made from some numbers.
#[derive(Serialize, Deserialize)]
struct Loaded(Vec<u64>);

impl Loaded {
    fn new() -> Arc<Self> {
        Arc::new(Loaded((0..300).collect()))
    }
}

impl Map for Loaded {
    type Item = u64;
    fn len(&self) -> usize {
        LEN
    }
    fn fill(&self, start: usize, out: &mut [u64]) {
        out.iter_mut().zip(start..).for_each(|(item, i)| *item = self.0[i % self.0.len()]);
    }
}

impl Sweep for Loaded {
    type Item = u64;
    fn len(&self) -> usize {
        LEN
    }
    fn grain(&self) -> usize {
        1
    }
    fn steps(&self) -> usize {
        2
    }
    fn step(&self, _: usize, items: &mut [u64]) {
        items.iter_mut().for_each(|item| *item += 1);
    }
}

impl Reduce for Loaded {
    type Acc = u64;
    fn len(&self) -> usize {
        LEN
    }
    fn empty(&self) -> u64 {
        0
    }
    fn fold(&self, acc: &mut u64, items: Range<usize>) {
        *acc += items.len() as u64;
    }
    fn merge(&self, acc: &mut u64, other: u64) {
        *acc += other;
    }
}

fn work_bytes(work: &Loaded) -> u64 {
    postcard::to_stdvec(work).unwrap().len() as u64
}

/// The length of a reply that only says that the call succeeded: a byte for each of its two ways to fail.
const DONE: u64 = 2;

fn since(before: &Transport, mpi: &Mpi) -> (u64, u64, Transport) {
    let now = mpi.transport().unwrap();
    (now.shipped_bytes - before.shipped_bytes, now.gathered_bytes - before.gathered_bytes, now)
}

pub(crate) fn a_map_ships_its_work_once_and_gathers_all_that_was_made() {
    let (mpi, work, mut out) = (Mpi::start(2).unwrap(), Loaded::new(), vec![0; LEN]);
    let started = mpi.transport().unwrap();
    assert!(started.start_ns > 0);
    assert_eq!(started, Transport { start_ns: started.start_ns, ..Transport::default() });
    mpi.map(&work, &mut out).unwrap();
    let (shipped, gathered, first) = since(&started, &mpi);
    assert_eq!((shipped, gathered), (work_bytes(&work), 8 * LEN as u64 + DONE));
    assert!(first.ship_ns > 0 && first.gather_ns > 0, "{first:?}");
    mpi.map(&work, &mut out).unwrap();
    let (shipped, gathered, second) = since(&first, &mpi);
    assert_eq!((shipped, second.ship_ns), (0, first.ship_ns), "the work is there already");
    assert_eq!(gathered, 8 * LEN as u64 + DONE);
    assert_eq!(mpi.reduce(&work).unwrap(), LEN as u64);
    let (shipped, gathered, _) = since(&second, &mpi);
    assert_eq!(shipped, 0);
    assert!((1..20).contains(&gathered), "one number: {gathered}");
}

pub(crate) fn a_sweep_ships_its_array_each_time() {
    let (mpi, work, mut state) = (Mpi::start(2).unwrap(), Loaded::new(), vec![1; LEN]);
    mpi.sweep(&work, &mut state).unwrap();
    let first = mpi.transport().unwrap();
    assert_eq!(first.shipped_bytes, work_bytes(&work) + 8 * LEN as u64);
    mpi.sweep(&work, &mut state).unwrap();
    let (shipped, gathered, second) = since(&first, &mpi);
    assert_eq!((shipped, gathered), (8 * LEN as u64, 8 * LEN as u64 + DONE));
    assert!(second.ship_ns > first.ship_ns);
}
