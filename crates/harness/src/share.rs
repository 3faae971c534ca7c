//! How near a technique came to what the machine can do: the limit's time over the measured one.
//!
//! A share above one is told as it is, with what it may mean; a limit that is not known well gives none.

use crate::analysis::run_ns;
use crate::limits::label;
use crate::units;
use parallax_limits::{Limit, held_against};
use parallax_method::median;
use parallax_runner::protocol::{Measured, Ready};
use parallax_suite::Bound;

/// A limit whose interval is wider than this, in relation to it, is not known well enough to hold anything against.
const WIDEST: f64 = 0.10;

/// A share above this wants an explanation; up to here, it is noise of limit and time.
const POSSIBLE: f64 = 1.03;

/// What of the machine binds a technique.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// Which limit.
    pub limit: String,
    /// The least time that it allows, over the measured time.
    pub share: Option<f64>,
    /// Why there is no share.
    pub refused: Option<String>,
    /// What a share that should not be may mean.
    pub doubt: Option<String>,
}

/// One bound over the turns of a technique.
struct Candidate<'a> {
    name: String,
    limit: Option<&'a Limit>,
    shares: Vec<f64>,
}

/// The bound that binds, which is the one that came nearest, and the share over blocks.
pub fn binding(limits: &[Limit], turns: &[(&Ready, &Measured)]) -> Option<Binding> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for (ready, measured) in turns {
        for bound in &ready.facts.limits {
            let Some((name, limit, share)) = share(limits, bound, ready, measured) else { continue };
            match candidates.iter_mut().find(|other| other.name == name) {
                Some(candidate) => candidate.shares.push(share),
                None => candidates.push(Candidate { name, limit, shares: vec![share] }),
            }
        }
    }
    let over_blocks = candidates.into_iter().filter_map(|of| Some((median(&of.shares)?, of)));
    let (share, Candidate { name, limit, .. }) = over_blocks.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    let refused = limit.filter(|limit| limit.width() > WIDEST).map(|limit| {
        let [low, high] = [limit.low, limit.high].map(|rate| units::per_second(rate, limit.rate.unit()));
        format!("no share of {name}: its interval, {low} to {high}, is wider than 10 %")
    });
    let why = match limit {
        Some(_) => {
            "it does less work than the bound counts, its data lie nearer than their size tells, or the limit was not \
             reached when it was measured"
        }
        None => "the bound is not what binds it",
    };
    let doubt =
        (refused.is_none() && share > POSSIBLE).then(|| format!("its share of {name} is {share:.2}: {why}"));
    Some(Binding { limit: name, share: refused.is_none().then_some(share), refused, doubt })
}

