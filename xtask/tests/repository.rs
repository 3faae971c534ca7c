//! The rules of the repository: every file opens with its idea, every link works, every cell has its source.

mod prose;

use parallax_record::name::full;
use parallax_suite::catalogue;
use regex::Regex;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files below `folder` with one of the extensions, without build outputs and hidden folders.
fn files(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "results" {
                files(&path, extensions, found);
            }
        } else if extensions.iter().any(|extension| name.ends_with(&format!(".{extension}"))) {
            found.push(path);
        }
    }
}

fn all(extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&root(), extensions, &mut found);
    assert!(!found.is_empty());
    found
}

#[test]
fn every_file_opens_with_its_idea() {
    for path in all(&["rs"]) {
        let text = fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap_or_default();
        let says = first.strip_prefix("//! ").is_some_and(|idea| idea.len() > 15);
        assert!(says, "{} does not open with a sentence that says its idea", path.display());
    }
}

#[test]
fn every_link_in_the_prose_lives() {
    let link = Regex::new(r"\]\(([^)#\s]+)[^)]*\)").unwrap();
    let pages = root().join("docs"); // these link to generated pages, which the site's tests check
    for path in all(&["md"]).into_iter().filter(|path| !path.starts_with(&pages)) {
        let text = fs::read_to_string(&path).unwrap();
        let text: String = text.split("```").step_by(2).collect(); // code is between fences
        for target in link.captures_iter(&text).map(|found| found[1].to_owned()) {
            if !target.contains("://") && !target.starts_with("mailto:") {
                let there = path.parent().unwrap().join(&target);
                assert!(there.exists(), "{} links to {target}, which is not there", path.display());
            }
        }
    }
}

