//! The history of a cell: its ratio in each stored run, and its steps.

use crate::analysis::analyse;
use crate::judgement::{Judgement, Side};
use crate::scale_line::ScaleLine;
use crate::store::Stored;
use crate::style::Paint;
use crate::table::{Cell, Column, Format, Table};
use crate::units;
use anyhow::{Result, bail};
use parallax_method::{Estimate, Verdict, judge};
use parallax_record::name::{self, BASELINE, CellId};
use parallax_suite::Size;
use parallax_suite::catalogue;

/// The width of the trend, in characters.
const WIDTH: usize = 31;

/// The figures of the cell in one run.
#[derive(Debug)]
struct Point<'a> {
    run: &'a Stored,
    size: Size,
    workers: usize,
    estimate: Estimate,
    /// The noise floor of its group, log scale.
    floor: f64,
}

/// The change between a run and the one before it at the same size and number of workers.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    /// How many times as fast the cell is as before.
    ratio: f64,
    /// The interval of the ratio, if both runs have one.
    interval: Option<(f64, f64)>,
    /// The verdict by the usual rules, corrected for all steps of the series.
    verdict: Verdict,
}

/// The steps of a series, judged together. Two runs share no block, so an interval has the noise of both, and a step
/// must clear both floors.
fn steps(series: &[Point]) -> Vec<Step> {
    let step = |runs: &[Point]| {
        let [before, after] = [&runs[0], &runs[1]];
        (after.estimate.over(&before.estimate), after.floor.hypot(before.floor))
    };
    let claims: Vec<(Estimate, f64)> = series.windows(2).map(step).collect();
    let judged = claims.iter().zip(judge(&claims));
    let step = |((step, _), verdict): (&(Estimate, f64), Verdict)| Step {
        ratio: step.ratio(),
        interval: step.low().zip(step.high()),
        verdict,
    };
    judged.map(step).collect()
}

impl Step {
    /// The word that is printed for it.
    fn verdict(self) -> &'static str {
        match self.verdict {
            Verdict::Faster => "faster",
            Verdict::Slower => "slower",
            // no proven step
            Verdict::Same | Verdict::Undecided if self.interval.is_some() => "none",
            Verdict::Same | Verdict::Undecided => "unclear",
        }
    }

    fn cell(self) -> Cell {
        let verdict = self.verdict();
        let paint = match verdict {
            "faster" => Paint::Green,
            "slower" => Paint::Red,
            _ => return Cell::new(if verdict == "none" { "" } else { verdict }, verdict).paint(Paint::Dim),
        };
        Cell::new(format!("{verdict} {}", units::ratio(self.ratio)), verdict).paint(paint)
    }
}

/// The table of a cell, on the machine of the newest run that has it. `runs` are sorted, the oldest first.
///
/// # Errors
///
/// If no run has the cell, with similar names; or if the cell is the baseline, whose ratio is always 1.
pub fn history(cell: &CellId, runs: &[Stored], format: Format) -> Result<Table> {
    if cell.technique == BASELINE {
        bail!("{BASELINE} is the baseline of all ratios, so its own is always 1; name another technique");
    }
    let mut points: Vec<Point> = Vec::new();
    for run in runs {
        points.extend(points_of(cell, run));
    }
    let Some(newest) = points.last() else { return Err(missing(cell, runs)) };
    let machine = newest.run.environment.key().machine();
    points.retain(|point| point.run.environment.key().machine() == machine);
    points.sort_by_key(|point| (point.size, point.workers)); // stable: by time within each
    Ok(table(&points, format))
}

fn points_of<'a>(cell: &CellId, run: &'a Stored) -> Vec<Point<'a>> {
    let of_work = |(_, group): &(usize, &parallax_record::plan::Group)| {
        let case = if cell.case.is_empty() { catalogue::first_case(&cell.workload) } else { &cell.case };
        group.workload == cell.workload && group.case == case
    };
    let groups: Vec<_> = run.plan.groups.iter().enumerate().filter(of_work).collect();
    if !groups.iter().any(|(_, group)| group.cells.iter().any(|of| of.technique == cell.technique)) {
        return Vec::new(); // no need to read its journal
    }
    let facts = analyse(&run.plan, run.lines());
    let judgement = Judgement::of(&facts);
    let points = groups.into_iter().filter_map(|(index, group)| {
        let place = group.cells.iter().position(|of| of.technique == cell.technique)?;
        let judged = &judgement.groups[index];
        let estimate = judged.estimates[place].filter(|_| judged.is_known(Side::Cell(place)))?;
        Some(Point { run, size: group.size, workers: group.workers, estimate, floor: judged.floor })
    });
    points.collect()
}

