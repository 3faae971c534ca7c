//! Tests of shares: turns of known times against known limits.

use super::*;
use parallax_limits::WorkingSet;
use parallax_limits::network::{Interval, Link, Place};
use parallax_record::plan::Group;
use parallax_runner::protocol::Sample;
use parallax_suite::workload::{Evenness, Facts};
use parallax_suite::{Rate, Spread};

fn limit(rate: Rate, workers: usize, holds: Option<u64>, per_second: f64) -> Limit {
    let place = if holds.is_some() { "L2" } else { "memory" };
    let set = (rate == Rate::Update).then(|| WorkingSet { place: place.into(), bytes: 1, holds });
    let (low, high, samples, rates, at_s) = (per_second, per_second, 13, Vec::new(), Vec::new());
    let (way, isa) = (String::new(), String::new());
    Limit { rate, way, isa, workers, set, per_second, low, high, samples, at_s, rates }
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
    let (spawn_ns, import_ns, compile_ns) = (None, None, None);
    let (start_ns, load_ns, isa, exact) = (0, 0, String::new(), true);
    let ready =
        Ready { spawn_ns, start_ns, import_ns, load_ns, compile_ns, isa, cores, exact, footprint, facts };
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
        energy_uj: None,
    };
    let metrics = [("hits".to_owned(), 30.0), ("most".to_owned(), 40.0), ("efficiency".to_owned(), 0.9)];
    let measured = Measured {
        first_ns: 1,
        warm_up: Vec::new(),
        compile_ns: None,
        steady: true,
        samples: vec![sample],
        peak_bytes: 0,
        peak_by: None,
        threads: 1,
        metrics: metrics.into(),
        energy_reason: None,
    };
    (ready, measured)
}

fn bound(limits: &[Limit], turns: &[(Ready, Measured)]) -> Option<Binding> {
    binding(limits, Reach::Home, &turns.iter().map(|(ready, measured)| (ready, measured)).collect::<Vec<_>>())
}

fn told(limits: &[Limit], turns: &[(Ready, Measured)]) -> Option<(String, f64)> {
    bound(limits, turns).and_then(|binding| Some((binding.limit?, binding.share?)))
}

#[test]
fn a_limit_that_is_not_known_well_gives_no_share_and_says_why() {
    let turns = [turn(1, 0, 500, vec![Bound::of(Rate::Spin, 1000.0)])];
    let limit = |low, high| [Limit { low, high, ..limit(Rate::Spin, 1, None, 4e9) }];
    let well = bound(&limit(3.9e9, 4.1e9), &turns).unwrap();
    assert_eq!((well.share, well.reason), (Some(0.5), None));
    let badly = bound(&limit(3.7e9, 4.2e9), &turns).unwrap();
    assert_eq!((badly.limit.as_deref(), badly.share), (Some("spin"), None));
    assert!(badly.reason.unwrap().contains("3.7"));
}

/// The share of a limit of 1e9 turns per second for a row of `ns` nanoseconds, and its reason.
fn of_spin(rates: &[f64], ns: u64) -> (Option<f64>, Option<String>) {
    let limit = Limit { rates: rates.to_vec(), ..limit(Rate::Spin, 1, None, 1e9) };
    let binding = bound(&[limit], &[turn(1, 0, ns, vec![Bound::of(Rate::Spin, 1000.0)])]).unwrap();
    (binding.share, binding.reason)
}

#[test]
fn a_share_that_should_not_be_says_that_less_was_done_than_the_bound_counts() {
    assert_eq!(of_spin(&[1e9; 13], 980).1, None);
    let (share, reason) = of_spin(&[1e9; 13], 900);
    let reason = reason.unwrap();
    assert!(share.unwrap() > 1.1 && reason.starts_with("above spin: it does less work"), "{reason}");
}

#[test]
fn a_share_that_the_machine_reached_now_and_then_says_that_it_was_busy_when_measured() {
    let disturbed = [[1e9; 10].as_slice(), &[1.1e9; 3]].concat();
    let reason = of_spin(&disturbed, 900).1.unwrap();
    assert!(reason.starts_with("above spin: the limit was measured lower than the row ran"), "{reason}");
    assert!(reason.contains("cargo xtask limits"), "{reason}");
    let beyond = of_spin(&disturbed, 800).1.unwrap();
    assert!(beyond.contains("it does less work"), "no sample was as fast as that: {beyond}");
    assert_eq!(of_spin(&disturbed, 990).1, None, "a plausible share needs no reason");
}

