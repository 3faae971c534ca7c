//! The compute ceiling: a tile of the product stays in registers while its factors stream past.
//!
//! A fused multiply-add takes two loads if its sum is kept in a register, and keeps up with the loads only if
//! each is used several times. A tile of some rows by two or three vectors of columns uses each vector
//! once for each row, and each broadcast number once for each vector. The rest sees to it that they come from
//! near, and one after the other:
//!
//! 1. The right factor is cut into panels of a tile's width, and the inner dimension into parts of at most
//!    `DEPTH`: a panel's part, a block, stays in the first cache while the left factor's rows pass.
//! 2. A block is packed by whoever is the first to need it, just before: its rows were fetched while the block
//!    before was summed, and it is in the first cache when its own sums begin. Packed all at once and
//!    before, the factor would go out to memory and come back, by one worker while the others wait.
//! 3. Rows pass in groups of `GROUP`, packed into strips of a tile's height, which stay in the second cache
//!    while all panels pass. While one does, the next is fetched, and a tile's place in the product while
//!    the tile is summed.
//! 4. Pieces are whole tiles high, so that only the last one pads a tile, and begin with different panels, so that
//!    workers pack different blocks.
//! 5. The blocks' memory is kept from call to call: fresh pages would cost a tenth of the product.
//! 6. Where a tile reaches beyond the piece, it is summed over zeros and cut when it is stored.
//!
//! The layers are those of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008),
//! as BLIS arranges them.

mod blocks;
mod product;
mod tile;

use self::blocks::Blocks;
pub use self::blocks::Spare;
pub use self::product::Product;
use self::tile::add_edge;
pub(crate) use self::tile::{add, add_products};
use crate::lanes::{Floats, Job, Lanes, prefetch};
use std::ops::Range;

/// How many numbers a line of a cache holds.
const LINE: usize = 8;
/// How many rows pass a block in a group at most: their strips, of 1 MiB, stay in a second or third cache.
const GROUP: usize = 480;

/// Writes the product of two matrices: `c = a b`, where `shape` is `[m, k, n]`: `a` has `m` rows of `k` numbers, `b` `k`
/// rows of `n`, and `c` `m` rows of `n`.
///
/// `m k n` fused multiply-adds, in another order than the plain loop's, so last bits may differ from it. It needs a copy
/// of `b`, and pays where each matrix has a hundred numbers or more. Threads may take some rows of `a` and `c` each.
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
/// If a slice is not as long as its shape says.
pub fn matmul(a: &[f64], b: &[f64], c: &mut [f64], shape: [usize; 3]) {
    assert_eq!(c.len(), shape[0] * shape[2], "a product of the shape {shape:?}");
    Product::new(a, b, shape, &Spare::default()).fill(0, c);
}

/// How many rows and columns a tile has: as many as there are registers for, with one for each vector of a block's
/// row and one for a broadcast.
struct Tile;

impl Job for Tile {
    type Out = [usize; 2];
    #[inline(always)]
    fn on<L: Lanes>(self, _: L) -> [usize; 2] {
        if L::REGISTERS >= 32 { [8, 3 * L::LEN] } else { [6, 2 * L::LEN] }
    }
}

/// Entries `start..start + out.len()` of the product.
struct Piece<'a> {
    a: &'a [f64],
    b: &'a [f64],
    blocks: &'a Blocks,
    start: usize,
    out: &'a mut [f64],
}

impl Job for Piece<'_> {
    type Out = ();
    /// By the tiles of [`Tile`].
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        if L::REGISTERS >= 32 {
            self.parts::<L, 8, 3>(lanes);
        } else {
            self.parts::<L, 6, 2>(lanes);
        }
    }
}

impl Piece<'_> {
    /// The whole rows of the piece together, and what it has of a first and of a last row by themselves.
    #[inline(always)]
    fn parts<L: Lanes, const ROWS: usize, const WIDE: usize>(self, lanes: L) {
        let Piece { a, b, blocks, start: mut p, out: mut rest } = self;
        let [k, n] = blocks.shape();
        if k == 0 {
            rest.fill(0.0);
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
            let panels = column / (WIDE * L::LEN)..columns.end.div_ceil(WIDE * L::LEN);
            let first = panels.start + row * panels.len() / height;
            Part { a, b, blocks, columns, out }.fill::<L, ROWS, WIDE>(lanes, panels, first);
            p += len;
            rest = after;
        }
    }
}

/// Some columns of some rows of the product, one row after the other in `out`.
struct Part<'a> {
    /// The left factor, from the first of these rows on.
    a: &'a [f64],
    b: &'a [f64],
    blocks: &'a Blocks,
    columns: Range<usize>,
    out: &'a mut [f64],
}

impl<'a> Part<'a> {
    /// Goes round the panels, beginning with `first`.
    #[inline(always)]
    fn fill<L: Lanes, const ROWS: usize, const WIDE: usize>(
        mut self,
        lanes: L,
        panels: Range<usize>,
        first: usize,
    ) {
        let rows = self.out.len() / self.columns.len();
        let (depth, [k, _]) = (self.blocks.depth(), self.blocks.shape());
        let height = rows.div_ceil(rows.div_ceil(GROUP)).next_multiple_of(ROWS);
        let mut strips = vec![0.0; height * depth];
        for from in (0..k).step_by(depth) {
            let inner = from..k.min(from + depth);
            for group in (0..rows).step_by(height) {
                let group = group..rows.min(group + height);
                self.pack::<ROWS>(&mut strips, group.clone(), inner.clone());
                let mut panel = first;
                for _ in panels.clone() {
                    let next = if panel + 1 < panels.end { panel + 1 } else { panels.start };
                    self.pass::<L, ROWS, WIDE>(lanes, &strips, group.clone(), inner.clone(), [panel, next]);
                    panel = next;
                }
            }
        }
    }

