//! Which workers there are: built from the workspace, and any that the user names.

mod build;

pub use build::baseline;

use crate::filter::{Compiled, Filter, Names};
use crate::peers;
use crate::worker::{Launch, Launches, Worker, adopt_orphans};
use anyhow::{Result, bail};
use parallax_record::name::ensure_name;
use parallax_record::name::full;
use parallax_runner::protocol::{CellInfo, Reply, Request, VERSION};
use std::path::PathBuf;
use std::time::Duration;

/// How long a worker may take to say who it is.
const GREETING: Duration = Duration::from_secs(60);

/// Which workers to use, as the command line says.
#[derive(Debug, Clone, clap::Args)]
pub struct FleetArgs {
    /// A worker binary of your own, beside those of the workspace (repeatable)
    #[arg(long = "worker", value_name = "PROGRAM")]
    pub programs: Vec<PathBuf>,
    /// Build nothing: use only the workers named with --worker, or those that were built before if none is named
    #[arg(long)]
    pub no_build: bool,
    /// The Python peers too (`cargo xtask peers install` fetches them)
    #[arg(long)]
    pub peers: bool,
}

/// The family whose worker runs the baseline.
pub const BASELINE_FAMILY: &str = "baseline";

/// The generator of the site: a program of the workspace that is no worker, and heavy to build.
pub const SITE: &str = "parallax-site";

/// Every worker that can be started, and the cells they have.
pub struct Fleet {
    /// How each family's worker is started.
    pub launches: Launches,
    /// All their cells, in the order of reports.
    pub cells: Vec<FleetCell>,
    /// Families that could not be asked, with the reason.
    pub absent: Vec<(String, String)>,
}

/// A cell and the family that has it.
#[derive(Debug, Clone)]
pub struct FleetCell {
    /// The family.
    pub family: String,
    /// What its worker says of the cell.
    pub info: CellInfo,
}

impl FleetCell {
    /// `workload/technique` or `workload:case/technique`.
    pub fn name(&self) -> String {
        format!("{}/{}", full(&self.info.workload, &self.info.case), self.info.technique)
    }
}

impl Fleet {
    /// Builds the workers and asks each which cells it has.
    pub fn muster(args: &FleetArgs) -> Result<Self> {
        adopt_orphans();
        let mut launches: Vec<Launch> = args.programs.iter().map(Launch::binary).collect();
        let mut fleet = Fleet { launches: Launches::new(), cells: Vec::new(), absent: Vec::new() };
        if args.no_build && launches.is_empty() {
            let (there, missing) = build::standing()?;
            launches.extend(there.iter().map(Launch::binary));
            let why = "it is not built; leave --no-build out";
            fleet.absent.extend(missing.into_iter().map(|name| (name, why.to_owned())));
        }
        if !args.no_build {
            let built = build::build(&["--workspace", "--exclude", "xtask", "--exclude", SITE])?;
            launches.extend(built.programs.iter().map(Launch::binary));
            let why = "it does not build; see cargo's message above";
            fleet.absent.extend(built.missing.into_iter().map(|name| (name, why.to_owned())));
        }
        if args.peers {
            match peers::launch(&launches) {
                Ok(launch) => launches.push(launch),
                Err(why) => fleet.absent.push((parallax_record::name::PEERS.to_owned(), format!("{why:#}"))),
            }
        }
        for launch in launches {
            let name = launch.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let Err(why) = fleet.enlist(&launch) {
                if crate::interrupt::asked() {
                    return Err(why);
                }
                fleet.absent.push((name, format!("{why:#}")));
            }
        }
        if fleet.launches.is_empty() {
            let why: Vec<String> = fleet.absent.iter().map(|(name, why)| format!("{name}: {why}")).collect();
            bail!("no worker can be used: {}", why.join("; "));
        }
        Ok(fleet)
    }

    /// The families that are built within a minute; none where all families have been built before.
    pub fn first() -> Result<Option<Self>> {
        if build::standing()?.1.is_empty() {
            return Ok(None);
        }
        adopt_orphans();
        let mut fleet = Fleet { launches: Launches::new(), cells: Vec::new(), absent: Vec::new() };
        for program in
            build::build(&["--package", "parallax-runner", "--package", "parallax-threading"])?.programs
        {
            fleet.enlist(&Launch::binary(&program))?;
        }
        Ok(Some(fleet))
    }

    fn enlist(&mut self, launch: &Launch) -> Result<()> {
        let mut worker = Worker::spawn(launch, 1)?;
        let Reply::Hello(hello) = worker.ask(&Request::Hello, GREETING)?.reply else {
            bail!("it does not answer `hello` with who it is");
        };
        if hello.protocol != VERSION {
            bail!("it speaks version {} of the protocol, and this is version {VERSION}", hello.protocol);
        }
        ensure_name("family", &hello.family)?;
        if self.launches.contains_key(&hello.family) {
            bail!(
                "there is another worker of the family '{}'; give one of them another family's name, or leave out its \
                 --worker (with --no-build only the workers that are named are used)",
                hello.family
            );
        }
        let Reply::Cells { cells } = worker.ask(&Request::List, GREETING)?.reply else {
            bail!("it does not answer `list` with its cells");
        };
        cells.iter().try_for_each(ensure_names)?;
        self.launches.insert(hello.family.clone(), launch.clone());
        let family = hello.family;
        self.cells.extend(cells.into_iter().map(|info| FleetCell { family: family.clone(), info }));
        self.cells.sort_by_key(|cell| (order(&cell.info), cell.family != BASELINE_FAMILY));
        Ok(())
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
        for FleetCell { family, info } in &self.cells {
            names.add(&info.workload, &info.case, &info.technique, family);
        }
        let compiled = filter.compile(&names)?;
        let admits = |cell: &&FleetCell| {
            let info = &cell.info;
            compiled.admits(&info.workload, &info.case, &info.technique, &cell.family)
        };
        let chosen: Vec<&FleetCell> = self.cells.iter().filter(admits).collect();
        if chosen.is_empty() {
            return Err(compiled.nothing_left());
        }
        Ok((compiled, chosen))
    }

    /// The same, but of workloads that were not asked for only the first case: the headline.
    ///
    /// # Errors
    ///
    /// As [`Fleet::choose`].
    pub fn choose_headline(&self, filter: &Filter) -> Result<Vec<&FleetCell>> {
        let (compiled, mut chosen) = self.choose(filter)?;
        if !compiled.names_a_workload() {
            chosen.retain(|cell| order(&cell.info).1 == 0);
        }
        Ok(chosen)
    }
}

/// Refuses a cell with a name that is none.
fn ensure_names(info: &CellInfo) -> Result<()> {
    ensure_name("workload", &info.workload)?;
    if !info.case.is_empty() {
        ensure_name("case", &info.case)?;
    }
    ensure_name("technique", &info.technique)
}

/// Reports go by the workload's number, then its cases as the catalogue has them; strangers last.
fn order(info: &CellInfo) -> (u16, usize) {
    let entry = parallax_suite::catalogue::all().into_iter().find(|entry| entry.name == info.workload);
    let case =
        |entry: &parallax_suite::catalogue::Entry| entry.cases.iter().position(|case| *case == info.case);
    entry.map_or((u16::MAX, 0), |entry| (entry.number, case(&entry).unwrap_or(usize::MAX)))
}
