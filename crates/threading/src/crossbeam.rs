//! Stealing by hand: each worker has a deque with its own share, and takes from the others' when it is empty.
//!
//! ```
//! use crossbeam::deque::{Steal, Stealer, Worker};
//! use std::{iter, thread};
//!
//! fn squares(out: &mut [u64], grain: usize, workers: usize) {
//!     let deques: Vec<Worker<(usize, &mut [u64])>> = iter::repeat_with(Worker::new_lifo).take(workers).collect();
//!     for (k, part) in out.chunks_mut(grain).enumerate() {
//!         deques[k % workers].push((k, part));
//!     }
//!     let others: &Vec<Stealer<_>> = &deques.iter().map(Worker::stealer).collect();
//!     thread::scope(|s| {
//!         for own in deques {
//!             s.spawn(move || {
//!                 let steal = || others.iter().map(Stealer::steal).collect::<Steal<_>>();
//!                 // `Retry` means that another thief was quicker: there may be more pieces.
//!                 let stolen = || iter::repeat_with(steal).find(|got| !got.is_retry())?.success();
//!                 while let Some((k, part)) = own.pop().or_else(stolen) {
//!                     for (i, square) in part.iter_mut().enumerate() {
//!                         *square = ((k * grain + i) as u64).pow(2);
//!                     }
//!                 }
//!             });
//!         }
//!     });
//! }
//!
//! let mut out = [0; 5];
//! squares(&mut out, 2, 3);
//! assert_eq!(out, [0, 1, 4, 9, 16]);
//! ```
//!
//! The deque is Chase and Lev's ("Dynamic circular work-stealing deque", SPAA 2005). Its owner works
//! at one end and thieves at the other, so neighbouring pieces stay with one worker for as long as
//! they can. All pieces are known at the start: a worker that finds nothing anywhere is done.
//!
//! A full scheduler adds two things: a thief begins at a random victim and takes half of its pieces, and where pieces
//! may still come, an idle thief finally sleeps.

mod idle;
mod table;

use crate::dataflow::Dataflow;
use crate::join::merged;
use crate::pool::{VISITS, shares};
use ::crossbeam::utils::{Backoff, CachePadded};
use idle::Idle;
use parallax_pattern::double_buffer::DoubleBuffer;
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, Reduce, Rounds, Search, Stencil, Sweep,
    Technique, covers, dig, make_item, pieces, team, whole_share,
};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::{iter, mem};
use table::{Seat, deal};

/// Parts of an array for each worker, to even out the slow ones. More parts need more rounds of merging.
const PARTS_PER_WORKER: usize = 4;

/// A crossbeam deque per worker, in scoped threads.
#[derive(Debug, Clone, Copy)]
pub struct Crossbeam {
    workers: usize,
}

impl Technique for Crossbeam {
    const CARD: Card = Card {
        name: "crossbeam",
        idea: "a deque of pieces per worker; a worker that runs out steals from the far end of another's",
        gives: "the locality of static shares and the balance of dynamic ones",
        costs: "a scheduler to write; threads start on every call",
        cores: Cores::Workers,
        libraries: &["crossbeam"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(Crossbeam { workers: workers.max(1) })
    }
}

impl Execute for Crossbeam {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let grain = work.grain().max(1);
        self.play(out.chunks_mut(grain).enumerate(), |(k, part)| work.fill(k * grain, part))
    }

    /// Each worker's pieces are one run on its deque, never a list of pieces: a worker whose deque is empty puts half
    /// of its run there.
    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let (len, grain) = (work.len(), work.grain().max(1));
        let runs = pieces(len, whole_share(len, grain, self.workers));
        let fold = |acc: &mut R::Acc, run: &mut Range<usize>| {
            let piece = run.start..run.end.min(run.start.saturating_add(grain));
            run.start = piece.end;
            work.fold(acc, piece);
        };
        let halve = |run: &mut Range<usize>| {
            let pieces = run.len().div_ceil(grain);
            let middle = run.start + pieces / 2 * grain; // the thief gets the far end
            (pieces > 1).then(|| middle..mem::replace(&mut run.end, middle))
        };
        let accs = self.explore(runs, || work.empty(), fold, Range::is_empty, halve)?;
        Ok(merged(work.empty(), accs, |acc, other| work.merge(acc, other)))
    }

    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        covers(work.len(), state.len())?;
        let grain = work.grain().max(1);
        let parts = state.chunks_mut(grain).enumerate();
        self.walk(parts, work.steps(), |(k, part)| work.step(*k * grain, part))
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()> {
        buffers.iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let mut buffers = DoubleBuffer::new(buffers);
        let parts = buffers.cut(work.grain()).into_iter();
        self.walk(parts, work.steps(), |part| part.step(|old, start, new| work.step(old, start, new)))
    }

    /// No barrier: a task that has become ready goes on the deque of the worker that made it ready.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        let (flow, idle) = (&Dataflow::new(work.clone()), &Idle::new());
        self.seat(flow.ready().into_iter(), |seat| {
            let (mut done, backoff, _leaving) = (0, Backoff::new(), idle.leaving());
            loop {
                if let Some(task) = seat.pop() {
                    flow.run(task, |ready| seat.push(ready));
                    if seat.len() > 1 {
                        idle.call_one();
                    }
                    done += 1;
                    backoff.reset();
                } else if flow.finish(mem::take(&mut done)) {
                    break;
                } else {
                    idle.wait(&backoff, || seat.anybody_has_one() || flow.finish(0));
                }
            }
        })?;
        flow.read_out(last_row);
        Ok(())
    }

    /// Nodes travel in batches. A worker whose deque is empty puts half of its open nodes there, so
    /// it splits once at first, and then as often as others steal.
    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let batches = shares(work.roots(), self.workers).into_iter();
        let visit = |acc: &mut S::Acc, open: &mut Vec<S::Node>| dig(&**work, open, acc, VISITS);
        let halve = |open: &mut Vec<S::Node>| (open.len() > 1).then(|| open.split_off(open.len() / 2));
        let accs = self.explore(batches, || work.empty(), visit, Vec::is_empty, halve)?;
        Ok(merged(work.empty(), accs, |acc, other| work.merge(acc, other)))
    }

    /// Parallel at the outer level only.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        self.play(out.iter_mut().enumerate(), |(k, item)| *item = make_item(&**work, k))
    }

    /// Round by round, each piece with the number of its next round. A worker that has solved a part finds its piece of
    /// the merge on its own deque, and half of that piece's input in its cache.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let part = whole_share(work.len(), work.grain(), PARTS_PER_WORKER * self.workers);
        let rounds = Rounds::new(work.len(), part);
        let mut buffers = DoubleBuffer::new(rounds.ending_in(out, room));
        let pieces = buffers.cut(part).into_iter().map(|piece| (0, piece));
        self.walk(pieces, rounds.count(), |(round, piece)| {
            piece.step(|old, start, new| rounds.make(&**work, *round, old, start, new));
            *round += 1;
        })
    }
}

