//! Independent items: each rank makes those that were dealt to it, and then they are gathered.

use super::{Outcome, Task, guarded, on_ranks};
use crate::deal::Deal;
use parallax_pattern::{Divide, Map, Nest, Reduce, Wire, make_item};
use parallax_processes::remote::Packed;

pub(crate) fn fill<M: Map<Item: Wire> + Wire>(task: Task<Deal>) -> Outcome<()> {
    on_ranks(|ranks| {
        let (work, deal) = (ranks.work::<M>(task.work)?, task.argument);
        ranks.gather(guarded(|| {
            let mut items = vec![M::Item::default(); deal.count(ranks.rank)];
            let mut rest = &mut items[..];
            for piece in deal.of(ranks.rank) {
                let (part, after) = rest.split_at_mut(piece.len());
                work.fill(piece.start, part);
                rest = after;
            }
            Ok(items)
        }))
    })
}

pub(crate) fn fold<R: Reduce<Acc: Wire> + Wire>(task: Task<Deal>) -> Outcome<Option<R::Acc>> {
    on_ranks(|ranks| {
        let (work, deal) = (ranks.work::<R>(task.work)?, task.argument);
        let mine = guarded(|| {
            let mut acc = work.empty();
            deal.of(ranks.rank).for_each(|piece| work.fold(&mut acc, piece));
            Ok(acc)
        });
        ranks.reduce(mine, |acc, other| work.merge(acc, other))
    })
}

pub(crate) fn make_items<N: Nest<Item: Wire, Acc: Wire> + Wire>(task: Task<Deal>) -> Outcome<()> {
    on_ranks(|ranks| {
        let (work, deal) = (ranks.work::<N>(task.work)?, task.argument);
        let outers = deal.of(ranks.rank).flatten();
        ranks.gather(guarded(|| Ok(outers.map(|outer| make_item(&*work, outer)).collect())))
    })
}

pub(crate) fn solve<D: Divide<Item: Wire> + Wire>(task: Task<Deal>) -> Outcome<Option<Packed<D::Item>>> {
    on_ranks(|ranks| {
        let (work, block) = (ranks.work::<D>(task.work)?, task.argument.block(ranks.rank));
        let mine = guarded(|| {
            let mut part = vec![D::Item::default(); block.len()];
            if !part.is_empty() {
                work.solve(block.start, &mut part);
            }
            Ok(Packed(part))
        });
        ranks.reduce(mine, |Packed(left), Packed(right)| {
            if !right.is_empty() {
                let mut both = vec![D::Item::default(); left.len() + right.len()];
                work.combine(left, &right, 0, &mut both);
                *left = both;
            }
        })
    })
}
