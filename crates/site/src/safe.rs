//! Whether a cell's code is safe Rust: none of its files says `unsafe`.
//!
//! Its libraries are not searched, and code in another language has no answer.

use crate::data::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The result for each file.
pub(crate) struct Safety {
    root: PathBuf,
    files: HashMap<String, bool>,
}

impl Safety {
    pub(crate) fn new(root: &Path) -> Self {
        Safety { root: root.to_owned(), files: HashMap::new() }
    }

    /// Whether all of a cell's code is safe Rust; none where some of it is not Rust, or is not known.
    pub(crate) fn of(&mut self, cell: &Cell) -> Option<bool> {
        if cell.parts.is_empty() || cell.parts.iter().any(|part| !part.file.ends_with(".rs")) {
            return None;
        }
        let mut safe = true;
        for part in &cell.parts {
            safe &= self.is_safe(&part.file, &part.text);
        }
        Some(safe)
    }

    /// Searches a whole file of the repository, because the shown part may call the rest; of any other, its text.
    fn is_safe(&mut self, file: &str, text: &str) -> bool {
        let inside = Path::new(file).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        let whole = || inside.then(|| std::fs::read_to_string(self.root.join(file)).ok()).flatten();
        if let Some(known) = self.files.get(file) {
            return *known;
        }
        match whole() {
            Some(whole) => {
                let safe = !says_unsafe(&whole);
                self.files.insert(file.to_owned(), safe);
                safe
            }
            None => !says_unsafe(text),
        }
    }
}

/// Whether the code contains the word, outside of comments.
fn says_unsafe(text: &str) -> bool {
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    code.flat_map(|line| line.split(|c| !letter(c))).any(|word| word == "unsafe")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Part;

    #[test]
    fn the_word_counts_in_code_alone() {
        assert!(says_unsafe("let x = unsafe { y };") && says_unsafe("unsafe fn f() {}"));
        assert!(!says_unsafe("//! unsafe\nlet unsafely = 1; // unsafe\n#![deny(unsafe_code)]"));
    }

    #[test]
    fn a_cell_is_as_safe_as_the_least_safe_of_its_files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.rs"), "fn f() { g() }\n").unwrap();
        std::fs::write(folder.path().join("b.rs"), "fn g() { unsafe { h() } }\n").unwrap();
        let cell = |files: &[&str]| {
            let part =
                |file: &&str| Part { file: (*file).to_owned(), text: "fn f() {}".into(), ..Part::default() };
            Cell { parts: files.iter().map(part).collect(), ..Cell::default() }
        };
        let mut safety = Safety::new(folder.path());
        assert_eq!(safety.of(&cell(&["a.rs"])), Some(true));
        assert_eq!(safety.of(&cell(&["a.rs", "b.rs"])), Some(false));
        assert_eq!(safety.of(&cell(&["a.rs", "k.py"])), None);
        assert_eq!(safety.of(&cell(&[])), None);
        assert_eq!(safety.of(&cell(&["../outside.rs"])), Some(true), "what is shown of it is safe");
    }
}
