//! The sweeps that go into a site: those kept with the runs that it is about, and the newest of this machine.

use super::Source;
use super::gather::{has_own, spoken_of};
use parallax_harness::say::say;
use parallax_harness::{journal, summary};
use parallax_record::environment::Environment;
use parallax_record::plan::Plan;
use parallax_record::scale::Axis;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The prefix of the name of a sweep's folder that is kept with a run.
const BESIDE: &str = "scale-";

/// All sweeps, each with its machine. One that cannot be read is left out and reported.
pub(super) fn sweeps(runs: &[Source]) -> Vec<Value> {
    let beside = spoken_of(runs).flat_map(|run| folders(&run.folder)).filter(|folder| is_beside(folder));
    let own = has_own(runs).then(|| folders(&journal::home())).into_iter().flatten();
    let mut known: BTreeSet<(Axis, Vec<String>)> = BTreeSet::new();
    let mut all = Vec::new();
    for folder in beside.chain(own) {
        let plan = match plan(&folder) {
            Some(Ok(plan)) => plan,
            Some(Err(why)) => {
                say(&format!("without a sweep: {why:#}"));
                continue;
            }
            None => continue,
        };
        let Some(sweep) = &plan.sweep else { continue };
        let mut works: Vec<String> = plan.groups.iter().map(|group| group.workload.clone()).collect();
        works.dedup();
        if known.insert((sweep.axis, works)) {
            match read(&folder, &plan) {
                Ok(read) => all.push(read),
                Err(why) => say(&format!("without a sweep: {why:#}")),
            }
        }
    }
    all
}

/// The folders in a folder, the newest by name first.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let inside = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = inside.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.reverse();
    folders
}

fn is_beside(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(BESIDE))
}

/// The plan of a run; none if there is no run.
fn plan(folder: &Path) -> Option<anyhow::Result<Plan>> {
    folder.join("plan.json").exists().then(|| journal::read_plan(folder))
}

/// The results of a sweep, made again from its journal.
fn read(folder: &Path, plan: &Plan) -> anyhow::Result<Value> {
    let environment: Environment = journal::read_json(folder, "env.json")?;
    let lines = journal::read_lines_of(folder, plan)?;
    let summary = summary::of(plan, &environment, &Default::default(), &lines, None, &[]);
    Ok(json!({ "machine": environment.machine.words(), "scaling": summary.scaling }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_run_brings_the_sweeps_that_stand_beside_it() {
        let kept = parallax_harness::workspace::workspace().join("results/earlier/amd-epyc-7003-2-cores");
        let home = tempfile::tempdir().unwrap();
        let mut plan: Value = serde_json::from_slice(&fs::read(kept.join("plan.json")).unwrap()).unwrap();
        let group = plan["groups"][0].clone();
        let at = |value: &str| {
            let mut group = group.clone();
            group["point"] = json!({ "value": value, "units": value.parse::<u64>().unwrap() });
            group
        };
        (plan["groups"], plan["sweep"]) = (json!([at("16"), at("4000")]), json!({ "axis": "size" }));
        for (name, plan) in
            [("scale-size", plan.to_string()), ("other", plan.to_string()), ("scale-cpu", "{".into())]
        {
            let folder = home.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::copy(kept.join("env.json"), folder.join("env.json")).unwrap();
            fs::write(folder.join("plan.json"), plan).unwrap();
            fs::write(folder.join("journal.ndjson"), "").unwrap();
        }
        let found = sweeps(&[Source { folder: home.path().to_owned(), reference: true }]);
        assert_eq!(found.len(), 1, "one is damaged, and one has another name: {found:?}");
        assert_eq!(found[0]["scaling"]["axis"], "size");
        assert_eq!(found[0]["machine"], "AMD EPYC, 2 cores");
        let values: Vec<&Value> =
            found[0]["scaling"]["points"].as_array().unwrap().iter().map(|point| &point["value"]).collect();
        assert_eq!(values[..2], [&json!("16"), &json!("4000")]);
    }
}
