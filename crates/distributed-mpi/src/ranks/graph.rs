//! Tasks in rows: each rank has a block of columns, and before a row receives the values that its tasks need.

use super::{Outcome, Ranks, Task, guarded, on_ranks};
use crate::deal::Deal;
use parallax_pattern::{Graph, Wire, needs, run_tasks};
use parallax_processes::remote::Packed;
use std::ops::Range;
use std::sync::Arc;

/// A rank's message to another one before a row: the values that it needs; `None` if the sender has failed, which ends
/// the graph in all ranks, in the same row.
type Values<V> = Option<Packed<V>>;

pub(crate) fn run<G: Graph<Value: Wire> + Wire>(task: Task<(Deal, usize)>) -> Outcome<()> {
    on_ranks(|ranks| {
        let (work, (deal, depth)) = (ranks.work::<G>(task.work)?, task.argument);
        let mine = deal.block(ranks.rank);
        let mut rows =
            Rows { ranks, work, deal, mine: mine.clone(), before: vec![G::Value::default(); deal.len] };
        let mut made = Ok(());
        for row in 0..depth {
            if row > 0 {
                let (exchanged, all_go_on) = rows.exchange(row, made);
                made = exchanged;
                if !all_go_on {
                    break;
                }
            }
            made = made.and_then(|()| rows.run(row));
        }
        ranks.gather(made.map(|()| rows.before[mine].to_vec()))
    })
}

struct Rows<'a, G: Graph> {
    ranks: &'a Ranks,
    work: Arc<G>,
    deal: Deal,
    /// This rank's columns.
    mine: Range<usize>,
    /// The row before: this rank's columns, and the other columns that they need.
    before: Vec<G::Value>,
}

impl<G: Graph<Value: Wire> + Wire> Rows<'_, G> {
    fn run(&mut self, row: usize) -> Outcome<()> {
        let mut values = vec![G::Value::default(); self.mine.len()];
        guarded(|| {
            run_tasks(&*self.work, row, &self.before, self.mine.start, &mut values);
            Ok(())
        })?;
        self.before[self.mine.clone()].clone_from_slice(&values);
        Ok(())
    }

    /// Exchanges one message with each other rank, and returns whether all go on.
    fn exchange(&mut self, row: usize, made: Outcome<()>) -> (Outcome<()>, bool) {
        let ranks = self.ranks;
        let written =
            made.and_then(|()| guarded(|| (0..ranks.size).map(|rank| self.values(row, rank)).collect()));
        let (messages, made): (Vec<_>, _) = match written {
            Ok(messages) => (messages, Ok(())),
            Err(words) => {
                let none = postcard::to_stdvec(&Values::<G::Value>::None).expect("nothing can be written");
                (vec![none; ranks.size], Err(words))
            }
        };
        let received = ranks.exchange(&messages);
        let mut all_go_on = made.is_ok();
        let mut take = |rank: usize| match postcard::from_bytes::<Values<G::Value>>(&received[rank]) {
            Ok(Some(Packed(values))) => self.take(row, rank, values),
            Ok(None) => {
                all_go_on = false;
                Ok(()) // the rank that has failed reports why
            }
            Err(why) => Err(format!("values cannot be read: {why}")),
        };
        // all are read, to find every rank that stops: this one must not wait for it in the next row
        let others: Vec<_> = (0..ranks.size).filter(|rank| *rank != ranks.rank).map(&mut take).collect();
        (made.and_then(|()| others.into_iter().collect()), all_go_on)
    }

    /// The message to a rank: the values of this rank's columns that its tasks need.
    fn values(&self, row: usize, rank: usize) -> Outcome<Vec<u8>> {
        let wanted = self.wanted(row, self.deal.block(rank), &self.mine);
        let values = wanted.into_iter().map(|column| self.before[column].clone()).collect();
        postcard::to_stdvec(&Some(Packed::<G::Value>(values))).map_err(|why| why.to_string())
    }

    /// Puts the values of another rank into their columns.
    fn take(&mut self, row: usize, rank: usize, values: Vec<G::Value>) -> Outcome<()> {
        let theirs = self.deal.block(rank);
        let wanted = guarded(|| Ok(self.wanted(row, self.mine.clone(), &theirs)))?;
        if wanted.len() != values.len() {
            return Err("the dependencies of a task are not the same in all ranks".to_owned());
        }
        wanted.into_iter().zip(values).for_each(|(column, value)| self.before[column] = value);
        Ok(())
    }

    /// The columns of one rank that the tasks of another need. Both ranks compute it by themselves.
    fn wanted(&self, row: usize, tasks: Range<usize>, has: &Range<usize>) -> Vec<usize> {
        let all = tasks.flat_map(|column| needs(&*self.work, row, column));
        let mut wanted: Vec<_> = all.filter(|need| has.contains(need)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }
}
