//! The measuring loop: block after block until every interval is narrow or the time is over.

mod ceilings;
mod heap;

pub(crate) use heap::SHARE as COUNTING_SHARE;

use crate::analysis::{analyse, regime};
use crate::costs::Costed;
use crate::environment::cpu_times;
use crate::fleet::Fleet;
use crate::journal::Run;
use crate::judgement::Judgement;
use crate::losses::Losses;
use crate::pace;
use crate::progress::Progress;
use crate::quiet::Quiet;
use crate::say::say;
use crate::scaling;
use crate::share::Ceilings;
use crate::turn::{Patience, ProbeAt, Taken, agree, turn};
use crate::worker::Launch;
use anyhow::{Context, Result};
use ceilings::Due;
use parallax_method::schedule::{self, Next, Rest, Rotation, Turn};
use parallax_record::journal::Outcome;
use parallax_record::journal::{BlockLine, Line, Role, TurnLine};
use parallax_record::name::PEERS;
use parallax_record::plan::{Group, Plan};
use parallax_runner::clock::now_ns;
use parallax_runner::protocol::{Measure, Prepare, Probed};
use std::time::Duration;

/// A run under way.
pub struct Bench<'a> {
    /// Its plan.
    pub plan: Plan,
    /// Its folder.
    pub run: Run,
    /// The limits of the machine and the network, as far as they are measured.
    pub ceilings: Ceilings,
    /// The costs of its cells apart from time.
    pub costs: Vec<Costed>,
    /// All journal lines so far.
    pub lines: Vec<Line>,
    /// The workers that measure.
    pub fleet: &'a Fleet,
    /// The time it took before it was resumed, in seconds.
    pub spent_before_s: f64,
}

