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
//! for others to spread. ndarray's feature `blas` would call the same function, but for the whole of
//! ndarray at once: its own product could then not be measured beside it.

#![cfg_attr(feature = "blas", expect(unsafe_code, reason = "a C library"))]

use crate::gridsearch::Fits;
use crate::matmul::{Multiply, Product};
use ndarray::{ArrayView2, ArrayViewMut2};
use parallax_suite::Buffer;
use parallax_suite::pattern::{Map, make_item};
use parallax_suite::question::{Answer, Card, Cores, Technique};
use parallax_suite::workload::{GridSearch, Matmul, Scores};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// OpenBLAS, told how many threads to use.
#[derive(Debug)]
pub struct OpenBlas {
    library: Linked,
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
        Ok(OpenBlas { library: Linked::find()?, threads: workers.max(1) })
    }
    fn isa(&self) -> String {
        self.library.core()
    }
}

impl OpenBlas {
    /// One call.
    pub fn matmul(&self, work: &Arc<Matmul>, out: &mut Buffer<f64>) -> Answer<()> {
        self.library.limit(self.threads);
        Product::new(work, self.library.clone()).fill(0, out);
        Ok(())
    }

    /// One fit after the other: the threads are inside each product.
    pub fn gridsearch(&self, work: &Arc<GridSearch>, out: &mut Scores) -> Answer<()> {
        self.library.limit(self.threads);
        let fits = Fits::new(work, self.library.clone());
        out.errors_mut().iter_mut().enumerate().for_each(|(fit, error)| *error = make_item(&fits, fit));
        Ok(())
    }
}

/// That the library is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Linked(());

#[cfg(not(feature = "blas"))]
mod linked {
    use super::*;
    use parallax_suite::question::No;

    impl Linked {
        pub(super) fn find() -> Answer<Self> {
            Err(No::Unavailable(
                "this was built without OpenBLAS; install it (Debian: apt install libopenblas-dev), build \
                 with `cargo build --release -p parallax-numerics --features blas`, and name the program \
                 with --worker"
                    .into(),
            ))
        }
        pub(super) fn limit(&self, _: usize) {}
        pub(super) fn core(&self) -> String {
            String::new()
        }
    }

    impl Multiply for Linked {
        fn multiply(&self, _: f64, _: ArrayView2<f64>, _: ArrayView2<f64>, _: ArrayViewMut2<f64>) {
            unreachable!("no technique starts without the library");
        }
    }
}

#[cfg(feature = "blas")]
mod linked {
    use super::*;
    use std::ffi::{CStr, c_char, c_double, c_int};

    unsafe extern "C" {
        safe fn openblas_set_num_threads(threads: c_int);
        safe fn openblas_get_corename() -> *const c_char;
        fn cblas_dgemm(
            order: c_int,
            transpose_a: c_int,
            transpose_b: c_int,
            m: c_int,
            n: c_int,
            k: c_int,
            alpha: c_double,
            a: *const c_double,
            a_stride: c_int,
            b: *const c_double,
            b_stride: c_int,
            beta: c_double,
            c: *mut c_double,
            c_stride: c_int,
        );
    }

    /// `CblasRowMajor`, `CblasNoTrans` and `CblasTrans`.
    const ROW_MAJOR: c_int = 101;
    const PLAIN: c_int = 111;
    const TRANSPOSED: c_int = 112;

    impl Linked {
        pub(super) fn find() -> Answer<Self> {
            Ok(Linked(()))
        }
        pub(super) fn limit(&self, threads: usize) {
            openblas_set_num_threads(threads.try_into().unwrap_or(c_int::MAX));
        }
        /// The processor that it took its kernels for.
        pub(super) fn core(&self) -> String {
            // SAFETY: it is a constant string, or null if it knows none.
            let name = unsafe { openblas_get_corename().as_ref().map(|name| CStr::from_ptr(name)) };
            name.map_or_else(String::new, |name| name.to_string_lossy().to_lowercase())
        }
    }

    impl Multiply for Linked {
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
                cblas_dgemm(
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
}
