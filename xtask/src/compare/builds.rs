//! Two builds of one worker, old and new, in the same blocks: how a change of the code affects each technique.

use super::{Kept, table, verdict};
use anyhow::{Result, bail};
use parallax_harness::compare::{broken_builds, techniques, uncompared};
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
        let (run, pairs) = ((&kept.plan, kept.lines.as_slice()), pairs(&kept));
        let compared = techniques(run, &pairs);
        table(&compared).print(args.format())?;
        let broken = broken_builds(run);
        let apart = uncompared(run, &pairs);
        apart.iter().for_each(|why| say(&format!("not compared: {why}")));
        say(&format!("the whole run: cargo xtask show {}", quoted(folder)));
        regressed.set(verdict(&compared, &broken, fail_on_regression));
        if compared.is_empty() && broken.is_empty() && !apart.is_empty() {
            say("nothing was compared; repeat it when the machine is quiet, or with a longer --budget");
            regressed.set(Exit::NothingMeasured);
        }
        Ok(())
    })?;
    Ok(if ended == Exit::Done { regressed.get() } else { ended }.into())
}

/// The two builds of each technique, the first of them first.
fn pairs(kept: &Kept) -> Vec<[&str; 2]> {
    let mut pairs: Vec<[&str; 2]> = Vec::new();
    for group in &kept.plan.groups {
        for (first, second) in group.pairs() {
            let pair = [first, second].map(|at| group.cells[at].technique.as_str());
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
    pairs
}
