//! A table that worker processes consult as well; an example for this crate's tests.

use parallax::prelude::*;
use serde::{Deserialize, Serialize};

/// Counters, of which every third operation changes one.
#[derive(Serialize, Deserialize)]
struct Counters;

impl Consult for Counters {
    type Entry = [u64; 2];
    type Reader = u64;
    fn entries(&self) -> usize {
        7
    }
    fn first(&self, counter: usize) -> [u64; 2] {
        [counter as u64; 2]
    }
    fn len(&self) -> usize {
        3_000
    }
    fn access(&self, i: usize) -> Access {
        if i.is_multiple_of(3) { Access::Change(i % 7) } else { Access::Read(i % 7) }
    }
    fn reader(&self) -> u64 {
        0
    }
    fn seen(&self, most: &mut u64, _: usize, [count, _]: [u64; 2]) {
        *most = count.max(*most);
    }
    fn next(&self, [count, same]: [u64; 2]) -> [u64; 2] {
        [count + 1, same + 1]
    }
}

fn main() -> ExitCode {
    parallax::bench("apart", || Counters).processes().main()
}
