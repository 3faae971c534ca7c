//! The communication between hosts without shared memory when a workload is spread over them.
//!
//! It follows from the pattern: parts of a map are only sent to the first host; those of a stencil need the borders of
//! their neighbours at each step. For a search it is unknown in advance, because it is unknown which host has which
//! node.

use parallax_pattern::{Divide, Graph, Map, Nest, Reduce, Stencil, Sweep};
use serde::{Deserialize, Serialize};

/// How many bytes go where, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Bytes from the first host to all hosts together before they begin, in addition to the workload's parameters.
    pub scatter: f64,
    /// How many times each host waits for messages of others in between.
    pub rounds: f64,
    /// Bytes from each host to the one before and to the one after it, in each round.
    pub border: f64,
    /// Bytes from all hosts together to every host, in each round.
    pub everyone: f64,
    /// Bytes from all hosts together to the first at the end.
    pub parts: f64,
    /// Bytes from each host to the first at the end, independent of its share.
    pub each: f64,
}

impl Spread {
    const NOTHING: Spread =
        Spread { scatter: 0.0, rounds: 1.0, border: 0.0, everyone: 0.0, parts: 0.0, each: 0.0 };

    /// Each host makes its part of the output.
    pub fn map<M: Map>(work: &M) -> Self {
        Spread { parts: bytes::<M::Item>(work.len()), ..Self::NOTHING }
    }

    /// Each host folds its part into an accumulator of `accumulator` bytes.
    pub fn reduce<R: Reduce>(_: &R, accumulator: usize) -> Self {
        Spread { each: accumulator as f64, ..Self::NOTHING }
    }

    /// Each host keeps its part through all passes.
    pub fn sweep<S: Sweep>(work: &S) -> Self {
        let state = bytes::<S::Item>(work.len());
        Spread { scatter: state, parts: state, ..Self::NOTHING }
    }

    /// Each host keeps its part, and sends the items within reach to its neighbours.
    pub fn stencil<S: Stencil>(work: &S) -> Self {
        let (all, reach) = (bytes::<S::Item>(work.len()), bytes::<S::Item>(work.reach()));
        let (border, everyone) = if reach < all { (reach, 0.0) } else { (0.0, all) };
        Spread { scatter: all, rounds: work.steps() as f64, border, everyone, parts: all, each: 0.0 }
    }

    /// Each host has some columns. `border` is the number of values that cross from one host to the next; with
    /// `everyone`, all tasks need all values.
    pub fn graph<G: Graph>(work: &G, border: usize, everyone: bool) -> Self {
        let all = bytes::<G::Value>(work.width());
        Spread {
            scatter: 0.0,
            rounds: work.depth() as f64,
            border: bytes::<G::Value>(border),
            everyone: if everyone { all } else { 0.0 },
            parts: all,
            each: 0.0,
        }
    }

    /// Each host makes some of the outer items.
    pub fn nest<N: Nest>(work: &N) -> Self {
        Spread { parts: bytes::<N::Item>(work.shape().0), ..Self::NOTHING }
    }

    /// Each host solves its part, and the first receives all of them at the end.
    pub fn divide<D: Divide>(work: &D) -> Self {
        Spread { parts: bytes::<D::Item>(work.len()), ..Self::NOTHING }
    }
}

fn bytes<T>(count: usize) -> f64 {
    (count * size_of::<T>()) as f64
}

#[cfg(test)]
mod tests {
    use crate::workload::{Heat, Julia, MonteCarlo, Params, Size, TaskGraph, TreeSearch, Workload};

    fn of<W: Workload>(case: &str) -> Option<super::Spread> {
        let case = W::CASES.iter().position(|name| *name == case).unwrap_or(0);
        W::make(Params { case, ..Params::of(Size::Small) }).facts().spread.map(|spread| *spread)
    }

    #[test]
    fn what_is_sent_follows_from_the_pattern() {
        let heat = of::<Heat>("").unwrap();
        let side = (heat.parts / 8.0).sqrt();
        assert_eq!((heat.border, heat.everyone), (8.0 * side, 0.0), "a row on each side");
        assert!(
            heat.rounds > 1.0 && heat.scatter == heat.parts,
            "the first state goes out as the last comes back"
        );
        let julia = of::<Julia>("").unwrap();
        assert_eq!((julia.rounds, julia.border, julia.each), (1.0, 0.0, 0.0));
        assert!(julia.parts > 0.0 && julia.scatter == 0.0, "each host makes its own input");
        let montecarlo = of::<MonteCarlo>("").unwrap();
        assert_eq!((montecarlo.parts, montecarlo.each), (0.0, 8.0));
        assert_eq!(of::<TreeSearch>(""), None);
    }

    #[test]
    fn a_graph_sends_what_its_dependences_need() {
        let [stencil, trivial, all] =
            ["stencil", "trivial", "all"].map(|case| of::<TaskGraph>(case).unwrap());
        assert_eq!((stencil.border, stencil.everyone), (8.0, 0.0));
        assert_eq!((trivial.border, trivial.everyone, trivial.rounds), (0.0, 0.0, 1.0));
        assert_eq!((all.border, all.everyone), (0.0, 16.0 * 8.0));
    }
}
