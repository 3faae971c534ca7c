//! The compute ceiling: a tile of the product stays in registers while its factors stream past.
//!
//! A fused multiply-add takes two loads if its sum is kept in a register, and keeps up with the loads only if
//! each is used several times. A tile of some rows by two or three vectors of columns uses each vector
//! once for each row, and each broadcast number once for each vector. The rest sees to it that they come from
//! near, and one after the other:
//!
//! 1. The right factor is packed into panels of a tile's width, once for all pieces.
//! 2. The inner dimension is cut into parts of at most `DEPTH`, each packed from the left factor into strips
//!    of a tile's height: a panel's part stays in the first cache while the strips pass.
//! 3. Rows pass in groups of `GROUP`, whose strips stay in the second cache while all panels pass. While one
//!    does, the next is fetched, and a tile's place in the product while the tile is summed.
//! 4. Pieces are whole tiles high, so that only the last one pads a tile.
//! 5. The packed factor's memory is kept from call to call: fresh pages would cost a tenth of the product.
//! 6. Where a tile reaches beyond the piece, it is summed over zeros and cut when it is stored.
//!
//! The layers are those of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008),
//! as BLIS arranges them. The entries are small integers, so no order of summation changes a bit.

use crate::lanes::{Floats, Job, Lanes, Machine};
use parallax_suite::Buffer;
use parallax_suite::pattern::Map;
use parallax_suite::workload::Matmul;
use serde::{Deserialize, Serialize};
use std::mem;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// A product whose right factor is packed.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", from = "Factors<M>")]
pub struct Product<M: Machine> {
    machine: M,
    work: Arc<Matmul>,
    #[serde(skip)]
    panels: Panels,
    #[serde(skip)]
    spare: Spare,
}

/// Memory that a product leaves to the next one.
#[derive(Clone, Default)]
pub(crate) struct Spare(Arc<Mutex<Option<Buffer<f64>>>>);

impl Spare {
    /// `len` numbers, whatever they are.
    fn take(&self, len: usize) -> Buffer<f64> {
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        spare.filter(|spare| spare.len() == len).unwrap_or_else(|| Buffer::new(len))
    }
    fn leave(&self, numbers: Buffer<f64>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(numbers);
    }
}

impl<M: Machine> Drop for Product<M> {
    fn drop(&mut self) {
        self.spare.leave(mem::replace(&mut self.panels.numbers, Buffer::new(0)));
    }
}

/// What is sent; the other side packs for itself.
#[derive(Deserialize)]
#[serde(bound = "")]
struct Factors<M: Machine> {
    machine: M,
    work: Arc<Matmul>,
}

/// A matrix as panels of `width` columns, each by rows, the last filled up with zeros.
struct Panels {
    width: usize,
    numbers: Buffer<f64>,
}

/// How many steps a panel's part is deep: with 8 columns it takes 16 KiB.
const DEPTH: usize = 256;
/// How many rows of the right factor are packed at once: so many sequences of addresses are read ahead together.
const BAND: usize = 16;
/// How many numbers a line of a cache holds.
const LINE: usize = 8;
/// How many rows pass a panel's part in a group: whole strips of 6 and of 8.
const GROUP: usize = 120;

impl<M: Machine> Product<M> {
    /// The product of `work`, by the vectors of `machine`. Packing costs a copy of the right factor.
    pub fn new(machine: M, work: &Arc<Matmul>) -> Self {
        Product::reusing(machine, work, &Spare::default())
    }

    /// The same, in the memory that an earlier product may have left.
    pub(crate) fn reusing(machine: M, work: &Arc<Matmul>, spare: &Spare) -> Self {
        let panels = machine.run(Pack { work, spare });
        Product { machine, work: work.clone(), panels, spare: spare.clone() }
    }
}

impl<M: Machine> From<Factors<M>> for Product<M> {
    fn from(Factors { machine, work }: Factors<M>) -> Self {
        Product::new(machine, &work)
    }
}

