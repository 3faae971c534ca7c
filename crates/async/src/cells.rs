//! The cells that this family's worker measures: each technique on all workloads that it supports.

use crate::{
    AsyncStd, AxumTokio, Compio, CompioHttparse, HyperSmol, HyperTokio, HyperTokioPerCore, Smol, Tokio,
    Tokio1, TokioAsyncIo, TokioCurrentThread, TokioPool, TokioUnbounded,
};
use parallax_pattern::{Await, Cancel, Exchange, Execute};
use parallax_suite::cell::{self, Cell};
use parallax_suite::workload::{Fanout, Mailbox, Parcels, Urgent};

/// All cells, by name.
pub fn cells() -> Vec<Cell> {
    [
        whole::<AsyncStd>(),
        parallax_runner::serve::<AxumTokio>(),
        whole::<Compio>(),
        parallax_runner::serve::<CompioHttparse>(),
        parallax_runner::serve::<HyperSmol>(),
        parallax_runner::serve::<HyperTokio>(),
        parallax_runner::serve::<HyperTokioPerCore>(),
        whole::<Smol>(),
        whole::<Tokio>(),
        waits::<TokioAsyncIo>(),
        waits::<TokioPool>(),
        cell::exchange::<Tokio1>(),
        whole::<TokioCurrentThread>(),
        cell::exchange::<TokioUnbounded>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The cells of a runtime that runs tasks of all kinds.
fn whole<T>() -> Vec<Cell>
where
    T: Execute + Exchange<Mailbox> + Exchange<Parcels> + Await<Fanout> + Cancel<Urgent>,
{
    [cell::execute::<T>(), cell::exchange::<T>(), waits::<T>()].into_iter().flatten().collect()
}

/// The cells of waits that all end, and of waits that may be cancelled.
fn waits<T: Await<Fanout> + Cancel<Urgent>>() -> Vec<Cell> {
    [cell::wait::<T>(), cell::cancel::<T>()].into_iter().flatten().collect()
}
