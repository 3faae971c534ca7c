//! Building the workers of the workspace with cargo: which were built, and which do not build.

use super::BASELINE_FAMILY;
use super::SITE;
use super::notice;
use super::workspace::{Target, Workspace, cargo};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// One line of the output of `cargo build --message-format=json`, with only the fields that we need.
#[derive(Deserialize)]
struct Artifact {
    executable: Option<PathBuf>,
    target: Option<Target>,
}

/// The programs of the workspace that were built, and the names of those that do not build.
pub(super) struct Built {
    pub(super) programs: Vec<PathBuf>,
    pub(super) missing: Vec<String>,
}

/// The worker of the baseline, built.
pub fn baseline() -> Result<PathBuf> {
    let built = build(&Workspace::read()?, &[BASELINE_FAMILY.to_owned()])?;
    let program = built.programs.into_iter().find(|program| program.ends_with(BASELINE_FAMILY));
    program.context("the baseline's worker does not build; see cargo's message above")
}

/// Builds workers as users build them. If one does not build here, only its own rows are missing.
pub(super) fn build(workspace: &Workspace, wanted: &[String]) -> Result<Built> {
    let notice = notice::Build::begins(workspace, wanted);
    let mut child = command(workspace, wanted)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start cargo to build the workers")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let found = programs(BufReader::new(stdout))?;
    let is_missing = |name: &&String| found.iter().all(|(_, built)| built != *name);
    let missing = match child.wait()?.success() {
        true => Vec::new(),
        false => wanted.iter().filter(is_missing).cloned().collect(),
    };
    if missing.is_empty() {
        notice.ended(workspace, wanted);
    }
    Ok(Built { programs: found.into_iter().map(|(program, _)| program).collect(), missing })
}

/// The command that builds these workers as users build them, and reports on standard output what it has built.
///
/// # Errors
///
/// If cargo cannot read the workspace.
pub fn building(wanted: &[String]) -> Result<Command> {
    Ok(command(&Workspace::read()?, wanted))
}

/// The features with which workers are built here.
///
/// # Errors
///
/// If cargo cannot read the workspace.
pub fn features() -> Result<Vec<String>> {
    Ok(Workspace::read()?.features().into_iter().map(str::to_owned).collect())
}

fn command(workspace: &Workspace, wanted: &[String]) -> Command {
    let mut command = cargo();
    command.args(["build", "--release", "--keep-going", "--message-format=json-render-diagnostics"]);
    command.args(packages(workspace, wanted));
    command.args(wanted.iter().flat_map(|name| ["--bin", name]));
    command
}

/// The family whose libraries enable features of shared dependencies that no other family needs, including macros: it
/// is included only where it is built, and then half of the workers' dependencies are compiled a second time.
const APART: &str = "parallax-distributed-jobs";

/// The packages for which cargo unifies the features of libraries: the whole workspace with every worker, whichever of
/// them are to be built. With fewer packages it would compile half of the libraries a second time.
fn packages<'a>(workspace: &'a Workspace, wanted: &[String]) -> Vec<&'a str> {
    let mut args = vec!["--workspace", "--exclude", "xtask", "--exclude", SITE];
    let is_apart = |name: &String| APART.strip_prefix("parallax-") == Some(name);
    if workspace.programs().iter().any(is_apart) && !wanted.iter().any(is_apart) {
        args.extend(["--exclude", APART]);
    }
    args.extend(workspace.features().into_iter().flat_map(|feature| ["--features", feature]));
    args
}

/// The programs that cargo reports as built, with their names: only cargo knows in which folder they are.
fn programs(messages: impl BufRead) -> Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for line in messages.lines() {
        let Ok(Artifact { executable, target }) = serde_json::from_str(&line?) else { continue };
        let program = executable.zip(target).filter(|(_, target)| target.is_program());
        found.extend(program.map(|(program, target)| (program, target.name)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// The features of each package in the build of the given packages; a build script may need others.
    fn features(of: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
        let mut tree = cargo();
        tree.args(["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}|{f}"]).args(of);
        let told = tree.output().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        let mut found = BTreeMap::<String, BTreeSet<String>>::new();
        let told = String::from_utf8(told.stdout).unwrap();
        // a heading precedes the packages that only build scripts use
        for (package, features) in
            told.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once('|'))
        {
            found.entry(package.to_owned()).or_default().insert(features.to_owned());
        }
        found
    }

    #[test]
    fn what_xtask_shares_with_the_workers_is_compiled_once() {
        let workers = features(&packages(&Workspace::read().unwrap(), &[]));
        let xtask = features(&["--package", "xtask"]);
        let shared: Vec<_> = xtask.iter().filter(|(package, _)| workers.contains_key(*package)).collect();
        assert!(shared.iter().any(|(package, _)| package.starts_with("parallax-suite ")), "{shared:?}");
        for (package, features) in shared {
            let of_workers = &workers[package];
            assert!(
                features.is_subset(of_workers),
                "{package} has the features {features:?} for xtask and {of_workers:?} for the workers; ask for the \
                 same in xtask/Cargo.toml, or cargo compiles it, and all that stands on it, twice"
            );
        }
    }

    #[test]
    fn only_programs_are_taken_from_what_cargo_says() {
        let said = concat!(
            r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"a"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"b"},"executable":"/x/aarch64/release/b"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"kind":["custom-build"],"name":"c"},"executable":"/x/c"}"#,
            "\nwarning: not a message\n",
            r#"{"reason":"build-finished","success":false}"#,
            "\n",
        );
        let expected = [(PathBuf::from("/x/aarch64/release/b"), "b".to_owned())];
        assert_eq!(programs(said.as_bytes()).unwrap(), expected);
    }
}
