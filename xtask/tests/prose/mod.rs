//! Finds phrases in prose: in Markdown, and in the comments and texts of programs, but not in code.

use crate::{quoted, root};
use regex::{Captures, Match, Regex};
use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;
use xtask::source::mask;

/// Stands in for each piece of code, so that no phrase reaches across it.
const CODE: char = '\u{1}';

/// The phrases of `docs/phrases.toml`.
pub(crate) struct Phrases {
    any: Regex,
    instead: BTreeMap<String, String>,
}

/// One use of a phrase.
#[derive(Debug, PartialEq)]
pub(crate) struct Use {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) phrase: String,
    pub(crate) instead: String,
}

impl Phrases {
    /// Reads the list: a phrase and what to write instead, on each line.
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(root().join("docs/phrases.toml")).unwrap();
        let entry = |line: &str| {
            let [phrase, instead]: [String; 2] = quoted(line).try_into().expect("a phrase and what to write");
            (phrase, instead)
        };
        let instead: BTreeMap<_, _> = text.lines().filter(|line| line.starts_with('"')).map(entry).collect();
        assert!(instead.len() > 40, "only {} phrases were read", instead.len());
        let spaced = |phrase: &String| phrase.replace(' ', r"[ \t\n]+");
        let any = instead.keys().map(spaced).collect::<Vec<_>>().join("|");
        Phrases { any: Regex::new(&format!(r"(?i-u:\b(?:{any})\b)")).unwrap(), instead }
    }

    /// The uses in a file whose name ends in `extension`.
    pub(crate) fn uses(&self, extension: &str, text: &str) -> Vec<Use> {
        let prose = prose(extension, text);
        let one = |found: Match| {
            let phrase = found.as_str().split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            let line = prose[..found.start()].matches('\n').count() + 1;
            Use { line, instead: self.instead[&phrase].clone(), phrase }
        };
        self.any.find_iter(&prose).map(one).collect()
    }
}

static COMMENT_SIGN: LazyLock<Regex> = LazyLock::new(|| Regex::new("//[/!]?").unwrap());

/// Over two lines at most.
static INLINE_CODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"``?[^`\x01\n]*\n?[^`\x01\n]*``?").unwrap());

/// A value in a message, or a directive of the site.
static VALUE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{[^{}\n]*\}").unwrap());

/// A text without a space is a name.
static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"\x01[^ \t\n\x01]*["']"#).unwrap());

/// The end of a line in a text, or of a line that goes on.
static LINE_END: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\(?:[nrt]|\n)").unwrap());

