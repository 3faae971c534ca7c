//! Stack: fast kernels combined with threads, two speedups that multiply.
//!
//! | product | computes | spreads | take it when |
//! |---|---|---|---|
//! | `avx2+rayon` | vectors by hand | stealing | the last factor counts, on most processors of ten years |
//! | `avx2+spin-barrier` | vectors by hand | threads that meet at a barrier | steps are short and many |
//! | `avx512+rayon` | vectors by hand | stealing | the same, where the processor has it |
//! | `avx512+spin-barrier` | vectors by hand | threads that meet at a barrier | the same |
//! | `c+rayon` | C | stealing | the kernel exists in C |
//! | `foldhash`, `foldhash+rayon`, `foldhash+scoped` | tables with a cheap hash | one thread; stealing; threads with a share each | keys are trusted |
//! | `gemm+rayon`, `gemm+scoped` | a library's product | stealing; threads with a share each | it is a matrix product; each piece packs the whole second matrix again, so few pieces are better |
//! | `portable+rayon` | vectors of a library | stealing | you begin: most of the speedup for little effort |
//! | `word-masks+scoped` | words by vectors, tables with a cheap hash | threads with a share each | text is to be counted |
//!
//! `parallax_jit` has the products of its own kernels, so that these need no code generator.
//!
//! Two cores and eight lanes can be sixteen times as fast, but seldom are: lanes wait for memory as cores do, and one
//! cannot speed up what the other already saturates. The figures show it.
//!
//! On your own data, the piece calls the kernel, and the technique hands out the pieces:
//!
//! ```
//! use parallax_pattern::{Execute, Map, Technique};
//! use parallax_simd::lanes::{Floats, Lanes};
//! use parallax_simd::{Formula, evaluate};
//! use parallax_threading::Rayon;
//! use std::sync::Arc;
//!
//! struct Length;
//! impl Formula<2> for Length {
//!     #[inline(always)]
//!     fn value<L: Lanes>(&self, [x, y]: [Floats<L>; 2]) -> Floats<L> {
//!         (x * x + y * y).sqrt()
//!     }
//! }
//!
//! struct Lengths { x: Vec<f64>, y: Vec<f64> }
//! impl Map for Lengths {
//!     type Item = f64;
//!     fn len(&self) -> usize { self.x.len() }
//!     fn fill(&self, start: usize, out: &mut [f64]) {
//!         let part = start..start + out.len();
//!         evaluate(Length, [&self.x[part.clone()], &self.y[part]], out); // how a piece is computed
//!     }
//! }
//!
//! let work = Lengths { x: vec![3.0; 10_000], y: vec![4.0; 10_000] };
//! let mut out = vec![0.0; 10_000];
//! Rayon::start(2)?.map(&Arc::new(work), &mut out)?; // who does the pieces
//! assert_eq!(out, [5.0; 10_000]);
//! # Ok::<(), parallax_pattern::No>(())
//! ```
//!
//! Do not depend on this crate: it is the list of products that are measured, and their worker. Only sorting is spread
//! in another way than the technique's: keys are dealt out by value before they are sorted, instead of merged after.

mod quicksort;

use foldhash::fast::FixedState;
use parallax_atomics::SpinBarrier;
use parallax_ffi::{C, Foreign};
use parallax_numerics::Gemm;
use parallax_pattern::{Card, Cores, Sequential, Technique};
use parallax_simd::lanes::portable;
#[cfg(target_arch = "x86_64")]
use parallax_simd::{
    Avx2, Avx512,
    lanes::{avx2, avx512},
};
use parallax_simd::{Portable, WordMasks};
use parallax_suite::cell::{Cell, hashed, multiplied, product};
use parallax_threading::{Rayon, Scoped};
use quicksort::Quicksort;

/// The cells of this family, by name. Kernels for one workload appear only there.
pub fn cells() -> Vec<Cell> {
    [
        #[cfg(target_arch = "x86_64")]
        product::<Avx2, Rayon>(),
        #[cfg(target_arch = "x86_64")]
        Quicksort::<avx2::Avx2>::cells(),
        #[cfg(target_arch = "x86_64")]
        of(product::<Avx2, SpinBarrier>(), &["heat", "stream"]),
        #[cfg(target_arch = "x86_64")]
        product::<Avx512, Rayon>(),
        #[cfg(target_arch = "x86_64")]
        Quicksort::<avx512::Avx512>::cells(),
        #[cfg(target_arch = "x86_64")]
        of(product::<Avx512, SpinBarrier>(), &["heat", "stream"]),
        product::<Foreign<C>, Rayon>(),
        hashed::<FixedState, Sequential>(FOLDHASH),
        hashed::<FixedState, Rayon>(FOLDHASH),
        hashed::<FixedState, Scoped>(FOLDHASH),
        of(product::<Gemm, Rayon>(), &["matmul"]),
        of(product::<Gemm, Scoped>(), &["matmul"]),
        product::<Portable, Rayon>(),
        Quicksort::<portable::Portable>::cells(),
        multiplied(WordMasks::<Scoped>::cells(), WordMasks::<Sequential>::CARD, Scoped::CARD),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The standard map hashes every word with SipHash, which guards against keys that an attacker chose. If keys are
/// trusted, a hash of a few multiplications is enough.
const FOLDHASH: Card = Card {
    name: "foldhash",
    idea: "the standard hash map, with a hash of two products where its own takes rounds of rotations",
    gives: "a cheaper look-up of short keys, by one more type parameter",
    costs: "an attacker who chooses the keys can make them collide",
    cores: Cores::One,
    libraries: &["foldhash"],
    source: file!(),
};

fn of(cells: Vec<Cell>, workloads: &[&str]) -> Vec<Cell> {
    cells.into_iter().filter(|cell| workloads.contains(&cell.workload)).collect()
}

/// The example of the README, which is compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
