//! Kernels become cells, one thread or many run them, and those that depend on their pieces are detected.

use parallax_conform as conform;
use parallax_pattern::{
    Answer, Card, Cores, Expand, Fill, Fold, FoldNest, Map, Nest, No, Pass, Question, Reduce, Refused,
    Search, Sequential, Stencil, Step, Sweep, Technique,
};
use parallax_suite::Compute;
use parallax_suite::workload::*;
use parallax_suite::{Buffer, Cell, cell};
use std::ops::Range;
use std::sync::Arc;

/// Computes pieces as the workload itself does, except for one map of its own; it refuses some workloads.
#[derive(Clone, Copy)]
struct Again<const HASTY: bool>;

impl<const HASTY: bool> Technique for Again<HASTY> {
    const CARD: Card = Card {
        name: "again",
        idea: "the same once more",
        gives: "a test",
        costs: "time",
        cores: Cores::One,
        libraries: &["serde"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Again)
    }
}

impl<const HASTY: bool> Step<Heat> for Again<HASTY> {
    const SOURCE: &'static str = file!();
    fn step(&self, work: &Heat, old: &[f64], start: usize, new: &mut [f64]) {
        Stencil::step(work, old, start, new);
    }
}

impl<const HASTY: bool> Fold<Histogram> for Again<HASTY> {
    const SOURCE: &'static str = file!();
    fn fold(&self, work: &Histogram, counts: &mut Vec<u64>, items: Range<usize>) {
        Reduce::fold(work, counts, items);
    }
}

impl<const HASTY: bool> Fill<Julia> for Again<HASTY> {
    const SOURCE: &'static str = file!();
    fn fill(&self, work: &Julia, start: usize, out: &mut [u32]) {
        Map::fill(work, start, out);
    }
}

impl<const HASTY: bool> Pass<Stream> for Again<HASTY> {
    const SOURCE: &'static str = file!();
    fn pass(&self, work: &Stream, start: usize, part: &mut [f64]) {
        Sweep::step(work, start, part);
    }
}

/// Distances that are right; if `HASTY`, only in pieces that start a row.
impl<const HASTY: bool> Fill<Pairwise> for Again<HASTY> {
    const SOURCE: &'static str = file!();
    fn fill(&self, work: &Pairwise, start: usize, out: &mut [f64]) {
        let (points, n) = (work.points(), work.points().len());
        let start = if HASTY { start / n * n } else { start };
        for (distance, p) in out.iter_mut().zip(start..) {
            let (a, b) = (points[p / n], points[p % n]);
            let square = |k: usize| (a[k] - b[k]).powi(2);
            *distance = (square(0) + square(1) + square(2)).sqrt();
        }
    }
}

impl<const HASTY: bool> FoldNest<GridSearch> for Again<HASTY> {
    const SOURCE: &'static str = file!();
    type Acc = <GridSearch as Nest>::Acc;
    fn empty(&self, work: &GridSearch) -> Self::Acc {
        Nest::empty(work)
    }
    fn fold(&self, work: &GridSearch, outer: usize, acc: &mut Self::Acc, pieces: Range<usize>) {
        Nest::fold(work, outer, acc, pieces);
    }
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc) {
        acc.add(&other);
    }
    fn finish(&self, work: &GridSearch, outer: usize, acc: Self::Acc) -> f64 {
        Nest::finish(work, outer, acc)
    }
}

/// Visits two nodes at a time.
impl<const HASTY: bool> Expand<TreeSearch> for Again<HASTY> {
    const SOURCE: &'static str = file!();
    type Node = Vec<TreeNode>;
    fn roots(&self, work: &TreeSearch) -> Vec<Self::Node> {
        vec![Search::roots(work)]
    }
    fn visit(
        &self,
        work: &TreeSearch,
        pair: Self::Node,
        acc: &mut Census,
        mut found: impl FnMut(Self::Node),
    ) {
        let mut open = Vec::new();
        pair.into_iter().for_each(|node| Search::visit(work, node, acc, |node| open.push(node)));
        open.chunks(2).for_each(|pair| found(pair.to_vec()));
    }
    fn weight(&self, work: &TreeSearch) -> usize {
        2 * Search::weight(work)
    }
}

