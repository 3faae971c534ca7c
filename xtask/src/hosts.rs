//! Times on several hosts: measured, and predicted for more hosts by the LogGP model.
//!
//! An engine's own costs are measured with almost no work: in an empty call, and in rounds that each send a border.
//! From them, the network's parameters and the work of one host, the model predicts the time on any number of hosts.
//! Its largest error on measured hosts is the least width of its band on others.

mod model;
mod sweep;
mod ways;

pub(crate) use self::sweep::{most, points};
pub(crate) use self::ways::{links, of_file};

use self::model::{Model, Ways, program, where_reached};
use self::sweep::{CALIBRATED_ON, CALIBRATION, Calibration, EMPTY_CALL, EMPTY_ROUNDS, MERE_BYTES};
use crate::point::Point;
use anyhow::Result;
use parallax_harness::table::{Cell, Column, Format, Table, print};
use parallax_harness::{hosts, units};
use parallax_limits::network::{Interval, Network, Place};
use parallax_method::loggp::{Engine, Program};
use parallax_record::name::BASELINE;
use std::collections::BTreeMap;

/// The largest number of hosts that the model predicts.
const MOST: usize = 4096;

/// The results of a sweep over hosts.
pub(crate) struct Found<'a> {
    points: &'a [Point],
    network: Network,
    /// Whether the user named hosts; otherwise they are processes on this machine.
    named: bool,
}

/// Times of a workload by a technique on some number of hosts.
struct Row<'a> {
    workload: &'a str,
    technique: &'a str,
    hosts: usize,
    measured: Option<Interval>,
    model: Option<Interval>,
}

impl<'a> Found<'a> {
    pub(crate) fn new(points: &'a [Point], network: Network, named: bool) -> Self {
        Found { points, network, named }
    }

    /// Prints all of it.
    pub(crate) fn print(&self, format: Format) -> Result<()> {
        let (rows, overtaken) = (self.rows(), self.overtaken());
        if format == Format::Json {
            let parsed =
                |table: &Table| serde_json::from_str::<serde_json::Value>(&table.render(format, 80, false));
            let all = serde_json::json!({
                "points": parsed(&self.table(&rows))?,
                "overtaken": parsed(&overtaken)?,
                "network": self.network,
            });
            return print(&(serde_json::to_string_pretty(&all)? + "\n"));
        }
        self.table(&rows).print(format)?;
        print("\n")?;
        overtaken.print(format)
    }

    fn table(&self, rows: &[Row]) -> Table {
        let columns = [
            Column::text("workload", "workload").kept(),
            Column::text("technique", "technique").kept(),
            Column::number("hosts", "hosts").kept(),
            Column::text("how", "how"),
            Column::number("time", "time_ns"),
            Column::number("from", "time_ns_low"),
            Column::number("to", "time_ns_high"),
            Column::number("speedup", "ratio"),
            Column::number("model", "model_ns"),
            Column::number("error", "error"),
        ];
        let mut table = Table::new(columns);
        for row in rows {
            let time = |seconds: f64| Cell::new(units::time(1e9 * seconds), 1e9 * seconds);
            let none = || Cell::none("–");
            let Some(told) = row.measured.or(row.model) else { continue };
            let alone = self.alone(row.workload);
            let error =
                row.measured.zip(row.model).map(|(measured, model)| model.median / measured.median - 1.0);
            table.row([
                row.workload.into(),
                row.technique.into(),
                Cell::new(row.hosts.to_string(), row.hosts),
                if row.measured.is_some() { "measured" } else { "predicted" }.into(),
                time(told.median),
                time(told.low),
                time(told.high),
                alone.map_or_else(none, |alone| {
                    Cell::new(units::ratio(alone / told.median), alone / told.median)
                }),
                row.model.map_or_else(none, |model| time(model.median)),
                error.map_or_else(none, |error| Cell::new(format!("{:+.0} %", 100.0 * error), error)),
            ]);
        }
        table
    }

    /// Seconds of one thread of this machine.
    fn alone(&self, workload: &str) -> Option<f64> {
        let own =
            self.points.iter().find(|p| p.workload == workload && p.technique == BASELINE && is_sweep(p));
        own?.time_ns().map(|ns| 1e-9 * ns)
    }

    /// The techniques that leave the machine, with the workloads that they were measured on.
    fn far(&self) -> Vec<(&'a str, &'a str)> {
        let mut pairs: Vec<(&str, &str)> = self
            .points
            .iter()
            .filter(|point| is_far(point) && is_sweep(point))
            .map(|point| (point.workload.as_str(), point.technique.as_str()))
            .collect();
        pairs.dedup();
        pairs
    }

