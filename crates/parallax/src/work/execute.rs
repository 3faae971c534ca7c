//! Work that is executed: the eight patterns of the question *who does the work?*, and their techniques.

use super::{Work, kind};
use crate::contender::Contender;
use parallax_pattern::{Divide, Execute, Graph, Map, Nest, Reduce, Search, Sequential, Stencil, Sweep};

/// The techniques that execute work, each with `$run`.
macro_rules! executing {
    ($run:expr) => {
        vec![
            Contender::of::<Sequential>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::Chili>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::Crossbeam>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::CrossbeamChannel>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::Pinned>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::Rayon>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::RayonBridge>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::RayonJoin>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::RayonMinLen>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::Scoped>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::ScopedDynamic>($run),
            #[cfg(feature = "atomics")]
            Contender::of::<parallax_atomics::PointToPoint>($run),
            #[cfg(feature = "atomics")]
            Contender::of::<parallax_atomics::SelfScheduling>($run),
            #[cfg(feature = "atomics")]
            Contender::of::<parallax_atomics::SpinBarrier>($run),
            #[cfg(feature = "async")]
            Contender::of::<parallax_async::Compio>($run),
            #[cfg(feature = "async")]
            Contender::of::<parallax_async::Smol>($run),
            #[cfg(feature = "async")]
            Contender::of::<parallax_async::Tokio>($run),
        ]
    };
}

impl<W: Map> Work<kind::Map> for W {
    type Made = Vec<W::Item>;
    type Result = [W::Item];
    const PATTERN: &'static str = "map";
    fn items(&self) -> (usize, &'static str) {
        (self.len(), "items")
    }
    fn blank(&self) -> Self::Made {
        vec![W::Item::default(); self.len()]
    }
    fn spoil(&self, made: &mut Self::Made) {
        made.fill(W::Item::default());
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        Some(made)
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| by.map(work, made))
    }
}

impl<W: Reduce> Work<kind::Reduce> for W {
    type Made = Option<W::Acc>;
    type Result = W::Acc;
    const PATTERN: &'static str = "reduce";
    fn items(&self) -> (usize, &'static str) {
        (self.len(), "items")
    }
    fn blank(&self) -> Self::Made {
        None
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        made.as_ref()
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| {
            *made = Some(by.reduce(work)?);
            Ok(())
        })
    }
}

/// An array that is updated in steps: its initial state, and two buffers that take turns.
#[derive(Debug, Clone)]
pub struct Begun<T> {
    begin: Vec<T>,
    buffers: [Vec<T>; 2],
    pub(super) last: Option<usize>,
}

impl<T: Clone + Default> Begun<T> {
    fn of(len: usize) -> Self {
        let blank = vec![T::default(); len];
        Begun { begin: blank.clone(), buffers: [blank.clone(), blank], last: None }
    }

    /// Sets the initial state, if it is not the default value everywhere.
    pub(crate) fn begin_with(&mut self, begin: Vec<T>) {
        self.begin = begin;
    }

    /// The second buffer may hold the last result; the first is reset in each run.
    fn spoil(&mut self) {
        self.last = None;
        self.buffers[1].fill(T::default());
    }

    /// The buffers, with the initial state in the first. Copying it is part of a run, for all techniques alike.
    pub(super) fn first(&mut self) -> &mut [Vec<T>; 2] {
        self.buffers[0].clone_from(&self.begin);
        &mut self.buffers
    }

    fn result(&self) -> Option<&[T]> {
        self.last.map(|last| &self.buffers[last][..])
    }
}

impl<W: Sweep> Work<kind::Sweep> for W {
    type Made = Begun<W::Item>;
    type Result = [W::Item];
    const PATTERN: &'static str = "sweep";
    fn items(&self) -> (usize, &'static str) {
        (self.len() * self.steps(), "item steps")
    }
    fn blank(&self) -> Self::Made {
        Begun::of(self.len())
    }
    fn spoil(&self, made: &mut Self::Made) {
        made.spoil();
    }
    fn idle(&self, made: &mut Self::Made) {
        made.first();
        made.last = Some(0);
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        made.result()
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| {
            let [state, _] = made.first();
            by.sweep(work, state)?;
            made.last = Some(0);
            Ok(())
        })
    }
}

impl<W: Stencil> Work<kind::Stencil> for W {
    type Made = Begun<W::Item>;
    type Result = [W::Item];
    const PATTERN: &'static str = "stencil";
    fn items(&self) -> (usize, &'static str) {
        (self.len() * self.steps(), "item steps")
    }
    fn blank(&self) -> Self::Made {
        Begun::of(self.len())
    }
    fn spoil(&self, made: &mut Self::Made) {
        made.spoil();
    }
    fn idle(&self, made: &mut Self::Made) {
        made.first();
        made.last = Some(self.steps() % 2);
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        made.result()
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| {
            let [a, b] = made.first();
            by.stencil(work, [a, b])?;
            made.last = Some(work.steps() % 2);
            Ok(())
        })
    }
}

impl<W: Graph> Work<kind::Graph> for W {
    type Made = Vec<W::Value>;
    type Result = [W::Value];
    const PATTERN: &'static str = "graph";
    fn items(&self) -> (usize, &'static str) {
        (self.width() * self.depth(), "tasks")
    }
    fn blank(&self) -> Self::Made {
        vec![W::Value::default(); self.width()]
    }
    fn spoil(&self, made: &mut Self::Made) {
        made.fill(W::Value::default());
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        Some(made)
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| by.graph(work, made))
    }
}

impl<W: Search> Work<kind::Search> for W {
    type Made = Option<W::Acc>;
    type Result = W::Acc;
    const PATTERN: &'static str = "search";
    fn items(&self) -> (usize, &'static str) {
        (1, "searches")
    }
    fn blank(&self) -> Self::Made {
        None
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        made.as_ref()
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| {
            *made = Some(by.search(work)?);
            Ok(())
        })
    }
}

impl<W: Nest> Work<kind::Nest> for W {
    type Made = Vec<W::Item>;
    type Result = [W::Item];
    const PATTERN: &'static str = "nest";
    fn items(&self) -> (usize, &'static str) {
        let (outer, pieces) = self.shape();
        (outer * pieces, "pieces")
    }
    fn blank(&self) -> Self::Made {
        vec![W::Item::default(); self.shape().0]
    }
    fn spoil(&self, made: &mut Self::Made) {
        made.fill(W::Item::default());
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        Some(made)
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| by.nest(work, made))
    }
}

/// The solution, and scratch space.
impl<W: Divide> Work<kind::Divide> for W {
    type Made = [Vec<W::Item>; 2];
    type Result = [W::Item];
    const PATTERN: &'static str = "divide";
    fn items(&self) -> (usize, &'static str) {
        (self.len(), "items")
    }
    fn blank(&self) -> Self::Made {
        [0, 1].map(|_| vec![W::Item::default(); self.len()])
    }
    fn spoil(&self, made: &mut Self::Made) {
        made.iter_mut().for_each(|array| array.fill(W::Item::default()));
    }
    fn result([solution, _]: &Self::Made) -> Option<&Self::Result> {
        Some(solution)
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, [out, room]| by.divide(work, out, room))
    }
}
