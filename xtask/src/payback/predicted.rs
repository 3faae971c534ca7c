//! A run's predictions: from how many calls on a cell is ahead of another, or why the run does not predict it.

use anyhow::{Context, Result, bail, ensure};
use parallax_harness::analysis::{GroupFacts, analyse, over_blocks, run_ns};
use parallax_harness::judgement::{Judged, Judgement, Side};
use parallax_harness::shell::quoted;
use parallax_harness::{journal, pairs, payback};
use parallax_method::{Payback, Verdict, median};
use parallax_record::environment::Environment;
use parallax_record::name::{BASELINE, CellId, find};
use parallax_record::plan::{Group, Plan};
use parallax_runner::protocol::{Measured, Ready, Regime};
use std::path::{Path, PathBuf};

/// A run, as far as predictions need it.
pub(super) struct Run {
    pub(super) folder: PathBuf,
    pub(super) plan: Plan,
    pub(super) environment: Environment,
    lines: Vec<parallax_record::journal::Line>,
}

/// One number of calls that a run predicts.
#[derive(Debug, Clone)]
pub(super) struct Predicted {
    pub(super) group: Group,
    pub(super) technique: String,
    pub(super) over: String,
    pub(super) payback: Payback,
    /// Nanoseconds of a call of the slower of the two.
    pub(super) call_ns: f64,
}

impl Predicted {
    /// The cell that gets ahead.
    pub(super) fn cell(&self) -> CellId {
        CellId::of(&self.group.workload, &self.group.case, &self.technique)
    }

    /// The cell that it overtakes.
    pub(super) fn other(&self) -> CellId {
        CellId::of(&self.group.workload, &self.group.case, &self.over)
    }
}

/// A group with its facts and verdicts.
struct Told<'a> {
    group: &'a Group,
    facts: &'a GroupFacts<'a>,
    judged: &'a Judged,
}

impl Run {
    /// Reads a run, the newest if none is named.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is a sweep, whose points are not cells of a user's choice.
    pub(super) fn read(run: Option<&Path>) -> Result<Self> {
        let folder = journal::find(run)?;
        let plan = journal::read_plan(&folder)?;
        ensure!(
            plan.sweep.is_none(),
            "{} is a sweep; name a run of `cargo xtask bench` with --run",
            folder.display()
        );
        let lines = journal::read_lines_of(&folder, &plan)?;
        let environment = journal::read_json(&folder, "env.json")?;
        Ok(Run { folder, plan, environment, lines })
    }

    /// Its predictions for these cells over a technique; if none is named, all that it has.
    ///
    /// # Errors
    ///
    /// If there are none, with the reason and the way out.
    pub(super) fn predicted(&self, cells: &[CellId], over: &str) -> Result<Vec<Predicted>> {
        let facts = analyse(&self.plan, &self.lines);
        let judgement = Judgement::of(&facts);
        let groups = self.plan.groups.iter().zip(&facts).zip(&judgement.groups);
        let told: Vec<Told> = groups.map(|((group, facts), judged)| Told { group, facts, judged }).collect();
        if cells.is_empty() {
            let all = |told: &Told| -> Vec<Predicted> {
                let techniques =
                    told.group.cells.iter().map(|cell| cell.technique.as_str()).chain([BASELINE]);
                let others = techniques.filter(|technique| *technique != over);
                others.filter_map(|technique| told.of(technique, over).ok()).collect()
            };
            let all: Vec<Predicted> = told.iter().flat_map(all).collect();
            ensure!(
                !all.is_empty(),
                "{} predicts for no technique from how many calls on it is ahead of {over}; {BENCH}",
                self.folder.display()
            );
            return Ok(all);
        }
        cells.iter().map(|cell| self.one(&told, cell, over)).collect()
    }

    fn one(&self, told: &[Told], cell: &CellId, over: &str) -> Result<Predicted> {
        let all: Vec<[&str; 3]> = told.iter().flat_map(Told::names).collect();
        let [workload, case, technique] = find(cell, &all, |names| *names)
            .with_context(|| format!("the run {} has no {cell}; {BENCH}", quoted(&self.folder)))?;
        ensure!(technique != &over, "{cell} is compared with itself; name another technique with --over");
        // where the run has several numbers of workers, the last of them
        let of_it = |told: &&Told| (&*told.group.workload, &*told.group.case) == (*workload, *case);
        let told = told.iter().rfind(of_it).context("the run has lost the cell that it has just named")?;
        told.of(technique, over).with_context(|| format!("the run predicts nothing for {cell}"))
    }
}

/// How to get a missing measurement.
const BENCH: &str = "measure it with `cargo xtask bench`, or name another run with --run";

impl<'a> Told<'a> {
    fn names(&self) -> Vec<[&'a str; 3]> {
        let names = |technique: &'a str| [self.group.workload.as_str(), self.group.case.as_str(), technique];
        self.group.cells.iter().map(|cell| names(&cell.technique)).chain([names(BASELINE)]).collect()
    }

    /// From how many calls on a technique is ahead of another one.
    fn of(&self, technique: &str, over: &str) -> Result<Predicted> {
        let work = self.group.work();
        let side = |name: &str| {
            pairs::side_of(self.group, name)
                .with_context(|| format!("the run has no {work}/{name} to compare it with; {BENCH}"))
        };
        let (one, other) = (side(technique)?, side(over)?);
        match self.verdict(one, other) {
            Some(Verdict::Faster) => {}
            Some(Verdict::Slower) => bail!(
                "{technique} is slower than {over}, and never gets ahead; the other way round it is \
                 `cargo xtask payback {work}/{over} --over {technique}`"
            ),
            Some(Verdict::Same) => {
                bail!(
                    "{technique} is as fast as {over}, so it never gets ahead; name another one with --over"
                )
            }
            Some(Verdict::Undecided) | None => bail!(
                "it is not decided whether {technique} is faster than {over}; go on with `cargo xtask bench --resume`"
            ),
        }
        ensure!(
            self.facts.regime != Some(Regime::Cold),
            "all runs of {work} were cold, so no later call was seen; measure a smaller input with --size"
        );
        let (turns, others) = (self.turns(one), self.turns(other));
        ensure!(
            turns.iter().chain(&others).all(|(ready, _)| ready.spawn_ns.is_some()),
            "the run has no start times of processes, as an older version made it; {BENCH}"
        );
        let payback = payback::of_pair(self.facts, (one, other), Verdict::Faster).with_context(|| {
            format!(
                "too few blocks have both {technique} and {over}; go on with `cargo xtask bench --resume`"
            )
        })?;
        let call_ns = |turns: &[(&Ready, &Measured)]| {
            over_blocks(turns, |_, measured| median(&run_ns(measured)).unwrap_or(0.0)).unwrap_or(0.0)
        };
        Ok(Predicted {
            group: self.group.clone(),
            technique: technique.to_owned(),
            over: over.to_owned(),
            payback,
            call_ns: call_ns(&turns).max(call_ns(&others)),
        })
    }

    fn verdict(&self, one: Side, other: Side) -> Option<Verdict> {
        let over_baseline = self.judged.verdict_over_baseline(one, other);
        over_baseline.or_else(|| self.judged.judge(&[(one, other)]).pop().map(|(.., verdict)| verdict))
    }

    fn turns(&self, side: Side) -> Vec<(&'a Ready, &'a Measured)> {
        match side {
            Side::Baseline => self.facts.baseline.clone(),
            Side::Cell(at) => self.facts.cells.get(at).map(|cell| cell.turns.clone()).unwrap_or_default(),
        }
    }
}
