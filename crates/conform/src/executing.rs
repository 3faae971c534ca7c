//! The rules of a technique that executes, for work of any length and grain: results, threads, panics.

mod divided;
mod endless;
mod graphs;
mod inside;
mod misfits;
mod owned;
#[cfg(test)]
mod tests;
mod work;

use divided::passes_on_what_fails_at_last;
use endless::searches_with_all;
pub use inside::answers_from_inside;
pub use owned::moves_owned_items;
pub use work::{AtWork, Crew, ON_PURPOSE, Shaped, Watch};

use super::{Deadline, refused};
use graphs::{Selfish, Untold};
pub(super) use graphs::{Thicket, Web};
use misfits::{refuses_misfits, refuses_other_rows};
use parallax_pattern::Sequential;
use parallax_pattern::{Answer, Distribute, No};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Checks that a technique has the same results as one thread, and does no item twice, for `len` items in pieces of
/// `grain` passed over `steps` times; or that it refuses. No piece begins off the grain, and an output of another
/// length is refused. Returns the patterns that it does not refuse.
///
/// # Panics
///
/// With the pattern, if that does not hold.
pub fn agrees_with_sequential<W: Watch, T: Distribute>(
    technique: &T,
    len: usize,
    grain: usize,
    steps: usize,
) -> Vec<&'static str> {
    let (plain, name) = (Sequential, T::CARD.name);
    let case = || Arc::new(Shaped { len, grain, steps, watch: W::default() });
    let once = |case: &Shaped<W>, pattern: &str, times: usize| {
        let items = case.watch.items().unwrap_or(times * len);
        assert_eq!(items, times * len, "{name}, {pattern}: not each item once for each step");
    };
    let mut answers = Vec::new();
    let mut run = |pattern, check: &mut dyn FnMut() -> Answer<()>| {
        answers.extend(answered(check()).map(|()| pattern));
    };

    run("map", &mut || {
        let (work, mut right, mut out) = (case(), vec![0; len], vec![7; len]);
        Distribute::map(&plain, &case(), &mut right)?;
        technique.map(&work, &mut out)?;
        assert_eq!(out, right, "{name}, map");
        once(&work, "map", 1);
        Ok(())
    });
    run("reduce", &mut || {
        let work = case();
        assert_eq!(technique.reduce(&work)?, Distribute::reduce(&plain, &case())?, "{name}, reduce");
        once(&work, "reduce", 1);
        Ok(())
    });
    run("sweep", &mut || {
        let (work, mut right) = (case(), (0..len as u64).map(|i| [0, i]).collect::<Vec<_>>());
        let mut state = right.clone();
        Distribute::sweep(&plain, &case(), &mut right)?;
        technique.sweep(&work, &mut state)?;
        assert_eq!(state, right, "{name}, sweep");
        once(&work, "sweep", steps);
        Ok(())
    });
    run("stencil", &mut || {
        let states = || [(0..len as u64).collect::<Vec<_>>(), vec![7; len]];
        let (work, [mut a, mut b], [mut c, mut d]) = (case(), states(), states());
        Distribute::stencil(&plain, &case(), [&mut a, &mut b])?;
        technique.stencil(&work, [&mut c, &mut d])?;
        assert_eq!([c, d][steps % 2], [a, b][steps % 2], "{name}, stencil");
        once(&work, "stencil", steps);
        Ok(())
    });
    run("nest", &mut || {
        let (mut right, mut out) = (vec![0; len], vec![7; len]);
        Distribute::nest(&plain, &case(), &mut right)?;
        technique.nest(&case(), &mut out)?;
        assert_eq!(out, right, "{name}, nest");
        Ok(())
    });
    run("divide", &mut || {
        let (work, arrays) = (case(), || [vec![[7; 2]; len], vec![[9; 2]; len]]);
        let ([mut right, mut unused], [mut out, mut room]) = (arrays(), arrays());
        Distribute::divide(&plain, &case(), &mut right, &mut unused)?;
        technique.divide(&work, &mut out, &mut room)?;
        assert_eq!(out, right, "{name}, divide");
        once(&work, "divide", 1);
        Ok(())
    });
    refuses_misfits(technique, len, grain, steps);
    answers
}

/// Checks the same for a random graph and a random tree, whose last branch is `deep` nodes deep.
///
/// # Panics
///
/// With the graph or tree, if that does not hold.
pub fn agrees_on_graphs<T: Distribute>(
    technique: &T,
    width: usize,
    depth: usize,
    seed: u64,
    deep: u32,
) -> Vec<&'static str> {
    let (plain, name) = (Sequential, T::CARD.name);
    let mut answers = Vec::new();
    let web = Arc::new(Web { width, depth, seed, crew: Crew::default() });
    let (mut right, mut out) = (vec![[0; 3]; width], vec![[0; 3]; width]);
    Distribute::graph(&plain, &web, &mut right).expect("the baseline does all");
    if answered(technique.graph(&web, &mut out)).is_some() {
        assert_eq!(out, right, "{name}, graph of {width} x {depth} from {seed}");
        answers.push("graph");
    }
    refuses_other_rows(technique, width, depth);
    let thicket = Arc::new(Thicket { roots: width, seed, deep, fails_at: None });
    if let Some(got) = answered(technique.search(&thicket)) {
        let right = Distribute::search(&plain, &thicket).expect("the baseline does all");
        assert_eq!(got, right, "{name}, search from {width} roots, {seed}, {deep} deep");
        answers.push("search");
    }
    answers
}

