//! METG: the smallest task for which at least half of the machine's time is work and not overhead.
//!
//! The minimum effective task granularity of Slaughter et al., "Task Bench: a parameterized benchmark
//! for evaluating parallel runtime performance" (SC 2020). The one reference for all techniques is what
//! `sequential` reaches with the largest tasks, times the cores.

use crate::point::Point;
use parallax_harness::table::{Cell, Column, Table};
use parallax_harness::units;
use parallax_record::name::BASELINE;

/// The workload that it is a property of.
pub(crate) const WORKLOAD: &str = "taskgraph";

/// One technique at one size of task: the time that a task takes of one core, and how much of it is work.
#[derive(Debug, Clone, Copy)]
struct Grain {
    task_ns: f64,
    efficiency: f64,
}

/// A row for each technique: its METG, or why the sweep does not tell it.
pub(crate) fn table(points: &[Point]) -> Table {
    let columns = [
        Column::text("workload", "workload").kept(),
        Column::text("technique", "technique").kept(),
        Column::number("METG(50 %)", "metg_ns"),
        Column::number("least task", "least_task_ns"),
        Column::number("efficiency there", "least_efficiency"),
        Column::number("best efficiency", "best_efficiency"),
        Column::text("reason", "reason"),
    ];
    let mut table = Table::new(columns);
    let mut names: Vec<(&str, &str)> =
        points.iter().map(|p| (p.workload.as_str(), p.technique.as_str())).collect();
    names.dedup();
    for (workload, technique) in names {
        let own =
            || points.iter().filter(|p| (p.workload.as_str(), p.technique.as_str()) == (workload, technique));
        let mut row: Vec<Cell> = vec![workload.into(), technique.into()];
        let refused = own().find_map(|point| point.refused.clone());
        let turn_ns = turn_ns(points, workload);
        let grains = turn_ns.map(|turn_ns| grains(own(), turn_ns)).unwrap_or_default();
        let refused = refused.or_else(|| {
            turn_ns.is_none().then(|| format!("there is no time of {BASELINE} to hold it against"))
        });
        match (refused, metg_ns(&grains)) {
            (Some(why), _) => {
                row.extend([Cell::none("–"), Cell::none(""), Cell::none(""), Cell::none(""), why.into()])
            }
            (None, metg) => {
                let time = |ns: f64| Cell::new(units::time(ns), ns);
                let share = |x: f64| Cell::new(format!("{:.0} %", 100.0 * x), x);
                let best = grains.iter().map(|grain| grain.efficiency).fold(0.0, f64::max);
                let least = grains.first();
                row.push(metg.as_ref().map_or_else(|_| Cell::none("–"), |ns| time(*ns)));
                row.push(least.map_or_else(|| Cell::none("–"), |grain| time(grain.task_ns)));
                row.push(least.map_or_else(|| Cell::none("–"), |grain| share(grain.efficiency)));
                row.push(share(best));
                row.push(metg.err().map_or_else(|| Cell::none(""), Cell::from));
            }
        }
        table.row(row);
    }
    table
}

/// What a turn of opaque work takes: from the baseline's largest tasks, where overhead vanishes.
fn turn_ns(points: &[Point], workload: &str) -> Option<f64> {
    let baseline = points.iter().filter(|p| p.workload == workload && p.technique == BASELINE);
    let largest = baseline.max_by_key(|point| point.wanted.turns)?;
    Some(largest.time_ns()? / (largest.items * largest.wanted.turns? as f64))
}

/// A technique's sweep, from the smallest task to the largest.
fn grains<'a>(points: impl Iterator<Item = &'a Point>, turn_ns: f64) -> Vec<Grain> {
    let mut points: Vec<&Point> = points.collect();
    points.sort_by_key(|point| point.wanted.turns);
    let grain = |point: &Point| {
        let task_ns = point.time_ns()? * point.cores as f64 / point.items;
        Some(Grain { task_ns, efficiency: point.wanted.turns? as f64 * turn_ns / task_ns })
    };
    points.into_iter().filter_map(grain).collect()
}

