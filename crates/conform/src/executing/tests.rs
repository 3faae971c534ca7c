//! Techniques that break one rule each, so that every rule is tested by a violation of it.

use super::*;
use parallax_pattern::{Card, Execute, Technique};
use parallax_pattern::{Divide, Graph, Map, Nest, Reduce, Rounds, Search, Stencil, Sweep, pieces};
use std::thread;

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    Twice,
    NoBarrier,
    Swallows,
    TooMany,
    WrongBuffer,
    Crosswise,
    Halfway,
}

/// Breaks one rule, and refuses patterns that it does not need for that.
struct Broken(Fault);

const REFUSES: No = No::Unfit("this test has no use for it");

impl Technique for Broken {
    const CARD: Card = Sequential::CARD;
    fn start(_: usize) -> Answer<Self> {
        Err(REFUSES)
    }
}

impl Execute for Broken {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        match self.0 {
            Fault::Twice => {
                work.fill(0, &mut out[..work.grain()]);
                Execute::map(&Sequential, work, out)
            }
            Fault::Swallows => {
                catch_unwind(AssertUnwindSafe(|| Execute::map(&Sequential, work, out))).unwrap_or(Ok(()))
            }
            Fault::TooMany => {
                let mut rest = out;
                thread::scope(|scope| {
                    for piece in pieces(work.len(), work.grain()) {
                        let (part, after) = std::mem::take(&mut rest).split_at_mut(piece.len());
                        rest = after;
                        scope.spawn(move || work.fill(piece.start, part));
                    }
                });
                Ok(())
            }
            _ => Err(REFUSES),
        }
    }
    fn reduce<R: Reduce>(&self, _: &Arc<R>) -> Answer<R::Acc> {
        Err(REFUSES)
    }
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        if self.0 != Fault::NoBarrier {
            return Err(REFUSES);
        }
        for piece in pieces(work.len(), work.grain()) {
            (0..work.steps()).for_each(|_| work.step(piece.start, &mut state[piece.clone()]));
        }
        Ok(())
    }
    fn stencil<S: Stencil>(&self, work: &Arc<S>, [first, second]: [&mut [S::Item]; 2]) -> Answer<()> {
        if self.0 != Fault::WrongBuffer {
            return Err(REFUSES);
        }
        (0..work.steps()).for_each(|_| work.step(first, 0, second));
        Ok(())
    }
    fn graph<G: Graph>(&self, _: &Arc<G>, _: &mut [G::Value]) -> Answer<()> {
        Err(REFUSES)
    }
    fn search<S: Search>(&self, _: &Arc<S>) -> Answer<S::Acc> {
        Err(REFUSES)
    }
    fn nest<N: Nest>(&self, _: &Arc<N>, _: &mut [N::Item]) -> Answer<()> {
        Err(REFUSES)
    }
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        let middle = work.len().div_ceil(2).next_multiple_of(work.grain().max(1)).min(work.len());
        let rounds = Rounds::new(work.len(), middle);
        match self.0 {
            Fault::Crosswise | Fault::Halfway => rounds.make(&**work, 0, &[], 0, room),
            _ => return Err(REFUSES),
        }
        let (left, right) = room.split_at(middle);
        if self.0 == Fault::Crosswise {
            work.combine(right, left, 0, out);
        } else {
            let _ = catch_unwind(AssertUnwindSafe(|| work.combine(left, right, 0, out)));
        }
        Ok(())
    }
}

#[test]
fn the_baseline_keeps_all() {
    let patterns = ["map", "reduce", "sweep", "stencil", "nest", "divide"];
    assert_eq!(agrees_with_sequential::<Crew, _>(&Sequential, 100, 7, 3), patterns);
    assert_eq!(agrees_with_sequential::<(), _>(&Sequential, 0, 0, 0), patterns);
    assert_eq!(agrees_on_graphs(&Sequential, 5, 4, 3, 2), ["graph", "search"]);
    assert_eq!(survives_panics(&Sequential), [Some(ON_PURPOSE); 24]);
    works_at_once(&Sequential, 1, Crew::most);
    works_at_once(&Sequential, 1, Crew::threads);
}

#[test]
#[should_panic(expected = "map: not each item once")]
fn an_item_that_is_done_twice_is_found() {
    agrees_with_sequential::<Crew, _>(&Broken(Fault::Twice), 100, 10, 3);
}

#[test]
#[should_panic(expected = "a step begins before the last has ended")]
fn a_missing_barrier_is_found() {
    agrees_with_sequential::<Crew, _>(&Broken(Fault::NoBarrier), 100, 10, 3);
}

#[test]
#[should_panic(expected = "sequential, stencil")]
fn a_step_from_the_wrong_state_is_found() {
    agrees_with_sequential::<(), _>(&Broken(Fault::WrongBuffer), 100, 10, 3);
}

#[test]
#[should_panic(expected = "sequential, divide")]
fn halves_that_change_places_are_found() {
    agrees_with_sequential::<(), _>(&Broken(Fault::Crosswise), 100, 10, 3);
}

#[test]
#[should_panic(expected = "divide: item 0 failed, and no panic")]
fn a_panic_that_is_swallowed_at_last_is_found() {
    passes_on_what_fails_at_last(&Broken(Fault::Halfway));
}

#[test]
#[should_panic(expected = "map, item 0: no panic")]
fn a_swallowed_panic_is_found() {
    survives_panics(&Broken(Fault::Swallows));
}

#[test]
#[should_panic(expected = "sequential, map")]
fn a_thread_too_many_is_found() {
    works_at_once(&Broken(Fault::TooMany), 2, Crew::threads);
}
