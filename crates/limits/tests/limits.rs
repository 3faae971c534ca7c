//! The measured limits are complete and plausible, and the cap on vector sets is respected.

use parallax_limits::{FEWEST, Limit, Need, WorkingSet, add, held_against, measure, measure_for};
use parallax_pattern::isa::Isa;
use parallax_suite::Rate;
use std::process::Command;

#[test]
fn every_limit_is_measured_for_one_worker_and_for_two() {
    let limits = measure(&[1, 2], FEWEST).unwrap();
    for limit in &limits {
        let Limit { low, per_second, high, .. } = limit;
        assert!(0.0 < *low && low <= per_second && per_second <= high && high.is_finite(), "{limit:?}");
        let text = serde_json::to_string(limit).unwrap();
        assert_eq!(serde_json::from_str::<Limit>(&text).unwrap(), *limit);
    }
    for (rate, workers) in Rate::ALL.into_iter().flat_map(|rate| [(rate, 1), (rate, 2)]) {
        for footprint in [0, 1 << 20, 1 << 40] {
            assert!(held_against(&limits, rate, workers, footprint).is_some(), "{rate:?} of {workers}");
        }
    }
    assert_eq!(held_against(&limits, Rate::Spin, 3, 0), None);
}

fn limit(way: &str, holds: Option<u64>, per_second: f64) -> Limit {
    Limit {
        rate: Rate::Store,
        way: way.into(),
        isa: String::new(),
        workers: 1,
        set: Some(WorkingSet { place: "somewhere".into(), bytes: 1, holds }),
        per_second,
        low: per_second,
        high: per_second,
        samples: FEWEST,
        at_s: vec![per_second],
        rates: vec![per_second; FEWEST],
    }
}

#[test]
fn samples_of_a_quiet_time_outweigh_those_of_a_disturbed_one() {
    let mut limits = vec![limit("", None, 50.0), limit("streaming", None, 8.0)];
    add(&mut limits, vec![limit("", None, 100.0), limit("", Some(100), 70.0)]);
    let told: Vec<(usize, f64)> = limits.iter().map(|limit| (limit.samples, limit.per_second)).collect();
    assert_eq!(told, [(2 * FEWEST, 100.0), (FEWEST, 8.0), (FEWEST, 70.0)]);
    assert_eq!((limits[0].low, limits[0].width(), limits[0].fastest()), (100.0, 0.0, 100.0));
    assert_eq!(limits[0].at_s, [50.0, 100.0], "when each of them was taken");
    assert_eq!(limits[0].without_samples().rates, [0.0; 0]);
    // a limit without samples is replaced
    let mut old = vec![Limit { rates: Vec::new(), ..limit("", None, 200.0) }];
    add(&mut old, vec![limit("", None, 100.0)]);
    assert_eq!(old, [limit("", None, 100.0)]);
}

#[test]
fn the_smallest_cache_that_holds_the_data_binds_and_in_it_the_fastest_way() {
    let limits = [
        limit("", Some(100), 50.0),
        limit("", Some(1000), 20.0),
        limit("", None, 5.0),
        limit("streaming", None, 8.0),
    ];
    let rates =
        [1, 100, 101, 1000, 1001].map(|size| held_against(&limits, Rate::Store, 1, size).unwrap().per_second);
    assert_eq!(rates, [50.0, 50.0, 20.0, 20.0, 8.0]);
    assert_eq!(held_against(&limits, Rate::Triad, 1, 1), None);
}

#[test]
#[ignore = "started by the next test, with another environment"]
fn lists_its_sets() {
    let needs = Rate::ALL.map(|rate| Need { rate, bytes: 1 << 20 }); // a large cache takes a minute, and proves no more
    let limits = measure_for(&[1], FEWEST, &needs).unwrap();
    let baseline = Isa::available()[0].to_string();
    let sets: Vec<&str> = limits.iter().map(|limit| limit.isa.as_str()).collect();
    assert!(sets.iter().all(|set| set.is_empty() || *set == baseline), "{sets:?}");
    assert!(limits.iter().any(|limit| limit.rate == Rate::Fma));
}

#[test]
fn the_cap_on_vector_sets_is_kept() {
    let run = |cap: &str| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "lists_its_sets", "--ignored"]).env("PARALLAX_ISA", cap).output().unwrap()
    };
    let out = run("baseline");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    let out = String::from_utf8_lossy(&run("mmx").stdout).into_owned();
    assert!(out.contains("PARALLAX_ISA is 'mmx'"), "{out}");
}
