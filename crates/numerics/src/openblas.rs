//! BLAS, the interface of linear algebra since 1979, and OpenBLAS, one of the libraries behind it.
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
//! OpenBLAS starts threads of its own, by default one for each core, so other techniques cannot spread it as a kernel.
//! It is loaded when the technique starts, and not linked: a linked program cannot start without it, and has its
//! threads even where nothing multiplies. When the cells of ndarray next to it were measured, these threads were caught
//! at work after the clock had stopped. ndarray's feature `blas` would link it too, and for the whole of ndarray.

#![expect(unsafe_code, reason = "a C library, loaded at run time")]

use crate::matmul::Multiply;
use libloading::Library;
use ndarray::{ArrayView2, ArrayViewMut2, LinalgScalar};
use parallax_pattern::{Answer, Card, Cores, No, Technique, optional};
use std::ffi::{CStr, c_char, c_int};
use std::sync::OnceLock;

/// OpenBLAS, and the number of threads that it uses for a product.
#[derive(Debug, Clone, Copy)]
pub struct OpenBlas {
    library: &'static Functions,
    threads: c_int,
}

impl Technique for OpenBlas {
    const CARD: Card = Card {
        name: "openblas",
        idea: "the product of a BLAS, which has threads of its own",
        gives: "decades of tuning, for every processor, behind a stable interface",
        costs: "a system library, and threads that the caller must take into account",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(OpenBlas { library: Functions::find()?, threads: workers.max(1).try_into().unwrap_or(c_int::MAX) })
    }
    /// The processor for which it chose its kernels.
    fn isa(&self) -> String {
        // SAFETY: it returns a constant string or null.
        let name = unsafe { (self.library.core)().as_ref().map(|name| CStr::from_ptr(name)) };
        name.map_or_else(String::new, |name| name.to_string_lossy().to_lowercase())
    }
}

/// The functions of the loaded library, which is never unloaded, so a copy of them is always safe to keep.
#[derive(Debug)]
struct Functions {
    set_threads: extern "C" fn(c_int),
    core: extern "C" fn() -> *const c_char,
    double: Routines<f64>,
    single: Routines<f32>,
}

/// The functions for one precision.
#[derive(Debug)]
struct Routines<T> {
    multiply: Gemm<T>,
    multiply_columns: Syrk<T>,
}

/// `cblas_?gemm`: order, two transpositions, m, n, k, alpha, a, its stride, b, its stride, beta, c, its stride.
type Gemm<T> = unsafe extern "C" fn(
    c_int,
    c_int,
    c_int,
    c_int,
    c_int,
    c_int,
    T,
    *const T,
    c_int,
    *const T,
    c_int,
    T,
    *mut T,
    c_int,
);

/// `cblas_?syrk`: order, which half, transposition, n, k, alpha, a, its stride, beta, c, its stride.
type Syrk<T> = unsafe extern "C" fn(c_int, c_int, c_int, c_int, c_int, T, *const T, c_int, T, *mut T, c_int);

/// A precision that the library has.
trait Routine: LinalgScalar {
    fn of(functions: &Functions) -> &Routines<Self>;
}

impl Routine for f64 {
    fn of(functions: &Functions) -> &Routines<f64> {
        &functions.double
    }
}

impl Routine for f32 {
    fn of(functions: &Functions) -> &Routines<f32> {
        &functions.single
    }
}

/// The name for its binary interface, and the names on systems without such a name.
const NAMES: [&str; 3] = ["libopenblas.so.0", "libopenblas.so", "libopenblas.dylib"];

/// `CblasRowMajor`, `CblasNoTrans`, `CblasTrans` and `CblasUpper`.
const ROW_MAJOR: c_int = 101;
const PLAIN: c_int = 111;
const TRANSPOSED: c_int = 112;
const UPPER: c_int = 121;

impl Functions {
    /// Loads the library, once for the process.
    fn find() -> Answer<&'static Self> {
        static LIBRARY: OnceLock<Result<Functions, String>> = OnceLock::new();
        let why = |why: &String| {
            No::Unavailable(format!(
                "OpenBLAS is not found ({why}); install it (Debian: apt install libopenblas0)"
            ))
        };
        LIBRARY.get_or_init(Functions::load).as_ref().map_err(why)
    }

    fn load() -> Result<Self, String> {
        if optional::hidden("openblas") {
            return Err("PARALLAX_HIDE names it".into());
        }
        // SAFETY: its code that runs on loading sets up only its own threads and buffers.
        let mut found = NAMES.into_iter().map(|name| unsafe { Library::new(name) });
        let library = found.find_map(Result::ok).ok_or_else(|| format!("no {}", NAMES[0]))?;
        let library: &'static Library = Box::leak(Box::new(library)); // so its functions stay valid
        let symbol = |error: libloading::Error| error.to_string();
        // SAFETY: the types are those of OpenBLAS's header for this interface, whose integers have 32 bits.
        unsafe {
            Ok(Functions {
                set_threads: *library.get(b"openblas_set_num_threads\0").map_err(symbol)?,
                core: *library.get(b"openblas_get_corename\0").map_err(symbol)?,
                double: Routines {
                    multiply: *library.get(b"cblas_dgemm\0").map_err(symbol)?,
                    multiply_columns: *library.get(b"cblas_dsyrk\0").map_err(symbol)?,
                },
                single: Routines {
                    multiply: *library.get(b"cblas_sgemm\0").map_err(symbol)?,
                    multiply_columns: *library.get(b"cblas_ssyrk\0").map_err(symbol)?,
                },
            })
        }
    }
}

