//! SIMD: one instruction for many numbers, as functions over slices.
//!
//! | function | over |
//! |---|---|
//! | [`bubble_sort`] | numbers: sorted by neighbours, with the comparisons and exchanges of the textbook |
//! | [`compare`] | columns: a condition of your own, a byte for each item |
//! | [`count_random`] | random keys: the occurrences of each |
//! | [`each_word`] | a text: its words between spaces |
//! | [`escape_counts`] | a plane: steps until a point leaves a disc |
//! | [`evaluate`] | columns: a formula of your own, with sine, cosine, logarithm and exponential |
//! | [`gram`] | a table: the products of all pairs of columns |
//! | [`heat_step`] | a plate: one step of a five-point stencil |
//! | [`heat_steps()`] | a plate: many steps, several in one pass over memory |
//! | [`histogram()`] | keys: the occurrences of each |
//! | [`matmul()`] | two matrices: their product |
//! | [`odd_even_sort`] | numbers: sorted by neighbours |
//! | [`pairwise()`] | points: the distances between all of them |
//! | [`quarter_circle`] | random points: how many lie in a quarter circle |
//! | [`quicksort()`] | keys: sorted |
//! | [`triad`] | three arrays: `a += b + s * c` |
//!
//! ```
//! let towns = [[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]];
//! let mut distances = [0.0; 9];
//! parallax_simd::pairwise(&towns, &mut distances);
//! assert_eq!(distances[2], 10.0);
//! ```
//!
//! The instruction set is chosen at run time, from a plain `--release` build: AVX-512 or AVX2 by hand, else the vectors
//! of the library `fearless_simd` for the processor. `PARALLAX_ISA` (`avx512`, `avx2`, `baseline`) caps it; functions
//! panic where it is set to anything else. Each except [`heat_steps()`] runs on one thread, and its documentation says
//! how threads may share its work.
//!
//! Vectors pay where lanes do the same work and memory keeps up. They do not pay where all items update the same word
//! ([`histogram()`]), or where every step needs the one before: then look for chains that may follow each other, like
//! the passes of [`bubble_sort`].
//!
//! # Who writes the vectors?
//!
//! | | who writes the vectors | take it when |
//! |---|---|---|
//! | [`autovectorised`] | the compiler | loops are simple: no call, no early end |
//! | [`lanes::avx2`] | you, for 256 bits | the compiler does not vectorise it, and you know the processor |
//! | [`lanes::avx512`] | you, for 512 bits | lanes diverge: masks, and lanes moved together; 32 registers for a tile |
//! | [`odd_even_sort`] | the compiler | a similar algorithm exists without the chain |
//! | [`lanes::portable`] | a library | nearly the same as by hand, on any processor and without `unsafe` |
//!
//! The kernels by hand and those of the library are one source, over a small vocabulary ([`lanes`]) that AVX2, AVX-512
//! and the library implement. [`math`] has sine, cosine, logarithm and exponential of whole vectors. [`autovectorised`]
//! has the same functions as plain loops.
//!
//! # Features
//!
//! `worker` adds the kernels as techniques on the suite's workloads, and the executable that the harness measures.

pub mod autovectorised;
pub mod best;
pub mod clones;
pub mod lanes;
pub mod math;
pub mod quicksort;

mod aligned;
mod bubblesort;
mod comparison;
mod expression;
mod gridsearch;
mod heat;
mod histogram;
mod julia;
mod matmul;
mod montecarlo;
mod odd_even;
mod pairwise;
mod past;
mod stream;
mod words;

#[cfg(feature = "worker")]
mod cells;
#[cfg(feature = "worker")]
mod interleaved;
#[cfg(feature = "worker")]
mod packed;
#[cfg(feature = "worker")]
mod treesearch;

pub use self::bubblesort::bubble_sort;
pub use self::comparison::{Condition, compare};
pub use self::expression::{Formula, evaluate};
pub use self::gridsearch::gram;
pub use self::heat::{heat_step, heat_steps};
pub use self::histogram::{count_keys, count_random, histogram};
pub use self::julia::escape_counts;
pub use self::matmul::{Product, Spare, matmul};
pub use self::montecarlo::quarter_circle;
pub use self::odd_even::odd_even_sort;
pub use self::pairwise::{PointSet, pairwise};
pub use self::past::fill_past;
pub use self::quicksort::quicksort;
pub use self::stream::triad;
pub use self::words::{Blanks, UpToSpace, each_word, each_word_between};

#[cfg(feature = "worker")]
pub use self::{
    autovectorised::Autovectorised, cells::cells, heat::TimeTiles, interleaved::Interleaved,
    odd_even::OddEven, packed::Packed, words::WordMasks,
};

/// AVX2 by hand.
#[cfg(all(feature = "worker", target_arch = "x86_64"))]
pub type Avx2 = Packed<lanes::avx2::Avx2>;
/// AVX-512 by hand.
#[cfg(all(feature = "worker", target_arch = "x86_64"))]
pub type Avx512 = Packed<lanes::avx512::Avx512>;
/// Packed types of a library, in the best width that may be used.
#[cfg(feature = "worker")]
pub type Portable = Packed<lanes::portable::Portable>;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
