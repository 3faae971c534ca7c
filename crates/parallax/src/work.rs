//! Which techniques race on which pattern, what they write to, and what of it is the result.

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

/// Work that can be raced, as the pattern `P`: implemented for everything that implements the pattern.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no pattern that can be raced",
    note = "implement one of `Map`, `Reduce`, `Sweep`, `Stencil`, `Graph`, `Search`, `Nest`, `Divide`, `Touch`, `Consult`, `Recall`, `Channel` or `Wait`"
)]
pub trait Work<P>: Sized + Send + Sync + 'static {
    /// What a technique writes to.
    type Made: 'static;
    /// What a result is.
    type Result: ?Sized;
    /// The pattern's name.
    const PATTERN: &'static str;
    /// The question that techniques answer.
    const QUESTION: Question = Question::Execute;
    /// How many items there are, and what one is called.
    fn items(&self) -> (usize, &'static str);
    /// Something to write to.
    fn blank(&self) -> Self::Made;
    /// Makes a result wrong, so that only work can make it right again.
    fn spoil(&self, made: &mut Self::Made) {
        *made = self.blank();
    }
    /// What stands there after a technique that does nothing and says that it has done all. A spoiled result, mostly.
    fn idle(&self, _made: &mut Self::Made) {}
    /// The result; none if nothing was done.
    fn result(made: &Self::Made) -> Option<&Self::Result>;
    /// The techniques, with the baseline first.
    fn contenders() -> Vec<Contender<Self, Self::Made>>;
}

/// Work that can be sent to other processes: implemented for what derives serde's traits, and makes what can be sent.
#[cfg(feature = "processes")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to other processes",
    note = "derive serde's `Serialize` and `Deserialize` for it and for what it makes, or leave `.processes()` out"
)]
pub trait Apart<P>: Work<P> {
    /// The techniques of processes.
    fn apart() -> Vec<Contender<Self, Self::Made>>;
}
