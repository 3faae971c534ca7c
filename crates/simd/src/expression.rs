//! Fused expressions in vectors, with functions that have no branches: no temporary, no call per element.
//!
//! A loop that calls `cos` does one number at a time however wide the vectors are, because a library function
//! takes one. With functions of vectors ([`math`]) the whole loop is vectors.
//!
//! `E2` and `E3` round where they are written, because a fused multiply-add gives other bits there; in `E4`
//! and `E5` products are exact.

use crate::lanes::{Floats, Job, Lanes, Machine, Stores, zip};
use crate::math::{self, Cosine, Logarithm, Sine};
use parallax_pattern::Map;
use parallax_suite::workload::{Expression, Formula};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The values of an expression, a vector at a time.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Values<M: Machine> {
    machine: M,
    work: Arc<Expression>,
}

impl<M: Machine> Values<M> {
    /// The values of `work`, by the vectors of `machine`.
    pub fn new(machine: M, work: &Arc<Expression>) -> Self {
        Values { machine, work: work.clone() }
    }
}

impl<M: Machine> Map for Values<M> {
    type Item = f64;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        self.machine.run(Piece { work: &self.work, start, out });
    }
}

/// Elements `start..start + out.len()`.
struct Piece<'a> {
    work: &'a Expression,
    start: usize,
    out: &'a mut [f64],
}

impl Job for Piece<'_> {
    type Out = ();
    /// The case is decided once, outside the loops.
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let Piece { work, start, out } = self;
        let (arguments, stores) = (work.arguments(), Stores::for_output(work.len()));
        let column = |q: usize| &arguments[q].1[start..start + out.len()];
        match work.formula() {
            Formula::E2 => zip(
                lanes,
                stores,
                [column(0), column(1)],
                out,
                #[inline(always)]
                |[x, y]| {
                    let square = x * x + y * y;
                    math::lanes::<L, Cosine>(square) / (square + 1.0)
                },
            ),
            Formula::E3 => zip(
                lanes,
                stores,
                [column(0)],
                out,
                #[inline(always)]
                |[x]| ((x * 0.25 + 0.75) * x - 1.5) * x - 2.0,
            ),
            Formula::E4 => zip(
                lanes,
                stores,
                [column(0), column(1), column(2), column(3)],
                out,
                #[inline(always)]
                |[a, b, c, d]| a.mul_add(b, c * d),
            ),
            Formula::E5 => zip(
                lanes,
                stores,
                [column(0), column(1)],
                out,
                #[inline(always)]
                |[a, b]| a.mul_add(a.all(2.0), b * 3.0),
            ),
            Formula::E6 => zip(
                lanes,
                stores,
                [column(0), column(1), column(2)],
                out,
                #[inline(always)]
                |[a, b, c]| wave(a, b, c),
            ),
        }
    }
}

/// `sin(a) + log(b*b + 1)*sqrt(c*c + 1)`.
#[inline(always)]
fn wave<L: Lanes>(a: Floats<L>, b: Floats<L>, c: Floats<L>) -> Floats<L> {
    let one = a.all(1.0);
    let (log, root) = (math::lanes::<L, Logarithm>(b.mul_add(b, one)), c.mul_add(c, one).sqrt());
    log.mul_add(root, math::lanes::<L, Sine>(a))
}