impl<M: Machine> Map for Product<M> {
    type Item = f64;
    fn len(&self) -> usize {
        self.work.len()
    }
    /// A number of rows that tiles of 6 and of 8 divide.
    fn grain(&self) -> usize {
        let n = self.work.n();
        n * self.work.grain().div_ceil(n.max(1)).next_multiple_of(24)
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        self.machine.run(Piece { work: &self.work, panels: &self.panels, start, out });
    }
}

struct Pack<'a> {
    work: &'a Matmul,
    spare: &'a Spare,
}

impl Job for Pack<'_> {
    type Out = Panels;
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) -> Panels {
        let (n, width) = (self.work.n(), L::LEN * if L::REGISTERS >= 32 { 3 } else { 2 });
        let panels = n.div_ceil(width);
        let mut numbers = self.spare.take(panels * width * n);
        for (first, rows) in self.work.b().chunks(BAND * n.max(1)).enumerate() {
            for (panel, to) in numbers.chunks_exact_mut(width * n).enumerate() {
                let to = to[first * BAND * width..].chunks_exact_mut(width);
                for (to, from) in to.zip(rows.chunks_exact(n)) {
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
            }
        }
        Panels { width, numbers }
    }
}

/// Entries `start..start + out.len()` of the product.
struct Piece<'a> {
    work: &'a Matmul,
    panels: &'a Panels,
    start: usize,
    out: &'a mut [f64],
}

impl Job for Piece<'_> {
    type Out = ();
    /// Tiles as large as there are registers for, with one for each vector of a panel and one for a broadcast.
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
        let (n, mut p, mut rest) = (self.work.n(), self.start, self.out);
        while !rest.is_empty() {
            let (row, column) = (p / n, p % n);
            let len =
                if column > 0 || rest.len() < n { rest.len().min(n - column) } else { rest.len() / n * n };
            let (out, after) = rest.split_at_mut(len);
            let a = &self.work.a()[row * n..];
            let columns = column..n.min(column + len);
            Part { a, n, panels: self.panels, columns, out }.fill::<L, ROWS, WIDE>(lanes);
            p += len;
            rest = after;
        }
    }
}

/// Some columns of some rows of the product, one row after the other in `out`.
struct Part<'a> {
    /// The left factor, from the first of these rows on.
    a: &'a [f64],
    n: usize,
    panels: &'a Panels,
    columns: Range<usize>,
    out: &'a mut [f64],
}

