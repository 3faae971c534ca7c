//! The techniques that a bench measures by default exist, run, and come from several families.

use parallax_pattern::optional;
use parallax_record::name::full;
use parallax_suite::catalogue::{self, Entry};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The most techniques that a block has room for.
const MOST: usize = 6;
const MOST_OF_A_FAMILY: usize = 2;

/// The workers of the workspace as tests are built, by family; none if one of them was not built.
fn workers() -> Option<BTreeMap<String, PathBuf>> {
    let built = Path::new(env!("CARGO_BIN_EXE_xtask")).parent().unwrap();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("crates");
    let folders = crates.read_dir().unwrap().map(|entry| entry.unwrap().path().join("src/bin"));
    let mut workers = BTreeMap::new();
    for source in folders.filter_map(|folder| folder.read_dir().ok()).flatten() {
        let family = source.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        let program = built.join(&family);
        if !program.exists() {
            optional::skip("workers", &format!("{family} is not built; `cargo test --workspace` builds all"));
            return None;
        }
        workers.insert(family, program);
    }
    assert!(workers.contains_key("baseline"), "{workers:?}");
    Some(workers)
}

/// The family of each cell, by the cell's name.
fn families(workers: &BTreeMap<String, PathBuf>) -> BTreeMap<String, String> {
    let mut families = BTreeMap::new();
    for (family, program) in workers {
        let listed = Command::new(program).arg("list").output().unwrap();
        assert!(listed.status.success(), "{family}");
        let cells = String::from_utf8(listed.stdout).unwrap();
        families.extend(cells.lines().map(|cell| (cell.to_owned(), family.clone())));
    }
    families
}

/// The name of a technique's cell on a workload's first case.
fn first_cell(entry: &Entry, technique: &str) -> String {
    format!("{}/{technique}", full(entry.name, entry.cases[0]))
}

#[test]
fn the_size_that_nobody_asked_for_is_the_headline() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut bench = Command::new(env!("CARGO_BIN_EXE_xtask"));
    bench.args(["bench", "--no-build", "--worker", env!("CARGO_BIN_EXE_faulty"), "-t", "^honest$"]);
    bench.args(["--workers", "1", "--budget", "1s", "--out"]).arg(&run).output().unwrap();
    let plan: Value = serde_json::from_slice(&std::fs::read(run.join("plan.json")).unwrap()).unwrap();
    let groups = plan["groups"].as_array().unwrap();
    assert!(!groups.is_empty() && groups.iter().all(|group| group["size"] == "headline"), "{groups:?}");
}

#[test]
fn a_headline_is_short_and_of_several_families() {
    let Some(workers) = workers() else { return };
    let families = families(&workers);
    for entry in catalogue::all() {
        let name = entry.name;
        assert!((1..=MOST).contains(&entry.headline.len()), "{name}: {:?}", entry.headline);
        let different: BTreeSet<_> = entry.headline.iter().collect();
        assert_eq!(different.len(), entry.headline.len(), "{name} names a technique twice");
        let mut of_family: BTreeMap<&str, usize> = BTreeMap::new();
        for technique in entry.headline {
            let cell = first_cell(&entry, technique);
            let family = families.get(&cell).unwrap_or_else(|| panic!("no worker has {cell}"));
            assert_ne!(family, "baseline", "{cell} is in every block already");
            assert_ne!(family, "jit", "{cell} needs a code generator, which takes minutes to build");
            assert_ne!(family, "distributed-jobs", "{cell} needs a database, which takes minutes to build");
            *of_family.entry(family).or_default() += 1;
        }
        let first = first_cell(&entry, "");
        let mut answers: BTreeMap<&str, usize> = BTreeMap::new();
        let answer =
            families.iter().filter(|(cell, family)| cell.starts_with(&first) && *family != "baseline");
        answer.for_each(|(_, family)| *answers.entry(family).or_default() += 1);
        // one family may have more only if the others have no more techniques
        let fair = |family: &str, n: usize| {
            n <= MOST_OF_A_FAMILY
                || answers.iter().all(|(other, all)| {
                    *other == family
                        || of_family.get(other).copied().unwrap_or_default() >= (*all).min(MOST_OF_A_FAMILY)
                })
        };
        assert!(of_family.iter().all(|(family, n)| fair(family, *n)), "{name}: {of_family:?} of {answers:?}");
    }
}

/// A worker's replies to requests, which it reads from the descriptors of its `--channel`.
fn replies(program: &Path, requests: &[Value]) -> Vec<Value> {
    let script = r#"exec "$0" --channel 3,4 3<&0 4>&1 </dev/null >/dev/null"#;
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(program).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut worker = shell.spawn().unwrap();
    let mut to = worker.stdin.take().unwrap();
    requests.iter().for_each(|request| writeln!(to, "{request}").unwrap());
    drop(to); // the end of its input ends it
    let out = worker.wait_with_output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Runs the techniques once, on tiny inputs, and returns the last reply about each.
fn ran(program: &Path, cells: &[(&Entry, &str)]) -> Vec<Value> {
    let requests: Vec<Value> = cells
        .iter()
        .flat_map(|(entry, technique)| {
            let prepare = json!({ "do": "prepare", "workload": entry.name, "case": entry.cases[0],
                "technique": technique, "size": "tiny", "variant": 0, "workers": 2, "turns": null });
            let measure = json!({ "do": "measure", "samples": 1, "min_sample_ns": 1, "warmup_ns": 0,
                "max_warmup_ns": 0, "long_ns": 1, "regime": "cold" });
            [prepare, measure]
        })
        .collect();
    let replies = replies(program, &requests);
    assert_eq!(replies.len(), requests.len(), "{}: {replies:?}", program.display());
    replies.into_iter().skip(1).step_by(2).collect()
}

#[test]
fn no_technique_of_a_headline_refuses() {
    let Some(workers) = workers() else { return };
    let (families, entries) = (families(&workers), catalogue::all());
    for (family, program) in &workers {
        let has = |(entry, technique): &(&Entry, &str)| families[&first_cell(entry, technique)] == *family;
        let all = entries.iter().flat_map(|entry| entry.headline.iter().map(move |name| (entry, *name)));
        let cells: Vec<(&Entry, &str)> = all.filter(has).collect();
        for ((entry, technique), reply) in cells.iter().zip(ran(program, &cells)) {
            assert_eq!(reply["reply"], "measured", "{}: {reply}", first_cell(entry, technique));
        }
    }
    let bubblesort = entries.iter().find(|entry| entry.name == "bubblesort").unwrap();
    let refused = ran(&workers["threading"], &[(bubblesort, "rayon"), (bubblesort, "no-such-technique")]);
    assert!(refused.iter().all(|reply| reply["reply"] != "measured"), "{refused:?}");
}