    /// Packs rows into strips: `ROWS` numbers for each step of the inner dimension.
    #[inline(always)]
    fn pack<const ROWS: usize>(&self, strips: &mut [f64], group: Range<usize>, inner: Range<usize>) {
        let [k, _] = self.blocks.shape();
        for (strip, first) in strips.chunks_exact_mut(inner.len() * ROWS).zip(group.clone().step_by(ROWS)) {
            let mut rows: [&[f64]; ROWS] = [&[]; ROWS];
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

    /// Lets a group of rows pass a panel's block, tile by tile, while the next panel's is fetched.
    #[inline(always)]
    fn pass<L: Lanes, const ROWS: usize, const WIDE: usize>(
        &mut self,
        lanes: L,
        strips: &[f64],
        group: Range<usize>,
        inner: Range<usize>,
        [panel, next]: [usize; 2],
    ) {
        let (width, [_, n]) = (WIDE * L::LEN, self.blocks.shape());
        let block = self.block(lanes, panel, inner.clone(), width);
        let (stride, first) = (self.columns.len(), panel * width);
        let whole = self.columns.start <= first && first + width <= self.columns.end;
        let out = &mut self.out[group.start * stride..group.end * stride];
        let mut next = match self.blocks.at(next, inner.start).get() {
            Some(block) => block.chunks(width),
            None => self.b[inner.start * n + next * width..].chunks(n),
        };
        let share = inner.len().div_ceil(group.len().div_ceil(ROWS));
        for (strip, out) in strips.chunks_exact(inner.len() * ROWS).zip(out.chunks_mut(ROWS * stride)) {
            for row in next.by_ref().take(share) {
                fetch(&row[..width.min(row.len())]);
            }
            if whole {
                for out in out.chunks_exact(stride) {
                    fetch(&out[first - self.columns.start..][..width]);
                }
            }
            let mut sums = [[Floats::splat(lanes, 0.0); WIDE]; ROWS];
            for (a, b) in strip.chunks_exact(ROWS).zip(block.chunks_exact(width)) {
                add_products(lanes, &mut sums, a.try_into().expect("a chunk is as long"), b);
            }
            for (sums, out) in sums.into_iter().zip(out.chunks_exact_mut(stride)) {
                if whole {
                    add(lanes, sums, inner.start == 0, &mut out[first - self.columns.start..][..width]);
                } else {
                    let mut all = vec![0.0; width];
                    add(lanes, sums, true, &mut all);
                    add_edge(&all, first, &self.columns, inner.start == 0, out);
                }
            }
        }
    }

    /// A panel's block, packed now if it is not yet. Two who need it at once both pack it, and one is kept.
    #[inline(always)]
    fn block<L: Lanes>(&self, lanes: L, panel: usize, inner: Range<usize>, width: usize) -> &'a [f64] {
        let blocks: &'a Blocks = self.blocks;
        let place = blocks.at(panel, inner.start);
        if let Some(block) = place.get() {
            return block;
        }
        let mut block = blocks.memory();
        let [_, n] = blocks.shape();
        let rows = self.b[inner.start * n..].chunks_exact(n);
        for (to, from) in block.chunks_exact_mut(width).zip(rows) {
            let from = &from[panel * width..];
            if from.len() < width {
                to[..from.len()].copy_from_slice(from);
                to[from.len()..].fill(0.0);
            } else {
                for (to, from) in to.chunks_exact_mut(L::LEN).zip(from.chunks_exact(L::LEN)) {
                    Floats::load(lanes, from).store(to);
                }
            }
        }
        place.get_or_init(|| block)
    }
}

/// Asks for all that `numbers` holds.
#[inline(always)]
fn fetch(numbers: &[f64]) {
    for line in numbers.chunks(LINE) {
        prefetch(line);
    }
}

/// The suite's product. The entries are small integers, so no order of summation changes a bit.
#[cfg(feature = "worker")]
pub(crate) mod suite {
    use super::{Blocks, Piece, Tile};
    use crate::Packed;
    use crate::lanes::Machine;
    use parallax_pattern::Fill;
    use parallax_suite::workload::Matmul;

    /// The right factor, packed as it is needed.
    #[derive(Debug)]
    pub struct Product<M> {
        machine: M,
        blocks: Blocks,
    }

    impl<M: Machine> Packed<M> {
        pub(crate) fn product(&self, work: &Matmul) -> Product<M> {
            let [_, width] = self.machine.run(Tile);
            Product { machine: self.machine, blocks: Blocks::new([work.n(); 2], width, &self.spare) }
        }
    }

    impl<M: Machine> Fill<Matmul> for Product<M> {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Matmul, start: usize, out: &mut [f64]) {
            self.machine.run(Piece { a: work.a(), b: work.b(), blocks: &self.blocks, start, out });
        }
        /// Sixteen pieces of whole tiles: each lets the whole right factor pass, and too few rows do not pay for that.
        fn grain(&self, work: &Matmul) -> usize {
            let (n, [height, _]) = (work.n(), self.machine.run(Tile));
            n.max(1) * (n / 16).max(24).next_multiple_of(height)
        }
    }
}
