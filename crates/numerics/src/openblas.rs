//! The interface that linear algebra has had since 1979, and one of the libraries behind it.
//!
//! ```
//! /// What `dgemm` does, for row-major matrices without gaps: `c = a b`.
//! fn dgemm(m: usize, n: usize, k: usize, a: &[f64], b: &[f64], c: &mut [f64]) {
//!     for (row, a) in c.chunks_mut(n).zip(a.chunks(k)).take(m) {
//!         row.fill(0.0);
//!         for (a, b) in a.iter().zip(b.chunks(n)) {
//!             row.iter_mut().zip(b).for_each(|(c, b)| *c += a * b);
//!         }
//!     }
//! }
//!
//! let mut c = [0.0; 4];
//! dgemm(2, 2, 2, &[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0], &mut c);
//! assert_eq!(c, [19.0, 22.0, 43.0, 50.0]);
//! ```
//!
//! OpenBLAS starts threads of its own, as many as there are cores unless it is told, so it is no kernel
//! for others to spread. It is loaded when the technique starts, and not linked: a program that is linked
//! against it cannot begin without it, and has its threads even where nobody multiplies; when the cells of
//! ndarray beside it were measured, these were caught at work after the clock had stopped. ndarray's feature
//! `blas` would link it too, and for the whole of ndarray at once.

#![expect(unsafe_code, reason = "a C library, loaded at run time")]

use crate::gridsearch::Fits;
use crate::matmul::{Multiply, Product};
use libloading::Library;
use ndarray::{ArrayView2, ArrayViewMut2};
use parallax_pattern::optional;
use parallax_pattern::{Answer, Card, Cores, No, Technique};
use parallax_pattern::{Map, make_item};
use parallax_suite::Buffer;
use parallax_suite::workload::{GridSearch, Matmul, Scores};
use serde::{Deserialize, Serialize};
use std::ffi::{CStr, c_char, c_double, c_int};
use std::sync::{Arc, OnceLock};

/// OpenBLAS, told how many threads to use.
#[derive(Debug)]
pub struct OpenBlas {
    library: Loaded,
    threads: usize,
}

impl Technique for OpenBlas {
    const CARD: Card = Card {
        name: "openblas",
        idea: "the product of a BLAS, which threads by itself",
        gives: "decades of tuning, for every processor, behind a stable interface",
        costs: "a system library, and threads that the caller must know of",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(OpenBlas { library: Loaded::find()?, threads: workers.max(1) })
    }
    fn isa(&self) -> String {
        self.library.core()
    }
}

impl OpenBlas {
    /// One call.
    pub fn matmul(&self, work: &Arc<Matmul>, out: &mut Buffer<f64>) -> Answer<()> {
        self.library.limit(self.threads);
        Product::new(work, self.library).fill(0, out);
        Ok(())
    }

    /// One fit after the other: the threads are inside each product.
    pub fn gridsearch(&self, work: &Arc<GridSearch>, out: &mut Scores) -> Answer<()> {
        self.library.limit(self.threads);
        let fits = Fits::new(work, self.library);
        out.errors_mut().iter_mut().enumerate().for_each(|(fit, error)| *error = make_item(&fits, fit));
        Ok(())
    }
}

