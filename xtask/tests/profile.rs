//! Profiles of the fixture, whose functions have known shares: by perf, by valgrind, and by the worker itself.

use parallax_pattern::optional;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The worker of the baseline, which has the fixtures, from the test build.
fn baseline() -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_BIN_EXE_xtask")).with_file_name("baseline");
    if !program.exists() {
        optional::skip("workers", "baseline is not built; `cargo test --workspace` builds all");
        return None;
    }
    Some(program)
}

/// Whether `perf` may look here.
fn perf() -> bool {
    let mut command = Command::new("perf");
    command.args(["stat", "-e", "cpu-clock", "-o", "/dev/null", "true"]).stderr(Stdio::null());
    let looks = !optional::hidden("perf") && command.status().is_ok_and(|status| status.success());
    if !looks {
        optional::skip("perf", "it is not installed, or may not look; see `cargo xtask doctor`");
    }
    looks
}

fn valgrind() -> bool {
    let there = !optional::hidden("valgrind") && Command::new("vgdb").arg("--help").output().is_ok();
    if !there {
        optional::skip("valgrind", "`apt-get install valgrind` brings it");
    }
    there
}

fn profile(arguments: &[&str], hidden: &str, picture: &Path) -> Option<Output> {
    let baseline = baseline()?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("profile").args(arguments).args(["--no-build", "--worker"]).arg(baseline);
    command.arg("--out").arg(picture).env("PARALLAX_HIDE", hidden);
    Some(command.output().unwrap())
}

/// The rows and the picture of a profile that must succeed.
fn rows(arguments: &[&str], hidden: &str) -> Option<(Vec<Value>, String)> {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("new/x.svg");
    let out = profile(&[arguments, &["--format", "json"]].concat(), hidden, &picture)?;
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    Some((serde_json::from_slice(&out.stdout).unwrap(), std::fs::read_to_string(picture).unwrap()))
}

fn find<'a>(rows: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let is = |row: &&Value| row["kind"] == kind && row["name"].as_str().is_some_and(|is| is.ends_with(name));
    rows.iter().find(is).unwrap_or_else(|| panic!("no {kind} {name}: {rows:?}"))
}

fn says(rows: &[Value], words: &str) -> bool {
    rows.iter().any(|row| row["reason"].as_str().is_some_and(|reason| reason.contains(words)))
}

/// Enough looks: the error by chance is then 1.6 points in the mean, and above 5 once in a million times.
const ENOUGH: f64 = 6000.0;

/// A profile of the fixture with enough looks, even on a busy machine.
fn long_enough(arguments: &[&str]) -> Option<(Vec<Value>, String)> {
    for time in ["7s", "20s", "60s"] {
        let (rows, picture) = rows(&[arguments, &["--for", time]].concat(), "")?;
        if find(&rows, "total", "looks")["value"].as_f64().unwrap() >= ENOUGH {
            return Some((rows, picture));
        }
    }
    panic!("no core is free for the fixture");
}

#[test]
fn perf_tells_where_the_fixture_spends_its_time() {
    if !perf() {
        return;
    }
    let Some((rows, picture)) = long_enough(&["hotspots/sequential", "--size", "small"]) else { return };
    assert!(says(&rows, "by perf, "), "{rows:?}");
    let error = find(&rows, "score", "l1_error_points")["value"].as_f64().unwrap();
    assert!(error <= 5.0, "{error} points: {rows:?}");
    let hottest = find(&rows, "function", "hotspots::spins_55_percent");
    assert!((hottest["self_percent"].as_f64().unwrap() - 55.0).abs() < 5.0, "{hottest}");
    assert!(find(&rows, "function", "hotspots::rounds")["inclusive_percent"].as_f64().unwrap() > 95.0);
    assert!(find(&rows, "count", "cpu_ns")["value"].as_f64().unwrap() > 1e6);
    for row in rows.iter().filter(|row| row["kind"] == "count" && row["value"].is_null()) {
        assert!(!row["reason"].as_str().unwrap().is_empty(), "{row}");
    }
    assert!(
        picture.contains("spins_25_percent") && picture.contains("threads at work: usually 1, at most 1")
    );
}

