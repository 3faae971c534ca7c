//! The costs of a cell, from its sources, from what cargo resolves, and from earlier measurements.

use super::compiled::Compiled;
use super::graph::Graph;
use super::lines;
use super::python::Distributions;
use super::reach::Reach;
use crate::code::{self, Part};
use parallax_harness::costs::Costed;
use parallax_harness::fleet::{Fleet, FleetCell};
use parallax_harness::sources;
use parallax_harness::workspace::workspace;
use parallax_record::cost::Cost;
use parallax_record::machine::Build;
use parallax_record::name::PEERS;
use parallax_record::plan::Plan;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

/// The sources of all costs.
pub(super) struct Known {
    graph: Result<Graph, String>,
    compiled: Compiled,
    sources: BTreeMap<String, Option<String>>,
    reach: RefCell<Reach>,
    distributions: Distributions,
}

/// A figure, or why there is none.
type Found<T> = Result<T, String>;

/// The source of each family's worker, independent of the compiler.
pub(super) fn sources_of(fleet: &Fleet, plan: &Plan) -> BTreeMap<String, Option<String>> {
    sources::of_plan(fleet, plan, &Build::default())
}

impl Known {
    /// Collects what the costs of a plan's cells need.
    pub(super) fn of(fleet: &Fleet, plan: &Plan) -> Self {
        let has_peers = plan.families().any(|family| family == PEERS);
        let of_peers = fleet.cells.iter().filter(|cell| cell.family == PEERS);
        let libraries = of_peers.map(|cell| &cell.info.libraries);
        Known {
            graph: Graph::read().map_err(|why| format!("cargo cannot resolve the workspace: {why:#}")),
            compiled: Compiled::kept(),
            sources: sources_of(fleet, plan),
            reach: RefCell::new(Reach::new(workspace())),
            distributions: if has_peers { Distributions::of(libraries) } else { Distributions::default() },
        }
    }

    /// The costs of a cell, which is named by its workload, case, technique and family.
    pub(super) fn costed(&self, fleet: &Fleet, names: [&str; 4]) -> Costed {
        let is_it = |FleetCell { family, info, .. }: &&FleetCell| {
            [&info.workload, &info.case, &info.technique, family].map(String::as_str) == names
        };
        let cost = fleet.cells.iter().find(is_it).map(|cell| self.cost(cell));
        let [workload, case, technique, family] = names.map(str::to_owned);
        Costed {
            workload,
            case,
            technique,
            family,
            cost: cost.unwrap_or_else(|| Cost::unknown("its worker is no longer here")),
        }
    }

    fn cost(&self, cell: &FleetCell) -> Cost {
        let parts = code::parts(cell).map_err(|why| format!("{why:#}"));
        let foreign = foreign(cell);
        let mut cost = Cost::default();
        cost.put(
            "lines",
            |cost| &mut cost.lines,
            parts.as_ref().map(|parts| count(parts, false)).map_err(String::clone),
        );
        let kernel =
            parts.as_ref().map_err(String::clone).and_then(|parts| kernel_lines(cell, parts, &foreign));
        cost.put("kernel_lines", |cost| &mut cost.kernel_lines, kernel);
        cost.put("unsafe_lines", |cost| &mut cost.unsafe_lines, self.unsafe_lines(cell, &foreign));
        if cell.family == PEERS {
            let brought = self.distributions.brought(&cell.info.libraries);
            cost.put("dependencies", |cost| &mut cost.dependencies, brought.clone().map(|(count, _)| count));
            cost.put("size_bytes", |cost| &mut cost.size_bytes, brought.map(|(_, bytes)| bytes));
            cost.put("build_s", |cost| &mut cost.build_s, Err("distributions are installed prebuilt".into()));
        } else {
            self.put_crates(&mut cost, cell, foreign.is_some());
        }
        cost
    }

    /// Adds the costs of the crates that a technique in Rust depends on.
    fn put_crates(&self, cost: &mut Cost, cell: &FleetCell, is_foreign: bool) {
        let libraries = cell.info.libraries.iter().map(|(name, version)| (name.as_str(), version.as_deref()));
        let brought = self.graph.as_ref().map_err(String::clone).and_then(|graph| graph.brings(libraries));
        let count = brought.as_ref().map(|crates| crates.len() as u64).map_err(String::clone);
        cost.put("dependencies", |cost| &mut cost.dependencies, count);
        let not_measured = || "not measured; `cargo xtask cost --build` does it".to_owned();
        let seconds = brought.clone().and_then(|crates| {
            let all: Option<f64> = crates.iter().map(|of| self.compiled.seconds(&of.title())).sum();
            all.map(|seconds| seconds + 0.0).ok_or_else(not_measured) // a sum of nothing is -0
        });
        cost.put("build_s", |cost| &mut cost.build_s, seconds);
        let bytes = brought.and_then(|crates| {
            if is_foreign {
                return Err("machine code of another language does not name its crate".to_owned());
            }
            let names: Vec<String> = crates.iter().filter_map(|of| of.library()).collect();
            let module = module(&cell.info.source);
            let source = self.sources.get(&cell.family).and_then(Option::as_ref);
            let found = self.compiled.bytes(
                (&cell.family, source),
                names.iter().map(String::as_str),
                module.as_deref(),
            );
            found.ok_or_else(not_measured)
        });
        cost.put("size_bytes", |cost| &mut cost.size_bytes, bytes);
    }

