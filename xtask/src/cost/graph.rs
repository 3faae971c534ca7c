//! A library's dependencies, direct and indirect, as cargo resolves them for this machine.

use anyhow::{Context, Result, bail};
use parallax_harness::fleet;
use parallax_harness::workspace::workspace;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// The package whose worker is the baseline's.
const BASELINE: &str = "parallax-runner";

/// The crates that are compiled, with the dependencies of each.
#[derive(Debug)]
pub(super) struct Graph {
    packages: BTreeMap<String, Package>,
    edges: BTreeMap<String, Vec<String>>,
    /// The crates in the baseline's worker.
    baseline: BTreeSet<String>,
}

/// A crate: of the workspace, or of others.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    id: String,
    name: String,
    version: String,
    /// Null for a crate of the workspace.
    source: Option<String>,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

/// The workspace as `cargo metadata` reports it.
#[derive(Deserialize)]
struct Told {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

impl Package {
    /// `rayon 1.12.0`.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// The compiler's name for its library.
    pub(super) fn library(&self) -> Option<String> {
        let is_library =
            |target: &&Target| target.kind.iter().any(|kind| kind.ends_with("lib") || kind == "proc-macro");
        self.targets.iter().find(is_library).map(|target| target.name.replace('-', "_"))
    }
}

impl Graph {
    /// Asks cargo to resolve the workspace for this machine, with the workers' features.
    pub(super) fn read() -> Result<Self> {
        let run = |mut command: Command| -> Result<Vec<u8>> {
            let told = command
                .current_dir(workspace())
                .output()
                .with_context(|| format!("cannot start {command:?}"))?;
            if !told.status.success() {
                let why = String::from_utf8_lossy(&told.stderr);
                bail!("{}", why.lines().next().unwrap_or("cargo gave no reason"));
            }
            Ok(told.stdout)
        };
        let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc.arg("-vV");
        let version = String::from_utf8(run(rustc)?)?;
        let host = version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .context("rustc does not name its host")?;
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["metadata", "--format-version=1", "--locked", "--filter-platform", host]);
        cargo.args(["--features", &fleet::features()?.join(",")]);
        Self::parse(&run(cargo)?)
    }

    fn parse(told: &[u8]) -> Result<Self> {
        let Told { packages, resolve } =
            serde_json::from_slice(told).context("the output of `cargo metadata` cannot be read")?;
        let is_built = |edge: &&Edge| edge.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev"));
        let edges = resolve.nodes.into_iter().map(|node| {
            let of = node.deps.iter().filter(is_built).map(|edge| edge.pkg.clone()).collect();
            (node.id, of)
        });
        let edges: BTreeMap<String, Vec<String>> = edges.collect();
        let packages: BTreeMap<String, Package> =
            packages.into_iter().map(|package| (package.id.clone(), package)).collect();
        let mut graph = Graph { packages, edges, baseline: BTreeSet::new() };
        let runner =
            graph.packages.values().find(|package| package.name == BASELINE && package.source.is_none());
        let runner = runner.context("the workspace has no baseline")?.id.clone();
        graph.baseline = graph.closure(vec![runner]);
        Ok(graph)
    }

    /// The name and version of a crate by cargo's identifier of it.
    pub(super) fn title(&self, id: &str) -> Option<String> {
        self.packages.get(id).map(Package::title)
    }

    /// These libraries and their dependencies, without the crates that the baseline has as well.
    ///
    /// # Errors
    ///
    /// With the name of a library that is not among the crates.
    pub(super) fn brings<'a>(
        &self,
        libraries: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Result<Vec<&Package>, String> {
        let mut begin = Vec::new();
        for (name, version) in libraries {
            let is_it = |package: &&Package| {
                package.name == name && version.is_none_or(|version| package.version == version)
            };
            let found = self.packages.values().find(is_it);
            begin.push(found.ok_or_else(|| format!("{name} is not a crate of this build"))?.id.clone());
        }
        let all = self.closure(begin);
        let brought =
            all.iter().filter(|id| !self.baseline.contains(*id)).filter_map(|id| self.packages.get(id));
        Ok(brought.filter(|package| package.source.is_some()).collect())
    }

    fn closure(&self, mut open: Vec<String>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        while let Some(id) = open.pop() {
            if found.insert(id.clone()) {
                open.extend(self.edges.get(&id).into_iter().flatten().cloned());
            }
        }
        found
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// A baseline that depends on `small`; `big` depends on `small`, `part` and, for tests, `probe`.
    pub(in crate::cost) fn sample() -> Graph {
        let package = |name: &str, source: Value| {
            json!({ "id": name, "name": name, "version": "1.0.0", "source": source,
                    "targets": [{ "kind": ["bin"], "name": "tool" }, { "kind": ["lib"], "name": name }] })
        };
        let others = ["small", "big", "pa-rt", "probe"].map(|name| package(name, json!("registry")));
        let packages: Vec<Value> = others.into_iter().chain([package(BASELINE, json!(null))]).collect();
        let edge = |to: &str, kind: Value| json!({ "pkg": to, "dep_kinds": [{ "kind": kind }] });
        let nodes = json!([
            { "id": BASELINE, "deps": [edge("small", json!(null))] },
            { "id": "big",
              "deps": [edge("small", json!(null)), edge("pa-rt", json!("build")), edge("probe", json!("dev"))] },
        ]);
        Graph::parse(json!({ "packages": packages, "resolve": { "nodes": nodes } }).to_string().as_bytes())
            .unwrap()
    }

    #[test]
    fn a_library_brings_what_it_is_built_of_beyond_the_baseline() {
        let graph = sample();
        let of = |library| {
            let found = graph.brings(std::iter::once((library, Some("1.0.0")))).unwrap();
            found.iter().map(|package| package.title()).collect::<Vec<_>>()
        };
        assert_eq!(of("big"), ["big 1.0.0", "pa-rt 1.0.0"]);
        assert_eq!(of("small"), [""; 0]);
        assert!(graph.brings(std::iter::once(("big", Some("2.0.0")))).is_err());
        assert_eq!(graph.brings(std::iter::empty()).unwrap().len(), 0);
        let names: Vec<Option<String>> = graph.packages.values().map(Package::library).collect();
        assert!(names.contains(&Some("pa_rt".into())), "{names:?}");
        assert!(Graph::parse(b"{}").is_err());
    }

    #[test]
    fn the_workspace_itself_is_resolved() {
        let graph = Graph::read().unwrap();
        let rayon = graph.brings(std::iter::once(("rayon", None))).unwrap();
        assert!(rayon.iter().any(|package| package.name == "crossbeam-deque"), "{rayon:?}");
        assert_eq!(
            graph.brings(std::iter::once(("serde_json", None))).unwrap().len(),
            0,
            "the baseline speaks JSON"
        );
    }
}
