//! A pragma above a loop: the compiler makes a team of threads of it, and the source stays as it was.
//!
//! What a C programmer writes is the loop and one line more:
//!
//! ```c
//! #pragma omp parallel for schedule(dynamic)
//! for (size_t row = 0; row < rows; row++)
//!     draw(row);
//! ```
//!
//! and this is what the compiler makes of it, in Rust:
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
//! but for the threads, which OpenMP keeps from one loop to the next. The sources are those of the
//! technique `c`, compiled with `-fopenmp`; the runtime takes the whole of the work at once, so it is
//! no kernel for others to spread. Its threads would spin after each loop unless
//! `OMP_WAIT_POLICY=passive` is set, as the harness does.

#![expect(unsafe_code, reason = "the runtime is a C library")]

use crate::kernels::{Build, Language};
use crate::{comparison, expression, heat, histogram, julia, matmul, montecarlo, pairwise, stream};
use parallax_pattern::Sequential;
use parallax_pattern::{Answer, Card, Cores, Execute, No, Question, Technique};
use parallax_pattern::{Map, Nest, Reduce};
use parallax_suite::Buffer;
use parallax_suite::cell::{self, Cell};
use parallax_suite::workload::Workload;
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Heated, Histogram, Julia, Matmul, MonteCarlo,
    Pairwise, Scores, Sorted, Stream, Swept,
};
use std::any::type_name;
use std::ffi::c_int;
use std::sync::Arc;

/// A team of `threads` for every loop.
#[derive(Debug)]
pub struct OpenMp {
    build: Build,
    threads: usize,
}

impl Technique for OpenMp {
    const CARD: Card = Card {
        name: "openmp",
        idea: "a pragma above each loop in C; the runtime keeps a team of threads",
        gives: "parallel loops for one line each, and a source that still compiles without",
        costs: "races are the author's to avoid, and the loops are all that it knows to spread",
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

/// What it answers: whole workloads only.
pub(crate) fn cells() -> Vec<Cell> {
    [
        of::<Bubblesort, Bubblesort>(OpenMp::bubblesort),
        of::<Comparison, comparison::Truths>(OpenMp::comparison),
        of::<Expression, expression::Fused>(OpenMp::expression),
        of::<GridSearch, crate::gridsearch::Fits>(OpenMp::gridsearch),
        of::<Heat, heat::Steps>(OpenMp::heat),
        of::<Histogram, histogram::Counts>(OpenMp::histogram),
        of::<Julia, julia::Escapes>(OpenMp::julia),
        of::<Matmul, matmul::Product>(OpenMp::matmul),
        of::<MonteCarlo, montecarlo::Hits>(OpenMp::montecarlo),
        of::<Pairwise, pairwise::Distances>(OpenMp::pairwise),
        of::<Stream, stream::Triad>(OpenMp::stream),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The cells of a workload, with the file in which its foreign kernel `K` is called.
fn of<W: Workload, K>(method: fn(&OpenMp, &Arc<W>, &mut W::Output) -> Answer<()>) -> Vec<Cell> {
    let mut cells = cell::cells(Question::Compute, method);
    if let Some((module, _)) =
        type_name::<K>().strip_prefix("parallax_ffi::").and_then(|k| k.split_once("::"))
    {
        for cell in &mut cells {
            (cell.kernel, cell.input) = (format!("crates/ffi/src/{module}.rs"), type_name::<K>());
        }
    }
    cells
}

impl OpenMp {
    /// Tells the runtime how large the teams of this thread are from now on.
    fn team(&self) -> Build {
        #[cfg(openmp)]
        {
            unsafe extern "C" {
                safe fn omp_set_num_threads(threads: c_int);
            }
            omp_set_num_threads(c_int::try_from(self.threads).unwrap_or(c_int::MAX));
        }
        self.build
    }

    fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
        Err(No::Unfit("step k needs step k-1: a comparison waits for the swap before it"))
    }
    fn comparison(&self, work: &Arc<Comparison>, out: &mut Buffer<u8>) -> Answer<()> {
        comparison::Truths { build: self.team(), work: work.clone() }.fill(0, out);
        Ok(())
    }
    fn expression(&self, work: &Arc<Expression>, out: &mut Buffer<f64>) -> Answer<()> {
        expression::Fused { build: self.team(), work: work.clone() }.fill(0, out);
        Ok(())
    }
    /// Spreads the fits, and not the sums within: fewer and larger pieces.
    fn gridsearch(&self, work: &Arc<GridSearch>, out: &mut Scores) -> Answer<()> {
        let search = self.team().kernels().search.ok_or(No::Unfit("its kernels have no such loop"))?;
        let (errors, table) = (out.errors_mut(), work.table());
        assert_eq!(errors.len(), work.shape().0);
        // SAFETY: there is an error for each fit, the table has `rows` of features and target, and
        // `errors` is borrowed alone.
        unsafe {
            search(errors.as_mut_ptr(), errors.len(), table.as_ptr(), work.rows(), work.features() + 1);
        }
        Ok(())
    }
    fn heat(&self, work: &Arc<Heat>, out: &mut Heated) -> Answer<()> {
        let steps = Arc::new(heat::Steps { build: self.team(), work: work.clone() });
        out.step(work, |buffers| Sequential.stencil(&steps, buffers))
    }
    fn histogram(&self, work: &Arc<Histogram>, out: &mut Buffer<u64>) -> Answer<()> {
        let kernel = histogram::Counts { build: self.team(), work: work.clone() };
        let mut counts = kernel.empty();
        kernel.fold(&mut counts, 0..kernel.len());
        out.copy_from_slice(&counts);
        Ok(())
    }
    fn julia(&self, work: &Arc<Julia>, out: &mut Buffer<u32>) -> Answer<()> {
        julia::Escapes { build: self.team(), work: work.clone() }.fill(0, out);
        Ok(())
    }
    fn matmul(&self, work: &Arc<Matmul>, out: &mut Buffer<f64>) -> Answer<()> {
        matmul::Product::new(self.team(), work.clone()).fill(0, out);
        Ok(())
    }
    fn montecarlo(&self, work: &Arc<MonteCarlo>, out: &mut u64) -> Answer<()> {
        *out = 0;
        let kernel = montecarlo::Hits { build: self.team(), work: work.clone() };
        kernel.fold(out, 0..kernel.len());
        Ok(())
    }
    fn pairwise(&self, work: &Arc<Pairwise>, out: &mut Buffer<f64>) -> Answer<()> {
        pairwise::Distances { build: self.team(), work: work.clone() }.fill(0, out);
        Ok(())
    }
    fn stream(&self, work: &Arc<Stream>, out: &mut Swept) -> Answer<()> {
        let triad = Arc::new(stream::Triad { build: self.team(), work: work.clone() });
        out.sweep(|state| Sequential.sweep(&triad, state))
    }
}
