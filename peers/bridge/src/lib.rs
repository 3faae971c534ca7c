//! Kernels of Parallax as functions over NumPy arrays: the wheel `parallax-rs`, imported as `parallax_rs`.
//!
//! | file | function | what runs |
//! |---|---|---|
//! | `cached.rs` | `@cached` | a dictionary, and a list in the order of use |
//! | `chunks.rs` | `map` | your own Python function, on the pool |
//! | `expression.rs` | `expression` | `parallax_jit`: blocks for a few elements, machine code for many |
//! | `histogram.rs` | `histogram`, `random_histogram` | `parallax_simd::count_keys`, `count_random`: a table a worker |
//! | `julia.rs` | `julia`, `escape_count` | `parallax_simd::escape_counts`, a few rows at a time |
//! | `matmul.rs` | `matmul` | `parallax_simd::Product`, whose packed right factor the threads share |
//! | `montecarlo.rs` | `montecarlo` | `parallax_simd::quarter_circle`, in ranges |
//! | `pairwise.rs` | `pairwise` | `parallax_simd::PointSet`, a few rows at a time |
//! | `sort.rs` | `sort` | `parallax_simd::quicksort` for 64 bits, else std's sort or rayon's |
//! | `wordcount.rs` | `wordcount` | `parallax_simd::each_word_between`, and a hash map for each worker |
//!
//! `arrays.rs` borrows arrays from NumPy, and `threads.rs` runs the work: without the GIL, on one thread or on a pool.
//! Nothing here is compiled for a certain processor; the instruction set is chosen when a function is first called.

mod arrays;
mod cached;
mod chunks;
mod expression;
mod histogram;
mod julia;
mod matmul;
mod montecarlo;
mod pairwise;
mod recency;
mod sort;
mod threads;
mod wordcount;

use pyo3::prelude::*;

/// Numeric kernels of Parallax over NumPy arrays: SIMD, threads, and the GIL released.
///
/// Arrays of the right type that are C-contiguous are borrowed; others are copied once. `out=` takes the array to write
/// into. `workers=` is the number of threads: by default one for each core, or only the calling thread if there is
/// little to do. Do not write into an array from another thread while a function reads it.
///
/// The instruction set is chosen when the program runs; the variable PARALLAX_ISA (avx512, avx2, baseline) caps it.
#[pymodule]
mod parallax_rs {
    #[pymodule_export]
    use super::cached::cached;
    #[pymodule_export]
    use super::chunks::map;
    #[pymodule_export]
    use super::expression::expression;
    #[pymodule_export]
    use super::histogram::{histogram, random_histogram};
    #[pymodule_export]
    use super::julia::{escape_count, julia};
    #[pymodule_export]
    use super::matmul::matmul;
    #[pymodule_export]
    use super::montecarlo::montecarlo;
    #[pymodule_export]
    use super::pairwise::pairwise;
    #[pymodule_export]
    use super::sort::sort;
    #[pymodule_export]
    use super::wordcount::wordcount;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        crate::threads::watch_forks(module)
    }
}