impl Part<'_> {
    #[inline(always)]
    fn fill<L: Lanes, const ROWS: usize, const WIDE: usize>(mut self, lanes: L) {
        let rows = self.out.len() / self.columns.len();
        let width = self.panels.width;
        let panels = self.columns.start / width..self.columns.end.div_ceil(width);
        let depth = self.n.div_ceil(self.n.div_ceil(DEPTH));
        let mut strips = vec![0.0; rows.min(GROUP).next_multiple_of(ROWS) * depth];
        for from in (0..self.n).step_by(depth) {
            let inner = from..self.n.min(from + depth);
            for group in (0..rows).step_by(GROUP) {
                let group = group..rows.min(group + GROUP);
                self.pack::<ROWS>(&mut strips, group.clone(), inner.clone());
                for panel in panels.clone() {
                    self.pass::<L, ROWS, WIDE>(lanes, &strips, group.clone(), inner.clone(), panel);
                }
            }
        }
    }

    /// Packs rows into strips: `ROWS` numbers for each step of the inner dimension.
    #[inline(always)]
    fn pack<const ROWS: usize>(&self, strips: &mut [f64], group: Range<usize>, inner: Range<usize>) {
        for (strip, first) in strips.chunks_exact_mut(inner.len() * ROWS).zip(group.clone().step_by(ROWS)) {
            let mut rows: [&[f64]; ROWS] = [&[]; ROWS];
            for (r, row) in rows.iter_mut().enumerate() {
                let r = group.end.min(first + r + 1) - 1; // beyond the last one, the last one again
                *row = &self.a[r * self.n..][inner.clone()];
            }
            for (k, step) in strip.chunks_exact_mut(ROWS).enumerate() {
                for (step, row) in step.iter_mut().zip(rows) {
                    *step = row[k];
                }
            }
        }
    }

    /// Lets a group of rows pass a panel's part, tile by tile.
    #[inline(always)]
    fn pass<L: Lanes, const ROWS: usize, const WIDE: usize>(
        &mut self,
        lanes: L,
        strips: &[f64],
        group: Range<usize>,
        inner: Range<usize>,
        panel: usize,
    ) {
        let width = WIDE * L::LEN;
        let part = inner.start * width..inner.end * width;
        let b = &self.panels.numbers[panel * width * self.n..][part.clone()];
        let (stride, first) = (self.columns.len(), panel * width);
        let whole = self.columns.start <= first && first + width <= self.columns.end;
        let out = &mut self.out[group.start * stride..group.end * stride];
        let next = match first + width < self.columns.end {
            true => &self.panels.numbers[(panel + 1) * width * self.n..][part],
            false => &[],
        };
        let share = next.len().div_ceil(group.len().div_ceil(ROWS)).next_multiple_of(LINE);
        let mut next = next.chunks(share.max(LINE));
        for (strip, out) in strips.chunks_exact(inner.len() * ROWS).zip(out.chunks_mut(ROWS * stride)) {
            let share = next.next().unwrap_or_default();
            fetch(lanes, share);
            if whole {
                for out in out.chunks_exact(stride) {
                    fetch(lanes, &out[first - self.columns.start..][..width]);
                }
            }
            let mut sums = [[Floats::splat(lanes, 0.0); WIDE]; ROWS];
            for (a, b) in strip.chunks_exact(ROWS).zip(b.chunks_exact(width)) {
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
}

/// Asks for all that `numbers` holds.
#[inline(always)]
fn fetch<L: Lanes>(lanes: L, numbers: &[f64]) {
    for line in numbers.chunks(LINE) {
        lanes.prefetch(line);
    }
}

/// Adds the products of a column of numbers with a row of vectors to a tile.
#[inline(always)]
pub(crate) fn add_products<L: Lanes, const ROWS: usize, const WIDE: usize>(
    lanes: L,
    sums: &mut [[Floats<L>; WIDE]; ROWS],
    column: &[f64; ROWS],
    row: &[f64],
) {
    let mut vectors = [Floats::splat(lanes, 0.0); WIDE];
    for (vector, from) in vectors.iter_mut().zip(row.chunks_exact(L::LEN)) {
        *vector = Floats::load(lanes, from);
    }
    for (sums, a) in sums.iter_mut().zip(column) {
        let a = Floats::splat(lanes, *a);
        for (sum, b) in sums.iter_mut().zip(vectors) {
            *sum = a.mul_add(b, *sum);
        }
    }
}

/// Adds a tile's row to what `out` holds, or replaces it.
#[inline(always)]
pub(crate) fn add<L: Lanes, const WIDE: usize>(
    lanes: L,
    sums: [Floats<L>; WIDE],
    clear: bool,
    out: &mut [f64],
) {
    for (sum, out) in sums.into_iter().zip(out.chunks_exact_mut(L::LEN)) {
        let sum = if clear { sum } else { Floats::load(lanes, out) + sum };
        sum.store(out);
    }
}

/// The same for a row that begins in column `first` and reaches beyond `columns`.
#[cold]
fn add_edge(sums: &[f64], first: usize, columns: &Range<usize>, clear: bool, out: &mut [f64]) {
    let inside = columns.start.max(first)..columns.end.min(first + sums.len());
    let out = &mut out[inside.start - columns.start..inside.end - columns.start];
    for (out, sum) in out.iter_mut().zip(&sums[inside.start - first..]) {
        *out = if clear { *sum } else { *out + sum };
    }
}
