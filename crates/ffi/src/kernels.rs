//! A table of foreign functions for each language and instruction set: having a table proves that you may call it.
//!
//! The tables are made in C (`c/table.c`), where each is a `struct` of function pointers. Rust declares
//! one symbol for each instead of one for each function, and chooses when a technique starts.

#![expect(unsafe_code, reason = "symbols of other languages are declared by hand")]

use parallax_pattern::isa::{Isa, Set};
use parallax_pattern::optional;
use parallax_pattern::{Answer, No};
use std::ffi::c_void;

/// The language of the kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// C, plain.
    C,
    /// C, from the same sources, with OpenMP's pragmas enabled.
    OpenMp,
    /// Fortran.
    Fortran,
}

/// Kernels of a language that this build has, for an instruction set that this processor has.
///
/// ```
/// use parallax_ffi::kernels::{Build, Language};
///
/// let build = Build::find(Language::C)?;
/// println!("C for {}", build.isa());
///
/// let mut a = [1.0, 2.0];
/// build.triad(&mut a, &[10.0, 20.0], 2.0, &[100.0, 200.0]); // each kernel is a method
/// assert_eq!(a, [211.0, 422.0]);
/// # Ok::<(), parallax_pattern::No>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Build {
    isa: Isa,
    kernels: &'static Kernels,
}

impl Build {
    /// The kernels of a language for the best instruction set that `PARALLAX_ISA` allows.
    ///
    /// # Errors
    ///
    /// [`No::Unavailable`] if there was no compiler for the language, with how to get one.
    pub fn find(language: Language) -> Answer<Self> {
        let [baseline, avx2, avx512] = tables(language)?;
        let isa = Isa::detect()?;
        let kernels = match isa.set() {
            Set::Baseline => baseline,
            Set::Avx2 => avx2,
            Set::Avx512 => avx512,
        };
        Ok(Build { isa, kernels })
    }

    /// The instruction set.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// The functions. They use the instructions that [`Build::isa`] has proven, so the processor can run each of
    /// them; each field states the requirements on its arguments.
    pub(crate) fn kernels(&self) -> &'static Kernels {
        self.kernels
    }
}

/// The number of items of a table. Panics on overflow, because a wrapped number could make a wrong shape pass.
pub(crate) fn area(rows: usize, columns: usize) -> usize {
    rows.checked_mul(columns).expect("a table must fit into memory")
}

/// Whether a piece lies within the whole.
pub(crate) fn within(start: usize, len: usize, whole: usize) -> bool {
    start.checked_add(len).is_some_and(|end| end <= whole)
}

/// An expression over up to four arrays of one length, element by element, into the first argument.
pub(crate) type Function =
    unsafe extern "C" fn(*mut f64, *const f64, *const f64, *const f64, *const f64, usize);

