//! Workers that map the same arrays: only the command to begin is sent, and a barrier in memory separates the steps.
//!
//! ```
//! use parallax_processes::{Pool, shared::Shared};
//!
//! fn squares((out, part): (Shared<u64>, usize)) {
//!     let first = out.elements(part..=part).start as u64;
//!     let mut mine = out.write(part..=part).unwrap(); // nobody else has this part, in any process
//!     for (square, x) in mine.iter_mut().zip(first..) {
//!         *square = x * x;
//!     }
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     parallax_processes::init();
//!     let pool = Pool::builder().workers(2).build()?;
//!     let out = Shared::zeroed(5, 3)?; // parts of 3 and 2 elements
//!     pool.map(squares, (0..out.parts()).map(|part| (out.clone(), part)))?;
//!     assert_eq!(out.read(..)?[..], [0, 1, 4, 9, 16]);
//!     Ok(())
//! }
//! ```
//!
//! Mapped memory is as fast as private memory, so this does what threads do, but each worker is isolated
//! from the crash of another. Here the caller's arrays are private, as they are in a program that was not
//! written for processes: they are copied in before the first step and out after the last. That is
//! one pass over memory each way, little compared with many steps; a program that keeps its arrays in
//! shared memory pays it once.

mod in_worker;

use self::in_worker::{
    Done, Task, divide, fill, finish, fold, numbers, numbers_mut, run_rows, stencil, sweep,
};
use super::numbers::are_numbers;
use super::run_memory::{KeptMemory, RunMemory, Shape};
use super::sent::Sent;
use super::{failed, portion, unavailable};
use crate::Pool;
use parallax_pattern::{
    Answer, Card, Cores, Distribute, Divide, Graph, Item, Map, Nest, No, Reduce, Rounds, Search, Stencil,
    Sweep, Technique, Wire, covers,
};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A pool of worker processes, and arrays that all of them map.
#[derive(Debug)]
pub struct SharedMemory {
    pool: Pool,
    kept: KeptMemory,
}

impl Technique for SharedMemory {
    const CARD: Card = Card {
        name: "shared-memory",
        idea: "worker processes write into arrays that all of them map; a message only starts a run",
        gives: "the speed of threads, with a private heap and a wall around each worker",
        costs: "arrays must live in shared memory, or be copied in and out; its pages are small",
        cores: Cores::Workers,
        libraries: &["memmap2", "postcard"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let pool = Pool::builder().workers(workers.max(1)).build();
        let pool = pool.map_err(unavailable)?;
        Ok(SharedMemory { pool, kept: KeptMemory::default() })
    }
}

/// Claiming a part takes some nanoseconds, and the caller claims all of them at the end.
const MOST_PARTS: usize = 1024;
/// One thread copies this in less time than another takes to start.
const COPIED_ALONE: usize = 4 << 20;

impl Distribute for SharedMemory {
    fn map<M: Map<Item: Wire> + Wire>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        mapped::<M::Item>()?;
        let part = portion(out.len(), work.grain(), MOST_PARTS);
        let memory = self.kept.get(Shape::of::<M::Item>(1, out.len(), part))?;
        memory.spoil::<M::Item>(0).map_err(failed)?;
        self.broadcast(work, &memory, fill::<M>)?;
        self.copy_out(&memory, 0, out)
    }

