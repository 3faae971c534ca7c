//! Fused loops, of which the compiler vectorises those that call nothing.
//!
//! `E2` and `E6` call functions of the standard library, which take one number at a time: around a call there
//! is no vector, whatever the loop is compiled for.

use crate::clones::{self, Plain};
use parallax_pattern::Map;
use parallax_pattern::isa::Isa;
use parallax_suite::workload::{Expression, Formula};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The values of an expression.
#[derive(Serialize, Deserialize)]
pub struct Values(Isa, Arc<Expression>);

impl Values {
    /// The values of `work`, compiled for `isa`.
    pub fn new(isa: Isa, work: &Arc<Expression>) -> Self {
        Values(isa, work.clone())
    }
}

impl Map for Values {
    type Item = f64;
    fn len(&self) -> usize {
        self.1.len()
    }
    fn grain(&self) -> usize {
        self.1.grain()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        clones::run(self.0, Piece { work: &self.1, start, out });
    }
}

/// Elements `start..start + out.len()`.
struct Piece<'a> {
    work: &'a Expression,
    start: usize,
    out: &'a mut [f64],
}

impl Plain for Piece<'_> {
    type Out = ();
    /// The case is decided once, outside the loops.
    #[inline(always)]
    fn run(self) {
        let Piece { work, start, out } = self;
        let (arguments, end) = (work.arguments(), start + out.len());
        let column = |q: usize| arguments[q].1[start..end].iter();
        match work.formula() {
            Formula::E2 => {
                for ((z, x), y) in out.iter_mut().zip(column(0)).zip(column(1)) {
                    *z = (x * x + y * y).cos() / (1.0 + x * x + y * y);
                }
            }
            Formula::E3 => {
                for (z, x) in out.iter_mut().zip(column(0)) {
                    *z = ((0.25 * x + 0.75) * x - 1.5) * x - 2.0;
                }
            }
            Formula::E4 => {
                let pairs = column(0).zip(column(1)).zip(column(2)).zip(column(3));
                for (z, (((a, b), c), d)) in out.iter_mut().zip(pairs) {
                    *z = a * b + c * d;
                }
            }
            Formula::E5 => {
                for ((z, a), b) in out.iter_mut().zip(column(0)).zip(column(1)) {
                    *z = 2.0 * a + 3.0 * b;
                }
            }
            Formula::E6 => {
                for (((z, a), b), c) in out.iter_mut().zip(column(0)).zip(column(1)).zip(column(2)) {
                    *z = a.sin() + (b * b + 1.0).ln() * (c * c + 1.0).sqrt();
                }
            }
        }
    }
}
