//! The ways to evaluate an expression: all read the same arrays and fill the same output.

pub(crate) mod blocked;
pub(crate) mod native;
pub(crate) mod unfused;
pub(crate) mod walk;

use crate::Kind;
use parallax_simd::lanes::Stores;

/// An expression made ready for one way of evaluation.
pub(crate) trait Engine: Send + Sync {
    /// Fills `out`; every input, one for each variable, has the same length as `out`.
    ///
    /// The output has the kind of the expression. `stores` suits the whole output of
    /// which this is a part; an engine that is not limited by memory may ignore it.
    fn fill(&self, inputs: &[&[f64]], out: Out<'_>, stores: Stores);
}

/// The destination of the results.
pub(crate) enum Out<'a> {
    Numbers(&'a mut [f64]),
    /// A byte each: 1 for true and 0 for false, never another value.
    Booleans(&'a mut [u8]),
}

impl Out<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Numbers(out) => out.len(),
            Self::Booleans(out) => out.len(),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Numbers(_) => Kind::Number,
            Self::Booleans(_) => Kind::Boolean,
        }
    }
}