#[test]
fn the_prose_uses_none_of_the_phrases_that_cost_a_second_reading() {
    let phrases = prose::Phrases::read();
    let mut wrong = Vec::new();
    for extension in ["md", "py", "rs"] {
        for path in all(&[extension]) {
            let text = fs::read_to_string(&path).unwrap();
            for prose::Use { line, phrase, instead } in phrases.uses(extension, &text) {
                wrong.push(format!("{}:{line}: '{phrase}'; write: {instead}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} uses of docs/phrases.toml's phrases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_cell_resolves_to_its_source() {
    let out = places();
    let text = String::from_utf8_lossy(&out.stdout);
    let missing: Vec<&str> =
        text.lines().filter(|line| !line.contains(r#""error":null"#) && line.contains("cell")).collect();
    assert!(out.status.success(), "{missing:#?}\n{}", String::from_utf8_lossy(&out.stderr));
    let cells = text.lines().filter(|line| line.contains(r#""cell""#)).count();
    assert!(cells > 50, "only {cells} cells were looked at");
}

/// The places of all families' cells, as JSON; builds the workers first.
fn places() -> Output {
    // The workers are in the folder of this test, built by the same profile.
    let target = Path::new(env!("CARGO_BIN_EXE_xtask")).parent().unwrap().to_owned();
    let cargo = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(args).current_dir(root());
        command
    };
    // With the tests, so that cargo chooses the same features and builds nothing twice.
    let mut build = cargo(&["build", "--quiet", "--workspace", "--bins", "--tests"]);
    if target.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success());
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    xtask.args(["code", "--no-build", "--format", "json"]);
    for name in workers() {
        xtask.arg("--worker").arg(target.join(name));
    }
    xtask.output().unwrap()
}

/// The programs of the workspace other than xtask.
fn workers() -> Vec<String> {
    let crates = fs::read_dir(root().join("crates")).unwrap().flatten();
    let programs =
        crates.flat_map(|entry| fs::read_dir(entry.path().join("src/bin")).into_iter().flatten().flatten());
    programs.map(|program| program.path().file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn the_tool_that_everyone_builds_first_links_no_technique() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--package", "xtask", "--edges", "normal", "--prefix", "none"])
        .current_dir(root())
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.contains("parallax-runner"));
    for heavy in ["rayon", "crossbeam ", "tokio", "cranelift", "ndarray", "parallax-threading", "nalgebra"] {
        assert!(!tree.lines().any(|line| line.starts_with(heavy)), "xtask links {heavy}");
    }
}

/// The site takes any peer of a topic for a technique whose cells may come with another run, so a name that no worker
/// has would be shown as *not measured* permanently.
#[test]
fn the_prose_names_only_cells_that_there_are() {
    let (ours, theirs, topics) = (our_cells(), peer_cells(), topics());
    let (our_techniques, their_techniques) = (techniques(&ours), techniques(&theirs));
    let listed: BTreeSet<String> = topics.iter().flat_map(|topic| topic.peers.clone()).collect();
    let mut wrong = Vec::new();
    let mut hold = |place: &str, name: &str, holds: bool, why: &str| {
        if !holds {
            wrong.push(format!("{place}: '{name}' {why}"));
        }
    };
    for topic in &topics {
        for work in &topic.workloads {
            hold(&topic.name, work, first_case(work).is_some(), "is not a workload");
        }
        for peer in &topic.peers {
            hold(&topic.name, peer, their_techniques.contains(peer), "is not a Python technique");
        }
        let [our, their] = &topic.compare;
        hold(&topic.name, our, ours.contains(&whole(our)), "is not a Rust cell");
        hold(&topic.name, their, theirs.contains(&whole(their)), "is not a Python cell");
        hold(&topic.name, their, workload(our) == workload(their), "is of another workload");
        hold(&topic.name, our, topic.workloads.iter().any(|work| work == workload(our)), "is seen elsewhere");
    }
    for (file, words) in directives() {
        let cells = words.iter().filter(|word| word.contains('/') && words[0] != "source");
        for cell in cells {
            let (is_ours, is_theirs) = (ours.contains(&whole(cell)), theirs.contains(&whole(cell)));
            hold(&file, cell, is_ours || is_theirs, "is not a cell");
            hold(&file, cell, !(is_ours && is_theirs), "is a cell of two workers");
            // the site is also built without the Python worker, and then finds its techniques in this list
            let technique = cell.split_once('/').map_or("", |(_, technique)| technique);
            hold(&file, cell, is_ours || listed.contains(technique), "is of no topic's peers");
        }
        if let ["source", source] = words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            hold(&file, source, root().join(source).is_file(), "is not a file");
        }
        if let ["technique" | "example", name] = words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            hold(&file, name, our_techniques.contains(name) || listed.contains(name), "is not a technique");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The cells of the workspace's own workers.
fn our_cells() -> BTreeSet<String> {
    let out = places();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&out.stdout).unwrap();
    rows.iter().map(|row| row["cell"].as_str().unwrap().to_owned()).collect()
}

/// The cells of the Python worker, from the decorators in its sources, which needs no Python.
fn peer_cells() -> BTreeSet<String> {
    let decorator = Regex::new(r#"(?m)^@cell\("(\w+)"((?:, "[^"]+")+)(.*)\)$"#).unwrap();
    let cases = Regex::new(r"\bcases=(\[[^\]]*\])").unwrap();
    let (mut sources, mut found) = (Vec::new(), BTreeSet::new());
    files(&root().join("peers/python/peers/systems"), &["py"], &mut sources);
    for path in sources {
        let text = fs::read_to_string(&path).unwrap();
        let (read, there) = (decorator.find_iter(&text).count(), text.matches("\n@cell(").count());
        assert_eq!(read, there, "{}: names, then options, on one line each", path.display());
        for parts in decorator.captures_iter(&text) {
            let all =
                || catalogue_cases(&parts[1]).iter().map(|case| (*case).to_owned()).collect::<Vec<String>>();
            let cases = cases.captures(&parts[3]).map_or_else(all, |given| quoted(&given[1]));
            for technique in quoted(&parts[2]) {
                found.extend(cases.iter().map(|case| format!("{}/{technique}", full(&parts[1], case))));
            }
        }
    }
    assert!(found.len() > 150, "only {} cells were found", found.len());
    found
}

/// The texts in quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// A workload's cases; none if there is no such workload.
fn catalogue_cases(workload: &str) -> &'static [&'static str] {
    let entry = catalogue::all().into_iter().find(|entry| entry.name == workload);
    entry.map_or(&[][..], |entry| entry.cases)
}

fn first_case(workload: &str) -> Option<&'static str> {
    catalogue_cases(workload).first().copied()
}

fn workload(cell: &str) -> &str {
    cell.split(['/', ':']).next().unwrap_or_default()
}

/// A cell's name with its case; without one, the first case is meant.
fn whole(cell: &str) -> String {
    match cell.split_once('/') {
        Some((work, technique)) if !work.contains(':') => {
            format!("{}/{technique}", full(work, first_case(work).unwrap_or_default()))
        }
        _ => cell.to_owned(),
    }
}

fn techniques(cells: &BTreeSet<String>) -> BTreeSet<String> {
    cells.iter().filter_map(|cell| cell.split_once('/')).map(|(_, technique)| technique.to_owned()).collect()
}

/// The workloads and techniques of a topic in `docs/topics.toml`.
struct Topic {
    name: String,
    workloads: Vec<String>,
    peers: Vec<String>,
    compare: [String; 2],
}

/// The topics; each of their lists is on one line.
fn topics() -> Vec<Topic> {
    let text = fs::read_to_string(root().join("docs/topics.toml")).unwrap();
    let topic = |block: &str| {
        let list = |key: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
            quoted(line.unwrap_or_else(|| panic!("a topic has no {key}: {block}")))
        };
        let compare: [String; 2] = list("compare").try_into().expect("a pair");
        Topic { name: list("name").concat(), workloads: list("workloads"), peers: list("peers"), compare }
    };
    let topics: Vec<Topic> = text.split("[[topics]]").skip(1).map(topic).collect();
    assert!(topics.len() > 20, "only {} topics were read", topics.len());
    topics
}

/// The words of each directive of the site's prose, with its file.
fn directives() -> Vec<(String, Vec<String>)> {
    let directive = Regex::new(r"\{\{([^}]*)\}\}").unwrap();
    let (mut pages, mut found) = (Vec::new(), Vec::new());
    files(&root().join("docs"), &["md"], &mut pages);
    for path in pages {
        let text = fs::read_to_string(&path).unwrap();
        for asked in directive.captures_iter(&text) {
            let words = asked[1].split_whitespace().map(str::to_owned).collect();
            found.push((path.display().to_string(), words));
        }
    }
    assert!(found.len() > 100, "only {} directives were found", found.len());
    found
}

/// With a public module `tokio`, a user who writes `use parallax_async::*` could no longer name the crate.
#[test]
fn no_family_hides_a_crate() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let names = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let crates: BTreeSet<String> = names.map(|name| name.replace('-', "_")).collect();
    assert!(crates.contains("tokio"), "the lock file is read wrong");
    let families =
        fs::read_dir(root().join("crates")).unwrap().flatten().map(|entry| entry.path().join("src"));
    let families: Vec<PathBuf> = families.filter(|source| source.join("bin").exists()).collect();
    assert!(families.len() > 5, "{families:?}");
    for source in families {
        let text = fs::read_to_string(source.join("lib.rs")).unwrap();
        let modules = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.split([';', ' ']).next());
        for module in modules {
            assert!(!crates.contains(module), "{}: the module {module} hides a crate", source.display());
        }
    }
}
