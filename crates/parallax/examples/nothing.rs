//! What happens where doing nothing would give the right result: for the tests of this crate.

use parallax::prelude::*;

struct Zeros;

impl Map for Zeros {
    type Item = u64;
    fn len(&self) -> usize {
        10
    }
    fn fill(&self, _: usize, out: &mut [u64]) {
        out.fill(0);
    }
}

/// A sweep whose last step takes back what its first one did.
struct ThereAndBack;

impl Sweep for ThereAndBack {
    type Item = i64;
    fn len(&self) -> usize {
        10
    }
    fn steps(&self) -> usize {
        2
    }
    fn step(&self, _: usize, part: &mut [i64]) {
        part.iter_mut().for_each(|item| *item = -*item);
    }
}

fn main() -> ExitCode {
    match std::env::args().any(|word| word == "sweep") {
        true => parallax::bench("nothing", || ThereAndBack).begin_with(|_| vec![7; 10]).main(),
        false => parallax::bench("nothing", || Zeros).main(),
    }
}
