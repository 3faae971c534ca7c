//! The verb `bench`: block after block until every interval is narrow or the time is over.

mod start;

use crate::exit::Exit;
use anyhow::Result;
use parallax_harness::bench::Bench;
use parallax_harness::fleet::Wanted;
use parallax_harness::fleet::{Fleet, FleetArgs};
use parallax_harness::plan::{self, Selection};
use parallax_harness::say::say;
use parallax_harness::shell::quoted;
use parallax_harness::worker::Interrupted;
use parallax_harness::workspace::workspace;
use parallax_harness::{
    environment,
    filter::Filter,
    forecast, identity, interrupt, machine_lock, preview, report, sources, store, summary,
    table::{Format, FormatOption},
    units, workers,
};
use parallax_record::environment::Environment;
use parallax_record::journal::{Line, TurnLine};
use parallax_record::machine::Session;
use parallax_record::plan::{Mode, Plan};
use parallax_record::summary::Summary;
use parallax_runner::clock::now_ns;
use parallax_suite::Size;
use start::{Start, what_to_measure};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Measure techniques against each other and against the baseline
#[derive(Debug, clap::Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    fleet: FleetArgs,
    /// Every technique of each workload's first case, and not the headline alone; -w takes other cases too
    #[arg(long)]
    all: bool,
    /// Only what has changed since it was measured on this machine, each with its baseline
    #[arg(long, conflicts_with = "resume")]
    changed: bool,
    /// Measure nothing: say how long a block takes, how many the budget gives and how narrow it gets
    #[arg(long, conflicts_with_all = ["resume", "out"])]
    dry_run: bool,
    /// Size of the inputs: tiny, small, headline, medium or large [default: headline]
    #[arg(long)]
    size: Option<Size>,
    /// Wall time for the whole run, such as 90s, 5m or 1h [default: 5m]
    #[arg(long, value_parser = units::budget, allow_hyphen_values = true)]
    budget: Option<Duration>,
    /// Half-width of an interval that is narrow enough, such as 2% [default: 2%]
    #[arg(long, value_parser = parse_precision)]
    precision: Option<f64>,
    /// How many workers a technique may use, such as 2 or 1,2,4 [default: all cores]
    #[arg(long, value_delimiter = ',', value_parser = workers::parse)]
    workers: Vec<usize>,
    /// About a minute on small inputs; indicative only
    #[arg(long, conflicts_with = "thorough")]
    quick: bool,
    /// About an hour, and narrower intervals
    #[arg(long)]
    thorough: bool,
    /// Go on with a run that was interrupted: its folder or name; the newest if none is given
    #[arg(long, value_name = "RUN", num_args = 0..=1)]
    resume: Option<Option<PathBuf>>,
    /// Folder for the run's files [default: target/parallax/<time>]
    #[arg(long, conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// The longest that a worker may take over one request before it is ended [default: by size]
    #[arg(long, value_parser = units::budget)]
    limit: Option<Duration>,
    /// The longest that it may take to start a technique and load its input [default: 5m, or more by size]
    #[arg(long, value_parser = units::budget)]
    start_limit: Option<Duration>,
    /// Seed of the order in which cells are measured
    #[arg(long, conflicts_with = "resume")]
    seed: Option<u64>,
    #[command(flatten)]
    detail: report::Detail,
    #[command(flatten)]
    form: FormatOption,
}

impl BenchArgs {
    /// Whether an option was given that makes another plan than the usual one.
    fn plans_anything(&self) -> bool {
        self.size.is_some()
            || self.precision.is_some()
            || self.quick
            || self.thorough
            || !self.workers.is_empty()
            || self.limit.is_some()
            || self.start_limit.is_some()
            || self.all
            || self.filter.says_anything()
    }

    /// Whether any option was given that is about measuring.
    pub(crate) fn says_anything(&self) -> bool {
        self.plans_anything()
            || self.budget.is_some()
            || self.out.is_some()
            || self.seed.is_some()
            || self.resume.is_some()
            || self.changed
            || self.dry_run
            || self.fleet.peers
            || self.fleet.no_build
            || self.detail.wide
            || self.detail.baseline.is_some()
    }

