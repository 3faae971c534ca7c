//! The baseline: plain, idiomatic Rust on one thread, compiled as Rust users compile.
//!
//! Every speedup in a report is a ratio to this. It calls each workload's kernel once, over
//! everything.
//!
//! ```
//! let squares: Vec<u64> = (0..5u64).map(|i| i * i).collect();
//! assert_eq!(squares, [0, 1, 4, 9, 16]);
//! ```

use crate::pattern::{Map, Reduce, Sweep};
use crate::question::{Answer, Card, Cores, Execute, Technique};
use std::sync::Arc;

/// One thread, one pass, no tricks.
#[derive(Debug, Clone, Copy)]
pub struct Sequential;

impl Technique for Sequential {
    const CARD: Card = Card {
        name: "sequential",
        idea: "one thread does everything, in order",
        gives: "the plainest code, and the measure of all others",
        costs: "all cores but one stand idle",
        cores: Cores::One,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Sequential)
    }
}

impl Execute for Sequential {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        work.fill(0, out);
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let mut acc = work.empty();
        work.fold(&mut acc, 0..work.len());
        Ok(acc)
    }

    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        for _ in 0..work.steps() {
            work.step(0, state);
        }
        Ok(())
    }
}
