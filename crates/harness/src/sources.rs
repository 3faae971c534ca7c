//! Hashes of workers' sources, which link a figure to its source without a build.
//!
//! They include no absolute path, so that two clones of one commit agree.

use crate::fleet::{Fleet, Workspace};
use crate::identity::{of_bytes, of_folder, of_launch};
use crate::peers;
use parallax_record::machine::Build;
use parallax_record::name::PEERS;
use parallax_record::plan::Plan;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Folders of a package that are not part of its worker.
const NOT_BUILT: [&str; 5] = ["benches", "examples", "fuzz", "target", "tests"];

/// A hash of the sources of each family of a plan: for a worker of the workspace its source with that of the crates it
/// uses, `Cargo.lock`, the compiler and its flags; for any other worker its program; for the peers their code. None
/// where these cannot be read.
pub fn of_plan(fleet: &Fleet, plan: &Plan, build: &Build) -> BTreeMap<String, Option<String>> {
    let workspace = Workspace::read().ok();
    let families: BTreeSet<&str> = plan.families().collect();
    let of = |family: &str| match family {
        PEERS => of_folder(&peers::code().join("peers"), &[]),
        _ if fleet.built.contains(family) => of_worker(&of_program(workspace.as_ref()?, family)?, build),
        _ => of_launch(fleet.launches.get(family)?),
    };
    families.into_iter().map(|family| (family.to_owned(), of(family))).collect()
}

/// A hash of the source files of a program of the workspace.
pub(crate) fn of_program(workspace: &Workspace, program: &str) -> Option<String> {
    let folders = workspace.folders_of(program);
    let root = folders.first()?.ancestors().find(|folder| folder.join("Cargo.lock").exists())?;
    let mut parts = vec![fs::read(root.join("Cargo.lock")).ok()?, fs::read(root.join("Cargo.toml")).ok()?];
    for folder in folders {
        let name = folder.strip_prefix(root).unwrap_or(Path::new(""));
        parts.extend([
            name.as_os_str().as_encoded_bytes().to_vec(),
            of_folder(folder, &NOT_BUILT)?.into_bytes(),
        ]);
    }
    Some(of_bytes(parts.iter().map(Vec::as_slice)))
}

/// The same, with the compiler and all else that decides its output.
fn of_worker(source: &str, build: &Build) -> Option<String> {
    // the state of version control is not part of the source
    let build = Build { commit: None, dirty: None, changes: None, ..build.clone() };
    let build = serde_json::to_vec(&build).ok()?;
    Some(of_bytes([source.as_bytes(), &build]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_the_compiler_count_and_the_commit_does_not() {
        let build = Build { rustc: Some("rustc 1.95".into()), ..Build::default() };
        let of = |change: fn(&mut Build)| {
            let mut build = build.clone();
            change(&mut build);
            of_worker("0123", &build).unwrap()
        };
        let same = of(|_| ());
        assert_eq!(of(|build| build.commit = Some("another".into())), same);
        assert_eq!(of(|build| build.dirty = Some(true)), same);
        assert_ne!(of(|build| build.rustc = Some("rustc 1.96".into())), same);
        assert_ne!(of(|build| drop(build.rustflags.insert("RUSTFLAGS".into(), "-g".into()))), same);
        assert_ne!(of_worker("0124", &build).unwrap(), same);
    }

    #[test]
    fn every_worker_of_the_workspace_has_a_source_of_its_own() {
        let workspace = Workspace::read().unwrap();
        let programs = workspace.programs();
        let sources: BTreeSet<String> =
            programs.iter().map(|program| of_program(&workspace, program).unwrap()).collect();
        assert_eq!(sources.len(), programs.len());
        assert!(programs.len() > 8, "{programs:?}");
        assert_eq!(of_program(&workspace, "no-such-program"), None);
    }
}
