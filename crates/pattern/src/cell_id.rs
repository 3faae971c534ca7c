//! The name of a cell, a technique on a case of a workload: `julia/rayon`, `histogram:skewed/mutex`.

use std::fmt;
use std::str::FromStr;

/// A technique on a case of a workload.
///
/// ```
/// use parallax_pattern::CellId;
/// let id: CellId = "histogram:skewed/avx512+rayon".parse()?;
/// assert_eq!((&*id.workload, &*id.case, &*id.technique), ("histogram", "skewed", "avx512+rayon"));
/// assert_eq!(id.to_string(), "histogram:skewed/avx512+rayon");
/// assert_eq!(id.work(), "histogram:skewed");
/// # Ok::<(), parallax_pattern::NoCellId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellId {
    /// The workload.
    pub workload: String,
    /// Its case; empty if the workload has only one, or for its first.
    pub case: String,
    /// The technique.
    pub technique: String,
}

impl CellId {
    /// A technique on a case of a workload.
    pub fn of(workload: impl Into<String>, case: impl Into<String>, technique: impl Into<String>) -> Self {
        CellId { workload: workload.into(), case: case.into(), technique: technique.into() }
    }

    /// The workload, with its case if it has one: `histogram:skewed`.
    pub fn work(&self) -> String {
        work(&self.workload, &self.case)
    }
}

/// A workload, with its case if it has one: `histogram:skewed`.
pub fn work(workload: &str, case: &str) -> String {
    if case.is_empty() { workload.to_owned() } else { format!("{workload}:{case}") }
}

/// A workload and its case, of `histogram:skewed` or `julia`; the case is empty where none is named.
pub fn split_work(work: &str) -> (&str, &str) {
    work.split_once(':').unwrap_or((work, ""))
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.work(), self.technique)
    }
}

/// A text that is not the name of a cell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' {why}; write workload/technique, such as julia/rayon or histogram:skewed/mutex", text.escape_debug())]
pub struct NoCellId {
    text: String,
    why: &'static str,
}

impl FromStr for CellId {
    type Err = NoCellId;
    fn from_str(text: &str) -> Result<Self, NoCellId> {
        let no = |why| NoCellId { text: text.to_owned(), why };
        let (work, technique) = text.split_once('/').ok_or_else(|| no("names no technique"))?;
        let (workload, case) = split_work(work);
        let strange = |part: &str| {
            part.is_empty()
                || part.contains(|c: char| c == '/' || c == ':' || c.is_whitespace() || c.is_control())
        };
        let no_case = work.contains(':') && strange(case);
        if strange(workload) || no_case || strange(technique) {
            return Err(no("is not the name of a cell"));
        }
        Ok(CellId::of(workload, case, technique))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_name_says_how_to_write_one() {
        for text in
            ["julia", "", "/", "julia/", "/rayon", ":x/rayon", "a:/b", "a/b/c", "a:b:c/d", "a/b c", "a\n/b"]
        {
            let why = text.parse::<CellId>().unwrap_err().to_string();
            assert!(why.contains("write workload/technique") && !why.contains('\n'), "{text:?}: {why}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(text in "[a-z0-9]{1,3}(:[a-z]{1,3})?/[a-z+]{1,5}") {
            prop_assert_eq!(text.parse::<CellId>().unwrap().to_string(), text);
        }
    }
}
