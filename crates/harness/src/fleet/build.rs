//! The workers of the workspace, built by cargo: which there are, where they are, and which do not build.

use super::{BASELINE_FAMILY, SITE};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One line of what `cargo build --message-format=json` says; the rest of it is not ours to read.
#[derive(Deserialize)]
struct Artifact {
    executable: Option<PathBuf>,
    target: Option<Target>,
}

/// What `cargo metadata` says of a package's targets.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

impl Metadata {
    fn read() -> Result<Self> {
        let told = cargo().args(["metadata", "--no-deps", "--format-version=1"]).output()?;
        serde_json::from_slice(&told.stdout).context("cargo cannot read the workspace")
    }

    /// The workers' names.
    fn programs(self) -> impl Iterator<Item = String> {
        let workers = self.packages.into_iter().filter(|package| !["xtask", SITE].contains(&&*package.name));
        workers.flat_map(|package| package.targets).filter(Target::is_program).map(|target| target.name)
    }
}

#[derive(Deserialize)]
struct Package {
    name: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

impl Target {
    fn is_program(&self) -> bool {
        self.kind.iter().any(|kind| kind == "bin")
    }
}

/// The programs of the workspace that were built, and the names of those that do not build.
pub(super) struct Built {
    pub(super) programs: Vec<PathBuf>,
    pub(super) missing: Vec<String>,
}

/// The worker of the baseline, built.
pub fn baseline() -> Result<PathBuf> {
    let built = build(&["--package", "parallax-runner"])?;
    let program = built.programs.into_iter().find(|program| program.ends_with(BASELINE_FAMILY));
    program.context("the baseline's worker does not build; see cargo's message above")
}

/// Builds the workers of `packages` as users build. Of one that does not build here only its own rows are missing.
pub(super) fn build(packages: &[&str]) -> Result<Built> {
    let mut command = cargo();
    command.args([
        "build",
        "--release",
        "--bins",
        "--keep-going",
        "--message-format=json-render-diagnostics",
    ]);
    command.args(packages);
    let mut child =
        command.stdout(Stdio::piped()).spawn().context("cannot start cargo to build the workers")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let found = programs(BufReader::new(stdout))?;
    let is_missing = |name: &String| found.iter().all(|(_, built)| built != name);
    let missing = match child.wait()?.success() {
        true => Vec::new(),
        false => Metadata::read()?.programs().filter(is_missing).collect(),
    };
    Ok(Built { programs: found.into_iter().map(|(program, _)| program).collect(), missing })
}

/// The programs that cargo says it has built, with their names: it alone knows in which folder they are.
fn programs(messages: impl BufRead) -> Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for line in messages.lines() {
        let Ok(Artifact { executable, target }) = serde_json::from_str(&line?) else { continue };
        let program = executable.zip(target).filter(|(_, target)| target.is_program());
        found.extend(program.map(|(program, target)| (program, target.name)));
    }
    Ok(found)
}

/// The workers that stand built, and the names of those that do not.
pub(super) fn standing() -> Result<(Vec<PathBuf>, Vec<String>)> {
    let metadata = Metadata::read()?;
    let folders = folders(&metadata.target_directory, std::env::var_os("CARGO_BUILD_TARGET").as_deref());
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    for name in metadata.programs() {
        let candidates = folders.iter().map(|folder| folder.join(&name)).filter(|path| path.exists());
        // of several targets, the one that was built last
        match candidates.max_by_key(|path| path.metadata().and_then(|data| data.modified()).ok()) {
            Some(program) => there.push(program),
            None => missing.push(name),
        }
    }
    Ok((there, missing))
}

/// Where cargo puts programs: a folder of their own for each target that is named, be it in the environment or in a
/// configuration that cargo shows to nobody.
fn folders(target_directory: &Path, named: Option<&OsStr>) -> Vec<PathBuf> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        // a target may be described by a file, whose name without its ending is the folder's
        let file = Path::new(named).extension().is_some_and(|ending| ending == "json");
        let name = if file { Path::new(named).file_stem().unwrap_or(named) } else { named };
        return vec![target_directory.join(name).join("release")];
    }
    let entries = std::fs::read_dir(target_directory).into_iter().flatten().flatten();
    let of_targets = entries.map(|entry| entry.path().join("release")).filter(|folder| folder.is_dir());
    std::iter::once(target_directory.join("release")).chain(of_targets).collect()
}

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(crate::workspace::workspace());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_are_taken_from_what_cargo_says() {
        let said = concat!(
            r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"a"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"b"},"executable":"/x/aarch64/release/b"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"kind":["custom-build"],"name":"c"},"executable":"/x/c"}"#,
            "\nwarning: what is no message\n",
            r#"{"reason":"build-finished","success":false}"#,
            "\n",
        );
        let expected = [(PathBuf::from("/x/aarch64/release/b"), "b".to_owned())];
        assert_eq!(programs(said.as_bytes()).unwrap(), expected);
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
}
