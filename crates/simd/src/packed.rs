//! Kernels written over vectors, with a choice of vectors: the library's, AVX2 by hand, or AVX-512 by hand.

use crate::bubblesort::Sort;
use crate::gridsearch::suite::Fits;
use crate::lanes::Machine;
use crate::matmul::Spare;
use crate::matmul::suite::Product;
use crate::pairwise::ByAxis;
use parallax_pattern::isa::Isa;
use parallax_pattern::{Answer, Card, No, Technique};
use parallax_suite::Compute;
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, Matmul32, MonteCarlo,
    Pairwise, Sorted, Stream, TreeSearch,
};
use std::sync::Arc;

/// The kernels of this crate with the vectors of a machine. Each kernel is in the file of its workload.
#[derive(Debug, Clone)]
pub struct Packed<M> {
    pub(crate) machine: M,
    pub(crate) spare: Spare,
    pub(crate) spare32: Spare<f32>,
    /// How many cores there are to take pieces.
    pub(crate) cores: usize,
}

impl<M: Machine> Technique for Packed<M> {
    const CARD: Card = Card { source: file!(), ..M::CARD };

    /// Refuses where the processor lacks the instructions, or `PARALLAX_ISA` forbids them.
    fn start(_: usize) -> Answer<Self> {
        let isa = Isa::detect()?;
        let without = || {
            No::Unavailable(format!("only {isa} may be used here, limited by the processor or PARALLAX_ISA"))
        };
        let machine = M::for_isa(isa).ok_or_else(without)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Packed { machine, spare: Spare::default(), spare32: Spare::default(), cores })
    }
    fn isa(&self) -> String {
        self.machine.isa().to_string()
    }
}

impl<M: Machine> Compute for Packed<M> {
    fn comparison(&self, _: &Arc<Comparison>) -> Answer<Self> {
        Ok(self.clone())
    }
    fn expression(&self, _: &Arc<Expression>) -> Answer<Self> {
        Ok(self.clone())
    }
    fn gridsearch(&self, work: &Arc<GridSearch>) -> Answer<Fits<M>> {
        Ok(self.fits(work))
    }
    fn heat(&self, _: &Arc<Heat>) -> Answer<Self> {
        Ok(self.clone())
    }
    fn histogram(&self, _: &Arc<Histogram>) -> Answer<Self> {
        Ok(self.clone())
    }
    fn julia(&self, _: &Arc<Julia>) -> Answer<Self> {
        Ok(self.clone())
    }
    fn matmul(&self, work: &Arc<Matmul>) -> Answer<Product<M, f64>> {
        Ok(self.product(work.n(), &self.spare))
    }
    fn matmul32(&self, work: &Arc<Matmul32>) -> Answer<Product<M, f32>> {
        Ok(self.product(work.n(), &self.spare32))
    }
    fn montecarlo(&self, _: &Arc<MonteCarlo>) -> Answer<Self> {
        Ok(self.clone())
    }
    fn pairwise(&self, work: &Arc<Pairwise>) -> Answer<ByAxis<M>> {
        Ok(self.by_axis(work))
    }
    fn stream(&self, _: &Arc<Stream>) -> Answer<Self> {
        Ok(self.clone())
    }
    fn treesearch(&self, _: &Arc<TreeSearch>) -> Answer<Self> {
        Ok(self.clone())
    }
    fn bubblesort(&self, work: &Arc<Bubblesort>, out: &mut Sorted) -> Answer<()> {
        out.values.copy_from_slice(work.values());
        let (comparisons, swaps) = self.machine.run(Sort { values: &mut out.values });
        (out.comparisons, out.swaps) = (Some(comparisons), swaps);
        Ok(())
    }
}
