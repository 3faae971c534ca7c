//! Pieces that call the technique that runs them: each call returns, and none waits for its own thread.

mod within_limits;

use parallax_async::{
    AsyncStd, Compio, Smol, Tokio, Tokio1, TokioAsyncIo, TokioCurrentThread, TokioPool, TokioUnbounded,
};
use parallax_pattern::{Await, Exchange, Execute, No};
use parallax_pattern::{Channel, Graph, Map, Reduce, Search, Traffic, Wait};
use std::iter;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use within_limits::{Verdicts, started};

/// Work of every pattern; each method that a technique runs calls `again`.
#[derive(Default)]
struct Nested {
    again: Option<Box<dyn Fn() + Send + Sync>>,
}

const LEN: usize = 12;

impl Nested {
    fn calling(again: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Nested { again: Some(Box::new(again)) })
    }
    fn call(&self) {
        self.again.iter().for_each(|again| again());
    }
}

impl Map for Nested {
    type Item = u64;
    fn len(&self) -> usize {
        LEN
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, start: usize, out: &mut [u64]) {
        self.call();
        iter::zip(out, start as u64..).for_each(|(item, i)| *item = i);
    }
}

impl Reduce for Nested {
    type Acc = usize;
    fn len(&self) -> usize {
        LEN
    }
    fn grain(&self) -> usize {
        1
    }
    fn empty(&self) -> usize {
        0
    }
    fn fold(&self, acc: &mut usize, items: Range<usize>) {
        self.call();
        *acc += items.sum::<usize>();
    }
    fn merge(&self, acc: &mut usize, other: usize) {
        self.call();
        *acc += other;
    }
}

impl Graph for Nested {
    type Value = u64;
    fn width(&self) -> usize {
        LEN
    }
    fn depth(&self) -> usize {
        2
    }
    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
        (row > 0).then_some(column).into_iter()
    }
    fn run(&self, _: usize, column: usize, inputs: impl Iterator<Item = u64>) -> u64 {
        self.call();
        inputs.sum::<u64>() + column as u64
    }
}

impl Search for Nested {
    type Node = usize;
    type Acc = usize;
    fn roots(&self) -> Vec<usize> {
        (0..LEN).collect()
    }
    fn empty(&self) -> usize {
        0
    }
    fn visit(&self, node: usize, acc: &mut usize, _: impl FnMut(usize)) {
        self.call();
        *acc += node;
    }
    fn merge(&self, acc: &mut usize, other: usize) {
        self.call();
        *acc += other;
    }
}

impl Channel for Nested {
    type Message = usize;
    type Tally = usize;
    fn shape(&self) -> Traffic {
        Traffic { producers: 2, consumers: 1, messages: LEN, answered: false }
    }
    fn make(&self, _: usize, number: usize) -> usize {
        self.call();
        number
    }
    fn take(&self, message: usize, tally: &mut usize) {
        self.call();
        *tally += message;
    }
}

impl Wait for Nested {
    fn len(&self) -> usize {
        LEN
    }
    fn limit(&self) -> usize {
        4
    }
    fn begin(&self, _: usize) -> Duration {
        self.call();
        Duration::from_micros(100)
    }
    fn end(&self, i: usize) -> u64 {
        self.call();
        i as u64
    }
}

const SUM: usize = LEN * (LEN - 1) / 2;

fn maps(technique: &impl Execute, work: &Arc<Nested>) {
    let mut out = [0; LEN];
    technique.map(work, &mut out).unwrap();
    assert!(out.into_iter().eq(0..LEN as u64));
}

fn reduces(technique: &impl Execute, work: &Arc<Nested>) {
    assert_eq!(technique.reduce(work).unwrap(), SUM);
}

fn graphs(technique: &impl Execute, work: &Arc<Nested>) {
    let mut out = [0; LEN];
    technique.graph(work, &mut out).unwrap();
    assert!(out.into_iter().eq((0..LEN as u64).map(|column| 2 * column)));
}

fn searches(technique: &impl Execute, work: &Arc<Nested>) {
    assert_eq!(technique.search(work).unwrap(), SUM);
}

fn hands_over(technique: &impl Exchange<Nested>, work: &Arc<Nested>) {
    assert_eq!(technique.channel(work).unwrap().iter().sum::<usize>(), 2 * SUM);
}

fn waits(technique: &impl Await<Nested>, work: &Arc<Nested>) {
    let mut out = [0; LEN];
    technique.wait(work, &mut out).unwrap();
    assert!(out.into_iter().eq(0..LEN as u64));
}

