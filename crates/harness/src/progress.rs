//! The progress of a run: undecided rows, the cell being measured, the time left, and the results so far.

mod live;

use crate::analysis::GroupFacts;
use crate::judgement::Judgement;
use crate::style::plain;
use crate::table::terminal_width;
use crate::units;
use indicatif::{ProgressBar, ProgressStyle};
use parallax_method::schedule;
use parallax_record::journal::{Line, Role};
use parallax_record::name::BASELINE;
use parallax_record::plan::{Group, Plan};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::io::IsTerminal;
use std::time::Duration;

/// How often a line is printed without a terminal.
const PLAIN_EVERY_NS: u64 = 15_000_000_000;

/// The progress line of a run.
pub struct Progress {
    bar: ProgressBar,
    names: Vec<Vec<String>>,
    state: RefCell<String>,
    seen: HashSet<usize>,
    last_plain_ns: Cell<u64>,
    waited: Cell<bool>,
}

impl Progress {
    /// A line for the plan's cells.
    pub fn new(plan: &Plan) -> Self {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {wide_msg}\n{prefix}"); // the table may have several lines
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        bar.set_style(if plain("·") == "·" { style } else { style.tick_chars("-\\|/ ") });
        bar.enable_steady_tick(Duration::from_millis(250));
        let names_of = |group: &Group| {
            group.cells.iter().map(|cell| format!("{}/{}", group.work(), cell.technique)).collect()
        };
        let names = plan.groups.iter().map(names_of).collect();
        Progress {
            bar,
            names,
            state: String::new().into(),
            seen: HashSet::new(),
            last_plain_ns: Cell::new(0),
            waited: Cell::new(false),
        }
    }

    /// Shows how far the run is.
    pub fn update(&self, plan: &Plan, groups: &[schedule::Group], stages: &[Vec<usize>], left_s: f64) {
        *self.state.borrow_mut() = match plan.sweep {
            Some(_) => round(groups, stages.last().map(Vec::as_slice).unwrap_or_default(), left_s),
            None => state(groups, left_s),
        };
        self.show("");
    }

    /// Shows what is measured now.
    pub fn now(&self, group: &Group, role: Role) {
        let point = group.point.as_ref().map_or_else(String::new, |point| format!(" at {}", point.value));
        self.show(&format!(" · {}/{}{point}", group.work(), group.technique(role)));
    }

    /// Shows that a block waits for others; the first time even where lines are rare.
    pub fn waits(&self, foreign_cores: f64) {
        if !self.waited.replace(true) {
            self.last_plain_ns.set(0);
        }
        self.show(&format!(" · waiting for a quiet machine: others keep {foreign_cores:.1} cores busy"));
    }

    /// Prints a group's first block as soon as there is one: a result within minutes.
    pub fn first_look(&mut self, facts: &[GroupFacts], lines: &[Line]) {
        let Some(Line::Block(block)) = lines.last() else { return };
        if !self.seen.insert(block.group) {
            return;
        }
        let cells = facts[block.group].cells.iter().zip(&self.names[block.group]);
        let mut ratios: Vec<(f64, &str)> = cells
            .filter_map(|(cell, name)| Some((cell.series.last()?.1.exp(), name.split_once('/')?.1)))
            .collect();
        ratios.sort_by(|a, b| b.0.total_cmp(&a.0));
        let work =
            self.names[block.group].first().and_then(|name| name.split_once('/')).map_or("", |name| name.0);
        let line = first_look(work, &ratios);
        self.bar.suspend(|| crate::say::say(&line));
    }

    /// Shows what the blocks so far say of the group of the last one, below the line: at a terminal only.
    pub fn live(&self, plan: &Plan, judgement: &Judgement, lines: &[Line]) {
        let Some(Line::Block(block)) = lines.last() else { return };
        if !std::io::stderr().is_terminal() {
            return;
        }
        let (group, judged) = (&plan.groups[block.group], &judgement.groups[block.group]);
        self.bar.set_prefix(plain(&live::lines(group, judged, terminal_width())).into_owned());
    }

    fn show(&self, now: &str) {
        let line = format!("{}{now}", self.state.borrow());
        if std::io::stderr().is_terminal() {
            self.bar.set_message(plain(&line).into_owned());
            return;
        }
        let now_ns = parallax_runner::clock::now_ns();
        if now_ns.saturating_sub(self.last_plain_ns.get()) > PLAIN_EVERY_NS {
            self.last_plain_ns.set(now_ns);
            crate::say::say(&line);
        }
    }
}