/// The error where no run has the cell.
fn missing(cell: &CellId, runs: &[Stored]) -> anyhow::Error {
    let groups = runs.iter().flat_map(|run| &run.plan.groups);
    let known: Vec<[&str; 3]> = groups
        .flat_map(|group| group.cells.iter().map(|of| [&*group.workload, &*group.case, &*of.technique]))
        .collect();
    match name::find(cell, &known, |names| *names) {
        Ok(_) => anyhow::anyhow!(
            "no run has a figure of {cell} yet; `cargo xtask bench` with -w and -t measures it"
        ),
        Err(_) if known.is_empty() => anyhow::anyhow!("there is no run yet; `cargo xtask bench` makes one"),
        Err(why) => why.context("no stored run has this cell"),
    }
}

fn table(points: &[Point], format: Format) -> Table {
    let drawn = matches!(format, Format::Text | Format::Md);
    let mut columns = vec![
        Column::text("run", "run").kept(),
        Column::text("commit", "commit").kept(),
        Column::text("size", "size").kept(),
        Column::number("workers", "workers"),
        Column::number("blocks", "blocks"),
        Column::number("ratio", "ratio"),
        Column::number("low", "ratio_low"),
        Column::number("high", "ratio_high"),
        Column::text("step", "step").kept(),
    ];
    match drawn {
        true => columns.push(Column::text("trend", "trend").kept()),
        false => columns.extend([
            Column::number("step_ratio", "step_ratio"),
            Column::number("step_low", "step_low"),
            Column::number("step_high", "step_high"),
        ]),
    }
    let mut table = Table::new(columns);
    let same = |a: &Point, b: &Point| (a.size, a.workers) == (b.size, b.workers);
    for series in points.chunk_by(same) {
        let means = series.iter().map(|point| point.estimate.log_mean);
        let (scale, steps) = (ScaleLine::of(means, WIDTH), steps(series));
        for (at, point) in series.iter().enumerate() {
            let step = at.checked_sub(1).map(|before| steps[before]);
            let mut row = figures(point);
            row.push(step.map_or_else(|| Cell::none(""), Step::cell));
            match drawn {
                true => {
                    let Estimate { log_mean, half_width, .. } = point.estimate;
                    row.push(Cell::new(scale.draw(log_mean, half_width.unwrap_or(0.0)), ""));
                }
                false => {
                    let interval = step.and_then(|step| step.interval);
                    row.extend(
                        [
                            step.map(|step| step.ratio),
                            interval.map(|(low, _)| low),
                            interval.map(|(_, high)| high),
                        ]
                        .map(|value| Cell::new("", value)),
                    );
                }
            }
            table.row(row);
        }
    }
    table
}

fn figures(point: &Point) -> Vec<Cell> {
    let Point { run, size, workers, estimate, .. } = point;
    let ratio = |value: Option<f64>| {
        value.map_or_else(|| Cell::none("?"), |value| Cell::new(units::ratio(value), value))
    };
    let build = &run.environment.build;
    let commit = match &build.commit {
        None => Cell::none("unknown"),
        Some(commit) => {
            let short: String = commit.chars().take(9).collect();
            let changed = if build.dirty == Some(true) { "+" } else { "" };
            Cell::new(short + changed, commit.clone() + changed)
        }
    };
    vec![
        run.name.clone().into(),
        commit,
        size.to_string().into(),
        Cell::new(workers.to_string(), *workers),
        Cell::new(estimate.blocks.to_string(), estimate.blocks),
        ratio(Some(estimate.ratio())),
        ratio(estimate.low()),
        ratio(estimate.high()),
    ]
}

#[cfg(test)]
mod tests;
