//! Tests that a site is replaced only by a complete new one, and that an interrupted build does no harm.

mod common;

use common::{gathered, generate, read, root_with_guide, said, usual};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What is in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Runs the generator, which must succeed; the site names `run`.
fn build(root: &Path, folder: &Path, run: &str) {
    let mut all = gathered(usual());
    all["runs"][0]["name"] = json!(run);
    let out = generate(root, &all.to_string(), folder);
    assert!(out.status.success(), "{}", said(&out));
    assert!(read(&folder.join("site"), "index.html").contains(&format!("run {run}<")));
    assert_eq!(names(folder), ["root", "site", "site.json"], "something was left beside the site");
}

#[test]
fn a_build_that_fails_leaves_the_old_site() {
    let folder = tempfile::tempdir().unwrap();
    let root = root_with_guide(folder.path(), "");
    build(&root, folder.path(), "first");
    // it fails late, when all pages have been made, as on a full disk
    let (asset, aside) = (root.join("docs/theme/site.js"), root.join("aside"));
    fs::rename(&asset, &aside).unwrap();
    let out = generate(&root, &gathered(usual()).to_string(), folder.path());
    assert!(!out.status.success() && said(&out).contains("site.js"), "{}", said(&out));
    let site = folder.path().join("site");
    assert!(read(&site, "index.html").contains("run first<") && site.join("assets/site.js").exists());
    assert_eq!(names(folder.path()), ["root", "site", "site.json"]);
    fs::rename(&aside, &asset).unwrap();
    build(&root, folder.path(), "second");
}

#[test]
fn a_build_that_is_killed_leaves_a_whole_site() {
    let folder = tempfile::tempdir().unwrap();
    let root = root_with_guide(folder.path(), "");
    build(&root, folder.path(), "first");
    let site = folder.path().join("site");
    let mut child = Command::new(env!("CARGO_BIN_EXE_parallax-site"))
        .args(["--input".as_ref(), folder.path().join("site.json").as_os_str()])
        .args(["--root".as_ref(), root.as_os_str(), "--out".as_ref(), site.as_os_str()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let beside = folder.path().join(".site.building");
    // in the middle: old files are being removed, or new pages written
    let in_the_middle = || !site.join("assets/site.css").exists() || beside.join("new/guide").exists();
    let mut looks = 0;
    while !in_the_middle() {
        assert!(child.try_wait().unwrap().is_none(), "it has ended, and nothing was seen of its work");
        assert!(looks < 120_000, "the generator does nothing for two minutes");
        looks += 1;
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(read(&site, "index.html").contains("run first<") && site.join("assets/site.css").exists());
    build(&root, folder.path(), "second");
}

#[test]
fn what_an_interrupted_build_left_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let root = root_with_guide(folder.path(), "");
    build(&root, folder.path(), "first");
    let (site, beside) = (folder.path().join("site"), folder.path().join(".site.building"));
    // killed while pages were made
    fs::create_dir_all(beside.join("new/guide")).unwrap();
    fs::write(beside.join("new/index.html"), "half a page").unwrap();
    build(&root, folder.path(), "second");
    // killed after the old site was taken away and before the new one was in its place
    fs::create_dir_all(beside.join("new")).unwrap();
    fs::rename(&site, beside.join("old")).unwrap();
    build(&root, folder.path(), "third");
    // the same, and the next build fails: the old site is back
    fs::create_dir_all(&beside).unwrap();
    fs::rename(&site, beside.join("old")).unwrap();
    fs::remove_file(root.join("docs/theme/site.js")).unwrap();
    assert!(!generate(&root, &gathered(usual()).to_string(), folder.path()).status.success());
    assert!(read(&site, "index.html").contains("run third<"));
}

#[test]
fn only_a_site_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let root = root_with_guide(folder.path(), "");
    for place in ["site", ".site.building"] {
        fs::create_dir(folder.path().join(place)).unwrap();
        let thesis = folder.path().join(place).join("thesis.txt");
        fs::write(&thesis, "years of work").unwrap();
        let out = generate(&root, &gathered(usual()).to_string(), folder.path());
        assert!(!out.status.success() && said(&out).contains("is not a site"), "{}", said(&out));
        assert_eq!(fs::read_to_string(&thesis).unwrap(), "years of work");
        fs::remove_dir_all(folder.path().join(place)).unwrap();
    }
    fs::create_dir(folder.path().join("site")).unwrap(); // an empty folder is nobody's work
    build(&root, folder.path(), "first");
}

#[test]
fn a_link_to_the_site_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let root = root_with_guide(folder.path(), "");
    let elsewhere = tempfile::tempdir().unwrap();
    let real = elsewhere.path().join("public");
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, folder.path().join("site")).unwrap();
    build(&root, folder.path(), "first");
    build(&root, folder.path(), "second");
    assert!(folder.path().join("site").is_symlink() && read(&real, "index.html").contains("run second<"));
    assert_eq!(names(elsewhere.path()), ["public"]);
}
