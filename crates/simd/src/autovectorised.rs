//! Plain loops, and the vectors that a compiler makes of them when it may use all that the processor has.
//!
//! A plain `--release` build may use only what every processor has: 2 numbers at a time on x86-64. Here each
//! loop is compiled for AVX-512 and AVX2 as well ([`clones`](crate::clones)), and one is chosen when the
//! program runs. The code stays readable and portable, and some loops stay scalar: those that call a function,
//! that end by their data, or whose next turn needs the one before.
//!
//! ```
//! #[inline(always)]
//! fn add(a: &mut [f64], b: &[f64]) {
//!     a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
//! }
//!
//! #[cfg(target_arch = "x86_64")]
//! #[target_feature(enable = "avx2")]
//! fn add_avx2(a: &mut [f64], b: &[f64]) {
//!     add(a, b);
//! }
//!
//! fn add_best(a: &mut [f64], b: &[f64]) {
//!     #[cfg(target_arch = "x86_64")]
//!     if is_x86_feature_detected!("avx2") {
//!         // SAFETY: the processor has AVX2.
//!         return unsafe { add_avx2(a, b) };
//!     }
//!     add(a, b);
//! }
//!
//! let mut a = [1.0; 9];
//! add_best(&mut a, &[2.0; 9]);
//! assert_eq!(a, [3.0; 9]);
//! ```

pub mod comparison;
pub mod expression;
pub mod gridsearch;
pub mod heat;
pub mod histogram;
pub mod julia;
pub mod matmul;
pub mod montecarlo;
pub mod pairwise;
pub mod stream;

use parallax_pattern::isa::Isa;
use parallax_pattern::{Answer, Card, Cores, No, Technique};
use parallax_suite::Compute;
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, MonteCarlo, Pairwise,
    Sorted, Stream,
};
use std::sync::Arc;

/// Loops that a compiler vectorises, for the best instructions that may be used.
#[derive(Debug, Clone, Copy)]
pub struct Autovectorised(Isa);

impl Technique for Autovectorised {
    const CARD: Card = Card {
        name: "autovectorised",
        idea: "plain loops, compiled several times, the best clone chosen when the program runs",
        gives: "most of what vectors give to simple loops, for the price of an attribute",
        costs: "what the compiler does not see: calls, ends that depend on data, tiles in registers",
        cores: Cores::One,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Autovectorised(Isa::detect()?))
    }
    fn isa(&self) -> String {
        self.0.to_string()
    }
}

impl Compute for Autovectorised {
    type Comparison = comparison::Truths;
    type Expression = expression::Values;
    type GridSearch = gridsearch::Fits;
    type Heat = heat::Rows;
    type Histogram = histogram::Counts;
    type Julia = julia::Escape;
    type Matmul = matmul::Product;
    type MonteCarlo = montecarlo::Samples;
    type Pairwise = pairwise::Distances;
    type Stream = stream::Triad;

    fn comparison(&self, work: &Arc<Comparison>) -> Answer<comparison::Truths> {
        Ok(comparison::Truths::new(self.0, work))
    }
    fn expression(&self, work: &Arc<Expression>) -> Answer<expression::Values> {
        Ok(expression::Values::new(self.0, work))
    }
    fn gridsearch(&self, work: &Arc<GridSearch>) -> Answer<gridsearch::Fits> {
        Ok(gridsearch::Fits::new(self.0, work))
    }
    fn heat(&self, work: &Arc<Heat>) -> Answer<heat::Rows> {
        Ok(heat::Rows::new(self.0, work))
    }
    fn histogram(&self, work: &Arc<Histogram>) -> Answer<histogram::Counts> {
        Ok(histogram::Counts::new(self.0, work))
    }
    fn julia(&self, work: &Arc<Julia>) -> Answer<julia::Escape> {
        Ok(julia::Escape::new(self.0, work))
    }
    fn matmul(&self, work: &Arc<Matmul>) -> Answer<matmul::Product> {
        Ok(matmul::Product::new(self.0, work))
    }
    fn montecarlo(&self, work: &Arc<MonteCarlo>) -> Answer<montecarlo::Samples> {
        Ok(montecarlo::Samples::new(self.0, work))
    }
    fn pairwise(&self, work: &Arc<Pairwise>) -> Answer<pairwise::Distances> {
        Ok(pairwise::Distances::new(self.0, work))
    }
    fn stream(&self, work: &Arc<Stream>) -> Answer<stream::Triad> {
        Ok(stream::Triad::new(self.0, work))
    }
    fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
        Err(No::Unfit(
            "a comparison waits for the swap before it, and a compiler may not change that; see odd-even",
        ))
    }
}
