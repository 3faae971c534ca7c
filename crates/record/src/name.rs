//! A cell has one name that people can type: `julia/rayon`, `histogram:skewed/mutex`.

use crate::near::{did_you_mean, see_list};
use anyhow::{Error, Result, bail, ensure};
use std::fmt;
use std::str::FromStr;

/// The baseline's technique.
pub const BASELINE: &str = "sequential";

/// The family of the cells that are Python's.
pub const PEERS: &str = "python";

/// A workload's name with its case, if it has more than one: `histogram:skewed`.
pub fn full(workload: &str, case: &str) -> String {
    if case.is_empty() { workload.to_owned() } else { format!("{workload}:{case}") }
}

/// The name of a cell, as verbs that take one cell read it.
///
/// ```
/// use parallax_record::name::CellName;
/// let name: CellName = "histogram:skewed/avx512+rayon".parse()?;
/// assert_eq!((name.workload.as_str(), name.case.as_deref()), ("histogram", Some("skewed")));
/// assert_eq!(name.technique, "avx512+rayon");
/// assert_eq!(name.to_string(), "histogram:skewed/avx512+rayon");
/// # anyhow::Ok(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellName {
    /// The workload.
    pub workload: String,
    /// Its case; if left out, the workload's first.
    pub case: Option<String>,
    /// The technique.
    pub technique: String,
}

impl CellName {
    /// The cell of this name among `cells`; `key` gives a cell's workload, case and technique. Without a case
    /// it is the first that fits.
    ///
    /// # Errors
    ///
    /// If there is none, with the part of the name that is at fault and what is near.
    pub fn find<'a, T>(&self, cells: &'a [T], key: impl Fn(&T) -> [&str; 3]) -> Result<&'a T> {
        match cells.iter().find(|cell| self.fits(key(cell))) {
            Some(cell) => Ok(cell),
            None => Err(self.missing(&cells.iter().map(key).collect::<Vec<_>>())),
        }
    }

    fn fits(&self, [workload, case, technique]: [&str; 3]) -> bool {
        workload == self.workload
            && technique == self.technique
            && self.case.as_deref().is_none_or(|wanted| wanted == case)
    }

    /// Finds the part that is at fault, from left to right.
    fn missing(&self, keys: &[[&str; 3]]) -> Error {
        let CellName { workload, case, technique } = self;
        let of_workload = || keys.iter().filter(|[w, ..]| w == workload);
        let of_case = || of_workload().filter(|[_, c, _]| case.as_deref().is_none_or(|wanted| wanted == *c));
        if of_workload().next().is_none() {
            let near = did_you_mean(workload, keys.iter().map(|k| k[0]));
            return anyhow::anyhow!(
                "no workload is called '{workload}'{}",
                see_list(&near, "cargo xtask list")
            );
        }
        let why = if of_case().next().is_none() {
            let cases = listed(of_workload().map(|k| k[1]).filter(|case| !case.is_empty()));
            let cases = if cases.is_empty() { "; leave it out".into() } else { format!("; it has {cases}") };
            format!("'{workload}' has no case '{}'{cases}", case.as_deref().unwrap_or_default())
        } else if keys.iter().all(|[_, _, t]| t != technique) {
            format!(
                "no technique is called '{technique}'{}",
                did_you_mean(technique, keys.iter().map(|k| k[2]))
            )
        } else {
            let does = listed(of_case().map(|k| k[2]));
            format!(
                "'{technique}' does not do '{}'; these do: {does}",
                full(workload, case.as_deref().unwrap_or(""))
            )
        };
        anyhow::anyhow!("{}", see_list(&why, &format!("cargo xtask list -w {workload}")))
    }
}

impl fmt::Display for CellName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", full(&self.workload, self.case.as_deref().unwrap_or("")), self.technique)
    }
}

impl FromStr for CellName {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        const WAY: &str = "write workload/technique, such as julia/rayon or histogram:skewed/mutex";
        let Some((work, technique)) = text.split_once('/') else {
            bail!("'{text}' names no technique; {WAY}");
        };
        let (workload, case) = match work.split_once(':') {
            Some((workload, case)) => (workload, Some(case)),
            None => (work, None),
        };
        let empty = workload.is_empty() || technique.is_empty() || case.is_some_and(str::is_empty);
        let sign = |c: char| c == '/' || c == ':' || c.is_whitespace() || c.is_control();
        let strange = technique.contains(sign)
            || work.contains(char::is_whitespace)
            || case.is_some_and(|c| c.contains(sign));
        ensure!(!empty && !strange, "'{}' is not the name of a cell; {WAY}", text.escape_debug());
        Ok(CellName { workload: workload.into(), case: case.map(Into::into), technique: technique.into() })
    }
}

