//! The workspace as cargo describes it: its workers, the folders of their sources, and the folders of their programs.

use super::{SITE, tools};
use anyhow::{Context, Result};
use parallax_pattern::optional;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The feature of a family that adds its worker; without it the family is only a library.
const WORKER: &str = "worker";

/// The packages of the workspace, as `cargo metadata` lists them.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    targets: Vec<Target>,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

/// The `[package.metadata.parallax]` table of a manifest; other tables are ignored.
#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    parallax: Needs,
}

/// The features that need a program to be built: `features = { mpi = "mpicc" }`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Needs {
    /// The program that each feature needs.
    #[serde(default)]
    features: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    kind: Option<String>,
    path: Option<PathBuf>,
}

/// A target of a package.
#[derive(Debug, Deserialize)]
pub(super) struct Target {
    kind: Vec<String>,
    pub(super) name: String,
}

impl Target {
    pub(super) fn is_program(&self) -> bool {
        self.kind.iter().any(|kind| kind == "bin")
    }
}

impl Workspace {
    pub(crate) fn read() -> Result<Self> {
        let told = cargo().args(["metadata", "--no-deps", "--format-version=1"]).output()?;
        serde_json::from_slice(&told.stdout).context("cargo cannot read the workspace")
    }

    /// The workers' names, which are those of their families.
    pub(crate) fn programs(&self) -> Vec<String> {
        let programs =
            self.of_workers().flat_map(|package| &package.targets).filter(|target| target.is_program());
        programs.map(|target| target.name.clone()).collect()
    }

    /// The features to build with: that of the workers, and those whose programs this machine has. Each applies to
    /// every package with a feature of that name, because cargo accepts a package's own only where another depends on
    /// it.
    pub(super) fn features(&self) -> Vec<&str> {
        self.features_with(|feature, program| !optional::hidden(feature) && tools::is_there(program))
    }

    /// The same, where `has` decides from a feature and the program it needs whether it can be built.
    fn features_with(&self, has: impl Fn(&str, &str) -> bool) -> Vec<&str> {
        let needs = self.of_workers().flat_map(|package| &package.metadata);
        let needs = needs.flat_map(|metadata| &metadata.parallax.features);
        let found = needs.filter(|(feature, program)| has(feature, program));
        iter::once(WORKER).chain(found.map(|(feature, _)| feature.as_str())).collect()
    }

    /// The packages that workers are built from.
    fn of_workers(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| !["xtask", SITE].contains(&&*package.name))
    }

    /// Cargo's target folder.
    pub(super) fn target(&self) -> &Path {
        &self.target_directory
    }

    /// The folders of a worker's package and of all packages of the workspace that it depends on, sorted.
    pub(crate) fn folders_of(&self, program: &str) -> Vec<&Path> {
        let is_its = |target: &Target| target.is_program() && target.name == program;
        let of_program = self.packages.iter().find(|package| package.targets.iter().any(is_its));
        let (mut found, mut open): (Vec<&Package>, Vec<&Package>) =
            (Vec::new(), of_program.into_iter().collect());
        while let Some(package) = open.pop() {
            if found.iter().any(|other| other.name == package.name) {
                continue;
            }
            found.push(package);
            let made_of = package.dependencies.iter().filter(|of| of.kind.as_deref() != Some("dev"));
            let folders = made_of.filter_map(|of| of.path.as_deref());
            open.extend(folders.filter_map(|folder| {
                self.packages.iter().find(|package| package.manifest_path.parent() == Some(folder))
            }));
        }
        let mut folders: Vec<&Path> =
            found.iter().filter_map(|package| package.manifest_path.parent()).collect();
        folders.sort_unstable();
        folders
    }

    /// The wanted workers that are already built, and the names of the others.
    pub(super) fn standing(&self, wanted: &[String]) -> (Vec<PathBuf>, Vec<String>) {
        let folders = folders(&self.target_directory, std::env::var_os("CARGO_BUILD_TARGET").as_deref());
        let (mut there, mut missing) = (Vec::new(), Vec::new());
        for name in wanted {
            let candidates = folders.iter().map(|folder| folder.join(name)).filter(|path| path.exists());
            // of several targets, the one that was built last
            match candidates.max_by_key(|path| path.metadata().and_then(|data| data.modified()).ok()) {
                Some(program) => there.push(program),
                None => missing.push(name.clone()),
            }
        }
        (there, missing)
    }
}

/// The folders in which cargo puts programs: a separate one for each named target, whether the environment names it or
/// a configuration that cargo does not show.
fn folders(target_directory: &Path, named: Option<&OsStr>) -> Vec<PathBuf> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        // a target may be given as a file, whose name without its extension is the folder's
        let file = Path::new(named).extension().is_some_and(|ending| ending == "json");
        let name = if file { Path::new(named).file_stem().unwrap_or(named) } else { named };
        return vec![target_directory.join(name).join("release")];
    }
    let entries = std::fs::read_dir(target_directory).into_iter().flatten().flatten();
    let of_targets = entries.map(|entry| entry.path().join("release")).filter(|folder| folder.is_dir());
    std::iter::once(target_directory.join("release")).chain(of_targets).collect()
}

pub(super) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(crate::workspace::workspace());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Workspace {
        /// The same with another target folder.
        pub(in crate::fleet) fn built_in(self, target_directory: PathBuf) -> Self {
            Workspace { target_directory, ..self }
        }
    }

    #[test]
    fn a_target_that_is_named_has_a_folder_of_its_own() {
        let here = tempfile::tempdir().unwrap();
        let of = |named: Option<&str>| folders(here.path(), named.map(OsStr::new));
        std::fs::create_dir_all(here.path().join("x86_64-unknown-linux-musl/release")).unwrap();
        std::fs::create_dir_all(here.path().join("debug")).unwrap();
        let [plain, musl] =
            ["release", "x86_64-unknown-linux-musl/release"].map(|name| here.path().join(name));
        assert_eq!(of(None), [plain.clone(), musl.clone()]);
        assert_eq!(of(Some("")), [plain, musl.clone()]);
        assert_eq!(of(Some("x86_64-unknown-linux-musl")), [musl]);
        assert_eq!(of(Some("/some/where/board.json")), [here.path().join("board/release")]);
    }

    #[test]
    fn a_feature_that_needs_a_program_is_built_where_it_is_found() {
        let workspace = Workspace::read().unwrap();
        let of = |has: bool| {
            workspace.features_with(|feature, program| {
                assert_eq!((feature, program), ("mpi", "mpicc"), "what the manifests say");
                has
            })
        };
        assert_eq!(of(false), ["worker"]);
        assert_eq!(of(true), ["worker", "mpi"]);
        // a manifest may have other tables, but no unknown keys in ours
        let read = |metadata: &str| serde_json::from_str::<Metadata>(metadata);
        assert!(read(r#"{"docs":{"rs":{}}}"#).unwrap().parallax.features.is_empty());
        assert!(read(r#"{"parallax":{"feature":{}}}"#).is_err());
    }

    #[test]
    fn a_worker_is_made_of_its_package_and_of_all_that_it_uses() {
        let workspace = Workspace::read().unwrap();
        let names = |program: &str| -> Vec<String> {
            let folders = workspace.folders_of(program);
            folders.iter().map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names("simd"), ["limits", "load", "pattern", "runner", "simd", "suite"]);
        assert!(
            names("stack").contains(&"simd".to_owned()) && names("stack").contains(&"threading".to_owned())
        );
        // no other worker waits for Cranelift, which only jit uses
        assert!(!names("stack").contains(&"jit".to_owned()));
        assert_eq!(names("no-such-program"), [""; 0]);
    }
}
