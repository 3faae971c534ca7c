//! The closed loop: a client that has its answer sends the next request. It finds out how much a server can do.

use crate::clock::now_ns;
use crate::engine::Engine;
use crate::{Closed, Exchange, Patience, Report};
use std::ops::Range;
use std::os::unix::net::UnixStream;

/// Sends all requests, and closes each connection after its share.
pub(crate) fn run(
    table: &[Exchange],
    patience: Patience,
    line: &UnixStream,
    plan: &Closed,
) -> Result<Report, String> {
    let mut engine = Engine::connect(table, patience, line, plan.to, plan.connections, plan.requests)?;
    let share = |k| plan.requests * k / plan.connections..plan.requests * (k + 1) / plan.connections;
    let mut shares: Vec<Range<usize>> = (0..plan.connections).map(share).collect();
    let mut idle: Vec<usize> = (0..plan.connections).collect();
    loop {
        for k in idle.drain(..) {
            match shares[k].next() {
                Some(number) => engine.ask(k, number, now_ns())?,
                None => engine.close(k)?,
            }
        }
        if !engine.has_open() {
            return Ok(engine.report());
        }
        engine.wait(None, &mut idle)?;
    }
}
