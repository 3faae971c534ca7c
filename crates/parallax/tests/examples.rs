//! Benches as a user writes them: each pattern's example is right by every technique, and errors are reported.

use std::path::PathBuf;
use std::process::{Command, Output};

/// An example, which cargo builds for the tests of its package.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let examples: PathBuf = test.ancestors().nth(2).unwrap().join("examples");
    let program = examples.join(name);
    assert!(program.exists(), "{} is not built; run the tests of the whole package", program.display());
    let mut command = Command::new(program);
    command.env("PARALLAX_LOCK", "").env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"));
    command
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const PATTERNS: [(&str, &[&str]); 13] = [
    ("map", &["rayon", "scoped", "crossbeam"]),
    ("reduce", &["rayon", "scoped", "crossbeam", "self-scheduling"]),
    ("sweep", &["rayon", "scoped", "spin-barrier"]),
    ("stencil", &["rayon", "scoped", "point-to-point"]),
    ("graph", &["rayon", "crossbeam"]),
    ("nest", &["rayon", "scoped"]),
    ("divide", &["chili", "rayon", "scoped", "spin-barrier"]),
    ("search", &["rayon", "crossbeam"]),
    ("touch", &["fetch-add", "mutex", "thread-local"]),
    ("consult", &["arc-swap", "dashmap", "mutex", "rwlock-sharded", "seqlock"]),
    ("recall", &["lru", "moka", "quick-cache"]),
    ("channel", &["std-channel-1024", "mpmc-ring"]),
    ("wait", &["thread-per-wait", "thread-pool"]),
];

#[test]
fn each_pattern_is_done_right_by_every_technique() {
    for (pattern, _) in PATTERNS {
        let tried = example(pattern).output().unwrap();
        let words = words(&tried);
        assert!(
            tried.status.success() && words.contains("techniques give the right result"),
            "{pattern}: {words}"
        );
    }
}

#[test]
fn the_techniques_that_race_are_listed() {
    for (pattern, techniques) in PATTERNS {
        let listed = example(pattern).arg("--list").output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        for technique in ["sequential"].iter().chain(techniques) {
            let row = format!("{pattern}-example/{technique}: ");
            assert!(listed.lines().any(|line| line.starts_with(&row)), "no {row} in:\n{listed}");
        }
    }
}

#[test]
fn a_table_is_consulted_by_processes_as_well() {
    let tried = example("apart").output().unwrap();
    let (words, listed) = (words(&tried), example("apart").arg("--list").output().unwrap());
    assert!(tried.status.success() && words.contains("14 techniques give the right result"), "{words}");
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("apart/shared-seqlock: "), "{listed}");
}

#[test]
fn a_wrong_result_fails_and_names_its_technique_and_a_right_kernel_does_not() {
    let tried = example("wrong").output().unwrap();
    let words = words(&tried);
    assert!(!tried.status.success(), "{words}");
    assert!(
        words.contains(
            "wrong/rayon with 2 workers: wrong result: the result is wrong, as the function given to"
        ),
        "{words}"
    );
    assert!(words.contains("wrong/sequential with 1 worker: "), "{words}");
    assert!(!words.lines().any(|line| line.contains("by-place") && line.contains("wrong result")), "{words}");
}

#[test]
fn a_bench_measures_checks_and_reports_and_is_shown_again() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut bench = example("map");
    bench.args([
        "--bench", "--quick", "--budget", "15s", "-t", "rayon", "-t", "scoped", "--format", "json", "--out",
    ]);
    let measured = bench.arg(&run).output().unwrap();
    assert!(measured.status.success(), "{}", words(&measured));
    let summary: serde_json::Value = serde_json::from_slice(&measured.stdout).unwrap();
    let measured = |technique: &str| {
        let mut rows = summary["cells"].as_array().unwrap().iter();
        rows.any(|row| row["technique"] == technique && row["status"] == "measured")
    };
    assert!(measured("sequential") && measured("rayon") && measured("scoped"), "{summary}");
    // the parts that the site's pages show
    let own: serde_json::Value =
        serde_json::from_slice(&std::fs::read(run.join("own.json")).unwrap()).unwrap();
    let text = own["sources"]["crates/parallax/examples/map.rs"].as_str().unwrap_or_default();
    assert!(text.contains("impl Map for Lengths"), "{}", own["sources"]);
    let places = own["cells"].as_array().unwrap().iter().map(|cell| cell["source"].as_str().unwrap());
    assert!(places.clone().all(|place| place.starts_with("crates/")), "{:?}", places.collect::<Vec<_>>());

    let shown = example("map").arg("--show").arg(&run).output().unwrap();
    let shown = words(&shown);
    assert!(shown.contains("rayon") && shown.contains("cargo bench --bench map -- --show"), "{shown}");
    let resumed = example("map").args(["--bench", "--budget", "20s", "--resume"]).arg(&run).output().unwrap();
    assert!(resumed.status.success(), "{}", words(&resumed));
}

#[test]
fn a_wrong_result_is_no_number_and_fails_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = example("wrong");
    bench.args(["--bench", "--quick", "--budget", "10s", "-t", "by-place", "--out"]);
    let measured = bench.arg(folder.path().join("run")).output().unwrap();
    assert!(!measured.status.success(), "the baseline is wrong: {}", words(&measured));
    assert!(words(&measured).contains("a result was wrong: wrong/sequential"), "{}", words(&measured));
}

#[test]
fn what_cannot_be_is_refused_with_the_way_out() {
    let unknown = example("map").args(["--bench", "-t", "ryon"]).output().unwrap();
    let words = words(&unknown);
    assert!(!unknown.status.success() && words.contains("did you mean 'rayon'"), "{words}");
    for option in [&["--size", "large"][..], &["--all"], &["--worker", "x"], &["--no-build"], &["--peers"]] {
        let refused = example("map").arg("--bench").args(option).output().unwrap();
        let words = self::words(&refused);
        assert!(!refused.status.success() && words.contains("does not apply here"), "{option:?}: {words}");
    }
    let taken = example("taken").output().unwrap();
    let words = self::words(&taken);
    assert!(!taken.status.success() && words.contains("two techniques are called 'rayon'"), "{words}");
}

#[test]
fn a_result_that_nothing_would_give_as_well_is_no_result() {
    for words_of_a_test in [&[][..], &["sweep", "--nocapture", "--test-threads=1"]] {
        let tried = example("nothing").args(words_of_a_test).output().unwrap();
        let words = words(&tried);
        let told =
            words.contains("nothing/sequential with 1 worker: a technique that does nothing would pass");
        assert!(!tried.status.success() && told, "{words}");
    }
}

#[test]
fn the_newest_run_is_that_of_the_bench_that_asks() {
    let target = tempfile::tempdir().unwrap();
    for name in ["map", "reduce"] {
        let mut bench = example(name);
        bench
            .env("CARGO_TARGET_DIR", target.path())
            .args(["--bench", "--quick", "--budget", "5s", "-t", "rayon"]);
        let measured = bench.output().unwrap();
        assert!(measured.status.success(), "{}", words(&measured));
    }
    let shown = example("map").env("CARGO_TARGET_DIR", target.path()).arg("--show").output().unwrap();
    let shown = words(&shown);
    assert!(shown.contains("map-example") && !shown.contains("reduce-example"), "{shown}");
}