/// Checks that a panic in one piece reaches the caller, and that the same technique works afterwards. Returns the
/// message of each panic, which is [`ON_PURPOSE`] where the technique passes it on.
///
/// # Panics
///
/// With the pattern and the item, if that does not hold.
pub fn survives_panics<T: Distribute>(technique: &T) -> Vec<Option<&'static str>> {
    let mut words = Vec::new();
    let mut check = |pattern: &str, item: usize, run: &mut dyn FnMut() -> Answer<()>| {
        let name = T::CARD.name;
        match catch_unwind(AssertUnwindSafe(run)) {
            Err(panic) => words.push(panic.downcast_ref().copied()),
            Ok(answer) => assert!(answered(answer).is_none(), "{name}, {pattern}, item {item}: no panic"),
        }
    };
    for item in [0, 7, 99] {
        let crew = || Crew::failing_at(item);
        let case = Arc::new(Shaped { len: 100, grain: 10, steps: 4, watch: crew() });
        check("map", item, &mut || technique.map(&case, &mut [0; 100]));
        check("reduce", item, &mut || technique.reduce(&case).map(drop));
        check("sweep", item, &mut || technique.sweep(&case, &mut [[0; 2]; 100]));
        check("stencil", item, &mut || technique.stencil(&case, [&mut [0; 100], &mut [0; 100]]));
        check("nest", item, &mut || technique.nest(&case, &mut [0; 100]));
        check("divide", item, &mut || technique.divide(&case, &mut [[0; 2]; 100], &mut [[0; 2]; 100]));
        let web = Arc::new(Web { width: 10, depth: 10, seed: 0, crew: crew() });
        check("graph", item, &mut || technique.graph(&web, &mut [[0; 3]; 10]));
        let thicket = Arc::new(Thicket { roots: 100, seed: 1, deep: 5000, fails_at: Some(item as u32) });
        check("search", item, &mut || technique.search(&thicket).map(drop));
    }
    passes_on_what_fails_at_last(technique);
    waits_for_no_stranger(technique);
    agrees_with_sequential::<Crew, T>(technique, 100, 10, 4);
    agrees_on_graphs(technique, 10, 10, 1, 50);
    words
}

/// Checks that a task whose dependency does not exist ends the call, by a panic or an error.
fn waits_for_no_stranger<T: Distribute>(technique: &T) {
    let what = format!("{}, a graph with a need that is not there", T::CARD.name);
    let _deadline = Deadline::of(&what);
    for row in [0, 1] {
        let run = AssertUnwindSafe(|| technique.graph(&Arc::new(Selfish { row }), &mut [0; 4]));
        if let Ok(answer) = catch_unwind(run) {
            refused(&what, answer);
        }
    }
    // and so does one whose dependencies panic
    let run = AssertUnwindSafe(|| technique.graph(&Arc::new(Untold), &mut [0; 4]));
    if let Ok(answer) = catch_unwind(run) {
        refused(&what, answer);
    }
}

/// Checks that exactly as many workers as it was started with work at the same time, according to `count`.
///
/// # Panics
///
/// With the pattern, if that does not hold.
pub fn works_at_once<T: Distribute>(technique: &T, workers: usize, count: fn(&Crew) -> usize) {
    let len = 8 * workers;
    let crew = || Crew::at_once(workers);
    let case = || Arc::new(Shaped { len, grain: 1, steps: 3, watch: crew() });
    let check = |pattern: &str, crew: &Crew, answer: Answer<()>| {
        if answered(answer).is_some() {
            assert_eq!(count(crew), workers, "{}, {pattern}", T::CARD.name);
        }
    };
    let (map, reduce, sweep, stencil, nest, divide) = (case(), case(), case(), case(), case(), case());
    check("map", &map.watch, technique.map(&map, &mut vec![0; len]));
    check("reduce", &reduce.watch, technique.reduce(&reduce).map(drop));
    check("sweep", &sweep.watch, technique.sweep(&sweep, &mut vec![[0; 2]; len]));
    check("stencil", &stencil.watch, technique.stencil(&stencil, [&mut vec![0; len], &mut vec![0; len]]));
    check("nest", &nest.watch, technique.nest(&nest, &mut vec![0; len]));
    let [mut out, mut room] = [0, 1].map(|_| vec![[0; 2]; len]);
    check("divide", &divide.watch, technique.divide(&divide, &mut out, &mut room));
    let web = Arc::new(Web { width: len, depth: 3, seed: 0, crew: crew() });
    check("graph", &web.crew, technique.graph(&web, &mut vec![[0; 3]; len]));
    answered(searches_with_all(technique, workers));
}

/// The answer, if any; a refusal needs a reason, and a failure fails the test.
fn answered<A>(answer: Answer<A>) -> Option<A> {
    match answer {
        Ok(given) => Some(given),
        Err(No::Failed(why)) => panic!("{why}"),
        Err(no) => {
            assert!(!no.to_string().is_empty(), "it refuses without a reason");
            None
        }
    }
}