/// The functions, in the order of `struct kernels` in `c/table.c`. None keeps a pointer, and the memory that one
/// writes to must not overlap any other argument.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Kernels {
    bytes: usize,
    /// `n` values, sorted in place; the numbers of comparisons and of swaps.
    pub(crate) bubblesort: unsafe extern "C" fn(*mut i64, usize, *mut u64, *mut u64),
    /// The results, 1 or 0, of comparing two arrays; all of `n` items.
    pub(crate) comparison: unsafe extern "C" fn(*mut u8, *const f64, *const f64, usize),
    /// The formulas in their order; arrays beyond those that an expression has may be null.
    pub(crate) expressions: [Function; crate::expression::Formula::ALL.len()],
    /// Sums (`side * side`), side, table (rows of `side`), fold, and a range of training rows.
    pub(crate) gather: unsafe extern "C" fn(*mut f64, usize, *const f64, usize, usize, usize),
    /// Sums, which it overwrites, side, penalty, table, its rows, fold.
    pub(crate) score: unsafe extern "C" fn(*mut f64, usize, f64, *const f64, usize, usize) -> f64,
    /// `len` new cells from `start` on, the whole old state, its rows and columns, the rate, `start`, `len` (not 0).
    pub(crate) heat: unsafe extern "C" fn(*mut f64, *const f64, usize, usize, f64, usize, usize),
    /// Counts, their number (a power of two), whether the keys are skewed, seed, and a range of items.
    pub(crate) histogram: unsafe extern "C" fn(*mut u64, usize, i32, u64, u64, u64),
    /// Counts, bins that each have a count, the number of bins.
    pub(crate) count: unsafe extern "C" fn(*mut u64, *const u32, u64),
    /// `len` counts, columns' coordinates, their number, rows' coordinates, both parts of `c`, limit, `start`, `len`.
    pub(crate) julia:
        unsafe extern "C" fn(*mut u32, *const f64, usize, *const f64, f64, f64, u32, usize, usize),
    /// The numbers in a packed factor of these rows and columns; 0 if the factor is not packed.
    pub(crate) packed: unsafe extern "C" fn(usize, usize) -> usize,
    /// The packed factor, the factor, its rows and columns.
    pub(crate) pack: unsafe extern "C" fn(*mut f64, *const f64, usize, usize),
    /// Rows of the product, rows of the left factor, the right one (packed), the number of rows, the right factor's
    /// rows and columns.
    pub(crate) matmul: unsafe extern "C" fn(*mut f64, *const f64, *const f64, usize, usize, usize),
    /// Part of a row of the product, a row of the left factor, the right one (not packed) from the part's first
    /// column on, the part's length, the right factor's rows and columns.
    pub(crate) matmul_part: unsafe extern "C" fn(*mut f64, *const f64, *const f64, usize, usize, usize),
    /// Seed and a range of samples.
    pub(crate) montecarlo: unsafe extern "C" fn(u64, u64, u64) -> u64,
    /// `len` distances, points of three coordinates, their number, `start`, `len`.
    pub(crate) pairwise: unsafe extern "C" fn(*mut f64, *const f64, usize, usize, usize),
    /// The array that is added to, another, a factor and the third; all of `n` items.
    pub(crate) stream: unsafe extern "C" fn(*mut f64, *const f64, f64, *const f64, usize),
    /// Errors, their number (the folds of a penalty together), table, its rows, side; with OpenMP only.
    pub(crate) search: Option<unsafe extern "C" fn(*mut f64, usize, *const f64, usize, usize)>,
    /// The state, room for the next, rows and columns, the rate, the number of steps; with OpenMP only.
    pub(crate) heat_steps: Option<unsafe extern "C" fn(*mut f64, *mut f64, usize, usize, f64, usize)>,
    /// As `stream`, and the number of passes; with OpenMP only.
    pub(crate) stream_passes:
        Option<unsafe extern "C" fn(*mut f64, *const f64, f64, *const f64, usize, usize)>,
    /// Keys, the output, scratch space of the same length, and their number; not in Fortran.
    pub(crate) mergesort_keys: Option<unsafe extern "C" fn(*const u64, *mut u64, *mut u64, usize)>,
    /// The same for records of eight bytes, whose key is the third half-word; not in Fortran.
    pub(crate) mergesort_records:
        Option<unsafe extern "C" fn(*const c_void, *mut c_void, *mut c_void, usize)>,
}

unsafe extern "C" {
    safe static parallax_kernels_c_baseline: Kernels;
    safe static parallax_kernels_c_avx2: Kernels;
    safe static parallax_kernels_c_avx512: Kernels;
}

#[cfg(openmp)]
unsafe extern "C" {
    safe static parallax_kernels_openmp_baseline: Kernels;
    safe static parallax_kernels_openmp_avx2: Kernels;
    safe static parallax_kernels_openmp_avx512: Kernels;
}

#[cfg(fortran)]
unsafe extern "C" {
    safe static parallax_kernels_fortran_baseline: Kernels;
    safe static parallax_kernels_fortran_avx2: Kernels;
    safe static parallax_kernels_fortran_avx512: Kernels;
}

/// The tables of a language, by rising instruction sets. On architectures other than x86-64 all three have the same
/// code.
fn tables(language: Language) -> Answer<[&'static Kernels; 3]> {
    match language {
        Language::C => {
            Ok([&parallax_kernels_c_baseline, &parallax_kernels_c_avx2, &parallax_kernels_c_avx512])
        }
        #[cfg(openmp)]
        Language::OpenMp if !optional::hidden("openmp") => Ok([
            &parallax_kernels_openmp_baseline,
            &parallax_kernels_openmp_avx2,
            &parallax_kernels_openmp_avx512,
        ]),
        Language::OpenMp => Err(No::Unavailable(
            "the C compiler that built this has no OpenMP; use GCC, or install libomp for Clang (Debian: \
             apt install libomp-dev), and build again after `cargo clean -p parallax-ffi`"
                .into(),
        )),
        #[cfg(fortran)]
        Language::Fortran if !optional::hidden("fortran") => Ok([
            &parallax_kernels_fortran_baseline,
            &parallax_kernels_fortran_avx2,
            &parallax_kernels_fortran_avx512,
        ]),
        Language::Fortran => Err(No::Unavailable(
            "no Fortran compiler was found when this was built; install gfortran (Debian: apt install \
             gfortran), or name another in the variable FC, and build again"
                .into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_laid_out_as_c_lays_them_out() {
        for language in [Language::C, Language::OpenMp, Language::Fortran] {
            for kernels in tables(language).into_iter().flatten() {
                assert_eq!(kernels.bytes, size_of::<Kernels>(), "{language:?}");
            }
        }
    }

    #[test]
    fn each_set_has_functions_of_its_own() {
        let [baseline, avx2, avx512] = tables(Language::C).unwrap();
        let address = |kernels: &Kernels| kernels.stream as *const () as usize;
        assert!(address(baseline) != address(avx2) && address(avx2) != address(avx512));
    }
}
