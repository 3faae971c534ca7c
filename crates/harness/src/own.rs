//! The record of a program's own work in a run: its cells and the text of its code, so that pages can show it anywhere.

use crate::fleet::Fleet;
use crate::workspace::workspace;
use parallax_runner::protocol::CellInfo;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// The name of the file in a run's folder.
pub const FILE: &str = "own.json";

/// The longest text of a file that is stored.
const LONGEST: usize = 1 << 20;

/// The work that a run measures, where it is not the suite's.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OwnWork {
    /// The family, which is the bench's name.
    pub family: String,
    /// Its cells. A technique's file has its path in the workspace of Parallax.
    pub cells: Vec<CellInfo>,
    /// The text of each file with the work's own code, by its path in its package.
    pub sources: BTreeMap<String, String>,
}

impl OwnWork {
    /// The cells of a fleet's workers, and the files that they name.
    pub fn of(fleet: &Fleet) -> Option<Self> {
        let family = fleet.cells.first()?.family.clone();
        let mut cells: Vec<CellInfo> = fleet.cells.iter().map(|cell| cell.info.clone()).collect();
        let mut sources = BTreeMap::new();
        for cell in &mut cells {
            cell.source = in_workspace(&cell.source).unwrap_or_default();
            if let Some(text) = read(&cell.kernel) {
                sources.insert(cell.kernel.clone(), text);
            }
        }
        Some(OwnWork { family, cells, sources })
    }
}

/// A file of the measured package; none if it lies elsewhere, or is not a text of reasonable length.
fn read(file: &str) -> Option<String> {
    let inside = Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
    // the compiler names files from the root of the workspace, which may be above the package
    let mut folders = workspace().ancestors().filter(|_| inside);
    let text = folders.find_map(|folder| std::fs::read_to_string(folder.join(file)).ok())?;
    (text.len() <= LONGEST).then_some(text)
}

/// The path of a family's file in the workspace, wherever it was compiled: in a checkout, or in the registry's folder
/// `parallax-threading-0.1.0`. Python's files already have it.
fn in_workspace(source: &str) -> Option<String> {
    let of_registry = || {
        let (_, rest) = source.rsplit_once("/parallax-")?;
        let (package, path) = rest.split_once("/src/")?;
        let (family, _) = package.split_once('-')?;
        Some(format!("crates/{family}/src/{path}"))
    };
    let of_checkout = || source.rsplit_once("crates/").map(|(_, path)| format!("crates/{path}"));
    let of_python = || source.starts_with("peers/python/").then(|| source.to_owned());
    of_registry().or_else(of_checkout).or_else(of_python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_family_is_found_wherever_it_was_compiled() {
        let place = |source| in_workspace(source);
        assert_eq!(place("crates/threading/src/rayon.rs").unwrap(), "crates/threading/src/rayon.rs");
        assert_eq!(place("/home/me/parallax/crates/simd/src/a/b.rs").unwrap(), "crates/simd/src/a/b.rs");
        let registry = "/home/me/.cargo/registry/src/x/parallax-threading-0.1.0/src/rayon.rs";
        assert_eq!(place(registry).unwrap(), "crates/threading/src/rayon.rs");
        let python = "peers/python/parallax/techniques/plain.py";
        assert_eq!(place(python).unwrap(), python);
        assert_eq!(place("/elsewhere/src/rayon.rs"), None);
    }

    #[test]
    fn nothing_outside_the_package_is_kept() {
        assert!(read("../Cargo.toml").is_none() && read("/etc/hostname").is_none());
        assert!(read("Cargo.toml").is_some());
    }
}
