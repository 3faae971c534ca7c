//! The pairs of cells that the texts of the site name, and that a run must compare.

use anyhow::{Context, Result};
use parallax_harness::workspace::workspace;
use parallax_record::name::CellId;
use regex::Regex;
use std::fs;
use std::path::Path;

/// The pairs that the topics and the prose name.
///
/// # Errors
///
/// If the texts cannot be read, or name an invalid cell.
pub(super) fn named() -> Result<Vec<[CellId; 2]>> {
    let docs = workspace().join("docs");
    let mut texts = vec![docs.join("topics.toml")];
    for folder in ["guide", "questions", "workloads"] {
        let pages = fs::read_dir(docs.join(folder)).context("the site's texts cannot be read")?;
        let pages = pages.flatten().map(|page| page.path());
        texts.extend(pages.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    }
    let text =
        |path: &Path| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let texts = texts.iter().map(|path| text(path)).collect::<Result<Vec<String>>>()?;
    pairs(&texts.concat())
}

fn pairs(text: &str) -> Result<Vec<[CellId; 2]>> {
    let mut found: Vec<[CellId; 2]> = Vec::new();
    for form in [r#"(?m)^compare = \["([^"]+)", "([^"]+)"\]$"#, r"\{\{(?:ratio|versus)\s+(\S+)\s+(\S+?)\}\}"]
    {
        for pair in Regex::new(form)?.captures_iter(text) {
            let pair: [CellId; 2] = [pair[1].parse()?, pair[2].parse()?];
            let [a, b] = &pair;
            // a pair counts once: more comparisons make every claim harder to prove
            if !found.iter().any(|[c, d]| (a, b) == (c, d) || (a, b) == (d, c)) {
                found.push(pair);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pairs_are_those_of_the_texts() {
        let text = "compare = [\"a:x/b\", \"a:x/c\"]\nas {{ratio julia/pipes\njulia/pure-python}} as fast, {{versus a:x/c a:x/b}}\n{{time a/b}}";
        let told: Vec<String> = pairs(text).unwrap().iter().flatten().map(ToString::to_string).collect();
        assert_eq!(told, ["a:x/b", "a:x/c", "julia/pipes", "julia/pure-python"]);
        let topics = fs::read_to_string(workspace().join("docs/topics.toml")).unwrap();
        assert_eq!(pairs(&topics).unwrap().len(), topics.matches("\ncompare = ").count());
        assert!(named().unwrap().len() > pairs(&topics).unwrap().len(), "the prose names some, too");
    }
}