#[test]
fn pools_inside_pools_are_seen_as_threads_that_take_turns() {
    if !perf() {
        return;
    }
    let cores = std::thread::available_parallelism().unwrap().get().min(3);
    let workers = cores.max(2).to_string();
    let asked = ["hotspots/nested", "--size", "tiny", "--for", "4s", "--workers", &workers];
    let Some((rows, picture)) = rows(&asked, "") else { return };
    assert!(says(&rows, " threads take turns on "), "{rows:?}");
    assert!(picture.contains("class=\"over\""));
}

#[test]
fn without_perf_valgrind_counts_instructions() {
    if !valgrind() {
        return;
    }
    let Some((rows, picture)) = rows(&["hotspots/sequential", "--size", "tiny"], "perf") else { return };
    assert!(says(&rows, "by valgrind, ") && says(&rows, "perf is not installed"), "{rows:?}");
    let error = find(&rows, "score", "l1_error_points")["value"].as_f64().unwrap();
    assert!(error <= 10.0, "{error} points: {rows:?}"); // calls cost instructions too
    assert!(says(&rows, " instructions") && picture.contains("spins_5_percent"));
    assert!(find(&rows, "count", "cycles")["reason"].as_str().unwrap().contains("perf is not installed"));
}

#[cfg(target_env = "gnu")]
#[test]
fn without_both_the_worker_looks_at_itself() {
    let asked = ["hotspots/sequential", "--size", "small", "--for", "2s"];
    let Some((rows, picture)) = rows(&asked, "perf,valgrind") else { return };
    assert!(says(&rows, "by the worker itself"), "{rows:?}");
    assert!(says(&rows, "perf is not installed") && says(&rows, "valgrind is not installed"));
    // some hundred looks: enough to separate the hottest from the next
    let seen = |name: &str| find(&rows, "share", name)["value"].as_f64().unwrap();
    assert!(
        seen("spins_55_percent") > seen("spins_25_percent")
            && seen("spins_25_percent") > seen("spins_5_percent")
    );
    assert!(picture.contains("spins_55_percent"));
}

#[test]
fn people_get_tables_and_the_place_of_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("x.svg");
    let asked = ["montecarlo/sequential", "--size", "tiny", "--for", "1s", "--workers", "1"];
    let Some(out) = profile(&asked, "", &picture) else { return };
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(text.starts_with("Profile of montecarlo/sequential\n"), "{text}");
    assert!(text.contains("inclusive") && text.contains(picture.to_str().unwrap()), "{text}");
    assert!(!text.contains("score"), "only the fixture has one");
    assert!(picture.exists());
}

#[test]
fn a_cell_that_is_none_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("x.svg");
    let Some(out) = profile(&["julia/no-such-technique"], "", &picture) else { return };
    assert!(!out.status.success() && !picture.exists());
    assert!(String::from_utf8_lossy(&out.stderr).contains("no-such-technique"));
}

/// A browser on `PATH`.
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut found = std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    let found = found.find(|path| path.is_file()).filter(|_| !optional::hidden("browser"));
    if found.is_none() {
        optional::skip("browser", "`apt-get install chromium` brings one");
    }
    found
}

#[cfg(target_env = "gnu")]
#[test]
fn a_reader_searches_walks_and_zooms_by_keyboard() {
    let Some(browser) = browser() else { return };
    let asked = ["hotspots/sequential", "--size", "tiny", "--for", "1s", "--with", "worker"];
    let Some((_, picture)) = rows(&asked, "perf") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.svg");
    let probe = format!("<script><![CDATA[{}]]></script></svg>", include_str!("profile/probe.js"));
    std::fs::write(&file, picture.replace("</svg>", &probe)).unwrap();
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", folder.path().join("browser").display()));
    let out = command.arg(format!("file://{}", file.display())).output().unwrap();
    let dumped = String::from_utf8_lossy(&out.stdout);
    let said = dumped.split("data-said=\"").nth(1).and_then(|rest| rest.split('"').next());
    let expected = "search: 1 found; down: 1; right: 0; zoomed: 1176, first false; up: true; whole: first true, ''; \
                    slash: search";
    assert_eq!(said, Some(expected), "{}", String::from_utf8_lossy(&out.stderr));
}
