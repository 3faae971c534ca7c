//! Between one pass and temporaries: two passes in place, as in `a += b; a += 3*c`.
//!
//! ```
//! use ndarray::array;
//!
//! let mut a = array![0.0, 0.0];
//! a += &array![1.0, 2.0];
//! a.scaled_add(3.0, &array![10.0, 20.0]);
//! assert_eq!(a, array![31.0, 62.0]);
//! ```

use crate::stream::triad_in_two_steps;
use parallax_pattern::{Answer, Card, Cores, Sweep, Technique};
use parallax_suite::workload::{Stream, Swept};
use std::sync::Arc;

/// ndarray, with an assignment for each operand.
#[derive(Debug, Clone, Copy)]
pub struct NdArrayTwoStep;

impl Technique for NdArrayTwoStep {
    const CARD: Card = Card {
        name: "ndarray-two-step",
        idea: "an operator that assigns for each operand",
        gives: "operators without new arrays",
        costs: "a pass over memory for each operand",
        cores: Cores::One,
        libraries: &["ndarray"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(NdArrayTwoStep)
    }
}

impl NdArrayTwoStep {
    /// The one workload that has two operands to add.
    pub fn stream(&self, work: &Arc<Stream>, out: &mut Swept) -> Answer<()> {
        out.sweep(|state| {
            (0..work.steps()).for_each(|_| triad_in_two_steps(state, work.b(), 3.0, work.c()));
            Ok(())
        })
    }
}
