//! The repository keeps its own rules: every file says its idea, every link lives, every cell has its source.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files below `folder` with one of the extensions; build outputs and hidden folders left out.
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
    let link = regex::Regex::new(r"\]\(([^)#\s]+)[^)]*\)").unwrap();
    let pages = root().join("docs"); // link to pages that the generator makes; the site's tests follow those
    for path in all(&["md"]).into_iter().filter(|path| !path.starts_with(&pages)) {
        let text = fs::read_to_string(&path).unwrap();
        let text: String = text.split("```").step_by(2).collect(); // what stands between fences is code
        for target in link.captures_iter(&text).map(|found| found[1].to_owned()) {
            if !target.contains("://") && !target.starts_with("mailto:") {
                let there = path.parent().unwrap().join(&target);
                assert!(there.exists(), "{} links to {target}, which is not there", path.display());
            }
        }
    }
}

#[test]
fn every_cell_resolves_to_its_source() {
    // The workers as this test was built: in the same folder, by the same profile.
    let target = Path::new(env!("CARGO_BIN_EXE_xtask")).parent().unwrap().to_owned();
    let cargo = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(args).current_dir(root());
        command
    };
    // With the tests, so that cargo chooses the features that it chose for them and builds nothing twice.
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
    let out = xtask.output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    let missing: Vec<&str> =
        text.lines().filter(|line| !line.contains(r#""error":null"#) && line.contains("cell")).collect();
    assert!(out.status.success(), "{missing:#?}\n{}", String::from_utf8_lossy(&out.stderr));
    let cells = text.lines().filter(|line| line.contains(r#""cell""#)).count();
    assert!(cells > 50, "only {cells} cells were looked at");
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
