//! Kernels written over vectors, and which vectors: the library's, AVX2 by hand, or AVX-512 by hand.

use crate::comparison::Truths;
use crate::expression::Values;
use crate::gridsearch::Fits;
use crate::heat::Rows;
use crate::histogram::Counts;
use crate::julia::Escape;
use crate::lanes::Machine;
use crate::matmul::{Product, Spare};
use crate::montecarlo::Samples;
use crate::pairwise::Distances;
use crate::stream::Triad;
use parallax_pattern::isa::Isa;
use parallax_pattern::{Answer, Card, No, Technique};
use parallax_suite::Compute;
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, MonteCarlo, Pairwise,
    Sorted, Stream,
};
use std::sync::Arc;

/// The kernels of this crate by the vectors of a machine.
pub struct Packed<M> {
    machine: M,
    spare: Spare,
}

impl<M: Machine> Technique for Packed<M> {
    const CARD: Card = Card { source: file!(), ..M::CARD };

    /// Refuses where the processor lacks the instructions, or `PARALLAX_ISA` forbids them.
    fn start(_: usize) -> Answer<Self> {
        let isa = Isa::detect()?;
        let without = || {
            No::Unavailable(format!("{isa} is all that may be used here, by the processor or PARALLAX_ISA"))
        };
        let machine = M::for_isa(isa).ok_or_else(without)?;
        Ok(Packed { machine, spare: Spare::default() })
    }
    fn isa(&self) -> String {
        self.machine.isa().to_string()
    }
}

impl<M: Machine> Compute for Packed<M> {
    type Comparison = Truths<M>;
    type Expression = Values<M>;
    type GridSearch = Fits<M>;
    type Heat = Rows<M>;
    type Histogram = Counts<M>;
    type Julia = Escape<M>;
    type Matmul = Product<M>;
    type MonteCarlo = Samples<M>;
    type Pairwise = Distances<M>;
    type Stream = Triad<M>;

    fn comparison(&self, work: &Arc<Comparison>) -> Answer<Truths<M>> {
        Ok(Truths::new(self.machine, work))
    }
    fn expression(&self, work: &Arc<Expression>) -> Answer<Values<M>> {
        Ok(Values::new(self.machine, work))
    }
    fn gridsearch(&self, work: &Arc<GridSearch>) -> Answer<Fits<M>> {
        Ok(Fits::new(self.machine, work))
    }
    fn heat(&self, work: &Arc<Heat>) -> Answer<Rows<M>> {
        Ok(Rows::new(self.machine, work))
    }
    fn histogram(&self, work: &Arc<Histogram>) -> Answer<Counts<M>> {
        Ok(Counts::new(self.machine, work))
    }
    fn julia(&self, work: &Arc<Julia>) -> Answer<Escape<M>> {
        Ok(Escape::new(self.machine, work))
    }
    fn matmul(&self, work: &Arc<Matmul>) -> Answer<Product<M>> {
        Ok(Product::reusing(self.machine, work, &self.spare))
    }
    fn montecarlo(&self, work: &Arc<MonteCarlo>) -> Answer<Samples<M>> {
        Ok(Samples::new(self.machine, work))
    }
    fn pairwise(&self, work: &Arc<Pairwise>) -> Answer<Distances<M>> {
        Ok(Distances::new(self.machine, work))
    }
    fn stream(&self, work: &Arc<Stream>) -> Answer<Triad<M>> {
        Ok(Triad::new(self.machine, work))
    }
    fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
        Err(No::Unfit(
            "step k needs step k-1, and lanes are steps at the same time; see odd-even, another algorithm",
        ))
    }
}
