//! The baseline: plain, idiomatic Rust on one thread, compiled as Rust users compile.
//!
//! Every speedup in a report is a ratio to this. It calls the inner loop once, over
//! all items.
//!
//! ```
//! let squares: Vec<u64> = (0..5u64).map(|i| i * i).collect();
//! assert_eq!(squares, [0, 1, 4, 9, 16]);
//! ```

use crate::http;
use crate::stop::Stop;
use crate::{
    Answer, Await, Cancel, Card, Channel, Consult, Cores, Divide, Exchange, Execute, Expire, Graph, Guard,
    Map, Nest, No, Operation, Policy, Recall, Recalled, Reduce, Remember, Reply, Search, Serve, Span,
    Stencil, Sweep, Technique, Wait, covers, needs, view,
};
use std::collections::VecDeque;
use std::mem;
use std::net::TcpListener;
use std::sync::Arc;

/// One thread, one pass, no tricks.
#[derive(Debug, Clone, Copy)]
pub struct Sequential;

impl Technique for Sequential {
    const CARD: Card = Card {
        name: "sequential",
        idea: "one thread does everything, in order",
        gives: "the plainest code, and the measure of all others",
        costs: "all cores but one stand idle",
        cores: Cores::One,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Sequential)
    }
}

impl Execute for Sequential {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        work.fill(0, out);
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let mut acc = work.empty();
        work.fold(&mut acc, 0..work.len());
        Ok(acc)
    }

    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        covers(work.len(), state.len())?;
        for _ in 0..work.steps() {
            work.step(0, state);
        }
        Ok(())
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, [mut old, mut new]: [&mut [S::Item]; 2]) -> Answer<()> {
        [&old, &new].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        for _ in 0..work.steps() {
            work.step(old, 0, new);
            mem::swap(&mut old, &mut new);
        }
        Ok(())
    }

    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        let mut before = vec![G::Value::default(); work.width()];
        for row in 0..work.depth() {
            for (column, value) in last_row.iter_mut().enumerate() {
                let inputs = needs(&**work, row, column).map(|need| before[need].clone());
                *value = work.run(row, column, inputs);
            }
            before.clone_from_slice(last_row);
        }
        Ok(())
    }

    /// Depth first, on an explicit stack: the tree may be deeper than the thread's stack allows.
    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let (mut acc, mut open) = (work.empty(), work.roots());
        while let Some(node) = open.pop() {
            work.visit(node, &mut acc, |found| open.push(found));
        }
        Ok(acc)
    }

    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        let (outers, pieces) = work.shape();
        covers(outers, out.len())?;
        for (outer, item) in out.iter_mut().enumerate() {
            let mut acc = work.empty();
            work.fold(outer, &mut acc, 0..pieces);
            *item = work.finish(outer, acc);
        }
        Ok(())
    }

    /// The whole is one part, and nothing is combined.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        work.solve(0, out);
        Ok(())
    }
}

/// A plain array that is not shared.
impl<C: Consult> Guard<C> for Sequential {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        table.iter_mut().zip(view::first(&**work)).for_each(|(value, first)| *value = first);
        Ok(vec![view::operate(&**work, 0..work.len(), &mut &mut *table)])
    }
}

/// Recomputes every value.
impl<R: Recall> Remember<R> for Sequential {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        let values = (0..work.len()).map(|i| work.compute(work.key(i)));
        Ok(Recalled { sum: values.fold(0, u64::wrapping_add), hits: 0, policy: Policy::Nothing })
    }
}

/// Each message is taken as soon as it is made, as in a program without concurrency.
impl<C: Channel> Exchange<C> for Sequential {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        let traffic = work.shape().checked()?;
        let mut tallies: Vec<C::Tally> = (0..traffic.consumers).map(|_| C::Tally::default()).collect();
        let mut queue = VecDeque::new();
        for producer in 0..traffic.producers {
            for number in 0..traffic.messages {
                queue.push_back(work.make(producer, number));
                if let Some(message) = queue.pop_front() {
                    work.take(message, &mut tallies[producer % traffic.consumers]);
                }
            }
        }
        Ok(tallies)
    }
}

/// One wait after the other.
impl<W: Wait> Await<W> for Sequential {
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        covers(work.len(), out.len())?;
        for (i, result) in out.iter_mut().enumerate() {
            std::thread::sleep(work.begin(i));
            *result = work.end(i);
        }
        Ok(())
    }
}

/// One operation after the other. The duration of each is known, so one that would take too long is cancelled.
impl<W: Expire> Cancel<W> for Sequential {
    fn expire(&self, work: &Arc<W>, out: &mut [Option<u64>]) -> Answer<()> {
        covers(work.len(), out.len())?;
        for (i, result) in out.iter_mut().enumerate() {
            std::thread::sleep(work.offered_in(i));
            *result = Operation::begin(work, i).and_then(|operation| {
                let Span { lasts, cancel_after } = operation.span();
                std::thread::sleep(lasts.min(cancel_after));
                if lasts <= cancel_after { operation.end() } else { None }
            });
        }
        Ok(())
    }
}

/// One client after the other: while one is connected, the others wait.
impl<R: Reply> Serve<R> for Sequential {
    fn reply(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()> {
        http::one_at_a_time(&**work, &listener, &stop).map_err(|error| No::Failed(error.into()))
    }

    fn at_once(&self) -> usize {
        1
    }
}
