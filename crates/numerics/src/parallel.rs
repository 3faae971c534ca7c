//! Walks over arrays in lock step, divided among threads: `par_for_each` instead of `for_each`.
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
//! ndarray uses no threads by default: you choose them at every walk, and rayon halves it repeatedly. The pool is the
//! one in which the call runs, or else rayon's global one, which takes all cores.

use crate::matmul::Multiply;
use crate::{NdArray, heat, julia, pairwise};
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis, LinalgScalar, Zip};
use rayon::prelude::*;

/// As [`fuse2`](crate::expression::fuse2), by elements.
///
/// # Panics
///
/// If the arrays differ in length.
pub fn fuse2<T: Send>(arrays: [&[f64]; 2], out: &mut [T], formula: impl Fn(f64, f64) -> T + Send + Sync) {
    let [a, b] = arrays.map(ArrayView1::from);
    let walk = Zip::from(ArrayViewMut1::from(out)).and(a).and(b);
    walk.par_for_each(|z, &a, &b| *z = formula(a, b));
}

/// As [`step`](heat::step) for the whole torus, by rows.
///
/// # Panics
///
/// If there are fewer than two rows or columns, or the length of a state does not match them.
pub fn step(old: &[f64], shape: [usize; 2], rate: f64, new: &mut [f64]) {
    assert_eq!(old.len(), new.len(), "both states must have the same size");
    let rows = new.par_chunks_mut(shape[1]).enumerate();
    rows.for_each(|(row, cells)| heat::step(old, shape, rate, row * shape[1], cells));
}

/// As [`escape_counts`](julia::escape_counts) for the whole picture, by rows, so that a row stops when its points are
/// done.
///
/// # Panics
///
/// If there is not a count for each pixel.
pub fn escape_counts(xs: &[f64], ys: &[f64], c: (f64, f64), limit: u32, counts: &mut [u32]) {
    assert_eq!(counts.len(), xs.len() * ys.len(), "there must be a count for each pixel");
    let rows = counts.par_chunks_mut(xs.len()).zip(ys);
    rows.for_each(|(counts, &y)| julia::escape_counts(xs, &[y], c, limit, 0, counts));
}

/// As [`matmul`](crate::matmul::matmul) with ndarray's product, by bands of rows, one for each thread: each packs the
/// right factor for itself.
///
/// # Panics
///
/// If the length of a slice does not match its shape.
pub fn matmul<T: LinalgScalar + Send + Sync>(
    [rows, inner, columns]: [usize; 3],
    a: &[T],
    b: &[T],
    c: &mut [T],
) {
    let fits = a.len() == rows * inner && b.len() == inner * columns && c.len() == rows * columns;
    assert!(fits, "each slice must be as long as its shape says");
    if inner == 0 {
        return c.fill(T::zero());
    }
    let a = ArrayView2::from_shape((rows, inner), a).expect("the length was checked");
    let b = ArrayView2::from_shape((inner, columns), b).expect("the length was checked");
    let mut c = ArrayViewMut2::from_shape((rows, columns), c).expect("the length was checked");
    let band = rows.div_ceil(rayon::current_num_threads()).max(1);
    let bands = c.axis_chunks_iter_mut(Axis(0), band).into_par_iter();
    bands.zip(a.axis_chunks_iter(Axis(0), band)).for_each(|(c, a)| NdArray.multiply(T::zero(), a, b, c));
}

/// As [`hits`](crate::montecarlo::hits), by blocks of `grain` points.
pub fn hits(seed: u64, points: usize, grain: usize) -> u64 {
    let pieces: Vec<_> = parallax_pattern::pieces(points, grain).collect();
    let count = |piece: &std::ops::Range<usize>| crate::montecarlo::hits(seed, piece.clone());
    ArrayView1::from(&pieces).into_par_iter().map(count).sum()
}

/// As [`pairwise`](pairwise::pairwise), by rows.
///
/// # Panics
///
/// If the length of `distances` is not the square of the number of points.
pub fn pairwise<const D: usize>(points: &[[f64; D]], distances: &mut [f64]) {
    let m = points.len();
    assert_eq!(distances.len(), m.pow(2), "there must be a distance for each pair");
    let rows = distances.par_chunks_mut(m.max(1)).enumerate();
    rows.for_each(|(row, distances)| pairwise::pairwise_part(points, row * m, distances));
}

/// As [`triad`](crate::stream::triad), by elements.
///
/// ```
/// use parallax_numerics::parallel::triad;
///
/// let mut a = vec![1.0; 100_000];
/// triad(&mut a, &vec![2.0; 100_000], 10.0, &vec![3.0; 100_000]);
/// assert!(a.iter().all(|&a| a == 33.0));
/// ```
///
/// # Panics
///
/// If the three differ in length.
pub fn triad(a: &mut [f64], b: &[f64], factor: f64, c: &[f64]) {
    let walk = Zip::from(ArrayViewMut1::from(a)).and(ArrayView1::from(b)).and(ArrayView1::from(c));
    walk.par_for_each(|a, b, c| *a += b + factor * c);
}

#[cfg(feature = "worker")]
pub use worker::NdArrayParallel;

