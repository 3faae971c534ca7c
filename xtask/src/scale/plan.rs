//! The plan of a sweep: the same cells at each point, as groups like those of a bench.

use super::{ScaleArgs, lengths, sizes, with_baselines};
use anyhow::{Result, bail};
use parallax_harness::fleet::{Fleet, FleetCell};
use parallax_harness::plan;
use parallax_method::Rules;
use parallax_record::plan::{EXCLUSION, Group, Mode, Plan, SCHEMA, limit_s, start_limit_s};
use parallax_record::scale::{Axis, Sweep, SweepPoint};
use parallax_runner::clock::now_ns;
use parallax_suite::Size;

/// Blocks for each point.
const BLOCKS: u64 = 8;

/// The cases of `mailbox` by the bytes of a message, from one producer to one consumer.
const PAYLOADS: [(&str, &str); 4] =
    [("8", "1to1"), ("1024", "1KiB"), ("65536", "64KiB"), ("1048576", "1MiB")];

/// Seconds of wall time for the whole sweep.
const BUDGET_S: f64 = 600.0;

/// The groups to measure, point by point.
pub(super) fn plan(fleet: &Fleet, args: &ScaleArgs, axis: Axis) -> Result<Plan> {
    let cells = cells(fleet, args, axis)?;
    each_once(&args.values)?;
    let values = match args.values.is_empty() {
        true => values(axis),
        false => args.values.clone(),
    };
    let groups = match axis {
        Axis::Lengths => lengths::groups(fleet, &cells, args, &values)?,
        Axis::Size => sizes::groups(fleet, &cells, args)?,
        _ => {
            let mut groups = Vec::new();
            for value in &values {
                groups.extend(at(fleet, &cells, args, axis, value)?);
            }
            groups
        }
    };
    let longest = |of: fn(Size) -> u64| groups.iter().map(|group| of(group.size)).max().unwrap_or_default();
    let (_, _, _, measure) = Mode::Default.defaults();
    let max_blocks = args.blocks.unwrap_or(BLOCKS) as usize;
    Ok(Plan {
        schema: SCHEMA,
        mode: Mode::Default,
        budget_s: args.budget.map_or(BUDGET_S, |budget| budget.as_secs_f64()),
        rules: Rules { max_blocks, ..Rules::default() },
        measure,
        exclusion: EXCLUSION,
        limit_s: longest(limit_s),
        start_limit_s: longest(start_limit_s),
        seed: now_ns(),
        left_out: fleet.left_out.clone(),
        hosts: fleet.hosts.clone(),
        sweep: Some(Sweep { axis }),
        groups,
    })
}

/// Refuses a value that is given twice.
fn each_once(values: &[String]) -> Result<()> {
    let twice = (1..values.len()).find(|&at| values[..at].contains(&values[at]));
    match twice {
        Some(at) => bail!("'{}' is in --values twice; name each point once", values[at]),
        None => Ok(()),
    }
}

/// The only workload that has the axis; none if all have it.
fn workload(axis: Axis) -> Option<(&'static str, &'static str)> {
    match axis {
        Axis::Size | Axis::Workers => None,
        Axis::Grain | Axis::Lengths => Some(("taskgraph", "tasks of any length")),
        Axis::Cpu => Some(("fanout", "waits with work of any length after them")),
        Axis::Cost => Some(("memo", "values of any cost")),
        Axis::Payload => Some(("mailbox", "messages of several sizes")),
        Axis::Writes => Some(("lookup", "several shares of writes")),
    }
}

/// The cells that are swept, with those that they are compared with; of the first case only, if the case varies.
fn cells<'a>(fleet: &'a Fleet, args: &ScaleArgs, axis: Axis) -> Result<Vec<&'a FleetCell>> {
    let mut chosen = args.selection().choose(fleet)?;
    if let Some((name, what)) = workload(axis) {
        chosen.retain(|cell| cell.info.workload == name);
        if chosen.is_empty() {
            bail!("only `{name}` has {what}: choose techniques of it, or leave -w out");
        }
    }
    Ok(with_baselines(&fleet.cells, chosen))
}

/// The default points of a sweep; those over sizes depend on the workload.
fn values(axis: Axis) -> Vec<String> {
    let powers = |most: u32, step: usize| (0..=most).step_by(step).map(|p| (1u64 << p).to_string()).collect();
    match axis {
        Axis::Size => Vec::new(),
        Axis::Workers => numbers_of_workers(parallax_harness::workers::cores()),
        Axis::Grain => powers(16, 2),
        Axis::Lengths => lengths::LENGTHS.map(Into::into).into(),
        Axis::Cpu => powers(20, 4),
        Axis::Cost => powers(12, 2),
        Axis::Payload => PAYLOADS.map(|(bytes, _)| bytes.into()).into(),
        Axis::Writes => ["0", "1", "10", "100"].map(Into::into).into(),
    }
}

