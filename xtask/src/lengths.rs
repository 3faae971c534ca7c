//! From which length of its tasks on a scheduler is worth it: the same work in tasks of 0.1, 1, 10 and 100 ms.
//!
//! All tasks of a run together take one core as long at each length, so that only the number of tasks changes. A length is
//! that of the body alone, which is measured first: the same turns take an interpreter a hundred times as long. A
//! technique is worth its workers from where half of their time is work, the METG of the same points; on two workers that
//! is where it overtakes one core without it.

use crate::metg::{self, Grain, Sweep};
use crate::point::{Point, alone};
use crate::rounds;
use crate::scale::ScaleArgs;
use anyhow::{Context, Result, bail};
use parallax_harness::fleet::{Fleet, FleetCell};
use parallax_harness::table::{Cell, Column, Table};
use parallax_harness::turn::prepare;
use parallax_harness::units;
use parallax_harness::worker::shorten;
use parallax_record::name::full;
use std::collections::HashMap;

/// The lengths that are swept where none are named, in milliseconds.
const LENGTHS: [&str; 4] = ["0.1", "1", "10", "100"];

/// At this length there are as many tasks as the size has; at others the same work is in fewer or more.
const SIZES_OWN_NS: f64 = 1e6;

/// A run of this length tells what a turn takes.
const LONG_ENOUGH_NS: f64 = 50e6;

/// What a body takes alone, and how many tasks the size has.
#[derive(Clone, Copy)]
struct Body {
    turn_ns: f64,
    tasks: f64,
}

/// Each cell at each length, as many tasks of it as make up the same work.
pub(crate) fn points(fleet: &Fleet, cells: Vec<&FleetCell>, args: &ScaleArgs) -> Result<Vec<Point>> {
    let values: Vec<String> = match args.values.is_empty() {
        true => LENGTHS.map(str::to_owned).into(),
        false => args.values.clone(),
    };
    let mut bodies: HashMap<(String, &str), std::result::Result<Body, String>> = HashMap::new();
    let mut points = Vec::new();
    for cell in &cells {
        let key = (full(&cell.info.workload, &cell.info.case), alone(cell));
        let is_alone =
            |of: &&&FleetCell| full(&of.info.workload, &of.info.case) == key.0 && of.info.technique == key.1;
        if !bodies.contains_key(&key) {
            let body = match cells.iter().find(is_alone) {
                Some(alone) => body(fleet, alone, args)?,
                None => Err(format!("there is no {} to hold it against", key.1)),
            };
            bodies.insert(key.clone(), body);
        }
        for value in &values {
            let length_ns = length_ns(value)?;
            let mut point = Point::new(cell, value, prepare(cell, args.size(), 0, args.workers()));
            match &bodies[&key] {
                Ok(body) => {
                    point.wanted.turns = Some((length_ns / body.turn_ns).round().max(1.0) as u64);
                    point.wanted.units =
                        Some((body.tasks * SIZES_OWN_NS / length_ns).round().max(1.0) as u64);
                }
                Err(why) => point.refused = Some(why.clone()),
            }
            points.push(point);
        }
    }
    Ok(points)
}

/// Reads a length in milliseconds.
fn length_ns(value: &str) -> Result<f64> {
    let ms: f64 = value.parse().with_context(|| format!("'{value}' is not a length in milliseconds"))?;
    if !(1e-4..=1e5).contains(&ms) {
        bail!("a task of {value} ms cannot be swept; give milliseconds from 0.0001 to 100000");
    }
    Ok(1e6 * ms)
}

/// What a turn takes a technique that does the work alone: from runs with more and more of them, the last long enough.
fn body(fleet: &Fleet, cell: &FleetCell, args: &ScaleArgs) -> Result<std::result::Result<Body, String>> {
    for turns in (8..=24).step_by(2).map(|power| 1u64 << power) {
        let mut point = Point::new(cell, "alone", prepare(cell, args.size(), 0, args.workers()));
        point.wanted.turns = Some(turns);
        rounds::measure(fleet, std::slice::from_mut(&mut point), 1)?;
        match (point.time_ns(), point.refused) {
            (Some(ns), None) if ns >= LONG_ENOUGH_NS => {
                return Ok(Ok(Body { turn_ns: ns / (point.items * turns as f64), tasks: point.items }));
            }
            (Some(_), None) => {}
            (_, why) => return Ok(Err(why.unwrap_or_else(|| "it has no time".into()))),
        }
    }
    Ok(Err(format!("{} takes no time, however many turns it is asked for", cell.info.technique)))
}

/// A row for each technique at each length, with the length from which on it is worth its workers.
pub(crate) fn table(points: &[Point]) -> Table {
    let columns = [
        Column::text("workload", "workload").kept(),
        Column::text("technique", "technique").kept(),
        Column::number("task", "task_ns").kept(),
        Column::number("tasks", "tasks"),
        Column::number("time", "time_ns"),
        Column::number("efficiency", "efficiency"),
        Column::number("speedup", "ratio"),
        Column::number("worth it from", "worth_from_ns"),
        Column::text("against", "alone"),
        Column::text("reason", "reason"),
    ];
    let mut table = Table::new(columns);
    for sweep in metg::sweeps(points) {
        for (point, grain) in &sweep.points {
            table.row(row(points, &sweep, point, *grain));
        }
    }
    table
}

