//! The cost per task in a known graph: how small may tasks be before scheduling them costs more than running them?
//!
//! ```text
//! for each row of the grid, for each column:
//!     h = the task's own word, mixed with the results of the row before that it needs, in order
//!     result[column] = spin(h, turns)
//! ```
//!
//! The grid of Task Bench (Slaughter et al., SC 2020): tasks in rows, each of which hashes some
//! results of the row before and then does opaque work. Sweeping that work gives the *minimum
//! effective task granularity*, the smallest task that still keeps half of the machine busy. The
//! hash takes its inputs in order, so a lost or reordered dependency changes the last row.
//!
//! Without dependencies (`trivial`), the last row would not show that the others were left out, and
//! nothing keeps the rows apart. So all tasks of the grid are in one row there, which is the output.

use super::{Evenness, Facts, Params, Size, Workload, cases, known, sent_as_params};
use crate::bound::{Bound, Rate};
use crate::buffer::Buffer;
use crate::digest::Output;
use crate::spread::Spread;
use parallax_pattern::Graph;
use parallax_pattern::random::{GAMMA, at, mix, seed, spin};
use std::ops::Range;

/// A grid of tasks and their dependencies.
pub struct TaskGraph {
    params: Params,
    seed: u64,
    /// How wide the grid is, and how many rows of it make one row of the graph.
    columns: usize,
    joined: usize,
    width: usize,
    depth: usize,
    turns: u64,
    /// Which neighbours each task needs in the random case: bit `k` is column `p - 5 + k`.
    /// Drawn in advance, because a draw per edge would cost as much as a small task.
    drawn: Vec<u16>,
}

cases! {
    /// Which tasks of the row before a task needs.
    enum Dependence {
        Stencil = "stencil",
        Trivial = "trivial",
        Fft = "fft",
        Random = "random",
        All = "all",
    }
}

/// How far to the left and right a random dependency reaches.
const REACH: usize = 5;

/// Columns and rows of the grid, and turns of opaque work per task.
const fn shape(size: Size) -> (usize, usize, u64) {
    size.of([(8, 8, 16), (16, 100, 256), (64, 250, 1024), (64, 250, 4096), (256, 1000, 256)])
}

/// The same, or with the requested number of tasks: as many whole rows as they fill.
fn grid(params: Params) -> (usize, usize, u64) {
    let (columns, rows, turns) = shape(params.size);
    let (columns, rows) = match params.units.map(|units| units.max(1) as usize) {
        Some(tasks) => (columns.min(tasks), (tasks / columns).max(1)),
        None => (columns, rows),
    };
    (columns, rows, params.turns.unwrap_or(turns))
}

/// How many rows of the grid make one row of the graph: all, if no task needs another.
const fn joined(case: usize, rows: usize) -> usize {
    match Dependence::ALL[case] {
        Dependence::Trivial => rows,
        Dependence::Stencil | Dependence::Fft | Dependence::Random | Dependence::All => 1,
    }
}

impl TaskGraph {
    /// How many turns of opaque work a task does.
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// The communication between hosts with a block of columns each.
    fn spread(&self) -> Spread {
        match self.dependence() {
            Dependence::Stencil => Spread::graph(self, 1, false),
            Dependence::Trivial => Spread::graph(self, 0, false),
            Dependence::Random => Spread::graph(self, REACH, false),
            // half of the rows need columns that are further away than a block is wide
            Dependence::Fft | Dependence::All => Spread::graph(self, 0, true),
        }
    }

    fn dependence(&self) -> Dependence {
        Dependence::ALL[self.params.case]
    }

    /// The random neighbours of a task, as bits.
    fn draw(&self, row: usize, column: usize) -> u16 {
        let wanted = |k: usize| {
            let q = (column + k).wrapping_sub(REACH);
            let draw = || at(self.seed, ((row * self.width + column) * self.width + q) as u64);
            q < self.width && (q == column || draw() & 3 == 0)
        };
        (0..=2 * REACH).filter(|&k| wanted(k)).map(|k| 1 << k).sum()
    }
}