    /// The lines that the compiler does not check: in Rust, those of the files that it reaches; elsewhere, all.
    fn unsafe_lines(&self, cell: &FleetCell, foreign: &Option<(String, String)>) -> Found<u64> {
        if cell.info.source.ends_with(".py") {
            return Err("Python has no mark for unsafe lines".into());
        }
        let spreader = cell.info.spreader.as_ref().map(|spreader| spreader.source.as_str());
        let mut reached = BTreeMap::new();
        for file in
            [Some(cell.info.source.as_str()), spreader, Some(cell.info.kernel.as_str())].into_iter().flatten()
        {
            reached.extend(self.reach.borrow_mut().unchecked(file));
        }
        if reached.is_empty() {
            return Err(format!("{} is not a file of this workspace", cell.info.source));
        }
        let foreign = foreign.as_ref().map_or(0, |(file, text)| lines::code(file, text));
        Ok(reached.values().sum::<u64>() + foreign)
    }
}

/// Lines of the parts before the kernel, or of the kernel and the parts after it.
fn count(parts: &[Part], of_kernel: bool) -> u64 {
    let kernel = parts.iter().position(|part| part.title == "kernel").unwrap_or(parts.len());
    let (technique, kernel) = parts.split_at(kernel);
    let is_in_technique = |part: &&Part| {
        technique.iter().any(|other| (&other.file, other.snippet.first) == (&part.file, part.snippet.first))
    };
    let chosen: Vec<&Part> = match of_kernel {
        true => kernel.iter().filter(|part| !is_in_technique(part)).collect(),
        false => technique.iter().collect(),
    };
    chosen.iter().map(|part| lines::code(&part.file, &part.snippet.text)).sum()
}

fn kernel_lines(cell: &FleetCell, parts: &[Part], foreign: &Option<(String, String)>) -> Found<u64> {
    let has_kernel = parts.iter().any(|part| part.title == "kernel");
    if !has_kernel && !cell.info.kernel.is_empty() {
        return Err(format!("no kernel is found in {}; a macro may write it", cell.info.kernel));
    }
    Ok(count(parts, true) + foreign.as_ref().map_or(0, |(file, text)| lines::code(file, text)))
}

/// The text of a kernel in another language: of the file named like the Rust file that calls it, or like the workload,
/// in the folder of that language next to it.
fn foreign(cell: &FleetCell) -> Option<(String, String)> {
    let info = &cell.info;
    let is_fortran = info.technique.split('+').any(|name| name == "fortran");
    let (folder, ending) = if is_fortran { ("fortran", "f90") } else { ("c", "c") };
    let named =
        [(&info.kernel, Path::new(&info.kernel).file_stem()?), (&info.source, OsStr::new(&info.workload))];
    let mut files = named.into_iter().filter_map(|(file, name)| {
        Some(Path::new(file).parent()?.join(folder).join(name).with_extension(ending))
    });
    files.find_map(|file| {
        let text = std::fs::read_to_string(workspace().join(&file)).ok()?;
        Some((file.display().to_string(), text))
    })
}

/// The module path of a file of the project, as in its functions' names; none for a crate's root.
fn module(source: &str) -> Option<String> {
    let (folder, path) = source.strip_prefix("crates/")?.split_once("/src/")?;
    let path = path.strip_suffix(".rs")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    (path != "lib").then(|| format!("parallax_{}::{}", folder.replace('-', "_"), path.replace('/', "::")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Snippet;

    fn part(title: &'static str, first: usize, text: &str) -> Part {
        let last = first + text.lines().count() - 1;
        Part { title, file: "a.rs".into(), snippet: Snippet { text: text.into(), first, last } }
    }

    #[test]
    fn a_function_that_part_and_kernel_both_call_is_counted_once() {
        let parts = [
            part("technique", 1, "fn map() {\n    // why\n    both()\n}\n"),
            part("called by it", 9, "fn both() {}\n"),
            part("kernel", 20, "impl Map for W {\n\n    both()\n}\n"),
            part("called by it", 9, "fn both() {}\n"),
        ];
        assert_eq!((count(&parts, false), count(&parts, true)), (4, 3));
        assert_eq!((count(&parts[..2], false), count(&parts[..2], true)), (4, 0));
    }

    #[test]
    fn a_module_is_named_as_the_compiler_names_it() {
        assert_eq!(
            module("crates/distributed-mpi/src/ranks/mod.rs").as_deref(),
            Some("parallax_distributed_mpi::ranks")
        );
        assert_eq!(module("crates/threading/src/rayon.rs").as_deref(), Some("parallax_threading::rayon"));
        assert_eq!(module("crates/threading/src/lib.rs"), None);
        assert_eq!(module("peers/python/peers/systems/dask_.py"), None);
    }
}
