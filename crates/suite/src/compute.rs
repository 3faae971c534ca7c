//! The question of kernels, for the suite's own workloads only: how is one piece computed?

use crate::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, Matmul32, MonteCarlo,
    Pairwise, Sorted, Stream, TreeSearch,
};
use parallax_pattern::{Answer, Expand, Fill, Fold, FoldNest, Pass, Step, Technique};
use std::sync::Arc;

/// How is one piece computed?
///
/// Each method makes the engine of a [`Kernel`](parallax_pattern::Kernel): the same work in the same pieces, with
/// another inner loop. Who runs the pieces is a separate question, so a kernel combines with every technique that
/// answers [`Execute`](parallax_pattern::Execute), without further code. An engine's preparation (packing, compiling)
/// happens in the method and is timed; one-time detection (the instruction set) belongs in [`Technique::start`]. A
/// technique that refuses a workload uses [`Refused`](parallax_pattern::Refused) as its engine.
#[expect(missing_docs, reason = "a method is named after its workload, which documents it")]
pub trait Compute: Technique {
    fn comparison(&self, work: &Arc<Comparison>) -> Answer<impl Fill<Comparison> + use<Self>>;
    fn expression(&self, work: &Arc<Expression>) -> Answer<impl Fill<Expression> + use<Self>>;
    fn gridsearch(&self, work: &Arc<GridSearch>) -> Answer<impl FoldNest<GridSearch> + use<Self>>;
    fn heat(&self, work: &Arc<Heat>) -> Answer<impl Step<Heat> + use<Self>>;
    fn histogram(&self, work: &Arc<Histogram>) -> Answer<impl Fold<Histogram> + use<Self>>;
    fn julia(&self, work: &Arc<Julia>) -> Answer<impl Fill<Julia> + use<Self>>;
    fn matmul(&self, work: &Arc<Matmul>) -> Answer<impl Fill<Matmul> + use<Self>>;
    fn matmul32(&self, work: &Arc<Matmul32>) -> Answer<impl Fill<Matmul32> + use<Self>>;
    fn montecarlo(&self, work: &Arc<MonteCarlo>) -> Answer<impl Fold<MonteCarlo> + use<Self>>;
    fn pairwise(&self, work: &Arc<Pairwise>) -> Answer<impl Fill<Pairwise> + use<Self>>;
    fn stream(&self, work: &Arc<Stream>) -> Answer<impl Pass<Stream> + use<Self>>;
    fn treesearch(&self, work: &Arc<TreeSearch>) -> Answer<impl Expand<TreeSearch> + use<Self>>;
    /// Runs all of it, without a kernel: nothing in it can be spread.
    fn bubblesort(&self, work: &Arc<Bubblesort>, out: &mut Sorted) -> Answer<()>;
}