/// A comment of Python, or a string in one of the four kinds of quotes.
static COMMENT_OR_STRING: LazyLock<Regex> = LazyLock::new(|| {
    let docstrings = [r#""""(?:\\.|[^\\])*?""""#, r"'''(?:\\.|[^\\])*?'''"];
    let strings = [r#""(?:\\.|[^"\\\n])*""#, r"'(?:\\.|[^'\\\n])*'"];
    Regex::new(&format!(r"(?s)#[^\n]*|{}|{}", docstrings.join("|"), strings.join("|"))).unwrap()
});

/// The prose of a file, each line in its place; [`CODE`] stands in for code, also for code within prose.
fn prose(extension: &str, text: &str) -> String {
    let text = match extension {
        "rs" => blanked(&rust(text), &COMMENT_SIGN, ' '),
        "py" => python(text),
        _ => text.to_owned(),
    };
    let text = blanked(&without_fences(&text), &INLINE_CODE, CODE);
    let text = blanked(&blanked(&text, &VALUE, CODE), &NAME, CODE);
    blanked(&text, &LINE_END, ' ')
}

/// Comments and literals of Rust, with their signs; a literal's first byte counts as code.
fn rust(source: &str) -> String {
    let masked = mask(source);
    let bytes = source.bytes().zip(masked.bytes());
    let bytes = bytes.map(|(was, left)| if left.is_ascii_whitespace() { was } else { CODE as u8 });
    String::from_utf8(bytes.collect()).expect("comments and literals hold whole characters")
}

/// Comments, docstrings and other strings of Python.
fn python(source: &str) -> String {
    let (mut out, mut end) = (String::new(), 0);
    for found in COMMENT_OR_STRING.find_iter(source) {
        out += &only_spaces(&source[end..found.start()]);
        match found.as_str().strip_prefix('#') {
            Some(comment) => out.push_str(comment),
            None => {
                out.push(CODE);
                out += found.as_str().trim_start_matches(['"', '\'']);
            }
        }
        end = found.end();
    }
    out + &only_spaces(&source[end..])
}

/// Code without its words.
fn only_spaces(code: &str) -> String {
    code.chars().map(|letter| if letter.is_whitespace() { letter } else { CODE }).collect()
}

/// The text without what is between fences; in a program, a fence ends with its comment at the latest.
fn without_fences(text: &str) -> String {
    let (mut out, mut inside) = (String::new(), false);
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        inside &= !line.contains(CODE);
        if fence || inside {
            out.push(CODE);
        } else {
            out += line;
        }
        inside ^= fence;
        out.push('\n');
    }
    out
}

/// The text with each match replaced; its line feeds stay.
fn blanked(text: &str, pattern: &Regex, by: char) -> String {
    let replaced = pattern.replace_all(text, |found: &Captures| {
        let lines = found[0].matches('\n').count();
        format!("{by}{}", "\n".repeat(lines))
    });
    replaced.into_owned()
}

#[test]
fn a_phrase_is_found_wherever_it_is_prose() {
    let phrases = Phrases::read();
    for (phrase, instead) in &phrases.instead {
        let broken = |sign: &str| phrase.replace(' ', &format!("\n{sign} "));
        for (extension, text, line) in [
            ("md", format!("# Title\n\nThis is *{phrase}* here.\n"), 3),
            ("md", format!("```\ncode\n```\nThis is {} here.\n", broken("")), 4),
            ("rs", format!("//! This is {phrase}.\n"), 1),
            ("rs", format!("fn f() {{\n    // this is {phrase}\n}}\n"), 2),
            ("rs", format!("/// This is {} here.\nfn f() {{}}\n", broken("///")), 1),
            ("rs", format!("fn f() {{ g(\"x\", \"This is {phrase}: {{x}}\"); }}\n"), 1),
            ("rs", format!("const X: &str = \"first\\n\\\n    {phrase} here\";\n"), 2),
            ("rs", format!("/// ```\n/// f()\n/// ```\nfn f() {{\n    g(r#\"It is {phrase}.\"#);\n}}\n"), 5),
            ("py", format!("x = 1  # this is {phrase}\n"), 1),
            ("py", format!("def f():\n    '''This is\n    {} here.'''\n", broken("")), 3),
            ("py", format!("raise ValueError(f\"it isn't {phrase}: {{x}}\")\n"), 1),
        ] {
            let expected = Use { line, phrase: phrase.clone(), instead: instead.clone() };
            assert_eq!(phrases.uses(extension, &text), [expected], "{extension}: {text}");
            assert_eq!(phrases.uses(extension, &text.to_uppercase()).len(), 1, "{text}");
        }
    }
}

#[test]
fn a_phrase_in_code_is_not_found() {
    let phrases = Phrases::read();
    for phrase in phrases.instead.keys() {
        let name = phrase.replace(' ', "_");
        for (extension, text) in [
            ("md", format!("Call `{phrase}`, or\n\n```\n{phrase}\n```\n\n{{{{{phrase}}}}} x_{name}\n")),
            ("rs", format!("fn {name}() {{\n    {name}(\"{name}\", '\"')\n}} // x_{name}\n")),
            ("rs", format!("/// Like `{phrase}`:\n///\n/// ```\n/// {phrase}\n/// ```\nfn f() {{}}\n")),
            ("rs", format!("const X: &str = \"a {{{name}}}\";\n")),
            ("py", format!("def {name}(x):\n    return {name}(\"{name}\", '{name}')\n")),
        ] {
            let found = phrases.uses(extension, &text);
            assert!(found.is_empty(), "{found:?} in {text}");
        }
    }
    let apart = "fn f() { g(\"many and so\", \"many\") } // so\nf(); // many\n";
    assert!(phrases.uses("rs", apart).is_empty(), "code stands between");
}