/// Where a sweep from small to large tasks crosses an efficiency of one half, for good.
///
/// # Errors
///
/// If the sweep does not bracket it: a METG is stated only between two measured points.
fn metg_ns(grains: &[Grain]) -> Result<f64, String> {
    if grains.is_empty() {
        return Err("no point of the sweep was measured".into());
    }
    let enough = |grain: &Grain| grain.efficiency >= 0.5;
    let Some(last_below) = grains.iter().rposition(|grain| !enough(grain)) else {
        return Err("even the smallest task of the sweep is worth it; nothing below was measured".into());
    };
    let Some(above) = grains.get(last_below + 1) else {
        return Err("half is not reached by the largest task of the sweep".into());
    };
    let below = grains[last_below];
    let part = (0.5 - below.efficiency) / (above.efficiency - below.efficiency);
    Ok(below.task_ns * (above.task_ns / below.task_ns).powf(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A technique that adds `overhead` to every task, on tasks of 2^0 to 2^16 times 3 ns.
    fn sweep(overhead: f64) -> Vec<Grain> {
        let grain = |p: u32| {
            let work = 3.0 * f64::from(1 << p);
            Grain { task_ns: work + overhead, efficiency: work / (work + overhead) }
        };
        (0..=16).map(grain).collect()
    }

    #[test]
    fn a_known_overhead_gives_twice_itself() {
        for overhead in [10.0, 500.0, 20_000.0] {
            let metg = metg_ns(&sweep(overhead)).unwrap();
            assert!((metg / (2.0 * overhead) - 1.0).abs() < 0.1, "{overhead}: {metg}");
        }
    }

    #[test]
    fn what_the_sweep_does_not_bracket_is_not_stated() {
        assert!(metg_ns(&sweep(1.0)).unwrap_err().contains("nothing below"));
        assert!(metg_ns(&sweep(1e9)).unwrap_err().contains("not reached"));
        assert!(metg_ns(&[]).unwrap_err().contains("no point"));
    }

    /// A point with tasks of so many turns; a task of one takes its core 3 ns for each and `overhead` more.
    fn point(technique: &str, turns: u64, cores: usize, overhead: f64) -> Point {
        let items = 1000.0;
        let run_ns = items * (3.0 * turns as f64 + overhead) / cores as f64;
        Point {
            workload: WORKLOAD.into(),
            technique: technique.into(),
            value: turns.to_string(),
            wanted: parallax_runner::protocol::Prepare {
                workload: WORKLOAD.into(),
                case: String::new(),
                technique: technique.into(),
                size: parallax_suite::Size::Tiny,
                variant: 0,
                workers: 8,
                turns: Some(turns),
            },
            times_ns: vec![run_ns],
            items,
            cores,
            refused: None,
            family: String::new(),
            spread: None,
        }
    }

    fn told(points: &[Point], technique: &str) -> serde_json::Value {
        let rows: Vec<serde_json::Value> =
            serde_json::from_str(&table(points).render(parallax_harness::table::Format::Json, 80, false))
                .unwrap();
        rows.into_iter().find(|row| row["technique"] == technique).unwrap()
    }

    #[test]
    fn without_a_baseline_it_is_refused_in_words() {
        let points: Vec<Point> = (0..=16).map(|p| point("rayon", 1 << p, 8, 500.0)).collect();
        let row = told(&points, "rayon");
        assert!(row["metg_ns"].is_null(), "{row}");
        assert!(row["reason"].as_str().unwrap().contains("no time of sequential"), "{row}");
    }

    #[test]
    fn a_technique_is_charged_the_cores_that_it_declares() {
        let sweep =
            |name: &'static str, cores, overhead| (0..=16).map(move |p| point(name, 1 << p, cores, overhead));
        let points: Vec<Point> = sweep(BASELINE, 1, 0.0)
            .chain(sweep("one-core", 1, 500.0))
            .chain(sweep("all-cores", 8, 500.0))
            .collect();
        for technique in ["one-core", "all-cores"] {
            let row = told(&points, technique);
            assert!((row["metg_ns"].as_f64().unwrap() / 1000.0 - 1.0).abs() < 0.1, "{row}");
        }
    }

    #[test]
    fn a_lucky_point_below_a_bad_one_does_not_count() {
        let mut grains = sweep(500.0);
        grains[2].efficiency = 0.9;
        let metg = metg_ns(&grains).unwrap();
        assert!(metg > 900.0, "{metg}");
    }
}