/// How many rows still need blocks; failed ones need none.
fn state(groups: &[schedule::Group], left_s: f64) -> String {
    let rows = || groups.iter().flat_map(|group| &group.cells).filter(|cell| !cell.failed);
    let open: usize = groups.iter().map(schedule::Group::open).sum();
    let unmeasured = match rows().filter(|cell| cell.stop.is_none() && cell.blocks == 0).count() {
        0 => String::new(),
        n => format!(" · {n} not measured yet"),
    };
    let (undecided, all) = (open, units::things(rows().count(), "row"));
    let left = units::wait(Duration::from_secs_f64(left_s.max(0.0)));
    format!("{undecided} of {all} undecided{unmeasured} · {left} left")
}

/// How far a sweep is, and its remaining time, if it is known; the budget ends it if it takes longer. Some points want
/// no block yet.
fn round(groups: &[schedule::Group], wanted: &[usize], left_s: f64) -> String {
    let points = groups.iter().zip(wanted).filter(|(_, wanted)| **wanted > 0);
    let missing: Vec<(usize, Option<f64>)> = points.map(|(group, wanted)| group.missing(*wanted)).collect();
    let costs: Option<Vec<f64>> =
        missing.iter().filter(|(blocks, _)| *blocks > 0).map(|(_, cost_s)| *cost_s).collect();
    let needed_s = costs.map_or(left_s, |costs| costs.iter().sum::<f64>().min(left_s));
    let left = units::wait(Duration::from_secs_f64(needed_s.max(0.0)));
    let blocks = units::things(missing.iter().map(|(blocks, _)| blocks).sum(), "block");
    format!("{blocks} of {} to go · {left} left", units::things(missing.len(), "point"))
}

/// The line about a group's first block; `ratios` are sorted, the largest first.
fn first_look(work: &str, ratios: &[(f64, &str)]) -> String {
    let best: Vec<String> =
        ratios.iter().take(3).map(|(ratio, name)| format!("{name} {}", units::ratio(*ratio))).collect();
    match best.is_empty() {
        true => format!("first look at {work}: no technique has a number yet; the report says why"),
        false => {
            format!("first look at {work}: {} (against {BASELINE}; one block, no interval)", best.join(", "))
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_counts_what_is_undecided_and_not_what_failed() {
        let cell = |blocks, stop, failed| schedule::Cell { blocks, stop, failed, ..Default::default() };
        let done = Some(parallax_method::Stop::Precision);
        let cells =
            vec![cell(8, done, false), cell(3, None, false), cell(0, None, true), cell(0, None, false)];
        let groups = [schedule::Group { baseline_cost_s: None, cells }];
        assert_eq!(state(&groups, 189.5), "2 of 3 rows undecided · 1 not measured yet · 3 min 10 s left");
        let cells = vec![cell(8, done, false)];
        let groups = [schedule::Group { baseline_cost_s: None, cells }];
        assert_eq!(state(&groups, -1.0), "0 of 1 row undecided · 0 s left");
    }

    #[test]
    fn a_sweep_counts_its_blocks_and_knows_what_they_take_after_the_first_round() {
        let cell = |blocks| schedule::Cell { blocks, cost_s: Some(1.0), ..Default::default() };
        let group = |blocks, baseline_cost_s| schedule::Group { baseline_cost_s, cells: vec![cell(blocks)] };
        let groups = [group(2, Some(1.0)), group(3, Some(2.0))];
        assert_eq!(round(&groups, &[3, 3], 189.5), "1 block of 2 points to go · 4 s left");
        assert_eq!(round(&groups, &[3, 3], 2.0), "1 block of 2 points to go · 2 s left");
        let groups = [group(0, None), group(3, Some(2.0)), group(0, None)];
        assert_eq!(round(&groups, &[3, 3, 0], 189.5), "3 blocks of 2 points to go · 3 min 10 s left");
    }

    #[test]
    fn a_first_look_names_the_best_or_says_that_there_is_none() {
        let ratios = [(4.0, "a"), (2.0, "b"), (1.0, "c"), (0.5, "d")];
        assert_eq!(
            first_look("julia", &ratios),
            "first look at julia: a 4.00x, b 2.00x, c 1.00x (against sequential; one block, no interval)"
        );
        assert_eq!(
            first_look("julia", &[]),
            "first look at julia: no technique has a number yet; the report says why"
        );
    }
}
