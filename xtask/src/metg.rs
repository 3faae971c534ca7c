//! METG: the smallest task for which at least half of the machine's time is work and not overhead.
//!
//! The minimum effective task granularity of Slaughter et al., "Task Bench: a parameterized benchmark
//! for evaluating parallel runtime performance" (SC 2020). What a technique is held against is the same body alone:
//! the most that `sequential` reaches, times the cores, and for a body that an interpreter runs, what that
//! reaches without a scheduler.

use crate::point::Point;
use parallax_harness::table::{Cell, Column, Table};
use parallax_harness::units;
use parallax_harness::worker::shorten;

/// The workload that it is a property of.
pub(crate) const WORKLOAD: &str = "taskgraph";

/// A technique that reaches more than this share of what its body does alone runs another body: what an interpreter runs
/// takes a hundred times as long as what was compiled.
const ANOTHER_BODY: f64 = 3.0;

/// One technique at one size of task: the time that a task takes of one core, and how much of it is work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grain {
    pub(crate) task_ns: f64,
    pub(crate) efficiency: f64,
}

/// All points of one technique on one workload.
pub(crate) struct Sweep<'a> {
    pub(crate) workload: &'a str,
    pub(crate) technique: &'a str,
    /// What it is held against.
    pub(crate) alone: &'a str,
    /// From the smallest task to the largest, with what each tells; none where it was not measured.
    pub(crate) points: Vec<(&'a Point, Option<Grain>)>,
    /// Why it has no efficiency.
    pub(crate) refused: Option<String>,
}

/// The sweeps of all techniques, in the order of the points.
pub(crate) fn sweeps(points: &[Point]) -> Vec<Sweep<'_>> {
    let mut firsts: Vec<&Point> = points.iter().collect();
    firsts.dedup_by_key(|point| (point.workload.as_str(), point.technique.as_str()));
    firsts.into_iter().map(|first| sweep(points, first)).collect()
}

fn sweep<'a>(points: &'a [Point], first: &'a Point) -> Sweep<'a> {
    let (workload, technique, alone) =
        (first.workload.as_str(), first.technique.as_str(), first.alone.as_str());
    let is_own =
        |point: &&Point| (point.workload.as_str(), point.technique.as_str()) == (workload, technique);
    let mut own: Vec<&Point> = points.iter().filter(is_own).collect();
    own.sort_by_key(|point| point.wanted.turns);
    let turn_ns = turn_ns(points, workload, alone);
    let grain = |point: &Point| {
        let task_ns = point.time_ns()? * point.cores as f64 / point.items;
        Some(Grain { task_ns, efficiency: point.wanted.turns? as f64 * turn_ns? / task_ns })
    };
    let points: Vec<(&Point, Option<Grain>)> = own.into_iter().map(|point| (point, grain(point))).collect();
    let best =
        points.iter().filter_map(|(_, grain)| *grain).map(|grain| grain.efficiency).fold(0.0, f64::max);
    let refused = points.iter().find_map(|(point, _)| point.refused.clone());
    let refused = refused
        .or_else(|| turn_ns.is_none().then(|| format!("there is no time of {alone} to hold it against")))
        .or_else(|| {
            let why =
                || format!("its tasks take much less than those of {alone} alone: it runs another body");
            (best > ANOTHER_BODY).then(why)
        });
    Sweep { workload, technique, alone, points, refused }
}

impl Sweep<'_> {
    /// What was measured, from the smallest task to the largest.
    pub(crate) fn grains(&self) -> Vec<Grain> {
        self.points.iter().filter_map(|(_, grain)| *grain).collect()
    }
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
        Column::text("against", "alone"),
        Column::text("reason", "reason"),
    ];
    let mut table = Table::new(columns);
    for sweep in sweeps(points) {
        table.row(row(&sweep));
    }
    table
}

fn row(sweep: &Sweep) -> Vec<Cell> {
    let grains = if sweep.refused.is_none() { sweep.grains() } else { Vec::new() };
    let time = |ns: f64| Cell::new(units::time(ns), ns);
    let share = |x: f64| Cell::new(format!("{:.0} %", 100.0 * x), x);
    let or_none = |cell: Option<Cell>| cell.unwrap_or_else(|| Cell::none("–"));
    let (metg, least) = (metg_ns(&grains), grains.first());
    let best = grains.iter().map(|grain| grain.efficiency).reduce(f64::max);
    let reason = sweep.refused.clone().or(metg.as_ref().err().cloned());
    vec![
        sweep.workload.into(),
        sweep.technique.into(),
        or_none(metg.ok().map(time)),
        or_none(least.map(|grain| time(grain.task_ns))),
        or_none(least.map(|grain| share(grain.efficiency))),
        or_none(best.map(share)),
        sweep.alone.into(),
        reason.map_or_else(|| Cell::none(""), |why| shorten(&why).into()),
    ]
}

/// What a turn of opaque work takes a technique that does it alone: the least of its points, which is that of large tasks,
/// where overhead vanishes. What disturbs the machine makes a point longer and never shorter.
pub(crate) fn turn_ns(points: &[Point], workload: &str, alone: &str) -> Option<f64> {
    let own = points.iter().filter(|p| (p.workload.as_str(), p.technique.as_str()) == (workload, alone));
    let turn_ns = |point: &Point| Some(point.time_ns()? / (point.items * point.wanted.turns? as f64));
    own.filter_map(turn_ns).reduce(f64::min)
}

/// Where a sweep from small to large tasks crosses an efficiency of one half, for good.
///
/// # Errors
///
/// If the sweep does not bracket it: a METG is stated only between two measured points.
pub(crate) fn metg_ns(grains: &[Grain]) -> Result<f64, String> {
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
    use parallax_record::name::BASELINE;

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
                units: None,
                answer: None,
            },
            times_ns: vec![run_ns],
            items,
            cores,
            refused: None,
            family: String::new(),
            alone: BASELINE.into(),
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
    fn a_body_is_held_against_itself_and_not_against_a_faster_one() {
        let of = |name: &'static str, alone: &'static str, slower: f64, overhead| {
            (0..=16).map(move |p| {
                let mut point = point(name, 1 << p, 1, overhead);
                let work = 3.0 * f64::from(1 << p) * point.items;
                point.times_ns[0] += (slower - 1.0) * work;
                Point { alone: alone.into(), ..point }
            })
        };
        let points: Vec<Point> = of(BASELINE, BASELINE, 1.0, 0.0)
            .chain(of("interpreted", BASELINE, 100.0, 0.0))
            .chain(of("interpreted-pool", "interpreted", 100.0, 5000.0))
            .chain(of("compiled-pool", "interpreted", 1.0, 5000.0))
            .chain(of("orphan", "nothing", 1.0, 5000.0))
            .collect();
        let reason = |name: &str| told(&points, name)["reason"].as_str().unwrap_or_default().to_owned();
        assert!(reason("interpreted").contains("not reached"));
        let row = told(&points, "interpreted-pool");
        assert!((row["metg_ns"].as_f64().unwrap() / 10_000.0 - 1.0).abs() < 0.1, "{row}");
        assert_eq!(row["alone"], "interpreted");
        assert!(told(&points, "compiled-pool")["metg_ns"].is_null());
        assert!(reason("compiled-pool").contains("another body"));
        assert!(reason("orphan").contains("no time of nothing"));
    }

    #[test]
    fn a_lucky_point_below_a_bad_one_does_not_count() {
        let mut grains = sweep(500.0);
        grains[2].efficiency = 0.9;
        let metg = metg_ns(&grains).unwrap();
        assert!(metg > 900.0, "{metg}");
    }
}
