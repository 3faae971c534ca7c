//! The price of a call by Monte Carlo: a reduction to a sum and a sum of squares.
//!
//! Draw `i` is a function of `i`, so it does not depend on the worker. The sums are of floats, whose grouping differs
//! between techniques and between runs, so the last bits differ as well. Here `expect` checks that the result is near
//! enough. For the same bits every time, make a map of partial sums and add them in their order.

use parallax::prelude::*;

struct Price {
    draws: usize,
}

impl Reduce for Price {
    type Acc = [f64; 2]; // the sum of the payoffs, and that of their squares
    fn len(&self) -> usize {
        self.draws
    }
    fn empty(&self) -> [f64; 2] {
        [0.0; 2]
    }
    fn fold(&self, sums: &mut [f64; 2], draws: Range<usize>) {
        for payoff in draws.map(|draw| own::payoff(draw as u64)) {
            *sums = [sums[0] + payoff, sums[1] + payoff * payoff];
        }
    }
    fn merge(&self, sums: &mut [f64; 2], other: [f64; 2]) {
        *sums = [sums[0] + other[0], sums[1] + other[1]];
    }
}

fn main() -> ExitCode {
    const DRAWS: usize = 10_000_000;
    let right = |[sum, squares]: &[f64; 2]| {
        let (price, square) = (sum / DRAWS as f64, squares / DRAWS as f64);
        let error = ((square - price * price) / DRAWS as f64).sqrt();
        (price - 10.4506).abs() < 0.02 && error < 0.005
    };
    parallax::bench("option", || Price { draws: DRAWS }).expect(right).main()
}

/// The program as it was.
mod own {
    use parallax::pattern::random::at;

    /// What draw `i` pays, discounted: spot and strike 100, rate 5 %, volatility 20 %, one year.
    pub(super) fn payoff(i: u64) -> f64 {
        let uniform = |i| ((at(1, i) >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
        let normal = (-2.0 * uniform(2 * i).ln()).sqrt() * (std::f64::consts::TAU * uniform(2 * i + 1)).cos();
        let (rate, volatility) = (0.05f64, 0.2f64);
        let price = 100.0 * (rate - volatility * volatility / 2.0 + volatility * normal).exp();
        (-rate).exp() * (price - 100.0).max(0.0)
    }
}