impl Graph for TaskGraph {
    type Value = u64;
    fn width(&self) -> usize {
        self.width
    }
    fn depth(&self) -> usize {
        self.depth
    }
    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
        let width = self.width;
        let neighbours = |apart: usize| {
            let left = u16::from(column >= apart);
            let right = u16::from(column + apart < width);
            Needs::Some { first: column.wrapping_sub(apart), apart, bits: left | 1 << 1 | right << 2 }
        };
        match self.dependence() {
            _ if row == 0 => Needs::All(0..0),
            Dependence::Trivial => Needs::All(0..0),
            Dependence::Fft => {
                let levels = width.next_power_of_two().trailing_zeros().max(1) as usize;
                neighbours(1 << ((row + levels - 1) % levels))
            }
            Dependence::Random => {
                let bits = self.drawn[row * width + column];
                Needs::Some { first: column.wrapping_sub(REACH), apart: 1, bits }
            }
            Dependence::All => Needs::All(0..width),
            Dependence::Stencil => neighbours(1),
        }
    }
    fn run(&self, row: usize, column: usize, inputs: impl Iterator<Item = u64>) -> u64 {
        let own = at(self.seed, (row * self.width + column) as u64);
        spin(inputs.fold(own, |h, input| mix(h ^ input)), self.turns)
    }
}

/// Columns in ascending order: neighbours at a regular distance, selected by bits, or a whole range.
enum Needs {
    Some { first: usize, apart: usize, bits: u16 },
    All(Range<usize>),
}

impl Iterator for Needs {
    type Item = usize;
    #[inline]
    fn next(&mut self) -> Option<usize> {
        match self {
            Needs::Some { bits: 0, .. } => None,
            Needs::Some { first, apart, bits } => {
                let k = bits.trailing_zeros() as usize;
                *bits &= *bits - 1;
                Some(first.wrapping_add(k * *apart)) // `first` may be left of column 0, a selected column is not
            }
            Needs::All(columns) => columns.next(),
        }
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = match self {
            Needs::Some { bits, .. } => bits.count_ones() as usize,
            Needs::All(columns) => columns.len(),
        };
        (left, Some(left))
    }
}

/// Digests of the last row of the graph, solved by the reference.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0xb3866fdf3449205b, 0xc45eeaca3295bbd9, 0x0a969c1dda9a9bdd, 0xd9085c1bb55bec5b]),
    (0, Size::Small, [0x06fca1ab050e16b5, 0xe307cffe161b1aec, 0x9a3befcda395901c, 0x56510b43b0311f98]),
    (0, Size::Headline, [0x4736c26733a4ff40, 0x12713ab300ff850a, 0xb3e6c0d6a58db794, 0xb0b3faa82d9ace49]),
    (0, Size::Medium, [0xef4f16e3bc92896a, 0xf04d38418f27703f, 0xaa0cb68f5c2b492c, 0xb419178a81812180]),
    (1, Size::Tiny, [0x96ff2af675b38116, 0x706958ccd824fa12, 0x355bf1c2521f85c4, 0xc3252d92008e219f]),
    (1, Size::Small, [0x6ca514a866c61c26, 0xca1d9daabd307926, 0x0e557ee3a60458d5, 0x5f2b491d6ab14b7c]),
    (1, Size::Headline, [0x59708ebaca55e794, 0xd31bf991a91f9aab, 0xebcae2af60dba567, 0x88cf40e92309e13a]),
    (1, Size::Medium, [0xd044798a27b3ff51, 0x770d953ea5c61208, 0x3ddfca23181af293, 0x4274dda4af6dcef2]),
    (2, Size::Tiny, [0x17a3c438df1691a5, 0xe4e8dc785632e5ea, 0x6aae79472582ff99, 0xbef53e098d7a7384]),
    (2, Size::Small, [0xd10ae8f812ba90d1, 0x0ba54fa0892caae1, 0x2f83d4db189b7301, 0x2b696ef4db355a3a]),
    (2, Size::Headline, [0x80716249eb50cf8d, 0xac10f4b43e595d8f, 0x848380d245f17dc3, 0x7c22dd21d3f0c8a1]),
    (2, Size::Medium, [0xc4fa966b003f2d75, 0x68f1a50e8d269ee1, 0x2739d6aa9711581d, 0x0d71452b7f525f92]),
    (3, Size::Tiny, [0x56eab9edc3699db7, 0xbdd22825cdb58617, 0xe0b1b0eb02ff0cf3, 0xcc68c321c1a13cd5]),
    (3, Size::Small, [0x81b71079446034df, 0x18b8485be8975eef, 0x276de37dea8e6cd7, 0xe28bb818a527fe6e]),
    (3, Size::Headline, [0x2b4c3fc227e1f5d7, 0xfde0523c21189ea2, 0xc7cc3cc8341fc46a, 0x49de6ebab1aad146]),
    (3, Size::Medium, [0x1756206635eda033, 0xbc43b09520a0a534, 0x102b3e26ee928444, 0xa8f5656d692bd079]),
    (4, Size::Tiny, [0x5317ad9780684423, 0xeda7b80f634bff11, 0x08d58ec8ba21fd7a, 0x12081bfc7be7c59b]),
    (4, Size::Small, [0x31ca7da73f90471c, 0xafed1f13adb3394d, 0xb59523c03a50b89d, 0x75dd0ec66e7f2a09]),
    (4, Size::Headline, [0xf221da223c772add, 0x88222d03f99dfff6, 0xc86d371981e1ce1f, 0xf080673345634e3f]),
    (4, Size::Medium, [0x9320a28163c1c24e, 0x7a1d3e5179ce480b, 0xeca4d8abbe4b4fe9, 0xac9fc612d23eb3fe]),
];