impl Crossbeam {
    /// Gives each worker its own deque of pieces, and the stealing ends of all deques.
    fn seat<T: Send, A: Send>(
        &self,
        pieces: impl DoubleEndedIterator<Item = T>,
        play: impl Fn(Seat<T>) -> A + Sync,
    ) -> Answer<Vec<A>> {
        let (deques, table) = deal(self.workers, pieces);
        let (play, table) = (&play, &table);
        let workers = deques.into_iter().enumerate();
        team::run(workers.map(|(number, own)| move || play(Seat::new(number, own, table))))
    }

    /// All pieces are known at the start: a worker that finds none anywhere is done.
    fn play<T: Send>(
        &self,
        pieces: impl DoubleEndedIterator<Item = T>,
        work: impl Fn(T) + Sync,
    ) -> Answer<()> {
        self.seat(pieces, |seat| iter::from_fn(|| seat.pop()).for_each(&work)).map(drop)
    }

    /// Batches that are worked off bit by bit with `some`, and split while others have nothing to steal: a worker that
    /// finds nothing is done when no batch is under way.
    fn explore<B: Send, A: Send>(
        &self,
        batches: impl DoubleEndedIterator<Item = B> + ExactSizeIterator,
        empty: impl Fn() -> A + Sync,
        some: impl Fn(&mut A, &mut B) + Sync,
        done: impl Fn(&B) -> bool + Sync,
        halve: impl Fn(&mut B) -> Option<B> + Sync,
    ) -> Answer<Vec<A>> {
        let (under_way, idle) = (CachePadded::new(AtomicUsize::new(batches.len())), Idle::new());
        self.seat(batches, |seat| {
            let (mut acc, backoff, _leaving) = (empty(), Backoff::new(), idle.leaving());
            loop {
                if let Some(mut batch) = seat.pop() {
                    let _batch = Batch(&under_way);
                    while !done(&batch) {
                        some(&mut acc, &mut batch);
                        if seat.len() == 0
                            && let Some(half) = halve(&mut batch)
                        {
                            // Relaxed: this batch still counts, so no worker sees 0 in between.
                            under_way.fetch_add(1, Relaxed);
                            seat.push(half);
                            idle.call_one();
                        }
                    }
                    backoff.reset();
                } else if under_way.load(Relaxed) == 0 {
                    break acc;
                } else {
                    idle.wait(&backoff, || seat.anybody_has_one() || under_way.load(Relaxed) == 0);
                }
            }
        })
    }

    /// Two deques per worker: each step empties one and fills the other, so a stolen part stays
    /// with its thief, and the balance found in one step holds for the next.
    fn walk<P: Send>(
        &self,
        parts: impl DoubleEndedIterator<Item = P>,
        steps: usize,
        step: impl Fn(&mut P) + Sync,
    ) -> Answer<()> {
        let (even, even_table) = deal(self.workers, parts);
        let (odd, odd_table) = deal(self.workers, iter::empty());
        let (even_table, odd_table, step) = (&even_table, &odd_table, &step);
        let walkers = iter::zip(even, odd).enumerate().map(|(number, (even, odd))| {
            let seats = [Seat::new(number, even, even_table), Seat::new(number, odd, odd_table)];
            move |number: usize| {
                let [todo, done] = [&seats[number % 2], &seats[(number + 1) % 2]];
                while let Some(mut part) = todo.pop() {
                    step(&mut part);
                    done.push(part);
                }
            }
        });
        team::in_step(Barrier::new(self.workers), steps, walkers)
    }
}

/// Counts its batch as done when it is dropped, after a panic too, so that no worker waits for it forever.
struct Batch<'a>(&'a AtomicUsize);

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed); // it only counts; joining the threads publishes the results
    }
}
