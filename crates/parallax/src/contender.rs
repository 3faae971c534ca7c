//! A technique that races: how it starts, and how it does the work.

use parallax_pattern::{Answer, Card, Technique};
use std::any::type_name;
use std::sync::Arc;

/// A technique that is ready: it does the work and writes the result.
pub(crate) type Ready<W, M> = Box<dyn Fn(&Arc<W>, &mut M) -> Answer<()>>;

/// Starts a technique for a number of workers; returns its instruction set as well.
type Start<W, M> = Box<dyn Fn(usize) -> Answer<(Ready<W, M>, String)>>;

/// A technique, before it is started.
pub struct Contender<W, M> {
    pub(crate) card: Card,
    /// The type whose `impl` does the work.
    pub(crate) implementor: &'static str,
    pub(crate) start: Start<W, M>,
}

impl<W: 'static, M: 'static> Contender<W, M> {
    /// A technique that does the work by `run`. The clock measures `run` and one call through a pointer, for each run
    /// of the whole work.
    pub(crate) fn of<T: Technique>(run: fn(&T, &Arc<W>, &mut M) -> Answer<()>) -> Self {
        let start = move |workers| {
            let technique = T::start(workers)?;
            let isa = technique.isa();
            let ready: Ready<W, M> = Box::new(move |work, made| run(&technique, work, made));
            Ok((ready, isa))
        };
        Contender { card: T::CARD, implementor: type_name::<T>(), start: Box::new(start) }
    }
}

impl<W, M> std::fmt::Debug for Contender<W, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Contender").field("name", &self.card.name).finish_non_exhaustive()
    }
}
