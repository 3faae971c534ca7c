//! One plain function, compiled for several instruction sets, of which the program picks one at run time.
//!
//! How well the compiler vectorises a loop depends on the instructions that it may use, and a plain build
//! may use only those that every processor has. A function marked `#[target_feature]` may use more, and so
//! may the code inlined into it. `multiversion` (C. Wailes, C. Zapart) and C's `target_clones` generate
//! such functions; written out, the choice is [`Isa`]'s, so that `PARALLAX_ISA` caps it.
//!
//! ```
//! use parallax_simd::clones::{Plain, run};
//! use parallax_pattern::isa::Isa;
//!
//! struct Sum<'a>(&'a [u64]);
//! impl Plain for Sum<'_> {
//!     type Out = u64;
//!     #[inline(always)]
//!     fn run(self) -> u64 {
//!         self.0.iter().sum()
//!     }
//! }
//! assert_eq!(run(Isa::detect()?, Sum(&[1, 2, 3])), 6);
//! # Ok::<(), parallax_pattern::No>(())
//! ```

#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "a clone may only be called where its instructions are; `Isa` proves it")
)]

use parallax_pattern::isa::Isa;
#[cfg(target_arch = "x86_64")]
use parallax_pattern::isa::Set;

/// Plain code to be compiled for several instruction sets.
pub trait Plain {
    /// Its result.
    type Out;
    /// Runs it. Mark it `#[inline(always)]`.
    fn run(self) -> Self::Out;
}

/// Runs the clone that was compiled for `isa`.
pub fn run<P: Plain>(isa: Isa, plain: P) -> P::Out {
    match isa.set() {
        // SAFETY: the value of `isa` proves that the processor has these instructions.
        #[cfg(target_arch = "x86_64")]
        Set::Avx512 => unsafe { avx512(plain) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { avx2(plain) },
        _ => plain.run(),
    }
}

/// With `avx512f` alone the compiler would use half vectors in places.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt,lzcnt,avx512f,avx512vl,avx512dq,avx512bw,avx512cd")]
fn avx512<P: Plain>(plain: P) -> P::Out {
    plain.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt,lzcnt")]
fn avx2<P: Plain>(plain: P) -> P::Out {
    plain.run()
}
