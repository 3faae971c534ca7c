//! The verb `new`: the crate that it writes, and the folders that it refuses.

use assert_cmd::Command;
use std::fs;

fn new(path: &std::path::Path, pattern: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("new").arg(path).args(["--pattern", pattern]);
    command
}

#[test]
fn a_crate_is_written_for_each_pattern_and_named_after_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let patterns = [
        "map", "reduce", "sweep", "stencil", "graph", "nest", "divide", "search", "touch", "consult",
        "channel", "wait", "recall",
    ];
    for pattern in patterns {
        let path = folder.path().join(format!("my-{pattern}"));
        new(&path, pattern).assert().success();
        let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap();
        assert!(
            manifest.contains(&format!("[[bench]]\nname = \"my-{pattern}\"\nharness = false")),
            "{manifest}"
        );
        assert!(manifest.contains("crates/parallax\""), "{manifest}");
        let bench = fs::read_to_string(path.join(format!("benches/my-{pattern}.rs"))).unwrap();
        assert!(bench.contains(&format!("parallax::bench(\"my-{pattern}\"")), "{bench}");
        assert!(!bench.contains("-example"), "{bench}");
        let beyond =
            bench.lines().filter(|line| !line.trim_start().starts_with("//") && !line.trim().is_empty());
        assert!(beyond.count() <= 60, "{pattern}");
        assert!(path.join("Cargo.lock").exists() && path.join("src/lib.rs").exists());
    }
}

#[test]
fn a_version_is_taken_instead_of_the_checkout() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine");
    new(&path, "wait").args(["--version", "0.1"]).assert().success();
    let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap();
    assert!(manifest.contains(r#"parallax = { version = "0.1", features = ["async"] }"#), "{manifest}");
    assert!(!path.join("Cargo.lock").exists());
}

#[test]
fn what_would_be_lost_or_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.txt"), "mine").unwrap();
    let refused = |path: &std::path::Path, words: &str| {
        let out = new(path, "map").assert().failure();
        let error = String::from_utf8_lossy(&out.get_output().stderr).into_owned();
        assert!(error.contains(words), "{error}");
    };
    refused(folder.path(), "cannot be the name of a crate");
    let used = folder.path().join("used");
    fs::create_dir(&used).unwrap();
    fs::write(used.join("mine.txt"), "mine").unwrap();
    refused(&used, "is not empty");
    assert_eq!(fs::read_to_string(used.join("mine.txt")).unwrap(), "mine");
    refused(&folder.path().join("1st"), "beginning with a letter");
    refused(&folder.path().join("std"), "the name of another crate");
}
