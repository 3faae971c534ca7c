//! A matrix product near the compute limit: a tile of it stays in registers while its factors stream past.
//!
//! A fused multiply-add needs two loads if its sum is kept in a register, and keeps up with the loads only if each is
//! used several times. A tile of some rows by two or three vectors of columns uses each vector once for each row, and
//! each broadcast number once for each vector. The rest of the scheme makes the loads near and sequential:
//!
//! 1. The right factor is cut into panels of a tile's width, and the inner dimension into parts of at most `DEPTH`: a
//!    panel's part, a block, stays in the first cache while the left factor's rows pass. The last panel is as many
//!    vectors wide as there are columns left.
//! 2. A block is packed by the first worker that needs it, just before use: its rows were fetched while the previous
//!    block was summed, and it is in the first cache when its own sums begin. If the whole factor were packed first,
//!    it would go out to memory and come back, through one worker while the others wait.
//! 3. Rows pass in groups of `GROUP`, packed into strips of a tile's height, which stay in the second cache while all
//!    panels pass. During one panel the next is fetched, and during one tile its place in the product.
//! 4. Pieces are whole tiles high, so that only the last one pads a tile, and begin with different panels, so that
//!    workers pack different blocks.
//! 5. The blocks' memory is kept from call to call: fresh pages would cost a tenth of the product.
//! 6. Where a tile reaches beyond the piece, it is summed over zeros and cut when it is stored.
//!
//! The layers are those of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008), as BLIS
//! arranges them. Single precision takes half the space, and is otherwise the same.

mod blocks;
mod product;
mod tile;

use self::blocks::Blocks;
pub use self::blocks::Spare;
pub use self::product::Product;
pub(crate) use self::tile::{add, add_products, zeros};
use self::tile::{add_edge, fetch};
use crate::lanes::{Job, Lanes, Number};
use std::marker::PhantomData;
use std::ops::Range;

/// The most rows in a group: their strips, of 1 MiB, stay in a second or third cache.
const GROUP: usize = 480;

/// Writes the product of two matrices: `c = a b`, where `shape` is `[m, k, n]`: `a` has `m` rows of `k` numbers, `b` `k`
/// rows of `n`, and `c` `m` rows of `n`. The numbers are `f64` or `f32`.
///
/// It makes `m k n` fused multiply-adds, in another order than the plain loop's, so last bits may differ. It needs a
/// copy of `b`, and pays where each matrix has a hundred numbers or more. Several threads may each take some rows of
/// `a` and `c`.
///
/// ```
/// let (a, b) = ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
/// let mut c = [0.0; 6];
/// parallax_simd::matmul(&a, &b, &mut c, [2, 2, 3]);
/// assert_eq!(c, [21.0, 24.0, 27.0, 47.0, 54.0, 61.0]);
/// ```
///
/// # Panics
///
/// If the length of a slice does not match its shape.
pub fn matmul<T: Number>(a: &[T], b: &[T], c: &mut [T], shape: [usize; 3]) {
    assert_eq!(c.len(), shape[0] * shape[2], "`c` must match the shape {shape:?}");
    Product::new(a, b, shape, &Spare::default()).fill(0, c);
}

/// The rows of a tile, its vectors, and the numbers in a vector: as many as registers allow, with one for each vector
/// of a block's row and one for a broadcast.
struct Tile<T>(PhantomData<T>);

impl<T: Number> Job for Tile<T> {
    type Out = [usize; 3];
    #[inline(always)]
    fn on<L: Lanes>(self, _: L) -> [usize; 3] {
        if L::REGISTERS >= 32 { [8, 3, T::count::<L>()] } else { [6, 2, T::count::<L>()] }
    }
}

/// Entries `start..start + out.len()` of the product.
struct Piece<'a, T> {
    a: &'a [T],
    b: &'a [T],
    blocks: &'a Blocks<T>,
    start: usize,
    out: &'a mut [T],
}

impl<T: Number> Job for Piece<'_, T> {
    type Out = ();
    /// With the tiles of [`Tile`].
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        if L::REGISTERS >= 32 {
            self.parts::<L, 8>(lanes);
        } else {
            self.parts::<L, 6>(lanes);
        }
    }
}

