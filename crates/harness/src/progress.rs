//! While it runs: cells at target, the widest interval, what is measured now, the time left.

use crate::analysis::GroupFacts;
use crate::style::plain;
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

/// Without a terminal, a line this often.
const PLAIN_EVERY_NS: u64 = 15_000_000_000;

/// The progress line of a run.
pub struct Progress {
    bar: ProgressBar,
    names: Vec<Vec<String>>,
    state: RefCell<String>,
    seen: HashSet<usize>,
    last_plain_ns: Cell<u64>,
}

impl Progress {
    /// A line for the plan's cells.
    pub fn new(plan: &Plan) -> Self {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {wide_msg}");
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
        }
    }

    /// Says how far the run is.
    pub fn update(&self, groups: &[schedule::Group], left_s: f64) {
        let cells =
            || groups.iter().zip(&self.names).flat_map(|(group, names)| group.cells.iter().zip(names));
        let done = cells().filter(|(cell, _)| cell.failed || cell.stop.is_some()).count();
        let unmeasured = cells().filter(|(cell, _)| !cell.failed && cell.blocks == 0).count();
        let widths = cells()
            .filter(|(cell, _)| !cell.failed && cell.stop.is_none())
            .filter_map(|(cell, name)| Some((cell.estimate?.half_width?, name)));
        let widest = widths.max_by(|a, b| a.0.total_cmp(&b.0));
        let widest = match (unmeasured, widest) {
            (0, Some((width, name))) if width > 1.0 => format!(" · widest ±100 % and more ({name})"),
            (0, Some((width, name))) => format!(" · widest ±{:.1} % ({name})", 100.0 * width.exp_m1()),
            (0, None) => String::new(),
            (n, _) => format!(" · {n} not measured yet"),
        };
        let left = units::wait(Duration::from_secs_f64(left_s.max(0.0)));
        let state = format!("{done}/{} cells at target{widest} · {left} left", cells().count());
        *self.state.borrow_mut() = state;
        self.show("");
    }

    /// Says what is measured now.
    pub fn now(&self, group: &Group, role: Role) {
        self.show(&format!(" · {}/{}", group.work(), group.technique(role)));
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

/// What a group's first block says; `ratios` are sorted, the largest first.
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
