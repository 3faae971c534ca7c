//! What the worker processes do: take parts of mapped arrays, or walk through the steps side by side.

use crate::Error;
use crate::shared::Member;
use crate::technique::numbers::{of_bytes, of_bytes_mut};
use crate::technique::sent::Sent;
use crate::technique::stage::Stage;
use crate::technique::{MOST_PIECES, portion};
use parallax_pattern::{Graph, Item, Map, Nest, Reduce, Stencil, Sweep, Wire, needs};
use std::ops::Range;

/// What a worker is told: the work, where it lies, and which worker it is.
pub(super) type Task<W> = (Sent<W>, Stage, usize);
/// What a worker answers.
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

pub(super) fn fill<M: Map<Item: Wire> + Wire>((work, stage, _): Task<M>) -> Done<()> {
    each_part(&stage, |items, out| work.fill(items.start, out))
}

pub(super) fn finish<N: Nest<Item: Wire, Acc: Wire> + Wire>((work, stage, _): Task<N>) -> Done<()> {
    let (_, pieces) = work.shape();
    each_part(&stage, |outers, out: &mut [N::Item]| {
        for (outer, item) in outers.zip(out) {
            let mut acc = work.empty();
            work.fold(outer, &mut acc, 0..pieces);
            *item = work.finish(outer, acc);
        }
    })
}

/// Takes parts of the first array until none is left.
fn each_part<T: Item>(stage: &Stage, mut write: impl FnMut(Range<usize>, &mut [T])) -> Done<()> {
    let array = &stage.arrays[0];
    while let Some(part) = stage.take(array.parts()) {
        let mut out = array.write(part..=part).map_err(words)?;
        write(elements::<T>(stage, part), numbers_mut(&mut out));
    }
    Ok(())
}

/// Which elements are part `part`.
fn elements<T>(stage: &Stage, part: usize) -> Range<usize> {
    let bytes = stage.arrays[0].elements(part..=part);
    bytes.start / size_of::<T>()..bytes.end / size_of::<T>()
}

pub(super) fn fold<R: Reduce<Acc: Wire> + Wire>((work, stage, _): Task<R>) -> Done<R::Acc> {
    let (mut acc, grain) = (work.empty(), portion(work.len(), work.grain(), MOST_PIECES));
    while let Some(piece) = stage.take(work.len().div_ceil(grain)) {
        work.fold(&mut acc, piece * grain..(piece * grain).saturating_add(grain).min(work.len()));
    }
    Ok(acc)
}

/// Goes through the steps side by side with the other workers. Workers beyond the parts have none
/// to do; who fails gives the barrier up, so that nobody waits for it.
fn walk(stage: &Stage, worker: usize, steps: impl FnOnce(&mut Member) -> Result<(), Error>) -> Done<()> {
    if worker >= stage.arrays[0].parts() {
        return Ok(());
    }
    let walked = stage.barrier.join().and_then(|mut member| steps(&mut member));
    walked.inspect_err(|_| stage.barrier.poison()).map_err(words)
}

pub(super) fn sweep<S: Sweep<Item: Wire> + Wire>((work, stage, worker): Task<S>) -> Done<()> {
    walk(&stage, worker, |member| {
        let start = elements::<S::Item>(&stage, worker).start;
        let mut part = stage.arrays[0].write(worker..=worker)?;
        let part = numbers_mut(&mut part);
        for _ in 0..work.steps() {
            work.step(start, part);
            member.wait()?;
        }
        Ok(())
    })
}

pub(super) fn stencil<S: Stencil<Item: Wire> + Wire>((work, stage, worker): Task<S>) -> Done<()> {
    walk(&stage, worker, |member| {
        let start = elements::<S::Item>(&stage, worker).start;
        for step in 0..work.steps() {
            let old = stage.arrays[step % 2].read(..)?;
            let mut new = stage.arrays[(step + 1) % 2].write(worker..=worker)?;
            work.step(numbers(&old), start, numbers_mut(&mut new));
            drop((old, new)); // the others claim them after the barrier
            member.wait()?;
        }
        Ok(())
    })
}

pub(super) fn run_rows<G: Graph<Value: Wire> + Wire>((work, stage, worker): Task<G>) -> Done<()> {
    walk(&stage, worker, |member| {
        let columns = elements::<G::Value>(&stage, worker);
        for row in 0..work.depth() {
            let before = stage.arrays[(row + 1) % 2].read(..)?;
            let mut values = stage.arrays[row % 2].write(worker..=worker)?;
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
