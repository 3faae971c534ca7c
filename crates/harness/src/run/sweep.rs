//! Running a sweep: a run with a plan from another verb, whose groups are points that are visited round by round.

use super::plan::identify;
use super::start::{self, Start};
use super::{again, carry_out};
use crate::exit::Exit;
use crate::fleet::{Fleet, FleetArgs, Wanted};
use crate::say::say;
use crate::table::Format;
use crate::workspace::{profile, workspace};
use crate::{environment, machine_lock, report};
use anyhow::{Result, ensure};
use parallax_record::plan::Plan;
use std::path::PathBuf;
use std::time::Duration;

/// The options of a verb that makes its own plan.
pub struct Planned<'a> {
    /// The command that continues the run, up to `--resume`.
    pub command: &'a str,
    /// Which workers to use.
    pub fleet: &'a FleetArgs,
    /// The workers that a new run needs; a continued one needs those of its plan.
    pub wanted: Wanted,
    /// The run to continue, if any; the newest where none is named.
    pub resume: Option<Option<PathBuf>>,
    /// The folder of a new run, if it is not the usual one.
    pub out: Option<PathBuf>,
    /// A budget to replace that of the plan.
    pub budget: Option<Duration>,
    /// How to print it.
    pub format: Format,
    /// Makes the plan of a new run.
    pub plan: &'a dyn Fn(&Fleet) -> Result<Plan>,
}

/// Measures a new sweep, or continues one, and prints it.
///
/// # Errors
///
/// If its folder cannot be used, it cannot be planned, or the run to continue is not a sweep.
pub fn sweep(planned: Planned) -> Result<Exit> {
    let start = Start::of(planned.resume.as_ref(), planned.out.as_ref())?;
    let _alone = machine_lock::take()?;
    let wanted = match &start {
        Start::Again(plan, run) => {
            let shown = run.folder().display();
            ensure!(
                plan.sweep.is_some(),
                "{shown} is not a sweep; `cargo xtask bench --resume` continues it"
            );
            Wanted::Families(plan.families().map(str::to_owned).collect())
        }
        Start::Anew(_) => planned.wanted,
    };
    let fleet = Fleet::collect_for(planned.fleet, &wanted)?;
    for (worker, why) in &fleet.absent {
        say(&format!("without {worker}: {why}"));
    }
    let mut environment = environment::read(workspace(), profile());
    let began = environment.moment.clone();
    let budget_s = planned.budget.map(|budget| budget.as_secs_f64());
    let begun = match start {
        Start::Again(plan, run) => {
            start::resume(&fleet, &mut environment, (*plan, run), budget_s, || Ok(None))?
        }
        Start::Anew(place) => {
            let plan = (planned.plan)(&fleet)?;
            identify(&mut environment, &fleet, &plan);
            start::create(place, plan, &fleet, &environment)?
        }
    };
    let print = |summary: &_, folder: &std::path::Path| {
        report::print(summary, folder, planned.format, &report::Detail::default())
    };
    carry_out(begun, &mut environment, began, &again(planned.command, planned.fleet), print)
}
