//! Techniques on the program's runtime: they use its threads, are called from its tasks, and leave it running.

#[expect(dead_code, reason = "these techniques are not started here")]
mod within_limits;

use parallax_async::{Smol, Tokio};
use parallax_conform::{
    Crew, ON_PURPOSE, agrees_on_graphs, agrees_with_sequential, hands_over_in_order, keeps_the_limit,
    survives_panics, works_at_once,
};
use parallax_pattern::{Await, Execute, Map, No, Wait};
use smol::Executor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use within_limits::Verdicts;

fn runtime(workers: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(workers)
        .thread_name("the program's")
        .enable_time()
        .build()
        .unwrap()
}

/// Checks every pattern that a runtime supports, with panics too.
fn keeps_the_laws(technique: &impl Execute) {
    assert_eq!(agrees_with_sequential::<Crew, _>(technique, 100, 7, 3), ["map", "reduce", "divide"]);
    assert_eq!(agrees_on_graphs(technique, 9, 4, 3, 150), ["graph", "search"]);
    assert_eq!(survives_panics(technique), [Some(ON_PURPOSE); 15]);
}

/// On one worker, so that a call that blocks it would wait for itself.
#[test]
fn a_tokio_runtime_is_called_from_everywhere() {
    fn check() {
        let tokio = Tokio::current().unwrap();
        keeps_the_laws(&tokio);
        hands_over_in_order(&tokio);
        keeps_the_limit(&tokio);
    }
    let mut verdicts = Verdicts::default();
    verdicts.judge("outside", || {
        let runtime = runtime(1);
        let tokio = Tokio::on(runtime.handle().clone()).unwrap();
        keeps_the_laws(&tokio);
        hands_over_in_order(&tokio);
        keeps_the_limit(&tokio);
    });
    verdicts.judge("in the main task", || runtime(1).block_on(async { check() }));
    verdicts.judge("in a task", || {
        runtime(1).block_on(async { tokio::spawn(async { check() }).await.unwrap() });
    });
    verdicts.judge("in spawn_blocking", || {
        runtime(1).block_on(async { tokio::task::spawn_blocking(check).await.unwrap() });
    });
    verdicts.judge("in a task of another runtime", || {
        let (own, other) = (runtime(1), Builder::new_current_thread().build().unwrap());
        let tokio = Tokio::on(own.handle().clone()).unwrap();
        other.block_on(async { keeps_the_laws(&tokio) });
    });
    verdicts.all_good();
}

/// The pool itself has room for hundreds.
#[test]
fn as_many_pieces_as_workers_are_under_way() {
    let runtime = runtime(2);
    works_at_once(&Tokio::on(runtime.handle().clone()).unwrap(), 2, Crew::most);
    let smol = Smol::on(Arc::new(Executor::new()), 2);
    let work = Arc::new(Crowd::default());
    smol.map(&work, &mut [(); 50]).unwrap();
    assert!(work.0.most() <= 2, "{} at once", work.0.most());
}

/// Pieces of one item that count each other.
#[derive(Default)]
struct Crowd(Crew);

impl Map for Crowd {
    type Item = ();
    fn len(&self) -> usize {
        50
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, start: usize, _: &mut [()]) {
        use parallax_conform::Watch;
        let _at_work = self.0.enter(start..start + 1);
        thread::sleep(Duration::from_millis(1));
    }
}

/// A map whose items are the names of the threads that make them.
struct Names;

impl Map for Names {
    type Item = String;
    fn len(&self) -> usize {
        8
    }
    fn fill(&self, _: usize, out: &mut [String]) {
        out.fill(thread::current().name().unwrap_or("none").to_owned());
    }
}

#[test]
fn its_threads_compute_and_go_on_after_it() {
    let runtime = runtime(2);
    let mut out = [const { String::new() }; 8];
    Tokio::on(runtime.handle().clone()).unwrap().map(&Arc::new(Names), &mut out).unwrap();
    assert!(out.iter().all(|name| name == "the program's"), "{out:?}");
    assert_eq!(runtime.block_on(async { tokio::spawn(async { 7 }).await.unwrap() }), 7);
}

#[test]
fn a_runtime_of_one_thread_and_none_at_all_are_refused_in_words() {
    let one = Builder::new_current_thread().build().unwrap();
    let said = |no: Option<No>| match no {
        Some(No::Failed(why)) => why.to_string(),
        other => panic!("{other:?}"),
    };
    let why = said(Tokio::on(one.handle().clone()).err());
    assert!(why.contains("take TokioCurrentThread"), "{why}");
    assert_eq!(one.block_on(async { said(Tokio::current().err()) }), why);
    let why = said(Tokio::current().err());
    assert!(why.contains("Tokio::on"), "{why}");
}

struct Naps;

impl Wait for Naps {
    fn len(&self) -> usize {
        3
    }
    fn limit(&self) -> usize {
        3
    }
    fn begin(&self, _: usize) -> Duration {
        Duration::from_micros(10)
    }
    fn end(&self, i: usize) -> u64 {
        i as u64
    }
}

#[test]
fn a_runtime_that_is_gone_or_has_no_timers_is_told_of() {
    let words = |run: &dyn Fn()| {
        let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("it answers");
        panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|&why| why.into()))
    };
    let bare = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let tokio = Tokio::on(bare.handle().clone()).unwrap();
    let why = words(&|| tokio.wait(&Arc::new(Naps), &mut [0; 3]).unwrap()).unwrap();
    assert!(why.contains("timers are disabled"), "{why}");
    drop(bare);
    let why = words(&|| tokio.map(&Arc::new(Names), &mut [const { String::new() }; 8]).unwrap()).unwrap();
    assert!(why.contains("its runtime was shut down"), "{why}");
    assert!(Handle::try_current().is_err(), "this thread is left as it was");
}

#[test]
fn an_executor_is_called_from_everywhere() {
    fn check(executor: &Arc<Executor<'static>>) {
        let smol = Smol::on(executor.clone(), 2);
        keeps_the_laws(&smol);
        hands_over_in_order(&smol);
        keeps_the_limit(&smol);
    }
    let mut verdicts = Verdicts::default();
    verdicts.judge("one that no thread runs", || check(&Arc::default()));
    verdicts.judge("in a task, on the one thread that runs it", || {
        let executor: Arc<Executor<'static>> = Arc::default();
        let inside = executor.clone();
        smol::block_on(executor.run(executor.spawn(async move { check(&inside) })));
    });
    verdicts.judge("one that goes on after it", || {
        let executor: Arc<Executor<'static>> = Arc::default();
        drop(Smol::on(executor.clone(), 2));
        smol::block_on(executor.run(executor.spawn(async {})));
    });
    verdicts.all_good();
}
