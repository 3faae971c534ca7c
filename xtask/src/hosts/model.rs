//! The LogGP model of a workload on an engine over a network.

use parallax_limits::network::{Interval, Link, Network};
use parallax_method::loggp::{self, Engine, Phase, Program};
use parallax_suite::Spread;

/// The bytes of a call in addition to its data: which function, and the parameters of the workload.
const CALL_BYTES: f64 = 300.0;

/// The argument from 0 to 1 s at which a rising function reaches a value.
pub(super) fn where_reached(rising: impl Fn(f64) -> f64, value: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if rising(middle) < value { low = middle } else { high = middle }
    }
    low
}

/// A workload on an engine over a network.
pub(super) struct Model {
    pub(super) spread: Spread,
    pub(super) work: Interval,
    pub(super) ways: Ways,
    pub(super) engine: Engine,
}

impl Model {
    pub(super) fn time(&self, hosts: usize, cores: usize) -> Interval {
        let time =
            |work, network| program(&self.spread, work, hosts).time_on(hosts, cores, network, &self.engine);
        Interval {
            low: time(self.work.low, &self.ways.low),
            median: time(self.work.median, &self.ways.median),
            high: time(self.work.high, &self.ways.high),
        }
    }
}

/// The parameters of a network: lowest, median and highest.
pub(super) struct Ways {
    pub(super) low: loggp::Network,
    pub(super) median: loggp::Network,
    pub(super) high: loggp::Network,
}

impl Ways {
    /// The mean over all links; none if there are no links.
    pub(super) fn of(network: &Network) -> Option<Self> {
        let count = network.links.len() as f64;
        let mean = |end: fn(&Interval) -> f64| {
            let of = |parameter: fn(&Link) -> &Interval| -> f64 {
                network.links.iter().map(|link| end(parameter(link))).sum::<f64>() / count
            };
            loggp::Network {
                latency: of(|link| &link.latency),
                overhead: of(|link| &link.overhead),
                gap: of(|link| &link.gap),
                per_byte: of(|link| &link.per_byte),
            }
        };
        let ends = || Ways { low: mean(|i| i.low), median: mean(|i| i.median), high: mean(|i| i.high) };
        (!network.links.is_empty()).then(ends)
    }
}

/// The phases of a workload on some hosts, if one host takes `work` seconds for it.
pub(super) fn program(spread: &Spread, work: f64, hosts: usize) -> Program {
    let rounds = spread.rounds.max(1.0);
    let mut round = vec![Phase::Work { seconds: work / rounds }];
    if spread.border > 0.0 {
        round.push(Phase::Borders { bytes: spread.border });
    }
    if spread.everyone > 0.0 {
        round.push(Phase::Everyone { bytes: spread.everyone });
    }
    let mut before = vec![Phase::Broadcast { bytes: CALL_BYTES }];
    if spread.scatter > 0.0 {
        before.push(Phase::Scatter { bytes: spread.scatter });
    }
    Program {
        before,
        rounds: rounds as usize,
        round,
        after: vec![Phase::Gather { bytes: spread.parts + spread.each * hosts as f64 }],
    }
}