/// Three runs on a busy machine, drawn at random: limits that others halved for a while, and rows of any speed.
#[test]
fn no_share_above_one_is_without_its_reason_whatever_was_measured() {
    use parallax_pattern::random::at;
    let part = |run: u64, i: u64| (at(run, i) >> 11) as f64 / (1u64 << 53) as f64;
    let mut explained = 0;
    for run in 0..300 {
        let rates: Vec<f64> = (0..26).map(|i| 1e9 * (0.5 + 0.6 * part(run, i))).collect();
        let (per_second, low, high) = parallax_limits::interval(&rates).unwrap();
        // some are wide, and give no share
        let (low, high) = if run % 2 == 0 { (per_second, per_second) } else { (low, high) };
        let limits = [Limit { per_second, low, high, rates, ..limit(Rate::Spin, 1, None, 1e9) }];
        let turns: Vec<_> = (30..33)
            .map(|i| 500 + (1000.0 * part(run, i)) as u64)
            .map(|ns| turn(1, 0, ns, vec![Bound::of(Rate::Spin, 1000.0)]))
            .collect();
        let Binding { share, reason, .. } = bound(&limits, &turns).unwrap();
        assert_eq!(
            reason.is_some(),
            share.is_none_or(|share| share > POSSIBLE_SHARE),
            "{share:?}: {reason:?}"
        );
        explained += usize::from(share.is_some() && reason.is_some());
    }
    assert!(explained > 20, "only {explained} of these runs have such a share");
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
    let near = vec![Bound::of_data(Rate::Update, 1e6, 500)]; // of all data, it passes over this part
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
fn a_row_without_a_share_has_a_reason() {
    let of = |bounds| bound(&[], &[turn(4, 0, 1, bounds)]).unwrap();
    for (bounds, limit, says) in [
        (vec![Bound::of(Rate::Fma, 1.0)], Some("FMA peak"), "this run has not measured it for 4 cores"),
        (vec![Bound::share("untold", "OPT")], Some("OPT"), "does not report untold"),
        (Vec::new(), None, "states no rate of the machine"),
    ] {
        let Binding { limit: found, share, reason } = of(bounds);
        assert_eq!((found.as_deref(), share), (limit, None));
        assert!(reason.as_ref().is_some_and(|reason| reason.contains(says)), "{reason:?}");
    }
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

/// Hosts at addresses, with a machine each or all on one, that are 100 µs apart.
fn hosts(addresses: &[&str], machines: &[&str]) -> Network {
    let of = |seconds: f64| Interval { low: seconds, median: seconds, high: seconds };
    let place = |(address, machine): (&&str, &&str)| Place {
        host: (*address).to_owned(),
        address: (*address).to_owned(),
        machine: (*machine).to_owned(),
        cores: 2,
        workers: 1,
    };
    let link = |to: &&str| Link {
        from: addresses[0].to_owned(),
        to: (*to).to_owned(),
        latency: of(95e-6),
        overhead: of(5e-6),
        gap: of(3e-6),
        per_byte: of(1e-9),
    };
    Network {
        places: addresses.iter().zip(machines).map(place).collect(),
        links: addresses[1..].iter().map(link).collect(),
    }
}

fn group(workers: usize) -> Group {
    let (workload, case, baseline) = ("heat".to_owned(), String::new(), "baseline".to_owned());
    Group {
        workload,
        case,
        size: parallax_suite::Size::Tiny,
        workers,
        point: None,
        baseline,
        cells: Vec::new(),
    }
}

const HOME: [&str; 2] = ["127.0.0.1"; 2];
const APART: [&str; 2] = ["10.0.0.1", "10.0.0.2"];
const ONE_MACHINE: [&str; 2] = ["m"; 2];
const MACHINES: [&str; 2] = ["m", "n"];

/// A run of 2 ms, half of which a million turns take on one core; in addition, `rounds` rounds and `parts` bytes.
fn spread(rounds: f64, parts: f64) -> Vec<(Ready, Measured)> {
    let mut turn = turn(2, 0, 2_000_000, vec![Bound::of(Rate::Spin, 1e6)]);
    turn.0.facts.spread =
        Some(Box::new(Spread { scatter: 0.0, rounds, border: 8.0, everyone: 0.0, parts, each: 0.0 }));
    vec![turn]
}

fn across(network: &Network, family: &str, turns: &[(Ready, Measured)]) -> Binding {
    let turns: Vec<_> = turns.iter().map(|(ready, measured)| (ready, measured)).collect();
    let limits = [limit(Rate::Spin, 2, None, 1e9)];
    binding(&limits, Reach::of(Some(network), &group(2), family), &turns).unwrap()
}

fn near(found: &Binding, limit: &str, share: f64) {
    assert!(
        found.limit.as_deref() == Some(limit) && (found.share.unwrap() - share).abs() < 1e-6,
        "{found:?}, not {limit} {share}"
    );
    assert_eq!(found.reason, None);
}

#[test]
fn whichever_of_work_latency_and_bandwidth_takes_longest_binds() {
    let home = hosts(&HOME, &ONE_MACHINE);
    let found = |rounds, parts| across(&home, "distributed", &spread(rounds, parts));
    near(&found(1.0, 0.0), "spin", 0.5); // 1 ms of 2; the way there and back is 0.2 ms
    near(&found(16.0, 0.0), "network latency", 0.85); // 2 messages and one for each of 15 rounds
    near(&found(1.0, 3e6), "network bandwidth", 0.75); // half of the bytes come from the other host
}

#[test]
fn one_worker_and_a_family_at_home_know_no_network() {
    let home = hosts(&HOME, &ONE_MACHINE);
    assert_eq!(Reach::of(Some(&home), &group(1), "distributed"), Reach::Home);
    assert_eq!(Reach::of(Some(&home), &group(2), "threading"), Reach::Home);
    assert_eq!(Reach::of(None, &group(2), "distributed"), Reach::Home);
    near(&across(&home, "threading", &spread(16.0, 0.0)), "spin", 0.5);
}

#[test]
fn what_other_machines_can_do_is_not_known() {
    let apart = hosts(&APART, &MACHINES);
    near(&across(&apart, "distributed", &spread(1.0, 0.0)), "network latency", 0.1);
    near(&across(&hosts(&APART, &ONE_MACHINE), "distributed", &spread(1.0, 0.0)), "spin", 0.5);
}

#[test]
fn a_network_that_is_not_its_own_gives_no_share_and_says_why() {
    let home = hosts(&HOME, &ONE_MACHINE);
    let mut turns = spread(16.0, 0.0);
    near(&across(&home, "distributed-mpi", &turns), "spin", 0.5); // its messages go by memory
    near(&across(&hosts(&APART, &ONE_MACHINE), "distributed-mpi", &turns), "network latency", 0.85);
    turns[0].0.facts.limits.clear();
    let why = |network: &Network, family: &str, turns: &[(Ready, Measured)]| {
        let found = across(network, family, turns);
        assert_eq!((found.limit.as_deref(), found.share), (Some("network"), None));
        found.reason.unwrap()
    };
    assert!(why(&home, "distributed-mpi", &turns).contains("by memory"));
    turns[0].0.facts.spread = None;
    assert!(why(&home, "distributed", &turns).contains("not known in advance"));
    let short = Network { links: Vec::new(), ..home };
    assert!(why(&short, "distributed", &turns).contains("not measured"));
}

#[test]
fn a_way_that_is_not_known_well_gives_no_share() {
    let mut home = hosts(&HOME, &ONE_MACHINE);
    home.links[0].latency.high *= 2.0;
    let found = across(&home, "distributed", &spread(16.0, 0.0));
    assert_eq!((found.limit.as_deref(), found.share), (Some("network latency"), None));
    assert!(found.reason.unwrap().contains("1.70 ms to 3.3"));
}

#[test]
fn more_than_the_network_allows_is_doubted() {
    let found = across(&hosts(&HOME, &ONE_MACHINE), "distributed", &spread(41.0, 0.0));
    assert!((found.share.unwrap() - 2.1).abs() < 1e-6);
    assert!(found.reason.unwrap().contains("the engine uses another path"));
}