    /// The workers that the user names.
    pub(crate) fn named_workers(&self) -> &[PathBuf] {
        &self.fleet.programs
    }

    /// The form that what is printed has.
    pub(crate) fn format(&self) -> Format {
        self.form.format
    }
}

fn parse_precision(text: &str) -> Result<f64, String> {
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 0.01));
    match number.trim().parse::<f64>() {
        Ok(value) if (0.0005..=0.5).contains(&(value * scale)) => Ok(value * scale),
        _ => Err(format!("invalid precision '{text}'; give a half-width from 0.05% to 50%, such as 2%")),
    }
}

/// Runs the verb.
pub(crate) fn bench(args: &BenchArgs) -> Result<ExitCode> {
    interrupt::listen();
    if args.dry_run {
        let _alone = machine_lock::take()?;
        return dry_run(args);
    }
    let report =
        |summary: &Summary, folder: &Path| report::print(summary, folder, args.form.format, &args.detail);
    Ok(measure(args, None, report)?.into())
}

/// Measures as the arguments say, keeps the run, and hands its summary and folder to what prints it. Builds the workers
/// that are `wanted`, or those that the arguments need.
pub(crate) fn measure(
    args: &BenchArgs,
    wanted: Option<Wanted>,
    report: impl Fn(&Summary, &Path) -> Result<()>,
) -> Result<Exit> {
    // What is wrong with the folder is told before anything is built.
    let start = Start::of(args)?;
    // Building would disturb another run as well.
    let _alone = machine_lock::take()?;
    let fleet = collect(args, &wanted.unwrap_or_else(|| start.wanted(args)))?;
    let mut environment = environment::read(workspace(), "release");
    let began = environment.moment.clone();
    let Some((folder, mut bench)) = start.begin(args, &fleet, &mut environment)? else {
        return Ok(Exit::Done);
    };
    let ended = bench.measure();
    let rests = ended.as_deref().ok();
    environment.sessions.push(Session { began, ended: environment::moment() });
    let summary = summary::of(&bench.plan, &environment, &bench.limits, &bench.lines, rests, &[]);
    let kept = bench.run.finish(rests, &environment, &summary);
    // The report comes first: where nothing can be written, it is all that is left of what was measured.
    let printed = report(&summary, &folder);
    match ended {
        Err(why) if why.is::<Interrupted>() => {
            say(&format!("interrupted; go on with `cargo xtask bench --resume {}`", quoted(&folder)));
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

/// What a run says to a script: that a result was wrong comes before that there is no number.
fn judge(bench: &Bench, summary: &Summary) -> Exit {
    let nothing = nothing_measured(summary);
    if let Some(why) = &nothing {
        say(&format!("nothing was measured: {why}"));
    }
    // In the journal, since the baseline's own wrong result voids its blocks and stands in no row.
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

fn selection(args: &BenchArgs) -> Selection<'_> {
    Selection { filter: &args.filter, all: args.all }
}

/// The workers, with a first look at what is built soon.
fn collect(args: &BenchArgs, wanted: &Wanted) -> Result<Fleet> {
    if !args.dry_run {
        preview::look(&args.fleet, wanted, selection(args))?;
    }
    let fleet = Fleet::muster_for(&args.fleet, wanted)?;
    for (worker, why) in &fleet.absent {
        say(&format!("without {worker}: {why}"));
    }
    Ok(fleet)
}

/// Says what a run would give, and writes nothing.
fn dry_run(args: &BenchArgs) -> Result<ExitCode> {
    let fleet = collect(args, &selection(args).wanted())?;
    let mut environment = environment::read(workspace(), "release");
    let plan = make_plan(args, &fleet)?;
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

fn make_plan(args: &BenchArgs, fleet: &Fleet) -> Result<Plan> {
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
        groups,
    })
}

/// Adds what measures to what is known of the machine.
fn identify(environment: &mut Environment, fleet: &Fleet, plan: &Plan) {
    environment.workers = identity::workers(fleet, plan);
    environment.sources = sources::of_plan(fleet, plan, &environment.build);
    environment.peers = identity::peers(plan);
}
