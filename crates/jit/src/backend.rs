//! The ways to evaluate an expression: all read the same arrays and fill the same output.

pub(crate) mod blocked;
pub(crate) mod native;
pub(crate) mod unfused;
pub(crate) mod walk;

use crate::Kind;
use parallax_simd::lanes::Stores;

/// An expression made ready for one way of evaluation.
pub(crate) trait Engine: Send + Sync {
    /// Fills `out`; every input, one for each variable, is as long.
    ///
    /// The output is of the kind of the expression. `stores` is what suits the whole of which it is a part; an engine that
    /// is not held back by memory need not heed it.
    fn fill(&self, inputs: &[&[f64]], out: Out<'_>, stores: Stores);
}

/// Where results go.
pub(crate) enum Out<'a> {
    Numbers(&'a mut [f64]),
    /// A byte each: 1 for true, 0 for false, and never anything else.
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
