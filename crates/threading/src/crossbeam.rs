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
//!                 // `Retry` means that another thief was quicker: there may be more.
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

use crate::{join, lockstep::Lockstep};
use ::crossbeam::deque::{Steal, Stealer, Worker};
use parallax_suite::pattern::{Map, Reduce, Sweep, pieces};
use parallax_suite::question::{Answer, Card, Cores, Execute, Technique};
use std::{iter, sync::Arc, thread};

/// A crossbeam deque per worker, in threads of a scope.
#[derive(Debug, Clone, Copy)]
pub struct Crossbeam {
    workers: usize,
}

impl Technique for Crossbeam {
    const CARD: Card = Card {
        name: "crossbeam",
        idea: "a deque of pieces per worker; who runs out steals from the far end of another's",
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
        let grain = work.grain().max(1);
        let (hands, table) = deal(self.workers, out.chunks_mut(grain).enumerate());
        let table = &table;
        thread::scope(|s| {
            for hand in hands {
                s.spawn(move || {
                    while let Some((k, part)) = hand.pop().or_else(|| steal(table)) {
                        work.fill(k * grain, part);
                    }
                });
            }
        });
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let (hands, table) = deal(self.workers, pieces(work.len(), work.grain()));
        let table = &table;
        let fold = |hand: Worker<_>| {
            let mut acc = work.empty();
            while let Some(items) = hand.pop().or_else(|| steal(table)) {
                work.fold(&mut acc, items);
            }
            acc
        };
        Ok(thread::scope(|s| {
            let threads = hands.into_iter().map(|hand| s.spawn(move || fold(hand))).collect();
            join::merge(&**work, threads)
        }))
    }

    /// Two deques per worker: each step empties the one and fills the other, so a stolen part stays
    /// with its thief, and the balance found in one step holds for the next.
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        let grain = work.grain().max(1);
        let (even, even_table) = deal(self.workers, state.chunks_mut(grain).enumerate());
        let (odd, odd_table) = deal(self.workers, iter::empty());
        let tables = &[even_table, odd_table];
        let lockstep = &Lockstep::new(self.workers, work.steps());
        thread::scope(|s| {
            for hands in iter::zip(even, odd).map(|(even, odd)| [even, odd]) {
                s.spawn(move || {
                    lockstep.walk(|step| {
                        let [todo, done] = [&hands[step % 2], &hands[(step + 1) % 2]];
                        while let Some((k, part)) = todo.pop().or_else(|| steal(&tables[step % 2])) {
                            work.step(k * grain, part);
                            done.push((k, part));
                        }
                    });
                });
            }
        });
        Ok(())
    }
}

/// Deals equal runs of neighbouring pieces to the workers, the first piece on top, and gives what
/// others may steal by.
fn deal<T>(workers: usize, pieces: impl DoubleEndedIterator<Item = T>) -> (Vec<Worker<T>>, Vec<Stealer<T>>) {
    let pieces: Vec<T> = pieces.collect();
    let hands: Vec<_> = iter::repeat_with(Worker::new_lifo).take(workers).collect();
    let table = hands.iter().map(Worker::stealer).collect();
    let count = pieces.len();
    for (k, piece) in pieces.into_iter().enumerate().rev() {
        hands[k * workers / count].push(piece);
    }
    (hands, table)
}

/// A piece from whoever still has one. `Retry` means that another thief was quicker, and so that
/// there may be more.
fn steal<T>(table: &[Stealer<T>]) -> Option<T> {
    iter::repeat_with(|| table.iter().map(Stealer::steal).collect::<Steal<T>>())
        .find(|stolen| !stolen.is_retry())?
        .success()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_is_played_forwards_and_stolen_from_the_far_end() {
        let (hands, table) = deal(2, 0..6);
        assert_eq!(hands[0].pop(), Some(0));
        assert_eq!(steal(&table), Some(2));
        assert_eq!(iter::from_fn(|| hands[1].pop()).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!((steal(&table), steal(&table)), (Some(1), None));
    }
}