    fn rows(&self) -> Vec<Row<'a>> {
        self.far().into_iter().flat_map(|(workload, technique)| self.rows_of(workload, technique)).collect()
    }

    fn rows_of(&self, workload: &'a str, technique: &'a str) -> Vec<Row<'a>> {
        let own = |p: &&Point| p.workload == workload && p.technique == technique && is_sweep(p);
        let measured: BTreeMap<usize, Interval> = self
            .points
            .iter()
            .filter(own)
            .filter(|point| !point.times_ns.is_empty())
            .map(|point| (point.wanted.workers, seconds(&point.times_ns)))
            .collect();
        let model = self.model(workload, technique);
        let most = measured.keys().max().copied().unwrap_or(1);
        let error = measured.iter().filter_map(|(hosts, time)| {
            let model = model.as_ref()?.time(*hosts, self.cores(*hosts));
            Some((model.median / time.median - 1.0).abs())
        });
        let error = error.fold(0.0, f64::max);
        let mut rows: Vec<Row> = measured
            .iter()
            .map(|(&hosts, &time)| {
                let model = model.as_ref().map(|model| model.time(hosts, self.cores(hosts)));
                Row { workload, technique, hosts, measured: Some(time), model }
            })
            .collect();
        let further =
            std::iter::successors(Some(16), |hosts| Some(4 * hosts)).take_while(|hosts| *hosts <= MOST);
        for hosts in further.filter(|hosts| *hosts > most) {
            let Some(model) = &model else { break };
            let band = widened(model.time(hosts, hosts), error);
            rows.push(Row { workload, technique, hosts, measured: None, model: Some(band) });
        }
        rows
    }

    /// How many cores the first `hosts` hosts have together.
    fn cores(&self, hosts: usize) -> usize {
        cores(&self.network.places, hosts)
    }

    fn model(&self, workload: &str, technique: &str) -> Option<Model> {
        let alone =
            self.points.iter().find(|p| p.workload == workload && p.technique == BASELINE && is_sweep(p))?;
        Some(Model {
            spread: alone.spread?,
            work: seconds(&alone.times_ns),
            ways: Ways::of(&self.network)?,
            engine: self.engine(technique)?,
        })
    }

    /// The engine's own costs, from workloads with almost no work.
    fn engine(&self, technique: &str) -> Option<Engine> {
        let ways = Ways::of(&self.network)?;
        let cores = self.cores(CALIBRATED_ON);
        let calibrated = |(workload, ..): Calibration| -> Option<(Program, f64)> {
            let of = |technique: &str| {
                let mut own = self.points.iter().filter(|p| p.value == CALIBRATION);
                own.find(|p| p.workload == workload && p.technique == technique)
            };
            let (alone, time) = (of(BASELINE)?, of(technique)?.time_ns()?);
            Some((program(&alone.spread?, 1e-9 * alone.time_ns()?, CALIBRATED_ON), 1e-9 * time))
        };
        let none = Engine::default();
        let time_of =
            |program: &Program, engine| program.time_on(CALIBRATED_ON, cores, &ways.median, &engine);
        let (rounds, time) = calibrated(EMPTY_ROUNDS)?;
        let message = where_reached(|message| time_of(&rounds, Engine { message, ..none }), time);
        let (bytes, time) = calibrated(MERE_BYTES)?;
        let per_byte = where_reached(|per_byte| time_of(&bytes, Engine { message, per_byte, ..none }), time);
        let (call, time) = calibrated(EMPTY_CALL)?;
        let call = (time - time_of(&call, Engine { message, per_byte, ..none })).max(0.0);
        Some(Engine { call, message, per_byte })
    }

    /// From how many hosts on each distributed technique is faster than the best one on a single machine.
    fn overtaken(&self) -> Table {
        let columns = [
            Column::text("workload", "workload").kept(),
            Column::text("technique", "technique").kept(),
            Column::text("over", "over").kept(),
            Column::number("its time", "over_ns"),
            Column::number("from hosts", "at"),
            Column::text("how", "how"),
            Column::text("reason", "reason"),
        ];
        let mut table = Table::new(columns);
        for (workload, technique) in self.far() {
            let local = self.points.iter().filter(|p| p.workload == workload && !is_far(p) && is_sweep(p));
            let best = local.filter_map(|p| Some((p.technique.as_str(), 1e-9 * p.time_ns()?)));
            let Some((over, time)) = best.min_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
            let rows = self.rows_of(workload, technique);
            let ahead = rows.iter().find(|row| {
                let told = row.measured.or(row.model);
                told.is_some_and(|told| told.high < time)
            });
            let (at, how, why) = match ahead {
                Some(row) if row.measured.is_some() => (Some(row.hosts), "measured", ""),
                Some(row) => (Some(row.hosts), "predicted", ""),
                None if self.model(workload, technique).is_none() => {
                    (None, "", "not among the measured hosts, and its messages cannot be predicted")
                }
                None => (None, "", "at no number of hosts up to 4,096"),
            };
            table.row([
                workload.into(),
                technique.into(),
                over.into(),
                Cell::new(units::time(1e9 * time), 1e9 * time),
                at.map_or_else(|| Cell::none("–"), |at| Cell::new(at.to_string(), at)),
                how.into(),
                why.into(),
            ]);
        }
        table
    }

    /// One line that describes the hosts.
    pub(crate) fn words(&self) -> String {
        let hosts = units::things(self.network.places.len(), "host");
        let cores = self.cores(self.network.places.len());
        match self.named {
            true => format!("{hosts} with {} together", units::things(cores, "core")),
            false => format!(
                "{hosts}, which are processes on this machine and share {}",
                units::things(cores, "core")
            ),
        }
    }
}

/// Whether a point belongs to a technique that leaves the machine.
pub(crate) fn is_far(point: &Point) -> bool {
    point.family.starts_with(hosts::FAMILY)
}

fn is_sweep(point: &Point) -> bool {
    point.value != CALIBRATION
}

fn seconds(times_ns: &[f64]) -> Interval {
    Interval::of(times_ns.iter().map(|ns| 1e-9 * ns).collect())
}

fn widened(time: Interval, error: f64) -> Interval {
    Interval {
        low: time.low.min(time.median / (1.0 + error)),
        median: time.median,
        high: time.high.max(time.median * (1.0 + error)),
    }
}

/// How many cores the first hosts have together: hosts on one machine share its cores; one beyond the last has a core.
fn cores(places: &[Place], hosts: usize) -> usize {
    let mut machines: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for place in places.iter().take(hosts) {
        let (workers, cores) = machines.entry(&place.machine).or_default();
        *workers += place.workers;
        *cores = (*cores).max(place.cores);
    }
    let named: usize = machines.values().map(|(workers, cores)| *workers.min(cores)).sum();
    (named + hosts.saturating_sub(places.len())).max(1)
}

#[cfg(test)]
mod tests;
