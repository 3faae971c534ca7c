//! The client's half of each pattern: who gets what is settled here, and the ranks' half is called by name.

use super::Mpi;
use crate::deal::Deal;
use crate::ranks::{arrays, graph, search, steps};
use parallax_pattern::{
    Answer, Distribute, Graph, Map, Nest, No, Reduce, Search, Stencil, Sweep, Wire, covers,
};
use std::sync::Arc;

impl Distribute for Mpi {
    /// Pieces are dealt in turn before anybody knows what they cost.
    fn map<M: Map<Item: Wire> + Wire>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        if out.is_empty() {
            return Ok(());
        }
        let deal = Deal::in_turn(out.len(), work.grain(), self.client.ranks());
        self.client.call(arrays::fill::<M>, work, deal)?.fetch(deal, out)
    }

    fn reduce<R: Reduce<Acc: Wire> + Wire>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        if work.len() == 0 {
            return Ok(work.empty());
        }
        let deal = Deal::in_turn(work.len(), work.grain(), self.client.ranks());
        self.client.call(arrays::fold::<R>, work, deal)?.result()?.ok_or_else(unanswered)
    }

    /// Each rank keeps its part through all steps.
    fn sweep<S: Sweep<Item: Wire> + Wire>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        covers(work.len(), state.len())?;
        if state.is_empty() || work.steps() == 0 {
            return Ok(());
        }
        let deal = Deal::blocks(state.len(), work.grain(), self.client.ranks());
        let parts = Some((deal, &*state));
        self.client.call_with(steps::sweep::<S>, work, (deal, work.steps()), parts)?.fetch(deal, state)
    }

    /// Each rank keeps its part, and before a step gets what lies within reach of it.
    fn stencil<S: Stencil<Item: Wire> + Wire>(
        &self,
        work: &Arc<S>,
        buffers: [&mut [S::Item]; 2],
    ) -> Answer<()> {
        let [first, second] = buffers;
        covers(work.len(), first.len())?;
        covers(work.len(), second.len())?;
        if first.is_empty() || work.steps() == 0 {
            return Ok(());
        }
        let deal = Deal::blocks(first.len(), work.grain(), self.client.ranks());
        let numbers = steps::Numbers { deal, steps: work.steps(), reach: work.reach() };
        let call = self.client.call_with(steps::stencil::<S>, work, numbers, Some((deal, &*first)))?;
        call.fetch(deal, if work.steps().is_multiple_of(2) { first } else { second })
    }

    /// Each rank has a block of columns.
    fn graph<G: Graph<Value: Wire> + Wire>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        if last_row.is_empty() || work.depth() == 0 {
            return Ok(());
        }
        let deal = Deal::blocks(last_row.len(), 1, self.client.ranks());
        self.client.call(graph::run::<G>, work, (deal, work.depth()))?.fetch(deal, last_row)
    }

    /// Roots are dealt in turn; then ranks without work ask others for theirs.
    fn search<S: Search<Node: Wire, Acc: Wire> + Wire>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let roots = work.roots();
        if roots.is_empty() {
            return Ok(work.empty());
        }
        self.client.call(search::run::<S>, work, roots)?.result()?.ok_or_else(unanswered)
    }

    /// Parallel outside only: the items are dealt as those of a map.
    fn nest<N: Nest<Item: Wire, Acc: Wire> + Wire>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        if out.is_empty() {
            return Ok(());
        }
        let deal = Deal::in_turn(out.len(), 1, self.client.ranks());
        self.client.call(arrays::make_items::<N>, work, deal)?.fetch(deal, out)
    }
}

fn unanswered() -> No {
    No::failed("rank 0 answered without a result")
}
