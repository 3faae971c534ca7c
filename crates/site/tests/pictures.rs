//! Tests of the drawings: each family of techniques has one, and each technique with another idea; each has a title in words.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

/// All drawings: those of families, and in a folder for each family those of its techniques.
fn drawings() -> Vec<PathBuf> {
    let inside = |path: PathBuf| if path.is_dir() { entries(&path) } else { vec![path] };
    entries(&common::root().join("docs/diagrams")).into_iter().flat_map(inside).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn every_family_has_a_drawing() {
    let crates = fs::read_dir(common::root().join("crates")).unwrap().flatten();
    let workers =
        crates.flat_map(|entry| fs::read_dir(entry.path().join("src/bin")).into_iter().flatten().flatten());
    let names = workers.filter_map(|worker| Some(worker.path().file_stem()?.to_str()?.to_owned()));
    let families: Vec<String> = names.chain(["python".to_owned()]).collect();
    assert!(families.len() > 14, "{families:?}");
    for family in families {
        let path = common::root().join(format!("docs/diagrams/{family}.svg"));
        assert!(path.is_file(), "the family {family} has no drawing");
    }
}

#[test]
fn every_drawing_says_what_it_shows_and_takes_its_colours_from_the_theme() {
    let all = drawings();
    assert!(all.len() > 150, "{} drawings", all.len());
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let place = path.display();
        let title =
            text.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
        assert!(title.len() > 20 && text.contains(&format!("aria-label=\"{title}\"")), "{place}: {title}");
        assert!(text.contains("role=\"img\"") && text.contains("viewBox="), "{place}");
        for other in ["fill=", "stroke=", "style=", "<script", "href"] {
            assert!(!text.contains(other), "{place} has {other}");
        }
        assert!(text.len() < 3072, "{place} has {} bytes", text.len());
    }
}

/// Fonts differ, so this asks for room alone: a sign is taken to be half as wide as the 11 pixels that it is high.
#[test]
fn words_end_inside_their_drawing() {
    for path in drawings() {
        let text = fs::read_to_string(&path).unwrap();
        let (_, view) = text.split_once("viewBox=\"0 0 ").unwrap();
        let (width, height) = view.split('"').next().and_then(|view| view.split_once(' ')).unwrap();
        let [width, height] = [width, height].map(|side| side.parse::<usize>().unwrap());
        for words in text.split("<text ").skip(1) {
            let at = |name: &str| -> usize {
                let (_, rest) = words.split_once(&format!("{name}=\"")).unwrap();
                rest.split('"').next().and_then(|number| number.parse().ok()).unwrap()
            };
            let (_, rest) = words.split_once('>').unwrap();
            let said = rest.split('<').next().unwrap();
            let end = at("x") + 11 * said.chars().count() / 2;
            assert!(end < width, "{}: '{said}' ends at {end} of {width}", path.display());
            assert!(at("y") < height, "{}: '{said}' is below its edge", path.display());
        }
    }
}

/// A drawing of nothing would be seen by nobody.
#[test]
fn every_drawing_in_a_folder_is_of_a_technique_that_exists() {
    let root = common::root();
    for path in drawings() {
        let place = path.display();
        let folder = path.parent().unwrap();
        if folder.ends_with("diagrams") {
            continue;
        }
        let [family, technique] =
            [folder.file_name(), path.file_stem()].map(|name| name.unwrap().to_str().unwrap());
        assert!(folder.with_extension("svg").is_file(), "{place}: there is no drawing of its family");
        let sources = match family {
            "baseline" => root.join("crates/suite/src"),
            "python" => root.join("peers/python/peers/systems"),
            _ => root.join("crates").join(family).join("src"),
        };
        assert!(common::says(&sources, &format!("\"{technique}\"")), "{place}: there is no such technique");
    }
}
