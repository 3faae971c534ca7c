//! Two cells that the site's texts name are held against each other by the blocks that both have, and judged by the
//! rules of all verdicts, for all such pairs of a run together.

use anyhow::{Context, Result};
use parallax_harness::analysis::{CellFacts, GroupFacts, analyse};
use parallax_harness::workspace::workspace;
use parallax_method::{Estimate, Verdict, judge};
use parallax_record::journal::Line;
use parallax_record::name::BASELINE;
use parallax_record::name::CellName;
use parallax_record::plan::{Group, Plan};
use parallax_suite::catalogue;
use regex::Regex;
use serde::Serialize;
use std::fs;
use std::path::Path;

/// How many times as fast cell `a` is as cell `b`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Contrast {
    workload: String,
    case: String,
    size: String,
    workers: usize,
    a: String,
    b: String,
    /// How many blocks have both, or the fewer that one of them has where these are too few.
    blocks: usize,
    ratio: f64,
    low: Option<f64>,
    high: Option<f64>,
    /// Of `a`.
    verdict: Verdict,
}

/// The pairs that the topics and the prose name.
///
/// # Errors
///
/// If the texts cannot be read, or a name is none.
pub(super) fn named() -> Result<Vec<[CellName; 2]>> {
    let docs = workspace().join("docs");
    let mut texts = vec![docs.join("topics.toml")];
    for folder in ["guide", "workloads"] {
        let pages = fs::read_dir(docs.join(folder)).context("the site's texts cannot be read")?;
        let pages = pages.flatten().map(|page| page.path());
        texts.extend(pages.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    }
    let text =
        |path: &Path| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let texts = texts.iter().map(|path| text(path)).collect::<Result<Vec<String>>>()?;
    pairs(&texts.concat())
}

fn pairs(text: &str) -> Result<Vec<[CellName; 2]>> {
    let mut found: Vec<[CellName; 2]> = Vec::new();
    for form in [r#"(?m)^compare = \["([^"]+)", "([^"]+)"\]$"#, r"\{\{ratio\s+(\S+)\s+(\S+?)\}\}"] {
        for pair in Regex::new(form)?.captures_iter(text) {
            let pair: [CellName; 2] = [pair[1].parse()?, pair[2].parse()?];
            let [a, b] = &pair;
            // each mention would make all other claims harder
            if !found.iter().any(|[c, d]| (a, b) == (c, d) || (a, b) == (d, c)) {
                found.push(pair);
            }
        }
    }
    Ok(found)
}

/// What a run says of the pairs.
pub(super) fn of(plan: &Plan, lines: &[Line], pairs: &[[CellName; 2]]) -> Vec<Contrast> {
    let facts = analyse(plan, lines);
    let (mut contrasts, mut claims) = (Vec::new(), Vec::new());
    for (group, facts) in plan.groups.iter().zip(&facts) {
        for [a, b] in pairs {
            let Some((estimate, noisy)) = compared(group, facts, a, b) else { continue };
            let floor = if noisy { f64::INFINITY } else { facts.floor() };
            claims.push((estimate, floor));
            contrasts.push(Contrast {
                workload: group.workload.clone(),
                case: group.case.clone(),
                size: group.size.to_string(),
                workers: group.workers,
                a: a.technique.clone(),
                b: b.technique.clone(),
                blocks: estimate.blocks,
                ratio: estimate.ratio(),
                low: estimate.low(),
                high: estimate.high(),
                verdict: Verdict::Undecided,
            });
        }
    }
    for (contrast, verdict) in contrasts.iter_mut().zip(judge(&claims)) {
        contrast.verdict = verdict;
    }
    contrasts
}

/// `a` over `b` where a group has both, and whether one of them was always disturbed.
fn compared(group: &Group, facts: &GroupFacts, a: &CellName, b: &CellName) -> Option<(Estimate, bool)> {
    let [a, b] = [a, b].map(|name| {
        let is_case = || group.case == name.case.as_deref().unwrap_or_else(|| first_case(&name.workload));
        (name.workload == group.workload && is_case()).then_some(name.technique.as_str())
    });
    let cell = |technique: &str| -> Option<&CellFacts> {
        let at = group.cells.iter().position(|member| member.technique == technique)?;
        facts.cells.get(at).filter(|cell| cell.refused.is_none())
    };
    let turned = |estimate: Estimate| Estimate { log_mean: -estimate.log_mean, ..estimate };
    Some(match (a?, b?) {
        (BASELINE, BASELINE) => return None,
        (a, BASELINE) => (cell(a)?.estimate()?, cell(a)?.noisy),
        (BASELINE, b) => (turned(cell(b)?.estimate()?), cell(b)?.noisy),
        (a, b) => (cell(a)?.over(cell(b)?)?, cell(a)?.noisy || cell(b)?.noisy),
    })
}

/// What a name without a case means.
fn first_case(workload: &str) -> &'static str {
    let entry = catalogue::all().into_iter().find(|entry| entry.name == workload);
    entry.and_then(|entry| entry.cases.first().copied()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_harness::journal;

    #[test]
    fn the_pairs_are_those_of_the_texts() {
        let text = "compare = [\"a:x/b\", \"a:x/c\"]\nas {{ratio julia/pipes\njulia/pure-python}} as fast, {{ratio a:x/c a:x/b}}\n{{time a/b}}";
        let told: Vec<String> = pairs(text).unwrap().iter().flatten().map(ToString::to_string).collect();
        assert_eq!(told, ["a:x/b", "a:x/c", "julia/pipes", "julia/pure-python"]);
        let topics = fs::read_to_string(workspace().join("docs/topics.toml")).unwrap();
        assert_eq!(pairs(&topics).unwrap().len(), topics.matches("\ncompare = ").count());
        assert!(named().unwrap().len() > pairs(&topics).unwrap().len(), "the prose names some, too");
    }

    #[test]
    fn a_real_run_decides_pairs_of_any_two_cells() {
        let folders = fs::read_dir(workspace().join("results")).unwrap().flatten().map(|entry| entry.path());
        let folder = folders.into_iter().find(|path| path.is_dir()).unwrap();
        let plan = journal::read_plan(&folder).unwrap();
        let lines = journal::read_lines_of(&folder, &plan).unwrap();
        let pair = |a: &str, b: &str| [a.parse().unwrap(), b.parse().unwrap()];
        let pairs = [
            pair("julia/rayon", "julia/pure-python"),
            pair("julia/pure-python", "julia/rayon"),
            pair("julia/rayon", "julia/sequential"),
            pair("julia/sequential", "julia/rayon"),
            pair("julia/rayon", "julia/nobody"),
            pair("julia/rayon", "heat/rayon"),
            pair("julia/sequential", "julia/sequential"),
        ];
        let told = of(&plan, &lines, &pairs);
        let names: Vec<[&str; 2]> = told.iter().map(|told| [&*told.a, &*told.b]).collect();
        let expected = [
            ["rayon", "pure-python"],
            ["pure-python", "rayon"],
            ["rayon", "sequential"],
            ["sequential", "rayon"],
        ];
        assert_eq!(names, expected);
        assert!(told[0].ratio > 10.0 && told[2].ratio > 1.2, "{told:?}");
        for pair in told.chunks(2) {
            assert!((pair[0].ratio * pair[1].ratio - 1.0).abs() < 1e-9, "{pair:?}");
            let [low, high] = [pair[0].low.unwrap(), pair[1].high.unwrap()];
            assert!((low * high - 1.0).abs() < 1e-9, "{pair:?}");
        }
        // the one pair has too few blocks for a claim
        assert!(told[0].blocks < 4 && told[2].blocks > 4, "{told:?}");
        let verdicts = [Verdict::Undecided, Verdict::Undecided, Verdict::Faster, Verdict::Slower];
        assert_eq!(told.iter().map(|told| told.verdict).collect::<Vec<_>>(), verdicts);
    }
}
