//! Two builds of one worker, old and new, in the same blocks: how a change of the code affects each technique.

use super::{Kept, table, verdict};
use anyhow::{Result, bail};
use parallax_harness::compare::{Compared, broken_builds, techniques};
use parallax_harness::exit::Exit;
use parallax_harness::run::{self, Aim, BenchArgs};
use parallax_harness::say::say;
use parallax_harness::shell::quoted;
use parallax_harness::{costs, interrupt};
use std::cell::Cell;
use std::process::ExitCode;

/// Measures two builds of a worker in the same blocks.
pub(super) fn compare(args: &BenchArgs, fail_on_regression: Option<f64>) -> Result<ExitCode> {
    if let Some(option) = args.not_of_builds() {
        bail!("{option} has no effect if two builds are compared; leave it out");
    }
    interrupt::listen();
    let regressed = Cell::new(Exit::Done);
    let ended = run::measure(args, Aim::Builds, &costs::none, |_, folder| {
        let kept = Kept::read(Some(folder))?;
        let compared = between_builds(&kept);
        table(&compared).print(args.format())?;
        let broken = broken_builds((&kept.plan, &kept.lines));
        say(&format!("the whole run: cargo xtask show {}", quoted(folder)));
        regressed.set(verdict(&compared, &broken, fail_on_regression));
        Ok(())
    })?;
    Ok(if ended == Exit::Done { regressed.get() } else { ended }.into())
}

/// Each technique of the second build over the same of the first.
fn between_builds(kept: &Kept) -> Vec<Compared> {
    let mut pairs: Vec<[&str; 2]> = Vec::new();
    for group in &kept.plan.groups {
        for (first, second) in group.pairs() {
            let pair = [first, second].map(|at| group.cells[at].technique.as_str());
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
    techniques((&kept.plan, &kept.lines), &pairs)
}
