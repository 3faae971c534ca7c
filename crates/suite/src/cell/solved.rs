//! The list of how each workload is solved: through its pattern, by any technique that implements it.

use super::{Cell, cells, cells_through};
use crate::workload::{
    Bubblesort, Comparison, Expression, Fanout, GridSearch, Heat, Histogram, Julia, Lookup, Mailbox, Matmul,
    Matmul32, Memo, MonteCarlo, Pairwise, Parcels, Records, Sort, Stream, TaskGraph, TreeSearch, Urgent,
    Wordcount,
};
use parallax_pattern::{Await, Cancel, Distribute, Exchange, Guard, No, Question, Remember, Share};

/// Why bubble sort has no pattern.
const CHAIN: No = No::Unfit("step k needs step k-1: a comparison waits for the swap before it");

/// The cells of a technique that does the work, with or without shared memory: each workload is done through its
/// pattern, and only bubble sort has none.
pub fn execute<T: Distribute>() -> Vec<Cell> {
    [
        cells::<T, Bubblesort>(Question::Execute, |_, _, _| Err(CHAIN)),
        cells::<T, Comparison>(Question::Execute, |by, work, out| by.map(work, out)),
        cells::<T, Expression>(Question::Execute, |by, work, out| by.map(work, out)),
        cells::<T, Heat>(Question::Execute, |by, work, out| {
            out.step(work, |buffers| by.stencil(work, buffers))
        }),
        cells::<T, GridSearch>(Question::Execute, |by, work, out| by.nest(work, out.errors_mut())),
        cells::<T, Histogram>(Question::Execute, |by, work, out| {
            out.copy_from_slice(&by.reduce(work)?);
            Ok(())
        }),
        cells::<T, Julia>(Question::Execute, |by, work, out| by.map(work, out)),
        cells::<T, Matmul>(Question::Execute, |by, work, out| by.map(work, out)),
        cells::<T, Matmul32>(Question::Execute, |by, work, out| by.map(work, out)),
        cells::<T, MonteCarlo>(Question::Execute, |by, work, out| {
            *out = by.reduce(work)?;
            Ok(())
        }),
        cells::<T, Pairwise>(Question::Execute, |by, work, out| by.map(work, out)),
        cells::<T, Sort>(Question::Execute, |by, work, out| {
            let [out, room] = out.both();
            by.divide(work, out, room)
        }),
        cells::<T, Records>(Question::Execute, |by, work, out| {
            let [out, room] = out.both();
            by.divide(work, out, room)
        }),
        cells::<T, Stream>(Question::Execute, |by, work, out| out.sweep(|state| by.sweep(work, state))),
        cells::<T, TaskGraph>(Question::Execute, |by, work, out| by.graph(work, out)),
        cells::<T, TreeSearch>(Question::Execute, |by, work, out| {
            *out = by.search(work)?;
            Ok(())
        }),
        cells::<T, Wordcount>(Question::Execute, |by, work, out| {
            out.record(by.reduce(work)?);
            Ok(())
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The cells of a technique that answers [`Share`].
pub fn share<T: Share<Histogram>>() -> Vec<Cell> {
    cells_through::<T, Histogram>("touch", Question::Share, |by, work, out| {
        out.fill(0);
        by.touch(work, out)
    })
}

/// The cells of a technique that answers [`Guard`].
pub fn guard<T: Guard<Lookup>>() -> Vec<Cell> {
    cells::<T, Lookup>(Question::Share, |by, work, out| {
        let readers = by.consult(work, out.table_mut())?;
        out.record(readers);
        Ok(())
    })
}

/// The cells of a technique that answers [`Remember`].
pub fn remember<T: Remember<Memo>>() -> Vec<Cell> {
    cells::<T, Memo>(Question::Remember, |by, work, out| out.recall(work, || by.recall(work)))
}

/// The cells of a technique that answers [`Exchange`]: small messages, and large ones.
pub fn exchange<T: Exchange<Mailbox> + Exchange<Parcels>>() -> Vec<Cell> {
    let small = cells::<T, Mailbox>(Question::Exchange, |by, work, out| {
        out.receive(by.channel(work)?);
        Ok(())
    });
    let large = cells::<T, Parcels>(Question::Exchange, |by, work, out| {
        out.receive(by.channel(work)?);
        Ok(())
    });
    small.into_iter().chain(large).collect()
}

/// The cells of a technique that answers [`Await`].
pub fn wait<T: Await<Fanout>>() -> Vec<Cell> {
    cells::<T, Fanout>(Question::Await, |by, work, out| out.join(work, |results| by.wait(work, results)))
}

/// The cells of a technique that answers [`Cancel`].
pub fn cancel<T: Cancel<Urgent>>() -> Vec<Cell> {
    cells::<T, Urgent>(Question::Await, |by, work, out| out.settle(work, |results| by.expire(work, results)))
}

/// The cells of a technique that has a special implementation of some workloads: `own` replace the general ones.
pub fn instead(general: Vec<Cell>, own: Vec<Cell>) -> Vec<Cell> {
    let replaced = |cell: &Cell| own.iter().any(|own| (own.workload, own.case) == (cell.workload, cell.case));
    let mut cells: Vec<Cell> = general.into_iter().filter(|cell| !replaced(cell)).collect();
    cells.extend(own);
    cells
}
