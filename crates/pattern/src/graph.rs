//! Patterns of work that depends on other work or discovers it: a graph of tasks, and a search.

use crate::array::Item;

/// Tasks in rows of `width`, each of which needs some results of the row before.
pub trait Graph: Send + Sync + 'static {
    /// The result of a task.
    type Value: Item;
    /// How many tasks a row has.
    fn width(&self) -> usize;
    /// How many rows there are.
    fn depth(&self) -> usize;
    /// The tasks of row `row - 1` that task `column` of `row` depends on, ascending; none for row 0.
    /// A column that does not exist is a panic in the call, not a wait.
    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_;
    /// Runs a task, given the results of the tasks that it depends on, in their order.
    fn run(&self, row: usize, column: usize, inputs: impl Iterator<Item = Self::Value>) -> Self::Value;
}

/// Nodes that are found only by visiting others. Trees only: a node that is found twice is visited twice, and
/// a cycle never ends.
///
/// No technique remembers visited nodes: that would take a table that all workers share, in the hottest
/// loop. For a graph whose dependencies are known in advance use [`Graph`]. For any other keep the marks
/// yourself, in the work: a set behind locks or a flag per node (`AtomicBool::swap`), checked in
/// [`Search::visit`], which then calls `found` only for a node that was not marked before. Where a node must wait
/// for all its predecessors, count those down instead (`AtomicUsize::fetch_sub`), and find it with the last: nodes
/// on a cycle are then never found, and the search ends. Marks are not sent to other processes, so this works only
/// with techniques of one process.
pub trait Search: Send + Sync + 'static {
    /// A place to visit.
    type Node: Send + 'static;
    /// The accumulator of visits.
    type Acc: Send + 'static;
    /// Where to begin; a single node in most searches. It is called once, at the beginning of each search: reset marks
    /// that the work keeps here.
    fn roots(&self) -> Vec<Self::Node>;
    /// The accumulator of no visits; the identity of [`Search::merge`].
    fn empty(&self) -> Self::Acc;
    /// Visits a node, and calls `found` with each of its children.
    fn visit(&self, node: Self::Node, acc: &mut Self::Acc, found: impl FnMut(Self::Node));
    /// Merges another worker's accumulator into `acc`; associative and commutative.
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc);
    /// How many plain visits, of some ten nanoseconds, one visit is worth. A technique visits a batch of nodes before
    /// it checks whether other workers want some; the heavier the nodes, the smaller the batch ([`dig`](crate::dig)).
    fn weight(&self) -> usize {
        1
    }
}
