//! The functions that the workers run: take parts of mapped arrays, or go through the steps side by side.

use crate::Error;
use crate::shared::Member;
use crate::technique::numbers::{of_bytes, of_bytes_mut};
use crate::technique::run_memory::RunMemory;
use crate::technique::sent::Sent;
use crate::technique::{MOST_PIECES, portion};
use parallax_pattern::{Divide, Graph, Item, Map, Nest, Reduce, Rounds, Stencil, Sweep, Wire, needs};
use std::ops::Range;

/// The argument of a worker: the work, its memory, and the number of the worker.
pub(super) type Task<W> = (Sent<W>, RunMemory, usize);
/// The answer of a worker.
pub(super) type Done<R> = Result<R, String>;

/// An array's bytes as its elements, which are known to be numbers.
pub(super) fn numbers<T: 'static>(bytes: &[u8]) -> &[T] {
    of_bytes(bytes)
        .expect("the elements are numbers, and arrays begin at a page and end with a whole element")
}

/// As [`numbers`], to write to.
pub(super) fn numbers_mut<T: 'static>(bytes: &mut [u8]) -> &mut [T] {
    of_bytes_mut(bytes)
        .expect("the elements are numbers, and arrays begin at a page and end with a whole element")
}

fn words(error: Error) -> String {
    error.to_string()
}

pub(super) fn fill<M: Map<Item: Wire> + Wire>((work, memory, _): Task<M>) -> Done<()> {
    each_part(&memory, |items, out| work.fill(items.start, out))
}

pub(super) fn finish<N: Nest<Item: Wire, Acc: Wire> + Wire>((work, memory, _): Task<N>) -> Done<()> {
    let (_, pieces) = work.shape();
    each_part(&memory, |outers, out: &mut [N::Item]| {
        for (outer, item) in outers.zip(out) {
            let mut acc = work.empty();
            work.fold(outer, &mut acc, 0..pieces);
            *item = work.finish(outer, acc);
        }
    })
}

/// Takes parts of the first array until none is left.
fn each_part<T: Item>(memory: &RunMemory, mut write: impl FnMut(Range<usize>, &mut [T])) -> Done<()> {
    let array = &memory.arrays[0];
    while let Some(part) = memory.take(array.parts()) {
        let mut out = array.write(part..=part).map_err(words)?;
        write(elements::<T>(memory, part), numbers_mut(&mut out));
    }
    Ok(())
}

/// The elements of part `part`.
fn elements<T>(memory: &RunMemory, part: usize) -> Range<usize> {
    let bytes = memory.arrays[0].elements(part..=part);
    bytes.start / size_of::<T>()..bytes.end / size_of::<T>()
}

pub(super) fn fold<R: Reduce<Acc: Wire> + Wire>((work, memory, _): Task<R>) -> Done<R::Acc> {
    let (mut acc, grain) = (work.empty(), portion(work.len(), work.grain(), MOST_PIECES));
    while let Some(piece) = memory.take(work.len().div_ceil(grain)) {
        work.fold(&mut acc, piece * grain..(piece * grain).saturating_add(grain).min(work.len()));
    }
    Ok(acc)
}

/// Goes through the steps side by side with the other workers. Workers beyond the number of parts have none
/// to do; a worker that fails gives the barrier up, so that no other waits for it.
fn walk(memory: &RunMemory, worker: usize, steps: impl FnOnce(&mut Member) -> Result<(), Error>) -> Done<()> {
    if worker >= memory.arrays[0].parts() {
        return Ok(());
    }
    let walked = memory.barrier.join().and_then(|mut member| steps(&mut member));
    walked.inspect_err(|_| memory.barrier.poison()).map_err(words)
}

pub(super) fn sweep<S: Sweep<Item: Wire> + Wire>((work, memory, worker): Task<S>) -> Done<()> {
    walk(&memory, worker, |member| {
        let start = elements::<S::Item>(&memory, worker).start;
        let mut part = memory.arrays[0].write(worker..=worker)?;
        let part = numbers_mut(&mut part);
        for _ in 0..work.steps() {
            work.step(start, part);
            member.wait()?;
        }
        Ok(())
    })
}

pub(super) fn stencil<S: Stencil<Item: Wire> + Wire>((work, memory, worker): Task<S>) -> Done<()> {
    walk(&memory, worker, |member| {
        let start = elements::<S::Item>(&memory, worker).start;
        for step in 0..work.steps() {
            let old = memory.arrays[step % 2].read(..)?;
            let mut new = memory.arrays[(step + 1) % 2].write(worker..=worker)?;
            work.step(numbers(&old), start, numbers_mut(&mut new));
            drop((old, new)); // the others claim them after the barrier
            member.wait()?;
        }
        Ok(())
    })
}

pub(super) fn divide<D: Divide<Item: Wire> + Wire>((work, memory, worker): Task<D>) -> Done<()> {
    walk(&memory, worker, |member| {
        let start = elements::<D::Item>(&memory, worker).start;
        let rounds = Rounds::new(work.len(), elements::<D::Item>(&memory, 0).len());
        for round in 0..rounds.count() {
            let old = memory.arrays[round % 2].read(..)?;
            let mut new = memory.arrays[(round + 1) % 2].write(worker..=worker)?;
            rounds.make(&*work, round, numbers(&old), start, numbers_mut(&mut new));
            drop((old, new)); // the others claim them after the barrier
            member.wait()?;
        }
        Ok(())
    })
}

pub(super) fn run_rows<G: Graph<Value: Wire> + Wire>((work, memory, worker): Task<G>) -> Done<()> {
    walk(&memory, worker, |member| {
        let columns = elements::<G::Value>(&memory, worker);
        for row in 0..work.depth() {
            let before = memory.arrays[(row + 1) % 2].read(..)?;
            let mut values = memory.arrays[row % 2].write(worker..=worker)?;
            let given: &[G::Value] = numbers(&before);
            for (column, value) in columns.clone().zip(numbers_mut(&mut values)) {
                *value = work.run(row, column, needs(&*work, row, column).map(|need| given[need].clone()));
            }
            drop((before, values)); // the others claim them after the barrier
            member.wait()?;
        }
        Ok(())
    })
}
