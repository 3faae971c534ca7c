//! Assigns few slots to many values: a slot is free again after the last reader of its value.
//!
//! Linear scan (Poletto and Sarkar, 1999) for a straight line, where it is optimal.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The steps that make a value and that read it for the last time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    pub(crate) birth: usize,
    pub(crate) death: usize,
}

/// A slot for each life, and the number of slots. The lives are ordered by birth.
///
/// A value never gets the slot of one that is read by the step that makes it, so operands and result never
/// overlap. Takes time `n log n`.
pub(crate) fn assign(lives: impl IntoIterator<Item = Life>) -> (Vec<usize>, usize) {
    let mut count = 0;
    let mut taken = BinaryHeap::new();
    let mut free = Vec::new();
    let mut slots = Vec::new();
    for life in lives {
        while let Some(Reverse((death, slot))) = taken.peek().copied()
            && death < life.birth
        {
            taken.pop();
            free.push(slot);
        }
        let slot = free.pop().unwrap_or_else(|| {
            count += 1;
            count - 1
        });
        taken.push(Reverse((life.death, slot)));
        slots.push(slot);
    }
    (slots, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(lives: &[(usize, usize)]) -> (Vec<usize>, usize) {
        assign(lives.iter().map(|&(birth, death)| Life { birth, death }))
    }

    #[test]
    fn a_slot_is_used_again_after_the_last_reader() {
        assert_eq!(slots(&[(0, 1), (1, 2), (2, 3), (3, 4)]), (vec![0, 1, 0, 1], 2));
        assert_eq!(slots(&[(0, 9), (1, 2), (2, 3), (3, 4)]).1, 3);
    }

    #[test]
    fn living_values_never_share() {
        let lives: Vec<_> = (0..200).map(|i: usize| (i, i + 1 + i * 7919 % 23)).collect();
        let (slots, count) = slots(&lives);
        for (i, a) in lives.iter().enumerate() {
            for (j, b) in lives.iter().enumerate().skip(i + 1) {
                assert!(slots[i] != slots[j] || a.1 < b.0, "{a:?} {b:?}");
            }
        }
        assert!(count <= 25);
    }
}
