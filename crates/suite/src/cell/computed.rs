//! The cells of kernels: each is spread by a technique that executes, one thread by default.

use super::{Cell, Ready, describe};
use crate::Sequential;
use crate::buffer::Buffer;
use crate::pattern::Map;
use crate::question::{Answer, Card, Compute, Execute, Question, Technique};
use crate::workload::{Heated, Scores, Swept, Workload};
use std::any::type_name;
use std::marker::PhantomData;
use std::sync::Arc;

/// The cells of a technique that answers [`Compute`], each kernel on one thread.
pub fn compute<C: Compute>() -> Vec<Cell> {
    let mut cells = spread::<C, Sequential>();
    cells.extend(super::cells(Question::Compute, C::bubblesort));
    cells
}

/// The cells of kernels of `C` spread by `E`, named `c+e`.
pub fn product<C: Compute, E: Execute>() -> Vec<Cell> {
    let card = Card {
        name: leak(format!("{}+{}", C::CARD.name, E::CARD.name)),
        idea: leak(format!("{}; {}", C::CARD.idea, E::CARD.idea)),
        gives: leak(format!("{}; {}", C::CARD.gives, E::CARD.gives)),
        costs: leak(format!("{}; {}", C::CARD.costs, E::CARD.costs)),
        cores: E::CARD.cores,
        libraries: [C::CARD.libraries, E::CARD.libraries].concat().leak(),
        source: C::CARD.source,
    };
    let mut cells = spread::<C, E>();
    for cell in &mut cells {
        (cell.technique, cell.card) = (card.name.to_owned(), card);
    }
    cells
}

/// A registry is made once in a process, and its cards are for good.
fn leak(text: String) -> &'static str {
    text.leak()
}

fn spread<C: Compute, E: Execute>() -> Vec<Cell> {
    [
        mapped::<C, E, _, _>(C::comparison),
        mapped::<C, E, _, _>(C::expression),
        cells(C::gridsearch, |over: &Over<C, E>, kernel, _, out: &mut Scores| {
            over.who.nest(&kernel, out.errors_mut())
        }),
        cells(C::heat, |over: &Over<C, E>, kernel, work, out: &mut Heated| {
            out.step(work, |buffers| over.who.stencil(&kernel, buffers))
        }),
        cells(C::histogram, |over: &Over<C, E>, kernel, _, out: &mut Buffer<u64>| {
            out.copy_from_slice(&over.who.reduce(&kernel)?);
            Ok(())
        }),
        mapped::<C, E, _, _>(C::julia),
        mapped::<C, E, _, _>(C::matmul),
        cells(C::montecarlo, |over: &Over<C, E>, kernel, _, out: &mut u64| {
            *out = over.who.reduce(&kernel)?;
            Ok(())
        }),
        mapped::<C, E, _, _>(C::pairwise),
        cells(C::stream, |over: &Over<C, E>, kernel, _, out: &mut Swept| {
            out.sweep(|state| over.who.sweep(&kernel, state))
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A way to make a kernel from a workload.
type Make<C, W, K> = fn(&C, &Arc<W>) -> Answer<K>;

/// A way to hand a kernel's pieces out.
type Run<C, E, W, K> = fn(&Over<C, E>, Arc<K>, &Arc<W>, &mut <W as Workload>::Output) -> Answer<()>;

/// A cell for each case of a workload whose kernel is a map.
fn mapped<C, E, W, K>(make: Make<C, W, K>) -> Vec<Cell>
where
    C: Compute,
    E: Execute,
    W: Workload<Output = Buffer<K::Item>>,
    K: Map,
{
    cells(make, |over: &Over<C, E>, kernel, _, out: &mut Buffer<K::Item>| over.who.map(&kernel, out))
}

/// A cell for each case of a workload: makes its kernel, and gives it to `run`.
fn cells<C, E, W, K>(make: Make<C, W, K>, run: Run<C, E, W, K>) -> Vec<Cell>
where
    C: Compute,
    E: Execute,
    W: Workload,
    K: 'static,
{
    let mut cells = describe::<Over<C, E>, W>(W::PATTERN, Question::Compute, move |workers| {
        let method = move |over: &Over<C, E>, work: &Arc<W>, out: &mut W::Output| {
            run(over, Arc::new(make(&over.how, work)?), work, out)
        };
        Ok(Box::new(Ready { technique: Over::start(workers)?, method, work: PhantomData }))
    });
    for cell in &mut cells {
        cell.implementor = type_name::<C>().to_owned();
        (cell.kernel, cell.input) = (file_of(type_name::<K>()), type_name::<K>());
    }
    cells
}

/// Where a type of this workspace stands, by its name: a package's modules are files, and its root is none.
fn file_of(name: &str) -> String {
    let path = name.split('<').next().unwrap_or(name);
    let (module, _) = path.rsplit_once("::").unwrap_or((path, ""));
    let (package, module) = module.split_once("::").unwrap_or((module, "lib"));
    format!("crates/{}/src/{}.rs", package.trim_start_matches("parallax_"), module.replace("::", "/"))
}

/// A technique that computes pieces, and one that hands them out.
struct Over<C, E> {
    how: C,
    who: E,
}

impl<C: Compute, E: Execute> Technique for Over<C, E> {
    const CARD: Card = Card { cores: E::CARD.cores, ..C::CARD };
    fn start(workers: usize) -> Answer<Self> {
        Ok(Over { how: C::start(1)?, who: E::start(workers)? })
    }
    fn isa(&self) -> String {
        self.how.isa()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_is_found_by_its_name() {
        let file = |name| file_of(name);
        assert_eq!(file("parallax_simd::julia::Escape<parallax_simd::Avx2>"), "crates/simd/src/julia.rs");
        assert_eq!(file("parallax_ffi::c::heat::Rows"), "crates/ffi/src/c/heat.rs");
        assert_eq!(file(type_name::<crate::workload::Julia>()), "crates/suite/src/workload/julia.rs");
        assert!(
            std::path::Path::new("../..").join(file(type_name::<crate::workload::GridSearch>())).exists()
        );
    }
}
