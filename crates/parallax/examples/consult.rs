//! Consulting a table: all workers read its entries, and some operations change one.
//!
//! Replace `Prices` with your own work: the initial entries (`first`), the entry that each operation reads or changes
//! (`access`), what a reader keeps (`seen`), and an entry's next value (`next`). An entry changes atomically, so values
//! that belong together are one entry; if it is a `[u64; 2]`, sequence locks race as well.

use parallax::prelude::*;

/// Prices in cents with their tax, which are read often and raised now and then.
struct Prices {
    requests: usize,
}

impl Consult for Prices {
    type Entry = [u64; 2];
    type Reader = u64;

    fn entries(&self) -> usize {
        499
    }

    fn first(&self, article: usize) -> [u64; 2] {
        with_tax(1_000 + article as u64)
    }

    fn len(&self) -> usize {
        self.requests
    }

    /// One request of a thousand raises a price.
    fn access(&self, i: usize) -> Access {
        let article = i * 7_919 % 499;
        if i.is_multiple_of(1_000) { Access::Change(article) } else { Access::Read(article) }
    }

    fn reader(&self) -> u64 {
        0
    }

    /// The reader's part of the kernel: here it counts torn entries, with the tax of another price; there must be none.
    fn seen(&self, torn: &mut u64, _: usize, entry: [u64; 2]) {
        *torn += u64::from(entry != with_tax(entry[0]));
    }

    /// The writer's part.
    fn next(&self, [price, _]: [u64; 2]) -> [u64; 2] {
        with_tax(price + 1)
    }
}

/// A price, and a fifth of it.
fn with_tax(price: u64) -> [u64; 2] {
    [price, price / 5]
}

fn main() -> ExitCode {
    parallax::bench("consult-example", || Prices { requests: 200_000 })
        .expect(|made| {
            let raised: u64 = made.table.iter().zip(1_000..).map(|([price, _], first)| price - first).sum();
            raised == 200 && made.readers.iter().all(|torn| *torn == 0)
        })
        .main()
}
