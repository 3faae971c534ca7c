//! The ways to evaluate an expression: all read the same arrays and fill the same output.

pub(crate) mod blocked;
pub(crate) mod native;
pub(crate) mod unfused;
pub(crate) mod walk;

/// An expression made ready for one way of evaluation.
pub(crate) trait Engine: Send + Sync {
    /// Fills `out`; every input, one for each variable, is as long.
    ///
    /// The output is of the kind of the expression.
    fn fill(&self, inputs: &[&[f64]], out: Out<'_>);
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
}
