//! The names of cells, as people type them: `julia/rayon`, `histogram:skewed/mutex`.

use crate::near::{did_you_mean, see_list};
use anyhow::{Error, Result, ensure};

/// The baseline's technique.
pub const BASELINE: &str = "sequential";

/// The family of the Python cells.
pub const PEERS: &str = "python";

pub use parallax_pattern::CellId;
pub use parallax_pattern::cell_id::{split_work, work as full};

/// The cell of this name among `cells`; `key` returns a cell's workload, case and technique. Without a case it is the
/// first that matches.
///
/// # Errors
///
/// If there is none, with the part of the name that is wrong and similar names.
pub fn find<'a, T>(id: &CellId, cells: &'a [T], key: impl Fn(&T) -> [&str; 3]) -> Result<&'a T> {
    let fits = |[workload, case, technique]: [&str; 3]| {
        workload == id.workload && technique == id.technique && (id.case.is_empty() || id.case == case)
    };
    match cells.iter().find(|cell| fits(key(cell))) {
        Some(cell) => Ok(cell),
        None => Err(missing(id, &cells.iter().map(key).collect::<Vec<_>>())),
    }
}

/// The error for the part that is wrong, found from left to right.
fn missing(id: &CellId, keys: &[[&str; 3]]) -> Error {
    let CellId { workload, case, technique } = id;
    let of_workload = || keys.iter().filter(|[w, ..]| w == workload);
    let of_case = || of_workload().filter(|[_, c, _]| case.is_empty() || case == c);
    if of_workload().next().is_none() {
        let near = did_you_mean(workload, keys.iter().map(|k| k[0]));
        return anyhow::anyhow!("no workload is called '{workload}'{}", see_list(&near, "cargo xtask list"));
    }
    let why = if of_case().next().is_none() {
        let cases = listed(of_workload().map(|k| k[1]).filter(|case| !case.is_empty()));
        let cases = if cases.is_empty() { "; leave it out".into() } else { format!("; it has {cases}") };
        format!("'{workload}' has no case '{}'{cases}", case)
    } else if keys.iter().all(|[_, _, t]| t != technique) {
        format!("no technique is called '{technique}'{}", did_you_mean(technique, keys.iter().map(|k| k[2])))
    } else {
        let does = listed(of_case().map(|k| k[2]));
        format!("'{technique}' does not do '{}'; these do: {does}", full(workload, case))
    };
    anyhow::anyhow!("{}", see_list(&why, &format!("cargo xtask list -w {workload}")))
}

/// The longest name that a worker or a run may use.
const LONGEST: usize = 100;

/// Accepts a name from outside only if it is harmless in a terminal, a shell, a path and a page: an ASCII letter or
/// digit first, then these and `+`, `.`, `_` and `-`.
///
/// # Errors
///
/// If the name is not allowed, with the characters that are.
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

    const CELLS: [[&str; 3]; 5] = [
        ["julia", "", "rayon"],
        ["histogram", "256", "rayon"],
        ["histogram", "skewed", "rayon"],
        ["histogram", "skewed", "mutex"],
        ["stream", "", "avx512+rayon"],
    ];

    fn find(name: &str) -> Result<[&'static str; 3]> {
        super::find(&name.parse()?, &CELLS, |cell| *cell).copied()
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
}
