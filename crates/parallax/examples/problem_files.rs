//! Counts the files and bytes below a folder: a search, whose nodes are folders.
//!
//! Links are counted and not followed, so the folders are a tree. Entries that cannot be read are left out.

use parallax::prelude::*;
use std::path::PathBuf;
use tempfile::TempDir;

struct Files(TempDir);

impl Search for Files {
    type Node = PathBuf;
    type Acc = (u64, u64); // the number of files, and of their bytes
    fn roots(&self) -> Vec<PathBuf> {
        vec![self.0.path().to_owned()]
    }
    fn empty(&self) -> (u64, u64) {
        (0, 0)
    }
    fn visit(&self, folder: PathBuf, (files, bytes): &mut (u64, u64), mut found: impl FnMut(PathBuf)) {
        for (path, about) in own::entries(&folder) {
            match about.is_dir() {
                true => found(path),
                false => (*files, *bytes) = (*files + 1, *bytes + about.len()),
            }
        }
    }
    fn merge(&self, (files, bytes): &mut (u64, u64), other: (u64, u64)) {
        (*files, *bytes) = (*files + other.0, *bytes + other.1);
    }
}

fn main() -> ExitCode {
    parallax::bench("files", || Files(own::tree().expect("a temporary folder")))
        .expect(|&sums| sums == (425, 850)) // in 1 + 4 + 16 + 64 folders
        .main()
}

/// The program as it was.
mod own {
    use std::fs::{self, Metadata};
    use std::path::{Path, PathBuf};

    /// The entries of a folder.
    pub(super) fn entries(folder: &Path) -> impl Iterator<Item = (PathBuf, Metadata)> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| Some((entry.path(), entry.metadata().ok()?)))
    }

    /// Three levels of four folders each, and five files in each folder, of 0 to 4 bytes.
    pub(super) fn tree() -> std::io::Result<tempfile::TempDir> {
        fn fill(folder: &Path, levels: u32) -> std::io::Result<()> {
            fs::create_dir_all(folder)?;
            (0..5).try_for_each(|i| fs::write(folder.join(format!("file-{i}")), vec![b'-'; i]))?;
            let below = if levels == 0 { 0 } else { 4 };
            (0..below).try_for_each(|i| fill(&folder.join(format!("folder-{i}")), levels - 1))
        }
        let folder = tempfile::tempdir()?;
        fill(folder.path(), 3)?;
        Ok(folder)
    }
}
