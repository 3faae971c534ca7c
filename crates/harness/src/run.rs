//! The verb `bench`: block after block until all that can be decided is decided, or the time is over.

mod args;
mod plan;
mod start;
mod sweep;

pub use args::{Aim, BenchArgs, NOT_OF_OWN_WORK};
pub use sweep::{Planned, sweep};

use crate::bench::Bench;
use crate::costs::{self, Costed, Costing};
use crate::exit::Exit;
use crate::fleet::{Fleet, FleetArgs, Wanted};
use crate::say::say;
use crate::shell::quoted;
use crate::table::Format;
use crate::worker::Interrupted;
use crate::workspace::{self, command, profile, workspace};
use crate::{environment, forecast, interrupt, journal, machine_lock, preview, report, store, summary};
use anyhow::Result;
use parallax_record::environment::Environment;
use parallax_record::journal::{Line, TurnLine};
use parallax_record::machine::{Moment, Session};
use parallax_record::summary::Summary;
use plan::{identify, make_plan, selection};
use start::{Begun, Start, what_to_measure};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

/// Runs the verb. `costing` finds out the costs of cells apart from time.
pub fn bench(args: &BenchArgs, costing: Costing) -> Result<ExitCode> {
    interrupt::listen();
    if args.dry_run {
        let _alone = machine_lock::take()?;
        return dry_run(args);
    }
    let report =
        |summary: &Summary, folder: &Path| report::print(summary, folder, args.form.format, &args.detail);
    Ok(measure(args, Aim::Best, costing, report)?.into())
}

/// Measures as the arguments say, stores the run, and passes its summary and folder to the function that prints them.
pub fn measure(
    args: &BenchArgs,
    aim: Aim,
    costing: Costing,
    report: impl Fn(&Summary, &Path) -> Result<()>,
) -> Result<Exit> {
    // Errors of the folder are reported before anything is built.
    let start = Start::of(args.resume.as_ref(), args.out.as_ref())?;
    // Building would disturb another run as well.
    let _alone = machine_lock::take()?;
    let wanted = match aim {
        Aim::Best => start.wanted(args),
        Aim::Builds => Wanted::Families(BTreeSet::new()),
    };
    let fleet = collect(args, &wanted)?;
    let mut environment = environment::read(workspace(), profile());
    let began = environment.moment.clone();
    let Some(begun) = start.begin(args, (aim, costing), &fleet, &mut environment)? else {
        return Ok(Exit::Done);
    };
    carry_out(begun, &mut environment, began, &again(command(), &args.fleet), report)
}

/// Measures a run that was begun, stores it, and passes it to `report`. `again` is the command that continues it.
fn carry_out(
    (folder, mut bench): Begun,
    environment: &mut Environment,
    began: Moment,
    again: &dyn Fn(&Path) -> String,
    report: impl Fn(&Summary, &Path) -> Result<()>,
) -> Result<Exit> {
    let ended = bench.measure();
    let rests = ended.as_deref().ok();
    environment.sessions.push(Session { began, ended: environment::moment() });
    let mut summary = summary::of(&bench.plan, environment, &bench.ceilings, &bench.lines, rests, &[]);
    costs::put(&mut summary, &bench.costs);
    let kept = bench.run.finish(rests, environment, &summary);
    // The report comes first: if nothing can be written, only the report is left of the run.
    let printed = report(&summary, &folder);
    match ended {
        Err(why) if why.is::<Interrupted>() => {
            say(&format!("interrupted; go on with {}", again(&folder)));
            kept.and(printed)?;
            Ok(Exit::Interrupted)
        }
        Err(why) => Err(why),
        Ok(_) => {
            kept.and(printed)?;
            Ok(judge(&bench, &summary))
        }
    }
}

/// The command that continues an interrupted run.
fn again<'a>(command: &'a str, fleet: &'a FleetArgs) -> impl Fn(&Path) -> String + 'a {
    let own = workspace::is_own() || fleet.programs.is_empty();
    let with = if own { "" } else { " and the same --worker" };
    move |folder| format!("`{command} --resume {}`{with}", quoted(folder))
}

