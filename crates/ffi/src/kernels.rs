//! A table of foreign functions for each language and instruction set: to hold one is to be allowed to call it.
//!
//! The tables are made in C (`c/table.c`), where each is a `struct` of function pointers. Rust declares
//! one symbol for each instead of one for each function, and chooses when a technique starts.

#![expect(unsafe_code, reason = "symbols of other languages are declared by hand")]

use parallax_pattern::isa::{Isa, Set};
use parallax_pattern::optional;
use parallax_pattern::{Answer, No};
use serde::{Deserialize, Serialize};

/// What the kernels were written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// C, plain.
    C,
    /// C, with the same sources and OpenMP's pragmas heeded.
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
/// # Ok::<(), parallax_pattern::No>(())
/// ```
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "(Language, Isa)", into = "(Language, Isa)")]
pub struct Build {
    language: Language,
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
        (language, Isa::detect()?).try_into()
    }

    /// The instruction set.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// The functions. They use what [`Build::isa`] has proven, so each is safe to call as far as the
    /// processor is concerned; what its arguments must be stands with its field.
    pub(crate) fn kernels(&self) -> &'static Kernels {
        self.kernels
    }
}

impl TryFrom<(Language, Isa)> for Build {
    type Error = No;
    fn try_from((language, isa): (Language, Isa)) -> Answer<Self> {
        let [baseline, avx2, avx512] = tables(language)?;
        let kernels = match isa.set() {
            Set::Baseline => baseline,
            Set::Avx2 => avx2,
            Set::Avx512 => avx512,
        };
        Ok(Build { language, isa, kernels })
    }
}

impl From<Build> for (Language, Isa) {
    fn from(build: Build) -> Self {
        (build.language, build.isa)
    }
}

/// An expression over up to four arrays of one length, element by element, into the first argument.
pub(crate) type Formula =
    unsafe extern "C" fn(*mut f64, *const f64, *const f64, *const f64, *const f64, usize);

/// The functions, in the order of `struct kernels` in `c/table.c`. None keeps a pointer, and what one
/// writes to must overlap nothing else.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Kernels {
    bytes: usize,
    /// `n` values, sorted in place; how many comparisons and how many swaps.
    pub(crate) bubblesort: unsafe extern "C" fn(*mut i64, usize, *mut u64, *mut u64),
    /// Truths from two arrays, all of `n` items.
    pub(crate) comparison: unsafe extern "C" fn(*mut u8, *const f64, *const f64, usize),
    /// The suite's formulas in their order; arrays beyond those that an expression has may be null.
    pub(crate) expressions: [Formula; parallax_suite::workload::Formula::ALL.len()],
    /// Sums (`side * side`), side, table (rows of `side`), fold, and a range of training rows.
    pub(crate) gather: unsafe extern "C" fn(*mut f64, usize, *const f64, usize, usize, usize),
    /// Sums, which it uses up, side, penalty, table, its rows, fold.
    pub(crate) score: unsafe extern "C" fn(*mut f64, usize, f64, *const f64, usize, usize) -> f64,
    /// `len` new cells from `start` on, the whole old state, its side, `start`, `len`.
    pub(crate) heat: unsafe extern "C" fn(*mut f64, *const f64, usize, usize, usize),
    /// Counts, how many (a power of two), whether they are skewed, seed, and a range of items.
    pub(crate) histogram: unsafe extern "C" fn(*mut u64, usize, i32, u64, u64, u64),
    /// `len` counts, columns' coordinates, how many, rows' coordinates, limit, `start`, `len`.
    pub(crate) julia: unsafe extern "C" fn(*mut u32, *const f64, usize, *const f64, u32, usize, usize),
    /// How many numbers a packed factor of side `n` takes; 0 if it is taken as it is.
    pub(crate) packed: unsafe extern "C" fn(usize) -> usize,
    /// The packed factor, the factor, its side.
    pub(crate) pack: unsafe extern "C" fn(*mut f64, *const f64, usize),
    /// Rows of the product, rows of the left factor, the right one (packed), how many rows, their length.
    pub(crate) matmul: unsafe extern "C" fn(*mut f64, *const f64, *const f64, usize, usize),
    /// Part of a row of the product, a row of the left factor, the right one (as it is) from the part's
    /// first column on, how many columns, the row's length.
    pub(crate) matmul_part: unsafe extern "C" fn(*mut f64, *const f64, *const f64, usize, usize),
    /// Seed and a range of samples.
    pub(crate) montecarlo: unsafe extern "C" fn(u64, u64, u64) -> u64,
    /// `len` distances, points of three coordinates, how many, `start`, `len`.
    pub(crate) pairwise: unsafe extern "C" fn(*mut f64, *const f64, usize, usize, usize),
    /// The array that is added onto, the two others, all of `n` items.
    pub(crate) stream: unsafe extern "C" fn(*mut f64, *const f64, *const f64, usize),
    /// Errors, how many (the folds of a penalty together), table, its rows, side; with OpenMP only.
    pub(crate) search: Option<unsafe extern "C" fn(*mut f64, usize, *const f64, usize, usize)>,
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

/// The tables of a language, by rising instruction sets. On other architectures than x86-64 the three
/// hold the same code.
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

    #[test]
    fn what_is_sent_is_looked_up_anew() {
        let build = Build::find(Language::C).unwrap();
        let sent = serde_json::to_string(&build).unwrap();
        assert_eq!(sent, format!(r#"["c","{}"]"#, build.isa()).replace("sse2", "baseline"));
        let back: Build = serde_json::from_str(&sent).unwrap();
        assert!(std::ptr::eq(back.kernels(), build.kernels()));
        assert!(serde_json::from_str::<Build>(r#"["c","mmx"]"#).is_err());
    }
}
