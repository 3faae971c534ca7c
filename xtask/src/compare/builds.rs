//! Two builds of one worker, old and new, in the same blocks: what a change of the code does to each technique.

use super::{Kept, table, verdict};
use crate::bench::{self, BenchArgs};
use crate::exit::Exit;
use anyhow::{Result, ensure};
use parallax_harness::compare::{Compared, techniques};
use parallax_harness::fleet::Wanted;
use parallax_harness::interrupt;
use parallax_harness::say::say;
use parallax_harness::shell::quoted;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::process::ExitCode;

/// Measures two builds of a worker beside each other.
pub(super) fn compare(args: &BenchArgs, fail_on_regression: Option<f64>) -> Result<ExitCode> {
    interrupt::listen();
    let regressed = Cell::new(Exit::Done);
    // The two that are named, and the baseline: others would take their time.
    let wanted = Wanted::Families(BTreeSet::new());
    let ended = bench::measure(args, Some(wanted), |_, folder| {
        let compared = between_builds(&Kept::read(Some(folder))?)?;
        table(&compared).print(args.format())?;
        say(&format!("the whole run: cargo xtask show {}", quoted(folder)));
        regressed.set(verdict(&compared, fail_on_regression));
        Ok(())
    })?;
    Ok(if ended == Exit::Done { regressed.get() } else { ended }.into())
}

/// Each technique of the second build over the same of the first.
fn between_builds(kept: &Kept) -> Result<Vec<Compared>> {
    let mut pairs: Vec<[&str; 2]> = Vec::new();
    for group in &kept.plan.groups {
        for (first, second) in group.pairs() {
            let pair = [first, second].map(|at| group.cells[at].technique.as_str());
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
    ensure!(
        !pairs.is_empty(),
        "the two workers have no technique in common among those that are chosen; two builds of one family have \
         (`cargo xtask list --no-build --worker OLD --worker NEW` shows what they have)"
    );
    Ok(techniques((&kept.plan, &kept.lines), &pairs))
}
