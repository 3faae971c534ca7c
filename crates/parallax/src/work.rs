//! The techniques that race on each pattern, the output that they write, and the result in it.

#[cfg(feature = "processes")]
mod apart;
mod execute;
mod others;

pub use execute::Begun;
pub use others::{Consulted, Tallies};

use crate::contender::Contender;
use parallax_pattern::Question;

/// The patterns as types, for work that has several: `parallax::bench::<kind::Map, _>(…)`.
pub mod kind {
    macro_rules! kinds {
        ($($kind:ident)*) => {$(
            #[doc = concat!("Work that is measured as a [`", stringify!($kind), "`](parallax_pattern::", stringify!($kind), ").")]
            #[derive(Debug, Clone, Copy)]
            pub enum $kind {}
        )*};
    }
    kinds!(Channel Consult Divide Graph Map Nest Recall Reduce Search Stencil Sweep Touch Wait);
}

/// Work that can be raced as the pattern `P`: implemented for every type that implements the pattern.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no pattern that can be raced",
    note = "implement one of `Map`, `Reduce`, `Sweep`, `Stencil`, `Graph`, `Search`, `Nest`, `Divide`, `Touch`, `Consult`, `Recall`, `Channel` or `Wait`"
)]
pub trait Work<P>: Sized + Send + Sync + 'static {
    /// The output of a technique.
    type Made: 'static;
    /// The type of a result.
    type Result: ?Sized;
    /// The pattern's name.
    const PATTERN: &'static str;
    /// The question that techniques answer.
    const QUESTION: Question = Question::Execute;
    /// The number of items, and their name.
    fn items(&self) -> (usize, &'static str);
    /// An empty output.
    fn blank(&self) -> Self::Made;
    /// Makes a result wrong, so that only work can make it right again.
    fn spoil(&self, made: &mut Self::Made) {
        *made = self.blank();
    }
    /// Makes the output of a technique that does nothing and reports success. Mostly that is a spoiled result.
    fn idle(&self, _made: &mut Self::Made) {}
    /// The result; none if nothing was done.
    fn result(made: &Self::Made) -> Option<&Self::Result>;
    /// The techniques, with the baseline first.
    fn contenders() -> Vec<Contender<Self, Self::Made>>;
}

/// Work that can be sent to other processes: implemented for types that derive serde's traits, if their results do too.
#[cfg(feature = "processes")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to other processes",
    note = "derive serde's `Serialize` and `Deserialize` for it and for its results, or leave `.processes()` out"
)]
pub trait Apart<P>: Work<P> {
    /// The techniques of processes.
    fn apart() -> Vec<Contender<Self, Self::Made>>;
}
