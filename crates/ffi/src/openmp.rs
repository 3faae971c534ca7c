//! A pragma above a loop: the compiler spreads the loop over a team of threads, and the source stays as it was.
//!
//! A C programmer writes the loop and one more line:
//!
//! ```c
//! #pragma omp parallel for schedule(dynamic)
//! for (size_t row = 0; row < rows; row++)
//!     draw(row);
//! ```
//!
//! and the compiler turns it into this, in Rust:
//!
//! ```
//! use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
//! use std::thread;
//!
//! fn parallel_for(threads: usize, rows: usize, draw: impl Fn(usize) + Sync) {
//!     let next = AtomicUsize::new(0); // Relaxed: it only numbers; the end of the scope is the barrier
//!     thread::scope(|team| {
//!         for _ in 0..threads {
//!             team.spawn(|| {
//!                 while let Some(row) = Some(next.fetch_add(1, Relaxed)).filter(|&row| row < rows) {
//!                     draw(row);
//!                 }
//!             });
//!         }
//!     });
//! }
//!
//! let drawn = AtomicUsize::new(0);
//! parallel_for(2, 10, |row| { drawn.fetch_add(row, Relaxed); });
//! assert_eq!(drawn.into_inner(), 45);
//! ```
//!
//! except that OpenMP keeps its threads from one loop to the next. Where there are many short loops, the region is
//! opened around all of them (`omp parallel`, and `omp for` above each), so that threads only meet between two. The
//! sources are those of the technique `c`, compiled with `-fopenmp`; the runtime takes the whole work, so other
//! techniques cannot spread it as a kernel.
//!
//! The way in which its threads wait matters much: asleep, they are some ten microseconds late at each loop's end, and
//! if they spin they burn their core long after the last one. The harness lets GCC's spin briefly and then sleep
//! (`GOMP_SPINCOUNT`).

#![expect(unsafe_code, reason = "the runtime is a C library")]

use crate::gridsearch::rows;
use crate::kernels::{Build, Language, area};
use parallax_pattern::{Answer, Card, Cores, No, Technique};
use std::ffi::c_int;

/// A team of `threads` for every loop.
#[derive(Debug, Clone, Copy)]
pub struct OpenMp {
    build: Build,
    threads: usize,
}

impl Technique for OpenMp {
    const CARD: Card = Card {
        name: "openmp",
        idea: "a pragma above each loop in C; the runtime keeps a team of threads",
        gives: "parallel loops for one line each, and a source that still compiles without",
        costs: "you must avoid races yourself, and it spreads only the loops",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(OpenMp { build: Build::find(Language::OpenMp)?, threads: workers.max(1) })
    }
    fn isa(&self) -> String {
        self.build.isa().to_string()
    }
}

impl OpenMp {
    /// Sets the size of this thread's teams from now on, and returns the functions.
    ///
    /// ```
    /// use parallax_ffi::OpenMp;
    /// use parallax_pattern::{No, Technique};
    ///
    /// match OpenMp::start(2) {
    ///     Ok(openmp) => {
    ///         let mut a = vec![1.0; 100_000];
    ///         openmp.team().triad(&mut a, &vec![2.0; 100_000], 10.0, &vec![3.0; 100_000]);
    ///         assert!(a.iter().all(|&a| a == 33.0));
    ///     }
    ///     Err(No::Unavailable(how_to_get_it)) => println!("{how_to_get_it}"),
    ///     Err(no) => return Err(no),
    /// }
    /// # Ok(())
    /// ```
    pub fn team(&self) -> Build {
        #[cfg(openmp)]
        {
            unsafe extern "C" {
                safe fn omp_set_num_threads(threads: c_int);
            }
            omp_set_num_threads(c_int::try_from(self.threads).unwrap_or(c_int::MAX));
        }
        self.build
    }

    /// Cross-validates ridge regression: error `k` is that of the penalty `2^(k / 5)` in the fold `k % 5`, as in
    /// [`ridge_error`](Build::ridge_error). It spreads the fits and not the sums within: fewer and larger pieces.
    ///
    /// # Errors
    ///
    /// [`No::Unfit`] if the functions were built without OpenMP.
    ///
    /// # Panics
    ///
    /// If not all rows have `width` numbers.
    pub fn ridge_errors(&self, table: &[f64], width: usize, errors: &mut [f64]) -> Answer<()> {
        let search = self.team().kernels().search.ok_or(WITHOUT)?;
        let (rows, to) = (rows(table, width), errors.as_mut_ptr());
        // SAFETY: there is an error for each fit, the table has `rows` of `width`, and `errors` is borrowed alone.
        unsafe { search(to, errors.len(), table.as_ptr(), rows, width) }
        Ok(())
    }

    /// Makes `steps` steps of heat, each as in [`Build::heat`], in one parallel region. The first buffer holds the
    /// state of a torus of `[rows, columns]`; the buffers alternate.
    ///
    /// # Errors
    ///
    /// [`No::Unfit`] if the functions were built without OpenMP.
    ///
    /// # Panics
    ///
    /// If the length of a buffer does not match the shape.
    pub fn heat_steps(
        &self,
        [first, second]: [&mut [f64]; 2],
        [rows, columns]: [usize; 2],
        rate: f64,
        steps: usize,
    ) -> Answer<()> {
        let run = self.team().kernels().heat_steps.ok_or(WITHOUT)?;
        let cells = area(rows, columns);
        assert!(first.len() == cells && second.len() == cells, "both states must match their shape");
        if cells > 0 {
            // SAFETY: both are the whole torus, and borrowed alone.
            unsafe { run(first.as_mut_ptr(), second.as_mut_ptr(), rows, columns, rate, steps) }
        }
        Ok(())
    }