impl<T: Number> Piece<'_, T> {
    /// The whole rows of the piece together, and its parts of a first and of a last row separately.
    #[inline(always)]
    fn parts<L: Lanes, const ROWS: usize>(self, lanes: L) {
        let Piece { a, b, blocks, start: mut p, out: mut rest } = self;
        let [k, n] = blocks.shape();
        if k == 0 {
            rest.fill(T::default());
            return;
        }
        let height = a.len() / k;
        while !rest.is_empty() {
            let (row, column) = (p / n, p % n);
            let len =
                if column > 0 || rest.len() < n { rest.len().min(n - column) } else { rest.len() / n * n };
            let (out, after) = rest.split_at_mut(len);
            let a = &a[row * k..];
            let columns = column..n.min(column + len);
            let panels = blocks.panels(&columns);
            let first = panels.start + row * panels.len() / height;
            Part { a, b, blocks, columns, out }.fill::<L, ROWS>(lanes, panels, first);
            p += len;
            rest = after;
        }
    }
}

/// Some columns of some rows of the product, one row after the other in `out`.
struct Part<'a, T> {
    /// The left factor, from the first of these rows on.
    a: &'a [T],
    b: &'a [T],
    blocks: &'a Blocks<T>,
    columns: Range<usize>,
    out: &'a mut [T],
}

impl<'a, T: Number> Part<'a, T> {
    /// Goes through the panels in a ring, beginning with `first`.
    #[inline(always)]
    fn fill<L: Lanes, const ROWS: usize>(mut self, lanes: L, panels: Range<usize>, first: usize) {
        let rows = self.out.len() / self.columns.len();
        let (depth, [k, _]) = (self.blocks.depth(), self.blocks.shape());
        let height = rows.div_ceil(rows.div_ceil(GROUP)).next_multiple_of(ROWS);
        let mut strips = vec![T::default(); height * depth];
        for from in (0..k).step_by(depth) {
            let inner = from..k.min(from + depth);
            for group in (0..rows).step_by(height) {
                let group = group..rows.min(group + height);
                self.pack::<ROWS>(&mut strips, group.clone(), inner.clone());
                let mut panel = first;
                for _ in panels.clone() {
                    let next = if panel + 1 < panels.end { panel + 1 } else { panels.start };
                    let (group, inner, panels) = (group.clone(), inner.clone(), [panel, next]);
                    match self.blocks.columns(panel).len() / T::count::<L>() {
                        1 => self.pass::<L, ROWS, 1>(lanes, &strips, group, inner, panels),
                        2 => self.pass::<L, ROWS, 2>(lanes, &strips, group, inner, panels),
                        _ => self.pass::<L, ROWS, 3>(lanes, &strips, group, inner, panels),
                    }
                    panel = next;
                }
            }
        }
    }

    /// Packs rows into strips: `ROWS` numbers for each step of the inner dimension.
    #[inline(always)]
    fn pack<const ROWS: usize>(&self, strips: &mut [T], group: Range<usize>, inner: Range<usize>) {
        let [k, _] = self.blocks.shape();
        for (strip, first) in strips.chunks_exact_mut(inner.len() * ROWS).zip(group.clone().step_by(ROWS)) {
            let mut rows: [&[T]; ROWS] = [&[]; ROWS];
            for (r, row) in rows.iter_mut().enumerate() {
                let r = group.end.min(first + r + 1) - 1; // beyond the last one, the last one again
                *row = &self.a[r * k..][inner.clone()];
            }
            for (k, step) in strip.chunks_exact_mut(ROWS).enumerate() {
                for (step, row) in step.iter_mut().zip(rows) {
                    *step = row[k];
                }
            }
        }
    }

    /// Multiplies a group of rows with the block of a panel that is `WIDE` vectors wide, tile by tile, and fetches the
    /// next panel's block meanwhile.
    #[inline(always)]
    fn pass<L: Lanes, const ROWS: usize, const WIDE: usize>(
        &mut self,
        lanes: L,
        strips: &[T],
        group: Range<usize>,
        inner: Range<usize>,
        [panel, next]: [usize; 2],
    ) {
        let block = self.block::<L, WIDE>(lanes, panel, inner.clone());
        let share = inner.len().div_ceil(group.len().div_ceil(ROWS));
        let (first, width) = (self.blocks.columns(panel).start, self.blocks.columns(next).len());
        let mut ahead = self.blocks.source(self.b, next, &inner);
        let strips = strips.chunks_exact(inner.len() * ROWS);
        for (strip, top) in strips.zip(group.clone().step_by(ROWS)) {
            for row in ahead.by_ref().take(share) {
                fetch(&row[..width.min(row.len())]);
            }
            let rows = top..group.end.min(top + ROWS);
            self.tile::<L, ROWS, WIDE>(lanes, [strip, block], rows, inner.clone(), first);
        }
    }

