//! Gathers the generator's input: the cells and their cards, the code of each, and the runs.

use super::{Source, block, contrasts, sweeps};
use crate::claims::KEPT;
use crate::{code, cost, source};
use anyhow::{Context, Result};
use parallax_harness::costs::{self, Costed};
use parallax_harness::fleet::{Fleet, FleetCell};
use parallax_harness::journal::{self};
use parallax_harness::own::{self, OwnWork};
use parallax_harness::say::say;
use parallax_harness::{summary, workspace};
use parallax_limits::Limit;
use parallax_record::environment::Environment;
use parallax_record::journal::{BlockLine, Line};
use parallax_record::plan::Plan;
use parallax_runner::protocol::CellInfo;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The version of this form.
const SCHEMA: u32 = 2;

/// The whole input, as `crates/site` reads it.
pub(super) fn gather(fleet: &Fleet, runs: &[Source]) -> Result<Value> {
    Ok(json!({
        "schema": SCHEMA,
        "families": families(fleet),
        "absent": fleet.absent.iter().map(|(name, why)| json!({ "name": name, "reason": why })).collect::<Vec<_>>(),
        "partial": is_partial(|family| fleet.launches.contains_key(family)),
        "techniques": techniques(fleet),
        "cells": fleet.cells.iter().map(cell).chain(runs.iter().flat_map(own_cells)).collect::<Vec<_>>(),
        "runs": shown(runs, &|plan| cost::of(fleet, plan))?,
        "sweeps": sweeps::sweeps(runs),
        "claims": claims(runs),
    }))
}

/// Whether a family of the workspace is missing, for any reason: each has a worker of its name in a `src/bin`. The
/// peers have none there, and do not count: the prose lists them.
fn is_partial(has: impl Fn(&str) -> bool) -> bool {
    let inside =
        |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let workers = inside(&workspace::workspace().join("crates")).flat_map(|one| inside(&one.join("src/bin")));
    let mut names = workers.filter_map(|worker| Some(worker.file_stem()?.to_string_lossy().into_owned()));
    names.any(|name| !has(&name))
}

