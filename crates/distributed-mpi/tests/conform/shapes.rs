//! Every cell, and work of any shape, agree with one thread; and the work is done in the ranks.

use parallax_conform::Whose;
use parallax_conform::agrees_with_sequential;
use parallax_distributed_mpi::{Mpi, cells};
use parallax_pattern::random::at;
use parallax_pattern::{Distribute, Map, Sequential, Stencil, Sweep, Technique};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub(crate) fn every_cell_is_right() {
    let ran = parallax_conform::cells(cells());
    let mut names = BTreeSet::new();
    for cell in cells() {
        let name = format!("{}:{}/{}", cell.workload, cell.case, cell.technique);
        // each of its steps needs the one before, so it cannot be spread
        assert_eq!(ran.contains(&name), cell.workload != "bubblesort", "{name}");
        assert!(names.insert(name), "two cells of one name");
    }
}

pub(crate) fn any_shape_agrees_with_one_thread() {
    for workers in [0, 1, 2, 3] {
        let mpi = Mpi::start(workers).unwrap();
        // Nothing, one item, fewer than ranks, no step, no grain, a grain beyond the end, and random ones.
        let edges = [(0, 4, 2), (1, 4, 2), (2, 1, 3), (9, 4, 0), (9, 0, 2), (9, 100, 2), (5000, 1, 1)];
        let random = (0..20).map(|draw| {
            let below = |most: u64, of: u64| (at(workers as u64, 3 * draw + of) % most) as usize;
            (below(300, 0), below(50, 1), below(6, 2))
        });
        for (len, grain, steps) in edges.into_iter().chain(random) {
            let patterns = agrees_with_sequential::<(), _>(&mpi, len, grain, steps);
            assert_eq!(patterns, ["map", "reduce", "sweep", "stencil", "nest", "divide"]);
        }
    }
}

pub(crate) fn graphs_and_trees_agree_with_one_thread() {
    for workers in [1, 2, 3] {
        let mpi = Mpi::start(workers).unwrap();
        for (width, depth, seed, deep) in
            [(0, 3, 1, 1), (1, 1, 2, 10), (2, 5, 3, 0), (7, 0, 4, 3), (30, 20, 5, 5000), (5, 9, 6, 100)]
        {
            let patterns = parallax_conform::agrees_on_graphs(&mpi, width, depth, seed, deep);
            assert_eq!(patterns, ["graph", "search"], "{width} x {depth}");
        }
    }
}

/// The processes of a job.
pub(crate) fn ranks_of(mpi: &Mpi) -> Vec<u32> {
    let mut out = vec![0; 100];
    mpi.map(&Arc::new(Whose::default()), &mut out).unwrap();
    out.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

pub(crate) fn the_work_is_done_in_the_ranks() {
    for workers in [1, 2, 3] {
        let ranks = ranks_of(&Mpi::start(workers).unwrap());
        assert!(
            ranks.len() == workers && !ranks.contains(&process::id()) && !ranks.contains(&0),
            "{ranks:?}"
        );
    }
}

/// Numbers by their places, and a step that adds one to each.
#[derive(Serialize, Deserialize)]
struct Large(usize);

impl Map for Large {
    type Item = u64;
    fn len(&self) -> usize {
        self.0
    }
    fn fill(&self, start: usize, out: &mut [u64]) {
        out.iter_mut().zip(start as u64..).for_each(|(item, place)| *item = place);
    }
}

impl Sweep for Large {
    type Item = u64;
    fn len(&self) -> usize {
        self.0
    }
    fn steps(&self) -> usize {
        1
    }
    fn step(&self, _: usize, part: &mut [u64]) {
        part.iter_mut().for_each(|item| *item += 1);
    }
}

pub(crate) fn arrays_longer_than_a_message_arrive_whole() {
    for ranks in [2, 3] {
        let mpi = Mpi::start(ranks).unwrap();
        // whole messages of 4 MiB for each of two ranks, and what is left of one
        for len in [4 << 20, 3_000_001] {
            let (work, mut array) = (Arc::new(Large(len)), vec![0; len]);
            mpi.map(&work, &mut array).unwrap();
            mpi.sweep(&work, &mut array).unwrap();
            assert!(array.iter().zip(1..).all(|(item, place)| *item == place), "{len} items, {ranks} ranks");
        }
    }
}

/// Reads all items within its reach.
#[derive(Serialize, Deserialize)]
struct Near {
    len: usize,
    reach: usize,
    steps: usize,
}

impl Stencil for Near {
    type Item = u64;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        1
    }
    fn steps(&self) -> usize {
        self.steps
    }
    fn reach(&self) -> usize {
        self.reach
    }
    fn step(&self, old: &[u64], start: usize, new: &mut [u64]) {
        let ring = self.len as isize;
        let reach = self.reach as isize;
        for (item, new) in (start as isize..).zip(new) {
            let near = (item - reach..=item + reach).map(|other| old[other.rem_euclid(ring) as usize]);
            *new = near.fold(item as u64, |sum, next| sum.wrapping_mul(31).wrapping_add(next));
        }
    }
}

