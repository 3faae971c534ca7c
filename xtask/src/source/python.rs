//! Finds functions in Python: one ends before the next line without indentation.

use super::{Snippet, SourceError};
use std::collections::BTreeSet;

/// The function or class `name` of a file, with its decorators, then those of the file that it calls, and those
/// that they call.
///
/// ```
/// let file = "def twice(x):\n    return 2 * x\n\n\n@cell(\"julia\")\ndef julia(work):\n    return twice(work)\n";
/// let found = xtask::source::python(file, "julia")?;
/// assert_eq!(found[0].text, "@cell(\"julia\")\ndef julia(work):\n    return twice(work)\n");
/// assert_eq!((found[0].first, found[1].first), (5, 1));
/// # Ok::<(), xtask::source::SourceError>(())
/// ```
///
/// # Errors
///
/// [`SourceError::NoFn`] with what the file has instead.
pub fn python(file: &str, name: &str) -> Result<Vec<Snippet>, SourceError> {
    let known = definitions(file);
    let wanted = known.iter().find(|(other, _)| other == name).ok_or_else(|| SourceError::NoFn {
        by: "the module".into(),
        wanted: vec![name.to_owned()],
        has: known.iter().map(|(name, _)| name.clone()).collect(),
    })?;
    let (mut found, mut callers) = (vec![wanted], vec![wanted]);
    while let Some((_, caller)) = callers.pop() {
        let words: BTreeSet<&str> = caller.text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for definition in known.iter().filter(|(name, _)| words.contains(&**name)) {
            if !found.contains(&definition) {
                found.push(definition);
                callers.push(definition);
            }
        }
    }
    found[1..].sort_by_key(|(_, snippet)| snippet.first);
    Ok(found.into_iter().map(|(_, snippet)| snippet.clone()).collect())
}

/// The named definitions without indentation, in the order of the file.
fn definitions(file: &str) -> Vec<(String, Snippet)> {
    let lines: Vec<&str> = file.lines().collect();
    let at_margin = |line: &str| !line.is_empty() && !line.starts_with([' ', '\t', ')', ']', '}']);
    let name = |line: &str| {
        let rest = ["async def ", "def ", "cpdef ", "class "].iter().find_map(|word| line.strip_prefix(word));
        let rest = rest
            .or_else(|| line.strip_prefix("cdef inline ").and_then(|rest| rest.split_once(' ')).map(|r| r.1));
        rest.and_then(|rest| rest.split(['(', ':']).next()).map(str::to_owned)
    };
    let mut found = Vec::new();
    for (at, name) in lines.iter().enumerate().filter_map(|(at, line)| Some((at, name(line)?))) {
        let above = lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.starts_with(['@', '#', ')']) || starts_inside(line));
        let first = at - above.count();
        let end = lines[at + 1..]
            .iter()
            .position(|line| at_margin(line))
            .map_or(lines.len(), |after| at + 1 + after);
        let text = lines[first..end].join("\n");
        let text = format!("{}\n", text.trim_end());
        let last = first + text.matches('\n').count();
        found.push((name, Snippet { text, first: first + 1, last }));
    }
    found
}

/// Whether a line above a definition belongs to a decorator of several lines.
fn starts_inside(line: &str) -> bool {
    line.starts_with("    ") && line.trim_end().ends_with(',') && line.contains('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\"\"\"A module.\"\"\"\n\nimport x\n\n\n# why\n@cell(\n    \"w\",\n)\ndef f(\n    a,\n):\n    \
                        return g(a)\n\n\ndef g(a):\n\n    return a\n\n\nclass G:\n    pass\n";

    #[test]
    fn a_function_ends_at_the_margin_and_not_at_an_empty_line() {
        let found = python(FILE, "g").unwrap();
        assert_eq!(found[0].text, "def g(a):\n\n    return a\n");
        assert_eq!((found[0].first, found[0].last, found.len()), (16, 18, 1));
    }

    #[test]
    fn brackets_at_the_margin_do_not_end_a_signature() {
        let found = python(FILE, "f").unwrap();
        assert!(found[0].text.ends_with("def f(\n    a,\n):\n    return g(a)\n"), "{}", found[0].text);
        assert_eq!(found.len(), 2, "f and the g that it calls, but not the class G");
    }

    #[test]
    fn what_is_missing_is_told_with_what_there_is() {
        let why = python(FILE, "h").unwrap_err().to_string();
        assert!(why.contains("fn h") && why.contains('G'), "{why}");
    }
}