/// What one turn says of one bound; none where the limit was not measured or the metric is not told.
fn share<'a>(
    limits: &'a [Limit],
    bound: &Bound,
    ready: &Ready,
    measured: &Measured,
) -> Option<(String, Option<&'a Limit>, f64)> {
    match bound {
        Bound::Rate { rate, amount, data } => {
            let limit = held_against(limits, *rate, ready.cores, data.unwrap_or(ready.footprint))?;
            let least_ns = amount / limit.per_second * 1e9;
            Some((label(limit), Some(limit), least_ns / median(&run_ns(measured))?))
        }
        Bound::Share { metric, over, of } => {
            let value = *measured.metrics.get(metric)?;
            let whole = over.as_ref().map_or(Some(1.0), |over| measured.metrics.get(over).copied())?;
            Some((of.clone(), None, value / whole))
        }
    }
    .filter(|(.., share)| share.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_limits::WorkingSet;
    use parallax_runner::protocol::Sample;
    use parallax_suite::Rate;
    use parallax_suite::workload::{Evenness, Facts};

    fn limit(rate: Rate, workers: usize, holds: Option<u64>, per_second: f64) -> Limit {
        let place = if holds.is_some() { "L2" } else { "memory" };
        let set = (rate == Rate::Update).then(|| WorkingSet { place: place.into(), bytes: 1, holds });
        let (low, high, samples, rates) = (per_second, per_second, 13, Vec::new());
        let (way, isa) = (String::new(), String::new());
        Limit { rate, way, isa, workers, set, per_second, low, high, samples, rates }
    }

    /// A turn of a million bytes and flops on `cores` cores, of `ns` nanoseconds a run.
    fn turn(cores: usize, footprint: u64, ns: u64, limits: Vec<Bound>) -> (Ready, Measured) {
        let facts = Facts {
            items: 1.0,
            unit: "runs".into(),
            bytes: 0.0,
            flops: 0.0,
            evenness: Evenness::Even,
            limits,
            spread: None,
        };
        let ready =
            Ready { start_ns: 0, load_ns: 0, isa: String::new(), cores, exact: true, footprint, facts };
        let sample = Sample {
            runs: 10,
            wall_ns: 10 * ns,
            cpu_ns: 0,
            check_ns: 0,
            stray_ns: 0,
            watched: true,
            digest: String::new(),
            minor_faults: 0,
            major_faults: 0,
            waits: 0,
            preemptions: 0,
        };
        let metrics = [("hits".to_owned(), 30.0), ("most".to_owned(), 40.0), ("efficiency".to_owned(), 0.9)];
        let measured = Measured {
            first_ns: 1,
            steady: true,
            samples: vec![sample],
            peak_bytes: 0,
            threads: 1,
            metrics: metrics.into(),
        };
        (ready, measured)
    }

    fn bound(limits: &[Limit], turns: &[(Ready, Measured)]) -> Option<Binding> {
        binding(limits, &turns.iter().map(|(ready, measured)| (ready, measured)).collect::<Vec<_>>())
    }

    fn told(limits: &[Limit], turns: &[(Ready, Measured)]) -> Option<(String, f64)> {
        bound(limits, turns).and_then(|binding| Some((binding.limit, binding.share?)))
    }

    #[test]
    fn a_limit_that_is_not_known_well_gives_no_share_and_says_why() {
        let turns = [turn(1, 0, 500, vec![Bound::of(Rate::Spin, 1000.0)])];
        let limit = |low, high| [Limit { low, high, ..limit(Rate::Spin, 1, None, 4e9) }];
        let well = bound(&limit(3.9e9, 4.1e9), &turns).unwrap();
        assert_eq!((well.share, well.refused, well.doubt), (Some(0.5), None, None));
        let badly = bound(&limit(3.7e9, 4.2e9), &turns).unwrap();
        assert_eq!((badly.limit.as_str(), badly.share), ("spin", None));
        assert!(badly.refused.unwrap().contains("3.7"));
    }

    #[test]
    fn a_share_that_should_not_be_is_explained() {
        let of = |ns| {
            bound(&[limit(Rate::Spin, 1, None, 1e9)], &[turn(1, 0, ns, vec![Bound::of(Rate::Spin, 1000.0)])])
        };
        assert_eq!(of(980).unwrap().doubt, None);
        assert!(of(900).unwrap().doubt.unwrap().contains("1.11"));
    }

    #[test]
    fn the_slowest_bound_binds_in_the_cache_and_for_the_cores_of_the_row() {
        let limits = [
            limit(Rate::Update, 1, Some(1000), 10e9),
            limit(Rate::Update, 1, None, 4e9),
            limit(Rate::Update, 2, None, 5e9),
            limit(Rate::Fma, 1, None, 50e9),
            limit(Rate::Fma, 2, None, 100e9),
        ];
        let both = || vec![Bound::of(Rate::Fma, 1e6), Bound::of(Rate::Update, 1e6)];
        let of = |cores, footprint, ns| told(&limits, &[turn(cores, footprint, ns, both())]).unwrap();
        assert_eq!(of(1, 500, 200_000), ("update in L2".into(), 0.5)); // 1e6 B at 10 GB/s: 100 µs
        assert_eq!(of(1, 5000, 1_000_000), ("update in memory".into(), 0.25));
        assert_eq!(of(2, 5000, 400_000), ("update in memory".into(), 0.5));
        let near = vec![Bound::of_data(Rate::Update, 1e6, 500)]; // of all that is there, it goes over this
        assert_eq!(told(&limits, &[turn(1, 5000, 200_000, near)]).unwrap(), ("update in L2".into(), 0.5));
        let flops = vec![Bound::of(Rate::Fma, 1e9), Bound::of(Rate::Update, 1e6)];
        assert_eq!(told(&limits, &[turn(2, 5000, 20_000_000, flops)]).unwrap(), ("FMA peak".into(), 0.5));
    }

    #[test]
    fn more_than_the_limit_is_told_and_the_median_over_blocks_counts() {
        let limits = [limit(Rate::Spin, 1, None, 1e9)];
        let turns = [500, 800, 2000].map(|ns| turn(1, 0, ns, vec![Bound::of(Rate::Spin, 1000.0)]));
        assert_eq!(told(&limits, &turns), Some(("spin".into(), 1.25)));
    }

    #[test]
    fn metrics_are_shares_alone_or_of_each_other() {
        let of = |bound| told(&[], &[turn(1, 0, 1, vec![bound])]);
        assert_eq!(of(Bound::share("efficiency", "ideal")), Some(("ideal".into(), 0.9)));
        assert_eq!(of(Bound::ratio("hits", "most", "OPT")), Some(("OPT".into(), 0.75)));
        assert_eq!(of(Bound::ratio("hits", "untold", "OPT")), None);
        assert_eq!(of(Bound::share("untold", "OPT")), None);
    }

    #[test]
    fn without_a_limit_for_the_row_there_is_no_share() {
        let turns = [turn(4, 0, 1, vec![Bound::of(Rate::Spin, 1.0)])];
        assert_eq!(told(&[limit(Rate::Spin, 2, None, 1e9)], &turns), None);
        assert_eq!(told(&[], &[turn(1, 0, 1, Vec::new())]), None);
    }

    #[test]
    fn a_worker_that_names_no_limits_is_understood() {
        let old = r#"{"items":1,"unit":"x","bytes":0,"flops":0,"evenness":"even","limit":"spin rate"}"#;
        assert_eq!(serde_json::from_str::<Facts>(old).unwrap().limits, []);
        let own = r#"{"items":1,"unit":"x","bytes":0,"flops":0,"evenness":"even",
                      "limits":[{"rate":"squareroot","amount":3},{"metric":"hits","of":"OPT"}]}"#;
        let expected = [Bound::of(Rate::SquareRoot, 3.0), Bound::share("hits", "OPT")];
        assert_eq!(serde_json::from_str::<Facts>(own).unwrap().limits, expected);
    }
}
