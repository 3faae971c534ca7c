//! Making the plan of a bench from its arguments and the workers' cells.

use super::args::BenchArgs;
use crate::fleet::Fleet;
use crate::plan::{self, Selection};
use crate::{identity, sources, workers};
use anyhow::Result;
use parallax_record::environment::Environment;
use parallax_record::plan::{Mode, Plan};
use parallax_runner::clock::now_ns;
use parallax_suite::Size;
use std::time::Duration;

/// The selection of cells in the arguments.
pub(super) fn selection(args: &BenchArgs) -> Selection<'_> {
    Selection { filter: &args.filter, all: args.all }
}

/// The plan.
///
/// # Errors
///
/// If nothing is left to measure.
pub(super) fn make_plan(args: &BenchArgs, fleet: &Fleet) -> Result<Plan> {
    let mode = match (args.quick, args.thorough) {
        (true, _) => Mode::Quick,
        (_, true) => Mode::Thorough,
        _ => Mode::Default,
    };
    let (size, budget_s, precision, measure) = mode.defaults();
    let size = args.size.unwrap_or(size);
    let workers = match args.workers.is_empty() {
        true => vec![workers::cores()],
        false => workers::each_once(&args.workers),
    };
    let chosen = selection(args).choose(fleet)?;
    let groups = plan::groups(fleet, &chosen, size, &workers)?;
    let longest = |of: fn(Size) -> u64| groups.iter().map(|group| of(group.size)).max().unwrap_or_default();
    let seconds =
        |given: Option<Duration>, of| given.map_or_else(|| longest(of), |limit| limit.as_secs().max(1));
    Ok(Plan {
        schema: parallax_record::plan::SCHEMA,
        mode,
        budget_s: args.budget.map_or(budget_s, |budget| budget.as_secs_f64()),
        rules: parallax_method::Rules {
            half_width: args.precision.unwrap_or(precision),
            ..Default::default()
        },
        measure,
        exclusion: parallax_record::plan::EXCLUSION,
        limit_s: seconds(args.limit, parallax_record::plan::limit_s),
        start_limit_s: seconds(args.start_limit, parallax_record::plan::start_limit_s),
        seed: args.seed.unwrap_or_else(now_ns),
        left_out: fleet.left_out.clone(),
        hosts: fleet.hosts.clone(),
        sweep: None,
        groups,
    })
}

/// Adds the identity of the workers to the environment.
pub(super) fn identify(environment: &mut Environment, fleet: &Fleet, plan: &Plan) {
    environment.workers = identity::workers(fleet, plan);
    environment.sources = sources::of_plan(fleet, plan, &environment.build);
    environment.peers = identity::peers(plan);
}
