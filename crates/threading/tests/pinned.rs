//! A pinned thread may use one core, another one than its neighbours, in every pattern that keeps threads.

use parallax_pattern::{Execute, Map, Sweep, Technique};
use parallax_threading::{Pinned, Scoped};
use rustix::thread::{CpuSet, sched_getaffinity};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

fn cores() -> Vec<usize> {
    let allowed = sched_getaffinity(None).unwrap();
    (0..CpuSet::MAX_CPU).filter(|&core| allowed.is_set(core)).collect()
}

/// Items of one grain each, which record the cores on which they may be made.
#[derive(Default)]
struct Places {
    workers: usize,
    seen: Mutex<BTreeSet<(usize, Vec<usize>)>>,
}

impl Places {
    fn of(workers: usize) -> Arc<Self> {
        Arc::new(Places { workers, ..Places::default() })
    }

    /// The cores of each item, in their order.
    fn seen(&self) -> Vec<Vec<usize>> {
        self.seen.lock().unwrap().iter().map(|(_, cores)| cores.clone()).collect()
    }
}

impl Map for Places {
    type Item = u8;
    fn len(&self) -> usize {
        self.workers
    }
    fn fill(&self, start: usize, _: &mut [u8]) {
        self.seen.lock().unwrap().insert((start, cores()));
    }
}

impl Sweep for Places {
    type Item = u8;
    fn len(&self) -> usize {
        self.workers
    }
    fn steps(&self) -> usize {
        3
    }
    fn step(&self, start: usize, _: &mut [u8]) {
        self.seen.lock().unwrap().insert((start, cores()));
    }
}

#[test]
fn each_worker_has_a_core_of_its_own_as_far_as_there_are_some() {
    let all = cores();
    for workers in [1, 2, all.len() + 1] {
        let pinned = Pinned::start(workers).unwrap();
        let expected: Vec<_> = (0..workers).map(|k| vec![all[k % all.len()]]).collect();
        let (map, sweep) = (Places::of(workers), Places::of(workers));
        pinned.map(&map, &mut vec![0; workers]).unwrap();
        assert_eq!(map.seen(), expected, "{workers} workers, map");
        pinned.sweep(&sweep, &mut vec![0; workers]).unwrap();
        assert_eq!(sweep.seen(), expected, "{workers} workers, three steps");
        assert_eq!(cores(), all, "the caller is not pinned");
    }
}

#[test]
fn others_are_left_where_they_are() {
    let places = Places::of(2);
    Scoped::start(2).unwrap().map(&places, &mut [0; 2]).unwrap();
    assert_eq!(places.seen(), vec![cores(); 2]);
}
