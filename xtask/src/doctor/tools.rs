//! Checks for the tools that parts of the suite need; only the compilers are required.

use super::Probe;
use parallax_harness::doctor::{Finding, note, ok, warn};
use parallax_harness::units::bytes;
use parallax_record::machine::{Build, Machine};

/// The disk space of a release build of all default members and its tests.
const DISK: u64 = 10 << 30;

pub(super) fn disk(probe: &Probe) -> Finding {
    let Some(free) = probe.disk_free_bytes else {
        return note("the free disk space for builds is not known here", "");
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

/// The replacement for perf in `cargo xtask profile`.
const INSTEAD: &str = "cargo xtask profile uses valgrind, or the worker itself, instead";

pub(super) fn perf(machine: &Machine, probe: &Probe) -> Finding {
    let lower = "cargo xtask doctor --apply perf, or sudo sysctl kernel.perf_event_paranoid=2";
    match machine.perf_event_paranoid {
        _ if probe.perf_looks => ok("it may look at your own processes, which cargo xtask profile needs"),
        None => note(format!("this kernel has none; {INSTEAD}"), ""),
        Some(_) if probe.first(&["perf"]).is_none() => note(
            format!("perf not found; {INSTEAD}"),
            "apt install linux-perf, or linux-tools of your kernel",
        ),
        Some(level @ 3..) => {
            note(format!("only for root: kernel.perf_event_paranoid is {level}; {INSTEAD}"), lower)
        }
        Some(_) => note(
            format!("it may not look, though the kernel allows it; {INSTEAD}"),
            "in a container: docker run --cap-add PERFMON --security-opt seccomp=unconfined",
        ),
    }
}

pub(super) fn energy(probe: &Probe) -> Finding {
    match &probe.energy {
        Some(Ok(())) => ok("counted for each package: show --wide has the joules of a run"),
        Some(Err(why)) => note(format!("rows have no joules: {why}"), ""),
        None => note("it is not known here whether the processor counts it", ""),
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

pub(super) fn wrk(probe: &Probe) -> Finding {
    optional(&["wrk"], probe, "the claims about HTTP servers are refused", "apt install wrk")
}

/// The check of a program that most of the suite does not need, under any of its names.
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
    fn profiling_needs_a_perf_that_may_look() {
        let mut probe = Probe::default();
        let with =
            |level, probe: &Probe| perf(&Machine { perf_event_paranoid: level, ..Machine::default() }, probe);
        assert!(with(None, &probe).means.starts_with("this kernel has none"));
        assert!(with(Some(2), &probe).means.starts_with("perf not found"));
        probe.programs.insert("perf".into(), String::new());
        assert!(with(Some(4), &probe).todo.contains("perf_event_paranoid=2"));
        assert!(with(Some(2), &probe).todo.contains("container"));
        probe.perf_looks = true; // root may, at any level
        assert_eq!([Some(-1), Some(4), None].map(|level| with(level, &probe).state), [State::Ok; 3]);
    }

    #[test]
    fn energy_is_counted_or_there_is_a_reason() {
        let with = |found| energy(&Probe { energy: found, ..Probe::default() });
        assert_eq!([None, Some(Ok(()))].map(|found| with(found).state), [State::Note, State::Ok]);
        let closed = with(Some(Err("RAPL is for root alone: sudo chmod a+r /x".into())));
        assert!(closed.state == State::Note && closed.means.ends_with("sudo chmod a+r /x"), "{closed:?}");
    }

    #[test]
    fn a_small_disk_warns() {
        let with = |bytes| disk(&Probe { disk_free_bytes: Some(bytes), ..Probe::default() }).state;
        assert_eq!([20 << 30, 5 << 30, 1 << 30].map(with), [State::Ok, State::Note, State::Warn]);
    }
}
