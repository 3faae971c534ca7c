//! Finds installed programs by looking for them, and does not run those that may hang.

use parallax_runner::energy::Meter;
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Programs that are looked for, with the option that prints their version; a browser has none here, since some take
/// seconds to answer.
const PROGRAMS: &[(&str, Option<&str>)] = &[
    ("cc", Some("--version")),
    ("cargo", Some("--version")),
    ("chromium", None),
    ("chromium-browser", None),
    ("clang", Some("--version")),
    ("gcc", Some("--version")),
    ("google-chrome", None),
    ("mpicc", None),
    ("mpirun", Some("--version")),
    ("perf", None),
    ("python3", Some("--version")),
    ("redis-server", Some("--version")),
    ("wrk", None),
];

/// The installed programs, and the free disk space.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probe {
    /// The programs found, with the first line of their version's output.
    pub programs: BTreeMap<String, String>,
    /// The free space where programs are built.
    pub disk_free_bytes: Option<u64>,
    /// Whether perf could look at a process when it was tried.
    pub perf_looks: bool,
    /// Whether the processor's energy could be read, or why not.
    pub energy: Option<Result<(), String>>,
}

impl Probe {
    /// Looks along `PATH`, and at `target`, the folder where programs are built.
    pub fn read(target: &Path) -> Self {
        Self::along(&env::var_os("PATH").unwrap_or_default(), target)
    }

    fn along(path: &OsStr, target: &Path) -> Self {
        let folders: Vec<_> = env::split_paths(path).collect();
        let found = |(name, version): &(&str, Option<&str>)| {
            let program = folders.iter().map(|folder| folder.join(name)).find(|path| is_program(path))?;
            let says = version.map_or(Some(String::new()), |version| first_line(&program, version));
            Some(((*name).to_owned(), says?))
        };
        let meter = Meter::open(Path::new("/"));
        let folder = target.ancestors().find(|folder| folder.is_dir());
        Probe {
            programs: PROGRAMS.iter().filter_map(found).collect(),
            disk_free_bytes: folder.and_then(free),
            perf_looks: folders
                .iter()
                .map(|folder| folder.join("perf"))
                .find(|path| is_program(path))
                .is_some_and(|perf| looks(&perf)),
            energy: Some(meter.why_not().map_or(Ok(()), |why| Err(why.to_owned()))),
        }
    }

    /// The version line of the first of `names` that was found.
    pub fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.programs.get(*name)).map(String::as_str)
    }
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

fn first_line(program: &Path, version: &str) -> Option<String> {
    let output = Command::new(program).arg(version).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
}

/// Whether perf may look: a container may forbid it although the kernel's setting allows it, and root may look although
/// the setting forbids it. The process that it looks at ends immediately.
fn looks(perf: &Path) -> bool {
    let mut command = Command::new(perf);
    command.args(["stat", "-e", "cpu-clock", "-o", "/dev/null", "true"]);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_is_there_is_found_and_what_is_not_is_not() {
        let probe = Probe::read(Path::new(env!("CARGO_MANIFEST_DIR")));
        assert!(
            probe.first(&["nothing", "cargo"]).is_some_and(|line| line.starts_with("cargo 1.")),
            "{probe:?}"
        );
        assert_eq!(probe.first(&["nothing"]), None);
        assert!(probe.disk_free_bytes > Some(0));
        assert!(
            Probe::read(Path::new("/no/such/folder")).disk_free_bytes.is_some(),
            "the disk it would be on"
        );
    }

    /// Each optional program is reported missing, and a stand-in for it is found, on any machine.
    #[test]
    fn what_a_machine_may_lack_is_told_with_the_way_out_or_found() {
        use crate::doctor::checks;
        use parallax_harness::doctor::State;
        use parallax_record::environment::Environment;
        use parallax_record::machine::Machine;
        let folder = tempfile::tempdir().unwrap();
        let machine = Machine { perf_event_paranoid: Some(4), ..Machine::default() };
        let environment = Environment { machine, ..Environment::default() };
        let look = || {
            let checks = checks(&environment, &Probe::along(folder.path().as_os_str(), folder.path()));
            move |part: &str| checks.iter().find(|(name, _)| *name == part).unwrap().1.clone()
        };
        let parts = [
            ("perf", "perf", "apt install linux-perf"),
            ("python", "python3", "cargo xtask peers install"),
            ("redis", "redis-server", "apt install redis-server"),
            ("mpi", "mpirun", "apt install libopenmpi-dev openmpi-bin libclang-dev"),
            ("browser", "chromium", "apt install chromium"),
            ("wrk", "wrk", "apt install wrk"),
        ];
        let of = look();
        for (part, _, way_out) in parts {
            let found = of(part);
            assert!(found.state == State::Note && found.todo.contains(way_out), "{part}: {found:?}");
        }
        for program in parts.map(|(_, program, _)| program).into_iter().chain(["mpicc"]) {
            // written by another process: a program that is open for writing in this one cannot be started
            let write = r#"printf '#!/bin/sh\necho "a stand-in"\n' >"$0" && chmod +x "$0""#;
            let program = folder.path().join(program);
            assert!(Command::new("sh").args(["-c", write]).arg(program).status().unwrap().success());
        }
        let of = look();
        assert_eq!(parts.map(|(part, ..)| of(part).state), [State::Ok; 6]);
        assert_eq!(of("redis").means, "a stand-in");
    }

    #[test]
    fn a_program_is_a_file_that_may_be_run() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        fs::write(&file, "").unwrap();
        assert!(!is_program(&file) && !is_program(folder.path()) && !is_program(&folder.path().join("y")));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(is_program(&file));
    }
}
