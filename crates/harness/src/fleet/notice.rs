//! The notice before a build: which workers are built, and how long their last build took.

use super::workspace::Workspace;
use crate::{say::say, sources, units};
use parallax_runner::clock::now_ns;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// The record of the builds in a target folder, which is removed with the folder.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Builds {
    /// The sources from which each program was built last.
    sources: BTreeMap<String, Option<String>>,
    /// The last build that had something to do.
    last: Option<Last>,
}

/// A build.
#[derive(Debug, Serialize, Deserialize)]
struct Last {
    programs: Vec<String>,
    seconds: f64,
}

/// A build under way.
pub(super) struct Build {
    began_ns: u64,
    stale: Vec<String>,
    builds: Builds,
}

impl Build {
    /// Prints what there is to build, unless that is nothing.
    pub(super) fn begins(workspace: &Workspace, wanted: &[String]) -> Self {
        let builds: Builds = fs::read(file(workspace))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        let missing = workspace.standing(wanted).1;
        let is_stale = |name: &&String| {
            let of = sources::of_program(workspace, name);
            missing.contains(name) || of.is_none() || builds.sources.get(*name) != Some(&of)
        };
        let stale: Vec<String> = wanted.iter().filter(is_stale).cloned().collect();
        if !stale.is_empty() {
            say(&line(&stale, !missing.is_empty(), builds.last.as_ref()));
        }
        Build { began_ns: now_ns(), stale, builds }
    }

    /// Stores how long it took. If that cannot be written, the next notice has less to say.
    pub(super) fn ended(mut self, workspace: &Workspace, wanted: &[String]) {
        if self.stale.is_empty() {
            return;
        }
        let seconds = Duration::from_nanos(now_ns() - self.began_ns).as_secs_f64();
        let sources = wanted.iter().map(|name| (name.clone(), sources::of_program(workspace, name)));
        self.builds.sources.extend(sources);
        self.builds.last = Some(Last { programs: self.stale, seconds });
        let file = file(workspace);
        let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
        let _ = folder.and_then(|()| fs::write(&file, serde_json::to_vec(&self.builds).unwrap_or_default()));
    }
}

fn file(workspace: &Workspace) -> PathBuf {
    workspace.target().join("parallax/builds.json")
}

fn line(stale: &[String], new: bool, last: Option<&Last>) -> String {
    let workers = format!("building {} ({})", units::things(stale.len(), "worker"), stale.join(", "));
    match last {
        None if new => format!("{workers}, which takes some minutes the first time"),
        None => workers,
        Some(Last { programs, seconds }) => {
            let took = units::wait(Duration::from_secs_f64(seconds.clamp(0.0, 1e6)));
            let of =
                if programs == stale { "of these".into() } else { format!("of {}", programs.join(", ")) };
            format!("{workers}; the last build, {of}, took {took}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_measured_is_told() {
        let [one, two] = [vec!["simd".to_owned()], vec!["simd".to_owned(), "stack".to_owned()]];
        let first = line(&two, true, None);
        assert_eq!(first, "building 2 workers (simd, stack), which takes some minutes the first time");
        let last = Last { programs: two.clone(), seconds: 80.0 };
        assert_eq!(
            line(&two, false, Some(&last)),
            "building 2 workers (simd, stack); the last build, of these, took 1 min 20 s"
        );
        assert_eq!(
            line(&one, true, Some(&last)),
            "building 1 worker (simd); the last build, of simd, stack, took 1 min 20 s"
        );
        assert_eq!(line(&one, false, None), "building 1 worker (simd)");
    }

    #[test]
    fn a_build_is_announced_until_it_has_been_made_of_these_sources() {
        let target = tempfile::tempdir().unwrap();
        let workspace = Workspace::read().unwrap().built_in(target.path().to_owned());
        let wanted = ["simd", "stack"].map(str::to_owned);
        let stale = || Build::begins(&workspace, &wanted).stale;
        assert_eq!(stale(), wanted);
        fs::create_dir(target.path().join("release")).unwrap();
        wanted.iter().for_each(|name| fs::write(target.path().join("release").join(name), "").unwrap());
        assert_eq!(stale(), wanted, "the sources they were built from are unknown");
        Build::begins(&workspace, &wanted).ended(&workspace, &wanted);
        assert_eq!(stale(), [""; 0]);
        fs::remove_file(target.path().join("release/simd")).unwrap();
        assert_eq!(stale(), ["simd"]);
        let mut builds: Builds = serde_json::from_slice(&fs::read(file(&workspace)).unwrap()).unwrap();
        assert_eq!(builds.last.as_ref().unwrap().programs, wanted);
        builds.sources.insert("stack".into(), Some("another".into()));
        fs::write(file(&workspace), serde_json::to_vec(&builds).unwrap()).unwrap();
        assert_eq!(stale(), wanted);
    }
}