impl Workload for TaskGraph {
    const NAME: &'static str = "taskgraph";
    const NUMBER: u16 = 9;
    const SHOWS: &'static str = "cost per task in a known graph (METG)";
    const PATTERN: &'static str = "graph";
    const CASES: &'static [&'static str] = Dependence::NAMES;
    const HEADLINE: &'static [&'static str] =
        &["rayon", "crossbeam", "point-to-point", "spin-barrier", "tokio", "shared-memory"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Buffer<u64>;

    fn make(params: Params) -> Self {
        let (columns, rows, turns) = grid(params);
        let seed = seed(Self::NUMBER, params.variant);
        let joined = joined(params.case, rows);
        let (width, depth) = (columns * joined, rows / joined);
        let mut work = TaskGraph { params, seed, columns, joined, width, depth, turns, drawn: Vec::new() };
        if work.dependence() == Dependence::Random {
            work.drawn = (0..width * depth).map(|task| work.draw(task / width, task % width)).collect();
        }
        work
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        let (columns, rows, _) = grid(params);
        let drawn = if Dependence::ALL[params.case] == Dependence::Random { 2 * columns * rows } else { 0 };
        (8 * columns * joined(params.case, rows) + drawn) as u64
    }
    fn units(params: Params) -> Option<u64> {
        let (columns, rows, _) = grid(params);
        Some((columns * rows) as u64)
    }
    fn facts(&self) -> Facts {
        let items = (self.width * self.depth) as f64;
        Facts {
            items,
            unit: "tasks".into(),
            bytes: 0.0,
            flops: 0.0,
            evenness: Evenness::Even,
            limits: vec![Bound::of(Rate::Spin, items * self.turns as f64)],
            spread: Some(self.spread().into()),
        }
    }
    fn output(&self) -> Buffer<u64> {
        Buffer::new(self.width)
    }
    /// Row by row of the grid, testing for each pair of columns whether one needs the other.
    fn reference(&self, out: &mut Buffer<u64>) {
        let (w, mut before) = (self.columns, vec![0; self.columns]);
        for t in 0..self.depth * self.joined {
            let row = &mut out[t % self.joined * w..][..w];
            for (p, value) in row.iter_mut().enumerate() {
                let mut h = at(self.seed, (t * w + p) as u64);
                for q in (0..w).filter(|&q| self.depends(t, p, q)) {
                    h = mix(h ^ before[q]);
                }
                *value = (0..self.turns).fold(h, |h, _| mix(h.wrapping_add(GAMMA)));
            }
            before.copy_from_slice(row);
        }
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
    /// The sum of the digests of all rows of the grid that the output has, each with places from 0.
    fn digest(&self, out: &Buffer<u64>) -> u64 {
        let word = |i: usize| mix(out.word(i) ^ mix((i % self.columns) as u64));
        (0..out.len()).map(word).fold(0, u64::wrapping_add)
    }
}

impl TaskGraph {
    /// Whether task `p` of row `t` needs task `q` of the row before: the definition, word for word.
    fn depends(&self, t: usize, p: usize, q: usize) -> bool {
        let apart = p.abs_diff(q);
        match self.dependence() {
            _ if t == 0 => false,
            Dependence::Trivial => false,
            Dependence::Stencil => apart <= 1,
            Dependence::Fft => {
                let levels = (self.columns as f64).log2().ceil() as usize;
                apart == 0 || apart == 1 << ((t + levels - 1) % levels)
            }
            Dependence::Random => {
                let edge = ((t * self.columns + p) * self.columns + q) as u64;
                apart <= REACH && (apart == 0 || at(self.seed, edge).is_multiple_of(4))
            }
            Dependence::All => true,
        }
    }
}

sent_as_params!(TaskGraph);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{POISON, digest};

    fn params(case: &str, size: Size) -> Params {
        let case = TaskGraph::CASES.iter().position(|name| *name == case).unwrap();
        Params { case, ..Params::of(size) }
    }

    fn solved(work: &TaskGraph) -> Buffer<u64> {
        let mut out = work.output();
        work.reference(&mut out);
        out
    }

    /// A change of the inputs of a task.
    type Change = fn(&mut Vec<u64>);

    /// Row by row, with the inputs of each task changed.
    fn changed(work: &TaskGraph, change: Change) -> Buffer<u64> {
        let (mut before, mut out) = (work.output(), work.output());
        for row in 0..work.depth {
            for column in 0..work.width {
                let mut inputs: Vec<u64> = work.needs(row, column).map(|q| before[q]).collect();
                change(&mut inputs);
                out[column] = work.run(row, column, inputs.into_iter());
            }
            before.copy_from_slice(&out);
        }
        out
    }

    #[test]
    fn the_digests_are_the_published_ones() {
        for (size, case, answer) in [
            (Size::Tiny, "trivial", 0x96ff2af675b38116),
            (Size::Small, "trivial", 0x6ca514a866c61c26),
            (Size::Small, "stencil", 0x06fca1ab050e16b5),
            (Size::Small, "fft", 0xd10ae8f812ba90d1),
            (Size::Small, "random", 0x81b71079446034df),
            (Size::Medium, "trivial", 0xd044798a27b3ff51),
            (Size::Medium, "stencil", 0xef4f16e3bc92896a),
            (Size::Medium, "fft", 0xc4fa966b003f2d75),
            (Size::Medium, "random", 0x1756206635eda033),
        ] {
            let work = TaskGraph::make(params(case, size));
            assert_eq!(work.answer(), Some(answer), "{case} {size}");
            if size < Size::Medium {
                assert_eq!(work.digest(&solved(&work)), answer, "{case}");
            }
            if case != "trivial" && size < Size::Medium {
                assert_eq!(digest(&solved(&work)), answer, "{case}: the digest of a row is the common one");
            }
        }
    }

    #[test]
    fn a_task_needs_what_the_definition_says() {
        for case in TaskGraph::CASES {
            for size in [Size::Tiny, Size::Small] {
                let work = TaskGraph::make(params(case, size));
                for (t, p) in (0..work.depth).flat_map(|t| (0..work.width).map(move |p| (t, p))) {
                    let needs: Vec<_> = work.needs(t, p).collect();
                    let right: Vec<_> = (0..work.width).filter(|&q| work.depends(t, p, q)).collect();
                    assert_eq!(needs, right, "{case} ({t}, {p})");
                    assert_eq!(work.needs(t, p).size_hint(), (right.len(), Some(right.len())));
                }
            }
        }
    }

    #[test]
    fn lost_repeated_and_reordered_dependencies_are_rejected() {
        let changes: [(&str, Change); 4] = [
            ("lost", |inputs| inputs.truncate(inputs.len().saturating_sub(1))),
            ("repeated", |inputs| inputs.extend(inputs.last().copied())),
            ("reordered", |inputs| inputs.reverse()),
            ("not waited for", |inputs| inputs.fill(0)),
        ];
        for case in ["stencil", "fft", "random", "all"] {
            let work = TaskGraph::make(params(case, Size::Tiny));
            assert!(work.check(&changed(&work, |_| ()), work.expected()).is_ok(), "{case}");
            for (name, change) in changes {
                assert!(work.check(&changed(&work, change), work.expected()).is_err(), "{case}: {name}");
            }
        }
    }

    /// Runs only the tasks that the last row depends on, and counts them.
    fn on_demand(work: &TaskGraph) -> (Buffer<u64>, usize) {
        let mut wanted = vec![vec![false; work.width]; work.depth];
        for row in (0..work.depth).rev() {
            for column in 0..work.width {
                let ends = row + 1 == work.depth;
                wanted[row][column] |= ends;
                if wanted[row][column] {
                    work.needs(row, column).for_each(|need| wanted[row - 1][need] = true);
                }
            }
        }
        let (mut before, mut out) = (work.output(), work.output());
        for (row, wanted) in wanted.iter().enumerate() {
            for column in (0..work.width).filter(|&column| wanted[column]) {
                out[column] = work.run(row, column, work.needs(row, column).map(|q| before[q]));
            }
            before.copy_from_slice(&out);
        }
        (out, wanted.iter().flatten().filter(|wanted| **wanted).count())
    }

    #[test]
    fn the_output_asks_for_every_task_of_the_grid() {
        for size in [Size::Tiny, Size::Small] {
            for case in TaskGraph::CASES {
                let work = TaskGraph::make(params(case, size));
                let (out, tasks) = on_demand(&work);
                assert_eq!(tasks as f64, work.facts().items, "{case} {size}: some are done for nothing");
                assert_eq!(work.check(&out, work.expected()), Ok(()), "{case} {size}");
            }
        }
    }

    #[test]
    fn a_task_left_out_of_any_row_is_rejected() {
        let work = TaskGraph::make(params("trivial", Size::Tiny));
        let (right, (columns, rows, _)) = (solved(&work), shape(Size::Tiny));
        for task in 0..columns * rows {
            for instead in [0, POISON, at(work.seed, task as u64)] {
                let mut out = right.clone();
                out[task] = instead;
                assert!(work.check(&out, work.expected()).is_err(), "task {task}: {instead:#x}");
            }
        }
        let mut last_only = work.output();
        let start = columns * (rows - 1);
        last_only[start..].copy_from_slice(&right[start..]);
        assert!(work.check(&last_only, work.expected()).is_err(), "all rows but the last");
    }

    #[test]
    fn units_are_tasks_in_whole_rows_and_every_one_of_them_counts() {
        let of = |case, size, units| TaskGraph::make(Params { units: Some(units), ..params(case, size) });
        for (units, width, depth) in
            [(1, 1, 1), (7, 7, 1), (16, 16, 1), (160, 16, 10), (167, 16, 10), (16_000, 16, 1000)]
        {
            for case in TaskGraph::CASES {
                let work = of(case, Size::Small, units);
                let tasks = work.width() * work.depth();
                assert_eq!((work.columns, tasks), (width, width * depth), "{case} {units}");
                assert_eq!(work.facts().items, tasks as f64);
            }
        }
        for case in TaskGraph::CASES {
            let work = of(case, Size::Tiny, 24);
            assert_eq!(work.digest(&changed(&work, |_| {})), work.expected(), "{case}");
            assert_ne!(work.expected(), of(case, Size::Tiny, 16).expected(), "{case}");
            let own = of(case, Size::Tiny, 64);
            assert_eq!(own.answer(), None);
            assert_eq!(own.expected(), TaskGraph::make(params(case, Size::Tiny)).expected(), "{case}");
        }
    }

    #[test]
    fn turns_can_be_set_and_change_the_answer() {
        let swept = |turns| TaskGraph::make(Params { turns, ..Params::of(Size::Tiny) });
        assert_eq!((swept(None).turns(), swept(Some(1)).turns()), (16, 1));
        assert_eq!(swept(Some(16)).expected(), swept(None).expected());
        assert_ne!(swept(Some(1)).expected(), swept(None).expected());
    }
}
