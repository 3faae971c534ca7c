//! Any division into parts, pieces and forks gives the same solution, for a combination that does not commute.
use super::*;

/// Maps `x → 3x + i`, one after the other: `combine` does not commute.
struct Chain(usize);

impl Divide for Chain {
    type Item = (u64, u64); // factor and summand
    fn len(&self) -> usize {
        self.0
    }
    fn solve(&self, start: usize, out: &mut [(u64, u64)]) {
        let mut so_far = (1, 0);
        for (i, item) in (start as u64..).zip(out) {
            so_far = after(so_far, (3, i));
            *item = so_far;
        }
    }
    fn combine(&self, left: &[(u64, u64)], right: &[(u64, u64)], at: usize, out: &mut [(u64, u64)]) {
        for (k, item) in (at..).zip(out) {
            *item = if k < left.len() { left[k] } else { after(left[left.len() - 1], right[k - left.len()]) };
        }
    }
}

fn after(first: (u64, u64), then: (u64, u64)) -> (u64, u64) {
    (first.0.wrapping_mul(then.0), then.0.wrapping_mul(first.1).wrapping_add(then.1))
}

fn right(len: usize) -> Vec<(u64, u64)> {
    let mut out = vec![(0, 0); len];
    Chain(len).solve(0, &mut out);
    out
}

#[test]
fn rounds_of_any_parts_and_pieces_give_the_whole() {
    for (len, part) in [(0, 3), (1, 1), (2, 1), (3, 1), (7, 2), (8, 2), (9, 2), (100, 7), (64, 64), (65, 64)]
    {
        for piece in [part, 3 * part, len.max(1)] {
            let (work, rounds) = (Chain(len), Rounds::new(len, part));
            let mut buffers = [vec![(9, 9); len], vec![(8, 8); len]];
            for round in 0..rounds.count() {
                let [old, new] = &mut buffers;
                for (k, new) in new.chunks_mut(piece).enumerate() {
                    rounds.make(&work, round, old, k * piece, new);
                }
                buffers.swap(0, 1);
            }
            assert_eq!(buffers[0], right(len), "{len} items in parts of {part}, pieces of {piece}");
        }
    }
}

#[test]
fn parts_that_were_solved_elsewhere_are_put_together_where_they_are_wanted() {
    for (len, part) in [(0, 3), (1, 1), (3, 1), (8, 2), (9, 2), (100, 7), (64, 64), (65, 64)] {
        let (mut out, mut room, rounds) = (vec![(9, 9); len], vec![(8, 8); len], Rounds::new(len, part));
        let solve = |place: &mut [_]| {
            let parts = place.chunks_mut(part).enumerate();
            parts.for_each(|(k, solved)| Chain(len).solve(k * part, solved));
            Ok(())
        };
        rounds.gather(&Chain(len), &mut out, &mut room, solve).unwrap();
        assert_eq!(out, right(len), "{len} items in parts of {part}");
    }
}

/// Forks that run one after the other, the second half first, counted.
struct InTurn;

impl Fork for InTurn {
    type Scope<'s> = usize;
    fn join<A: Send, B: Send>(
        count: &mut usize,
        left: impl FnOnce(&mut usize) -> A + Send,
        right: impl FnOnce(&mut usize) -> B + Send,
    ) -> (A, B) {
        *count += 1;
        let right = right(count);
        (left(count), right)
    }
}

#[test]
fn forks_give_the_whole_and_no_more_of_them_than_parts() {
    for (len, part) in [(0, 3), (1, 1), (2, 1), (7, 2), (100, 7), (64, 64), (65, 64), (10, 0)] {
        let (mut out, mut room, mut forks) = (vec![(9, 9); len], vec![(8, 8); len], 0);
        conquer::<_, InTurn>(&Chain(len), &mut forks, part, 0, [&mut out, &mut room]);
        assert_eq!(out, right(len), "{len} items in parts of {part}");
        let parts = len.div_ceil(part.max(1));
        assert!(forks >= parts.saturating_sub(1), "{forks} forks of {parts} parts");
    }
}
