//! A part of the suite that lacks its tools is left out, and says so; only the compilers are a must.

use super::Probe;
use parallax_harness::doctor::{Finding, note, ok, warn};
use parallax_harness::units::bytes;
use parallax_record::machine::{Build, Machine};

/// What a release build of all default members takes, with room for its tests.
const DISK: u64 = 10 << 30;

pub(super) fn disk(probe: &Probe) -> Finding {
    let Some(free) = probe.disk_free_bytes else {
        return note("how much room there is for builds is not told here", "");
    };
    let means = format!("{} free where programs are built", bytes(free));
    match free {
        DISK.. => ok(means),
        _ if free >= DISK / 4 => note(format!("{means}; all features together take more"), "cargo clean"),
        _ => warn(format!("{means}: a release build may fail"), "cargo clean, or set CARGO_TARGET_DIR"),
    }
}

pub(super) fn rust(build: &Build, probe: &Probe) -> Finding {
    match (&build.rustc, probe.first(&["cargo"])) {
        (Some(rustc), Some(cargo)) => ok(format!("{rustc}; {cargo}")),
        _ => warn(
            "rustc or cargo does not answer, so no worker can be built",
            "install both from https://rustup.rs",
        ),
    }
}

pub(super) fn c_compiler(probe: &Probe) -> Finding {
    let todo = "apt install build-essential, dnf install gcc, or apk add build-base";
    match probe.first(&["cc", "gcc", "clang"]) {
        Some(version) => ok(version),
        None => warn("none found, so nothing links, and the family ffi has no kernels", todo),
    }
}

pub(super) fn perf(machine: &Machine, probe: &Probe) -> Finding {
    match machine.perf_event_paranoid {
        Some(..3) if probe.first(&["perf"]).is_some() => {
            ok("it may look at your own processes, such as those of `cargo xtask repro`")
        }
        Some(..3) => {
            note("allowed, but not installed", "to see where a cell spends its time: apt install linux-perf")
        }
        Some(level) => note(
            format!("only for root: kernel.perf_event_paranoid is {level}"),
            "to see where a cell spends its time: sudo sysctl kernel.perf_event_paranoid=2",
        ),
        None => note("this kernel has none", ""),
    }
}

pub(super) fn python(probe: &Probe) -> Finding {
    let todo = "install Python 3, then cargo xtask peers install";
    optional(&["python3"], probe, "the Python peers are left out", todo)
}

pub(super) fn redis(probe: &Probe) -> Finding {
    optional(
        &["redis-server"],
        probe,
        "cells that answer from Redis are left out",
        "apt install redis-server",
    )
}

pub(super) fn mpi(probe: &Probe) -> Finding {
    let todo = "apt install libopenmpi-dev openmpi-bin libclang-dev";
    match (probe.first(&["mpicc"]), probe.first(&["mpirun"])) {
        (Some(_), Some(version)) => ok(version),
        (None, _) => note("mpicc not found: the family distributed-mpi is built without its technique", todo),
        (Some(_), None) => note("mpicc without mpirun: the technique mpi is built and cannot start", todo),
    }
}

pub(super) fn browser(probe: &Probe) -> Finding {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    optional(&names, probe, "tests do not look at the site's pages as a reader would", "apt install chromium")
}

/// A program that most of the suite can do without, under any of its names.
fn optional(names: &[&str], probe: &Probe, without: &str, todo: &str) -> Finding {
    match probe.first(names) {
        Some("") => ok("found"),
        Some(version) => ok(version),
        None => note(format!("{} not found: {without}", names[0]), todo),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_harness::doctor::State;

    #[test]
    fn what_a_part_needs_is_named() {
        let mut probe = Probe::default();
        assert_eq!((c_compiler(&probe).state, python(&probe).state), (State::Warn, State::Note));
        assert!(redis(&probe).means.starts_with("redis-server not found: "));
        probe.programs.insert("clang".into(), "clang 19".into());
        probe.programs.insert("google-chrome".into(), String::new());
        assert_eq!(c_compiler(&probe), ok("clang 19"));
        assert_eq!(browser(&probe), ok("found"));
    }

    #[test]
    fn mpi_needs_what_compiles_it_and_what_starts_it() {
        let mut probe = Probe::default();
        let means = |probe: &Probe| mpi(probe).means;
        assert!(means(&probe).starts_with("mpicc not found"));
        probe.programs.insert("mpicc".into(), String::new());
        assert!(means(&probe).starts_with("mpicc without mpirun"));
        probe.programs.insert("mpirun".into(), "mpirun (Open MPI) 4.1.4".into());
        assert_eq!(mpi(&probe), ok("mpirun (Open MPI) 4.1.4"));
    }

    #[test]
    fn profiling_needs_both_leave_and_program() {
        let mut probe = Probe::default();
        let with = |level, probe: &Probe| {
            perf(&Machine { perf_event_paranoid: Some(level), ..Machine::default() }, probe).state
        };
        assert_eq!(with(2, &probe), State::Note);
        probe.programs.insert("perf".into(), String::new());
        assert_eq!(
            [-1, 2, 3, 4].map(|level| with(level, &probe)),
            [State::Ok, State::Ok, State::Note, State::Note]
        );
    }

    #[test]
    fn a_small_disk_warns() {
        let with = |bytes| disk(&Probe { disk_free_bytes: Some(bytes), ..Probe::default() }).state;
        assert_eq!([20 << 30, 5 << 30, 1 << 30].map(with), [State::Ok, State::Note, State::Warn]);
    }
}
