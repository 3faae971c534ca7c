//! Arrays that stay where they are through all steps: each rank has its block, and tells its neighbours about its border.

use super::halo::Halo;
use super::{Outcome, Task, guarded, on_ranks};
use crate::deal::Deal;
use parallax_pattern::{Stencil, Sweep, Wire};
use serde::{Deserialize, Serialize};

/// What is settled of a stencil before it begins.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Numbers {
    pub(crate) deal: Deal,
    pub(crate) steps: usize,
    pub(crate) reach: usize,
}

/// No step needs another rank's items, so nobody waits for anybody until the end.
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

/// A rank has the whole array, as a step wants it, and in it only its block and what lies within reach of that: memory that
/// nobody touches is not there. A rank whose step panics goes on telling its neighbours what it has, since they would wait
/// for it.
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
