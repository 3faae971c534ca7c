//! Plain loops, vectorised by the compiler with all instructions that the processor has.
//!
//! A plain `--release` build may use only the instructions that every processor has: 2 numbers at a time on
//! x86-64. Here each loop is compiled for AVX-512 and AVX2 as well ([`clones`](crate::clones)), and one is
//! chosen at run time. The code stays readable and portable, but some loops stay scalar: those that call a
//! function, that end by their data, or whose next iteration needs the one before.
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

mod comparison;
mod expression;
mod gridsearch;
mod heat;
mod histogram;
mod julia;
mod matmul;
mod montecarlo;
mod pairwise;
mod stream;
#[cfg(feature = "worker")]
mod treesearch;

pub use self::comparison::compare;
pub use self::expression::evaluate;
pub use self::gridsearch::gram;
pub use self::heat::heat_step;
pub use self::histogram::histogram;
pub use self::julia::escape_counts;
pub use self::matmul::matmul;
pub use self::montecarlo::quarter_circle;
pub use self::pairwise::pairwise;
pub use self::stream::triad;

#[cfg(feature = "worker")]
use {
    self::pairwise::ByAxis,
    parallax_pattern::isa::Isa,
    parallax_pattern::{Answer, Card, Cores, No, Technique},
    parallax_suite::Compute,
    parallax_suite::workload::{
        Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, Matmul32, MonteCarlo,
        Pairwise, Sorted, Stream, TreeSearch,
    },
    std::sync::Arc,
};

/// Loops that a compiler vectorises, for the best instructions that may be used.
#[cfg(feature = "worker")]
#[derive(Debug, Clone, Copy)]
pub struct Autovectorised(Isa);

#[cfg(feature = "worker")]
impl Technique for Autovectorised {
    const CARD: Card = Card {
        name: "autovectorised",
        idea: "plain loops, compiled several times, the best clone chosen at run time",
        gives: "most of what vectors give to simple loops, for the price of an attribute",
        costs: "no vectors where the compiler finds none: calls, ends that depend on data, register tiles",
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

#[cfg(feature = "worker")]
impl Compute for Autovectorised {
    fn comparison(&self, _: &Arc<Comparison>) -> Answer<Self> {
        Ok(*self)
    }
    fn expression(&self, _: &Arc<Expression>) -> Answer<Self> {
        Ok(*self)
    }
    fn gridsearch(&self, _: &Arc<GridSearch>) -> Answer<Self> {
        Ok(*self)
    }
    fn heat(&self, _: &Arc<Heat>) -> Answer<Self> {
        Ok(*self)
    }
    fn histogram(&self, _: &Arc<Histogram>) -> Answer<Self> {
        Ok(*self)
    }
    fn julia(&self, _: &Arc<Julia>) -> Answer<Self> {
        Ok(*self)
    }
    fn matmul(&self, _: &Arc<Matmul>) -> Answer<Self> {
        Ok(*self)
    }
    fn matmul32(&self, _: &Arc<Matmul32>) -> Answer<Self> {
        Ok(*self)
    }
    fn montecarlo(&self, _: &Arc<MonteCarlo>) -> Answer<Self> {
        Ok(*self)
    }
    fn pairwise(&self, work: &Arc<Pairwise>) -> Answer<ByAxis> {
        Ok(ByAxis::new(work))
    }
    fn stream(&self, _: &Arc<Stream>) -> Answer<Self> {
        Ok(*self)
    }
    fn treesearch(&self, _: &Arc<TreeSearch>) -> Answer<Self> {
        Ok(*self)
    }
    fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
        Err(No::Unfit(
            "each comparison needs the swap before it, and a compiler keeps that order; see interleaved",
        ))
    }
}

/// Columns cut to one length, so that the compiler sees it and checks no length in the loop.
#[inline(always)]
fn cut<const N: usize>(mut columns: [&[f64]; N], len: usize) -> [&[f64]; N] {
    for column in &mut columns {
        *column = &column[..len];
    }
    columns
}

/// The `k`-th item of each column.
#[inline(always)]
fn row<const N: usize>(columns: [&[f64]; N], k: usize) -> [f64; N] {
    let mut row = [0.0; N];
    for (item, column) in row.iter_mut().zip(columns) {
        *item = column[k];
    }
    row
}
