//! The verb `cost`: what each technique of a run costs in addition to its time, and which are worth a higher cost.
//!
//! Costs that the sources and cargo show are looked up with each run; those that need a clean build are measured on
//! request, and kept.

mod compiled;
mod graph;
mod known;
mod lines;
mod python;
mod reach;
mod tree;

use anyhow::Result;
use compiled::Compiled;
use graph::Graph;
use known::{Known, sources_of};
use parallax_harness::costs::Costed;
use parallax_harness::fleet::{Fleet, FleetArgs, Wanted};
use parallax_harness::say::say;
use parallax_harness::table::FormatOption;
use parallax_harness::{interrupt, journal, machine_lock, report, run, sources};
use parallax_record::environment::Environment;
use parallax_record::name::{BASELINE, PEERS};
use parallax_record::plan::Plan;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

/// Compare each technique's speed with its other costs: lines, unsafe, dependencies, build, size, memory
#[derive(Debug, clap::Args)]
pub(crate) struct CostArgs {
    /// The run's folder or name; the newest if none is given
    run: Option<PathBuf>,
    /// Measure build time and size, by a clean build with one job (many minutes); kept for later runs
    #[arg(long, conflicts_with = "no_build")]
    build: bool,
    #[command(flatten)]
    fleet: FleetArgs,
    #[command(flatten)]
    form: FormatOption,
}

/// Runs the verb.
pub(crate) fn cost(args: &CostArgs) -> Result<ExitCode> {
    interrupt::listen();
    let folder = journal::find(args.run.as_deref())?;
    let plan = journal::read_plan(&folder)?;
    let environment: Environment = journal::read_json(&folder, "env.json")?;
    let _alone = if args.build { Some(machine_lock::take()?) } else { None };
    let peers = args.fleet.peers || plan.families().any(|family| family == PEERS);
    let wanted = Wanted::Families(plan.families().map(str::to_owned).collect());
    let fleet = Fleet::collect_for(&FleetArgs { peers, ..args.fleet.clone() }, &wanted)?;
    if args.build {
        let mut built = sources_of(&fleet, &plan);
        built.retain(|family, _| fleet.built.contains(family));
        Compiled::measure(&built, &Graph::read()?)?;
    }
    let mut now = sources::of_plan(&fleet, &plan, &environment.build);
    now.retain(|family, _| family == PEERS || fleet.built.contains(family));
    for family in changed(&now, &environment) {
        say(&format!("the source of {family} has changed since the run; its costs are of the new source"));
    }
    report::costs::print(&run::keep_costs(&folder, &of(&fleet, &plan))?, args.form.format)?;
    Ok(ExitCode::SUCCESS)
}

/// The families whose source is known to differ from the run's.
fn changed<'a>(now: &'a BTreeMap<String, Option<String>>, then: &Environment) -> Vec<&'a str> {
    let differs = |(family, now): (&'a String, &Option<String>)| {
        let then = then.sources.get(family)?.as_ref()?;
        now.as_ref().is_some_and(|now| now != then).then_some(family.as_str())
    };
    now.iter().filter_map(differs).collect()
}

/// The costs of each cell of a plan.
pub(crate) fn of(fleet: &Fleet, plan: &Plan) -> Vec<Costed> {
    let known = Known::of(fleet, plan);
    let (mut costs, mut seen) = (Vec::new(), BTreeSet::new());
    for group in &plan.groups {
        let techniques = group.cells.iter().map(|cell| (cell.technique.as_str(), cell.family.as_str()));
        for (technique, family) in techniques.chain([(BASELINE, group.baseline.as_str())]) {
            let cell = [group.workload.as_str(), &group.case, technique, family];
            // a plan may have a cell at several sizes
            if seen.insert(cell) {
                costs.push(known.costed(fleet, cell));
            }
        }
    }
    costs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_source_that_is_known_to_differ_is_told() {
        let of = |all: &[(&str, Option<&str>)]| -> BTreeMap<String, Option<String>> {
            all.iter().map(|(family, hash)| ((*family).to_owned(), hash.map(str::to_owned))).collect()
        };
        let then = Environment {
            sources: of(&[("a", Some("1")), ("b", Some("1")), ("c", None)]),
            ..Environment::default()
        };
        let now = of(&[("a", Some("1")), ("b", Some("2")), ("c", Some("1")), ("d", Some("1"))]);
        assert_eq!(changed(&now, &then), ["b"]);
    }
}
