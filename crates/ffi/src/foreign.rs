//! Kernels in another language: Rust owns the memory, and lends it by pointer for the length of a call.
//!
//! ```
//! use std::ffi::c_double;
//!
//! #[link(name = "m")]
//! unsafe extern "C" {
//!     safe fn hypot(x: c_double, y: c_double) -> c_double; // numbers in, a number out: nothing to get wrong
//!     fn frexp(x: c_double, exponent: *mut i32) -> c_double;
//! }
//!
//! /// A number as a fraction and a power of two.
//! fn split(x: f64) -> (f64, i32) {
//!     let mut exponent = 0;
//!     // SAFETY: `exponent` is a place to write to, and is not kept.
//!     let fraction = unsafe { frexp(x, &raw mut exponent) };
//!     (fraction, exponent)
//! }
//!
//! assert_eq!(hypot(3.0, 4.0), 5.0);
//! assert_eq!(split(12.0), (0.75, 4));
//! ```
//!
//! The call itself costs what a call costs, and nothing is copied. What it does cost
//! is sight: the compiler inlines nothing across the border and checks no argument.

use crate::kernels::{Build, Language};
use crate::{bubblesort, comparison, expression, gridsearch, heat, histogram, julia, matmul, montecarlo};
use crate::{pairwise, stream};
use parallax_pattern::{Answer, Card, Cores, Technique};
use parallax_suite::Compute;
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, MonteCarlo, Pairwise,
    Sorted, Stream,
};
use std::marker::PhantomData;
use std::sync::Arc;

/// Kernels in the language `L`.
#[derive(Debug)]
pub struct Foreign<L> {
    build: Build,
    language: PhantomData<L>,
}

/// A language that kernels are written in.
pub trait Written: Send + 'static {
    /// Which.
    const LANGUAGE: Language;
    /// What a reader should know of it; where it stands is not asked.
    const CARD: Card;
}

/// C, compiled by the C compiler that was found when this was built.
#[derive(Debug)]
pub struct C;

/// Fortran, where a compiler was found.
#[derive(Debug)]
pub struct Fortran;

impl Written for C {
    const LANGUAGE: Language = Language::C;
    const CARD: Card = Card {
        name: "c",
        idea: "the same loops in C, compiled three times, called without copying",
        gives: "code that exists in C, and another compiler's opinion; seldom more speed",
        costs: "no checks on either side of the call, and a second toolchain to build with",
        cores: Cores::One,
        libraries: &[],
        source: file!(),
    };
}

impl Written for Fortran {
    const LANGUAGE: Language = Language::Fortran;
    const CARD: Card = Card {
        name: "fortran",
        idea: "whole-array statements in Fortran, called without copying",
        gives: "array notation that the compiler fuses, and arguments that never overlap",
        costs: "columns first, no unsigned integers, and a compiler that few machines have",
        cores: Cores::One,
        libraries: &[],
        source: file!(),
    };
}

impl<L: Written> Technique for Foreign<L> {
    const CARD: Card = L::CARD;
    fn start(_: usize) -> Answer<Self> {
        Ok(Foreign { build: Build::find(L::LANGUAGE)?, language: PhantomData })
    }
    fn isa(&self) -> String {
        self.build.isa().to_string()
    }
}

impl<L: Written> Compute for Foreign<L> {
    type Comparison = comparison::Truths;
    type Expression = expression::Fused;
    type GridSearch = gridsearch::Fits;
    type Heat = heat::Steps;
    type Histogram = histogram::Counts;
    type Julia = julia::Escapes;
    type Matmul = matmul::Product;
    type MonteCarlo = montecarlo::Hits;
    type Pairwise = pairwise::Distances;
    type Stream = stream::Triad;

    fn comparison(&self, work: &Arc<Comparison>) -> Answer<comparison::Truths> {
        Ok(comparison::Truths { build: self.build, work: work.clone() })
    }
    fn expression(&self, work: &Arc<Expression>) -> Answer<expression::Fused> {
        Ok(expression::Fused { build: self.build, work: work.clone() })
    }
    fn gridsearch(&self, work: &Arc<GridSearch>) -> Answer<gridsearch::Fits> {
        Ok(gridsearch::Fits { build: self.build, work: work.clone() })
    }
    fn heat(&self, work: &Arc<Heat>) -> Answer<heat::Steps> {
        Ok(heat::Steps { build: self.build, work: work.clone() })
    }
    fn histogram(&self, work: &Arc<Histogram>) -> Answer<histogram::Counts> {
        Ok(histogram::Counts { build: self.build, work: work.clone() })
    }
    fn julia(&self, work: &Arc<Julia>) -> Answer<julia::Escapes> {
        Ok(julia::Escapes { build: self.build, work: work.clone() })
    }
    fn matmul(&self, work: &Arc<Matmul>) -> Answer<matmul::Product> {
        Ok(matmul::Product::new(self.build, work.clone()))
    }
    fn montecarlo(&self, work: &Arc<MonteCarlo>) -> Answer<montecarlo::Hits> {
        Ok(montecarlo::Hits { build: self.build, work: work.clone() })
    }
    fn pairwise(&self, work: &Arc<Pairwise>) -> Answer<pairwise::Distances> {
        Ok(pairwise::Distances { build: self.build, work: work.clone() })
    }
    fn stream(&self, work: &Arc<Stream>) -> Answer<stream::Triad> {
        Ok(stream::Triad { build: self.build, work: work.clone() })
    }
    fn bubblesort(&self, work: &Arc<Bubblesort>, out: &mut Sorted) -> Answer<()> {
        bubblesort::sort(self.build, work, out);
        Ok(())
    }
}