fn row(points: &[Point], sweep: &Sweep, point: &Point, grain: Option<Grain>) -> Vec<Cell> {
    let time = |ns: f64| Cell::new(units::time(ns), ns);
    let or_none = |cell: Option<Cell>| cell.unwrap_or_else(|| Cell::none("–"));
    let grain = grain.filter(|_| sweep.refused.is_none());
    let worth = worth_from_ns(sweep);
    let alone = points.iter().find(|other| {
        (other.workload.as_str(), other.technique.as_str(), other.value.as_str())
            == (sweep.workload, sweep.alone, point.value.as_str())
    });
    let ratio = alone.and_then(Point::time_ns).zip(point.time_ns()).map(|(alone, own)| alone / own);
    let reason = sweep.refused.clone().or(worth.as_ref().err().cloned());
    vec![
        sweep.workload.into(),
        sweep.technique.into(),
        or_none(length_ns(&point.value).ok().map(time)),
        or_none((point.items > 0.0).then(|| Cell::new(format!("{:.0}", point.items), point.items))),
        or_none(point.time_ns().map(time)),
        or_none(grain.map(|g| Cell::new(format!("{:.0} %", 100.0 * g.efficiency), g.efficiency))),
        or_none(ratio.map(|ratio| Cell::new(units::ratio(ratio), ratio))),
        or_none(worth.ok().map(time)),
        sweep.alone.into(),
        reason.map_or_else(|| Cell::none(""), |why| shorten(&why).into()),
    ]
}

/// The length of the body alone from which on half of the workers' time is work: half of the METG, whose other half is
/// overhead.
fn worth_from_ns(sweep: &Sweep) -> std::result::Result<f64, String> {
    match &sweep.refused {
        Some(why) => Err(why.clone()),
        None => metg::metg_ns(&sweep.grains()).map(|metg| 0.5 * metg),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_harness::table::Format;
    use parallax_record::name::BASELINE;
    use parallax_runner::protocol::Prepare;
    use parallax_suite::Size;

    const WORK_NS: f64 = 1.6e9;

    /// The same work in tasks of a length, on `cores` cores, with so much overhead for each.
    fn point(technique: &str, value: &str, cores: usize, overhead_ns: f64) -> Point {
        let length = length_ns(value).unwrap();
        let items = WORK_NS / length;
        Point {
            workload: metg::WORKLOAD.into(),
            technique: technique.into(),
            value: value.into(),
            wanted: Prepare {
                workload: metg::WORKLOAD.into(),
                case: String::new(),
                technique: technique.into(),
                size: Size::Small,
                variant: 0,
                workers: cores,
                turns: Some((length / 2.5) as u64),
                units: Some(items as u64),
                answer: None,
            },
            times_ns: vec![items * (length + overhead_ns) / cores as f64],
            items,
            cores,
            refused: None,
            family: String::new(),
            alone: BASELINE.into(),
            spread: None,
        }
    }

    fn told(points: &[Point]) -> Vec<serde_json::Value> {
        serde_json::from_str(&table(points).render(Format::Json, 80, false)).unwrap()
    }

    #[test]
    fn a_technique_is_worth_it_from_where_its_overhead_is_as_long_as_a_task() {
        let sweep =
            |name: &'static str, cores, overhead| LENGTHS.map(|value| point(name, value, cores, overhead));
        let points: Vec<Point> =
            [sweep(BASELINE, 1, 0.0), sweep("pool", 2, 1e3), sweep("broker", 2, 2e6), sweep("cloud", 2, 1e9)]
                .into_iter()
                .flatten()
                .collect();
        let rows = told(&points);
        let of = |name: &str, task_ns: f64| {
            rows.iter().find(|row| row["technique"] == name && row["task_ns"] == task_ns).unwrap()
        };
        let broker = of("broker", 1e6);
        let worth = broker["worth_from_ns"].as_f64().unwrap();
        assert!((1.6e6..2.5e6).contains(&worth), "{worth}");
        assert!(
            broker["ratio"].as_f64().unwrap() < 1.0 && of("broker", 1e7)["ratio"].as_f64().unwrap() > 1.0
        );
        assert_eq!(broker["tasks"], 1600.0);
        assert!(of("pool", 1e5)["reason"].as_str().unwrap().contains("even the smallest task"));
        assert!(of("cloud", 1e8)["reason"].as_str().unwrap().contains("not reached"));
    }

    #[test]
    fn a_length_is_a_number_of_milliseconds() {
        assert_eq!(length_ns("0.1").unwrap(), 1e5);
        for wrong in ["long", "0", "-1", "nan", "1e9"] {
            assert!(length_ns(wrong).is_err(), "{wrong}");
        }
    }
}