/// The published claims with their outcomes: those kept with one of the runs that the site is about, or those of this
/// machine; else the ledger alone.
fn claims(runs: &[Source]) -> Value {
    let kept = spoken_of(runs).map(|run| run.folder.join(KEPT));
    let own = std::iter::once(journal::home().join(KEPT)).filter(|_| has_own(runs) || runs.is_empty());
    let ledger = workspace::workspace().join("peers/python/peers/claims/ledger.json");
    let mut texts = kept.chain(own).chain([ledger]).filter_map(|path| std::fs::read(path).ok());
    texts.find_map(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// Each family with the documentation of its crate.
fn families(fleet: &Fleet) -> Vec<Value> {
    let mut families: BTreeMap<&str, &str> = BTreeMap::new();
    for cell in &fleet.cells {
        families.entry(&cell.family).or_insert(&cell.info.source);
    }
    let family = |(name, source): (&&str, &&str)| {
        let home = source.rsplit_once("/src/").map(|(home, _)| format!("{home}/src/lib.rs"));
        let doc = home.as_deref().and_then(read).map(|text| opening(&text));
        json!({ "name": name, "source": home, "doc": doc })
    };
    families.iter().map(family).collect()
}

/// Each technique: its card, and the opening comment of its file with the example in it.
fn techniques(fleet: &Fleet) -> Vec<Value> {
    let mut techniques: BTreeMap<(&str, &str), &FleetCell> = BTreeMap::new();
    for cell in &fleet.cells {
        techniques.entry((&cell.family, &cell.info.technique)).or_insert(cell);
    }
    techniques.into_values().map(technique).collect()
}

fn technique(cell: &FleetCell) -> Value {
    let info = &cell.info;
    let text = read(&info.source).unwrap_or_default();
    let example = source::example(&text).ok();
    json!({
        "family": cell.family,
        "name": info.technique,
        "idea": info.idea,
        "gives": info.gives,
        "costs": info.costs,
        "source": info.source,
        "implementor": info.implementor,
        "libraries": info.libraries,
        "doc": opening(&text),
        "example": example.map(|found| json!({ "text": found.dedented(), "first": found.first, "last": found.last })),
    })
}

fn cell(cell: &FleetCell) -> Value {
    let info = &cell.info;
    let (parts, missing) = match code::parts(cell) {
        Ok(parts) => (parts.iter().map(code::Part::json).collect(), None),
        Err(why) => (Vec::new(), Some(format!("{why:#}"))),
    };
    json!({
        "family": cell.family,
        "workload": info.workload,
        "case": info.case,
        "technique": info.technique,
        "question": info.question,
        "pattern": info.pattern,
        "kernel": info.kernel,
        "parts": parts,
        "missing": missing,
    })
}

/// The cells of a run of a user's own work, with the source that the run keeps.
fn own_cells(run: &Source) -> Vec<Value> {
    let Ok(work) = journal::read_json::<OwnWork>(&run.folder, own::FILE) else { return Vec::new() };
    let cell = |info: &CellInfo| {
        let text = work.sources.get(&info.kernel).map(String::as_str);
        let parts: Vec<Value> = code::own_parts(info, text).iter().map(code::Part::json).collect();
        json!({
            "family": work.family,
            "workload": info.workload,
            "case": info.case,
            "technique": info.technique,
            "question": info.question,
            "pattern": info.pattern,
            "kernel": info.kernel,
            "parts": parts,
            "missing": text.is_none().then(|| format!("the run does not hold {}", info.kernel)),
        })
    };
    work.cells.iter().map(cell).collect()
}

/// Whether there is a run other than those that come with the repository.
pub(super) fn has_own(runs: &[Source]) -> bool {
    runs.iter().any(|run| !run.reference)
}

/// The runs that the site is about. If the user has one, a reference run only lends the cells that it lacks.
pub(super) fn spoken_of(runs: &[Source]) -> impl Iterator<Item = &Source> {
    let own = has_own(runs);
    runs.iter().filter(move |run| !(own && run.reference))
}

/// All runs. A reference run that cannot be read does not prevent a site of the user's run.
fn shown(runs: &[Source], costing: &dyn Fn(&Plan) -> Vec<Costed>) -> Result<Vec<Value>> {
    let own = has_own(runs);
    let mut all = Vec::new();
    for source in runs {
        match run(source, costing) {
            Ok(run) => all.push(run),
            Err(why) if own && source.reference => say(&format!("without a reference run: {why:#}")),
            Err(why) => return Err(why),
        }
    }
    Ok(all)
}

/// A run: its summary, made again if the journal is there, the trace of the probe, and a block as an example. The costs
/// of its cells are those that it keeps, or else those of the present sources, which are also the code shown next to its
/// times.
fn run(source: &Source, costing: &dyn Fn(&Plan) -> Vec<Costed>) -> Result<Value> {
    let folder = &source.folder;
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let ceilings = journal::read_ceilings(folder)?;
    let (mut made, mut trace, mut example) = (None, Vec::new(), None);
    if folder.join("journal.ndjson").exists() && folder.join("plan.json").exists() {
        let plan = journal::read_plan(folder)?;
        let environment: Environment = journal::read_json(folder, "env.json")?;
        let lines = journal::read_lines_of(folder, &plan)?;
        let rests = journal::read_rests(folder)?;
        trace = lines.iter().filter_map(ended).cloned().collect();
        let named = contrasts::named()?;
        let mut summary = summary::of(&plan, &environment, &ceilings, &lines, rests.as_deref(), &named);
        example = block::example(&plan, &lines, &summary.excluded);
        let kept = journal::read_costs(folder)?;
        costs::put(&mut summary, &if kept.is_empty() { costing(&plan) } else { kept });
        made = Some(serde_json::to_value(summary)?);
    }
    let remade = made.is_some();
    let summary = made.map_or_else(|| journal::read_json(folder, "summary.json"), Ok);
    let summary: Value = summary.with_context(|| format!("{} cannot be shown", folder.display()))?;
    let file = folder.join(if remade { "plan.json" } else { "summary.json" });
    Ok(json!({ "name": name, "file": file, "reference": source.reference, "summary": summary, "trace": trace,
               "block": example, "network": ceilings.network,
               "limits": ceilings.limits.into_iter().map(without_samples).collect::<Vec<_>>() }))
}

/// A limit as pages show it.
fn without_samples(limit: Limit) -> Limit {
    Limit { rates: Vec::new(), ..limit }
}

/// The readings of the probe and the machine around one block.
fn ended(line: &Line) -> Option<&BlockLine> {
    match line {
        Line::Block(block) => Some(block),
        Line::Turn(_) | Line::Heap(_) => None,
    }
}

/// The `//!` comment at the head of a file, as Markdown.
fn opening(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
}

/// A file of the workspace; none if the path that a worker names is outside.
fn read(file: &str) -> Option<String> {
    let inside = Path::new(file).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    inside.then(|| std::fs::read_to_string(workspace::workspace().join(file)).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_opening_ends_with_the_comment() {
        assert_eq!(opening("//! An idea.\n//!\n//! More.\n\nuse x;\n//! not this\n"), "An idea.\n\nMore.\n");
        assert_eq!(opening("use x;\n"), "");
    }

    #[test]
    fn only_a_missing_family_of_rust_makes_a_site_partial() {
        assert!(!is_partial(|_| true) && !is_partial(|family| family != "python"));
        for family in ["jit", "processes", "stack", "atomics", "simd", "threading", "caching", "baseline"] {
            assert!(is_partial(|other| other != family), "{family}");
        }
    }

    #[test]
    fn a_run_names_the_file_that_names_its_cells() {
        let folder = workspace::workspace().join("results/earlier/amd-epyc-7003-2-cores");
        let none = |_: &Plan| Vec::new();
        let told = run(&Source { folder: folder.clone(), reference: true }, &none).unwrap();
        assert_eq!(told["file"], json!(folder.join("plan.json")));
        let rows = told["summary"]["cells"].as_array().unwrap();
        let of = |workload: &str, field: &str| {
            let is = |row: &&Value| row["workload"] == workload && !row["time_ns_median"].is_null();
            rows.iter().find(is).unwrap()[field].as_f64()
        };
        let triad = [of("stream", "flops"), of("stream", "moved_bytes")].map(Option::unwrap);
        assert_eq!(triad[1] / triad[0], 32.0 / 3.0, "three operations for each 32 bytes");
        assert_eq!(of("taskgraph", "flops"), None);
        let only = tempfile::tempdir().unwrap();
        std::fs::copy(folder.join("summary.json"), only.path().join("summary.json")).unwrap();
        let told = run(&Source { folder: only.path().to_owned(), reference: false }, &none).unwrap();
        assert_eq!(told["file"], json!(only.path().join("summary.json")));
    }

    #[test]
    fn a_broken_reference_run_does_not_prevent_a_site_of_the_user_s() {
        let good = workspace::workspace().join("results/earlier/amd-epyc-7003-2-cores");
        let broken = tempfile::tempdir().unwrap();
        std::fs::write(broken.path().join("summary.json"), "{").unwrap();
        let source = |folder: &Path, reference| Source { folder: folder.to_owned(), reference };
        let none = |_: &Plan| Vec::new();
        let told = shown(&[source(&good, false), source(broken.path(), true)], &none).unwrap();
        assert_eq!(told.len(), 1);
        for runs in [
            [source(&good, true), source(broken.path(), true)],
            [source(&good, false), source(broken.path(), false)],
        ] {
            assert!(shown(&runs, &none).is_err());
        }
    }

    #[test]
    fn a_site_is_about_the_runs_of_the_user_where_there_are_any() {
        let source = |name: &str, reference| Source { folder: name.into(), reference };
        let names = |runs: &[Source]| -> Vec<String> {
            spoken_of(runs).map(|run| run.folder.display().to_string()).collect()
        };
        assert_eq!(names(&[source("mine", false), source("kept", true)]), ["mine"]);
        assert_eq!(names(&[source("kept", true), source("other", true)]), ["kept", "other"]);
    }

    #[test]
    fn nothing_outside_the_workspace_is_read() {
        assert!(read("Cargo.toml").is_some());
        assert!(read("../Cargo.toml").is_none() && read("/etc/hostname").is_none());
    }
}