const LEFT_OUT: No = No::Unfit("it is left out to test a refusal");

impl<const HASTY: bool> Compute for Again<HASTY> {
    fn comparison(&self, _: &Arc<Comparison>) -> Answer<Refused> {
        Err(LEFT_OUT)
    }
    fn expression(&self, _: &Arc<Expression>) -> Answer<Refused> {
        Err(LEFT_OUT)
    }
    fn gridsearch(&self, _: &Arc<GridSearch>) -> Answer<Self> {
        Ok(*self)
    }
    fn heat(&self, _: &Arc<Heat>) -> Answer<Self> {
        Ok(*self)
    }
    fn histogram(&self, _: &Arc<Histogram>) -> Answer<Self> {
        Ok(*self)
    }
    fn julia(&self, _: &Arc<Julia>) -> Answer<Self> {
        Ok(*self)
    }
    fn matmul(&self, _: &Arc<Matmul>) -> Answer<Refused> {
        Err(LEFT_OUT)
    }
    fn matmul32(&self, _: &Arc<Matmul32>) -> Answer<Refused> {
        Err(LEFT_OUT)
    }
    fn montecarlo(&self, _: &Arc<MonteCarlo>) -> Answer<Refused> {
        Err(LEFT_OUT)
    }
    fn pairwise(&self, _: &Arc<Pairwise>) -> Answer<Self> {
        Ok(*self)
    }
    fn stream(&self, _: &Arc<Stream>) -> Answer<Self> {
        Ok(*self)
    }
    fn treesearch(&self, _: &Arc<TreeSearch>) -> Answer<Self> {
        Ok(*self)
    }
    fn bubblesort(&self, work: &Arc<Bubblesort>, out: &mut Sorted) -> Answer<()> {
        work.sort(out);
        Ok(())
    }
}

#[test]
fn every_kernel_becomes_a_cell_and_is_right_in_any_pieces() {
    let ran = conform::kernels::<Again<false>>();
    let workloads = [
        "bubblesort:",
        "gridsearch:",
        "heat:",
        "histogram:1",
        "julia:",
        "pairwise:",
        "stream:",
        "treesearch:",
    ];
    for workload in workloads {
        assert!(ran.contains(&format!("{workload}/again")), "{workload}: {ran:?}");
    }
    assert!(!ran.iter().any(|cell| cell.starts_with("montecarlo")), "it refuses: {ran:?}");
}

#[test]
#[should_panic(expected = "pairwise:/again+ragged")]
fn a_kernel_that_depends_on_its_pieces_is_found() {
    conform::kernels::<Again<true>>();
}

#[test]
fn a_product_is_named_after_both_and_says_whose_code_it_runs() {
    let cells = cell::product::<Again<false>, Sequential>();
    let pairwise = cells.iter().find(|cell| cell.workload == "pairwise").unwrap();
    assert_eq!((pairwise.technique.as_str(), pairwise.card.name), ("again+sequential", "again+sequential"));
    assert_eq!(pairwise.question, Question::Compute);
    assert!(pairwise.implementor.contains("Again") && pairwise.input.contains("Again"));
    assert_eq!(pairwise.card.libraries, ["serde"]);
    let all = |cells: Vec<Cell>| cells.into_iter().map(|cell| cell.workload).collect::<Vec<_>>();
    assert!(!all(cells).contains(&"bubblesort"), "nothing in it can be spread");
    assert!(all(cell::compute::<Again<false>>()).contains(&"bubblesort"));
}

#[test]
fn a_buffer_is_what_a_map_fills() {
    let work = Arc::new(Pairwise::make(Params::of(Size::Tiny)));
    let mut out: Buffer<f64> = work.output();
    Fill::<Pairwise>::fill(&Again::<false>, &work, 0, &mut out);
    work.check(&out, work.expected()).unwrap();
}
