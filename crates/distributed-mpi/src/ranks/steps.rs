//! Arrays that stay where they are through all steps: each rank has its block, and sends its borders to its neighbours.

use super::halo::Halo;
use super::{Outcome, Task, guarded, on_ranks};
use crate::deal::Deal;
use parallax_pattern::{Stencil, Sweep, Wire};
use serde::{Deserialize, Serialize};

/// The parameters of a stencil, fixed before it begins.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Numbers {
    pub(crate) deal: Deal,
    pub(crate) steps: usize,
    pub(crate) reach: usize,
}

/// A sweep: no step needs another rank's items, so no rank waits until the end.
pub(crate) fn sweep<S: Sweep<Item: Wire> + Wire>(task: Task<(Deal, usize)>) -> Outcome<()> {
    on_ranks(|ranks| {
        let (work, (deal, steps)) = (ranks.work::<S>(task.work)?, task.argument);
        let mut block = ranks.scatter::<S::Item>(deal)?;
        let start = deal.block(ranks.rank).start;
        ranks.gather(guarded(|| {
            if !block.is_empty() {
                (0..steps).for_each(|_| work.step(start, &mut block));
            }
            Ok(block)
        }))
    })
}

/// A stencil: a rank has the whole array, as a step requires, but fills only its block and the items within reach:
/// untouched memory costs nothing. A rank whose step panics goes on sending its borders, since its neighbours would
/// wait for them.
pub(crate) fn stencil<S: Stencil<Item: Wire> + Wire>(task: Task<Numbers>) -> Outcome<()> {
    on_ranks(|ranks| {
        let (work, Numbers { deal, steps, reach }) = (ranks.work::<S>(task.work)?, task.argument);
        let mine = deal.block(ranks.rank);
        let block = ranks.scatter::<S::Item>(deal)?;
        let [mut old, mut new] = [(); 2].map(|()| vec![S::Item::default(); deal.len]);
        old[mine.clone()].clone_from_slice(&block);
        let halo = Halo::new(deal, reach, ranks.rank, ranks.size);
        let mut made = Ok(());
        for _ in 0..steps {
            halo.exchange(ranks, &mut old);
            if made.is_ok() && !mine.is_empty() {
                made = guarded(|| {
                    work.step(&old, mine.start, &mut new[mine.clone()]);
                    Ok(())
                });
            }
            std::mem::swap(&mut old, &mut new);
        }
        ranks.gather(made.map(|()| old[mine].to_vec()))
    })
}
