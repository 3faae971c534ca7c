//! From how many calls on a technique has paid for what it costs before it is fast.

use crate::analysis::{CellFacts, run_ns};
use parallax_method::{Verdict, fieller, mean, median};
use parallax_runner::protocol::{Measured, Ready, Regime};

/// A number of calls, and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Payback {
    /// The first call after which the technique is ahead of the baseline.
    pub calls: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What all phases cost before the steady state, over what a steady call gains: both beyond the baseline's, in the
/// same blocks.
///
/// There is none unless the technique is faster, nor where all runs are cold, so that no steady call was seen.
pub fn payback(facts: &CellFacts, verdict: Option<Verdict>, regime: Option<Regime>) -> Option<Payback> {
    if verdict != Some(Verdict::Faster) || regime == Some(Regime::Cold) {
        return None;
    }
    let (mut costs, mut gains) = (Vec::new(), Vec::new());
    for (turn, bracket) in facts.turns.iter().zip(&facts.brackets) {
        let of_baseline = |of: fn(&(&Ready, &Measured)) -> Option<f64>| -> Option<f64> {
            mean(&bracket.iter().map(of).collect::<Option<Vec<f64>>>()?)
        };
        costs.push(before_steady_ns(turn)? - of_baseline(before_steady_ns)?);
        gains.push(of_baseline(steady_ns)? - steady_ns(turn)?);
    }
    let (ratio, low, high) = fieller(&costs, &gains)?;
    let [calls, low, high] = [ratio, low, high].map(|calls| calls.ceil().max(1.0));
    Some(Payback { calls, low, high })
}

/// Starting and importing, compiling, and what the first run takes beyond a steady one. Loading is left out: it is
/// mostly the building of the input, which belongs to no technique.
fn before_steady_ns(turn: &(&Ready, &Measured)) -> Option<f64> {
    let (ready, measured) = turn;
    let compile_ns = measured.metrics.get("compile_ms").map_or(0.0, |ms| ms * 1e6);
    Some(ready.start_ns as f64 + compile_ns + measured.first_ns as f64 - steady_ns(turn)?)
}

fn steady_ns((_, measured): &(&Ready, &Measured)) -> Option<f64> {
    median(&run_ns(measured))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A turn: what starting and compiling took, the first run, and a steady one, in milliseconds.
    fn turn(start: f64, compile: f64, first: f64, steady: f64) -> (Ready, Measured) {
        let ns = |ms: f64| (ms * 1e6) as u64;
        let facts = json!({ "items": 1, "unit": "x", "bytes": 0, "flops": 0, "evenness": "even" });
        let ready =
            json!({ "start_ns": ns(start), "load_ns": ns(1e6), "isa": "", "cores": 1, "facts": facts });
        let sample = json!({ "runs": 10, "wall_ns": ns(10.0 * steady), "cpu_ns": 0, "check_ns": 0, "stray_ns": 0,
            "digest": "", "minor_faults": 0, "major_faults": 0, "waits": 0, "preemptions": 0 });
        let measured = json!({ "first_ns": ns(first), "steady": true, "samples": [sample], "peak_bytes": 1,
            "threads": 1, "metrics": { "compile_ms": compile } });
        (serde_json::from_value(ready).unwrap(), serde_json::from_value(measured).unwrap())
    }

    fn of(
        turns: &[(Ready, Measured)],
        baseline: &(Ready, Measured),
        verdict: Verdict,
        regime: Regime,
    ) -> Option<Payback> {
        let baseline = (&baseline.0, &baseline.1);
        let facts = CellFacts {
            turns: turns.iter().map(|(ready, measured)| (ready, measured)).collect(),
            brackets: vec![[baseline; 2]; turns.len()],
            ..CellFacts::default()
        };
        payback(&facts, Some(verdict), Some(regime))
    }

    #[test]
    fn every_phase_is_counted() {
        let baseline = turn(0.0, 0.0, 12.0, 10.0);
        // 50 + 700 + (352 - 2) - (12 - 10) = 1098 ms before it is steady, and a gain of 8 ms a call
        let turns =
            [0.98, 1.02, 0.99, 1.01].map(|noise| turn(50.0 * noise, 700.0 * noise, 352.0 * noise, 2.0));
        let told = of(&turns, &baseline, Verdict::Faster, Regime::Batches).unwrap();
        assert_eq!(told.calls, 138.0);
        assert!(told.low < 138.0 && told.high > 138.0 && told.low > 120.0 && told.high < 160.0, "{told:?}");
    }

    #[test]
    fn what_costs_nothing_pays_at_once() {
        let baseline = turn(0.0, 0.0, 12.0, 10.0);
        let turns = [1.0, 1.1, 0.9, 1.0].map(|noise| turn(0.0, 0.0, 2.0 * noise, 2.0));
        assert_eq!(
            of(&turns, &baseline, Verdict::Faster, Regime::Singles),
            Some(Payback { calls: 1.0, low: 1.0, high: 1.0 })
        );
    }

    #[test]
    fn nothing_is_said_of_what_is_undecided_or_cold_or_seen_too_seldom() {
        let baseline = turn(0.0, 0.0, 12.0, 10.0);
        let turns = [1.0, 1.1, 0.9, 1.0].map(|noise| turn(5.0 * noise, 0.0, 2.0, 2.0));
        assert!(of(&turns, &baseline, Verdict::Faster, Regime::Batches).is_some());
        for verdict in [Verdict::Undecided, Verdict::Same, Verdict::Slower] {
            assert_eq!(of(&turns, &baseline, verdict, Regime::Batches), None);
        }
        assert_eq!(of(&turns, &baseline, Verdict::Faster, Regime::Cold), None);
        assert_eq!(of(&turns[..1], &baseline, Verdict::Faster, Regime::Batches), None);
        // a gain that may be none has no end
        let wild = [9.0, 1.0, 11.0, 18.0].map(|steady| turn(5.0, 0.0, steady, steady));
        assert_eq!(of(&wild, &baseline, Verdict::Faster, Regime::Batches), None);
    }
}