/// One, two, four and so on, and all.
fn numbers_of_workers(cores: usize) -> Vec<String> {
    let powers = std::iter::successors(Some(1usize), |n| n.checked_mul(2)).take_while(|n| *n < cores);
    powers.chain([cores]).map(|n| n.to_string()).collect()
}

/// The groups of a point.
fn at(fleet: &Fleet, cells: &[&FleetCell], args: &ScaleArgs, axis: Axis, value: &str) -> Result<Vec<Group>> {
    let (mut workers, mut turns) = (args.workers(), None);
    let mut of_point = cells.to_vec();
    match axis {
        Axis::Workers => workers = parallax_harness::workers::parse(value).map_err(anyhow::Error::msg)?,
        Axis::Payload | Axis::Writes => of_point = of_case(fleet, cells, &case(axis, value)?)?,
        Axis::Size | Axis::Grain | Axis::Cpu | Axis::Cost | Axis::Lengths => turns = Some(number(value)?),
    }
    let mut groups = plan::groups(fleet, &of_point, args.size(), &[workers])?;
    for group in &mut groups {
        group.point = Some(SweepPoint { value: value.to_owned(), turns, units: None, refines: false });
    }
    Ok(groups)
}

/// Reads a number of turns.
fn number(value: &str) -> Result<u64> {
    match value.parse::<u64>() {
        Ok(number @ 1..=0x1_0000_0000) => Ok(number),
        _ => bail!("'{value}' cannot be swept; give whole numbers from 1 to 4294967296"),
    }
}

/// The case of a point.
fn case(axis: Axis, value: &str) -> Result<String> {
    if axis == Axis::Writes {
        return Ok(format!("w{value}"));
    }
    let known = PAYLOADS.iter().find(|(bytes, _)| *bytes == value);
    let all = PAYLOADS.map(|(bytes, _)| bytes).join(", ");
    match known {
        Some((_, case)) => Ok((*case).to_owned()),
        None => bail!("no messages of '{value}' bytes can be sent; give some of {all}"),
    }
}

/// The same techniques in another case of the workload.
fn of_case<'a>(fleet: &'a Fleet, cells: &[&'a FleetCell], case: &str) -> Result<Vec<&'a FleetCell>> {
    let names: Vec<&str> = cells.iter().map(|cell| &*cell.info.technique).collect();
    let workload = cells.first().map_or("", |cell| &*cell.info.workload);
    let is_meant = |cell: &&FleetCell| {
        (&*cell.info.workload, &*cell.info.case) == (workload, case) && names.contains(&&*cell.info.technique)
    };
    let found: Vec<&FleetCell> = fleet.cells.iter().filter(is_meant).collect();
    if found.is_empty() {
        let mut cases: Vec<&str> = Vec::new();
        for cell in fleet.cells.iter().filter(|cell| cell.info.workload == workload) {
            if !cases.contains(&&*cell.info.case) {
                cases.push(&cell.info.case);
            }
        }
        bail!("{workload} has no case '{case}'; it has {}", cases.join(", "));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_go_up_by_doubling_and_end_with_all() {
        let of = |cores| numbers_of_workers(cores).join(" ");
        assert_eq!([of(1), of(2), of(6), of(16)], ["1", "1 2", "1 2 4 6", "1 2 4 8 16"]);
    }

    #[test]
    fn points_that_cannot_be_are_refused_with_those_that_can() {
        for wrong in ["0", "-1", "many", "99999999999999"] {
            assert!(number(wrong).unwrap_err().to_string().contains("whole numbers"), "{wrong}");
        }
        assert!(case(Axis::Payload, "9").unwrap_err().to_string().contains("1048576"));
        assert_eq!(case(Axis::Payload, "65536").unwrap(), "64KiB");
        assert_eq!(case(Axis::Writes, "10").unwrap(), "w10");
    }

    #[test]
    fn a_point_stands_once() {
        let values = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        assert!(each_once(&values("4,1,2")).is_ok() && each_once(&[]).is_ok());
        assert!(each_once(&values("1,2,1")).unwrap_err().to_string().contains("'1' is in --values twice"));
    }

    #[test]
    fn every_axis_has_points_of_its_own() {
        for axis in [Axis::Grain, Axis::Lengths, Axis::Cpu, Axis::Cost, Axis::Payload, Axis::Writes] {
            let values = values(axis);
            assert!(values.len() >= 4, "{axis}: {values:?}");
            assert!(values.iter().all(|value| parallax_record::name::ensure_name("point", value).is_ok()));
        }
    }
}
