//! The verb `bench`: block after block until every interval is narrow or the time is over.

use crate::analysis::{analyse, regime, schedule as scheduler_view};
use crate::environment::{Environment, cpu_times};
use crate::fleet::{self, Fleet, FleetArgs};
use crate::journal::{self, BlockLine, Line, Role, Run, TurnLine};
use crate::load::Load;
use crate::plan::{self, Group, Mode, Plan};
use crate::preview;
use crate::progress::Progress;
use crate::shell::quoted;
use crate::turn::{Outcome, Patience, ProbeAt, agree, turn};
use crate::worker::{Interrupted, Launch};
use crate::{
    filter::Filter, identity, interrupt, limits, report, summary, table::FormatOption, units, workers,
};
use anyhow::{Context, Result, bail};
use parallax_limits::Limit;
use parallax_method::schedule::{self, Next, Rest, Rotation, Turn};
use parallax_runner::clock::now_ns;
use parallax_runner::protocol::{Measure, Prepare, Probed};
use parallax_suite::Size;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// The exit status of a run in which no technique got a number.
const NOTHING_MEASURED: u8 = 2;

/// The machine's limits are measured at both ends of a run, and so many times in all, if they are that long apart.
const LIMITS_TIMES: f64 = 5.0;
const LIMITS_APART_S: f64 = 60.0;

/// They are measured once only where that takes more than this share of the budget.
const LIMITS_SHARE: f64 = 0.1;

/// The most of what is left of the budget that they may take the first time.
const LIMITS_FIRST_SHARE: f64 = 0.25;

/// Less time than this is not enough to measure them.
const LEAST_FOR_LIMITS: Duration = Duration::from_secs(3);

/// Measure techniques against each other and against the baseline
#[derive(Debug, clap::Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    fleet: FleetArgs,
    /// Size of the inputs: tiny, small, medium or large [default: each workload's own]
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
    // What is wrong with the folder is told before anything is built.
    let place = match &args.resume {
        Some(run) => {
            journal::read_plan(&journal::find(run.as_deref())?)?;
            None
        }
        None => {
            let folder = args.out.clone().unwrap_or_else(|| journal::home().join(now_name()));
            Some(journal::Place::new(folder)?)
        }
    };
    preview::look(&args.fleet, &args.filter)?;
    let fleet = Fleet::muster(&args.fleet)?;
    for (worker, why) in &fleet.absent {
        crate::say(&format!("without {worker}: {why}"));
    }
    let mut environment = Environment::read(crate::workspace(), "release");
    let (folder, mut bench) = match place {
        None => resume(args, &fleet, &mut environment, args.resume.as_ref().and_then(Option::as_deref))?,
        Some(place) => {
            let plan = make_plan(args, &fleet)?;
            identify(&mut environment, &fleet, &plan);
            let folder = place.folder().to_owned();
            let run = Run::create(place, &plan, &environment)?;
            let (limits, lines) = (Vec::new(), Vec::new());
            (folder, Bench { plan, run, limits, lines, fleet: &fleet, spent_before_s: 0.0 })
        }
    };
    let ended = bench.measure();
    let rests = ended.as_deref().ok();
    let summary = summary::of(&bench.plan, &environment, &bench.limits, &bench.lines, rests);
    let kept = bench.run.finish(rests, &summary);
    // The report comes first: where nothing can be written, it is all that is left of what was measured.
    let printed = report::print(&summary, &folder, args.form.format, &args.detail);
    match ended {
        Err(why) if why.is::<Interrupted>() => {
            crate::say(&format!("interrupted; go on with `cargo xtask bench --resume {}`", quoted(&folder)));
            kept.and(printed)?;
            Ok(ExitCode::from(interrupt::STATUS))
        }
        Err(why) => Err(why),
        Ok(_) => {
            kept.and(printed)?;
            Ok(match nothing_measured(&summary) {
                Some(why) => {
                    crate::say(&format!("nothing was measured: {why}"));
                    ExitCode::from(NOTHING_MEASURED)
                }
                None => ExitCode::SUCCESS,
            })
        }
    }
}

/// Why no technique has a number; none if one has.
fn nothing_measured(summary: &summary::Summary) -> Option<String> {
    let mut techniques = summary.cells.iter().filter(|row| row.technique != fleet::BASELINE);
    if techniques.clone().any(|row| row.ratio.is_some()) {
        return None;
    }
    let why = techniques.find_map(|row| Some(format!("{}: {}", row.technique, row.reason.as_ref()?)));
    Some(why.unwrap_or_else(|| "no technique was reached".into()))
}

/// A run under way.
struct Bench<'a> {
    plan: Plan,
    run: Run,
    limits: Vec<Limit>,
    lines: Vec<Line>,
    fleet: &'a Fleet,
    spent_before_s: f64,
}

