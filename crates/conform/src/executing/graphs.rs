//! Graphs and trees for the laws: of any shape, drawn from a seed, with failures at given places.

use super::work::{Crew, ON_PURPOSE, Watch};
use parallax_pattern::random::{at, mix};
use parallax_pattern::{Graph, Search};
use serde::{Deserialize, Serialize};
use std::panic::resume_unwind;

/// Tasks that each need some of the row before; the size of a result is not a whole number of words.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Web {
    pub(crate) width: usize,
    pub(crate) depth: usize,
    pub(crate) seed: u64,
    /// Tasks are counted row by row.
    pub(crate) crew: Crew,
}

impl Graph for Web {
    type Value = [u16; 3];
    fn width(&self) -> usize {
        self.width
    }
    fn depth(&self) -> usize {
        self.depth
    }
    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
        let odds = 1 + at(self.seed, row as u64) % 4;
        let edge = move |need: usize| ((row * self.width + column) * self.width + need) as u64;
        (0..self.width).filter(move |&need| row > 0 && at(!self.seed, edge(need)).is_multiple_of(odds))
    }
    fn run(&self, row: usize, column: usize, inputs: impl Iterator<Item = [u16; 3]>) -> [u16; 3] {
        let task = row * self.width + column;
        let word = |[a, b, c]: [u16; 3]| u64::from(a) << 32 | u64::from(b) << 16 | u64::from(c);
        let hash = inputs.fold(mix(task as u64), |hash, input| mix(hash ^ word(input)));
        let _at_work = self.crew.enter(task..task + 1);
        [hash as u16, (hash >> 16) as u16, (hash >> 32) as u16]
    }
}

/// A graph in which a task of `row` needs one that does not exist: in the first row, any; later, one of a column that
/// the row before does not have, which is the task itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Selfish {
    pub(crate) row: usize,
}

impl Graph for Selfish {
    type Value = u64;
    fn width(&self) -> usize {
        4
    }
    fn depth(&self) -> usize {
        3
    }
    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
        let needs = if self.row == 0 { 1 } else { 4 + 2 };
        ((row, column) == (self.row, 2)).then_some(needs).into_iter()
    }
    fn run(&self, row: usize, _: usize, inputs: impl Iterator<Item = u64>) -> u64 {
        inputs.fold(row as u64, u64::wrapping_add)
    }
}

/// A graph with a task whose dependencies panic, and which others need.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Untold;

impl Graph for Untold {
    type Value = u64;
    fn width(&self) -> usize {
        4
    }
    fn depth(&self) -> usize {
        3
    }
    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
        assert_ne!((row, column), (1, 2), "on purpose");
        (row > 0).then_some(2).into_iter()
    }
    fn run(&self, row: usize, _: usize, inputs: impl Iterator<Item = u64>) -> u64 {
        inputs.fold(row as u64, u64::wrapping_add)
    }
}

/// Some small trees and one long branch with twigs: recursion would overflow, static shares are uneven.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Thicket {
    pub(crate) roots: usize,
    pub(crate) seed: u64,
    /// How deep the long branch is.
    pub(crate) deep: u32,
    /// How deep below the last root a visit panics.
    pub(crate) fails_at: Option<u32>,
}

/// A place on the long branch, or else in a small tree.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Place {
    long: bool,
    depth: u32,
    hash: u64,
}

impl Search for Thicket {
    type Node = Place;
    type Acc = [u64; 3];
    fn roots(&self) -> Vec<Place> {
        let root = |k: usize| Place { long: k + 1 == self.roots, depth: 0, hash: at(self.seed, k as u64) };
        (0..self.roots).map(root).collect()
    }
    fn empty(&self) -> [u64; 3] {
        [0; 3]
    }
    fn visit(&self, node: Place, [count, sum, deepest]: &mut [u64; 3], mut found: impl FnMut(Place)) {
        if node.long && self.fails_at == Some(node.depth) {
            resume_unwind(Box::new(ON_PURPOSE));
        }
        *count += 1;
        *sum = sum.wrapping_add(node.hash);
        *deepest = (*deepest).max(node.depth.into());
        let below = |long, k| Place { long, depth: node.depth + 1, hash: mix(node.hash ^ k) };
        (0..node.hash % 3).filter(|_| node.depth < 8 || node.long).for_each(|k| found(below(false, k)));
        if node.long && node.depth < self.deep {
            found(below(true, 3));
        }
    }
    fn merge(&self, [count, sum, deepest]: &mut [u64; 3], other: [u64; 3]) {
        *count += other[0];
        *sum = sum.wrapping_add(other[1]);
        *deepest = (*deepest).max(other[2]);
    }
}
