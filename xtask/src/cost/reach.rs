//! The files of the project that a technique reaches: its own, and, step by step, those of the names that it uses.
//!
//! Paths are followed through `use` and re-exports by their names; code that a macro writes is not seen.

use super::lines;
use super::tree::leaves;
use crate::source::mask;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::LazyLock;

/// Crates whose files are not part of a technique: the measuring code, and the workloads.
const APART: [&str; 4] = ["parallax_suite", "parallax_runner", "parallax_limits", "parallax_load"];

/// The longest chain of re-exports that is followed.
const MOST_STEPS: usize = 8;

static USE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);").expect("a valid pattern"));

static PATH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:crate|super|self|parallax_\w+)(?:::\w+)+").expect("a valid pattern"));

static CHILD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^(?:pub(?:\([^)]*\))? )?mod (\w+);").expect("a valid pattern"));

static ITEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:struct|enum|trait|union|fn|type|const|static|macro_rules!)\s+(\w+)")
        .expect("a valid pattern")
});

/// The files of a workspace, read once.
pub(super) struct Reach {
    root: PathBuf,
    files: BTreeMap<PathBuf, Option<Rc<Module>>>,
}

/// The names in a file.
#[derive(Debug, Default)]
struct Module {
    unchecked: u64,
    /// The path of each name that a `use` imports.
    names: BTreeMap<String, Vec<String>>,
    /// Paths of which a `use` imports everything.
    stars: Vec<Vec<String>>,
    /// Paths that its own code uses, without those that are only re-exported.
    used: Vec<Vec<String>>,
    /// The items that it defines.
    items: BTreeSet<String>,
    children: Vec<String>,
}

/// A module's place: its crate, and the names that lead to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    of: String,
    way: Vec<String>,
}

impl Reach {
    pub(super) fn new(root: &Path) -> Self {
        Reach { root: root.to_owned(), files: BTreeMap::new() }
    }

    /// The number of unchecked lines of each file that is reached from a file, whose path is relative to the workspace.
    /// A workload's file reaches no other: the names in it belong to measuring and checking.
    pub(super) fn unchecked(&mut self, file: &str) -> BTreeMap<PathBuf, u64> {
        let mut found = BTreeMap::new();
        let Some(start) = place(file) else { return found };
        let (mut open, mut seen) = (vec![start.clone()], BTreeSet::from([start.clone()]));
        while let Some(at) = open.pop() {
            let Some((path, module)) = self.module(&at) else { continue };
            found.insert(path, module.unchecked);
            if APART.contains(&at.of.as_str()) {
                continue;
            }
            let mut next: Vec<Place> = Vec::new();
            for path in &module.used {
                next.extend(self.resolve(&at, path, MOST_STEPS));
            }
            if at == start && !at.way.is_empty() {
                next.extend(module.children.iter().map(|child| at.child(child)));
            }
            open.extend(next.into_iter().filter(|place| seen.insert(place.clone())));
        }
        found
    }

    /// The module that a path in another module leads to; none if it is in another project.
    fn resolve(&mut self, at: &Place, path: &[String], steps: usize) -> Option<Place> {
        let (first, rest) = path.split_first()?;
        let mut here = match first.as_str() {
            "crate" => Place { of: at.of.clone(), way: Vec::new() },
            "self" => at.clone(),
            "super" => at.parent()?,
            name if APART.contains(&name) => return None,
            name if name.starts_with("parallax_") => Place { of: name.to_owned(), way: Vec::new() },
            name => at.child(name),
        };
        self.module(&here)?;
        for (place, name) in rest.iter().enumerate() {
            let child = if name == "super" { here.parent()? } else { here.child(name) };
            if self.module(&child).is_some() {
                here = child;
                continue;
            }
            // an item: of this module, or re-exported from another
            let (_, module) = self.module(&here)?;
            let handed = module.names.get(name).map(|path| [path.as_slice(), &rest[place + 1..]].concat());
            let starred = module.stars.iter().map(|star| [star.as_slice(), &rest[place..]].concat());
            let mut ways = handed.into_iter().chain(starred);
            let is_own = module.items.contains(name) || steps == 0;
            let found =
                if is_own { None } else { ways.find_map(|path| self.resolve(&here, &path, steps - 1)) };
            return Some(found.unwrap_or(here));
        }
        Some(here)
    }

    /// A module's file and the names in it; none if there is no such file.
    fn module(&mut self, at: &Place) -> Option<(PathBuf, Rc<Module>)> {
        at.files().into_iter().find_map(|file| {
            let root = &self.root;
            let read = || fs::read_to_string(root.join(&file)).ok().map(|text| Rc::new(Module::of(text)));
            let module = self.files.entry(file.clone()).or_insert_with(read).clone();
            module.map(|module| (file, module))
        })
    }
}

impl Place {
    fn child(&self, name: &str) -> Self {
        let mut way = self.way.clone();
        way.push(name.to_owned());
        Place { of: self.of.clone(), way }
    }