impl Bench<'_> {
    /// Runs blocks until nothing is left that fits the budget; returns why each cell got no more.
    pub fn measure(&mut self) -> Result<Vec<Vec<Rest>>> {
        if let Err(why) = cpu_times() {
            say(&format!("{why:#}"));
        }
        let began = now_ns();
        let since_s = |then: u64| (now_ns() - then) as f64 / 1e9;
        self.ceilings = self.run.ceilings()?;
        // A sweep spends no time on the limits, which answer another question.
        let mut due = if self.plan.sweep.is_some() { Due::Never } else { Due::First };
        let mut progress = Progress::new(&self.plan);
        let mut quiet = Quiet::new(self.plan.exclusion.foreign_cores, self.plan.budget_s, &self.lines);
        let mut last = None; // how many cores others kept busy during the last turn
        let first = self.lines.iter().map(|line| match line {
            Line::Turn(TurnLine { block, .. }) | Line::Block(BlockLine { block, .. }) => block + 1,
            Line::Heap(_) => 0,
        });
        let (mut number, mut over) = (first.max().unwrap_or(0), false);
        loop {
            if self.measure_what_is_due(&mut due, self.spent_before_s + since_s(began), false)? {
                last = None;
            }
            let spent_s = self.spent_before_s + since_s(began);
            let kept_s = due.kept_s() + self.counting_s();
            let left_s = self.plan.budget_s - spent_s - kept_s;
            let facts = analyse(&self.plan, &self.lines);
            let judgement = Judgement::of(&facts);
            let groups = pace::groups(&self.plan, &facts, &judgement);
            let stages = scaling::stages(&self.plan, &facts, &judgement);
            progress.update(&self.plan, &groups, &stages, left_s);
            if self.plan.sweep.is_none() {
                progress.live(&self.plan, &judgement, &self.lines);
            }
            let left_s = if over { 0.0 } else { left_s };
            match self.next(&groups, &stages, left_s, number) {
                Next::End(rests) => {
                    self.measure_what_is_due(&mut due, spent_s, true)?;
                    self.count_allocations(&progress)?;
                    return Ok(rests);
                }
                Next::Run(block) => {
                    let until_ns = now_ns().saturating_add(nanoseconds(left_s + grace_s(self.plan.budget_s)));
                    last = self.block(number, &block, until_ns, (&mut quiet, last), &progress)?;
                    over = last.is_none();
                }
            }
            if self.plan.sweep.is_none() {
                progress.first_look(&analyse(&self.plan, &self.lines), &self.lines);
            }
            number += 1;
        }
    }

    /// What to do next: in a sweep the next point of the round, otherwise the block that decides most.
    fn next(&self, groups: &[schedule::Group], stages: &[Vec<usize>], left_s: f64, number: u64) -> Next {
        let seed = self.plan.seed;
        if self.plan.sweep.is_none() {
            return schedule::next(groups, left_s, seed, number);
        }
        let of_stage = |wanted: &Vec<usize>| schedule::next_of_round(groups, wanted, left_s, seed, number);
        let mut all = stages.iter().map(of_stage);
        let first = all.find(|next| matches!(next, Next::Run(_)));
        first.unwrap_or_else(|| stages.last().map_or_else(|| Next::End(Vec::new()), of_stage))
    }

    /// The variant of a group's next block, from those of the blocks before it.
    fn variant(&self, block: &schedule::Block) -> u32 {
        let mut rotation = Rotation::default();
        for (of, turns) in parallax_record::journal::blocks(&self.lines) {
            let Some(variant) = turns.first().map(|turn| turn.variant) else { continue };
            if of.group == block.group {
                rotation.note(variant, turns.iter().filter_map(|turn| technique(turn.role)));
            }
        }
        let techniques: Vec<usize> = block.turns.iter().filter_map(|turn| technique(role(*turn))).collect();
        rotation.next(parallax_record::plan::VARIANTS, &techniques)
    }

    /// Runs one block turn by turn, once the machine is quiet, and writes each turn down as it ends. A block without
    /// its first baseline is void, and ends. A block that is not done by `until_ns` is given up and does not count: its
    /// cost was unknown, but the budget is fixed. Returns how many cores others kept busy during its last turn; none if
    /// it was not done.
    fn block(
        &mut self,
        number: u64,
        block: &schedule::Block,
        until_ns: u64,
        (quiet, last): (&mut Quiet, Option<f64>),
        progress: &Progress,
    ) -> Result<Option<f64>> {
        let began = now_ns();
        quiet.begin();
        let told = |cores| progress.waits(cores);
        let mut losses = Losses::waiting(quiet, last, &told)?;
        let group = self.plan.groups[block.group].clone();
        let variant = self.variant(block);
        let end = block.turns.len() - 1;
        let (mut probes, mut digest) = ([None::<Probed>; 2], None);
        for (place, planned) in block.turns.iter().enumerate() {
            let probe = match place {
                0 => ProbeAt::Start,
                _ if place == end => ProbeAt::End,
                _ => ProbeAt::Never,
            };
            let role = role(*planned);
            progress.now(&group, role);
            let (launch, wanted) = self.wanted(&group, role, variant, &digest)?;
            let regime = regime(&self.plan, &self.lines, block.group);
            let measure = Measure { regime, ..self.plan.measure.clone() };
            let [start, run] = [self.plan.start_limit_s, self.plan.limit_s].map(Duration::from_secs);
            let patience = Patience { start, run, until_ns: Some(until_ns) };
            let take = || turn(launch, &wanted, &measure, patience, probe);
            let taken = losses.turn(quiet, &told, || {
                let taken = take()?;
                Ok(Taken { outcome: agree(taken.outcome, &mut digest), ..taken })
            })?;
            if now_ns() >= until_ns {
                return Ok(None);
            }
            if taken.probe.is_some() {
                probes[usize::from(place == end)] = taken.probe;
            }
            let void = place == 0 && matches!(taken.outcome, Outcome::Refused { .. });
            self.note(Line::Turn(TurnLine {
                block: number,
                group: block.group,
                role,
                variant,
                turn_ns: taken.turn_ns,
                regime,
                outcome: taken.outcome,
            }))?;
            if void {
                break;
            }
        }
        self.note(Line::Block(BlockLine {
            block: number,
            group: block.group,
            block_ns: (now_ns() - began).saturating_sub(losses.ns).max(1),
            lost_ns: losses.ns,
            repeated: losses.repeated,
            foreign_cores: losses.foreign.cores(),
            probe_before: probes[0],
            probe_after: probes[1],
        }))?;
        Ok(Some(losses.last))
    }

    fn note(&mut self, line: Line) -> Result<()> {
        self.run.append(&line)?;
        self.lines.push(line);
        Ok(())
    }

    /// The request of a turn, and its worker. A peer has only the answers of its table, so at other points it gets the
    /// digest of the baseline's result, which was compared with the reference.
    fn wanted(
        &self,
        group: &Group,
        role: Role,
        variant: u32,
        digest: &Option<String>,
    ) -> Result<(&Launch, Prepare)> {
        let family = match role {
            Role::Technique(cell) => &group.cells[cell].family,
            Role::Baseline | Role::Twin => &group.baseline,
        };
        let launch = self.fleet.launches.get(family);
        let launch = launch.with_context(|| format!("the family '{family}' has no worker here"))?;
        let wanted = Prepare {
            workload: group.workload.clone(),
            case: group.case.clone(),
            technique: group.asked(role).to_owned(),
            size: group.size,
            variant,
            workers: group.workers,
            turns: group.point.as_ref().and_then(|point| point.turns),
            units: group.point.as_ref().and_then(|point| point.units),
            answer: None,
        };
        let is_in_table = (wanted.turns, wanted.units) == (None, None);
        let answer = digest.clone().filter(|_| family == PEERS && !is_in_table);
        Ok((launch, Prepare { answer, ..wanted }))
    }
}

/// The time beyond the budget that the block under way gets to end.
fn grace_s(budget_s: f64) -> f64 {
    (budget_s / 10.0).max(30.0)
}

fn nanoseconds(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

fn role(turn: Turn) -> Role {
    match turn {
        Turn::Baseline => Role::Baseline,
        Turn::Twin => Role::Twin,
        Turn::Technique(cell) => Role::Technique(cell),
    }
}

fn technique(role: Role) -> Option<usize> {
    if let Role::Technique(cell) = role { Some(cell) } else { None }
}
