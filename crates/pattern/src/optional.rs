//! Optional parts of a machine: a test may hide them, and a gate that has installed them may require them.
//!
//! | part | what it is | what needs it |
//! |---|---|---|
//! | `axe` | axe-core, which `PARALLAX_AXE` names | the site's tests |
//! | `browser` | `chromedriver` on `PATH`, with its browser | the site's tests |
//! | `cc` | a C compiler | the counting of allocations, in `bench` and `profile` |
//! | `fortran` | a Fortran compiler | the build script of the family ffi |
//! | `interpreter-pool` | a CPython 3.14 on `PATH` or in pyenv | the peers' tests |
//! | `io_uring` | the kernel's rings, and permission to use them | compio |
//! | `mpi` | `mpicc` and `mpirun` on `PATH` | the family distributed-mpi, the peer mpi4py |
//! | `namespaces` | permission to make network namespaces, `/dev/net/tun`, and `ip` of iproute2 | tests with hosts of their own |
//! | `openblas` | a system library | the family numerics |
//! | `openmp` | a C compiler with OpenMP | the build script of the family ffi |
//! | `parakeet` | a Python 2.7, and Parakeet on it | the peers' tests |
//! | `peers` | the peers' environment | the peers' tests |
//! | `perf` | `perf` on `PATH`, and permission to observe one's own processes | `profile`, and its tests |
//! | `py-spy` | `py-spy` on `PATH` | `profile` |
//! | `pypy` | a PyPy on `PATH` or in pyenv | the peers' tests |
//! | `python` | a Python 3 on `PATH` | xtask's tests |
//! | `redis` | `redis-server` on `PATH` | the family distributed-jobs, the peer Celery |
//! | `root` | permission to mount, in a namespace of one's own, and to make control groups | tests of the harness |
//! | `valgrind` | `valgrind` on `PATH` | `profile`, and its tests |
//! | `workers` | the workers of all families, built as the tests are | xtask's tests |
//! | `wrk` | `wrk` on `PATH` | the peers' tests of the claims about HTTP servers |
//!
//! `PARALLAX_HIDE=openblas,io_uring` treats these as absent. It has no effect on the Pythons that peers look for: another
//! `PATH` and `PYENV_ROOT` hide those, and another `PARALLAX_PEERS_HOME` hides Parakeet. With
//! `PARALLAX_REQUIRE=browser,fortran` a test that would be skipped without one fails instead. Skipped tests are noted
//! in the file that `PARALLAX_SKIPPED` names, if any, so that a gate can run them again when it has installed the part.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::{env, thread};

const PARTS: [&str; 21] = [
    "axe",
    "browser",
    "cc",
    "fortran",
    "interpreter-pool",
    "io_uring",
    "mpi",
    "namespaces",
    "openblas",
    "openmp",
    "parakeet",
    "peers",
    "perf",
    "py-spy",
    "pypy",
    "python",
    "redis",
    "root",
    "valgrind",
    "workers",
    "wrk",
];

/// Whether a part is to be treated as absent, even if it is here.
pub fn hidden(part: &str) -> bool {
    named("PARALLAX_HIDE").any(|name| name == part)
}

/// Reports that a test is skipped, since a part is not here.
///
/// # Panics
///
/// If `PARALLAX_REQUIRE` names the part, or an unknown one; if `PARALLAX_SKIPPED` names a file that cannot be written.
#[expect(clippy::print_stderr, reason = "a test that does nothing says why")]
pub fn skip(part: &str, why: &str) {
    assert!(PARTS.contains(&part), "'{part}' is not in the list of optional parts");
    for name in named("PARALLAX_REQUIRE") {
        assert!(PARTS.contains(&&*name), "PARALLAX_REQUIRE names '{name}'; there are {}", PARTS.join(", "));
        assert!(name != part, "PARALLAX_REQUIRE names '{part}', and it is not here: {why}");
    }
    eprintln!("skipped without {part}: {why}");
    if let Some(file) = env::var_os("PARALLAX_SKIPPED") {
        note(part, file.as_ref());
    }
}

/// Adds a line to a file: the part, package and program of the test, and the name of its thread, which is the test's.
/// Where a thread has another name, any test of the program may be meant.
fn note(part: &str, file: &Path) {
    let program = env::current_exe().unwrap_or_default();
    let program = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let target = program.rsplit_once('-').map_or(&*program, |(target, _hash)| target);
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    let line = format!("{part}\t{package}/{target}\t{}\n", thread::current().name().unwrap_or_default());
    let noted =
        File::options().create(true).append(true).open(file).and_then(|mut to| to.write_all(line.as_bytes()));
    noted.unwrap_or_else(|why| panic!("PARALLAX_SKIPPED={}: {why}", file.display()));
}

fn named(variable: &str) -> impl Iterator<Item = String> {
    let names = env::var(variable).unwrap_or_default();
    let names: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
    names.into_iter().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    #[ignore = "started by the next tests, in another environment"]
    fn skips_for_want_of_redis() {
        assert!(hidden("redis") && !hidden("openblas"));
        skip("redis", "it is hidden");
    }

    fn tried(required: &str) -> (bool, String) {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", "optional::tests::skips_for_want_of_redis", "--ignored", "--nocapture"]);
        child.env("PARALLAX_HIDE", "fortran, redis").env("PARALLAX_REQUIRE", required);
        let out = child.output().unwrap();
        let said = String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap();
        assert!(said.contains("running 1 test"), "{said}");
        (out.status.success(), said)
    }

    #[test]
    fn what_is_not_required_is_skipped_in_words() {
        let (passed, said) = tried("browser,fortran");
        assert!(passed && said.contains("skipped without redis: it is hidden"), "{said}");
    }

    #[test]
    fn what_is_skipped_is_noted_with_the_name_of_its_test() {
        let file = env::temp_dir().join(format!("parallax-skipped-{}", std::process::id()));
        note("redis", &file);
        note("mpi", &file);
        let noted = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let me = "parallax-pattern/parallax_pattern\toptional::tests::what_is_skipped_is_noted_with_the_name_of_its_test";
        assert_eq!(noted, format!("redis\t{me}\nmpi\t{me}\n"));
    }

    #[test]
    fn what_is_required_may_not_be_missing() {
        let (passed, said) = tried("browser,redis");
        assert!(!passed && said.contains("PARALLAX_REQUIRE names 'redis'"), "{said}");
    }

    #[test]
    fn a_requirement_that_is_misspelt_requires_nothing_and_so_fails() {
        let (passed, said) = tried("brwoser");
        assert!(!passed && said.contains("PARALLAX_REQUIRE names 'brwoser'"), "{said}");
    }
}
