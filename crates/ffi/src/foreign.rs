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
//! The call costs as much as any call, and nothing is copied. But the compiler sees nothing across the
//! border: it inlines nothing and checks no argument.

use crate::kernels::{Build, Language};
use parallax_pattern::{Answer, Card, Cores, Technique};
use std::marker::PhantomData;

/// Kernels in the language `L`.
#[derive(Debug, Clone, Copy)]
pub struct Foreign<L> {
    build: Build,
    language: PhantomData<L>,
}

/// A language that kernels are written in.
pub trait Written: Send + 'static {
    /// The language.
    const LANGUAGE: Language;
    /// Describes the technique; its `source` is not used.
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

impl<L> Foreign<L> {
    /// The functions.
    #[cfg(feature = "worker")]
    pub(crate) fn build(&self) -> Build {
        self.build
    }
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

#[cfg(feature = "worker")]
mod worker {
    use super::{Foreign, Written};
    use crate::kernels::Build;
    use crate::matmul::Product;
    use parallax_pattern::{Answer, No, Refused};
    use parallax_suite::Compute;
    use parallax_suite::workload::{
        Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, Matmul32, MonteCarlo,
        Pairwise, Sorted, Stream, TreeSearch,
    };
    use std::sync::Arc;

    impl<L: Written> Compute for Foreign<L> {
        fn comparison(&self, _: &Arc<Comparison>) -> Answer<Build> {
            Ok(self.build)
        }
        fn expression(&self, _: &Arc<Expression>) -> Answer<Build> {
            Ok(self.build)
        }
        fn gridsearch(&self, _: &Arc<GridSearch>) -> Answer<Build> {
            Ok(self.build)
        }
        fn heat(&self, _: &Arc<Heat>) -> Answer<Build> {
            Ok(self.build)
        }
        fn histogram(&self, _: &Arc<Histogram>) -> Answer<Build> {
            Ok(self.build)
        }
        fn julia(&self, _: &Arc<Julia>) -> Answer<Build> {
            Ok(self.build)
        }
        fn matmul(&self, _: &Arc<Matmul>) -> Answer<Product> {
            Ok(Product::new(self.build))
        }
        fn matmul32(&self, _: &Arc<Matmul32>) -> Answer<Refused> {
            Err(No::Unfit(
                "its kernels are in double precision; single precision needs another file of the same loops",
            ))
        }
        fn montecarlo(&self, _: &Arc<MonteCarlo>) -> Answer<Build> {
            Ok(self.build)
        }
        fn pairwise(&self, _: &Arc<Pairwise>) -> Answer<Build> {
            Ok(self.build)
        }
        fn stream(&self, _: &Arc<Stream>) -> Answer<Build> {
            Ok(self.build)
        }
        fn treesearch(&self, _: &Arc<TreeSearch>) -> Answer<Refused> {
            Err(No::Unfit(
                "each node is passed to Rust when found, and a call from another language costs more than a node",
            ))
        }
        fn bubblesort(&self, work: &Arc<Bubblesort>, out: &mut Sorted) -> Answer<()> {
            out.values.copy_from_slice(work.values());
            let (comparisons, swaps) = self.build.bubblesort(&mut out.values);
            (out.comparisons, out.swaps) = (Some(comparisons), swaps);
            Ok(())
        }
    }
}