/// The number of threads is global to the process, so it is set before each product.
impl<T: Routine> Multiply<T> for OpenBlas {
    fn multiply(&self, keep: T, a: ArrayView2<T>, b: ArrayView2<T>, mut c: ArrayViewMut2<T>) {
        let ((m, k), n) = (a.dim(), b.ncols());
        assert_eq!((c.dim(), b.nrows()), ((m, n), k));
        if k == 0 {
            c.mapv_inplace(|sum| keep * sum); // an array without elements has no strides
            return;
        }
        let (size, (_, c_stride)) = ([m, n, k].map(int), layout(&c.view()));
        let ((layout_a, a_stride), (layout_b, b_stride)) = (layout(&a), layout(&b));
        let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
        (self.library.set_threads)(self.threads);
        // SAFETY: views give shapes, strides and pointers that belong together, the shapes fit each
        // other, rows of `c` are contiguous, and it is borrowed alone.
        unsafe {
            (T::of(self.library).multiply)(
                ROW_MAJOR,
                layout_a,
                layout_b,
                size[0],
                size[1],
                size[2],
                T::one(),
                a,
                a_stride,
                b,
                b_stride,
                keep,
                c,
                c_stride,
            );
        }
    }

    /// Only the upper half, by `syrk`.
    fn multiply_columns(&self, rows: ArrayView2<T>, mut square: ArrayViewMut2<T>) {
        let (k, n) = rows.dim();
        assert_eq!(square.dim(), (n, n));
        if k == 0 || n == 0 {
            return;
        }
        let (columns, (layout, stride), (_, square_stride)) =
            (rows.t(), layout(&rows.t()), layout(&square.view()));
        let (rows, square) = (columns.as_ptr(), square.as_mut_ptr());
        (self.library.set_threads)(self.threads);
        // SAFETY: as above; `rows` has `n` columns and `square` as many rows and columns.
        unsafe {
            (T::of(self.library).multiply_columns)(
                ROW_MAJOR,
                UPPER,
                layout,
                int(n),
                int(k),
                T::one(),
                rows,
                stride,
                T::one(),
                square,
                square_stride,
            );
        }
    }
}

fn int(size: usize) -> c_int {
    size.try_into().expect("a size must fit into 32 bits")
}

/// Whether rows or columns are contiguous, and their distance. For a single row the view does not say.
fn layout<T>(view: &ArrayView2<T>) -> (c_int, c_int) {
    let ((rows, columns), strides) = (view.dim(), view.strides());
    let apart =
        |count: usize, stride: isize, len: usize| if count > 1 { stride as c_int } else { int(len.max(1)) };
    match (strides[0], strides[1]) {
        (down, along) if along == 1 || columns <= 1 => (PLAIN, apart(rows, down, columns)),
        (down, along) if down == 1 || rows <= 1 => (TRANSPOSED, apart(columns, along, rows)),
        _ => panic!("rows or columns of a matrix must be contiguous"),
    }
}

#[cfg(feature = "worker")]
mod worker {
    use super::OpenBlas;
    use crate::matmul::{Product, matmul};
    use parallax_pattern::{Answer, Kernel, make_item};
    use parallax_suite::Buffer;
    use parallax_suite::workload::{GridSearch, Matmul, Matmul32, Scores};
    use std::sync::Arc;

    impl OpenBlas {
        /// One call.
        pub fn matmul(&self, work: &Arc<Matmul>, out: &mut Buffer<f64>) -> Answer<()> {
            matmul(self, [work.n(); 3], work.a(), work.b(), out);
            Ok(())
        }

        /// One call.
        pub fn matmul32(&self, work: &Arc<Matmul32>, out: &mut Buffer<f32>) -> Answer<()> {
            matmul(self, [work.n(); 3], work.a(), work.b(), out);
            Ok(())
        }

        /// One fit after the other: the threads are inside each product.
        pub fn gridsearch(&self, work: &Arc<GridSearch>, out: &mut Scores) -> Answer<()> {
            let fits = Kernel { engine: Product(*self), work: work.clone() };
            out.errors_mut().iter_mut().enumerate().for_each(|(fit, error)| *error = make_item(&fits, fit));
            Ok(())
        }
    }
}
