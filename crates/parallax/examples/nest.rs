//! A nest: a map whose every item is a reduction, parallel outside, inside, or both.
//!
//! Replace `Spectrum` with your own work: the numbers of outer items and of pieces of each (`shape`), how pieces are
//! folded (`fold`), and what an outer item becomes when all of its pieces are folded (`finish`).

use parallax::prelude::*;

/// How strong each of a few frequencies is in a long signal.
struct Spectrum {
    signal: Vec<f64>,
    frequencies: usize,
}

impl Nest for Spectrum {
    type Item = f64;
    type Acc = (f64, f64);

    fn shape(&self) -> (usize, usize) {
        (self.frequencies, self.signal.len())
    }

    fn empty(&self) -> (f64, f64) {
        (0.0, 0.0)
    }

    /// The kernel: some of the pieces of one outer item.
    fn fold(&self, frequency: usize, (real, imaginary): &mut (f64, f64), pieces: Range<usize>) {
        for at in pieces {
            let turn = (frequency * at % self.signal.len()) as f64 / self.signal.len() as f64;
            let (sine, cosine) = (std::f64::consts::TAU * turn).sin_cos();
            *real += self.signal[at] * cosine;
            *imaginary -= self.signal[at] * sine;
        }
    }

    fn merge(&self, acc: &mut (f64, f64), other: (f64, f64)) {
        (acc.0, acc.1) = (acc.0 + other.0, acc.1 + other.1);
    }

    fn finish(&self, _frequency: usize, (real, imaginary): (f64, f64)) -> f64 {
        real.hypot(imaginary)
    }
}

fn main() -> ExitCode {
    let signal = || (0..50_000u64).map(|at| (at * at % 97) as f64 - 48.0).collect();
    // Floats that are added in another order differ in their last bits.
    parallax::bench("nest-example", move || Spectrum { signal: signal(), frequencies: 16 }).near(1e-9).main()
}