    /// Sums a tile of some rows and of `WIDE` vectors from column `first` on.
    #[inline(always)]
    fn tile<L: Lanes, const ROWS: usize, const WIDE: usize>(
        &mut self,
        lanes: L,
        [strip, block]: [&[T]; 2],
        rows: Range<usize>,
        inner: Range<usize>,
        first: usize,
    ) {
        let (width, stride) = (WIDE * T::count::<L>(), self.columns.len());
        let whole = self.columns.start <= first && first + width <= self.columns.end;
        let out = &mut self.out[rows.start * stride..rows.end * stride];
        if whole {
            for out in out.chunks_exact(stride) {
                fetch(&out[first - self.columns.start..][..width]);
            }
        }
        let mut sums = zeros::<L, T, WIDE, ROWS>(lanes);
        for (a, b) in strip.chunks_exact(ROWS).zip(block.chunks_exact(width)) {
            add_products(lanes, &mut sums, a.try_into().expect("a chunk is as long"), b);
        }
        for (sums, out) in sums.into_iter().zip(out.chunks_exact_mut(stride)) {
            if whole {
                add(lanes, sums, inner.start == 0, &mut out[first - self.columns.start..][..width]);
            } else {
                add_edge(lanes, sums, first, &self.columns, inner.start == 0, out);
            }
        }
    }

    /// A panel's block, packed now if it is not yet. Two workers that need it at the same time both pack it, and one
    /// is kept.
    #[inline(always)]
    fn block<L: Lanes, const WIDE: usize>(&self, lanes: L, panel: usize, inner: Range<usize>) -> &'a [T] {
        let blocks: &'a Blocks<T> = self.blocks;
        let place = blocks.at(panel, inner.start);
        if let Some(block) = place.get() {
            return block;
        }
        let mut block = blocks.memory();
        let ([_, n], width, columns) = (blocks.shape(), WIDE * T::count::<L>(), blocks.columns(panel));
        let rows = self.b[inner.start * n..].chunks_exact(n).take(inner.len());
        for (to, from) in block.chunks_exact_mut(width).zip(rows) {
            let from = &from[columns.start..n.min(columns.end)];
            if from.len() < width {
                to[..from.len()].copy_from_slice(from);
                to[from.len()..].fill(T::default());
            } else {
                let count = T::count::<L>();
                for (to, from) in to.chunks_exact_mut(count).zip(from.chunks_exact(count)) {
                    T::store(lanes, to, T::load(lanes, from));
                }
            }
        }
        place.get_or_init(|| block)
    }
}

/// The suite's product. The entries are small integers, so no order of summation changes a bit.
#[cfg(feature = "worker")]
pub(crate) mod suite {
    use super::{Blocks, Piece, Spare, Tile};
    use crate::Packed;
    use crate::lanes::{Machine, Number};
    use parallax_pattern::Fill;
    use parallax_suite::workload::{Matmul, Precision};
    use std::marker::PhantomData;

    /// The right factor, packed as it is needed.
    #[derive(Debug)]
    pub struct Product<M, T> {
        machine: M,
        blocks: Blocks<T>,
    }

    impl<M: Machine> Packed<M> {
        pub(crate) fn product<T: Number>(&self, n: usize, spare: &Spare<T>) -> Product<M, T> {
            let [_, wide, vector] = self.machine.run(Tile::<T>(PhantomData));
            Product { machine: self.machine, blocks: Blocks::new([n; 2], [wide, vector], spare) }
        }
    }

    impl<M: Machine, T: Number + Precision> Fill<Matmul<T>> for Product<M, T> {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Matmul<T>, start: usize, out: &mut [T]) {
            self.machine.run(Piece { a: work.a(), b: work.b(), blocks: &self.blocks, start, out });
        }
        /// Sixteen pieces of whole tiles: each piece reads the whole right factor, which pays only for enough rows.
        fn grain(&self, work: &Matmul<T>) -> usize {
            let (n, [height, ..]) = (work.n(), self.machine.run(Tile::<T>(PhantomData)));
            n.max(1) * (n / 16).max(24).next_multiple_of(height)
        }
    }
}
