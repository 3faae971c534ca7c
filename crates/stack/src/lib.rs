//! Stack: how a piece is computed and who does the pieces are two questions, and their answers multiply.
//!
//! | product | computes | spreads | take it when |
//! |---|---|---|---|
//! | `avx2+rayon` | vectors by hand | stealing | the last factor counts, on most processors of ten years |
//! | `avx2+spin-barrier` | vectors by hand | threads that meet at a barrier | steps are short and many |
//! | `avx512+rayon` | vectors by hand | stealing | the same, where the processor has it |
//! | `avx512+spin-barrier` | vectors by hand | threads that meet at a barrier | the same |
//! | `c+rayon` | C | stealing | the kernel exists in C |
//! | `gemm+rayon` | a library's product | stealing | it is a matrix product |
//! | `portable+rayon` | vectors of a library | stealing | most of it for little: begin here |
//!
//! `parallax_jit` has the products of its own kernels, so that nobody builds its compiler for one of these.
//!
//! Two cores and eight lanes can be sixteen times as fast, and seldom are: lanes wait for memory as
//! cores do, and what one of them saturates the other cannot speed up. The figures say which.
//!
//! ```
//! use parallax_simd::Portable;
//! use parallax_pattern::{Execute, Kernel, Technique};
//! use parallax_suite::Compute;
//! use parallax_suite::workload::{MonteCarlo, Params, Size, Workload};
//! use parallax_threading::Rayon;
//! use std::sync::Arc;
//!
//! let work = Arc::new(MonteCarlo::make(Params::of(Size::Tiny)));
//! let engine = Portable::start(1)?.montecarlo(&work)?; // how a piece is computed
//! let kernel = Kernel { engine, work: Arc::clone(&work) };
//! let hits = Rayon::start(2)?.reduce(&Arc::new(kernel))?; // who does the pieces
//! work.check(&hits, work.expected())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use parallax_atomics::SpinBarrier;
use parallax_ffi::{C, Foreign};
use parallax_numerics::Gemm;
use parallax_simd::Portable;
#[cfg(target_arch = "x86_64")]
use parallax_simd::{Avx2, Avx512};
use parallax_suite::cell::{Cell, product};
use parallax_threading::Rayon;

/// What this family measures, by name. Kernels that are made for one workload appear at it alone.
pub fn cells() -> Vec<Cell> {
    [
        #[cfg(target_arch = "x86_64")]
        product::<Avx2, Rayon>(),
        #[cfg(target_arch = "x86_64")]
        of(product::<Avx2, SpinBarrier>(), &["heat", "stream"]),
        #[cfg(target_arch = "x86_64")]
        product::<Avx512, Rayon>(),
        #[cfg(target_arch = "x86_64")]
        of(product::<Avx512, SpinBarrier>(), &["heat", "stream"]),
        product::<Foreign<C>, Rayon>(),
        of(product::<Gemm, Rayon>(), &["matmul"]),
        product::<Portable, Rayon>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of(cells: Vec<Cell>, workloads: &[&str]) -> Vec<Cell> {
    cells.into_iter().filter(|cell| workloads.contains(&cell.workload)).collect()
}
