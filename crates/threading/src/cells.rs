//! The cells that this family's worker measures: each technique on the suite's workloads.

use crate::*;
use parallax_pattern::Question;
use parallax_suite::cell::{self, Cell};
use parallax_suite::workload::GridSearch;

/// The cells of this family, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::execute::<Chili>(),
        cell::execute::<Crossbeam>(),
        cell::execute::<CrossbeamChannel>(),
        cell::exchange::<CrossbeamQueue<UNBOUNDED>>(),
        cell::exchange::<CrossbeamQueue<0>>(),
        cell::exchange::<CrossbeamQueue<1>>(),
        cell::exchange::<CrossbeamQueue<1024>>(),
        cell::exchange::<Flume<UNBOUNDED>>(),
        cell::exchange::<Flume<1024>>(),
        nested::<1, 1>(),
        nested::<1, 2>(),
        nested::<1, 4>(),
        nested::<2, 1>(),
        nested::<2, 2>(),
        nested::<2, 4>(),
        nested::<4, 1>(),
        nested::<4, 2>(),
        nested::<4, 4>(),
        cell::execute::<Pinned>(),
        radix::Radix::cells(),
        cell::execute::<Rayon>(),
        cell::execute::<RayonBridge>(),
        cell::execute::<RayonJoin>(),
        cell::execute::<RayonMinLen>(),
        rayon_par_sort::RayonParSort::cells(),
        rdst::Rdst::cells(),
        cell::execute::<Scoped>(),
        cell::execute::<ScopedDynamic>(),
        cell::exchange::<StdChannel<UNBOUNDED>>(),
        cell::exchange::<StdChannel<0>>(),
        cell::exchange::<StdChannel<1>>(),
        cell::exchange::<StdChannel<1024>>(),
        parallax_runner::serve::<ThreadPerConnection>(),
        cell::wait::<ThreadPerWait>(),
        cell::cancel::<ThreadPerWait>(),
        cell::wait::<ThreadPool>(),
        cell::cancel::<ThreadPool>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A nested grid search: `OUTER` threads fit, and each sums with `INNER` threads.
fn nested<const OUTER: usize, const INNER: usize>() -> Vec<Cell> {
    cell::cells::<Nested<OUTER, INNER>, GridSearch>(Question::Execute, |by, work, out| {
        by.nest(&**work, out.errors_mut())
    })
}