pub(crate) fn a_stencil_sees_what_lies_within_its_reach() {
    for workers in [2, 3] {
        let mpi = Mpi::start(workers).unwrap();
        for (len, reach, steps) in
            [(10, 1, 4), (30, 4, 3), (7, 3, 5), (8, 8, 2), (3, 1, 3), (2, 1, 2), (100, 30, 3)]
        {
            let work = Arc::new(Near { len, reach, steps });
            let states = || [(0..len as u64).collect::<Vec<_>>(), vec![7; len]];
            let ([mut a, mut b], [mut c, mut d]) = (states(), states());
            Distribute::stencil(&Sequential, &work, [&mut a, &mut b]).unwrap();
            mpi.stencil(&work, [&mut c, &mut d]).unwrap();
            assert_eq!([c, d][steps % 2], [a, b][steps % 2], "{len} items within {reach}, {workers} ranks");
        }
    }
}

/// Each word becomes its neighbours and itself.
#[derive(Serialize, Deserialize)]
struct Words(usize);

impl Stencil for Words {
    type Item = String;
    fn len(&self) -> usize {
        self.0
    }
    fn grain(&self) -> usize {
        1
    }
    fn steps(&self) -> usize {
        3
    }
    fn reach(&self) -> usize {
        1
    }
    fn step(&self, old: &[String], start: usize, new: &mut [String]) {
        for (item, new) in (start..).zip(new) {
            *new = [self.0 - 1, 0, 1].map(|by| old[(item + by) % self.0].as_str()).concat();
        }
    }
}

impl Map for Words {
    type Item = String;
    fn len(&self) -> usize {
        self.0
    }
    fn fill(&self, start: usize, out: &mut [String]) {
        out.iter_mut().zip(start..).for_each(|(word, item)| *word = "ab".repeat(item));
    }
}

pub(crate) fn words_travel_as_well_as_numbers() {
    let (mpi, work) = (Mpi::start(3).unwrap(), Arc::new(Words(50)));
    let [mut out, mut right] = [(); 2].map(|()| vec![String::new(); 50]);
    mpi.map(&work, &mut out).unwrap();
    Distribute::map(&Sequential, &work, &mut right).unwrap();
    assert_eq!(out, right);
    let state = || [(0..50).map(|i| i.to_string()).collect::<Vec<_>>(), vec![String::new(); 50]];
    let ([mut a, mut b], [mut c, mut d]) = (state(), state());
    Distribute::stencil(&Sequential, &work, [&mut a, &mut b]).unwrap();
    mpi.stencil(&work, [&mut c, &mut d]).unwrap();
    assert_eq!(d, b);
}

/// Counts how often it was read.
#[derive(Serialize, Deserialize)]
struct Heavy(#[serde(deserialize_with = "count")] usize);

fn count<'de, D: serde::Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    static READ: AtomicUsize = AtomicUsize::new(0);
    let base = usize::deserialize(from)?;
    Ok(base + READ.fetch_add(1, Relaxed))
}

impl Map for Heavy {
    type Item = usize;
    fn len(&self) -> usize {
        64
    }
    fn fill(&self, _: usize, out: &mut [usize]) {
        out.fill(self.0);
    }
}

pub(crate) fn a_work_is_read_once_in_each_rank() {
    let mpi = Mpi::start(2).unwrap();
    let read = |base: usize| {
        let mut out = vec![0; 64];
        mpi.map(&Arc::new(Heavy(base)), &mut out).unwrap();
        out
    };
    for (base, seen) in [(100, 100), (100, 100), (200, 201), (200, 201), (100, 102)] {
        assert_eq!(read(base), [seen; 64]);
    }
}