    fn reduce<R: Reduce<Acc: Wire> + Wire>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let memory = self.kept.get(Shape::default())?;
        let mut total = work.empty();
        for acc in self.broadcast(work, &memory, fold::<R>)? {
            work.merge(&mut total, acc);
        }
        Ok(total)
    }

    fn sweep<S: Sweep<Item: Wire> + Wire>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        covers(work.len(), state.len())?;
        mapped::<S::Item>()?;
        let memory = self.kept.get(self.one_part_each::<S::Item>(1, state.len(), work.grain()))?;
        self.copy_in(state, &memory)?;
        self.broadcast(work, &memory, sweep::<S>)?;
        self.copy_out(&memory, 0, state)
    }

    fn stencil<S: Stencil<Item: Wire> + Wire>(
        &self,
        work: &Arc<S>,
        buffers: [&mut [S::Item]; 2],
    ) -> Answer<()> {
        buffers.iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        mapped::<S::Item>()?;
        let memory = self.kept.get(self.one_part_each::<S::Item>(2, buffers[0].len(), work.grain()))?;
        let last = work.steps() % 2;
        memory.spoil::<S::Item>(last).map_err(failed)?;
        self.copy_in(buffers[0], &memory)?;
        self.broadcast(work, &memory, stencil::<S>)?;
        self.copy_out(&memory, last, buffers[last])
    }

    /// Two rows that alternate, and a barrier after each: no value is sent.
    fn graph<G: Graph<Value: Wire> + Wire>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        mapped::<G::Value>()?;
        let Some(last) = work.depth().checked_sub(1) else { return Ok(()) };
        let memory = self.kept.get(self.one_part_each::<G::Value>(2, work.width(), 1))?;
        memory.spoil::<G::Value>(last % 2).map_err(failed)?;
        self.broadcast(work, &memory, run_rows::<G>)?;
        self.copy_out(&memory, last % 2, last_row)
    }

    fn search<S: Search<Node: Wire, Acc: Wire> + Wire>(&self, _: &Arc<S>) -> Answer<S::Acc> {
        Err(No::Unfit("nodes turn up one by one and have no place in an array: they go through pipes"))
    }

    fn nest<N: Nest<Item: Wire, Acc: Wire> + Wire>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        mapped::<N::Item>()?;
        let memory = self.kept.get(Shape::of::<N::Item>(1, out.len(), portion(out.len(), 1, MOST_PARTS)))?;
        memory.spoil::<N::Item>(0).map_err(failed)?;
        self.broadcast(work, &memory, finish::<N>)?;
        self.copy_out(&memory, 0, out)
    }

    /// As a stencil: in the first step each worker solves its part, and in every later one its share of what neighbours
    /// combine. No part is sent.
    fn divide<D: Divide<Item: Wire> + Wire>(
        &self,
        work: &Arc<D>,
        out: &mut [D::Item],
        room: &mut [D::Item],
    ) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        mapped::<D::Item>()?;
        let size = portion(work.len(), work.grain(), self.pool.workers());
        let last = Rounds::new(work.len(), size).count() % 2;
        let memory = self.kept.get(Shape::of::<D::Item>(2, work.len(), size))?;
        memory.spoil::<D::Item>(last).map_err(failed)?;
        self.broadcast(work, &memory, divide::<D>)?;
        self.copy_out(&memory, last, out)
    }
}

/// Refuses elements that may point to memory of one process.
fn mapped<T: 'static>() -> Answer<()> {
    let refusal = No::Unfit(
        "mapped memory holds numbers, or two to four of a kind together, and nothing that may point elsewhere: pipes send the rest",
    );
    if are_numbers::<T>() { Ok(()) } else { Err(refusal) }
}

impl SharedMemory {
    /// Runs `function` in all workers at the same time.
    fn broadcast<W, R>(
        &self,
        work: &Arc<W>,
        memory: &RunMemory,
        function: fn(Task<W>) -> Done<R>,
    ) -> Answer<Vec<R>>
    where
        W: Wire,
        R: Serialize + DeserializeOwned,
    {
        let sent = Sent::new(work)?;
        let done = self.pool.broadcast(function, |worker| (sent.clone(), memory.clone(), worker));
        let done = done.map_err(failed).and_then(|done| {
            let all: Done<Vec<R>> = done.into_iter().collect();
            all.map_err(No::failed)
        });
        done.inspect_err(|_| self.kept.clear())
    }

    /// Equal shares, for work whose items cost the same: a share that stays with its worker stays in its cache. Shares
    /// are of whole grains.
    fn one_part_each<T>(&self, arrays: usize, len: usize, grain: usize) -> Shape {
        Shape::of::<T>(arrays, len, portion(len, grain, self.pool.workers()))
    }

    fn copy_in<T: Item>(&self, from: &[T], memory: &RunMemory) -> Answer<()> {
        let mut to = memory.arrays[0].write(..).map_err(failed)?;
        self.copy(from, numbers_mut(&mut to));
        Ok(())
    }

    fn copy_out<T: Item>(&self, memory: &RunMemory, array: usize, to: &mut [T]) -> Answer<()> {
        let from = memory.arrays[array].read(..).map_err(failed)?;
        self.copy(numbers(&from), to);
        Ok(())
    }

    /// Copies with as many threads as there are workers, which sleep meanwhile.
    fn copy<T: Item>(&self, from: &[T], to: &mut [T]) {
        let alone = size_of_val(from) <= COPIED_ALONE;
        let share = if alone { from.len() } else { from.len().div_ceil(self.pool.workers()) }.max(1);
        let parts = Mutex::new(from.chunks(share).zip(to.chunks_mut(share)));
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        let copy = || {
            while let Some((from, to)) = next() {
                to.clone_from_slice(from);
            }
        };
        thread::scope(|s| {
            for _ in 1..from.len().div_ceil(share) {
                if thread::Builder::new().spawn_scoped(s, copy).is_err() {
                    break; // at a limit of threads, those already started copy the rest
                }
            }
            copy();
        });
    }
}
