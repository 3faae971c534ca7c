//! Kernels become cells, one thread or many run them, and those that depend on their pieces are found.

use parallax_conform as conform;
use parallax_pattern::Map;
use parallax_pattern::Sequential;
use parallax_pattern::{Answer, Card, Cores, No, Question, Technique};
use parallax_suite::Compute;
use parallax_suite::workload::*;
use parallax_suite::{Buffer, Cell, cell};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Makes every workload anew and takes it as its own kernel, but for a map of its own.
struct Again<const HASTY: bool>;

/// Distances that are right, and in a hurry only where a piece starts a row.
#[derive(Serialize, Deserialize)]
struct Distances<const HASTY: bool>(Arc<Vec<[f64; 3]>>);

impl<const HASTY: bool> Map for Distances<HASTY> {
    type Item = f64;
    fn len(&self) -> usize {
        self.0.len().pow(2)
    }
    fn grain(&self) -> usize {
        self.0.len()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        let n = self.0.len();
        let start = if HASTY { start / n * n } else { start };
        for (distance, p) in out.iter_mut().zip(start..) {
            let (a, b) = (self.0[p / n], self.0[p % n]);
            let square = |k: usize| (a[k] - b[k]).powi(2);
            *distance = (square(0) + square(1) + square(2)).sqrt();
        }
    }
}

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

fn again<W: Workload>(work: &Arc<W>) -> Answer<W> {
    Ok(W::make(work.params()))
}

impl<const HASTY: bool> Compute for Again<HASTY> {
    type Comparison = Comparison;
    type Expression = Expression;
    type GridSearch = GridSearch;
    type Heat = Heat;
    type Histogram = Histogram;
    type Julia = Julia;
    type Matmul = Matmul;
    type MonteCarlo = MonteCarlo;
    type Pairwise = Distances<HASTY>;
    type Stream = Stream;

    fn comparison(&self, work: &Arc<Comparison>) -> Answer<Comparison> {
        again(work)
    }
    fn expression(&self, work: &Arc<Expression>) -> Answer<Expression> {
        again(work)
    }
    fn gridsearch(&self, work: &Arc<GridSearch>) -> Answer<GridSearch> {
        again(work)
    }
    fn heat(&self, work: &Arc<Heat>) -> Answer<Heat> {
        again(work)
    }
    fn histogram(&self, work: &Arc<Histogram>) -> Answer<Histogram> {
        again(work)
    }
    fn julia(&self, work: &Arc<Julia>) -> Answer<Julia> {
        again(work)
    }
    fn matmul(&self, work: &Arc<Matmul>) -> Answer<Matmul> {
        again(work)
    }
    fn montecarlo(&self, _: &Arc<MonteCarlo>) -> Answer<MonteCarlo> {
        Err(No::Unfit("it is left out to see what a refusal does"))
    }
    fn pairwise(&self, work: &Arc<Pairwise>) -> Answer<Distances<HASTY>> {
        Ok(Distances(Arc::new(work.points().to_vec())))
    }
    fn stream(&self, work: &Arc<Stream>) -> Answer<Stream> {
        again(work)
    }
    fn bubblesort(&self, work: &Arc<Bubblesort>, out: &mut Sorted) -> Answer<()> {
        work.sort(out);
        Ok(())
    }
}

#[test]
fn every_kernel_becomes_a_cell_and_is_right_in_any_pieces() {
    let ran = conform::kernels::<Again<false>>();
    let workloads = ["bubblesort:", "gridsearch:", "heat:", "histogram:1", "julia:", "pairwise:", "stream:"];
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
    assert!(pairwise.implementor.contains("Again") && pairwise.input.contains("Distances"));
    assert_eq!(pairwise.card.libraries, ["serde"]);
    let all = |cells: Vec<Cell>| cells.into_iter().map(|cell| cell.workload).collect::<Vec<_>>();
    assert!(!all(cells).contains(&"bubblesort"), "nothing in it can be spread");
    assert!(all(cell::compute::<Again<false>>()).contains(&"bubblesort"));
}

#[test]
fn a_buffer_is_what_a_map_fills() {
    let work = Arc::new(Pairwise::make(Params::of(Size::Tiny)));
    let mut out: Buffer<f64> = work.output();
    Again::<false>.pairwise(&work).unwrap().fill(0, &mut out);
    work.check(&out, work.expected()).unwrap();
}
