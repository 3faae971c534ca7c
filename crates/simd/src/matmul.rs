//! The compute ceiling: a tile of the product stays in registers while its factors stream past.
//!
//! A fused multiply-add takes two loads if its sum is kept in a register, and a load feeds one of them only
//! if it is used once. A tile of `ROWS` rows and three vectors of columns uses each loaded vector `ROWS`
//! times and each broadcast number three times: the loads no longer matter. The rest sees to it that they
//! come from near:
//!
//! 1. The right factor is packed into panels of a tile's width, so that its vectors are neighbours.
//! 2. The inner dimension is cut into parts of at most [`DEPTH`]: a panel's part stays in the first cache
//!    while all rows pass it.
//! 3. Rows pass in groups of [`GROUP`], whose part of the left factor stays in the second cache. It is not
//!    packed: a broadcast wants one number, and has no neighbours to gather.
//!
//! The layers are those of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008),
//! as BLIS arranges them. The entries are small integers, so no order of summation changes a bit.

use crate::lanes::{Floats, Job, Lanes, Machine};
use parallax_suite::Buffer;
use parallax_suite::pattern::Map;
use parallax_suite::workload::Matmul;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// A product whose right factor is packed.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", from = "Factors<M>")]
pub struct Product<M: Machine> {
    machine: M,
    work: Arc<Matmul>,
    #[serde(skip)]
    panels: Panels,
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

/// How many vectors a tile is wide.
pub(crate) const WIDE: usize = 3;
/// How many steps a panel's part is deep: 24 columns of it take 48 KiB.
const DEPTH: usize = 256;
/// How many rows pass a panel's part in a group.
const GROUP: usize = 128;

impl<M: Machine> Product<M> {
    /// The product of `work`, by the vectors of `machine`. Packing costs a copy of the right factor.
    pub fn new(machine: M, work: &Arc<Matmul>) -> Self {
        let panels = machine.run(Pack(work));
        Product { machine, work: work.clone(), panels }
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
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        self.machine.run(Piece { work: &self.work, panels: &self.panels, start, out });
    }
}

struct Pack<'a>(&'a Matmul);

impl Job for Pack<'_> {
    type Out = Panels;
    #[inline(always)]
    fn on<L: Lanes>(self, _: L) -> Panels {
        let (n, width) = (self.0.n(), WIDE * L::LEN);
        let mut numbers = Buffer::new(n.div_ceil(width) * width * n);
        for (panel, to) in numbers.chunks_exact_mut(width * n).enumerate() {
            let (first, end) = (panel * width, n.min((panel + 1) * width));
            for (to, from) in to.chunks_exact_mut(width).zip(self.0.b().chunks_exact(n)) {
                to[..end - first].copy_from_slice(&from[first..end]);
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
    /// The whole rows of the piece together, and what it has of a first and of a last row by themselves.
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let n = self.work.n();
        let ahead = (n - self.start % n) % n;
        let (first, rest) = self.out.split_at_mut(ahead.min(self.out.len()));
        let (whole, last) = rest.split_at_mut(rest.len() / n * n);
        let from = self.start % n;
        let row = self.start / n;
        let below = row + usize::from(from > 0);
        let part = |row, columns, out| Part { a: self.work.a(), n, panels: self.panels, row, columns, out };
        part(row, from..from + first.len(), first).fill(lanes);
        let rows = whole.len() / n;
        part(below, 0..n, whole).fill(lanes);
        part(below + rows, 0..last.len(), last).fill(lanes);
    }
}

/// Some columns of some rows of the product, one row after the other in `out`.
struct Part<'a> {
    a: &'a [f64],
    n: usize,
    panels: &'a Panels,
    row: usize,
    columns: Range<usize>,
    out: &'a mut [f64],
}