    fn parent(&self) -> Option<Self> {
        let (_, way) = self.way.split_last()?;
        Some(Place { of: self.of.clone(), way: way.to_vec() })
    }

    /// The files that a module can be in.
    fn files(&self) -> Vec<PathBuf> {
        let name = self.of.strip_prefix("parallax_").unwrap_or(&self.of).replace('_', "-");
        let source = Path::new("crates").join(name).join("src");
        match self.way.is_empty() {
            true => vec![source.join("lib.rs")],
            false => {
                let folder = self.way.iter().fold(source, |folder, name| folder.join(name));
                vec![folder.with_extension("rs"), folder.join("mod.rs")]
            }
        }
    }
}

/// The module of a file; none if the file is not a library's.
fn place(file: &str) -> Option<Place> {
    let (name, path) = file.strip_prefix("crates/")?.split_once("/src/")?;
    let path = path.strip_suffix(".rs")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let way = if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() };
    Some(Place { of: format!("parallax_{}", name.replace('-', "_")), way })
}

impl Module {
    fn of(text: String) -> Self {
        let code = mask(&text);
        let end = code.find("\n#[cfg(test)]").unwrap_or(code.len());
        let code = &code[..end];
        let words = |path: &str| path.split("::").map(str::to_owned).collect::<Vec<_>>();
        let mut module = Module::default();
        for found in USE.captures_iter(code) {
            let is_used = found.get(1).is_none();
            for (name, path) in leaves(&found[2]) {
                module.used.extend(is_used.then(|| path.clone()));
                match name.as_str() {
                    "*" => module.stars.push(path),
                    _ => drop(module.names.insert(name, path)),
                }
            }
        }
        let rest = USE.replace_all(code, "");
        module.used.extend(PATH.find_iter(&rest).map(|found| words(found.as_str())));
        module.items = ITEM.captures_iter(&rest).map(|found| found[1].to_owned()).collect();
        module.children = CHILD.captures_iter(code).map(|found| found[1].to_owned()).collect();
        module.unchecked = lines::unchecked(&text);
        module
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small workspace in which files re-export names of others.
    fn workspace() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "crates/pattern/src/lib.rs",
            "mod team;\nmod other;\npub use team::run;\npub use self::other::*;\n",
        );
        write("crates/pattern/src/team.rs", "pub fn run() {}\n");
        write("crates/pattern/src/other.rs", "pub struct Other;\n");
        write(
            "crates/locks/src/lib.rs",
            "pub mod a;\nmod blocks;\nmod unused;\npub use a::A;\npub use unused::U;\n",
        );
        write("crates/locks/src/blocks.rs", "pub mod ring;\npub mod lock;\npub use self::lock::Lock;\n");
        write("crates/locks/src/blocks/ring.rs", "pub struct Ring;\n");
        write("crates/locks/src/blocks/lock.rs", "pub struct Lock;\n");
        write("crates/locks/src/unused.rs", "pub struct U;\n");
        write(
            "crates/locks/src/a.rs",
            "mod inner;\nuse crate::blocks::Lock;\nuse parallax_pattern::run;\nuse parallax_suite::cell;\nuse std::mem;\n\
             // crate::unused::U\npub struct A;\n#[cfg(test)]\nmod tests { use crate::blocks::ring::Ring; }\n",
        );
        write("crates/suite/src/lib.rs", "pub mod work;\npub struct Cell;\n");
        write("crates/suite/src/work.rs", "use crate::Cell;\n");
        write("crates/locks/src/a/inner.rs", "fn f() { super::super::unused::g() }\n");
        root
    }

    #[test]
    fn names_are_followed_to_the_files_that_have_them_and_no_further() {
        let root = workspace();
        let of = |file: &str| -> Vec<String> {
            let found = Reach::new(root.path()).unchecked(file);
            found.keys().map(|path| path.strip_prefix("crates").unwrap().display().to_string()).collect()
        };
        let reached = of("crates/locks/src/a.rs");
        assert_eq!(
            reached,
            [
                "locks/src/a/inner.rs",
                "locks/src/a.rs",
                "locks/src/blocks/lock.rs",
                "locks/src/unused.rs",
                "pattern/src/team.rs"
            ]
        );
        assert_eq!(of("crates/locks/src/blocks/ring.rs"), ["locks/src/blocks/ring.rs"]);
        assert_eq!(of("crates/suite/src/work.rs"), ["suite/src/work.rs"], "its names belong to no technique");
        assert_eq!(of("peers/python/a.py"), [""; 0]);
    }

    #[test]
    fn a_star_leads_to_what_stands_behind_it() {
        let root = workspace();
        fs::write(root.path().join("crates/locks/src/b.rs"), "use parallax_pattern::Other;\n").unwrap();
        let found = Reach::new(root.path()).unchecked("crates/locks/src/b.rs");
        assert!(found.contains_key(Path::new("crates/pattern/src/other.rs")), "{:?}", found.keys());
    }
}
