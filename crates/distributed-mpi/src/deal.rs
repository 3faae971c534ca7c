//! Which rank has which items: all ranks compute it from a few numbers, so no messages are needed.

use parallax_pattern::{pieces, whole_share};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Pieces dealt to each rank, so that items of different cost even out.
const PIECES: usize = 16;

/// Items in pieces, dealt to the ranks in turn. Each piece begins at a multiple of the grain.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Deal {
    pub(crate) len: usize,
    piece: usize,
    ranks: usize,
}

impl Deal {
    /// Many pieces for each rank: for items that do not depend on their neighbours.
    pub(crate) fn in_turn(len: usize, grain: usize, ranks: usize) -> Self {
        Deal { len, piece: whole_share(len, grain, PIECES * ranks), ranks }
    }

    /// One piece for each rank, or none for the last ones: for items that stay where they are.
    pub(crate) fn blocks(len: usize, grain: usize, ranks: usize) -> Self {
        Deal { len, piece: whole_share(len, grain, ranks), ranks }
    }

    /// A deal without items.
    pub(crate) fn nothing() -> Self {
        Deal { len: 0, piece: 1, ranks: 1 }
    }

    /// The pieces of a rank, in ascending order.
    pub(crate) fn of(self, rank: usize) -> impl Iterator<Item = Range<usize>> {
        pieces(self.len, self.piece).skip(rank).step_by(self.ranks)
    }

    /// The only piece of a rank, of blocks.
    pub(crate) fn block(self, rank: usize) -> Range<usize> {
        self.of(rank).next().unwrap_or(self.len..self.len)
    }

    /// How many items a rank has.
    pub(crate) fn count(self, rank: usize) -> usize {
        self.of(rank).map(|piece| piece.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_dealt_once_and_no_grain_is_cut() {
        for (len, grain, ranks) in [(0, 4, 2), (1, 4, 3), (9, 4, 2), (1000, 0, 3), (1000, 7, 2), (5, 100, 2)]
        {
            for deal in [Deal::in_turn(len, grain, ranks), Deal::blocks(len, grain, ranks)] {
                let mut dealt: Vec<_> = (0..ranks).flat_map(|rank| deal.of(rank)).collect();
                dealt.sort_by_key(|piece| piece.start);
                assert!(dealt.iter().all(|piece| piece.start.is_multiple_of(grain.max(1))), "{dealt:?}");
                assert_eq!(dealt.iter().cloned().flatten().collect::<Vec<_>>(), (0..len).collect::<Vec<_>>());
                assert_eq!((0..ranks).map(|rank| deal.count(rank)).sum::<usize>(), len);
            }
            let blocks = Deal::blocks(len, grain, ranks);
            assert!((0..ranks).all(|rank| blocks.of(rank).count() <= 1));
        }
        assert!(Deal::in_turn(1000, 1, 2).of(1).count() > 10, "pieces enough to even out");
    }
}
