//! The open loop: requests arrive at random times, whatever the server does. It finds out how long users wait.

use crate::clock::now_ns;
use crate::engine::Engine;
use crate::{Exchange, Open, Patience, Report};
use std::collections::VecDeque;
use std::os::unix::net::UnixStream;

/// Sends each request when it is due, or as soon after as a connection is free; latency counts from the due
/// time.
pub(crate) fn run(
    table: &[Exchange],
    patience: Patience,
    line: &UnixStream,
    plan: &Open,
) -> Result<Report, String> {
    if !(plan.per_second > 0.0 && plan.per_second.is_finite()) {
        return Err("the rate must be above zero and finite".into());
    }
    let mut engine = Engine::connect(table, patience, line, plan.to, plan.connections, plan.requests)?;
    let start_ns = now_ns();
    let mut due = arrivals(plan).map(|after_ns| start_ns + after_ns).enumerate().peekable();
    let mut queue = VecDeque::new();
    let mut idle: VecDeque<usize> = (0..plan.connections).collect();
    let (mut asked, mut answered) = (0, Vec::new());
    while asked < plan.requests || idle.len() < plan.connections {
        let now = now_ns();
        while let Some((number, due_ns)) = due.next_if(|&(_, due_ns)| due_ns <= now) {
            queue.push_back((number, due_ns));
            if !idle.is_empty() {
                engine.lateness.push(now - due_ns); // a connection was idle: only the driver was late
            }
        }
        while let (Some(&k), Some(&(number, due_ns))) = (idle.front(), queue.front()) {
            engine.ask(k, number, due_ns)?;
            idle.pop_front();
            queue.pop_front();
            asked += 1;
        }
        if asked < plan.requests || idle.len() < plan.connections {
            engine.wait(due.peek().map(|&(_, due_ns)| due_ns), &mut answered)?;
            idle.extend(answered.drain(..));
        }
    }
    (0..plan.connections).try_for_each(|k| engine.close(k))?;
    while engine.has_open() {
        engine.wait(None, &mut answered)?;
    }
    Ok(engine.report())
}

/// The times of requests, in nanoseconds from the start: a Poisson process, the same for the same seed.
fn arrivals(plan: &Open) -> impl Iterator<Item = u64> {
    let (mut state, mean_ns) = (plan.seed, 1e9 / plan.per_second);
    let mut at_ns = 0.0;
    (0..plan.requests).map(move |_| {
        // SplitMix64 (Steele, Lea and Flood, 2014), then the inverse of the exponential distribution
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = state;
        word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^= word >> 31;
        let above_zero = ((word >> 11) + 1) as f64 / (1u64 << 53) as f64;
        at_ns += -above_zero.ln() * mean_ns;
        at_ns as u64
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_come_by_chance_at_their_rate() {
        let plan = |seed| Open {
            to: ([127, 0, 0, 1], 1).into(),
            connections: 1,
            requests: 10_000,
            per_second: 1000.0,
            seed,
        };
        let times: Vec<u64> = arrivals(&plan(1)).collect();
        assert!(times.is_sorted());
        let mean_us = *times.last().unwrap() as f64 / 1e3 / times.len() as f64;
        assert!((mean_us - 1000.0).abs() < 40.0, "{mean_us}"); // four standard errors
        let gaps = times.windows(2).map(|two| two[1] - two[0]);
        let long = gaps.filter(|&gap| gap > 1_000_000).count() as f64 / 1e4;
        assert!((long - (-1.0f64).exp()).abs() < 0.02, "{long}"); // 1/e of the gaps are above the mean
        assert!(arrivals(&plan(1)).eq(times.iter().copied()) && !arrivals(&plan(2)).eq(times));
    }
}
