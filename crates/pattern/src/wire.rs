//! Work that can be sent to other processes, and the question for techniques whose workers share no memory.

use crate::answer::Answer;
use crate::array::{Map, Nest, Reduce, Stencil, Sweep};
use crate::divide::Divide;
use crate::graph::{Graph, Search};
use crate::question::Execute;
use crate::technique::Technique;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// A type that can be sent to another process, or to another machine: any that derives serde's two traits.
///
/// ```
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Words {
///     path: std::path::PathBuf, // the text itself is read on the other side
/// }
/// fn sent<T: parallax_pattern::Wire>(_: &T) {}
/// sent(&Words { path: "big.txt".into() });
/// ```
pub trait Wire: Serialize + DeserializeOwned + Send + Sync + 'static {}
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Wire for T {}

/// Who does the work, where workers share no memory?
///
/// The methods are those of [`Execute`](crate::Execute), with the same meaning. In addition, the work and its results
/// must be sendable: results are made in the worker's own memory and come back over a wire.
#[expect(missing_docs, reason = "a method is named after its pattern, which documents it")]
pub trait Distribute: Technique {
    fn map<M: Map<Item: Wire> + Wire>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()>;
    fn reduce<R: Reduce<Acc: Wire> + Wire>(&self, work: &Arc<R>) -> Answer<R::Acc>;
    fn sweep<S: Sweep<Item: Wire> + Wire>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()>;
    /// The initial state is in the first buffer, and the last one in buffer `steps % 2`.
    fn stencil<S>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()>
    where
        S: Stencil<Item: Wire> + Wire;
    /// Writes the results of the last row.
    fn graph<G: Graph<Value: Wire> + Wire>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()>;
    fn search<S: Search<Node: Wire, Acc: Wire> + Wire>(&self, work: &Arc<S>) -> Answer<S::Acc>;
    fn nest<N: Nest<Item: Wire, Acc: Wire> + Wire>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()>;
    /// Writes the solution to `out`; `room` is scratch space of the same length.
    fn divide<D>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()>
    where
        D: Divide<Item: Wire> + Wire;
}

/// A technique in shared memory also does work that could be sent, without sending it.
impl<E: Execute> Distribute for E {
    fn map<M: Map<Item: Wire> + Wire>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        Execute::map(self, work, out)
    }
    fn reduce<R: Reduce<Acc: Wire> + Wire>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        Execute::reduce(self, work)
    }
    fn sweep<S: Sweep<Item: Wire> + Wire>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        Execute::sweep(self, work, state)
    }
    fn stencil<S>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()>
    where
        S: Stencil<Item: Wire> + Wire,
    {
        Execute::stencil(self, work, buffers)
    }
    fn graph<G: Graph<Value: Wire> + Wire>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        Execute::graph(self, work, last_row)
    }
    fn search<S: Search<Node: Wire, Acc: Wire> + Wire>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        Execute::search(self, work)
    }
    fn nest<N: Nest<Item: Wire, Acc: Wire> + Wire>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        Execute::nest(self, work, out)
    }
    fn divide<D>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()>
    where
        D: Divide<Item: Wire> + Wire,
    {
        Execute::divide(self, work, out, room)
    }
}
