//! The cells of kernels: each kernel is spread by a technique that executes, by default on one thread.

use super::ready::{ready, start};
use super::{Cell, describe};
use crate::buffer::Buffer;
use crate::compute::Compute;
use crate::workload::{
    Census, GridSearch, Heat, Heated, Histogram, MonteCarlo, Scores, Stream, Swept, TreeSearch, Wordcount,
    Workload,
};
use parallax_pattern::{
    Answer, Card, Cores, Execute, Expand, Fill, Fold, FoldNest, Kernel, Map, Pass, Question, Reduce,
    Sequential, Step, Technique,
};
use std::any::type_name;
use std::hash::BuildHasher;
use std::sync::Arc;

/// The cells of a technique that answers [`Compute`], each kernel on one thread.
pub fn compute<C: Compute>() -> Vec<Cell> {
    let mut cells = spread::<C, Sequential>();
    cells.extend(super::cells(Question::Compute, C::bubblesort));
    cells
}

/// The cells of kernels of `C` spread by `E`, named `c+e`.
pub fn product<C: Compute, E: Execute>() -> Vec<Cell> {
    multiplied(spread::<C, E>(), C::CARD, E::CARD)
}

/// The cells of the workloads that need tables, which hash by `S` instead of the standard library's hash and are spread
/// by `E`: named as `how`, or `how+e` if more than one thread may work on it.
pub fn hashed<S: BuildHasher + Default + Send + 'static, E: Execute>(how: Card) -> Vec<Cell> {
    let cells = super::cells::<E, Wordcount<S>>(Question::Compute, |by, work, out| {
        out.record(by.reduce(work)?);
        Ok(())
    });
    let how = Card { source: E::CARD.source, ..how }; // the code to show is that of the spreader
    if E::CARD.cores == Cores::One { named(cells, how) } else { multiplied(cells, how, E::CARD) }
}

/// Cells of a kernel technique that is spread by another technique, named as their product.
pub fn multiplied(cells: Vec<Cell>, how: Card, who: Card) -> Vec<Cell> {
    named(cells, joined(how, who))
}

fn named(mut cells: Vec<Cell>, card: Card) -> Vec<Cell> {
    for cell in &mut cells {
        (cell.technique, cell.card) = (card.name.to_owned(), card);
    }
    cells
}

/// The card of a kernel technique that is spread by another technique.
fn joined(how: Card, who: Card) -> Card {
    Card {
        name: leak(format!("{}+{}", how.name, who.name)),
        idea: leak(format!("{}; {}", how.idea, who.idea)),
        gives: leak(format!("{}; {}", how.gives, who.gives)),
        costs: leak(format!("{}; {}", how.costs, who.costs)),
        cores: who.cores,
        libraries: [how.libraries, who.libraries].concat().leak(),
        source: how.source,
    }
}

/// Leaks a text: a registry is made once in a process, and its cards are never freed.
fn leak(text: String) -> &'static str {
    text.leak()
}

