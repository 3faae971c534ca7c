//! The tasks of a run, and what to do with their results.

use parallax_pattern::{Graph, Search, Wire, pieces};
use parallax_processes::remote::{Packed, Sent};
use std::collections::VecDeque;
use std::ops::Range;

/// Tasks with arguments of type `A` and results of type `R`.
pub(super) trait Tasks<A, R> {
    /// A task and its number. `None` means that there is none now: a result may bring more.
    fn next(&mut self) -> Option<(usize, A)>;
    /// Takes in the result of a task.
    fn done(&mut self, number: usize, result: R);
}

/// Tasks that are known from the start.
pub(super) struct Pieces<I, F> {
    tasks: std::iter::Enumerate<I>,
    take_in: F,
}

impl<I: Iterator, F> Pieces<I, F> {
    pub(super) fn new(tasks: I, take_in: F) -> Self {
        Pieces { tasks: tasks.enumerate(), take_in }
    }
}

impl<A, R, I: Iterator<Item = A>, F: FnMut(usize, R)> Tasks<A, R> for Pieces<I, F> {
    fn next(&mut self) -> Option<(usize, A)> {
        self.tasks.next()
    }
    fn done(&mut self, number: usize, result: R) {
        (self.take_in)(number, result);
    }
}

/// The rows of a graph: the tasks of one are given out once the row before is complete.
pub(super) struct Rows<'a, G: Graph> {
    work: Sent<G>,
    /// How many columns a task has.
    share: usize,
    row: usize,
    before: Vec<G::Value>,
    values: &'a mut [G::Value],
    /// Tasks of this row that have not been given out.
    open: VecDeque<(usize, Range<usize>)>,
    /// Tasks of this row that are not done.
    missing: usize,
}

impl<'a, G: Graph + Wire> Rows<'a, G> {
    pub(super) fn new(work: Sent<G>, share: usize, values: &'a mut [G::Value]) -> Self {
        let mut rows =
            Rows { work, share, row: 0, before: Vec::new(), values, open: VecDeque::new(), missing: 0 };
        rows.begin();
        rows
    }

    fn begin(&mut self) {
        if self.row < self.work.depth() {
            self.open = pieces(self.values.len(), self.share).enumerate().collect();
            self.missing = self.open.len();
        }
    }
}

impl<G: Graph<Value: Wire> + Wire> Tasks<RowTask<G>, Packed<G::Value>> for Rows<'_, G> {
    fn next(&mut self) -> Option<(usize, RowTask<G>)> {
        let (number, columns) = self.open.pop_front()?;
        Some((number, (self.work.clone(), self.row, columns, Packed(self.before.clone()))))
    }
    fn done(&mut self, number: usize, Packed(values): Packed<G::Value>) {
        self.values[number * self.share..][..values.len()].clone_from_slice(&values);
        self.missing -= 1;
        if self.missing == 0 {
            self.row += 1;
            self.before = self.values.to_vec();
            self.begin();
        }
    }
}

/// The work, the row, the columns, and the row before.
type RowTask<G> = (Sent<G>, usize, Range<usize>, Packed<<G as Graph>::Value>);

/// How many nodes of a tree a worker visits before it gives back the nodes it has not visited.
const WALK: usize = 1 << 17;
/// The same while other workers are idle.
const SHORT_WALK: usize = 1 << 9;

/// Nodes that are to be visited, the oldest first: those have large subtrees.
pub(super) struct Nodes<'a, S: Search> {
    work: Sent<S>,
    open: VecDeque<S::Node>,
    /// This number of tasks keeps all workers busy.
    enough: usize,
    total: &'a mut S::Acc,
}

impl<'a, S: Search + Wire> Nodes<'a, S> {
    pub(super) fn new(work: Sent<S>, enough: usize, total: &'a mut S::Acc) -> Self {
        let open = VecDeque::from(work.roots());
        Nodes { work, open, enough, total }
    }
}

impl<S: Search<Node: Wire, Acc: Wire> + Wire> Tasks<Walk<S>, (S::Acc, Vec<S::Node>)> for Nodes<'_, S> {
    fn next(&mut self) -> Option<(usize, Walk<S>)> {
        if self.open.is_empty() {
            return None;
        }
        let most = if self.open.len() >= self.enough { WALK } else { SHORT_WALK };
        let nodes = self.open.drain(..self.open.len().div_ceil(self.enough)).collect();
        Some((0, (self.work.clone(), nodes, most)))
    }
    fn done(&mut self, _: usize, (found, left): (S::Acc, Vec<S::Node>)) {
        self.work.merge(self.total, found);
        self.open.extend(left);
    }
}

/// The work, the nodes, and how many to visit.
type Walk<S> = (Sent<S>, Vec<<S as Search>::Node>, usize);