#[cfg(feature = "worker")]
mod worker {
    use crate::NdArray;
    use crate::cells::NO_CHAIN;
    use crate::matmul::Product;
    use ndarray::{ArrayViewMut1, Zip};
    use parallax_pattern::{Answer, Card, Cores, Kernel, No, Reduce, Stencil, Sweep, Technique, make_item};
    use parallax_suite::Buffer;
    use parallax_suite::workload::{
        Bubblesort, Comparison, GridSearch, Heat, Heated, Julia, Matmul, Matmul32, MonteCarlo, Pairwise,
        Scores, Sorted, Stream, Swept,
    };
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
            idea: "walks in lock step that rayon divides among its threads",
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
            let arrays = [0, 1].map(|q: usize| arguments[q].1);
            self.pool.install(|| super::fuse2(arrays, out, |a, b| (a * b - 4.125 * a > 2.5 * b).into()));
            Ok(())
        }

        /// By fits.
        pub fn gridsearch(&self, work: &Arc<GridSearch>, out: &mut Scores) -> Answer<()> {
            let fits = Kernel { engine: Product(NdArray), work: work.clone() };
            let walk = Zip::indexed(ArrayViewMut1::from(out.errors_mut()));
            self.pool.install(|| walk.par_for_each(|fit, error| *error = make_item(&fits, fit)));
            Ok(())
        }

        /// By rows of the new state, each step by itself.
        pub fn heat(&self, work: &Arc<Heat>, out: &mut Heated) -> Answer<()> {
            out.step(work, |[mut old, mut new]| {
                for _ in 0..work.steps() {
                    self.pool.install(|| super::step(old, [work.side(); 2], Heat::RATE, new));
                    mem::swap(&mut old, &mut new);
                }
                Ok(())
            })
        }

        /// By rows.
        pub fn julia(&self, work: &Arc<Julia>, out: &mut Buffer<u32>) -> Answer<()> {
            let (xs, ys) = (work.xs(), work.ys());
            self.pool.install(|| super::escape_counts(xs, ys, Julia::C, work.limit(), out));
            Ok(())
        }

        /// By bands of rows.
        pub fn matmul(&self, work: &Arc<Matmul>, out: &mut Buffer<f64>) -> Answer<()> {
            self.pool.install(|| super::matmul([work.n(); 3], work.a(), work.b(), out));
            Ok(())
        }

        /// By bands of rows.
        pub fn matmul32(&self, work: &Arc<Matmul32>, out: &mut Buffer<f32>) -> Answer<()> {
            self.pool.install(|| super::matmul([work.n(); 3], work.a(), work.b(), out));
            Ok(())
        }

        /// By blocks of points.
        pub fn montecarlo(&self, work: &Arc<MonteCarlo>, out: &mut u64) -> Answer<()> {
            *out = self.pool.install(|| super::hits(work.seed(), work.len(), work.grain()));
            Ok(())
        }

        /// By rows.
        pub fn pairwise(&self, work: &Arc<Pairwise>, out: &mut Buffer<f64>) -> Answer<()> {
            self.pool.install(|| super::pairwise(work.points(), out));
            Ok(())
        }

        /// By elements, each pass by itself.
        pub fn stream(&self, work: &Arc<Stream>, out: &mut Swept) -> Answer<()> {
            out.sweep(|state| {
                for _ in 0..work.steps() {
                    self.pool.install(|| super::triad(state, work.b(), 3.0, work.c()));
                }
                Ok(())
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_cores_compute_is_what_one_computes() {
        let points: Vec<[f64; 3]> = (0..40).map(|i| [i as f64, (i * i % 7) as f64, 1.0]).collect();
        let (mut many, mut one) = (vec![0.0; 1600], vec![f64::NAN; 1600]);
        pairwise(&points, &mut many);
        pairwise::pairwise(&points, &mut one);
        assert_eq!(many, one);

        step(&many, [20, 80], 0.25, &mut one);
        let mut other = vec![f64::NAN; 1600];
        heat::step(&many, [20, 80], 0.25, 0, &mut other);
        assert_eq!(one, other);

        let (xs, ys) = ([-0.5, 0.0, 0.7], [-1.0, 0.3]);
        let (mut many, mut one) = ([0; 6], [9; 6]);
        escape_counts(&xs, &ys, (0.1, 0.4), 50, &mut many);
        julia::escape_counts(&xs, &ys, (0.1, 0.4), 50, 0, &mut one);
        assert_eq!(many, one);

        assert_eq!(hits(7, 10_000, 300), crate::montecarlo::hits(7, 0..10_000));
    }

    #[test]
    fn bands_of_a_product_make_up_the_product() {
        let [a, b]: [Vec<f64>; 2] = [3, 5].map(|k| (0..35 * k).map(|i| (i % 11) as f64).collect());
        let shape = [21, 5, 35];
        let (mut many, mut one) = (vec![f64::NAN; 21 * 35], vec![0.0; 21 * 35]);
        matmul(shape, &a, &b, &mut many);
        crate::matmul::matmul(&NdArray, shape, &a, &b, &mut one);
        assert_eq!(many, one);
    }
}
