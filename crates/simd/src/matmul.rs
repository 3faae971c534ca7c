//! A matrix product near the compute limit: a tile of it stays in registers while its factors stream past.
//!
//! A fused multiply-add needs two loads if its sum is kept in a register, and keeps up with the loads only if each is
//! used several times. A tile of some rows by two or four vectors of columns uses each vector once for each row, and
//! each broadcast number once for each vector. The rest of the scheme makes the loads near and sequential:
//!
//! 1. The right factor is cut into panels of a tile's width, and the inner dimension into parts of at most `DEPTH`: a
//!    tile's rows of the left factor stay in the first cache while the panels' blocks pass. The last panel is as many
//!    vectors wide as there are columns left.
//! 2. A block is packed by the first worker that needs it, just before use. If the whole factor were packed first, it
//!    would go out to memory and come back, through one worker while the others wait.
//! 3. Blocks pass in chunks of at most `CHUNK`, which stay in the second cache while all rows of a piece pass, and are
//!    read in the order of their addresses, which the processor fetches ahead by itself.
//! 4. The left factor is not packed: the rows of a tile are as many streams, read once from far and then from the first
//!    cache. To transpose them would cost a twentieth of the product.
//! 5. Pieces are whole tiles high, so that only the last one pads a tile, and begin with different panels, so that
//!    workers pack different blocks.
//! 6. The blocks' memory is kept from call to call: fresh pages would cost a tenth of the product.
//! 7. Where a tile reaches beyond the piece, it is summed over zeros and cut when it is stored.
//!
//! The layers are those of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008), as BLIS
//! arranges them. Single precision takes half the space, and is otherwise the same.

mod blocks;
mod product;
mod tile;

use self::blocks::Blocks;
pub use self::blocks::Spare;
pub use self::product::Product;
use self::tile::add_edge;
pub(crate) use self::tile::{add, add_products, zeros};
use crate::lanes::{Job, Lanes, Number};
use std::marker::PhantomData;
use std::ops::Range;

/// The rows of a tile.
const ROWS: usize = 6;

/// How many numbers of a row are taken between two checks of its bounds.
const UNIT: usize = 8;

/// The most bytes of a chunk of blocks: half of a second cache, or less.
const CHUNK: usize = 1 << 19;

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

/// The vectors of a tile's row, and the numbers in a vector: as many as registers allow, with one for each vector of a
/// block's row and one for a broadcast.
struct Tile<T>(PhantomData<T>);

impl<T: Number> Job for Tile<T> {
    type Out = [usize; 2];
    #[inline(always)]
    fn on<L: Lanes>(self, _: L) -> [usize; 2] {
        [if L::REGISTERS >= 32 { 4 } else { 2 }, T::count::<L>()]
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
    /// The whole rows of the piece together, and its parts of a first and of a last row separately.
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
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
            Part { a, b, blocks, columns, out }.fill(lanes, panels, first);
            p += len;
            rest = after;
        }
    }
}