/// That the library is loaded: whoever has one may call its functions.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(into = "()", try_from = "()")]
pub struct Loaded(&'static Functions);

#[derive(Debug)]
struct Functions {
    set_threads: extern "C" fn(c_int),
    core: extern "C" fn() -> *const c_char,
    multiply: Dgemm,
}

/// `cblas_dgemm`: order, two transpositions, m, n, k, alpha, a, its stride, b, its stride, beta, c, its stride.
type Dgemm = unsafe extern "C" fn(
    c_int,
    c_int,
    c_int,
    c_int,
    c_int,
    c_int,
    c_double,
    *const c_double,
    c_int,
    *const c_double,
    c_int,
    c_double,
    *mut c_double,
    c_int,
);

/// The name that stands for its binary interface, and those of where there is no such name.
const NAMES: [&str; 3] = ["libopenblas.so.0", "libopenblas.so", "libopenblas.dylib"];

/// `CblasRowMajor`, `CblasNoTrans` and `CblasTrans`.
const ROW_MAJOR: c_int = 101;
const PLAIN: c_int = 111;
const TRANSPOSED: c_int = 112;

impl Loaded {
    /// Loads the library, once for the process.
    fn find() -> Answer<Self> {
        static LIBRARY: OnceLock<Result<Functions, String>> = OnceLock::new();
        let why = |why: &String| {
            No::Unavailable(format!(
                "OpenBLAS is not found ({why}); install it (Debian: apt install libopenblas0)"
            ))
        };
        LIBRARY.get_or_init(Functions::load).as_ref().map(Loaded).map_err(why)
    }
    fn limit(self, threads: usize) {
        (self.0.set_threads)(threads.try_into().unwrap_or(c_int::MAX));
    }
    /// The processor that it took its kernels for.
    fn core(self) -> String {
        // SAFETY: it is a constant string, or null if it knows none.
        let name = unsafe { (self.0.core)().as_ref().map(|name| CStr::from_ptr(name)) };
        name.map_or_else(String::new, |name| name.to_string_lossy().to_lowercase())
    }
}

impl Functions {
    fn load() -> Result<Self, String> {
        if optional::hidden("openblas") {
            return Err("PARALLAX_HIDE names it".into());
        }
        // SAFETY: what it runs when it is loaded sets up its own threads and buffers.
        let mut found = NAMES.into_iter().map(|name| unsafe { Library::new(name) });
        let library = found.find_map(Result::ok).ok_or_else(|| format!("no {}", NAMES[0]))?;
        let library: &'static Library = Box::leak(Box::new(library)); // so its functions stay where they are
        let symbol = |error: libloading::Error| error.to_string();
        // SAFETY: the types are those of OpenBLAS's header for this interface, whose integers have 32 bits.
        unsafe {
            Ok(Functions {
                set_threads: *library.get(b"openblas_set_num_threads\0").map_err(symbol)?,
                core: *library.get(b"openblas_get_corename\0").map_err(symbol)?,
                multiply: *library.get(b"cblas_dgemm\0").map_err(symbol)?,
            })
        }
    }
}

/// It is sent as nothing, and found anew where it arrives.
impl From<Loaded> for () {
    fn from(_: Loaded) {}
}

impl TryFrom<()> for Loaded {
    type Error = No;
    fn try_from((): ()) -> Answer<Self> {
        Loaded::find()
    }
}

impl Multiply for Loaded {
    fn multiply(&self, keep: f64, a: ArrayView2<f64>, b: ArrayView2<f64>, mut c: ArrayViewMut2<f64>) {
        let ((m, k), n) = (a.dim(), b.ncols());
        assert_eq!((c.dim(), b.nrows()), ((m, n), k));
        if k == 0 {
            c.mapv_inplace(|sum| keep * sum); // an array without elements has no strides
            return;
        }
        let (size, c_stride) = ([m, n, k].map(int), c.strides()[0] as c_int);
        let ((layout_a, a_stride), (layout_b, b_stride)) = (layout(&a), layout(&b));
        let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
        // SAFETY: views give shapes, strides and pointers that belong together, the shapes fit each
        // other, rows of `c` are contiguous, and it is borrowed alone.
        unsafe {
            (self.0.multiply)(
                ROW_MAJOR, layout_a, layout_b, size[0], size[1], size[2], 1.0, a, a_stride, b, b_stride,
                keep, c, c_stride,
            );
        }
    }
}

fn int(size: usize) -> c_int {
    size.try_into().expect("the interface counts in 32 bits")
}

/// Whether rows or columns are contiguous, and how far apart they are.
fn layout(view: &ArrayView2<f64>) -> (c_int, c_int) {
    match *view.strides() {
        [apart, 1] => (PLAIN, apart as c_int),
        [1, apart] => (TRANSPOSED, apart as c_int),
        _ => panic!("a matrix whose rows or columns are contiguous"),
    }
}
