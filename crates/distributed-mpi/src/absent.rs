//! The stand-in for a build without Open MPI: nothing can be started, so nothing runs.

use crate::Mpi;
use parallax_pattern::{
    Answer, Distribute, Divide, Graph, Map, Nest, No, Reduce, Search, Stencil, Sweep, Transport, Wire,
};
use std::convert::Infallible;
use std::sync::Arc;

/// A client that cannot exist.
#[derive(Debug)]
pub(crate) struct Client(Infallible);

impl Client {
    pub(crate) fn start(_: usize) -> Answer<Self> {
        Err(No::Unavailable(
            "this was built without Open MPI: install it (Debian: apt install libopenmpi-dev openmpi-bin libclang-dev), \
             and build again with --features parallax-distributed-mpi/mpi, as xtask does where it finds mpicc"
                .to_owned(),
        ))
    }

    pub(crate) fn transport(&self) -> Transport {
        match self.0 {}
    }
}

impl Distribute for Mpi {
    fn map<M: Map<Item: Wire> + Wire>(&self, _: &Arc<M>, _: &mut [M::Item]) -> Answer<()> {
        match self.client.0 {}
    }
    fn reduce<R: Reduce<Acc: Wire> + Wire>(&self, _: &Arc<R>) -> Answer<R::Acc> {
        match self.client.0 {}
    }
    fn sweep<S: Sweep<Item: Wire> + Wire>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
        match self.client.0 {}
    }
    fn stencil<S: Stencil<Item: Wire> + Wire>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
        match self.client.0 {}
    }
    fn graph<G: Graph<Value: Wire> + Wire>(&self, _: &Arc<G>, _: &mut [G::Value]) -> Answer<()> {
        match self.client.0 {}
    }
    fn search<S: Search<Node: Wire, Acc: Wire> + Wire>(&self, _: &Arc<S>) -> Answer<S::Acc> {
        match self.client.0 {}
    }
    fn nest<N: Nest<Item: Wire, Acc: Wire> + Wire>(&self, _: &Arc<N>, _: &mut [N::Item]) -> Answer<()> {
        match self.client.0 {}
    }
    fn divide<D: Divide<Item: Wire> + Wire>(
        &self,
        _: &Arc<D>,
        _: &mut [D::Item],
        _: &mut [D::Item],
    ) -> Answer<()> {
        match self.client.0 {}
    }
}
