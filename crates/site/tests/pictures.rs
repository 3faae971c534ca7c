//! Tests of the drawings: each family of techniques has one, with a title in words.

mod common;

use std::fs;

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
    let mut seen = 0;
    for entry in fs::read_dir(common::root().join("docs/diagrams")).unwrap().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap();
        let place = entry.path().display().to_string();
        let title =
            text.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
        assert!(title.len() > 20 && text.contains(&format!("aria-label=\"{title}\"")), "{place}: {title}");
        assert!(text.contains("role=\"img\"") && text.contains("viewBox="), "{place}");
        for other in ["fill=", "stroke=", "style=", "<script", "href"] {
            assert!(!text.contains(other), "{place} has {other}");
        }
        seen += 1;
    }
    assert!(seen > 20, "{seen} drawings");
}
