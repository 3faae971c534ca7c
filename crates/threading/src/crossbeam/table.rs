//! One worker's view of a stealing scheduler: its own deque, and the stealing ends of all deques.

use crossbeam::deque::{Steal, Stealer, Worker};
use parallax_pattern::random::{GAMMA, mix};
use std::cell::Cell;
use std::iter;

/// A worker's own deque, the stealing ends of all deques, and the place where it looks first.
pub(super) struct Seat<'a, T> {
    own: Worker<T>,
    others: &'a [Stealer<T>],
    random: Cell<u64>,
}

impl<'a, T> Seat<'a, T> {
    /// The seat of the worker with this number, whose own deque is one of those at the table.
    pub(super) fn new(number: usize, own: Worker<T>, table: &'a [Stealer<T>]) -> Self {
        Seat { own, others: table, random: Cell::new(number as u64) }
    }

    /// Puts a piece on top of the worker's own deque.
    pub(super) fn push(&self, piece: T) {
        self.own.push(piece);
    }

    /// How many pieces others could steal.
    pub(super) fn len(&self) -> usize {
        self.own.len()
    }

    /// A piece from the top of the worker's own deque, or else from another's far end.
    pub(super) fn pop(&self) -> Option<T> {
        self.own.pop().or_else(|| self.steal())
    }

    /// Whether any deque has a piece.
    pub(super) fn anybody_has_one(&self) -> bool {
        self.others.iter().any(|other| !other.is_empty())
    }

    /// Steals a piece from some deque, and half of the others there onto the worker's own. The look begins at a random
    /// place: thieves that all began at the first deque would meet there. `Retry` means that another thief was quicker,
    /// so there may be more.
    fn steal(&self) -> Option<T> {
        let (before, after) = self.others.split_at(self.first_victim());
        let victims = || after.iter().chain(before);
        let round = || victims().map(|victim| victim.steal_batch_and_pop(&self.own)).collect::<Steal<T>>();
        iter::repeat_with(round).find(|stolen| !stolen.is_retry())?.success()
    }

    fn first_victim(&self) -> usize {
        let random = mix(self.random.get().wrapping_add(GAMMA));
        self.random.set(random);
        (random % self.others.len() as u64) as usize
    }
}

/// Deals equal runs of neighbouring pieces to the workers, the first piece on top, and returns the
/// stealing ends of their deques.
pub(super) fn deal<T>(
    workers: usize,
    pieces: impl DoubleEndedIterator<Item = T>,
) -> (Vec<Worker<T>>, Vec<Stealer<T>>) {
    let pieces: Vec<T> = pieces.collect();
    let deques: Vec<_> = iter::repeat_with(Worker::new_lifo).take(workers).collect();
    let table = deques.iter().map(Worker::stealer).collect();
    let count = pieces.len();
    for (k, piece) in pieces.into_iter().enumerate().rev() {
        deques[k * workers / count].push(piece);
    }
    (deques, table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats<T>(deques: Vec<Worker<T>>, table: &[Stealer<T>]) -> Vec<Seat<'_, T>> {
        deques.into_iter().enumerate().map(|(k, own)| Seat::new(k, own, table)).collect()
    }

    #[test]
    fn a_hand_is_played_forwards_and_stolen_from_the_far_end() {
        let (deques, table) = deal(2, 0..8);
        let seats = seats(deques, &table);
        assert_eq!(seats[0].pop(), Some(0));
        assert_eq!((0..4).map(|_| seats[1].pop().unwrap()).collect::<Vec<_>>(), [4, 5, 6, 7]);
        let stolen = [seats[1].pop(), seats[1].pop()].map(Option::unwrap);
        assert!(stolen.contains(&3) && stolen.contains(&2), "half of the pieces there: {stolen:?}");
        assert_eq!((seats[0].len(), seats[0].pop(), seats[0].pop()), (1, Some(1), None));
        assert!(!seats[1].anybody_has_one());
    }

    #[test]
    fn every_victim_is_looked_at_in_any_order() {
        let (deques, table) = deal(5, iter::empty());
        let seats = seats(deques, &table);
        let firsts: Vec<usize> = (0..100).map(|_| seats[0].first_victim()).collect();
        assert!((0..5).all(|victim| firsts.contains(&victim)), "{firsts:?}");
        for victim in 0..5 {
            seats[victim].push(victim);
            assert!(seats[2].anybody_has_one());
            assert_eq!(seats[2].pop(), Some(victim));
        }
        assert_eq!(seats[2].pop(), None);
    }
}
