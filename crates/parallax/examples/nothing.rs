//! Work for which doing nothing gives the right result; an example for this crate's tests.

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

/// A sweep whose last step undoes its first one.
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
