//! The start of a run: a new one in a new folder, or the continuation of an old one.

use super::args::{Aim, BenchArgs};
use super::plan::{identify, make_plan, selection};
use crate::bench::Bench;
use crate::costs::{self, Costing};
use crate::fleet::{Fleet, Wanted};
use crate::journal::{self, Claimed, Run};
use crate::own::{self, OwnWork};
use crate::say::say;
use crate::share::Ceilings;
use crate::{changed, store, workspace};
use anyhow::{Result, bail, ensure};
use parallax_record::environment::Environment;
use parallax_record::journal::Line;
use parallax_record::plan::Plan;
use std::path::PathBuf;

/// The start of a run.
pub(super) enum Start {
    /// The continuation of an old run: its plan and its folder.
    Again(Box<Plan>, Claimed),
    /// A new run in a new folder.
    Anew(journal::Place),
}

impl Start {
    /// The start by these options; errors of the folder are found here.
    pub(super) fn of(resume: Option<&Option<PathBuf>>, out: Option<&PathBuf>) -> Result<Self> {
        match resume {
            Some(run) => {
                let run = Claimed::find(run.as_deref())?;
                Ok(Start::Again(Box::new(journal::read_plan(run.folder())?), run))
            }
            None => {
                let folder = out.cloned().unwrap_or_else(|| journal::home().join(store::now_name()));
                Ok(Start::Anew(journal::Place::new(folder)?))
            }
        }
    }

    /// The run and its folder; none where there is nothing to measure.
    pub(super) fn begin<'a>(
        self,
        args: &BenchArgs,
        (aim, costing): (Aim, Costing),
        fleet: &'a Fleet,
        environment: &mut Environment,
    ) -> Result<Option<(PathBuf, Bench<'a>)>> {
        let place = match self {
            Start::Again(plan, run) => {
                args.detail.check(&plan)?;
                let again =
                    || if args.plans_anything() { make_plan(args, fleet).map(Some) } else { Ok(None) };
                let budget_s = args.budget.map(|budget| budget.as_secs_f64());
                return resume(fleet, environment, (*plan, run), budget_s, again).map(Some);
            }
            Start::Anew(place) => place,
        };
        let plan = make_plan(args, fleet)?;
        args.detail.check(&plan)?;
        ensure!(
            aim != Aim::Builds || plan.groups.iter().any(|group| !group.pairs().is_empty()),
            "the two workers have no technique in common among the chosen ones; name two builds of one family other \
             than the baseline (`cargo xtask list --no-build --worker OLD --worker NEW` shows what they have)"
        );
        identify(environment, fleet, &plan);
        let Some(plan) = what_to_measure(args, plan, environment) else { return Ok(None) };
        let mut begun = create(place, plan, fleet, environment)?;
        let (folder, bench) = &mut begun;
        bench.costs = costing(fleet, &bench.plan);
        if !bench.costs.is_empty() {
            journal::write_json(folder, costs::FILE, &bench.costs)?;
        }
        if let Some(work) = OwnWork::of(fleet).filter(|_| workspace::is_own()) {
            journal::write_json(folder, own::FILE, &work)?;
        }
        Ok(Some(begun))
    }

    /// The workers that the run needs.
    pub(super) fn wanted(&self, args: &BenchArgs) -> Wanted {
        match self {
            Start::Again(plan, _) => Wanted::Families(plan.families().map(str::to_owned).collect()),
            Start::Anew(_) => selection(args).wanted(),
        }
    }
}

/// The plan, without unchanged cells if `--changed` is given; none if nothing is left of it.
pub(super) fn what_to_measure(args: &BenchArgs, plan: Plan, environment: &Environment) -> Option<Plan> {
    if !args.changed {
        return Some(plan);
    }
    let runs = store::runs_of(&environment.key().machine());
    let changed = changed::changed(&plan, environment, &runs);
    say(&changed.words());
    (!changed.groups.is_empty()).then_some(Plan { groups: changed.groups, ..plan })
}

/// A run and its folder.
pub(super) type Begun<'a> = (PathBuf, Bench<'a>);

/// Begins a run in the folder that was reserved for it.
pub(super) fn create<'a>(
    place: journal::Place,
    plan: Plan,
    fleet: &'a Fleet,
    environment: &Environment,
) -> Result<Begun<'a>> {
    let folder = place.folder().to_owned();
    let run = Run::create(place, &plan, environment)?;
    let (ceilings, lines) = (Ceilings::default(), Vec::new());
    Ok((folder, Bench { plan, run, ceilings, costs: Vec::new(), lines, fleet, spent_before_s: 0.0 }))
}

/// Opens a run to continue it, if machine and plan are still the same; `again` returns the plan that the options make,
/// where they make one.
pub(super) fn resume<'a>(
    fleet: &'a Fleet,
    environment: &mut Environment,
    (mut plan, run): (Plan, Claimed),
    budget_s: Option<f64>,
    again: impl FnOnce() -> Result<Option<Plan>>,
) -> Result<Begun<'a>> {
    let then: Environment = journal::read_json(run.folder(), "env.json")?;
    identify(environment, fleet, &plan);
    let differs = then.key().differences(&environment.key());
    if !differs.is_empty() {
        let differs: Vec<String> = differs.iter().map(ToString::to_string).collect();
        bail!("the machine or the build is not the one of this run: {}; start a new run", differs.join(", "));
    }
    if fleet.hosts != plan.hosts {
        let hosts =
            |of: &[String]| if of.is_empty() { "this machine alone".to_owned() } else { of.join(", ") };
        let (had, has) = (hosts(&plan.hosts), hosts(&fleet.hosts));
        bail!("this run used {had}, but now there is {has}; pass the --hosts that it used");
    }
    if let Some(again) = again()? {
        let differs = parallax_record::plan::differences(&plan, &again);
        if !differs.is_empty() {
            bail!("the options do not fit this run's plan: {} differ; leave them out", differs.join(", "));
        }
    }
    plan.budget_s = budget_s.unwrap_or(plan.budget_s);
    *environment = then; // the environment stays that of the first start
    let folder = run.folder().to_owned();
    let costs = journal::read_costs(&folder)?;
    let (run, lines) = Run::resume(run, &plan)?;
    let spent_s = |line: &Line| match line {
        Line::Turn(turn) => turn.turn_ns as f64 / 1e9,
        Line::Block(block) => block.lost_ns as f64 / 1e9,
        Line::Heap(heap) => heap.turn_ns as f64 / 1e9,
    };
    let spent_before_s = lines.iter().map(spent_s).sum();
    Ok((folder, Bench { plan, run, ceilings: Ceilings::default(), costs, lines, fleet, spent_before_s }))
}
