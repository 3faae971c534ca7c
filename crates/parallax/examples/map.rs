//! A map: independent items, each of which becomes one item of the output.
//!
//! Replace `Lengths` with your own work: the number of items (`len`), what one becomes (`Item`), and how a piece of
//! them is made (`fill`). A piece is a range, so the inner loop is yours, and there is no call per item.

use parallax::prelude::*;

/// How many steps each number takes to reach 1, if an even one is halved, and an odd one tripled and added to.
struct Lengths {
    count: usize,
}

impl Map for Lengths {
    type Item = u32; // anything that is `Clone + Default + Send + Sync`: strings and paths, too

    fn len(&self) -> usize {
        self.count
    }

    /// Writes items `start..start + out.len()`.
    fn fill(&self, start: usize, out: &mut [u32]) {
        for (length, number) in out.iter_mut().zip(start as u64 + 1..) {
            *length = steps(number);
        }
    }
}

/// The kernel: the loop that takes most of your program's time.
fn steps(mut number: u64) -> u32 {
    let mut steps = 0;
    while number != 1 {
        number = if number.is_multiple_of(2) { number / 2 } else { 3 * number + 1 };
        steps += 1;
    }
    steps
}

fn main() -> ExitCode {
    // The closure makes the input, in each process that measures: the same each time.
    parallax::bench("map-example", || Lengths { count: 100_000 })
        .expect(|lengths| lengths[26] == 111) // of 27; without it, results are compared with those of one thread
        .main()
}
