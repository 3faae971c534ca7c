//! Counts lines of code, and those among them that the compiler does not check.

use crate::source::mask;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// How many lines of a text hold code; the extension of its file determines the language.
pub(super) fn code(file: &str, text: &str) -> u64 {
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    let count = |text: &str, comment: &str| {
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with(comment);
        text.lines().filter(is_code).count() as u64
    };
    match ending {
        "py" | "pyx" => count(&without_docstrings(text), "#"),
        "f90" => count(text, "!"),
        _ => count(&mask(text), "//"),
    }
}

/// A text without strings in triple quotes that begin a line: they are documentation.
fn without_docstrings(text: &str) -> String {
    let mut closing: Option<&str> = None;
    let mut kept = String::new();
    for line in text.lines() {
        let begin = line.trim_start();
        let opened = ["\"\"\"", "'''"].into_iter().find(|quotes| begin.starts_with(quotes));
        match (closing, opened) {
            (Some(quotes), _) => closing = Some(quotes).filter(|_| !line.contains(quotes)),
            (None, Some(quotes)) => closing = Some(quotes).filter(|_| !begin[3..].contains(quotes)),
            (None, None) => kept += &format!("{line}\n"),
        }
    }
    kept
}

static UNSAFE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bunsafe\b\s*(\{)?").expect("a valid pattern"));

static TESTS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^#\[cfg\((?:all\()?test\b").expect("a valid pattern"));

/// How many lines of a Rust file are in an `unsafe` block, or declare something unsafe; without its tests.
pub(super) fn unchecked(text: &str) -> u64 {
    let code = mask(text);
    let code = &code[..TESTS.find(&code).map_or(code.len(), |tests| tests.start())];
    let number = |at: usize| code[..at].matches('\n').count();
    let mut found = BTreeSet::new();
    for captures in UNSAFE.captures_iter(code) {
        let Some(whole) = captures.get(0) else { continue };
        let end = captures.get(1).map_or(whole.start(), |open| close(code, open.start()));
        found.extend(number(whole.start())..=number(end));
    }
    let lines: Vec<&str> = code.lines().collect();
    let is_code = |number: &&usize| lines.get(**number).is_some_and(|line| !line.trim().is_empty());
    found.iter().filter(is_code).count() as u64
}

/// The brace that closes the one at `open`, or else the end.
fn close(code: &str, open: usize) -> usize {
    let mut depth = 0_i64;
    for (at, byte) in (open..).zip(code[open..].bytes()) {
        depth += i64::from(byte == b'{') - i64::from(byte == b'}');
        if depth == 0 {
            return at;
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lines_hold_no_code_in_any_language() {
        let rust =
            "/// What it does. {\nfn f() {\n\n    // why\n    g(\"// no comment\"); /* a\n    b */ h()\n}\n";
        assert_eq!(code("a.rs", rust), 4);
        let python = "@cell(\"w\")\ndef f(x):\n    \"\"\"One line.\"\"\"\n    # why\n\n    return x\n\n\ndef g():\n    \
                      \"\"\"Several.\n\n    def h(): pass\n    \"\"\"\n    return '''\ntext'''\n";
        assert_eq!(code("a.py", python), 6);
        assert_eq!(code("a.f90", "! why\ndo i = 1, n ! each\n\nend do\n"), 2);
        assert_eq!(code("a.c", "// why\n/* more\n   of it */\nint f(void) { return '{'; }\n"), 1);
        assert_eq!(code("a.rs", ""), 0);
    }

    #[test]
    fn unsafe_lines_are_those_of_blocks_and_declarations_outside_of_tests() {
        let text = "#![expect(unsafe_code, reason = \"unsafe { }\")]\n\n// unsafe { }\nunsafe impl Send for A {}\n\n\
                    /// # Safety\nunsafe fn f() {\n    g()\n}\n\nfn h() {\n    // SAFETY: unsafe is meant\n    unsafe {\n        \
                    if x {\n            g()\n        }\n\n    }\n    let y = unsafe { g() };\n    safe()\n}\n\n\
                    #[cfg(test)]\nmod tests {\n    fn t() { unsafe { g() } }\n}\n";
        // the impl, the fn's first line, five of the block, and the one-liner
        assert_eq!(unchecked(text), 8);
        assert_eq!(unchecked("fn f() { unsafe_like() }"), 0);
        assert_eq!(unchecked("fn f() { unsafe {\n g()"), 2, "a block without an end");
    }
}
