//! Chooses the profiler: perf if it may run, then valgrind, then the worker; for Python, one that sees its functions.

use super::perf::Unwind;
use super::session::Refused;
use super::{Asked, Recorded, callgrind, inside, perf, spy};
use anyhow::{Result, bail};
use parallax_harness::worker::{Interrupted, Launch};
use parallax_pattern::optional;
use std::path::Path;
use std::process::{Command, Stdio};

/// The first Python that gives perf the names of its functions.
const TELLS_PERF: (u32, u32) = (3, 12);

/// A profiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Method {
    /// The program perf, on the kernel's software clock
    Perf,
    /// The program py-spy, for Python
    PySpy,
    /// Valgrind's callgrind, which counts instructions
    Valgrind,
    /// The worker itself, by a timer
    Worker,
}

impl Method {
    /// The profilers to try, in order.
    pub(crate) fn order(launch: &Launch, python: bool) -> Vec<Method> {
        match (python, python && tells_perf(launch)) {
            (false, _) => vec![Method::Perf, Method::Valgrind, Method::Worker],
            (true, true) => vec![Method::Perf, Method::PySpy, Method::Worker],
            (true, false) => vec![Method::PySpy, Method::Worker, Method::Perf],
        }
    }

    fn record(self, asked: &Asked<'_>, folder: &Path) -> Result<Recorded> {
        match self {
            Method::Perf => {
                ensure_there("perf")?;
                if !asked.python {
                    return perf::record(asked, Unwind::Tables, folder);
                }
                let mut launch = asked.launch.clone();
                launch.environment.push(("PYTHONPERFSUPPORT", "1".into()));
                let asked = Asked { launch: &launch, ..asked.clone() };
                let recorded = perf::record(&asked, Unwind::FramePointers, folder)?;
                // if the interpreter has no frame pointers, the tables find at least the innermost function
                if recorded.hides_callers() {
                    perf::record(&asked, Unwind::Tables, folder)
                } else {
                    Ok(recorded)
                }
            }
            Method::PySpy => {
                ensure_there("py-spy")?;
                spy::record(asked, folder)
            }
            Method::Valgrind => {
                ensure_there("valgrind")?;
                callgrind::record(asked, folder)
            }
            Method::Worker => inside::record(asked),
        }
    }
}

/// Profiles with the first method that works; those that failed become warnings. For Python, a method that does not see
/// callers is only used if no other works.
///
/// # Errors
///
/// If the cell cannot run.
pub(crate) fn first(methods: &[Method], asked: &Asked<'_>, folder: &Path) -> Result<Recorded> {
    let (mut tried, mut spare) = (Vec::new(), None);
    for method in methods {
        match method.record(asked, folder) {
            Ok(recorded) if asked.python && recorded.hides_callers() => {
                spare.get_or_insert(recorded);
            }
            Ok(mut recorded) => {
                recorded.warnings.splice(0..0, tried);
                return Ok(recorded);
            }
            // valgrind's processor lacks some instructions: a cell that it refuses may run elsewhere
            Err(why) if why.is::<Interrupted>() || why.is::<Refused>() && *method != Method::Valgrind => {
                return Err(why);
            }
            Err(why) => tried.push(format!("{why:#}")),
        }
    }
    Ok(spare.unwrap_or_else(|| Recorded::nothing(tried)))
}

/// Refuses a program that is not on `PATH`, or that the environment hides.
pub(crate) fn ensure_there(program: &str) -> Result<()> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&folders).any(|folder| folder.join(program).is_file());
    if !there || optional::hidden(program) {
        bail!("{program} is not installed");
    }
    Ok(())
}

/// Whether a Python is new enough to give perf the names of its functions.
fn tells_perf(launch: &Launch) -> bool {
    let mut command = Command::new(&launch.program);
    command.args(["-c", "import sys; print(*sys.version_info[:2])"]).stdin(Stdio::null());
    let said =
        command.output().map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    let mut numbers = said.split_whitespace().filter_map(|number| number.parse::<u32>().ok());
    matches!((numbers.next(), numbers.next()), (Some(major), Some(minor)) if (major, minor) >= TELLS_PERF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_is_looked_at_by_what_knows_its_functions() {
        let launch = Launch::binary("/no/such/python");
        assert_eq!(Method::order(&launch, false)[..2], [Method::Perf, Method::Valgrind]);
        assert_eq!(Method::order(&launch, true)[..2], [Method::PySpy, Method::Worker]);
        assert!(!tells_perf(&launch) && !tells_perf(&Launch::binary("true")));
    }

    #[test]
    fn what_is_not_installed_is_refused() {
        assert!(ensure_there("sh").is_ok());
        assert_eq!(
            ensure_there("no-such-program").unwrap_err().to_string(),
            "no-such-program is not installed"
        );
    }
}
