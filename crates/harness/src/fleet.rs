//! The fleet: all workers that can be started, built from the workspace or named by the user.

mod build;
mod fixtures;
mod notice;
mod tools;
mod wanted;
mod workspace;

pub use build::{baseline, building, features};
pub use wanted::Wanted;
pub(crate) use workspace::Workspace;

use crate::filter::{Compiled, Filter, Names};
use crate::hosts;
use crate::peers;
use crate::worker::{Launch, Launches, Worker, adopt_orphans};
use anyhow::{Result, bail};
use parallax_record::name::CellId;
use parallax_record::name::ensure_name;
use parallax_runner::protocol::{CellInfo, Reply, Request, VERSION};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// How long a worker may take to answer the first request.
const GREETING: Duration = Duration::from_secs(60);

/// The options of the command line that choose the workers.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct FleetArgs {
    /// A worker binary of your own, in addition to those of the workspace (repeatable)
    #[arg(long = "worker", value_name = "PROGRAM")]
    pub programs: Vec<PathBuf>,
    /// Build nothing: use only the workers named with --worker, or those built before if none is named
    #[arg(long)]
    pub no_build: bool,
    /// Also use the Python peers (`cargo xtask peers install` fetches them)
    #[arg(long)]
    pub peers: bool,
    /// A file of hosts for distributed techniques [default: processes on this machine]
    #[arg(long, value_name = "FILE")]
    pub hosts: Option<PathBuf>,
    /// A worker started by a command of several words, such as one in another language; no option sets it.
    #[arg(skip)]
    pub command: Vec<OsString>,
}

/// The family whose worker runs the baseline.
pub const BASELINE_FAMILY: &str = "baseline";

/// The generator of the site: a program of the workspace that is not a worker, and slow to build.
pub const SITE: &str = "parallax-site";

/// All workers that can be started, and their cells.
pub struct Fleet {
    /// How each family's worker is started.
    pub launches: Launches,
    /// Families whose workers are built from the workspace as it is now.
    pub built: BTreeSet<String>,
    /// All their cells, in the order of reports.
    pub cells: Vec<FleetCell>,
    /// Families whose workers cannot be used, with the reason.
    pub absent: Vec<(String, String)>,
    /// Families that take minutes to build and were not named.
    pub left_out: Vec<String>,
    /// The hosts that the user named, with how many workers each has.
    pub hosts: Vec<String>,
}

/// A cell and the family that has it.
#[derive(Debug, Clone)]
pub struct FleetCell {
    /// The family.
    pub family: String,
    /// Its worker's name of the family, which differs for another build of it.
    pub of_family: String,
    /// Its worker's name of the technique.
    pub asked: String,
    /// The worker's description of the cell, under the name it has in reports.
    pub info: CellInfo,
}

impl FleetCell {
    /// A cell of a worker that is build number `build` of its family. Two builds are measured side by side, so all
    /// except the first have different names.
    pub(crate) fn of(family: &str, build: usize, mut info: CellInfo) -> Self {
        let asked = info.technique.clone();
        info.technique = named(&asked, build);
        FleetCell { family: named(family, build), of_family: family.to_owned(), asked, info }
    }

    /// `workload/technique` or `workload:case/technique`.
    pub fn name(&self) -> String {
        CellId::of(&self.info.workload, &self.info.case, &self.info.technique).to_string()
    }
}

impl Fleet {
    /// Builds all workers and asks each which cells it has.
    pub fn collect(args: &FleetArgs) -> Result<Self> {
        Self::collect_for(args, &Wanted::All)
    }

    /// Builds the workers that are wanted, and asks each which cells it has.
    ///
    /// # Errors
    ///
    /// If a wanted family does not exist, or no worker can be used.
    pub fn collect_for(args: &FleetArgs, wanted: &Wanted) -> Result<Self> {
        adopt_orphans();
        let mut fleet = Self::empty();
        let mut launches: Vec<Launch> = args.programs.iter().map(Launch::binary).collect();
        launches.extend(Launch::words(&args.command));
        let named = launches.len();
        if !args.no_build || launches.is_empty() {
            launches.extend(fleet.of_workspace(args, wanted)?.iter().map(Launch::binary));
        }
        let of_workspace = named..launches.len();
        let hosts = args.hosts.as_deref().map(hosts::absolute).transpose()?;
        if let Some(file) = &hosts {
            launches.iter_mut().for_each(|launch| launch.environment.push((hosts::VARIABLE, file.into())));
        }
        if args.peers {
            match peers::launch(&launches) {
                Ok(launch) => launches.push(launch),
                Err(why) => fleet.absent.push((parallax_record::name::PEERS.to_owned(), format!("{why:#}"))),
            }
        }
        for (place, launch) in launches.iter().enumerate() {
            fleet.add_or_say_why(launch, of_workspace.contains(&place) && !args.no_build)?;
        }
        if fleet.launches.is_empty() {
            let why: Vec<String> = fleet.absent.iter().map(|(name, why)| format!("{name}: {why}")).collect();
            bail!("no worker can be used: {}", why.join("; "));
        }
        if hosts.is_some() {
            let named = hosts::named(&fleet)?; // before anything is measured
            fleet.hosts = named.iter().map(|place| format!("{} ({})", place.host, place.workers)).collect();
        }
        Ok(fleet)
    }

    /// A fleet of only the families that build within a minute; none where nothing else is to be built after them.
    pub fn first(args: &FleetArgs, wanted: &Wanted) -> Result<Option<Self>> {
        let workspace = Workspace::read()?;
        let programs = wanted.programs(&workspace.programs(), others(args))?;
        let first = wanted::first(&programs);
        if first.is_empty() || workspace.standing(&programs).1.is_empty() {
            return Ok(None);
        }
        adopt_orphans();
        let mut fleet = Self::empty();
        for program in build::build(&workspace, &first)?.programs {
            fleet.add(&Launch::binary(&program))?;
        }
        Ok(Some(fleet))
    }

