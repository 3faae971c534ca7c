//! A task graph as futures: each column awaits the values it needs, and no counters of dependencies are needed.
//!
//! ```
//! use std::sync::Arc;
//! use tokio::sync::SetOnce; // tokio's `sync` works on every runtime
//!
//! let (left, right) = (Arc::new(SetOnce::new()), Arc::new(SetOnce::new()));
//! let sum = smol::spawn({
//!     let (left, right) = (left.clone(), right.clone());
//!     async move { left.wait().await + right.wait().await }
//! });
//! right.set(2).unwrap(); // in any order, from any thread
//! left.set(1).unwrap();
//! assert_eq!(smol::block_on(sum), 3);
//! ```
//!
//! One future walks down each column, and not one per task: a future that is ready to go on costs
//! nothing, a spawned one an allocation and a queue. No task runs before its dependencies, and a
//! column that is ahead sleeps in its await. The cost is a cell for every task, as any number of
//! others may await its value.

use crate::runtime::{Runtime, all, task};
use parallax_pattern::{Answer, Execute, Graph, Sequential, covers, needs};
use std::sync::Arc;
use tokio::sync::SetOnce;

/// A task for each column. Neighbours go to one worker where there is a choice, as they depend on each other most.
pub(crate) fn graph<G: Graph>(runtime: &dyn Runtime, work: &Arc<G>, out: &mut [G::Value]) -> Answer<()> {
    let width = work.width();
    covers(width, out.len())?;
    let Some(within) = runtime.enter() else { return Sequential.graph(work, out) };
    let columns = Columns::new(work);
    let walk = |column| (column * runtime.workers() / width, task(&within, columns.walk(column)));
    all(runtime, (0..width).map(walk).collect())?;
    columns.last_row(out);
    Ok(())
}

/// A cell for each task's value; `None` if it will never come.
struct Columns<G: Graph> {
    work: Arc<G>,
    cells: Vec<SetOnce<Option<G::Value>>>,
}

impl<G: Graph> Columns<G> {
    /// Empty cells for all tasks.
    fn new(work: &Arc<G>) -> Arc<Self> {
        let cells = (0..work.width() * work.depth()).map(|_| SetOnce::new()).collect();
        Arc::new(Columns { work: work.clone(), cells })
    }

    /// Walks down a column.
    fn walk(self: &Arc<Self>, column: usize) -> impl Future<Output = ()> + Send + use<G> {
        // Made here and not in the future, so that its drop also covers a future that is never polled.
        let (needs, inputs) = (Vec::new(), Vec::new());
        let mut place = Place { columns: self.clone(), row: 0, column, needs, inputs };
        async move { while place.step().await.is_some() {} }
    }

    /// Writes the values of the last row, once all columns are joined.
    fn last_row(&self, out: &mut [G::Value]) {
        let Some(row) = self.work.depth().checked_sub(1) else { return };
        for (column, value) in out.iter_mut().enumerate() {
            let last = self.cell(row, column).get().cloned().flatten();
            *value = last.expect("the panic of a column that ended early went on in the caller");
        }
    }

    fn cell(&self, row: usize, column: usize) -> &SetOnce<Option<G::Value>> {
        &self.cells[row * self.work.width() + column]
    }
}

/// The position of a column: its next task.
struct Place<G: Graph> {
    columns: Arc<Columns<G>>,
    row: usize,
    column: usize,
    /// The task's dependencies and their values; kept from row to row, so that a task allocates nothing.
    needs: Vec<usize>,
    inputs: Vec<G::Value>,
}

impl<G: Graph> Place<G> {
    /// Runs the task as soon as its inputs are there; `None` if they never will be, or at the end.
    async fn step(&mut self) -> Option<()> {
        let (columns, row, column) = (&*self.columns, self.row, self.column);
        if row == columns.work.depth() {
            return None;
        }
        self.needs.extend(needs(&*columns.work, row, column)); // not across an await: its iterator may not be Send
        for need in self.needs.drain(..) {
            self.inputs.push(columns.cell(row - 1, need).wait().await.clone()?);
        }
        let value = columns.work.run(row, column, self.inputs.drain(..));
        columns.publish(row, column, Some(value));
        self.row += 1;
        Some(())
    }
}

/// A column that ends early, after a panic or because another one did, closes its cells: the
/// columns that wait for it end too, and joining them finds the panic.
impl<G: Graph> Drop for Place<G> {
    fn drop(&mut self) {
        (self.row..self.columns.work.depth()).for_each(|row| self.columns.publish(row, self.column, None));
    }
}

impl<G: Graph> Columns<G> {
    fn publish(&self, row: usize, column: usize, value: Option<G::Value>) {
        let fresh = self.cell(row, column).set(value).is_ok();
        debug_assert!(fresh, "only its own column sets a cell, once");
    }
}
