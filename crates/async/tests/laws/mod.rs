//! The laws of every async technique, on work of any length and grain: written once, run for each.

pub(crate) mod channels;

use parallax_conform::{self as conform, Crew, ON_PURPOSE, Watch};
use parallax_pattern::optional;
use parallax_pattern::{Await, Execute, No, Technique, Wait};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Waits, one of which may panic at its end.
#[derive(Debug)]
pub(crate) struct Naps {
    waits: usize,
    limit: usize,
    crew: Crew,
}

impl Wait for Naps {
    fn len(&self) -> usize {
        self.waits
    }
    fn limit(&self) -> usize {
        self.limit
    }
    fn begin(&self, _: usize) -> Duration {
        Duration::from_micros(100)
    }
    fn end(&self, i: usize) -> u64 {
        let _at_work = self.crew.enter(i..i + 1);
        i as u64
    }
}

/// Starts a technique, or says why it cannot be tested here.
fn started<T: Technique>(workers: usize) -> Option<T> {
    match T::start(workers) {
        Ok(technique) => Some(technique),
        Err(No::Unavailable(why)) => {
            assert!(T::CARD.name == "compio" && why.contains("io_uring"), "{}: {why}", T::CARD.name);
            optional::skip("io_uring", &why);
            None
        }
        Err(no) => panic!("{}: {no}", T::CARD.name),
    }
}

/// Shows that a technique returns the same as one thread.
pub(crate) fn agrees<T: Execute>(workers: usize, len: usize, grain: usize, depth: usize) {
    let Some(technique) = started::<T>(workers) else { return };
    let answers = conform::agrees_with_sequential::<Crew, T>(&technique, len, grain, depth);
    assert_eq!(answers, ["map", "reduce", "divide"], "{}", T::CARD.name);
    let answers = conform::agrees_on_graphs(&technique, len, depth, grain as u64, 150);
    assert_eq!(answers, ["graph", "search"], "{}", T::CARD.name);
}

/// Shows that the barriers and the nested sums are refused with a reason.
pub(crate) fn refuses_what_does_not_wait<T: Execute>() {
    use parallax_suite::workload::{Heat, Params, Size, Stream, Workload};
    let Some(technique) = started::<T>(2) else { return };
    let (stream, heat) = (Stream::make(Params::of(Size::Tiny)), Heat::make(Params::of(Size::Tiny)));
    let sweep = technique.sweep(&Arc::new(stream), &mut []);
    let stencil = technique.stencil(&Arc::new(heat), [&mut [], &mut []]);
    for no in [sweep, stencil] {
        assert!(matches!(no, Err(No::Unfit(why)) if why.contains("wait") || why.contains("barrier")));
    }
}

/// Shows that a panic in one piece reaches the caller, and that the technique works afterwards.
pub(crate) fn survives_panics<T: Execute>() {
    for workers in [1, 2, 3] {
        let Some(technique) = started::<T>(workers) else { return };
        assert_eq!(conform::survives_panics(&technique), [Some(ON_PURPOSE); 15], "{}", T::CARD.name);
    }
}

/// Shows that a panic after a wait reaches the caller, and that waits end as before afterwards.
pub(crate) fn waits_survive_a_panic<T: Await<Naps>>() {
    for workers in [1, 2] {
        let Some(technique) = started::<T>(workers) else { return };
        let mut out = [0; 50];
        let naps = |crew| Arc::new(Naps { waits: 50, limit: 4, crew });
        let work = naps(Crew::failing_at(7));
        let result = catch_unwind(AssertUnwindSafe(|| technique.wait(&work, &mut out)));
        assert_eq!(reason(result), ON_PURPOSE);
        technique.wait(&naps(Crew::default()), &mut out).unwrap();
        assert!(out.into_iter().eq(0..50), "with {workers} workers, after a panic");
    }
}

fn reason<R>(result: thread::Result<R>) -> &'static str {
    result.err().and_then(|panic| panic.downcast_ref::<&str>().copied()).unwrap_or("no panic")
}

/// Shows that the requested number of workers work at the same time, and no more.
pub(crate) fn works_at_once<T: Execute>(numbers: &[usize]) {
    for &workers in numbers {
        let Some(technique) = started::<T>(workers) else { return };
        conform::works_at_once(&technique, workers, Crew::most);
    }
}