    /// The wanted workers of the workspace, built now or before; notes the others as absent.
    fn of_workspace(&mut self, args: &FleetArgs, wanted: &Wanted) -> Result<Vec<PathBuf>> {
        let workspace = Workspace::read()?;
        let (all, others) = (workspace.programs(), others(args));
        let programs = wanted.programs(&all, others)?;
        self.left_out = wanted.left_out(&all, others);
        let (found, missing, why) = if args.no_build {
            let (found, missing) = workspace.standing(&programs);
            (found, missing, "it is not built; leave --no-build out")
        } else {
            let built = build::build(&workspace, &programs)?;
            (built.programs, built.missing, "it does not build; see cargo's message above")
        };
        self.absent.extend(missing.into_iter().map(|name| (name, why.to_owned())));
        Ok(found)
    }

    fn empty() -> Self {
        Fleet {
            launches: Launches::new(),
            built: BTreeSet::new(),
            cells: Vec::new(),
            absent: Vec::new(),
            left_out: Vec::new(),
            hosts: Vec::new(),
        }
    }

    /// Adds a worker, or why it cannot be used.
    fn add_or_say_why(&mut self, launch: &Launch, built: bool) -> Result<()> {
        match self.add(launch) {
            Ok(family) if built => drop(self.built.insert(family)),
            Ok(_) => {}
            Err(why) if crate::interrupt::asked() => return Err(why),
            Err(why) => {
                let name = launch.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.absent.push((name, format!("{why:#}")));
            }
        }
        Ok(())
    }

    /// Which build of its family the next worker is, counted from 1.
    fn next_build(&self, family: &str) -> usize {
        (1..).find(|build| !self.launches.contains_key(&named(family, *build))).unwrap_or(1)
    }

    fn add(&mut self, launch: &Launch) -> Result<String> {
        let mut worker = Worker::spawn(launch, 1)?;
        let Reply::Hello(hello) = worker.ask(&Request::Hello, GREETING)?.reply else {
            bail!("its answer to `hello` is not `hello`");
        };
        if hello.protocol != VERSION {
            bail!(
                "it speaks version {} of the protocol, but this is version {VERSION}; build it again",
                hello.protocol
            );
        }
        ensure_name("family", &hello.family)?;
        let Reply::Cells { cells } = worker.ask(&Request::List, GREETING)?.reply else {
            bail!("its answer to `list` is not its cells");
        };
        cells.iter().try_for_each(ensure_names)?;
        let build = self.next_build(&hello.family);
        let family = named(&hello.family, build);
        self.launches.insert(family.clone(), launch.clone());
        self.cells.extend(cells.into_iter().map(|info| FleetCell::of(&hello.family, build, info)));
        self.cells.sort_by_key(|cell| (order(&cell.info), cell.family != BASELINE_FAMILY));
        Ok(family)
    }
}

impl Fleet {
    /// The cells that a filter selects.
    ///
    /// # Errors
    ///
    /// If a pattern matches no name, or no cell is left.
    pub fn choose(&self, filter: &Filter) -> Result<(Compiled, Vec<&FleetCell>)> {
        let mut names = Names::default();
        for FleetCell { family, of_family, asked, info } in &self.cells {
            names.add(&info.workload, &info.case, &info.technique, family);
            names.add(&info.workload, &info.case, asked, of_family);
        }
        let compiled = filter.compile(&names)?;
        let admits = |cell: &&FleetCell| {
            let info = &cell.info;
            let admits = |technique: &str, family: &str| {
                compiled.admits(&info.workload, &info.case, technique, family)
            };
            // the name of a technique selects all its builds, and the name of a build only that one
            admits(&info.technique, &cell.family) || admits(&cell.asked, &cell.of_family)
        };
        let chosen: Vec<&FleetCell> = self.cells.iter().filter(admits).collect();
        if chosen.is_empty() {
            return Err(compiled.nothing_left());
        }
        Ok((compiled, chosen))
    }

    /// The same, but only the first case of each workload unless workloads are named.
    ///
    /// # Errors
    ///
    /// As [`Fleet::choose`].
    pub fn choose_first_cases(&self, filter: &Filter) -> Result<Vec<&FleetCell>> {
        let (compiled, mut chosen) = self.choose(filter)?;
        if !compiled.names_a_workload() {
            chosen.retain(|cell| order(&cell.info).1 == 0);
        }
        Ok(chosen)
    }
}

fn others(args: &FleetArgs) -> wanted::Others {
    wanted::Others { peers: args.peers, named: !args.programs.is_empty() }
}

/// The name of a family or technique of another build, to tell it from the first: `rayon-2`.
fn named(name: &str, build: usize) -> String {
    if build == 1 { name.to_owned() } else { format!("{name}-{build}") }
}

/// Refuses a cell with an invalid name.
fn ensure_names(info: &CellInfo) -> Result<()> {
    ensure_name("workload", &info.workload)?;
    if !info.case.is_empty() {
        ensure_name("case", &info.case)?;
    }
    ensure_name("technique", &info.technique)
}

/// Reports are ordered by the workload's number, then by its cases as in the catalogue; unknown ones come last.
fn order(info: &CellInfo) -> (u16, usize) {
    let entry = parallax_suite::catalogue::all().into_iter().find(|entry| entry.name == info.workload);
    let case =
        |entry: &parallax_suite::catalogue::Entry| entry.cases.iter().position(|case| *case == info.case);
    entry.map_or((u16::MAX, 0), |entry| (entry.number, case(&entry).unwrap_or(usize::MAX)))
}
