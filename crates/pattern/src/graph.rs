//! Patterns of work that depends on other work, or is found by it: a graph of tasks, and a search.

use crate::array::Item;

/// Tasks in rows of `width`, each of which needs some results of the row before.
pub trait Graph: Send + Sync + 'static {
    /// What a task gives.
    type Value: Item;
    /// How many tasks a row has.
    fn width(&self) -> usize;
    /// How many rows there are.
    fn depth(&self) -> usize;
    /// The tasks of row `row - 1` that task `column` of `row` needs, rising; none for row 0.
    /// A need that is not there is a panic in the call, not a wait.
    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_;
    /// Does a task, given what its needs gave, in their order.
    fn run(&self, row: usize, column: usize, inputs: impl Iterator<Item = Self::Value>) -> Self::Value;
}

/// Nodes that are found only by visiting others. Trees only: a node that is found twice is visited twice, and
/// a cycle never ends.
///
/// No technique remembers where it has been: that would be a table that all workers share, in the hottest
/// loop. For a graph whose dependencies are known beforehand take [`Graph`]. For another one keep the marks
/// yourself, in the work: a set behind locks or a flag per node (`AtomicBool::swap`), asked in
/// [`Search::visit`], which then calls `found` only for a node that nobody marked before. Where a node must wait for
/// all that lead to it, count those down instead (`AtomicUsize::fetch_sub`), and find it with the last: nodes on a
/// cycle are then never found, and the search ends. Marks do not travel
/// to other processes, so techniques of one process only can do that.
pub trait Search: Send + Sync + 'static {
    /// A place to visit.
    type Node: Send + 'static;
    /// What visits gather.
    type Acc: Send + 'static;
    /// Where to begin; a single node in most searches. It is asked once, at the beginning of each search, so marks that
    /// the work keeps are set anew here.
    fn roots(&self) -> Vec<Self::Node>;
    /// What no visits gather; the identity of [`Search::merge`].
    fn empty(&self) -> Self::Acc;
    /// Visits a node, and calls `found` with each node that it leads to and that nobody else leads to.
    fn visit(&self, node: Self::Node, acc: &mut Self::Acc, found: impl FnMut(Self::Node));
    /// Folds what another worker gathered into `acc`; associative and commutative.
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc);
    /// How many plain visits, of some ten nanoseconds, one visit is worth. A technique visits so and so many nodes before
    /// it looks whether other workers want some; heavy ones are fewer ([`dig`](crate::dig)).
    fn weight(&self) -> usize {
        1
    }
}