/// A pattern whose pieces call the same pattern of the same technique.
fn asks_itself<T: Send + Sync + 'static>(
    verdicts: &mut Verdicts,
    pattern: &str,
    start: fn(usize) -> Option<T>,
    run: fn(&T, &Arc<Nested>),
) {
    for workers in [1, 2] {
        verdicts.judge(&format!("{pattern}, {workers} workers"), move || {
            let Some(technique) = start(workers).map(Arc::new) else { return };
            let same = technique.clone();
            run(&technique, &Nested::calling(move || run(&same, &Arc::default())));
        });
    }
}

fn executes<T: Execute + Sync>(verdicts: &mut Verdicts) {
    let name = T::CARD.name;
    asks_itself::<T>(verdicts, &format!("{name}: map"), started, maps);
    asks_itself::<T>(verdicts, &format!("{name}: reduce"), started, reduces);
    asks_itself::<T>(verdicts, &format!("{name}: graph"), started, graphs);
    asks_itself::<T>(verdicts, &format!("{name}: search"), started, searches);
}

fn exchanges<T: Exchange<Nested> + Sync>(verdicts: &mut Verdicts) {
    asks_itself::<T>(verdicts, &format!("{}: channel", T::CARD.name), started, hands_over);
}

fn awaits<T: Await<Nested> + Sync>(verdicts: &mut Verdicts) {
    asks_itself::<T>(verdicts, &format!("{}: wait", T::CARD.name), started, waits);
}

#[test]
fn a_piece_may_ask_the_technique_that_runs_it() {
    let mut verdicts = Verdicts::default();
    executes::<AsyncStd>(&mut verdicts);
    executes::<Compio>(&mut verdicts);
    executes::<Smol>(&mut verdicts);
    executes::<Tokio>(&mut verdicts);
    executes::<TokioCurrentThread>(&mut verdicts);
    exchanges::<AsyncStd>(&mut verdicts);
    exchanges::<Compio>(&mut verdicts);
    exchanges::<Smol>(&mut verdicts);
    exchanges::<Tokio>(&mut verdicts);
    exchanges::<Tokio1>(&mut verdicts);
    exchanges::<TokioCurrentThread>(&mut verdicts);
    exchanges::<TokioUnbounded>(&mut verdicts);
    awaits::<AsyncStd>(&mut verdicts);
    awaits::<Compio>(&mut verdicts);
    awaits::<Smol>(&mut verdicts);
    awaits::<Tokio>(&mut verdicts);
    awaits::<TokioAsyncIo>(&mut verdicts);
    awaits::<TokioCurrentThread>(&mut verdicts);
    awaits::<TokioPool>(&mut verdicts);
    verdicts.all_good();
}

#[test]
fn a_piece_may_start_its_technique_anew_or_is_refused() {
    fn starts<T: Execute + Sync>(verdicts: &mut Verdicts) {
        for (pattern, run) in [("map", maps as fn(&T, &Arc<Nested>)), ("graph", graphs)] {
            verdicts.judge(&format!("{}: {pattern}", T::CARD.name), move || {
                let Some(technique) = started::<T>(1) else { return };
                let start = || match T::start(1) {
                    Ok(another) => drop(another),
                    Err(no) => assert!(matches!(no, No::Failed(_)), "{no}"),
                };
                run(&technique, &Nested::calling(start));
            });
        }
    }
    let mut verdicts = Verdicts::default();
    starts::<AsyncStd>(&mut verdicts);
    starts::<Compio>(&mut verdicts);
    starts::<Smol>(&mut verdicts);
    starts::<Tokio>(&mut verdicts);
    starts::<TokioCurrentThread>(&mut verdicts);
    verdicts.all_good();
}

#[test]
fn a_piece_may_ask_another_technique_that_asks_the_first() {
    fn around<A: Execute + Sync, B: Execute + Sync>(
        verdicts: &mut Verdicts,
        run: [fn(&A, &Arc<Nested>); 2],
        by: fn(&B, &Arc<Nested>),
    ) {
        for run in run {
            verdicts.judge(&format!("{} and {}", A::CARD.name, B::CARD.name), move || {
                let (Some(a), Some(b)) = (started::<A>(1), started::<B>(1)) else { return };
                let (a, b) = (Arc::new(a), Arc::new(b));
                let again = a.clone();
                let back = Nested::calling(move || run(&again, &Arc::default()));
                run(&a, &Nested::calling(move || by(&b, &back)));
            });
        }
    }
    let mut verdicts = Verdicts::default();
    around::<Tokio, Smol>(&mut verdicts, [maps, graphs], maps);
    around::<Smol, Tokio>(&mut verdicts, [maps, graphs], searches);
    around::<Compio, Tokio>(&mut verdicts, [maps, graphs], maps);
    around::<Tokio, Tokio>(&mut verdicts, [maps, graphs], graphs);
    around::<TokioCurrentThread, Compio>(&mut verdicts, [maps, searches], maps);
    around::<TokioCurrentThread, Tokio>(&mut verdicts, [maps, searches], maps);
    verdicts.all_good();
}