/// Prints a run again, computed from its journal: that of a folder or name, or the newest.
///
/// # Errors
///
/// If there is no such run, or it is damaged.
pub fn show(run: Option<&Path>, format: Format, detail: &report::Detail) -> Result<()> {
    let folder = journal::find(run)?;
    report::print(&again_of(&folder)?, &folder, format, detail)
}

/// The summary of a run, computed again from its journal.
///
/// # Errors
///
/// If the run is damaged.
pub fn again_of(folder: &Path) -> Result<Summary> {
    let plan = journal::read_plan(folder)?;
    let environment: Environment = journal::read_json(folder, "env.json")?;
    let lines = journal::read_lines_of(folder, &plan)?;
    let ended = journal::read_rests(folder)?;
    let ceilings = journal::read_ceilings(folder)?;
    let mut summary = summary::of(&plan, &environment, &ceilings, &lines, ended.as_deref(), &[]);
    costs::put(&mut summary, &journal::read_costs(folder)?);
    Ok(summary)
}

/// Stores the costs of a run's cells with the run; returns its summary with them.
///
/// # Errors
///
/// If the run is damaged, or cannot be written.
pub fn keep_costs(folder: &Path, costs: &[Costed]) -> Result<Summary> {
    journal::write_json(folder, costs::FILE, &costs)?;
    let summary = again_of(folder)?;
    journal::write_json(folder, "summary.json", &summary)?;
    Ok(summary)
}

/// The exit status of a run: a wrong result comes before having no number.
fn judge(bench: &Bench, summary: &Summary) -> Exit {
    let nothing = nothing_measured(summary);
    if let Some(why) = &nothing {
        say(&format!("nothing was measured: {why}"));
    }
    // From the journal, since a wrong result of the baseline voids its blocks and is in no row.
    let wrong = bench.lines.iter().find_map(|line| match line {
        Line::Turn(turn) if turn.outcome.is_wrong() => Some(turn),
        _ => None,
    });
    match (wrong, nothing) {
        (Some(TurnLine { group, role, .. }), _) => {
            let group = &bench.plan.groups[*group];
            say(&format!("a result was wrong: {}/{}", group.work(), group.technique(*role)));
            Exit::Wrong
        }
        (None, Some(_)) => Exit::NothingMeasured,
        (None, None) => Exit::Done,
    }
}

/// The workers, after a first look at those that are built first.
fn collect(args: &BenchArgs, wanted: &Wanted) -> Result<Fleet> {
    if !args.dry_run {
        preview::look(&args.fleet, wanted, selection(args))?;
    }
    let fleet = Fleet::collect_for(&args.fleet, wanted)?;
    for (worker, why) in &fleet.absent {
        say(&format!("without {worker}: {why}"));
    }
    Ok(fleet)
}

/// Prints the forecast of a run, and writes nothing.
fn dry_run(args: &BenchArgs) -> Result<ExitCode> {
    let fleet = collect(args, &selection(args).wanted())?;
    let mut environment = environment::read(workspace(), profile());
    let plan = make_plan(args, &fleet)?;
    args.detail.check(&plan)?;
    identify(&mut environment, &fleet, &plan);
    let Some(plan) = what_to_measure(args, plan, &environment) else { return Ok(ExitCode::SUCCESS) };
    let runs = store::runs_of(&environment.key().machine());
    let mut known = forecast::known(&plan, &runs);
    forecast::try_the_rest(&plan, &fleet, &mut known)?;
    let expected = forecast::expect(&plan, &known);
    forecast::table(&plan, &known, &expected).print(args.form.format)?;
    say(&forecast::words(&plan, &expected));
    Ok(ExitCode::SUCCESS)
}

/// Why no technique has a number; none if one has.
fn nothing_measured(summary: &Summary) -> Option<String> {
    let mut techniques = summary.cells.iter().filter(|row| row.technique != parallax_record::name::BASELINE);
    if techniques.clone().any(|row| row.ratio.is_some()) {
        return None;
    }
    let why = techniques.find_map(|row| Some(format!("{}: {}", row.technique, row.reason.as_ref()?)));
    Some(why.unwrap_or_else(|| "no technique was reached".into()))
}