    /// Makes `passes` passes of [`Build::triad`] in one parallel region.
    ///
    /// # Errors
    ///
    /// [`No::Unfit`] if the functions were built without OpenMP.
    ///
    /// # Panics
    ///
    /// If the three arrays differ in length.
    pub fn triads(&self, a: &mut [f64], b: &[f64], factor: f64, c: &[f64], passes: usize) -> Answer<()> {
        let run = self.team().kernels().stream_passes.ok_or(WITHOUT)?;
        assert!(a.len() == b.len() && a.len() == c.len(), "the three arrays must have the same length");
        // SAFETY: all three have `a.len()` items, and `a` is borrowed alone.
        unsafe { run(a.as_mut_ptr(), b.as_ptr(), factor, c.as_ptr(), a.len(), passes) }
        Ok(())
    }
}

/// The refusal of builds without OpenMP.
const WITHOUT: No = No::Unfit("this loop needs a build with OpenMP");

#[cfg(feature = "worker")]
pub(crate) use worker::cells;

#[cfg(feature = "worker")]
mod worker {
    use super::OpenMp;
    use crate::kernels::Build;
    use crate::matmul::Product;
    use parallax_pattern::{Answer, Fill, Fold, FoldNest, No, Pass, Question, Reduce, Stencil, Step, Sweep};
    use parallax_suite::Buffer;
    use parallax_suite::cell::{self, Cell};
    use parallax_suite::workload::Workload;
    use parallax_suite::workload::{
        Bubblesort, Comparison, Expression, GridSearch, Heat, Heated, Histogram, Julia, Matmul, MonteCarlo,
        Pairwise, Scores, Sorted, Stream, Swept,
    };
    use std::any::type_name;
    use std::sync::Arc;

    /// Its cells: whole workloads only.
    pub(crate) fn cells() -> Vec<Cell> {
        let bubblesort = cell::cells(Question::Compute, OpenMp::bubblesort);
        let others = [
            of::<_, Build>(OpenMp::comparison, <Build as Fill<Comparison>>::SOURCE),
            of::<_, Build>(OpenMp::expression, <Build as Fill<Expression>>::SOURCE),
            of::<_, Build>(OpenMp::gridsearch, <Build as FoldNest<GridSearch>>::SOURCE),
            of::<_, Build>(OpenMp::heat, <Build as Step<Heat>>::SOURCE),
            of::<_, Build>(OpenMp::histogram, <Build as Fold<Histogram>>::SOURCE),
            of::<_, Build>(OpenMp::julia, <Build as Fill<Julia>>::SOURCE),
            of::<_, Product>(OpenMp::matmul, <Product as Fill<Matmul>>::SOURCE),
            of::<_, Build>(OpenMp::montecarlo, <Build as Fold<MonteCarlo>>::SOURCE),
            of::<_, Build>(OpenMp::pairwise, <Build as Fill<Pairwise>>::SOURCE),
            of::<_, Build>(OpenMp::stream, <Build as Pass<Stream>>::SOURCE),
        ];
        bubblesort.into_iter().chain(others.into_iter().flatten()).collect()
    }

    /// The cells of a workload, with the file of the kernel `K`, which calls the compiled function.
    fn of<W: Workload, K>(
        method: fn(&OpenMp, &Arc<W>, &mut W::Output) -> Answer<()>,
        source: &'static str,
    ) -> Vec<Cell> {
        let mut cells = cell::cells(Question::Compute, method);
        for cell in &mut cells {
            (cell.kernel, cell.input) = (source.to_owned(), type_name::<K>());
        }
        cells
    }

    impl OpenMp {
        fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
            Err(No::Unfit("step k needs step k-1: a comparison waits for the swap before it"))
        }
        fn comparison(&self, work: &Arc<Comparison>, out: &mut Buffer<u8>) -> Answer<()> {
            self.team().fill(&**work, 0, out);
            Ok(())
        }
        fn expression(&self, work: &Arc<Expression>, out: &mut Buffer<f64>) -> Answer<()> {
            self.team().fill(&**work, 0, out);
            Ok(())
        }
        fn gridsearch(&self, work: &Arc<GridSearch>, out: &mut Scores) -> Answer<()> {
            self.ridge_errors(work.table(), work.features() + 1, out.errors_mut())
        }
        fn heat(&self, work: &Arc<Heat>, out: &mut Heated) -> Answer<()> {
            let (side, steps) = (work.side(), work.steps());
            out.step(work, |buffers| self.heat_steps(buffers, [side; 2], Heat::RATE, steps))
        }
        fn histogram(&self, work: &Arc<Histogram>, out: &mut Buffer<u64>) -> Answer<()> {
            out.fill(0);
            self.team().count_random(work.seed(), work.skewed(), 0..Reduce::len(&**work), out);
            Ok(())
        }
        fn julia(&self, work: &Arc<Julia>, out: &mut Buffer<u32>) -> Answer<()> {
            self.team().fill(&**work, 0, out);
            Ok(())
        }
        fn matmul(&self, work: &Arc<Matmul>, out: &mut Buffer<f64>) -> Answer<()> {
            self.team().matmul([work.n(); 3], work.a(), work.b(), out);
            Ok(())
        }
        fn montecarlo(&self, work: &Arc<MonteCarlo>, out: &mut u64) -> Answer<()> {
            *out = self.team().hits(work.seed(), 0..work.len());
            Ok(())
        }
        fn pairwise(&self, work: &Arc<Pairwise>, out: &mut Buffer<f64>) -> Answer<()> {
            self.team().pairwise(work.points(), 0, out);
            Ok(())
        }
        fn stream(&self, work: &Arc<Stream>, out: &mut Swept) -> Answer<()> {
            out.sweep(|state| self.triads(state, work.b(), 3.0, work.c(), work.steps()))
        }
    }
}
