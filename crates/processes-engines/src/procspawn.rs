//! `thread::spawn` with processes: a function pointer and its argument go to a pool of copies of the program.
//!
//! ```
//! fn squares((from, to): (u64, u64)) -> Vec<u64> {
//!     (from..to).map(|x| x * x).collect() // runs in another process: it sees its argument and nothing else
//! }
//!
//! fn main() -> Result<(), procspawn::SpawnError> {
//!     procspawn::init(); // first of all: the workers are this very program, started again
//!     let pool = procspawn::Pool::new(2)?;
//!     let parts = [(0, 3), (3, 5)].map(|range| pool.spawn(range, squares));
//!     let mut all = Vec::new();
//!     for part in parts {
//!         all.extend(part.join()?);
//!     }
//!     assert_eq!(all, [0, 1, 4, 9, 16]);
//!     Ok(())
//! }
//! ```
//!
//! A call makes two channels of its own and passes through a thread between the caller and each worker.
//! That thread hands a result over only when it is joined, so a worker idles until then: here a
//! thread for each worker spawns and joins in turn.
//!
//! A worker that dies fails the call it ran, with an error that does not say how it died; the pool starts another. A
//! panic ends its worker, too, and its message comes back only if the pool has not killed the worker before. Nothing
//! ends busy workers when the program is killed: each notices at the end of its call.

use crate::calls::{self, Calls};
use parallax_pattern::{
    Answer, Card, Cores, Distribute, Divide, Graph, Map, Nest, No, Reduce, Search, Stencil, Sweep, Technique,
    Wire,
};
use serde::{Serialize, de::DeserializeOwned};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A pool of procspawn.
#[derive(Debug)]
pub struct Procspawn {
    pool: procspawn::Pool,
    workers: usize,
}

impl Technique for Procspawn {
    const CARD: Card = Card {
        name: "procspawn",
        idea: "a ready-made pool: a function and its argument go to a copy of this program, and its result comes back",
        gives: "workers that share nothing, on Linux, macOS and Windows, and replace themselves",
        costs: "two channels and a thread's wake-up for each call; the program's death leaves busy workers behind",
        cores: Cores::Workers,
        libraries: &["procspawn"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        // If no descriptor is left, or `init` was not called, it panics.
        let pool = catch_unwind(|| procspawn::Pool::builder(workers).disable_stdin().build());
        let pool =
            pool.map_err(|panic| No::Unavailable(format!("procspawn does not start: {}", said(&*panic))))?;
        let pool = pool.map_err(|error| No::Unavailable(format!("procspawn does not start: {error}")))?;
        Ok(Procspawn { pool, workers })
    }
}

impl Calls for Procspawn {
    fn workers(&self) -> usize {
        self.workers
    }

    fn call<A, R>(&self, _: usize, function: fn(A) -> R, argument: A) -> Answer<R>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned + Send + 'static,
    {
        // `spawn` panics if it finds no descriptors for its channels, or a worker dies while it is sent a task.
        let result = catch_unwind(AssertUnwindSafe(|| self.pool.spawn(argument, function).join()));
        let result =
            result.map_err(|panic| No::failed(format!("procspawn cannot call: {}", said(&*panic))))?;
        result.map_err(|error| No::failed(format!("a worker of procspawn failed: {error}")))
    }
}

/// The message of a panic.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it panicked")
}

impl Distribute for Procspawn {
    fn map<M: Map<Item: Wire> + Wire>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        calls::map(self, work, out)
    }

    fn reduce<R: Reduce<Acc: Wire> + Wire>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        calls::reduce(self, work)
    }

    fn sweep<S: Sweep<Item: Wire> + Wire>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
        Err(No::Unfit("a call shares nothing with the next, so the array would travel with every step"))
    }

    fn stencil<S: Stencil<Item: Wire> + Wire>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
        Err(No::Unfit("a call shares nothing with the next, so the array would travel with every step"))
    }

    fn graph<G: Graph<Value: Wire> + Wire>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        calls::graph(self, work, last_row)
    }

    fn search<S: Search<Node: Wire, Acc: Wire> + Wire>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        calls::search(self, work)
    }

    fn nest<N: Nest<Item: Wire, Acc: Wire> + Wire>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        calls::nest(self, work, out)
    }

    fn divide<D: Divide<Item: Wire> + Wire>(
        &self,
        work: &Arc<D>,
        out: &mut [D::Item],
        room: &mut [D::Item],
    ) -> Answer<()> {
        calls::divide(self, work, out, room)
    }
}