impl Part<'_> {
    #[inline(always)]
    fn fill<L: Lanes>(mut self, lanes: L) {
        if self.out.is_empty() {
            return;
        }
        let rows = self.out.len() / self.columns.len();
        let width = self.panels.width;
        let panels = self.columns.start / width..self.columns.end.div_ceil(width);
        let depth = self.n.div_ceil(self.n.div_ceil(DEPTH));
        for from in (0..self.n).step_by(depth) {
            let inner = from..self.n.min(from + depth);
            for group in (0..rows).step_by(GROUP) {
                let group = group..rows.min(group + GROUP);
                for panel in panels.clone() {
                    self.pass(lanes, group.clone(), inner.clone(), panel);
                }
            }
        }
    }

    /// Lets a group of rows pass a panel's part, in tiles as high as there are registers for.
    #[inline(always)]
    fn pass<L: Lanes>(&mut self, lanes: L, group: Range<usize>, inner: Range<usize>, panel: usize) {
        let mut row = group.start;
        while row < group.end {
            row += match group.end - row {
                8.. if L::REGISTERS >= 32 => self.tile::<L, 8>(lanes, row, &inner, panel),
                4.. => self.tile::<L, 4>(lanes, row, &inner, panel),
                2.. => self.tile::<L, 2>(lanes, row, &inner, panel),
                _ => self.tile::<L, 1>(lanes, row, &inner, panel),
            };
        }
    }

    /// Adds the products of an inner range to a tile; the first range also clears it. Gives the tile's height.
    #[inline(always)]
    fn tile<L: Lanes, const ROWS: usize>(
        &mut self,
        lanes: L,
        row: usize,
        inner: &Range<usize>,
        panel: usize,
    ) -> usize {
        let width = WIDE * L::LEN;
        let rows = std::array::from_fn(|r| &self.a[(self.row + row + r) * self.n..][inner.clone()]);
        let b = &self.panels.numbers[panel * width * self.n..][inner.start * width..inner.end * width];
        let sums = products::<L, ROWS>(lanes, rows, b);
        let stride = self.columns.len();
        let first = panel * width;
        for (sums, out) in sums.into_iter().zip(self.out[row * stride..].chunks_mut(stride)) {
            if self.columns.start <= first && first + width <= self.columns.end {
                let out = &mut out[first - self.columns.start..][..width];
                for (sum, out) in sums.into_iter().zip(out.chunks_exact_mut(L::LEN)) {
                    let sum = if inner.start == 0 { sum } else { Floats::load(lanes, out) + sum };
                    sum.store(out);
                }
            } else {
                add_edge(sums, first, &self.columns, inner.start == 0, out);
            }
        }
        ROWS
    }
}

/// The products of `ROWS` rows with a panel's part: `rows[r][k] * b[k][c]`, summed over `k`.
#[inline(always)]
fn products<L: Lanes, const ROWS: usize>(
    lanes: L,
    rows: [&[f64]; ROWS],
    b: &[f64],
) -> [[Floats<L>; WIDE]; ROWS] {
    let mut sums = [[Floats::splat(lanes, 0.0); WIDE]; ROWS];
    let depth = b.len() / (WIDE * L::LEN);
    let rows = rows.map(|row| &row[..depth]);
    for (k, b) in b.chunks_exact(WIDE * L::LEN).enumerate() {
        let mut column = [0.0; ROWS];
        column.iter_mut().zip(rows).for_each(|(a, row)| *a = row[k]);
        add_products(lanes, &mut sums, column, b);
    }
    sums
}

/// Adds the products of a column of numbers with a row of [`WIDE`] vectors to a tile.
#[inline(always)]
pub(crate) fn add_products<L: Lanes, const ROWS: usize>(
    lanes: L,
    sums: &mut [[Floats<L>; WIDE]; ROWS],
    column: [f64; ROWS],
    row: &[f64],
) {
    let mut vectors = [Floats::splat(lanes, 0.0); WIDE];
    for (vector, from) in vectors.iter_mut().zip(row.chunks_exact(L::LEN)) {
        *vector = Floats::load(lanes, from);
    }
    for (sums, a) in sums.iter_mut().zip(column) {
        let a = Floats::splat(lanes, a);
        for (sum, b) in sums.iter_mut().zip(vectors) {
            *sum = a.mul_add(b, *sum);
        }
    }
}

/// Adds a tile's row that reaches beyond `columns`: what is inside of them.
#[inline(always)]
fn add_edge<L: Lanes>(
    sums: [Floats<L>; WIDE],
    first: usize,
    columns: &Range<usize>,
    clear: bool,
    out: &mut [f64],
) {
    let mut all = [0.0; WIDE * crate::lanes::MOST_LANES];
    for (sum, all) in sums.into_iter().zip(all.chunks_exact_mut(L::LEN)) {
        sum.store(all);
    }
    let inside = columns.start.max(first)..columns.end.min(first + WIDE * L::LEN);
    let out = &mut out[inside.start - columns.start..inside.end - columns.start];
    for (out, sum) in out.iter_mut().zip(&all[inside.start - first..]) {
        *out = if clear { *sum } else { *out + sum };
    }
}
