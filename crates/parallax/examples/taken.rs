//! A kernel with the name of another technique; an example for this crate's tests.

use parallax::prelude::*;

struct Ones;

impl Map for Ones {
    type Item = u64;
    fn len(&self) -> usize {
        10
    }
    fn fill(&self, _: usize, out: &mut [u64]) {
        out.fill(1);
    }
}

#[derive(Clone)]
struct AsWell;

impl Fill<Ones> for AsWell {
    const SOURCE: &'static str = file!();
    fn fill(&self, _: &Ones, _: usize, out: &mut [u64]) {
        out.fill(1);
    }
}

fn main() -> ExitCode {
    parallax::bench("ones", || Ones).kernel("rayon", AsWell).main()
}
