//! Counts the ways to place twelve queens on a board: a search.
//!
//! The first rows are nodes of the search, and the plain recursion counts the rest of each: a node of some nanoseconds
//! is not worth handing out.

use own::{Board, count};
use parallax::prelude::*;

struct Queens {
    side: u32,
}

impl Search for Queens {
    type Node = Board;
    type Acc = u64;
    fn roots(&self) -> Vec<Board> {
        vec![Board::of(self.side)]
    }
    fn empty(&self) -> u64 {
        0
    }
    fn visit(&self, board: Board, ways: &mut u64, found: impl FnMut(Board)) {
        if board.row() < 3 {
            board.next().for_each(found);
        } else {
            *ways += count(board);
        }
    }
    fn merge(&self, ways: &mut u64, other: u64) {
        *ways += other;
    }
}

fn main() -> ExitCode {
    parallax::bench("queens", || Queens { side: 12 }).expect(|&ways| ways == 14_200).main()
}

/// The program as it was.
mod own {
    /// Which columns and diagonals are attacked in the next row, as bits.
    #[derive(Clone, Copy)]
    pub(super) struct Board {
        all: u32,
        columns: u32,
        rising: u32,
        falling: u32,
    }

    impl Board {
        pub(super) fn of(side: u32) -> Self {
            Board { all: (1 << side) - 1, columns: 0, rising: 0, falling: 0 }
        }
        /// How many rows have their queen.
        pub(super) fn row(self) -> u32 {
            self.columns.count_ones()
        }
        /// The boards with one more queen.
        pub(super) fn next(self) -> impl Iterator<Item = Board> {
            let mut free = self.all & !(self.columns | self.rising | self.falling);
            std::iter::from_fn(move || {
                let queen = free & free.wrapping_neg();
                free ^= queen;
                let (rising, falling) = ((self.rising | queen) << 1, (self.falling | queen) >> 1);
                (queen != 0).then_some(Board {
                    all: self.all,
                    columns: self.columns | queen,
                    rising,
                    falling,
                })
            })
        }
    }

    /// In how many ways the rest of the board can be filled.
    pub(super) fn count(board: Board) -> u64 {
        if board.columns == board.all { 1 } else { board.next().map(count).sum() }
    }
}
