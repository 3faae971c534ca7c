//! A search: nodes that are found only by visiting others.
//!
//! Replace `Queens` with your own work: where the search begins (`roots`), what visits gather (`Acc`), and what a visit
//! gathers and finds (`visit`). It is for trees: a node that can be reached in two ways is visited twice, unless you
//! keep marks, such as an `AtomicBool` per node.

use parallax::prelude::*;

/// Counts the ways to place queens on a board, one in each row, so that none attacks another.
struct Queens {
    side: usize,
}

impl Search for Queens {
    type Node = Vec<usize>; // the columns of the queens so far
    type Acc = u64;

    fn roots(&self) -> Vec<Vec<usize>> {
        vec![Vec::new()]
    }

    fn empty(&self) -> u64 {
        0
    }

    /// The kernel: one node.
    fn visit(&self, queens: Vec<usize>, ways: &mut u64, mut found: impl FnMut(Vec<usize>)) {
        if queens.len() == self.side {
            *ways += 1;
            return;
        }
        for column in 0..self.side {
            let attacks = |(row, &other): (usize, &usize)| {
                other == column || other.abs_diff(column) == queens.len() - row
            };
            if !queens.iter().enumerate().any(attacks) {
                found([&queens[..], &[column]].concat());
            }
        }
    }

    fn merge(&self, ways: &mut u64, other: u64) {
        *ways += other;
    }
}

fn main() -> ExitCode {
    parallax::bench("search-example", || Queens { side: 9 }).expect(|&ways| ways == 352).main()
}
