//! The same work in tasks of 0.1, 1, 10 and 100 ms: from which length of its tasks on a scheduler is worth it.
//!
//! All tasks of a run together take one core the same time at each length, so only the number of tasks changes. A
//! length is that of the body alone, which is measured first: the same turns take an interpreter a hundred times as
//! long. So cells with another body are groups of their own. A technique is worth its workers from the length on at
//! which half of their time is work (the METG of the same points); on two workers, that is where it overtakes one core
//! without it.

use super::ScaleArgs;
use crate::point::{Point, alone};
use crate::rounds;
use anyhow::{Context, Result, bail};
use parallax_harness::fleet::{Fleet, FleetCell};
use parallax_harness::plan;
use parallax_harness::say::say;
use parallax_harness::turn::prepare;
use parallax_record::name::full;
use parallax_record::plan::Group;
use parallax_record::scale::SweepPoint;

/// The default lengths, in milliseconds.
pub(super) const LENGTHS: [&str; 4] = ["0.1", "1", "10", "100"];

/// The length at which there are as many tasks as the size has; at other lengths, the same work is in fewer or more.
const SIZES_OWN_NS: f64 = 1e6;

/// A run of this length is long enough to compute the time of a turn.
const LONG_ENOUGH_NS: f64 = 50e6;

/// The time of a body's turn, and how many tasks the size has.
#[derive(Clone, Copy)]
struct Body {
    turn_ns: f64,
    tasks: f64,
}

/// The cells of each body at each length, with as many tasks as keep the work the same.
pub(super) fn groups(
    fleet: &Fleet,
    cells: &[&FleetCell],
    args: &ScaleArgs,
    values: &[String],
) -> Result<Vec<Group>> {
    let lengths: Vec<f64> = values.iter().map(|value| length_ns(value)).collect::<Result<_>>()?;
    let mut groups = Vec::new();
    for of_body in bodies(cells) {
        let of_name = alone(of_body[0]);
        let own = cells.iter().find(|cell| is_of_work(cell, of_body[0]) && cell.info.technique == of_name);
        let body = match own {
            Some(own) => body(fleet, own, args)?,
            None => Err("no worker has it".into()),
        };
        let body = match body {
            Ok(body) => body,
            Err(why) => {
                say(&format!("without the techniques that are compared with {of_name}: {why}"));
                continue;
            }
        };
        let with_alone: Vec<&FleetCell> = own
            .into_iter()
            .copied()
            .filter(|own| !of_body.iter().any(|cell| cell.name() == own.name()))
            .collect();
        let of_body: Vec<&FleetCell> = with_alone.into_iter().chain(of_body).collect();
        for (value, length_ns) in values.iter().zip(&lengths) {
            for group in plan::groups(fleet, &of_body, args.size(), &[args.workers()])? {
                let point = Some(body.point(value, *length_ns));
                groups.push(Group { point, ..group });
            }
        }
    }
    if groups.is_empty() {
        bail!("no turn could be timed, so tasks cannot be given a length; see the reasons above");
    }
    Ok(groups)
}

/// The cells, grouped by their work and by the technique that they are compared with.
fn bodies<'a>(cells: &[&'a FleetCell]) -> Vec<Vec<&'a FleetCell>> {
    let mut bodies: Vec<Vec<&FleetCell>> = Vec::new();
    for &cell in cells {
        let same = |of: &&mut Vec<&FleetCell>| is_of_work(of[0], cell) && alone(of[0]) == alone(cell);
        match bodies.iter_mut().find(same) {
            Some(body) => body.push(cell),
            None => bodies.push(vec![cell]),
        }
    }
    // without the groups that have nothing to compare
    bodies.retain(|body| body.iter().any(|cell| cell.info.technique != alone(cell)));
    bodies
}

fn is_of_work(one: &FleetCell, other: &FleetCell) -> bool {
    (&one.info.workload, &one.info.case) == (&other.info.workload, &other.info.case)
}

impl Body {
    fn point(&self, value: &str, length_ns: f64) -> SweepPoint {
        let whole = |x: f64| Some(x.round().max(1.0) as u64);
        SweepPoint {
            value: value.to_owned(),
            turns: whole(length_ns / self.turn_ns),
            units: whole(self.tasks * SIZES_OWN_NS / length_ns),
            refines: false,
        }
    }
}

/// Reads a length in milliseconds.
fn length_ns(value: &str) -> Result<f64> {
    let ms: f64 = value.parse().with_context(|| format!("'{value}' is not a length in milliseconds"))?;
    if !(1e-4..=1e5).contains(&ms) {
        bail!("a task of {value} ms cannot be swept; give milliseconds from 0.0001 to 100000");
    }
    Ok(1e6 * ms)
}

/// The time of a turn in a technique that does the work alone: from runs with more and more turns until one is long.
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
    let name = full(&cell.info.workload, &cell.info.case);
    Ok(Err(format!("{} takes no time on {name}, for any number of turns", cell.info.technique)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_a_number_of_milliseconds() {
        assert_eq!(length_ns("0.1").unwrap(), 1e5);
        for wrong in ["long", "0", "-1", "nan", "1e9"] {
            assert!(length_ns(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_same_work_is_in_fewer_and_longer_tasks() {
        let body = Body { turn_ns: 2.0, tasks: 400.0 };
        let [short, long] = [("0.1", 1e5), ("10", 1e7)].map(|(value, ns)| body.point(value, ns));
        assert_eq!((short.turns, short.units), (Some(50_000), Some(4000)));
        assert_eq!((long.turns, long.units), (Some(5_000_000), Some(40)));
    }
}