impl Bench<'_> {
    /// Runs blocks until nothing is left that fits the budget; says why each cell got no more.
    fn measure(&mut self) -> Result<Vec<Vec<Rest>>> {
        if let Err(why) = cpu_times() {
            crate::say(&format!("{why:#}"));
        }
        let began = now_ns();
        let since_s = |then: u64| (now_ns() - then) as f64 / 1e9;
        self.limits = self.run.limits()?.unwrap_or_default();
        let patience_s = LIMITS_FIRST_SHARE * (self.plan.budget_s - self.spent_before_s);
        let tried = self.measure_limits(Duration::from_nanos(nanoseconds(patience_s)))?;
        let (once_s, mut limits_at) = (since_s(began), now_ns());
        // what measuring them at the end is going to take, where there is room for it
        let room = tried && once_s <= LIMITS_SHARE * self.plan.budget_s;
        let limits_s = room.then_some(once_s);
        let again = LEAST_FOR_LIMITS.max(Duration::from_nanos(nanoseconds(2.0 * once_s)));
        let apart_s = (self.plan.budget_s / (LIMITS_TIMES - 1.0)).max(LIMITS_APART_S);
        let mut progress = Progress::new(&self.plan);
        let first = self.lines.iter().map(|line| match line {
            Line::Turn(TurnLine { block, .. }) | Line::Block(BlockLine { block, .. }) => block + 1,
        });
        let (mut number, mut over) = (first.max().unwrap_or(0), false);
        loop {
            if limits_s.is_some() && since_s(limits_at) > apart_s {
                self.measure_limits(again)?;
                limits_at = now_ns();
            }
            let spent_s = self.spent_before_s + since_s(began);
            let left_s = self.plan.budget_s - spent_s - limits_s.unwrap_or_default();
            let groups = scheduler_view(&self.plan, &analyse(&self.plan, &self.lines));
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
                    over = !self.block(number, &block, until_ns, &progress)?;
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
            crate::say(
                "without the machine's limits: a quarter of the budget is too short for them; give more with --budget",
            );
            return Ok(false);
        }
        let (began, before) = (now_ns(), Load::now());
        let workers = self.plan.groups.iter().map(|group| group.workers).chain([1]).collect();
        match limits::measure(&launch.program, &workers, self.plan.mode.limit_samples(), patience) {
            Err(why) if !why.is::<Interrupted>() => {
                crate::say(&format!("without the machine's limits: {why:#}"));
            }
            measured => {
                let measured = measured?;
                // Samples of one moment agree with each other, disturbed as they may be: their interval tells nothing.
                let foreign_cores = Load::now().foreign_ns_since(&before) / (now_ns() - began) as f64;
                if foreign_cores > self.plan.exclusion.foreign_cores {
                    crate::say(
                        "the machine's limits were disturbed by other load and do not count this time",
                    );
                } else {
                    parallax_limits::add(&mut self.limits, measured);
                    self.run.keep_limits(&self.limits)?;
                }
            }
        }
        Ok(true)
    }

    /// The variant of a group's next block, by what the blocks before it ran.
    fn variant(&self, block: &schedule::Block) -> u32 {
        let mut rotation = Rotation::default();
        for (of, turns) in journal::blocks(&self.lines) {
            let Some(variant) = turns.first().map(|turn| turn.variant) else { continue };
            if of.group == block.group {
                rotation.note(variant, turns.iter().filter_map(|turn| technique(turn.role)));
            }
        }
        let techniques: Vec<usize> = block.turns.iter().filter_map(|turn| technique(role(*turn))).collect();
        rotation.next(plan::VARIANTS, &techniques)
    }

    /// Runs one block, turn by turn, and writes each down as it ends. Without its first baseline it is void, and ends.
    /// One that is not done by `until_ns` is given up and does not count: what it costs was not known, and the budget
    /// is. Says whether it was done.
    fn block(
        &mut self,
        number: u64,
        block: &schedule::Block,
        until_ns: u64,
        progress: &Progress,
    ) -> Result<bool> {
        let (began, before) = (now_ns(), Load::now());
        let group = self.plan.groups[block.group].clone();
        let variant = self.variant(block);
        let last = block.turns.len() - 1;
        let (mut probes, mut digest) = ([None::<Probed>; 2], None);
        for (place, planned) in block.turns.iter().enumerate() {
            let probe = match place {
                0 => ProbeAt::Start,
                _ if place == last => ProbeAt::End,
                _ => ProbeAt::Never,
            };
            let role = role(*planned);
            progress.now(&group, role);
            let (launch, wanted) = self.wanted(&group, role, variant)?;
            let regime = regime(&self.plan, &self.lines, block.group);
            let measure = Measure { regime, ..self.plan.measure.clone() };
            let [start, run] = [self.plan.start_limit_s, self.plan.limit_s].map(Duration::from_secs);
            let patience = Patience { start, run, until_ns: Some(until_ns) };
            let taken = turn(launch, &wanted, &measure, patience, probe)?;
            if now_ns() >= until_ns {
                return Ok(false);
            }
            if taken.probe.is_some() {
                probes[usize::from(place == last)] = taken.probe;
            }
            let outcome = agree(taken.outcome, &mut digest);
            let void = place == 0 && matches!(outcome, Outcome::Refused { .. });
            self.note(Line::Turn(TurnLine {
                block: number,
                group: block.group,
                role,
                variant,
                turn_ns: taken.turn_ns,
                regime,
                outcome,
            }))?;
            if void {
                break;
            }
        }
        let block_ns = now_ns() - began;
        self.note(Line::Block(BlockLine {
            block: number,
            group: block.group,
            block_ns,
            foreign_cores: Load::now().foreign_ns_since(&before) / block_ns as f64,
            probe_before: probes[0],
            probe_after: probes[1],
        }))?;
        Ok(true)
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
            technique: group.technique(role).to_owned(),
            size: group.size,
            variant,
            workers: group.workers,
            turns: None,
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

fn make_plan(args: &BenchArgs, fleet: &Fleet) -> Result<Plan> {
    let mode = match (args.quick, args.thorough) {
        (true, _) => Mode::Quick,
        (_, true) => Mode::Thorough,
        _ => Mode::Default,
    };
    let (size, budget_s, precision, measure) = mode.defaults();
    let size = args.size.or(size);
    let workers = match args.workers.is_empty() {
        true => vec![workers::cores()],
        false => workers::each_once(&args.workers),
    };
    let chosen = fleet.choose_headline(&args.filter)?;
    let groups = plan::groups(fleet, &chosen, size, &workers)?;
    let longest = |of: fn(Size) -> u64| groups.iter().map(|group| of(group.size)).max().unwrap_or_default();
    let seconds =
        |given: Option<Duration>, of| given.map_or_else(|| longest(of), |limit| limit.as_secs().max(1));
    Ok(Plan {
        schema: plan::SCHEMA,
        mode,
        budget_s: args.budget.map_or(budget_s, |budget| budget.as_secs_f64()),
        rules: parallax_method::estimate::Rules {
            half_width: args.precision.unwrap_or(precision),
            ..Default::default()
        },
        measure,
        exclusion: plan::EXCLUSION,
        limit_s: seconds(args.limit, plan::limit_s),
        start_limit_s: seconds(args.start_limit, plan::start_limit_s),
        seed: args.seed.unwrap_or_else(now_ns),
        groups,
    })
}

/// Adds what measures to what is known of the machine.
fn identify(environment: &mut Environment, fleet: &Fleet, plan: &Plan) {
    environment.workers = identity::workers(fleet, plan);
    environment.peers = identity::peers(plan);
}

/// Opens a run to go on with it, if plan and machine are still the same.
fn resume<'a>(
    args: &BenchArgs,
    fleet: &'a Fleet,
    environment: &mut Environment,
    run: Option<&std::path::Path>,
) -> Result<(PathBuf, Bench<'a>)> {
    let folder = journal::find(run)?;
    let mut plan = journal::read_plan(&folder)?;
    let then: Environment = journal::read_json(&folder, "env.json")?;
    identify(environment, fleet, &plan);
    let differs = then.key().differences(&environment.key());
    if !differs.is_empty() {
        let differs: Vec<String> = differs.iter().map(ToString::to_string).collect();
        bail!("the machine or the build is not the one of this run: {}; start a new run", differs.join(", "));
    }
    let says_anything = args.size.is_some()
        || args.precision.is_some()
        || args.quick
        || args.thorough
        || !args.workers.is_empty()
        || args.limit.is_some()
        || args.start_limit.is_some()
        || args.filter.says_anything();
    if says_anything {
        let differs = plan::differences(&plan, &make_plan(args, fleet)?);
        if !differs.is_empty() {
            bail!("the plan of this run is another: {} differ; leave the options out", differs.join(", "));
        }
    }
    if let Some(budget) = args.budget {
        plan.budget_s = budget.as_secs_f64();
    }
    let (run, lines) = Run::resume(&folder, &plan)?;
    let spent_s = |line: &Line| match line {
        Line::Turn(turn) => turn.turn_ns as f64 / 1e9,
        Line::Block(_) => 0.0,
    };
    let spent_before_s = lines.iter().map(spent_s).sum();
    Ok((folder, Bench { plan, run, limits: Vec::new(), lines, fleet, spent_before_s }))
}

/// A name for a run that sorts by time.
fn now_name() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H-%M-%SZ").to_string()
}