fn spread<C: Compute, E: Execute>() -> Vec<Cell> {
    [
        mapped::<C, E, _, _>(C::comparison),
        mapped::<C, E, _, _>(C::expression),
        nested::<C, E, _>(C::gridsearch),
        stepped::<C, E, _>(C::heat),
        folded::<C, E, Histogram, _>(C::histogram, |counts, out| out.copy_from_slice(&counts)),
        mapped::<C, E, _, _>(C::julia),
        mapped::<C, E, _, _>(C::matmul),
        mapped::<C, E, _, _>(C::matmul32),
        folded::<C, E, MonteCarlo, _>(C::montecarlo, |hits, out| *out = hits),
        mapped::<C, E, _, _>(C::pairwise),
        passed::<C, E, _>(C::stream),
        searched::<C, E, _>(C::treesearch),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A function that makes a kernel's engine for a workload.
type Make<C, W, K> = fn(&C, &Arc<W>) -> Answer<K>;

fn mapped<C, E, W, K>(make: Make<C, W, K>) -> Vec<Cell>
where
    C: Compute,
    E: Execute,
    W: Workload<Output = Buffer<W::Item>> + Map<Item: bytemuck::Pod>,
    K: Fill<W>,
{
    cells(make, K::SOURCE, |by: &E, kernel, _: &Arc<W>, out: &mut W::Output| by.map(&kernel, out))
}

fn folded<C, E, W, K>(make: Make<C, W, K>, put: fn(W::Acc, &mut W::Output)) -> Vec<Cell>
where
    C: Compute,
    E: Execute,
    W: Workload + Reduce,
    K: Fold<W>,
{
    cells(make, K::SOURCE, move |by: &E, kernel, _: &Arc<W>, out: &mut W::Output| {
        put(by.reduce(&kernel)?, out);
        Ok(())
    })
}

fn nested<C: Compute, E: Execute, K: FoldNest<GridSearch>>(make: Make<C, GridSearch, K>) -> Vec<Cell> {
    cells(make, K::SOURCE, |by: &E, kernel, _, out: &mut Scores| by.nest(&kernel, out.errors_mut()))
}

fn stepped<C: Compute, E: Execute, K: Step<Heat>>(make: Make<C, Heat, K>) -> Vec<Cell> {
    cells(make, K::SOURCE, |by: &E, kernel, work, out: &mut Heated| {
        out.step(work, |buffers| by.stencil(&kernel, buffers))
    })
}

fn passed<C: Compute, E: Execute, K: Pass<Stream>>(make: Make<C, Stream, K>) -> Vec<Cell> {
    cells(make, K::SOURCE, |by: &E, kernel, _, out: &mut Swept| out.sweep(|state| by.sweep(&kernel, state)))
}

fn searched<C: Compute, E: Execute, K: Expand<TreeSearch>>(make: Make<C, TreeSearch, K>) -> Vec<Cell> {
    cells(make, K::SOURCE, |by: &E, kernel, _, out: &mut Census| {
        *out = by.search(&kernel)?;
        Ok(())
    })
}

/// A cell for each case of a workload: makes its kernel, and passes it to `run`.
fn cells<C, E, W, K, R>(make: Make<C, W, K>, source: &'static str, run: R) -> Vec<Cell>
where
    C: Compute,
    E: Execute,
    W: Workload,
    K: 'static,
    R: Fn(&E, Arc<Kernel<K, W>>, &Arc<W>, &mut W::Output) -> Answer<()> + Copy + 'static,
{
    let mut cells = describe::<Over<C, E>, W>(W::PATTERN, Question::Compute, move |workers| {
        let method = move |over: &Over<C, E>, work: &Arc<W>, out: &mut W::Output| {
            let kernel = Kernel { engine: make(&over.how, work)?, work: work.clone() };
            run(&over.who, Arc::new(kernel), work, out)
        };
        Ok(ready(start::<Over<C, E>>(workers)?, method))
    });
    for cell in &mut cells {
        cell.implementor = type_name::<C>().to_owned();
        cell.spreader = Some([E::CARD.source, type_name::<E>()]);
        // a refusal keeps the workload's own names
        if !source.is_empty() {
            (cell.kernel, cell.input) = (source.to_owned(), type_name::<K>());
        }
    }
    cells
}

/// A technique that computes pieces, and one that hands them out.
struct Over<C, E> {
    how: C,
    who: E,
}

impl<C: Compute, E: Execute> Technique for Over<C, E> {
    const CARD: Card = Card { cores: E::CARD.cores, ..C::CARD };
    const ALGORITHM: &'static str = C::ALGORITHM;
    fn start(workers: usize) -> Answer<Self> {
        Ok(Over { how: C::start(1)?, who: E::start(workers)? })
    }
    fn isa(&self) -> String {
        self.how.isa()
    }
    fn compiled_ns(&self) -> Option<u64> {
        self.how.compiled_ns()
    }
}
