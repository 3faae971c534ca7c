//! Block after block until every interval is narrow or the time is over.

use crate::analysis::{analyse, regime};
use crate::environment::cpu_times;
use crate::fleet::{self, Fleet};
use crate::hosts;
use crate::journal::Run;
use crate::judgement::Judgement;
use crate::limits;
use crate::load::Load;
use crate::losses::Losses;
use crate::pace;
use crate::progress::Progress;
use crate::quiet::Quiet;
use crate::say::say;
use crate::share::{Ceilings, is_far};
use crate::turn::{Patience, ProbeAt, Taken, agree, turn};
use crate::worker::{Interrupted, Launch};
use anyhow::{Context, Result};
use parallax_method::schedule::{self, Next, Rest, Rotation, Turn};
use parallax_record::journal::Outcome;
use parallax_record::journal::{BlockLine, Line, Role, TurnLine};
use parallax_record::plan::{Group, Plan};
use parallax_runner::clock::now_ns;
use parallax_runner::protocol::{Measure, Prepare, Probed};
use std::time::Duration;

/// The machine's limits are measured at both ends of a run, and so many times in all, if they are that long apart.
const LIMITS_TIMES: f64 = 5.0;
const LIMITS_APART_S: f64 = 60.0;

/// They are measured once only where that takes more than this share of the budget.
const LIMITS_SHARE: f64 = 0.1;

/// The most of what is left of the budget that they may take the first time.
const LIMITS_FIRST_SHARE: f64 = 0.25;

/// How often the ways between hosts that were named are measured: each time takes some hundred messages there and back.
const NAMED_SAMPLES: usize = 5;

/// Less time than this is not enough to measure them.
const LEAST_FOR_LIMITS: Duration = Duration::from_secs(3);

/// A run under way.
pub struct Bench<'a> {
    /// What it was decided to be.
    pub plan: Plan,
    /// Where it is kept.
    pub run: Run,
    /// What the machine and the network allow at most, as far as it is measured.
    pub ceilings: Ceilings,
    /// All that has been measured.
    pub lines: Vec<Line>,
    /// Who measures.
    pub fleet: &'a Fleet,
    /// What it took before it was resumed, in seconds.
    pub spent_before_s: f64,
}

