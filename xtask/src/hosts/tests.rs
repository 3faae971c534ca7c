//! Synthetic clusters: the model recovers their costs, and the number of hosts that overtakes one machine.

use super::*;
use parallax_limits::network::Link;
use parallax_runner::protocol::Prepare;
use parallax_suite::{Size, Spread};

const SECONDS: f64 = 1e9;

fn of(seconds: f64) -> Interval {
    Interval { low: seconds, median: seconds, high: seconds }
}

fn network(hosts: usize, latency: f64) -> Network {
    let place = |k: usize| Place {
        host: format!("h{k}"),
        address: format!("10.0.0.{k}"),
        machine: format!("m{k}"),
        cores: 4,
        workers: 1,
    };
    let link = |k: usize| Link {
        from: "h0".into(),
        to: format!("h{k}"),
        latency: of(latency),
        overhead: of(4e-6),
        gap: of(5e-6),
        per_byte: of(1e-9),
    };
    Network { places: (0..hosts).map(place).collect(), links: (1..hosts).map(link).collect() }
}

fn point(workload: &str, technique: &str, value: &str, hosts: usize, seconds: f64, spread: Spread) -> Point {
    let far = technique == "timely";
    Point {
        workload: workload.into(),
        technique: technique.into(),
        value: value.into(),
        wanted: Prepare {
            workload: workload.into(),
            case: String::new(),
            technique: technique.into(),
            size: Size::Tiny,
            variant: 0,
            workers: hosts,
            turns: None,
            units: None,
            answer: None,
        },
        times_ns: vec![SECONDS * seconds],
        items: 1.0,
        cores: 1,
        refused: None,
        family: if far { "distributed".into() } else { "threading".into() },
        alone: BASELINE.into(),
        spread: Some(spread),
    }
}

const SUM: Spread = Spread { scatter: 0.0, rounds: 1.0, border: 0.0, everyone: 0.0, parts: 0.0, each: 8.0 };
const ROUNDS: Spread =
    Spread { scatter: 0.0, rounds: 100.0, border: 8.0, everyone: 0.0, parts: 64.0, each: 0.0 };
const BYTES: Spread = Spread { scatter: 1e6, rounds: 1.0, border: 0.0, everyone: 0.0, parts: 1e6, each: 0.0 };
const HEAT: Spread =
    Spread { scatter: 8e6, rounds: 1000.0, border: 8e3, everyone: 0.0, parts: 8e6, each: 0.0 };

/// The times that would be measured on hosts with an engine of these costs.
fn cluster(engine: Engine, network: &Network) -> Vec<Point> {
    let ways = Ways::of(network).unwrap();
    let time = |spread: &Spread, work: f64, hosts: usize| {
        program(spread, work, hosts).time_on(hosts, cores(&network.places, hosts), &ways.median, &engine)
    };
    let mut points = vec![
        point("heat", BASELINE, "here", 1, 4.0, HEAT),
        point("heat", "rayon", "here", 4, 1.0, HEAT),
        point("montecarlo", BASELINE, CALIBRATION, 1, 1e-6, SUM),
        point("montecarlo", "timely", CALIBRATION, 2, time(&SUM, 1e-6, 2), SUM),
        point("taskgraph:stencil", BASELINE, CALIBRATION, 1, 1e-5, ROUNDS),
        point("taskgraph:stencil", "timely", CALIBRATION, 2, time(&ROUNDS, 1e-5, 2), ROUNDS),
        point("stream", BASELINE, CALIBRATION, 1, 1e-4, BYTES),
        point("stream", "timely", CALIBRATION, 2, time(&BYTES, 1e-4, 2), BYTES),
    ];
    for hosts in [1, 2, 4] {
        points.push(point("heat", "timely", &hosts.to_string(), hosts, time(&HEAT, 4.0, hosts), HEAT));
    }
    points
}

#[test]
fn the_costs_of_an_engine_are_found_again() {
    let (engine, network) = (Engine { call: 2e-4, message: 7e-6, per_byte: 2e-9 }, network(4, 1e-4));
    let points = cluster(engine, &network);
    let found = Found::new(&points, network, true);
    let again = found.engine("timely").unwrap();
    assert!((again.call / engine.call - 1.0).abs() < 0.2, "{again:?}");
    assert!((again.message / engine.message - 1.0).abs() < 0.2, "{again:?}");
    assert!((again.per_byte / engine.per_byte - 1.0).abs() < 0.2, "{again:?}");
    let rows = found.rows();
    assert_eq!(rows.iter().map(|row| row.hosts).collect::<Vec<_>>(), [1, 2, 4, 16, 64, 256, 1024, 4096]);
    for row in &rows[..3] {
        let (measured, model) = (row.measured.unwrap(), row.model.unwrap());
        assert!((model.median / measured.median - 1.0).abs() < 0.05, "{} hosts", row.hosts);
    }
    assert!(rows[3..].iter().all(|row| row.measured.is_none()), "those were not measured");
}

#[test]
fn what_one_machine_is_overtaken_by_is_a_number_of_hosts_or_a_reason() {
    let told = |latency: f64| -> serde_json::Value {
        let network = network(4, latency);
        let points = cluster(Engine::default(), &network);
        let table = Found::new(&points, network, true).overtaken().render(Format::Json, 80, false);
        serde_json::from_str::<Vec<serde_json::Value>>(&table).unwrap().remove(0)
    };
    // rayon takes a second here; sixteen hosts take a quarter of one, plus their messages
    let near = told(1e-5);
    assert_eq!((near["over"].as_str(), near["at"].as_u64()), (Some("rayon"), Some(16)), "{near}");
    assert_eq!(near["how"], "predicted");
    // a thousand rounds of ten milliseconds are ten seconds, on any number of hosts
    let far = told(1e-2);
    assert!(far["at"].is_null() && far["reason"].as_str().unwrap().contains("at no number"), "{far}");
}

#[test]
fn hosts_on_one_machine_share_its_cores_and_further_ones_stand_alone() {
    let mut places = network(4, 0.0).places;
    assert_eq!([1, 4, 6].map(|hosts| cores(&places, hosts)), [1, 4, 6]);
    places.iter_mut().for_each(|place| (place.machine, place.cores) = ("here".into(), 2));
    assert_eq!([1, 2, 4, 6].map(|hosts| cores(&places, hosts)), [1, 2, 2, 4]);
}

#[test]
fn the_band_is_at_least_as_wide_as_the_model_was_wrong() {
    let network = network(4, 1e-4);
    let mut points = cluster(Engine::default(), &network);
    points.last_mut().unwrap().times_ns[0] *= 2.0;
    let found = Found::new(&points, network, true);
    let rows = found.rows();
    let row = rows.iter().find(|row| row.hosts == 64).unwrap().model.unwrap();
    assert!(row.low < 0.7 * row.median && row.high > 1.4 * row.median, "{row:?}");
}

#[test]
fn work_that_cannot_be_predicted_is_not_predicted() {
    let network = network(4, 1e-4);
    let mut points = cluster(Engine::default(), &network);
    points.iter_mut().filter(|point| point.workload == "heat").for_each(|point| point.spread = None);
    let found = Found::new(&points, network, true);
    assert_eq!(found.rows().len(), 3, "what was measured");
    let table = found.overtaken().render(Format::Json, 80, false);
    assert!(table.contains("cannot be predicted"), "{table}");
}
