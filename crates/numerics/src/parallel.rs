//! The same walks in lock step, divided among threads: `par_for_each` for `for_each`.
//!
//! ```
//! use ndarray::{Array1, Zip, array};
//!
//! let (b, c) = (array![1.0, 2.0, 3.0], array![10.0, 20.0, 30.0]);
//! let mut a = Array1::<f64>::zeros(3);
//! Zip::from(&mut a).and(&b).and(&c).par_for_each(|a, b, c| *a += b + 3.0 * c);
//! assert_eq!(a, array![31.0, 62.0, 93.0]);
//! ```
//!
//! ndarray threads nothing by itself: who wants threads says so at every walk, and rayon divides it
//! into halves of halves. The pool is the one that the call runs in, or else rayon's global one, which
//! takes all cores.

use crate::gridsearch::Fits;
use crate::matmul::{Dot, Multiply};
use crate::{NO_CHAIN, heat, julia, montecarlo, pairwise};
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis, Zip};
use parallax_pattern::{Answer, Card, Cores, No, Technique};
use parallax_pattern::{Map, Reduce, Stencil, Sweep, make_item};
use parallax_suite::Buffer;
use parallax_suite::workload::{
    Bubblesort, Comparison, GridSearch, Heat, Heated, Julia, Matmul, MonteCarlo, Pairwise, Scores, Sorted,
    Stream, Swept,
};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::mem;
use std::sync::Arc;

/// ndarray with its feature `rayon`, in a pool of its own.
#[derive(Debug)]
pub struct NdArrayParallel {
    pool: ThreadPool,
}

impl Technique for NdArrayParallel {
    const CARD: Card = Card {
        name: "ndarray-parallel",
        idea: "walks in lock step that rayon halves among its threads",
        gives: "all cores for one word at each walk",
        costs: "the word at each walk; a walk over few elements costs more to divide than to make",
        cores: Cores::Workers,
        libraries: &["ndarray", "rayon", "matrixmultiply"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let pool = ThreadPoolBuilder::new().num_threads(workers.max(1)).build();
        Ok(NdArrayParallel { pool: pool.map_err(|error| No::Failed(error.into()))? })
    }
}

/// Workloads that have a walk or rows to divide.
impl NdArrayParallel {
    /// No walk: nothing in it is independent.
    pub fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
        Err(No::Unfit(NO_CHAIN))
    }

    /// By elements.
    pub fn comparison(&self, work: &Arc<Comparison>, out: &mut Buffer<u8>) -> Answer<()> {
        let arguments = work.arguments();
        let [a, b] = [0, 1].map(|q: usize| ArrayView1::from(arguments[q].1));
        let walk = Zip::from(ArrayViewMut1::from(&mut **out)).and(a).and(b);
        self.pool.install(|| {
            walk.par_for_each(|truth, a, b| *truth = (a * b - 4.125 * a > 2.5 * b).into());
        });
        Ok(())
    }

    /// By fits.
    pub fn gridsearch(&self, work: &Arc<GridSearch>, out: &mut Scores) -> Answer<()> {
        let fits = Fits::new(work, Dot);
        let walk = Zip::indexed(ArrayViewMut1::from(out.errors_mut()));
        self.pool.install(|| walk.par_for_each(|fit, error| *error = make_item(&fits, fit)));
        Ok(())
    }

    /// By rows of the new state, each step by itself.
    pub fn heat(&self, work: &Arc<Heat>, out: &mut Heated) -> Answer<()> {
        let (rows, n) = (heat::Rows(work.clone()), work.side());
        out.step(work, |[mut old, mut new]| {
            for _ in 0..rows.steps() {
                let walk = new.par_chunks_mut(n).enumerate();
                self.pool.install(|| walk.for_each(|(row, cells)| rows.step(old, row * n, cells)));
                mem::swap(&mut old, &mut new);
            }
            Ok(())
        })
    }

    /// By rows, so that points that are done let their row rest.
    pub fn julia(&self, work: &Arc<Julia>, out: &mut Buffer<u32>) -> Answer<()> {
        let (masked, width) = (julia::Masked(work.clone()), work.xs().len());
        let walk = out.par_chunks_mut(width).enumerate();
        self.pool.install(|| walk.for_each(|(row, counts)| masked.fill(row * width, counts)));
        Ok(())
    }

    /// By bands of rows, one for each thread: each packs the right factor for itself.
    pub fn matmul(&self, work: &Arc<Matmul>, out: &mut Buffer<f64>) -> Answer<()> {
        let n = work.n();
        let [a, b] = [work.a(), work.b()]
            .map(|factor| ArrayView2::from_shape((n, n), factor).expect("a factor is a square"));
        let mut c = ArrayViewMut2::from_shape((n, n), out).expect("so is the product");
        let band = n.div_ceil(self.pool.current_num_threads());
        let bands = c.axis_chunks_iter_mut(Axis(0), band).into_par_iter();
        let walk = bands.zip(a.axis_chunks_iter(Axis(0), band));
        self.pool.install(|| walk.for_each(|(c, a)| Dot.multiply(0.0, a, b, c)));
        Ok(())
    }

    /// By blocks of points.
    pub fn montecarlo(&self, work: &Arc<MonteCarlo>, out: &mut u64) -> Answer<()> {
        let blocks = montecarlo::Blocks(work.clone());
        let pieces = parallax_pattern::pieces(blocks.len(), blocks.grain()).collect::<Vec<_>>();
        let count = |piece: &std::ops::Range<usize>| {
            let mut hits = blocks.empty();
            blocks.fold(&mut hits, piece.clone());
            hits
        };
        *out = self.pool.install(|| ArrayView1::from(&pieces).into_par_iter().map(count).sum());
        Ok(())
    }

    /// By rows.
    pub fn pairwise(&self, work: &Arc<Pairwise>, out: &mut Buffer<f64>) -> Answer<()> {
        let (rows, m) = (pairwise::Rows(work.clone()), work.points().len());
        let walk = out.par_chunks_mut(m).enumerate();
        self.pool.install(|| walk.for_each(|(row, distances)| rows.fill(row * m, distances)));
        Ok(())
    }

    /// By elements, each pass by itself.
    pub fn stream(&self, work: &Arc<Stream>, out: &mut Swept) -> Answer<()> {
        let (b, c) = (ArrayView1::from(work.b()), ArrayView1::from(work.c()));
        out.sweep(|state| {
            for _ in 0..work.steps() {
                let walk = Zip::from(ArrayViewMut1::from(&mut *state)).and(b).and(c);
                self.pool.install(|| walk.par_for_each(|a, b, c| *a += b + 3.0 * c));
            }
            Ok(())
        })
    }
}