impl Bench<'_> {
    /// Runs blocks until nothing is left that fits the budget; says why each cell got no more.
    pub fn measure(&mut self) -> Result<Vec<Vec<Rest>>> {
        if let Err(why) = cpu_times() {
            say(&format!("{why:#}"));
        }
        let began = now_ns();
        let since_s = |then: u64| (now_ns() - then) as f64 / 1e9;
        self.ceilings = self.run.ceilings()?;
        let patience_s = LIMITS_FIRST_SHARE * (self.plan.budget_s - self.spent_before_s);
        let tried = self.measure_limits(Duration::from_nanos(nanoseconds(patience_s)))?;
        if tried {
            self.measure_network()?;
        }
        let (once_s, mut limits_at) = (since_s(began), now_ns());
        // what measuring them at the end is going to take, where there is room for it
        let room = tried && once_s <= LIMITS_SHARE * self.plan.budget_s;
        let limits_s = room.then_some(once_s);
        let again = LEAST_FOR_LIMITS.max(Duration::from_nanos(nanoseconds(2.0 * once_s)));
        let apart_s = (self.plan.budget_s / (LIMITS_TIMES - 1.0)).max(LIMITS_APART_S);
        let mut progress = Progress::new(&self.plan);
        let mut quiet = Quiet::new(self.plan.exclusion.foreign_cores, self.plan.budget_s, &self.lines);
        let mut last = None; // how many cores others kept busy during the last turn
        let first = self.lines.iter().map(|line| match line {
            Line::Turn(TurnLine { block, .. }) | Line::Block(BlockLine { block, .. }) => block + 1,
        });
        let (mut number, mut over) = (first.max().unwrap_or(0), false);
        loop {
            if limits_s.is_some() && since_s(limits_at) > apart_s {
                self.measure_limits(again)?;
                (limits_at, last) = (now_ns(), None);
            }
            let spent_s = self.spent_before_s + since_s(began);
            let left_s = self.plan.budget_s - spent_s - limits_s.unwrap_or_default();
            let facts = analyse(&self.plan, &self.lines);
            let groups = pace::groups(&self.plan, &facts, &Judgement::of(&facts));
            progress.update(&groups, left_s);
            let left_s = if over { 0.0 } else { left_s };
            match schedule::next(&groups, left_s, self.plan.seed, number) {
                Next::End(rests) => {
                    if limits_s.is_some() {
                        self.measure_limits(again)?;
                    }
                    return Ok(rests);
                }
                Next::Run(block) => {
                    let until_ns = now_ns().saturating_add(nanoseconds(left_s + grace_s(self.plan.budget_s)));
                    last = self.block(number, &block, until_ns, (&mut quiet, last), &progress)?;
                    over = last.is_none();
                }
            }
            progress.first_look(&analyse(&self.plan, &self.lines), &self.lines);
            number += 1;
        }
    }

    /// What the machine can do at most, added to what it could at other times of the run. A machine that does not tell
    /// costs the shares only. Says whether it was tried.
    fn measure_limits(&mut self, patience: Duration) -> Result<bool> {
        let Some(launch) = self.fleet.launches.get(fleet::BASELINE_FAMILY) else { return Ok(false) };
        if patience < LEAST_FOR_LIMITS {
            say(
                "without the machine's limits: a quarter of the budget is too short for them; give more with --budget",
            );
            return Ok(false);
        }
        let before = Load::now();
        let workers = self.plan.groups.iter().map(|group| group.workers).chain([1]).collect();
        match limits::measure(&launch.program, &workers, self.plan.mode.limit_samples(), patience) {
            Err(why) if !why.is::<Interrupted>() => {
                say(&format!("without the machine's limits: {why:#}"));
            }
            measured => {
                let measured = measured?;
                // Samples of one moment agree with each other, disturbed as they may be: their interval tells nothing.
                if Load::now().since(&before).cores() > self.plan.exclusion.foreign_cores {
                    say("the machine's limits were disturbed by other load and do not count this time");
                } else {
                    parallax_limits::add(&mut self.ceilings.limits, measured);
                    self.run.keep_ceilings(&self.ceilings)?;
                }
            }
        }
        Ok(true)
    }

    /// What the ways between hosts take, for the rows of techniques that have several: once in a run, between the hosts that
    /// were named, or as many processes on this machine. Where it cannot be measured, these rows have no share of it.
    fn measure_network(&mut self) -> Result<()> {
        let far = self.plan.groups.iter().filter(|group| group.cells.iter().any(|cell| is_far(&cell.family)));
        let workers = far.map(|group| group.workers).max().unwrap_or(0);
        if workers < 2 || self.ceilings.network.is_some() || !self.fleet.launches.contains_key(hosts::FAMILY)
        {
            return Ok(());
        }
        let (hosts, samples) = match self.plan.hosts.is_empty() {
            true => (workers, self.plan.mode.limit_samples()),
            false => (0, NAMED_SAMPLES),
        };
        match hosts::measure(self.fleet, hosts, samples) {
            Err(why) if !why.is::<Interrupted>() => say(&format!("without the network's limits: {why:#}")),
            measured => {
                self.ceilings.network = Some(measured?);
                self.run.keep_ceilings(&self.ceilings)?;
            }
        }
        Ok(())
    }

    /// The variant of a group's next block, by what the blocks before it ran.
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

    /// Runs one block, once it is quiet, turn by turn, and writes each down as it ends. Without its first baseline it is void, and ends.
    /// One that is not done by `until_ns` is given up and does not count: what it costs was not known, and the budget
    /// is. Gives how many cores others kept busy during its last turn; none if it was not done.
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
            let (launch, wanted) = self.wanted(&group, role, variant)?;
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

    fn wanted(&self, group: &Group, role: Role, variant: u32) -> Result<(&Launch, Prepare)> {
        let family = match role {
            Role::Technique(cell) => &group.cells[cell].family,
            Role::Baseline | Role::Twin => &group.baseline,
        };
        let launch = self.fleet.launches.get(family);
        let launch = launch.with_context(|| format!("the worker of the family '{family}' is not here"))?;
        let wanted = Prepare {
            workload: group.workload.clone(),
            case: group.case.clone(),
            technique: group.asked(role).to_owned(),
            size: group.size,
            variant,
            workers: group.workers,
            turns: None,
            units: None,
            answer: None,
        };
        Ok((launch, wanted))
    }
}

/// Beyond the budget, what the block that is under way gets to end in.
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