/// The longest name that a worker or a run may give anything.
const LONGEST: usize = 100;

/// Takes a name from outside only if nothing in it can mean anything to a terminal, a shell, a path or a page: ASCII
/// letters and digits first, then these and `+`, `.`, `_` and `-`.
///
/// # Errors
///
/// If it is another, with what it may hold.
pub fn ensure_name(kind: &str, name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric();
    let fits = name.len() <= LONGEST
        && name.starts_with(plain)
        && name.chars().all(|c| plain(c) || matches!(c, '+' | '.' | '_' | '-'));
    ensure!(
        fits,
        "'{}' cannot be the name of a {kind}: give at most {LONGEST} letters, digits, '+', '.', '_' and '-' of ASCII, \
         beginning with a letter or digit",
        name.chars().take(LONGEST).collect::<String>().escape_debug()
    );
    Ok(())
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CELLS: [[&str; 3]; 5] = [
        ["julia", "", "rayon"],
        ["histogram", "256", "rayon"],
        ["histogram", "skewed", "rayon"],
        ["histogram", "skewed", "mutex"],
        ["stream", "", "avx512+rayon"],
    ];

    fn find(name: &str) -> Result<[&'static str; 3]> {
        name.parse::<CellName>()?.find(&CELLS, |cell| *cell).copied()
    }

    #[test]
    fn a_name_finds_its_cell_and_without_a_case_the_first() {
        assert_eq!(find("julia/rayon").unwrap(), CELLS[0]);
        assert_eq!(find("histogram/rayon").unwrap(), CELLS[1]);
        assert_eq!(find("histogram/mutex").unwrap(), CELLS[3]);
        assert_eq!(find("histogram:skewed/rayon").unwrap(), CELLS[2]);
        assert_eq!(find("stream/avx512+rayon").unwrap(), CELLS[4]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let why = |name| find(name).unwrap_err().to_string();
        assert!(why("jula/rayon").starts_with("no workload is called 'jula'; did you mean 'julia'?"));
        assert!(why("histogram:1/rayon").starts_with("'histogram' has no case '1'; it has 256, skewed"));
        assert!(why("julia:x/rayon").starts_with("'julia' has no case 'x'; leave it out"));
        assert!(why("julia/ryon").starts_with("no technique is called 'ryon'; did you mean 'rayon'?"));
        assert!(why("julia/mutex").starts_with("'mutex' does not do 'julia'; these do: rayon"));
        assert!(why("histogram:256/mutex").contains("does not do 'histogram:256'; these do: rayon"));
    }

    #[test]
    fn what_is_no_name_says_how_to_write_one() {
        for text in
            ["julia", "", "/", "julia/", "/rayon", ":x/rayon", "a:/b", "a/b/c", "a:b:c/d", "a/b c", "a\n/b"]
        {
            let why = text.parse::<CellName>().unwrap_err().to_string();
            assert!(why.contains("write workload/technique") && !why.contains('\n'), "{text:?}: {why}");
        }
    }

    #[test]
    fn names_hold_nothing_that_means_anything_elsewhere() {
        for name in ["rayon", "avx512+rayon", "1KiB", "ping-pong", "numba_vectorize", "tokio-1", "v1.2", "E1"]
        {
            assert!(ensure_name("technique", name).is_ok(), "{name}");
        }
        let long = "x".repeat(LONGEST + 1);
        for name in [
            "",
            "-t",
            ".",
            "../x",
            "a b",
            "a/b",
            "a:b",
            "zebra<img src=x>",
            "\u{1b}[2J",
            "é",
            "a\n",
            "a$b",
            &long,
        ] {
            let why = ensure_name("technique", name).unwrap_err().to_string();
            assert!(why.contains("cannot be the name of a technique"), "{why}");
            assert!(!why.contains(|c: char| c.is_control()) && why.len() < 400, "{why}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(text in "[a-z0-9]{1,3}(:[a-z]{1,3})?/[a-z+]{1,5}") {
            prop_assert_eq!(text.parse::<CellName>().unwrap().to_string(), text);
        }
    }
}