/// A part of each row of a tile: units, and the numbers after the last whole one.
type Strip<'a, T> = [(&'a [[T; UNIT]], &'a [T]); ROWS];

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
    /// Part by part of the inner dimension, and chunk by chunk of the panels in a ring that begins with `first`.
    #[inline(always)]
    fn fill<L: Lanes>(mut self, lanes: L, panels: Range<usize>, first: usize) {
        let rows = self.out.len() / self.columns.len();
        let (depth, [k, _]) = (self.blocks.depth(), self.blocks.shape());
        let chunks = panels.len().div_ceil((CHUNK / self.blocks.bytes()).max(1));
        let chunk = panels.len().div_ceil(chunks);
        for from in (0..k).step_by(depth) {
            let inner = from..k.min(from + depth);
            for begin in (0..panels.len()).step_by(chunk) {
                let ring = (begin..panels.len().min(begin + chunk)).map(|step| first + step);
                let chunk = ring.map(|panel| if panel < panels.end { panel } else { panel - panels.len() });
                for top in (0..rows).step_by(ROWS) {
                    self.pass(lanes, top..rows.min(top + ROWS), &inner, chunk.clone());
                }
            }
        }
    }

    /// Multiplies the rows of a tile with the blocks of some panels.
    #[inline(always)]
    fn pass<L: Lanes>(
        &mut self,
        lanes: L,
        rows: Range<usize>,
        inner: &Range<usize>,
        panels: impl Iterator<Item = usize>,
    ) {
        let [k, _] = self.blocks.shape();
        let strip = std::array::from_fn(|r| {
            let r = (rows.start + r).min(rows.end - 1); // beyond the last one, the last one again
            self.a[r * k..][inner.clone()].as_chunks()
        });
        for panel in panels {
            match self.blocks.columns(panel).len() / T::count::<L>() {
                1 => self.tile::<L, 1>(lanes, &strip, panel, &rows, inner),
                2 => self.tile::<L, 2>(lanes, &strip, panel, &rows, inner),
                3 => self.tile::<L, 3>(lanes, &strip, panel, &rows, inner),
                _ => self.tile::<L, 4>(lanes, &strip, panel, &rows, inner),
            }
        }
    }

    /// Sums a tile of some rows and of a panel that is `WIDE` vectors wide.
    #[inline(always)]
    fn tile<L: Lanes, const WIDE: usize>(
        &mut self,
        lanes: L,
        strip: &Strip<'_, T>,
        panel: usize,
        rows: &Range<usize>,
        inner: &Range<usize>,
    ) {
        let block = self.block::<L, WIDE>(lanes, panel, inner);
        let width = WIDE * T::count::<L>();
        let (units, rest) = block[..inner.len() * width].split_at(inner.len() / UNIT * UNIT * width);
        let mut sums = zeros::<L, T, WIDE, ROWS>(lanes);
        for (u, b) in units.chunks_exact(UNIT * width).enumerate() {
            let a: [_; ROWS] = std::array::from_fn(|r| &strip[r].0[u]); // `map` may stay a call
            for k in 0..UNIT {
                let b = &b[k * width..][..width];
                add_products(lanes, &mut sums, &std::array::from_fn(|r| a[r][k]), b);
            }
        }
        for (k, b) in rest.chunks_exact(width).enumerate() {
            add_products(lanes, &mut sums, &std::array::from_fn(|r| strip[r].1[k]), b);
        }
        let (first, stride) = (self.blocks.columns(panel).start, self.columns.len());
        let whole = self.columns.start <= first && first + width <= self.columns.end;
        let out = &mut self.out[rows.start * stride..rows.end * stride];
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
    fn block<L: Lanes, const WIDE: usize>(&self, lanes: L, panel: usize, inner: &Range<usize>) -> &'a [T] {
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
    use super::{Blocks, Piece, ROWS, Spare, Tile};
    use crate::Packed;
    use crate::lanes::{Machine, Number};
    use parallax_pattern::Fill;
    use parallax_suite::workload::{Matmul, Precision};
    use std::marker::PhantomData;

    /// The right factor, packed as it is needed, for pieces of some rows.
    #[derive(Debug)]
    pub struct Product<M, T> {
        machine: M,
        blocks: Blocks<T>,
        rows: usize,
    }

    impl<M: Machine> Packed<M> {
        /// A piece for each core, or up to four if they are of enough rows: each reads the whole right factor.
        pub(crate) fn product<T: Number>(&self, n: usize, spare: &Spare<T>) -> Product<M, T> {
            const ENOUGH: usize = 64;
            let blocks = Blocks::new([n; 2], self.machine.run(Tile::<T>(PhantomData)), spare);
            let pieces = self.cores * (n / (ENOUGH * self.cores)).clamp(1, 4);
            Product { machine: self.machine, blocks, rows: n.div_ceil(pieces).next_multiple_of(ROWS) }
        }
    }

    impl<M: Machine, T: Number + Precision> Fill<Matmul<T>> for Product<M, T> {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Matmul<T>, start: usize, out: &mut [T]) {
            self.machine.run(Piece { a: work.a(), b: work.b(), blocks: &self.blocks, start, out });
        }
        fn grain(&self, work: &Matmul<T>) -> usize {
            work.n().max(1) * self.rows.max(1)
        }
    }
}
